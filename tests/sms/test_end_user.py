"""The end user on the way in: from the headers that the settings name, or from our own fields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from filter.enduser import MAX_ID_CHARACTERS, read_end_user
from filter.message import EndUser, Transaction
from filter.ruleset import RuleSet
from filter.verdict import Verdict
from tests.sms.stage import API, APPROVED, FROM, TO, approve_codes, open_gate, raw, read_json, speak

NAMES = {"end_user_header": "X-End-User", "end_user_ip_header": "X-End-User-IP"}
FORM = f"To=%2B15550100&From=%2B15550199&Body={APPROVED}".replace(" ", "+").encode()
MESSAGE = {"channel": "sms", "from": FROM, "to": TO, "body": APPROVED}
JSON, TOKEN = "Content-Type: application/json", "Authorization: Bearer clinic-token"


class Seeing:
    """Judges as the stage does, and remembers for whom."""

    def __init__(self) -> None:
        self.end_users: list[EndUser] = []

    async def inspect(self, transaction: Transaction, rules: RuleSet) -> Verdict:
        self.end_users.append(transaction.end_user)
        return await approve_codes(transaction, rules)


async def send(
    *headers: str, names: dict[str, Any] | None = None
) -> tuple[int, list[EndUser], Any]:
    """Send one text over the Twilio drop-in; return status, end users and what went upstream."""
    seeing = Seeing()
    async with open_gate(
        inspect=seeing.inspect, of_listener=NAMES if names is None else names
    ) as gate:
        request = raw("POST", f"{API}/Messages.json", FORM, *headers)
        status, _, _ = await speak(gate.port, request)
        return status, seeing.end_users, gate.upstream.sends


async def ask(end_user: object, *headers: str) -> tuple[int, list[EndUser], str]:
    """Ask over our own API; return status, end users and the problem."""
    seeing = Seeing()
    async with open_gate(inspect=seeing.inspect, of_listener=NAMES) as gate:
        body = json.dumps(MESSAGE | {"end_user": end_user}).encode()
        request = raw("POST", "/v1/messages", body, TOKEN, JSON, *headers, user="")
        status, _, answer = await speak(gate.port, request)
        return status, seeing.end_users, read_json(answer).get("detail", "")


async def test_the_headers_of_the_settings_say_who_the_end_user_is() -> None:
    status, seen, _ = await send("x-end-user: user-7", "X-END-USER-IP: 203.0.113.9")

    assert (status, seen) == (201, [EndUser("user-7", "203.0.113.9")])


async def test_they_do_not_go_to_the_provider() -> None:
    _, _, (sent,) = await send("X-End-User: user-7", "X-End-User-IP: 203.0.113.9")

    assert not [name for name in sent.headers if name.startswith("x-")]
    assert "user-7" not in str(sent)
    assert "203.0.113.9" not in str(sent)


async def test_without_them_in_the_settings_headers_say_nothing() -> None:
    _, seen, _ = await send("X-End-User: user-7", "X-End-User-IP: 203.0.113.9", names={})

    assert seen == [EndUser()]


async def test_what_is_missing_or_empty_is_not_known() -> None:
    assert (await send())[1] == [EndUser()]
    assert (await send("X-End-User: ", "X-End-User-IP:"))[1] == [EndUser()]
    assert (await send("X-End-User: 7"))[1] == [EndUser("7")]


@pytest.mark.parametrize(
    "headers",
    [
        ("X-End-User: 7", "X-End-User: 8"),
        ("X-End-User: 7", "x-end-user: 7"),
        ("X-End-User-IP: 203.0.113.9", "X-End-User-IP: 203.0.113.8"),
        ("X-End-User-IP: 203.0.113.9, 203.0.113.8",),
        ("X-End-User-IP: 203.0.113.9:4711",),
        ("X-End-User-IP: 203.0.113.09",),
        ("X-End-User-IP: user-7",),
        (f"X-End-User: {'7' * (MAX_ID_CHARACTERS + 1)}",),
        ("X-End-User: a\u200bb",),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_what_cannot_be_read_for_certain_is_refused_and_nothing_is_sent(
    headers: tuple[str, ...],
) -> None:
    status, seen, sends = await send(*headers)

    assert (status, seen, sends) == (400, [], [])


async def test_an_id_that_is_no_utf_8_is_refused() -> None:
    async with open_gate(of_listener=NAMES) as gate:
        request = raw("POST", f"{API}/Messages.json", FORM, "X-End-User: ?")

        status, _, _ = await speak(gate.port, request.replace(b"?", b"\xff", 1))

        assert status == 400


async def test_an_id_may_be_of_any_script() -> None:
    _, seen, _ = await send("X-End-User: pengguna-\u4e03")

    assert seen == [EndUser("pengguna-\u4e03")]


async def test_our_own_api_has_fields_for_it() -> None:
    status, seen, _ = await ask({"id": " user-7 ", "ip": "2001:db8:1:2:3::4"})

    assert (status, seen) == (200, [EndUser("user-7", "2001:db8:1:2::/64")])
    assert (await ask({}))[1] == [EndUser()]
    assert (await ask({"ip": "203.0.113.9"}))[1] == [EndUser("", "203.0.113.9")]


@pytest.mark.parametrize(
    ("end_user", "detail"),
    [
        (None, 'field "end_user": not an object'),
        ("user-7", 'field "end_user": not an object'),
        ({"name": "x"}, "end_user: unknown field 'name'; there are: id, ip"),
        ({"id": 7}, 'end_user: field "id": not a string'),
        ({"ip": None}, 'end_user: field "ip": not a string'),
        ({"ip": "here"}, "the address of the end user is no IP address"),
        ({"id": "a\0b"}, "the id of the end user has characters that cannot be seen"),
        ({"id": "x" * 129}, "the id of the end user has more than 128 characters"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_fields_that_cannot_be_read_are_refused(end_user: object, detail: str) -> None:
    status, seen, problem = await ask(end_user)

    assert (status, seen, problem) == (400, [], detail)


async def test_header_and_field_may_not_name_two_end_users() -> None:
    same = await ask({"id": "7"}, "X-End-User: 7")
    two = await ask({"id": "7"}, "X-End-User: 8")

    assert (same[0], same[1]) == (200, [EndUser("7")])
    assert (two[0], two[1]) == (400, [])


async def test_the_end_user_of_a_held_text_is_kept_with_it() -> None:
    async with open_gate(of_listener=NAMES) as gate:
        held = FORM.replace(b"sign-in", b"pranked")
        await speak(gate.port, raw("POST", f"{API}/Messages.json", held, "X-End-User: user-7"))

        assert gate.item().transaction.end_user == EndUser("user-7")


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9\t", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:DB8::1", "2001:db8::/64"),
        ("2001:0db8:0:0:ffff::2", "2001:db8::/64"),
        ("2001:db8:0:1::", "2001:db8:0:1::/64"),
        ("", ""),
    ],
)
def test_an_address_has_one_form(given: str, counted: str) -> None:
    assert read_end_user("", given).ip == counted


@pytest.mark.parametrize(
    "given",
    [
        "fe80::1%eth0",
        "1.2.3",
        "0x7f.1",
        "1.2.3.4/32",
        "[::1]",
        "localhost",
        "1.2.3.4 x",
        "\uff11.2.3.4",
    ],
)
def test_what_is_no_address_is_none(given: str) -> None:
    with pytest.raises(ValueError, match="no IP address"):
        read_end_user("", given)
