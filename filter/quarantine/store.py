"""The store on disk: holds and decisions in group commits, and the shelf that people work at.

Opened when first needed, in the process that needs it; make one a process, after any fork.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from filter.decisions import Decision
from filter.message import Transaction
from filter.quarantine import cases, expiry, passed, recent, trials
from filter.quarantine.database import Database
from filter.quarantine.interface import (
    AlertQuery,
    CaseQuery,
    DecisionQuery,
    ItemQuery,
    Overview,
    Swept,
)
from filter.quarantine.item import (
    MAY_BECOME,
    Alert,
    Case,
    CaseItem,
    Change,
    HeldItem,
    NoSuchItem,
    Record,
    State,
    StateConflict,
    StoreError,
)
from filter.quarantine.lease import is_gone, own_token
from filter.quarantine.passed import MAX_MESSAGE_BYTES, is_sampled
from filter.quarantine.picturebook import Passed
from filter.quarantine.queries import select_decisions, select_items
from filter.quarantine.recent import RecentPicture
from filter.quarantine.rows import (
    Row,
    Values,
    change_row,
    clean,
    content_ids,
    content_rows,
    decision_row,
    flood_row,
    from_micros,
    held_row,
    outcome_row,
    passed_row,
    read_change,
    read_item,
    read_record,
    stored_bytes,
    to_micros,
    trial_rows,
)
from filter.quarantine.tables import (
    AFTERWARDS,
    ALERTS,
    CHANGES,
    CONTENTS,
    DECISIONS,
    FLOOD_ITEMS,
    HELD,
    PASSED,
    TRIALS,
)
from filter.quarantine.trials import TrialCount
from filter.quarantine.writer import Write, Writer
from filter.settings import Quarantine

log = logging.getLogger("sallyport.quarantine")

# Well within the deadline of a message; past it a disk hangs, and the client keeps the message.
PATIENCE_SECONDS = 20.0
CLOSE_SECONDS = 10.0
FREE_SPACE_SECONDS = 1.0  # how long an answer of statvfs is believed
PASSED_SECONDS = 60.0  # how long a sum of what is kept is believed
MAX_NOTE = 2000  # characters of an outcome: an SMTP reply line is at most 512 octets
PAGE = 500  # decisions that are read at once
MAX_IDS = 500  # in one IN (…)
MAX_DISCARDED = 200  # in one transaction: holds wait for it


class Store:
    """Keeps held messages and decisions in one SQLite file of the state folder.

    Implements Ledger and Shelf (filter/quarantine/interface.py). With ``create`` false a store
    that is not there is a StoreError instead of a new one: for commands that only look.
    """

    def __init__(
        self,
        folder: Path,
        settings: Quarantine,
        *,
        create: bool = True,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._settings = settings
        self._database = Database(folder, create=create)
        self._writer = Writer(self._database)
        self._folder = folder
        self._patience_seconds = patience_seconds
        self._free_bytes = 0
        self._free_until = 0.0
        self._passed_total = 0
        self._passed_until = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what is waiting, then let go of the file."""
        self._writer.close(CLOSE_SECONDS)
        self._database.close()

    def probe(self) -> None:
        """Return when the store could take a message just now. Raises StoreError."""
        with self._database.writing("write"):
            pass
        self._check_space("write", 0)

    # --- Ledger: every transaction passes here

    async def hold(
        self, transaction: Transaction, decision: Decision, expires_at: datetime
    ) -> None:
        """Keep the message and its decision; on return both are synced. Raises StoreError."""
        purpose = f"hold {transaction.id}"
        decided = decision_row(decision)
        rows: list[tuple[Table, Values]] = [
            (DECISIONS, decided),
            *((TRIALS, row) for row in trial_rows(decision)),
            (HELD, held_row(transaction, decision, expires_at, decided)),
            *((CONTENTS, row) for row in content_rows(transaction)),
            (CHANGES, change_row(transaction.id, Change(decision.at, "", None, State.HELD))),
        ]
        flood = decision.verdict.flood
        if flood is not None:
            rows.append((FLOOD_ITEMS, flood_row(transaction, decision, flood)))
        await self._write(Write(rows, purpose, stored_bytes(transaction)))

    async def record(self, decision: Decision) -> None:
        """Keep the decision; on return it is synced. Raises StoreError."""
        rows: list[tuple[Table, Values]] = [(DECISIONS, decision_row(decision))]
        rows += [(TRIALS, row) for row in trial_rows(decision)]
        await self._write(Write(rows, f"record {decision.id}"))

    def note_outcome(self, transaction_id: str, outcome: str) -> None:
        """Add what became of a decision, soon; never raises."""
        self._note(transaction_id, "outcome", outcome)

    def note_told(self, transaction_id: str) -> None:
        """Add that the client has read our answer, soon; never raises."""
        self._note(transaction_id, "told", "")

    def note_alert(self, alert: Alert) -> None:
        """Keep an alert, soon; never raises."""
        row = {
            "at": to_micros(alert.at),
            "rule": clean(alert.rule),
            "key": clean(alert.key),
            "text": clean(alert.text[:MAX_NOTE]),
            "flood": alert.flood,
        }
        self._writer.note(Write(((ALERTS, row),), f"note an alert of {alert.rule}"))

    def note_pictures(self, pictures: Iterable[Passed]) -> None:
        """Keep what passed pictures look like and how often they did, soon; never raises."""
        rows = tuple(row for one in pictures for row in recent.rows_of(one))
        if rows:
            self._writer.note(Write(rows, "note pictures that passed"))

    def note_passed(self, transaction: Transaction, at: datetime) -> None:
        """Keep a message that passed, if it is one of the sample; soon, never raises.

        A disk that is nearly full, a queue that is, or as much as the settings allow, keep none.
        """
        settings, size = self._settings, stored_bytes(transaction)
        if (
            not settings.passed_days
            or size > MAX_MESSAGE_BYTES
            or not is_sampled(transaction.id, settings.passed_percent)
        ):
            return
        try:
            self._check_space("keep what passed", size)
            if self._passed_bytes(size) > settings.passed_bytes:
                return
        except StoreError as exc:
            log.warning("not kept for replay id=%s: %s", transaction.id, exc)
            return
        rows: list[tuple[Table, Values]] = [(PASSED, passed_row(transaction, at))]
        rows += [(CONTENTS, row) for row in content_rows(transaction)]
        self._writer.note(Write(rows, "keep what passed", size))

    def _passed_bytes(self, size: int) -> int:
        """Return how much is kept with ``size`` more, as far as this process knows."""
        now = time.monotonic()
        if now >= self._passed_until:
            self._passed_until = now + PASSED_SECONDS
            # Not here: the event loop does not wait for a disk.
            with contextlib.suppress(RuntimeError):  # too many threads: the old sum is believed
                threading.Thread(target=self._measure_passed, daemon=True).start()
        self._passed_total += size
        return self._passed_total

    def _measure_passed(self) -> None:
        with (
            contextlib.suppress(StoreError),  # whoever writes next says what is wrong
            self._database.reading("count what is kept") as connection,
        ):
            self._passed_total = passed.total_bytes(connection)

    def _note(self, transaction_id: str, kind: str, text: str) -> None:
        row = {
            "id": transaction_id,
            "at": to_micros(datetime.now(UTC)),
            "kind": kind,
            "text": clean(text[:MAX_NOTE]),
        }
        self._writer.note(Write(((AFTERWARDS, row),), f"note {transaction_id}"))

    async def _write(self, write: Write) -> None:
        self._check_space(write.purpose, write.weight_bytes)
        await self._writer.write(write, self._patience_seconds)

    def _check_space(self, purpose: str, needed_bytes: int) -> None:
        now = time.monotonic()
        if now >= self._free_until:
            try:
                status = os.statvfs(self._folder)
            except FileNotFoundError:
                return  # opening the store creates it, or says why not
            except OSError as exc:
                raise StoreError(f"cannot {purpose} in {self._folder}: {exc.strerror}") from exc
            self._free_bytes = status.f_bavail * status.f_frsize
            self._free_until = now + FREE_SPACE_SECONDS
        least = self._settings.min_free_bytes
        if self._free_bytes - needed_bytes < least:
            raise StoreError(
                f"cannot {purpose} in {self._folder}: {self._free_bytes} bytes are free and"
                f" quarantine.min_free_bytes is {least}"
            )

    # --- Shelf: people, releases, retention

    def items(
        self, *, state: State | None = None, limit: int = 100, before: str | None = None
    ) -> Sequence[HeldItem]:
        """Return held items, newest first, without their content."""
        return self.find_items(ItemQuery(state=state, limit=limit, before=before))

    def find_items(self, query: ItemQuery) -> Sequence[HeldItem]:
        """Return the items that a query asks for, newest first, without their content."""
        with self._database.reading("list held messages") as connection:
            return tuple(
                read_item(row._asdict()) for row in connection.execute(select_items(query))
            )

    def get_item(self, transaction_id: str) -> HeldItem:
        """Return one item with its content. Raises NoSuchItem."""
        with self._database.reading(f"read {transaction_id}") as connection:
            item = select(HELD).where(HELD.c.id == transaction_id)
            found = connection.execute(item).one_or_none()
            if found is None:
                raise NoSuchItem(f"there is no held message {transaction_id}")
            ids = content_ids(transaction_id)
            kept = connection.execute(select(CONTENTS).where(CONTENTS.c.id.in_(ids)))
            contents = {row.id: row.content for row in kept}
            if transaction_id not in contents and not found.content_deleted:
                raise StoreError(f"the content of {transaction_id} is missing from the store")
            return read_item(found._asdict(), contents)

    def history(self, transaction_id: str) -> Sequence[Change]:
        """Return every change of an item, oldest first."""
        statement = select(CHANGES).where(CHANGES.c.id == transaction_id).order_by(CHANGES.c.number)
        with self._database.reading(f"read {transaction_id}") as connection:
            return tuple(read_change(row._asdict()) for row in connection.execute(statement))

    def change(
        self,
        transaction_id: str,
        start: State,
        end: State,
        *,
        by: str,
        note: str = "",
        answer: str = "",
    ) -> None:
        """Move an item from one state to another. Raises StateConflict, NoSuchItem."""
        if end not in MAY_BECOME[start]:
            raise StateConflict(f"a message that is {start} cannot become {end}")
        mine = own_token()
        statement = update(HELD).where(HELD.c.id == transaction_id, HELD.c.state == start.value)
        if start is State.RELEASING:
            statement = statement.where(HELD.c.releaser == mine)
        with self._database.writing(f"change {transaction_id}") as connection:
            now = datetime.now(UTC)
            values = _changed(now, end, by, note) | {"releaser": ""}
            if answer:
                values["answer"] = clean(answer)
            if end is State.RELEASING:
                values["releaser"] = mine
            if connection.execute(statement.values(values)).rowcount != 1:
                raise _conflict(connection, transaction_id, start)
            step = Change(now, by, start, end, note)
            connection.execute(insert(CHANGES), [change_row(transaction_id, step)])
            connection.execute(insert(AFTERWARDS), [outcome_row(transaction_id, step, answer)])
            if end is State.EXPIRED:
                _delete_content(connection, transaction_id)

    def mark_interrupted(self) -> int:
        """Move items whose releasing process is gone to unknown; return how many there were."""
        why = "the releasing process ended before it could say what became of it"
        with self._database.writing("mark interrupted releases") as connection:
            now = datetime.now(UTC)
            releasing = connection.execute(
                select(HELD.c.id, HELD.c.releaser, HELD.c.changed_at).where(
                    HELD.c.state == State.RELEASING.value
                )
            ).all()
            gone = [r.id for r in releasing if is_gone(r.releaser, from_micros(r.changed_at), now)]
            for transaction_id in gone:
                values = _changed(now, State.UNKNOWN, "", why) | {"releaser": ""}
                connection.execute(update(HELD).where(HELD.c.id == transaction_id).values(values))
                step = Change(now, "", State.RELEASING, State.UNKNOWN, why)
                connection.execute(insert(CHANGES), [change_row(transaction_id, step)])
                connection.execute(insert(AFTERWARDS), [outcome_row(transaction_id, step)])
        return len(gone)

    def find_decisions(self, query: DecisionQuery) -> Sequence[Record]:
        """Return the decisions that a query asks for, newest first, with what was added later."""
        with self._database.reading("list decisions") as connection:
            rows = [row._asdict() for row in connection.execute(select_decisions(query))]
            later = _afterwards(connection, [row["id"] for row in rows])
            return tuple(read_record(row, later.get(row["id"], ())) for row in rows)

    def stream_decisions(
        self, since: datetime | None, limit: int
    ) -> Iterator[tuple[Record, Transaction | None]]:
        """Yield decisions, newest first, each with its message where the bytes are kept.

        Without what was added later; in short reads, so that it disturbs no gate however long it
        takes, and with few messages in memory at a time.
        """
        before: str | None = None
        while limit > 0:
            query = DecisionQuery(since=since, before=before, limit=min(limit, PAGE))
            with self._database.reading("read decisions") as connection:
                rows = [row._asdict() for row in connection.execute(select_decisions(query))]
                kept = passed.which_are_kept(connection, [row["id"] for row in rows])
            for some in passed.in_portions([read_record(row) for row in rows], kept):
                with self._database.reading("read what is kept") as connection:
                    ids = [one.decision.id for one in some if one.decision.id in kept]
                    messages = passed.find_contents(connection, ids)
                yield from ((record, messages.get(record.decision.id)) for record in some)
            if len(rows) < query.limit:
                return
            before, limit = rows[-1]["id"], limit - len(rows)

    def find_content(self, transaction_id: str) -> Transaction | None:
        """Return a message with its bytes, held or passed; None when they are not kept."""
        with self._database.reading(f"read {transaction_id}") as connection:
            return passed.find_contents(connection, [transaction_id]).get(transaction_id)

    def count_decisions(self, since: datetime | None) -> int:
        """Return how many decisions there are since a moment."""
        statement = select(func.count()).select_from(DECISIONS)
        if since is not None:
            statement = statement.where(DECISIONS.c.at >= to_micros(since))
        with self._database.reading("count decisions") as connection:
            return int(connection.scalar(statement) or 0)

    def find_trials(self, since: datetime | None, rule: str = "") -> Sequence[TrialCount]:
        """Return what rules in shadow would have done, counted, most messages first."""
        with self._database.reading("count what is on trial") as connection:
            return trials.find_trials(connection, since, rule)

    def get_decision(self, transaction_id: str) -> Record:
        """Return one decision. Raises NoSuchItem."""
        statement = select(DECISIONS).where(DECISIONS.c.id == transaction_id)
        with self._database.reading(f"read {transaction_id}") as connection:
            row = connection.execute(statement).one_or_none()
            if row is None:
                raise NoSuchItem(f"there is no decision {transaction_id}")
            later = _afterwards(connection, [transaction_id])
            return read_record(row._asdict(), later.get(transaction_id, ()))

    # --- CaseShelf: floods and alerts

    def cases(self, query: CaseQuery) -> Sequence[Case]:
        """Return cases: open ones first, of these the one with the latest message first."""
        with self._database.reading("list cases") as connection:
            return cases.find_cases(connection, query)

    def get_case(self, case_id: str) -> Case:
        """Return one case. Raises NoSuchItem."""
        with self._database.reading(f"read {case_id}") as connection:
            return cases.get_case(connection, case_id)

    def case_items(
        self, case_id: str, *, state: State | None = None, after: str = "", limit: int = 1000
    ) -> Sequence[CaseItem]:
        """Return items of a case with ids above ``after``, oldest first."""
        with self._database.reading(f"list the messages of {case_id}") as connection:
            return cases.case_items(connection, case_id, state, after, limit)

    def discard_items(self, ids: Sequence[str], *, by: str, note: str) -> Mapping[str, str]:
        """Discard held items in bounded transactions; return why not, for those that were not."""
        refused: dict[str, str] = {}
        for first in range(0, len(ids), MAX_DISCARDED):
            some = ids[first : first + MAX_DISCARDED]
            with self._database.writing("discard held messages") as connection:
                now = datetime.now(UTC)
                refused |= cases.discard(connection, some, now, by, note)
        return refused

    def alerts(self, query: AlertQuery) -> Sequence[Alert]:
        """Return alerts, newest first."""
        with self._database.reading("list alerts") as connection:
            return cases.find_alerts(connection, query)

    def recent_pictures(self, now: datetime, days: int | None = None) -> Sequence[RecentPicture]:
        """Return the pictures that passed in the last days, the latest first.

        Default: all that are kept. Raises StoreError.
        """
        oldest = recent.first_day(now, self._settings.picture_days if days is None else days)
        with self._database.reading("list pictures that passed") as connection:
            return recent.find_recent(connection, oldest)

    def overview(self, now: datetime) -> Overview:
        """Return what waits for people; cheap enough for every status."""
        with self._database.reading("count what waits") as connection:
            held, passing = trials.count_would_be(connection, now - timedelta(days=1))
            waiting = cases.overview(connection, now)
            return replace(waiting, would_be_held_last_day=held, would_pass_last_day=passing)

    def count_expiring(self, until: datetime) -> int:
        """Return how many held items have an expiry date before this moment."""
        with self._database.reading("count held messages") as connection:
            return expiry.count_expiring(connection, until)

    def sweep(self, now: datetime, oldest: datetime) -> Swept:
        """Do one bounded step of what is due at ``now``; decisions go when before ``oldest``."""
        with self._database.writing("expire held messages") as connection:
            expired = expiry.expire_items(connection, now)
        with self._database.writing("delete settled messages") as connection:
            contents = expiry.delete_contents(connection, now)
        with self._database.writing("delete old decisions") as connection:
            expiry.draw_line(connection, oldest)
            items = expiry.delete_items(connection, oldest)
            decisions = expiry.delete_decisions(connection, oldest)
            alerts = expiry.delete_alerts(connection, oldest)
            pauses = expiry.delete_pauses(connection, oldest)
        with self._database.writing("delete old pictures") as connection:
            line = recent.first_day(now, self._settings.picture_days)
            pictures = recent.delete_old(connection, line, expiry.MAX_ROWS)
        with self._database.writing("delete what passed") as connection:
            kept = now - timedelta(days=self._settings.passed_days)
            most = self._settings.passed_bytes
            gone = passed.delete_old(connection, kept, most)
        is_done = not (
            expired or contents or items or decisions or alerts or pauses or pictures or gone
        )
        if not is_done:
            self._database.give_back_space()
        return Swept(expired, contents, items, decisions, alerts, pauses, is_done, pictures, gone)


