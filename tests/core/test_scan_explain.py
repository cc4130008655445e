from __future__ import annotations

import contextlib
import io
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.cli import explained
from filter.cli.explained import explain, explanation_json, print_explanation
from filter.cli.main import cli
from filter.inspection import read
from filter.message import (
    Channel,
    Client,
    Envelope,
    Link,
    LinkKind,
    Message,
    Transaction,
    View,
    ViewKind,
)
from filter.mode import Mode
from filter.ruleset import Slot, SlotType
from filter.settings import Inspection
from filter.templates.compiled import compile_template
from filter.templates.matcher import TemplateMatcher
from filter.templates.sidebyside import MAX_PARTS
from tests.battery.good import APPOINTMENT_TEXT, CODE_TEXT, appointment, mail
from tests.battery.judge import battery_rules
from tests.battery.sample import ENVELOPE, Sample

CYRILLIC_O = "\u043e"


def message_of(content: bytes) -> Message:
    sample = Sample("explain", "one", content)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    client = Client(name="battery")
    return read(Transaction("t", sample.channel, moment, client, ENVELOPE, content), Inspection())


def printed(message: Message, capsys: pytest.CaptureFixture[str]) -> str:
    rules = battery_rules()
    print_explanation(explain(message, rules))
    return capsys.readouterr().out


def test_the_view_that_differs_is_named_and_its_letter_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = APPOINTMENT_TEXT.replace("you", f"y{CYRILLIC_O}u", 1)

    lines = printed(message_of(appointment(text=text)), capsys).splitlines()

    assert lines[:3] == [
        "      nearest template: appointment",
        "      1 of 3 texts differs: plain",
        "      subject: as approved",
    ]
    assert any(f"[-you-] {{+y{CYRILLIC_O}u+}}" in line for line in lines)
    assert f"        {CYRILLIC_O} U+043E CYRILLIC SMALL LETTER O" in lines


