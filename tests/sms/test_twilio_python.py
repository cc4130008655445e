"""The real Twilio SDK for Python against the running gate: only its base address is changed."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from pydantic import SecretStr
from starlette.responses import JSONResponse, PlainTextResponse, Response
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]  # the SDK has no types
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]  # the SDK has no types
from twilio.rest import Client  # type: ignore[import-untyped]  # the SDK has no types

from filter.quarantine.item import State
from filter.quarantine.release import release
from filter.settings import Caller
from filter.sms.release import TextReleaser
from tests.sms.stage import (
    ACCOUNT,
    APPROVED,
    FROM,
    KEY,
    NO_DISK,
    OTHER_ACCOUNT,
    PORTAL_KEY,
    PRANK,
    RELEASE_TOKEN,
    SERVICE,
    TO,
    TOKEN,
    Gate,
    open_gate,
)

T = TypeVar("T")


@contextmanager
def twilio(
    gate: Gate,
    *,
    prefix: str = "/twilio",
    user: str = ACCOUNT,
    token: str = TOKEN,
    account: str = ACCOUNT,
) -> Iterator[Client]:
    http = TwilioHttpClient(timeout=20)
    client = Client(user, token, account, http_client=http)
    client.api.base_url = gate.url + prefix
    try:
        yield client
    finally:
        assert http.session is not None
        http.session.close()


async def call(gate: Gate, ask: Callable[[Client], T], **of_client: str) -> T:
    def run() -> T:
        with twilio(gate, **of_client) as client:
            return ask(client)

    return await asyncio.to_thread(run)


def send(body: str = APPROVED, **fields: Any) -> Callable[[Client], Any]:
    return lambda client: client.messages.create(**{"to": TO, "from_": FROM, "body": body} | fields)


async def failure(
    gate: Gate, ask: Callable[[Client], Any], **of_client: str
) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as caught:
        await call(gate, ask, **of_client)
    return caught.value


@pytest.mark.parametrize("prefix", ["/twilio", ""])
async def test_an_approved_text_reaches_the_provider_as_it_was_sent(prefix: str) -> None:
    async with open_gate() as gate:
        message = await call(gate, send(), prefix=prefix)

        (seen,) = gate.upstream.sends
        assert seen.form == {"To": [TO], "From": [FROM], "Body": [APPROVED]}
        assert seen.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        assert seen.headers["authorization"].startswith("Basic ")
        assert message.sid in gate.upstream.messages
        assert gate.held == ()
        assert await gate.outcomes(1) == [f"relayed 201 {message.sid}"]


async def test_an_unapproved_text_is_held_and_the_provider_never_sees_it() -> None:
    async with open_gate() as gate:
        message = await call(gate, send(PRANK))

        assert gate.upstream.seen == []
        assert (message.status, message.body, message.to) == ("queued", PRANK, TO)
        assert message.date_created is not None
        assert message.sid is not None
        assert message.sid.startswith("SM")
        assert gate.item().state is State.HELD


@pytest.mark.parametrize(
    ("fields", "status", "sid"),
    [
        ({}, "queued", "SM"),
        ({"from_": None, "messaging_service_sid": SERVICE}, "accepted", "SM"),
        (
            {
                "messaging_service_sid": SERVICE,
                "from_": None,
                "schedule_type": "fixed",
                "send_at": datetime.now(UTC) + timedelta(hours=1),
            },
            "scheduled",
            "SM",
        ),
        ({"media_url": ["https://a.example/1.png", "https://a.example/2.png"]}, "queued", "MM"),
    ],
    ids=["from a number", "from a service", "scheduled", "with media"],
)
async def test_a_held_text_looks_as_if_twilio_had_accepted_it(
    fields: dict[str, Any], status: str, sid: str
) -> None:
    async with open_gate() as gate:
        message = await call(gate, send(PRANK, **fields))

        assert message.status == status
        assert message.sid is not None
        assert message.sid.startswith(sid)
        assert message.num_media == str(len(fields.get("media_url", ())))


async def test_a_held_text_can_be_read_back_listed_and_its_media_listed() -> None:
    async with open_gate() as gate:
        sent = await call(gate, send(PRANK))
        passed = await call(gate, send())

        again = await call(gate, lambda c: c.messages(sent.sid).fetch())
        listed = await call(gate, lambda c: c.messages.list(limit=20))
        to_others = await call(gate, lambda c: c.messages.list(to="+15550123", limit=20))
        media = await call(gate, lambda c: c.messages(sent.sid).media.list())

        assert (again.sid, again.status, again.body) == (sent.sid, "queued", PRANK)
        assert [m.sid for m in listed] == [sent.sid, passed.sid]
        assert sent.sid not in [m.sid for m in to_others]
        assert media == []


async def test_a_text_that_passed_is_read_deleted_and_redacted_at_the_provider() -> None:
    async with open_gate() as gate:
        sent = await call(gate, send())

        read = await call(gate, lambda c: c.messages(sent.sid).fetch())
        redacted = await call(gate, lambda c: c.messages(sent.sid).update(body=""))
        deleted = await call(gate, lambda c: c.messages(sent.sid).delete())

        assert (read.body, redacted.body, deleted) == (APPROVED, "", True)
        assert gate.upstream.messages == {}


async def test_a_caller_can_cancel_its_held_text() -> None:
    async with open_gate() as gate:
        sent = await call(gate, send(PRANK))

        canceled = await call(gate, lambda c: c.messages(sent.sid).update(status="canceled"))
        again = await call(gate, lambda c: c.messages(sent.sid).fetch())

        assert (canceled.status, again.status) == ("canceled", "canceled")
        assert gate.item().state is State.DISCARDED
        assert gate.item().changed_by == ACCOUNT
        assert gate.upstream.seen == []


async def test_a_caller_can_delete_its_held_text_and_then_it_is_gone() -> None:
    async with open_gate() as gate:
        sent = await call(gate, send(PRANK))

        assert await call(gate, lambda c: c.messages(sent.sid).delete())

        gone = await failure(gate, lambda c: c.messages(sent.sid).fetch())
        assert (gone.status, gone.code) == (404, 20404)
        assert gate.item().state is State.DISCARDED


async def test_redacting_a_held_text_answers_without_the_text() -> None:
    async with open_gate() as gate:
        sent = await call(gate, send(PRANK))

        redacted = await call(gate, lambda c: c.messages(sent.sid).update(body=""))

        assert redacted.body == ""
        assert gate.item().state is State.HELD


async def test_a_text_being_released_can_no_longer_be_canceled() -> None:
    async with open_gate() as gate:
        sent = await call(gate, send(PRANK))
        gate.move(State.RELEASING)

        error = await failure(gate, lambda c: c.messages(sent.sid).update(status="canceled"))

        assert (error.status, error.code) == (409, 20009)
        assert gate.item().state is State.RELEASING


async def test_a_text_that_a_reviewer_discards_reads_as_filtered() -> None:
    async with open_gate() as gate:
        sent = await call(gate, send(PRANK))
        gate.move(State.DISCARDED)

        read = await call(gate, lambda c: c.messages(sent.sid).fetch())

        assert (read.status, read.error_code) == ("failed", 30007)


async def test_a_released_text_is_sent_with_our_credentials_and_read_under_its_old_sid() -> None:
    async with open_gate() as gate:
        sent = await call(gate, send(PRANK))
        item = gate.item()
        releasers = {"twilio": TextReleaser(gate.listener.providers)}

        released = await release(item.transaction.id, gate.store, releasers, by="reviewer")

        assert released.state is State.RELEASED
        (seen,) = gate.upstream.sends
        assert seen.body == item.transaction.content
        assert b64decode(seen.headers["authorization"].split()[1]) == (
            f"{ACCOUNT}:{RELEASE_TOKEN}".encode()
        )
        read = await call(gate, lambda c: c.messages(sent.sid).fetch())
        listed = await call(gate, lambda c: c.messages.list(limit=5))
        assert (read.sid, read.body) == (sent.sid, PRANK)
        assert read.uri.endswith(f"/{sent.sid}.json")
        assert [m.sid for m in listed] == [sent.sid]
        assert sent.sid not in [seen.path for seen in gate.upstream.seen]
        assert await call(gate, lambda c: c.messages(sent.sid).delete())
        assert gate.upstream.messages == {}


@pytest.mark.parametrize(
    ("answer", "state", "status", "code"),
    [
        (
            JSONResponse({"code": 21211, "message": "no", "status": 400}, 400),
            State.FAILED,
            "failed",
            21211,
        ),
        (
            JSONResponse({"code": 20003, "message": "no", "status": 401}, 401),
            State.HELD,
            "queued",
            None,
        ),
        (PlainTextResponse("Bad Gateway", 502), State.UNKNOWN, "queued", None),
    ],
    ids=["refused for good", "our credentials are wrong", "in doubt"],
)
async def test_a_release_that_twilio_does_not_take_is_told_to_the_caller(
    answer: Response, state: State, status: str, code: int | None
) -> None:
    async with open_gate() as gate:
        sent = await call(gate, send(PRANK))
        gate.upstream.answers = [answer]
        releasers = {"twilio": TextReleaser(gate.listener.providers)}

        await release(gate.item().transaction.id, gate.store, releasers, by="reviewer")

        read = await call(gate, lambda c: c.messages(sent.sid).fetch())
        assert gate.item().state is state
        assert (read.status, read.error_code) == (status, code)


async def test_a_release_without_reach_or_credentials_stays_held() -> None:
    async with open_gate("http://127.0.0.1:9") as gate:
        await call(gate, send(PRANK))
        twilio = gate.listener.providers["twilio"]
        for provider in (twilio, twilio.model_copy(update={"password": None})):
            releasers = {"twilio": TextReleaser({"twilio": provider})}

            await release(gate.item().transaction.id, gate.store, releasers, by="reviewer")

            assert gate.item().state is State.HELD


async def test_where_the_settings_block_the_error_is_one_that_is_not_retried() -> None:
    async with open_gate(held="block") as gate:
        error = await failure(gate, send(PRANK))

        assert (error.status, error.code) == (400, 30007)
        assert "Message blocked by outbound content policy (template.none)" in error.msg
        assert error.details["sallyport_id"] == gate.item().transaction.id
        (wording,) = [f.detail for f in gate.item().verdict.findings if f.check == "templates"]
        assert error.details["wording"] == wording
        assert gate.upstream.seen == []


async def test_a_provider_that_is_down_leaves_the_text_with_the_caller() -> None:
    async with open_gate("http://127.0.0.1:9") as gate:
        error = await failure(gate, send())

        assert (error.status, error.code) == (503, 20503)
        assert gate.held == ()


async def test_a_provider_that_is_too_slow_leaves_the_text_with_the_caller() -> None:
    async with open_gate(timeout_seconds=0.3) as gate:
        gate.upstream.delay_seconds = 1.0

        error = await failure(gate, send())

        assert (error.status, error.code) == (503, 20503)


async def test_a_store_that_cannot_write_leaves_the_text_with_the_caller() -> None:
    async with open_gate(min_free_bytes=NO_DISK) as gate:
        held = await failure(gate, send(PRANK))
        passed = await failure(gate, send())

        assert [(e.status, e.code) for e in (held, passed)] == [(503, 20503)] * 2
        assert gate.upstream.seen == []


async def test_rules_that_are_not_loaded_leave_the_text_with_the_caller() -> None:
    async with open_gate() as gate:
        gate.rules_loaded = False

        error = await failure(gate, send())

        assert (error.status, error.code) == (503, 20503)
        assert gate.upstream.seen == []


async def test_the_providers_own_refusal_is_the_callers() -> None:
    async with open_gate() as gate:
        gate.upstream.answers = [
            JSONResponse(
                {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}, 400
            ),
            PlainTextResponse("Bad Gateway", 502),
        ]

        refused = await failure(gate, send())
        broken = await failure(gate, send())

        assert (refused.status, refused.code) == (400, 21211)
        assert broken.status == 502
        assert await gate.outcomes(2) == ["refused 400 21211", "refused 502"]


@pytest.mark.parametrize(
    ("user", "token"),
    [(ACCOUNT, "wrong"), ("nobody", TOKEN), (ACCOUNT, "")],
)
async def test_who_does_not_prove_itself_is_refused_and_nothing_is_kept(
    user: str, token: str
) -> None:
    async with open_gate() as gate:
        error = await failure(gate, send(PRANK), user=user, token=token or "-")

        assert (error.status, error.code, error.msg.endswith("Authenticate")) == (401, 20003, True)
        assert (gate.held, gate.decisions, gate.upstream.seen) == ((), (), [])


async def test_an_api_key_may_call_for_its_account() -> None:
    async with open_gate() as gate:
        sent = await call(gate, send(PRANK), user=KEY, token="key-secret")

        by_key = await call(
            gate, lambda c: c.messages(sent.sid).fetch(), user=KEY, token="key-secret"
        )
        by_account = await call(gate, lambda c: c.messages(sent.sid).fetch())

        assert by_key.sid == by_account.sid == sent.sid


async def test_a_caller_is_known_by_its_name_whatever_its_key_is_called() -> None:
    async with open_gate() as gate:
        sent = await call(gate, send(PRANK), user=PORTAL_KEY, token="portal-secret")
        refused = await failure(gate, send(), user="portal", token="portal-secret")
        by_account = await call(gate, lambda c: c.messages(sent.sid).fetch())
        other = await failure(
            gate, lambda c: c.messages(sent.sid).fetch(), user=KEY, token="key-secret"
        )

        assert gate.decisions[0].client == gate.item().transaction.client.name == "portal"
        assert refused.status == 401
        assert by_account.sid == sent.sid
        assert other.status == 404


async def test_the_account_s_own_credentials_see_all_of_it_under_any_name() -> None:
    callers = (
        Caller(name="office", signs_in_as=ACCOUNT, password=SecretStr(TOKEN)),
        Caller(name="portal", signs_in_as=PORTAL_KEY, password=SecretStr("portal-secret")),
    )
    async with open_gate(of_listener={"callers": callers}) as gate:
        sent = await call(gate, send(PRANK), user=PORTAL_KEY, token="portal-secret")

        read = await call(gate, lambda c: c.messages(sent.sid).fetch())

        assert read.sid == sent.sid


async def test_a_held_text_is_found_under_its_own_account_and_sid_only() -> None:
    async with open_gate() as gate:
        sent = await call(gate, send(PRANK))

        elsewhere = await failure(
            gate, lambda c: c.messages(sent.sid).fetch(), account=OTHER_ACCOUNT
        )
        as_mms = await failure(gate, lambda c: c.messages("MM" + sent.sid[2:]).fetch())

        assert (elsewhere.status, as_mms.status) == (404, 404)
        assert len(gate.upstream.seen) == 2


async def test_another_caller_does_not_learn_of_a_held_text() -> None:
    async with open_gate() as gate:
        sent = await call(gate, send(PRANK))

        for account in (ACCOUNT, OTHER_ACCOUNT):
            error = await failure(
                gate,
                lambda c: c.messages(sent.sid).fetch(),
                user=OTHER_ACCOUNT,
                token="other-token",
                account=account,
            )
            assert error.status == 404
        listed = await call(
            gate, lambda c: c.messages.list(), user=OTHER_ACCOUNT, token="other-token"
        )
        assert listed == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"content_sid": "HX" + "2" * 32}, "text.provider_side"),
        ({"content_variables": '{"1":"x"}'}, "text.provider_side"),
        ({"persistent_action": ["geo:1,2"]}, "text.provider_side"),
        ({"shorten_urls": True}, "text.rewritten"),
        ({"smart_encoded": True}, "text.rewritten"),
        ({"risk_check": "disable"}, "text.protection_off"),
        ({"fallback_from": "+15550122"}, "text.second_sender"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
)
async def test_what_the_provider_would_change_is_held_unless_allowed(
    fields: dict[str, Any], code: str
) -> None:
    name = "".join(word.capitalize() for word in next(iter(fields)).split("_"))
    async with open_gate() as gate:
        await call(gate, send(**fields))

        assert [f.code for f in gate.item().verdict.findings] == [code]
        assert gate.upstream.seen == []
    async with open_gate(pass_fields=(name,)) as gate:
        await call(gate, send(**fields))

        assert len(gate.upstream.sends) == 1


async def test_fields_that_say_how_to_send_pass() -> None:
    async with open_gate() as gate:
        await call(
            gate,
            send(
                status_callback="https://app.example/cb",
                validity_period=60,
                max_price="1",
                attempt=1,
                force_delivery=True,
                provide_feedback=True,
                content_retention="retain",
                address_retention="retain",
                traffic_type="free",
                message_intent="otp",
                send_as_mms=False,
                shorten_urls=False,
                smart_encoded=False,
                risk_check="enable",
            ),
        )

        assert len(gate.upstream.sends) == 1
        assert gate.held == ()


async def test_other_ways_to_send_are_denied() -> None:
    async with open_gate() as gate:
        denied = [
            await failure(
                gate, lambda c: c.calls.create(to=TO, from_=FROM, url="https://x.example")
            ),
            await failure(gate, _verify(gate)),
        ]

        assert [(e.status, e.code) for e in denied] == [(404, 20404)] * 2
        assert gate.upstream.seen == []


def _verify(gate: Gate) -> Callable[[Client], Any]:
    def ask(client: Client) -> Any:
        client.verify.base_url = gate.url + "/twilio"
        service = client.verify.v2.services("VA" + "3" * 32)
        return service.verifications.create(to=TO, channel="sms")

    return ask


async def test_no_credentials_are_kept_on_disk() -> None:
    async with open_gate() as gate:
        await call(gate, send(PRANK))
        await call(gate, send())
        await gate.outcomes(1)

        kept = b"".join(f.read_bytes() for f in gate.folder.rglob("*") if f.is_file())
        assert PRANK.split()[0].encode() in kept
        for secret in (TOKEN, RELEASE_TOKEN, b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()):
            assert secret.encode() not in kept
