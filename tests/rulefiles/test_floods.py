"""Limits, watches, floors, repeats and safe lists of rule files become FloodRules."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

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
from filter.limits.canonical import canonical
from filter.limits.recipients import addressee_of
from filter.limits.subjects import sender_of
from filter.mode import Mode
from filter.rulefiles.durations import (
    MOST_SECONDS,
    Duration,
    WindowRule,
    Windows,
    read_duration,
    words_of,
)
from filter.rulefiles.load import check_rules
from filter.ruleset import RuleSet
from filter.settings import Limits
from filter.subject import Dimension, Scope
from tests.rulefiles.test_load import CODE, ROOT, check

OTP = CODE.replace("    channel: sms", "    class: otp\n    channel: sms")
BOTH = OTP.replace("channel: sms", "channel: [sms, email]").replace(
    "from: MYHEALTH", "from: [MYHEALTH, no-reply@health.example]\n    subject: Your code"
)
EVERYTHING = (
    OTP
    + """\
limits:
  - id: codes
    description: Everything that a limit can say.
    match:
      class: otp
      client: kiosk
    per: [recipient, client]
    count: recipients
    allow: [1 in 60 s, "5 in 10 minutes, burst 2", {limit: 30, in: 1 day, burst: 5}]
    action: defer
    mode: shadow
    safe: [friends, family]
  - {id: ceiling, allow: 1000 in 1 h}
  - {id: not-yet, allow: 1000 in 1 min, mode: off}
watches:
  - id: spread
    match: {class: otp}
    per: recipient-prefix
    sign: different-recipients
    at_least: 10 in 10 minutes
    times_usual: 2.5
    history: 14 days
    learning: 0 s
    action: hold
    safe: family
  - {id: run, per: recipient-prefix, sign: sequential, at_least: 8 in 5 min, percent: 75}
  - {id: volume, per: gate, sign: volume, at_least: 100 in 1 hour}
  - {id: new, per: country, sign: first-seen, learning: 7 days, mode: shadow}
floors:
  - id: use
    match: {template: code}
    per: [client, country]
    percent: 12.5
    at_least: 100 in 1 hour
    grace: 15 min
    action: block
repeats:
  - {id: twice, match: {class: otp}, within: 60 s}
safe_lists:
  - {id: friends, recipient: ["+60 12-345 6789", 62003], country: my}
  - {id: family, client: [monitor, probe]}
