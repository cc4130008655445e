from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.limits.recipients import addressee_of
from filter.limits.subjects import sender_of
from filter.message import Channel
from filter.pausing import (
    Names,
    PauseRefused,
    check_names,
    make_pause,
    matches_nothing,
    read_scope,
    read_until,
)
from filter.settings import Limits
from filter.subject import Dimension, Scope, Subject

LIMITS = Limits(country="MY")
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
NAMES = Names(
    frozenset({"sign-in", "sign-in/ms"}),
    frozenset({"otp"}),
    frozenset({"kiosk"}),
    frozenset({"MYHEALTH", "shop@example.org"}),
)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "all"),
        ({"client": "kiosk"}, "client=kiosk"),
        ({"client": ["2001:DB8:0::1", "192.0.2.1"]}, "client=192.0.2.1,2001:db8::1"),
        ({"client": ["::ffff:192.0.2.1"]}, "client=192.0.2.1"),
        (
            {"end-user-ip": ["2001:DB8:1:2:0::9", "::ffff:192.0.2.1"]},
            "end-user-ip=192.0.2.1,2001:db8:1:2::/64",
        ),
        ({"recipient": ["+60 12-345 6789", "012-345 6789"]}, "recipient=+60123456789"),
        ({"recipient": ["Aisha+x@Citizen.EXAMPLE"]}, "recipient=aisha@citizen.example"),
        ({"sender": ["NO-REPLY@Health.example"]}, "sender=no-reply@health.example"),
        ({"sender": ["MYHEALTH"]}, "sender=MYHEALTH"),
        ({"recipient-domain": ["Citizen.EXAMPLE."]}, "recipient-domain=citizen.example"),
        (
            {"recipient-prefix": ["+5255", "+78", "+549", "+390", "+1555", "+999"]},
            "recipient-prefix=+1555,+390,+5255,+549,+78,+999",
        ),
        (
            {"channel": ["sms"], "recipient": ["u@x.example", "62003"]},
            "channel=sms recipient=62003,u@x.example",
        ),
        ({"sender": ["24SEVEN7", "+15550100"]}, "sender=+15550100,24SEVEN7"),
        ({"sender": ["2FA-1234"]}, "sender=2FA-1234"),
        ({"sender": ["<>"]}, "sender=<>"),
        ({"sender": ["b!c@x.example"]}, "sender=b!c@x.example"),
        ({"sender": ["bounce%x=y@z.example"]}, "sender=bounce%x=y@z.example"),
        ({"sender": ["a..b@docomo.example"]}, "sender=a..b@docomo.example"),
        ({"sender": ["<shop@example.org>"]}, "sender=shop@example.org"),
        ({"recipient-prefix": ["+60 12"], "country": ["my"]}, "country=MY recipient-prefix=+6012"),
    ],
)
def test_scopes_become_canonical_as_messages_do(values: dict[str, object], words: str) -> None:
    assert read_scope(values, LIMITS).describe() == words


@pytest.mark.parametrize(
    ("values", "trouble"),
    [
        ({"clint": ["kiosk"]}, "did you mean `client`?"),
        ({"client": []}, "`client` must not be empty"),
        ({"client": [""]}, "must not be empty"),
        ({"client": [3]}, "must be a text"),
        ({"client": None}, "must be a text"),
        ({"client": {"a": 1}}, "must be a text"),
        ({"country": ["XX"]}, "is no country"),
        ({"channel": ["emial"]}, "did you mean `email`?"),
        ({"recipient": ["bob"]}, "is not a number"),
        ({"recipient-prefix": ["6012"]}, "write `+6012`"),
        ({"channel": ["email"], "country": ["MY"]}, "no message has both"),
        ({"recipient-domain": ["x.example"], "recipient-prefix": ["+60"]}, "no message has both"),
        ({"recipient": ["+60123456789,+60123456780"]}, "each as a `recipient` of its own"),
        ({"recipient": ["+60123456789x5"]}, "cannot be read in one way only"),
        ({"recipient": ["a@b.example, c@d.example"]}, "cannot be read in one way only"),
        ({"recipient": ["Aisha <a@b.example>"]}, "cannot be read in one way only"),
        ({"sender": ["62003,62004"]}, "cannot be read in one way only"),
        ({"sender": ["Shop <shop@example.org>"]}, "each as a `sender` of its own"),
        ({"recipient-domain": ["boss@example.net"]}, "write `example.net`"),
        ({"recipient-domain": ["@example.net"]}, "write `example.net`"),
        ({"recipient-prefix": ["+5215"]}, "write `+525`"),
        ({"recipient-prefix": ["+52155"]}, "write `+5255`"),
        ({"recipient-prefix": ["+60012"]}, "write `+6012`"),
        (
            {"channel": ["sms"], "recipient": ["u@x.example"]},
            "`channel` is of sms alone, `recipient` of email",
        ),
        ({"channel": ["email"], "recipient": ["+60123456789"]}, "no message has both"),
        ({"recipient": ["u@x.example"], "country": ["MY"]}, "no message has both"),
        ({"recipient": ["+60123456789"], "recipient-domain": ["x.example"]}, "no message has both"),
        ({"client": [f"c{n}" for n in range(1001)]}, "the most is 1000"),
    ],
)
def test_a_scope_that_is_not_certain_is_refused(values: dict[str, object], trouble: str) -> None:
    with pytest.raises(PauseRefused) as refused:
        read_scope(values, LIMITS)

    assert trouble in str(refused.value)
    assert not refused.value.is_unknown


