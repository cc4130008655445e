"""What does a style do to the text it applies to: hide, move, replace, recolour, load?

The door of tinycss2. Properties are read by allowlist: what could hide, move, replace or draw text
without our following it is a trouble, what decides whether text is seen is an effect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeAlias

import tinycss2  # type: ignore[import-untyped]  # has no stubs
import tinycss2.color4  # type: ignore[import-untyped]  # same

from filter.reading.cssnames import (
    DISPLAYS,
    EXTENTS,
    FRAMES,
    FREE,
    FUNCTIONS,
    OFFSETS,
    SHIFTS,
    UNSURE_DISPLAYS,
    words,
)
from filter.reading.lengths import (
    MOST_PIXELS,
    MOST_SCREEN,
    SIZES,
    above_of,
    font_size_of,
    is_size,
    is_small_share,
    least_extent,
    least_height,
    least_shift,
    number_of,
    pixels_of,
    rise_of,
    sideways_of,
)
from filter.reading.specificity import split_selectors, weigh

Colour: TypeAlias = tuple[int, int, int, float]  # red, green, blue to 255, alpha to 1
Effects: TypeAlias = Mapping[str, Any]

UNKNOWN = "unknown"  # a background nobody can compute: a picture, a gradient
CLEAR: Colour = (0, 0, 0, 0.0)  # no ink in it
BLACK: Colour = (0, 0, 0, 1.0)
WHITE: Colour = (255, 255, 255, 1.0)

MAX_STYLE_CHARACTERS = 10_000  # with room for a small picture; what is longer is not remembered
MAX_SHEET_CHARACTERS = 150_000
MAX_COLOUR_CHARACTERS = 100
MOST_OFFSET_PIXELS = 8.0  # half a letter: normalize.css lifts what is superscript
FAR_PIXELS = 100.0  # margins up to here do not add up to anything
MOST_RULE_PIXELS = 6.0  # an outline or underline as thick as a line of text paints over it
MOST_SHADOW_PIXELS = 30.0
MOST_COVERED_PIXELS = 12.0  # that the dense part of a shadow may reach over its neighbours
MOST_INSET_PIXELS = 4.0  # of the ground of a line of text, above and below
MOST_INSET_BLUR = 20.0  # a hole that is smaller than the blur is as dark as what is around it
FAINT = 0.08  # alpha of shadows that may reach farther down: a dozen of them leave a text readable
MOST_FAINT_PIXELS = 100.0
MOST_FRAME_PIXELS = 200.0
MOST_TAB = 16.0
_MOST_SHIFTS = {"vertical-align": 40.0, "letter-spacing": 100.0, "word-spacing": 200.0}
LEAST_OPACITY = 0.3
ALIKE = 24  # of 255, in the channel that differs most: nobody tells such colours apart
# Of boxes that would cut text if another rule made them clip.
_LARGE_BOX = {"height": 80.0, "max-height": 80.0, "width": 40.0, "max-width": 40.0}
_ALONE_NOTHING = frozenset(
    {
        "nowrap",
        "margin-above",
        "padding-above",
        "border-above",
        "margin-indent",
        "padding-indent",
        "text-indent",
        "border-box",
        "rise",
        "least-height",
        "lettered",
        "ratio",
    }
)  # without such a box
_ABOVE = frozenset({"padding-above", "border-above"})
MOST_LINE_FRAME = 40.0  # pixels of padding and border that buttons in a line of text may have
SMALL_BOX_PIXELS = 8.0  # of a box that clips: less than half a line


# Fonts whose letters look like something else. "Segoe UI Symbol" is not one: it has letters.
_PICTURE_FONT = re.compile(
    r"symbol(?: mt)?|(?:wing|web)dings.*|.*dingbats.*|bookshelf symbol.*|mt extra|marlett"
    r"|.*mdl2 assets|.*barcode.*|code ?39.*|.*icons?"
)
# What a prefix stands before that has no other spelling, or that nothing depends on.
_OFTEN_PREFIXED = words("text-fill-color background-clip text-size-adjust mso-hide filter")
_PREFIX = re.compile(r"-(?:webkit|moz|ms|o|khtml|apple|xv|icab|epub|mru)-|-(?=premailer-)")


@dataclass(frozen=True, slots=True)
class Style:
    """What one style attribute or one rule declares, as far as it decides what is seen."""

    normal: Effects = field(default_factory=dict)
    important: Effects = field(default_factory=dict)
    troubles: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()

    @property
    def greys(self) -> bool:
        """Whether it takes the colours, which is nothing to a picture and may hide text."""
        return "greys" in self.normal or "greys" in self.important


@dataclass(frozen=True, slots=True)
class Rule:
    """A selector, how much it weighs against others, what it does and on which screens.

    ``condition`` is "" when it holds everywhere.
    """

    selector: str
    weight: int
    style: Style
    condition: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A style sheet: the rules that decide what is seen, and what could not be allowed.

    ``troubles`` are those of the sheet; a rule has its own, which count where it applies.
    """

    rules: tuple[Rule, ...] = ()
    troubles: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


