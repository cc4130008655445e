"""What goes in comes out: content, parameters, and who the client was, byte for byte."""

from __future__ import annotations

import asyncio

import pytest

from tests.mail.hop import FULL, Hop
from tests.mail.world import LETTER, PATIENCE_SECONDS, Client, World, running, until

CONTENTS = {
    "8-bit": b"Subject: \xe4\xf6\xfc\r\n\r\n\xff\xfe\x80 \xc3\xa4\r\n",
    "every byte but CR, LF and NUL": bytes(c for c in range(1, 256) if c not in (10, 13)) + b"\r\n",
    "100 kB line": b"Subject: long\r\n\r\n" + b"x" * 100_000 + b"\r\n",
    "6 MB": b"Subject: big\r\n\r\n" + (b"0123456789" * 7 + b"\r\n") * 90_000,
    "dot lines": b".\r\n..\r\n...\r\n.x\r\n. \r\nx.\r\n.\r\n",
    "only a dot line": b".\r\n",
    "empty": b"",
    "empty line": b"\r\n",
    "no headers": b"just text\r\n",
    "no body": b"Subject: nothing\r\n",
    "white space at line ends": b"a \t\r\n \r\n\t\r\n",
    "QUIT inside": b"Subject: a\r\n\r\nQUIT\r\nRSET\r\nMAIL FROM:<>\r\n",
    "mbox From": b"From a@x.example Mon Jan  1 00:00:00 2024\r\nSubject: a\r\n\r\n>From\r\n",
    "long header": b"Subject: " + b"x" * 5000 + b"\r\n\r\nbody\r\n",
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS.keys())
async def test_content_arrives_byte_for_byte(world: World, content: bytes) -> None:
    client = await world.client()

    assert (await client.message(content)).startswith(b"250 2.0.0 Ok: queued")
    assert world.hop.received[0].content == content
    assert world.inspection.seen[0].content == content


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_content_arrives_however_it_is_cut_into_packets(world: World, size: int) -> None:
    content = CONTENTS["dot lines"] + CONTENTS["8-bit"]
    client = await world.client()
    await client.say("MAIL FROM:<a@x.example>")
    await client.say("RCPT TO:<b@y.example>")
    await client.say("DATA")
    wire = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"
    for start in range(0, len(wire), size):
        client.writer.write(wire[start : start + size])
        await client.writer.drain()
        await asyncio.sleep(0)

    assert (await client.hear()).startswith(b"250")
    assert world.hop.received[0].content == content


@pytest.mark.parametrize(
    ("mail", "rcpt"),
    [
        (b"mail from: <>", b"rcpt to:<b@y.example>"),
        (b"MAIL FROM:<a@x.example>  RET=HDRS   ENVID=AbC+2Bx ", b"RCPT TO:<b@y.example> "),
        (
            b"Mail From:<A@X.example> BODY=8BITMIME SIZE=44 AUTH=<>",
            b"RcPt tO:  <B@Y.Example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Ok+2B@Y.test",
        ),
        ("MAIL FROM:<jörg@x.example> SMTPUTF8".encode(), "RCPT TO:<用户@y.example>".encode()),
        (b"MAIL FROM:a@x.example", b"RCPT TO:b@y.example"),
        (b"MAIL FROM:<a@x.example> XUNKNOWN=1 REQUIRETLS", b"RCPT TO:<b@y.example> X=y"),
    ],
)
async def test_mail_and_rcpt_go_on_as_they_came(world: World, mail: bytes, rcpt: bytes) -> None:
    client = await world.client()
    assert (await client.say(mail)).startswith(b"250")
    assert (await client.say(rcpt)).startswith(b"250")
    assert (await client.data()).startswith(b"250")

    received = world.hop.received[0]
    assert (received.mail, received.recipients) == (mail, [rcpt])
    envelope = world.inspection.seen[0].envelope
    assert envelope.mail_argument == mail.partition(b" ")[2]
    assert envelope.rcpt_arguments == (rcpt.partition(b" ")[2],)


# --- pipelining


