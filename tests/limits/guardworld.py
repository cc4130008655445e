"""Messages, rules and a store that answers as it is told, for the tests of the guard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from filter.floodrules import (
    Counted,
    FloodAction,
    FloodRules,
    Floor,
    Limit,
    RepeatRule,
    Sign,
    Watch,
    Window,
)
from filter.limits.interface import Charge, Charged, Claim, LimitStore, LimitStoreAway, Reading
from filter.message import Channel, Client, Envelope, Transaction
from filter.mode import Mode
from filter.quarantine.interface import Ledger
from filter.quarantine.item import Alert
from filter.ruleset import Matcher, RuleSet
from filter.subject import Addressee, Dimension, Scope, Subject
from filter.verdict import Disposition, Verdict
from tests.templates.build import OTP

OTP_CLASS = replace(OTP, id="sign-in", template_class="otp")
PASS = Verdict(Disposition.PASS, (), (), "r1", template="sign-in", fingerprint="f1")
MINUTE = Window(30, 60.0, 30)
NOW = 1_750_000_000_000_000


def scope(**values: str) -> Scope:
    """A scope: ``scope(client="kiosk", recipient_prefix="+6012")``."""
    return Scope(
        {Dimension(name.replace("_", "-")): frozenset({value}) for name, value in values.items()}
    )


def limit(
    *per: Dimension,
    id: str = "otp-client",  # noqa: A002 - the field's name
    match: Scope | None = None,
    count: Counted = Counted.MESSAGES,
    windows: tuple[Window, ...] = (MINUTE,),
    safe: tuple[Scope, ...] = (),
    action: FloodAction = FloodAction.HOLD,
    mode: Mode = Mode.ENFORCE,
) -> Limit:
    """A limit, for the whole gate unless ``per`` says otherwise."""
    return Limit(
        id=id,
        source="rules/limits.yaml:1",
        match=Scope() if match is None else match,
        per=per,
        count=count,
        windows=windows,
        safe=safe,
        action=action,
        mode=mode,
    )


def watch(sign: Sign, *per: Dimension, action: FloodAction = FloodAction.ALERT) -> Watch:
    """A watch over four minutes."""
    return Watch(
        id=f"otp-{sign}",
        source="rules/limits.yaml:9",
        match=Scope(),
        per=per,
        sign=sign,
        at_least=10,
        seconds=240.0,
        action=action,
    )


FLOOR = Floor(
    id="otp-use",
    source="rules/limits.yaml:20",
    match=Scope(),
    per=(Dimension.TEMPLATE,),
    percent=40.0,
    at_least=50,
    seconds=3600.0,
    grace_seconds=300.0,
    action=FloodAction.HOLD,
)
REPEAT = RepeatRule("twice", "rules/limits.yaml:30", Scope(), 60.0)


def rules(
    *,
    limits: Sequence[Limit] = (),
    watches: Sequence[Watch] = (),
    floors: Sequence[Floor] = (),
    repeats: Sequence[RepeatRule] = (),
) -> RuleSet:
    """A rule set with one template and these rules about how many."""
    return RuleSet(
        revision="r1",
        templates=(OTP_CLASS,),
        links=(),
        images=(),
        matcher=cast("Matcher", None),
        floods=FloodRules(tuple(limits), tuple(watches), tuple(floors), tuple(repeats)),
    )


def subject(*recipients: Addressee, client: str = "kiosk") -> Subject:
    """A judged text message to these recipients."""
    return Subject(
        channel=Channel.SMS,
        sender="CLINIC",
        client=client,
        template="sign-in",
        template_class="otp",
        addressees=recipients or (addressee(),),
    )


def addressee(number: str = "+60123456789") -> Addressee:
    """A telephone number's addressee."""
    return Addressee(number, number[:-4], "MY")


def transaction(*recipients: str, client: str = "kiosk", id: str = "m_1") -> Transaction:  # noqa: A002
    """A text message."""
    return Transaction(
        id=id,
        channel=Channel.SMS,
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        client=Client(client, "192.0.2.7"),
        envelope=Envelope("CLINIC", recipients or ("+60123456789",)),
        content=b"",
        provider="twilio",
    )


class RememberingLedger:
    """Keeps the alerts it is told."""

    def __init__(self) -> None:
        self.alerts: list[Alert] = []

    def note_alert(self, alert: Alert) -> None:
        """Keep it."""
        self.alerts.append(alert)

    @property
    def ledger(self) -> Ledger:
        """What the guard takes it for."""
        return cast("Ledger", self)


FINE = Reading(is_exceeded=False, count=3)
TOO_MANY = Reading(is_exceeded=True, count=30, retry_seconds=20.2, since=NOW, is_new=True)


class ScriptedStore:
    """Gives each meter the reading that ``answers`` has for its rule, and remembers every call."""

    def __init__(self, answers: dict[str, Reading] | None = None) -> None:
        self.answers = answers or {}
        self.calls: list[tuple[str, object]] = []
        self.claims: dict[bytes, tuple[str, bytes | None]] = {}
        self.trouble: Exception | None = None
        self.change: Callable[[Charged], Charged] = lambda charged: charged

    @property
    def store(self) -> LimitStore:
        """What the guard takes it for."""
        return cast("LimitStore", self)

    def names(self) -> list[str]:
        """Return what was asked, in order."""
        return [name for name, _ in self.calls]

    async def charge(self, charge: Charge) -> Charged:
        """Answer as LimitStore.charge would for these readings."""
        self._called("charge", charge)
        readings = tuple(self.answers.get(meter.rule, FINE) for meter in charge.meters)
        refused = any(
            meter.decides and reading.is_exceeded and not reading.is_learning
            for meter, reading in zip(charge.meters, readings, strict=True)
        )
        return self.change(Charged(not refused, readings, NOW))

    async def give_back(self, charge: Charge, charged: Charged) -> None:
        """Remember it."""
        self._called("give_back", (charge, charged))

    async def claim(self, key: bytes, transaction_id: str, seconds: float) -> Claim:
        """Be the first once."""
        self._called("claim", (key, seconds))
        if key in self.claims:
            first, answer = self.claims[key]
            return Claim(is_first=False, transaction_id=first, answer=answer)
        self.claims[key] = (transaction_id, None)
        return Claim(is_first=True)

    async def settle_claim(self, key: bytes, transaction_id: str, answer: bytes | None) -> None:
        """Keep the answer, or let go."""
        self._called("settle", (key, answer))
        if answer is None:
            del self.claims[key]
        else:
            self.claims[key] = (transaction_id, answer)

    def _called(self, name: str, argument: object) -> None:
        self.calls.append((name, argument))
        if self.trouble is not None:
            raise self.trouble


AWAY = LimitStoreAway("connection refused")
