"""Which characters do the references of HTML stand for, in text and in attribute values?

https://html.spec.whatwg.org/multipage/parsing.html#character-reference-state, to the letter: the
standard library's html.unescape drops some and heeds no attribute.
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import Final

_REFERENCE = re.compile(
    r"&(?:#(?:[xX](?P<hexadecimal>[0-9a-fA-F]+)|(?P<decimal>[0-9]+));?"
    r"|(?P<name>[A-Za-z][A-Za-z0-9]*+;?))"
)
_LONGEST_BARE = max(len(name) for name in html5 if not name.endswith(";"))
_MOST_DIGITS = 7  # of U+10FFFF
_REPLACEMENT = "\ufffd"
# Numbers that mean the character of Windows-1252 (the five that it does not have mean themselves).
_WINDOWS: Final = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}


def decode_references(text: str, *, in_attribute: bool = False) -> str:
    """Return the text with its references replaced, as browsers read it.

    In an attribute ``&copy=1`` stays as it is: there a name without a semicolon does not count
    before a letter, a digit or an equals sign.
    """
    if "&" not in text:
        return text

    def replaced(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            hexadecimal = found["hexadecimal"]
            digits = hexadecimal or found["decimal"]
            return _character(digits, 16 if hexadecimal else 10)
        return _named(name, text[found.end() : found.end() + 1], in_attribute=in_attribute)

    return _REFERENCE.sub(replaced, text)


def _named(name: str, following: str, *, in_attribute: bool) -> str:
    known = html5.get(name) if name.endswith(";") else None
    if known is not None:
        return known
    for length in range(min(len(name), _LONGEST_BARE), 1, -1):
        known = html5.get(name[:length])
        if known is None or name[length - 1] == ";":
            continue
        following = name[length : length + 1] or following
        if in_attribute and (following == "=" or (following.isascii() and following.isalnum())):
            break
        return known + name[length:]
    return "&" + name


def _character(digits: str, base: int) -> str:
    digits = digits.lstrip("0") or "0"
    code = int(digits, base) if len(digits) <= _MOST_DIGITS else 0
    if code == 0 or code > 0x10FFFF or 0xD800 <= code < 0xE000:  # noqa: PLR2004 - Unicode's bounds
        return _REPLACEMENT
    return _WINDOWS.get(code) or chr(code)
