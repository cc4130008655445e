"""What does Outlook see in a conditional comment?

Outlook for Windows reads what stands in <!--[if mso]> … <![endif]-->; nobody else does. Ghost
tables, settings, style resets and drawn buttons are everyday there. Their text and links belong to
Outlook's view of the message; styles that hide the text of others are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from filter.reading.css import Style, read_sheet, read_style
from filter.reading.elements import ALLOWED
from filter.reading.text import is_padding, normalise
from filter.reading.tree import Tree

MAX_COMMENT_CHARACTERS = 20_000
MAX_SETTINGS = 8  # blocks of settings in a comment; looking for their ends takes quadratic time

_CONDITIONAL = re.compile(
    r"\[if [^\[\]<>]*\]>(.*?)(?:<!--\s*)?<!\[endif\]", re.IGNORECASE | re.DOTALL
)
_OPENS = re.compile(r"\[if ([^\[\]<>]*)\](?:><!(?:--)?\s*)?", re.IGNORECASE)
_CLOSES = re.compile(r"(?:<!)?\[endif\]", re.IGNORECASE)
# <o:AllowPNG/>, <o:PixelsPerInch>96</o:PixelsPerInch> and the like: numbers and switches.
_SETTINGS = re.compile(
    r"<(noscript)>\s*<xml>.*?</xml>\s*</noscript>|<xml(?:\s[^<>]*)?>.*?</xml>",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN_SETTINGS = re.compile(
    r"(?:\s++|</?(?:noscript|xml|[mow]:[a-z0-9]+)"
    r"(?:\s+[a-z:]+=(?:\"[\w .:,+-]*\"|'[\w .:,+-]*'))*\s*/?>"
    r"|(?<=>)\s*[0-9a-z-]{1,12}\s*(?=</))*+",
    re.IGNORECASE,
)
# Vector shapes that draw buttons and backgrounds (https://learn.microsoft.com/windows/win32/vml/).
_SHAPES = frozenset(
    ("v:rect", "v:roundrect", "v:fill", "v:textbox", "v:image", "v:stroke", "w:anchorlock", "v:f")
)
_SCAFFOLD = ALLOWED | _SHAPES | {"-undef"}
_SAID = frozenset({"alt", "title"})
_NOWHERE = frozenset({"", "http://", "https://"})  # of buttons that are drawn, not followed
_FETCHED = frozenset({"src", "background"})


@dataclass(frozen=True, slots=True)
class Scaffold:
    """What a comment holds for Outlook: text, links with their labels, addresses it fetches."""

    problem: str = ""
    text: str = ""
    links: tuple[tuple[str, str], ...] = ()
    fetched: tuple[str, ...] = ()
    said: tuple[str, ...] = ()  # alternative texts and titles


_NOTHING = Scaffold()


def opens_region(comment: str) -> bool:
    """Tell whether what follows this comment is for some readers only: <!--[if !mso]><!-->."""
    return _OPENS.fullmatch(comment.strip()) is not None


def closes_region(comment: str) -> bool:
    """Tell whether the comment ends such a region: <!--<![endif]-->."""
    return _CLOSES.fullmatch(comment.strip()) is not None


def read_comment(comment: str) -> Scaffold:
    """Return what a comment shows to Outlook; nothing for an honest remark."""
    if len(comment) > MAX_COMMENT_CHARACTERS:
        return Scaffold(f"a comment of {len(comment)} characters")
    return _remember_comment(comment)


@lru_cache(maxsize=1024)
def _remember_comment(comment: str) -> Scaffold:
    if "[if" not in comment.lower() and "[endif" not in comment.lower():
        return _NOTHING
    found = _CONDITIONAL.fullmatch(comment.strip())
    if found is None:
        return Scaffold("a conditional comment of an unknown form")
    content = found.group(1)
    if content.lower().count("<xml") > MAX_SETTINGS:
        return Scaffold("settings for Outlook in too many pieces")
    for settings in _SETTINGS.finditer(content):
        if not _PLAIN_SETTINGS.fullmatch(settings[0]):
            return Scaffold("settings for Outlook that say more than numbers")
    content = _SETTINGS.sub("", content)
    if "<!" in content:
        return Scaffold("mark-up in a conditional comment that ends it for some readers")
    return _read_scaffold(content) if content.strip() else _NOTHING


def _read_scaffold(content: str) -> Scaffold:
    # Ghost tables come in halves: a cell opened in one comment is closed in the next. As a
    # fragment without its table a cell would be dropped by the parser, so it is renamed.
    html = re.sub(r"<(/?)(?:table|tbody|tr|td|th)\b", r"<\1div", content)
    root = Tree(html).root
    text: list[str] = []
    links: list[tuple[str, str]] = []
    fetched: list[str] = []
    spoken: list[str] = []
    for node in root.traverse(include_text=True) if root is not None else ():
        tag = node.tag or ""
        if node.is_text_node:
            if node.parent is None or node.parent.tag not in ("style", "title"):
                said = node.text_content or ""
                text.append(" " if is_padding(said) else said)  # widens a button
        elif node.is_element_node:
            attributes = node.attributes
            problem = _judge_element(tag, attributes)
            if not problem and tag == "style":
                problem = _judge_sheet(node.text(deep=True))
            if problem:
                return Scaffold(problem)
            if (attributes.get("href") or "").strip().lower() not in _NOWHERE:
                links.append((attributes["href"] or "", normalise(node.text(deep=True))))
            fetched += [v for n, v in attributes.items() if n in _FETCHED and v]
            spoken += [normalise(v) for n, v in attributes.items() if n in _SAID and v]
            text.append(" ")
    shown = " ".join("".join(text).split())
    return Scaffold("", shown, tuple(links), tuple(fetched), tuple(spoken))


def _judge_element(tag: str, attributes: dict[str, str | None]) -> str:
    if tag not in _SCAFFOLD:
        return f"<{tag[:40]}> for Outlook only"
    for name, value in attributes.items():
        if name.startswith("on"):
            return f"{name[:40]} for Outlook only"
        if name == "style" and _hides(read_style(value or "")):
            return "a style that hides text from Outlook"
    return ""


def _judge_sheet(text: str) -> str:
    sheet = read_sheet(text)
    troubles = [*sheet.troubles, *(t for rule in sheet.rules for t in rule.style.troubles)]
    if troubles:
        return f"styles for Outlook: {troubles[0]}"
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
        if effects.get("font", ("px", 16.0))[1] < 1 and effects.get("display") is None:
            continue  # font-size: 0 closes the gaps between columns; their text has its own size
        if effects.get("opacity", 1.0) < 1 or effects.get("max-height", 1.0) <= 0:
            return True
    return False
