"""``sallyport signal``: reports, links and rates on the command line."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from filter.cli.main import cli
from filter.decisions import Decision, mask
from filter.ids import new_transaction_id
from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.interface import Charge, Meter, Track, Use
from filter.limits.references import References
from filter.limits.reportlinks import ReportLinks
from filter.message import Channel
from filter.quarantine.interface import AlertQuery
from filter.quarantine.item import Alert
from filter.quarantine.store import Store
from filter.settings import Quarantine
from filter.verdict import Disposition, Verdict

KEY = "a key of more than thirty-two characters"
URL = "https://gate.health.example/report"
SETTINGS = f"""
sms:
  listen: ["127.0.0.1:8025"]
  callers:
    - name: clinic
      password: clinic-token
limits:
  report_url: {URL}
  report_key: {KEY}
"""
RULES = """
templates:
  - id: sign-in
    channel: sms
    from: CLINIC
    text: "Your code is {code}."
    slots: {code: digits 6}
    examples: {pass: ["Your code is 123456."], hold: ["Your code is stolen."]}
"""
WHOM = "+60123456789"
METER = Meter(b"m" * 16, "code-use", Use(20, 10, 3600, 60), decides=False, label="template=sign-in")


class Shop:
    """A gate's folder with one message that went on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = folder / "sallyport.yaml"
        self.settings.write_text(SETTINGS, encoding="utf-8")
        (folder / "rules").mkdir()
        (folder / "rules" / "sign-in.yaml").write_text(RULES, encoding="utf-8")
        self.id = new_transaction_id()
        with Store(folder / "state", Quarantine(min_free_bytes=0)) as ledger:
            asyncio.run(self._send(ledger))

    async def _send(self, ledger: Store) -> None:
        store = EmbeddedLimitStore(self.folder / "state")
        references = References(KEY.encode()).of_all("clinic", self.id, [WHOM], "sign-in")
        await store.charge(Charge((METER,), Track(references, 3600.0, self.id)))
        await store.close()
        await ledger.record(
            Decision(
                id=self.id,
                at=datetime.now(UTC),
                channel=Channel.SMS,
                client="clinic",
                sender="CLINIC",
                recipients=(mask(WHOM),),
                verdict=Verdict(Disposition.PASS, (), (), "rev1", "sign-in"),
                disposition=Disposition.PASS,
                size_bytes=1,
                envelope_digest="0",
                milliseconds=0.1,
            )
        )
        ledger.note_outcome(self.id, "relayed 201 SM1")

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, [*arguments, "--settings", str(self.settings)])

    def rate(self) -> list[str]:
        return self.run("signal", "rates").output.splitlines()[1].split("\t")

    def alerts(self) -> list[Alert]:
        with Store(self.folder / "state", Quarantine(min_free_bytes=0)) as ledger:
            return list(ledger.alerts(AlertQuery()))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_a_used_code_is_reported_by_its_id(shop: Shop) -> None:
    result = shop.run("signal", "used", "--id", shop.id)

    assert (result.exit_code, result.output) == (0, "Counted as used.\n")
    assert shop.rate() == ["code-use", "template=sign-in", "1", "1", "0", "100.0 %"]


def test_unrequested_is_reported_by_recipient_noted_and_alerted(shop: Shop) -> None:
    result = shop.run("signal", "unrequested", "--to", "0060 12-345 6789", "--json")

    assert (result.exit_code, json.loads(result.output)) == (0, {"known": True})
    assert shop.rate() == ["code-use", "template=sign-in", "1", "0", "1", "0.0 %"]
    shown = shop.run("decisions", "show", shop.id).output
    assert "outcome     relayed 201 SM1; reported unrequested" in shown
    (alert,) = shop.alerts()
    assert (alert.rule, alert.key) == ("unrequested", "client=clinic template=sign-in")
    assert WHOM not in alert.text


def test_the_template_says_which_message_to_a_recipient_is_meant(shop: Shop) -> None:
    other = shop.run("signal", "used", "--to", WHOM, "--template", "reminder")
    same = shop.run("signal", "used", "--to", WHOM, "--template", "sign-in")

    assert (other.exit_code, same.exit_code) == (1, 0)


def test_a_message_that_nobody_knows_ends_with_one(shop: Shop) -> None:
    result = shop.run("signal", "used", "--id", new_transaction_id())

    assert result.exit_code == 1
    assert "no message is known" in result.output
    assert shop.rate()[3] == "0"


@pytest.mark.parametrize(
    "arguments",
    [(), ("--id", "m_1", "--to", WHOM), ("--id", "m_1", "--template", "sign-in")],
    ids=["neither", "both", "an id and a template"],
)
def test_what_is_meant_has_to_be_clear(shop: Shop, arguments: tuple[str, ...]) -> None:
    assert shop.run("signal", "used", *arguments).exit_code == 2


def test_a_link_is_the_one_that_the_page_reads(shop: Shop) -> None:
    printed = shop.run("signal", "link", "--to", "+60 12 345 6789", "--template", "sign-in")
    as_json = shop.run("signal", "link", "--to", WHOM, "--json")

    now = datetime.now(UTC)
    links = ReportLinks(URL, KEY.encode())
    assert printed.output == links.make(WHOM, "sign-in", now) + "\n"
    assert json.loads(as_json.output)["url"] == links.make(WHOM, "", now)


def test_a_link_for_a_template_that_is_not_there_would_report_nothing(shop: Shop) -> None:
    result = shop.run("signal", "link", "--to", WHOM, "--template", "signin")

    assert result.exit_code == 2
    assert "there is no template `signin`; did you mean `sign-in`?" in result.output


def test_without_an_address_there_is_no_link(shop: Shop) -> None:
    shop.settings.write_text("mail: {}\n", encoding="utf-8")

    result = shop.run("signal", "link", "--to", WHOM)

    assert result.exit_code == 3
    assert "limits.report_url is not set" in result.output


def test_rates_can_be_read_by_machines(shop: Shop) -> None:
    assert json.loads(shop.run("signal", "rates", "--json").output) == {
        "rule": "code-use",
        "key": "template=sign-in",
        "sent": 1,
        "used": 0,
        "unrequested": 0,
        "rate": "0.0 %",
    }


def test_a_limit_store_that_is_away_ends_with_five(shop: Shop) -> None:
    (shop.folder / "state" / "limits.db").write_bytes(b"no database")

    result = shop.run("signal", "rates")

    assert result.exit_code == 5
    assert "the limit store cannot be asked" in result.output


def test_the_key_is_shown_nowhere(shop: Shop) -> None:
    shown = shop.run("config", "show", "--origin").output
    as_json = shop.run("config", "show", "--json").output

    assert "limits.report_key" in shown
    assert KEY not in shown + as_json
