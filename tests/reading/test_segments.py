"""How text messages travel, by the numbers that providers' own calculators give."""
# ruff: noqa: RUF001 - signs that look alike are what is tested

from __future__ import annotations

import pytest

from filter.reading.segments import Encoding, Segmentation, segment

GSM7, UCS2 = Encoding.GSM7, Encoding.UCS2


@pytest.mark.parametrize(
    ("text", "encoding", "segments"),
    [
        ("", GSM7, 1),
        ("a" * 160, GSM7, 1),
        ("a" * 161, GSM7, 2),
        ("a" * 306, GSM7, 2),
        ("a" * 307, GSM7, 3),
        ("€" * 80, GSM7, 1),
        ("€" * 81, GSM7, 2),
        ("a" * 152 + "€" + "a" * 152, GSM7, 3),  # the pair is not cut, a septet stays empty
        ("你" * 70, UCS2, 1),
        ("你" * 71, UCS2, 2),
        ("你" * 134, UCS2, 2),
        ("你" * 135, UCS2, 3),
        ("a" * 159 + "😀", UCS2, 3),
        ("😀" * 35, UCS2, 1),
        ("😀" * 36, UCS2, 2),
        ("😀" * 67, UCS2, 3),  # 33 in each part: a pair is not cut
        ("Don’t" + "a" * 70, UCS2, 2),
        ("a\r\n" * 53, GSM7, 1),
        ("Ç", GSM7, 1),
        ("ΔΦΓΛΩΠΨΣΘΞ", GSM7, 1),
    ],
)
def test_a_text_travels_in_so_many_parts(text: str, encoding: Encoding, segments: int) -> None:
    said = segment(text)

    assert (said.encoding, said.segments) == (encoding, segments)


@pytest.mark.parametrize(
    "character", ["ç", "`", "\t", "’", "\u200b", "\u00a0", "А", "á", "😀", "Á"]
)
def test_one_character_beyond_the_alphabet_changes_all(character: str) -> None:
    assert segment(f"ok {character} ok ’").forced_by == character
    assert segment(character).encoding is UCS2


def test_units_are_counted_as_the_alphabet_does() -> None:
    assert segment("[ok]") == Segmentation(GSM7, 1, 6)
    assert segment("😀") == Segmentation(UCS2, 1, 2, "😀")


def test_the_alphabet_has_127_characters_and_ten_of_two_septets() -> None:
    # 128 positions, of which one is the escape (3GPP TS 23.038 section 6.2.1).
    wide = [chr(code) for code in range(0x2100) if segment(chr(code)).encoding is GSM7]

    assert sum(segment(character).units == 1 for character in wide) == 127
    assert sum(segment(character).units == 2 for character in wide) == 10


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ok", "GSM-7, 1 segment"),
        ("Don’t" + "a" * 70, "UCS-2 because of ’ (U+2019), 2 segments"),
        ("o\u200bk", "UCS-2 because of U+200B, 1 segment"),
    ],
)
def test_it_is_told_in_one_line(text: str, line: str) -> None:
    assert str(segment(text)) == line
