"""HTML cut into tags, comments and text, changed in ways that no reader sees, and put together."""

from __future__ import annotations

import html
import re
from random import Random

_TOKEN = re.compile(
    r"<!--.*?-->|<(style|script|title|noscript|xml)\b[^>]*>.*?</\1\s*>"
    r"|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>|[^<]+|<",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(
    r"<([a-zA-Z][a-zA-Z0-9]*)((?:\s+[^\s=/>\"']+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"']+))?)*)(\s*/?)>"
)
_ATTRIBUTE = re.compile(r"([^\s=/>\"']+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")
VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)


def tokens(text: str) -> list[str]:
    """Return the HTML in pieces: joined they are the HTML again."""
    return [found[0] for found in _TOKEN.finditer(text)]


def is_text(token: str) -> bool:
    """Tell whether a piece is text that is shown (or hidden, or read as a preview)."""
    return not token.startswith("<") and not token.isspace()


def opened(token: str) -> str:
    """Return the name of the element that a piece opens, "" for anything else."""
    found = _TAG.fullmatch(token)
    return found[1].lower() if found and found[1].lower() not in VOID else ""


def attributes(token: str) -> list[tuple[str, str | None]]:
    """Return the attributes of a tag, decoded, in their order."""
    found = _TAG.fullmatch(token)
    return [
        (a[1], next((html.unescape(v) for v in a.groups()[1:] if v is not None), None))
        for a in _ATTRIBUTE.finditer(found[2] if found else "")
    ]


def tag(token: str, changed: list[tuple[str, str | None]]) -> str:
    """Return the tag with other attributes, plainly written."""
    found = _TAG.fullmatch(token)
    assert found is not None
    said = "".join(
        f" {name}" if value is None else f' {name}="{html.escape(value)}"'
        for name, value in changed
    )
    return f"<{found[1]}{said}{found[3]}>"


def escaped(text: str) -> str:
    """Return a text as it stands in HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def rewrite(text: str, freedoms: frozenset[str], chance: Random) -> str:
    """Return the HTML in other letters with the same meaning."""
    return "".join(_rewritten(token, freedoms, chance) for token in tokens(text))


def _rewritten(token: str, freedoms: frozenset[str], chance: Random) -> str:
    if is_text(token):
        if "entities" in freedoms:
            token = "".join(_entity(c, chance, 0.1) for c in html.unescape(token))
        if "blanks" in freedoms:
            token = re.sub(r"[ \n]+", lambda _: chance.choice((" ", "\n", "\n      ", "  ")), token)
        return token
    found = _TAG.fullmatch(token)
    if found is None:
        return token
    said = attributes(token)
    if "attributes" in freedoms:
        chance.shuffle(said)
        if chance.random() < 0.2 and not any(name.lower() == "class" for name, _ in said):
            said.append(("class", "x1 y-2"))
    written = "".join(_attribute(name, value, freedoms, chance) for name, value in said)
    name = found[1].swapcase() if "tag-case" in freedoms and chance.random() < 0.7 else found[1]
    gap = chance.choice(("", " ", "\n")) if "attributes" in freedoms and said else ""
    end = found[3] or ""
    if end and said:
        end = " /"  # after a value without quotes a slash would belong to it
    return f"<{name}{written}{end or gap}>"


def _attribute(name: str, value: str | None, freedoms: frozenset[str], chance: Random) -> str:
    if "tag-case" in freedoms and chance.random() < 0.5:
        name = name.upper()
    if value is None:
        return f" {name}"
    if "css" in freedoms and name.lower() == "style":
        value = _restyled(value, chance)
    quote = '"'
    if "attributes" in freedoms:
        if re.fullmatch(r"[A-Za-z0-9]+", value) and chance.random() < 0.3:
            return f" {name}={value}"
        quote = chance.choice("\"'")
    many = 0.1 if "entities" in freedoms else 0.0
    said = "".join(_entity(c, chance, many, quote) for c in value)
    space = chance.choice((" ", "\n  ", "\t")) if "attributes" in freedoms else " "
    return f"{space}{name}={quote}{said}{quote}"


def _entity(character: str, chance: Random, share: float, quote: str = "") -> str:
    if character in "&<>" or character == quote:
        return {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}[character]
    if character.isspace() or chance.random() >= share:
        return character
    return chance.choice(
        (f"&#{ord(character)};", f"&#x{ord(character):x};", f"&#X{ord(character):04X};")
    )


def _restyled(style: str, chance: Random) -> str:
    """Return declarations with other blanks and letter case; urls and strings are left alone."""
    if "(" in style or '"' in style or "'" in style:
        return style
    written: list[str] = []
    for declaration in filter(None, (one.strip() for one in style.split(";"))):
        name, _, value = declaration.partition(":")
        said = name.strip().upper() if chance.random() < 0.3 else name.strip()
        gap = chance.choice(("", " ", "  "))
        written.append(f"{said}:{gap}{value.strip()}")
    return chance.choice((";", "; ", " ;\n")).join(written) + chance.choice(("", ";", "; "))
