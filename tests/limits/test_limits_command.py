"""``sallyport limits``: what people see of rules, keys and floods, and how they forget a key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from filter.cli import exitcodes
from filter.cli.limits import limits_command
from filter.decisions import describe_client
from filter.floodrules import Sign
from filter.guard import Admission
from filter.limits.charges import Charges
from filter.limits.floodguard import FloodGuard
from filter.limits.interface import Meter, Reading
from filter.limits.looking import Unclear, implied, looks_at, read_key
from filter.limits.stores import make_store, open_store
from filter.limits.watchful import Watchful
from filter.quarantine.interface import AlertQuery
from filter.quarantine.store import Store
from filter.rulefiles.load import load_rules
from filter.settings import Limits
from filter.settingsfile import load_settings
from filter.subject import Dimension
from filter.verdict import Disposition, Verdict
from tests.limits.guardworld import limit, rules, scope, subject, transaction, watch
from tests.quarantine.messages import PASS, decision_on

NUMBER = "+60123456789"
RULES = """
templates:
  - id: sign-in
    channel: sms
    class: otp
    from: CLINIC
    text: "Your code is {code}."
    slots: {code: {type: digits, length: 6}}
    examples:
      pass: [{text: "Your code is 123456."}]
      hold: [{text: "Your code is stolen."}]
limits:
  - id: number
    match: {class: otp}
    per: recipient
    allow: 2 in 10 minutes
  - id: number-client
    match: {class: otp}
    per: [recipient, client]
    allow: 5 in 1 hour
  - id: client
    per: client
    allow: 60 in 1 minute burst 30
  - id: gate
    per: gate
    allow: 1000 in 1 hour
    mode: shadow
watches:
  - id: country
    per: country
    sign: first-seen
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with settings, rules and stores, as a gate that has run leaves it."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "all.yaml").write_text(RULES)
    (tmp_path / "sallyport.yaml").write_text(
        "limits: {country: MY}\n"
        "sms: {callers: [{name: kiosk, password: 0123456789abcdef0123456789abcdef}]}\n"
    )
    table = load_settings(tmp_path / "sallyport.yaml")
    with Store(table.state, table.quarantine) as store:
        store.probe()
    make_store(table)
    return tmp_path


def run(folder: Path, *words: str) -> Result:
    settings = str(folder / "sallyport.yaml")
    command, *rest = words
    return CliRunner().invoke(limits_command, [command, "--settings", settings, *rest])


def rows(result: Result) -> list[dict[str, str]]:
    header, *lines = result.stdout.splitlines()
    return [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]


def send(folder: Path, *clients: str) -> list[Admission]:
    """Have one code a client admitted for NUMBER."""
    table = load_settings(folder / "sallyport.yaml")
    in_force = load_rules(table.rules)
    verdict = Verdict(Disposition.PASS, (), (), "r", template="sign-in")

    async def charge() -> list[Admission]:
        store = Watchful(open_store(table), patience_seconds=10.0)
        with Store(table.state, table.quarantine, create=False) as ledger:
            guard = FloodGuard(store, ledger, table)
            asked = [transaction(NUMBER, client=client) for client in clients]
            found = [await guard.admit(one, verdict, in_force) for one in asked]
        await store.close()
        return found

    return asyncio.run(charge())


def test_list_shows_every_rule_with_its_windows(folder: Path) -> None:
    found = {row["rule"]: row for row in rows(run(folder, "list"))}

    assert list(found) == ["number", "number-client", "client", "gate", "country"]
    assert found["client"]["allows"] == "60 per minute at most 30 at once"
    assert found["number"]["match"] == "class=otp"
    assert found["gate"]["does"] == "shadow (hold)"
    assert found["country"]["kind"] == "watch"


def test_show_says_what_is_used_and_when_it_frees(folder: Path) -> None:
    assert [a.action for a in send(folder, "kiosk", "kiosk", "kiosk")] == [None, None, "hold"]
    found = {row["rule"]: row for row in rows(run(folder, "show", "012-345", "6789"))}

    assert found["number"]["key"] == "recipient=+601*****789"
    assert found["number"]["used"] == "2 of 2 (2 per 10 minutes)"
    assert found["number"]["next"].startswith("in ")
    assert found["number"]["all free"].startswith("in ")
    assert found["number"]["flood"].endswith(" ago")
    assert found["number"]["note"] == "only class=otp"
    assert found["number-client"]["key"] == "client=kiosk recipient=+601*****789"
    assert found["number-client"]["used"] == "2 of 5 (5 per hour)"
    assert found["gate"]["used"] == "2 of 1000 (1000 per hour)"


