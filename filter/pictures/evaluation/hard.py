"""Dresses without a goal: tones that leave little of a picture, and several dresses together."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from filter.pictures.evaluation.dress import (
    JPEG,
    PNG,
    Change,
    Dress,
    Encode,
    Group,
    passed_through,
    saved,
    simple,
    sized,
)
from filter.pictures.evaluation.easy import easy_dresses
from filter.pictures.evaluation.geometric import captioned, cut, framed


def hard_dresses() -> Iterator[Dress]:
    """Yield the dresses that are reported apart."""
    tones: dict[str, Change] = {
        "bw_dither": simple(lambda p: p.convert("1")),
        "threshold": simple(lambda p: p.convert("L").point([0] * 128 + [255] * 128)),
        "invert": simple(ImageOps.invert),
        "solarize": simple(lambda p: ImageOps.solarize(p, 128)),
        "emboss_edge": simple(lambda p: p.filter(ImageFilter.EMBOSS)),
    }
    for name, change in tones.items():
        yield Dress(name, "tone-hard", Group.HARD, (change,), PNG)
    for name, (changes, encode) in _chains().items():
        yield Dress(name, "chain", Group.HARD, changes, encode)


def _chains() -> dict[str, tuple[tuple[Change, ...], Encode]]:
    overlay = {dress.name: dress.changes for dress in easy_dresses() if dress.kind == "overlay"}
    mirror = simple(ImageOps.mirror)
    turn = simple(lambda p: p.transpose(Image.Transpose.ROTATE_90))
    grey = simple(lambda p: p.convert("L").convert("RGB"))
    contrast = simple(lambda p: ImageEnhance.Contrast(p).enhance(1.5))
    small = simple(lambda p: sized(p, p.width * 0.5, p.height * 0.5))
    messenger = simple(lambda p: sized(p, 0.8 * p.width, 0.8 * p.height))
    rough = saved("JPEG", quality=50)
    return {
        "x_wa": ((messenger, passed_through("JPEG", quality=60)), saved("JPEG", quality=55)),
        "x_cap_jpeg": ((captioned(0.15, 0, "white", "black"),), rough),
        "x_mirror_jpeg": ((mirror,), rough),
        "x_bord_res_jpeg": ((framed(0.05, "white"), small), rough),
        "x_grey_con_jpeg": ((grey, contrast), rough),
        "x_crop5_wm_jpeg": ((cut(*[0.025] * 4), *overlay["wm_corner"]), rough),
        "x_meme_crop5_jpeg": ((*overlay["meme_over"], cut(*[0.025] * 4)), rough),
        "x_mirror_crop10": ((mirror, cut(*[0.05] * 4)), JPEG),
        "x_letter_mirror": (
            (
                mirror,
                simple(lambda p: ImageOps.expand(p, (0, round(p.height * 0.12)), "black")),
            ),
            JPEG,
        ),
        "x_rot90_border": ((turn, framed(0.05, "white")), JPEG),
    }
