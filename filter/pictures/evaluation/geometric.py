"""Changes that move the picture or put something beside it: bars, frames, crops, turns, warps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from filter.pictures.evaluation.dress import (
    JPEG,
    Change,
    Dress,
    Group,
    Scene,
    fitted,
    from_pixels,
    simple,
    sized,
    to_pixels,
)
from filter.pictures.evaluation.easy import font

_FILL = Image.Resampling.BICUBIC


def geometric_dresses() -> Iterator[Dress]:
    """Yield the dresses of the goal "geometric"."""
    kinds: dict[str, dict[str, Change]] = {
        "caption-bar": {
            "capbar_top15": captioned(0.15, 0, "white", "black"),
            "capbar_tb12": captioned(0.12, 0.12, "white", "black"),
            "capbar_blk_bot20": captioned(0, 0.2, "black", "white"),
        },
        "frame": _frames(),
        "crop": _crops(),
        "dihedral": {
            "mirror": simple(ImageOps.mirror),
            "flipv": simple(ImageOps.flip),
            **{
                f"rot{degrees}": _turned(how)
                for degrees, how in (
                    (90, Image.Transpose.ROTATE_90),
                    (180, Image.Transpose.ROTATE_180),
                    (270, Image.Transpose.ROTATE_270),
                )
            },
        },
        "rotate-small": _rotations(),
        "warp": _warps(),
    }
    for kind, ways in kinds.items():
        for name, change in ways.items():
            yield Dress(name, kind, Group.GEOMETRIC, (change,), JPEG)


def _turned(how: Image.Transpose) -> Change:
    return simple(lambda p: p.transpose(how))


def captioned(top: float, bottom: float, ground: str, ink: str) -> Change:
    """Return the change that puts bars with words above and below, as shares of the height."""

    def change(picture: Image.Image) -> Image.Image:
        above, below = round(picture.height * top), round(picture.height * bottom)
        canvas = Image.new("RGB", (picture.width, picture.height + above + below), ground)
        canvas.paste(picture, (0, above))
        draw = ImageDraw.Draw(canvas)
        bars = ((0, above, "ME ON MONDAY"), (above + picture.height, below, "MY CODE IS READY"))
        for start, depth, words in bars:
            if depth:
                place = (picture.width / 2, start + depth / 2)
                size = min(depth * 0.6, picture.width / 11)
                draw.text(place, words, ink, font(size), anchor="mm")
        return canvas

    return simple(change)


def framed(share: float, colour: str) -> Change:
    """Return the change that puts a frame around, as a share of the shorter side."""
    return simple(lambda p: ImageOps.expand(p, max(1, round(min(p.size) * share)), colour))


def _frames() -> dict[str, Change]:
    def barred(across: float, down: float, colour: str) -> Change:
        return simple(
            lambda p: ImageOps.expand(p, (round(p.width * across), round(p.height * down)), colour)
        )

    return {
        "border2_white": framed(0.02, "white"),
        "border5_white": framed(0.05, "white"),
        "border10_white": framed(0.1, "white"),
        "border5_black": framed(0.05, "black"),
        "border10_red": framed(0.1, "red"),
        "letterbox12": barred(0, 0.12, "black"),
        "letterbox25": barred(0, 0.25, "black"),
        "pillar15": barred(0.15, 0, "black"),
        "pillar40_white": barred(0.4, 0, "white"),
        "pad_square": simple(lambda p: ImageOps.pad(p, (max(p.size), max(p.size)), color="white")),
        "blurfill": simple(_blur_filled),
        "rounded": simple(lambda p: _masked(p, 0.08)),
        "circle": simple(lambda p: _masked(fitted(p, (min(p.size), min(p.size))), 0.5)),
        "shadow": simple(_shadowed),
    }


def _blur_filled(picture: Image.Image) -> Image.Image:
    """A blurred enlargement of itself left and right, as video players do."""
    width = round(picture.width * 1.6)
    ground = fitted(picture, (width, picture.height)).filter(
        ImageFilter.GaussianBlur(picture.width / 25)
    )
    ground.paste(picture, ((width - picture.width) // 2, 0))
    return ground


def _masked(picture: Image.Image, share: float) -> Image.Image:
    """Corners rounded by a share of the shorter side; 0.5 of a square is a circle."""
    double = (picture.width * 2, picture.height * 2)
    mask = Image.new("L", double)
    radius = share * min(double)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *double), radius, fill=255)
    paper = Image.new("RGB", picture.size, "white")
    return Image.composite(picture, paper, mask.resize(picture.size))


def _shadowed(picture: Image.Image) -> Image.Image:
    gap = max(4, min(picture.size) // 16)
    canvas = Image.new("RGB", (picture.width + 3 * gap, picture.height + 3 * gap), (246, 246, 248))
    box = (2 * gap, 2 * gap, picture.width + 2 * gap, picture.height + 2 * gap)
    ImageDraw.Draw(canvas).rectangle(box, fill=(120, 120, 124))
    canvas = canvas.filter(ImageFilter.GaussianBlur(gap / 2))
    canvas.paste(picture, (gap, gap))
    return canvas


def cut(left: float, top: float, right: float, bottom: float) -> Change:
    """Return the change that cuts these shares off the sides."""

    def change(picture: Image.Image) -> Image.Image:
        width, height = picture.size
        x, y = round(width * left), round(height * top)
        end = (max(x + 1, round(width * (1 - right))), max(y + 1, round(height * (1 - bottom))))
        return picture.crop((x, y, *end))

    return simple(change)


def _crops() -> dict[str, Change]:
    def shaped(ratio: float) -> Callable[[Image.Image], Image.Image]:
        return lambda p: fitted(
            p,
            (
                max(1, round(min(p.width, p.height * ratio))),
                max(1, round(min(p.height, p.width / ratio))),
            ),
        )

    return {
        **{
            f"crop{percent}": cut(*[percent / 200] * 4)  # off the width and off the height in all
            for percent in (2, 5, 10, 20, 30, 50)
        },
        "crop_l10": cut(0.1, 0, 0, 0),
        "crop_b10": cut(0, 0, 0, 0.1),
        "crop_b20": cut(0, 0, 0, 0.2),
        "crop_tl20": cut(0.2, 0.2, 0, 0),
        "crop_rnd25": _cut_anywhere,
        "crop_square": simple(shaped(1)),
        "crop_16x9": simple(shaped(16 / 9)),
    }


def _cut_anywhere(picture: Image.Image, scene: Scene) -> Image.Image:
    """A quarter off the width and off the height, anywhere."""
    x, y = scene.chance("crop_rnd25").random(2) * 0.25
    return cut(x, y, 0.25 - x, 0.25 - y)(picture, scene)


def rotated(degrees: float, corners: str | None) -> Change:
    """Return the change that turns a little; ``corners`` None cuts them off."""

    def change(picture: Image.Image) -> Image.Image:
        if corners is not None:
            return picture.rotate(degrees, _FILL, expand=True, fillcolor=corners)
        turned = picture.rotate(degrees, _FILL)
        # The largest upright rectangle of the same shape inside the turned one.
        sine, cosine = math.sin(math.radians(abs(degrees))), math.cos(math.radians(degrees))
        width, height = picture.size
        scale = min(
            width / (width * cosine + height * sine), height / (width * sine + height * cosine)
        )
        dx, dy = width * (1 - scale) / 2, height * (1 - scale) / 2
        left, top = int(dx), int(dy)
        return turned.crop(
            (left, top, max(left + 1, int(width - dx)), max(top + 1, int(height - dy)))
        )

    return simple(change)


def _rotations() -> dict[str, Change]:
    return {
        "rot+2": rotated(2, "black"),
        "rot+5": rotated(5, "black"),
        "rot+10": rotated(10, "black"),
        "rot-2": rotated(-2, "black"),
        "rot-5w": rotated(-5, "white"),
        "rot-10w": rotated(-10, "white"),
        "rotcrop2": rotated(2, None),
        "rotcrop5": rotated(5, None),
        "rotcrop10": rotated(10, None),
    }


def _warps() -> dict[str, Change]:
    return {
        "aspect0.8": simple(lambda p: sized(p, p.width * 0.8, p.height)),
        "aspect1.25": simple(lambda p: sized(p, p.width * 1.25, p.height)),
        "squash_sq": simple(lambda p: sized(p, min(p.size), min(p.size))),
        "persp3": _leaned(0.03),
        "persp8": _leaned(0.08),
        "photo_of_screen": photographed,
    }


def _leaned(share: float) -> Change:
    def change(picture: Image.Image, scene: Scene) -> Image.Image:
        corners = scene.chance(f"persp{share}").random((4, 2)) * share
        return leaned(picture, corners, (20, 20, 20))

    return change


def leaned(
    picture: Image.Image,
    corners: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    ground: tuple[int, int, int],
) -> Image.Image:
    """Return the picture with its corners moved inwards by shares (4, 2) of width and height."""
    width, height = picture.size
    signs = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    square = np.array([[0, 0], [width, 0], [width, height], [0, height]], float)
    moved = square + signs * corners * (width, height)
    return picture.transform(
        picture.size,
        Image.Transform.PERSPECTIVE,
        _homography(moved, square),
        _FILL,
        fillcolor=ground,
    )


def _homography(
    source: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    target: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> tuple[float, ...]:
    """Return Pillow's eight numbers that lead from source to target points."""
    rows = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    solved = np.linalg.solve(np.array(rows), target.reshape(8))
    return tuple(float(number) for number in solved)


