"""Would a reader see the text that stands here, given every style around it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from filter.reading.css import CLEAR, LEAST_OPACITY, SMALL_BOX_PIXELS, Colour, Effects, Style

LEAST_FONT_PIXELS = 5.0  # nobody reads smaller letters; preview texts are hidden at 0 or 1 px
LEAST_CONTRAST = 24  # of 255, in the channel that differs most

_BLACK: Colour = (0, 0, 0)
_WHITE: Colour = (255, 255, 255)
_LINK_BLUE: Colour = (0, 0, 238)
_CLIPPING = frozenset({"hidden", "scroll", "auto", "clip"})
_EXTENTS = ("height", "max-height", "width", "max-width")


@dataclass(frozen=True, slots=True)
class Ground:
    """What an element hands on to the text inside of it."""

    hidden: str = ""  # by what, and for good: nothing inside can come back
    invisible: bool = False  # visibility: hidden, which a descendant may undo
    colour: Colour | str = _BLACK
    background: Colour | str = _WHITE
    font_pixels: float = 16.0
    outlook_hides: bool = False  # mso-hide: all, which nobody else heeds
    why_unseen: str = field(init=False, default="")  # of text that stands right here; "" if seen

    def __post_init__(self) -> None:
        object.__setattr__(self, "why_unseen", self._find_why())

    def _find_why(self) -> str:
        if self.hidden:
            return self.hidden
        if self.invisible:
            return "visibility: hidden"
        if self.font_pixels < LEAST_FONT_PIXELS:
            return f"letters of {self.font_pixels:g} px"
        if self.colour == CLEAR:
            return "letters without colour"
        if _is_alike(self.colour, self.background):
            return "letters in the colour of their background"
        return ""


def _is_alike(colour: Colour | str, background: Colour | str) -> bool:
    if isinstance(colour, str) or isinstance(background, str):
        return False
    return max(abs(a - b) for a, b in zip(colour, background, strict=True)) < LEAST_CONTRAST


def cascade(normal: Iterable[Effects], important: Iterable[Effects]) -> dict[str, Any]:
    """Return the effects that win: later ones over earlier ones, important ones over the rest."""
    winner: dict[str, Any] = {}
    for effects in (*normal, *important):
        if "font-pixels" in effects:
            winner.pop("font-factor", None)
        elif "font-factor" in effects:
            winner.pop("font-pixels", None)
        winner.update(effects)
    return winner


def cascade_style(style: Style) -> Mapping[str, Any]:
    """Return the effects of an inline style alone."""
    if not style.important:
        return style.normal
    return cascade((style.normal,), (style.important,))


def enter(ground: Ground, effects: Mapping[str, Any], *, is_link: bool) -> Ground:
    """Return the ground inside of an element with these effects."""
    if not effects and not is_link:
        return ground
    colour = effects.get("color", _LINK_BLUE if is_link else ground.colour)
    return replace(
        ground,
        hidden=ground.hidden or _why_hidden(effects),
        invisible=_is_invisible(ground, effects),
        colour=colour,
        background=effects.get("background", ground.background),
        font_pixels=_font_pixels(ground, effects),
        outlook_hides=ground.outlook_hides or "mso-hide" in effects,
    )


def _is_invisible(ground: Ground, effects: Mapping[str, Any]) -> bool:
    visibility = effects.get("visibility", "inherit")
    return ground.invisible if visibility == "inherit" else visibility != "visible"


def _font_pixels(ground: Ground, effects: Mapping[str, Any]) -> float:
    if "font-pixels" in effects:
        return float(effects["font-pixels"])
    return ground.font_pixels * float(effects.get("font-factor", 1.0))


def _why_hidden(effects: Mapping[str, Any]) -> str:
    if effects.get("display") == "none":
        return "display: none"
    if effects.get("opacity", 1.0) < LEAST_OPACITY or effects.get("zoom", 1.0) < LEAST_OPACITY:
        return "opacity or zoom near 0"
    clips = any(effects.get(n) in _CLIPPING for n in ("overflow", "overflow-x", "overflow-y"))
    least = SMALL_BOX_PIXELS if clips else 0.0
    for name in _EXTENTS:
        if effects.get(name, least + 1) <= least:
            return f"{name}: {effects[name]:g}px"
    return ""


_RECOLOURING = frozenset({"color", "background", "mso-hide"})


def could_hide(style: Style) -> bool:
    """Tell whether a rule could take text away where it holds; most only shape it."""
    for effects in (style.normal, style.important):
        if not effects:
            continue
        if _RECOLOURING & effects.keys() or _is_invisible(Ground(), effects):
            return True
        clipped = {**effects, "overflow": "hidden"}  # which another rule may add
        if _why_hidden(clipped) or _font_pixels(Ground(), effects) < LEAST_FONT_PIXELS:
            return True
    return False
