"""Is it paused, is it too many, was it just sent: from a message to what the pipeline does."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from filter.floodrules import FloodAction, RepeatRule
from filter.guard import Admission, Repeat, Stop
from filter.limits.admission import CHECK, flood_id, rule_on
from filter.limits.alarm import AlertBook, StoreAlarm
from filter.limits.canonical import canonical
from filter.limits.charges import Charges, Planned, TooLarge, encoded
from filter.limits.interface import Charge, Charged, LimitStore, LimitStoreAway
from filter.limits.pause import Pause
from filter.limits.pausewords import scope_words
from filter.limits.recipients import exact_addressee_of
from filter.limits.references import References, references_for
from filter.limits.subjects import client_of, subject_of
from filter.limits.words import fault_words
from filter.message import Channel, Transaction
from filter.mode import Mode
from filter.quarantine.interface import Ledger
from filter.ruleset import RuleSet, Template
from filter.settings import Limits, Settings, WhenAway
from filter.subject import Subject
from filter.verdict import Effect, Finding, Flood, Trial, TrialKind, Verdict

log = logging.getLogger("sallyport.limits")

# A message to more people than this is tracked by its id alone: nobody sends codes so.
MOST_TRACKED_RECIPIENTS = 50
# A recipient takes up to a tenth of a millisecond under many rules; the loop waits for no more.
MOST_ON_LOOP = 20
# What takes a store a tenth of a second comes one after the other: a dozen at once would use up its
# patience with everybody, and codes would be held because somebody sends long lists.
MOST_METERS_AT_ONCE = 200
LARGE_SECONDS = 10.0
_HOUR_SECONDS = 3600
_MICROS = 1_000_000
_CLAIM_BYTES = 16

_NOTHING = Admission()
_NO_REPEAT = Repeat()


class Observer(Protocol):
    """Who counts for the metrics. Nothing here may block or raise."""

    def limit_found(self, rule: str, mode: str) -> None:
        """A rule was exceeded; ``mode`` is enforce, alert or shadow."""
        ...

    def alerted(self, rule: str) -> None:
        """People were told of something."""
        ...

    def limits_unasked(self, policy: str) -> None:
        """A message met the policy for a store that cannot be asked: hold, defer or pass."""
        ...


class Unobserved:
    """Counts nothing."""

    def limit_found(self, rule: str, mode: str) -> None:
        """Do nothing."""

    def alerted(self, rule: str) -> None:
        """Do nothing."""

    def limits_unasked(self, policy: str) -> None:
        """Do nothing."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What one rule set asks of the guard."""

    rules: RuleSet
    charges: Charges
    templates: dict[str, Template]
    repeats: tuple[RepeatRule, ...]  # those that decide first