def photographed(picture: Image.Image, scene: Scene) -> Image.Image:
    """Return what a telephone sees of a screen: leaning, moiré, glare, noise, a dark edge."""
    chance = scene.chance("photo_of_screen")
    screen = ImageOps.expand(picture, max(2, min(picture.size) // 40), (14, 14, 16))
    pixels = to_pixels(screen)
    rows = np.arange(pixels.shape[0], dtype=np.float32)[:, None, None]
    columns = np.arange(pixels.shape[1], dtype=np.float32)[None, :, None]
    moire = np.asarray(1 + 0.05 * np.sin(rows * 2.1 + columns * 0.35), np.float32)
    pixels = pixels * moire + 8
    down, across = rows / pixels.shape[0], columns / pixels.shape[1]
    pixels += 28 * np.exp(-(((down - 0.3) / 0.3) ** 2) - ((across - 0.75) / 0.25) ** 2)
    seen = leaned(from_pixels(pixels), chance.random((4, 2)) * 0.04 + 0.01, (14, 14, 16))
    noisy = to_pixels(seen.filter(ImageFilter.GaussianBlur(0.8)))
    noise = chance.normal(0, 5, noisy.shape).astype(np.float32)
    return ImageEnhance.Color(from_pixels(noisy + noise)).enhance(0.85)
