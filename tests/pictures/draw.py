"""Draws the pictures of fixtures/pictures: `python tests/pictures/draw.py fixtures/pictures`.

The prank is a scene of our own making (a singer on a stage), as rich in light and texture as a
photograph; nobody is portrayed. Nothing is random but for fixed seeds.
"""

from __future__ import annotations

import io
import math
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 640, 480
_SCALE = 2


def draw_prank() -> Image.Image:
    """Return a singer in a coat before a microphone, lights, bricks and a crowd."""
    size = (WIDTH * _SCALE, HEIGHT * _SCALE)
    scene = Image.composite(_bricks(size), _arches(size), _gradient(size))
    scene = _lit(scene, [(0.22, 0.05, 0.46, 0.9), (0.8, 0.0, 0.62, 0.95)], (255, 196, 110))
    scene = _lit(scene, [(0.5, -0.1, 0.5, 0.8)], (120, 160, 255))
    _singer(ImageDraw.Draw(scene), size)
    _crowd(ImageDraw.Draw(scene), size)
    scene = scene.filter(ImageFilter.GaussianBlur(1.2)).resize(
        (WIDTH, HEIGHT), Image.Resampling.LANCZOS
    )
    return _grain(scene, seed=7, levels=5)


def draw_clinic(seed: int = 3) -> Image.Image:
    """Return a house with windows, a path and trees under a sky: an innocent photograph."""
    rng = np.random.default_rng(seed)
    size = (WIDTH * _SCALE, HEIGHT * _SCALE)
    sky = np.linspace(0, 1, size[1])[:, None, None] * np.array([60, 40, 10]) + (150, 190, 235)
    scene = Image.fromarray(np.broadcast_to(sky, (size[1], size[0], 3)).astype(np.uint8))
    draw = ImageDraw.Draw(scene)
    for _ in range(9):
        x, y, r = _pick(rng, (0, size[0]), (0, size[1] // 3), (30, 110))
        draw.ellipse((x - 2 * r, y - r // 2, x + 2 * r, y + r // 2), fill=(240, 244, 248))
    scene = scene.filter(ImageFilter.GaussianBlur(14))
    draw = ImageDraw.Draw(scene)
    ground = int(size[1] * 0.7)
    draw.rectangle((0, ground, *size), fill=(96, 140, 70))
    left, right, top = int(size[0] * 0.2), int(size[0] * 0.78), int(size[1] * 0.3)
    draw.rectangle((left, top, right, ground + 30), fill=(225, 215, 200))
    draw.polygon(
        [(left - 40, top), (right + 40, top), ((left + right) // 2, top - 150)], fill=(150, 70, 60)
    )
    for column in range(6):
        for row in range(2):
            x, y = left + 50 + column * 115, top + 50 + row * 150
            shade = int(rng.integers(70, 170))
            draw.rectangle((x, y, x + 60, y + 95), fill=(shade, shade + 30, shade + 60))
    draw.rectangle(
        ((left + right) // 2 - 40, ground - 80, (left + right) // 2 + 40, ground + 30),
        fill=(90, 60, 50),
    )
    draw.polygon(
        [
            ((left + right) // 2 - 50, ground + 30),
            ((left + right) // 2 + 50, ground + 30),
            (size[0] * 0.7, size[1]),
            (size[0] * 0.3, size[1]),
        ],
        fill=(190, 180, 165),
    )
    for _ in range(14):
        x, h = _pick(rng, (0, size[0]), (60, 200))
        if left - 60 < x < right + 60:
            continue
        draw.rectangle((x - 6, ground - h // 2, x + 6, ground + 30), fill=(80, 60, 40))
        draw.ellipse(
            (x - h // 2, ground - h - 60, x + h // 2, ground - h // 3),
            fill=(50, 100 + int(rng.integers(0, 40)), 50),
        )
    scene = scene.filter(ImageFilter.GaussianBlur(1)).resize(
        (WIDTH, HEIGHT), Image.Resampling.LANCZOS
    )
    return _grain(scene, seed=seed, levels=4)


def draw_logo(seed: int = 1, name: str = "Example Health") -> Image.Image:
    """Return a mark and a name on transparent ground."""
    rng = np.random.default_rng(seed)
    logo = Image.new("RGBA", (280, 72), (0, 0, 0, 0))
    draw = ImageDraw.Draw(logo)
    colour = tuple(int(c) for c in rng.integers(0, 150, 3))
    draw.ellipse((6, 6, 66, 66), fill=(*colour, 255))
    match seed % 3:
        case 0:
            draw.polygon([(36, 14), (56, 54), (16, 54)], fill=(255, 255, 255, 255))
        case 1:
            draw.rectangle((30, 16, 42, 56), fill=(255, 255, 255, 255))
            draw.rectangle((16, 30, 56, 42), fill=(255, 255, 255, 255))
        case _:
            draw.ellipse((20, 20, 52, 52), fill=(255, 255, 255, 255))
    draw.text((78, 22), name, font=ImageFont.load_default(26), fill=(*colour, 255))
    return logo


def draw_banner(seed: int = 2, text: str = "Your appointment") -> Image.Image:
    """Return a wide banner: a gradient, some circles, a line of text."""
    rng = np.random.default_rng(seed)
    start, end = rng.integers(20, 235, 3), rng.integers(20, 235, 3)
    blend = np.linspace(0, 1, 600)[None, :, None]
    pixels = np.broadcast_to(start + (end - start) * blend, (150, 600, 3)).astype(np.uint8)
    banner = Image.fromarray(pixels)
    draw = ImageDraw.Draw(banner)
    for _ in range(5):
        x, y, r = _pick(rng, (250, 600), (0, 150), (15, 60))
        draw.ellipse((x - r, y - r, x + r, y + r), outline=(255, 255, 255), width=3)
    draw.text((24, 56), text, font=ImageFont.load_default(32), fill=(255, 255, 255))
    return banner


def draw_code(seed: int = 5) -> Image.Image:
    """Return squares as in a QR code; it says nothing."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, 2, (29, 29)).astype(np.uint8)
    for row, column in ((0, 0), (0, 22), (22, 0)):
        cells[row : row + 7, column : column + 7] = 0
        cells[row + 1 : row + 6, column + 1 : column + 6] = 1
        cells[row + 2 : row + 5, column + 2 : column + 5] = 0
    framed = np.pad(cells, 4, constant_values=1) * 255
    return Image.fromarray(framed.astype(np.uint8)).resize((222, 222), Image.Resampling.NEAREST)


def _pick(rng: np.random.Generator, *spans: tuple[int, int]) -> list[int]:
    return [int(rng.integers(low, high)) for low, high in spans]


def _gradient(size: tuple[int, int]) -> Image.Image:
    column = (255 * np.linspace(1, 0, size[1]) ** 1.5).astype(np.uint8)
    return Image.fromarray(np.broadcast_to(column[:, None], size[::-1]).copy())


def _bricks(size: tuple[int, int]) -> Image.Image:
    rng = np.random.default_rng(11)
    wall = Image.new("RGB", size, (52, 34, 34))
    draw = ImageDraw.Draw(wall)
    for row in range(size[1] // 36 + 1):
        for column in range(-1, size[0] // 84 + 1):
            x, y = column * 84 + (row % 2) * 42, row * 36
            shade = int(rng.integers(-22, 22))
            draw.rectangle(
                (x + 2, y + 2, x + 80, y + 32), fill=(104 + shade, 62 + shade, 54 + shade)
            )
    return wall


def _arches(size: tuple[int, int]) -> Image.Image:
    wall = Image.new("RGB", size, (30, 36, 64))
    draw = ImageDraw.Draw(wall)
    for number, x in enumerate(range(-60, size[0], 290)):
        draw.rectangle((x, size[1] * 0.35, x + 190, size[1]), fill=(70 + 18 * number, 60, 110))
        draw.ellipse((x, size[1] * 0.24, x + 190, size[1] * 0.46), fill=(70 + 18 * number, 60, 110))
    return wall.filter(ImageFilter.GaussianBlur(3))


def _lit(
    scene: Image.Image, beams: list[tuple[float, float, float, float]], colour: tuple[int, int, int]
) -> Image.Image:
    """Return the scene with cones of light: from x, y down to x, y, as shares of the size."""
    mask = Image.new("L", scene.size, 0)
    draw = ImageDraw.Draw(mask)
    width, height = scene.size
    for x0, y0, x1, y1 in beams:
        spread = 0.13 * width
        draw.polygon(
            [
                (x0 * width, y0 * height),
                (x1 * width - spread, y1 * height),
                (x1 * width + spread, y1 * height),
            ],
            fill=130,
        )
    mask = mask.filter(ImageFilter.GaussianBlur(22))
    return Image.composite(Image.new("RGB", scene.size, colour), scene, mask)


def _singer(draw: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    x, top, unit = size[0] * 0.46, size[1] * 0.2, size[1] * 0.01
    coat, skin, hair = (38, 42, 58), (214, 160, 128), (150, 78, 38)
    draw.polygon(
        [
            (x - 15 * unit, top + 80 * unit),
            (x - 13 * unit, top + 24 * unit),
            (x - 4 * unit, top + 18 * unit),
            (x + 4 * unit, top + 18 * unit),
            (x + 13 * unit, top + 24 * unit),
            (x + 16 * unit, top + 80 * unit),
        ],
        fill=coat,
    )
    draw.polygon(
        [(x - 4 * unit, top + 18 * unit), (x + 4 * unit, top + 18 * unit), (x, top + 38 * unit)],
        fill=(226, 226, 230),
    )
    for side in (-1, 1):  # arms: one to the microphone, one stretched out
        elbow = (x + side * 24 * unit, top + (44 if side < 0 else 30) * unit)
        hand = (
            (x + (side * 10 + 10) * unit, top + 26 * unit)
            if side < 0
            else (x + 38 * unit, top + 16 * unit)
        )
        draw.line(
            [(x + side * 12 * unit, top + 26 * unit), elbow, hand], fill=coat, width=int(7 * unit)
        )
        draw.ellipse(
            (hand[0] - 3 * unit, hand[1] - 3 * unit, hand[0] + 3 * unit, hand[1] + 3 * unit),
            fill=skin,
        )
    draw.ellipse((x - 7 * unit, top, x + 7 * unit, top + 19 * unit), fill=skin)
    draw.pieslice(
        (x - 8 * unit, top - 4 * unit, x + 8 * unit, top + 14 * unit), 170, 372, fill=hair
    )
    draw.ellipse((x - 2 * unit, top - 6 * unit, x + 9 * unit, top + 3 * unit), fill=hair)
    for eye in (-3, 3):
        draw.ellipse(
            (x + (eye - 1) * unit, top + 8 * unit, x + (eye + 1) * unit, top + 9.6 * unit),
            fill=(40, 30, 30),
        )
    draw.chord(
        (x - 3 * unit, top + 11 * unit, x + 3 * unit, top + 16 * unit), 0, 180, fill=(120, 40, 44)
    )
    stand = x + 7 * unit
    draw.line(
        [(stand, top + 17 * unit), (stand + 3 * unit, top + 80 * unit)],
        fill=(200, 200, 205),
        width=int(1.4 * unit),
    )
    draw.ellipse(
        (stand - 3 * unit, top + 13 * unit, stand + 2 * unit, top + 19 * unit), fill=(90, 92, 98)
    )


def _crowd(draw: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(23)
    for row in range(3):
        for column in range(14):
            x = column * size[0] / 13 + float(rng.integers(-26, 26))
            y = size[1] * (0.86 + 0.05 * row) + float(rng.integers(-14, 14))
            r = 26 + 5 * row + float(rng.integers(-4, 4))
            shade = 14 + 10 * (2 - row) + int(rng.integers(0, 14))
            draw.ellipse((x - r, y - r, x + r, y + r), fill=(shade, shade, shade + 8))
            if rng.random() < 0.3:
                lean = math.copysign(16, rng.random() - 0.5)
                draw.line([(x, y), (x + lean, y - 96)], fill=(shade, shade, shade + 8), width=14)


def _grain(scene: Image.Image, seed: int, levels: int) -> Image.Image:
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, levels, (scene.size[1], scene.size[0], 1))
    return Image.fromarray(np.clip(np.asarray(scene) + noise, 0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return the picture as a file of this kind."""
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def main(folder: Path) -> None:
    """Write all fixtures."""
    files = {
        "prank.jpg": encoded(draw_prank(), "JPEG", quality=80),
        "clinic.jpg": encoded(draw_clinic().resize((480, 360)), "JPEG", quality=75),
        "logo.png": encoded(draw_logo(), "PNG"),
        "banner.png": encoded(draw_banner().quantize(64), "PNG"),
        "code.png": encoded(draw_code().convert("1"), "PNG"),
        "spacer.gif": encoded(Image.new("P", (1, 1)), "GIF", transparency=0),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
