"""How does a text message travel: in which alphabet, and in how many parts?

3GPP TS 23.038 (the GSM 7-bit default alphabet, section 6.2.1; its extension table, 6.2.1.1; UCS2,
6.2.3) and TS 23.040 section 9.2.3.24.1 (the header of concatenated parts takes six octets). What a
provider's Smart Encoding or a national shift table would change is left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")  # an escape and the character: two septets

_BEYOND_PLANE_0 = 0x10000


class Encoding(StrEnum):
    """The alphabet of a text message, as people call it."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


# Units (septets, UTF-16 code units) in a message of one part, and in each of several.
ONE_PART = {Encoding.GSM7: 160, Encoding.UCS2: 70}
EACH_PART = {Encoding.GSM7: 153, Encoding.UCS2: 67}


@dataclass(frozen=True, slots=True)
class Segmentation:
    """How a text message travels.

    ``forced_by`` is the first character that GSM-7 lacks, "" in GSM-7. ``units`` are septets in
    GSM-7, UTF-16 code units in UCS-2.
    """

    encoding: Encoding
    segments: int
    units: int
    forced_by: str = ""

    def __str__(self) -> str:
        """Return it for people: "UCS-2 because of ç (U+00E7), 2 segments"."""
        why = ""
        if self.forced_by:
            sign = f"{self.forced_by} " if self.forced_by.isprintable() else ""
            code = f"U+{ord(self.forced_by):04X}"
            why = f" because of {sign}({code})" if sign else f" because of {code}"
        return f"{self.encoding}{why}, {self.segments} segment{'s' * (self.segments != 1)}"


def segment(text: str) -> Segmentation:
    """Return how the text travels; the empty one takes a part, too."""
    forced_by = next((c for c in text if c not in _BASIC and c not in _EXTENSION), "")
    encoding = Encoding.UCS2 if forced_by else Encoding.GSM7
    widths = [_width(character, encoding) for character in text]
    units = sum(widths)
    segments = 1 if units <= ONE_PART[encoding] else _parts(widths, EACH_PART[encoding])
    return Segmentation(encoding, segments, units, forced_by)


def _width(character: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM7:
        return 2 if character in _EXTENSION else 1
    return 2 if ord(character) >= _BEYOND_PLANE_0 else 1


def _parts(widths: Iterable[int], room: int) -> int:
    """Return how many parts it takes; what is two units wide is never cut in two."""
    parts, used = 1, 0
    for width in widths:
        if used + width > room:
            parts, used = parts + 1, 0
        used += width
    return parts
