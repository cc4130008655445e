"""Draws recall against false matches: as SVG by a few lines of text, as PNG by Pillow.

Both draw the same lines and words, so a figure looks alike in either.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 760, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 730, 46, 390
_LEAST_RATE, _MOST_RATE = -7, -1  # powers of ten on the axis; no false match at all is left of it
_NONE = _LEAST_RATE - 0.6
_COLOURS = ("#1b6ca8", "#c2571a", "#3b8a3e", "#7a4fa3", "#555555")
_INK, _PALE = "#222222", "#dddddd"


@dataclass(frozen=True, slots=True)
class Curve:
    """Recall of one group at growing limits: (bits, false matches a pair, recall)."""

    name: str
    points: tuple[tuple[int, float, float], ...]


@dataclass(frozen=True, slots=True)
class _Line:
    points: tuple[tuple[float, float], ...]
    colour: str
    width: int = 1


@dataclass(frozen=True, slots=True)
class _Dot:
    x: float
    y: float
    colour: str


@dataclass(frozen=True, slots=True)
class _Words:
    x: float
    y: float
    text: str
    anchor: str = "m"  # of the line: l, m, r
    colour: str = _INK
    size: int = 12


def to_svg(curves: Sequence[Curve], title: str, marked_bits: int) -> str:
    """Return the figure as the text of an SVG file."""
    body = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" font-family="sans-serif">'
        ),
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for thing in _figure(curves, title, marked_bits):
        match thing:
            case _Line():
                places = " ".join(f"{x:.1f},{y:.1f}" for x, y in thing.points)
                body.append(
                    f'<polyline points="{places}" fill="none" stroke="{thing.colour}" '
                    f'stroke-width="{thing.width}"/>'
                )
            case _Dot():
                body.append(
                    f'<circle cx="{thing.x:.1f}" cy="{thing.y:.1f}" r="4" fill="{thing.colour}"/>'
                )
            case _Words():
                anchor = {"l": "start", "m": "middle", "r": "end"}[thing.anchor]
                body.append(
                    f'<text x="{thing.x:.1f}" y="{thing.y + thing.size * 0.35:.1f}" '
                    f'text-anchor="{anchor}" font-size="{thing.size}" fill="{thing.colour}">'
                    f"{escape(thing.text)}</text>"
                )
    return "\n".join([*body, "</svg>", ""])


def to_png(curves: Sequence[Curve], title: str, marked_bits: int) -> bytes:
    """Return the figure as a PNG file of twice the size."""
    figure = Image.new("RGB", (WIDTH * 2, HEIGHT * 2), "white")
    draw = ImageDraw.Draw(figure)
    for thing in _figure(curves, title, marked_bits):
        match thing:
            case _Line():
                places = [(x * 2, y * 2) for x, y in thing.points]
                draw.line(places, fill=thing.colour, width=thing.width * 2)
            case _Dot():
                x, y = thing.x * 2, thing.y * 2
                draw.ellipse((x - 8, y - 8, x + 8, y + 8), fill=thing.colour)
            case _Words():
                face = ImageFont.load_default(thing.size * 2)
                place = (thing.x * 2, thing.y * 2)
                draw.text(place, thing.text, thing.colour, face, anchor=f"{thing.anchor}m")
    target = io.BytesIO()
    figure.save(target, "PNG")
    return target.getvalue()


def _figure(
    curves: Sequence[Curve], title: str, marked_bits: int
) -> Iterator[_Line | _Dot | _Words]:
    yield _Words(_LEFT, 22, title, "l", size=15)
    for tenth in range(11):
        y = _y(tenth / 10)
        yield _Line(((_LEFT, y), (_RIGHT, y)), _PALE)
        yield _Words(_LEFT - 8, y, f"{tenth / 10:.1f}", "r")
    for power in range(_LEAST_RATE, _MOST_RATE + 1):
        x = _x(10.0**power)
        yield _Line(((x, _TOP), (x, _BOTTOM)), _PALE)
        yield _Words(x, _BOTTOM + 16, f"1e{power}")
    yield _Words(_x(0), _BOTTOM + 16, "none")
    yield _Line(((_LEFT, _TOP), (_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)), _INK)
    yield _Words((_LEFT + _RIGHT) / 2, _BOTTOM + 36, "false matches a pair of different pictures")
    yield _Words(16, _TOP - 8, "recall", "l")
    for number, curve in enumerate(curves):
        colour = _COLOURS[number % len(_COLOURS)]
        places = tuple((_x(rate), _y(recall)) for _, rate, recall in curve.points)
        if len(places) > 1:
            yield _Line(places, colour, 2)
        for (bits, _, _), (x, y) in zip(curve.points, places, strict=True):
            if bits == marked_bits:
                yield _Dot(x, y, colour)
        x = _LEFT + number * 150
        yield _Line(((x, HEIGHT - 16), (x + 22, HEIGHT - 16)), colour, 3)
        yield _Words(x + 28, HEIGHT - 16, curve.name, "l")
    yield _Words(_RIGHT, 22, f"dots: a limit of {marked_bits} bits", "r")


def _x(rate: float) -> float:
    power = math.log10(rate) if rate > 0 else _NONE
    power = min(max(power, _NONE), _MOST_RATE)
    return _LEFT + 12 + (power - _NONE) / (_MOST_RATE - _NONE) * (_RIGHT - _LEFT - 24)


def _y(recall: float) -> float:
    return _BOTTOM - recall * (_BOTTOM - _TOP)
