"""What one message is counted at."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.floodrules import Counted, FloodAction, FloodRules, Limit, Sign, Window
from filter.limits.charges import MOST_COUNTED, Charges, TooLarge, encoded, member_of
from filter.limits.interface import (
    Distinct,
    FirstSeen,
    Meter,
    Rate,
    Run,
    Spread,
    Track,
    Use,
    Volume,
)
from filter.limits.references import TRACKED_SECONDS
from filter.mode import Mode
from filter.subject import Addressee, Dimension, Subject
from tests.limits.guardworld import FLOOR, MINUTE, addressee, limit, scope, subject, watch

HOUR = Window(100, 3600.0, 20)
NEIGHBOURS = tuple(addressee(f"+6012345{n:04}") for n in (1, 2, 9000))


def meters(asked: Subject, *limits: Limit) -> tuple[Meter, ...]:
    return Charges(FloodRules(limits)).plan(asked).charge.meters


def test_without_rules_nothing_is_counted() -> None:
    planned = Charges(FloodRules()).plan(subject())

    assert (planned.charge.meters, planned.charge.track, planned.abouts) == ((), None, ())


def test_each_window_of_a_limit_is_a_meter_of_its_own() -> None:
    found = meters(subject(), limit(Dimension.CLIENT, windows=(MINUTE, HOUR)))

    assert [meter.measure for meter in found] == [Rate(30, 60.0, 30), Rate(100, 3600.0, 20)]
    assert len({meter.key for meter in found}) == 2
    assert {len(meter.key) for meter in found} == {16}
    assert {meter.label for meter in found} == {"client=kiosk"}


def test_messages_count_once_a_key_and_recipients_each() -> None:
    asked = subject(*NEIGHBOURS, addressee("+60199990001"))
    per_prefix = limit(Dimension.PREFIX)
    recipients = replace(per_prefix, count=Counted.RECIPIENTS)

    assert [meter.cost for meter in meters(asked, per_prefix)] == [1, 1]
    assert [meter.cost for meter in meters(asked, recipients)] == [3, 1]


def test_a_person_who_is_named_several_times_gets_so_many_messages() -> None:
    aisha, omar = (Addressee(f"{name}@citizen.example") for name in ("aisha", "omar"))
    asked = subject(aisha, aisha, aisha, omar)  # aisha@, aisha+1@, aisha+2@

    per_person = meters(asked, limit(Dimension.RECIPIENT, Dimension.CLIENT))
    (per_client,) = meters(asked, limit(Dimension.CLIENT))

    assert [meter.cost for meter in per_person] == [3, 1]
    assert per_client.cost == 1


def test_different_recipients_are_members_without_doubles() -> None:
    asked = subject(*NEIGHBOURS, NEIGHBOURS[0])
    (meter,) = meters(asked, limit(Dimension.CLIENT, count=Counted.DIFFERENT))

    assert meter.measure == Distinct(30, 60.0)
    assert meter.members == tuple(member_of(a.recipient) for a in NEIGHBOURS)
    assert all(0 <= member < 2**63 for member in meter.members)


def test_only_those_count_whom_the_match_fits_and_no_safe_scope() -> None:
    asked = subject(*NEIGHBOURS, addressee("+4915112345678"))
    narrow = limit(
        count=Counted.RECIPIENTS,
        match=scope(recipient_prefix="+60"),
        safe=(scope(recipient="+60123459000"), scope(client="clinic")),
    )

    assert [meter.cost for meter in meters(asked, narrow)] == [2]
    assert meters(subject(*NEIGHBOURS, client="clinic"), narrow) == ()


def test_a_key_with_an_unknown_value_is_no_key() -> None:
    unknown = Addressee("+15550100", "+1555", "")

    assert meters(subject(unknown), limit(Dimension.COUNTRY)) == ()
    assert len(meters(subject(unknown, addressee()), limit(Dimension.COUNTRY))) == 1
    assert meters(subject(), limit(Dimension.END_USER, Dimension.CLIENT)) == ()


def test_the_wordings_of_a_template_are_one_key() -> None:
    in_malay = replace(subject(), template="sign-in/ms")
    rule = limit(Dimension.TEMPLATE)

    assert meters(in_malay, rule) == meters(subject(), rule)


def test_the_order_of_the_dimensions_makes_no_difference_but_everything_else_does() -> None:
    rule = limit(Dimension.CLIENT, Dimension.TEMPLATE)
    (key,) = (meter.key for meter in meters(subject(), rule))

    def key_of(changed: Limit, asked: Subject | None = None) -> bytes:
        return meters(asked or subject(), changed)[0].key

    assert key_of(limit(Dimension.TEMPLATE, Dimension.CLIENT)) == key
    assert key_of(replace(rule, windows=(Window(30, 60.0, 10),))) == key
    others = [
        key_of(replace(rule, windows=(Window(50, 60.0, 30),))),
        key_of(replace(rule, id="other")),
        key_of(limit(Dimension.CLIENT, Dimension.CLASS)),
        key_of(replace(rule, windows=(HOUR,))),
        key_of(replace(rule, count=Counted.DIFFERENT)),
        key_of(rule, subject(client="kiosk2")),
        key_of(replace(rule, id="otp-client6", windows=(MINUTE,))),
    ]
    assert key not in others
    assert len(set(others)) == len(others)


@given(st.lists(st.text(max_size=8), max_size=4), st.lists(st.text(max_size=8), max_size=4))
def test_different_values_are_encoded_differently(one: list[str], other: list[str]) -> None:
    assert (encoded(one) == encoded(other)) == (one == other)


@pytest.mark.parametrize(
    ("mode", "action", "wanted"),
    [
        (Mode.ENFORCE, FloodAction.HOLD, {True}),
        (Mode.ENFORCE, FloodAction.DEFER, {True}),
        (Mode.ENFORCE, FloodAction.ALERT, {False}),
        (Mode.SHADOW, FloodAction.BLOCK, {False}),
    ],
)
def test_a_rule_on_trial_and_one_that_alerts_decide_nothing(
    mode: Mode, action: FloodAction, wanted: set[bool]
) -> None:
    planned = Charges(FloodRules((limit(mode=mode, action=action),))).plan(subject())

    assert {meter.decides for meter in planned.charge.meters} == wanted
    assert {planned.decides} == wanted


def test_a_watch_is_a_measure_with_one_profile_for_all_keys() -> None:
    signs = tuple(watch(sign, Dimension.PREFIX) for sign in Sign)
    asked = subject(*NEIGHBOURS, addressee("+4915112345678"))
    found = Charges(FloodRules(watches=signs)).plan(asked).charge.meters
    profiles = {
        type(m.measure): {n.profile for n in found if type(n.measure) is type(m.measure)}
        for m in found
    }

    assert {kind: len(those) for kind, those in profiles.items()} == {
        Volume: 1,
        Spread: 1,
        Run: 1,
        FirstSeen: 1,
    }
    assert profiles[Run] == {b""}
    assert len({profile for those in profiles.values() for profile in those}) == 4
    assert [m.members for m in found if isinstance(m.measure, Run)] == [(1, 2, 9000), (5678,)]
    assert [len(m.members) for m in found if isinstance(m.measure, Spread)] == [3, 1]


def test_an_address_has_no_neighbours() -> None:
    rules = FloodRules(watches=(watch(Sign.SEQUENCE),))

    assert Charges(rules).plan(subject(Addressee("a@x.example"))).charge.meters == ()


def test_a_floor_tracks_the_message_by_its_references() -> None:
    planned = Charges(FloodRules(floors=(FLOOR,))).plan(subject(), "m_1", lambda: (b"r" * 16,))

    assert [meter.measure for meter in planned.charge.meters] == [Use(40.0, 50, 3600.0, 300.0)]
    assert planned.charge.track == Track((b"r" * 16,), TRACKED_SECONDS, "m_1")


def test_without_a_floor_nobody_asks_for_references() -> None:
    def references() -> tuple[bytes, ...]:
        raise AssertionError

    assert Charges(FloodRules((limit(),))).plan(subject(), "m_1", references).charge.track is None


def test_too_many_meters_that_decide_are_refused_and_others_left_out() -> None:
    crowd = subject(*(addressee(f"+6012{n:07}") for n in range(MOST_COUNTED // 2)))
    deciding = limit(Dimension.RECIPIENT, windows=(MINUTE, HOUR))
    shadow = replace(deciding, id="trial", mode=Mode.SHADOW)

    planned = Charges(FloodRules((shadow, deciding))).plan(crowd)

    assert len(planned.charge.meters) == MOST_COUNTED
    assert {meter.rule for meter in planned.charge.meters} == {"otp-client"}
    assert planned.left_out == MOST_COUNTED
    with pytest.raises(TooLarge, match=f"{MOST_COUNTED + 1} times; {MOST_COUNTED} are the most"):
        Charges(FloodRules((deciding, limit(id="gate")))).plan(crowd)


def test_a_label_shows_no_number_and_nothing_a_log_would_act_on() -> None:
    asked = replace(subject(), end_user="who\nknows" * 50, sender="x\x1b[31m")
    rule = limit(Dimension.RECIPIENT, Dimension.END_USER, Dimension.SENDER)
    (meter,) = meters(asked, rule)

    assert "3456" not in meter.label
    assert meter.label.startswith("end-user=who\N{REPLACEMENT CHARACTER}***")
    assert meter.label.isprintable()
    assert len(meter.label) < 200
