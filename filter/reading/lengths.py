"""How long is a length of CSS, in pixels, and how large a size of letters?

Tokens are tinycss2's; nothing here needs to know more of it than their attributes.
"""

from __future__ import annotations

import re
from typing import Any

LEAST_FONT_PIXELS = 5.0  # nobody reads smaller letters; preview texts are hidden at 0 or 1 px
MOST_PIXELS = 2000.0  # farther than any screen is wide: a way to push text out of it
LEAST_SHIFT_PIXELS = -20.0  # small negative margins align borders; large ones cover text
LEAST_RISE_PIXELS = -10.0  # upwards less than a line is enough to cover one
LEAST_SPACING_PIXELS = -2.5  # of letters, everyday in large headings
LEAST_SPACING_EM = -0.095
LEAST_SHARE = 8.0  # percent of the width around; a column of twelve has more
MOST_SHARE = 75.0  # percent; a picture's box is kept open with a padding of 56.25 %
# Within its own element it is below everything, and less than MOST_PIXELS: MJML's fluid hero.
_BELOW = frozenset({"padding-bottom", "padding-block-end"})
# Pixels of the absolute units (CSS Values 4 section 6.2).
_PIXELS = {"px": 1.0, "pt": 96 / 72, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4,
           "q": 96 / 101.6, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0}  # fmt: skip
# Parts of a hundredth of the screen: of the smallest where a small size hides, of the largest where
# a large one pushes text away.
_OF_SCREEN = re.compile(r"[sld]?v(?:w|h|i|b|min|max)")
LEAST_SCREEN, MOST_SCREEN = 3.2, 19.2
_OF_WIDTH = re.compile(r"[sld]?v(?:w|i|min)")
_MOST_LINE = 12.0  # a hundredth of the longest line that is thought of
# Sizes by keyword (CSS Fonts 4 section 2.5, at 16 px).
SIZES = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0,
          "x-large": 24.0, "xx-large": 32.0, "xxx-large": 48.0, "initial": 16.0,
          "revert": 16.0}  # fmt: skip
_FACTORS = {"smaller": 0.83, "larger": 1.2, "inherit": 1.0, "unset": 1.0}


def number_of(token: Any) -> float | None:
    """Return a number, or a percentage as a share of one; None for what is neither."""
    if token.type == "percentage":
        return float(token.value) / 100
    return float(token.value) if token.type == "number" else None


def pixels_of(token: Any, of_screen: float = LEAST_SCREEN) -> float | None:
    """Return a length in pixels; None for what has none (auto, percentages, calc())."""
    if token.type == "number":
        return float(token.value)
    if token.type == "percentage":
        return 0.0 if token.value == 0 else None
    if token.type == "dimension":
        unit = _PIXELS.get(token.lower_unit)
        if unit is None and _OF_SCREEN.fullmatch(token.lower_unit):
            unit = of_screen
        return None if unit is None else float(token.value) * unit
    return None


def least_extent(token: Any) -> float | None:
    """Return how small a height or width may get in pixels; None for a value nobody knows."""
    if token.type == "ident":
        return MOST_PIXELS
    if token.type == "function":
        return _least_of_function(token)
    if token.type == "percentage":
        return MOST_PIXELS if token.value >= LEAST_SHARE else min(token.value, 1.0)
    return pixels_of(token)


def least_height(token: Any) -> float | None:
    """Return how small a height may get in pixels, beside a line of text as long as they come.

    A height that is a share of the screen's width shrinks with the lines, which become more.
    """
    pixels = least_extent(token)
    if pixels is not None and token.type == "dimension" and _OF_WIDTH.fullmatch(token.lower_unit):
        return pixels * LEAST_SCREEN / _MOST_LINE
    return pixels


def _least_of_function(token: Any) -> float | None:
    """Return how small a min(), max() or clamp() may get; calc() is small unless it is a share."""
    parts = [t for t in token.arguments if t.type not in ("whitespace", "comment", "literal")]
    extents = [e for e in map(least_extent, parts) if e is not None]
    if len(extents) < len(parts) or not extents:
        return 1.0
    match token.lower_name:
        case "clamp":
            return extents[0]
        case "min":
            return min(extents)
        case "max":
            return max(extents)
        case _:
            return MOST_PIXELS if MOST_PIXELS in extents else 1.0


