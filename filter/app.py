"""The composition root of one worker: settings and rules → pipeline → listeners → orderly stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from datetime import timedelta

from filter import telemetry
from filter.guard import NoGuard
from filter.inspector import Inspector
from filter.mail.server import MailServer
from filter.pipeline import Pipeline
from filter.quarantine.store import Store
from filter.reading.sandbox import Sandbox
from filter.rulefiles.watch import RulesHolder
from filter.settings import Settings
from filter.sms.app import create_app
from filter.sms.server import TextServer


class Gate:
    """Everything one worker process runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.rules = RulesHolder(settings.rules, settings.state / "rules.json")
        # The supervisor has made it: one that is gone now is an accident, not a new beginning.
        self._store = Store(settings.state, settings.quarantine, create=False)
        self._sandbox = Sandbox(settings.inspection)
        self._inspector = Inspector(self._sandbox, settings.inspection)
        pipeline = Pipeline(
            inspect=self._inspector.inspect,
            rules=self.rules.current,
            ledger=self._store,
            guard=NoGuard(),
            mode=settings.mode,
            deadline_seconds=settings.inspection.deadline_seconds,
            retention=timedelta(days=settings.quarantine.retention_days),
            observe=telemetry.count,
        )
        self._mail = MailServer(settings.mail, pipeline, self._store)
        self._text = TextServer(settings.sms, create_app(settings.sms, pipeline, self._store))

    async def start(self, mail: Sequence[socket.socket], text: Sequence[socket.socket]) -> None:
        """Load the rules, warm up what is slow the first time, then listen."""
        await asyncio.to_thread(self.rules.reload)
        await asyncio.to_thread(self._sandbox.warm_up)
        await self._mail.start(mail)
        if text:
            await self._text.start(text)

    async def stop(self) -> None:
        """Stop accepting, let open transactions end, then close what they stood on."""
        patience = self._settings.drain_seconds
        await asyncio.gather(self._mail.drain(patience), self._text.drain(patience))
        self._inspector.close()
        await asyncio.to_thread(self._store.close)
        await asyncio.to_thread(self._sandbox.close)
