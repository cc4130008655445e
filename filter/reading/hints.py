"""What do elements and their old attributes do to text where no style says otherwise?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from filter.reading.css import UNKNOWN, Effects, read_colour

_NO_EFFECTS: Effects = {}
# What elements do by themselves (https://html.spec.whatwg.org/multipage/rendering.html).
_HINTS_OF: Mapping[str, Effects] = {
    tag: {"font": ("em", factor)}
    for tag, factor in {
        "big": 1.2, "small": 0.83, "sub": 0.83, "sup": 0.83,
        "h1": 2.0, "h2": 1.5, "h3": 1.17, "h5": 0.83, "h6": 0.67,
    }.items()
}  # fmt: skip
_DIRECTIONS: Mapping[str, Effects] = {"ltr": {"rtl": False}, "rtl": {"rtl": True}}
_CELLS = frozenset({"td", "th"})
_TINY = re.compile(r"[1-8]")
_NARROW = re.compile(r"[0-3]?[0-9]")
_FONT_SIZES = (10.0, 13.0, 16.0, 18.0, 24.0, 32.0, 48.0)
_FONT_SIZE = re.compile(r"\s*([+-]?)([0-9]{1,3})")


def hints_of(tag: str, attributes: Mapping[str, str | None]) -> Effects:
    """Return what an element and its old attributes do where no style says otherwise."""
    if tag == "font":
        return _font_hints(attributes.get("color") or "", attributes.get("size") or "")
    if "dir" in attributes:
        return _turned(attributes["dir"] or "", _hints_of_ground(tag, attributes))
    return _hints_of_ground(tag, attributes)


def _turned(direction: str, hints: Effects) -> Effects:
    turned = _DIRECTIONS.get(direction.lower())
    if turned is None:
        return hints
    return {**hints, **turned} if hints else turned


def _hints_of_ground(tag: str, attributes: Mapping[str, str | None]) -> Effects:
    coloured = attributes.get("bgcolor") or ""
    if tag in _CELLS and _NARROW.fullmatch(attributes.get("width") or ""):
        return _narrow_hints(attributes["width"] or "", coloured)
    if tag == "table" and _TINY.fullmatch(attributes.get("width") or ""):
        return _narrow_hints(attributes["width"] or "", coloured)
    if tag == "body":
        inked, linked = attributes.get("text") or "", attributes.get("link") or ""
        return _ground_hints(coloured, inked, linked, pictured="background" in attributes)
    if coloured or "background" in attributes:
        return _ground_hints(coloured, "", "", pictured="background" in attributes)
    return _HINTS_OF.get(tag, _NO_EFFECTS)


@lru_cache(maxsize=1024)
def _narrow_hints(width: str, coloured: str) -> Effects:
    """Return what a narrow cell does: it may clip its text."""
    return {**_ground_hints(coloured, "", "", pictured=False), "width": float(width)}


@lru_cache(maxsize=1024)
def _ground_hints(coloured: str, inked: str, linked: str, *, pictured: bool) -> Effects:
    said = {"background": coloured, "color": inked, "link": linked}
    colours = {name: read_colour(text) for name, text in said.items() if text}
    hints: dict[str, Any] = {name: colour for name, colour in colours.items() if colour is not None}
    if pictured:
        hints["backdrop"] = UNKNOWN
    return hints


@lru_cache(maxsize=1024)
def _font_hints(inked: str, size: str) -> Effects:
    hints: dict[str, Any] = {}
    if inked and (colour := read_colour(inked)) is not None:
        hints["color"] = colour
    found = _FONT_SIZE.match(size)
    if found is not None:
        number = int(found[2])
        if found[1]:
            number = 3 + (number if found[1] == "+" else -number)
        hints["font"] = ("px", _FONT_SIZES[min(max(number, 1), 7) - 1])
    return hints
