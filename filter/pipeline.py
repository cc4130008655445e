"""The only place where a message passes or is held."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from filter.decisions import Decision, describe_client, digest_of, mask
from filter.guard import Guard, Repeat, Stop
from filter.message import Transaction
from filter.outcome import Deferred, Held, NextHop, NextHopAway, Outcome, Refused, Relayed, Why
from filter.quarantine.interface import Ledger
from filter.quarantine.item import StoreError
from filter.ruleset import RuleSet
from filter.ruling import Ruling, limited, repeated, spared, stopped
from filter.settings import GateMode
from filter.verdict import Disposition, Effect, Finding, Trial, TrialKind, Verdict, held_for

R = TypeVar("R")

log = logging.getLogger("sallyport.gate")

# Inspection must leave time for the decision, the next hop and our reply within the deadline.
INSPECTION_SHARE = 0.5
# A next hop that is given less than this would be cut off while it commits.
LEAST_DELIVERY_SECONDS = 1.0


class Pipeline:
    """Judges transactions and acts on the verdicts.

    ``inspect`` reads and judges off the event loop; ``rules`` returns the set in force, or None
    while there is none. One snapshot of the rules serves the whole transaction. ``guard`` knows
    pauses, limits and repeats. ``observe`` is told each outcome, for metrics; ``remember`` and
    ``keep`` what was relayed.
    """

    def __init__(
        self,
        *,
        inspect: Callable[[Transaction, RuleSet], Awaitable[Verdict]],
        rules: Callable[[], RuleSet | None],
        ledger: Ledger,
        guard: Guard,
        mode: GateMode,
        deadline_seconds: float,
        retention: timedelta,
        observe: Callable[[Decision, Outcome[object]], None] = lambda _decision, _outcome: None,
        remember: Callable[[Verdict], None] = lambda _verdict: None,
        keep: Callable[[Transaction, datetime], None] = lambda _transaction, _at: None,
    ) -> None:
        self._inspect = inspect
        self._rules = rules
        self._ledger = ledger
        self._guard = guard
        self._mode = mode
        self._deadline_seconds = deadline_seconds
        self._retention = retention
        self._commits: set[asyncio.Future[Any]] = set()
        self._observe = observe
        self._remember = remember
        self._keep = keep

    def dropped_by(self, transaction: Transaction) -> Stop | None:
        """Return the pause that would drop such a transaction, as far as is known before content.

        For ways in that can say so early. Does not wait.
        """
        stop = self._guard.stop_for(transaction)
        return stop if stop is not None and stop.drops else None

    async def process(self, transaction: Transaction, next_hop: NextHop[R]) -> Outcome[R]:
        """Judge the transaction, then pass it, hold it, or leave it with the client.

        Until the commit begins, cancelling this call (the client went away) drops the onward
        transaction. Once it has begun it runs to its end, so that what the next hop has accepted
        is recorded.
        """
        started = time.monotonic()
        try:
            rules = self._rules()
            if rules is None:
                return await self._defer(transaction, next_hop, Why.RULES_NOT_LOADED)
            stop = self._guard.stop_for(transaction)
            if stop is not None and stop.drops:
                return await self._drop(transaction, next_hop, stop, rules, started)
            verdict = await self._judge(transaction, rules)
        except BaseException:
            await next_hop.abandon()
            raise
        commit = asyncio.ensure_future(self._commit(transaction, verdict, rules, next_hop, started))
        self._commits.add(commit)  # the loop alone would hold it weakly once the client is gone
        commit.add_done_callback(self._commits.discard)
        return await asyncio.shield(commit)

    async def settle(self) -> None:
        """Wait until every commit that has begun is at its end."""
        while self._commits:
            await asyncio.wait(self._commits)

    async def settle_begun(self) -> None:
        """Wait until the commits that have begun by now are at their end.

        What was paused before this call reaches the next hop no more once it has returned.
        """
        if begun := set(self._commits):
            await asyncio.wait(begun)

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

    # --- what pauses, repeats and limits say

    async def _rule(
        self, transaction: Transaction, verdict: Verdict, rules: RuleSet, next_hop: NextHop[R]
    ) -> Ruling:
        """Return what is to be done with a message whose content has been judged."""
        stop = self._guard.stop_for(transaction, (verdict, rules))
        if stop is not None:
            return stopped(transaction, verdict, stop)
        ruling = await self._rule_unpaused(transaction, verdict, rules, next_hop)
        return spared(ruling) if self._is_shadow else ruling

    async def _rule_unpaused(
        self, transaction: Transaction, verdict: Verdict, rules: RuleSet, next_hop: NextHop[R]
    ) -> Ruling:
        if verdict.disposition is not Disposition.PASS:
            return Ruling(verdict, verdict.disposition)
        # Where the client sends by itself, no answer could keep it from sending twice.
        repeat = Repeat()
        if next_hop.sends:
            repeat = await self._guard.claim(transaction, verdict, rules)
        if repeat.first and self._is_shadow:
            log.info("would repeat id=%s of=%s", transaction.id, repeat.first)
            again = Trial(TrialKind.GATE, "gate", Effect.REPEAT, "repeat")
            repeat = Repeat(trials=(again,))
        if repeat.first:
            return repeated(transaction, verdict, repeat)
        admission = await self._guard.admit(transaction, verdict, rules)
        return limited(transaction, verdict, admission, repeat)

    @property
    def _is_shadow(self) -> bool:
        return self._mode is GateMode.SHADOW

    def _decide(self, transaction: Transaction, ruling: Ruling, started: float) -> Decision:
        envelope = transaction.envelope
        return Decision(
            id=transaction.id,
            at=datetime.now(UTC),
            channel=transaction.channel,
            client=describe_client(transaction),
            sender=envelope.sender,
            recipients=tuple(mask(recipient) for recipient in envelope.recipients),
            verdict=ruling.verdict,
            disposition=ruling.disposition,
            size_bytes=len(transaction.content),
            envelope_digest=digest_of(transaction),
            milliseconds=round((time.monotonic() - started) * 1000, 2),
        )

    # --- what is done

    async def _commit(
        self,
        transaction: Transaction,
        verdict: Verdict,
        rules: RuleSet,
        next_hop: NextHop[R],
        started: float,
    ) -> Outcome[R]:
        deadline = started + self._deadline_seconds
        ruling = Ruling(verdict, verdict.disposition)
        try:
            ruling = await self._rule(transaction, verdict, rules, next_hop)
            decision = self._decide(transaction, ruling, started)
            outcome = await self._act(
                transaction, decision, ruling, rules=rules, next_hop=next_hop, deadline=deadline
            )
        except Exception:
            # Unknown trouble is temporary: custody stays with the client (451, never 250 or 5xx).
            log.exception("commit failed id=%s", transaction.id)
            decision = self._decide(transaction, ruling, started)
            await next_hop.abandon()
            outcome = Deferred(transaction.id, Why.FAULT, may_have_sent=True)
        await self._conclude(ruling, outcome, next_hop)
        self._tell(decision, outcome)
        self._keep_passed(transaction, decision, outcome)
        return outcome

    async def _act(
        self,
        transaction: Transaction,
        decision: Decision,
        ruling: Ruling,
        *,
        rules: RuleSet,
        next_hop: NextHop[R],
        deadline: float,
    ) -> Outcome[R]:
        if deadline - time.monotonic() < LEAST_DELIVERY_SECONDS:
            return await self._defer(transaction, next_hop, Why.DEADLINE)
        if ruling.deferred is not None:
            return await self._leave(decision, ruling.deferred, next_hop)
        if decision.disposition is not Disposition.PASS:
            return await self._hold(transaction, decision, next_hop)
        if ruling.repeat.first:
            return await self._answer_again(decision, ruling.repeat, next_hop)
        return await self._pass(
            transaction, decision, rules=rules, next_hop=next_hop, deadline=deadline
        )

    async def _pass(
        self,
        transaction: Transaction,
        decision: Decision,
        *,
        rules: RuleSet,
        next_hop: NextHop[R],
        deadline: float,
    ) -> Outcome[R]:
        if not await self._record(decision):
            return await self._defer(transaction, next_hop, Why.STORE_AWAY)
        if self._guard.stop_for(transaction, (decision.verdict, rules)) is not None:
            # It was paused while it was written down. What is recorded as passed cannot be held
            # any more, but it can stay with the client, whose next try is judged anew.
            return await self._leave_recorded(transaction, next_hop, Why.PAUSED)
        patience = deadline - time.monotonic()
        if patience < LEAST_DELIVERY_SECONDS:
            return await self._leave_recorded(transaction, next_hop, Why.DEADLINE)
        try:
            answer = await next_hop.deliver(transaction, patience)
        except NextHopAway as exc:
            self._ledger.note_outcome(transaction.id, f"deferred {Why.NEXT_HOP_AWAY}: {exc}")
            log.warning("next hop away id=%s: %s", transaction.id, exc)
            return Deferred(transaction.id, Why.NEXT_HOP_AWAY, may_have_sent=exc.may_have_sent)
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
        return Held(transaction.id, decision.disposition is Disposition.BLOCK)

    async def _answer_again(
        self, decision: Decision, repeat: Repeat, next_hop: NextHop[R]
    ) -> Outcome[R]:
        """Give an equal message the answer that the first one got."""
        await next_hop.abandon()
        answer = next_hop.read_answer(repeat.answer or b"")
        if not await self._record(decision):
            return Deferred(decision.id, Why.STORE_AWAY)
        self._ledger.note_outcome(decision.id, f"repeats {repeat.first}; not sent again")
        return Relayed(decision.id, answer, repeats=repeat.first)

    async def _leave(
        self, decision: Decision, deferred: Deferred, next_hop: NextHop[R]
    ) -> Outcome[R]:
        """Leave a message with the client because of a limit, and write down that we did."""
        await next_hop.abandon()
        if await self._record(decision):
            self._ledger.note_outcome(decision.id, f"deferred {deferred.why}")
        return deferred

    async def _leave_recorded(
        self, transaction: Transaction, next_hop: NextHop[R], why: Why
    ) -> Outcome[R]:
        self._ledger.note_outcome(transaction.id, f"deferred {why}")
        return await self._defer(transaction, next_hop, why)

    async def _drop(
        self,
        transaction: Transaction,
        next_hop: NextHop[R],
        stop: Stop,
        rules: RuleSet,
        started: float,
    ) -> Outcome[R]:
        """Leave a paused message with the client unread; only the log and the counts remember."""
        outcome: Outcome[R] = await self._defer(transaction, next_hop, Why.PAUSED)
        verdict = held_for(stop.finding, revision=rules.revision)
        ruling = Ruling(verdict, Disposition.DEFER)
        self._tell(self._decide(transaction, ruling, started), outcome)
        return outcome

    async def _defer(self, transaction: Transaction, next_hop: NextHop[R], why: Why) -> Outcome[R]:
        await next_hop.abandon()
        return Deferred(transaction.id, why)

    async def _record(self, decision: Decision) -> bool:
        try:
            await self._ledger.record(decision)
        except StoreError as exc:
            log.error("cannot record id=%s: %s", decision.id, exc)  # noqa: TRY400 - says it all
            return False
        return True

    async def _conclude(self, ruling: Ruling, outcome: Outcome[R], next_hop: NextHop[R]) -> None:
        """Give back what was charged for a message that did not go on; keep its answer if it did.

        What a next hop that went away may have sent stays charged.
        """
        try:
            if ruling.admission.receipt is not None and not _may_have_gone_on(outcome):
                await self._guard.give_back(ruling.admission)
            if ruling.repeat.key and not ruling.repeat.first:
                record = None
                if isinstance(outcome, Relayed):
                    record = next_hop.write_answer(outcome.answer)
                await self._guard.settle(ruling.repeat, outcome.transaction_id, record)
        except Exception:
            log.exception("charge not settled id=%s", outcome.transaction_id)

    def _tell(self, decision: Decision, outcome: Outcome[R]) -> None:
        _log(decision, outcome)
        try:
            if isinstance(outcome, Relayed) and not outcome.repeats:
                self._remember(decision.verdict)
            self._observe(decision, outcome)
        except Exception:
            # It is done already: whoever counts must not change what the client is told.
            log.exception("not counted id=%s", decision.id)

    def _keep_passed(
        self, transaction: Transaction, decision: Decision, outcome: Outcome[R]
    ) -> None:
        if not isinstance(outcome, Relayed) or outcome.repeats:
            return
        try:
            self._keep(transaction, decision.at)
        except Exception:
            log.exception("not kept for replay id=%s", decision.id)


def _may_have_gone_on(outcome: Outcome[R]) -> bool:
    match outcome:
        case Relayed():
            return True
        case Refused(answer=answer):
            return answer.may_have_sent
        case Held():
            return False
        case Deferred(may_have_sent=may_have_sent):
            return may_have_sent


def _log(decision: Decision, outcome: Outcome[R]) -> None:
    """One line per message, key=value, same order each time; recipients are counted, not named."""
    verdict = decision.verdict
    match outcome:
        case Relayed(repeats=first) if first:
            said = f"repeated of={first}"
        case Relayed(answer=answer):
            said = f"relayed reply={answer.summary!r}"
        case Refused(answer=answer):
            said = f"refused reply={answer.summary!r}"
        case Held(blocked=blocked):
            said = "held told=blocked" if blocked else "held"
        case Deferred(why=why, retry_seconds=retry):
            said = f"deferred why={why.value!r}" + (f" retry={retry:.0f}" if retry else "")
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
