"""What a client says and hears. Anyone can type these in by hand."""

from __future__ import annotations

import asyncio

import pytest

from tests.mail.hop import Hop
from tests.mail.world import LETTER, PRANK_LETTER, World, running, until


async def test_an_approved_message_goes_on_and_the_next_hops_answer_comes_back(
    world: World,
) -> None:
    client = await world.client()

    reply = await client.message()

    transaction_id = world.inspection.seen[0].id
    assert reply == b"250 2.0.0 Ok: queued as Q1 id=%b\r\n" % transaction_id.encode()
    assert [r.content for r in world.hop.received] == [LETTER]


async def test_a_held_message_never_reaches_its_final_dot(world: World) -> None:
    client = await world.client()

    reply = await client.message(PRANK_LETTER)

    (transaction_id,) = world.ledger.held
    assert reply == b"250 2.6.0 held as %b\r\n" % transaction_id.encode()
    await until(lambda: b"RSET" in world.hop.lines)
    assert b"DATA" not in world.hop.lines
    assert (world.hop.received, world.hop.cut) == ([], [])


async def test_the_small_commands(world: World) -> None:
    client = await world.connect()

    await client.dialogue("""
        S: 220 gate.example ESMTP
        C: MAIL FROM:<a@x.example>
        S: 503 5.5.1 send EHLO first
        C: EHLO
        S: 501 5.5.4
        C: HELO app.example
        S: 250 gate.example
        C: NOOP
        S: 250 2.0.0 ok
        C: noop whatever
        S: 250 2.0.0 ok
        C: HELP
        S: 214 2.0.0
        C: VRFY someone
        S: 252 2.1.5
        C: EXPN list
        S: 502 5.5.1
        C: TURN IT
        S: 502 5.5.1
        C: WIZ
        S: 500 5.5.2 command not recognised
        C:
        S: 500 5.5.2
        C: RCPT TO:<b@y.example>
        S: 503 5.5.1 send MAIL first
        C: DATA
        S: 503 5.5.1 send MAIL first
        C: RSET
        S: 250 2.0.0 ok
        C: QUIT
        S: 221 2.0.0 bye
        S: (closed)
    """)


async def test_the_grammar_of_mail_and_rcpt(world: World) -> None:
    client = await world.client()

    await client.dialogue("""
        C: MAIL
        S: 501 5.5.4
        C: MAIL FROM
        S: 501 5.5.4
        C: MAIL TO:<a@x.example>
        S: 501 5.5.4
        C: MAIL FROM:<a@x.example>SIZE=3
        S: 501 5.5.4
        C: MAIL FROM:<a@x.example
        S: 501 5.5.4
        C: MAIL FROM:<a@x.example> SIZE=99999999999
        S: 552 5.3.4
        C: mail from:<a@x.example>
        S: 250 2.0.0 Ok
        C: MAIL FROM:<a@x.example>
        S: 503 5.5.1 a transaction is open
        C: DATA
        S: 503 5.5.1 send RCPT first
        C: RCPT
        S: 501 5.5.4
        C: RCPT TO:<>
        S: 501 5.5.4
        C: RCPT TO:<b@y.example>,<c@y.example>
        S: 501 5.5.4
        C: rcpt to:<b@y.example>
        S: 250 2.0.0 Ok
        C: DATA now
        S: 501 5.5.4
        C: RSET
        S: 250 2.0.0 ok
        C: DATA
        S: 503 5.5.1 send MAIL first
    """)
    assert [v for v in world.hop.verbs() if v == b"MAIL"] == [b"MAIL"]


async def test_refused_recipients_stay_refused_and_the_others_get_the_message(
    world: World,
) -> None:
    world.hop.answers["RCPT TO:<gone@"] = "550 5.1.1 gone, for good"
    client = await world.client()

    await client.dialogue("""
        C: MAIL FROM:<a@x.example>
        S: 250 2.0.0 Ok
        C: RCPT TO:<gone@y.example>
        S: 550 5.1.1 gone, for good
        C: RCPT TO:<b@y.example>
        S: 250 2.0.0 Ok
    """)
    assert (await client.data()).startswith(b"250 2.0.0 Ok: queued as Q1 id=m_")
    assert world.inspection.seen[0].envelope.recipients == ("b@y.example",)
    assert world.hop.received[0].recipients == [b"RCPT TO:<b@y.example>"]