def _changed(now: datetime, end: State, by: str, note: str) -> dict[str, object]:
    return {
        "state": end.value,
        "changed_at": to_micros(now),
        "changed_by": clean(by),
        "note": clean(note),
    }


def _conflict(connection: Connection, transaction_id: str, start: State) -> StoreError:
    found = connection.execute(
        select(HELD.c.state, HELD.c.changed_by).where(HELD.c.id == transaction_id)
    ).one_or_none()
    if found is None:
        return NoSuchItem(f"there is no held message {transaction_id}")
    by = f" (by {found.changed_by})" if found.changed_by else ""
    if found.state == start.value:
        return StateConflict(f"{transaction_id} is being released by another process{by}")
    return StateConflict(f"{transaction_id} is {found.state}{by}, not {start}")


def _delete_content(connection: Connection, transaction_id: str) -> None:
    connection.execute(delete(CONTENTS).where(CONTENTS.c.id.in_(content_ids(transaction_id))))
    connection.execute(update(HELD).where(HELD.c.id == transaction_id).values(content_deleted=1))


def _afterwards(connection: Connection, ids: Sequence[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for first in range(0, len(ids), MAX_IDS):
        some = ids[first : first + MAX_IDS]
        statement = (
            select(AFTERWARDS).where(AFTERWARDS.c.id.in_(some)).order_by(AFTERWARDS.c.number)
        )
        for row in connection.execute(statement):
            found.setdefault(row.id, []).append(row._asdict())
    return found