@given(
    values=st.dictionaries(
        st.sampled_from([str(d) for d in Dimension]) | st.text(max_size=5),
        st.none() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=8), max_size=3),
        max_size=3,
    )
)
def test_whatever_is_given_there_is_a_scope_with_each_key_or_a_refusal(
    values: dict[str, object],
) -> None:
    try:
        scope = read_scope(values, LIMITS)
    except PauseRefused:
        return  # anything else would fail here
    assert {str(dimension) for dimension in scope.values} == set(values)
    assert all(scope.values.values())


@given(number=st.integers(0, 9999), spelling=st.sampled_from(["+6012345{}", "00 60 12-345 {}"]))
def test_a_paused_recipient_is_met_however_it_is_spelt(number: int, spelling: str) -> None:
    scope = read_scope({"recipient": [f"+60 12 345 {number:04}"]}, LIMITS)
    written = spelling.format(f"{number:04}")

    subject = Subject(Channel.SMS, addressees=(addressee_of(written, LIMITS),))

    assert scope.fits_any(subject)


@given(sender=st.emails() | st.sampled_from(["MYHEALTH", "+15550100", "62003"]))
def test_a_paused_sender_is_met(sender: str) -> None:
    try:
        scope = read_scope({"sender": [sender]}, LIMITS)
    except PauseRefused:
        return
    subject = Subject(
        Channel.EMAIL,
        sender=sender_of(sender, LIMITS),
        addressees=(addressee_of("b@y.example", LIMITS),),
    )

    assert scope.fits_any(subject)


def scope_of(dimension: Dimension, value: str) -> Scope:
    return Scope({dimension: frozenset({value})})


@pytest.mark.parametrize(
    ("dimension", "value", "trouble"),
    [
        (Dimension.TEMPLATE, "sing-in", "no template is called `sing-in`; did you mean `sign-in`?"),
        (Dimension.CLASS, "opt", "no class is called `opt`; did you mean `otp`?"),
        (Dimension.CLIENT, "kisok", "no client is called `kisok`; did you mean `kiosk`?"),
        (Dimension.SENDER, "myhealth", "no template is from `myhealth`; did you mean `MYHEALTH`?"),
        (Dimension.CLIENT, "zebra", "no client is called `zebra`; there is `kiosk`"),
    ],
)
def test_unknown_names_are_refused_with_the_one_that_was_meant(
    dimension: Dimension, value: str, trouble: str
) -> None:
    with pytest.raises(PauseRefused) as refused:
        check_names(scope_of(dimension, value), NAMES)

    assert refused.value.problems == (trouble,)
    assert refused.value.is_unknown


def test_an_envelope_sender_of_mail_need_not_be_a_template_s() -> None:
    check_names(scope_of(Dimension.SENDER, "bounces@health.example"), NAMES)


@pytest.mark.parametrize(
    ("dimension", "value"),
    [
        (Dimension.TEMPLATE, "sign-in"),
        (Dimension.TEMPLATE, "sign-in/ms"),
        (Dimension.CLASS, "otp"),
        (Dimension.CLIENT, "kiosk"),
        (Dimension.CLIENT, "192.0.2.1"),
        (Dimension.CLIENT, "2001:db8::1"),
        (Dimension.SENDER, "MYHEALTH"),
        (Dimension.SENDER, "shop@example.org"),
    ],
)
def test_known_names_and_addresses_are_taken(dimension: Dimension, value: str) -> None:
    check_names(scope_of(dimension, value), NAMES)


