"""Which characters does a reader see, and in which one form do we compare them?"""

from __future__ import annotations

import re

import unicodedata2  # type: ignore[import-not-found]  # a C extension without stubs

# Joined emoji and their presentation are the only places where a zero-width character is honest.
_ZWJ = "\u200d"
_VARIATION = frozenset("\ufe0e\ufe0f")
_KEYCAP = "\u20e3"

# Everything that takes no room on the screen or turns the order of what does. Categories Cc, Cf,
# Cs, Co and Cn are looked up; these are letters, marks and symbols by category, yet nothing is
# drawn for them (Unicode Default_Ignorable_Code_Point; U+2800, a braille pattern without dots; a
# musical note without a head; the place of an object, of which text has none).
_BLANK_LETTERS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc"
    "\U00016fe4\U0001d159"
    "\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d"
    "\ufe0e\ufe0f"
)
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_WHITE_CONTROLS = frozenset("\t\n\r")

# What ordinary text is made of; only a character outside of it is looked at one by one.
_UNUSUAL = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\u00a0-\u00ac\u00ae-\u033f\u0350-\u0377\u038e-\u03a1\u03a3-\u052f\u05d0-\u05ea\u2010-\u2027\u2030-\u205e"
    "\u20a0-\u20b9\u2100-\u23ff\u3000-\u3029\u3030-\u303e\u3041-\u3096\u30a0-\u30ff"
    "\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff9f]"
)
_TAGS = range(0xE0020, 0xE0080)
_IDEOGRAPHIC_VARIATIONS = range(0xE0100, 0xE01F0)  # choose the drawing of a Han character
_HAN = (range(0x3400, 0xA000), range(0xF900, 0xFB00), range(0x20000, 0x33480))
_BLACK_FLAG = 0x1F3F4
_PICTOGRAPHS = range(0x1F000, 0x20000)

# Scripts whose spelling needs the joiners: between two of their letters they are orthography.
_JOINING_SCRIPTS = (range(0x0600, 0x0780), range(0x0900, 0x0E00), range(0x1000, 0x10A0),
                    range(0x1780, 0x1800))  # fmt: skip


def normalise(text: str) -> str:
    """Return the text in the one form in which texts are compared.

    NFC, every run of Unicode white space one blank, trimmed. Nothing else is dropped or folded:
    what a reader could tell apart stays apart.
    """
    folded = " ".join(text.split())
    if folded.isascii():
        return folded
    return str(unicodedata2.normalize("NFC", folded))


def compose(text: str) -> str:
    """Return the text in NFC and nothing else; white space stays as it is."""
    return text if text.isascii() else str(unicodedata2.normalize("NFC", text))


def as_written(text: str) -> str:
    """Return the text in NFC with its white space, line ends as LF and none after the last line."""
    return compose(text.replace("\r\n", "\n").rstrip("\n"))


def compatible(text: str) -> str:
    """Return the text in NFKC: full-width and styled letters become the plain ones."""
    return str(unicodedata2.normalize("NFKC", text))


def without_format_characters(text: str) -> str:
    """Return the text without characters that draw nothing (category Cf and its like)."""
    if text.isascii():
        return text
    return _UNUSUAL.sub(lambda found: "" if _draws_nothing(found[0]) else found[0], text)


def _draws_nothing(character: str) -> bool:
    return (
        character in _BLANK_LETTERS
        or ord(character) in _IDEOGRAPHIC_VARIATIONS
        or unicodedata2.category(character) == "Cf"
    )


def find_unseen(text: str) -> str:
    """Return the first character a reader cannot see or that reorders what he sees, or "".

    Emoji sequences (joiner, presentation selector, keycap, flag tags) are honest, as is a joiner
    between letters of a script that is written with it.
    """
    if text.isascii():
        return _first_control(text)
    for found in _UNUSUAL.finditer(text):
        character = found[0]
        if _is_unseen(character) and not _is_honest(text, found.start()):
            return character
    return ""


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _first_control(text: str) -> str:
    found = _CONTROL.search(text)
    return found.group() if found else ""


def _is_unseen(character: str) -> bool:
    if character in _BLANK_LETTERS or ord(character) in _IDEOGRAPHIC_VARIATIONS:
        return True
    if character in "\u2028\u2029":
        return False  # white space, and folded like any other
    category = unicodedata2.category(character)
    return category in _UNSEEN_CATEGORIES and character not in _WHITE_CONTROLS


