"""`sallyport templates learn`: from stored messages to a rule file that is valid and tested."""

from __future__ import annotations

import asyncio
import csv
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from filter.cli.main import cli
from filter.message import Channel, TextFields, Transaction
from filter.quarantine.store import Store
from filter.settings import Quarantine
from tests.learning.mailbox import START, Made, Mail, mailbox, render, templates
from tests.quarantine.messages import HOLD, MONTH, PASS, decision_on, text

MADE = tuple(
    one for one in templates() if one.id in ("order-shipped", "appointment-code", "otp", "result")
)
OURS = ("--domain", "health.example", "--domain", "shop.example")
ALL = ("--accept-all", "--min-count", "10", *OURS)


@pytest.fixture(scope="module")
def mails() -> list[Mail]:
    return list(mailbox(240, 3, MADE))


def in_mbox(folder: Path, mails: Sequence[Mail]) -> Path:
    path = folder / "sent.mbox"
    with path.open("wb") as file:
        for one in mails:
            if not one.is_sms:
                file.write(b"From x@y Mon Nov  2 10:00:00 2026\n")
                file.write(one.content.replace(b"\r\n", b"\n") + b"\n")
    return path


def in_maildir(folder: Path, mails: Sequence[Mail]) -> Path:
    cur = folder / "Maildir" / "cur"
    cur.mkdir(parents=True)
    (folder / "Maildir" / "tmp").mkdir()
    (folder / "Maildir" / "dovecot-uidlist").write_text("3 V1 N1")
    for number, one in enumerate(mails):
        if not one.is_sms:
            (cur / f"{number}.a.host:2,S").write_bytes(one.content.replace(b"\r\n", b"\n"))
    return folder / "Maildir"


def in_folder(folder: Path, mails: Sequence[Mail]) -> Path:
    path = folder / "mails"
    path.mkdir()
    for number, one in enumerate(mails):
        if one.is_sms:
            fields = {"from": one.sender, "to": one.recipient, "body": one.text}
            (path / f"{number}.json").write_text(json.dumps(fields))
        else:
            (path / f"{number}.eml").write_bytes(one.content)
    return path


def in_csv(folder: Path, mails: Sequence[Mail]) -> Path:
    path = folder / "sent.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Body", "From", "To", "Sent at"])
        for one in mails:
            if one.is_sms:
                rows.writerow([one.text, one.sender, one.recipient, one.at.isoformat()])
    return path


def run(folder: Path, *arguments: str | Path, command: str = "learn") -> Result:
    settings = folder / "sallyport.yaml"
    settings.write_text("state: state\nrules: rules\nmail:\n  next_hop: {port: 1}\n")
    words = ["templates", "learn"] if command == "learn" else [command]
    return CliRunner().invoke(
        cli, [*words, "--settings", str(settings), *(str(one) for one in arguments)]
    )


