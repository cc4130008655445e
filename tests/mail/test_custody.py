"""Who has the message, on every path: the client, the next hop, or the quarantine."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, field, replace

import pytest

from filter.mail.nexthop import NextHopPool
from filter.outcome import NextHopAway
from filter.settings import MailNextHop
from tests.mail.hop import CLOSE, STALL, Hop
from tests.mail.world import LETTER, PRANK_LETTER, Client, World, running, until


async def submit(client: Client, content: bytes = LETTER) -> None:
    """Send a message up to its final dot, and do not wait for the reply."""
    await client.dialogue("""
        C: MAIL FROM:<a@x.example>
        S: 250
        C: RCPT TO:<b@y.example>
        S: 250
        C: DATA
        S: 354
    """)
    client.writer.write(content + b".\r\n")


async def test_a_store_that_cannot_keep_leaves_the_message_with_the_client(world: World) -> None:
    world.ledger.broken = True
    client = await world.client()

    for content in (LETTER, PRANK_LETTER):
        reply = await client.message(content)
        assert reply.startswith(b"451 4.3.0 store does not answer, try again later id=m_")
    assert (world.hop.received, world.hop.cut, world.ledger.held) == ([], [], {})


async def test_without_rules_the_message_stays_with_the_client(world: World) -> None:
    world.inspection.rules = None
    client = await world.client()

    assert (await client.message()).startswith(b"451 4.3.0 rules are not loaded")
    assert world.hop.received == []


async def test_a_crash_in_judging_is_never_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("secret /etc/path")

    assert world.server is not None
    monkeypatch.setattr(world.server._pipeline, "process", crash)
    client = await world.client()

    reply = await client.message()

    assert reply.startswith(b"451 4.3.0 local trouble, try again later id=m_")
    monkeypatch.undo()
    assert (await client.message()).startswith(b"250")


async def test_a_crash_in_a_command_is_never_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash() -> None:
        raise RuntimeError("secret /etc/path")

    client = await world.client()
    assert world.server is not None
    monkeypatch.setattr(world.server._pool, "transaction", crash)

    reply = await client.say("MAIL FROM:<a@x.example>")

    assert reply == b"451 4.3.0 local trouble, try again later\r\n"


async def test_a_client_that_leaves_while_its_message_is_judged_takes_it_along(
    world: World,
) -> None:
    world.inspection.gate = asyncio.Event()
    client = await world.client()
    await submit(client)
    await world.inspection.entered.wait()
    client.writer.close()

    await until(lambda: b"RSET" in world.hop.lines)
    world.inspection.gate.set()
    assert world.ledger.recorded == []
    assert b"DATA" not in world.hop.lines


async def test_what_is_being_committed_outlives_its_client(world: World) -> None:
    world.ledger.gate = asyncio.Event()
    client = await world.client()
    await submit(client)
    await world.ledger.entered.wait()
    client.writer.close()
    await until(lambda: world.server is not None and world.server.connections == 0)
    world.ledger.gate.set()

    await until(lambda: world.ledger.outcomes)
    assert len(world.hop.received) == 1
    (outcome,) = world.ledger.outcomes.values()
    assert outcome.startswith("relayed 250 2.0.0 Ok: queued as Q1")
    assert world.ledger.told == []


async def test_what_is_being_held_outlives_its_client(world: World) -> None:
    world.ledger.gate = asyncio.Event()
    client = await world.client()
    await submit(client, PRANK_LETTER)
    await world.ledger.entered.wait()
    client.writer.transport.abort()
    await until(lambda: world.server is not None and world.server.connections == 0)
    world.ledger.gate.set()

    await until(lambda: world.ledger.held)
    assert world.hop.received == []


@dataclass
class LateHop(Hop):
    """Says nothing before it is told to."""

    may_speak: asyncio.Event = field(default_factory=asyncio.Event)

    async def _say(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: str
    ) -> bool:
        await self.may_speak.wait()
        return await super()._say(reader, writer, answer)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_client_that_left_before_its_message_was_judged_takes_it_along(
    loop: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    reason = f"a client that leaves early was not tested over {loop}: install it"
    factory = pytest.importorskip(loop, reason=reason).new_event_loop

    async def leave() -> None:
        hop = LateHop()
        async with running(World(hop=hop)) as world:
            client = await world.connect()
            client.send(b"EHLO app.example\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>")
            client.send(b"DATA\r\n" + LETTER + b".")
            await client.hear()
            await until(lambda: hop.connections)
            if how == "reset":
                sock = client.writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.writer.transport.abort()
            assert world.server is not None
            (session,) = world.server._door.sessions
            await until(lambda: session._gone)
            hop.may_speak.set()

            await until(lambda: b"RSET" in hop.lines)
            assert (world.inspection.seen, hop.received, hop.cut) == ([], [], [])

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(leave())
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize("ending", [b"", b"QUIT\r\n", b"\r\n.", b"\r\n.\r", b"\r\n.\n"])
async def test_data_without_its_final_dot_is_no_message(world: World, ending: bytes) -> None:
    client = await world.client()
    await client.dialogue("""
        C: MAIL FROM:<a@x.example>
        S: 250
        C: RCPT TO:<b@y.example>
        S: 250
        C: DATA
        S: 354
    """)
    client.writer.write(b"Subject: hello\r\n\r\nYour code" + ending)
    client.writer.close()

    await until(lambda: b"RSET" in world.hop.lines)
    assert world.inspection.seen == []
    assert (world.hop.received, world.hop.cut) == ([], [])


async def test_a_reply_counts_as_told_when_the_next_command_comes(world: World) -> None:
    client = await world.client()
    await client.message()
    assert world.ledger.told == []
    await client.say("NOOP")
    first = world.inspection.seen[0].id
    assert world.ledger.told == [first]
    await client.message(PRANK_LETTER)
    client.send("QUIT")
    client.writer.close()
    await until(lambda: world.ledger.told == [first, world.inspection.seen[1].id])


async def test_a_quit_that_was_sent_before_our_reply_proves_nothing(world: World) -> None:
    client = await world.client()
    await client.say("MAIL FROM:<a@x.example>")
    await client.say("RCPT TO:<b@y.example>")
    await client.say("DATA")
    client.writer.write(LETTER + b".\r\nQUIT\r\n")

    assert (await client.hear()).startswith(b"250 2.0.0 Ok: queued")
    assert (await client.hear()).startswith(b"221")
    assert await client.is_closed()
    assert world.ledger.told == []


@pytest.mark.parametrize(
    ("content", "reply"),
    [
        (b"a\nb\r\n", b"550 5.6.0 message refused: lines must end with CR LF"),
        (b"a\rb\r\n", b"550 5.6.0 message refused: lines must end with CR LF"),
        (b"a\0b\r\n", b"550 5.6.0 message refused: it contains a NUL byte"),
        (b"x" * 3000 + b"\r\n", b"552 5.3.4 message is larger than the limit"),
    ],
)
async def test_what_is_no_message_is_refused_with_an_id_and_forgotten(
    content: bytes, reply: bytes
) -> None:
    async with running(World(settings={"max_bytes": 2000})) as world:
        client = await world.client()

        heard = await client.message(content)

        assert heard.startswith(reply)
        assert b" id=m_" in heard
        assert (await client.message()).startswith(b"250 2.0.0 Ok: queued as Q1")
        assert len(world.inspection.seen) == 1


async def test_a_message_that_is_smuggled_inside_another_is_never_seen_alone(
    world: World,
) -> None:
    client = await world.client()
    smuggled = b"\n.\r\nMAIL FROM:<evil@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\nPRANK\r\n"

    assert (await client.message(LETTER + smuggled)).startswith(b"550 5.6.0")
    assert world.hop.received == []
    assert b"MAIL FROM:<evil@x.example>" not in world.hop.lines


async def test_a_body_behind_a_refused_data_is_not_read_as_commands(world: World) -> None:
    client = await world.client()
    client.writer.write(b"DATA\r\nMAIL FROM:<evil@x.example>\r\n.\r\n")

    assert (await client.hear()).startswith(b"503 5.5.1")
    assert await client.is_closed()
    assert b"MAIL FROM:<evil@x.example>" not in world.hop.lines


# --- the next hop's misbehaviour (mail-path 3.5, 5)


async def test_an_absent_next_hop_is_told_at_mail() -> None:
    async with running(World(), hop=False) as world:
        client = await world.client()
        await client.dialogue("""
            C: MAIL FROM:<a@x.example>
            S: 451 4.4.1 next hop does not answer, try again later
            C: RCPT TO:<b@y.example>
            S: 503 5.5.1 send MAIL first
            C: DATA
            S: 503 5.5.1 send MAIL first
        """)
        await world.hop.start()
        assert (await client.message()).startswith(b"250")


@pytest.mark.parametrize("banner", ["421 spool unhealthy", "554 go away", CLOSE, "nonsense"])
async def test_a_next_hop_that_does_not_want_us_is_absent(banner: str) -> None:
    async with running(World(hop=Hop(answers={"BANNER": banner}))) as world:
        client = await world.client()
        assert (await client.say("MAIL FROM:<a@x.example>")).startswith(b"451 4.4.1")


async def test_a_next_hop_that_never_greets_is_absent_after_the_patience() -> None:
    world = World(hop=Hop(answers={"BANNER": STALL}), next_hop={"connect_seconds": 0.1})
    async with running(world):
        client = await world.client()
        assert (await client.say("MAIL FROM:<a@x.example>")).startswith(b"451 4.4.1")


@pytest.mark.parametrize("answer", [CLOSE, STALL, "nonsense"])
async def test_a_next_hop_that_leaves_at_rcpt_is_told_there_and_at_data(answer: str) -> None:
    answers: dict[str, str | list[str]] = {"RCPT TO:<c@": answer}
    # Long enough for the good replies on a busy machine; only who stalls is waited for.
    patience = {"reply_seconds": 2.0 if answer == STALL else 30.0}
    async with running(World(hop=Hop(answers=answers), next_hop=patience)) as world:
        client = await world.client()
        await client.dialogue("""
            C: MAIL FROM:<a@x.example>
            S: 250
            C: RCPT TO:<b@y.example>
            S: 250
            C: RCPT TO:<c@y.example>
            S: 451 4.4.1
            C: RCPT TO:<d@y.example>
            S: 451 4.4.1
            C: DATA
            S: 451 4.4.1
            C: RSET
            S: 250
        """)
        assert (await client.message()).startswith(b"250")


@pytest.mark.parametrize(
    ("answers", "reply", "outcome"),
    [
        ({"DATA": "451 4.3.2 full"}, b"451 4.3.2 full id=m_", "refused 451 4.3.2 full"),
        ({"DATA": "554 5.7.1 never"}, b"554 5.7.1 never id=m_", "refused 554 5.7.1 never"),
        ({"DATA": "250 2.0.0 fine"}, b"451 4.4.1 ", "deferred next hop away"),
        ({"DATA": CLOSE}, b"451 4.4.1 ", "deferred next hop away"),
        ({".": "451 4.3.2 full"}, b"451 4.3.2 full id=m_", "refused 451"),
        ({".": "550 never"}, b"550 5.0.0 never id=m_", "refused 550"),
        ({".": "421 4.3.2 bye"}, b"421 4.3.2 bye id=m_", "refused 421"),
        ({".": "354 more"}, b"451 4.4.1 ", "deferred next hop away"),
        ({".": "nonsense"}, b"451 4.4.1 ", "deferred next hop away"),
        ({".": CLOSE}, b"451 4.4.1 ", "deferred next hop away"),
    ],
)
async def test_the_next_hops_answer_is_the_clients(
    answers: dict[str, str | list[str]], reply: bytes, outcome: str
) -> None:
    async with running(World(hop=Hop(answers=answers))) as world:
        client = await world.client()

        heard = await client.message()

        assert heard.startswith(reply)
        (said,) = world.ledger.outcomes.values()
        assert said.startswith(outcome)
        world.hop.answers.clear()
        if not heard.startswith(b"421"):
            assert (await client.message()).startswith(b"250")


@pytest.mark.parametrize("where", ["DATA", "."])
async def test_past_the_deadline_nothing_irreversible_is_done(where: str) -> None:
    async with running(World(hop=Hop(answers={where: STALL}), deadline_seconds=3.0)) as world:
        client = await world.client()

        assert (await client.message()).startswith(b"451 4.4.1")
        (said,) = world.ledger.outcomes.values()
        assert "no reply in time" in said
        await until(lambda: world.hop.open == 0)
        assert world.hop.cut == []


async def test_a_large_message_that_is_cut_off_never_gets_its_dot(world: World) -> None:
    """What is still in our buffer when the patience ends must not be flushed by the close."""
    taken = bytearray()
    given_up, closed = asyncio.Event(), asyncio.Event()

    async def slow_hop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hop\r\n")
        await reader.readline()
        writer.write(b"250 hop\r\n")
        for reply in (b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"):
            await reader.readline()
            writer.write(reply)
        await given_up.wait()  # reads nothing while the patience runs out
        with contextlib.suppress(ConnectionError):
            while block := await reader.read(65536):
                taken.extend(block)
        writer.close()
        closed.set()

    server = await asyncio.start_server(slow_hop, "127.0.0.1", 0)
    pool = NextHopPool(MailNextHop(port=server.sockets[0].getsockname()[1]))
    client = await world.client()
    await client.message()
    big = replace(world.inspection.seen[0], content=b"x" * 20_000_000 + b"\r\n")
    onward = pool.transaction()
    await onward.open(b"MAIL FROM:<>", [b"RCPT TO:<b@y.example>"])
    with pytest.raises(NextHopAway) as caught:
        await onward.deliver(big, 3.0)
    assert caught.value.may_have_sent
    given_up.set()
    await closed.wait()
    assert not taken.endswith(b"\r\n.\r\n")
    server.close()
    await pool.close()
