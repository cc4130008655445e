"""``sallyport quarantine`` and ``sallyport decisions``, as people and scripts use them."""

from __future__ import annotations

import asyncio
import json
import mailbox
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from filter.cli.main import cli
from filter.cli.shelf import nearest_words, span_words
from filter.quarantine.item import State
from filter.verdict import Disposition, Finding, Nearest
from tests.quarantine.commandworld import World
from tests.quarantine.messages import CONTENT, HOLD, MONTH, decision_on, mail, older, passed, text

ESCAPE = "\x1b[31mred\u202e"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    with world.store:
        yield world


def test_the_list_masks_recipients_and_shows_why(world: World) -> None:
    transaction_id = world.holds(older(mail(), timedelta(hours=1, minutes=52)))

    header, row = world.rows("quarantine", "list")

    assert header == [
        "id",
        "age",
        "channel",
        "reason",
        "from",
        "to",
        "subject",
        "expires",
        "nearest",
    ]
    assert row == [
        transaction_id,
        "1h52m",
        "email",
        "template.none +1",
        "a@clinic.example",
        "j***@example.org +1",
        "Spring sale",
        "29d",
        "otp-login 88 %: [-{code}-]{+soon stolen+}",
    ]


def test_recipients_are_whole_only_on_request(world: World) -> None:
    world.holds(mail())

    assert "jane@" not in world.run("quarantine", "list").output
    assert "jane@" not in world.run("quarantine", "list", "--json").output
    assert "jane@example.org" in world.run("quarantine", "list", "--full").output
    assert "jane@example.org" in world.run("quarantine", "list", "--full", "--json").output


def test_the_list_is_filtered(world: World) -> None:
    sms = world.holds(text())
    old = world.holds(older(mail(), timedelta(days=2)))
    gone = world.holds(mail())
    world.store.change(gone, State.HELD, State.DISCARDED, by="x")

    def ids(*options: str) -> list[object]:
        return [item["id"] for item in world.objects("quarantine", "list", *options)]

    assert ids() == [sms, old] or ids() == [old, sms]
    assert ids("--channel", "sms") == [sms]
    assert ids("--since", "2h") == [sms]
    assert set(ids("--since", "2020-01-01")) == {sms, old}
    assert ids("--state", "discarded") == [gone]
    assert len(ids("--state", "all")) == 3
    assert ids("--reason", "image") == []
    assert ids("--to", "+15550100") == [sms]
    assert ids("--from", "A@clinic.example") == [old]
    assert len(ids("--limit", "1")) == 1
    assert world.run("quarantine", "list", "--since", "soon").exit_code == 2
    assert world.run("quarantine", "list", "--since", "999999w").exit_code == 2


def test_unknown_releases_are_pointed_out(world: World) -> None:
    transaction_id = world.holds(mail())
    world.store.change(transaction_id, State.HELD, State.RELEASING, by="x")
    world.store.change(transaction_id, State.RELEASING, State.UNKNOWN, by="x")

    assert "1 releases ended without an answer" in world.run("quarantine", "list").stderr


def test_show_says_why_in_words_first(world: World) -> None:
    transaction_id = world.holds(mail())

    shown = world.run("quarantine", "show", transaction_id).stdout

    why, nearest, envelope = (shown.index(w) for w in ("Why", "Nearest template", "Envelope"))
    assert why < nearest < envelope < shown.index("History")
    assert "template.none" in shown
    assert "otp-login (88 %)" in shown
    assert "[-{code}-]{+soon stolen+}" in shown
    assert "FROM:<a@clinic.example> BODY=8BITMIME RET=HDRS" in shown
    assert "jane@example.org" in shown


def test_show_for_machines_has_everything_but_the_bytes(world: World) -> None:
    transaction_id = world.holds(mail())

    (shown,) = world.objects("quarantine", "show", transaction_id)

    assert shown["recipients"] == ["jane@example.org", "\udcfcmlaut@example.org"]
    assert [step["to"] for step in shown["history"]] == ["held"]  # type: ignore[attr-defined]