def proposals(result: Result) -> list[dict[str, object]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_what_is_written_is_valid_and_its_examples_come_out_right(
    tmp_path: Path, mails: list[Mail]
) -> None:
    written = run(tmp_path, in_mbox(tmp_path, mails), in_csv(tmp_path, mails), *ALL)

    assert written.exit_code == 0, written.output
    assert "4 templates" in written.stderr
    assert run(tmp_path, command="check").exit_code == 0
    tested = run(tmp_path, command="test")
    assert tested.exit_code == 0, tested.output


def test_fresh_messages_pass_by_what_was_written(tmp_path: Path, mails: list[Mail]) -> None:
    run(tmp_path, in_mbox(tmp_path, mails), in_csv(tmp_path, mails), *ALL)
    rng = random.Random(77)
    fresh = [render(made, rng) for made in MADE for _ in range(8)]
    scanned = run(tmp_path, in_folder(tmp_path, fresh), command="scan")

    assert "32 judged, 0 would be held" in scanned.stderr, scanned.output[:2000]


def test_a_second_domain_that_nobody_named_is_not_accepted_in_bulk(
    tmp_path: Path, mails: list[Mail]
) -> None:
    written = run(tmp_path, in_mbox(tmp_path, mails), *ALL[:3])

    assert "also send as a rule: " in written.stderr
    rules = (tmp_path / "rules" / "learnt.yaml").read_text()
    assert ("@shop.example" in rules) is not ("@health.example" in rules)


def test_messages_that_pass_already_suggest_nothing(tmp_path: Path, mails: list[Mail]) -> None:
    source = in_csv(tmp_path, [one for one in mails if one.is_sms])
    assert run(tmp_path, source, *ALL, "--domain", "health.example").exit_code == 0
    again = run(tmp_path, source, "--dry-run", "--out", "other.yaml")

    assert "pass already" in again.stderr
    assert not again.stdout


@pytest.mark.parametrize("store", [in_maildir, in_folder])
def test_every_kind_of_source_says_the_same(
    tmp_path: Path, mails: list[Mail], store: Callable[[Path, Sequence[Mail]], Path]
) -> None:
    kept = [one for one in mails if not one.is_sms]
    first = proposals(run(tmp_path, in_mbox(tmp_path, kept), "--dry-run", "--json"))
    folder = store(tmp_path, kept)
    (folder / "notes.txt").write_text("no message")
    other = proposals(run(tmp_path, folder, "--dry-run", "--json"))

    assert other == first
    assert {one["channel"] for one in first} == {"email"}


def test_the_order_of_the_mailbox_changes_no_byte(tmp_path: Path, mails: list[Mail]) -> None:
    files = []
    for name, order in (("a", mails), ("b", mails[::-1])):
        folder = tmp_path / name
        folder.mkdir()
        sources = in_mbox(folder, order), in_csv(folder, order)
        assert run(folder, *sources, "--accept-all").exit_code == 0
        files.append((folder / "rules" / "learnt.yaml").read_bytes())

    assert files[0] == files[1]


def test_the_quarantine_is_a_source(tmp_path: Path) -> None:
    rng = random.Random(1)
    made = next(one for one in MADE if one.id == "otp")
    with Store(tmp_path / "state", Quarantine(min_free_bytes=0)) as store:
        for number in range(30):
            held = as_transaction(render(made, rng), number)
            decision = decision_on(held, HOLD)
            asyncio.run(store.hold(held, decision, decision.at + MONTH))
    found = proposals(run(tmp_path, "decisions", "--dry-run", "--json"))

    assert [one["text"] for one in found] == [
        ["RM0.00 {code} is your sign-in code. It expires in {number} minutes."]
    ]
    assert found[0]["count"] == 30


def test_what_passed_is_a_source_where_it_is_kept_and_what_was_discarded_is_none(
    tmp_path: Path,
) -> None:
    rng = random.Random(1)
    made = next(one for one in MADE if one.id == "otp")
    with Store(tmp_path / "state", Quarantine(min_free_bytes=0, passed_days=7)) as store:
        for number in range(30):
            passed = as_transaction(render(made, rng), number)
            asyncio.run(store.record(decision_on(passed, PASS)))
            store.note_passed(passed, passed.received_at)
        for number in range(30, 60):
            bad = as_transaction(replace(render(made, rng), text="You won a prize."), number)
            decision = decision_on(bad, HOLD)
            asyncio.run(store.hold(bad, decision, decision.at + MONTH))
            store.discard_items([bad.id], by="aminah", note="a prank")
    found = proposals(run(tmp_path, "decisions", "--dry-run", "--json"))

    assert [one["count"] for one in found] == [30]
    assert "sign-in code" in str(found[0]["text"])


def as_transaction(one: Mail, number: int) -> Transaction:
    plain = text(one.text)
    fields = TextFields(one.sender, one.recipient, one.text)
    envelope = replace(plain.envelope, sender=one.sender, recipients=(one.recipient,))
    at = START + timedelta(hours=number)
    assert plain.channel is Channel.SMS
    return replace(plain, text=fields, envelope=envelope, received_at=at)


def test_nothing_is_overwritten_without_force(tmp_path: Path, mails: list[Mail]) -> None:
    source = in_csv(tmp_path, mails)
    assert run(tmp_path, source, "--accept-all").exit_code == 0
    refused = run(tmp_path, source, "--accept-all")

    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert run(tmp_path, source, "--accept-all", "--force").exit_code == 0


def test_a_proposal_with_doubts_is_accepted_by_its_id_only(
    tmp_path: Path, mails: list[Mail]
) -> None:
    few = [one for one in mails if one.template == "otp"][:12]
    source = in_csv(tmp_path, few)
    bulk = run(tmp_path, source, "--accept-all")

    assert bulk.exit_code == 1
    assert "fewer than 20" in bulk.stdout
    assert not (tmp_path / "rules" / "learnt.yaml").exists()
    assert run(tmp_path, source, "--accept", "rm0-00-is-your-sign-in").exit_code == 0
    unknown = run(tmp_path, source, "--accept", "rm0-00-is-your-sign", "--force")
    assert unknown.exit_code == 2
    assert "did you mean" in unknown.stderr


def test_values_are_shortened_unless_asked_for(tmp_path: Path, mails: list[Mail]) -> None:
    source = in_csv(tmp_path, mails)
    names = {one.values["name"] for one in mails if one.is_sms and "name" in one.values}
    short = run(tmp_path, source, "--dry-run")
    whole = run(tmp_path, source, "--dry-run", "--show-values")

    assert not any(name in short.output for name in names)
    assert any(name in whole.output for name in names)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "no column `text`"),
        ("text,to\nHello,+1\n", "--from"),
        ("text,from,date\nHello,A,yesterday\n", "no ISO date"),
    ],
)
def test_a_csv_file_that_cannot_be_read_says_line_and_remedy(
    tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "x.csv").write_text(content)
    result = run(tmp_path, tmp_path / "x.csv", "--dry-run")

    assert result.exit_code == 2
    assert said in result.stderr
    assert "x.csv" in result.stderr


def test_made_messages_have_a_template_each() -> None:
    assert isinstance(MADE[0], Made)
    assert len(templates()) == 150
