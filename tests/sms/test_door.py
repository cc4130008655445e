"""What two servers could read differently, what is not carried, and what goes wrong inside."""

from __future__ import annotations

import asyncio

import pytest
from starlette.responses import RedirectResponse

from filter.sms.app import _read_headers
from filter.sms.exchange import Unclear
from tests.sms.stage import (
    API,
    APPROVED,
    TO,
    TOKEN,
    Gate,
    open_gate,
    raw,
    read_json,
    speak,
)

SEND = f"{API}/Messages.json"
FORM = f"To=%2B15550100&From=%2B15550199&Body={APPROVED.replace(' ', '+')}".encode()
HELD_FORM = b"To=%2B15550100&From=%2B15550199&Body=You+won"


async def refused(gate: Gate, request: bytes) -> tuple[int, int]:
    """Return status and Twilio's code of a refusal, after making sure that nothing happened."""
    status, headers, body = await speak(gate.port, request)
    assert headers["content-type"] == "application/json"
    error = read_json(body)
    assert error["status"] == status
    assert set(error) == {"code", "message", "more_info", "status"}
    assert (gate.upstream.seen, gate.held, gate.decisions) == ([], (), ())
    return status, error["code"]


@pytest.mark.parametrize(
    "body",
    [
        FORM + b"&Body=x",
        FORM + b"&To=%2B15550101",
        FORM + b"&Fr%6Fm=x",
        FORM + b"&MediaUrl=https%3A%2F%2Fa.example%2F1.png" * 11,
        FORM + b"%",
        FORM + b"%zz",
        FORM + b";Body=x",
        FORM + b"%ff",
        FORM + b"%ed%a0%80",
        FORM + "é".encode(),
        FORM + b"&",
        FORM + b"&x",
        FORM + b"&=x",
        b"&".join([FORM, *(b"a%d=1" % n for n in range(200))]),
    ],
    ids=[
        "Body twice",
        "To twice",
        "From twice, escaped",
        "eleven media",
        "cut escape",
        "no hex escape",
        "semicolon",
        "not UTF-8",
        "surrogate",
        "raw byte",
        "empty pair",
        "no equals sign",
        "no name",
        "too many fields",
    ],
)
async def test_a_form_with_two_readings_is_refused(body: bytes) -> None:
    async with open_gate() as gate:
        assert await refused(gate, raw("POST", SEND, body)) == (400, 20001)


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Type: application/json",),
        ("Content-Type: multipart/form-data; boundary=x",),
        ("Content-Type: application/x-www-form-urlencoded; charset=utf-16",),
        ("Content-Encoding: gzip",),
        ("Content-Encoding: br",),
        ("Authorization: Basic eDp5",),
        ("Content-Type: application/x-www-form-urlencoded",) * 2,
    ],
    ids=["json", "multipart", "utf-16", "gzip", "br", "two authorizations", "two content types"],
)
async def test_headers_with_two_readings_are_refused(headers: tuple[str, ...]) -> None:
    async with open_gate() as gate:
        assert await refused(gate, raw("POST", SEND, FORM, *headers)) == (400, 20001)


async def test_two_lengths_are_refused_and_nothing_is_read_behind_them() -> None:
    async with open_gate() as gate:
        chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(FORM), FORM)
        request = raw(
            "POST",
            SEND,
            chunk,
            f"Content-Length: {len(chunk)}",
            "Transfer-Encoding: chunked",
        )

        status, _, _ = await speak(gate.port, request)

        assert status == 400
        assert (gate.upstream.seen, gate.held) == ([], ())


def test_two_lengths_are_refused_whatever_the_server_in_front_lets_through() -> None:
    with pytest.raises(Unclear, match="both Content-Length and Transfer-Encoding"):
        _read_headers([(b"Content-Length", b"1"), (b"Transfer-Encoding", b"chunked")])


async def test_a_chunked_request_is_read_as_any_other() -> None:
    async with open_gate() as gate:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(FORM), FORM)

        status, _, _ = await speak(gate.port, raw("POST", SEND, body, "Transfer-Encoding: chunked"))

        assert status == 201
        assert gate.upstream.sends[0].body == FORM