class FloodGuard:
    """Implements Guard (filter/guard.py) with a limit store and the pauses in memory.

    ``store`` must not let a message wait for long (filter/limits/watchful.py); ``pauses`` returns
    those in force and does not wait. ``observe`` counts for the metrics.
    """

    def __init__(
        self,
        store: LimitStore,
        ledger: Ledger,
        settings: Settings,
        pauses: Callable[[], tuple[Pause, ...]] = tuple,
        *,
        observe: Observer | None = None,
    ) -> None:
        self._store = store
        self._settings: Limits = settings.limits
        self._pauses = pauses
        self._observe: Observer = Unobserved() if observe is None else observe
        self._alerts = AlertBook(ledger, self._observe.alerted)
        self._alarm = StoreAlarm(self._alerts, settings.limits.away)
        self._references: References = references_for(settings.limits)
        self._prepared: _Prepared | None = None
        self._large = asyncio.Lock()

    def note_store(self, is_away: bool, reason: str) -> None:  # noqa: FBT001 - Watchful's call
        """Tell people that the store went away, or is back; for Watchful's on_change."""
        self._alarm.changed(is_away, reason)

    # --- pauses

    def stop_for(
        self, transaction: Transaction, judged: tuple[Verdict, RuleSet] | None = None
    ) -> Stop | None:
        """Return the pause that the message falls under, as far as can be known.

        Of several a pause that holds comes before one that drops: what somebody wants to see must
        not be sent away. Otherwise it is the oldest.
        """
        pauses = self._pauses()
        if not pauses:
            return None
        try:
            template = None if judged is None else self._template(*judged)
            subject = subject_of(transaction, template, self._settings)
            stopping = [pause for pause in pauses if pause.scope.fits_any(subject)]
            return _stop(min(stopping, key=lambda pause: pause.drops)) if stopping else None
        except Exception as exc:  # noqa: BLE001 - doubt stops the message
            log.error("pauses not applied id=%s %s", transaction.id, fault_words(exc))  # noqa: TRY400
            return _stop_in_doubt()

    # --- limits, watches, floors

    async def admit(self, transaction: Transaction, verdict: Verdict, rules: RuleSet) -> Admission:
        """Charge the limits for a message that is about to go on."""
        floods = rules.floods
        if not (floods.limits or floods.watches or floods.floors):
            return _NOTHING
        try:
            return await self._admit(transaction, verdict, rules)
        except Exception as exc:  # noqa: BLE001 - doubt follows the settings
            log.error("limits not charged id=%s %s", transaction.id, fault_words(exc))  # noqa: TRY400
            return self._unasked("limits could not be counted: internal fault")

    async def _admit(self, transaction: Transaction, verdict: Verdict, rules: RuleSet) -> Admission:
        if len(transaction.envelope.recipients) <= MOST_ON_LOOP:
            return await self._charge(transaction, verdict, rules)
        try:
            async with asyncio.timeout(LARGE_SECONDS):
                await self._large.acquire()
        except TimeoutError:
            return _too_large(transaction, TooLarge("others as large are counted before it"))
        try:
            return await self._charge(transaction, verdict, rules)
        finally:
            self._large.release()

    async def _charge(
        self, transaction: Transaction, verdict: Verdict, rules: RuleSet
    ) -> Admission:
        template, charges = self._template(verdict, rules), self._prepare(rules).charges
        try:
            if len(transaction.envelope.recipients) <= MOST_ON_LOOP:
                planned = self._plan(transaction, template, charges)
            else:
                planned = await asyncio.to_thread(self._plan, transaction, template, charges)
        except TooLarge as exc:
            return _too_large(transaction, exc)
        if not planned.charge.meters:
            return _NOTHING
        try:
            charged = await self._store.charge(planned.charge)
        except LimitStoreAway as exc:
            return self._away(planned, exc)
        ruling = rule_on(planned, charged)
        try:
            for found in ruling.found:
                self._observe.limit_found(found.rule, found.mode)
            self._alerts.tell(ruling.news)
        except Exception as exc:  # noqa: BLE001 - it is charged: who tells of it must not undo that
            log.error("limit found but not told id=%s %s", transaction.id, fault_words(exc))  # noqa: TRY400
        return ruling.admission

    def _plan(
        self, transaction: Transaction, template: Template | None, charges: Charges
    ) -> Planned:
        """Return what the message is to be counted at. Raises TooLarge."""
        subject = subject_of(transaction, template, self._settings)
        return charges.plan(
            subject, transaction.id, lambda: self._references_of(transaction, subject)
        )

    def _away(self, planned: Planned, trouble: LimitStoreAway) -> Admission:
        if not planned.decides:
            return _NOTHING  # whatever it would have said, the message would go on
        return self._unasked(f"limits could not be counted, the store is away: {trouble}")

    def _unasked(self, detail: str) -> Admission:
        """Return what the settings want of a message that could not be counted."""
        policy = self._settings.away
        self._observe.limits_unasked(policy)
        finding = Finding(CHECK, "limit.store_away", f"{detail} (limits.away: {policy})")
        match policy:
            case WhenAway.HOLD:
                flood = _hourly("limit.store_away", "limit store away")
                return Admission((finding,), action=FloodAction.HOLD, flood=flood)
            case WhenAway.DEFER:
                return Admission((finding,), action=FloodAction.DEFER)
            case WhenAway.PASS:
                return Admission(shadow=(finding,))

    async def give_back(self, admission: Admission) -> None:
        """Take the charge back: the message did not go on after all."""
        match admission.receipt:
            case (Charge() as charge, Charged() as charged):
                try:
                    if len(charge.meters) <= MOST_METERS_AT_ONCE:
                        await self._store.give_back(charge, charged)
                    else:
                        async with self._large:
                            await self._store.give_back(charge, charged)
                except LimitStoreAway as exc:
                    # Too much is counted then, never too little; it frees as any charge does.
                    log.warning("charge not given back: %s", exc)
                except Exception as exc:  # noqa: BLE001 - the message's fate is sealed already
                    log.error("charge not given back %s", fault_words(exc))  # noqa: TRY400

    def _references_of(self, transaction: Transaction, subject: Subject) -> tuple[bytes, ...]:
        recipients: Sequence[str] = ()
        if len(subject.addressees) <= MOST_TRACKED_RECIPIENTS:
            recipients = [addressee.recipient for addressee in subject.addressees]
        return self._references.of_all(
            transaction.client.name, transaction.id, recipients, subject.template or ""
        )

    # --- repeats

    async def claim(self, transaction: Transaction, verdict: Verdict, rules: RuleSet) -> Repeat:
        """Look whether this very message was just sent; if not, this is the one that is sent."""
        if not rules.floods.repeats or not verdict.fingerprint:
            return _NO_REPEAT
        try:
            return await self._claim(transaction, verdict, rules)
        except LimitStoreAway:
            return _NO_REPEAT  # as if there were no rule: sent twice rather than not at all
        except Exception as exc:  # noqa: BLE001 - as if there were no rule
            log.error("repeat not looked for id=%s %s", transaction.id, fault_words(exc))  # noqa: TRY400
            return _NO_REPEAT

    async def _claim(self, transaction: Transaction, verdict: Verdict, rules: RuleSet) -> Repeat:
        subject = subject_of(transaction, self._template(verdict, rules), self._settings)
        rule = next((r for r in self._prepare(rules).repeats if _fits_all(r, subject)), None)
        if rule is None:
            return _NO_REPEAT
        key = self._claim_key(rule, transaction, verdict)
        claim = await self._store.claim(key, transaction.id, rule.seconds)
        if claim.is_first:
            return Repeat(key)
        self._observe.limit_found(rule.id, rule.mode)
        if rule.mode is Mode.SHADOW:
            log.info(
                "would repeat id=%s of=%s rule=%s", transaction.id, claim.transaction_id, rule.id
            )
            return Repeat(trials=(Trial(TrialKind.REPEATS, rule.id, Effect.REPEAT, "repeat"),))
        return Repeat(key, claim.transaction_id, claim.answer)

    def _claim_key(self, rule: RepeatRule, transaction: Transaction, verdict: Verdict) -> bytes:
        """Return the same for messages of one client to the very same recipients in one way.

        An answer is the provider's, so its name and the request's path are part of it, and so is
        the request itself: when it is to be sent, over which channel, with which picture. A mail is
        known by what it says alone, as Date and Message-ID differ. Plus tags tell recipients apart
        here, whatever limits do: name+a@ and name+b@ may be two people.
        """
        envelope = transaction.envelope
        request = transaction.content if transaction.channel is Channel.SMS else b""
        recipients = {exact_addressee_of(r, self._settings).recipient for r in envelope.recipients}
        parts = (
            "repeat",
            rule.id,
            transaction.channel,
            client_of(transaction.client),
            envelope.sender,
            transaction.provider,
            transaction.route,
            verdict.fingerprint,
            hashlib.sha256(request).hexdigest(),
            *sorted(recipients),
        )
        return hashlib.blake2b(encoded(parts), digest_size=_CLAIM_BYTES).digest()

    async def settle(self, repeat: Repeat, transaction_id: str, answer: bytes | None) -> None:
        """Keep the answer for repeats, or (None) let go: it did not go on."""
        if not repeat.key or repeat.first:
            return
        try:
            await self._store.settle_claim(repeat.key, transaction_id, answer)
        except LimitStoreAway as exc:
            log.warning("answer not kept for repeats id=%s: %s", transaction_id, exc)
        except Exception as exc:  # noqa: BLE001 - then a repeat is sent again
            log.error("answer not kept for repeats id=%s %s", transaction_id, fault_words(exc))  # noqa: TRY400

    # --- rules

    def _prepare(self, rules: RuleSet) -> _Prepared:
        """Return what was made of these rules once: they change seldom, and whole."""
        prepared = self._prepared
        if prepared is None or prepared.rules is not rules:
            floods = canonical(rules.floods, self._settings)
            deciding_first = sorted(floods.repeats, key=lambda r: r.mode is not Mode.ENFORCE)
            prepared = _Prepared(
                rules=rules,
                charges=Charges(floods),
                templates={template.id: template for template in rules.templates},
                repeats=tuple(deciding_first),
            )
            self._prepared = prepared
        return prepared

    def _template(self, verdict: Verdict, rules: RuleSet) -> Template | None:
        if verdict.template is None:
            return None
        return self._prepare(rules).templates.get(verdict.template)


