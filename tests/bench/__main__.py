"""``python -m tests.bench``: the gate beside the sink itself, bare aiosmtpd and Postfix.

Systems take turns within each round, so that what else the machine does falls on all of them;
only ratios inside one run mean anything. Everything stays on 127.0.0.1 and ends by itself.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench import systems
from tests.bench.corpus import WORKLOADS, write_corpus, write_rules
from tests.bench.systems import System, SystemMissingError

NAMES = ("direct", "aiosmtpd", "postfix", "sallyport", "limits")
DRAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One system under one load for one turn."""

    system: str
    workload: str
    connections: int
    messages: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float  # of the system's processes, a message
    refused: dict[str, int]


def main() -> None:
    """Measure and print."""
    options = _options()
    samples = []
    with tempfile.TemporaryDirectory(prefix="sallyport-bench-") as scratch:
        for sample in measure(options, Path(scratch)):
            samples.append(sample)
            if options.json:
                sys.stdout.write(json.dumps(asdict(sample)) + "\n")
                sys.stdout.flush()
    if not options.json:
        sys.stdout.write(table(samples))
    if any(sample.refused for sample in samples):
        sys.exit("some messages were not accepted: the numbers above do not compare")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one turn")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each system")
    parser.add_argument("--workloads", default="W1,W2,W3", help="; ".join(WORKLOADS.values()))
    parser.add_argument("--conc", default="1,10,50", help="connections at once")
    parser.add_argument("--systems", default=",".join(NAMES))
    parser.add_argument("--workers", type=int, default=2, help="worker processes of sallyport")
    parser.add_argument("--json", action="store_true", help="one object for each turn")
    return parser.parse_args()


def measure(options: argparse.Namespace, scratch: Path) -> Iterator[Sample]:
    """Start every system once, then let them take turns."""
    workloads = options.workloads.split(",")
    for workload in workloads:
        write_corpus(scratch / workload, workload)
    write_rules(scratch / "rules")
    write_rules(scratch / "rules-limits", with_limits=True)
    with contextlib.ExitStack() as stack:
        sink = stack.enter_context(systems.sink())
        running = list(_start(options, scratch, sink, stack))
        for _ in range(options.rounds):
            for workload in workloads:
                for connections in map(int, options.conc.split(",")):
                    for system in running:
                        yield _turn(system, sink, scratch / workload, connections, options.seconds)


def _start(
    options: argparse.Namespace, scratch: Path, sink: System, stack: contextlib.ExitStack
) -> Iterator[System]:
    for name in options.systems.split(","):
        try:
            match name:
                case "direct":
                    yield sink
                case "aiosmtpd":
                    yield stack.enter_context(systems.bare_aiosmtpd())
                case "postfix":
                    yield stack.enter_context(systems.postfix(scratch / name, sink.port))
                case "sallyport":
                    yield stack.enter_context(
                        systems.sallyport(
                            scratch / name, scratch / "rules", sink.port, options.workers
                        )
                    )
                case "limits":
                    yield stack.enter_context(
                        systems.sallyport(
                            *(scratch / name, scratch / "rules-limits"),
                            *(sink.port, options.workers, name),
                        )
                    )
                case _:
                    sys.exit(f"unknown system {name}; there are {', '.join(NAMES)}")
        except SystemMissingError as exc:
            sys.stderr.write(f"{name} is not measured: {exc}\n")


def _turn(system: System, sink: System, corpus: Path, connections: int, seconds: float) -> Sample:
    before, cpu_before = systems.arrived(sink.port), system.cpu_seconds()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench.load"),
            *(str(system.port), str(connections), str(seconds), str(corpus)),
        ],
        stdout=subprocess.PIPE,
        check=True,
        timeout=seconds + 120,
    )
    result = json.loads(done.stdout)
    times, ended = result["milliseconds"], result["ended"]
    if system.name not in ("direct", "aiosmtpd"):
        # A relay with a queue has not done the work when it says 250: wait for the last delivery.
        ended = max(ended, _wait_for_arrivals(sink.port, before + len(times)))
    cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
    return Sample(
        system=system.name,
        workload=corpus.name,
        connections=connections,
        messages=len(times),
        per_second=len(times) / (ended - result["started"]),
        p50_ms=cuts[49],
        p99_ms=cuts[98],
        cpu_ms=(system.cpu_seconds() - cpu_before) * 1000 / max(1, len(times)),
        refused=result["refused"],
    )


def _wait_for_arrivals(sink_port: int, count: int) -> float:
    """Return the time at which the sink had ``count`` messages; 0 when it had them already."""
    if systems.arrived(sink_port) >= count:
        return 0.0
    deadline = time.monotonic() + DRAIN_SECONDS
    while systems.arrived(sink_port) < count:
        if time.monotonic() > deadline:
            raise TimeoutError("the relay did not deliver everything it accepted")
        time.sleep(0.01)
    return time.monotonic()


def table(samples: list[Sample]) -> str:
    """Return medians over the rounds, and ratios to Postfix and to bare aiosmtpd."""
    lines = [
        (
            f"{'workload':9}{'conc':>5} {'system':10}{'msg/s':>9}{'p50 ms':>9}{'p99 ms':>9}"
            f"{'CPU ms':>9}{'x postfix':>11}{'x aiosmtpd':>12}{'of direct':>11}{'x gate':>9}\n"
        )
    ]
    groups: dict[tuple[str, int], dict[str, list[Sample]]] = {}
    for one in samples:
        group = groups.setdefault((one.workload, one.connections), {})
        group.setdefault(one.system, []).append(one)
    for (workload, connections), group in groups.items():
        for system, found in group.items():
            numbers = [
                statistics.median(getattr(sample, field) for sample in found)
                for field in ("per_second", "p50_ms", "p99_ms", "cpu_ms")
            ]
            ratios = [
                _ratio(found, group.get(other))
                for other in ("postfix", "aiosmtpd", "direct", "sallyport")
            ]
            lines.append(
                f"{workload:9}{connections:5} {system:10}{numbers[0]:9.0f}{numbers[1]:9.2f}"
                f"{numbers[2]:9.2f}{numbers[3]:9.2f}{ratios[0]:>11}{ratios[1]:>12}{ratios[2]:>11}"
                f"{ratios[3]:>9}\n"
            )
    for system in sorted({one.system for one in samples}):
        refused = sum(sum(one.refused.values()) for one in samples if one.system == system)
        if refused:
            said = {text for one in samples if one.system == system for text in one.refused}
            lines.append(f"{system}: {refused} not accepted: {', '.join(sorted(said))}\n")
    return "".join(lines)


def _ratio(ours: list[Sample], theirs: list[Sample] | None) -> str:
    """Return the median of the ratios inside each round."""
    if not theirs:
        return "-"
    ratios = [a.per_second / b.per_second for a, b in zip(ours, theirs, strict=True) if b.messages]
    return f"{statistics.median(ratios):.2f}" if ratios else "-"


if __name__ == "__main__":
    main()
