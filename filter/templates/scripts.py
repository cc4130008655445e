# ruff: noqa: RUF001 - signs that look alike are what this module is about
"""Are these letters of one script, and nothing that only looks like them?

Mixing scripts inside a word is how look-alikes are made (Unicode Technical Standard 39, section
5.2, "highly restrictive": one script, or Latin with the East Asian ones).
"""

from __future__ import annotations

from functools import cache

from filter.templates.regex import Regex, compile_trusted

_ALPHABETS: tuple[str, ...] = (
    "Latin", "Greek", "Cyrillic", "Armenian", "Hebrew", "Arabic", "Syriac", "Thaana",
    "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada",
    "Malayalam", "Sinhala", "Thai", "Lao", "Tibetan", "Myanmar", "Georgian", "Ethiopic",
    "Cherokee", "Canadian_Aboriginal", "Khmer", "Mongolian", "Javanese", "Balinese", "Sundanese",
    "Tifinagh", "Nko",
)  # fmt: skip
# Ways of writing that use several scripts together. U+30FC lengthens a vowel; it is of no script.
_EAST_ASIAN = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\x{30FC}",
    r"\p{Han}\p{Hangul}",
    r"\p{Han}\p{Bopomofo}",
)
# Written without blanks between words, so that an English word in them stands in the same run.
_UNSPACED = (*_EAST_ASIAN, r"\p{Thai}", r"\p{Lao}", r"\p{Khmer}", r"\p{Myanmar}")
_MARKS = r"\p{Inherited}"

# Digits of other scripts and full-width letters: never what a slot means, always a disguise. So are
# letters that only phonetics, medieval script and typesetting know: small capitals, raised and
# lowered ones, ligatures, a long s. And marks laid over a letter, or piled upon it.
_DISGUISED = (
    r"[\p{Nd}\p{Nl}\p{No}\x{FF21}-\x{FF3A}\x{FF41}-\x{FF5A}"
    r"\x{017F}\x{0251}\x{0261}\x{0262}\x{0269}\x{026A}\x{0274}\x{0280}\x{028F}\x{0299}\x{029C}\x{029F}"
    r"\x{02B0}-\x{02B8}\x{02E0}-\x{02E4}\x{1D00}-\x{1DBF}\x{2071}\x{207F}\x{2090}-\x{209C}"
    r"\x{A720}-\x{A78A}\x{A790}-\x{A7FF}\x{AB30}-\x{AB6F}\x{FB00}-\x{FB06}"
    r"\x{0334}-\x{0338}\x{0488}\x{0489}\x{20D0}-\x{20E2}\x{20E4}-\x{20F0}]"
    r"|\p{Inherited}{3}|[\p{Mn}\p{Mc}]{5}"
)
_WITHOUT_DIGITS = str.maketrans("", "", "0123456789½¼¾²³")

# U+0640 lengthens an Arabic letter.
_NAME_SIGNS = r" .,'’‘ʻʼ`´@/()\-‐·・\x{0640}"
_WORD_SIGNS = "0-9" + r".,'’‘ʻʼ\"“”„«»()\[\]&/#:;+\-‐–—_!?%*=°µ·・、。，！？（）،؛؟।\x{0640}½¼¾²³"
_TEXT_SIGNS = r"0-9\p{P}\p{S}ʻʼµ\x{0640}½¼¾²³\x{200C}\x{200D}\x{FE0E}\x{FE0F}\x{E0020}-\x{E007F}"


def is_name_of_one_script(value: str) -> bool:
    """Return whether the value has only letters and marks of one script, and signs of names."""
    return _name().matches(value) and not is_disguised(value)


def are_words(value: str) -> bool:
    """Return whether each word is of one script, with ASCII digits and everyday signs."""
    return all(_word().matches(word) for word in value.split(" ")) and not is_disguised(value)


def is_prose(value: str) -> bool:
    """Return whether each word is of one script; any sign and symbol may stand among them."""
    return all(_prose().matches(word) for word in value.split(" ")) and not is_disguised(value)


def is_disguised(value: str) -> bool:
    """Return whether there are digits that are not 0 to 9, or full-width letters."""
    if value.isascii():
        return False
    return _disguise().search(value.translate(_WITHOUT_DIGITS)) is not None


@cache
def _name() -> Regex:
    return _one_of([rf"\p{{{name}}}" for name in _ALPHABETS] + list(_EAST_ASIAN), _NAME_SIGNS)


@cache
def _word() -> Regex:
    return _one_of(_mixed(), _WORD_SIGNS)


@cache
def _prose() -> Regex:
    return _one_of(_mixed(), _TEXT_SIGNS)


@cache
def _disguise() -> Regex:
    return compile_trusted(_DISGUISED)


def _mixed() -> list[str]:
    pure = [rf"\p{{{name}}}" for name in _ALPHABETS]
    return pure + [rf"\p{{Latin}}{scripts}" for scripts in _UNSPACED]


def _one_of(scripts: list[str], signs: str) -> Regex:
    return compile_trusted("|".join(f"[{letters}{_MARKS}{signs}]+" for letters in scripts))
