"""Dresses with the picture as a part: of a page, a screen, a collage, a film, a PDF."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw

from filter.pictures.evaluation.dress import (
    JPEG,
    PNG,
    Change,
    Dress,
    Dressed,
    Group,
    Scene,
    fitted,
    simple,
    sized,
)
from filter.pictures.evaluation.easy import font

_WORDS = (
    "Dear patient, please find below the letter about your appointment at the clinic",
    "on the second floor. Bring your insurance card and a list of all medicines that",
    "you take. If you cannot come, call us at least one day before, so that somebody",
    "else can be seen. You need not reply to this message; nobody would read it here.",
)
_FRAMES = 10
_SHOWN_FRAME = 6  # counted from 0
_TILE = 500  # pixels that a picture in a collage is wide at most


def embedded_dresses() -> Iterator[Dress]:
    """Yield the dresses of the goal "embedded"."""
    ways: dict[str, Change] = {
        "canvas50_ui": on_screen(0.5),
        "canvas25_ui": on_screen(0.25),
        "canvas10_ui": on_screen(0.1),
        "canvas25_page": on_page(0.25),
        "canvas50_page": on_page(0.5),
        "pip25_photo": _in_another,
        "phone_shot": simple(_on_telephone),
        "collage4": collage(2, 2, 0),
        "collage4_gut": collage(2, 2, 12),
        "collage2": collage(2, 1, 0),
    }
    for name, change in ways.items():
        yield Dress(name, "embed", Group.EMBEDDED, (change,), JPEG)
    yield Dress("canvas25_page_png", "embed", Group.EMBEDDED, (on_page(0.25),), PNG)
    yield Dress("gif_frame", "embed", Group.EMBEDDED, (), _film)
    yield Dress("pdf_page", "embed", Group.EMBEDDED, (), _pdf_of_picture)
    yield Dress("pdf_letter", "embed", Group.EMBEDDED, (on_page(0.25),), _pdf_of_picture)


def _placed(
    canvas: Image.Image, picture: Image.Image, share: float, chance: np.random.Generator
) -> tuple[int, int, int, int]:
    """Paste the picture at this share of the canvas' area, anywhere it fits; return where."""
    scale = (share * canvas.width * canvas.height / (picture.width * picture.height)) ** 0.5
    scale = min(scale, canvas.width * 0.94 / picture.width, canvas.height * 0.9 / picture.height)
    small = sized(picture, picture.width * scale, picture.height * scale)
    x, y = (int(v) for v in chance.random(2) * np.subtract(canvas.size, small.size))
    canvas.paste(small, (x, y))
    return x, y, x + small.width, y + small.height


def on_page(share: float) -> Change:
    """Return the change that puts the picture between the lines of a letter, by share of area."""

    def change(picture: Image.Image, scene: Scene) -> Image.Image:
        page = Image.new("RGB", (800, 1130), "white")
        draw = ImageDraw.Draw(page)
        small = Image.new("RGB", page.size)
        box = _placed(small, picture, share, scene.chance(f"page{share}"))
        draw.text((60, 40), "Example Hospital", (20, 60, 120), font(30))
        for number, y in enumerate(range(110, 1080, 30)):
            if not box[1] - 30 < y < box[3] + 4:
                draw.text((60, y), _WORDS[number % 4], "black", font(17))
        page.paste(small.crop(box), box)
        return page

    return change


def on_screen(share: float) -> Change:
    """Return the change that shows the picture in a program's window, by share of area."""

    def change(picture: Image.Image, scene: Scene) -> Image.Image:
        screen = Image.new("RGB", (1200, 800), (238, 240, 243))
        draw = ImageDraw.Draw(screen)
        draw.rectangle((0, 0, 1200, 46), fill=(38, 50, 72))
        draw.text((20, 12), "Messages", "white", font(18))
        draw.rectangle((0, 46, 210, 800), fill=(222, 226, 232))
        for row in range(14):
            y = 66 + row * 52
            draw.ellipse((14, y, 44, y + 30), fill=((row * 53) % 200, (row * 97) % 200, 150))
            draw.text((54, y + 2), f"Person {row + 1}", (40, 40, 48), font(14))
            draw.text((54, y + 18), "see you on Monday", (120, 120, 128), font(11))
        for row in range(16):
            x = 240 + (row % 3) * 120
            draw.rounded_rectangle((x, 64 + row * 46, x + 380, 98 + row * 46), 10, fill="white")
            draw.text((x + 14, 72 + row * 46), _WORDS[row % 4][:44], (30, 30, 36), font(14))
        _placed(screen, picture, share, scene.chance(f"screen{share}"))
        return screen

    return change


def _in_another(picture: Image.Image, scene: Scene) -> Image.Image:
    ground = scene.other(0, (960, 640))
    _placed(ground, picture, 0.25, scene.chance("pip"))
    return ground


def _on_telephone(picture: Image.Image) -> Image.Image:
    """A screenshot of a telephone that shows the picture across its width."""
    screen = Image.new("RGB", (540, 1170), "black")
    draw = ImageDraw.Draw(screen)
    draw.text((30, 14), "12:41", "white", font(20))
    draw.rectangle((470, 18, 510, 34), outline="white", width=2)
    draw.rectangle((474, 22, 498, 30), fill="white")
    draw.text((24, 70), "< Photos", (70, 140, 255), font(22))
    height = min(900, round(540 * picture.height / picture.width))
    shown = sized(picture, height * picture.width / picture.height, height)
    screen.paste(shown, ((540 - shown.width) // 2, (1170 - height) // 2))
    for number in range(4):
        x = 60 + number * 132
        draw.ellipse((x, 1090, x + 36, 1126), outline="white", width=3)
    return screen


def collage(across: int, down: int, gutter: int) -> Change:
    """Return the change that makes it one of several pictures, with white between them."""

    def change(picture: Image.Image, scene: Scene) -> Image.Image:
        scale = min(1.0, _TILE / picture.width)
        tile = (
            max(1, round(picture.width * scale)),
            max(1, round(picture.height * scale)),
        )
        own = int(scene.chance(f"collage{across}{down}{gutter}").integers(across * down))
        size = tuple(
            n * side + (n + 1) * gutter for n, side in zip((across, down), tile, strict=True)
        )
        canvas = Image.new("RGB", (size[0], size[1]), "white")
        for number in range(across * down):
            shown = fitted(picture, tile) if number == own else scene.other(number, tile)
            x = gutter + number % across * (tile[0] + gutter)
            y = gutter + number // across * (tile[1] + gutter)
            canvas.paste(shown, (x, y))
        return canvas

    return change


def _film(picture: Image.Image, scene: Scene) -> Dressed:
    """A GIF of ten frames, the picture is the seventh."""
    size = (max(1, picture.width // 2), max(1, picture.height // 2))
    frames = [scene.other(number // 3, size) for number in range(_FRAMES)]
    for number, frame in enumerate(frames):
        ImageDraw.Draw(frame).rectangle((0, 0, size[0] * number / _FRAMES, 6), fill="red")
    frames[_SHOWN_FRAME] = fitted(picture, size)
    target = io.BytesIO()
    frames[0].save(target, "GIF", save_all=True, append_images=frames[1:], duration=200, loop=0)
    return Dressed(target.getvalue(), "image/gif")


def _pdf_of_picture(picture: Image.Image, scene: Scene) -> Dressed:  # noqa: ARG001 - an Encode
    target = io.BytesIO()
    # Without times Pillow writes when it was made, and no two files were the same.
    picture.save(target, "PDF", resolution=110.0, creationDate=None, modDate=None)
    return Dressed(target.getvalue(), "application/pdf")
