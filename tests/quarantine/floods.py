"""Held messages of floods."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from filter.ids import new_transaction_id
from filter.message import Transaction
from filter.quarantine.store import Store
from filter.verdict import Finding, Flood, Verdict
from tests.quarantine.messages import FLOOD, HOLD, MONTH, decision_on, text

TOO_MANY = replace(
    HOLD,
    findings=(Finding("limits", "limit.exceeded", "12 in 1 min., 10 are allowed; try in 9 s"),),
    template="sign-in",
    shadow=(),
    nearest=None,
)


def another(number: int) -> Flood:
    return replace(FLOOD, id=f"f_{number:016x}", key=f"client=shop-{number} class=otp")


def code_for(recipient: str = "+60123450001", age: timedelta = timedelta()) -> Transaction:
    """A text with a one-time code that was received so long ago; ids sort by arrival."""
    received_at = datetime.now(UTC) - age
    transaction = text(f"Your code is {recipient[-4:]}")
    return replace(
        transaction,
        id=new_transaction_id(received_at.timestamp()),
        received_at=received_at,
        envelope=replace(transaction.envelope, recipients=(recipient,)),
    )


async def hold(
    store: Store,
    transaction: Transaction | None = None,
    flood: Flood | None = FLOOD,
    verdict: Verdict = TOO_MANY,
) -> str:
    transaction = transaction or code_for()
    decision = decision_on(transaction, replace(verdict, flood=flood))
    await store.hold(transaction, decision, decision.at + MONTH)
    return transaction.id


async def hold_many(store: Store, count: int, flood: Flood | None = FLOOD) -> list[str]:
    """Hold so many messages to as many recipients, 2 ms apart; return their ids, oldest first."""
    ids: list[str] = []
    for first in range(0, count, 1000):
        numbers = range(first, min(count, first + 1000))
        sent = (
            code_for(f"+60123{n:06d}", timedelta(milliseconds=2 * (count - n))) for n in numbers
        )
        held = (hold(store, one, flood) for one in sent)
        ids += await asyncio.gather(*held)
    return sorted(ids)