async def test_when_all_recipients_are_refused_there_is_no_data(world: World) -> None:
    world.hop.answers["RCPT"] = "550 5.1.1 gone"
    client = await world.client()

    await client.dialogue("""
        C: MAIL FROM:<a@x.example>
        S: 250
        C: RCPT TO:<b@y.example>
        S: 550 5.1.1 gone
        C: DATA
        S: 554 5.5.1 no valid recipients
    """)
    assert b"DATA" not in world.hop.lines


async def test_a_refused_sender_stays_refused(world: World) -> None:
    world.hop.answers["MAIL"] = ["553 5.7.1 not you", "250 2.1.0 Ok"]
    client = await world.client()

    assert await client.say("MAIL FROM:<a@x.example>") == b"553 5.7.1 not you\r\n"
    assert (await client.message()).startswith(b"250")


async def test_more_recipients_than_the_limit_are_told_to_come_later() -> None:
    async with running(World(settings={"max_recipients": 2})) as world:
        client = await world.client()
        await client.dialogue("""
            C: MAIL FROM:<a@x.example>
            S: 250
            C: RCPT TO:<1@y.example>
            S: 250
            C: RCPT TO:<2@y.example>
            S: 250
            C: RCPT TO:<3@y.example>
            S: 452 4.5.3 too many recipients
        """)
        assert (await client.data()).startswith(b"250")
        assert len(world.hop.received[0].recipients) == 2


async def test_more_connections_than_the_limit_are_told_to_come_later() -> None:
    async with running(World(settings={"max_connections": 1})) as world:
        await world.client()
        second = await world.connect()
        assert (await second.hear()).startswith(b"421 4.3.2 too many connections")
        assert await second.is_closed()


async def test_a_silent_client_is_hung_up_on() -> None:
    async with running(World(settings={"idle_seconds": 0.1})) as world:
        client = await world.connect()
        client.send("EHLO app.example")
        heard = []
        while reply := await client.hear():
            heard.append(reply)

        assert heard[0].startswith(b"220")
        assert heard[-1].startswith(b"421 4.4.2 idle")


async def test_a_client_is_not_idle_while_its_message_is_judged() -> None:
    async with running(World(settings={"idle_seconds": 0.4})) as world:
        world.inspection.gate = asyncio.Event()
        client = await world.connect()
        # All at once, so that the client itself is never waited for, however busy the machine is.
        client.send(b"EHLO app.example\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>")
        client.send(b"DATA\r\n" + LETTER + b".")
        await world.inspection.entered.wait()
        await asyncio.sleep(3 * 0.4)
        world.inspection.gate.set()

        replies = [await client.hear() for _ in range(6)]
        assert [reply[:3] for reply in replies] == [b"220", b"250", b"250", b"250", b"354", b"250"]
        assert replies[-1].startswith(b"250 2.0.0 Ok: queued")


async def test_the_greeting_announces_only_what_both_can_carry() -> None:
    narrow = Hop(announce=("SIZE 5000",))
    async with running(World(hop=narrow, settings={"trusted": ()})) as world:
        client = await world.connect()
        await client.hear()
        assert await client.say("EHLO app.example") == (
            b"250-gate.example\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 5000\r\n"
        )


async def test_the_greeting_announces_all_that_both_can_carry(world: World) -> None:
    client = await world.connect()
    await client.hear()

    assert (await client.say("EHLO app.example")).decode().splitlines() == [
        "250-gate.example",
        "250-PIPELINING",
        "250-ENHANCEDSTATUSCODES",
        "250-SIZE 26214400",
        "250-8BITMIME",
        "250-SMTPUTF8",
        "250-DSN",
        "250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE",
    ]


async def test_a_next_hop_that_knows_only_helo_is_served() -> None:
    old = Hop(answers={"EHLO": "500 what?"})
    async with running(World(hop=old)) as world:
        client = await world.client()
        assert (await client.message()).startswith(b"250 2.0.0 Ok: queued")
        assert b"HELO gate.example" in world.hop.lines


async def test_a_second_greeting_ends_the_open_transaction(world: World) -> None:
    client = await world.client()
    await client.dialogue("""
        C: MAIL FROM:<a@x.example>
        S: 250
        C: EHLO again.example
        S: 250-gate.example
        C: DATA
        S: 503 5.5.1 send MAIL first
    """)


