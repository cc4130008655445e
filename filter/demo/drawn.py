"""Pictures as honest mails show them: logos, banners, buttons, charts, maps, views of places.

Drawn anew each time, from fixed seeds but for the grain of the views; none is of anybody.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]
_WORDS = ("Klinik Ampang", "MyHealth", "Your visit", "Opening hours", "Stay healthy", "Get ready")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One picture as a file; ``picture`` is the same to work on."""

    name: str
    media_type: str
    content: bytes
    picture: Image.Image


def drawn() -> Iterator[Drawn]:
    """Yield fifty different pictures."""
    for name, (draw, count) in _KINDS.items():
        for number in range(count):
            chance = random.Random(f"{name} {number}")  # noqa: S311 - the same pictures each time
            picture = draw(chance)
            kind = "JPEG" if draw in {_landscape, _house} else "PNG"
            stream = io.BytesIO()
            picture.save(stream, kind)
            yield Drawn(f"{name} {number + 1}", f"image/{kind.lower()}", stream.getvalue(), picture)


def _colour(chance: random.Random, low: int = 20, high: int = 200) -> Colour:
    return chance.randint(low, high), chance.randint(low, high), chance.randint(low, high)


def _write(draw: ImageDraw.ImageDraw, place: tuple[float, float], text: str, size: float) -> None:
    draw.text(place, text, "white", ImageFont.load_default(size), anchor="lm")


def _logo(chance: random.Random) -> Image.Image:
    picture = Image.new("RGB", (240, 80), "white")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((8, 8, 72, 72), chance.randint(2, 32), fill=_colour(chance))
    arm = chance.randint(6, 12)
    draw.rectangle((40 - arm / 2, 20, 40 + arm / 2, 60), fill="white")
    draw.rectangle((20, 40 - arm / 2, 60, 40 + arm / 2), fill="white")
    font = ImageFont.load_default(chance.randint(18, 24))
    draw.text((84, 40), chance.choice(_WORDS), _colour(chance, 0, 120), font, anchor="lm")
    return picture


def _banner(chance: random.Random) -> Image.Image:
    picture = Image.new("RGB", (480, 120), _colour(chance))
    draw = ImageDraw.Draw(picture)
    for _ in range(5):
        x, y, side = chance.randint(200, 470), chance.randint(0, 120), chance.randint(30, 120)
        draw.ellipse((x - side, y - side, x + side, y + side), fill=_colour(chance, 60, 230))
    _write(draw, (24, 60), chance.choice(_WORDS), 32)
    return picture


def _button(chance: random.Random) -> Image.Image:
    picture = Image.new("RGB", (220, 60), "white")
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((4, 4, 216, 56), chance.randint(4, 26), fill=_colour(chance))
    _write(draw, (30, 30), chance.choice(_WORDS), 22)
    return picture


def _bars(chance: random.Random) -> Image.Image:
    picture = Image.new("RGB", (360, 220), "white")
    draw = ImageDraw.Draw(picture)
    colour, bars = _colour(chance), chance.randint(4, 9)
    for bar in range(bars):
        left = 30 + bar * 320 / bars
        draw.rectangle((left, chance.randint(20, 190), left + 200 / bars, 200), fill=colour)
    draw.line((20, 10, 20, 200, 350, 200), fill="black", width=2)
    return picture


def _lines(chance: random.Random) -> Image.Image:
    picture = Image.new("RGB", (360, 220), "white")
    draw = ImageDraw.Draw(picture)
    for y in range(20, 200, 36):
        draw.line((20, y, 350, y), fill=(220, 220, 220))
    for _ in range(chance.randint(2, 3)):
        points = [(20 + step * 33.0, float(chance.randint(20, 195))) for step in range(11)]
        draw.line(points, fill=_colour(chance), width=3, joint="curve")
    return picture


def _map(chance: random.Random) -> Image.Image:
    picture = Image.new("RGB", (320, 240), (234, 230, 220))
    draw = ImageDraw.Draw(picture)
    for _ in range(4):
        x, y = chance.randint(0, 280), chance.randint(0, 200)
        draw.rectangle((x, y, x + chance.randint(30, 90), y + chance.randint(30, 70)), "#bcd9a5")
    for _ in range(9):
        ends = [(chance.randint(-20, 340), chance.randint(-20, 260)) for _ in range(3)]
        draw.line(ends, "white", chance.randint(4, 11), joint="curve")
    x, y = chance.randint(60, 260), chance.randint(60, 180)
    draw.polygon([(x, y), (x - 10, y - 22), (x + 10, y - 22)], fill="red")
    draw.ellipse((x - 11, y - 36, x + 11, y - 14), fill="red")
    return picture


def _landscape(chance: random.Random) -> Image.Image:
    """Hills under a sky, hazy with distance, with the grain of a photograph."""
    width, height = 320, 240
    picture = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    picture = Image.blend(picture, Image.new("RGB", picture.size, (120, 170, 230)), 0.75)
    draw = ImageDraw.Draw(picture)
    for hill in range(5):
        base, wave, turn = 90 + hill * 30, chance.uniform(20, 60), chance.uniform(0, 6)
        ridge = [
            (x, base + 18 * math.sin(x / wave + turn) + 5 * math.sin(x / 7 + turn))
            for x in range(0, width + 8, 8)
        ]
        shade = 150 - hill * 28
        draw.polygon([*ridge, (width, height), (0, height)], fill=(shade // 2, shade, shade // 2))
    return _grainy(picture)


def _house(chance: random.Random) -> Image.Image:
    """A building with windows, a path and bushes."""
    picture = Image.new("RGB", (320, 240), (170, 200, 230))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 180, 320, 240), fill=(90, 130, 70))
    left, top = chance.randint(30, 90), chance.randint(50, 90)
    draw.rectangle((left, top, 320 - left // 2, 190), fill=_colour(chance, 120, 220))
    across, down = chance.randint(3, 6), chance.randint(2, 3)
    for column in range(across):
        for row in range(down):
            x = left + 12 + column * (290 - left - left // 2) / across
            y = top + 12 + row * (170 - top) / down
            draw.rectangle((x, y, x + 20, y + 18), fill=_colour(chance, 40, 110))
    draw.polygon([(150, 190), (180, 190), (230, 240), (110, 240)], fill=(200, 190, 170))
    for _ in range(6):
        x, side = chance.randint(0, 320), chance.randint(8, 26)
        draw.ellipse((x - side, 190 - side, x + side, 190 + side), fill=(40, 90, 50))
    return _grainy(picture.filter(ImageFilter.GaussianBlur(0.8)))


def _grainy(picture: Image.Image) -> Image.Image:
    grain = Image.effect_noise(picture.size, 40).convert("RGB")
    return Image.blend(picture, grain, 0.06)


_KINDS: dict[str, tuple[Callable[[random.Random], Image.Image], int]] = {
    "logo": (_logo, 8),
    "banner": (_banner, 6),
    "button": (_button, 6),
    "bar chart": (_bars, 6),
    "line chart": (_lines, 6),
    "map": (_map, 6),
    "landscape": (_landscape, 6),
    "house": (_house, 6),
}
