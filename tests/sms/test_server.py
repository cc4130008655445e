"""The server under the shim: slow and endless heads, TLS, proxies, and an orderly stop."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import ssl
from pathlib import Path

import pytest

from filter.httpserver import HttpServer
from filter.settings import PROVIDERS, TextListener
from filter.sms.providers.all import ADAPTERS
from filter.sms.server import TextServer
from tests.sms.stage import (
    API,
    APPROVED,
    PATIENCE_SECONDS,
    TwilioStandIn,
    bind,
    make_certificate,
    open_gate,
    raw,
    speak,
)

FORM = f"To=%2B15550100&From=%2B15550199&Body={APPROVED.replace(' ', '+')}".encode()
REQUEST = raw("POST", f"{API}/Messages.json", FORM)


async def test_a_silent_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filter.httpserver.HEAD_SECONDS", 0.2)
    async with open_gate() as gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
        writer.write(REQUEST[:40])

        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await reader.read() == b""
        writer.close()


async def test_a_second_request_that_does_not_end_is_closed_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_gate() as gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
        async with asyncio.timeout(PATIENCE_SECONDS):
            writer.write(REQUEST)
            assert (await reader.readline()).startswith(b"HTTP/1.1 201")
            # Only now, so that a busy machine has time for the head of a good request.
            monkeypatch.setattr("filter.httpserver.HEAD_SECONDS", 0.2)
            writer.write(REQUEST + REQUEST[:40])
            answers = await reader.read()

        assert answers.count(b"HTTP/1.1 201") == 1
        assert answers.count(b"HTTP/1.1") == 1
        writer.close()


@pytest.mark.parametrize("piece", [b"X-A: b\r\n" * 1000, b"x" * 8000], ids=["lines", "one line"])
async def test_an_endless_head_is_closed(piece: bytes) -> None:
    async with open_gate() as gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
        writer.write(b"POST /v1/messages HTTP/1.1\r\nX-Long: ")
        # What is still on its way when the server closes makes the kernel answer with a reset.
        async with asyncio.timeout(PATIENCE_SECONDS):
            with contextlib.suppress(ConnectionError):
                for _ in range(100):
                    writer.write(piece)
                    await writer.drain()
                assert await reader.read() == b""
        writer.close()


async def test_requests_on_one_connection_are_answered_in_turn() -> None:
    async with open_gate() as gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
        writer.write(REQUEST * 3)
        async with asyncio.timeout(PATIENCE_SECONDS):
            for _ in range(3):
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                assert head.startswith("HTTP/1.1 201")
                length = int(head.split("content-length: ")[1].split("\r\n")[0])
                await reader.readexactly(length)
        writer.close()

        assert len(gate.upstream.sends) == 3


UPGRADE = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQ")


async def test_requests_that_ask_for_http2_are_answered_over_http1() -> None:
    """Java's HttpClient asks in its first request; its body is a body all the same."""
    request = raw("POST", f"{API}/Messages.json", FORM, *UPGRADE)
    async with open_gate() as gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
        writer.write(request * 3 + REQUEST)
        async with asyncio.timeout(PATIENCE_SECONDS):
            for _ in range(4):
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                assert head.startswith("HTTP/1.1 201")
                await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
        writer.close()

        assert len(gate.upstream.sends) == 4


async def test_a_body_that_comes_later_belongs_to_the_request_that_asked_for_http2() -> None:
    request = raw("POST", f"{API}/Messages.json", FORM, *UPGRADE, "Expect: 100-continue")
    async with open_gate() as gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
        async with asyncio.timeout(PATIENCE_SECONDS):
            writer.write(request.removesuffix(FORM))
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
            writer.write(FORM)
            assert (await reader.readline()).startswith(b"HTTP/1.1 201")
        writer.close()

        assert len(gate.upstream.sends) == 1


async def test_a_body_behind_an_upgrade_is_not_read_as_a_request() -> None:
    inner = raw("POST", f"{API}/Messages.json", FORM)
    async with open_gate() as gate:
        status, _, _ = await speak(
            gate.port, raw("POST", f"{API}/Messages.json", inner, *UPGRADE, "Connection: close")
        )

        assert status == 400
        assert (gate.upstream.seen, gate.held) == ([], ())


async def test_a_tunnel_is_refused() -> None:
    async with open_gate() as gate:
        status, _, _ = await speak(gate.port, raw("CONNECT", "db.example:5432", FORM))

        assert status == 400
        assert gate.upstream.seen == []


async def test_fields_behind_a_chunked_body_are_no_headers() -> None:
    chunked = b"%x\r\n%b\r\n0\r\nX-Sallyport: 1\r\nContent-Type: text/plain\r\n\r\n" % (
        len(FORM),
        FORM,
    )
    head, _, _ = REQUEST.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    lines += [b"Transfer-Encoding: chunked", b"Connection: close"]
    async with open_gate() as gate:
        status, _, _ = await speak(gate.port, b"\r\n".join(lines) + b"\r\n\r\n" + chunked)

        assert status == 201
        assert len(gate.upstream.sends) == 1


async def test_a_draining_server_ends_what_it_has_begun() -> None:
    async with open_gate() as gate:
        gate.upstream.delay_seconds = 0.5
        answer = asyncio.create_task(speak(gate.port, REQUEST))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await gate.upstream.reached.wait()

        await gate.server.drain(5.0)

        assert (await answer)[0] == 201
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection("127.0.0.1", gate.port)


@pytest.mark.parametrize(
    ("trusted", "client"), [((), "127.0.0.1"), (("127.0.0.0/8",), "203.0.113.9")]
)
async def test_forwarded_addresses_count_from_trusted_proxies_only(
    trusted: tuple[str, ...], client: str
) -> None:
    async with open_gate(trusted=trusted) as gate:
        await speak(
            gate.port,
            raw(
                "POST",
                f"{API}/Messages.json",
                FORM.replace(b"Body=", b"Body=x"),
                "X-Forwarded-For: 198.51.100.7, 203.0.113.9",
            ),
        )

        assert gate.item().transaction.client.address == client


async def test_it_serves_https_with_a_certificate(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("not tested: HTTPS of the shim; install it with: apt-get install openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    await asyncio.to_thread(make_certificate, openssl, key, certificate)
    settings = TextListener(certificate=certificate, key=key)
    server = TextServer(settings, TwilioStandIn().app())
    listener = bind()
    port = listener.getsockname()[1]
    await server.start([listener])
    trust = ssl.create_default_context(cafile=certificate)

    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=trust, server_hostname="localhost"
    )
    writer.write(REQUEST)
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert (await reader.readline()).startswith(b"HTTP/1.1 201")
    writer.close()
    await server.drain(1.0)


def test_without_sockets_a_drain_is_nothing() -> None:
    asyncio.run(HttpServer(TwilioStandIn().app()).drain(1.0))


def test_the_settings_allow_the_providers_that_there_are_adapters_for() -> None:
    assert tuple(ADAPTERS) == PROVIDERS
