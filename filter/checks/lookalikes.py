"""Does a host only look like one on the list, and what gives it away?

A skeleton in the sense of Unicode Technical Standard 39 section 4: every letter is replaced by the
one it may be taken for. The door of confusable-homoglyphs, whose table lacks the pairs inside
ASCII (rn and m, 0 and o, 1 and l), so those are added here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from confusable_homoglyphs.confusables import confusables_data  # type: ignore[import-untyped]

from filter.checks.urls import to_unicode
from filter.reading.suffixes import registrable_domain
from filter.reading.text import describe_character

# What the table misses or files elsewhere; U+04CF is a Cyrillic l to every reader.
_EXTRA = {"\u04cf": "l", "\u0269": "i", "\u0131": "i", "\u0585": "o", "\u057d": "u"}
_ASCII = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s"})
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_LEAST_LENGTH = 6  # of a name, below which one letter more or less is just another name


@dataclass(frozen=True, slots=True)
class Likeness:
    """The host on the list that another looks like, and by what."""

    host: str
    by: str


def find_likeness(host: str, allowed: Iterable[str]) -> Likeness | None:
    """Return the allowed host that this one could be taken for, if there is one.

    ``host`` is as it stands in the link, or as a browser reads it.
    """
    shown = to_unicode(host)
    bones = skeleton(shown)
    others = [known for known in allowed if known != host.lower()]
    for known in others:
        if bones == skeleton(known):
            return Likeness(known, _odd_letter(shown, known))
    for known in others:
        by = _family_likeness(host.lower(), shown, known)
        if by:
            return Likeness(known, by)
    return None


@lru_cache(maxsize=65536)  # as many hosts as a long allowlist has
def skeleton(text: str) -> str:
    """Return the text with each letter replaced by the plainest one it may be taken for."""
    letters = "".join(_plainest(c) for c in unicodedata.normalize("NFKD", text))
    folded = letters.lower().translate(_ASCII)
    for pair, letter in _PAIRS:
        folded = folded.replace(pair, letter)
    return folded


@lru_cache(maxsize=4096)
def _plainest(character: str) -> str:
    if character.isascii():
        # Before lower case makes an i of it: a capital I is taken for an l.
        return "l" if character == "I" else character
    if unicodedata.combining(character):
        return ""
    if character in _EXTRA:
        return _EXTRA[character]
    twins = [str(twin["c"]) for twin in confusables_data.get(character, ())]
    plain = sorted(twin for twin in twins if twin.isascii() and twin.isalnum())
    return plain[-1] if plain else character


def _family_likeness(host: str, shown: str, known: str) -> str:
    """Return how a host borrows the name of a known one, "" if it does not."""
    if host.startswith(f"{known}.") or f".{known}." in host:
        return f"the name is at its front, but it belongs to {registrable_domain(host) or host}"
    ours, theirs = registrable_domain(known) or known, registrable_domain(host) or host
    if ours == theirs:
        return ""
    if skeleton(to_unicode(theirs)) == skeleton(ours):
        return _odd_letter(to_unicode(theirs), ours)
    if skeleton(shown).endswith("." + skeleton(ours)):
        return _odd_letter(shown, ours)
    if len(ours) >= _LEAST_LENGTH and _is_one_edit(theirs, ours):
        return f"{theirs} and {ours} differ in one character"
    return ""


def _odd_letter(shown: str, known: str) -> str:
    for character in shown:
        if not character.isascii():
            return f"it has {describe_character(character)}"
    for place, (mine, wanted) in enumerate(zip(shown, known, strict=False)):
        if mine != wanted:
            return f'it has "{shown[place : place + 2]}" for "{known[place : place + 2]}"'
    return "it is spelled alike"


def _is_one_edit(one: str, other: str) -> bool:
    """Return whether one character more, less, different or swapped makes one of the other."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    left, right = one[start:], other[start:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:] and len(left) > 1
    return swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]