def _fits_all(rule: RepeatRule, subject: Subject) -> bool:
    """Return whether the rule is about the message for every recipient, so that none is missed."""
    return bool(subject.addressees) and all(
        rule.match.fits(subject, addressee) for addressee in subject.addressees
    )


# --- pauses in words


def _stop(pause: Pause) -> Stop:
    return Stop(_finding_of(pause), flood_of(pause), pause.drops, pause.id)


def _finding_of(pause: Pause) -> Finding:
    until = "" if pause.until is None else f" until {_moment(pause.until)}"
    detail = (
        f"paused by {pause.by} since {_moment(pause.since)}{until}:"
        f" {pause.reason} ({scope_words(pause.scope)}; {pause.id})"
    )
    return Finding("pauses", "pause.active", detail)


def flood_of(pause: Pause) -> Flood:
    """Return the case of what a pause holds."""
    since = round(pause.since.timestamp() * _MICROS)
    return Flood(flood_id(pause.id, (), since), pause.id, scope_words(pause.scope), since)


def _stop_in_doubt() -> Stop:
    """Return a stop for a message of which nobody could tell whether a pause is about it."""
    finding = Finding("pauses", "pause.active", "it could not be told whether a pause applies")
    return Stop(finding, _hourly("pause.active", "in doubt"), drops=False)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


# --- what cannot be counted


def _too_large(transaction: Transaction, trouble: TooLarge) -> Admission:
    detail = f"{len(transaction.envelope.recipients)} recipients: {trouble}"
    client = client_of(transaction.client)
    return Admission(
        (Finding(CHECK, "limit.too_large", detail),),
        action=FloodAction.HOLD,
        flood=_hourly("limit.too_large", f"client={client}"),
    )


def _hourly(rule: str, key: str) -> Flood:
    """Return a case for all that is held for one reason within an hour, in every process."""
    now = time.time()
    hour = int(now) // _HOUR_SECONDS * _HOUR_SECONDS
    name = flood_id(f"{rule} {key}", (), hour * _MICROS)
    return Flood(name, rule, key, int(now * _MICROS))  # the first one says since when
