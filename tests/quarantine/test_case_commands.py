"""``sallyport cases`` and ``sallyport alerts``, and floods in the other lists."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from filter.cli.cases import DEFAULT_PER_SECOND
from filter.ids import new_pause_id
from filter.limits.pause import Pause
from filter.message import Client, Transaction
from filter.quarantine.caserelease import MAX_UNDER_WAY, PER_SECOND
from filter.quarantine.interface import AlertQuery
from filter.quarantine.item import Alert, State
from filter.quarantine.pauses import StoredPauses
from filter.subject import Dimension, Scope
from filter.verdict import Disposition, Finding, Flood
from tests.quarantine.commandworld import World
from tests.quarantine.floods import TOO_MANY, another, code_for, hold_many
from tests.quarantine.messages import FLOOD, PASS, mail, passed, text
from tests.quarantine.provider import Provider, a_provider
from tests.quarantine.waiting import until

ESCAPE = "\x1b[31mred\u202e"
HOUR = timedelta(hours=1)
RULES = """\
senders:
  - id: clinic
    from: CLINIC
templates:
  - id: sign-in
    channel: sms
    class: otp
    valid: 10 minutes
    from: clinic
    text: "Your code is {code}"
    slots:
      code: digits 4
    examples:
      pass: ["Your code is 1234"]
      hold: ["Your code is yours"]
