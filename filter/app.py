"""The composition root of one worker: settings and rules → pipeline → listeners → orderly stop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from filter import telemetry
from filter.inspector import Inspector
from filter.limits.alarm import AlertBook, tell_of_loss
from filter.limits.board import PauseBoard
from filter.limits.floodguard import FloodGuard
from filter.limits.interface import LimitStoreAway
from filter.limits.pause import Pause
from filter.limits.references import references_for
from filter.limits.signals import Signals, clients_of
from filter.limits.stores import open_store
from filter.limits.watchful import Watchful
from filter.mail.server import MailServer
from filter.pipeline import INSPECTION_SHARE, Pipeline
from filter.quarantine.pauses import StoredPauses
from filter.quarantine.picturebook import PictureBook
from filter.quarantine.store import Store
from filter.reading.sandbox import Sandbox
from filter.rulefiles.watch import RulesHolder
from filter.settings import Settings
from filter.sms.app import create_app
from filter.sms.media import Approval, MediaGatherer
from filter.sms.reporting import Reporting
from filter.sms.server import TextServer


class Gate:
    """Everything one worker process runs.

    ``on_pauses`` is told, on the loop, the ids of the pauses that are in force here whenever they
    change, and again with True once nothing that was on its way before can still be sent.
    ``on_limits`` is told when the limit store goes away (True, and why) and when it is back.
    """

    def __init__(
        self,
        settings: Settings,
        on_pauses: Callable[[frozenset[str], bool], None] = lambda _ids, _settled: None,
        on_limits: Callable[[bool, str], None] = lambda _away, _why: None,
    ) -> None:
        self._settings = settings
        self._on_pauses = on_pauses
        self._on_limits = on_limits
        self._pauses = StoredPauses(settings.state)
        self.board = PauseBoard(self._pauses, on_change=self._tell_loop)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._settling: set[asyncio.Task[None]] = set()
        self.rules = RulesHolder(settings.rules, settings.state / "rules.json")
        # The supervisor has made it: one that is gone now is an accident, not a new beginning.
        self._store = Store(settings.state, settings.quarantine, create=False)
        counts = telemetry.LimitCounts("embedded" if settings.limits.redis is None else "redis")
        self._limits = Watchful(
            open_store(
                settings, on_loss=partial(tell_of_loss, AlertBook(self._store, counts.alerted))
            ),
            patience_seconds=settings.limits.timeout_seconds,
            on_change=self._note_limits,
            on_error=counts.store_failed,
        )
        self._guard = FloodGuard(
            self._limits, self._store, settings, self.board.pauses, observe=counts
        )
        self._sandbox = Sandbox(settings.inspection)
        self._inspector = Inspector(self._sandbox, settings.inspection)
        self._pictures = PictureBook(self._store, settings.quarantine.picture_days)
        self._pipeline = pipeline = Pipeline(
            inspect=self._inspector.inspect,
            rules=self.rules.current,
            ledger=self._store,
            guard=self._guard,
            mode=settings.mode,
            deadline_seconds=settings.inspection.deadline_seconds,
            retention=timedelta(days=settings.quarantine.retention_days),
            observe=telemetry.count,
            remember=self._pictures.note,
            keep=self._store.note_passed,
        )
        self._mail = MailServer(settings.mail, pipeline, self._store)
        signals = Signals(
            self._limits,
            references_for(settings.limits),
            self._store,
            self._store,
            clients=clients_of(settings),
            count=telemetry.count_signal,
        )
        self._reporting = Reporting(signals, settings.limits)
        self._text = TextServer(
            settings.sms,
            create_app(
                settings.sms, pipeline, self._store, self._reporting, media=self._gatherer()
            ),
        )

    async def start(self, mail: Sequence[socket.socket], text: Sequence[socket.socket]) -> None:
        """Load rules and pauses, warm up what is slow the first time, then listen."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self.board.start)
        await asyncio.to_thread(self.rules.reload)
        await asyncio.to_thread(self._sandbox.warm_up)
        with contextlib.suppress(LimitStoreAway):  # it is watched from now on; status says so
            await self._limits.ping()
        await self._mail.start(mail)
        if text:
            await self._text.start(text)

    async def stop(self) -> None:
        """Stop accepting, let open transactions end, then close what they stood on."""
        patience = self._settings.drain_seconds
        await asyncio.gather(self._mail.drain(patience), self._text.drain(patience))
        self._inspector.close()
        await asyncio.to_thread(self.board.stop)
        await asyncio.gather(*self._settling)
        await self._reporting.settle()
        await self._limits.close()
        await asyncio.to_thread(self._pauses.close)
        self._pictures.flush()
        await asyncio.to_thread(self._store.close)
        await asyncio.to_thread(self._sandbox.close)

    def _gatherer(self) -> MediaGatherer | None:
        media = self._settings.sms.media
        if not media.fetch:
            return None
        approval = Approval(
            self.rules.current,
            self._inspector.inspect,
            self._pipeline.dropped_by,
            self._settings.inspection.deadline_seconds * INSPECTION_SHARE,
        )
        return MediaGatherer(media, approval)

    def _note_limits(self, is_away: bool, reason: str) -> None:  # noqa: FBT001 - Watchful's call
        self._on_limits(is_away, reason)
        self._guard.note_store(is_away, reason)

    # --- pauses

    def _tell_loop(self, pauses: tuple[Pause, ...]) -> None:
        """Come from the board's thread to the loop; a loop that has ended needs to know nothing."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._tell_pauses, pauses)

    def _tell_pauses(self, pauses: tuple[Pause, ...]) -> None:
        ids = frozenset(pause.id for pause in pauses)
        self._on_pauses(ids, False)
        task = asyncio.ensure_future(self._tell_settled(ids))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _tell_settled(self, ids: frozenset[str]) -> None:
        await self._pipeline.settle_begun()
        self._on_pauses(ids, True)
