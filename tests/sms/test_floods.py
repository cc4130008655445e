"""What a caller is told of a message that is too many, blocked, paused, or sent once more."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.responses import JSONResponse

from filter.floodrules import FloodAction
from filter.guard import Admission, Repeat, Stop
from filter.message import Transaction
from filter.ruleset import RuleSet
from filter.settings import HeldAnswer
from filter.verdict import Finding, Flood, Verdict
from tests.guards import NoGuard
from tests.sms.stage import (
    API,
    APPROVED,
    FROM,
    PATIENCE_SECONDS,
    PRANK,
    TO,
    Gate,
    open_gate,
    raw,
    read_json,
    speak,
)
from tests.sms.test_signals import RULES
from tests.sms.test_twilio_python import call, failure, send

FORM = f"To=%2B15550100&From=%2B15550199&Body={APPROVED}".replace(" ", "+").encode()
FINDING = Finding("limits", "limit.rate", "5 codes for +1555****100 in 10 minutes (otp-recipient)")
FLOOD = Flood(
    "f_0123456789abcdef", "otp-recipient", "recipient=+1555****100", 1_625_000_000_000_000
)
MESSAGE = {"channel": "sms", "from": FROM, "to": TO, "body": APPROVED}


@dataclass
class ScriptedGuard(NoGuard):
    """Says what it is told to, and remembers what was given back."""

    admission: Admission = field(default_factory=Admission)
    stop: Stop | None = None
    repeat: Repeat = field(default_factory=Repeat)
    given_back: list[Admission] = field(default_factory=list)
    settled: list[bytes | None] = field(default_factory=list)

    def stop_for(
        self, transaction: Transaction, judged: tuple[Verdict, RuleSet] | None = None
    ) -> Stop | None:
        del transaction, judged
        return self.stop

    async def admit(self, transaction: Transaction, verdict: Verdict, rules: RuleSet) -> Admission:
        del transaction, verdict, rules
        return self.admission

    async def give_back(self, admission: Admission) -> None:
        self.given_back.append(admission)

    async def claim(self, transaction: Transaction, verdict: Verdict, rules: RuleSet) -> Repeat:
        del transaction, verdict, rules
        return self.repeat

    async def settle(self, repeat: Repeat, transaction_id: str, answer: bytes | None) -> None:
        del repeat, transaction_id
        self.settled.append(answer)


def too_many(action: FloodAction, retry_seconds: float | None = None) -> ScriptedGuard:
    return ScriptedGuard(
        Admission((FINDING,), action=action, retry_seconds=retry_seconds, flood=FLOOD)
    )


def paused(*, drops: bool) -> ScriptedGuard:
    finding = Finding("pauses", "pause.active", "sending is paused: stolen key")
    return ScriptedGuard(stop=Stop(finding, FLOOD, drops))


async def ask(gate: Gate) -> tuple[int, dict[str, str], dict[str, Any]]:
    request = raw(
        "POST",
        "/v1/messages",
        json.dumps(MESSAGE).encode(),
        "Authorization: Bearer clinic-token",
        "Content-Type: application/json",
        user="",
    )
    status, headers, body = await speak(gate.port, request)
    return status, headers, read_json(body)


# --- a limit that defers


async def test_the_sdk_sees_twilio_s_own_429_and_nothing_is_held_or_sent() -> None:
    async with open_gate(guard=too_many(FloodAction.DEFER, 41.2)) as gate:
        refused = await failure(gate, send())

        assert (refused.status, refused.code) == (429, 20429)
        assert refused.msg.endswith("Too many requests: sending limit")
        assert gate.upstream.seen == []
        assert gate.held == ()
        assert await gate.outcomes(1) == ["deferred sending limit"]


@pytest.mark.parametrize(
    ("seconds", "header"), [(41.2, "42"), (0.0, "0"), (0.001, "1"), (None, "30"), (3600.0, "3600")]
)
async def test_retry_after_is_when_the_next_one_fits(seconds: float | None, header: str) -> None:
    async with open_gate(guard=too_many(FloodAction.DEFER, seconds)) as gate:
        status, headers, body = await speak(gate.port, raw("POST", f"{API}/Messages.json", FORM))
        own = await ask(gate)

        assert (status, headers["retry-after"]) == (429, header)
        assert headers["x-sallyport-verdict"] == "deferred"
        assert set(read_json(body)) == {"code", "message", "more_info", "status"}
        assert (own[0], own[1]["retry-after"]) == (429, header)


async def test_a_429_is_xml_where_twilio_answers_xml() -> None:
    async with open_gate(guard=too_many(FloodAction.DEFER, 5)) as gate:
        status, headers, body = await speak(gate.port, raw("POST", f"{API}/Messages", FORM))

        assert (status, headers["content-type"], headers["retry-after"]) == (
            429,
            "application/xml",
            "5",
        )
        assert b"<RestException><Code>20429</Code>" in body


async def test_our_own_api_says_too_many_as_a_problem() -> None:
    async with open_gate(guard=too_many(FloodAction.DEFER, 5)) as gate:
        status, headers, answer = await ask(gate)

        assert (status, headers["content-type"]) == (429, "application/problem+json")
        assert answer == {"title": "Too Many Requests", "status": 429, "detail": "sending limit"}


async def test_the_detail_of_a_limit_is_not_told_to_the_caller() -> None:
    async with open_gate(guard=too_many(FloodAction.DEFER, 5)) as gate:
        _, _, body = await speak(gate.port, raw("POST", f"{API}/Messages.json", FORM))

        assert b"1555" not in body


# --- a limit that holds


async def test_a_limit_that_holds_looks_as_any_held_text() -> None:
    async with open_gate(guard=too_many(FloodAction.HOLD)) as gate:
        message = await call(gate, send())

        assert (message.status, message.body) == ("queued", APPROVED)
        assert gate.upstream.seen == []
        assert gate.item().verdict.findings == (FINDING,)
        assert (await call(gate, lambda c: c.messages(message.sid).fetch())).status == "queued"


# --- a limit that blocks


@pytest.mark.parametrize("held", [HeldAnswer.ACCEPT, HeldAnswer.BLOCK])
async def test_blocked_is_told_as_filtered_whatever_the_settings_prefer(held: HeldAnswer) -> None:
    async with open_gate(guard=too_many(FloodAction.BLOCK), held=held) as gate:
        refused = await failure(gate, send())

        assert (refused.status, refused.code) == (400, 30007)
        assert refused.msg.endswith("Message blocked by outbound content policy (limit.rate)")
        assert refused.details == {
            "sallyport_id": gate.item().transaction.id,
            "reasons": ["limit.rate"],
        }
        assert gate.upstream.seen == []
        assert gate.item().verdict.flood == FLOOD


async def test_our_own_api_says_blocked() -> None:
    async with open_gate(guard=too_many(FloodAction.BLOCK)) as gate:
        status, headers, answer = await ask(gate)

        assert (status, headers["x-sallyport-verdict"]) == (202, "blocked")
        assert answer == {
            "id": gate.item().transaction.id,
            "verdict": "blocked",
            # How many are allowed, and how many others have sent, is nothing for a stolen key.
            "reasons": [
                {"code": FINDING.code, "detail": "too many, or unusual; a person looks at it"}
            ],
        }
        path, bearer = f"/v1/messages/{answer['id']}", "Authorization: Bearer clinic-token"
        _, _, state = await speak(gate.port, raw("GET", path, b"", bearer, user=""))
        assert read_json(state)["verdict"] == "blocked"


async def test_a_text_that_nobody_approved_is_held_not_blocked_by_a_limit() -> None:
    async with open_gate(guard=too_many(FloodAction.BLOCK)) as gate:
        message = await call(gate, send(PRANK))

        assert message.status == "queued"
        assert [f.code for f in gate.item().verdict.findings] == ["template.none"]


# --- a pause


async def test_a_pause_that_drops_leaves_the_text_with_its_caller() -> None:
    async with open_gate(guard=paused(drops=True), rules=RULES) as gate:
        refused = await failure(gate, send())
        status, headers, body = await speak(gate.port, raw("POST", f"{API}/Messages.json", FORM))
        own = await ask(gate)

        assert (refused.status, refused.code) == (503, 20503)
        assert (status, headers["retry-after"]) == (503, "30")
        assert read_json(body)["message"].endswith("sending is paused")
        assert b"stolen key" not in body
        assert (own[0], own[2]["detail"]) == (503, "sending is paused")
        assert (gate.upstream.seen, gate.held) == ([], ())


async def test_a_pause_that_holds_looks_as_any_held_text() -> None:
    async with open_gate(guard=paused(drops=False)) as gate:
        message = await call(gate, send())

        assert message.status == "queued"
        assert gate.upstream.seen == []


async def test_our_own_api_does_not_tell_where_the_limit_store_is() -> None:
    finding = Finding(
        "limits", "limit.store_away", "Redis at 10.0.0.7:6379/0: nobody listens there"
    )
    guard = ScriptedGuard(Admission((finding,), action=FloodAction.HOLD, flood=FLOOD))
    async with open_gate(guard=guard) as gate:
        _, _, told = await ask(gate)

        assert told["reasons"] == [
            {"code": "limit.store_away", "detail": "limits could not be counted"}
        ]


async def test_our_own_api_tells_neither_who_paused_nor_why() -> None:
    async with open_gate(guard=paused(drops=False)) as gate:
        status, _, told = await ask(gate)
        bearer = "Authorization: Bearer clinic-token"
        path = f"/v1/messages/{told['id']}"
        _, _, asked = await speak(gate.port, raw("GET", path, b"", bearer, user=""))

        assert (status, told["verdict"]) == (202, "held")
        reasons = [{"code": "pause.active", "detail": "sending is paused"}]
        assert told["reasons"] == reasons
        assert read_json(asked)["reasons"] == reasons
        assert [f.code for f in gate.item().verdict.findings] == ["pause.active"]


# --- what did not go on is given back, and repeats get the first answer


async def test_what_the_provider_refused_is_given_back() -> None:
    guard = ScriptedGuard(Admission(receipt="receipt"))
    async with open_gate(guard=guard) as gate:
        await call(gate, send())
        assert guard.given_back == []

        error = {"code": 21211, "message": "Invalid 'To'", "status": 400}
        gate.upstream.answers.append(JSONResponse(error, 400))
        refused = await failure(gate, send())

        assert refused.code == 21211
        assert guard.given_back == [guard.admission]


async def test_a_repeat_gets_the_first_answer_byte_for_byte_and_is_not_sent_again() -> None:
    guard = ScriptedGuard(repeat=Repeat(key=b"k"))
    async with open_gate(guard=guard) as gate:
        request = raw("POST", f"{API}/Messages.json", FORM)
        first = await speak(gate.port, request)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not guard.settled:  # noqa: ASYNC110 - settled by the commit, after the answer
                await asyncio.sleep(0.01)

        (answer,) = guard.settled
        guard.repeat = Repeat(b"k", "m_01K00000000000000000000000", answer)
        again = await speak(gate.port, request)

        assert (again[0], again[2]) == (first[0], first[2])
        assert again[1]["twilio-request-id"] == "rq1"
        assert again[1]["x-sallyport-id"] != first[1]["x-sallyport-id"]
        assert len(gate.upstream.sends) == 1


async def test_a_repeat_of_what_is_on_its_way_is_to_be_asked_again() -> None:
    guard = ScriptedGuard(repeat=Repeat(b"k", "m_01K00000000000000000000000", None))
    async with open_gate(guard=guard) as gate:
        refused = await failure(gate, send())
        status, headers, _ = await speak(gate.port, raw("POST", f"{API}/Messages.json", FORM))

        assert (refused.status, refused.code) == (429, 20429)
        assert (status, headers["retry-after"]) == (429, "2")
        assert gate.upstream.seen == []
