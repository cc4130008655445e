"""TLS and AUTH, towards clients and towards the next hop."""

from __future__ import annotations

import asyncio
import socket
import ssl
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from filter.mail.nexthop import NextHopPool
from filter.mail.server import MailServer
from filter.settings import MailListener, MailNextHop
from tests.mail.certificates import Certificates, make_certificates
from tests.mail.fakes import Inspection, Memory, make_pipeline
from tests.mail.hop import FULL, Hop
from tests.mail.world import World, running, until

APP = {"name": "app", "password": "correct horse"}


def plain(identity: str, name: str, password: str) -> str:
    return b64encode(f"{identity}\0{name}\0{password}".encode()).decode()


RIGHT = plain("", "app", "correct horse")


def tls(certificates: Certificates, **more: Any) -> dict[str, Any]:
    return {
        "tls": "starttls",
        "certificate": certificates.chain,
        "key": certificates.key,
        **more,
    }


async def test_starttls_protects_a_message(certificates: Certificates) -> None:
    async with running(World(settings=tls(certificates))) as world:
        client = await world.connect()
        await client.hear()
        assert b"-STARTTLS\r\n" in await client.say("EHLO app.example")
        await client.start_tls(certificates.client())
        assert b"STARTTLS" not in await client.say("EHLO app.example")
        assert (await client.say("STARTTLS")).startswith(b"503 5.5.1 TLS is active already")
        big = b"Subject: big\r\n\r\n" + b"0123456789\r\n" * 100_000
        assert (await client.message(big)).startswith(b"250 2.0.0 Ok: queued")
        assert world.hop.received[0].content == big
        assert (await client.say("QUIT")).startswith(b"221")


async def test_implicit_tls_protects_a_message(certificates: Certificates) -> None:
    settings = tls(certificates, tls="implicit")
    async with running(World(settings=settings, implicit_tls=certificates.client())) as world:
        client = await world.client()
        assert (await client.message()).startswith(b"250 2.0.0 Ok: queued")
        assert (await client.say("STARTTLS")).startswith(b"503")


async def test_what_was_said_before_starttls_is_forgotten(certificates: Certificates) -> None:
    async with running(World(settings=tls(certificates))) as world:
        client = await world.client()
        await client.say("XFORWARD ADDR=192.0.2.7")
        await client.say("MAIL FROM:<evil@x.example>")
        await client.start_tls(certificates.client())
        await client.dialogue("""
            C: RCPT TO:<b@y.example>
            S: 503 5.5.1 send MAIL first
            C: MAIL FROM:<a@x.example>
            S: 503 5.5.1 send EHLO first
        """)
        await client.say("EHLO app.example")
        assert (await client.message()).startswith(b"250")
        assert world.inspection.seen[0].client.address == "127.0.0.1"


async def test_commands_behind_starttls_in_clear_are_never_obeyed(
    certificates: Certificates,
) -> None:
    async with running(World(settings=tls(certificates))) as world:
        client = await world.client()
        client.writer.write(b"STARTTLS\r\nNOOP\r\nRSET\r\n")
        assert (await client.hear()).startswith(b"220")
        await client.writer.start_tls(certificates.client(), server_hostname="gate.example")
        assert (await client.say("EHLO app.example")).startswith(b"250-gate.example")
        assert (await client.say("QUIT")).startswith(b"221")


async def test_commands_in_clear_that_come_while_our_replies_wait_are_never_obeyed(
    certificates: Certificates,
) -> None:
    loop = asyncio.get_running_loop()
    async with running(World(settings=tls(certificates))) as world:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await loop.sock_connect(sock, ("127.0.0.1", world.port))
        assert (await loop.sock_recv(sock, 1000)).startswith(b"220")
        assert world.server is not None
        (session,) = world.server._door.sessions
        session._wire.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        session._wire.set_write_buffer_limits(high=0)

        await loop.sock_sendall(sock, b"EHLO app.example\r\n" * 2000 + b"STARTTLS\r\n")
        await until(session._wire.get_write_buffer_size)
        await loop.sock_sendall(sock, b"VRFY injected\r\n")
        await until(lambda: session._reader._buffer)  # type: ignore[attr-defined] # asyncio's own
        heard = b""
        while not heard.endswith(b"220 2.0.0 ready to start TLS\r\n"):
            heard = heard[-100:] + await loop.sock_recv(sock, 65_536)
        reader, writer = await asyncio.open_connection(
            sock=sock, ssl=certificates.client(), server_hostname="gate.example"
        )
        world.clients.append(writer)
        writer.write(b"QUIT\r\n")

        assert await reader.read() == b"221 2.0.0 bye\r\n"


