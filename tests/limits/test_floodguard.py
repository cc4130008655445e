"""From a message to what the pipeline does: pauses, limits, repeats, and a store that is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from filter.floodrules import Counted, FloodAction, Limit, Sign, Window
from filter.guard import Admission, Repeat
from filter.limits import floodguard
from filter.limits.alarm import MOST_A_MINUTE, AlertBook, StoreAlarm
from filter.limits.charges import MOST_COUNTED
from filter.limits.floodguard import MOST_METERS_AT_ONCE, FloodGuard, flood_of
from filter.limits.interface import Charge, Charged, Reading
from filter.limits.pause import Pause
from filter.limits.references import References
from filter.message import Channel, Client, EndUser
from filter.mode import Mode
from filter.reasons import REASONS
from filter.ruleset import RuleSet
from filter.settings import Limits, Settings, WhenAway
from filter.subject import Dimension, Scope
from filter.verdict import Effect, Finding, Flood, Trial, TrialKind
from tests.limits.guardworld import (
    AWAY,
    FLOOR,
    MINUTE,
    NOW,
    PASS,
    REPEAT,
    TOO_MANY,
    RememberingLedger,
    ScriptedStore,
    limit,
    rules,
    scope,
    transaction,
    watch,
)

NUMBER = "+60123456789"
CLIENT = limit(Dimension.CLIENT, Dimension.CLASS)


class World:
    """A guard between a scripted store and a ledger that remembers."""

    def __init__(
        self,
        answers: dict[str, Reading] | None = None,
        pauses: tuple[Pause, ...] = (),
        away: WhenAway = WhenAway.HOLD,
    ) -> None:
        self.store = ScriptedStore(answers)
        self.book = RememberingLedger()
        self.seen: list[tuple[str, str]] = []
        settings = Settings(limits=Limits(away=away))
        self.guard = FloodGuard(
            self.store.store, self.book.ledger, settings, lambda: pauses, observe=self
        )

    def limit_found(self, rule: str, mode: str) -> None:
        """Remember it."""
        self.seen.append((rule, mode))

    def alerted(self, rule: str) -> None:
        """Remember it."""
        self.seen.append((rule, "alerted"))

    def limits_unasked(self, policy: str) -> None:
        """Remember it."""
        self.seen.append(("unasked", policy))

    async def admit(self, in_force: RuleSet, *recipients: str, client: str = "kiosk") -> Admission:
        """Ask for a message."""
        return await self.guard.admit(transaction(*recipients, client=client), PASS, in_force)


# --- limits


async def test_without_rules_the_store_is_not_asked() -> None:
    world = World()

    assert await world.admit(rules()) == Admission()
    assert await world.guard.claim(transaction(), PASS, rules()) == Repeat()
    assert world.store.calls == []


async def test_a_message_that_no_rule_is_about_does_not_ask_the_store() -> None:
    world = World()
    elsewhere = rules(limits=[limit(match=scope(client="other"))])

    assert await world.admit(elsewhere) == Admission()
    assert world.store.calls == []


async def test_what_fits_goes_on_with_a_receipt_that_can_be_given_back() -> None:
    world = World()
    admission = await world.admit(rules(limits=[CLIENT]))

    assert admission.action is None
    assert (admission.findings, admission.shadow, admission.flood) == ((), (), None)
    await world.guard.give_back(admission)
    assert world.store.names() == ["charge", "give_back"]
    assert world.store.calls[1][1] == admission.receipt
    assert world.seen == []


async def test_a_limit_finding_names_rule_key_count_and_retry_time() -> None:
    world = World({"otp-client": TOO_MANY})
    admission = await world.admit(rules(limits=[CLIENT]))

    assert admission.findings == (
        Finding(
            "limits",
            "limit.client",
            "class=otp client=kiosk: 30 of 30 in the last minute (limit otp-client);"
            " free again in 21 s",
            "limits.yaml:1",
        ),
    )
    assert (admission.action, admission.retry_seconds) == (FloodAction.HOLD, 20.2)
    assert admission.receipt is None
    assert world.seen == [("otp-client", "enforce"), ("otp-client", "alerted")]


async def test_a_finding_masks_the_recipient() -> None:
    world = World({"otp-number": TOO_MANY})
    admission = await world.admit(
        rules(limits=[limit(Dimension.RECIPIENT, id="otp-number")]), NUMBER
    )

    (finding,) = admission.findings
    assert finding.code == "limit.recipient"
    assert finding.detail.startswith("recipient=+601*****789: 30 of 30 in the last minute")
    assert "3456" not in repr(admission.findings) + repr(admission.flood) + repr(world.book.alerts)


@pytest.mark.parametrize(
    ("rule", "reading", "words"),
    [
        pytest.param(
            limit(Dimension.CLIENT, windows=(Window(100, 3600.0, 20),)),
            replace(TOO_MANY, count=20, retry_seconds=300.0),
            "client=kiosk: 20 of 20 at once, 100 per hour (limit otp-client); free again in 5 min",
            id="burst",
        ),
        pytest.param(
            limit(count=Counted.RECIPIENTS, windows=(Window(2, 86400.0, 2),)),
            replace(TOO_MANY, count=0, retry_seconds=None),
            "all: 0 of 2 recipients in the last day (limit otp-client); 1 at once never fit",
            id="never",
        ),
        pytest.param(
            limit(Dimension.PREFIX, count=Counted.DIFFERENT, windows=(Window(10, 600.0, 10),)),
            replace(TOO_MANY, count=10, retry_seconds=12_000.0),
            "recipient-prefix=+6012345: 10 of 10 different recipients in the last 10 minutes"
            " (limit otp-client); free again in 3 h 20 min",
            id="different",
        ),
    ],
)
async def test_a_limit_is_told_in_words(rule: Limit, reading: Reading, words: str) -> None:
    world = World({"otp-client": reading})
    admission = await world.admit(rules(limits=[rule]))

    assert [finding.detail for finding in admission.findings] == [words]


async def test_a_watch_is_told_as_one_would_say_it() -> None:
    unusual = Reading(is_exceeded=True, count=612, usual=9, since=NOW, is_new=True)
    spread = watch(Sign.SPREAD, Dimension.PREFIX, action=FloodAction.HOLD)
    world = World({spread.id: unusual})
    admission = await world.admit(rules(watches=[spread]), NUMBER)

    assert [finding.detail for finding in admission.findings] == [
        (
            "612 different numbers under +60 12-345 in 4 minutes; usual peak 9"
            " (watch otp-different-recipients)"
        )
    ]
    assert [alert.text for alert in world.book.alerts] == [admission.findings[0].detail]


@pytest.mark.parametrize(
    ("sign", "code", "words"),
    [
        (Sign.VOLUME, "watch.volume", "40 messages for client=kiosk in 4 minutes; usual peak 9"),
        (
            Sign.SPREAD,
            "watch.spread",
            "40 different recipients for client=kiosk in 4 minutes; usual peak 9",
        ),
        (
            Sign.SEQUENCE,
            "watch.sequence",
            "40 neighbouring numbers for client=kiosk in 4 minutes",
        ),
        (Sign.FIRST_SEEN, "watch.first_seen", "nothing has gone on before for client=kiosk"),
    ],
)
async def test_each_sign_has_its_words(sign: Sign, code: str, words: str) -> None:
    rule = watch(sign, Dimension.CLIENT, action=FloodAction.HOLD)
    world = World({rule.id: Reading(is_exceeded=True, count=40, usual=9, since=NOW)})
    admission = await world.admit(rules(watches=[rule]), NUMBER)

    assert [(f.code, f.detail) for f in admission.findings] == [
        (code, f"{words} (watch {rule.id})")
    ]


async def test_a_floor_says_how_few_codes_were_used() -> None:
    world = World({"otp-use": Reading(is_exceeded=True, count=120, used=3, since=NOW)})
    admission = await world.admit(rules(floors=[FLOOR]))

    assert [(f.code, f.detail) for f in admission.findings] == [
        (
            "floor.use",
            (
                "template=sign-in: 3 of 120 codes sent in the last hour were used; at least 40 %"
                " are wanted (floor otp-use)"
            ),
        )
    ]


async def test_a_floor_tracks_the_message_for_the_client_that_proved_its_name() -> None:
    world = World()
    await world.admit(rules(floors=[FLOOR]))

    charge = world.store.calls[0][1]
    assert isinstance(charge, Charge)
    assert charge.track is not None
    assert charge.track.references == References().of_all("kiosk", "m_1", [NUMBER], "sign-in")


async def test_all_codes_have_a_page() -> None:
    for dimension in (None, *Dimension):
        rule = limit(*([] if dimension is None else [dimension]))
        world = World({"otp-client": TOO_MANY})
        asked = replace(
            transaction("a@x.example") if dimension is Dimension.DOMAIN else transaction(NUMBER),
            end_user=EndUser("u1", "198.51.100.1"),
        )
        admission = await world.guard.admit(asked, PASS, rules(limits=[rule]))

        assert [finding.code in REASONS for finding in admission.findings] == [True], dimension


# --- what decides


@pytest.mark.parametrize(
    ("actions", "strongest"),
    [
        ((FloodAction.HOLD, FloodAction.DEFER), FloodAction.HOLD),
        ((FloodAction.DEFER, FloodAction.HOLD, FloodAction.BLOCK), FloodAction.BLOCK),
        ((FloodAction.DEFER,), FloodAction.DEFER),
    ],
)
async def test_what_loses_least_and_tells_most_is_done(
    actions: tuple[FloodAction, ...], strongest: FloodAction
) -> None:
    all_of_them = [limit(id=f"l{n}", action=action) for n, action in enumerate(actions)]
    world = World({rule.id: TOO_MANY for rule in all_of_them})

    assert (await world.admit(rules(limits=all_of_them))).action is strongest


async def test_the_longest_wait_is_told_and_none_where_one_never_ends() -> None:
    two = [limit(id="a"), limit(id="b")]
    world = World({"a": TOO_MANY, "b": replace(TOO_MANY, retry_seconds=90.0)})
    assert (await world.admit(rules(limits=two))).retry_seconds == 90.0

    world = World({"a": TOO_MANY, "b": replace(TOO_MANY, retry_seconds=None)})
    assert (await world.admit(rules(limits=two))).retry_seconds is None


async def test_what_is_on_trial_or_alerts_only_lets_the_message_go_on() -> None:
    trial, alert = limit(id="trial", mode=Mode.SHADOW), watch(Sign.VOLUME)
    world = World({"trial": TOO_MANY, alert.id: TOO_MANY})
    admission = await world.admit(rules(limits=[trial], watches=[alert]))

    assert (admission.action, admission.findings, admission.flood) == (None, (), None)
    assert [finding.code for finding in admission.shadow] == ["limit.gate", "watch.volume"]
    assert admission.receipt is not None
    assert [(a.rule, a.flood) for a in world.book.alerts] == [(alert.id, "")]
    assert world.seen == [("trial", "shadow"), (alert.id, "alert"), (alert.id, "alerted")]


async def test_a_rule_on_trial_says_what_it_would_have_done() -> None:
    trial = limit(id="trial", mode=Mode.SHADOW, action=FloodAction.DEFER)
    usual = watch(Sign.VOLUME, action=FloodAction.HOLD)
    learning = replace(usual, id="learning", mode=Mode.SHADOW)
    world = World({"trial": TOO_MANY, "learning": replace(TOO_MANY, is_learning=True)})

    admission = await world.admit(rules(limits=[trial], watches=[learning]))

    assert admission.trials == (
        Trial(TrialKind.LIMIT, "trial", Effect.DEFER, "limit.gate"),
        Trial(TrialKind.WATCH, "learning", Effect.NONE, "watch.volume"),
    )


async def test_a_rule_on_trial_adds_nothing_to_one_that_decides() -> None:
    trial, deciding = limit(id="trial", mode=Mode.SHADOW), limit(id="deciding")
    world = World({"trial": TOO_MANY, "deciding": TOO_MANY})

    admission = await world.admit(rules(limits=[trial, deciding]))

    assert admission.action is FloodAction.HOLD
    assert [(one.rule, one.effect) for one in admission.trials] == [("trial", Effect.NONE)]


async def test_a_watch_that_still_learns_only_alerts() -> None:
    rule = watch(Sign.VOLUME, action=FloodAction.HOLD)
    world = World({rule.id: replace(TOO_MANY, is_learning=True)})
    admission = await world.admit(rules(watches=[rule]))

    assert admission.action is None
    assert [finding.detail for finding in admission.shadow] == [
        "30 messages in 4 minutes; usual peak 0; still learning what is usual (watch otp-volume)"
    ]
    assert len(world.book.alerts) == 1


# --- cases


async def test_one_flood_is_one_case_however_many_windows_and_messages_meet_it() -> None:
    both = rules(limits=[limit(Dimension.CLIENT, windows=(MINUTE, Window(100, 3600.0, 100)))])
    later = replace(TOO_MANY, since=NOW + 5, is_new=False)
    first = await World({"otp-client": TOO_MANY}).admit(both)
    second = await World({"otp-client": replace(TOO_MANY, is_new=False)}).admit(
        both, "+60199990000"
    )
    other = await World({"otp-client": TOO_MANY}).admit(both, client="clinic")
    afterwards = await World({"otp-client": later}).admit(both)

    assert first.flood is not None
    assert first.flood == second.flood
    assert (first.flood.rule, first.flood.key, first.flood.since) == (
        "otp-client",
        "client=kiosk",
        NOW,
    )
    assert first.flood.id.startswith("f_")
    assert len(first.flood.id) == 18
    assert len({a.flood.id for a in (first, other, afterwards) if a.flood is not None}) == 3


async def test_a_window_that_is_not_exceeded_may_remember_when_the_flood_began() -> None:
    windows = (MINUTE, Window(100, 3600.0, 100))
    world = World({"otp-client": TOO_MANY})

    def only_the_hour(charged: Charged) -> Charged:
        minute = Reading(is_exceeded=False, since=NOW - 7)
        return replace(charged, readings=(minute, charged.readings[1]))

    world.store.change = only_the_hour
    admission = await world.admit(rules(limits=[limit(Dimension.CLIENT, windows=windows)]))

    assert admission.flood is not None
    assert admission.flood.since == NOW - 7
    assert world.book.alerts == []


async def test_the_case_is_the_client_s_not_one_of_each_number() -> None:
    those = [
        limit(id="gate"),
        limit(Dimension.RECIPIENT, id="number"),
        limit(Dimension.PREFIX, id="block"),
        limit(Dimension.CLASS, Dimension.CLIENT, id="client"),
    ]
    world = World({rule.id: TOO_MANY for rule in those})
    admission = await world.admit(rules(limits=those))

    assert admission.flood is not None
    assert admission.flood.rule == "client"
    assert {alert.flood for alert in world.book.alerts} == {admission.flood.id}
    assert len(world.book.alerts) == 4


@pytest.mark.parametrize(
    ("action", "case"), [(FloodAction.HOLD, "client"), (FloodAction.DEFER, "block")]
)
async def test_a_message_held_for_its_number_joins_the_flood_that_its_client_keeps_up(
    action: FloodAction, case: str
) -> None:
    block = limit(Dimension.PREFIX, id="block")
    client = limit(Dimension.CLIENT, id="client", action=action)
    going_on = Reading(is_exceeded=False, count=3, since=NOW - 9)
    world = World({"block": TOO_MANY, "client": going_on})
    admission = await world.admit(rules(limits=[block, client]))

    assert [finding.code for finding in admission.findings] == ["limit.prefix"]
    assert admission.flood is not None
    assert admission.flood.rule == case


async def test_what_a_country_refuses_does_not_join_the_flood_of_its_client() -> None:
    country = limit(Dimension.COUNTRY, id="abroad")
    going_on = Reading(is_exceeded=False, count=3, since=NOW - 9)
    world = World({"abroad": TOO_MANY, "client": going_on})
    admission = await world.admit(rules(limits=[country, limit(Dimension.CLIENT, id="client")]))

    assert admission.flood is not None
    assert admission.flood.rule == "abroad"


async def test_what_is_too_many_stays_so_when_nobody_can_be_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: str) -> None:
        raise RuntimeError("metrics")

    monkeypatch.setattr(World, "limit_found", fail)
    admission = await World({"otp-client": TOO_MANY}, away=WhenAway.PASS).admit(
        rules(limits=[CLIENT])
    )

    assert admission.action is FloodAction.HOLD
    assert [finding.code for finding in admission.findings] == ["limit.client"]


async def test_what_is_deferred_is_no_case() -> None:
    world = World({"otp-client": TOO_MANY})
    await world.admit(rules(limits=[limit(action=FloodAction.DEFER)]))

    assert [alert.flood for alert in world.book.alerts] == [""]


async def test_a_flood_is_told_of_once() -> None:
    world = World({"otp-client": TOO_MANY})
    await world.admit(rules(limits=[CLIENT]))
    world.store.answers = {"otp-client": replace(TOO_MANY, is_new=False)}
    await world.admit(rules(limits=[CLIENT]))

    assert len(world.book.alerts) == 1


async def test_a_message_to_many_names_a_few_keys_and_counts_the_others() -> None:
    per_number = limit(Dimension.RECIPIENT)
    world = World({"otp-client": TOO_MANY})
    numbers = [f"+6012345{n:04}" for n in range(20)]
    admission = await world.admit(rules(limits=[per_number]), *numbers)

    assert len(admission.findings) == 4
    assert admission.findings[-1].detail == "and 17 more keys of otp-client"
    (alert,) = world.book.alerts
    assert alert.text.endswith("; and 19 more keys of this rule")


async def test_alerts_of_one_rule_do_not_drown_people(caplog: pytest.LogCaptureFixture) -> None:
    book = RememberingLedger()
    clock = [100.0]
    alerts = AlertBook(book.ledger, clock=lambda: clock[0])
    world = World({"otp-client": TOO_MANY})
    world.guard._alerts = alerts
    for n in range(MOST_A_MINUTE + 5):
        await world.admit(rules(limits=[limit(Dimension.RECIPIENT)]), f"+6012345{n:04}")
    assert len(book.alerts) == MOST_A_MINUTE

    clock[0] += 61
    await world.admit(rules(limits=[limit(Dimension.RECIPIENT)]), "+60123459999")

    assert book.alerts[-1].text.endswith("; and 5 more keys of this rule")
    assert len([r for r in caplog.records if r.levelno == logging.WARNING]) == MOST_A_MINUTE + 1


# --- what cannot be counted


@pytest.mark.parametrize(
    ("away", "action"),
    [
        (WhenAway.HOLD, FloodAction.HOLD),
        (WhenAway.DEFER, FloodAction.DEFER),
        (WhenAway.PASS, None),
    ],
)
@pytest.mark.parametrize(
    ("trouble", "detail"),
    [
        (AWAY, "limits could not be counted, the store is away: connection refused"),
        (RuntimeError("+60123456789"), "limits could not be counted: internal fault"),
    ],
)
async def test_while_the_store_is_away_the_settings_decide(
    away: WhenAway,
    action: FloodAction | None,
    trouble: Exception,
    detail: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(away=away)
    world.store.trouble = trouble
    admission = await world.admit(rules(limits=[CLIENT]))

    assert admission.action is action
    (finding,) = admission.shadow if action is None else admission.findings
    assert (finding.code, finding.detail) == (
        "limit.store_away",
        f"{detail} (limits.away: {away})",
    )
    assert (admission.flood is not None) == (action is FloodAction.HOLD)
    assert admission.receipt is None
    assert world.seen == [("unasked", away)]
    assert "3456" not in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        lambda charged: replace(charged, readings=()),
        lambda charged: replace(charged, is_admitted=True),
        lambda charged: replace(charged, readings=(Reading(is_exceeded=False),)),
    ],
)
async def test_an_answer_that_cannot_be_is_doubt(change: Callable[[Charged], Charged]) -> None:
    world = World({"otp-client": TOO_MANY})
    world.store.change = change
    admission = await world.admit(rules(limits=[CLIENT]))

    assert admission.action is FloodAction.HOLD
    assert [finding.code for finding in admission.findings] == ["limit.store_away"]


async def test_rules_that_decide_nothing_hold_nothing_while_the_store_is_away() -> None:
    world = World()
    world.store.trouble = AWAY

    assert await world.admit(rules(limits=[limit(mode=Mode.SHADOW)])) == Admission()


async def test_a_charge_that_cannot_be_given_back_raises_nothing() -> None:
    world = World()
    admission = await world.admit(rules(limits=[CLIENT]))
    for trouble in (AWAY, RuntimeError()):
        world.store.trouble = trouble
        await world.guard.give_back(admission)

    await world.guard.give_back(Admission())
    assert world.store.names() == ["charge", "give_back", "give_back"]


async def test_what_an_away_store_held_within_an_hour_is_one_case_since_it_began(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hour = 1_800_000_000 // 3600 * 3600
    floods = []
    for client, second in (("kiosk", 1400), ("clinic", 1460), ("kiosk", 3700)):
        world = World()
        world.store.trouble = AWAY
        monkeypatch.setattr("time.time", lambda now=hour + second: float(now))
        admission = await world.admit(rules(limits=[CLIENT]), client=client)
        floods.append(cast("Flood", admission.flood))

    assert floods[0].id == floods[1].id != floods[2].id
    assert floods[0].since == (hour + 1400) * 1_000_000


async def test_a_message_with_too_many_recipients_is_held() -> None:
    world = World()
    crowd = [f"+6012{n:07}" for n in range(MOST_COUNTED + 1)]
    admission = await world.admit(rules(limits=[limit(Dimension.RECIPIENT)]), *crowd)

    assert admission.action is FloodAction.HOLD
    assert [(f.code, f.detail) for f in admission.findings] == [
        (
            "limit.too_large",
            (
                f"{MOST_COUNTED + 1} recipients: they would be counted {MOST_COUNTED + 1} times;"
                f" {MOST_COUNTED} are the most"
            ),
        )
    ]
    assert admission.flood is not None
    assert admission.flood.key == "client=kiosk"
    assert world.store.calls == []


async def test_long_lists_are_counted_one_after_the_other_and_nobody_waits_for_them() -> None:
    world = World()
    in_force = rules(limits=[limit(Dimension.RECIPIENT)])
    crowd = [f"+6012{n:07}" for n in range(MOST_METERS_AT_ONCE + 1)]
    at_once, most = 0, 0
    count = world.store.charge
    is_busy = asyncio.Event()
    go_on = asyncio.Event()

    async def slow(charge: Charge) -> Charged:
        nonlocal at_once, most
        if len(charge.meters) > 1:
            at_once += 1
            most = max(most, at_once)
            is_busy.set()
            await go_on.wait()
            at_once -= 1
        return await count(charge)

    world.store.charge = slow  # type: ignore[method-assign]
    large = [asyncio.create_task(world.admit(in_force, *crowd)) for _ in range(4)]
    await is_busy.wait()
    assert (await world.admit(in_force, "+60123456789")).action is None
    assert not any(task.done() for task in large)
    go_on.set()
    assert [(await task).action for task in large] == [None] * 4
    assert most == 1


async def test_a_long_list_that_waits_too_long_is_held_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(floodguard, "LARGE_SECONDS", 0.01)
    world = World()
    in_force = rules(limits=[limit(Dimension.RECIPIENT)])
    crowd = [f"+6012{n:07}" for n in range(MOST_METERS_AT_ONCE)]
    is_busy = asyncio.Event()
    go_on = asyncio.Event()
    count = world.store.charge

    async def slow(charge: Charge) -> Charged:
        is_busy.set()
        await go_on.wait()
        return await count(charge)

    world.store.charge = slow  # type: ignore[method-assign]
    first = asyncio.create_task(world.admit(in_force, *crowd))
    await is_busy.wait()
    second = await world.admit(in_force, *crowd)
    go_on.set()

    assert (await first).action is None
    assert second.action is FloodAction.HOLD
    assert [finding.code for finding in second.findings] == ["limit.too_large"]


def test_people_are_told_that_the_store_is_away_and_that_it_is_back() -> None:
    book = RememberingLedger()
    clock = iter([10.0, 14.5])
    alarm = StoreAlarm(AlertBook(book.ledger), WhenAway.DEFER, clock=lambda: next(clock))
    alarm.changed(True, "connection refused")
    alarm.changed(False, "")

    assert [(a.rule, a.text) for a in book.alerts] == [
        (
            "limit.store_away",
            "connection refused; what limits are about stays with the clients meanwhile",
        ),
        ("limit.store_away", "it is back after 4.5 s"),
    ]


def test_a_store_that_comes_and_goes_does_not_bury_the_other_alerts() -> None:
    book = RememberingLedger()
    moments = iter(range(200))
    alarm = StoreAlarm(AlertBook(book.ledger), WhenAway.HOLD, clock=lambda: next(moments))

    for _ in range(100):  # each change a second after the other
        alarm.changed(True, "no answer within 1 s")
        alarm.changed(False, "")

    away = [alert for alert in book.alerts if "away" in alert.text or "held" in alert.text]
    assert len(away) == 4  # at 0, 60, 120 and 180
    assert len(book.alerts) == 8, "and that it is back"


# --- pauses


def pause(number: int, where: Scope, *, drops: bool = False) -> Pause:
    return Pause(
        id=f"p_{number}",
        scope=where,
        reason="stolen key",
        by="dana",
        since=datetime(2026, 1, 1, 9, number, tzinfo=UTC),
        drops=drops,
    )


ALL = pause(1, Scope())
KIOSK = pause(2, scope(client="kiosk"), drops=True)
OTPS = pause(3, scope(**{"class": "otp"}))


def test_without_pauses_nothing_stops() -> None:
    assert World().guard.stop_for(transaction()) is None


def test_a_pause_stops_what_its_scope_fits_and_says_who_and_why() -> None:
    guard = World(pauses=(KIOSK,)).guard
    stop = guard.stop_for(transaction())

    assert stop is not None
    assert (stop.drops, stop.pause, stop.flood) == (True, "p_2", flood_of(KIOSK))
    assert stop.finding == Finding(
        "pauses",
        "pause.active",
        "paused by dana since 2026-01-01 09:02 UTC: stolen key (client=kiosk; p_2)",
    )
    assert guard.stop_for(transaction(client="clinic")) is None


def test_a_pause_by_class_counts_once_the_content_is_known() -> None:
    guard = World(pauses=(OTPS,)).guard

    assert guard.stop_for(transaction()) is None
    assert guard.stop_for(transaction(), (PASS, rules())) is not None
    assert guard.stop_for(transaction(), (replace(PASS, template=None), rules())) is None


def test_a_pause_that_holds_comes_before_one_that_drops() -> None:
    stop = World(pauses=(KIOSK, ALL)).guard.stop_for(transaction())

    assert stop is not None
    assert stop.pause == "p_1"


def test_a_pause_of_one_number_stops_a_message_to_several_and_shows_none() -> None:
    paused = pause(4, scope(recipient=NUMBER))
    guard = World(pauses=(paused,)).guard
    stop = guard.stop_for(transaction("+60199990000", "00 60 12-345 6789"))

    assert stop is not None
    assert "3456" not in repr((stop.finding, stop.flood))


def test_doubt_about_a_pause_stops_the_message() -> None:
    broken = replace(ALL, scope=cast("Scope", None))
    stop = World(pauses=(broken,)).guard.stop_for(transaction())

    assert stop is not None
    assert not stop.drops


# --- repeats


TWICE = rules(repeats=[REPEAT])


async def test_an_equal_message_is_answered_with_the_first_answer() -> None:
    guard = World().guard
    first = await guard.claim(transaction(id="m_1"), PASS, TWICE)
    assert first.key
    assert first.first == ""
    on_its_way = await guard.claim(transaction(id="m_2"), PASS, TWICE)
    await guard.settle(first, "m_1", b"201")
    again = await guard.claim(transaction("00 60 12-345 6789", id="m_3"), PASS, TWICE)
    await guard.settle(again, "m_3", b"never")

    assert on_its_way == Repeat(first.key, "m_1", None)
    assert again == Repeat(first.key, "m_1", b"201")
    assert (await guard.claim(transaction(id="m_4"), PASS, TWICE)).answer == b"201"


async def test_a_message_that_did_not_go_on_lets_the_next_one_go() -> None:
    guard = World().guard
    first = await guard.claim(transaction(id="m_1"), PASS, TWICE)
    await guard.settle(first, "m_1", None)

    assert (await guard.claim(transaction(id="m_2"), PASS, TWICE)).first == ""


async def test_whatever_differs_is_no_repeat() -> None:
    guard = World().guard
    keys = [
        (await guard.claim(asked, verdict, TWICE)).key
        for asked, verdict in [
            (transaction(), PASS),
            (transaction(), replace(PASS, fingerprint="f2")),
            (transaction("+60199990000"), PASS),
            (transaction(NUMBER, "+60199990000"), PASS),
            (transaction(client="clinic"), PASS),
            (replace(transaction(), provider="v1"), PASS),
            (replace(transaction(), route="/other"), PASS),
            (replace(transaction(), content=b"SendAt=2026-10-01T09%3A00%3A00Z"), PASS),
            (replace(transaction(), content=b"SendAt=2026-11-01T09%3A00%3A00Z"), PASS),
            (replace(transaction(), client=Client("", "192.0.2.7")), PASS),
            (transaction("a+x@mail.example"), PASS),
            (transaction("a+y@mail.example"), PASS),
        ]
    ]

    assert len(set(keys)) == len(keys)


async def test_a_mail_is_a_repeat_by_what_it_says() -> None:
    guard = World().guard
    mail = replace(transaction("a@mail.example"), channel=Channel.EMAIL, provider="")
    first = await guard.claim(replace(mail, content=b"Message-ID: <1@x>"), PASS, TWICE)
    again = await guard.claim(replace(mail, id="m_2", content=b"Message-ID: <2@x>"), PASS, TWICE)

    assert again == Repeat(first.key, "m_1", None)


async def test_without_a_fingerprint_or_a_rule_for_every_recipient_nothing_is_claimed() -> None:
    world = World()
    malaysian = rules(repeats=[replace(REPEAT, match=scope(country="MY"))])

    assert await world.guard.claim(transaction(), replace(PASS, fingerprint=""), TWICE) == Repeat()
    mixed = transaction(NUMBER, "+4915112345678")
    assert await world.guard.claim(mixed, PASS, malaysian) == Repeat()
    assert (await world.guard.claim(transaction(), PASS, malaysian)).key
    assert world.store.names() == ["claim"]


async def test_a_repeat_rule_on_trial_suppresses_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world = World()
    trial = rules(repeats=[replace(REPEAT, mode=Mode.SHADOW)])
    await world.guard.claim(transaction(id="m_1"), PASS, trial)

    noted = (Trial(TrialKind.REPEATS, "twice", Effect.REPEAT, "repeat"),)
    assert await world.guard.claim(transaction(id="m_2"), PASS, trial) == Repeat(trials=noted)
    assert caplog.records[-1].getMessage() == "would repeat id=m_2 of=m_1 rule=twice"
    assert world.seen == [("twice", "shadow")]


@pytest.mark.parametrize("trouble", [AWAY, RuntimeError()])
async def test_while_the_store_is_away_there_are_no_repeats(trouble: Exception) -> None:
    world = World()
    world.store.trouble = trouble

    assert await world.guard.claim(transaction(), PASS, TWICE) == Repeat()
    await world.guard.settle(Repeat(b"k"), "m_1", b"201")
