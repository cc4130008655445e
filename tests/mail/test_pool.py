"""Connections to the next hop: kept, replaced, reset and closed."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.mail.hop import CLOSE, FULL, STALL, Hop
from tests.mail.world import PRANK_LETTER, World, running, until


async def test_one_connection_serves_clients_one_after_another(world: World) -> None:
    for _ in range(5):
        client = await world.client()
        await client.message()
        await client.say("QUIT")

    assert world.hop.connections == 1
    assert len(world.hop.received) == 5


async def test_transactions_at_the_same_time_have_a_connection_each(world: World) -> None:
    world.inspection.gate = asyncio.Event()
    clients = [await world.client() for _ in range(4)]
    tasks = [asyncio.ensure_future(client.message()) for client in clients]
    await until(lambda: len(world.inspection.seen) == 4)
    world.inspection.gate.set()
    await asyncio.gather(*tasks)

    assert world.hop.connections == 4
    assert sorted(r.connection for r in world.hop.received) == [1, 2, 3, 4]


async def test_a_held_message_leaves_its_connection_usable(world: World) -> None:
    client = await world.client()
    for content in (PRANK_LETTER, PRANK_LETTER, b"\r\nfine\r\n"):
        await client.message(content)

    assert world.hop.connections <= 3
    assert [r.content for r in world.hop.received] == [b"\r\nfine\r\n"]


@pytest.mark.parametrize("announce", [FULL, FULL[1:]], ids=["pipelining", "one by one"])
async def test_a_pooled_connection_that_died_is_replaced_once(announce: tuple[str, ...]) -> None:
    hop = Hop(announce=announce)
    async with running(World(hop=hop)) as world:
        client = await world.client()
        await client.message()
        await world.hop.hang_up()

        assert (await client.message()).startswith(b"250")
        assert world.hop.connections == 2


@pytest.mark.parametrize("last_word", [CLOSE, "421 4.4.2 timeout"])
async def test_a_pooled_connection_that_dies_at_mail_is_replaced_once(last_word: str) -> None:
    hop = Hop(answers={"MAIL": ["250 2.1.0 Ok", last_word, "250 2.1.0 Ok"]})
    async with running(World(hop=hop)) as world:
        client = await world.client()
        await client.message()

        assert (await client.message()).startswith(b"250")
        assert (world.hop.connections, len(world.hop.received)) == (2, 2)


async def test_a_fresh_connection_that_dies_at_mail_is_not_tried_again() -> None:
    async with running(World(hop=Hop(answers={"MAIL": CLOSE}))) as world:
        client = await world.client()
        assert (await client.say("MAIL FROM:<a@x.example>")).startswith(b"451 4.4.1")
        # One was made to learn what the next hop can do, one was the retry.
        assert world.hop.connections == 2


async def test_nothing_is_tried_again_after_data(world: World) -> None:
    client = await world.client()
    await client.message()
    world.hop.answers["."] = CLOSE

    assert (await client.message()).startswith(b"451 4.4.1")
    assert len(world.hop.received) == 2
    assert world.hop.connections == 1


async def test_a_connection_is_closed_after_its_number_of_messages() -> None:
    async with running(World(next_hop={"max_messages": 2})) as world:
        client = await world.client()
        for _ in range(5):
            await client.message()
        assert [r.connection for r in world.hop.received] == [1, 1, 2, 2, 3]
        await until(lambda: world.hop.open == 1)
        assert world.hop.lines.count(b"QUIT") == 2


async def test_an_idle_connection_is_closed() -> None:
    async with running(World(next_hop={"idle_seconds": 0.1})) as world:
        client = await world.client()
        await client.message()
        await until(lambda: world.hop.open == 0)
        assert world.hop.lines[-1] == b"QUIT"
        assert (await client.message()).startswith(b"250")


async def test_the_pool_keeps_only_so_many() -> None:
    async with running(World(next_hop={"pool_size": 1})) as world:
        world.inspection.gate = asyncio.Event()
        clients = [await world.client() for _ in range(3)]
        tasks = [asyncio.ensure_future(client.message()) for client in clients]
        await until(lambda: len(world.inspection.seen) == 3)
        world.inspection.gate.set()
        await asyncio.gather(*tasks)
        await until(lambda: world.hop.open == 1)


async def test_what_a_next_hop_says_unasked_ends_its_connection(world: World) -> None:
    client = await world.client()
    await client.message()
    (writer,) = world.hop._writers
    writer.write(b"421 4.4.2 idle for too long\r\n")
    await writer.drain()
    assert world.server is not None
    (connection,) = world.server._pool._idle
    await until(lambda: not connection.is_usable)

    assert (await client.message()).startswith(b"250")
    assert world.hop.connections == 2


async def test_a_reset_that_is_not_answered_costs_only_the_connection() -> None:
    world = World(hop=Hop(answers={"RSET": STALL}), next_hop={"reply_seconds": 1.0})
    async with running(world):
        client = await world.client()
        for _ in range(3):
            assert (await client.message(PRANK_LETTER)).startswith(b"250 2.6.0 held")
        await until(lambda: world.hop.lines.count(b"RSET") == 3)
        await until(lambda: world.hop.open == 0)


async def test_sockets_do_not_wait_for_more_to_send(world: World) -> None:
    client = await world.client()
    await client.message()
    assert world.server is not None
    (session,) = world.server._door.sessions
    (connection,) = world.server._pool._idle
    for transport in (session._wire, connection._transport):
        sock = transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    "early", ["250 2.0.0 Ok: queued as Q0", "250-2.0.0 Ok: queued as Q0", "554 5.7.1 no"]
)
async def test_a_reply_that_comes_before_the_final_dot_is_no_answer_to_it(early: str) -> None:
    hop = Hop(answers={"DATA": f"354 go ahead\n{early}", ".": "554 5.6.0 refused"})
    async with running(World(hop=hop)) as world:
        client = await world.client()

        assert (await client.message()).startswith(b"451 4.4.1")

        await until(lambda: hop.cut)
        assert hop.received == []


async def test_a_reply_too_many_is_not_taken_for_the_next_one() -> None:
    async with running(World(hop=Hop(answers={"MAIL": "250 ok\n250 ok"}))) as world:
        client = await world.client()
        assert (await client.say("MAIL FROM:<a@x.example>")).startswith(b"250")

        assert (await client.say("RCPT TO:<b@y.example>")).startswith(b"451 4.4.1")