async def test_a_failed_handshake_ends_the_connection_quietly(certificates: Certificates) -> None:
    async with running(World(settings=tls(certificates))) as world:
        client = await world.client()
        await client.say("STARTTLS")
        client.writer.write(b"this is no handshake\r\n" * 10)
        await client.reader.read()
        assert (await (await world.client()).message()).startswith(b"250")


async def test_without_a_certificate_starttls_is_not_offered(world: World) -> None:
    client = await world.client()

    assert (await client.say("STARTTLS")).startswith(b"502 5.5.1")


@pytest.mark.parametrize(
    ("dialogue", "name"),
    [
        pytest.param(f"C: AUTH PLAIN {RIGHT}\nS: 235 2.7.0", "app", id="PLAIN at once"),
        pytest.param(f"C: AUTH PLAIN\nS: 334\nC: {RIGHT}\nS: 235 2.7.0", "app", id="PLAIN asked"),
        pytest.param(
            "C: auth login\nS: 334 VXNlcm5hbWU6\nC: YXBw\nS: 334 UGFzc3dvcmQ6\n"
            "C: Y29ycmVjdCBob3JzZQ==\nS: 235 2.7.0",
            "app",
            id="LOGIN",
        ),
        pytest.param(
            "C: AUTH LOGIN YXBw\nS: 334 UGFzc3dvcmQ6\nC: Y29ycmVjdCBob3JzZQ==\nS: 235 2.7.0",
            "app",
            id="LOGIN with a name",
        ),
        pytest.param(
            f"C: AUTH PLAIN {plain('app', 'app', 'correct horse')}\nS: 235",
            "app",
            id="acting for itself",
        ),
        pytest.param(
            f"C: AUTH PLAIN {plain('root', 'app', 'correct horse')}\nS: 535 5.7.8",
            "",
            id="acting for another",
        ),
        pytest.param(
            f"C: AUTH PLAIN {plain('', 'app', 'wrong')}\nS: 535 5.7.8",
            "",
            id="wrong password",
        ),
        pytest.param(
            f"C: AUTH PLAIN {plain('', 'nobody', '')}\nS: 535 5.7.8",
            "",
            id="unknown name",
        ),
        pytest.param("C: AUTH PLAIN =\nS: 535 5.7.8", "", id="nothing"),
        pytest.param("C: AUTH PLAIN !!!\nS: 501 5.5.2", "", id="no base64"),
        pytest.param("C: AUTH PLAIN\nS: 334\nC: *\nS: 501 5.7.0", "", id="cancelled"),
        pytest.param("C: AUTH CRAM-MD5\nS: 504 5.5.4", "", id="unknown mechanism"),
        pytest.param("C: AUTH\nS: 504 5.5.4", "", id="no mechanism"),
    ],
)
async def test_authentication(dialogue: str, name: str) -> None:
    async with running(World(settings={"accounts": [APP]})) as world:
        client = await world.client()
        await client.dialogue(dialogue)
        await client.message()
        assert world.inspection.seen[0].client.name == name


async def test_without_authentication_there_is_no_mail() -> None:
    settings = {"accounts": [APP], "auth_required": True}
    async with running(World(settings=settings)) as world:
        client = await world.client()
        await client.dialogue(f"""
            C: MAIL FROM:<a@x.example>
            S: 530 5.7.0 authentication is required
            C: AUTH PLAIN {RIGHT}
            S: 235
            C: AUTH PLAIN {RIGHT}
            S: 503 5.5.1 authenticated already
        """)
        assert (await client.message()).startswith(b"250")