@pytest.mark.parametrize(
    "path",
    [
        f"{API}/Messages%2Ejson",
        f"{API}//Messages.json",
        f"/twilio{API}/../Messages.json",
        f"{API}/./Messages.json",
        f"{SEND}/",
        f"/twilio/{API}/Messages.json",
        f"{API}/Messages.json;x=1",
        f"{SEND}?Body=x",
    ],
)
async def test_a_path_with_two_readings_is_refused(path: str) -> None:
    async with open_gate() as gate:
        assert await refused(gate, raw("POST", path, FORM)) == (400, 20001)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/twilio/v2/Services/VA1/Verifications"),
        ("POST", "/twilio/v1/Conversations/CH1/Messages"),
        ("POST", "/twilio"),
        ("GET", "/twilio/v1/Content/HX1"),
        ("POST", f"{API}/Messages.csv"),
        ("POST", f"{API}/Messages.JSON"),
        ("POST", f"{API}/messages.json"),
        ("POST", f"{API}/Calls.json"),
        ("POST", f"{API}.json"),
        ("PUT", SEND),
        ("PATCH", SEND),
        ("DELETE", SEND),
        ("DELETE", f"{API}/Calls/CA1.json"),
        ("POST", "/2010-04-01/Accounts/XX1/Messages.json"),
        ("POST", "/2008-08-01/Accounts/AC1/SMS/Messages.json".replace("/2008", "/twilio/2008")),
    ],
)
async def test_what_is_not_judged_is_not_carried(method: str, path: str) -> None:
    async with open_gate() as gate:
        assert await refused(gate, raw(method, path, FORM)) == (404, 20404)


@pytest.mark.parametrize(
    "path",
    [f"{API}/Messages", f"{API}/SMS/Messages.json", f"{API}/SMS/Messages", f"{API}/Messages.xml"],
)
async def test_other_spellings_of_the_send_route_are_judged_too(path: str) -> None:
    async with open_gate() as gate:
        held, headers, body = await speak(gate.port, raw("POST", path, HELD_FORM))
        assert gate.upstream.seen == []
        gate.upstream.answers = []
        await speak(gate.port, raw("POST", path, FORM))

        assert (held, len(gate.held)) == (201, 1)
        assert [seen.path for seen in gate.upstream.seen] == [path]
        if not path.endswith(".json"):
            assert headers["content-type"] == "application/xml"
            assert b"<Message><AccountSid>AC" in body
            assert b"<Status>queued</Status>" in body


@pytest.mark.parametrize(
    "body", [b"Body=other", b"Status=sent", b"Status=canceled&Body=x", b"", b"Body=&Body="]
)
async def test_an_update_can_carry_no_text(body: bytes) -> None:
    async with open_gate() as gate:
        path = f"{API}/Messages/SM{'a' * 32}.json"
        request = raw("POST", path, body, "Content-Type: application/x-www-form-urlencoded")

        assert await refused(gate, request) == (400, 20001)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_read_can_carry_no_text(method: str) -> None:
    async with open_gate() as gate:
        path = f"{API}/Messages/SM{'a' * 32}.json"

        assert await refused(gate, raw(method, path, FORM)) == (400, 20001)


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (b"From=%2B15550199&Body=x", 21604),
        (b"To=&From=%2B15550199&Body=x", 21604),
        (b"To=%2B15550100&Body=x", 21603),
        (b"To=%2B15550100&From=%2B15550199", 21602),
    ],
)
async def test_a_send_without_its_parts_is_refused_as_twilio_does(form: bytes, code: int) -> None:
    async with open_gate() as gate:
        assert await refused(gate, raw("POST", SEND, form)) == (400, code)


async def test_a_field_that_nobody_knows_holds_the_text() -> None:
    async with open_gate() as gate:
        status, headers, _ = await speak(gate.port, raw("POST", SEND, FORM + b"&body=x&Body2=y"))

        assert (status, headers["x-sallyport-verdict"]) == (201, "held")
        codes = [f.code for f in gate.item().verdict.findings]
        assert codes == ["text.unknown_field"] * 2
        assert gate.upstream.seen == []


async def test_answers_name_the_transaction_and_the_verdict() -> None:
    async with open_gate() as gate:
        _, passed, _ = await speak(gate.port, raw("POST", SEND, FORM))
        _, held, _ = await speak(gate.port, raw("POST", SEND, HELD_FORM))
        gate.rules_loaded = False
        _, deferred, _ = await speak(gate.port, raw("POST", SEND, FORM))

        verdicts = [h["x-sallyport-verdict"] for h in (passed, held, deferred)]
        assert verdicts == ["pass", "held", "deferred"]
        assert passed["x-sallyport-id"] == gate.decisions[0].id.lower()
        assert held["x-sallyport-id"] == gate.item().transaction.id.lower()
        assert passed["twilio-request-id"] == "rq1"
        assert deferred["retry-after"] == "30"


