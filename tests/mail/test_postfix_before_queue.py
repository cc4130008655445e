"""Real Postfix in front with us as smtpd_proxy_filter: each row of mail-path 3.3 with the product.

Where the row's reply is one that we can never give (354, 999, no enhanced code), the next hop gives
it to us and the row shows what becomes of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.mail.hop import CLOSE, STALL, Hop
from tests.mail.postfix import PROXY_TIMEOUT_SECONDS, Postfix
from tests.mail.world import LETTER, PRANK_LETTER, Client, World, running, until

pytestmark = pytest.mark.xdist_group("postfix")


@contextlib.asynccontextmanager
async def gate(postfix: Postfix, answers: dict[str, Any], **more: Any) -> AsyncIterator[World]:
    """Our product where Postfix looks for it, in front of a scripted next hop."""
    async with running(World(port=postfix.gate, hop=Hop(answers=answers), **more)) as world:
        yield world


@contextlib.asynccontextmanager
async def app(port: int) -> AsyncIterator[Client]:
    """An application that submits to Postfix."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    client = Client(reader, writer)
    try:
        assert (await client.hear()).startswith(b"220 relay.example")
        assert (await client.say("EHLO app.example")).startswith(b"250-relay.example")
        yield client
    finally:
        writer.close()


async def test_banner_421_is_hidden_by_postfix(postfix: Postfix) -> None:
    async with gate(postfix, {}, settings={"max_connections": 1}) as world:
        await world.client()
        async with app(postfix.before) as client:
            await client.dialogue("""
                C: MAIL FROM:<a@x.example>
                S: 250 2.1.0 Ok
                C: RCPT TO:<b@y.example>
                S: 451 4.3.0 Error: queue file write error
                C: DATA
                S: 554 5.5.1 Error: no valid recipients
            """)
        assert "421 4.3.2 too many connections" in await postfix.wait_for_log(
            'rejected "connection'
        )


async def test_a_refused_mail_is_told_at_rcpt_with_its_text(postfix: Postfix) -> None:
    async with gate(postfix, {"MAIL": "451 4.7.1 gate busy"}), app(postfix.before) as client:
        await client.dialogue("""
            C: MAIL FROM:<a@x.example>
            S: 250
            C: RCPT TO:<b@y.example>
            S: 451 4.7.1 gate busy
        """)
        await postfix.wait_for_log('rejected "MAIL FROM')


async def test_a_senseless_answer_to_mail_is_a_temporary_failure(postfix: Postfix) -> None:
    async with gate(postfix, {"MAIL": "354 what?"}), app(postfix.before) as client:
        await client.dialogue("""
            C: MAIL FROM:<a@x.example>
            S: 250
            C: RCPT TO:<b@y.example>
            S: 451 4.3.0
        """)


async def test_an_absent_next_hop_is_a_temporary_failure(postfix: Postfix) -> None:
    async with running(World(port=postfix.gate), hop=False), app(postfix.before) as client:
        await client.dialogue("""
            C: MAIL FROM:<a@x.example>
            S: 250
            C: RCPT TO:<b@y.example>
            S: 451 4.4.1 next hop does not answer
        """)


async def test_one_refused_recipient_of_two_is_told_and_the_message_passes(
    postfix: Postfix,
) -> None:
    answers = {"RCPT TO:<gone@": "550 5.1.1 gone"}
    async with gate(postfix, answers) as world, app(postfix.before) as client:
        await client.dialogue("""
            C: MAIL FROM:<a@x.example>
            S: 250
            C: RCPT TO:<gone@y.example>
            S: 550 5.1.1 gone
            C: RCPT TO:<b@y.example>
            S: 250
        """)
        assert (await client.data()).startswith(b"250 2.0.0 Ok: queued as Q1 id=m_")
        assert world.hop.received[0].recipients == [b"RCPT TO:<b@y.example>"]
        await postfix.wait_for_log('rejected "RCPT TO:<gone@y.example>"')


async def test_under_speed_adjust_one_refused_recipient_refuses_all(postfix: Postfix) -> None:
    answers = {"RCPT TO:<gone@": "550 5.1.1 gone"}
    async with gate(postfix, answers) as world, app(postfix.adjusted) as client:
        await client.dialogue("""
            C: MAIL FROM:<a@x.example>
            S: 250
            C: RCPT TO:<b@y.example>
            S: 250
            C: RCPT TO:<gone@y.example>
            S: 250
        """)
        assert await client.data() == b"550 5.1.1 gone\r\n"
        assert world.hop.received == []