async def heard(client: Client, count: int) -> list[bytes]:
    return [(await client.hear())[:3] for _ in range(count)]


@pytest.mark.parametrize("announce", [FULL, FULL[1:]], ids=["hop pipelines", "hop does not"])
async def test_a_pipelined_group_is_answered_in_order(announce: tuple[str, ...]) -> None:
    hop = Hop(announce=announce, answers={"RCPT TO:<gone@": "550 5.1.1 gone"})
    async with running(World(hop=hop, settings={"max_recipients": 2})) as world:
        client = await world.client()
        client.writer.write(
            b"MAIL FROM:<a@x.example>\r\nRCPT TO:<gone@y.example>\r\nRCPT TO:<bad address\r\n"
            b"RCPT TO:<b@y.example>\r\nRCPT TO:<c@y.example>\r\nNOOP\r\nDATA\r\n"
        )
        assert await heard(client, 7) == [
            b"250",
            b"550",
            b"501",
            b"250",
            b"452",
            b"250",
            b"354",
        ]
        client.writer.write(LETTER + b".\r\nMAIL FROM:<a2@x.example>\r\nRCPT TO:<d@y.example>\r\n")
        assert await heard(client, 3) == [b"250", b"250", b"250"]
        assert (await client.data()).startswith(b"250")
        assert [r.recipients for r in world.hop.received] == [
            [b"RCPT TO:<b@y.example>"],
            [b"RCPT TO:<d@y.example>"],
        ]


async def test_a_pipelined_group_goes_on_in_one_packet_and_comes_back_in_one(
    world: World,
) -> None:
    client = await world.client()
    client.writer.write(
        b"MAIL FROM:<a@x.example>\r\n" + b"RCPT TO:<b@y.example>\r\n" * 20 + b"DATA\r\n"
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        replies = await client.reader.readuntil(b"354 end data with <CR><LF>.<CR><LF>\r\n")
    assert replies.count(b"250 2.0.0 Ok\r\n") == 21


async def test_a_pipelined_group_after_a_refused_sender_is_refused() -> None:
    async with running(World(hop=Hop(answers={"MAIL": "550 5.7.1 no"}))) as world:
        client = await world.client()
        client.writer.write(b"MAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\n")
        assert await heard(client, 3) == [b"550", b"503", b"503"]
        world.hop.answers.clear()
        assert (await client.message()).startswith(b"250")


async def test_a_pipelined_group_with_an_absent_next_hop_is_temporarily_refused() -> None:
    async with running(World(), hop=False) as world:
        client = await world.client()
        client.writer.write(b"MAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\nDATA\r\n")
        assert await heard(client, 3) == [b"451", b"503", b"503"]


# --- XFORWARD and PROXY


async def test_xforward_is_taken_split_over_commands_and_passed_on(world: World) -> None:
    client = await world.client()
    await client.dialogue("""
        C: XFORWARD NAME=client.example ADDR=192.0.2.7 PORT=4711
        S: 250
        C: xforward helo=app+2Bone.example proto=ESMTP ident=4Xyz source=REMOTE
        S: 250
    """)
    await client.message()

    seen = world.inspection.seen[0].client
    assert (seen.address, seen.helo, seen.queue_id) == ("192.0.2.7", "app+one.example", "4Xyz")
    assert world.hop.received[0].xforward == [
        (
            b"XFORWARD NAME=client.example ADDR=192.0.2.7 PORT=4711 PROTO=ESMTP "
            b"HELO=app+2Bone.example IDENT=4Xyz SOURCE=REMOTE"
        )
    ]


async def test_xforward_counts_for_one_transaction(world: World) -> None:
    client = await world.client()
    await client.say("XFORWARD ADDR=192.0.2.7")
    await client.message()
    await client.message()
    await client.say("XFORWARD ADDR=192.0.2.8")
    await client.say("RSET")
    await client.message()

    assert [t.client.address for t in world.inspection.seen] == [
        "192.0.2.7",
        "127.0.0.1",
        "127.0.0.1",
    ]


async def test_unavailable_attributes_are_unknown(world: World) -> None:
    client = await world.client()
    await client.say("XFORWARD ADDR=[UNAVAILABLE] HELO=[UNAVAILABLE] IDENT=[UNAVAILABLE]")
    await client.message()

    seen = world.inspection.seen[0].client
    assert (seen.address, seen.helo, seen.queue_id) == ("127.0.0.1", "app.example", "")


async def test_what_xtext_hides_in_an_attribute_writes_no_lines_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="sallyport")
    client = await world.client()
    await client.say("XFORWARD ADDR=192.0.2.7+0Ajudged+20id=x HELO=a+1B[2J IDENT=a+0D+0Ab")
    await client.message()

    seen = world.inspection.seen[0].client
    assert (seen.address, seen.helo, seen.queue_id) == ("127.0.0.1", "a\ufffd[2J", "a\ufffd\ufffdb")
    assert [line for record in caplog.records for line in record.getMessage().splitlines()] == [
        record.getMessage() for record in caplog.records
    ]


