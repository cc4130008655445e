# ruff: noqa: T201 - a command that prints its findings
"""Fuzzes every reader for a while: no crash, no hang, and the slowest input by name.

    .venv/bin/pip install -e '.[dev,fuzz]'
    .venv/bin/python -m tests.campaign.fuzz --minutes 60 --jobs 2

Each target (fuzztargets.py) gets its share of the time in processes of its own. With atheris inputs
are chosen by coverage of ``filter``; without it (or with ``--engine own``) by what comes out. A
crash is an exception that the reader does not document, or an answer that it must not give; a hang
is ten times the bound of the target. Slow inputs are measured again without instruments. The inputs
are in the folder ``--out``. Exit code 1: something was found.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from tests.campaign.fuzzchild import HARD_FACTOR, KEPT, LEAST_BYTES
from tests.campaign.fuzztargets import TARGETS, Target

ROOT = Path(__file__).parents[2]
LEAST_SECONDS = 2.0
MOST_RESTARTS = 20
GRACE_SECONDS = 300.0  # to load and instrument everything, on a busy machine
LATE = 1000  # no exit code of a process
_COVERAGE = re.compile(rb"cov: (\d+)")


@dataclass
class Found:
    """What came out of one target, all its processes together."""

    executions: int = 0
    seconds: float = 0.0
    size: int = 0
    edges: int = 0
    outcomes: int = 0
    crashes: dict[str, str] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)  # hangs and deaths, with their inputs
    slow: dict[str, tuple[float, int]] = field(default_factory=dict)  # name: seconds, bytes

    def slowest(self) -> tuple[str, float, int]:
        """Return name, seconds and size of the slowest input."""
        name = max(self.slow, key=lambda one: self.slow[one][0], default="")
        return (name, *self.slow.get(name, (0.0, 0)))

    def dearest(self) -> tuple[str, float, int]:
        """Return name, seconds and size of the input that costs most for its size."""
        large = [name for name, (_, size) in self.slow.items() if size >= LEAST_BYTES]
        name = max(large, key=lambda one: self.slow[one][0] / self.slow[one][1], default="")
        return (name, *self.slow.get(name, (0.0, 0)))


def fuzz(name: str, seconds: float, seed: int, engine: str, out: Path) -> Found:
    """Fuzz one target; a process that dies is replaced until the time is up."""
    found = Found()
    folder = out / name.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + seconds
    for attempt in range(MOST_RESTARTS):
        left = end - time.monotonic()
        if left < LEAST_SECONDS and attempt:
            break
        code = _run(name, folder, max(left, LEAST_SECONDS), seed + attempt, engine)
        _collect(folder, found)
        if code != 0:
            _keep_current(folder, found, code)
    _measure(name, folder, found)
    return found


def _run(name: str, folder: Path, seconds: float, seed: int, engine: str) -> int:
    command = [sys.executable, "-m", "tests.campaign.fuzzchild", name, str(folder), str(seconds)]
    (folder / "stats.json").unlink(missing_ok=True)
    with (folder / "log").open("wb") as log:
        try:
            return subprocess.run(
                [*command, str(seed), engine],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=seconds + GRACE_SECONDS + TARGETS[name].seconds * HARD_FACTOR,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return LATE


def _collect(folder: Path, found: Found) -> None:
    edges = _COVERAGE.findall((folder / "log").read_bytes())
    found.edges = max(found.edges, int(edges[-1]) if edges else 0)
    if not (folder / "stats.json").exists():
        return
    stats = json.loads((folder / "stats.json").read_text(encoding="utf-8"))
    found.executions += stats["executions"]
    found.seconds += stats["seconds"]
    found.size += stats["size"]
    found.outcomes = max(found.outcomes, stats["outcomes"])
    for where, crash in stats["crashes"].items():
        found.crashes.setdefault(where, crash)
    for slow in (*stats["slowest"], *stats["dearest"]):
        found.slow[slow["name"]] = (slow["seconds"], slow["size"])


def _keep_current(folder: Path, found: Found, code: int) -> None:
    current = folder / "current"
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    how = "no end in time" if code == LATE else how
    if not current.exists():
        found.ended.append(f"{how} before the first input, see {folder / 'log'}")
        return
    content = current.read_bytes()
    data = content[4 : 4 + int.from_bytes(content[:4], "big")]
    kept = folder / f"ended-{sha256(data).hexdigest()[:12]}"
    kept.write_bytes(data)
    found.ended.append(f"{how} on {kept.name} ({len(data)} bytes)")


def _measure(name: str, folder: Path, found: Found) -> None:
    """Take the time of the slowest inputs again, in a process without instruments."""
    best = sorted(found.slow, key=lambda one: found.slow[one][0], reverse=True)[: 2 * KEPT]
    best = [one for one in best if (folder / one).exists()]
    command = [sys.executable, "-m", "tests.campaign.fuzzchild", name, "--measure"]
    try:
        ran = subprocess.run(
            [*command, *(str(folder / one) for one in best)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=GRACE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        found.ended.append("measuring the slowest inputs again took minutes")
        return
    measured: dict[str, tuple[float, int]] = {}
    for line in ran.stdout.splitlines():
        one = json.loads(line)
        measured[one["name"]] = (one["seconds"], found.slow[one["name"]][1])
    found.slow = measured or found.slow


def report(found: dict[str, Found]) -> bool:
    """Print the table and the findings; return whether there are any."""
    print("| target | inputs | edges | outcomes | CPU µs/byte | slowest | dearest for its size |")
    print("|---|---|---|---|---|---|---|")
    for name, one in found.items():
        mean = one.seconds / one.size * 1e6 if one.size else 0.0
        worst, seconds, size = one.slowest()
        dear, dear_seconds, dear_size = one.dearest()
        each = dear_seconds / dear_size * 1e6 if dear_size else 0.0
        print(
            f"| {name} | {one.executions} | {one.edges or ''} | {one.outcomes} | {mean:.2f}"
            f" | {seconds * 1e3:.0f} ms, {size} bytes, {worst[5:]}"
            f" | {each:.1f} µs/byte, {dear_size} bytes, {dear[5:]} |"
        )
    wrong = False
    for name, one in found.items():
        wrong |= _say_findings(name, TARGETS[name], one)
    return wrong


def _say_findings(name: str, target: Target, one: Found) -> bool:
    _, seconds, size = one.slowest()
    lines = [f"{where} ({crash})" for where, crash in one.crashes.items()] + one.ended
    if seconds > target.seconds:
        lines.append(f"slow: {seconds:.1f} s for {size} bytes, more than {target.seconds:g} s")
    if not one.executions:
        lines.append("nothing was run")
    for line in lines:
        print(f"{name}: {line}")
    return bool(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.fuzz")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=60.0, help="of all targets together")
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=["atheris", "own"])
    parser.add_argument("--out", type=Path, help="where inputs are kept; default: a new folder")
    chosen = parser.parse_args(arguments)
    engine = chosen.engine or ("atheris" if importlib.util.find_spec("atheris") else "own")
    out = (chosen.out or Path(tempfile.mkdtemp(prefix="sallyport-fuzz-"))).resolve()
    if unknown := set(chosen.targets) - TARGETS.keys():
        parser.error(f"no target is called {', '.join(sorted(unknown))}")
    names = chosen.targets or list(TARGETS)
    shares = sum(TARGETS[name].share for name in names)
    each = chosen.minutes * 60 * chosen.jobs / shares
    print(f"{len(names)} targets, {each:.0f} s a share, engine {engine}, seed {chosen.seed}, {out}")
    found: dict[str, Found] = {}
    lock = threading.Lock()

    def run(name: str) -> None:
        seconds = each * TARGETS[name].share
        one = fuzz(name, seconds, chosen.seed, engine, out)
        with lock:
            found[name] = one
            print(f"{name}: {one.executions} inputs", flush=True)

    with ThreadPoolExecutor(chosen.jobs) as pool:
        list(pool.map(run, names))
    return 1 if report({name: found[name] for name in names}) else 0


if __name__ == "__main__":
    sys.exit(main())