def font_size_of(token: Any) -> tuple[str, float] | None:
    """Return a size as ("px" | "em" | "rem", number); None when some program may ignore it."""
    size: tuple[str, float | None]
    match token.type:
        case "percentage":
            size = "em", token.value / 100
        case "dimension" if token.lower_unit in ("em", "rem"):
            size = token.lower_unit, token.value
        case "dimension" if token.lower_unit in ("ex", "ch"):
            size = "em", token.value / 2
        case "ident" if token.lower_value in _FACTORS:
            size = "em", _FACTORS[token.lower_value]
        case "ident":
            size = "px", SIZES.get(token.lower_value)
        case "function":
            size = "px", _least_of_function(token)
        case "number" if token.value >= LEAST_FONT_PIXELS:
            size = "px", None  # without a unit: pixels in old documents, nothing in new ones
        case _:
            size = "px", pixels_of(token)
    return None if size[1] is None else (size[0], float(size[1]))


def is_size(token: Any) -> bool:
    """Tell whether a token of the font shorthand stands before the names of the fonts."""
    return token.type not in ("ident", "string", "literal") or (
        token.type == "ident" and token.lower_value in SIZES
    )


def is_small_share(name: str, percent: float) -> bool:
    """Tell whether a share of the width around is too small to move text away."""
    most = 100.0 if name in _BELOW else MOST_SHARE
    return (-50.0 if name == "vertical-align" else 0.0) <= percent <= most


def least_shift(name: str, index: int, sides: int, *, is_relative: bool = False) -> float:
    """Return the least pixels that the value at a place of a margin or spacing may have.

    ``is_relative``: it is a share of the size of the letters.
    """
    if name == "letter-spacing":  # and never more than a share of the letters: seen.py
        return LEAST_SPACING_EM * _PIXELS["em"] if is_relative else LEAST_SPACING_PIXELS
    if name == "word-spacing":
        return -1.5
    if name in ("margin", "margin-block") and sides > 1:
        upwards = index % 2 == 0
    else:
        upwards = name in ("margin", "margin-top", "margin-bottom", "vertical-align")
    return LEAST_RISE_PIXELS if upwards or "block" in name else LEAST_SHIFT_PIXELS


# Which of the one to four values of a margin is that of the left (CSS Box 3 section 3.2).
_LEFT = {1: 0, 2: 1, 3: 1, 4: 3}


def sideways_of(name: str, sides: list[float]) -> float:
    """Return by how many pixels text starts further to the right."""
    kind, _, side = name.partition("-")
    if name in ("margin", "padding"):
        return sides[_LEFT[len(sides)]] if len(sides) in _LEFT else 0.0
    if name == "text-indent" or (kind in ("margin", "padding") and side in _LEFT_SIDES):
        return sides[0] if sides else 0.0
    return 0.0


def above_of(name: str, sides: list[float]) -> float:
    """Return by how many pixels text starts further down."""
    _, _, side = name.partition("-")
    is_shift = name.startswith(("margin", "padding"))
    return sides[0] if is_shift and sides and side in ("", "top", "block", "block-start") else 0.0


def rise_of(name: str, sides: list[float]) -> float:
    """Return by how many pixels what follows is pulled upwards by margins."""
    kind, _, side = name.partition("-")
    if kind != "margin" or not sides:
        return 0.0
    if side in ("", "block"):
        below = sides[2] if len(sides) > 2 else sides[0]  # noqa: PLR2004 - top, sides, bottom
        below = sides[-1] if side == "block" else below
        return max(-sides[0], 0.0) + max(-below, 0.0)
    return max(-sides[0], 0.0) if side in _VERTICAL_SIDES else 0.0


_VERTICAL_SIDES = frozenset({"top", "bottom", "block-start", "block-end"})
_LEFT_SIDES = frozenset({"left", "inline", "inline-start"})
