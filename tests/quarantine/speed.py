"""How many holds and decisions a second does the store keep? ``python -m tests.quarantine.speed``.

Each line is one process: ``record`` is a decision, ``passed`` one with its outcome and told mark,
``hold`` a decision and a message of 5 kB. All are synced before the caller goes on.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from filter.quarantine.store import Store
from filter.settings import Quarantine
from tests.quarantine.messages import MONTH, decision_on, mail, passed

SECONDS = 3.0
CONTENT = b"Subject: Spring sale\r\n\r\n" + b"0123456789abcdef" * 312
# processes, tasks in each
SHAPES = ((1, 1), (1, 50), (2, 50))
ROOT = Path(__file__).parent.parent.parent


async def keep(store: Store, what: str) -> None:
    if what == "hold":
        transaction = mail(CONTENT)
        decision = decision_on(transaction)
        await store.hold(transaction, decision, decision.at + MONTH)
        return
    decision = passed()
    await store.record(decision)
    if what == "passed":
        store.note_outcome(decision.id, "relayed 250 2.0.0 Ok: queued as 4XyQ")
        store.note_told(decision.id)


async def run(folder: Path, what: str, tasks: int) -> None:
    waits: list[float] = []
    with Store(folder, Quarantine(min_free_bytes=0)) as store:
        await keep(store, what)
        end = time.perf_counter() + SECONDS

        async def worker() -> None:
            while (begun := time.perf_counter()) < end:
                await keep(store, what)
                waits.append(time.perf_counter() - begun)

        cpu = time.process_time()
        await asyncio.gather(*(worker() for _ in range(tasks)))
        cpu = time.process_time() - cpu
    waits.sort()
    count = len(waits)
    print(  # noqa: T201 - a script
        f"{what:7} tasks={tasks:<3} {count / SECONDS:8.0f}/s  cpu {cpu / count * 1e6:4.0f} µs"
        f"  p50 {waits[count // 2] * 1e3:6.2f} ms  p99 {waits[count * 99 // 100] * 1e3:6.2f} ms"
        f"  max {waits[-1] * 1e3:6.1f} ms",
        flush=True,
    )


def main() -> None:
    if len(sys.argv) > 1:
        folder, what, tasks = sys.argv[1:]
        asyncio.run(run(Path(folder), what, int(tasks)))
        return
    for what in ("record", "passed", "hold"):
        for processes, width in SHAPES:
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, "-m", "tests.quarantine.speed", folder, what, str(width)]
                children = [subprocess.Popen(command, cwd=ROOT) for _ in range(processes)]
                for child in children:
                    child.wait()


if __name__ == "__main__":
    main()
