"""What else does a picture look like, where a reader obeys what the file says about its colours?

Pillow shows the stored numbers. Browsers and mail programs apply a colour profile, or the gamma of
a PNG, and both can make another picture of them: the stored one flat, the shown one not. Whoever
ignores them sees the stored one, so both are looked at. Chromaticities (cHRM) only shift colours.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageCms

_EVERYDAY_GAMMA = 1 / 2.2
_SAME_GAMMA = 0.15  # as a share: nobody sees the difference, and no hash does
_LARGEST_SIDE = 1_024  # pixels; a profile costs about 30 ns each
# Hashes are of grey. Profiles of cameras and monitors move the brightness of some colour by up to
# 40 levels; what shows another picture moves some by more.
_SAME_LEVELS = 64
_GRID = 33  # levels a channel that a profile is tried on
_SRGB = ImageCms.createProfile("sRGB")
_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


class ProfileError(Exception):
    """The colour profile cannot be read: what a reader that applies it sees nobody can tell."""


def find_other_looks(image: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    """Yield the picture as others show it, with a mark for its views. Raises ProfileError."""
    profile = image.info.get("icc_profile")
    gamma = image.info.get("gamma")
    if profile:
        profiled = _through(profile, image)
        if profiled is not None:
            yield "@profile", profiled
    elif isinstance(gamma, float) and "srgb" not in image.info:
        exponent = _EVERYDAY_GAMMA / gamma if gamma > 0 else 1.0
        if abs(exponent - 1) > _SAME_GAMMA:
            yield "@gamma", _with_gamma(image, exponent)


def _with_gamma(image: Image.Image, exponent: float) -> Image.Image:
    """PNG specification section 13.13: the display's share of the exponent is 1/2.2."""
    ramp = [round(255 * (level / 255) ** exponent) for level in range(256)]
    keep = list(range(256))
    if image.has_transparency_data:
        return image.convert("RGBA").point([*ramp, *ramp, *ramp, *keep])
    return image.convert("RGB").point([*ramp, *ramp, *ramp])


def _through(profile: bytes, image: Image.Image) -> Image.Image | None:
    """Return the picture through its profile; None where that makes no other picture of it."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _MODES.get(source.profile.xcolor_space.strip())
        if mode is None:
            return None  # readers ignore what does not fit the picture
        is_grey = image.mode in {"1", "L", "LA", "I;16", "I", "F"}
        if (mode == "L") != is_grey or (mode == "CMYK") != (image.mode == "CMYK"):
            return None
        transform = ImageCms.buildTransform(source, _SRGB, mode, "RGB")
        if mode == "RGB" and not _is_strange(transform):
            return None
        return ImageCms.applyTransform(_prepared(image, mode), transform)
    except (ImageCms.PyCMSError, OSError, ValueError) as exc:
        raise ProfileError("its colour profile cannot be read") from exc


def _is_strange(transform: ImageCms.ImageCmsTransform) -> bool:
    levels = np.linspace(0, 255, _GRID).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(_GRID, -1, 3)
    shown = ImageCms.applyTransform(Image.fromarray(grid), transform)
    if shown is None:
        return True
    before, after = (
        np.asarray(one.convert("L"), np.int16) for one in (Image.fromarray(grid), shown)
    )
    moved = np.abs(after - before)
    return bool(moved.max() > _SAME_LEVELS)


def _prepared(image: Image.Image, mode: str) -> Image.Image:
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    image = image.convert(mode)
    factor = -(-max(image.size) // _LARGEST_SIDE)
    return image.reduce(factor) if factor > 1 else image
