"""``python -m tests.bench.limits``: charges a second of the embedded limit store, by processes.

Beside it, in the same rounds, the same limits in a dict of one process, which is neither exact
across workers nor still there after a restart: the price of being both is the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import uvloop

from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.gcra import Line, conform
from filter.limits.interface import Charge, Meter, Rate

PEOPLE = 1000
# Nothing is refused, and no key is free again before it is charged anew.
RATE = Rate(10**6, 86400, 10**6)
DICT = "dict"


@dataclass(frozen=True, slots=True)
class Sample:
    """What one turn gave: charges a second of all processes, and their processor time a charge."""

    per_second: float
    cpu_micros: float


Turn: TypeAlias = tuple[int, int, str]  # meters, processes, what


def main() -> None:
    """Measure and print; with --worker, be one of the processes."""
    options = _options()
    if options.worker:
        _work(options)
        return
    found: dict[Turn, list[Sample]] = {}
    for _ in range(options.rounds):
        for meters in (1, 10):
            for processes, what in ((1, DICT), *((n, "store") for n in options.processes)):
                sample = _turn(options, meters, processes, what)
                found.setdefault((meters, processes, what), []).append(sample)
    sys.stdout.write(_table(found))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.limits", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of one turn")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each kind")
    parser.add_argument("--conc", type=int, default=16, help="questions at once, a process")
    parser.add_argument(
        "--processes", type=lambda text: [int(n) for n in text.split(",")], default=[1, 4]
    )
    parser.add_argument("--worker", choices=("store", DICT), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--meters", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _turn(options: argparse.Namespace, meters: int, processes: int, what: str) -> Sample:
    """Let so many processes begin at once on a new file, and add up what they did."""
    with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as folder:
        command = [sys.executable, "-m", "tests.bench.limits", "--worker", what]
        command += ["--folder", folder, "--meters", str(meters)]
        command += ["--seconds", str(options.seconds), "--conc", str(options.conc)]
        children = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(processes)
        ]
        for child in children:
            assert child.stdout is not None
            child.stdout.readline()  # it is ready
        for child in children:
            assert child.stdin is not None
            child.stdin.write("\n")
            child.stdin.flush()
        told = [child.communicate(timeout=options.seconds + 60)[0].split() for child in children]
    done = sum(int(count) for count, _, _ in told)
    rate = sum(int(count) / float(seconds) for count, seconds, _ in told)
    return Sample(rate, sum(float(cpu) for _, _, cpu in told) * 10**6 / done)


# --- in a process


def _work(options: argparse.Namespace) -> None:
    charges = [Charge(_meters(options.meters, person)) for person in range(PEOPLE)]
    work = _in_store if options.worker == "store" else _in_dict
    count, seconds, cpu = work(options, charges)
    sys.stdout.write(f"{count} {seconds} {cpu}\n")


def _meters(meters: int, person: int) -> tuple[Meter, ...]:
    """Return limits of which half are the person's, the others everybody's."""
    return tuple(
        Meter(bytes([index, index % 2]) + (person * (index % 2)).to_bytes(14, "big"), "r", RATE)
        for index in range(1, meters + 1)
    )


def _wait() -> tuple[float, float]:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    return time.perf_counter(), time.process_time()


def _since(began: tuple[float, float]) -> tuple[float, float]:
    return time.perf_counter() - began[0], time.process_time() - began[1]


def _in_dict(options: argparse.Namespace, charges: list[Charge]) -> tuple[int, float, float]:
    lines: dict[bytes, Line] = {}
    began, count = _wait(), 0
    while time.perf_counter() < began[0] + options.seconds:
        for charge in charges:
            now = time.time_ns() // 1000
            found = [
                (meter.key, conform(RATE, meter.cost, lines.get(meter.key, Line()), now))
                for meter in charge.meters
            ]
            if all(one.conforms for _, one in found):
                lines.update((key, one.moved) for key, one in found)
        count += len(charges)
    return (count, *_since(began))


def _in_store(options: argparse.Namespace, charges: list[Charge]) -> tuple[int, float, float]:
    async def all_at_once() -> tuple[int, float, float]:
        store = EmbeddedLimitStore(options.folder)
        await store.ping()
        began, count = _wait(), 0
        end = began[0] + options.seconds

        async def repeat() -> None:
            nonlocal count
            while time.perf_counter() < end:
                count += 1
                await store.charge(charges[count * 7919 % PEOPLE])

        await asyncio.gather(*(repeat() for _ in range(options.conc)))
        spent = _since(began)
        await store.close()
        return (count, *spent)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(all_at_once())


# --- in words


def _table(found: dict[Turn, list[Sample]]) -> str:
    lines = [
        f"{'meters':>6} {'processes':>9} {'what':8}{'a second':>10}{'CPU µs':>9}{'of dict':>9}\n"
    ]
    for (meters, processes, what), samples in found.items():
        rate = _median(samples, lambda sample: sample.per_second)
        cpu = _median(samples, lambda sample: sample.cpu_micros)
        pairs = list(zip(samples, found[meters, 1, DICT], strict=True))
        share = statistics.median(one.per_second / bare.per_second for one, bare in pairs)
        times = statistics.median(one.cpu_micros / bare.cpu_micros for one, bare in pairs)
        lines.append(
            f"{meters:6} {processes:9} {what:8}{rate:10.0f}{cpu:9.1f}{share:9.2f}{times:11.1f}\n"
        )
    return "".join(lines)


def _median(samples: list[Sample], of: Callable[[Sample], float]) -> float:
    return statistics.median(of(sample) for sample in samples)


if __name__ == "__main__":
    main()
