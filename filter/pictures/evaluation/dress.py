"""What a dress is: a way in which people change a picture before they send it on, and its file.

All is deterministic: chance comes from the name of the dress and the seed of the scene.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels: TypeAlias = npt.NDArray[np.float32]  # height, width, 3 channels of 0 to 255
LONGEST_SIDE = 800  # of a picture that is dressed; a larger one is reduced before


class Group(Enum):
    """Which goal a dress counts for."""

    EASY = "easy"
    GEOMETRIC = "geometric"
    EMBEDDED = "embedded"
    HARD = "hard"  # reported apart, without a goal


@dataclass(frozen=True, slots=True)
class Dressed:
    """A dressed picture as it would be sent."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Scene:
    """What a dress may draw on: other pictures for collages, and chance."""

    seed: int = 0
    others: Sequence[Image.Image] = field(default=(), repr=False)  # RGB

    def chance(self, name: str) -> np.random.Generator:
        """Return the random numbers of one dress of one picture."""
        return np.random.default_rng((self.seed, zlib.crc32(name.encode())))

    def other(self, number: int, size: tuple[int, int]) -> Image.Image:
        """Return another picture, cut and scaled to the size; a drawn one when there is none."""
        if not self.others:
            noise = np.random.default_rng((self.seed, number)).integers(0, 255, (7, 9, 3))
            small = Image.fromarray(noise.astype(np.uint8))
            return small.resize(size, Image.Resampling.BICUBIC)
        return fitted(self.others[(self.seed * 7 + number) % len(self.others)], size)


Change: TypeAlias = Callable[[Image.Image, Scene], Image.Image]
Encode: TypeAlias = Callable[[Image.Image, Scene], Dressed]


@dataclass(frozen=True, slots=True)
class Dress:
    """One way of dressing: changes one after the other, then a file."""

    name: str
    kind: str  # "encode", "crop", ...
    group: Group
    changes: tuple[Change, ...]
    encode: Encode

    def put_on(self, picture: Image.Image, scene: Scene) -> Dressed:
        """Return the dressed picture as a file. The picture is not changed."""
        for change in self.changes:
            picture = change(picture, scene)
        return self.encode(picture, scene)


def prepared(picture: Image.Image) -> Image.Image:
    """Return the picture as dresses take it: RGB on white, its longest side at most 800."""
    if max(picture.size) > LONGEST_SIDE:
        picture = picture.copy()
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if picture.has_transparency_data:
        coloured = picture.convert("RGBA")
        paper = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(paper, coloured).convert("RGB")
    return picture.convert("RGB")


def saved(kind: str, **options: object) -> Encode:
    """Return an encoder by Pillow's name of the format."""

    def encode(picture: Image.Image, scene: Scene) -> Dressed:  # noqa: ARG001 - an Encode
        target = io.BytesIO()
        picture.save(target, kind, **options)
        return Dressed(target.getvalue(), f"image/{kind.lower()}")

    return encode


def passed_through(kind: str, **options: object) -> Change:
    """Return a change that saves and opens the picture again."""
    encode = saved(kind, **options)

    def change(picture: Image.Image, scene: Scene) -> Image.Image:
        return Image.open(io.BytesIO(encode(picture, scene).content)).convert("RGB")

    return change


PNG = saved("PNG", compress_level=1)
JPEG = saved("JPEG", quality=85)


def simple(function: Callable[[Image.Image], Image.Image]) -> Change:
    """Return the change that needs no scene."""
    return lambda picture, scene: function(picture)  # noqa: ARG005 - a Change


def to_pixels(picture: Image.Image) -> Pixels:
    """Return the levels as numbers that may leave 0 to 255."""
    return np.asarray(picture.convert("RGB"), dtype=np.float32)


def from_pixels(pixels: Pixels) -> Image.Image:
    """Return the picture of the levels, cut to what a picture can show."""
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def sized(picture: Image.Image, width: float, height: float) -> Image.Image:
    """Return the picture at about this size, never smaller than a pixel."""
    size = (max(1, round(width)), max(1, round(height)))
    return picture.resize(size, Image.Resampling.BICUBIC)


def fitted(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture scaled and cut to fill the size."""
    scale = max(size[0] / picture.width, size[1] / picture.height)
    larger = sized(picture, picture.width * scale + 0.5, picture.height * scale + 0.5)
    left, top = (larger.width - size[0]) // 2, (larger.height - size[1]) // 2
    return larger.crop((left, top, left + size[0], top + size[1]))
