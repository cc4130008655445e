# ruff: noqa: T201, RUF001 - a command that prints its findings, with signs of their own
"""``python -m tests.bench.pictures``: what pictures cost, each beside a yardstick of the same run.

A new picture beside ``imagehash.phash`` of it, one that was seen before beside a digest of its
bytes, looking up hashes beside comparing with all, a message with the logo that all have beside one
without. All take turns within each round; only the ratios inside one run mean anything.
"""

from __future__ import annotations

import argparse
import email
import hashlib
import io
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from filter.inspection import inspect
from filter.message import Appearance, Channel, Client, Envelope, PictureView, Transaction
from filter.pictures import codes, looking
from filter.pictures.bank import LEAST_QUALITY
from filter.pictures.likeness import find_known
from filter.reading.sandbox import Sandbox
from filter.rulefiles.load import load_rules
from filter.ruleset import BankedImage
from filter.settings import Inspection
from filter.verdict import Disposition
from tests.bench.corpus import SENDER, write_corpus, write_rules
from tests.bench.hashes import Drawn, index_table
from tests.bench.reading import spread

LIMITS = Inspection()
SIZES = ((320, 240), (640, 480), (1280, 960), (2560, 1920))
BANKED = 1_000
WARM_UP = 2
MOST_PHOTOGRAPHS = 1_000


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pictures", description=__doc__)
    parser.add_argument("parts", nargs="*", help="of new, again, index, logo; all without any")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--photos", type=Path, help="a folder of photographs instead of drawings")
    parser.add_argument("--rows", default="1000,10000,100000,1000000", help="of the index")
    parser.add_argument("--radius", default="24,31,40,48", help="of the index, in bits")
    chosen = parser.parse_args()
    parts = chosen.parts or ["new", "again", "index", "logo"]
    pictures = _pictures(chosen.photos) if {"new", "again"} & set(parts) else {}
    if "new" in parts:
        print_lines(new_table(pictures, chosen.rounds))
    if "again" in parts:
        print_lines(again_table(pictures, chosen.rounds))
    if "index" in parts:
        drawn = Drawn(_photographs(chosen.photos))
        rows = [int(text) for text in chosen.rows.split(",")]
        radii = [int(text) for text in chosen.radius.split(",")]
        print_lines(index_table(drawn, rows, radii, chosen.rounds))
    if "logo" in parts:
        print_lines(logo_table(chosen.rounds))


def print_lines(lines: Iterator[str]) -> None:
    """Print a table as it grows."""
    for line in lines:
        print(line, flush=True)
    print()


def new_table(pictures: dict[tuple[int, int], list[bytes]], rounds: int) -> Iterator[str]:
    """Yield the cost of a picture that was never seen, all stages, in phashes of it.

    In process, by processor time: decoding, hashes, comparing with the bank; then the search for
    codes as well. In the child, by the clock: the whole answer of the sandbox, and comparing.
    """
    yield f"| new picture, bank of {BANKED} | phash ms | hashed × | and codes × | in the child × |"
    yield "|---|---|---|---|---|"
    known = _bank(pictures[SIZES[0]])
    middles: list[dict[str, float]] = []
    with Sandbox(LIMITS) as sandbox:
        sandbox.warm_up()
        for size, contents in pictures.items():
            taken = [
                _new_round(_marked(contents[number % len(contents)], number), sandbox, known)
                for number in range(rounds + WARM_UP)
            ][WARM_UP:]
            ratios = {name: [one[name] for one in taken] for name in ("hashed", "codes", "child")}
            middles.append({name: statistics.median(each) for name, each in ratios.items()})
            yardstick = statistics.median(one["phash"] for one in taken) * 1e3
            cells = [spread(each, ".2f") for each in ratios.values()]
            yield f"| {size[0]} × {size[1]} | {yardstick:.1f} | {' | '.join(cells)} |"
    cells = [f"{statistics.median(one[name] for one in middles):.2f}" for name in middles[0]]
    yield f"| median over sizes | | {' | '.join(cells)} |"


