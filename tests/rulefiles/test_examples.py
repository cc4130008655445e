"""Examples beside templates are judged by the real checks."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from filter.message import Channel
from filter.reading.sandbox import Sandbox
from filter.rulefiles.examples import ExampleOutcome, run_examples, transaction_of
from filter.rulefiles.load import check_sources, load_rules
from filter.rulefiles.sources import SourceFile
from filter.ruleset import Example, RuleSet
from filter.settings import Inspection

ROOT = Path(__file__).parent.parent.parent
CODE = """\
templates:
  - id: code
    channel: [sms, email]
    from: [MYHEALTH, "MyHealth <no-reply@health.example>"]
    subject: ["Code {code}", "{code} is your code"]
    text: "Your code is {code}."
    variants:
      - {language: ms, subject: "Kod {code}", text: "Kod anda {code}."}
    slots:
      code: digits 6
    examples:
      pass: ["Your code is 123456."]
      hold: ["Your code is 12345."]
"""
LIMITS = Inspection()


@pytest.fixture(scope="module")
def looker() -> Iterator[Sandbox]:
    with Sandbox(LIMITS) as sandbox:
        yield sandbox


def rules_of(text: str) -> RuleSet:
    checked = check_sources([SourceFile("r.yaml", "r.yaml", Path("r.yaml"), text.encode())])
    assert checked.rules is not None, [p.render() for p in checked.problems]
    return checked.rules


def run(text: str, looker: Sandbox, only: str = "") -> list[ExampleOutcome]:
    return list(run_examples(rules_of(text), looker, LIMITS, only=only))


def test_the_rules_that_ship_pass_and_hold_what_they_say(looker: Sandbox) -> None:
    outcomes = list(run_examples(load_rules(ROOT / "rules"), looker, LIMITS))

    assert [f"{o.template} / {o.name}: {o.trouble}" for o in outcomes if not o.is_right] == []
    assert len(outcomes) >= 40
    assert all(o.example.code for o in outcomes if not o.example.expect_pass)


def test_a_text_is_tried_on_every_channel_of_its_template(looker: Sandbox) -> None:
    outcomes = run(CODE, looker)

    assert [(o.example.expect_pass, o.example.channel, o.trouble) for o in outcomes] == [
        (True, Channel.SMS, ""),
        (True, Channel.EMAIL, ""),
        (False, Channel.SMS, ""),
        (False, Channel.EMAIL, ""),
    ]


@pytest.mark.parametrize(
    ("examples", "trouble"),
    [
        ('pass: ["Your code is 12345."]', "expected pass, got held template.slot"),
        ('hold: ["Your code is 654321."]', "expected held, got pass as code"),
        (
            'hold: [{text: "Your code is 1.", code: link.carried}]',
            "expected held link.carried, got",
        ),
        ('pass: [{text: "Your code is 123456.", from: EVIL}]', "expected pass, got held sender."),
        ('pass: [{text: "Kod anda 123456.", subject: Code 123456}]', "expected pass, got held"),
    ],
)
def test_an_example_that_comes_out_otherwise_is_told(
    looker: Sandbox, examples: str, trouble: str
) -> None:
    key = examples.split(":", 1)[0]
    line = next(line for line in CODE.splitlines() if line.strip().startswith(f"{key}:"))
    outcomes = run(CODE.replace(line, f"      {examples}"), looker)

    wrong = [o for o in outcomes if not o.is_right]
    assert wrong
    assert wrong[0].trouble.startswith(trouble)
    assert wrong[0].verdict is not None


def test_a_message_that_passes_as_another_template_is_wrong(looker: Sandbox) -> None:
    other = CODE.replace("templates:\n", "").replace("id: code", "id: other")

    troubles = {o.trouble for o in run(CODE + other, looker) if o.template == "other"}

    assert "passed as template code, not as other" in troubles


def test_a_variant_counts_as_its_template(looker: Sandbox) -> None:
    outcomes = run(CODE.replace('"Your code is 123456."', '"Kod anda 123456."'), looker)

    assert [o.trouble for o in outcomes] == [""] * 4
    assert outcomes[1].verdict is not None
    assert outcomes[1].verdict.template == "code/ms"


def test_rules_in_shadow_are_tried_as_if_they_were_enforced(looker: Sandbox) -> None:
    shadow = CODE.replace("    subject:", "    mode: shadow\n    subject:")

    assert [o.trouble for o in run(shadow, looker)] == [""] * 4


def test_templates_that_are_off_are_left_out(looker: Sandbox) -> None:
    assert run(CODE.replace("    subject:", "    mode: off\n    subject:"), looker) == []


def test_some_examples_can_be_chosen(looker: Sandbox) -> None:
    assert len(run(CODE, looker, only="code / your code is 12345\\.")) == 2
    assert run(CODE, looker, only="nothing") == []


def test_a_whole_message_can_stand_in_a_file(looker: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "pass.eml").write_bytes(
        b"From: MyHealth <no-reply@health.example>\nTo: a@example.org\nSubject: Code 123456\n"
        b"Date: Mon, 14 Jun 2021 09:30:00 +0800\nMIME-Version: 1.0\n"
        b"Message-ID: <1@health.example>\n\nYour code is 123456.\n"
    )
    (tmp_path / "hold.json").write_text(
        '{"channel": "sms", "from": "MYHEALTH", "to": "+15550100", "body": "Your code is."}'
    )
    text = CODE.replace('["Your code is 123456."]', "[{file: pass.eml}]")
    (tmp_path / "r.yaml").write_text(text.replace('["Your code is 12345."]', "[{file: hold.json}]"))

    outcomes = list(run_examples(load_rules(tmp_path), looker, LIMITS))

    assert [o.trouble for o in outcomes] == ["", ""]


def test_an_example_becomes_the_mail_that_an_application_would_send(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(b"png")
    (tmp_path / "letter.pdf").write_bytes(b"pdf")
    files = (str(tmp_path / "logo.png"), str(tmp_path / "letter.pdf"))
    example = Example(
        expect_pass=True, source="", channel=Channel.EMAIL, text="Your code is 123456.",
        html='<p>Your code is 123456.</p><img src="cid:logo.png">', attachments=files,
    )  # fmt: skip

    transaction = transaction_of(example, rules_of(CODE).templates)
    mail = message_from_bytes(transaction.content, policy=default)

    assert transaction.envelope.sender == "no-reply@health.example"
    assert mail["From"] == "MyHealth <no-reply@health.example>"
    assert mail["Subject"] == "Code 123456"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html",
        "image/png", "application/pdf",
    ]  # fmt: skip
    assert b"\r\n" in transaction.content


def test_an_example_that_cannot_be_made_is_wrong_and_says_why(looker: Sandbox) -> None:
    text = CODE.replace('"Your code is 12345."', '{text: x, from: "a\\nb <c@d.example>"}')

    outcomes = [o for o in run(text, looker) if not o.example.expect_pass]

    assert outcomes[0].trouble.startswith("cannot be tried: ")