async def test_under_speed_adjust_messages_pass_and_are_held(postfix: Postfix) -> None:
    async with gate(postfix, {}) as world, app(postfix.adjusted) as client:
        assert (await client.message()).startswith(b"250 2.0.0 Ok: queued as Q1 id=m_")
        assert (await client.message(PRANK_LETTER)).startswith(b"250 2.6.0 held as m_")
        assert (len(world.hop.received), len(world.ledger.held)) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        ("451 4.3.2 full", b"451 4.3.2 full id=m_"),
        ("554 5.7.1 never", b"554 5.7.1 never id=m_"),
        ("250 2.0.0 odd", b"451 4.4.1 next hop does not answer, try again later id=m_"),
    ],
)
async def test_the_next_hops_answer_to_data_is_told_at_the_final_dot(
    postfix: Postfix, answer: str, heard: bytes
) -> None:
    async with gate(postfix, {"DATA": answer}) as world, app(postfix.before) as client:
        assert (await client.message()).startswith(heard)
        assert (world.hop.received, world.hop.cut) == ([], [])


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        ("250 2.0.0 queued id=P1", b"250 2.0.0 queued id=P1 id=m_"),
        ("250 OK", b"250 2.0.0 OK id=m_"),
        ("250-2.0.0 one\n250 2.0.0 two", b"250-2.0.0 one\r\n250 2.0.0 two id=m_"),
        ("451 4.2.0 held id=Q1", b"451 4.2.0 held id=Q1 id=m_"),
        ("550 5.2.0 never id=Q2", b"550 5.2.0 never id=Q2 id=m_"),
        ("354 go on", b"451 4.4.1 "),
        ("999 what", b"451 4.4.1 "),
        (CLOSE, b"451 4.4.1 "),
    ],
)
async def test_the_answer_to_the_final_dot(postfix: Postfix, answer: str, heard: bytes) -> None:
    async with gate(postfix, {".": answer}) as world, app(postfix.before) as client:
        reply = await client.message()

        assert reply.startswith(heard)
        transaction_id = world.inspection.seen[0].id
        assert reply.endswith(f" id={transaction_id}\r\n".encode())
        word = "accept" if heard.startswith(b"2") else "reject"
        line = await postfix.wait_for_log(f"proxy-{word}: END-OF-MESSAGE")
        assert transaction_id in line
        await until(lambda: world.ledger.told == [transaction_id])


async def test_421_at_the_final_dot_is_told_and_ends_the_connection(postfix: Postfix) -> None:
    answers = {".": "421 4.3.2 going down"}
    async with gate(postfix, answers), app(postfix.before) as client:
        assert (await client.message()).startswith(b"421 4.3.2 going down id=m_")
        assert await client.is_closed()


async def test_an_endless_answer_is_cut_but_keeps_its_id(postfix: Postfix) -> None:
    answers = {".": "250 2.0.0 " + "a" * 3000}
    async with gate(postfix, answers) as world, app(postfix.before) as client:
        reply = await client.message()
        assert len(reply) <= 400
        assert reply.endswith(f" id={world.inspection.seen[0].id}\r\n".encode())
        assert not postfix.find_in_log("longer than")


async def test_when_we_die_while_judging_postfix_keeps_custody(postfix: Postfix) -> None:
    async with gate(postfix, {}) as world, app(postfix.before) as client:
        world.inspection.gate = asyncio.Event()
        await client.say("MAIL FROM:<a@x.example>")
        await client.say("RCPT TO:<b@y.example>")
        await client.say("DATA")
        client.send(LETTER + b".")
        await world.inspection.entered.wait()
        assert world.server is not None
        for session in tuple(world.server._door.sessions):
            session.break_off()

        assert await client.hear() == b"451 4.3.0 Error: queue file write error\r\n"
        await postfix.wait_for_log("lost connection with proxy")
        assert (world.hop.received, world.hop.cut) == ([], [])


async def test_when_judging_takes_too_long_nothing_goes_on(postfix: Postfix) -> None:
    async with gate(postfix, {}) as world, app(postfix.before) as client:
        world.inspection.gate = asyncio.Event()
        loop = asyncio.get_running_loop()
        started = loop.time()
        reply = await client.message()

        assert reply == b"451 4.3.0 Error: queue file write error\r\n"
        assert loop.time() - started >= PROXY_TIMEOUT_SECONDS * 0.9
        await postfix.wait_for_log("timeout talking to proxy")
        world.inspection.gate.set()
        await until(lambda: b"RSET" in world.hop.lines)
        assert b"DATA" not in world.hop.lines
        assert world.ledger.recorded == []


async def test_when_the_next_hop_takes_too_long_the_decision_is_kept_and_nobody_was_told(
    postfix: Postfix,
) -> None:
    """The one way to a duplicate: the next hop has it, and Postfix gave up before it said so."""
    async with gate(postfix, {".": STALL}, deadline_seconds=5) as world:
        async with app(postfix.before) as client:
            assert await client.message() == b"451 4.3.0 Error: queue file write error\r\n"
        (decision,) = world.ledger.recorded
        await until(lambda: decision.id in world.ledger.outcomes)
        assert world.ledger.outcomes[decision.id].startswith("deferred next hop away")
        assert world.ledger.told == []