"""
)


def rules_of(text: str) -> RuleSet:
    checked = check(text)
    assert checked.rules is not None, [p.render() for p in checked.problems]
    return checked.rules


def codes_of(text: str) -> list[str]:
    return [problem.code for problem in check(text).problems]


def match_of(match: str, text: str = BOTH) -> Scope:
    return (
        rules_of(f"{text}limits:\n  - {{id: a, match: {match}, allow: 5 in 1 h}}\n")
        .floods.limits[0]
        .match
    )


FAMILY = Scope({Dimension.CLIENT: frozenset({"monitor", "probe"})})


def test_everything_that_a_limit_can_say_arrives() -> None:
    codes, ceiling = rules_of(EVERYTHING).floods.limits

    assert codes == Limit(
        id="codes",
        source="rules/rules.yaml:13",
        match=Scope({Dimension.CLASS: frozenset({"otp"}), Dimension.CLIENT: frozenset({"kiosk"})}),
        per=(Dimension.RECIPIENT, Dimension.CLIENT),
        count=Counted.RECIPIENTS,
        windows=(Window(1, 60.0, 1), Window(5, 600.0, 2), Window(30, 86_400.0, 5)),
        safe=(
            Scope({Dimension.RECIPIENT: frozenset({"+60123456789", "62003"})}),
            Scope({Dimension.COUNTRY: frozenset({"MY"})}),
            FAMILY,
        ),
        action=FloodAction.DEFER,
        mode=Mode.SHADOW,
        description="Everything that a limit can say.",
    )
    assert ceiling == Limit(
        id="ceiling",
        source="rules/rules.yaml:24",
        match=Scope(),
        per=(),
        count=Counted.MESSAGES,
        windows=(Window(1000, 3600.0, 1000),),
    )


def test_everything_that_a_watch_can_say_arrives() -> None:
    spread, run, volume, new = rules_of(EVERYTHING).floods.watches

    assert spread == Watch(
        id="spread",
        source="rules/rules.yaml:27",
        match=Scope({Dimension.CLASS: frozenset({"otp"})}),
        per=(Dimension.PREFIX,),
        sign=Sign.SPREAD,
        at_least=10,
        seconds=600.0,
        times=2.5,
        history_seconds=14 * 86_400.0,
        learning_seconds=0.0,
        safe=(FAMILY,),
        action=FloodAction.HOLD,
    )
    assert (run.sign, run.at_least, run.seconds, run.percent) == (Sign.SEQUENCE, 8, 300.0, 75)
    assert (volume.per, volume.times, volume.action) == ((), 3.0, FloodAction.ALERT)
    assert (volume.history_seconds, volume.learning_seconds) == (7 * 86_400.0, 3 * 86_400.0)
    assert (new.sign, new.learning_seconds, new.mode) == (
        Sign.FIRST_SEEN, 7 * 86_400.0, Mode.SHADOW,
    )  # fmt: skip


def test_everything_that_floors_and_repeats_can_say_arrives() -> None:
    floods = rules_of(EVERYTHING).floods

    assert floods.floors == (
        Floor(
            id="use",
            source="rules/rules.yaml:41",
            match=Scope({Dimension.TEMPLATE: frozenset({"code"})}),
            per=(Dimension.CLIENT, Dimension.COUNTRY),
            percent=12.5,
            at_least=100,
            seconds=3600.0,
            grace_seconds=900.0,
            action=FloodAction.BLOCK,
        ),
    )
    assert floods.repeats == (
        RepeatRule(
            id="twice",
            source="rules/rules.yaml:49",
            match=Scope({Dimension.CLASS: frozenset({"otp"})}),
            seconds=60.0,
        ),
    )


def test_rules_that_are_off_are_checked_and_not_there() -> None:
    off = OTP + "limits:\n  - {id: a, allow: 5 in 1 h, mode: off}\n"
    broken = OTP + "limits:\n  - {id: a, allow: 0 in 1 h, mode: off}\n"

    assert rules_of(off).floods == FloodRules()
    assert codes_of(broken) == ["E203"]


def test_a_template_says_how_long_it_is_of_use_and_its_variants_share_it() -> None:
    more = 'valid: 10 minutes\n    variants:\n      - {language: ms, text: "Kod {code}"}\n'
    text = OTP.replace("    slots:", f"    {more}    slots:")

    assert [t.valid_seconds for t in rules_of(text).templates] == [600.0, 600.0]
    assert rules_of(OTP).templates[0].valid_seconds is None


# --- what match and safe lists hold


@pytest.mark.parametrize(
    ("match", "dimension", "values"),
    [
        ("{recipient: '+60 12-345 6789'}", Dimension.RECIPIENT, {"+60123456789"}),
        ("{recipient: +60123456789}", Dimension.RECIPIENT, {"+60123456789"}),
        ("{recipient: [62003, Aisha@Citizen.Example]}", Dimension.RECIPIENT,
         {"62003", "aisha@citizen.example"}),
        ("{recipient-prefix: '+60 12'}", Dimension.PREFIX, {"+6012"}),
        ("{country: [my, SG, NO]}", Dimension.COUNTRY, {"MY", "SG", "NO"}),
        ("{recipient-domain: Citizen.Example.}", Dimension.DOMAIN, {"citizen.example"}),
        ("{sender: [MYHEALTH, No-Reply@Health.Example, '+1 555 0100']}", Dimension.SENDER,
         {"MYHEALTH", "no-reply@health.example", "+15550100"}),
        ("{end-user: 4711}", Dimension.END_USER, {"4711"}),
        ("{end-user-ip: [192.0.2.1, '2001:DB8:0::7']}", Dimension.END_USER_IP,
         {"192.0.2.1", "2001:db8::/64"}),
        ("{end-user-ip: '2001:db8:1:2::/64'}", Dimension.END_USER_IP, {"2001:db8:1:2::/64"}),
        ("{channel: sms}", Dimension.CHANNEL, {"sms"}),
        ("{template: code}", Dimension.TEMPLATE, {"code"}),
    ],
)  # fmt: skip
def test_values_are_in_the_form_that_messages_have_them_in(
    match: str, dimension: Dimension, values: set[str]
) -> None:
    assert match_of(match) == Scope({dimension: frozenset(values)})


NUMBERS = st.from_regex(r"\+[1-9][0-9]{4,13}", fullmatch=True) | st.from_regex(
    r"\+(60|65|1|44|39|49)[0-9]{8,10}", fullmatch=True
)
SHORT_CODES = st.from_regex("[0-9]{3,6}", fullmatch=True)
ADDRESSES = st.from_regex(
    r"[A-Za-z0-9ß._-]{1,12}@([A-Za-z0-9]{1,8}\.){1,2}[A-Za-z]{2,6}", fullmatch=True
)


@example("first.last@gmail.com")
@example("aisha+news@citizen.example")
@example("+5215512345678")
@given(NUMBERS | SHORT_CODES | ADDRESSES)
def test_whoever_may_stand_in_a_rule_is_spelled_as_the_guard_spells_recipients(who: str) -> None:
    checked = check(
        f"{BOTH}limits:\n  - {{id: a, match: {{recipient: '{who}'}}, allow: 5 in 1 h}}\n"
    )

    if checked.rules is None:
        assert [p.code for p in checked.problems] == ["E207"]
    else:
        (limit,) = canonical(checked.rules.floods, Limits()).limits
        (value,) = limit.match.values[Dimension.RECIPIENT]
        assert addressee_of(who, Limits()).recipient == value


@given(SHORT_CODES | NUMBERS | ADDRESSES | st.from_regex("[A-Z][A-Za-z]{2,10}", fullmatch=True))
def test_a_sender_in_a_rule_is_spelled_as_the_guard_spells_senders(who: str) -> None:
    checked = check(f"{BOTH}limits:\n  - {{id: a, match: {{sender: '{who}'}}, allow: 5 in 1 h}}\n")

    if checked.rules is not None:
        assert match_of(f"{{sender: '{who}'}}") == Scope(
            {Dimension.SENDER: frozenset({sender_of(who, Limits())})}
        )


def test_the_names_of_a_template_whose_rule_is_broken_are_not_called_unknown() -> None:
    text = OTP.replace("digits 6", "digit 6") + (
        "limits:\n  - {id: a, match: {class: otp, template: code}, allow: 5 in 1 h}\n"
    )

    assert codes_of(text) == ["E013"]


def test_the_name_of_a_safe_list_that_is_broken_is_not_called_unknown() -> None:
    text = OTP + (
        "limits:\n  - {id: a, allow: 5 in 1 h, safe: b}\nsafe_lists:\n  - {id: b, country: ZZ}\n"
    )

    assert codes_of(text) == ["E208"]


@settings(deadline=None)
@given(st.sampled_from(EVERYTHING.splitlines()[12:]), st.text(max_size=12), st.integers(0, 80))
def test_no_damage_to_one_line_makes_the_loader_raise(line: str, damage: str, at: int) -> None:
    damaged = line[:at] + damage.encode(errors="replace").decode() + line[at:]

    for problem in check(EVERYTHING.replace(line, damaged, 1)).problems:
        assert problem.render()


# --- doubts


def limit(text: str) -> str:
    return f"limits:\n  - {{id: a, per: client, {text}}}\n"


def safe(text: str) -> str:
    return limit("allow: 5 in 1 h, safe: b") + f"safe_lists:\n  - {{id: b, {text}}}\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (limit("allow: [5 in 1 h, 200 in 1 day]"), "W201"),
        (limit("allow: [5 in 1 h burst 2, 60 in 1 day burst 2]"), "W201"),
        (limit("allow: [5 in 1 h burst 2, 60 in 1 day]"), ""),
        (limit("allow: [1 in 60 s, 5 in 10 min, 10 in 24 h]"), ""),
        (limit("allow: [20 in 10 min, 10 in 1 h], count: different-recipients"), "W201"),
        (limit("allow: [10 in 10 min, 20 in 1 h], count: different-recipients"), ""),
        (limit("allow: 5 in 1 h, match: {sender: b+1@c.example}"), "W205"),
        (limit("allow: 5 in 1 h, match: {sender: +b@c.example}"), ""),
        ("safe_lists:\n  - {id: a, client: kiosk}\n", "W202"),
        (safe("end-user-ip: 192.0.2.1"), "W203"),
        (safe("end-user: probe"), "W203"),
        (safe("recipient: b+1@c.example"), "W205"),
        (safe("recipient: b@c.example"), ""),
        ("watches:\n  - {id: a, per: recipient, sign: first-seen}\n", "W204"),
    ],
)
def test_each_doubt_is_a_warning(text: str, code: str) -> None:
    checked = check(OTP + text)

    assert checked.rules is not None
    assert [p.code for p in checked.problems] == ([code] if code else [])


@pytest.mark.parametrize(("grace", "codes"), [("5 min", ["W206"]), ("10 min", [])])
def test_a_floor_that_counts_codes_before_their_time_is_over_is_doubtful(
    grace: str, codes: list[str]
) -> None:
    text = OTP.replace("    channel:", "    valid: 10 min\n    channel:")
    floor = f"{{id: a, match: {{class: otp}}, percent: 9, at_least: 9 in 1 h, grace: {grace}}}"

    assert codes_of(f"{text}floors:\n  - {floor}\n") == codes


# --- times and windows

UNITS = {
    "s": 1, "second": 1, "seconds": 1, "min": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hour": 3600, "hours": 3600, "d": 86_400, "day": 86_400, "days": 86_400,
}  # fmt: skip
DURATION: TypeAdapter[float] = TypeAdapter(Duration)
WINDOWS: TypeAdapter[tuple[WindowRule, ...]] = TypeAdapter(Windows)


@given(st.integers(1, 40_000_000), st.sampled_from(sorted(UNITS)), st.sampled_from(["", " "]))
def test_a_time_is_a_number_and_its_unit(number: int, unit: str, blank: str) -> None:
    seconds = number * UNITS[unit]
    if seconds <= MOST_SECONDS:
        assert DURATION.validate_python(f"{number}{blank}{unit}") == seconds
    else:
        with pytest.raises(ValidationError, match="longer than 366 days"):
            DURATION.validate_python(f"{number}{blank}{unit}")


@given(st.text(max_size=20) | st.from_regex(r"[0-9.]{0,4} ?[a-zA-Z]{0,8}", fullmatch=True))
def test_no_other_text_is_a_time(text: str) -> None:
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([a-z]+)", text.strip())
    if found is not None and found[2] in UNITS:
        return
    with pytest.raises(ValueError, match=r"not a (duration|unit of time)"):
        read_duration(text)


@given(st.integers(1_000_000, int(MOST_SECONDS) * 1_000_000))
def test_a_time_in_words_reads_as_it_was(microseconds: int) -> None:
    seconds = microseconds / 1_000_000

    assert read_duration(words_of(seconds)) == pytest.approx(seconds, abs=1e-6)


@given(st.integers(1, 31 * 86_400))
def test_whole_seconds_in_words_read_as_they_were(seconds: int) -> None:
    assert read_duration(words_of(float(seconds))) == seconds


@given(
    st.integers(0, 10**12 - 1),
    st.integers(1, 3600),
    st.sampled_from(sorted(UNITS)),
    st.none() | st.integers(0, 10**12 - 1),
    st.sampled_from([" ", ",", ", ", ",  "]),
)
def test_a_window_is_read_as_its_long_form(
    limit: int, number: int, unit: str, burst: int | None, comma: str
) -> None:
    time = f"{min(number, 366)} {unit}"
    short = f"{limit} in {time}" + ("" if burst is None else f"{comma}burst {burst}")
    long = {"limit": limit, "in": time} | ({} if burst is None else {"burst": burst})

    assert WINDOWS.validate_python(short) == WINDOWS.validate_python([long])


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.none() | st.integers(1, 10**6))
def test_a_window_in_words_reads_as_it_was(limit: int, seconds: int, burst: int | None) -> None:
    window = WindowRule.model_validate({"limit": limit, "in": f"{seconds} s", "burst": burst})

    assert WINDOWS.validate_python(window.words()) == (window,)


@given(
    st.from_regex(r"[0-9]{0,3} ?(in|per|an?|/|each) ?[0-9]{0,2} ?[a-z]{0,7}( burst [0-9]?)?",
                  fullmatch=True)
    | st.text(max_size=20)
)  # fmt: skip
def test_what_is_written_otherwise_is_refused_with_a_remedy_that_works(text: str) -> None:
    try:
        WINDOWS.validate_python(text)
    except ValidationError as exc:
        # An item that is refused leaves a list that is too short; people are not told of that.
        error = exc.errors()[0]
        assert error["type"] in {"E201", "E202"}
        remedy = error["ctx"]["help"]
        written = re.search(r"write `([0-9]+ in [^`]+)`", remedy)
        if written is not None:
            WINDOWS.validate_python(written[1])
    else:
        assert re.fullmatch(r"[0-9]+ in \S.*", text.strip())


# --- the rules that ship


def test_the_limits_that_ship_hold_a_stolen_key_within_the_first_few_dozen_messages() -> None:
    floods = check_rules(ROOT / "rules").rules
    assert floods is not None
    limit = next(one for one in floods.floods.limits if one.id == "otp-client")

    assert (limit.per, limit.mode, limit.action) == (
        (Dimension.CLIENT,), Mode.ENFORCE, FloodAction.HOLD,
    )  # fmt: skip
    assert limit.windows == (Window(60, 60.0, 30),)


def test_one_stolen_key_cannot_use_up_what_a_person_may_ask_for_in_another_application() -> None:
    rules = check_rules(ROOT / "rules").rules
    assert rules is not None
    by_id = {one.id: one for one in rules.floods.limits}
    of_one, of_all = by_id["otp-recipient-client"], by_id["otp-recipient"]

    assert set(of_one.per) == {Dimension.RECIPIENT, Dimension.CLIENT}
    for window in of_all.windows:
        same = [w for w in of_one.windows if w.seconds == window.seconds]
        assert same
        assert all(w.allowed * 2 <= window.allowed and w.burst * 2 <= window.burst for w in same)


def test_codes_that_ship_are_of_no_use_after_ten_minutes() -> None:
    rules = check_rules(ROOT / "rules").rules
    assert rules is not None

    assert {t.valid_seconds for t in rules.templates if t.template_class == "otp"} == {600.0}