def _new_round(
    content: bytes, sandbox: Sandbox, known: tuple[BankedImage, ...]
) -> dict[str, float]:
    def phash() -> None:
        imagehash.phash(Image.open(io.BytesIO(content)))

    def ask() -> None:
        look = sandbox.look_at_picture(content, "image/jpeg", "bench")
        find_known(look.appearance, known)

    whole = partial(_look_and_compare, content, known)
    taken = {"phash": _time(phash, time.process_time)}
    with _without_codes():
        taken["hashed"] = _time(whole, time.process_time) / taken["phash"]
    taken["codes"] = _time(whole, time.process_time) / taken["phash"]
    waited = _time(phash)
    taken["child"] = _time(ask) / waited
    return taken


def _look_and_compare(content: bytes, known: tuple[BankedImage, ...]) -> None:
    sight = looking.look(content, "image/jpeg", LIMITS.max_pixels)
    if sight.troubles:
        raise AssertionError(sight.troubles)
    find_known(sight.appearance, known)


@contextmanager
def _without_codes() -> Iterator[None]:
    search = codes.read_codes
    codes.read_codes = lambda image, grey=None, small=None: ()
    try:
        yield
    finally:
        codes.read_codes = search


def again_table(pictures: dict[tuple[int, int], list[bytes]], rounds: int) -> Iterator[str]:
    """Yield the cost of a picture that was seen before, in digests of its bytes."""
    yield "| seen before | kB | sha256 µs | looked at and compared × |"
    yield "|---|---|---|---|"
    known = _bank(pictures[SIZES[0]])
    with Sandbox(LIMITS) as sandbox:

        def ask(content: bytes) -> None:
            look = sandbox.look_at_picture(content, "image/jpeg", "bench")
            find_known(look.appearance, known)

        for size, contents in pictures.items():
            content = contents[0]
            ask(content)
            taken = [
                (_time(partial(hashlib.sha256, content)), _time(partial(ask, content)))
                for _ in range(rounds * 10)
            ]
            digest = statistics.median(one for one, _ in taken) * 1e6
            ratio = spread([asked / one for one, asked in taken], ".2f")
            kilobytes = len(content) / 1000
            yield f"| {size[0]} × {size[1]} | {kilobytes:.0f} | {digest:.0f} | {ratio} |"


def logo_table(rounds: int) -> Iterator[str]:
    """Yield what the logo that all messages have adds to inspecting one, in digests of it.

    Processor time of this process: the child is not asked for what was seen before.
    """
    yield "| message | inspected ms | logo adds ms | digest of the logo ms | digests |"
    yield "|---|---|---|---|---|"
    with tempfile.TemporaryDirectory() as scratch, Sandbox(LIMITS) as sandbox:
        folder = Path(scratch)
        write_rules(folder / "rules")
        rules = load_rules(folder / "rules")
        for workload in ("W2", "W3"):
            write_corpus(folder / workload, workload)
        plain, dressed = (
            [path.read_bytes() for path in sorted((folder / name).glob("*.eml"))]
            for name in ("W2", "W3")
        )
        logo = _logo_of(dressed[0])
        taken = []

        def ask(transaction: Transaction) -> None:
            verdict = inspect(transaction, rules, sandbox, LIMITS)
            if verdict.disposition is not Disposition.PASS:
                raise AssertionError(verdict.findings)

        for number in range(rounds * 3 + WARM_UP):
            one = number % len(plain)
            transactions = [_transaction(each[one]) for each in (plain, dressed)]

            without, with_logo = (
                _time(partial(ask, each), time.process_time) for each in transactions
            )
            taken.append((without, with_logo, _time(partial(hashlib.sha256, logo))))
        taken = taken[WARM_UP:]
        added = [with_logo - without for without, with_logo, _ in taken]
        digest = statistics.median(one for *_, one in taken)
        whole = spread([with_logo * 1e3 for _, with_logo, _ in taken], ".2f")
        yield (
            f"| with a logo of {len(logo) / 1000:.0f} kB | {whole}"
            f" | {spread([one * 1e3 for one in added], '.2f')} | {digest * 1e3:.3f}"
            f" | {spread([one / digest for one in added])} |"
        )