def test_show_before_the_gate_has_run_makes_nothing_and_says_so(folder: Path) -> None:
    (folder / "state" / "limits.db").unlink()
    result = run(folder, "show", NUMBER)

    assert "nothing is counted yet" in result.stderr
    assert {row["rule"]: row["used"] for row in rows(result)}["gate"].startswith("0 of 1000")
    assert not (folder / "state" / "limits.db").exists()


def test_what_is_just_used_up_is_no_flood_yet(folder: Path) -> None:
    assert [a.action for a in send(folder, "kiosk", "kiosk")] == [None, None]
    found = {row["rule"]: row for row in rows(run(folder, "show", NUMBER))}

    assert found["number"]["used"] == "2 of 2 (2 per 10 minutes)"
    assert found["number"]["flood"] == "-"


def test_what_has_become_free_is_not_told_of_as_past(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Emptied:
        async def peek(self, meters: Sequence[Meter]) -> Sequence[Reading]:
            return [Reading(is_exceeded=False, until=1_600_000_000_000_000) for _ in meters]

        async def close(self) -> None:
            """Nothing is open."""

    monkeypatch.setattr("filter.limits.stores.open_store", lambda *_, **__: Emptied())
    found = {row["rule"]: row for row in rows(run(folder, "show", NUMBER))}

    assert found["number"]["all free"] == "-"


def test_what_only_tells_people_never_makes_anybody_wait(folder: Path) -> None:
    path = folder / "rules" / "all.yaml"
    watched = "  - {id: spread, per: recipient-prefix, sign: volume, at_least: 2 in 1 hour}\n"
    path.write_text(RULES + watched)
    send(folder, "kiosk", "kiosk", "kiosk")
    found = {row["rule"]: row for row in rows(run(folder, "show", NUMBER))}

    assert found["spread"]["flood"].endswith(" ago")
    assert found["spread"]["next"] == "now"


def test_show_for_machines_has_every_reading(folder: Path) -> None:
    send(folder, "kiosk", "kiosk", "kiosk")
    result = run(folder, "show", "--json", f"recipient={NUMBER}", "client=kiosk")
    found = {row["rule"]: row for row in map(json.loads, result.stdout.splitlines())}

    assert (found["number"]["count"], found["number"]["allowed"]) == (2, 2)
    assert found["number"]["is_exceeded"]
    assert 0 < found["number"]["retry_seconds"] <= 300
    assert found["number"]["flood_since"] is not None
    assert found["number-client"]["count"] == 2
    assert found["client"]["count"] in (1, 2)  # one frees each second


def test_floods_lists_what_is_too_many(folder: Path) -> None:
    assert run(folder, "floods").stderr == "no floods in the last hour\n"
    send(folder, "kiosk", "kiosk", "kiosk", "kiosk")

    (flood,) = rows(run(folder, "floods"))
    assert (flood["rule"], flood["key"], flood["attempts"]) == (
        "number",
        "recipient=+601*****789",
        "2",
    )


def test_reset_forgets_one_key_and_leaves_a_trace(folder: Path) -> None:
    send(folder, "kiosk", "kiosk", "kiosk")
    assert run(folder, "reset", NUMBER, "--reason", "x", "--dry-run").exit_code == 0
    assert [a.action for a in send(folder, "kiosk")] == ["hold"]

    result = run(folder, "reset", NUMBER, "--reason", "called the\nservice desk")

    assert result.exit_code == 0
    assert result.stdout == "forgot recipient=+601*****789 in 2 rules: number, number-client\n"
    assert result.stderr == ""
    found = {row["rule"]: row for row in rows(run(folder, "show", NUMBER))}
    assert found["number"]["used"].startswith("0 of 2")
    assert "number-client" not in found, "no client has sent anything since"
    assert [a.action for a in send(folder, "kiosk")] == [None]
    table = load_settings(folder / "sallyport.yaml")
    with Store(table.state, table.quarantine, create=False) as store:
        told = store.alerts(AlertQuery(rule="limits.reset"))
    assert [alert.key for alert in told] == ["recipient=+601*****789"]
    assert told[0].text.endswith(": called the service desk (number, number-client)")


def test_a_person_is_found_through_clients_that_are_known_by_address(folder: Path) -> None:
    send(folder, "")
    table = load_settings(folder / "sallyport.yaml")
    asked = transaction(NUMBER, client="")
    decision = replace(decision_on(asked, PASS), client=describe_client(asked))
    with Store(table.state, table.quarantine, create=False) as store:
        asyncio.run(store.record(decision))

    found = {row["rule"]: row for row in rows(run(folder, "show", NUMBER))}
    run(folder, "reset", NUMBER, "--reason", "x")
    after = {row["rule"]: row for row in rows(run(folder, "show", NUMBER))}

    assert found["number-client"]["key"] == "client=192.0.2.7 recipient=+601*****789"
    assert "number-client" not in after


def test_show_asks_for_somebody_new_where_different_ones_are_counted(folder: Path) -> None:
    more = "  - {id: spread, per: client, count: different-recipients, allow: 1 in 1 hour}\n"
    text = (folder / "rules" / "all.yaml").read_text().replace("watches:", f"{more}watches:")
    (folder / "rules" / "all.yaml").write_text(text)
    send(folder, "kiosk")

    found = {row["rule"]: row for row in rows(run(folder, "show", "client=kiosk"))}
    same = {row["rule"]: row for row in rows(run(folder, "show", "client=kiosk", NUMBER))}

    assert found["spread"]["used"].startswith("1 of 1")
    assert found["spread"]["next"].startswith("in ")
    assert same["spread"]["next"] == "now"


def test_a_name_that_nobody_knows_is_noted(folder: Path) -> None:
    shown = run(folder, "show", "client=kisok")

    assert shown.exit_code == 0
    assert "note: no client is called `kisok`; did you mean `kiosk`?" in shown.stderr


def test_a_reset_says_what_counts_by_more_and_stays(folder: Path) -> None:
    send(folder, "kiosk")

    result = run(folder, "reset", "client=kiosk", "--reason", "x")

    assert result.stdout == "forgot client=kiosk in 1 rule: client\n"
    assert "number-client counts by more than that: name recipient=…, too" in result.stderr
    found = {row["rule"]: row for row in rows(run(folder, "show", NUMBER))}
    assert found["number-client"]["used"].startswith("1 of 5")


def test_reset_makes_a_country_known(folder: Path) -> None:
    result = run(folder, "reset", "country=KZ", "--reason", "a new clinic")

    assert result.stdout == "forgot country=KZ in 1 rule: country\n"
    found = {row["rule"]: row for row in rows(run(folder, "show", "country=kz"))}
    assert found["country"]["used"] == "seen before, or learning"


def test_a_reset_of_what_no_rule_counts_says_so(folder: Path) -> None:
    result = run(folder, "reset", "template=sign-in", "--reason", "x")

    assert result.exit_code == exitcodes.FOUND
    assert result.stderr == "sallyport: no rule counts just template=sign-in\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "elsewhere"], "nobody knows what `elsewhere` is"),
        (["show", "clent=kiosk"], "there is no key `clent`; there are: recipient, "),
        (["show", "client="], "client has no value"),
        (["show", "client=a", "client=b"], "client is named twice"),
        (["reset", NUMBER, "--reason", " "], "a reset needs a reason"),
        (["reset", NUMBER], "Missing option '--reason'"),
    ],
)
def test_a_key_that_is_none_is_wrong_usage(folder: Path, words: list[str], said: str) -> None:
    result = run(folder, *words)

    assert result.exit_code == exitcodes.USAGE
    assert said in result.stderr


