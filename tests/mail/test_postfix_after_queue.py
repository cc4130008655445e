"""Real Postfix in front with us as content_filter, and sending XFORWARD."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.mail.hop import Hop
from tests.mail.postfix import Postfix
from tests.mail.test_postfix_before_queue import app
from tests.mail.world import LETTER, PRANK_LETTER, World, running, until

pytestmark = pytest.mark.xdist_group("postfix")


@pytest_asyncio.fixture(autouse=True)
async def sink(postfix: Postfix) -> AsyncIterator[Hop]:
    """Where bounces and notifications of success go."""
    hop = Hop(port=postfix.sink)
    await hop.start()
    yield hop
    await hop.stop()


@contextlib.asynccontextmanager
async def gate(postfix: Postfix, answers: dict[str, Any], **more: Any) -> AsyncIterator[World]:
    async with running(World(port=postfix.gate, hop=Hop(answers=answers), **more)) as world:
        yield world
        await until(postfix.queue_is_empty)


async def test_the_queue_id_and_the_client_come_and_go_by_xforward(postfix: Postfix) -> None:
    async with gate(postfix, {}) as world, app(postfix.after) as client:
        queued = (await client.message()).split()[-1].decode()
        await until(lambda: world.hop.received)
        seen = world.inspection.seen[0].client
        assert (seen.address, seen.helo, seen.queue_id) == ("127.0.0.1", "app.example", queued)
        told = b" ".join(world.hop.received[0].xforward)
        assert b" IDENT=%b" % queued.encode() in told
        assert b" ADDR=127.0.0.1" in told
        line = await postfix.wait_for_log("status=sent")
        assert f"id={world.inspection.seen[0].id}" in line


async def test_delivery_notification_parameters_survive(postfix: Postfix) -> None:
    async with gate(postfix, {}) as world, app(postfix.after) as client:
        await client.message(
            LETTER,
            "FROM:<a@x.example> RET=HDRS ENVID=AbC+2Bx",
            "TO:<b@y.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Ok@Y.test",
        )
        await until(lambda: world.hop.received)
        received = world.hop.received[0]
        assert b" ENVID=AbC+2Bx RET=HDRS" in received.mail
        assert b" SIZE=" in received.mail
        assert b" ORCPT=rfc822;Ok@Y.test NOTIFY=SUCCESS,DELAY" in received.recipients[0]


async def test_eight_bit_mail_is_not_rewritten(postfix: Postfix) -> None:
    body = "Ihr Code für Jörg: 123456\r\n".encode()
    letter = b"Subject: hello\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    letter += b"Content-Transfer-Encoding: 8bit\r\n\r\n" + body
    async with gate(postfix, {}) as world, app(postfix.after) as client:
        await client.message(letter, "FROM:<a@x.example> BODY=8BITMIME")
        await until(lambda: world.hop.received)
        assert world.hop.received[0].content.endswith(b"\r\n\r\n" + body)
        assert b"BODY=8BITMIME" in world.hop.received[0].mail


async def test_mail_for_international_addresses_passes(postfix: Postfix) -> None:
    async with gate(postfix, {}) as world, app(postfix.after) as client:
        await client.message(LETTER, "FROM:<jörg@x.example> SMTPUTF8", "TO:<用户@y.example>")
        await until(lambda: world.hop.received)
        assert b" SMTPUTF8" in world.hop.received[0].mail
        assert "<用户@y.example>".encode() in world.hop.received[0].recipients[0]


async def test_held_mail_leaves_the_queue(postfix: Postfix) -> None:
    async with gate(postfix, {}) as world, app(postfix.after) as client:
        await client.message(PRANK_LETTER)
        line = await postfix.wait_for_log("status=sent")
        (transaction_id,) = world.ledger.held
        assert f"held as {transaction_id}" in line
        # Here Postfix sends QUIT together with the final dot: no evidence that it read our reply.
        assert world.ledger.told == []


async def test_a_temporary_refusal_defers_and_the_retry_passes(postfix: Postfix) -> None:
    answers = {".": ["451 4.3.2 full", "250 2.0.0 Ok: queued as R1"]}
    async with gate(postfix, answers) as world, app(postfix.after) as client:
        await client.message()
        assert "451 4.3.2 full id=m_" in await postfix.wait_for_log("status=deferred")
        await postfix.wait_for_log("status=sent")
        assert len(world.hop.received) == 1


async def test_a_permanent_refusal_bounces_to_the_sender(postfix: Postfix, sink: Hop) -> None:
    async with gate(postfix, {".": "550 5.7.1 never"}) as world, app(postfix.after) as client:
        await client.message()
        await until(lambda: sink.received)
        assert b"MAIL FROM:<>" in sink.received[0].mail
        bounce = b" ".join(sink.received[0].content.split())
        assert f"550 5.7.1 never id={world.inspection.seen[0].id}".encode() in bounce


async def test_a_refused_recipient_bounces_and_the_other_is_served(
    postfix: Postfix, sink: Hop
) -> None:
    answers = {"RCPT TO:<gone@": "550 5.1.1 gone"}
    async with gate(postfix, answers) as world, app(postfix.after) as client:
        await client.message(
            LETTER, "FROM:<a@x.example>", "TO:<gone@y.example>", "TO:<b@y.example>"
        )
        await until(lambda: world.hop.received and sink.received)
        assert len(world.hop.received[0].recipients) == 1
        assert b"gone@y.example" in sink.received[0].content
