"""Changes that leave everything where it was: files, sizes, tones, filters, marks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from filter.pictures.evaluation.dress import (
    JPEG,
    PNG,
    Change,
    Dress,
    Encode,
    Group,
    Pixels,
    Scene,
    from_pixels,
    passed_through,
    saved,
    simple,
    sized,
    to_pixels,
)

_GREY = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601


def easy_dresses() -> Iterator[Dress]:
    """Yield the dresses of the goal "easy"."""
    yield from _encoded()
    yield from _resized()
    yield from _toned()
    yield from _filtered()
    yield from _overlaid()


def _encoded() -> Iterator[Dress]:
    ways: dict[str, tuple[tuple[Change, ...], Encode]] = {
        "noop": ((), PNG),
        **{f"jpeg{q}": ((), saved("JPEG", quality=q)) for q in (90, 70, 50, 30, 20, 10)},
        "jpeg_3gen": (
            (passed_through("JPEG", quality=70), passed_through("JPEG", quality=50)),
            saved("JPEG", quality=60),
        ),
        "webp80": ((), saved("WEBP", quality=80)),
        "webp20": ((), saved("WEBP", quality=20)),
        "avif40": ((), saved("AVIF", quality=40, speed=9)),
        "gif256": ((simple(lambda p: p.quantize(256, Image.Quantize.FASTOCTREE)),), saved("GIF")),
        "gif16": ((simple(lambda p: p.quantize(16, Image.Quantize.FASTOCTREE)),), saved("GIF")),
        "gifweb": (
            (simple(lambda p: p.convert("P", palette=Image.Palette.WEB)),),
            saved("GIF"),
        ),
    }
    for name, (changes, encode) in ways.items():
        yield Dress(name, "encode", Group.EASY, changes, encode)


def _resized() -> Iterator[Dress]:
    def by(percent: int) -> Change:
        return simple(lambda p: sized(p, p.width * percent / 100, p.height * percent / 100))

    def thumb(side: int) -> Change:
        return simple(
            lambda p: sized(p, side * p.width / max(p.size), side * p.height / max(p.size))
        )

    ways = {
        **{f"resize{percent}": by(percent) for percent in (25, 50, 75, 150, 200)},
        "resize400": simple(_enlarged),
        "thumb100": thumb(100),
        "thumb48": thumb(48),
        "nearest50": simple(
            lambda p: p.resize(
                (max(1, p.width // 2), max(1, p.height // 2)), Image.Resampling.NEAREST
            )
        ),
    }
    for name, change in ways.items():
        yield Dress(name, "resize", Group.EASY, (change,), JPEG)


def _enlarged(picture: Image.Image) -> Image.Image:
    """Four times as large, but not more than four megapixels of a large picture."""
    scale = min(4.0, max(1.0, (4_000_000 / (picture.width * picture.height)) ** 0.5))
    return sized(picture, picture.width * scale, picture.height * scale)


def _toned() -> Iterator[Dress]:
    def gamma(exponent: float) -> Change:
        table = [round(255 * (level / 255) ** exponent) for level in range(256)] * 3
        return simple(lambda p: p.point(table))

    def hue(degrees: int) -> Change:
        def change(picture: Image.Image) -> Image.Image:
            h, s, v = picture.convert("HSV").split()
            shift = round(degrees * 256 / 360)
            turned = h.point([(level + shift) % 256 for level in range(256)])
            return Image.merge("HSV", (turned, s, v)).convert("RGB")

        return simple(change)

    def bright(factor: float) -> Change:
        return simple(lambda p: ImageEnhance.Brightness(p).enhance(factor))

    def contrast(factor: float) -> Change:
        return simple(lambda p: ImageEnhance.Contrast(p).enhance(factor))

    ways = {
        "grey": simple(lambda p: p.convert("L")),
        "sepia": simple(_sepia),
        **{f"bright{f}": bright(f) for f in (0.6, 0.8, 1.2, 1.5)},
        **{f"contrast{f}": contrast(f) for f in (0.5, 0.7, 1.5, 2.0)},
        **{f"gamma{f}": gamma(f) for f in (0.5, 0.7, 1.5, 2.2)},
        "sat2": simple(lambda p: ImageEnhance.Color(p).enhance(2)),
        "hue30": hue(30),
        "hue120": hue(120),
        "equalize": simple(ImageOps.equalize),
        "posterize3": simple(lambda p: ImageOps.posterize(p, 3)),
        "vignette": simple(_vignette),
    }
    for name, change in ways.items():
        yield Dress(name, "tone", Group.EASY, (change,), JPEG)


def _sepia(picture: Image.Image) -> Image.Image:
    return ImageOps.colorize(picture.convert("L"), (30, 15, 0), (255, 236, 200))


def _vignette(picture: Image.Image) -> Image.Image:
    pixels = to_pixels(picture)
    y = np.linspace(-1, 1, pixels.shape[0], dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, pixels.shape[1], dtype=np.float32)[None, :]
    shade = np.asarray(1 - 0.35 * (x * x + y * y), np.float32)
    return from_pixels(pixels * shade[:, :, None])


def _filtered() -> Iterator[Dress]:
    def blur(radius: int) -> Change:
        return simple(lambda p: p.filter(ImageFilter.GaussianBlur(radius)))

    def noise(levels: int) -> Change:
        def change(picture: Image.Image, scene: Scene) -> Image.Image:
            chance = scene.chance(f"noise{levels}")
            pixels = to_pixels(picture)
            return from_pixels(pixels + chance.normal(0, levels, pixels.shape).astype(np.float32))

        return change

    ways = {
        **{f"blur{radius}": blur(radius) for radius in (1, 2, 4, 8)},
        "sharpen": simple(lambda p: p.filter(ImageFilter.UnsharpMask(2, 200, 0))),
        "median5": simple(lambda p: p.filter(ImageFilter.MedianFilter(5))),
        **{f"noise{levels}": noise(levels) for levels in (10, 25, 50)},
        "saltpepper5": _salted,
    }
    for name, change in ways.items():
        yield Dress(name, "filter", Group.EASY, (change,), JPEG)


def _salted(picture: Image.Image, scene: Scene) -> Image.Image:
    pixels: Pixels = to_pixels(picture).copy()
    where = scene.chance("saltpepper5").random(pixels.shape[:2])
    pixels[where < 0.025] = 0  # noqa: PLR2004 - half of five percent
    pixels[where > 0.975] = 255  # noqa: PLR2004
    return from_pixels(pixels)


def _overlaid() -> Iterator[Dress]:
    ways = {
        "wm_corner": simple(_marked_corner),
        "wm_center": simple(_marked_centre),
        "wm_tile": simple(_marked_all_over),
        "meme_over": simple(_written_over),
        **{f"sticker{percent}": _stickered(percent) for percent in (5, 10, 20)},
        "scribble": _scribbled,
    }
    for name, change in ways.items():
        yield Dress(name, "overlay", Group.EASY, (change,), JPEG)


def font(size: float) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Return the font that Pillow brings, never smaller than can be drawn."""
    return _font(max(6, round(size)))


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def _marked(
    draw_on: Callable[[ImageDraw.ImageDraw, Image.Image], None],
) -> Callable[[Image.Image], Image.Image]:
    def change(picture: Image.Image) -> Image.Image:
        layer = Image.new("RGBA", picture.size)
        draw_on(ImageDraw.Draw(layer), picture)
        return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")

    return change