def test_a_message_that_passes_is_told_briefly(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(message_of(mail()), capsys).splitlines() == [
        "      fits template: code",
        "      as approved: subject, plain",
        "        {name} = Aisha binti Rahman",
        "        {code} = 493021",
    ]


def test_a_value_that_punctuation_touches_is_told_where_the_text_does_not_fit(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = printed(message_of(mail(f"{CODE_TEXT} Now!\n")), capsys).splitlines()

    assert "        {code} = 493021" in lines
    assert sum("… is 493021." in line or "code is 493021." in line for line in lines) == 1


def test_a_slot_that_was_never_filled_differs(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(message_of(mail(CODE_TEXT.replace("493021", "{code}"))), capsys)

    assert "[-{code}.-] {+{code}.+}" in out


def test_only_links_that_are_objected_to_are_explained() -> None:
    good, bad = "https://health.example/", "https://health.example/?https://health.example/"
    message = message_of(mail(f"{CODE_TEXT} {good} {bad}\n"))

    assert [link.link for link in explain(message, battery_rules()).links] == [bad]


def test_of_many_refused_links_the_rest_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    many = " ".join(f"https://evil{n}.example/" for n in range(40))

    out = printed(message_of(mail(f"{CODE_TEXT}\n{many}\n")), capsys)

    assert out.count("      link https://evil") == 12
    assert out.endswith("      … and 28 more refused links …\n")


def test_a_template_on_trial_is_nearest_only_when_no_other_is() -> None:
    rules, message = battery_rules(), message_of(mail(f"{CODE_TEXT} Now!\n"))
    shadow = tuple(replace(one, mode=Mode.SHADOW) for one in rules.templates if one.id == "code")
    matcher = TemplateMatcher([compile_template(one) for one in shadow])

    shown = explain(message, replace(rules, templates=shadow, matcher=matcher))

    assert (shown.template, shown.fits, shown.on_trial) == ("code", False, True)
    assert not explain(message, rules).on_trial


def test_an_attached_message_is_explained_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    inner = message_of(mail(f"{CODE_TEXT} Now!\n"))
    outer = replace(message_of(mail()), enclosed=(inner,))

    lines = printed(outer, capsys).splitlines()

    at = lines.index("      attached message:")
    assert lines[0] == "      fits template: code"
    assert lines[at + 1] == "      nearest template: code"


def test_a_failure_to_explain_is_one_line_of_a_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(explained, "set_beside", fail)
    for name in ("one", "two"):
        (tmp_path / f"{name}.eml").write_bytes(mail(f"{CODE_TEXT} Now!\n"))

    said = scan(tmp_path)
    objects = [json.loads(line) for line in scan(tmp_path, "--json").splitlines()]

    assert said.count("      the explanation failed: RecursionError") == 2
    assert said.count("{+Now!+}") >= 2
    assert [one["explained"] for one in objects] == [{"failed": "RecursionError"}] * 2


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_processes_explain_as_one_does_and_tell_a_difference_once(
    tmp_path: Path, jobs: str
) -> None:
    for name in ("one", "two", "three"):
        (tmp_path / f"{name}.eml").write_bytes(mail(f"{CODE_TEXT} Now!\n"))

    said = scan(tmp_path, "--jobs", jobs)

    assert said.count("      nearest template: code\n") == 3
    assert said.count("{+Now!+}") == 3


def scan(folder: Path, *options: str) -> str:
    rules = ["--rules", str(Path(__file__).parent.parent / "battery" / "rules")]
    result = CliRunner().invoke(cli, ["scan", "--explain", *rules, *options, str(folder)])
    assert result.exit_code == 1, result.output
    return result.stdout


def test_long_texts_and_many_views_are_told_shortly_and_quickly(
    capsys: pytest.CaptureFixture[str],
) -> None:
    views = tuple(
        View(ViewKind.HTML, f"html {n}", f"{CODE_TEXT} {n} " + "word of mouth " * 7_200, "part 1")
        for n in range(60)
    )
    message = replace(message_of(mail()), views=views)
    rules = battery_rules()

    start = time.process_time()
    shown = explain(message, rules)
    print_explanation(shown)
    spent = time.process_time() - start

    out = capsys.readouterr().out
    assert len(shown.texts) == MAX_PARTS
    assert len(out) < 150_000
    assert len(out.splitlines()) < 300
    assert spent < 10  # seconds; a fraction of it on an idle machine


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.text("ab {}.,x1", min_size=1, max_size=30), min_size=1, max_size=3),
    st.text("ab {}.,x1", max_size=40),
    st.sampled_from(list(SlotType)),
)
def test_no_rules_make_it_fail(texts: list[str], said: str, kind: SlotType) -> None:
    base = next(one for one in battery_rules().templates if one.id == "code")
    name = Slot("x", kind)
    template = replace(base, texts=tuple(texts), htmls=(), slots=(name,))
    try:
        matcher = TemplateMatcher([compile_template(template)])
    except ValueError:
        return  # no pattern, as the loader says
    rules = replace(battery_rules(), templates=(template,), matcher=matcher)
    view = View(ViewKind.TEXT, "plain", said, "part 1")
    shown = explain(replace(message_of(mail()), views=(view,)), rules)

    assert shown.failed == ""
    assert captured(lambda: print_explanation(shown))


def test_a_refused_link_is_shown_in_parts_with_the_nearest_entry(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = printed(message_of(mail(f"{CODE_TEXT} https://h\u0435alth.example/x\n")), capsys)

    assert "        host       xn--halth-zwe.example\n" in out
    assert "        nearest    home (" in out


def test_machines_are_told_the_same() -> None:
    rules, message = battery_rules(), message_of(mail(f"{CODE_TEXT} Now!\n"))

    shown = explanation_json(explain(message, rules))

    assert shown["template"] == "code"
    views = shown["views"]
    assert isinstance(views, list)
    assert [(view["name"], view["fits"]) for view in views] == [("subject", True), ("plain", False)]
    assert any("Now!" in one["said"] for one in views[1]["differences"])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=60), st.booleans())
def test_no_text_and_no_link_makes_it_fail_or_reaches_the_terminal_raw(
    text: str,
    url: str,
    is_far: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    said = text if is_far else f"{CODE_TEXT} {text}"
    message = Message(
        channel=Channel.EMAIL,
        envelope=Envelope("no-reply@health.example", ("a@dest.example",)),
        views=(View(ViewKind.TEXT, text, said, "part 1", text),),
        subject=text,
        links=(Link(url, LinkKind.ANCHOR, "part 1"),),
    )
    rules = battery_rules()
    lines = captured(lambda: print_explanation(explain(message, rules)))

    assert lines
    assert all(character.isprintable() for line in lines for character in line)


def captured(action: Callable[[], None]) -> list[str]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        action()
    return out.getvalue().split("\n")