def test_nothing_is_reset_when_nobody_could_be_told(folder: Path) -> None:
    send(folder, "kiosk", "kiosk", "kiosk")
    (folder / "state" / "sallyport.db").unlink()

    assert run(folder, "reset", NUMBER, "--reason", "x").exit_code == exitcodes.AWAY
    found = {row["rule"]: row for row in rows(run(folder, "show", NUMBER))}
    assert found["number"]["used"].startswith("2 of 2")


def test_a_redis_that_is_away_is_told_in_one_line(folder: Path) -> None:
    text = (folder / "sallyport.yaml").read_text()
    away = text.replace("{country: MY}", "{redis: 'redis://127.0.0.1:1/0'}")
    (folder / "sallyport.yaml").write_text(away)

    result = run(folder, "show", "client=kiosk")
    assert result.exit_code == exitcodes.AWAY
    assert result.stderr.startswith("sallyport: the limit store cannot be asked: ")


# --- from words to keys

MALAYSIA = Limits(country="MY")
SOME = rules()


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["all"], {}),
        (["012-345", "6789"], {Dimension.RECIPIENT: NUMBER}),
        (["whatsapp:+60 12 345 6789"], {Dimension.RECIPIENT: NUMBER}),
        (["A+x@Mail.Example"], {Dimension.RECIPIENT: "a@mail.example"}),
        (["kiosk"], {Dimension.CLIENT: "kiosk"}),
        (["sign-in"], {Dimension.TEMPLATE: "sign-in"}),
        (["otp", "kiosk"], {Dimension.CLASS: "otp", Dimension.CLIENT: "kiosk"}),
        (["CLINIC"], {Dimension.SENDER: "CLINIC"}),
        (["sms"], {Dimension.CHANNEL: "sms"}),
        (["template=sign-in/ms"], {Dimension.TEMPLATE: "sign-in"}),
        (["prefix=+60 12-345"], {Dimension.PREFIX: "+6012345"}),
        (["domain=MAIL.example."], {Dimension.DOMAIN: "mail.example"}),
        (["ip=198.51.100.1"], {Dimension.END_USER_IP: "198.51.100.1"}),
    ],
)
def test_a_key_is_read_as_people_write_it(words: list[str], wanted: dict[Dimension, str]) -> None:
    assert read_key(words, SOME, MALAYSIA, ["kiosk"]) == wanted


