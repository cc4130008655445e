"""One worker process: an event loop with the whole gate on it, told what to do by the supervisor.

The supervisor hands over listening sockets as inherited file descriptors, and a job description on
standard input; standard output carries one JSON event a line back. When standard input ends the
supervisor is gone, and the worker drains.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import pickle
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filter.settings import Settings

if TYPE_CHECKING:
    from filter.app import Gate


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is to do. Pickled: both ends are this program, and settings hold secrets."""

    settings: Settings
    mail: tuple[int, ...]  # inherited file descriptors of listening sockets
    text: tuple[int, ...]


class PauseNews:
    """Tells which pauses began and are over here, and which have settled; never all of them again.

    Thousands of ids at each change would be long lines, and the worker waits until they are read.
    """

    def __init__(self, tell: Callable[..., None]) -> None:
        self._tell = tell
        self._in_force: frozenset[str] = frozenset()
        self._settled: frozenset[str] = frozenset()

    def note(self, ids: frozenset[str], settled: bool) -> None:  # noqa: FBT001 - the gate's call
        """Take in what is in force, or (``settled``) what was, perhaps before the last change."""
        if settled:
            new = (ids & self._in_force) - self._settled
            self._settled |= new
            self._tell(event="settled", ids=sorted(new))
            return
        begun, over = ids - self._in_force, self._in_force - ids
        self._in_force, self._settled = ids, self._settled & ids
        self._tell(event="pauses", begun=sorted(begun), over=sorted(over))


def main() -> None:
    """Run one worker until it is told to stop."""
    job = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by our own supervisor
    if not isinstance(job, Job):
        raise TypeError("the worker was started without a job; use `sallyport run`")
    from filter import telemetry  # noqa: PLC0415 - the metrics folder is set in our environment

    telemetry.set_up_logging(job.settings.log_level, job.settings.log_format)
    telemetry.reserve(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        sys.exit(runner.run(_serve(job)))


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - optional
    except ImportError:
        return None
    loop: type[asyncio.AbstractEventLoop] = uvloop.Loop
    return loop


async def _serve(job: Job) -> int:
    from filter.app import Gate  # noqa: PLC0415 - after logging, so that nothing is said unheard

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    try:
        gate = Gate(job.settings, PauseNews(_tell).note, _tell_limits)
    except (ValueError, OSError) as exc:
        return _fail(exc)

    def reload() -> None:
        task = loop.create_task(_reload(gate))
        pending.add(task)
        task.add_done_callback(pending.discard)

    pending: set[asyncio.Task[None]] = set()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # a terminal's ^C is the supervisor's
    loop.add_signal_handler(signal.SIGHUP, reload)
    try:
        await gate.start(_sockets(job.mail), _sockets(job.text))
    except (ValueError, OSError) as exc:
        return _fail(exc)
    # What is there now stays: no collection of garbage, which stops everything, looks at it again.
    gc.collect()
    gc.freeze()
    _tell(event="ready", rules=_revision(gate))
    watch = loop.create_task(_watch_supervisor(stop))
    await stop.wait()
    watch.cancel()
    await gate.stop()
    return 0


def _fail(exc: Exception) -> int:
    """Tell that no worker can work with these settings; return the exit code."""
    _tell(event="failed", why=str(exc))
    return 1


async def _reload(gate: Gate) -> None:
    problems = await asyncio.to_thread(gate.rules.reload)
    _tell(event="rules", rules=_revision(gate), problems=len(problems))


def _tell_limits(is_away: bool, why: str) -> None:  # noqa: FBT001 - the gate's call
    _tell(event="limits", away=is_away, why=why)


def _revision(gate: Gate) -> str | None:
    rules = gate.rules.current()
    return None if rules is None else rules.revision


def _sockets(descriptors: tuple[int, ...]) -> list[socket.socket]:
    return [socket.socket(fileno=descriptor) for descriptor in descriptors]


def _tell(**event: object) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


async def _watch_supervisor(stop: asyncio.Event) -> None:
    """Stop when standard input ends: a gate without its supervisor would never be reloaded."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    await reader.read()
    stop.set()


if __name__ == "__main__":
    main()