def _corner(draw: ImageDraw.ImageDraw, picture: Image.Image) -> None:
    place = (picture.width * 0.97, picture.height * 0.97)
    draw.text(place, "(c) PicShare", (255, 255, 255, 200), font(picture.height / 16), anchor="rd")


def _centre(draw: ImageDraw.ImageDraw, picture: Image.Image) -> None:
    place = (picture.width / 2, picture.height / 2)
    draw.text(place, "SAMPLE", (255, 255, 255, 130), font(picture.width / 5), anchor="mm")


def _all_over(draw: ImageDraw.ImageDraw, picture: Image.Image) -> None:
    step = max(12, picture.width // 5)
    for row, y in enumerate(range(0, picture.height, max(8, step // 2))):
        for x in range(-(row % 2) * step // 2, picture.width, step):
            draw.text((x, y), "sample", (255, 255, 255, 90), font(step / 5))


_marked_corner = _marked(_corner)
_marked_centre = _marked(_centre)
_marked_all_over = _marked(_all_over)


def _written_over(picture: Image.Image) -> Image.Image:
    dressed = picture.copy()
    draw = ImageDraw.Draw(dressed)
    for share, words in ((0.09, "WHEN YOU WAIT"), (0.91, "FOR THE RESULT")):
        draw.text(
            (picture.width / 2, picture.height * share),
            words,
            "white",
            font(picture.width / 11),
            anchor="mm",
            stroke_width=max(1, picture.width // 160),
            stroke_fill="black",
        )
    return dressed


def _stickered(percent: int) -> Change:
    def change(picture: Image.Image, scene: Scene) -> Image.Image:
        dressed = picture.copy()
        side = (picture.width * picture.height * percent / 100 * 4 / np.pi) ** 0.5
        side = min(side, picture.width * 0.95, picture.height * 0.95)
        x, y = scene.chance(f"sticker{percent}").random(2) * (
            picture.width - side,
            picture.height - side,
        )
        draw = ImageDraw.Draw(dressed)
        draw.ellipse((x, y, x + side, y + side), fill=(255, 214, 40), outline="black")
        for eye in (0.33, 0.67):
            at = (x + side * (eye - 0.06), y + side * 0.3, x + side * (eye + 0.06), y + side * 0.45)
            draw.ellipse(at, fill="black")
        mouth = (x + side * 0.25, y + side * 0.35, x + side * 0.75, y + side * 0.8)
        draw.arc(mouth, 20, 160, fill="black", width=max(1, int(side / 16)))
        return dressed

    return change


def _scribbled(picture: Image.Image, scene: Scene) -> Image.Image:
    dressed = picture.copy()
    chance = scene.chance("scribble")
    draw = ImageDraw.Draw(dressed)
    for colour in ("red", "blue", "black"):
        points = chance.random((9, 2)) * picture.size
        line = [(float(x), float(y)) for x, y in points]
        draw.line(line, fill=colour, width=max(1, picture.width // 90), joint="curve")
    return dressed