@pytest.mark.parametrize(
    ("values", "is_idle"),
    [
        ({}, False),
        ({Dimension.CLIENT: {"nobody"}}, False),
        ({Dimension.TEMPLATE: {"sign-in/ms"}}, False),
        ({Dimension.TEMPLATE: {"gone"}}, True),
        ({Dimension.TEMPLATE: {"gone", "sign-in"}}, False),
        ({Dimension.CLASS: {"codes"}}, True),
        ({Dimension.CLASS: {"codes"}, Dimension.TEMPLATE: {"sign-in"}}, True),
    ],
)
def test_a_scope_matches_nothing_when_no_rule_has_what_it_names(
    values: dict[Dimension, set[str]], *, is_idle: bool
) -> None:
    scope = Scope({dimension: frozenset(wanted) for dimension, wanted in values.items()})

    assert matches_nothing(scope, NAMES) is is_idle
    assert not matches_nothing(scope, Names(None, None, frozenset()))


def test_without_valid_rules_names_of_templates_are_unknown() -> None:
    blind = Names(None, None, frozenset())

    with pytest.raises(PauseRefused, match="no valid rules") as refused:
        check_names(scope_of(Dimension.TEMPLATE, "sign-in"), blind)
    assert refused.value.is_unknown
    check_names(Scope(), blind)
    check_names(scope_of(Dimension.SENDER, "anybody@x.example"), blind)


@pytest.mark.parametrize(
    ("span", "moment", "seconds"),
    [
        (None, None, None),
        ("90s", None, 90),
        ("30m", None, 1800),
        ("2 h", None, 7200),
        ("3d", None, 259_200),
        (None, "2026-07-01T14:00+00:00", 7200),
        (None, "2026-07-01T16:00+02:00", 7200),
    ],
)
def test_ends_are_read(span: str | None, moment: str | None, seconds: int | None) -> None:
    expected = None if seconds is None else NOON + timedelta(seconds=seconds)

    assert read_until(span, moment, NOON) == expected


@given(hour=st.integers(0, 23), minute=st.integers(0, 59))
def test_a_clock_time_is_the_next_one(hour: int, minute: int) -> None:
    until = read_until(None, f"{hour}:{minute:02}", NOON)

    assert until is not None
    assert NOON < until <= NOON + timedelta(hours=25)
    assert (until.astimezone().hour, until.astimezone().minute) == (hour, minute)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        pytest.param("2026-10-24T17:00Z", "2026-10-25T17:30Z", id="the clocks go back at night"),
        pytest.param("2026-03-28T18:00Z", "2026-03-29T16:30Z", id="the clocks go forward at night"),
        pytest.param("2026-10-25T00:00Z", "2026-10-25T17:30Z", id="they go back this night"),
        pytest.param("2026-06-01T12:00Z", "2026-06-01T16:30Z", id="they stay"),
    ],
)
def test_a_clock_time_is_that_of_the_wall_where_clocks_are_changed(
    monkeypatch: pytest.MonkeyPatch, now: str, until: str
) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        ends = read_until(None, "18:30", datetime.fromisoformat(now))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert ends == datetime.fromisoformat(until)


@pytest.mark.parametrize(
    ("span", "moment"),
    [("0h", None), ("soon", None), ("2y", None), ("999999w", None), ("-1h", None), (None, "25:00"),
     (None, "later"), ("1h", "18:30")],
)  # fmt: skip
def test_ends_that_are_none_are_refused(span: str | None, moment: str | None) -> None:
    with pytest.raises(PauseRefused):
        read_until(span, moment, NOON)


@pytest.mark.parametrize(
    ("reason", "until", "trouble"),
    [
        ("", None, "needs a reason"),
        (" \n ", None, "needs a reason"),
        ("x" * 501, None, "the most is 500"),
        ("why", NOON, "over before it begins"),
    ],
)
def test_what_is_no_pause_is_refused(reason: str, until: datetime | None, trouble: str) -> None:
    with pytest.raises(PauseRefused, match=trouble):
        make_pause(Scope(), reason=reason, by="anna", until=until, drops=False, now=NOON)


def test_a_reason_is_one_line() -> None:
    pause = make_pause(Scope(), reason=" a\nb ", by="anna", until=None, drops=True, now=NOON)

    assert (pause.reason, pause.by, pause.since, pause.drops) == ("a b", "anna", NOON, True)
    assert pause.id.startswith("p_")