@pytest.mark.parametrize("verb", ["GET / HTTP/1.1", "POST / HTTP/1.0", "CONNECT x:25 HTTP/1.1"])
async def test_a_browser_is_hung_up_on(world: World, verb: str) -> None:
    client = await world.connect()
    await client.hear()

    assert (await client.say(verb)).startswith(b"421 4.7.0")
    assert await client.is_closed()


async def test_too_many_errors_end_the_connection(world: World) -> None:
    client = await world.client()

    for _ in range(10):
        assert (await client.say("WIZ")).startswith(b"500 5.5.2")
    assert (await client.hear()).startswith(b"421 4.7.0 too many errors")
    assert await client.is_closed()


async def test_bdat_is_refused_and_its_chunk_is_not_read_as_commands(world: World) -> None:
    client = await world.client()
    client.send(b"BDAT 30 LAST\r\nMAIL FROM:<a@x.example>\r\n")

    assert (await client.hear()).startswith(b"502 5.5.1")
    assert await client.is_closed()
    assert b"MAIL" not in world.hop.verbs()


async def test_a_command_line_without_end_is_refused_and_skipped(world: World) -> None:
    client = await world.client()
    client.send(b"MAIL FROM:<" + b"a" * 200_000 + b"@x.example>")

    assert (await client.hear()).startswith(b"500 5.5.2 command line too long")
    assert (await client.message()).startswith(b"250")


async def test_too_many_command_lines_without_end_end_the_connection(world: World) -> None:
    client = await world.client()
    client.send(b"\r\n".join([b"x" * 13_000] * 10))

    for _ in range(10):
        assert (await client.hear()).startswith(b"500 5.5.2 command line too long")
    assert (await client.hear()).startswith(b"421 4.7.0 too many errors")
    assert await client.is_closed()


@pytest.mark.parametrize("byte", [b"\r", b"\0", b"\x7f", b"\x0b"])
async def test_a_control_character_in_a_command_is_never_passed_on(
    world: World, byte: bytes
) -> None:
    client = await world.client()
    reply = await client.say(b"MAIL FROM:<a@x.example>" + byte + b"RCPT TO:<b@y.example>")

    assert reply.startswith(b"500 5.5.2 control character")
    assert b"MAIL" not in world.hop.verbs()


async def test_messages_follow_each_other_on_one_connection(world: World) -> None:
    client = await world.client()

    for number in range(1, 6):
        assert f"queued as Q{number} ".encode() in await client.message()
    assert world.hop.connections == 1
    assert world.hop.verbs().count(b"RSET") == 0


@pytest.mark.parametrize(
    "command", [b"NOOP", b"MAIL FROM:<a@x.example>", b"STARTTLS", b"EHLO x.example"]
)
async def test_a_command_that_ends_with_lf_alone_is_refused(world: World, command: bytes) -> None:
    client = await world.client()
    client.writer.write(command + b"\nNOOP\r\n")

    assert (await client.hear()).startswith(b"500 5.5.2 control character")
    assert (await client.hear()).startswith(b"250")
    assert b"MAIL" not in world.hop.verbs()


async def test_a_recipient_behind_lf_alone_is_not_passed_on(world: World) -> None:
    client = await world.client()
    client.writer.write(b"MAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\nNOOP\r\n")

    assert (await client.hear()).startswith(b"250")
    assert (await client.hear()).startswith(b"500 5.5.2 control character")
    assert b"RCPT" not in world.hop.verbs()


async def test_nothing_that_cannot_be_inspected_is_announced_or_done() -> None:
    wide = Hop(announce=("SIZE 5000", "8BITMIME", "CHUNKING", "BINARYMIME", "BURL imap", "ETRN"))
    async with running(World(hop=wide)) as world:
        client = await world.connect()
        await client.hear()
        lines = (await client.say("EHLO app.example")).decode().split()
        assert not {"CHUNKING", "BINARYMIME", "BURL", "ETRN"} & {line[4:] for line in lines}
        assert (await client.say("ETRN y.example")).startswith(b"502")
        assert (await client.say("BURL imap://x LAST")).startswith(b"500")
        assert (await client.say("BDAT 5 LAST")).startswith(b"502")
