"""Would a reader see the text that stands here, given every style around it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from filter.reading.css import (
    ALIKE,
    BLACK,
    CLEAR,
    LEAST_OPACITY,
    MOST_LINE_FRAME,
    SMALL_BOX_PIXELS,
    WHITE,
    Colour,
    Effects,
    Style,
)
from filter.reading.lengths import LEAST_FONT_PIXELS, MOST_PIXELS

MOST_FONT_PIXELS = 400.0  # a letter is as large as a screen
LEAST_LINE = 0.5  # of the size of the letters; lines that are closer stand on top of each other
# Of the size of the letters. A narrow letter has a quarter: at an eighth, they begin to merge.
LEAST_SPACING = -0.095
ALWAYS_SPACING_PIXELS = -1.0
FARTHEST_PIXELS = (-60.0, 1000.0)  # where text may start, left and right of where it should

_LINK_BLUE: Colour = (0, 0, 238, 1.0)
_CLIPPING = frozenset({"hidden", "scroll", "auto", "clip", "overlay"})
_EXTENTS = ("height", "max-height", "width", "max-width")
FAR_ABOVE = 300.0  # pixels of padding that nobody gives to what stands in a line
UNBOUNDED = MOST_PIXELS  # of extents that are no lengths: auto, percentages
_ABOVE = frozenset({"margin-above", "padding-above", "border-above"})
_INDENTS = frozenset({"margin-indent", "padding-indent", "text-indent"})
_SIDEWAYS = frozenset({"margin-left", "padding-left", "text-left"})


@dataclass(frozen=True, slots=True)
class Box:
    """A box that clips what does not fit into it, in pixels; None where it has no bound."""

    height: float | None
    width: float | None


@dataclass(frozen=True, slots=True)
class Ground:
    """What an element hands on to the text inside of it."""

    hidden: str = ""  # by what, and for good: nothing inside can come back
    invisible: bool = False  # visibility: hidden, which a descendant may undo
    colour: Colour = BLACK
    fill: Colour | None = None  # which some programs paint letters with instead
    background: Colour | str = WHITE
    quirk_colour: Colour = BLACK  # where colours without their # are read (quirks mode)
    quirk_background: Colour | str = WHITE
    link_colour: Colour = _LINK_BLUE
    font_pixels: float = 16.0
    root_pixels: float = 16.0  # what a rem is
    line: tuple[str, float] = ("factor", 1.2)
    spacing_pixels: float = 0.0  # by which letters stand farther apart
    strut_pixels: float = 19.2  # no line of the block around is lower
    opacity: float = 1.0
    zoom: float = 1.0
    left_pixels: float = 0.0  # by which text starts further to the right
    outlook_hides: bool = False  # mso-hide: all, which nobody else heeds
    nowrap: bool = False  # white-space: nowrap
    rtl: bool = False  # what stands here is laid out from right to left
    floats: str = ""  # to which side the element itself is taken out of its line
    above: float = 0.0  # pixels of the element itself by which what is inside starts further down
    indent_pixels: float = 0.0  # by which text starts further to the right, however little
    rise: float = 0.0  # pixels by which margins of the element itself pull things up
    narrow: bool = False  # in a table or row too narrow for any text that clips
    fixed_pixels: float | None = None  # height of the element itself, whatever stands in it
    paints_above: float = 0.0  # pixels over the lines above, if the element stands in a line
    lettered: bool = False  # items of a list are marked with letters
    least_height: float = 0.0  # pixels of the element itself that it takes, empty or not
    box: Box | None = None  # of the element itself: what is inside must fit into it
    why_unseen: str = field(init=False, default="")  # of text that stands right here; "" if seen

    def __post_init__(self) -> None:
        object.__setattr__(self, "why_unseen", self._find_why())

    @property
    def line_pixels(self) -> float:
        """The height of a line of text that stands right here."""
        return max(_line_pixels(self.line, self.font_pixels), self.strut_pixels)

    def _find_why(self) -> str:
        if self.hidden:
            return self.hidden
        if self.invisible:
            return "visibility: hidden"
        return self._find_why_small() or self._find_why_pale()

    def _find_why_small(self) -> str:
        pixels = self.font_pixels * self.zoom
        if not LEAST_FONT_PIXELS <= min(self.font_pixels, pixels) <= MOST_FONT_PIXELS or (
            pixels > MOST_FONT_PIXELS
        ):
            return f"letters of {pixels:g} px"
        if max(_line_pixels(self.line, self.font_pixels), self.strut_pixels) < (
            LEAST_LINE * self.font_pixels
        ):
            return "lines on top of each other"
        if self.spacing_pixels < min(ALWAYS_SPACING_PIXELS, LEAST_SPACING * self.font_pixels):
            return "letters on top of each other"
        if not FARTHEST_PIXELS[0] <= self.left_pixels <= FARTHEST_PIXELS[1]:
            return "margins that move it off the screen"
        return ""

    def _find_why_pale(self) -> str:
        if self.zoom < LEAST_OPACITY:
            return "opacity, zoom or ink near 0"
        for ink, background in (
            (self.colour, self.background),
            (self.fill or self.colour, self.background),
            (self.fill or self.quirk_colour, self.quirk_background),
        ):
            alpha = ink[3] * self.opacity
            if alpha < LEAST_OPACITY:
                return "opacity, zoom or ink near 0"
            if _is_alike((*ink[:3], alpha), background):
                return "letters in the colour of their background"
        return ""


def _is_alike(colour: Colour, background: Colour | str) -> bool:
    seen = _over(colour, background)
    if isinstance(seen, str) or isinstance(background, str):
        return False
    return max(abs(a - b) for a, b in zip(seen[:3], background[:3], strict=True)) < ALIKE


def _over(colour: Colour | str, below: Colour | str) -> Colour | str:
    """Return what is seen of a colour laid over another."""
    if isinstance(colour, str) or colour[3] >= 1:
        return colour
    if colour[3] <= 0 or isinstance(below, str):
        return below
    red, green, blue = (
        round(a * colour[3] + b * (1 - colour[3]))
        for a, b in zip(colour[:3], below[:3], strict=True)
    )
    return (red, green, blue, 1.0)


def cascade(normal: Iterable[Effects], important: Iterable[Effects]) -> dict[str, Any]:
    """Return the effects that win: later ones over earlier ones, important ones over the rest."""
    winner: dict[str, Any] = {}
    for effects in (*normal, *important):
        winner.update(effects)
    return winner


def cascade_style(style: Style) -> Mapping[str, Any]:
    """Return the effects of an inline style alone."""
    if not style.important:
        return style.normal
    return cascade((style.normal,), (style.important,))


def enter(
    ground: Ground,
    effects: Mapping[str, Any],
    *,
    is_link: bool = False,
    is_block: bool = False,
    is_root: bool = False,
) -> Ground:
    """Return the ground inside of an element with these effects.

    ``is_block``: its text stands on lines of its own, none of which is lower than its line height.
    """
    if not effects and not is_link:
        return ground
    painted = effects.get("background", CLEAR)
    background = _over(painted, ground.background)
    quirk_background = _over(effects.get("quirk-background", painted), ground.quirk_background)
    backdrop = effects.get("backdrop", CLEAR)
    link_colour = effects.get("link", ground.link_colour)
    font_pixels = _font_pixels(ground, effects)
    line = _line(ground, effects, font_pixels)
    return Ground(
        hidden=ground.hidden or _why_hidden(effects) or _why_narrow(ground, effects),
        invisible=_is_invisible(ground, effects),
        colour=effects.get("color", link_colour if is_link else ground.colour),
        background=_over(backdrop, background),
        quirk_colour=effects.get(
            "quirk-color", effects.get("color", link_colour if is_link else ground.quirk_colour)
        ),
        quirk_background=_over(backdrop, quirk_background),
        fill=effects.get("fill", ground.fill),
        link_colour=link_colour,
        font_pixels=font_pixels,
        root_pixels=font_pixels if is_root else ground.root_pixels,
        line=line,
        spacing_pixels=_spacing_pixels(ground, effects, font_pixels),
        strut_pixels=_line_pixels(line, font_pixels) if is_block else ground.strut_pixels,
        opacity=ground.opacity * effects.get("opacity", 1.0),
        zoom=ground.zoom * effects.get("zoom", 1.0),
        left_pixels=_left_pixels(ground, effects),
        outlook_hides=ground.outlook_hides or "mso-hide" in effects,
        nowrap=effects.get("nowrap", ground.nowrap),
        rtl=effects.get("rtl", ground.rtl),
        floats=effects.get("float", ""),
        above=_above(effects),
        indent_pixels=_indent_pixels(ground, effects),
        rise=effects.get("rise", 0.0),
        narrow=_is_narrow(ground, effects),
        fixed_pixels=_fixed_pixels(effects),
        paints_above=_paints_above(effects),
        lettered=effects.get("lettered", ground.lettered),
        least_height=_least_height(effects),
        box=box_of(effects) or (Box(None, None) if _clips(effects) else None),
    )


def _above(effects: Mapping[str, Any]) -> float:
    if _ABOVE.isdisjoint(effects):
        return 0.0
    return sum(float(effects.get(name, 0.0)) for name in _ABOVE)


def _paints_above(effects: Mapping[str, Any]) -> float:
    """Return how far an element that stands in a line paints over the lines above.

    Paddings and borders of such elements take no room (CSS 2.2 section 10.8.1).
    """
    if _ABOVE.isdisjoint(effects) or effects.get("display", "inline") != "inline":
        return 0.0
    if effects.get("float"):
        return 0.0
    border = float(effects.get("border-above", 0.0))
    padding = float(effects.get("padding-above", 0.0))
    painted = any(
        effects.get(n, CLEAR) != CLEAR for n in ("background", "quirk-background", "backdrop")
    )
    is_seen = painted or border > MOST_LINE_FRAME or padding > FAR_ABOVE
    return border + padding if is_seen else 0.0


def _least_height(effects: Mapping[str, Any]) -> float:
    height = float(effects.get("height", 0.0))
    least = float(effects.get("least-height", 0.0))
    return max(least, height if height < UNBOUNDED else 0.0)


def _left_pixels(ground: Ground, effects: Mapping[str, Any]) -> float:
    if _SIDEWAYS.isdisjoint(effects):
        return ground.left_pixels
    return ground.left_pixels + sum(float(effects.get(name, 0.0)) for name in _SIDEWAYS)


def _indent_pixels(ground: Ground, effects: Mapping[str, Any]) -> float:
    if _INDENTS.isdisjoint(effects):
        return ground.indent_pixels
    return ground.indent_pixels + sum(float(effects.get(name, 0.0)) for name in _INDENTS)


def _is_narrow(ground: Ground, effects: Mapping[str, Any]) -> bool:
    """Tell whether what clips in here has next to no room."""
    width = effects.get("width", effects.get("max-width"))
    if width is not None and width < UNBOUNDED:
        return bool(0 < width <= SMALL_BOX_PIXELS)
    flexes = effects.get("display") in ("flex", "inline-flex")
    return ground.narrow or bool(flexes and effects.get("height", UNBOUNDED) <= SMALL_BOX_PIXELS)


def _why_narrow(ground: Ground, effects: Mapping[str, Any]) -> str:
    return "a narrow box" if ground.narrow and _clips(effects) else ""


def _clips(effects: Mapping[str, Any]) -> bool:
    return any(effects.get(n) in _CLIPPING for n in ("overflow", "overflow-x", "overflow-y"))


def _fixed_pixels(effects: Mapping[str, Any]) -> float | None:
    pixels = min(effects.get("height", UNBOUNDED), effects.get("max-height", UNBOUNDED))
    return float(pixels) if pixels < UNBOUNDED else None


def _is_invisible(ground: Ground, effects: Mapping[str, Any]) -> bool:
    visibility = effects.get("visibility", "inherit")
    return ground.invisible if visibility == "inherit" else visibility != "visible"


def _font_pixels(ground: Ground, effects: Mapping[str, Any]) -> float:
    unit, size = effects.get("font", ("em", 1.0))
    return _in_pixels(unit, size, ground.font_pixels, ground.root_pixels)


def _in_pixels(unit: str, size: float, em: float, rem: float) -> float:
    return float(size) * {"px": 1.0, "em": em, "rem": rem}[unit]


def _line(ground: Ground, effects: Mapping[str, Any], font_pixels: float) -> tuple[str, float]:
    """Return the line height that is handed on: a factor, or pixels."""
    if "line" not in effects:
        return ground.line
    unit, size = effects["line"]
    if unit == "factor":
        return unit, size
    return "px", _in_pixels(unit, size, font_pixels, ground.root_pixels)


def _spacing_pixels(ground: Ground, effects: Mapping[str, Any], font_pixels: float) -> float:
    """Return the letter spacing, which is handed on in pixels whatever it is written in."""
    if "spacing" not in effects:
        return ground.spacing_pixels
    unit, size = effects["spacing"]
    return _in_pixels(unit, size, font_pixels, ground.root_pixels)


def _line_pixels(line: tuple[str, float], font_pixels: float) -> float:
    return line[1] * font_pixels if line[0] == "factor" else line[1]


def _why_hidden(effects: Mapping[str, Any]) -> str:
    if effects.get("display") == "none":
        return "display: none"
    clips = _clips(effects)
    if clips and effects.get("ratio"):
        return "a box of a fixed shape"
    if clips and "basis" in effects:
        return f"flex-basis: {effects['basis']:g}px"
    least = SMALL_BOX_PIXELS if clips else 0.0
    for name in _EXTENTS:
        if effects.get(name, least + 1) <= least:
            return f"{name}: {effects[name]:g}px"
    return ""


# What takes text away, or brings it back only together with other rules.
_RECOLOURING = frozenset(
    {"color", "fill", "background", "backdrop", "mso-hide", "quirk-color", "quirk-background"}
)
_SHRINKING = _SIDEWAYS | {"opacity", "zoom"}


def could_hide(style: Style) -> bool:
    """Tell whether a rule could take text away where it holds; most only shape it."""
    together = {**style.normal, **style.important}
    if box_of(together) is not None or (together.get("nowrap") and _clips(together)):
        return True
    for effects in (style.normal, style.important):
        if not effects:
            continue
        if (_RECOLOURING | _SHRINKING) & effects.keys() or _is_invisible(Ground(), effects):
            return True
        clipped = {**effects, "overflow": "hidden"}  # which another rule may add
        if (
            box_of(effects)
            or _why_hidden(clipped)
            or enter(Ground(), effects, is_block=True).why_unseen
        ):
            return True
    return False


# Of what is laid out, and never of whether it is seen.
_SHAPING = frozenset({"nowrap", "margin-above", "padding-above", "rtl", "float"})
_SHAPING_EXTENTS = frozenset({"height", "max-height", "max-width"})  # a hint may be a width


def only_shapes(style: Style) -> bool:
    """Tell whether text is seen with a rule where, and only where, it is seen without it.

    As long as all rules of a document are such: none takes back what another one does.
    """
    return style.important.keys() <= _SHAPING and all(
        (name in _SHAPING and not (name == "padding-above" and value > MOST_LINE_FRAME))
        or (name == "display" and value != "none")  # and styles in the elements are stronger
        or (name in _SHAPING_EXTENTS and value > SMALL_BOX_PIXELS)
        for name, value in style.normal.items()
    )


# What can bring text back that something else hides.
_UNCOVERING = _RECOLOURING | {
    "display", "visibility", "opacity", "zoom", "font", "line", "overflow", "overflow-x",
    "overflow-y", "height", "max-height", "width", "max-width",
} | _SIDEWAYS  # fmt: skip


def could_uncover(style: Style) -> bool:
    """Tell whether a rule could bring text back where it holds."""
    return any(
        _UNCOVERING & effects.keys() and effects.get("display") != "none"
        for effects in (style.normal, style.important)
    )


def box_of(effects: Mapping[str, Any]) -> Box | None:
    """Return the box of an element that clips its content and whose size is fixed, or None."""
    if not _clips(effects):
        return None
    height, width = (
        min((effects[n] for n in names if effects.get(n, UNBOUNDED) < UNBOUNDED), default=None)
        for names in (("height", "max-height"), ("width", "max-width"))
    )
    if height is None and width is None:
        return None
    if height is not None and effects.get("border-box"):
        above = effects.get("padding-above", 0.0) + effects.get("border-above", 0.0)
        height = max(height - above, 0.0)
    return Box(height, width)
