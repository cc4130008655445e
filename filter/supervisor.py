"""``sallyport run``: binds the ports, keeps N workers alive, reloads, drains."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import pickle
import resource
import shutil
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO

from filter import __version__, telemetry
from filter.control import ControlServer
from filter.limits.board import PauseBoard
from filter.limits.pause import Pause
from filter.limits.pausewords import PauseChronicle, pause_json, scope_words
from filter.limits.stores import make_store
from filter.operators import PauseApi
from filter.pausing import Names, matches_nothing
from filter.quarantine.item import Alert, StoreError
from filter.quarantine.pauses import StoredPauses
from filter.quarantine.release import mark_interrupted
from filter.quarantine.retention import sweep
from filter.quarantine.store import Store
from filter.rulefiles.watch import RulesHolder
from filter.settings import Settings
from filter.sockets import listen, name_of
from filter.worker import Job

log = logging.getLogger("sallyport.supervisor")

# A worker that dies at once is started again after this, doubled each time up to the second value,
# so that a fault in the configuration does not become a loop that eats a core.
RESTART_SECONDS = (0.1, 10.0)
HEALTHY_AFTER_SECONDS = 10.0
SWEEP_SECONDS = 600.0
RELOAD_SECONDS = 30.0
# What alerts name instead of a rule, where a pause has nothing to stop.
IDLE_RULE = "pause.matches_nothing"
# As in deploy/sallyport.service.
MOST_FILES = 65_536
# One line of a worker. The longest names all pauses in force, when it starts: 30 bytes each.
MAX_EVENT_BYTES = 16 * 1024 * 1024


class StartError(Exception):
    """The gate cannot start: a port is taken, the state folder cannot be written."""


@dataclass(slots=True)
class _Worker:
    number: int
    process: asyncio.subprocess.Process
    started: float
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    revision: str | None = None
    told_rules: asyncio.Event = field(default_factory=asyncio.Event)
    pauses: frozenset[str] = frozenset()  # in force there
    settled: frozenset[str] = frozenset()  # and nothing from before is on its way any more
    limits_away: str = ""  # why the limit store cannot be asked from there


class Supervisor:
    """Owns the listening sockets and the worker processes.

    The sockets live here, so a worker's death loses no waiting connection: another worker, or the
    one that replaces it, accepts it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._count = settings.workers or os.cpu_count() or 1
        self._workers: dict[int, _Worker] = {}
        self._ready = [asyncio.Event() for _ in range(self._count)]  # once ready, ever ready
        self._stopping = asyncio.Event()
        self._fault = ""
        self._holder = RulesHolder(settings.rules, settings.state / "rules.json")
        self._pauses = StoredPauses(settings.state)
        self._board = PauseBoard(
            self._pauses, on_change=PauseChronicle(self._pauses.find_record).note
        )
        self._names = Names.of(settings, None)
        self._started = datetime.now(UTC)
        self._restarts = 0
        self._reloading = asyncio.Lock()
        self._metrics = settings.state / "metrics"
        self._claim: BinaryIO | None = None
        self._mail: list[socket.socket] = []
        self._text: list[socket.socket] = []

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT, then drain. Raises StartError."""
        _allow_many_files()
        self._prepare_state()
        try:
            self._mail = [listen(address) for address in self._settings.mail.listen]
            self._text = [listen(address) for address in self._settings.sms.listen]
        except OSError as exc:
            raise StartError(str(exc)) from exc
        await asyncio.to_thread(self._holder.reload)
        await asyncio.to_thread(self._board.start)
        await asyncio.to_thread(self._note_names)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        tasks: set[asyncio.Task[None]] = set()

        def reload_soon() -> None:
            task = loop.create_task(self._reload_quietly())
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        loop.add_signal_handler(signal.SIGHUP, reload_soon)
        control = ControlServer(
            self._settings,
            status=self.status,
            reload=self.reload,
            pauses=self.having,
            metrics=self.metrics,
            routes=PauseApi(
                self._settings, self._pauses, self._holder.current, self.having
            ).routes(),
        )
        try:
            await control.start()
        except OSError as exc:
            raise StartError(f"the control socket or health port cannot be opened: {exc}") from exc
        keepers = [loop.create_task(self._keep(number)) for number in range(self._count)]
        chores = [
            loop.create_task(self._announce()),
            loop.create_task(self._watch_rules()),
            loop.create_task(self._sweep_forever()),
        ]
        try:
            await self._stopping.wait()
        finally:
            for chore in chores:
                chore.cancel()
            await asyncio.gather(*chores, return_exceptions=True)
            await self._drain(keepers)
            await control.stop()
            await asyncio.to_thread(self._board.stop)
            await asyncio.to_thread(self._pauses.close)
            for listener in (*self._mail, *self._text):
                listener.close()
            if self._claim is not None:
                self._claim.close()
        if self._fault:
            raise StartError(self._fault)

    def status(self) -> dict[str, object]:
        """Return what `sallyport status` shows."""
        rules = self._holder.current()
        workers = [
            {
                "pid": w.process.pid,
                "ready": w.ready.is_set(),
                "rules": w.revision,
                "pauses": sorted(w.pauses),
                "settled": sorted(w.settled),
                "limits_away": w.limits_away,
            }
            for w in self._workers.values()
        ]
        return {
            "version": __version__,
            "pid": os.getpid(),
            "started": self._started.isoformat(timespec="seconds"),
            "mode": str(self._settings.mode),
            "ready": self._is_ready(),
            "rules": None if rules is None else rules.revision,
            "templates": 0 if rules is None else len(rules.templates),
            "rules_valid": not any(problem.is_error for problem in self._holder.problems()),
            "rule_problems": [problem.render() for problem in self._holder.problems()],
            "workers": workers,
            "restarts": self._restarts,
            "pauses": [self._pause_status(pause) for pause in self._board.pauses()],
            "limits": self._limits_status(),
            "mail": [name_of(s) for s in self._mail],
            "sms": [name_of(s) for s in self._text],
            "state": str(self._settings.state),
        }

    def having(self, pauses: frozenset[str]) -> dict[str, object]:
        """Return which of these pauses each worker has: what is asked for until all have them."""
        return {
            "workers": [
                {
                    "ready": w.ready.is_set(),
                    "pauses": sorted(w.pauses & pauses),
                    "settled": sorted(w.settled & pauses),
                }
                for w in self._workers.values()
            ]
        }

    def _pause_status(self, pause: Pause) -> dict[str, object]:
        workers = self._workers.values()
        return {
            **pause_json(pause),
            "matches_nothing": matches_nothing(pause.scope, self._names),
            "workers": len(workers),
            "in_force": sum(pause.id in w.pauses for w in workers),
            "settled": sum(pause.id in w.settled for w in workers),
        }

    def _limits_status(self) -> dict[str, object]:
        reasons = [w.limits_away for w in self._workers.values() if w.limits_away]
        return {
            "store": "embedded" if self._settings.limits.redis is None else "redis",
            "away": len(reasons),
            "why": reasons[0] if reasons else "",
            "policy": str(self._settings.limits.away),
        }

    def metrics(self) -> bytes:
        """Return the metrics of all workers in Prometheus text format."""
        away = sum(bool(worker.limits_away) for worker in self._workers.values())
        pauses = len(self._board.pauses())
        return telemetry.exposition(self._metrics, pauses=pauses, stores_away=away)

    async def reload(self) -> dict[str, object]:
        """Read the rules again; when they are valid have every worker swap to them.

        Returns the status, with ``reloaded`` false and the problems when the old ones stay.
        """
        async with self._reloading:
            problems = await asyncio.to_thread(self._holder.reload)
            errors = [p for p in problems if p.is_error]
            if not errors:
                await self._spread()
                await asyncio.to_thread(self._note_names)
            return {**self.status(), "reloaded": not errors}

    # --- parts

    def _prepare_state(self) -> None:
        state = self._settings.state
        try:
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._claim_state()
            shutil.rmtree(self._metrics, ignore_errors=True)
            self._metrics.mkdir()
            with contextlib.closing(Store(state, self._settings.quarantine)) as store:
                lost = mark_interrupted(store)
            make_store(self._settings)
        except (OSError, StoreError) as exc:
            raise StartError(f"the state folder {state} cannot be used: {exc}") from exc
        if lost:
            log.warning("interrupted releases=%d; see `quarantine list --state unknown`", lost)

    def _claim_state(self) -> None:
        """Be the only gate on this state folder for as long as this process lives.

        A second one would take over the control socket and the metrics of the first. The lock is
        on a file of its own, as nobody but SQLite may open the database (see quarantine/database).
        """
        self._claim = (self._settings.state / "gate.lock").open("ab")
        try:
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise StartError(
                f"another gate runs on the state folder {self._settings.state}; "
                "stop it first, or name another folder as `state`"
            ) from exc

    def _is_ready(self) -> bool:
        return any(worker.ready.is_set() and worker.revision for worker in self._workers.values())

    async def _announce(self) -> None:
        await asyncio.gather(*(ready.wait() for ready in self._ready))
        log.info(
            "ready workers=%d mail=%s sms=%s rules=%s mode=%s",
            self._count,
            ",".join(name_of(s) for s in self._mail) or "-",
            ",".join(name_of(s) for s in self._text) or "-",
            self.status()["rules"],
            self._settings.mode,
        )

    async def _keep(self, number: int) -> None:
        """Keep worker ``number`` running until the stop."""
        delay = RESTART_SECONDS[0]
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                await self._live(number)
            except Exception:  # nobody watches this task: the worker would be missing for good
                log.exception("worker not started number=%d", number)
            if self._stopping.is_set():
                return
            self._restarts += 1
            if time.monotonic() - started > HEALTHY_AFTER_SECONDS:
                delay = RESTART_SECONDS[0]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)
            delay = min(delay * 2, RESTART_SECONDS[1])

    async def _live(self, number: int) -> None:
        """Start a worker and stay with it until it has died.

        One that is not understood is killed: nobody would read what it says, so it would soon wait
        for us with messages in its hands, and show pauses that it has not.
        """
        worker = await self._start(number)
        process = worker.process
        try:
            await self._listen(worker)
        except Exception:
            log.exception("worker not understood pid=%d; killed", process.pid)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.communicate()  # reads what is left: a full pipe would keep it from ending
        self._workers.pop(number, None)
        telemetry.forget_process(self._metrics, process.pid)
        if not self._stopping.is_set():
            lived = time.monotonic() - worker.started
            log.error(
                "worker died pid=%d exit=%s lived=%.1fs", process.pid, process.returncode, lived
            )

    async def _start(self, number: int) -> _Worker:
        mail = tuple(s.fileno() for s in self._mail)
        text = tuple(s.fileno() for s in self._text)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            # Not -m: run as __main__, the module would have a second, different class Job.
            "-c",
            "from filter.worker import main; main()",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=MAX_EVENT_BYTES,
            pass_fds=(*mail, *text),
            env=self._environment(),
        )
        worker = _Worker(number, process, time.monotonic())
        self._workers[number] = worker
        assert process.stdin is not None  # noqa: S101 - a pipe was asked for
        process.stdin.write(pickle.dumps(Job(self._settings, mail, text)))
        with contextlib.suppress(ConnectionError):
            await process.stdin.drain()
        return worker

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PROMETHEUS_MULTIPROC_DIR": str(self._metrics),
            # One thread of numerics a process: the workers themselves are the parallelism.
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
        }

    async def _listen(self, worker: _Worker) -> None:
        """Take in the worker's events until it closes its standard output."""
        assert worker.process.stdout is not None  # noqa: S101 - a pipe was asked for
        async for line in worker.process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                log.warning("worker pid=%d said %r", worker.process.pid, line[:200])
                continue
            self._take_in(worker, event)

    def _take_in(self, worker: _Worker, event: Mapping[str, Any]) -> None:
        match event["event"]:
            case "failed":
                self._give_up(str(event["why"]))
            case "limits":
                self._note_limits(worker, str(event["why"]) if event["away"] else "")
            case "pauses":
                begun, over = frozenset(event["begun"]), frozenset(event["over"])
                worker.pauses = (worker.pauses - over) | begun
                worker.settled &= worker.pauses
            case "settled":
                worker.settled |= worker.pauses & frozenset(event["ids"])
            case "ready" | "rules" as kind:
                worker.revision = event["rules"]
                worker.told_rules.set()
                if kind == "ready":
                    worker.ready.set()
                    self._ready[worker.number].set()
                    self._catch_up(worker)

    def _note_limits(self, worker: _Worker, why: str) -> None:
        worker.limits_away = why
        if why:
            log.error(
                "limit store away pid=%d policy=%s: %s",
                worker.process.pid,
                self._settings.limits.away,
                why,
            )
        else:
            log.warning("limit store back pid=%d", worker.process.pid)

    def _give_up(self, why: str) -> None:
        """Stop for good when no worker was ever ready: settings that cannot work stay so."""
        log.error("worker cannot start: %s", why)
        if not any(ready.is_set() for ready in self._ready):
            self._fault = why
            self._stopping.set()

    def _catch_up(self, worker: _Worker) -> None:
        """Have a worker that started while the rules changed read them again."""
        rules = self._holder.current()
        if rules is not None and worker.revision != rules.revision:
            with contextlib.suppress(ProcessLookupError):
                worker.process.send_signal(signal.SIGHUP)

    async def _reload_quietly(self) -> None:
        answer = await self.reload()
        log.info("reload reloaded=%s rules=%s", answer["reloaded"], answer["rules"])

    async def _spread(self) -> None:
        """Have every worker load the revision that was just found valid."""
        rules = self._holder.current()
        for _ in range(2):  # files may change between our reading and a worker's: once more then
            # One that is not ready yet has no ear for the signal; it catches up when it is.
            ready = [worker for worker in self._workers.values() if worker.ready.is_set()]
            late = [worker for worker in ready if rules and worker.revision != rules.revision]
            if not late:
                return
            for worker in late:
                worker.told_rules.clear()
                with contextlib.suppress(ProcessLookupError):
                    worker.process.send_signal(signal.SIGHUP)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    asyncio.gather(*(worker.told_rules.wait() for worker in late)), RELOAD_SECONDS
                )

    def _note_names(self) -> None:
        """Tell of pauses that the rules which were just loaded leave with nothing to stop."""
        before, self._names = self._names, Names.of(self._settings, self._holder.current())
        idle = [
            pause
            for pause in self._board.pauses()
            if matches_nothing(pause.scope, self._names)
            and not matches_nothing(pause.scope, before)
        ]
        if not idle:
            return
        try:
            with Store(self._settings.state, self._settings.quarantine, create=False) as store:
                for pause in idle:
                    words = scope_words(pause.scope)
                    log.warning(
                        "pause matches nothing in the rules id=%s scope=%r", pause.id, words
                    )
                    text = f"{pause.id} matches nothing in the rules any more: resume it, or pause"
                    text += " what has taken the place of what it named"
                    store.note_alert(Alert(datetime.now(UTC), IDLE_RULE, words, text))
        except StoreError as exc:
            log.error("alert not kept: %s", exc)  # noqa: TRY400 - says it all

    async def _watch_rules(self) -> None:
        async for _ in self._holder.changes(self._stopping):
            await self._reload_quietly()

    async def _sweep_forever(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._sweep)
            except StoreError as exc:
                log.error("retention failed: %s", exc)  # noqa: TRY400 - says it all
            await asyncio.sleep(SWEEP_SECONDS)

    def _sweep(self) -> None:
        # A store that has vanished is trouble to be seen, not to be papered over with an empty one.
        with Store(self._settings.state, self._settings.quarantine, create=False) as store:
            sweep(store, datetime.now(UTC), self._settings.quarantine)

    async def _drain(self, keepers: list[asyncio.Task[None]]) -> None:
        log.info("draining workers=%d", len(self._workers))
        self._stopping.set()
        for worker in list(self._workers.values()):
            with contextlib.suppress(ProcessLookupError):
                worker.process.terminate()
        # Longer than the workers' own patience: the last word is theirs.
        _, late = await asyncio.wait(keepers, timeout=self._settings.drain_seconds + 10)
        for worker in list(self._workers.values()):
            log.error("worker pid=%d did not drain; killed", worker.process.pid)
            with contextlib.suppress(ProcessLookupError):
                worker.process.kill()
        await asyncio.gather(*late, return_exceptions=True)
        log.info("stopped")


def _allow_many_files() -> None:
    """Take the connections that the settings allow: a shell's limit of 1024 files is below them.

    One listener that is flooded up to its own limit would close the others. Workers inherit it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
