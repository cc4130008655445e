"""What does a style do to the text it applies to: hide, move, replace, recolour, load?

The door of tinycss2. Properties are read by allowlist: what could hide, move, replace or draw text
without our following it is a trouble, what decides whether text is seen is an effect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

import tinycss2  # type: ignore[import-untyped]  # has no stubs
import tinycss2.color3  # type: ignore[import-untyped]  # same

Colour: TypeAlias = tuple[int, int, int]
Effects: TypeAlias = Mapping[str, Any]

UNKNOWN = "unknown"  # a background nobody can compute: a picture, a gradient
CLEAR = "clear"  # a colour with no ink in it

# Pixels of the absolute units (CSS Values 4 section 6.2).
_PIXELS = {"px": 1.0, "pt": 96 / 72, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4,
           "q": 96 / 101.6, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0}  # fmt: skip
MAX_STYLE_CHARACTERS = 10_000  # with room for a small picture; what is longer is not remembered
MAX_SHEET_CHARACTERS = 150_000
MAX_COLOUR_CHARACTERS = 100
MOST_PIXELS = 2000.0  # farther than any screen is wide: a way to push text out of it
LEAST_SHIFT_PIXELS = -20.0  # small negative margins align borders; large ones cover text
LEAST_OPACITY = 0.3
SMALL_BOX_PIXELS = 2.0


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# fmt: off - word lists
_FREE = _words("""
background-attachment background-origin background-position background-position-x
background-position-y background-repeat background-size border border-bottom
border-bottom-color border-bottom-left-radius
border-bottom-right-radius border-bottom-style border-bottom-width border-collapse border-color
border-left border-left-color border-left-style border-left-width border-radius border-right
border-right-color border-right-style border-right-width border-spacing border-style border-top
border-top-color border-top-left-radius border-top-right-radius border-top-style border-top-width
border-width box-shadow box-sizing caption-side clear color-scheme cursor empty-cells float
font-display font-feature-settings font-kerning font-stretch font-style font-variant font-weight
hyphens image-rendering interpolation-mode line-break line-height max-lines min-height min-width
object-fit object-position orphans osx-font-smoothing font-smoothing outline outline-color
outline-offset outline-style outline-width overflow-wrap page-break-after page-break-before
page-break-inside break-inside break-after break-before pointer-events print-color-adjust
color-adjust forced-color-adjust quotes resize supported-color-schemes tab-size table-layout
tap-highlight-color text-align text-align-last text-decoration text-decoration-color
text-decoration-line text-decoration-skip text-decoration-skip-ink text-decoration-style
text-decoration-thickness text-rendering text-size-adjust text-transform text-underline-offset
text-shadow touch-action transition transition-delay transition-duration transition-property
transition-timing-function user-select white-space widows will-change word-break word-wrap
z-index align-content align-items align-self justify-content justify-items justify-self
flex flex-basis flex-grow flex-shrink flex-wrap gap row-gap column-gap list-style-position
list-style-image border-image appearance overflow-scrolling scroll-behavior aspect-ratio
accent-color border-box size marks font-synthesis font-size-adjust src unicode-range
premailer-width premailer-height premailer-cellpadding premailer-cellspacing
premailer-bgcolor premailer-align
""")
_DISPLAYS = _words("""
none block inline inline-block table inline-table table-cell table-row table-row-group
table-header-group table-footer-group table-column table-column-group table-caption list-item
flex inline-flex contents initial inherit unset revert -webkit-box -webkit-flex -ms-flexbox
flow-root run-in
""")
_SHIFTS = _words("""
margin margin-top margin-right margin-bottom margin-left margin-block margin-inline
padding padding-top padding-right padding-bottom padding-left vertical-align
letter-spacing word-spacing text-indent
""")
_OFFSETS = frozenset(["top", "right", "bottom", "left", "inset"])
_EXTENTS = frozenset(["height", "max-height", "width", "max-width"])
_FUNCTIONS = _words("""
rgb rgba hsl hsla calc min max clamp url linear-gradient radial-gradient
-webkit-linear-gradient -moz-linear-gradient -o-linear-gradient repeating-linear-gradient
cubic-bezier steps format local
""")
# Fonts whose letters look like something else.
_PICTURE_FONTS = ("dings", "symbol", "barcode", "code 39", "code39", "emoji one", "icon")
# fmt: on
_PREFIX = re.compile(r"-(?:webkit|moz|ms|o)-|-(?=premailer-)")


@dataclass(frozen=True, slots=True)
class Style:
    """What one style attribute or one rule declares, as far as it decides what is seen."""

    normal: Effects = field(default_factory=dict)
    important: Effects = field(default_factory=dict)
    troubles: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A selector and what it does. ``conditional``: only on some screens or in some clients."""

    selector: str
    style: Style
    conditional: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A style sheet: the rules that decide what is seen, and what could not be allowed."""

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
        name = _PREFIX.sub("", name, count=1)
        reader = _READERS.get(name)
        if reader is not None:
            reader(self, effects, name, tokens)
        elif name not in _FREE and not name.startswith("mso-"):
            self.troubles.append(f"the property {name[:40]}")

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
        if token.lower_name not in _FUNCTIONS:
            self.troubles.append(f"{token.lower_name[:40]}() in {name[:40]}")
        elif token.lower_name == "url":
            self.urls += [t.value for t in token.arguments if t.type == "string"]
        else:
            pending += token.arguments

    def display(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        value = _word(tokens)
        if value not in _DISPLAYS:
            self.troubles.append(f"display: {value[:40]}")
        effects["display"] = value

    def words(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        effects[name] = _word(tokens)

    def number(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        value = _number(tokens[0]) if tokens else None
        if value is not None:
            effects[name] = value

    def extent(self, effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        pixels = _pixels(tokens[0]) if tokens else None
        effects[name] = MOST_PIXELS if pixels is None else pixels

    def shift(self, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        for token in tokens:
            pixels = _pixels(token)
            if pixels is not None and not self._shift_is_small(name, pixels):
                self.troubles.append(f"{name}: {pixels:.0f}px moves text")

    @staticmethod
    def _shift_is_small(name: str, pixels: float) -> bool:
        least = -1.5 if name in ("letter-spacing", "word-spacing") else LEAST_SHIFT_PIXELS
        return least <= pixels <= MOST_PIXELS

    def offset(self, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        if any(_pixels(token) not in (None, 0.0) for token in tokens):
            self.troubles.append(f"{name} moves text")

    def one_of(self, allowed: frozenset[str]) -> _Read:
        def read(reader: _Reader, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
            value = _word(tokens)
            if value not in allowed:
                reader.troubles.append(f"{name}: {value[:40]}")

        return read

    def colour(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        colour = _colour(tokens[0]) if len(tokens) == 1 else None
        if colour is not None:
            effects["color"] = colour

    def background(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        found = [c for c in map(_colour, tokens) if c is not None and c != CLEAR]
        pictured = any(t.type == "url" or _is_picture(t) for t in tokens)
        if any(t.type == "ident" and t.lower_value == "text" for t in tokens):
            self.troubles.append("a background clipped to text")
        if pictured:
            effects["background"] = UNKNOWN
        elif found:
            effects["background"] = found[0]

    def font(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        self.family(effects, "font", tokens)
        for token in tokens:
            if token.type in ("dimension", "percentage"):
                self.font_size(effects, "font-size", [token])
                return

    def font_size(self, effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        if not tokens:
            return
        token = tokens[0]
        if token.type == "percentage":
            effects["font-factor"] = token.value / 100
        elif token.type == "dimension" and token.lower_unit in ("em", "ex", "ch"):
            effects["font-factor"] = token.value
        else:
            pixels = _pixels(token)
            effects["font-pixels"] = 16.0 if pixels is None else pixels

    def family(self, _effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        text = tinycss2.serialize(tokens).lower()
        if any(font in text for font in _PICTURE_FONTS):
            self.troubles.append("a font whose letters look like something else")

    def content(self, _effects: dict[str, Any], _name: str, tokens: list[Any]) -> None:
        for token in tokens:
            empty = token.type == "string" and not token.value.strip()
            if not empty and not (token.type == "ident" and token.lower_value in _NO_CONTENT):
                self.troubles.append("content: adds text")

    def list_style(self, _effects: dict[str, Any], name: str, tokens: list[Any]) -> None:
        if any(token.type == "string" for token in tokens):
            self.troubles.append(f"{name} adds text")

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
_R = _Reader()

_READERS: dict[str, _Read] = {
    "display": _Reader.display,
    "visibility": _Reader.words,
    "overflow": _Reader.words,
    "overflow-x": _Reader.words,
    "overflow-y": _Reader.words,
    "opacity": _Reader.number,
    "zoom": _Reader.number,
    "color": _Reader.colour,
    "text-fill-color": _Reader.colour,
    "background": _Reader.background,
    "background-color": _Reader.background,
    "background-image": _Reader.background,
    "background-clip": _Reader.background,
    "font": _Reader.font,
    "font-size": _Reader.font_size,
    "font-family": _Reader.family,
    "content": _Reader.content,
    "list-style": _Reader.list_style,
    "list-style-type": _Reader.list_style,
    "flex-direction": _Reader.refuse_reverse,
    "flex-flow": _Reader.refuse_reverse,
    "mso-hide": _Reader.hide_in_outlook,
    "mso-element": _Reader.refuse,
    "mso-field-code": _Reader.refuse,
    "position": _R.one_of(frozenset({"static", "relative"}) | _NEUTRAL),
    "direction": _R.one_of(frozenset({"ltr", "rtl"}) | _NEUTRAL),
    "unicode-bidi": _R.one_of(frozenset({"normal", "embed", "isolate"}) | _NEUTRAL),
    "transform": _R.one_of(frozenset({"none"}) | _NEUTRAL),
    "filter": _R.one_of(frozenset({"none"}) | _NEUTRAL),
    "animation": _R.one_of(frozenset({"none"}) | _NEUTRAL),
    "text-overflow": _R.one_of(frozenset({"clip"}) | _NEUTRAL),
    **dict.fromkeys(_SHIFTS, _Reader.shift),
    **dict.fromkeys(_OFFSETS, _Reader.offset),
    **dict.fromkeys(_EXTENTS, _Reader.extent),
}


def _word(tokens: list[Any]) -> str:
    return str(tinycss2.serialize(tokens)).strip().lower()


def _number(token: Any) -> float | None:
    if token.type == "percentage":
        return float(token.value) / 100
    return float(token.value) if token.type == "number" else None


def _pixels(token: Any) -> float | None:
    """Return a length in pixels; None for what has none (auto, percentages, calc())."""
    if token.type == "number":
        return float(token.value)
    if token.type == "percentage":
        return 0.0 if token.value == 0 else None
    if token.type == "dimension":
        unit = _PIXELS.get(token.lower_unit)
        return None if unit is None else float(token.value) * unit
    return None


def _colour(token: Any) -> Colour | str | None:
    try:
        colour = tinycss2.color3.parse_color(token)
    except (ValueError, TypeError, AttributeError):
        return None
    if colour is None or colour == "currentColor":
        return None
    if colour.alpha < LEAST_OPACITY:
        return CLEAR
    return (round(colour.red * 255), round(colour.green * 255), round(colour.blue * 255))


def _is_picture(token: Any) -> bool:
    return token.type == "function" and (
        "gradient" in token.lower_name or token.lower_name == "url"
    )


def read_style(text: str) -> Style:
    """Return what a style attribute does."""
    if len(text) > MAX_STYLE_CHARACTERS:
        return Style(troubles=(f"a style of {len(text)} characters",))
    return _remember_style(text)


@lru_cache(maxsize=4096)
def _remember_style(text: str) -> Style:
    return _Reader().read(tinycss2.parse_blocks_contents(text))


def read_colour(text: str) -> Colour | str | None:
    """Return the colour of an attribute such as bgcolor; None when it is none."""
    return _remember_colour(text.strip()) if len(text) < MAX_COLOUR_CHARACTERS else None


@lru_cache(maxsize=4096)
def _remember_colour(text: str) -> Colour | str | None:
    colour = tinycss2.color3.parse_color(text)
    if colour is None and re.fullmatch(r"[0-9A-Fa-f]{6}", text):
        return _remember_colour("#" + text)
    return None if colour is None else _colour(tinycss2.parse_one_component_value(text))


def read_sheet(text: str) -> Sheet:
    """Return what a style element does."""
    if len(text) > MAX_SHEET_CHARACTERS:
        return Sheet(troubles=(f"a style sheet of {len(text)} characters",))
    return _remember_sheet(text)


@lru_cache(maxsize=64)
def _remember_sheet(text: str) -> Sheet:
    rules: list[Rule] = []
    troubles: list[str] = []
    urls: list[str] = []
    pending = [(tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True), False)]
    while pending:
        nodes, conditional = pending.pop()
        for node in nodes:
            if node.type == "qualified-rule":
                rules += _qualified(node, troubles, urls, conditional=conditional)
            elif node.type == "at-rule":
                inner = _at_rule(node, troubles, urls)
                if inner is not None:
                    pending.append((inner, True))
            else:
                troubles.append("a style sheet that cannot be read")
    return Sheet(tuple(rules), tuple(dict.fromkeys(troubles)), tuple(urls))


def _qualified(node: Any, troubles: list[str], urls: list[str], *, conditional: bool) -> list[Rule]:
    style = _Reader().read(tinycss2.parse_blocks_contents(node.content))
    troubles += style.troubles
    urls += style.urls
    if not _matters(style.normal) and not _matters(style.important):
        return []
    prelude = tinycss2.serialize(node.prelude)
    return [Rule(s.strip(), style, conditional) for s in _split_selectors(prelude)]


def _matters(effects: Effects) -> bool:
    """Tell whether any effect is more than a size that fits text."""
    return any(n not in _EXTENTS or v <= SMALL_BOX_PIXELS for n, v in effects.items())


def _split_selectors(prelude: str) -> list[str]:
    return re.split(r",(?![^(\[]*[)\]])", prelude)


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
