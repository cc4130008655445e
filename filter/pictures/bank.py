"""How a known picture is written down: perceptual hashes as text, readable without any decoder.

In a rules file a known picture is an entry like this, written by ``sallyport images add``::

    images:
      - id: prank-singer
        label: Singer on a stage
        reason: Sent to citizens in 2021
        algorithm: dct256-v1
        max_distance_bits: 52      # optional; other views may have tighter limits of their own
        mode: enforce              # optional
        source: case 2021-17
        added_by: aminah
        added: 2026-11-28
        listed:                    # as other people's lists write them
          - "pdq:f8f8…64 hexadecimal digits…:100"
        views:
          - "whole:1f0c…64 hexadecimal digits…:83"

A view is ``name:hash:quality``. The names are those of filter/pictures/geometry.py (whole, crops,
tiles); a known picture is kept upright, what is compared with it is turned in all eight ways, and
then called ``name+orientation@dark@frame-N``. The algorithm is ``imagehash.phash(view,
hash_size=16)``: the 256 lowest coefficients of a 64 by 64 cosine transform against their median,
row by row, most significant bit first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from filter.message import ListedHash, PictureView
from filter.pictures.algorithms import HASH_BYTES as LISTED_BYTES

ALGORITHM = "dct256-v1"
HASH_BYTES = 32
BEST_QUALITY = 100
# Below this a view is too flat for its hash to mean anything: gradients have 3 to 25, photographs
# 65 and more even when blurred, at half their contrast or as thumbnails of 48 pixels.
LEAST_QUALITY = 40
# A part of a known picture says less than all of it: parts of drawings below this (a gradient, two
# areas) look like parts of other drawings, while 98 % of the parts of photographs are above.
LEAST_PART_QUALITY = 90
# Of a known picture as a whole: less is a few lines, and has to be met closer.
PLAIN_QUALITY = 70

# What a picture that is kept may be seen as; not in filter/pictures/geometry.py, because that needs
# numpy; a test holds them together. A name that nothing makes would be compared as a crop.
VIEW_NAMES = (
    "whole",
    "trimmed",
    *("without-bars", "without-bar-above", "without-bar-below"),
    *(f"region-{number}" for number in range(1, 21)),
    *(f"quarter-{place}" for place in ("upper-left", "upper-right", "lower-left", "lower-right")),
    *(f"half-{place}" for place in ("left", "right", "upper", "lower")),
    *(f"part-{number}-of-3x3" for number in range(1, 10)),
    *(f"part-{number}-of-{grid}" for grid in ("2x3", "3x2") for number in range(1, 7)),
    *(f"centre-{keep}" for keep in (50, 60, 70, 80, 90)),
    *(f"{shape}-{keep}" for shape in ("narrow", "flat") for keep in (60, 75, 88)),
    *(f"without-{side}-{off}" for side in ("left", "right", "top", "bottom") for off in (10, 20)),
    *(f"{place}-80" for place in ("upper-left", "upper-right", "lower-left", "lower-right")),
)
# Of which ground, colours, frame or place in the file a view is: whole@dark@frame-2.
MARKS = ("dark", "grey", "profile", "gamma", "frame-2", "inside-1")
_MARK = re.compile(r"dark|grey|profile|gamma|(?:frame|inside)-[0-9]{1,4}")
_MOST_MARKS = 4
_WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_HASH = re.compile(r"[0-9a-f]{64}")


class UnknownViewError(ValueError):
    """A view is of a name or has a mark that nothing makes; ``known`` are those that there are."""

    def __init__(self, message: str, word: str, known: tuple[str, ...]) -> None:
        super().__init__(message)
        self.word = word
        self.known = known


def parse_view(text: str) -> PictureView:
    """Return the view that ``name:hash:quality`` stands for.

    Raises ValueError, with a message for whoever wrote the rule, when the text is not a view.
    """
    name, digits, quality = _fields_of(text)
    _check_name(name)
    if not _HASH.fullmatch(digits):
        raise ValueError(f'hash of view "{name}" is not 64 small hexadecimal digits')
    if not re.fullmatch(r"[0-9]{1,3}", quality) or int(quality) > BEST_QUALITY:
        raise ValueError(f'quality of view "{name}" is not a number from 0 to {BEST_QUALITY}')
    return PictureView(name, bytes.fromhex(digits), int(quality))


def _fields_of(text: str) -> tuple[str, str, str]:
    fields = text.split(":")
    if len(fields) != 3:  # noqa: PLR2004 - the three fields of the docstring
        raise ValueError(f'view "{_short(text)}" is not name:hash:quality')
    return fields[0], fields[1], fields[2]


def _check_name(name: str) -> None:
    base, *marks = name.split("@")
    if not _WORD.fullmatch(base) or not all(map(_WORD.fullmatch, marks)):
        raise ValueError(
            f'view name "{_short(name)}" is not made of small letters, digits and hyphens'
        )
    if base not in VIEW_NAMES:
        raise UnknownViewError(f'there is no view "{base}"', base, VIEW_NAMES)
    for mark in marks:
        if not _MARK.fullmatch(mark):
            raise UnknownViewError(f'there is no "@{mark}" of a view', mark, MARKS)
    if len(marks) > _MOST_MARKS:
        raise ValueError(f'view name "{_short(name)}" has more than {_MOST_MARKS} marks')


def format_view(view: PictureView) -> str:
    """Return the text that parse_view reads back as the same view."""
    return f"{view.name}:{view.hash.hex()}:{view.quality}"


def parse_listed(text: str) -> ListedHash:
    """Return the hash that ``algorithm:hash:quality`` stands for; the quality may be missing.

    Raises ValueError, with a message for whoever wrote the rule.
    """
    algorithm, _, rest = text.partition(":")
    digits, _, quality = rest.partition(":")
    if algorithm not in LISTED_BYTES:
        raise ValueError(f'"{_short(text)}" is not {" or ".join(LISTED_BYTES)}:hash:quality')
    count = 2 * LISTED_BYTES[algorithm]
    if not re.fullmatch(f"[0-9a-f]{{{count}}}", digits):
        raise ValueError(f"the {algorithm} hash is not {count} small hexadecimal digits")
    if not re.fullmatch(r"[0-9]{1,3}|", quality) or int(quality or 0) > BEST_QUALITY:
        raise ValueError(f"the quality of {algorithm} is not a number from 0 to {BEST_QUALITY}")
    return ListedHash(algorithm, bytes.fromhex(digits), int(quality or BEST_QUALITY))


def format_listed(one: ListedHash) -> str:
    """Return the text that parse_listed reads back as the same hash."""
    return f"{one.algorithm}:{one.hash.hex()}:{one.quality}"


def views_from_strings(texts: Iterable[str]) -> tuple[PictureView, ...]:
    """Return the views that the texts of a rules file stand for; ValueError as parse_view."""
    return tuple(parse_view(text) for text in texts)


def views_to_yaml(views: Iterable[PictureView], indent: int) -> str:
    """Return the views as the items of a YAML list, ``indent`` blanks to the right."""
    return "".join(f'{" " * indent}- "{format_view(view)}"\n' for view in views)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004 - one line of a terminal


def view_class(name: str) -> str:
    """Return whether a view shows the whole picture, a crop or a tile: limits differ by that."""
    base = re.split("[+@]", name, maxsplit=1)[0]
    if base in {"whole", "trimmed"} or base.startswith(("without-bar", "region")):
        return "whole"
    return "tile" if base.startswith(("quarter", "half", "part")) else "crop"


def tells(view: PictureView) -> bool:
    """Return whether a view of a known picture shows enough to be compared with."""
    is_whole = re.split("[+@]", view.name, maxsplit=1)[0] == "whole"
    return view.quality >= (LEAST_QUALITY if is_whole else LEAST_PART_QUALITY)


_MOST_PENALTY = 28
_PLAIN_PENALTY = 28
# How much closer than max_distance_bits two views have to be: the smaller the parts that are
# compared, the more parts of innocent pictures look alike. Also what keeps a look-up among millions
# short: see filter/pictures/index.py.
_PENALTIES = {
    ("whole", "whole"): 0,
    ("whole", "crop"): 20,
    ("tile", "whole"): 20,
}


def penalty_bits(seen_as: str, known_as: str, *, is_plain: bool = False) -> int:
    """Return the bits that the limit is tighter for a pair of view classes.

    ``is_plain``: the known one shows little, see PLAIN_QUALITY.
    """
    return _PENALTIES.get((seen_as, known_as), _MOST_PENALTY) + _PLAIN_PENALTY * is_plain


def describe_view(name: str) -> str:
    """Return a view's name in words: ``half-left+mirrored@frame-3`` is "half left, mirrored, …"."""
    base, _, rest = name.partition("+")
    if not rest:
        base, _, rest = name.partition("@")
    words = [base, *re.split("[+@]", rest)] if rest else [base]
    return ", ".join(word.replace("-", " ") for word in words if word)
