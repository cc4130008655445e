"""The only place where a message passes or is held."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from filter.decisions import Decision, describe_client, mask
from filter.message import Transaction
from filter.outcome import Deferred, Held, NextHop, NextHopAway, Outcome, Refused, Relayed, Why
from filter.quarantine.interface import Ledger
from filter.quarantine.item import StoreError
from filter.ruleset import RuleSet
from filter.settings import GateMode
from filter.verdict import Disposition, Finding, Verdict, held_for

R = TypeVar("R")

log = logging.getLogger("sallyport.gate")

# Inspection must leave time for the decision, the next hop and our reply within the deadline.
INSPECTION_SHARE = 0.5
# A next hop that is given less than this would be cut off while it commits.
LEAST_DELIVERY_SECONDS = 1.0


class Pipeline:
    """Judges transactions and acts on the verdicts.

    ``inspect`` reads and judges off the event loop; ``rules`` returns the set in force, or None
    while there is none. One snapshot of the rules serves the whole transaction. ``observe`` is told
    each outcome, for metrics.
    """

    def __init__(
        self,
        *,
        inspect: Callable[[Transaction, RuleSet], Awaitable[Verdict]],
        rules: Callable[[], RuleSet | None],
        ledger: Ledger,
        mode: GateMode,
        deadline_seconds: float,
        retention: timedelta,
        observe: Callable[[Decision, Outcome[object]], None] = lambda _decision, _outcome: None,
    ) -> None:
        self._inspect = inspect
        self._rules = rules
        self._ledger = ledger
        self._mode = mode
        self._deadline_seconds = deadline_seconds
        self._retention = retention
        self._commits: set[asyncio.Future[Any]] = set()
        self._observe = observe

    async def process(self, transaction: Transaction, next_hop: NextHop[R]) -> Outcome[R]:
        """Judge the transaction, then pass it, hold it, or leave it with the client.

        Until the commit begins, cancelling this call (the client went away) drops the onward
        transaction. Once it has begun it runs to its end, so that what the next hop has accepted
        is recorded.
        """
        started = time.monotonic()
        deadline = started + self._deadline_seconds
        try:
            rules = self._rules()
            if rules is None:
                return await self._defer(transaction, next_hop, Why.RULES_NOT_LOADED)
            verdict = await self._judge(transaction, rules)
        except BaseException:
            await next_hop.abandon()
            raise
        decision = self._decide(transaction, verdict, started)
        commit = asyncio.ensure_future(self._commit(transaction, decision, next_hop, deadline))
        self._commits.add(commit)  # the loop alone would hold it weakly once the client is gone
        commit.add_done_callback(self._commits.discard)
        return await asyncio.shield(commit)

    async def settle(self) -> None:
        """Wait until every commit that has begun is at its end."""
        while self._commits:
            await asyncio.wait(self._commits)

    async def _judge(self, transaction: Transaction, rules: RuleSet) -> Verdict:
        patience = self._deadline_seconds * INSPECTION_SHARE
        try:
            async with asyncio.timeout(patience):
                return await self._inspect(transaction, rules)
        except TimeoutError:
            finding = Finding(
                "inspection", "check.deadline", f"inspection took longer than {patience:.0f} s"
            )
        except Exception:
            log.exception("inspection failed id=%s", transaction.id)
            finding = Finding("inspection", "check.error", "inspection failed")
        return held_for(finding, revision=rules.revision)

    def _decide(self, transaction: Transaction, verdict: Verdict, started: float) -> Decision:
        shadow = self._mode is GateMode.SHADOW
        envelope = transaction.envelope
        return Decision(
            id=transaction.id,
            at=datetime.now(UTC),
            channel=transaction.channel,
            client=describe_client(transaction),
            sender=envelope.sender,
            recipients=tuple(mask(recipient) for recipient in envelope.recipients),
            verdict=verdict,
            disposition=Disposition.PASS if shadow else verdict.disposition,
            size_bytes=len(transaction.content),
            envelope_digest=digest_of(transaction),
            milliseconds=round((time.monotonic() - started) * 1000, 2),
        )

    async def _commit(
        self,
        transaction: Transaction,
        decision: Decision,
        next_hop: NextHop[R],
        deadline: float,
    ) -> Outcome[R]:
        try:
            if deadline - time.monotonic() < LEAST_DELIVERY_SECONDS:
                return await self._defer(transaction, next_hop, Why.DEADLINE)
            if decision.disposition is Disposition.PASS:
                outcome = await self._pass(transaction, decision, next_hop, deadline)
            else:
                outcome = await self._hold(transaction, decision, next_hop)
        except Exception:
            # Unknown trouble is temporary: custody stays with the client (451, never 250 or 5xx).
            log.exception("commit failed id=%s", transaction.id)
            outcome = await self._defer(transaction, next_hop, Why.FAULT)
        _log(decision, outcome)
        try:
            self._observe(decision, outcome)
        except Exception:
            # It is done already: whoever counts must not change what the client is told.
            log.exception("not counted id=%s", transaction.id)
        return outcome

    async def _pass(
        self,
        transaction: Transaction,
        decision: Decision,
        next_hop: NextHop[R],
        deadline: float,
    ) -> Outcome[R]:
        try:
            await self._ledger.record(decision)
        except StoreError as exc:
            log.error("cannot record id=%s: %s", transaction.id, exc)  # noqa: TRY400 - says it all
            return await self._defer(transaction, next_hop, Why.STORE_AWAY)
        patience = deadline - time.monotonic()
        if patience < LEAST_DELIVERY_SECONDS:
            self._ledger.note_outcome(transaction.id, f"deferred {Why.DEADLINE}")
            return await self._defer(transaction, next_hop, Why.DEADLINE)
        try:
            answer = await next_hop.deliver(transaction, patience)
        except NextHopAway as exc:
            self._ledger.note_outcome(transaction.id, f"deferred {Why.NEXT_HOP_AWAY}: {exc}")
            log.warning("next hop away id=%s: %s", transaction.id, exc)
            return Deferred(transaction.id, Why.NEXT_HOP_AWAY)
        word = "relayed" if answer.accepted else "refused"
        self._ledger.note_outcome(transaction.id, f"{word} {answer.summary}")
        if answer.accepted:
            return Relayed(transaction.id, answer)
        return Refused(transaction.id, answer)

    async def _hold(
        self, transaction: Transaction, decision: Decision, next_hop: NextHop[R]
    ) -> Outcome[R]:
        await next_hop.abandon()
        try:
            await self._ledger.hold(transaction, decision, decision.at + self._retention)
        except StoreError as exc:
            log.error("cannot hold id=%s: %s", transaction.id, exc)  # noqa: TRY400 - says it all
            return Deferred(transaction.id, Why.STORE_AWAY)
        return Held(transaction.id)

    async def _defer(self, transaction: Transaction, next_hop: NextHop[R], why: Why) -> Outcome[R]:
        await next_hop.abandon()
        return Deferred(transaction.id, why)


def digest_of(transaction: Transaction) -> str:
    """Return a digest that is equal for a repeat of the same message to the same recipients.

    The relay in front adds a Received line that differs each time (mail-path 3.3), so the digest
    covers what stands below the first header field when that is Received.
    """
    content = transaction.content
    end = 0
    if content[:9].lower() == b"received:":
        while True:
            end = content.find(b"\n", end) + 1
            if end == 0 or content[end : end + 1] not in (b" ", b"\t"):
                break
    digest = hashlib.sha256()
    for part in (transaction.envelope.sender, *transaction.envelope.recipients):
        digest.update(part.encode(errors="surrogateescape") + b"\0")
    digest.update(memoryview(content)[end:])
    return digest.hexdigest()


def _log(decision: Decision, outcome: Outcome[R]) -> None:
    """One line per message, key=value, same order each time; recipients are counted, not named."""
    verdict = decision.verdict
    match outcome:
        case Relayed(answer=answer):
            said = f"relayed reply={answer.summary!r}"
        case Refused(answer=answer):
            said = f"refused reply={answer.summary!r}"
        case Held():
            said = "held"
        case Deferred(why=why):
            said = f"deferred why={why.value!r}"
    log.info(
        "judged id=%s channel=%s disposition=%s rules=%s template=%s findings=%s shadow=%s "
        "client=%s nrcpt=%d size=%d ms=%.1f outcome=%s",
        decision.id,
        decision.channel,
        decision.disposition,
        verdict.revision,
        verdict.template or "-",
        ",".join(f.code for f in verdict.findings) or "-",
        ",".join(f.code for f in verdict.shadow) or "-",
        decision.client,
        len(decision.recipients),
        decision.size_bytes,
        decision.milliseconds,
        said,
    )