async def test_a_client_that_vanishes_in_data_leaves_no_message(postfix: Postfix) -> None:
    async with gate(postfix, {}) as world:
        async with app(postfix.before) as client:
            await client.say("MAIL FROM:<a@x.example>")
            await client.say("RCPT TO:<b@y.example>")
            await client.say("DATA")
            client.writer.write(LETTER * 3000)
            await client.writer.drain()
        await postfix.wait_for_log("lost connection after DATA")
        await until(lambda: world.server is not None and world.server.connections == 0)
        await until(lambda: b"RSET" in world.hop.lines)
        assert world.inspection.seen == []
        assert (world.hop.received, world.hop.cut) == ([], [])


async def test_a_message_over_postfixs_limit_leaves_no_message(postfix: Postfix) -> None:
    async with gate(postfix, {}) as world, app(postfix.small) as client:
        reply = await client.message(LETTER * 2000)
        assert reply.startswith(b"552 5.3.4")
        await until(lambda: world.server is not None and world.server.connections == 0)
        assert world.inspection.seen == []
        assert (world.hop.received, world.hop.cut) == ([], [])


async def test_a_message_over_our_limit_is_refused_for_good(postfix: Postfix) -> None:
    async with (
        gate(postfix, {}, settings={"max_bytes": 2000}) as world,
        app(postfix.before) as client,
    ):
        assert (await client.message(LETTER * 100)).startswith(b"552 5.3.4 message is larger")
        assert world.inspection.seen == []


async def test_postfix_always_quits_after_our_reply(postfix: Postfix) -> None:
    async with gate(postfix, {}) as world, app(postfix.before) as client:
        for content in (LETTER, PRANK_LETTER):
            await client.message(content)
        ids = [transaction.id for transaction in world.inspection.seen]
        await until(lambda: world.ledger.told == ids)


async def test_the_client_in_front_of_postfix_is_known_by_xforward(postfix: Postfix) -> None:
    async with gate(postfix, {}) as world, app(postfix.before) as client:
        await client.message()
        seen = world.inspection.seen[0].client
        assert (seen.address, seen.helo, seen.queue_id) == ("127.0.0.1", "app.example", "")
        (line,) = world.hop.received[0].xforward
        assert b" ADDR=127.0.0.1 " in line
        assert b" HELO=app.example " in line


@pytest.mark.parametrize(
    ("mail", "rcpt"),
    [
        ("from: <>", "TO:<b@y.example>"),
        ("FROM:<a@x.example> RET=HDRS ENVID=AbC+2Bx", "TO:<b@y.example> NOTIFY=SUCCESS,DELAY"),
        ("FROM:<a@x.example> BODY=8BITMIME SIZE=40", "to: <B@Y.example> ORCPT=rfc822;Ok@Y.test"),
        ("FROM:<jörg@x.example> SMTPUTF8", "TO:<用户@y.example>"),
        ('FROM:<"a b"@x.example>', 'TO:<"b\\"c"@y.example> NOTIFY=NEVER'),
    ],
)
async def test_parameters_reach_the_next_hop_byte_for_byte(
    postfix: Postfix, mail: str, rcpt: str
) -> None:
    async with gate(postfix, {}) as world, app(postfix.before) as client:
        assert (await client.message(LETTER, mail, rcpt)).startswith(b"250")
        received = world.hop.received[0]
        assert (received.mail, received.recipients) == (
            f"MAIL {mail}".encode(),
            [f"RCPT {rcpt}".encode()],
        )
        envelope = world.inspection.seen[0].envelope
        assert (envelope.mail_argument, envelope.rcpt_arguments) == (
            mail.encode(),
            (rcpt.encode(),),
        )


async def test_a_client_that_sends_bdat_is_served_by_postfix_with_data(postfix: Postfix) -> None:
    async with gate(postfix, {}) as world, app(postfix.before) as client:
        await client.say("MAIL FROM:<a@x.example>")
        await client.say("RCPT TO:<b@y.example>")
        client.writer.write(b"BDAT %d LAST\r\n%b" % (len(LETTER), LETTER))
        assert (await client.hear()).startswith(b"250 2.0.0 Ok: queued as Q1 id=m_")
        assert world.hop.received[0].content.endswith(LETTER)


async def test_all_the_way_through_postfix_and_back_into_postfix(postfix: Postfix) -> None:
    sink = Hop(port=postfix.sink)
    behind = Hop(port=postfix.back)
    await sink.start()
    world = World(port=postfix.gate, hop=behind)
    await world.start(hop=False)
    try:
        async with app(postfix.before) as client:
            reply = await client.message()
            assert reply.startswith(b"250 2.0.0 Ok: queued as ")
            held = await client.message(PRANK_LETTER)
            assert held.startswith(b"250 2.6.0 held as m_")
        await until(lambda: sink.received)
        assert sink.received[0].content.endswith(b"\r\n\r\nYour code is 123456.\r\n")
        queue_id = reply.split()[5].decode()
        await postfix.wait_for_log(f"{queue_id}: client=")
        await until(postfix.queue_is_empty)
        assert len(sink.received) == 1
    finally:
        await world.stop()
        await sink.stop()