def _transaction(content: bytes) -> Transaction:
    return Transaction(
        id="bench",
        channel=Channel.EMAIL,
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        client=Client(name="bench"),
        envelope=Envelope(SENDER, ("citizen@example.net",)),
        content=content,
        text=None,
    )


def _logo_of(content: bytes) -> bytes:
    for part in email.message_from_bytes(content).walk():
        if part.get_content_maintype() == "image":
            decoded = part.get_payload(decode=True)
            assert isinstance(decoded, bytes)
            return decoded
    raise AssertionError("no logo")


def _time(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    started = clock()
    work()
    return clock() - started


def _bank(contents: list[bytes]) -> tuple[BankedImage, ...]:
    """Return a thousand known pictures: the views of a few, each with other bits."""
    chance = np.random.default_rng(1)
    views = [looking.look_for_bank(content, LIMITS.max_pixels).appearance for content in contents]
    banked = []
    for number in range(BANKED):
        noise = chance.integers(0, 256, 32, dtype=np.uint8)
        appearance = Appearance(
            tuple(
                PictureView(view.name, _with_noise(view.hash, noise), view.quality)
                for view in views[number % len(views)].views
                if view.quality >= LEAST_QUALITY
            )
        )
        banked.append(BankedImage(f"known-{number}", "bench", f"Picture {number}", appearance))
    return tuple(banked)


def _with_noise(known: bytes, noise: npt.NDArray[np.uint8]) -> bytes:
    return (np.frombuffer(known, np.uint8) ^ noise).tobytes()


def _pictures(photos: Path | None) -> dict[tuple[int, int], list[bytes]]:
    """Return some pictures of each size as JPEG."""
    paths = _photographs(photos)[:3]
    scenes = [Image.open(path).convert("RGB") for path in paths]
    scenes = scenes or [draw_scene(seed) for seed in range(3)]
    pictures: dict[tuple[int, int], list[bytes]] = {}
    for size in SIZES:
        pictures[size] = []
        for scene in scenes:
            stream = io.BytesIO()
            scene.resize(size, Image.Resampling.BICUBIC).save(stream, "JPEG", quality=85)
            pictures[size].append(stream.getvalue())
    return pictures


def draw_scene(seed: int) -> Image.Image:
    """Return clouds of light and texture at every scale, as photographs have them."""
    chance = np.random.default_rng(seed)
    width, height = SIZES[-1]
    scene = np.zeros((height, width, 3), np.float32)
    for octave in range(9):
        cells = (4 << octave, 3 << octave)
        layer = chance.integers(0, 256, (cells[1], cells[0], 3), dtype=np.uint8)
        grown = Image.fromarray(layer).resize((width, height), Image.Resampling.BICUBIC)
        scene += np.asarray(grown, np.float32) * (0.5 / (octave + 1))
    low, high = np.percentile(scene, (1, 99))
    levels = np.clip((scene - low) * (255 / (high - low)), 0, 255).astype(np.uint8)
    return Image.fromarray(levels).filter(ImageFilter.GaussianBlur(1))


def _photographs(folder: Path | None) -> list[Path]:
    kinds = {".jpg", ".jpeg", ".png"}
    every = sorted(folder.iterdir()) if folder else []
    return [path for path in every if path.suffix.lower() in kinds][:MOST_PHOTOGRAPHS]


def _marked(content: bytes, number: int) -> bytes:
    """Return the JPEG with a comment, so that its digest is a new one."""
    comment = f"{number:08}".encode()
    return content[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + content[2:]


if __name__ == "__main__":
    main()