def test_a_name_of_two_things_is_unclear() -> None:
    with pytest.raises(Unclear, match="write client=otp or class=otp"):
        read_key(["otp"], SOME, MALAYSIA, ["otp"])


def test_what_follows_from_a_key_is_known_too() -> None:
    assert implied({Dimension.RECIPIENT: NUMBER}, SOME, MALAYSIA) == {
        Dimension.RECIPIENT: NUMBER,
        Dimension.PREFIX: "+6012345",
        Dimension.COUNTRY: "MY",
        Dimension.CHANNEL: "sms",
    }
    assert implied({Dimension.PREFIX: "+6012345"}, SOME, MALAYSIA)[Dimension.COUNTRY] == "MY"
    assert implied({Dimension.TEMPLATE: "sign-in"}, SOME, MALAYSIA)[Dimension.CLASS] == "otp"


def test_only_rules_that_may_be_about_a_key_are_looked_at() -> None:
    in_force = rules(
        limits=[
            limit(Dimension.RECIPIENT, id="malaysia", match=scope(country="MY")),
            limit(Dimension.RECIPIENT, id="kazakhstan", match=scope(country="KZ")),
            limit(Dimension.RECIPIENT, id="mail", match=scope(channel="email")),
            limit(Dimension.RECIPIENT, id="safe", safe=(scope(recipient_prefix="+6012"),)),
            limit(Dimension.CLASS, Dimension.RECIPIENT, id="told", match=scope(**{"class": "otp"})),
        ]
    )
    looks = list(looks_at({Dimension.RECIPIENT: NUMBER}, in_force, MALAYSIA))

    assert [look.rule.id for look in looks] == ["malaysia", "safe", "told"]
    assert [look.is_safe for look in looks] == [False, True, False]
    assert [about.label for look in looks for _, about in look.meters] == [
        "recipient=+601*****789",
        "recipient=+601*****789",
        "class=otp recipient=+601*****789",
    ]


def test_the_meters_of_a_key_are_those_that_messages_are_counted_at() -> None:
    per = (Dimension.CLIENT, Dimension.PREFIX, Dimension.TEMPLATE)
    in_force = rules(
        limits=[limit(*per)], watches=[watch(sign, Dimension.RECIPIENT) for sign in Sign]
    )
    given = {
        Dimension.RECIPIENT: NUMBER,
        Dimension.CLIENT: "kiosk",
        Dimension.TEMPLATE: "sign-in",
    }
    looked = [meter.key for look in looks_at(given, in_force, MALAYSIA) for meter, _ in look.meters]

    counted = Charges(in_force.floods).plan(subject()).charge.meters
    assert looked == [meter.key for meter in counted]
