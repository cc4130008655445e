"""What can be reported over HTTP: by the application that sent a message, or by whoever got it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from filter.limits.interface import LimitStoreAway, Signal
from filter.limits.recipients import addressee_of
from filter.limits.reportlinks import last_day, links_for
from filter.limits.signals import Signals
from filter.settings import Limits
from filter.sms.exchange import Unclear
from filter.strictjson import Json

log = logging.getLogger("sallyport.sms")

MAX_REPORTS = 100  # in one request
FIELDS = ("id", "to", "template", "signal")
LINK_FIELDS = ("to", "template")
MAX_TEMPLATE_CHARACTERS = 200
# Ids of providers that wait to be written down; beyond it they are not (see later).
MOST_WAITING = 1000
_ID = re.compile("m_[0-9A-HJKMNP-TV-Z]{26}")


@dataclass(frozen=True, slots=True)
class Report:
    """One report: on a message by our id, else on the latest one to a recipient."""

    signal: Signal
    id: str = ""
    to: str = ""
    template: str = ""


class Reporting:
    """Where reports go, and who makes links for them.

    ``links`` is None when the settings name no address for them.
    """

    def __init__(self, signals: Signals, settings: Limits) -> None:
        self.signals = signals
        self.links = links_for(settings)
        self._settings = settings
        self._waiting: set[asyncio.Task[None]] = set()

    async def count(self, client: str, report: Report) -> bool:
        """Count the report of a client; False when no message of its is known. LimitStoreAway."""
        if report.id:
            return await self.signals.by_id(client, report.id, report.signal)
        recipient = self._canonical(report.to)
        return await self.signals.by_recipient(client, recipient, report.template, report.signal)

    def make_link(self, recipient: str, template: str) -> tuple[str, date] | None:
        """Return a link and its last day, None when the settings name no address for links."""
        if self.links is None:
            return None
        now = datetime.now(UTC)
        return self.links.make(self._canonical(recipient), template, now), last_day(now)

    def later(self, work: Coroutine[object, object, object], what: str) -> None:
        """Do what no caller has to wait for. When it fails a report is lost, never a message."""
        if len(self._waiting) >= MOST_WAITING:
            work.close()
            log.warning("not done: %s: %d wait already", what, MOST_WAITING)
            return
        task = asyncio.ensure_future(_attempt(work, what))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    def _canonical(self, recipient: str) -> str:
        return addressee_of(recipient, self._settings).recipient

    async def settle(self) -> None:
        """Wait until nothing is left of what ``later`` was given."""
        while self._waiting:
            await asyncio.wait(self._waiting)


async def _attempt(work: Coroutine[object, object, object], what: str) -> None:
    try:
        await work
    except LimitStoreAway as exc:
        log.warning("not done: %s: %s", what, exc)
    except Exception:
        log.exception("not done: %s", what)


def read_reports(fields: dict[str, Json]) -> Sequence[Report]:
    """Return the report, or those in the list ``signals``. Raises Unclear, naming the field."""
    if "signals" not in fields:
        return [_read_report(fields, "")]
    several = fields["signals"]
    if len(fields) > 1:
        raise Unclear('beside "signals" there is another field')
    if not isinstance(several, list) or not 0 < len(several) <= MAX_REPORTS:
        raise Unclear(f'field "signals": not a list of 1 to {MAX_REPORTS} reports')
    return [_read_report(one, f"signals/{place}: ") for place, one in enumerate(several)]


def _read_report(fields: Json, where: str) -> Report:
    if not isinstance(fields, dict):
        raise Unclear(f"{where}not an object")
    refuse_unknown(fields, FIELDS, where)
    signal = read_text(fields, "signal", where)
    if signal not in set(Signal):
        raise Unclear(f'{where}field "signal": there are: {", ".join(Signal)}')
    if ("id" in fields) == ("to" in fields):
        raise Unclear(f'{where}one of "id" and "to" says which message is meant')
    if "id" in fields:
        if "template" in fields:
            raise Unclear(f'{where}field "template": an id says it already')
        id_ = read_text(fields, "id", where)
        if not _ID.fullmatch(id_):
            raise Unclear(f'{where}field "id": not an id of ours (m_ and 26 characters)')
        return Report(Signal(signal), id=id_)
    to, template = read_recipient(fields, where)
    return Report(Signal(signal), to=to, template=template)


def read_recipient(fields: dict[str, Json], where: str = "") -> tuple[str, str]:
    """Return ``to`` and ``template`` ("" when it is not there). Raises Unclear."""
    to = read_text(fields, "to", where).strip()
    if not to:
        raise Unclear(f'{where}field "to": empty')
    template = read_text(fields, "template", where) if "template" in fields else ""
    if len(template) > MAX_TEMPLATE_CHARACTERS or not template.isprintable():
        raise Unclear(f'{where}field "template": not the id of a template')
    return to, template


def refuse_unknown(fields: dict[str, Json], known: Sequence[str], where: str = "") -> None:
    """Raise Unclear for a field that is not one of the known ones."""
    for name in fields:
        if name not in known:
            raise Unclear(f"{where}unknown field {name[:40]!a}; there are: {', '.join(known)}")


def read_text(fields: dict[str, Json], name: str, where: str = "") -> str:
    """Return a text. Raises Unclear when it is missing or something else."""
    value = fields.get(name)
    if not isinstance(value, str):
        missing = "missing" if name not in fields else "not a string"
        raise Unclear(f'{where}field "{name}": {missing}')
    return value