async def test_ipv6_addresses_are_told_without_their_prefix(world: World) -> None:
    client = await world.client()
    await client.say("XFORWARD ADDR=IPV6:2001:db8::7")
    await client.message()

    assert world.inspection.seen[0].client.address == "2001:db8::7"


async def test_long_attributes_are_passed_on_in_commands_of_at_most_512_bytes(
    world: World,
) -> None:
    client = await world.client()
    for name in ("NAME", "HELO", "IDENT"):
        assert (await client.say(f"XFORWARD {name}={'a' * 255}")).startswith(b"250")
    await client.message()

    told = world.hop.received[0].xforward
    assert [len(line) <= 510 for line in told] == [True, True, True]
    assert b"".join(told).count(b"a" * 255) == 3


@pytest.mark.parametrize(
    "argument", ["", "ADDR", "ADDR=", "WHAT=1", "LOGIN=root", f"HELO={'a' * 256}"]
)
async def test_bad_attributes_are_refused(world: World, argument: str) -> None:
    client = await world.client()

    assert (await client.say(f"XFORWARD {argument}")).startswith(b"501 5.5.4")


async def test_xforward_from_strangers_is_refused_and_not_announced() -> None:
    async with running(World(settings={"trusted": ("192.0.2.0/24",)})) as world:
        client = await world.connect()
        await client.hear()
        assert b"XFORWARD" not in await client.say("EHLO app.example")
        assert (await client.say("XFORWARD ADDR=192.0.2.7")).startswith(b"550 5.7.0")
        await client.message()
        assert world.inspection.seen[0].client.address == "127.0.0.1"


async def test_xforward_inside_a_transaction_is_refused(world: World) -> None:
    client = await world.client()
    await client.say("MAIL FROM:<a@x.example>")

    assert (await client.say("XFORWARD ADDR=192.0.2.7")).startswith(b"503")


async def test_a_direct_client_is_told_to_the_next_hop(world: World) -> None:
    client = await world.client()
    await client.message()

    (line,) = world.hop.received[0].xforward
    assert b" ADDR=127.0.0.1 " in line
    assert b" PROTO=ESMTP HELO=app.example " in line
    assert b" IDENT=%b " % world.inspection.seen[0].id.encode() in line


@pytest.mark.parametrize("how", ["not announced", "switched off", "refused"])
async def test_a_next_hop_without_xforward_gets_its_mail_all_the_same(how: str) -> None:
    hop = Hop(
        announce=FULL[:6] if how == "not announced" else FULL,
        answers={"XFORWARD": "550 5.7.0 not you"} if how == "refused" else {},
    )
    async with running(World(hop=hop, next_hop={"xforward": how != "switched off"})) as world:
        client = await world.client()
        for _ in range(2):
            assert (await client.message()).startswith(b"250")
        assert world.hop.verbs().count(b"XFORWARD") == (1 if how == "refused" else 0)


