"""One target of the fuzz campaign, in a process of its own that may hang, swell or die.

    python -m tests.campaign.fuzzchild TARGET FOLDER SECONDS SEED ENGINE
    python -m tests.campaign.fuzzchild TARGET --measure FILE…

Before each input it is written where the parent finds it when this process dies; a timer of
processor time ends the process, loops in C included.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import mmap
import os
import random
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Hashable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

HARD_FACTOR = 10.0  # times the bound: then the process is ended
MEMORY_BYTES = 4 << 30
KEPT = 5  # of the slowest inputs, by time and by time per byte
LEAST_BYTES = 256  # of an input whose time per byte says something
POOL = 2000  # inputs that the campaign's own engine mutates
STATS_SECONDS = 2.0


@dataclass
class Slow:
    """One of the slowest inputs."""

    seconds: float
    size: int
    name: str


@dataclass
class Stats:
    """What one process saw."""

    executions: int = 0
    seconds: float = 0.0
    size: int = 0
    outcomes: int = 0
    crashes: dict[str, str] = field(default_factory=dict)  # where, and the file that does it
    slowest: list[Slow] = field(default_factory=list)
    dearest: list[Slow] = field(default_factory=list)  # per byte


class Observer:
    """Runs one target on inputs, and keeps what is remarkable."""

    def __init__(self, target: Any, folder: Path, end: float) -> None:
        self.stats = Stats()
        self._target = target
        self._folder = folder
        self._end = end
        self._next_report = 0.0
        self._outcomes: set[Hashable] = set()
        with (folder / "current").open("wb") as file:
            file.truncate(target.max_bytes + 4)
        with (folder / "current").open("r+b") as file:
            self._current = mmap.mmap(file.fileno(), 0)

    def run(self, data: bytes) -> bool:
        """Run the target; return whether something came out that never came before."""
        data = data[: self._target.max_bytes]
        self._current[:4] = len(data).to_bytes(4, "big")
        self._current[4 : 4 + len(data)] = data
        timer = signal.ITIMER_REAL if self._target.by_wall_clock else signal.ITIMER_VIRTUAL
        clock = time.monotonic if self._target.by_wall_clock else time.process_time
        signal.setitimer(timer, self._target.seconds * HARD_FACTOR)
        started = clock()
        outcome: Hashable
        try:
            outcome = self._target.run(data)
        except Exception as exc:  # noqa: BLE001 - every one of them is a finding
            outcome = self._note_crash(exc, data)
        seconds = clock() - started
        signal.setitimer(timer, 0)
        self._note_time(seconds, data)
        if time.monotonic() > self._next_report:
            self._report()
        if outcome in self._outcomes:
            return False
        self._outcomes.add(outcome)
        return True

    def run_only(self, data: bytes) -> None:
        """Run the target, for a fuzzer that looks for itself."""
        self.run(data)

    def _note_crash(self, exc: Exception, data: bytes) -> str:
        frames = traceback.extract_tb(exc.__traceback__)
        ours = [frame for frame in frames if "/filter/" in frame.filename] or frames
        place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
        detail = str(exc).splitlines()[0][:200] if str(exc) else ""
        kind = type(exc).__name__
        key = f"{kind}: {detail}" if kind == "BrokenPromiseError" else f"{kind} at {place}"
        if key not in self.stats.crashes and len(self.stats.crashes) < 50:
            name = f"crash-{hashlib.sha256(data).hexdigest()[:12]}"
            (self._folder / name).write_bytes(data)
            self.stats.crashes[key] = name
        return key

    def _note_time(self, seconds: float, data: bytes) -> None:
        self.stats.executions += 1
        self.stats.seconds += seconds
        self.stats.size += len(data)
        self._rank(self.stats.slowest, seconds, seconds, data, _by_time)
        if len(data) >= LEAST_BYTES:
            self._rank(self.stats.dearest, seconds / len(data), seconds, data, _by_byte)

    def _rank(
        self,
        best: list[Slow],
        weight: float,
        seconds: float,
        data: bytes,
        by: Callable[[Slow], float],
    ) -> None:
        if len(best) >= KEPT and weight <= by(best[-1]):
            return
        name = f"slow-{hashlib.sha256(data).hexdigest()[:12]}"
        if any(slow.name == name for slow in best):
            return
        (self._folder / name).write_bytes(data)
        best.append(Slow(seconds, len(data), name))
        best.sort(key=by, reverse=True)
        for slow in best[KEPT:]:
            kept = {one.name for one in (*self.stats.slowest[:KEPT], *self.stats.dearest[:KEPT])}
            if slow.name not in kept:
                with contextlib.suppress(FileNotFoundError):
                    (self._folder / slow.name).unlink()
        del best[KEPT:]

    def _report(self) -> None:
        now = time.monotonic()
        self._next_report = now + STATS_SECONDS
        self.stats.outcomes = len(self._outcomes)
        written = self._folder / "stats.new"
        written.write_text(json.dumps(asdict(self.stats)), encoding="utf-8")
        written.replace(self._folder / "stats.json")
        if now >= self._end:
            self.leave()

    def leave(self) -> NoReturn:
        """Write what was seen and end; the fuzzer never returns."""
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    def finish(self) -> NoReturn:
        """Report for the last time."""
        self._end = 0.0
        self._report()
        raise AssertionError("unreachable")


def _by_time(slow: Slow) -> float:
    return slow.seconds


def _by_byte(slow: Slow) -> float:
    return slow.seconds / slow.size


def mutate(data: bytes, chance: random.Random, pool: list[bytes], most: int) -> bytes:
    """Return the input with a few things changed: pieces inserted, repeated, moved, cut, mixed."""
    from tests.campaign.fuzzseeds import TOKENS  # noqa: PLC0415 - after the instrumentation

    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
        start = chance.randint(0, len(changed))
        stop = min(len(changed), start + int(chance.expovariate(1 / 12)) + 1)
        match chance.randrange(9):
            case 0:
                changed[start:start] = chance.choice(TOKENS)
            case 1:
                changed[start:stop] = b""
            case 2:
                changed[start:stop] = chance.choice(TOKENS)
            case 3:
                piece = bytes(changed[start:stop]) or chance.choice(TOKENS)
                changed[start:start] = piece * chance.choice((1, 2, 10, 100, 1000))
            case 4:
                changed[start:start] = chance.choice(TOKENS) * chance.choice((2, 30, 1000, 5000))
            case 5:
                other = chance.choice(pool)
                cut = chance.randint(0, len(other))
                changed[start:stop] = other[cut : cut + int(chance.expovariate(1 / 60))]
            case 6 if changed:
                changed[start % len(changed)] = chance.randrange(256)
            case 7:
                changed[start:stop] = bytes(changed[start:stop]).swapcase()
            case _:
                other = chance.choice(pool)
                changed[start:] = other[chance.randint(0, len(other)) :]
    return bytes(changed[:most])


def repeats(target: Any, chance: random.Random) -> Iterator[bytes]:
    """Yield inputs that are one piece, or two, again and again up to the limit of size.

    That is how patterns and loops show what they cost. Some stand in a seed, where they are read.
    """
    from tests.campaign.fuzzseeds import TOKENS  # noqa: PLC0415 - after the instrumentation

    pool = target.seeds() or (b"",)
    for token in TOKENS:
        for piece in (token, token + chance.choice(TOKENS)):
            seed = chance.choice(pool)[: target.max_bytes // 2]
            cut = chance.randint(0, len(seed))
            room = target.max_bytes - len(seed)
            yield seed[:cut] + piece * (room // len(piece)) + seed[cut:]
            yield piece * (target.max_bytes // len(piece))


def fuzz_alone(observer: Observer, target: Any, seed: int) -> NoReturn:
    """Mutate without coverage: inputs with a new outcome join the pool."""
    chance = random.Random(seed)
    pool = [one[: target.max_bytes] for one in target.seeds()] or [b""]
    for one in (*pool, *repeats(target, chance)):
        observer.run(one)
    while True:
        data = mutate(chance.choice(pool), chance, pool, target.max_bytes)
        if observer.run(data) and len(pool) < POOL:
            pool.append(data)


def fuzz_guided(observer: Observer, target: Any, seed: int, folder: Path) -> NoReturn:
    """Let atheris choose by coverage, half of the mutations being our own."""
    atheris = importlib.import_module("atheris")
    pool = [one[: target.max_bytes] for one in target.seeds()] or [b""]
    corpus = folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for one in pool:
        (corpus / hashlib.sha256(one).hexdigest()[:16]).write_bytes(one)

    for one in repeats(target, random.Random(seed)):
        observer.run(one)

    def vary(data: bytes, most: int, number: int) -> bytes:
        chance = random.Random(number)
        if chance.random() < 0.5:
            return bytes(atheris.Mutate(data, len(data)) if data else b"")
        return mutate(bytes(data), chance, pool, min(most, target.max_bytes))

    options = [f"-seed={seed}", f"-max_len={target.max_bytes}", "-len_control=10", "-timeout=3600"]
    options += ["-rss_limit_mb=0", f"-artifact_prefix={folder}/", str(corpus)]
    atheris.Setup([sys.argv[0], *options], observer.run_only, custom_mutator=vary)
    atheris.Fuzz()
    observer.finish()


def measure(target: Any, files: list[str]) -> None:
    """Print what each input costs in seconds, the best of three, without instruments."""
    clock = time.monotonic if target.by_wall_clock else time.process_time
    for one in (b"", *target.seeds()[:3]):
        target.run(one[: target.max_bytes])
    for name in files:
        data = Path(name).read_bytes()
        spent = []
        for _ in range(3):
            started = clock()
            with contextlib.suppress(Exception):
                target.run(data)
            spent.append(clock() - started)
        # Caches: the first time is what it costs, unless something else took the processor.
        print(json.dumps({"name": Path(name).name, "seconds": spent[0]}))  # noqa: T201


def _confine() -> None:
    """Limit the memory, now that the programs which write the seeds have run: a JVM wants more."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def main(arguments: list[str]) -> None:
    """Run one target."""
    name, *rest = arguments
    if rest[0] == "--measure":
        from tests.campaign.fuzztargets import TARGETS  # noqa: PLC0415 - see below

        TARGETS[name].seeds()
        _confine()
        measure(TARGETS[name], rest[1:])
        return
    folder, seconds, seed, engine = Path(rest[0]), float(rest[1]), int(rest[2]), rest[3]
    if engine == "atheris":
        atheris = importlib.import_module("atheris")
        # What was imported before cannot be instrumented, so imports stand inside of functions.
        with atheris.instrument_imports(include=["filter"], enable_loader_override=False):
            targets = importlib.import_module("tests.campaign.fuzztargets")
    else:
        targets = importlib.import_module("tests.campaign.fuzztargets")
    target = targets.TARGETS[name]
    target.seeds()
    _confine()
    observer = Observer(target, folder, time.monotonic() + seconds)
    if engine == "atheris":
        fuzz_guided(observer, target, seed, folder)
    fuzz_alone(observer, target, seed)


if __name__ == "__main__":
    main(sys.argv[1:])
