"""POST /v1/messages: may this be sent?"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from filter.quarantine.item import State
from filter.sms.release import TextReleaser
from tests.sms.stage import API, APPROVED, NO_DISK, PRANK, Gate, open_gate, raw, read_json, speak

BEARER = "Authorization: Bearer clinic-token"
JSON = "Content-Type: application/json"
FIELDS = {"channel": "sms", "from": "CLINIC", "to": "+15550100", "body": APPROVED}


async def ask(
    gate: Gate, body: object, *headers: str, path: str = "/v1/messages"
) -> tuple[int, dict[str, Any]]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = raw("POST", path, content, *(headers or (BEARER, JSON)), user="")
    status, _, answer = await speak(gate.port, request)
    return status, read_json(answer)


async def look(gate: Gate, transaction_id: str, *headers: str) -> tuple[int, dict[str, Any]]:
    path = f"/v1/messages/{transaction_id}"
    request = raw("GET", path, b"", *(headers or (BEARER,)), user="")
    status, _, answer = await speak(gate.port, request)
    return status, read_json(answer)


async def test_an_approved_text_is_cleared_for_its_caller_to_send() -> None:
    async with open_gate() as gate:
        status, answer = await ask(gate, FIELDS)

        assert status == 200
        assert answer == {"id": gate.decisions[0].id, "verdict": "pass", "reasons": []}
        assert gate.upstream.seen == []
        assert await gate.outcomes(1) == ["relayed cleared for caller"]
        assert gate.decisions[0].client == "clinic"


async def test_an_unapproved_text_is_held_with_its_reasons_and_can_be_followed() -> None:
    async with open_gate() as gate:
        status, answer = await ask(gate, FIELDS | {"body": PRANK, "media": ["https://a.example/1"]})

        reasons = [{"code": "template.none", "detail": "no approved template matches"}]
        assert status == 202
        assert answer == {"id": gate.item().transaction.id, "verdict": "held", "reasons": reasons}
        text = gate.item().transaction.text
        assert text is not None
        assert text.media == ("https://a.example/1",)
        status, state = await look(gate, answer["id"])
        assert (status, state["state"], state["reasons"]) == (200, "held", reasons)


async def test_a_release_tells_the_caller_to_send() -> None:
    async with open_gate() as gate:
        _, answer = await ask(gate, FIELDS | {"body": PRANK})

        released = await TextReleaser(gate.listener.providers).resend(gate.item().transaction)

        assert (released.accepted, released.summary) == (True, "cleared for caller")
        gate.move(State.RELEASING, State.RELEASED)
        assert (await look(gate, answer["id"]))[1]["state"] == "released"
        assert gate.upstream.seen == []


async def test_only_its_caller_can_follow_a_held_text() -> None:
    async with open_gate() as gate:
        _, answer = await ask(gate, FIELDS | {"body": PRANK})

        assert (await look(gate, answer["id"], "Authorization: Bearer other-token"))[0] == 404
        assert (await look(gate, answer["id"], "Authorization: Bearer wrong"))[0] == 401
        assert (await look(gate, "m_01K00000000000000000000000"))[0] == 404


async def test_what_was_held_for_a_provider_is_not_told_here() -> None:
    async with open_gate() as gate:
        held = raw("POST", f"{API}/Messages.json", b"To=%2B15550100&From=%2B15550199&Body=x")
        await speak(gate.port, held)

        path = f"/v1/messages/{gate.item().transaction.id}"
        status, _, _ = await speak(gate.port, raw("GET", path))

        assert status == 404


async def test_not_ready_is_503_and_the_text_stays_with_the_caller() -> None:
    async with open_gate() as gate:
        gate.rules_loaded = False
        not_loaded = await ask(gate, FIELDS)
    async with open_gate(min_free_bytes=NO_DISK) as gate:
        no_store = await ask(gate, FIELDS)

        assert (not_loaded[0], no_store[0]) == (503, 503)
        assert "do not send it" in not_loaded[1]["detail"]


@pytest.mark.parametrize(
    "header",
    [
        "Authorization: Bearer wrong",
        "Authorization: Bearer ",
        "Authorization: Basic Y2xpbmlj",
        "Authorization: Basic !!!",
        "X: y",
    ],
)
async def test_who_does_not_prove_itself_is_refused(header: str) -> None:
    async with open_gate() as gate:
        status, answer = await ask(gate, FIELDS, header, JSON)

        assert (status, answer["title"]) == (401, "Unauthorized")
        assert gate.decisions == ()


async def test_basic_authentication_works_as_well() -> None:
    async with open_gate() as gate:
        credentials = base64.b64encode(b"clinic:clinic-token").decode()

        status, _ = await ask(gate, FIELDS, f"Authorization: Basic {credentials}", JSON)

        assert status == 200


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "not JSON at line 1, column 1: Expecting value"),
        (b"[]", "the JSON has to be an object"),
        (b'{"channel":"sms","channel":"sms"}', "the key 'channel' occurs twice"),
        (b'{"x":[{"a":1,"a":2}]}', "the key 'a' occurs twice"),
        (b'{"body":"\\ud800"}', "/body has half of a surrogate pair"),
        (b'{"\\ud800":1}', "a key of / has half of a surrogate pair"),
        (b'{"body":"\xff"}', "byte 9 is not UTF-8"),
        (
            b"\xef\xbb\xbf{}",
            "not JSON at line 1, column 1: Unexpected UTF-8 BOM (decode using utf-8-sig)",
        ),
        (b'{"body":NaN}', "NaN is not JSON"),
        (b"[" * 100_000, "the JSON is nested too deeply"),
        (b'{"a":' + b"1" * 5000 + b"}", "a number in the JSON is too long"),
        (
            FIELDS | {"text": "x"},
            "unknown field 'text'; there are: channel, from, to, body, media, end_user",
        ),
        (
            FIELDS | {"channel": "email"},
            'field "channel": only "sms" is judged here; send e-mail over SMTP',
        ),
        (FIELDS | {"to": ["+15550100"]}, 'field "to": not a string'),
        (FIELDS | {"from": " "}, 'field "from": empty'),
        (FIELDS | {"body": None}, 'field "body": not a string'),
        (FIELDS | {"body": ""}, 'field "body": empty, and there is no media'),
        (FIELDS | {"media": "x"}, 'field "media": not a list of at most 10 addresses or files'),
        (
            FIELDS | {"media": ["x"] * 11},
            'field "media": not a list of at most 10 addresses or files',
        ),
        (FIELDS | {"media": [1]}, 'field "media": an entry is neither an address nor a file'),
        ({"channel": "sms", "from": "x", "to": "y"}, 'field "body": missing'),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else "",
)
async def test_what_cannot_be_read_for_certain_is_refused_by_name(
    body: object, detail: str
) -> None:
    async with open_gate() as gate:
        status, answer = await ask(gate, body)

        assert (status, answer["detail"]) == (400, detail)
        assert gate.decisions == ()


async def test_another_content_type_is_refused() -> None:
    async with open_gate() as gate:
        status, _ = await ask(gate, FIELDS, BEARER, "Content-Type: text/plain")

        assert status == 400


@pytest.mark.parametrize("path", ["/v1", "/v1/messages/x/y", "/v1/other"])
async def test_other_paths_are_not_there(path: str) -> None:
    async with open_gate() as gate:
        assert (await ask(gate, FIELDS, path=path))[0] == 404


async def test_the_log_learns_no_number_from_a_request_that_cannot_be_read(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    async with open_gate() as gate:
        for name in ("+60 12-345 6789", "aisha@citizen.example"):
            status, answer = await ask(gate, FIELDS | {name: "x"})

            assert (status, name in answer["detail"]) == (400, True)
    assert [name for name in ("6789", "aisha") if name in caplog.text] == []
    assert "unknown field '\N{HORIZONTAL ELLIPSIS}'" in caplog.text
