"""A process of its own that works on a store: ``python -m tests.quarantine.child JOB FOLDER …``."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import sys
from pathlib import Path
from typing import Any

from filter.message import Transaction
from filter.outcome import Answer
from filter.quarantine.item import State, StateConflict, StoreError
from filter.quarantine.release import release
from filter.quarantine.store import Store
from filter.settings import Quarantine
from tests.quarantine.messages import MONTH, decision_on, mail, passed


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def content_of(transaction_id: str) -> bytes:
    """What a message with this id must hold when it is found again."""
    return (transaction_id * 300).encode()


async def hold_forever(store: Store) -> None:
    async def holder() -> None:
        while True:
            transaction = mail()
            transaction = Transaction(
                transaction.id,
                transaction.channel,
                transaction.received_at,
                transaction.client,
                transaction.envelope,
                content_of(transaction.id),
            )
            decision = decision_on(transaction)
            await store.hold(transaction, decision, decision.at + MONTH)
            say(transaction.id)

    await asyncio.gather(*(holder() for _ in range(5)))


async def hold_many(store: Store, count: int) -> None:
    async def hold() -> str:
        transaction = mail()
        decision = decision_on(transaction)
        await store.hold(transaction, decision, decision.at + MONTH)
        store.note_outcome(transaction.id, "held")
        return transaction.id

    for transaction_id in await asyncio.gather(*(hold() for _ in range(count))):
        say(transaction_id)


async def race(store: Store) -> None:
    """Try to release every id on standard input, at the word of the parent."""
    ids = sys.stdin.readline().split()
    store.items(limit=1)
    say("ready")
    sys.stdin.readline()
    for transaction_id in ids:
        try:
            store.change(transaction_id, State.HELD, State.RELEASING, by="racer")
        except StateConflict:
            continue
        say(transaction_id)


class StuckReleaser:
    async def resend(self, transaction: Transaction) -> Answer[Any]:
        say(f"sending {transaction.id}")
        await asyncio.Event().wait()
        raise AssertionError


async def release_stuck(store: Store, transaction_id: str) -> None:
    await release(transaction_id, store, {"": StuckReleaser()}, by="anna")


async def meet_a_write_error(store: Store) -> None:
    """The kernel refuses writes past RLIMIT_FSIZE with EFBIG, which SQLite reports as EIO."""
    await store.record(passed())
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    for _ in range(2):
        try:
            await store.record(passed())
        except StoreError as exc:
            say(f"refused {exc}")
        else:
            say("accepted")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    decision = passed()
    await store.record(decision)
    say(f"recovered {decision.id}")


def lock(folder: Path) -> None:
    connection = sqlite3.connect(folder / "sallyport.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    say("locked")
    sys.stdin.readline()
    connection.execute("ROLLBACK")
    connection.close()


def main() -> None:
    job, folder, *rest = sys.argv[1:]
    if job == "lock":
        lock(Path(folder))
        return
    with Store(Path(folder), Quarantine(min_free_bytes=0)) as store:
        match job:
            case "hold-forever":
                asyncio.run(hold_forever(store))
            case "hold-many":
                asyncio.run(hold_many(store, int(rest[0])))
            case "race":
                asyncio.run(race(store))
            case "release-stuck":
                asyncio.run(release_stuck(store, rest[0]))
            case "write-error":
                asyncio.run(meet_a_write_error(store))


if __name__ == "__main__":
    main()
