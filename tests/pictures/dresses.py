"""The ways in which people dress a picture up, as functions from picture to picture."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from filter.pictures.evaluation.dress import Scene
from filter.pictures.evaluation.dresses import DRESSES
from filter.pictures.evaluation.embedded import collage

Dress = Callable[[Image.Image], Image.Image]


def _through(kind: str, **options: int) -> Dress:
    def dress(picture: Image.Image) -> Image.Image:
        target = io.BytesIO()
        picture.save(target, kind, **options)
        return Image.open(target).convert("RGB")

    return dress


def _sized(share: float) -> Dress:
    return lambda p: p.resize((max(1, round(p.width * share)), max(1, round(p.height * share))))


def _cut(left: float, top: float, right: float, bottom: float) -> Dress:
    """Cut these shares off the sides."""
    return lambda p: p.crop(
        (
            round(p.width * left),
            round(p.height * top),
            round(p.width * (1 - right)),
            round(p.height * (1 - bottom)),
        )
    )


def _framed(share: float, colour: str) -> Dress:
    return lambda p: ImageOps.expand(p, round(min(p.size) * share), colour)


def _captioned(top: float, bottom: float, ground: str, ink: str) -> Dress:
    def dress(picture: Image.Image) -> Image.Image:
        above, below = round(picture.height * top), round(picture.height * bottom)
        canvas = Image.new("RGB", (picture.width, picture.height + above + below), ground)
        canvas.paste(picture, (0, above))
        draw = ImageDraw.Draw(canvas)
        for start, depth in ((0, above), (above + picture.height, below)):
            if depth:
                font = ImageFont.load_default(max(8, depth * 0.5))
                place = (picture.width / 2, start + depth / 2)
                draw.text(place, "YOUR CODE IS READY", font=font, fill=ink, anchor="mm")
        return canvas

    return dress


def _letterboxed(picture: Image.Image) -> Image.Image:
    return ImageOps.expand(picture, (0, picture.height // 6), "black")


def _pillarboxed(picture: Image.Image) -> Image.Image:
    return ImageOps.expand(picture, (picture.width // 6, 0), "black")


def _on_page(share: float) -> Dress:
    """Paste into a letter, this share of its width, between lines of text."""

    def dress(picture: Image.Image) -> Image.Image:
        page = Image.new("RGB", (800, 1000), "white")
        width = round(800 * share)
        shrunk = picture.convert("RGB").resize(
            (width, round(width * picture.height / picture.width))
        )
        page.paste(shrunk, ((800 - width) // 2, 200))
        draw = ImageDraw.Draw(page)
        font = ImageFont.load_default(22)
        for y in (60, 100, 140, *range(230 + shrunk.height, 940, 40)):
            draw.text((70, y), "Please find your appointment for the clinic below", "black", font)
        return page

    return dress


def _collage(picture: Image.Image) -> Image.Image:
    rng = np.random.default_rng(9)
    tile = picture.resize((320, 240))
    canvas = Image.new("RGB", (640, 480))
    for number, place in enumerate(((0, 0), (320, 0), (0, 240), (320, 240))):
        noise = rng.integers(0, 255, (6, 8, 3)).astype(np.uint8)
        other = Image.fromarray(noise).resize((320, 240), Image.Resampling.BICUBIC)
        canvas.paste(tile if number == 2 else other, place)
    return canvas


def _stickered(share: float) -> Dress:
    def dress(picture: Image.Image) -> Image.Image:
        dressed = picture.copy()
        side = round((picture.width * picture.height * share) ** 0.5)
        x, y = round(picture.width * 0.6), round(picture.height * 0.55)
        ImageDraw.Draw(dressed).ellipse((x, y, x + side, y + side), fill="yellow", outline="black")
        return dressed

    return dress


def _written_over(picture: Image.Image) -> Image.Image:
    dressed = picture.copy()
    font = ImageFont.load_default(max(8, picture.height / 10))
    ImageDraw.Draw(dressed).text(
        (picture.width / 2, picture.height * 0.9),
        "NEVER GONNA",
        font=font,
        fill="white",
        anchor="mm",
        stroke_width=2,
        stroke_fill="black",
    )
    return dressed


def _noisy(picture: Image.Image) -> Image.Image:
    rng = np.random.default_rng(5)
    levels = np.asarray(picture) + rng.normal(0, 20, (picture.height, picture.width, 3))
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def _chained(*dresses: Dress) -> Dress:
    def dress(picture: Image.Image) -> Image.Image:
        for step in dresses:
            picture = step(picture)
        return picture

    return dress


def _tilted(degrees: float) -> Dress:
    return lambda p: p.rotate(degrees, Image.Resampling.BICUBIC)


def _measured(name: str) -> Dress:
    """Return a dress of `sallyport images eval` by its name there."""

    def dress(picture: Image.Image) -> Image.Image:
        content = DRESSES[name].put_on(picture, Scene(3)).content
        return Image.open(io.BytesIO(content)).convert("RGB")

    return dress


_JPEG = _through("JPEG", quality=60)

EASY: dict[str, Dress] = {
    "jpeg 90": _through("JPEG", quality=90),
    "jpeg 50": _through("JPEG", quality=50),
    "jpeg 20": _through("JPEG", quality=20),
    "webp 60": _through("WEBP", quality=60),
    "avif 50": _through("AVIF", quality=50),
    "gif": _through("GIF"),
    "png": _through("PNG"),
    "resized 25": _sized(0.25),
    "resized 60": _sized(0.6),
    "resized 200": _sized(2),
    "squashed": lambda p: p.resize((300, 300)),
    "grey": lambda p: p.convert("L").convert("RGB"),
    "darker": lambda p: ImageEnhance.Brightness(p).enhance(0.6),
    "brighter": lambda p: ImageEnhance.Brightness(p).enhance(1.4),
    "contrast 60": lambda p: ImageEnhance.Contrast(p).enhance(0.6),
    "contrast 160": lambda p: ImageEnhance.Contrast(p).enhance(1.6),
    "colourful": lambda p: ImageEnhance.Color(p).enhance(2),
    "posterised": lambda p: ImageOps.posterize(p, 3),
    "blurred": lambda p: p.filter(ImageFilter.GaussianBlur(p.width / 200)),
    "sharpened": lambda p: p.filter(ImageFilter.SHARPEN),
    "noisy": _noisy,
    "written over": _written_over,
    "sticker 5": _stickered(0.05),
}
GEOMETRIC: dict[str, Dress] = {
    "caption above": _captioned(0.15, 0, "white", "black"),
    "caption below": _captioned(0, 0.2, "black", "white"),
    "captions": _captioned(0.12, 0.12, "white", "black"),
    "frame 5": _framed(0.05, "white"),
    "frame 10 red": _framed(0.1, "red"),
    "letterbox": _letterboxed,
    "pillarbox": _pillarboxed,
    "centre 90": _cut(0.05, 0.05, 0.05, 0.05),
    "centre 80": _cut(0.1, 0.1, 0.1, 0.1),
    "centre 70": _cut(0.15, 0.15, 0.15, 0.15),
    "centre 60": _cut(0.2, 0.2, 0.2, 0.2),
    "centre 50": _cut(0.25, 0.25, 0.25, 0.25),
    "left off": _cut(0.1, 0, 0, 0),
    "bottom off": _cut(0, 0, 0, 0.2),
    "corner off": _cut(0.2, 0.2, 0, 0),
    "square": lambda p: ImageOps.fit(p, (300, 300)),
    "wide": lambda p: ImageOps.fit(p, (640, 360)),
    "mirrored": ImageOps.mirror,
    "upside down": ImageOps.flip,
    "turned 90": lambda p: p.transpose(Image.Transpose.ROTATE_90),
    "turned 180": lambda p: p.transpose(Image.Transpose.ROTATE_180),
    "turned 270": lambda p: p.transpose(Image.Transpose.ROTATE_270),
    "tilted 2": _tilted(2),
    "tilted 10": _tilted(10),
    "tilted -10": _tilted(-10),
    "tilted 10, on white": _measured("rot-10w"),
    "tilted 10, cut": _measured("rotcrop10"),
    "off centre": _cut(0.18, 0.04, 0.07, 0.21),
    "a random part": _measured("crop_rnd25"),
    "in perspective": _measured("persp3"),
    "in perspective, more": _measured("persp8"),
    "a photograph of a screen": _measured("photo_of_screen"),
    "mirrored, cut, jpeg": _chained(ImageOps.mirror, _cut(0.1, 0.1, 0.1, 0.1), _JPEG),
    "framed, small, jpeg": _chained(_framed(0.08, "black"), _sized(0.4), _JPEG),
    "turned, framed": _chained(
        lambda p: p.transpose(Image.Transpose.ROTATE_90), _framed(0.1, "white")
    ),
}
EMBEDDED: dict[str, Dress] = {
    "on a page, large": _on_page(0.85),
    "on a page, half": _on_page(0.5),
    "collage": _collage,
    "sticker 15": _stickered(0.15),
    "on a page, a quarter": _measured("canvas25_page"),
    "on a screen, a tenth": _measured("canvas10_ui"),
    "within another picture": _measured("pip25_photo"),
    "a telephone's screen": _measured("phone_shot"),
    "collage with gutters": _measured("collage4_gut"),
    "collage of six": lambda p: collage(3, 2, 0)(p, Scene(3)),
    "collage of six with gutters": lambda p: collage(3, 2, 12)(p, Scene(3)),
    "collage of nine": lambda p: collage(3, 3, 0)(p, Scene(3)),
    "collage of nine with gutters": lambda p: collage(3, 3, 12)(p, Scene(3)),
}
# What neither hashes nor places know: only the edges are left.
NOT_YET: dict[str, Dress] = {"embossed": lambda p: p.filter(ImageFilter.EMBOSS)}