async def test_who_may_authenticate_only_under_tls_is_told_to_begin_it(
    certificates: Certificates,
) -> None:
    settings = tls(certificates, accounts=[APP], auth_required=True, trusted=("192.0.2.0/24",))
    async with running(World(settings=settings)) as world:
        client = await world.client()
        await client.dialogue("""
            C: MAIL FROM:<a@x.example>
            S: 530 5.7.0 must issue a STARTTLS command first
        """)


async def test_strangers_authenticate_only_under_tls(certificates: Certificates) -> None:
    settings = tls(certificates, accounts=[APP], trusted=("192.0.2.0/24",))
    async with running(World(settings=settings)) as world:
        client = await world.connect()
        await client.hear()
        assert b"AUTH" not in await client.say("EHLO app.example")
        assert (await client.say(f"AUTH PLAIN {RIGHT}")).startswith(b"538 5.7.11")
        await client.start_tls(certificates.client())
        assert b"-AUTH PLAIN LOGIN\r\n" in (await client.say("EHLO app.example")).replace(
            b"250 AUTH", b"250-AUTH"
        )
        assert (await client.say(f"AUTH PLAIN {RIGHT}")).startswith(b"235")


async def test_guessing_ends_the_connection() -> None:
    wrong = plain("", "app", "wrong")
    async with running(World(settings={"accounts": [APP]})) as world:
        client = await world.client()
        for _ in range(3):
            assert (await client.say(f"AUTH PLAIN {wrong}")).startswith(b"535")
        assert (await client.hear()).startswith(b"421 4.7.0")
        assert await client.is_closed()