class _Reader:
    """Reads declarations one by one into effects, troubles and addresses."""

    def __init__(self) -> None:
        self.normal: dict[str, Any] = {}
        self.important: dict[str, Any] = {}
        self.troubles: list[str] = []
        self.urls: list[str] = []

    def read(self, nodes: Iterable[Any]) -> Style:
        for node in nodes:
            if node.type == "declaration":
                self._declare(node)
            elif node.type not in ("whitespace", "comment"):
                self.troubles.append("a declaration that cannot be read")
        return Style(self.normal, self.important, tuple(self.troubles), tuple(self.urls))

    def _declare(self, declaration: Any) -> None:
        name = declaration.lower_name
        tokens = [t for t in declaration.value if t.type not in ("whitespace", "comment")]
        self.look_inside(name, tokens)
        effects = self.important if declaration.important else self.normal
        plain = _PREFIX.sub("", name, count=1)
        reader = _READERS.get(plain)
        if reader is None:
            if plain not in FREE and not plain.startswith("mso-"):
                self.troubles.append(f"the property {plain[:40]}")
        elif plain == name or plain in _OFTEN_PREFIXED:
            reader(self, effects, plain, tokens)
        else:
            self._read_prefixed(reader, plain, tokens)

    def _read_prefixed(self, reader: _Read, name: str, tokens: list[Any]) -> None:
        """Read what one program heeds and the others do not: it may neither hide nor uncover."""
        effects: dict[str, Any] = {}
        reader(self, effects, name, tokens)
        if effects.get("opacity", 1.0) < LEAST_OPACITY or effects.get("display") == "none":
            self.troubles.append(f"{name} for some programs only")

    def look_inside(self, name: str, tokens: Iterable[Any]) -> None:
        """Collect addresses and refuse functions that compute what we cannot."""
        pending = list(tokens)
        while pending:
            token = pending.pop()
            if token.type == "url":
                self.urls.append(token.value)
            elif token.type == "function":
                self._enter(name, token, pending)
            elif token.type in ("error", "{} block"):
                self.troubles.append(f"a value of {name[:40]} that cannot be read")

    def _enter(self, name: str, token: Any, pending: list[Any]) -> None:
        if token.lower_name == "grayscale" and name.endswith("filter"):
            return  # the reader of filters looks at it
        if token.lower_name not in FUNCTIONS:
            self.troubles.append(f"{token.lower_name[:40]}() in {name[:40]}")
        elif token.lower_name == "url":
            self.urls += [t.value for t in token.arguments if t.type == "string"]
        else:
            pending += token.arguments

    # A value that some program may not understand leaves in force what was said before it. So a
    # reader writes an effect only when the value is beyond doubt, or hides.

    def display(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        value = _word(tokens)
        if value in UNSURE_DISPLAYS:
            return
        if value not in DISPLAYS:
            self.troubles.append(f"display: {value[:40]}")
        # Columns of a table hold no text: what stands in them is not drawn.
        effects["display"] = "none" if value.startswith("table-column") else value

    def visibility(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        value = _word(tokens)
        if value in ("visible", "hidden", "collapse", "inherit"):
            effects["visibility"] = value

    def overflow(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        values = _word(tokens).split()
        if values and _OVERFLOWS.issuperset(values):
            effects[name] = max(values, key=_CLIPPING_LAST.__contains__)

    def direction(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        value = _word(tokens)
        if value in ("ltr", "rtl"):
            effects["rtl"] = value == "rtl"
        elif value not in _NEUTRAL:
            self.troubles.append(f"{name}: {value[:40]}")

    def float_(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        value = _FLOATS.get(_word(tokens))
        if value is None:
            self.troubles.append(f"{name}: {_word(tokens)[:40]}")
        else:
            effects["float"] = value

    def white_space(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        value = _word(tokens)
        if value in _WHITE_SPACES:
            effects["nowrap"] = value in ("nowrap", "pre")

    def number(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        if any(token.type == "function" for token in tokens):
            self.troubles.append(f"{name} that has to be computed")
        value = number_of(tokens[0]) if len(tokens) == 1 else None
        if value is not None:
            effects[name] = value

    def extent(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        least = least_height if name.endswith("height") else least_extent
        pixels = least(tokens[0]) if len(tokens) == 1 else None
        if pixels is not None and pixels >= 0:
            if name.endswith("height") and tokens[0].type == "percentage":
                pixels = MOST_PIXELS if tokens[0].value >= _WHOLE else min(pixels, 1.0)
            effects[name] = pixels
        if name in ("width", "height"):
            self.least(effects, name, tokens)

    def least(self, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        if any((pixels_of(token) or 0.0) > MOST_PIXELS for token in tokens):
            self.troubles.append(f"{name} wider or higher than any screen")

    def min_height(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        self.least(effects, name, tokens)
        pixels = pixels_of(tokens[0]) if len(tokens) == 1 else None
        if pixels is not None and pixels > 0:
            effects["least-height"] = pixels

    def frame(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        lengths = [pixels_of(t, MOST_SCREEN) or 0.0 for t in tokens if t.type != "function"]
        if max(lengths, default=0.0) > MOST_FRAME_PIXELS:
            self.troubles.append(f"{name} moves text")
        if name in _FRAMES_ABOVE and lengths and max(lengths) > 0:
            effects["border-above"] = max(lengths)

    def tab(self, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        if any(t.type != "ident" and (number_of(t) or MOST_PIXELS) > MOST_TAB for t in tokens):
            self.troubles.append(f"{name} moves text")

    def layer(self, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        if any((number_of(token) or 0.0) < 0 for token in tokens):
            self.troubles.append(f"{name} puts text behind what is around")

    def sizing(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        effects["border-box"] = _word(tokens) == "border-box"

    def ratio(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        effects["ratio"] = any(token.type == "number" for token in tokens)

    def flex(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        """Read how wide an element is that does not grow."""
        growth = [number_of(t) for t in tokens if t.type == "number"]
        if name == "flex" and (_word(tokens) in _RIGID or (growth and not growth[0])):
            basis = tokens[-1] if tokens[-1].type != "ident" else None
            pixels = least_extent(basis) if basis is not None else None
            if pixels is not None and len(tokens) != _GROW_AND_SHRINK:
                effects["width"] = pixels
        elif name == "flex-basis" and len(tokens) == 1:
            pixels = least_extent(tokens[0])
            if pixels is not None and pixels < SMALL_BOX_PIXELS:
                effects["basis"] = pixels

    def scheme(self, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        values = _word(tokens).split()
        if "dark" in values and "light" not in values:
            self.troubles.append(f"{name}: a ground that is dark for everyone")

    def shift(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        for token in tokens:
            if token.type == "function":
                self.troubles.append(f"{name} that has to be computed")
            elif token.type == "percentage" and not is_small_share(name, token.value):
                self.troubles.append(f"{name}: {token.value:.0f}% moves text")
        sides = [pixels_of(token, MOST_SCREEN) or 0.0 for token in tokens]
        if name == "letter-spacing" and len(tokens) == 1:
            self._space(effects, tokens[0])
        for index, pixels in enumerate(sides):
            most = _MOST_SHIFTS.get(name, MOST_PIXELS)
            relative = tokens[index].type == "dimension" and tokens[index].lower_unit in _RELATIVE
            least = least_shift(name, index, len(sides), is_relative=relative)
            if not least <= pixels <= most:
                self.troubles.append(f"{name}: {round(pixels, 1):g}px moves text")
        self._place(effects, name, sides)

    def _space(self, effects: dict[str, Any], token: Any) -> None:
        """Note by how much letters are moved apart, or together."""
        if token.type == "dimension" and token.lower_unit in ("em", "rem"):
            effects["spacing"] = (token.lower_unit, float(token.value))
        elif token.type == "dimension" and token.lower_unit in ("ex", "ch"):
            effects["spacing"] = ("em", float(token.value) / 2)
        elif (pixels := pixels_of(token, MOST_SCREEN)) is not None:
            effects["spacing"] = ("px", pixels)

    def _place(self, effects: dict[str, Any], name: str, sides: list[float]) -> None:
        """Note where the text inside starts, and what is pulled upwards."""
        if (rise := rise_of(name, sides)) > 0:
            effects["rise"] = rise
        if (above := above_of(name, sides)) > 0:
            effects[f"{name.partition('-')[0]}-above"] = above
        sideways = sideways_of(name, sides)
        if sideways > 0:
            effects[f"{name.partition('-')[0]}-indent"] = sideways
        if sideways < 0 or sideways > FAR_PIXELS:
            effects[f"{name.partition('-')[0]}-left"] = sideways

    def offset(self, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        most = MOST_OFFSET_PIXELS if name in ("top", "bottom") else 0.0
        for token in tokens:
            pixels = pixels_of(token, MOST_SCREEN)
            if token.type != "ident" and (pixels is None or abs(pixels) > most):
                self.troubles.append(f"{name} moves text")

    def line_height(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        if len(tokens) != 1:
            return
        token = tokens[0]
        if token.type == "function":
            self.troubles.append("line-height that has to be computed")
        elif token.type == "number":
            effects["line"] = ("factor", float(token.value))
        elif token.type == "ident":
            if token.lower_value in ("normal", "initial"):
                effects["line"] = ("factor", 1.2)
        elif (size := font_size_of(token)) is not None:
            effects["line"] = size

    def at_most(self, most: float) -> _Read:
        def read(reader: _Reader, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
            lengths = [pixels_of(token, MOST_SCREEN) or 0.0 for token in tokens]
            too_much = any(abs(length) > most for length in lengths)
            if too_much or any(t.type in ("percentage", "function") and not _is_colour(t)
                               for t in tokens):  # fmt: skip
                reader.troubles.append(f"{name} that paints over text")

        return read

    def shadow(self, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        """Judge each shadow as if it lay over the text around, as those of positioned boxes do."""
        faint = 0.0
        for layer in _layers(tokens):
            if any(token.type == "function" and not _names_colour(token) for token in layer):
                self.troubles.append(f"{name} that has to be computed")
                return
            alpha = _alpha_of(layer)
            if not alpha or not (problem := _problem_of_shadow(layer)):
                continue
            faint += alpha
            if faint > FAINT or not _falls_straight(layer):
                self.troubles.append(f"{name} {problem}")

    def one_of(self, allowed: frozenset[str]) -> _Read:
        def read(reader: _Reader, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
            value = _word(tokens)
            if value not in allowed:
                reader.troubles.append(f"{name}: {value[:40]}")

        return read

    def colour(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        colour = self._one_colour(tokens[0]) if len(tokens) == 1 else None
        if colour is not None:
            effects["color"] = effects["quirk-color"] = colour
        elif len(tokens) == 1 and (bare := _bare_colour(tokens[0])) is not None:
            effects["quirk-color"] = bare

    def fill(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        """Read what some programs paint letters with, whatever their colour is."""
        colour = self._one_colour(tokens[0]) if len(tokens) == 1 else None
        if colour is not None:
            effects["fill"] = colour
        elif _word(tokens) in ("currentcolor", "initial", "revert"):
            effects["fill"] = None

    def background(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        if any(t.type == "ident" and t.lower_value == "text" for t in tokens):
            self.troubles.append("a background clipped to text")
        if any(t.type == "ident" and t.lower_value == "currentcolor" for t in tokens):
            self.troubles.append("a background in the colour of the letters")
        colours = [c for c in map(self._one_colour, tokens) if c is not None]
        drawn = [_drawn(t) for t in tokens if _is_picture(t)]
        bare = next((c for c in map(_bare_colour, tokens) if c is not None), None)
        if bare is not None and len(tokens) > 1:
            self.troubles.append("a colour without its # beside something else")
        elif bare is not None:
            effects["quirk-background"] = bare
        elif name == "background":
            effects["background"] = effects["quirk-background"] = colours[-1] if colours else CLEAR
            effects["backdrop"] = drawn[0] if drawn else CLEAR
        elif name == "background-image":
            effects["backdrop"] = drawn[0] if drawn else CLEAR
        elif colours:
            effects["background"] = effects["quirk-background"] = colours[-1]

    def _one_colour(self, token: Any) -> Colour | None:
        if _is_picture(token):
            return None
        colour = _colour(token)
        if colour is None and token.type == "function":
            self.troubles.append("a colour that has to be computed")
        return colour

    def font(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        slash = next(
            (n for n, t in enumerate(tokens) if t.type == "literal" and t.value == "/"), len(tokens)
        )
        last = max((n for n, t in enumerate(tokens) if is_size(t)), default=-1)
        self.family(effects, "font-family", tokens[last + 1 :])
        first = next((n for n, t in enumerate(tokens) if is_size(t)), last)
        self.family(effects, "font-family", tokens[first + 1 :])  # of "Wingdings 3", unquoted
        for token in tokens[:slash]:
            is_weight = token.type == "number" and token.value >= 1
            if not is_weight and (token.type != "ident" or token.lower_value in SIZES):
                self.font_size(effects, "font-size", [token])
                self.line_height(effects, "line-height", tokens[slash + 1 : slash + 2])

    def font_size(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        if len(tokens) != 1:
            return
        if tokens[0].type == "function" and tokens[0].lower_name == "calc":
            self.troubles.append("font-size that has to be computed")
        elif (size := font_size_of(tokens[0])) is not None:
            effects["font"] = size

    def family(self, _effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        if draws_pictures(_word(tokens)):
            self.troubles.append("a font whose letters look like something else")

    def size_adjust(self, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        value = number_of(tokens[0]) if len(tokens) == 1 else None
        if value is not None and value < LEAST_OPACITY:
            self.troubles.append(f"{name} makes text too small")

    def raise_in_outlook(self, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        if any(abs(pixels_of(token) or 0.0) > FAR_PIXELS for token in tokens):
            self.troubles.append(f"{name} moves text")

    def filter_(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        """Read what makes a picture grey. Of text it could take the contrast to its ground."""
        if len(tokens) == 1 and tokens[0].type == "function":
            amount = [t for t in tokens[0].arguments if t.type not in ("whitespace", "comment")]
            if len(amount) <= 1 and all(t.type in ("number", "percentage") for t in amount):
                effects["greys"] = True
                return
        self.one_of(frozenset({"none"}) | _NEUTRAL)(self, effects, name, tokens)

    def content(self, _effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        for token in tokens:
            empty = token.type == "string" and not token.value.strip()
            if not empty and not (token.type == "ident" and token.lower_value in _NO_CONTENT):
                self.troubles.append("content: adds text")

    def list_style(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        if any(token.type == "string" for token in tokens):
            self.troubles.append(f"{name} adds text")
        effects["lettered"] = not _NUMBERED.issuperset(_word(tokens).split())

    def refuse_reverse(self, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        if "reverse" in _word(tokens):
            self.troubles.append(f"{name} reorders text")

    def hide_in_outlook(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        if _word(tokens) not in ("none", "screen"):
            effects["mso-hide"] = True

    def refuse(self, _effects: dict[str, Any], name: str, _tokens: list[Any]) -> None:
        self.troubles.append(f"the property {name}")


_Read: TypeAlias = Callable[["_Reader", dict[str, Any], str, list[Any]], None]
_NO_CONTENT = frozenset({"none", "normal"})
_NEUTRAL = frozenset({"initial", "inherit", "unset"})
_OVERFLOWS = words("visible hidden scroll auto clip overlay initial inherit unset revert")
_CLIPPING_LAST = words("hidden scroll auto clip overlay")
_FLOATS = {"left": "left", "right": "right", "inline-start": "left", "inline-end": "right",
           **dict.fromkeys(("none", "initial", "inherit", "unset", "revert"), "")}  # fmt: skip
_WHITE_SPACES = words("normal nowrap pre pre-wrap pre-line break-spaces initial")
_BLUR = 2  # the third length of a shadow
_GROW_AND_SHRINK = 2
_RIGID = frozenset({"0"})
_WHOLE = 50.0  # percent of a height nobody knows
_HEX = re.compile(r"[0-9a-fA-F]{3}|[0-9a-fA-F]{6}")
_FRAMES_ABOVE = words("border border-top border-width border-top-width")
_NUMBERED = words("none disc circle square decimal initial inherit unset inside outside")
_RELATIVE = frozenset({"em", "ex", "ch"})
_COLOUR_FUNCTIONS = frozenset({"rgb", "rgba", "hsl", "hsla"})
_R = _Reader()

_READERS: dict[str, _Read] = {
    "display": _Reader.display,
    "visibility": _Reader.visibility,
    "overflow": _Reader.overflow,
    "overflow-x": _Reader.overflow,
    "overflow-y": _Reader.overflow,
    "white-space": _Reader.white_space,
    "opacity": _Reader.number,
    "zoom": _Reader.number,
    "color": _Reader.colour,
    "text-fill-color": _Reader.fill,
    "background": _Reader.background,
    "background-color": _Reader.background,
    "background-image": _Reader.background,
    "background-clip": _Reader.background,
    "font": _Reader.font,
    "font-size": _Reader.font_size,
    "font-family": _Reader.family,
    "mso-font-alt": _Reader.family,
    "src": _Reader.family,
    "font-size-adjust": _Reader.size_adjust,
    "text-size-adjust": _Reader.size_adjust,
    "line-height": _Reader.line_height,
    "box-shadow": _Reader.shadow,
    "text-shadow": _Reader.shadow,
    "z-index": _Reader.layer,
    "aspect-ratio": _Reader.ratio,
    "box-sizing": _Reader.sizing,
    "flex": _Reader.flex,
    "flex-basis": _Reader.flex,
    "color-scheme": _Reader.scheme,
    "tab-size": _Reader.tab,
    "min-width": _Reader.least,
    "min-height": _Reader.min_height,
    **dict.fromkeys(FRAMES, _Reader.frame),
    "content": _Reader.content,
    "list-style": _Reader.list_style,
    "list-style-type": _Reader.list_style,
    "flex-direction": _Reader.refuse_reverse,
    "flex-flow": _Reader.refuse_reverse,
    "flex-wrap": _Reader.refuse_reverse,
    "mso-text-raise": _Reader.raise_in_outlook,
    "mso-hide": _Reader.hide_in_outlook,
    "mso-element": _Reader.refuse,
    "mso-field-code": _Reader.refuse,
    "position": _R.one_of(frozenset({"static", "relative"}) | _NEUTRAL),
    "direction": _Reader.direction,
    "float": _Reader.float_,
    "font-variation-settings": _R.one_of(frozenset({"normal"}) | _NEUTRAL),
    "unicode-bidi": _R.one_of(frozenset({"normal", "embed", "isolate"}) | _NEUTRAL),
    "transform": _R.one_of(frozenset({"none"}) | _NEUTRAL),
    "filter": _Reader.filter_,
    "animation": _R.one_of(frozenset({"none"}) | _NEUTRAL),
    "quotes": _R.one_of(frozenset({"none", "auto"}) | _NEUTRAL),
    "caption-side": _R.one_of(frozenset({"top"}) | _NEUTRAL),
    "text-transform": _R.one_of(words("none uppercase lowercase capitalize") | _NEUTRAL),
    "outline": _R.at_most(MOST_RULE_PIXELS),
    "outline-width": _R.at_most(MOST_RULE_PIXELS),
    "outline-offset": _R.at_most(MOST_RULE_PIXELS),
    "text-decoration": _R.at_most(MOST_RULE_PIXELS),
    "text-decoration-thickness": _R.at_most(MOST_RULE_PIXELS),
    "text-overflow": _R.one_of(frozenset({"clip"}) | _NEUTRAL),
    **dict.fromkeys(SHIFTS, _Reader.shift),
    **dict.fromkeys(OFFSETS, _Reader.offset),
    **dict.fromkeys(EXTENTS, _Reader.extent),
}


def _word(tokens: Iterable[Any]) -> str:
    return " ".join(" ".join(token.serialize() for token in tokens).lower().split())


# The colours of the reader's system as they nearly always are (CSS Color 4 section 10). What is in
# neither list is dark here and light there.
_DARK = words("canvastext windowtext fieldtext buttontext captiontext menutext infotext")
_LIGHT = words("""
canvas window field infobackground threedhighlight buttonhighlight buttonface highlighttext
background menu scrollbar appworkspace activecaption inactivecaption threedface threedlightshadow
inactiveborder activeborder accentcolortext selecteditemtext
""")


def _colour(token: Any) -> Colour | None:
    """Return a colour; None for what is none, depends on others, or nobody can compute."""
    if token.type == "ident":
        if token.lower_value in _DARK or token.lower_value in ("initial", "revert"):
            return BLACK
        if token.lower_value in _LIGHT:
            return WHITE
    if token.type not in ("ident", "hash", "function"):
        return None
    try:
        colour = tinycss2.color4.parse_color(token)
        if colour is None or colour == "currentcolor":
            return None
        red, green, blue = (
            round(min(max(part, 0), 1) * 255) for part in colour.to("srgb").coordinates
        )
    except (ValueError, TypeError, AttributeError, NotImplementedError):
        return None
    return (red, green, blue, float(colour.alpha))


def _bare_colour(token: Any) -> Colour | None:
    """Return a colour that is written without its #.

    It is one in documents without a modern doctype, and nothing in the others
    (https://quirks.spec.whatwg.org/#the-hashless-hex-color-quirk).
    """
    if token.type not in ("ident", "dimension", "number") or _colour(token) is not None:
        return None
    digits = token.serialize()
    return read_colour(f"#{digits}") if _HEX.fullmatch(digits) else None


def _layers(tokens: Iterable[Any]) -> list[list[Any]]:
    """Return the shadows of a list, each as its tokens."""
    layers: list[list[Any]] = [[]]
    for token in tokens:
        if token.type == "literal":
            layers.append([])
        else:
            layers[-1].append(token)
    return layers


def _lengths_of(layer: Iterable[Any]) -> tuple[float, float, float, float]:
    """Return how far a shadow lies to the right and down, its blur and its spread."""
    lengths = [t for t in layer if t.type in ("number", "dimension")]
    right, down, blur, spread = (
        *(pixels_of(token, MOST_SCREEN) or 0.0 for token in lengths), 0.0, 0.0, 0.0, 0.0,
    )[:4]  # fmt: skip
    return right, down, blur, spread


def _problem_of_shadow(layer: list[Any]) -> str:
    """Return what is wrong with a shadow of any colour; "" when it covers no line of text."""
    right, down, blur, spread = _lengths_of(layer)
    if max(abs(right), abs(down), abs(spread)) > MOST_SHADOW_PIXELS:
        return "that paints over text"
    dense = max(abs(right), abs(down)) + spread - blur / 2
    if _is_inset(layer) and (dense > MOST_INSET_PIXELS or blur > MOST_INSET_BLUR):
        return "that paints the ground of text"
    return "that paints over its neighbours" if dense > MOST_COVERED_PIXELS else ""


def _falls_straight(layer: list[Any]) -> bool:
    """Tell whether a shadow lies below its box and is no larger: few can lie on one line."""
    right, down, _, spread = _lengths_of(layer)
    return (
        not _is_inset(layer)
        and abs(right) <= MOST_SHADOW_PIXELS
        and 0 <= down <= MOST_FAINT_PIXELS
        and spread <= 0
    )


def _is_inset(layer: Iterable[Any]) -> bool:
    return any(token.type == "ident" and token.lower_value == "inset" for token in layer)


def _alpha_of(layer: Iterable[Any]) -> float:
    """Return how dense a shadow is; 1 where nobody knows its colour."""
    colours = [colour for colour in map(_colour, layer) if colour is not None]
    return colours[0][3] if len(colours) == 1 else 1.0


def _names_colour(token: Any) -> bool:
    """Tell whether a function is a colour, or one that is misspelled and paints nothing."""
    return _is_colour(token) or token.lower_name in _COLOUR_FUNCTIONS


def _is_colour(token: Any) -> bool:
    return _colour(token) is not None


def _is_picture(token: Any) -> bool:
    return bool(
        token.type == "url"
        or (
            token.type == "function"
            and ("gradient" in token.lower_name or token.lower_name == "url")
        )
    )


def _drawn(token: Any) -> Colour | str:
    """Return the one colour of a gradient; UNKNOWN for a picture and for several colours."""
    stops = {c for c in map(_colour, getattr(token, "arguments", ())) if c is not None}
    if not stops:
        return UNKNOWN
    widest = max(max(part) - min(part) for part in zip(*stops, strict=True))
    return stops.pop() if widest < ALIKE else UNKNOWN


def draws_pictures(families: str) -> bool:
    """Tell whether one of the fonts draws something else in place of letters."""
    names = re.split(r"[,()]", families.lower())
    return any(_PICTURE_FONT.fullmatch(" ".join(name.strip(" \"'").split())) for name in names)


def read_style(text: str) -> Style:
    """Return what a style attribute does."""
    if len(text) > MAX_STYLE_CHARACTERS:
        return Style(troubles=(f"a style of {len(text)} characters",))
    return _remember_style(text)


@lru_cache(maxsize=4096)
def _remember_style(text: str) -> Style:
    if _is_too_deep(text):
        return Style(troubles=(_TOO_DEEP,))
    return _Reader().read(tinycss2.parse_blocks_contents(text))


def read_colour(text: str) -> Colour | None:
    """Return the colour of an attribute such as bgcolor; None when it says none."""
    return _remember_colour(text.strip()) if len(text) < MAX_COLOUR_CHARACTERS else None


@lru_cache(maxsize=4096)
def _remember_colour(text: str) -> Colour | None:
    """Read a colour as browsers read old attributes: whatever is written there, it is a colour.

    https://html.spec.whatwg.org/multipage/common-microsyntaxes.html#rules-for-parsing-a-legacy-colour-value
    """
    if not text or text.lower() == "transparent":
        return None
    if re.fullmatch(r"[A-Za-z]+|#[0-9A-Fa-f]{3}", text):
        named = _colour(tinycss2.parse_one_component_value(text))
        if named is not None:
            return named
    digits = re.sub(r"[^0-9A-Fa-f]", "0", text.removeprefix("#")) or "0"
    digits += "0" * (-len(digits) % 3)
    third = len(digits) // 3
    parts = [digits[n : n + third][-8:] for n in (0, third, 2 * third)]
    while len(parts[0]) > 2 and all(part[0] == "0" for part in parts):  # noqa: PLR2004
        parts = [part[1:] for part in parts]
    red, green, blue = (int(part[:2], 16) for part in parts)
    return (red, green, blue, 1.0)


# Serialising is recursive in the library, and each @media is parsed again inside of the one around.
MAX_BLOCKS = 50  # inside of one another; people use four
_TOO_DEEP = f"more than {MAX_BLOCKS} blocks inside of one another"
_BRACKET = re.compile(r"[(\[{]+|[)\]}]+")


@lru_cache(maxsize=64)
def _is_too_deep(text: str) -> bool:
    """Tell whether brackets of any kind are nested deeper than is read; strings count, too."""
    depth = 0
    for found in _BRACKET.finditer(text):
        size = found.end() - found.start()
        depth = depth + size if found[0][0] in "([{" else max(0, depth - size)
        if depth > MAX_BLOCKS:
            return True
    return False


def read_sheet(text: str) -> Sheet:
    """Return what a style element does."""
    if len(text) > MAX_SHEET_CHARACTERS:
        return Sheet(troubles=(f"a style sheet of {len(text)} characters",))
    if _is_too_deep(text):
        return Sheet(troubles=(_TOO_DEEP,))
    return _remember_sheet(text)


@lru_cache(maxsize=64)
def _remember_sheet(text: str) -> Sheet:
    rules: list[Rule] = []
    troubles: list[str] = []
    urls: list[str] = []
    nodes = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    open_rules = [(iter(nodes), "")]
    while open_rules:  # in the order of the sheet: of equals the later one wins
        following, condition = open_rules[-1]
        node = next(following, None)
        if node is None:
            open_rules.pop()
        elif node.type == "qualified-rule":
            rules += _qualified(node, urls, condition)
        elif node.type == "at-rule":
            inner = _at_rule(node, troubles, urls)
            if inner is not None:
                said = f"{condition} @{node.lower_at_keyword} {_word(node.prelude)}"
                open_rules.append((iter(inner), " ".join(said.split())))
        else:
            troubles.append("a style sheet that cannot be read")
    return Sheet(tuple(rules), tuple(dict.fromkeys(troubles)), tuple(urls))


def _qualified(node: Any, urls: list[str], condition: str) -> list[Rule]:
    style = _Reader().read(tinycss2.parse_blocks_contents(node.content))
    urls += style.urls
    if style.greys:  # of whatever it is that it selects
        style = replace(style, troubles=(*style.troubles, "a filter for more than one picture"))
    if not (_matters(style.normal) or _matters(style.important) or style.troubles):
        return []
    return [
        Rule(tinycss2.serialize(tokens).strip(), weigh(tokens), style, condition)
        for tokens in split_selectors(node.prelude)
    ]


def _matters(effects: Effects) -> bool:
    """Tell whether any effect is more than a size that fits text."""
    return any(
        effect <= _LARGE_BOX[name]
        if name in _LARGE_BOX
        else name not in _ALONE_NOTHING or (name in _ABOVE and effect > MOST_LINE_FRAME)
        for name, effect in effects.items()
    )


def _at_rule(node: Any, troubles: list[str], urls: list[str]) -> Any:
    """Return the rules inside of a conditional at-rule, or None; note what is not allowed."""
    name = _PREFIX.sub("", node.lower_at_keyword, count=1)
    if name in ("media", "supports", "layer") and node.content is not None:
        return tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
    if name in ("font-face", "viewport", "page") and node.content is not None:
        style = _Reader().read(tinycss2.parse_blocks_contents(node.content))
        urls += style.urls
        if name != "viewport":
            troubles += style.troubles
    elif name == "import":
        _import(node, troubles, urls)
    elif name not in ("charset", "namespace"):
        troubles.append(f"the rule @{name[:40]}")
    return None


def _import(node: Any, troubles: list[str], urls: list[str]) -> None:
    style = _Reader()
    style.look_inside("@import", node.prelude)
    loaded = style.urls + [t.value for t in node.prelude if t.type == "string"]
    urls += loaded
    if len(loaded) != 1 or not loads_fonts_only(loaded[0]):
        troubles.append("the rule @import")


# Services whose style sheets hold @font-face rules only. Their addresses must be on the link
# allowlist all the same; any other style sheet could hide text, and nobody here has seen it.
_FONT_SERVICES = re.compile(
    r"https://(?:fonts\.googleapis\.com/css2?\?|fonts\.bunny\.net/css\?|use\.typekit\.net/)"
    r"[A-Za-z0-9?&=:;,|+%@._/-]*"
)


def loads_fonts_only(address: str) -> bool:
    """Tell whether a style sheet at this address can declare fonts and nothing else."""
    return _FONT_SERVICES.fullmatch(address.strip()) is not None
