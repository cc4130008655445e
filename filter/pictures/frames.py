"""Which of a picture's frames are worth searching for codes, and on what ground do they stand?

A code may be small against its picture, so frames are told apart by their most different spot, not
by how they differ in all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

from filter.pictures import codealone, codes

# Of all frames that codes are looked for in; about 15 ns each.
MAX_CODE_PIXELS = 200_000_000
# Paper, night, and between: what is half transparent may look different on each.
GROUNDS = {"": 255, "@dark": 0, "@grey": 128}
_SPOTS = (64, 64)
_SAME_SPOT_LEVELS = 6.0


class CodeScanner:
    """Collects what the codes say in frame after frame of one picture."""

    def __init__(self, as_grey: Callable[[Image.Image], Image.Image]) -> None:
        """``as_grey`` turns any mode into eight bits of grey, as the hashes see it."""
        self.said: dict[str, None] = {}
        self.trouble: tuple[str, str] | None = None
        self._as_grey = as_grey
        self._alone: list[bool] = []
        self._last: dict[int, Image.Image] = {}  # in detail or in spots
        self._pixels = 0

    @property
    def is_code_alone(self) -> bool:
        """Whether every frame shows the same code, on every ground, and nothing else."""
        return len(self.said) == 1 and all(self._alone) and self.trouble is None

    def see(self, frame: Image.Image, grey: Image.Image | None, small: Image.Image | None) -> None:
        """Search a frame, on every ground, unless it was just shown.

        ``grey`` is an opaque frame as ``as_grey`` shows it, ``small`` that in detail.
        """
        if self.trouble is not None:
            return
        for level, shown, shown_grey in self._opaque(frame, grey):
            seen = self._last.get(level)
            self._last[level] = small or shown_grey.resize(_SPOTS, Image.Resampling.BOX)
            if seen is not None and _are_same(seen, self._last[level]):
                self._last[level] = seen
                continue
            self._pixels += min(shown.size[0] * shown.size[1], codes.LONGEST_SIDE**2)
            if self._pixels > MAX_CODE_PIXELS:
                self.trouble = ("picture.limit", "too many frames to look for codes in")
                return
            self.said.update(dict.fromkeys(codes.read_codes(shown, shown_grey, small)))
            self._alone.append(bool(self.said) and codealone.is_code_alone(shown))
            if len(self.said) > codes.MAX_CODES:
                self.trouble = ("picture.limit", f"more than {codes.MAX_CODES} codes")
                return

    def _opaque(
        self, image: Image.Image, grey: Image.Image | None
    ) -> Iterator[tuple[int, Image.Image, Image.Image]]:
        if not image.has_transparency_data:
            # What Pillow does not turn into grey by itself is turned as it is for the hashes.
            deep = image.mode in {"F", "I", "LAB"} or image.mode.startswith("I;")
            grey = self._as_grey(image) if grey is None else grey
            yield 255, grey if deep else image, grey
            return
        coloured = image.convert("RGBA")
        for level in GROUNDS.values():
            shown = on_ground(coloured, level)
            yield level, shown, self._as_grey(shown)


def _are_same(one: Image.Image, other: Image.Image) -> bool:
    spots = (
        np.asarray(image.resize(_SPOTS, Image.Resampling.BOX), np.float32) for image in (one, other)
    )
    return float(np.abs(np.subtract(*spots)).max()) < _SAME_SPOT_LEVELS


def on_ground(coloured: Image.Image, level: int) -> Image.Image:
    """Return what is seen of a transparent picture (RGBA) on a ground of this grey."""
    paper = Image.new("RGBA", coloured.size, (level, level, level, 255))
    return Image.alpha_composite(paper, coloured).convert("RGB")