async def test_a_password_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("correct horse\n")
    account = {"name": "app", "password_file": tmp_path / "password"}
    async with running(World(settings={"accounts": [account]})) as world:
        client = await world.client()
        assert (await client.say(f"AUTH PLAIN {RIGHT}")).startswith(b"235")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"accounts": [{"name": "app"}]}, "mail.accounts app: no password; set password or"),
        ({"accounts": [{"name": "app", "password": ""}]}, "mail.accounts app: the password is em"),
        ({"accounts": [{"name": "a", "password_file": "/nowhere"}]}, "cannot read password_file"),
        ({"tls": "starttls"}, "mail.tls is starttls but mail.certificate is not set"),
        ({"tls": "implicit", "certificate": "/nowhere"}, "mail.certificate /nowhere: "),
        ({"tls": "implicit", "certificate": "/n", "proxy_protocol": True}, "end TLS at the proxy"),
        ({"next_hop": {"tls": "starttls", "ca_file": "/nowhere"}}, "mail.next_hop.ca_file /now"),
        ({"next_hop": {"password_file": "/nowhere"}}, "mail.next_hop: cannot read password_file"),
        ({"trusted": ["what"]}, "'what' does not appear to be an IPv4 or IPv6 network"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(settings: dict[str, Any], message: str) -> None:
    ledger = Memory()
    with pytest.raises(ValueError, match=r".+") as caught:
        MailServer(
            MailListener.model_validate(settings), make_pipeline(Inspection(), ledger), ledger
        )
    assert message in str(caught.value)


# --- towards the next hop


async def test_the_next_hop_is_reached_by_starttls_with_verification(
    certificates: Certificates,
) -> None:
    hop = Hop(announce=(*FULL, "STARTTLS"), tls=certificates.server())
    next_hop = {"tls": "starttls", "ca_file": certificates.authority}
    async with running(World(hop=hop, next_hop=next_hop)) as world:
        client = await world.client()
        assert (await client.message()).startswith(b"250 2.0.0 Ok: queued")
        assert world.hop.received[0].mail in world.hop.secure_lines


async def test_the_next_hop_is_reached_by_implicit_tls_and_login(
    certificates: Certificates,
) -> None:
    hop = Hop(announce=(*FULL, "AUTH PLAIN"), tls=certificates.server(), implicit=True)
    next_hop = {
        "tls": "implicit",
        "ca_file": certificates.authority,
        "username": "gate",
        "password": "battery staple",
    }
    async with running(World(hop=hop, next_hop=next_hop)) as world:
        client = await world.client()
        for _ in range(3):
            assert (await client.message()).startswith(b"250 2.0.0 Ok: queued")
        assert world.hop.logins == [("gate", "battery staple")]
        assert world.hop.connections == 1


async def unreachable(hop: Hop, **next_hop: Any) -> str:
    await hop.start()
    pool = NextHopPool(MailNextHop.model_validate({"port": hop.port, **next_hop}))
    try:
        with pytest.raises(Exception, match=r".+") as caught:
            await pool.connect()
        assert type(caught.value).__name__ == "NextHopAway"
        return str(caught.value)
    finally:
        await pool.close()
        await hop.stop()


async def test_a_certificate_of_a_strange_authority_is_not_believed(
    certificates: Certificates,
) -> None:
    for implicit in (True, False):
        hop = Hop(announce=("STARTTLS",), tls=certificates.server(), implicit=implicit)
        kind = "implicit" if implicit else "starttls"
        assert "certificate verify failed" in await unreachable(hop, tls=kind)


async def test_a_certificate_of_another_name_is_not_believed(tmp_path: Path) -> None:
    other = make_certificates(tmp_path, "other.example")
    hop = Hop(tls=other.server(), implicit=True)
    reason = await unreachable(hop, host="localhost", tls="implicit", ca_file=other.authority)
    assert "certificate is not valid for 'localhost'" in reason


async def test_verification_can_be_switched_off(certificates: Certificates) -> None:
    hop = Hop(tls=certificates.server(), implicit=True)
    async with running(World(hop=hop, next_hop={"tls": "implicit", "verify": False})) as world:
        client = await world.client()
        assert (await client.message()).startswith(b"250")


async def test_a_next_hop_that_hides_starttls_gets_nothing(certificates: Certificates) -> None:
    next_hop = {"tls": "starttls", "ca_file": certificates.authority}
    async with running(World(next_hop=next_hop)) as world:
        client = await world.client()
        assert (await client.say("MAIL FROM:<a@x.example>")).startswith(b"451 4.4.1")
        assert b"MAIL" not in world.hop.verbs()


async def test_a_refused_login_is_an_absent_next_hop() -> None:
    hop = Hop(announce=(*FULL, "AUTH PLAIN"), answers={"AUTH": "535 5.7.8 no"})
    next_hop = {"username": "gate", "password": "wrong"}
    async with running(World(hop=hop, next_hop=next_hop)) as world:
        client = await world.client()
        assert (await client.say("MAIL FROM:<a@x.example>")).startswith(b"451 4.4.1")


def test_the_same_over_uvloop(certificates: Certificates) -> None:
    uvloop = pytest.importorskip("uvloop", reason="TLS over uvloop was not tested: install uvloop")

    async def both() -> None:
        hop = Hop(announce=(*FULL, "STARTTLS"), tls=certificates.server())
        world = World(
            hop=hop,
            settings=tls(certificates),
            next_hop={"tls": "starttls", "ca_file": certificates.authority},
        )
        async with running(world):
            client = await world.client()
            await client.start_tls(certificates.client())
            await client.say("EHLO app.example")
            big = b"0123456789\r\n" * 50_000
            for content in (big, b"PRANK\r\n", b"Subject: a\r\n\r\nb\r\n"):
                assert (await client.message(content)).startswith(b"250")
            assert world.hop.received[0].content == big
            assert (await client.say("QUIT")).startswith(b"221")

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(both())


def test_contexts_verify_by_default(certificates: Certificates) -> None:
    pool = NextHopPool(MailNextHop.model_validate({"tls": "implicit"}))

    assert pool._context is not None
    assert pool._context.verify_mode is ssl.CERT_REQUIRED
    assert pool._context.check_hostname
