"""Does a comment hold anything but the invisible scaffolding that Outlook needs?

Outlook for Windows reads what stands in <!--[if mso]> … <![endif]-->; nobody else does. Ghost
tables, settings and style resets are everyday there. Text, links, pictures and styles that hide are
another message for some readers.
"""

from __future__ import annotations

import re
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser

from filter.reading.css import Style, read_sheet, read_style
from filter.reading.elements import ALLOWED

_CONDITIONAL = re.compile(r"\[if [^\[\]<>]*\]>(.*)<!\[endif\]", re.IGNORECASE | re.DOTALL)
_OPENS = re.compile(r"\[if ([^\[\]<>]*)\](?:><!(?:--)?\s*)?", re.IGNORECASE)
_CLOSES = re.compile(r"(?:<!)?\[endif\]", re.IGNORECASE)
_NOT_OUTLOOK = re.compile(r"\(?\s*!\s*\(?\s*(?:mso|ie|\(mso|vml)", re.IGNORECASE)
# <o:AllowPNG/>, <o:PixelsPerInch>96</o:PixelsPerInch> and the like: numbers and switches.
_SETTINGS = re.compile(
    r"<(noscript)>\s*<xml>.*?</xml>\s*</noscript>|<xml(?:\s[^<>]*)?>.*?</xml>",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN_SETTINGS = re.compile(
    r"(?:\s+|</?(?:noscript|xml|[ow]:[a-z]+)(?:\s+xmlns:[a-z]+=\"[a-z0-9.:-]*\")?\s*/?>"
    r"|(?<=>)[0-9a-z]{1,12}(?=</))*",
    re.IGNORECASE,
)
_SCAFFOLD = ALLOWED | {"-undef"}
_CARRIERS = frozenset({"href", "src", "background", "alt", "title", "style"})


def opens_region(comment: str) -> bool:
    """Tell whether what follows this comment is for some readers only: <!--[if !mso]><!-->."""
    return _OPENS.fullmatch(comment.strip()) is not None


def closes_region(comment: str) -> bool:
    """Tell whether the comment ends such a region: <!--<![endif]-->."""
    return _CLOSES.fullmatch(comment.strip()) is not None


@lru_cache(maxsize=1024)
def judge_comment(comment: str) -> str:
    """Return what is wrong with a comment, "" for an honest remark or mere scaffolding."""
    if "[if" not in comment.lower() and "[endif" not in comment.lower():
        return ""
    found = _CONDITIONAL.fullmatch(comment.strip())
    if found is None:
        return "a conditional comment of an unknown form"
    content = found.group(1)
    for settings in _SETTINGS.finditer(content):
        if not _PLAIN_SETTINGS.fullmatch(settings[0]):
            return "settings for Outlook that say more than numbers"
    return _judge_scaffolding(_SETTINGS.sub("", content))


def _judge_scaffolding(content: str) -> str:
    if "<!" in content:
        return "mark-up inside of a conditional comment that ends it for some readers"
    # Ghost tables come in halves: a cell opened in one comment is closed in the next. As a
    # fragment without its table a cell would be dropped by the parser, so it is renamed.
    parser = LexborHTMLParser(re.sub(r"<(/?)(?:table|tbody|tr|td|th)\b", r"<\1div", content))
    root = parser.root
    for node in root.traverse(include_text=True) if root is not None else ():
        problem = ""
        if node.is_text_node:
            if node.parent is None or node.parent.tag not in ("style", "title"):
                problem = "text for Outlook only" if (node.text_content or "").strip() else ""
        elif node.is_element_node:
            problem = _judge_element(node.tag or "", node.attributes)
            if not problem and node.tag == "style":
                problem = _judge_sheet(node.text(deep=True))
        if problem:
            return problem
    return ""


def _judge_element(tag: str, attributes: dict[str, str | None]) -> str:
    if tag not in _SCAFFOLD:
        return f"<{tag[:40]}> for Outlook only"
    for name, value in attributes.items():
        if name.startswith("on"):
            return f"{name[:40]} for Outlook only"
        if name in _CARRIERS and name != "style" and (value or "").strip():
            return f"{name} for Outlook only"
        if name == "style" and _hides(read_style(value or "")):
            return "a style that hides text from Outlook"
    return ""


def _judge_sheet(text: str) -> str:
    sheet = read_sheet(text)
    if sheet.troubles:
        return f"styles for Outlook: {sheet.troubles[0]}"
    if sheet.urls:
        return "styles for Outlook that load something"
    if any(_hides(rule.style) for rule in sheet.rules):
        return "styles that hide text from Outlook"
    return ""


def _hides(style: Style) -> bool:
    """Tell whether a style could make text vanish that others see."""
    for effects in (style.normal, style.important):
        if effects.get("display") == "none" or "mso-hide" in effects or "visibility" in effects:
            return True
        if effects.get("font-pixels", 16.0) < 1 and effects.get("display") is None:
            continue  # font-size: 0 closes the gaps between columns; their text has its own size
        if effects.get("opacity", 1.0) < 1 or effects.get("max-height", 1.0) <= 0:
            return True
    return False
