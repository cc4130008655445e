"""Draws e-mail graphics that could be innocent: the pictures that letters are full of.

`python -m tests.pictures.graphics FOLDER` writes them as files. Nothing is random but for the seed,
which is the number of the graphic within its kind.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Draw = Callable[[np.random.Generator, int], Image.Image]
_TEXT = (
    "Your appointment with the clinic has been moved to another day please bring the card "
    "of your insurance and all letters from the doctor who sent you here the entrance is "
    "at the back of the house parking is free for patients visiting hours end at eight"
)
_WORDS = _TEXT.split()
_NAMES = ("Elmwood", "North Harbour", "Saint Ann", "Lakeside", "Medico", "CareLine", "Vitalis")
_KINDS_OF_HOUSE = ("Hospital", "Clinic", "Health", "Dental", "Pharmacy", "Council", "Library")


@dataclass(frozen=True)
class Graphic:
    """One graphic as a file."""

    name: str
    content: bytes
    media_type: str

    @property
    def file_name(self) -> str:
        """Return a name for a folder."""
        return f"{self.name}.{self.media_type.partition('/')[2].replace('jpeg', 'jpg')}"


def graphics() -> Iterator[Graphic]:
    """Yield all graphics; the same every time, in the same order."""
    for kind, (draw, number) in KINDS.items():
        for seed in range(number):
            rng = np.random.default_rng((seed, len(kind), ord(kind[0]), ord(kind[-1])))
            picture = draw(rng, seed)
            yield Graphic(f"{kind}-{seed:02}", *_encoded(picture, seed, kind))


def _encoded(picture: Image.Image, seed: int, kind: str) -> tuple[bytes, str]:
    target = io.BytesIO()
    if kind in _AS_JPEG and seed % 2 and picture.mode == "RGB":
        picture.save(target, "JPEG", quality=80)
        return target.getvalue(), "image/jpeg"
    if seed % 5 == 4 and picture.mode == "RGB":
        picture.quantize(64).save(target, "GIF")
        return target.getvalue(), "image/gif"
    picture.save(target, "PNG", compress_level=2)
    return target.getvalue(), "image/png"


@cache
def _face(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return _face(max(7, round(size)))


def _colour(rng: np.random.Generator, low: int = 0, high: int = 170) -> tuple[int, int, int]:
    r, g, b = (int(v) for v in rng.integers(low, high, 3))
    return r, g, b


def _int(rng: np.random.Generator, low: int, high: int) -> int:
    return int(rng.integers(low, high))


def _name(rng: np.random.Generator) -> str:
    return f"{_NAMES[_int(rng, 0, 7)]} {_KINDS_OF_HOUSE[_int(rng, 0, 7)]}"


def _line(rng: np.random.Generator, words: int) -> str:
    start = _int(rng, 0, len(_WORDS) - words)
    return " ".join(_WORDS[start : start + words])


def _emblem(  # noqa: C901 - one branch an emblem
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, x: int, y: int, side: int
) -> None:
    colour, other = _colour(rng), _colour(rng, 120, 255)
    box = (x, y, x + side, y + side)
    middle, unit = (x + side / 2, y + side / 2), side / 10
    match _int(rng, 0, 8):
        case 0:
            draw.ellipse(box, fill=colour)
            draw.rectangle(
                (middle[0] - unit, y + 2 * unit, middle[0] + unit, y + 8 * unit), "white"
            )
            draw.rectangle(
                (x + 2 * unit, middle[1] - unit, x + 8 * unit, middle[1] + unit), "white"
            )
        case 1:
            draw.rounded_rectangle(box, side / 5, fill=colour)
            draw.regular_polygon((*middle, side * 0.36), 3, fill=other)
        case 2:
            draw.regular_polygon((*middle, side * 0.5), 6, fill=colour)
            draw.ellipse((x + 3 * unit, y + 3 * unit, x + 7 * unit, y + 7 * unit), fill="white")
        case 3:
            for ring in range(4):
                inset = ring * side / 8
                fill = colour if ring % 2 == 0 else other
                draw.ellipse((x + inset, y + inset, x + side - inset, y + side - inset), fill=fill)
        case 4:
            for petal in range(6):
                draw.pieslice(box, petal * 60, petal * 60 + 40, fill=colour if petal % 2 else other)
        case 5:
            draw.polygon([(x, y + side), (middle[0], y), (x + side, y + side)], fill=colour)
            draw.polygon(
                [
                    (x + 3 * unit, y + side),
                    (middle[0] + 2 * unit, y + 4 * unit),
                    (x + side, y + side),
                ],
                fill=other,
            )
        case 6:
            for bar in range(5):
                height = side * (0.3 + 0.7 * float(rng.random()))
                left = x + bar * side / 5
                draw.rectangle((left, y + side - height, left + side / 7, y + side), fill=colour)
        case _:
            draw.ellipse(box, outline=colour, width=max(2, side // 10))
            letter = chr(65 + _int(rng, 0, 26))
            draw.text(middle, letter, colour, _font(side * 0.6), anchor="mm")


def _logo(rng: np.random.Generator, seed: int) -> Image.Image:
    side = (32, 48, 64, 96, 128, 200)[seed % 6]
    logo = Image.new("RGBA", (side, side), (0, 0, 0, 0) if seed % 2 else (255, 255, 255, 255))
    _emblem(ImageDraw.Draw(logo), rng, side // 12, side // 12, side - side // 6)
    return logo


def _wordmark(rng: np.random.Generator, seed: int) -> Image.Image:
    height = (40, 56, 72, 100)[seed % 4]
    ground = "white" if seed % 3 else _colour(rng, 0, 90)
    name = _name(rng)
    face = _font(height * 0.42)
    width = int(face.getlength(name)) + height + height // 2
    mark = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(mark)
    _emblem(draw, rng, height // 8, height // 8, height - height // 4)
    ink = _colour(rng) if seed % 3 else "white"
    draw.text((height * 1.1, height / 2), name, ink, face, anchor="lm")
    return mark


def _gradient(rng: np.random.Generator, width: int, height: int, turn: int) -> Image.Image:
    start, end = rng.integers(10, 245, 3), rng.integers(10, 245, 3)
    x, y = np.linspace(0, 1, width)[None, :, None], np.linspace(0, 1, height)[:, None, None]
    blend = (x + 0 * y, y + 0 * x, (x + y) / 2, ((x - 0.5) ** 2 + (y - 0.5) ** 2) * 2)[turn % 4]
    return Image.fromarray((start + (end - start) * blend).astype(np.uint8))


def _banner(rng: np.random.Generator, seed: int) -> Image.Image:
    width, height = ((600, 150), (600, 200), (728, 90), (640, 320), (1200, 300))[seed % 5]
    banner = _gradient(rng, width, height, seed)
    draw = ImageDraw.Draw(banner)
    for _ in range(_int(rng, 0, 6)):
        x, y, r = _int(rng, width // 3, width), _int(rng, 0, height), _int(rng, 10, height // 2)
        draw.ellipse((x - r, y - r, x + r, y + r), outline=_colour(rng, 150, 255), width=3)
    draw.text((width * 0.04, height * 0.3), _name(rng), "white", _font(height * 0.2))
    draw.text((width * 0.04, height * 0.6), _line(rng, 4), "white", _font(height * 0.12))
    if seed % 3 == 0:
        _button_on(draw, rng, (int(width * 0.72), int(height * 0.4), 140, 36))
    return banner


def _button_on(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, place: tuple[int, int, int, int]
) -> None:
    x, y, width, height = place
    box = (x, y, x + width, y + height)
    draw.rounded_rectangle(box, height * float(rng.random()) / 2, fill=_colour(rng))
    words = ("Confirm", "Open the portal", "Pay now", "Read more", "Unsubscribe", "Call us")
    text = words[_int(rng, 0, 6)]
    size = min(height * 0.5, width / len(text) * 1.6)
    draw.text((x + width / 2, y + height / 2), text, "white", _font(size), anchor="mm")


def _button(rng: np.random.Generator, seed: int) -> Image.Image:
    width, height = ((160, 40), (200, 50), (280, 60), (120, 32))[seed % 4]
    button = Image.new("RGB", (width, height), "white")
    _button_on(ImageDraw.Draw(button), rng, (1, 1, width - 2, height - 2))
    return button


def _code(kind: zxingcpp.BarcodeFormat, text: str, scale: int) -> Image.Image:
    code = zxingcpp.create_barcode(text, kind)
    return Image.fromarray(np.array(code.to_image(scale=scale))).convert("L")


def _qr(rng: np.random.Generator, seed: int) -> Image.Image:
    text = f"https://portal.example/{_int(rng, 10**6, 10**9)}" + "/appointment" * (seed % 5)
    code = _code(zxingcpp.BarcodeFormat.QRCode, text, (3, 4, 6, 8)[seed % 4])
    if seed % 4 == 3:
        code = code.convert("RGB")
        side = code.width // 5
        place = (code.width - side) // 2
        draw = ImageDraw.Draw(code)
        draw.rectangle((place - 3, place - 3, place + side + 3, place + side + 3), "white")
        _emblem(draw, rng, place, place, side)
    return code


def _barcode(rng: np.random.Generator, seed: int) -> Image.Image:
    if seed % 3 == 2:
        return _code(zxingcpp.BarcodeFormat.DataMatrix, f"P{_int(rng, 10**6, 10**9)}", 5)
    text = f"PAT{_int(rng, 10**7, 10**8)}"
    bars = _code(zxingcpp.BarcodeFormat.Code128, text, 2)
    label = Image.new("L", (bars.width + 20, 110), 255)
    label.paste(bars.resize((bars.width, 70)), (10, 8))
    ImageDraw.Draw(label).text((label.width / 2, 94), text, 0, _font(14), anchor="mm")
    return label


def _axes(rng: np.random.Generator, seed: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    width, height = ((480, 300), (600, 400), (320, 240), (800, 400))[seed % 4]
    chart = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(chart)
    for line in range(5):
        y = height * (0.15 + 0.17 * line)
        draw.line((width * 0.1, y, width * 0.96, y), fill=(222, 222, 226))
        draw.text((width * 0.09, y), str(100 - 25 * line), (90, 90, 96), _font(11), anchor="rm")
    draw.line((width * 0.1, height * 0.83, width * 0.96, height * 0.83), fill="black", width=2)
    draw.text((width / 2, height * 0.07), _line(rng, 4), "black", _font(height / 20), anchor="mm")
    return chart, draw


def _bar_chart(rng: np.random.Generator, seed: int) -> Image.Image:
    chart, draw = _axes(rng, seed)
    number, colour = _int(rng, 4, 13), _colour(rng)
    step = chart.width * 0.84 / number
    for bar in range(number):
        x, high = chart.width * 0.11 + bar * step, float(rng.random()) * 0.66
        top = chart.height * (0.83 - high)
        draw.rectangle((x, top, x + step * 0.7, chart.height * 0.83), fill=colour)
        place = (x + step * 0.35, chart.height * 0.9)
        draw.text(place, "JFMAMJJASOND"[bar % 12], "black", _font(12), anchor="mm")
    return chart


def _line_chart(rng: np.random.Generator, seed: int) -> Image.Image:
    chart, draw = _axes(rng, seed)
    for _ in range(1 + seed % 3):
        steps = np.cumsum(rng.normal(0, 1, 24))
        level = (steps - steps.min()) / (np.ptp(steps) + 0.01)
        points = [
            (chart.width * (0.1 + 0.86 * n / 23), chart.height * (0.8 - 0.62 * float(value)))
            for n, value in enumerate(level)
        ]
        draw.line(points, fill=_colour(rng, 0, 220), width=3)
    return chart


def _pie_chart(rng: np.random.Generator, seed: int) -> Image.Image:
    width, height = ((400, 300), (300, 300), (600, 360))[seed % 3]
    chart = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(chart)
    shares = rng.dirichlet(np.ones(_int(rng, 3, 7))) * 360
    start, side = 0.0, min(width, height) - 60
    for number, share in enumerate(shares):
        colour = _colour(rng, 30, 230)
        draw.pieslice((20, 40, 20 + side, 40 + side), start, start + float(share), fill=colour)
        draw.rectangle((width - 80, 50 + number * 24, width - 66, 64 + number * 24), fill=colour)
        draw.text((width - 60, 50 + number * 24), f"{share / 3.6:.0f} %", "black", _font(12))
        start += float(share)
    if seed % 2:
        inner = (20 + side * 0.3, 40 + side * 0.3, 20 + side * 0.7, 40 + side * 0.7)
        draw.ellipse(inner, fill="white")
    draw.text((width / 2, 20), _line(rng, 3), "black", _font(16), anchor="mm")
    return chart


def _spacer(rng: np.random.Generator, seed: int) -> Image.Image:
    size = ((1, 1), (10, 10), (600, 1), (600, 20), (20, 400), (100, 100))[seed % 6]
    if seed % 2:
        return Image.new("RGBA", size, (0, 0, 0, 0))
    return Image.new("RGB", size, _colour(rng, 0, 256))


def _divider(rng: np.random.Generator, seed: int) -> Image.Image:
    height = (8, 16, 24, 40)[seed % 4]
    divider = Image.new("RGB", (600, height), "white")
    draw = ImageDraw.Draw(divider)
    colour = _colour(rng, 0, 210)
    match seed % 4:
        case 0:
            draw.line((0, height / 2, 600, height / 2), fill=colour, width=2)
        case 1:
            divider = _gradient(rng, 600, height, 0)
        case 2:
            for x in range(0, 600, 24):
                draw.ellipse((x, 4, x + 10, 14), fill=colour)
        case _:
            wave = [(x, height / 2 + height / 3 * float(np.sin(x / 14))) for x in range(0, 600, 3)]
            draw.line(wave, fill=colour, width=3)
    return divider


def _icon(rng: np.random.Generator, seed: int) -> Image.Image:
    side = (16, 24, 32, 48, 64)[seed % 5]
    big = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    draw = ImageDraw.Draw(big)
    colour = (*_colour(rng), 255)
    match seed % 9:
        case 0:  # letter
            draw.rectangle((20, 60, 236, 200), outline=colour, width=16)
            draw.line((20, 60, 128, 140, 236, 60), fill=colour, width=16)
        case 1:  # clock
            draw.ellipse((20, 20, 236, 236), outline=colour, width=18)
            draw.line((128, 60, 128, 132, 180, 160), fill=colour, width=16)
        case 2:  # calendar
            draw.rounded_rectangle((24, 40, 232, 232), 20, outline=colour, width=16)
            draw.rectangle((24, 40, 232, 96), fill=colour)
            for n in range(6):
                x, y = 56 + n % 3 * 56, 124 + n // 3 * 50
                draw.rectangle((x, y, x + 30, y + 26), fill=colour)
        case 3:  # place
            draw.ellipse((56, 16, 200, 160), fill=colour)
            draw.polygon([(64, 120), (192, 120), (128, 244)], fill=colour)
            draw.ellipse((100, 60, 156, 116), fill=(255, 255, 255, 255))
        case 4:  # tick
            draw.ellipse((16, 16, 240, 240), fill=colour)
            draw.line((70, 132, 114, 176, 188, 88), fill=(255, 255, 255, 255), width=26)
        case 5:  # person
            draw.ellipse((80, 24, 176, 120), fill=colour)
            draw.pieslice((32, 136, 224, 330), 180, 360, fill=colour)
        case 6:  # warning
            draw.polygon([(128, 20), (244, 232), (12, 232)], fill=colour)
            draw.text((128, 160), "!", (255, 255, 255, 255), _font(150), anchor="mm")
        case 7:  # house
            draw.polygon([(128, 20), (244, 128), (12, 128)], fill=colour)
            draw.rectangle((44, 128, 212, 236), fill=colour)
            draw.rectangle((106, 160, 150, 236), fill=(255, 255, 255, 255))
        case _:  # heart
            draw.ellipse((24, 40, 136, 152), fill=colour)
            draw.ellipse((120, 40, 232, 152), fill=colour)
            draw.polygon([(34, 124), (222, 124), (128, 236)], fill=colour)
    return big.resize((side, side), Image.Resampling.LANCZOS)


def _icon_row(rng: np.random.Generator, seed: int) -> Image.Image:
    row = Image.new("RGB", (40 * (3 + seed % 4), 40), "white")
    for number in range(3 + seed % 4):
        icon = _icon(rng, seed * 5 + number).resize((28, 28))
        row.paste(icon, (number * 40 + 6, 6), icon)
    return row


def _table(rng: np.random.Generator, seed: int) -> Image.Image:
    columns, rows = 3 + seed % 4, 6 + seed % 9
    table = Image.new("RGB", (columns * 150 + 20, rows * 30 + 40), "white")
    draw = ImageDraw.Draw(table)
    head = _colour(rng)
    draw.rectangle((10, 10, table.width - 10, 40), fill=head)
    for column in range(columns):
        x = 18 + column * 150
        draw.text((x, 18), _WORDS[_int(rng, 0, len(_WORDS))].title(), "white", _font(14))
        for row in range(rows - 1):
            y = 48 + row * 30
            value = f"{rng.random() * 1000:.2f}" if column else _line(rng, 2)
            draw.text((x, y), value, "black", _font(13))
    for row in range(1, rows + 1):
        draw.line((10, 10 + row * 30, table.width - 10, 10 + row * 30), fill=(200, 200, 204))
    return table


def _letter(rng: np.random.Generator, seed: int) -> Image.Image:
    width, height = ((600, 800), (800, 1130), (480, 640))[seed % 3]
    page = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(page)
    _emblem(draw, rng, width // 12, height // 24, height // 14)
    draw.text((width // 5, height // 22), _name(rng), "black", _font(height / 32))
    draw.text((width // 12, height // 6), _line(rng, 5), "black", _font(height / 44))
    y = height // 4
    for _ in range(_int(rng, 2, 5)):
        for _ in range(_int(rng, 2, 7)):
            if y < height * 0.9:
                text = _line(rng, _int(rng, 6, 11))
                draw.text((width // 12, y), text, (20, 20, 20), _font(height / 58))
            y += height // 40
        y += height // 36
    return page


def _form(rng: np.random.Generator, seed: int) -> Image.Image:
    width, height = ((640, 480), (560, 700))[seed % 2]
    form = Image.new("RGB", (width, height), (246, 247, 249))
    draw = ImageDraw.Draw(form)
    draw.rectangle((0, 0, width, 50), fill=_colour(rng))
    draw.text((20, 14), _name(rng), "white", _font(20))
    for row in range((height - 130) // 62):
        y = 66 + row * 62
        draw.text((24, y), _line(rng, 2), (60, 60, 66), _font(13))
        box = (24, y + 18, width - _int(rng, 24, 240), y + 48)
        draw.rectangle(box, fill="white", outline=(180, 184, 190))
        if rng.random() < 0.6:
            draw.text((32, y + 25), _line(rng, _int(rng, 1, 4)), "black", _font(14))
    _button_on(draw, rng, (24, height - 52, 150, 36))
    return form


def _screenshot(rng: np.random.Generator, seed: int) -> Image.Image:
    width, height = ((1024, 640), (390, 844), (800, 600))[seed % 3]
    dark = seed % 2
    ground, ink = ((28, 30, 36), (220, 222, 228)) if dark else ((250, 250, 252), (30, 30, 36))
    shot = Image.new("RGB", (width, height), ground)
    draw = ImageDraw.Draw(shot)
    draw.rectangle((0, 0, width, 44), fill=_colour(rng, 20, 200))
    draw.text((16, 12), _name(rng), "white", _font(17))
    side = width // 4 if width > 500 else 0
    draw.rectangle((0, 44, side, height), fill=tuple(max(0, c - 14) for c in ground))
    for row in range((height - 60) // 58):
        y = 56 + row * 58
        if side:
            draw.text((16, y), _line(rng, 2), ink, _font(13))
        box = (side + 14, y, width - _int(rng, 14, max(15, (width - side) // 2)), y + 46)
        draw.rounded_rectangle(box, 8, outline=(128, 130, 138))
        draw.text((box[0] + 10, y + 6), _line(rng, 3), ink, _font(14))
        draw.text((box[0] + 10, y + 26), _line(rng, 5), (128, 130, 138), _font(11))
    return shot


def _map(rng: np.random.Generator, seed: int) -> Image.Image:
    width, height = ((600, 400), (400, 400), (640, 300))[seed % 3]
    town = Image.new("RGB", (width, height), (236, 233, 226))
    draw = ImageDraw.Draw(town)
    for _ in range(_int(rng, 2, 6)):
        x, y = _int(rng, 0, width), _int(rng, 0, height)
        size = _int(rng, 40, 150)
        draw.rectangle((x, y, x + size, y + size * 2 // 3), fill=(200, 224, 190))
    if seed % 2:
        river = [(x, height * 0.5 + 60 * float(np.sin(x / 90 + seed))) for x in range(0, width, 10)]
        draw.line(river, fill=(160, 200, 230), width=26)
    for number in range(_int(rng, 8, 18)):
        start, end = rng.random(2), rng.random(2)
        if number % 2:
            line = [(0, start[0] * height), (width, end[0] * height)]
        else:
            line = [(start[0] * width, 0), (end[0] * width, height)]
        road = [(float(x), float(y)) for x, y in line]
        wide = 12 if number < 3 else 6
        draw.line(road, fill=(206, 200, 190), width=wide + 3)
        draw.line(road, fill=(252, 226, 150) if number < 3 else "white", width=wide)
    x, y = int(width * (0.3 + 0.4 * rng.random())), int(height * (0.3 + 0.4 * rng.random()))
    draw.polygon([(x - 12, y - 22), (x + 12, y - 22), (x, y)], fill=(210, 40, 40))
    draw.ellipse((x - 13, y - 38, x + 13, y - 12), fill=(210, 40, 40))
    draw.ellipse((x - 5, y - 30, x + 5, y - 20), fill="white")
    return town


def _signature(rng: np.random.Generator, seed: int) -> Image.Image:
    width, height = ((300, 90), (400, 120), (240, 80))[seed % 3]
    paper = Image.new("RGB", (width * 2, height * 2), "white")
    steps = rng.normal(0, 1, (60, 2)).cumsum(axis=0) * (4, height / 9)
    line = (
        np.linspace((30, height), (width * 1.8, height), 60) + steps - steps.mean(axis=0) * (0, 1)
    )
    points = [(float(x), float(y)) for x, y in line]
    ImageDraw.Draw(paper).line(points, fill=(20, 30, 110), width=5, joint="curve")
    return paper.filter(ImageFilter.GaussianBlur(1)).resize((width, height))


def _business_card(rng: np.random.Generator, seed: int) -> Image.Image:
    card = Image.new("RGB", (460, 160), "white")
    draw = ImageDraw.Draw(card)
    _emblem(draw, rng, 16, 30, 100)
    draw.line((136, 20, 136, 140), fill=_colour(rng), width=3)
    first = ("Dr. A. Moreau", "Prof. K. Lind", "S. Okafor", "M. Haddad")[seed % 4]
    draw.text((152, 20), first, "black", _font(20))
    lines = (_name(rng), _line(rng, 4), f"+00 555 {_int(rng, 1000, 9999)}", "www.clinic.example")
    for number, text in enumerate(lines):
        draw.text((152, 52 + number * 22), text, (80, 80, 86), _font(14))
    return card


def _ground(rng: np.random.Generator, seed: int) -> Image.Image:
    """Backgrounds: gradients, stripes, dots, checks."""
    width, height = ((600, 400), (200, 200), (600, 800), (64, 64))[seed % 4]
    if seed % 5 < 2:
        return _gradient(rng, width, height, seed)
    ground = Image.new("RGB", (width, height), _colour(rng, 150, 256))
    draw = ImageDraw.Draw(ground)
    colour, step = _colour(rng, 100, 240), _int(rng, 8, 40)
    for x in range(0, width, step):
        for y in range(0, height, step):
            if seed % 5 == 2:
                draw.ellipse((x, y, x + step // 2, y + step // 2), fill=colour)
            elif seed % 5 == 3 and (x + y) // step % 2:
                draw.rectangle((x, y, x + step - 1, y + step - 1), fill=colour)
            elif x // step % 2:
                draw.rectangle((x, 0, x + step - 1, height), fill=colour)
    return ground


def _illustration(rng: np.random.Generator, seed: int) -> Image.Image:
    """Flat pictures as on web pages: hills, sun, house, people."""
    width, height = ((600, 400), (480, 320), (800, 400))[seed % 3]
    scene = _gradient(rng, width, height, 1)
    draw = ImageDraw.Draw(scene)
    x, r = _int(rng, 0, width), _int(rng, 20, 60)
    draw.ellipse((x - r, height * 0.2 - r, x + r, height * 0.2 + r), fill=_colour(rng, 180, 256))
    for hill in range(3):
        base = height * (0.5 + 0.14 * hill)
        phase, wave = float(rng.random()) * 6, float(60 + rng.random() * 120)
        outline = [(n, base + 30 * float(np.sin(n / wave + phase))) for n in range(0, width + 9, 8)]
        draw.polygon([(0, height), *outline, (width, height)], fill=_colour(rng, 40, 220))
    for _ in range(_int(rng, 2, 7)):
        x, y, size = _int(rng, 0, width), _int(rng, height // 2, height), _int(rng, 14, 44)
        if rng.random() < 0.5:
            draw.rectangle((x - 3, y - size, x + 3, y), fill=(96, 66, 46))
            draw.ellipse(
                (x - size, y - 3 * size, x + size, y - size // 2), fill=_colour(rng, 40, 160)
            )
        else:
            draw.ellipse(
                (x - size // 3, y - 2 * size, x + size // 3, y - size * 4 // 3), (226, 180, 150)
            )
            box = (x - size // 2, y - size * 4 // 3, x + size // 2, y)
            draw.rounded_rectangle(box, size // 4, fill=_colour(rng, 30, 220))
    return scene


_AS_JPEG = frozenset({"banner", "map", "letter", "screenshot", "illustration", "ground", "form"})
KINDS: Mapping[str, tuple[Draw, int]] = {
    "logo": (_logo, 36),
    "wordmark": (_wordmark, 32),
    "banner": (_banner, 36),
    "button": (_button, 20),
    "qr": (_qr, 36),
    "barcode": (_barcode, 18),
    "bar-chart": (_bar_chart, 24),
    "line-chart": (_line_chart, 24),
    "pie-chart": (_pie_chart, 20),
    "spacer": (_spacer, 12),
    "divider": (_divider, 16),
    "icon": (_icon, 30),
    "icon-row": (_icon_row, 12),
    "table": (_table, 24),
    "letter": (_letter, 28),
    "form": (_form, 20),
    "screenshot": (_screenshot, 28),
    "map": (_map, 24),
    "signature": (_signature, 16),
    "business-card": (_business_card, 16),
    "ground": (_ground, 20),
    "illustration": (_illustration, 20),
}


def main(folder: Path) -> None:
    """Write all graphics into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for graphic in graphics():
        (folder / graphic.file_name).write_bytes(graphic.content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