def test_nothing_that_a_message_says_reaches_the_terminal_raw(world: World) -> None:
    transaction = replace(text(ESCAPE), client=replace(mail().client, name=ESCAPE))
    envelope = replace(transaction.envelope, sender=ESCAPE, recipients=(ESCAPE,))
    verdict = replace(
        HOLD,
        findings=(Finding("x", f"template.{ESCAPE}", f"a\n{ESCAPE}", ESCAPE),),
        shadow=(Finding("x", ESCAPE, ESCAPE),),
        nearest=Nearest(ESCAPE, 1, ESCAPE),
    )
    transaction = replace(transaction, envelope=envelope, route=ESCAPE, provider=ESCAPE)
    decision = decision_on(transaction, verdict)
    asyncio.run(world.store.hold(transaction, decision, decision.at + MONTH))
    world.store.note_outcome(transaction.id, f"relayed {ESCAPE}")
    world.store.close()

    for arguments in (
        ("quarantine", "list", "--full"),
        ("quarantine", "show", transaction.id),
        ("quarantine", "release", transaction.id, "--dry-run"),
        ("decisions", "list"),
        ("decisions", "show", transaction.id),
    ):
        output = world.run(*arguments).output
        assert transaction.id in output
        assert "\x1b" not in output
        assert "\u202e" not in output


def test_raw_writes_the_exact_bytes(world: World) -> None:
    transaction_id = world.holds(mail())

    assert world.run("quarantine", "show", "--raw", transaction_id).stdout_bytes == CONTENT


