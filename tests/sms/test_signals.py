"""POST /v1/signals and Twilio's feedback: what the application reports, over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]  # the SDK has no types
from twilio.rest import Client  # type: ignore[import-untyped]  # the SDK has no types

from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.interface import LimitStoreAway, Signal
from filter.limits.references import references_for
from filter.limits.reportlinks import ReportLinks
from filter.quarantine.item import State
from filter.rulefiles.load import load_rules
from filter.settings import Limits
from tests.sms.stage import (
    ACCOUNT,
    API,
    APPROVED,
    FROM,
    OTHER_ACCOUNT,
    PATIENCE_SECONDS,
    PRANK,
    TO,
    TOKEN,
    Gate,
    open_gate,
    raw,
    read_json,
    speak,
)

RULES = load_rules(Path(__file__).parent / "reportrules")
KEY = "a key of more than thirty-two characters"
LIMITS = Limits(report_url="https://gate.health.example/report", report_key=SecretStr(KEY))
JSON = "Content-Type: application/json"
CLINIC, OTHER = "Authorization: Bearer clinic-token", "Authorization: Bearer other-token"
MESSAGE = {"channel": "sms", "from": FROM, "to": TO, "body": APPROVED}
ABSENT = "m_01K00000000000000000000000"


@asynccontextmanager
async def counting_gate(**more: Any) -> AsyncIterator[Gate]:
    async with open_gate(rules=RULES, **{"limits": LIMITS, **more}) as gate:
        yield gate


async def post(
    gate: Gate, path: str, body: object, caller: str = CLINIC
) -> tuple[int, dict[str, Any]]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    status, _, answer = await speak(
        gate.port, raw("POST", f"/v1/{path}", content, caller, JSON, user="")
    )
    return status, read_json(answer)


async def send(gate: Gate, caller: str = CLINIC, **fields: object) -> str:
    status, answer = await post(gate, "messages", MESSAGE | fields, caller)
    assert status == 200
    return str(answer["id"])


async def rates(gate: Gate) -> dict[str, tuple[int, int, int]]:
    return {r.label: (r.sent, r.used, r.unrequested) for r in await gate.limits.use_rates()}


async def rate(gate: Gate) -> tuple[int, int, int]:
    (one,) = (await rates(gate)).values()
    return one


async def until_known(gate: Gate, sid: str, client: str = ACCOUNT) -> None:
    """Wait until the message can be found by its sid; that is written down after the answer."""
    reference = references_for(LIMITS).of_provider_id(client, "twilio", sid)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await gate.limits.tracked(reference):  # noqa: ASYNC110 - a fact of the store
            await asyncio.sleep(0.01)


# --- our own API


async def test_a_used_code_is_reported_by_its_id() -> None:
    async with counting_gate() as gate:
        id_ = await send(gate)

        assert await post(gate, "signals", {"id": id_, "signal": "used"}) == (200, {"known": True})
        assert await post(gate, "signals", {"id": id_, "signal": "used"}) == (200, {"known": True})

        assert await rate(gate) == (1, 1, 0)


@pytest.mark.parametrize("to", [TO, "0015550100", " +1 555-0100 ", "whatsapp:+15550100"])
async def test_a_message_is_reported_by_its_recipient_however_it_is_written(to: str) -> None:
    async with counting_gate(limits=LIMITS.model_copy(update={"country": "US"})) as gate:
        await send(gate)

        reported = await post(gate, "signals", {"to": to, "signal": "unrequested"})

        assert reported == (200, {"known": True})
        assert await rate(gate) == (1, 0, 1)


async def test_several_are_reported_at_once_and_each_has_its_answer() -> None:
    async with counting_gate() as gate:
        first, second = await send(gate), await send(gate, to="+15550101")

        status, answer = await post(
            gate,
            "signals",
            {
                "signals": [
                    {"id": first, "signal": "used"},
                    {"id": ABSENT, "signal": "used"},
                    {"to": "+15550101", "template": "sign-in", "signal": "unrequested"},
                ]
            },
        )

        known = [{"known": True}, {"known": False}, {"known": True}]
        assert (status, answer) == (200, {"signals": known})
        assert await rate(gate) == (2, 1, 1)
        assert second != first


async def test_a_stolen_key_cannot_make_the_messages_of_others_look_used() -> None:
    async with counting_gate() as gate:
        id_ = await send(gate)

        by_id = await post(gate, "signals", {"id": id_, "signal": "used"}, OTHER)
        by_recipient = await post(gate, "signals", {"to": TO, "signal": "used"}, OTHER)

        assert by_id == by_recipient == (200, {"known": False})
        assert await rate(gate) == (1, 0, 0)


async def test_unrequested_is_written_beside_the_decision_and_people_hear_of_it() -> None:
    async with counting_gate() as gate:
        id_ = await send(gate)

        await post(gate, "signals", {"id": id_, "signal": "unrequested"})

        assert await gate.outcomes(2) == ["relayed cleared for caller", "reported unrequested"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"[]", "the JSON has to be an object"),
        ({}, 'field "signal": missing'),
        ({"signal": "used"}, 'one of "id" and "to" says which message is meant'),
        (
            {"signal": "used", "id": ABSENT, "to": TO},
            'one of "id" and "to" says which message is meant',
        ),
        ({"signal": "liked", "id": ABSENT}, 'field "signal": there are: used, unrequested'),
        ({"signal": 1, "id": ABSENT}, 'field "signal": not a string'),
        (
            {"signal": "used", "id": "m_1"},
            'field "id": not an id of ours (m_ and 26 characters)',
        ),
        ({"signal": "used", "id": None}, 'field "id": not a string'),
        ({"signal": "used", "to": " "}, 'field "to": empty'),
        ({"signal": "used", "to": ["x"]}, 'field "to": not a string'),
        (
            {"signal": "used", "id": ABSENT, "template": "x"},
            'field "template": an id says it already',
        ),
        (
            {"signal": "used", "to": TO, "template": "a\nb"},
            'field "template": not the id of a template',
        ),
        (
            {"signal": "used", "to": TO, "at": "now"},
            "unknown field 'at'; there are: id, to, template, signal",
        ),
        ({"signals": []}, 'field "signals": not a list of 1 to 100 reports'),
        ({"signals": {}}, 'field "signals": not a list of 1 to 100 reports'),
        (
            {"signals": [{"signal": "used", "to": TO}] * 101},
            'field "signals": not a list of 1 to 100 reports',
        ),
        ({"signals": ["used"]}, "signals/0: not an object"),
        (
            {"signals": [{"signal": "used", "to": TO}, {"signal": "used"}]},
            'signals/1: one of "id" and "to" says which message is meant',
        ),
        ({"signals": [], "signal": "used"}, 'beside "signals" there is another field'),
    ],
    ids=lambda value: str(value)[:50] if isinstance(value, str) else "",
)
async def test_a_report_that_cannot_be_read_is_refused_and_none_counts(
    body: object, detail: str
) -> None:
    async with counting_gate() as gate:
        await send(gate)

        status, answer = await post(gate, "signals", body)

        assert (status, answer["detail"]) == (400, detail)
        assert await rate(gate) == (1, 0, 0)


async def test_who_does_not_prove_itself_reports_nothing() -> None:
    async with counting_gate() as gate:
        id_ = await send(gate)

        report = {"id": id_, "signal": "used"}
        assert (await post(gate, "signals", report, "Authorization: Bearer wrong"))[0] == 401
        assert (await post(gate, "report-links", {"to": TO}, "X: y"))[0] == 401
        assert await rate(gate) == (1, 0, 0)


async def test_while_the_limit_store_is_away_the_caller_is_to_try_again(tmp_path: Path) -> None:
    class Away(EmbeddedLimitStore):
        async def report(self, reference: bytes, signal: Signal) -> bool:
            raise LimitStoreAway("it is away")

    async with counting_gate(limit_store=Away(tmp_path)) as gate:
        status, headers, body = await speak(
            gate.port,
            raw(
                "POST",
                "/v1/signals",
                json.dumps({"id": ABSENT, "signal": "used"}).encode(),
                CLINIC,
                JSON,
                user="",
            ),
        )

        assert (status, headers["retry-after"]) == (503, "30")
        assert b"not counted; send the same report again later" in body


# --- links


async def test_the_api_makes_the_link_that_the_application_could_make_itself() -> None:
    async with counting_gate() as gate:
        status, answer = await post(
            gate, "report-links", {"to": "whatsapp:+15550100", "template": "sign-in"}
        )

        assert status == 200
        assert len(answer["url"]) <= 60
        links = ReportLinks(LIMITS.report_url or "", KEY.encode())
        assert answer["url"] == links.make(TO, "sign-in", datetime.now(UTC))
        assert set(answer) == {"url", "last_day"}


async def test_without_an_address_for_them_there_are_no_links() -> None:
    async with counting_gate(limits=Limits()) as gate:
        status, answer = await post(gate, "report-links", {"to": TO})

        assert (status, answer["detail"]) == (404, "the settings have no limits.report_url")


@pytest.mark.parametrize("body", [{}, {"to": ""}, {"to": TO, "x": 1}, {"to": TO, "template": 1}])
async def test_a_link_for_nobody_is_refused(body: object) -> None:
    async with counting_gate() as gate:
        assert (await post(gate, "report-links", body))[0] == 400


# --- Twilio's feedback, by its own SDK


async def with_sdk(
    gate: Gate, ask: Callable[[Client], Any], user: str = ACCOUNT, token: str = TOKEN
) -> Any:
    def run() -> Any:
        http = TwilioHttpClient(timeout=20)
        client = Client(user, token, ACCOUNT, http_client=http)
        client.api.base_url = gate.url
        try:
            return ask(client)
        finally:
            assert http.session is not None
            http.session.close()

    return await asyncio.to_thread(run)


def text(body: str = APPROVED, **fields: Any) -> Callable[[Client], Any]:
    fields = {"to": TO, "from_": FROM, "body": body, "provide_feedback": True} | fields
    return lambda client: client.messages.create(**fields)


def feedback(sid: str, outcome: str = "confirmed") -> Callable[[Client], Any]:
    return lambda client: client.messages(sid).feedback.create(outcome=outcome)


async def test_confirmed_feedback_counts_as_used_and_still_goes_to_the_provider() -> None:
    async with counting_gate() as gate:
        sent = await with_sdk(gate, text())
        await until_known(gate, sent.sid)

        said = await with_sdk(gate, feedback(sent.sid))

        assert said.outcome == "confirmed"
        assert gate.upstream.seen[-1].path == f"{API}/Messages/{sent.sid}/Feedback.json"
        assert gate.upstream.seen[-1].form == {"Outcome": ["confirmed"]}
        assert await rate(gate) == (1, 1, 0)


async def test_unconfirmed_feedback_counts_for_nothing() -> None:
    async with counting_gate() as gate:
        sent = await with_sdk(gate, text())
        await until_known(gate, sent.sid)

        await with_sdk(gate, feedback(sent.sid, "unconfirmed"))

        assert gate.upstream.seen[-1].path.endswith("/Feedback.json")
        assert await rate(gate) == (1, 0, 0)


async def test_feedback_of_another_account_counts_for_nothing() -> None:
    async with counting_gate() as gate:
        sent = await with_sdk(gate, text())
        await until_known(gate, sent.sid)

        await with_sdk(gate, feedback(sent.sid), OTHER_ACCOUNT, "other-token")

        assert await rate(gate) == (1, 0, 0)


async def test_the_provider_s_id_is_kept_only_where_feedback_was_announced() -> None:
    async with counting_gate() as gate:
        silent = await with_sdk(gate, text(provide_feedback=False))
        announced = await with_sdk(gate, text(to="+15550101"))
        await until_known(gate, announced.sid)

        await with_sdk(gate, feedback(silent.sid))

        assert await rate(gate) == (2, 0, 0)


async def test_feedback_on_a_held_text_is_answered_here() -> None:
    async with counting_gate() as gate:
        sent = await with_sdk(gate, text(PRANK))

        said = await with_sdk(gate, feedback(sent.sid))

        assert (said.message_sid, said.outcome, said.account_sid) == (
            sent.sid,
            "confirmed",
            ACCOUNT,
        )
        assert said.date_created is not None
        assert gate.upstream.seen == []


async def test_feedback_on_a_released_text_goes_on_under_the_provider_s_id() -> None:
    async with counting_gate() as gate:
        sent = await with_sdk(gate, text(PRANK))
        theirs = "SM" + "9" * 32
        gate.move(State.RELEASING, State.RELEASED, answer=f"201 {theirs}")

        await with_sdk(gate, feedback(sent.sid))

        assert gate.upstream.seen[-1].path == f"{API}/Messages/{theirs}/Feedback.json"


async def test_feedback_is_passed_on_while_the_limit_store_is_away(tmp_path: Path) -> None:
    class Away(EmbeddedLimitStore):
        async def report(self, reference: bytes, signal: Signal) -> bool:
            raise LimitStoreAway("it is away")

        async def track(self, reference: bytes, also: bytes) -> bool:
            raise LimitStoreAway("it is away")

    async with counting_gate(limit_store=Away(tmp_path)) as gate:
        sent = await with_sdk(gate, text())

        said = await with_sdk(gate, feedback(sent.sid))

        assert said.outcome == "confirmed"
        assert gate.upstream.seen[-1].path.endswith("/Feedback.json")