async def test_a_body_over_the_limit_is_refused_before_it_is_read() -> None:
    async with open_gate() as gate:
        announced = raw("POST", SEND, b"", "Content-Length: 300000")
        chunk = b"%x\r\n%s\r\n" % (70_000, b"a" * 70_000)
        chunked = raw("POST", SEND, chunk * 5, "Transfer-Encoding: chunked")

        assert await refused(gate, announced) == (413, 21617)
        assert await refused(gate, chunked) == (413, 21617)


async def test_an_unknown_place_is_a_problem_document() -> None:
    async with open_gate() as gate:
        status, headers, body = await speak(gate.port, raw("POST", "/sms/json", FORM))

        assert (status, headers["content-type"]) == (404, "application/problem+json")
        assert read_json(body)["status"] == 404
        assert gate.upstream.seen == []


async def test_a_bug_is_a_503_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError("secret of the inside")

    monkeypatch.setattr("filter.sms.providers.twilio._missing", fail)
    async with open_gate() as gate:
        status, _, body = await speak(gate.port, raw("POST", SEND, FORM))

        assert (status, read_json(body)["code"]) == (503, 20503)
        assert b"secret" not in body
        assert gate.upstream.seen == []


async def test_the_provider_gets_no_header_that_could_change_the_request() -> None:
    async with open_gate() as gate:
        await speak(
            gate.port,
            raw(
                "POST",
                SEND,
                FORM,
                "X-HTTP-Method-Override: DELETE",
                "Cookie: a=b",
                "Twilio-Client-Validation: x",
                "X-Forwarded-For: 203.0.113.9",
            ),
        )

        (seen,) = gate.upstream.sends
        assert set(seen.headers) == {
            "host",
            "authorization",
            "content-type",
            "content-length",
            "accept-encoding",
        }
        assert seen.body == FORM


async def test_a_header_outside_ascii_is_refused_and_not_a_fault_of_ours() -> None:
    async with open_gate() as gate:
        answer = await refused(gate, raw("POST", SEND, FORM, "User-Agent: caf\xe9"))

        assert answer == (400, 20001)


async def test_redirects_are_not_followed() -> None:
    async with open_gate() as gate:
        gate.upstream.answers = [RedirectResponse("http://127.0.0.1:9/elsewhere", 307)]

        status, headers, _ = await speak(gate.port, raw("POST", SEND, FORM))

        assert (status, len(gate.upstream.seen)) == (307, 1)
        assert "location" not in headers


async def test_many_callers_at_once_get_their_own_answers() -> None:
    async with open_gate() as gate:
        bodies = [FORM if n % 2 else HELD_FORM + b"+%d" % n for n in range(40)]

        answers = await asyncio.gather(*(speak(gate.port, raw("POST", SEND, b)) for b in bodies))

        assert [h["x-sallyport-verdict"] for _, h, _ in answers] == ["held", "pass"] * 20
        assert len(gate.upstream.sends) == len(gate.held) == 20


async def test_a_caller_that_vanishes_inside_its_body_leaves_nothing() -> None:
    async with open_gate() as gate:
        _, writer = await asyncio.open_connection("127.0.0.1", gate.port)
        writer.write(raw("POST", SEND, FORM)[:-4])
        await writer.drain()
        writer.close()
        await writer.wait_closed()

        status, _, _ = await speak(gate.port, raw("POST", SEND, FORM))

        assert status == 201
        assert len(gate.upstream.seen) == 1


async def test_secrets_and_texts_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with open_gate() as gate:
        await speak(gate.port, raw("POST", SEND, FORM))
        await speak(gate.port, raw("POST", SEND, HELD_FORM))

    ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("sallyport"))
    assert "judged id=" in ours
    for secret in (TOKEN, TO, "You won", APPROVED):
        assert secret not in ours


@pytest.mark.parametrize(
    ("query", "held"),
    [
        ("", 2),
        ("?To=%2B15550100", 2),
        ("?To=%2B15550101", 0),
        ("?From=%2B15550199&PageSize=1", 1),
        ("?From=MYHEALTH", 0),
        ("?Page=0&PageSize=x", 2),
        ("?Page=1&PageToken=PA1", 0),
        ("?DateSent%3E=2021-05-01", 0),
    ],
)
async def test_a_list_begins_with_the_held_texts_that_it_asks_for(query: str, held: int) -> None:
    async with open_gate() as gate:
        for number in range(2):
            await speak(gate.port, raw("POST", SEND, HELD_FORM + b"+%d" % number))
        await speak(gate.port, raw("POST", SEND, FORM))

        _, _, body = await speak(gate.port, raw("GET", SEND + query))

        texts = [message["body"] for message in read_json(body)["messages"]]
        assert texts == [*["You won 1", "You won 0"][:held], APPROVED]
        assert gate.upstream.seen[-1].query == query.removeprefix("?")
