"""What a client hears of a pause: as early as it can be told, and no more than it has to know."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.mail.hop import Hop
from tests.mail.pauses import Pauses
from tests.mail.postfix import Postfix
from tests.mail.test_postfix_before_queue import app
from tests.mail.world import LETTER, World, running, until

PAUSED = "451 4.7.1 sending is paused, try again later id="


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest_asyncio.fixture
async def paused(pauses: Pauses) -> AsyncIterator[World]:
    async with running(World(guard=pauses.guard)) as world:
        yield world


async def test_a_pause_of_everything_that_drops_is_told_at_mail(
    paused: World, pauses: Pauses
) -> None:
    pauses.drop("p_7")
    client = await paused.client()
    await client.dialogue(f"""
        C: MAIL FROM:<a@x.example>
        S: {PAUSED}p_7
        C: RCPT TO:<b@y.example>
        S: 503 5.5.1 send MAIL first
        C: DATA
        S: 503 5.5.1 send MAIL first
        C: NOOP
        S: 250
    """)

    assert not [line for line in paused.hop.lines if line.startswith(b"MAIL")]
    assert paused.inspection.seen == []


async def test_the_reason_and_who_paused_are_not_told(paused: World, pauses: Pauses) -> None:
    pauses.drop()
    client = await paused.client()

    reply = await client.say("MAIL FROM:<a@x.example>")

    assert reply == f"{PAUSED}p_1\r\n".encode()


@pytest.mark.parametrize(
    "scope",
    [
        {"sender": "a@x.example"},
        {"client": "127.0.0.1"},
        {"channel": "email"},
        {"channel": "email", "sender": "a@x.example"},
    ],
    ids=str,
)
async def test_what_asks_nothing_of_recipients_is_told_at_mail(
    paused: World, pauses: Pauses, scope: dict[str, str]
) -> None:
    pauses.drop(**scope)
    client = await paused.client()

    assert (await client.say("MAIL FROM:<A@X.example>")).startswith(PAUSED.encode())


@pytest.mark.parametrize(
    "scope",
    [
        {"sender": "b@x.example"},
        {"client": "192.0.2.1"},
        {"channel": "sms"},
        {"class": "otp"},
        {"country": "MY"},
        {"recipient_prefix": "+60"},
    ],
    ids=str,
)
async def test_what_is_not_about_the_message_lets_it_pass(
    paused: World, pauses: Pauses, scope: dict[str, str]
) -> None:
    pauses.drop(**scope)
    client = await paused.client()

    assert (await client.message()).startswith(b"250 2.0.0")


async def test_one_paused_recipient_of_three_is_told_in_its_place_in_a_pipelined_group(
    paused: World, pauses: Pauses
) -> None:
    pauses.drop(recipient_domain="paused.example")
    client = await paused.client()
    client.send(
        b"MAIL FROM:<a@x.example>\r\nRCPT TO:<one@y.example>\r\n"
        b"RCPT TO:<Two@Paused.EXAMPLE>\r\nRCPT TO:<three@y.example>\r\nDATA"
    )

    replies = [await client.hear() for _ in range(5)]
    assert [reply[:3] for reply in replies] == [b"250", b"250", b"451", b"250", b"354"]
    assert replies[2] == f"{PAUSED}p_1\r\n".encode()
    client.send(LETTER + b".")
    assert (await client.hear()).startswith(b"250 2.0.0")
    (received,) = paused.hop.received
    assert received.recipients == [b"RCPT TO:<one@y.example>", b"RCPT TO:<three@y.example>"]


async def test_a_recipient_that_is_paused_alone_leaves_no_message(
    paused: World, pauses: Pauses
) -> None:
    pauses.drop(recipient="b@y.example")
    client = await paused.client()
    await client.dialogue(f"""
        C: MAIL FROM:<a@x.example>
        S: 250
        C: RCPT TO:<b+tag@y.example>
        S: {PAUSED}p_1
        C: DATA
        S: 554 5.5.1 no valid recipients
        C: RSET
        S: 250
    """)
    pauses.in_force.clear()

    assert (await client.message()).startswith(b"250 2.0.0")


async def test_a_pause_that_holds_lets_the_recipient_through_and_holds(
    paused: World, pauses: Pauses
) -> None:
    pauses.hold(recipient="b@y.example")
    client = await paused.client()

    assert (await client.message()).startswith(b"250 2.6.0 held as m_")
    assert len(paused.ledger.held) == 1
    assert paused.hop.received == []


async def test_what_somebody_wants_to_see_is_not_sent_away(paused: World, pauses: Pauses) -> None:
    pauses.drop("p_1")
    pauses.hold("p_2", sender="a@x.example")
    client = await paused.client()

    assert (await client.message()).startswith(b"250 2.6.0 held as m_")


async def test_a_pause_that_comes_after_rcpt_is_told_at_the_final_dot(
    paused: World, pauses: Pauses
) -> None:
    client = await paused.client()
    assert (await client.say("MAIL FROM:<a@x.example>")).startswith(b"250")
    assert (await client.say("RCPT TO:<b@y.example>")).startswith(b"250")
    pauses.drop()

    reply = await client.data()

    assert reply.startswith(b"451 4.7.1 sending is paused, try again later id=m_")
    assert paused.hop.received == []
    assert paused.ledger.held == {}


@pytest.mark.xdist_group("postfix")
async def test_postfix_keeps_what_is_paused_says_so_in_its_log_and_tries_again(
    postfix: Postfix, pauses: Pauses
) -> None:
    pauses.drop("p_7")
    sink = Hop(port=postfix.sink)
    await sink.start()
    postfix.mark()
    async with running(World(port=postfix.gate, guard=pauses.guard)) as world:
        async with app(postfix.after) as client:
            assert (await client.message()).startswith(b"250 2.0.0 Ok: queued")
        line = await postfix.wait_for_log("sending is paused")
        assert "status=deferred" in line
        assert f"{PAUSED}p_7" in line
        assert world.hop.received == []

        pauses.in_force.clear()

        await postfix.wait_for_log("status=sent")  # by itself, some seconds later
        assert len(world.hop.received) == 1
        await until(postfix.queue_is_empty)
    await sink.stop()


@pytest.mark.xdist_group("postfix")
async def test_postfix_in_front_of_its_queue_tells_its_client_at_rcpt(
    postfix: Postfix, pauses: Pauses
) -> None:
    pauses.drop("p_7")
    postfix.mark()
    async with (
        running(World(port=postfix.gate, guard=pauses.guard)),
        app(postfix.before) as client,
    ):
        await client.dialogue(f"""
            C: MAIL FROM:<a@x.example>
            S: 250
            C: RCPT TO:<b@y.example>
            S: {PAUSED}p_7
        """)
        await postfix.wait_for_log("sending is paused")