"""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with a_provider() as provider:
        yield provider


@pytest.fixture
def world(tmp_path: Path, provider: Provider) -> Iterator[World]:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "sign-in.yaml").write_text(RULES)
    world = World(tmp_path, f"rules: {rules}\n{provider.settings}")
    with world.store:
        yield world


def holds(
    world: World, transaction: Transaction | None = None, flood: Flood = FLOOD, **changes: object
) -> str:
    verdict = replace(TOO_MANY, flood=flood, **changes)  # type: ignore[arg-type]  # fields of it
    return world.holds(transaction or code_for(), verdict)


def state_of(world: World, transaction_id: str) -> State:
    return world.store.get_item(transaction_id).state


def sent_by(client: str, recipient: str = "+60123450001") -> Transaction:
    return replace(code_for(recipient), client=Client(client, "192.0.2.7"))


# --- looking


def test_open_cases_are_listed_one_a_line(world: World) -> None:
    for age in (5, 3):
        holds(world, code_for(age=timedelta(minutes=age)))
    done = holds(world, flood=another(1))
    world.store.change(done, State.HELD, State.DISCARDED, by="anna")

    header, row = world.rows("cases", "list")

    assert header == ["id", "age", "held", "of", "rule", "key", "since"]
    assert row == [FLOOD.id, "3m", "2", "2", FLOOD.rule, FLOOD.key, "2020-09-13 12:26:40 UTC"]
    assert [case["case"] for case in world.objects("cases", "list", "--state", "all")] == [
        FLOOD.id,
        another(1).id,
    ]
    (closed,) = world.objects("cases", "list", "--state", "closed")
    assert (closed["held"], closed["total"], closed["counts"]) == (0, 1, {"discarded": 1})
    assert world.objects("cases", "list", "--rule", "another") == []
    assert world.objects("cases", "list", "--since", "2m") == []
    assert "there may be more" in world.run("cases", "list", "--limit", "1").stderr


def test_show_gives_a_reviewer_what_is_needed(world: World) -> None:
    holds(world, code_for("+60123450001", 2 * HOUR))
    holds(world, code_for("+60123450001", HOUR))
    holds(world, code_for("+60123450002"))
    prank = Finding("templates", "template.none", "no approved template fits")
    holds(world, code_for("+60123450003"), findings=(prank, *TOO_MANY.findings))
    holds(world, flood=another(1))

    shown = world.run("cases", "show", FLOOD.id).stdout

    for words in (
        f"OPEN  {FLOOD.id}  {FLOOD.rule}",
        "what        12 in 1 min., 10 are allowed; try in 9 s",
        "key         client=shop class=otp",
        "since       2020-09-13 12:26:40 UTC",
        "messages    4: 4 held",
        "recipients  3 different",
        "expired     2 are of no more use",
        "unapproved  1 were held for their content, too",
        "+601*****001",
        "Your code is 0001",
        f"sallyport cases release {FLOOD.id} --dry-run",
        f"sallyport cases discard {FLOOD.id} --reason",
        f"sallyport quarantine list --case {FLOOD.id}",
    ):
        assert words in shown, words
    assert "+6012345000" not in shown, "recipients are masked"
    (look,) = world.objects("cases", "show", FLOOD.id)
    assert (look["different_recipients"], look["of_no_more_use"], look["unapproved"]) == (3, 2, 1)
    assert len(look["sample"]) == 4  # type: ignore[arg-type]  # a list
    assert "+6012345000" not in json.dumps(look)


def test_show_says_what_the_cases_own_rule_found_not_what_joined_it(world: World) -> None:
    own = "client=shop: 30 of 30 at once, 60 per minute (limit otp-per-client); free again in 1 s"
    joined = "recipient=+601*****001: 5 of 5 in the last hour (limit person); free again in 9 min"
    holds(world, findings=(Finding("limits", "limit.client", own),))
    holds(world, findings=(Finding("limits", "limit.recipient", joined),))

    (look,) = world.objects("cases", "show", FLOOD.id)
    assert look["why"] == own


def test_show_says_whose_messages_a_case_has(world: World) -> None:
    for number, client in enumerate(["stolen"] * 9 + ["portal"]):
        holds(world, sent_by(client, f"+6012345000{number}"))

    shown = world.run("cases", "show", FLOOD.id).stdout

    assert "clients     stolen 9, portal 1" in shown
    assert "templates   sign-in 10" in shown
    assert "sallyport pause --client stolen --reason" in shown
    (look,) = world.objects("cases", "show", FLOOD.id)
    assert look["clients"] == {"portal": 1, "stolen": 9}


def test_of_a_pause_s_case_no_pause_is_advised(world: World) -> None:
    holds(world, flood=replace(FLOOD, rule="p_01K00000000000000000000000"))

    assert "sallyport pause" not in world.run("cases", "show", FLOOD.id).stdout


def test_whose_client_was_told_no_is_said_where_it_is_released(world: World) -> None:
    holds(world, disposition=Disposition.BLOCK)
    holds(world)

    shown = world.run("cases", "show", FLOOD.id).stdout
    rehearsed = world.run("cases", "release", FLOOD.id, "--dry-run").stdout

    assert "refused     1: their clients were told that they are not sent" in shown
    assert rehearsed.startswith("would release 2 messages")
    assert "1 were refused: their clients do not expect them" in rehearsed
    assert world.objects("cases", "show", FLOOD.id)[0]["refused"] == 1
    assert [d["disposition"] for d in world.objects("decisions", "list")] == ["quarantine", "block"]


def test_show_says_who_ended_what(world: World) -> None:
    transaction_id = holds(world)
    world.store.change(transaction_id, State.HELD, State.DISCARDED, by="anna", note="a prank")

    shown = world.run("cases", "show", FLOOD.id).stdout

    assert "discarded by anna: a prank" in shown


def test_show_knows_what_is_left_to_do(world: World) -> None:
    transaction_id = holds(world)
    world.store.change(transaction_id, State.HELD, State.RELEASING, by="x")
    world.store.change(transaction_id, State.RELEASING, State.UNKNOWN, by="x")
    open_case = world.run("cases", "show", FLOOD.id).stdout
    world.store.change(transaction_id, State.UNKNOWN, State.RELEASED, by="x")
    closed = world.run("cases", "show", FLOOD.id).stdout

    assert f"quarantine list --case {FLOOD.id} --state unknown" in open_case
    assert "cases release" not in open_case
    assert closed.startswith("CLOSED")
    assert "What to type next" not in closed


def test_show_without_valid_rules_says_what_it_does_not_know(world: World) -> None:
    holds(world, code_for(age=HOUR))
    (world.folder / "rules" / "sign-in.yaml").write_text("nonsense: 1\n")

    shown = world.run("cases", "show", FLOOD.id)
    released = world.run("cases", "release", FLOOD.id, "--yes")

    assert shown.exit_code == 0
    assert "nobody knows" in shown.stdout
    assert released.exit_code == 3
    assert "no valid rules" in released.stderr


def test_a_case_that_does_not_exist(world: World) -> None:
    holds(world)

    for arguments in (("show",), ("release", "--yes"), ("discard", "--reason", "x", "--yes")):
        result = world.run("cases", arguments[0], "f_none", *arguments[1:])
        assert (result.exit_code, result.stdout) == (1, "")
        assert "there is no case f_none" in result.stderr


def test_nothing_that_a_message_says_reaches_the_terminal_raw(world: World) -> None:
    flood = Flood("f_1", ESCAPE, ESCAPE, 0)
    fields = text(ESCAPE)
    transaction = replace(fields, envelope=replace(fields.envelope, recipients=(ESCAPE,)))
    transaction_id = holds(world, transaction, flood, findings=(Finding("x", "limit.x", ESCAPE),))
    world.store.note_alert(Alert(datetime.now(UTC), ESCAPE, ESCAPE, ESCAPE, "f_1"))
    world.store.close()

    for arguments in (
        ("cases", "list"),
        ("cases", "show", "f_1"),
        ("cases", "release", "f_1", "--yes"),
        ("quarantine", "list"),
        ("quarantine", "show", transaction_id),
        ("alerts", "list"),
    ):
        output = world.run(*arguments).output
        assert output
        assert "\x1b" not in output
        assert "\u202e" not in output


# --- releasing


def test_a_part_of_a_case_is_released_or_discarded(world: World, provider: Provider) -> None:
    honest = holds(world, sent_by("portal"))
    stolen = holds(world, sent_by("stolen"))
    letter = holds(world, sent_by("stolen"), template="letter/ms")

    rehearsed = world.run("cases", "release", FLOOD.id, "--client", "portal", "--dry-run")
    released = world.run("cases", "release", FLOOD.id, "--client", "portal", "--yes")
    only = ("--client", "stolen", "--template", "letter", "--reason", "x", "--yes")
    discarded = world.run("cases", "discard", FLOOD.id, *only)

    assert rehearsed.stdout.startswith("would release 1 message in")
    assert (released.exit_code, discarded.exit_code) == (0, 0)
    assert [state_of(world, one) for one in (honest, stolen, letter)] == [
        State.RELEASED,
        State.HELD,
        State.DISCARDED,
    ]
    assert len(provider.sent) == 1


@pytest.mark.parametrize(
    "slip", [("--client", "portl"), ("--template", "nope"), ("--recipient", "+60123450009")]
)
def test_a_name_that_no_message_of_the_case_has_is_a_slip(
    world: World, slip: tuple[str, str]
) -> None:
    done = holds(world)
    world.store.change(done, State.HELD, State.DISCARDED, by="anna")

    slipped = world.run("cases", "release", FLOOD.id, *slip, "--dry-run")
    over = world.run("cases", "release", FLOOD.id, "--template", "sign-in", "--dry-run")

    assert slipped.exit_code == 1
    assert f"no message of {FLOOD.id} is of that client, template or recipient" in slipped.stderr
    assert (over.exit_code, over.stdout) == (0, "would release 0 messages\n")


def test_a_recipient_may_be_masked_as_lists_show_it(world: World) -> None:
    holds(world)
    holds(world, code_for("+60123459999"))

    chosen = world.run("cases", "release", FLOOD.id, "--recipient", "+601*****001", "--dry-run")

    assert chosen.stdout.startswith("would release 1 message in")


@pytest.mark.parametrize("written", ["012-345 0001", "0123450001", "+60 12-345 0001"])
def test_a_recipient_is_found_however_it_is_written(world: World, written: str) -> None:
    world.settings.write_text(world.settings.read_text() + "limits: {country: MY}\n")
    mine = holds(world)
    local = holds(world, code_for("0123450001"))
    holds(world, code_for("+60123450002"))

    listed = world.objects("quarantine", "list", "--to", written)
    decided = world.objects("decisions", "list", "--recipient", written)
    chosen = world.run(
        "cases", "discard", FLOOD.id, "--recipient", written, "--reason", "x", "--dry-run"
    )

    assert {item["id"] for item in listed} == {mine, local}
    assert {item["id"] for item in decided} == {mine, local}
    assert "would discard 2 messages" in chosen.stdout


def test_a_case_is_released_oldest_first_and_tells_each(world: World, provider: Provider) -> None:
    ids = [holds(world, code_for(age=timedelta(minutes=age))) for age in (3, 2, 1)]
    expired = holds(world, code_for(age=HOUR))

    result = world.run("cases", "release", FLOOD.id, "--yes", "--per-second", "50")

    assert result.exit_code == 0, result.output
    lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert lines[0] == ["id", "result", "note"]
    assert lines[1][:2] == [expired, "expired"]
    assert lines[1][2].startswith("of no more use: sign-in is valid for 600 s")
    assert sorted(line[0] for line in lines[2:]) == ids
    assert {line[1] for line in lines[2:]} == {"released"}
    assert "1 expired, 3 released" in result.stderr
    assert len(provider.sent) == 3
    assert [state_of(world, one) for one in ids] == [State.RELEASED] * 3
    assert state_of(world, expired) is State.HELD
    assert world.store.get_item(ids[0]).changed_by
    assert world.store.history(ids[0])[1].note == f"released with {FLOOD.id}"

    again = world.run("cases", "release", FLOOD.id, "--yes", "--discard-expired")
    assert (again.exit_code, state_of(world, expired)) == (0, State.DISCARDED)
    nothing = world.run("cases", "release", FLOOD.id, "--yes")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "nothing to release" in nothing.stderr


def test_a_release_for_machines(world: World, provider: Provider) -> None:
    good, expired = holds(world), holds(world, code_for(age=HOUR))

    result = world.run("cases", "release", FLOOD.id, "--yes", "--json", "--note", "real people")

    *ends, summary = [json.loads(line) for line in result.stdout.splitlines()]
    assert {end["id"]: end["result"] for end in ends} == {good: "released", expired: "expired"}
    assert summary == {
        "case": FLOOD.id,
        "counts": {"expired": 1, "released": 1},
        "stopped": None,
    }
    assert len(provider.sent) == 1
    assert world.store.history(good)[1].note == "real people"


def test_a_rehearsal_says_how_many_and_how_long(world: World, provider: Provider) -> None:
    asyncio.run(hold_many(world.store, 1204))
    holds(world, code_for(age=HOUR))

    result = world.run("cases", "release", FLOOD.id, "--dry-run", "--per-second", "20")
    (planned,) = world.objects("cases", "release", FLOOD.id, "--dry-run")

    assert result.stdout == "would release 1 204 messages in 60 s at 20/s, skip 1 expired\n"
    assert planned["would_release"] == 1204
    assert provider.sent == []


def test_a_rehearsal_tells_of_pauses(world: World) -> None:
    holds(world, code_for(age=timedelta(minutes=1)))
    scope = Scope({Dimension.CLIENT: frozenset({"kiosk"})})
    pause = Pause("p_01", scope, "stolen", "anna", datetime.now(UTC))
    with StoredPauses(world.folder / "state") as shelf:
        shelf.pause(pause)

    result = world.run("cases", "release", FLOOD.id, "--dry-run")

    assert result.stdout.startswith("would release 1 message")
    assert result.stderr == "note: what p_01 covers (client=kiosk) stays held\n"


def test_some_of_a_case_can_be_released(world: World, provider: Provider) -> None:
    ids = [holds(world, code_for(f"+6012345000{n}", timedelta(minutes=9 - n))) for n in range(6)]

    def released(*options: str) -> list[str]:
        before = {one for one in ids if state_of(world, one) is State.HELD}
        assert world.run("cases", "release", FLOOD.id, "--yes", *options).exit_code == 0
        return [one for one in ids if one in before and state_of(world, one) is State.RELEASED]

    assert released("--recipient", "+60123450003") == [ids[3]]
    assert released("--only", ids[4]) == [ids[4]]
    assert released("--limit", "1") == [ids[0]]
    assert released("--sample", "2") == [ids[1], ids[5]]
    assert len(provider.sent) == 5
    both = world.run("cases", "release", FLOOD.id, "--limit", "1", "--sample", "1", "--yes")
    assert both.exit_code == 2
    strange = world.run("cases", "release", FLOOD.id, "--only", "m_none", "--yes")
    assert (strange.exit_code, "m_none: no held message of" in strange.stderr) == (1, True)


def test_without_a_terminal_it_wants_a_yes(world: World, provider: Provider) -> None:
    transaction_id = holds(world)

    release = world.run("cases", "release", FLOOD.id)
    discard = world.run("cases", "discard", FLOOD.id, "--reason", "an attack")

    assert (release.exit_code, discard.exit_code) == (2, 2)
    assert "say --yes to release 1 message in 1 s at 10/s" in release.stderr
    assert "say --yes to discard 1 message" in discard.stderr
    assert (state_of(world, transaction_id), provider.sent) == (State.HELD, [])


def test_a_provider_that_takes_no_more_stops_it(world: World, provider: Provider) -> None:
    for _ in range(30):
        holds(world)
    provider.status = 429

    result = world.run("cases", "release", FLOOD.id, "--yes", "--per-second", "1000", "--json")

    assert result.exit_code == 1
    assert "stopped: the next hop takes no more for now" in result.stderr
    assert f"`sallyport cases release {FLOOD.id}` takes it" in result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["stopped"]
    assert len(provider.sent) < 30
    assert world.store.get_case(FLOOD.id).held == 30


@contextlib.contextmanager
def releasing(world: World, provider: Provider) -> Iterator[subprocess.Popen[str]]:
    """Give a process that releases the case and waits for the provider with eight of it."""
    provider.gate.clear()
    command = (sys.executable, "-m", "filter", "cases", "release", FLOOD.id, "--yes", "--json")
    with subprocess.Popen(
        [*command, "--settings", str(world.settings), "--per-second", "1000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        asyncio.run(until(lambda: len(provider.sent) == MAX_UNDER_WAY))
        try:
            yield process
        finally:
            process.kill()


def line_of_errors(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline()


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_after_what_is_under_way(
    world: World, provider: Provider, word: signal.Signals
) -> None:
    asyncio.run(hold_many(world.store, 50))

    with releasing(world, provider) as process:
        process.send_signal(word)
        told = line_of_errors(process)
        provider.gate.set()
        out, err = process.communicate(timeout=60)

    assert told == "stopping after what is under way; again to stop at once\n"
    assert process.returncode == 1
    assert "stopped: interrupted" in err
    assert json.loads(out.splitlines()[-1])["counts"] == {"released": 8}
    counts = world.store.get_case(FLOOD.id).counts
    assert (counts[State.RELEASED], counts[State.HELD], len(provider.sent)) == (8, 42, 8)


def test_ctrl_c_twice_leaves_nothing_that_looks_unsent(world: World, provider: Provider) -> None:
    asyncio.run(hold_many(world.store, 20))

    with releasing(world, provider) as process:
        process.send_signal(signal.SIGINT)
        line_of_errors(process)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)

    counts = world.store.get_case(FLOOD.id).counts
    assert process.returncode != 0
    assert (counts[State.UNKNOWN], counts[State.HELD]) == (8, 12)


def test_what_a_pause_covers_is_not_sent_with_its_case(world: World, provider: Provider) -> None:
    transaction_id = holds(world)
    scope = Scope({Dimension.CLIENT: frozenset({"shop"})})
    with StoredPauses(world.folder / "state") as pauses:
        pauses.pause(Pause(new_pause_id(), scope, "stolen key", "anna", datetime.now(UTC)))

    result = world.run("cases", "release", FLOOD.id, "--yes")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].split("\t")[:2] == [transaction_id, "paused"]
    assert "\tunder the pause p_" in result.stdout
    assert result.stderr == f"{FLOOD.id}: 1 paused\n"
    assert (state_of(world, transaction_id), provider.sent) == (State.HELD, [])


def test_the_pace_in_the_help_is_the_pace() -> None:
    assert DEFAULT_PER_SECOND == PER_SECOND


# --- discarding


def test_a_case_is_discarded_as_one_with_a_reason(world: World) -> None:
    ids = asyncio.run(hold_many(world.store, 30))
    other = holds(world, flood=another(1))

    for missing in ((), ("--reason", " ")):
        assert world.run("cases", "discard", FLOOD.id, "--yes", *missing).exit_code == 2
    rehearsal = world.run("cases", "discard", FLOOD.id, "--reason", "x", "--dry-run")
    one = world.run("cases", "discard", FLOOD.id, "--only", ids[3], "--reason", "x", "--yes")
    rest = world.run("cases", "discard", FLOOD.id, "--reason", "an attack", "--yes", "--json")

    assert rehearsal.stdout == "would discard 30 messages\n"
    assert one.stdout.splitlines()[1:] == [f"{ids[3]}\tdiscarded\t"]
    assert len(rest.stdout.splitlines()) == 29 + 1
    assert json.loads(rest.stdout.splitlines()[-1])["counts"] == {"discarded": 29}
    assert f"{FLOOD.id}: 29 discarded" in rest.stderr
    item = world.store.get_item(ids[0])
    assert (item.state, item.note) == (State.DISCARDED, "an attack")
    assert state_of(world, other) is State.HELD
    empty = world.run("cases", "discard", FLOOD.id, "--reason", "x", "--yes")
    assert (empty.exit_code, empty.stdout) == (0, "")


# --- floods in the other lists


def test_a_list_of_held_messages_has_one_line_a_flood(world: World) -> None:
    single = world.holds(mail())
    ids = {holds(world) for _ in range(3)}

    result = world.run("quarantine", "list")
    lines = [line.split("\t") for line in result.stdout.splitlines()[1:]]

    assert [line[0] for line in lines] == [FLOOD.id, single]
    assert (lines[0][3], lines[0][6]) == (FLOOD.rule, f"3 messages held, {FLOOD.key}")
    assert "1 flood, a line each; see `sallyport cases list`, or --all" in result.stderr

    def listed(*options: str) -> set[object]:
        found = world.objects("quarantine", "list", *options)
        return {item.get("id", item.get("case")) for item in found}

    assert listed() == {FLOOD.id, single}
    assert listed("--all") == {single, *ids}
    assert listed("--case", FLOOD.id) == ids
    assert listed("--to", "+60123450001") == ids, "who looks for somebody's message finds it"
    assert listed("--state", "all") == {single, *ids}
    assert listed("--since", "1h") == {FLOOD.id, single}


def test_a_message_names_its_case(world: World) -> None:
    transaction_id = holds(world)

    shown = world.run("quarantine", "show", transaction_id).stdout
    (item,) = world.objects("quarantine", "show", transaction_id)

    assert f"case      {FLOOD.id}  {FLOOD.key} (`sallyport cases show {FLOOD.id}`)" in shown
    assert item["case"] == FLOOD.id
    assert item["verdict"]["flood"]["rule"] == FLOOD.rule  # type: ignore[index]  # a dict


def test_all_that_is_held_means_no_floods(world: World, provider: Provider) -> None:
    single = world.holds(mail())
    mine = holds(world)

    world.run("quarantine", "discard", "--all", "--yes")

    assert (state_of(world, single), state_of(world, mine)) == (State.DISCARDED, State.HELD)
    assert world.run("quarantine", "discard", "--case", FLOOD.id, "--yes").exit_code == 0
    assert state_of(world, mine) is State.DISCARDED
    assert provider.sent == []


# --- alerts


async def test_alerts_are_listed(world: World) -> None:
    now = datetime.now(UTC)
    words = "612 different numbers under +6012345 in 4 min.; usual peak 9"
    world.store.note_alert(Alert(now, "many-numbers", "recipient-prefix=+6012345", words, FLOOD.id))
    world.store.note_alert(Alert(now - 3 * HOUR, "store", "", "the limit store is away"))
    await until(lambda: len(world.store.alerts(AlertQuery())) == 2)

    header, first, second = world.rows("alerts", "list")

    assert header == ["age", "rule", "case", "key", "text"]
    assert first[1:] == ["many-numbers", FLOOD.id, "recipient-prefix=+6012345", words]
    assert second[:3] == ["3h", "store", "-"]
    assert len(world.objects("alerts", "list", "--since", "1h")) == 1
    assert len(world.objects("alerts", "list", "--rule", "store")) == 1
    (mine,) = world.objects("alerts", "list", "--case", FLOOD.id)
    assert (mine["text"], mine["case"]) == (words, FLOOD.id)


# --- decisions


def record(world: World, **changes: object) -> str:
    decision = replace(passed(), **changes)  # type: ignore[arg-type]  # fields of it
    asyncio.run(world.store.record(decision))
    return decision.id


def test_decisions_know_what_was_left_with_the_client(world: World) -> None:
    verdict = replace(TOO_MANY, flood=FLOOD)
    deferred = record(world, verdict=verdict, disposition=Disposition.DEFER)
    record(world)

    (found,) = world.objects("decisions", "list", "--disposition", "defer")
    shown = world.run("decisions", "show", deferred).stdout

    assert (found["id"], found["outcome"]) == (deferred, "left with the client")
    assert f"{deferred}  email  left with the client" in shown
    assert "shadow mode" not in shown
    assert f"flood       {FLOOD.id}  {FLOOD.key}" in shown
    assert world.rows("decisions", "list", "--disposition", "defer")[1][3] == "defer"


def test_decisions_say_which_message_another_one_repeats(world: World) -> None:
    repeated = record(world)
    world.store.note_outcome(repeated, "repeats m_1; not sent again")
    world.store.close()

    assert world.rows("decisions", "list")[1][-1] == "repeats m_1; not sent again"


def test_decisions_are_found_by_what_was_only_on_trial(world: World) -> None:
    hostile = Finding("x", "template.none", '"shadow":[{"code":"watch.volume"')
    tried = record(world, verdict=replace(PASS, shadow=(Finding("l", "limit.prefix", "-"),)))
    record(world, verdict=replace(PASS, findings=(Finding("l", "limit.prefix", "-"),)))
    record(world, verdict=replace(PASS, findings=(hostile,)))

    def ids(code: str) -> list[object]:
        return [found["id"] for found in world.objects("decisions", "list", "--shadow", code)]

    assert ids("limit.prefix") == [tried]
    assert ids("limit") == [tried]
    assert ids("limit.pre") == ids("limit_prefix") == ids("li%") == ids("watch.volume") == []


def test_the_decision_on_a_held_message_of_a_flood_names_it(world: World) -> None:
    transaction_id = holds(world)

    assert FLOOD.id in world.run("decisions", "show", transaction_id).stdout


def test_help_loads_no_database() -> None:
    program = (
        "import sys; from filter.cli import cases, alerts, main;"
        "sys.exit(any(m.startswith(('sqlalchemy', 'httpx')) for m in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
