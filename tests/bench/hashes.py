# ruff: noqa: RUF001 - a table with signs of its own
"""Very many hashes as those of real pictures are, and what looking some up among them costs.

Processor time: a busy machine makes it longer by what it takes from the caches, not by waiting.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from filter.pictures.bands import Near
from filter.pictures.dct import FREQUENCIES, SIDE, WHOLE, Grey, _binarise, _transform
from filter.pictures.geometry import CROPS
from filter.pictures.index import HashIndex
from tests.bench.reading import spread

Hashes = npt.NDArray[np.uint8]
Coefficients = npt.NDArray[np.float32]  # (n, 16, 16)

_BLOCK = 20_000
ASKED = 18  # query views of a picture, orientations included
_NEAR = 6  # of them that are views of a banked picture


class Drawn:
    """Makes hashes of pictures that nobody has: two real ones, cut, turned, laid over each other.

    A transform of a sum is the sum of the transforms. Without photographs their spectrum is drawn.
    """

    def __init__(self, photographs: Sequence[Path]) -> None:
        boxes = (WHOLE, *CROPS.values())
        cut = [_transform(_reduced(path), boxes) for path in photographs]
        self._real = np.concatenate(cut) if cut else None

    def hashes(self, number: int, seed: int) -> Hashes:
        """Return the hashes of so many pictures: (number, 32)."""
        chance = np.random.default_rng(seed)
        blocks = [
            _binarise(self._block(min(_BLOCK, number - start), chance))[0]
            for start in range(0, number, _BLOCK)
        ]
        return np.concatenate(blocks)

    def _block(self, number: int, chance: np.random.Generator) -> Coefficients:
        if self._real is None:
            frequency = np.hypot.outer(np.arange(FREQUENCIES), np.arange(FREQUENCIES))
            noise = chance.standard_normal((number, FREQUENCIES, FREQUENCIES), np.float32)
            noise *= 1_000 / (1 + frequency.astype(np.float32))
            noise[:, 0, 0] = 8_000  # the mean of the picture: above every median
            return noise
        share = chance.uniform(0.3, 0.7, number).astype(np.float32)[:, None, None]
        some, others = (
            _turned(self._real[chance.integers(0, len(self._real), number)], chance)
            for _ in range(2)
        )
        return share * some + (1 - share) * others


def _reduced(path: Path) -> Grey:
    with Image.open(path) as image:
        image.draft("L", (SIDE, SIDE))
        return np.asarray(image.convert("L").resize((SIDE, SIDE)), np.float32)


def _turned(coefficients: Coefficients, chance: np.random.Generator) -> Coefficients:
    signs = np.where(np.arange(FREQUENCIES) % 2, -1, 1).astype(np.float32)
    down, across, transposed = chance.integers(0, 2, (3, len(coefficients))).astype(np.bool_)
    coefficients[down] *= signs[:, None]
    coefficients[across] *= signs
    coefficients[transposed] = coefficients[transposed].transpose(0, 2, 1)
    return coefficients


def index_table(
    drawn: Drawn, sizes: Sequence[int], radii: Sequence[int], rounds: int
) -> Iterator[str]:
    """Yield what look-ups cost beside comparing with all, and whether both find the same."""
    yield (
        "| rows | radius | built s | MB | one hash ms | of comparing all × |"
        f" {ASKED} hashes ms | comparing all × | found | exact |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    chance = np.random.default_rng(3)
    every = drawn.hashes(max(sizes), 1)
    for rows in sizes:
        hashes = every[:rows]
        columns = np.ascontiguousarray(hashes.view(np.uint64).T)
        for radius in radii:
            started = time.thread_time()
            index = HashIndex(hashes, np.zeros(rows, np.uint8), np.array([[radius]], np.int16))
            built = time.thread_time() - started
            taken: list[tuple[float, float]] = []  # one hash, all of them: of comparing all
            spent: list[tuple[float, float]] = []
            found, is_exact = 0, True
            for number in range(rounds + 1):
                near = _off_by(hashes[chance.integers(0, rows, _NEAR)], radius, chance)
                queries = np.concatenate([drawn.hashes(ASKED - _NEAR, 1_000 + number), near])
                one, _ = _timed(index, queries[:1])
                batch, answer = _timed(index, queries)
                started = time.thread_time()
                compared = _compare_all(columns, queries, radius)
                brute = time.thread_time() - started
                spent.append((one * 1e3, batch * 1e3))
                taken.append((one * ASKED / brute, batch / brute))
                found += len(answer.row)
                is_exact &= np.array_equal(np.stack(answer), np.stack(compared))
            ones, batches = zip(*spent[1:], strict=True)  # the first makes what all others share
            one_ratios, ratios = zip(*taken[1:], strict=True)
            cells = (
                f"{rows:,}",
                str(radius),
                f"{built:.1f}",
                f"{index.nbytes / 1e6:.0f}",
                spread(list(ones), ".2f"),
                f"{statistics.median(one_ratios):.3f}",
                spread(list(batches), ".2f"),
                f"{statistics.median(ratios):.3f}",
                str(found),
                "yes" if is_exact else "NO",
            )
            yield f"| {' | '.join(cells)} |"


def _timed(index: HashIndex, queries: Hashes) -> tuple[float, Near]:
    started = time.thread_time()
    near = index.closest(queries)
    return time.thread_time() - started, near


def _compare_all(columns: npt.NDArray[np.uint64], queries: Hashes, radius: int) -> Near:
    """Compare each query with all rows, word by word: what the bank did without an index."""
    found = []
    block = 1 << 14
    for number, query in enumerate(queries.view(np.uint64)):
        for start in range(0, columns.shape[1], block):
            known = columns[:, start : start + block]
            bits = np.zeros(known.shape[1], np.int16)
            for word, ours in zip(known, query, strict=True):
                bits += np.bitwise_count(word ^ ours)
            near = np.flatnonzero(bits <= radius)
            if len(near):
                found.append(Near(np.full(len(near), number), near + start, bits[near]))
    empty = Near(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int16))
    every = Near(*(np.concatenate(arrays) for arrays in zip(empty, *found, strict=True)))
    order = np.lexsort((every.query, every.distance, every.row))  # of each row the closest query
    order = order[np.diff(every.row[order], prepend=-1) != 0]
    order = order[np.lexsort((every.row[order], every.query[order]))]
    return Near(*(array[order] for array in every))


def _off_by(hashes: Hashes, bits: int, chance: np.random.Generator) -> Hashes:
    """Return the hashes with so many of their bits turned: as far off as may be."""
    places = np.argsort(chance.random((len(hashes), 256)), axis=1)
    return np.packbits(np.unpackbits(hashes, axis=1) ^ (places < bits), axis=1)
