"""The way to the provider: kept connections, lost ones, and answers that never end well."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from filter.httpserver import HttpServer
from filter.outcome import NextHopAway
from filter.settings import Provider
from filter.sms.exchange import Onward
from filter.sms.upstream import CONNECTIONS, Upstream
from tests.sms.stage import API, PATIENCE_SECONDS, TwilioStandIn, bind, make_certificate, serve

POST = Onward("POST", f"{API}/Messages.json", (("content-type", "text/plain"),), b"To=x")


def to(url: str, timeout_seconds: float = 5.0) -> Upstream:
    return Upstream({"twilio": Provider(upstream=url, timeout_seconds=timeout_seconds)})


@asynccontextmanager
async def answering(*pieces: bytes, stays: bool = False) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that gives each connection these bytes; yields its address and what happened."""
    events: list[str] = []
    writers: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        events.append("connected")
        writers.append(writer)
        while await reader.read(65536):
            events.append("asked")
            writer.write(b"".join(pieces))
            if not stays:
                break
        writer.close()
        events.append("closed")

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", events
        finally:
            for writer in writers:
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()


async def failure(url: str, timeout_seconds: float = 5.0) -> NextHopAway:
    async with to(url, timeout_seconds) as upstream:
        with pytest.raises(NextHopAway) as caught:
            await upstream.send("twilio", POST)
    return caught.value


async def test_a_connection_is_used_again() -> None:
    answer = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
    async with answering(answer, stays=True) as (url, events), to(url) as upstream:
        replies = [await upstream.send("twilio", POST) for _ in range(3)]

        assert [reply.status for reply in replies] == [201] * 3
        assert events == ["connected", "asked", "asked", "asked"]


async def test_a_connection_that_the_provider_has_closed_is_replaced() -> None:
    answer = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
    async with answering(answer) as (url, events), to(url) as upstream:
        await upstream.send("twilio", POST)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "closed" not in events:  # noqa: ASYNC110 - what happened is a list to read
                await asyncio.sleep(0.01)
        await upstream.send("twilio", POST)

        assert events[:5] == ["connected", "asked", "closed", "connected", "asked"]


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"HTTP/1.1 201 Cre",),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n", b"{"),
        (b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r\nab"),
        (b"SMTP what?\r\n",),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 8388609\r\n\r\n", b"x" * 8388609),
    ],
    ids=["none", "cut head", "cut body", "cut chunk", "not HTTP", "too large"],
)
async def test_an_answer_that_does_not_come_whole_may_have_been_a_yes(
    pieces: tuple[bytes, ...],
) -> None:
    async with answering(*pieces) as (url, _):
        assert (await failure(url)).may_have_sent


async def test_an_answer_that_comes_too_late_may_have_been_a_yes() -> None:
    async with answering(b"HTTP/1.1 201", stays=True) as (url, _):
        assert (await failure(url, timeout_seconds=0.2)).may_have_sent


async def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    assert not (await failure(f"http://127.0.0.1:{port}")).may_have_sent


async def test_a_provider_whose_certificate_is_not_trusted_is_told_nothing(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("not tested: TLS upstream; install it with: apt-get install openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    await asyncio.to_thread(make_certificate, openssl, key, certificate)
    stand_in = TwilioStandIn()
    server = HttpServer(stand_in.app(), certificate=certificate, key=key)
    listener = bind()
    await server.start([listener])

    error = await failure(f"https://localhost:{listener.getsockname()[1]}")

    assert not error.may_have_sent
    assert stand_in.seen == []
    await server.drain(1.0)


async def test_the_environment_cannot_lead_messages_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    stand_in = TwilioStandIn()
    async with serve(stand_in.app()) as url, to(url) as upstream:
        assert (await upstream.send("twilio", POST)).status == 201


async def test_more_requests_than_connections_wait_for_their_turn() -> None:
    stand_in = TwilioStandIn(delay_seconds=0.01)
    async with serve(stand_in.app()) as url, to(url, timeout_seconds=30.0) as upstream:
        asked = [upstream.send("twilio", POST) for _ in range(CONNECTIONS + 20)]

        assert {reply.status for reply in await asyncio.gather(*asked)} == {201}


async def test_a_base_address_with_a_path_is_kept() -> None:
    stand_in = TwilioStandIn()
    async with serve(stand_in.app()) as url, to(f"{url}/base/") as upstream:
        await upstream.send("twilio", Onward("GET", f"{API}/Messages.json?To=%2B1&x=a%20b"))

        assert stand_in.seen[0].path == f"/base{API}/Messages.json"
        assert stand_in.seen[0].query == "To=%2B1&x=a%20b"