def test_raw_bytes_do_not_go_to_a_terminal(world: World) -> None:
    transaction_id = world.holds(mail())
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "filter", "quarantine", "show", "--raw", transaction_id]
    result = subprocess.run(
        [*command, "--settings", str(world.settings)],
        stdout=theirs,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(theirs)
    os.close(ours)

    assert result.returncode == 2
    assert b"redirect --raw into a file" in result.stderr


def test_an_id_that_does_not_exist(world: World) -> None:
    world.holds(mail())

    for group in ("quarantine", "decisions"):
        result = world.run(group, "show", "m_none")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "m_none" in result.stderr


def test_no_store_is_exit_5_and_none_is_made(tmp_path: Path) -> None:
    settings = tmp_path / "sallyport.yaml"
    settings.write_text("state: elsewhere\n")

    result = CliRunner().invoke(cli, ["quarantine", "list", "--settings", str(settings)])

    assert result.exit_code == 5
    assert "no such file" in result.stderr
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everywhere")
def test_a_store_of_another_user_is_exit_4(world: World) -> None:
    world.holds(mail())
    (world.folder / "state").chmod(0o500)

    assert world.run("quarantine", "list").exit_code == 4


def test_release_wants_ids_or_all_and_a_yes(world: World) -> None:
    transaction_id = world.holds(mail())

    for arguments, message in (
        ((), "name messages by id, or say --all or --case"),
        (("--all", transaction_id), "name messages by id, or say --all or --case"),
        ((transaction_id,), "say --yes to release 1"),
        ((transaction_id, "--reason", "link"), "choose among --all or --case"),
    ):
        result = world.run("quarantine", "release", *arguments)
        assert result.exit_code == 2
        assert message in result.stderr
    assert world.store.get_item(transaction_id).state is State.HELD


def test_a_rehearsal_changes_nothing(world: World) -> None:
    transaction_id = world.holds(mail())

    for verb in ("release", "discard", "export"):
        more = ("--output", str(world.folder / "out")) if verb == "export" else ()
        result = world.run("quarantine", verb, "--all", "--reason", "link", "--dry-run", *more)
        assert result.exit_code == 0
        assert f"would {verb} 1" in result.stderr
        assert transaction_id in result.stdout
    assert world.store.get_item(transaction_id).state is State.HELD
    assert not (world.folder / "out").exists()


def test_a_next_hop_that_is_away_leaves_it_held_and_stops_early(world: World) -> None:
    ids = [world.holds(mail()) for _ in range(5)]

    result = world.run("quarantine", "release", "--all", "--yes", "--note", "asked for")

    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1 + 3
    assert "stopped: the next hop is away" in result.stderr
    assert {world.store.get_item(i).state for i in ids} == {State.HELD}
    notes = {step.note for i in ids for step in world.store.history(i)}
    assert "asked for" in notes
    assert any("next hop away" in note for note in notes)


def test_a_text_message_without_its_provider_stays_held(world: World) -> None:
    transaction_id = world.holds(text())

    result = world.run("quarantine", "release", transaction_id, "--yes", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["state"] == "held"
    assert world.store.get_item(transaction_id).state is State.HELD


def test_discard_tells_what_it_did_and_what_not(world: World) -> None:
    first, second = world.holds(mail()), world.holds(mail())

    done = world.run("quarantine", "discard", "-", "--yes", "--note", "prank", stdin=f"{first}\n")
    world.store.change(second, State.HELD, State.RELEASING, by="ben")
    again = world.run("quarantine", "discard", first, second, "--yes", "--json")

    assert done.exit_code == 0
    assert again.exit_code == 1
    states = [
        (json.loads(line)["id"], json.loads(line)["state"]) for line in again.stdout.split("\n")[:2]
    ]
    assert states == [(first, "discarded"), (second, "releasing")]
    item = world.store.get_item(first)
    assert (item.state, item.note) == (State.DISCARDED, "prank")
    assert item.changed_by


def test_behind_sudo_the_person_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    transaction_id = world.holds(mail())
    monkeypatch.setenv("SUDO_USER", "anna")

    world.run("quarantine", "discard", transaction_id, "--yes")

    assert world.store.get_item(transaction_id).changed_by == "anna"


def test_export_writes_exact_bytes_once(world: World) -> None:
    email, sms = world.holds(mail()), world.holds(text("Hi"))
    folder = world.folder / "out"

    assert world.run("quarantine", "export", "--all", "--output", str(folder)).exit_code == 0
    again = world.run("quarantine", "export", email, "--output", str(folder))

    assert (folder / f"{email}.eml").read_bytes() == CONTENT
    assert (folder / f"{email}.eml").stat().st_mode & 0o777 == 0o600
    assert json.loads((folder / f"{sms}.json").read_text()) == {
        "channel": "sms",
        "from": "CLINIC",
        "to": "+15550100",
        "body": "Hi",
        "media": ["https://cdn.example/a.png"],
    }
    assert again.exit_code == 1
    assert "File exists" in again.stdout


def test_export_to_a_mailbox(world: World) -> None:
    body = b"Subject: one\r\n\r\nFrom here on\r\nFrom there\r\n"
    world.holds(mail(body))
    world.holds(text())
    path = world.folder / "held.mbox"

    result = world.run("quarantine", "export", "--all", "--mbox", str(path))

    assert result.exit_code == 1, "the text message has no place there"
    box = mailbox.mbox(path, create=False)
    assert [message["Subject"] for message in box] == ["one"]
    box.close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_export_needs_one_place(world: World) -> None:
    transaction_id = world.holds(mail())

    assert world.run("quarantine", "export", transaction_id).exit_code == 2


@pytest.mark.parametrize("end", [State.HELD, State.RELEASED])
def test_a_person_resolves_what_is_unknown(world: World, end: State) -> None:
    transaction_id = world.holds(mail())
    resolve = ("quarantine", "resolve", transaction_id, "--as", end.value, "--note", "in its log")

    too_early = world.run(*resolve)
    world.store.change(transaction_id, State.HELD, State.RELEASING, by="x")
    world.store.change(transaction_id, State.RELEASING, State.UNKNOWN, by="x")
    resolved = world.run(*resolve)

    assert (too_early.exit_code, resolved.exit_code) == (1, 0)
    item = world.store.get_item(transaction_id)
    assert (item.state, item.note) == (end, "in its log")


def test_decisions_answer_who_sent_what_and_why_it_passed(world: World) -> None:
    decision = passed()
    asyncio.run(world.store.record(decision))
    world.store.note_outcome(decision.id, "relayed 250 2.0.0 queued as 4Xy")
    world.store.note_told(decision.id)
    world.holds(text())
    world.store.close()

    header, row = world.rows("decisions", "list", "--template", "otp-login", "--since", "1h")
    assert header[2:] == [
        "channel",
        "disposition",
        "reason",
        "client",
        "from",
        "to",
        "nearest",
        "outcome",
    ]
    assert row[2:] == [
        "email",
        "pass",
        "otp-login",
        "crm",
        "a@clinic.example",
        "j***@example.org +1",
        "",
        "relayed 250 2.0.0 queued as 4Xy",
    ]
    shown = world.run("decisions", "show", decision.id).stdout
    assert "let through" in shown
    assert "fits otp-login" in shown
    assert "client told yes" in shown
    (record,) = world.objects("decisions", "show", decision.id)
    assert (record["told"], record["outcome"]) == (True, "relayed 250 2.0.0 queued as 4Xy")
    assert record["recipients_masked"] == ["j***@example.org", "\udcfc***@example.org"]


def test_decisions_are_filtered(world: World) -> None:
    decision = passed()
    asyncio.run(world.store.record(decision))
    sms = world.holds(text())

    def ids(*options: str) -> list[object]:
        return [record["id"] for record in world.objects("decisions", "list", *options)]

    assert ids("--disposition", "quarantine") == [sms]
    assert ids("--client", "shop") == [sms]
    assert ids("--sender", "a@clinic.example") == [decision.id]
    assert ids("--recipient", "+15550100") == [sms], "a whole one is masked before it is looked up"
    assert ids("--recipient", "j***@example.org") == [decision.id]
    assert ids("--code", "template.none") == [sms]
    assert ids("--channel", "email") == [decision.id]
    assert set(ids("--repeats-of", sms)) == {sms, decision.id}
    assert ids("--limit", "1") == [max(sms, decision.id)]


def test_the_list_says_what_passed_only_in_shadow_mode(world: World) -> None:
    decision = replace(decision_on(mail()), disposition=Disposition.PASS)
    asyncio.run(world.store.record(decision))

    _, row = world.rows("decisions", "list")

    assert row[3:5] == ["would hold", "template.none +1"]
    assert world.objects("decisions", "list")[0]["disposition"] == "pass"


def test_a_release_is_in_the_decision_log_too(world: World) -> None:
    transaction_id = world.holds(mail())
    world.store.change(transaction_id, State.HELD, State.RELEASING, by="anna")
    world.store.change(
        transaction_id, State.RELEASING, State.RELEASED, by="anna", answer="250 2.0.0 ok"
    )

    assert world.rows("decisions", "list")[1][-1] == "released by anna: 250 2.0.0 ok"


def test_help_loads_no_database() -> None:
    program = (
        "import sys; from filter.cli import quarantine, decisions, main;"
        "sys.exit(any(m.startswith('sqlalchemy') for m in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_ages_are_short() -> None:
    assert [span_words(timedelta(seconds=s)) for s in (5, 65, 3600, 6720, 90_000, 2_592_000)] == [
        "5s",
        "1m",
        "1h",
        "1h52m",
        "1d1h",
        "30d",
    ]


def test_the_nearest_template_and_what_differs_are_everywhere_a_reason_is(world: World) -> None:
    transaction_id = world.holds(mail())
    difference = "Your code is [-{code}-]{+soon stolen+}"

    commands: tuple[list[str], ...] = (["decisions", "show"], ["quarantine", "show"], ["explain"])
    for command in commands:
        shown = world.run(*command, transaction_id).stdout
        assert "Nearest template: otp-login (88 %)" in shown, command
        assert difference in shown, command
    (record,) = world.objects("explain", transaction_id)
    (item,) = world.objects("quarantine", "list")
    for found in (record, item):
        verdict = found["verdict"]
        assert isinstance(verdict, dict)
        assert verdict["nearest"]["difference"] == difference
    for lists in ("decisions", "quarantine"):
        header, row = world.rows(lists, "list")
        short = row[header.index("nearest")]
        assert short == "otp-login 88 %: [-{code}-]{+soon stolen+}"


@pytest.mark.parametrize(
    ("difference", "short"),
    [
        ("", "code 93 %"),
        ("Your [-code-] is … [-a-]{+b+} c", "code 93 %: [-code-] … [-a-]{+b+}"),
        ("only {+more+}", "code 93 %: {+more+}"),
        (f"{{+{'long ' * 40}+}}", f"code 93 %: {{+{'long ' * 19}lo…"),
    ],
)
def test_a_list_says_only_what_differs(difference: str, short: str) -> None:
    assert nearest_words(replace(HOLD, nearest=Nearest("code", 93, difference))) == short
