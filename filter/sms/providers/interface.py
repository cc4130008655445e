"""What a provider adapter is: one file, one class, these seven members.

An adapter turns a provider's requests into submissions and outcomes into the provider's answers.
It sends, judges and stores nothing itself: for that it asks the desk (filter/sms/desk.py), as often
as a request needs. A request with many recipients submits once for each and composes one answer.
"""

from __future__ import annotations

from typing import Protocol

from filter.message import Transaction
from filter.outcome import Answer
from filter.sms.callers import Callers
from filter.sms.desk import Desk
from filter.sms.exchange import Asked, Onward, Problem, Reply


class Adapter(Protocol):
    """One provider's API."""

    @property
    def name(self) -> str:
        """Its name in the settings; also the path prefix it always answers under."""
        ...

    def claims(self, path: str) -> bool:
        """Return whether a path without the prefix is unmistakably this provider's."""
        ...

    def identify(self, asked: Asked, callers: Callers) -> str | None:
        """Return the caller's name, or None when it has not proved one."""
        ...

    def refuse(
        self, problem: Problem, detail: str = "", retry_seconds: float | None = None
    ) -> Reply:
        """Return a refusal in the provider's error shape, one that its SDKs do not retry."""
        ...

    async def answer(self, asked: Asked, desk: Desk) -> Reply:
        """Answer one request of an identified caller.

        Raises Unclear for what cannot be read for certain; StoreError and NextHopAway may pass
        through. Whatever else is raised becomes NOT_READY as well: nobody is told that a message
        was sent because something failed.
        """
        ...

    def resend(self, transaction: Transaction) -> Onward | None:
        """Return the request that sends a held message, with credentials from the settings.

        None when the caller sends by itself. Raises NextHopAway when the settings have no
        credentials to send with: the message stays held until they do.
        """
        ...

    def receipt(self, reply: Reply) -> Answer[Reply]:
        """Return what the provider's reply to a send means."""
        ...