def _is_honest(text: str, position: int) -> bool:
    character = text[position]
    before = text[position - 1] if position else ""
    after = text[position + 1 : position + 2]
    if character in _VARIATION:
        return _is_emoji(before) or after == _KEYCAP
    if character == _ZWJ and _is_emoji_or_presented(text, position - 1) and _is_emoji(after):
        return True
    if character in "\u200c\u200d":
        return _is_joining(before) and _is_joining(after)
    if ord(character) in _TAGS:
        return _continues_flag(text, position)
    if ord(character) in _IDEOGRAPHIC_VARIATIONS:
        return bool(before) and any(ord(before) in block for block in _HAN)
    return False


def _is_emoji(character: str) -> bool:
    if not character:
        return False
    return (
        ord(character) in _PICTOGRAPHS
        or unicodedata2.category(character) == "So"
        or character in "\u2194\u2195\u25b6\u25c0\u27a1\u2934\u2935\u203c\u2049\u3030\u2139"
        or character in "\u25fb\u25fc\u25fd\u25fe"
    )


def _is_emoji_or_presented(text: str, position: int) -> bool:
    while position > 0 and text[position] in _VARIATION:
        position -= 1
    return position >= 0 and _is_emoji(text[position])


def _is_joining(character: str) -> bool:
    return bool(character) and any(ord(character) in script for script in _JOINING_SCRIPTS)


def _continues_flag(text: str, position: int) -> bool:
    """Tell whether a tag character belongs to the flag of a region (a black flag with tags)."""
    start = position
    while start > 0 and ord(text[start]) in _TAGS:
        start -= 1
    end = text.find("\U000e007f", position)
    return ord(text[start]) == _BLACK_FLAG and 0 <= end - start <= 7  # noqa: PLR2004 - 6 tags at most


# Unicode gives control characters no name of their own; these are its aliases (NameAliases.txt).
_C0 = (
    "NULL|START OF HEADING|START OF TEXT|END OF TEXT|END OF TRANSMISSION|ENQUIRY|ACKNOWLEDGE"
    "|ALERT|BACKSPACE|CHARACTER TABULATION|LINE FEED|LINE TABULATION|FORM FEED|CARRIAGE RETURN"
    "|SHIFT OUT|SHIFT IN|DATA LINK ESCAPE|DEVICE CONTROL ONE|DEVICE CONTROL TWO"
    "|DEVICE CONTROL THREE|DEVICE CONTROL FOUR|NEGATIVE ACKNOWLEDGE|SYNCHRONOUS IDLE"
    "|END OF TRANSMISSION BLOCK|CANCEL|END OF MEDIUM|SUBSTITUTE|ESCAPE"
    "|INFORMATION SEPARATOR FOUR|INFORMATION SEPARATOR THREE|INFORMATION SEPARATOR TWO"
    "|INFORMATION SEPARATOR ONE"
)
_C1 = (
    "DELETE|PADDING CHARACTER|HIGH OCTET PRESET|BREAK PERMITTED HERE|NO BREAK HERE|INDEX"
    "|NEXT LINE|START OF SELECTED AREA|END OF SELECTED AREA|CHARACTER TABULATION SET"
    "|CHARACTER TABULATION WITH JUSTIFICATION|LINE TABULATION SET|PARTIAL LINE FORWARD"
    "|PARTIAL LINE BACKWARD|REVERSE LINE FEED|SINGLE SHIFT TWO|SINGLE SHIFT THREE"
    "|DEVICE CONTROL STRING|PRIVATE USE ONE|PRIVATE USE TWO|SET TRANSMIT STATE"
    "|CANCEL CHARACTER|MESSAGE WAITING|START OF GUARDED AREA|END OF GUARDED AREA"
    "|START OF STRING|SINGLE GRAPHIC CHARACTER INTRODUCER|SINGLE CHARACTER INTRODUCER"
    "|CONTROL SEQUENCE INTRODUCER|STRING TERMINATOR|OPERATING SYSTEM COMMAND"
    "|PRIVACY MESSAGE|APPLICATION PROGRAM COMMAND"
)
_CONTROLS = dict([*enumerate(_C0.split("|")), *enumerate(_C1.split("|"), 0x7F)])


def describe_character(character: str) -> str:
    """Return how a finding names a character: U+200B ZERO WIDTH SPACE, U+001B ESCAPE."""
    code = ord(character)
    name = _CONTROLS.get(code) or unicodedata2.name(character, "character without a name")
    return f"U+{code:04X} {name}"


# What programs fill the rest of an inbox preview with, and spacers with.
_PADDING = frozenset(
    "\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2800\u3164\ufeff\uffa0"
) | {chr(code) for code in (*range(0x2000, 0x2010), *range(0x2060, 0x2065))}


def is_padding(text: str) -> bool:
    """Tell whether the text consists of blanks and characters that draw nothing."""
    return all(character.isspace() or character in _PADDING for character in text)