async def test_only_the_announced_attributes_are_passed_on() -> None:
    async with running(World(hop=Hop(announce=("XFORWARD NAME HELO",)))) as world:
        client = await world.client()
        await client.say("XFORWARD NAME=n.example ADDR=192.0.2.7 HELO=h.example")
        await client.message()
        assert world.hop.received[0].xforward == [b"XFORWARD NAME=n.example HELO=h.example"]


@pytest.mark.parametrize(
    ("line", "address"),
    [
        (b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\n", "192.0.2.7"),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 4711 25\r\n", "2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
        (
            b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\x07\xc0\0\2\x01\x12\x67\0\x19",
            "192.0.2.7",
        ),
    ],
    ids=["v1 IPv4", "v1 IPv6", "v1 unknown", "v2"],
)
async def test_a_proxy_line_tells_the_clients_address(line: bytes, address: str) -> None:
    async with running(World(settings={"proxy_protocol": True})) as world:
        client = await world.connect()
        client.writer.write(line)
        assert (await client.hear()).startswith(b"220")
        reply = await client.say("EHLO app.example")
        assert (b"XFORWARD" in reply) is (address == "127.0.0.1")
        await client.message()
        assert world.inspection.seen[0].client.address == address


async def test_without_its_proxy_line_a_trusted_peer_is_hung_up_on() -> None:
    async with running(World(settings={"proxy_protocol": True})) as world:
        client = await world.connect()
        client.send("EHLO app.example")
        assert await client.is_closed()


async def test_a_stranger_cannot_give_itself_an_address() -> None:
    settings = {"proxy_protocol": True, "trusted": ("192.0.2.0/24",)}
    async with running(World(settings=settings)) as world:
        client = await world.connect()
        client.writer.write(b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 25\r\n")
        assert (await client.hear()).startswith(b"220")
        assert (await client.hear()).startswith(b"500")
        await client.say("EHLO app.example")
        await client.message()
        assert world.inspection.seen[0].client.address == "127.0.0.1"


# --- a stop


async def test_at_a_stop_idle_clients_hear_421_and_open_transactions_end(world: World) -> None:
    world.inspection.gate = asyncio.Event()
    idle = await world.client()
    busy = await world.client()
    busy_reply = asyncio.ensure_future(busy.message())
    await world.inspection.entered.wait()
    assert world.server is not None

    drain = asyncio.ensure_future(world.server.drain(10))

    assert (await idle.hear()).startswith(b"421 4.3.2 service is stopping")
    assert await idle.is_closed()
    with pytest.raises(OSError, match=r".+"):
        await world.connect()
    world.inspection.gate.set()
    assert (await busy_reply).startswith(b"250 2.0.0 Ok: queued")
    assert (await busy.say("MAIL FROM:<a@x.example>")).startswith(b"421 4.3.2")
    await drain
    assert world.ledger.told == [world.inspection.seen[0].id]
    await until(lambda: world.hop.open == 0)
    assert world.hop.lines[-1] == b"QUIT"


async def test_at_a_stop_a_message_in_data_may_still_end(world: World) -> None:
    client = await world.client()
    await client.say("MAIL FROM:<a@x.example>")
    assert world.server is not None
    drain = asyncio.ensure_future(world.server.drain(10))
    await asyncio.sleep(0)
    assert (await client.say("RCPT TO:<b@y.example>")).startswith(b"250")
    assert (await client.data()).startswith(b"250")
    assert (await client.say("QUIT")).startswith(b"221")
    await drain


async def test_a_stop_breaks_off_what_does_not_end_but_finishes_what_is_committed() -> None:
    async with running(World()) as world:
        slow = await world.client()
        committing = await world.client()
        world.ledger.gate = asyncio.Event()
        reply = asyncio.ensure_future(committing.message())
        await world.ledger.entered.wait()
        await slow.say("MAIL FROM:<a@x.example>")
        assert world.server is not None

        drain = asyncio.ensure_future(world.server.drain(0.05))
        assert await slow.is_closed()
        assert await reply == b""
        assert not drain.done()
        world.ledger.gate.set()
        await drain

        assert len(world.hop.received) == 1
        assert [o[:11] for o in world.ledger.outcomes.values()] == ["relayed 250"]
