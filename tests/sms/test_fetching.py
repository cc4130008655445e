"""Media are fetched over real TLS from a host on loopback that behaves, and one that does not."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import socket
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from filter.settings import MediaFetch
from filter.sms.fetching import USER_AGENT, Budget, Fetched, Fetcher, FetchError
from tests.sms.mediaserver import (
    HOST,
    LOOPBACK,
    MediaServer,
    Names,
    Serve,
    answer,
    endless,
    open_media_server,
    sent,
    silent,
)

BODY = bytes(range(256)) * 8
LIMIT = 64 * 1024
PATIENCE_SECONDS = 30


@pytest_asyncio.fixture
async def host(tmp_path: Path) -> AsyncIterator[MediaServer]:
    async with open_media_server(tmp_path) as server:
        yield server


def fetcher(host: MediaServer, names: Names | None = None, **changed: Any) -> Fetcher:
    settings = MediaFetch(
        fetch=True,
        hosts=(HOST,),
        ports=(443, host.port),
        networks=("127.0.0.0/8",),
        ca_file=host.ca_file,
    )
    return Fetcher(settings.model_copy(update=changed), names or Names([LOOPBACK]))


async def fetch(host: MediaServer, path: str, *of: Any, **changed: Any) -> Fetched:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await fetcher(host, *of, **changed).fetch(host.url(path), Budget(LIMIT))


async def refusal(host: MediaServer, path: str, *of: Any, **changed: Any) -> tuple[str, str]:
    with pytest.raises(FetchError) as caught:
        await fetch(host, path, *of, **changed)
    return caught.value.code, str(caught.value)


async def test_what_lies_there_is_fetched_with_its_label_and_digest(host: MediaServer) -> None:
    host.paths["/a.png"] = answer(BODY, "Image/PNG; charset=x")

    got = await fetch(host, "/a.png")

    assert (got.content, got.label) == (BODY, "image/png")
    assert got.digest == hashlib.sha256(BODY).hexdigest()


async def test_the_request_says_nothing_of_us_and_its_target_is_the_address_s_own(
    host: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    target = "/a%2Fb/%C3%A9~!$&'()*+,;=:@?x=%20&y=/?"
    host.paths[target] = answer(BODY)
    same = fetcher(host)

    host.paths["/cookie"] = answer(BODY, "image/png", "200 OK", "Set-Cookie: a=b; Secure")
    await same.fetch(host.url("/cookie"), Budget(LIMIT))
    await same.fetch(host.url(target), Budget(LIMIT))

    assert host.seen[1].decode().split("\r\n") == [
        f"GET {target} HTTP/1.1",
        f"host: {HOST}:{host.port}",
        f"user-agent: {USER_AGENT}",
        "accept: */*",
        "accept-encoding: identity",
        "connection: close",
        "",
        "",
    ]


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "304 Same", "307 T", "308 P", "300 M"]
)
async def test_redirects_are_not_followed(host: MediaServer, status: str) -> None:
    host.paths["/to"] = answer(b"", "", status, f"Location: {host.url('/a.png')}")
    host.paths["/a.png"] = answer(BODY)

    code, _ = await refusal(host, "/to")

    assert code == "media.refused"
    assert host.targets == ["/to"]


@pytest.mark.parametrize("status", ["204 No", "206 Partial", "401 Who", "404 No", "410 G", "500 X"])
async def test_an_answer_that_is_not_200_is_none(host: MediaServer, status: str) -> None:
    host.paths["/a"] = answer(b"" if status[:3] == "204" else BODY, "image/png", status)

    assert (await refusal(host, "/a"))[0] == "media.unreachable"


async def test_a_body_that_is_announced_too_large_is_not_begun(host: MediaServer) -> None:
    host.paths["/a"] = answer(b"", size=LIMIT + 1)

    assert (await refusal(host, "/a"))[0] == "media.too_large"


async def test_an_endless_body_ends_at_the_cap(host: MediaServer) -> None:
    host.paths["/a"] = endless(b"x" * 4096)

    assert (await refusal(host, "/a"))[0] == "media.too_large"


async def test_a_body_of_just_the_cap_is_whole(host: MediaServer) -> None:
    host.paths["/a"] = answer(b"x" * LIMIT)

    assert len((await fetch(host, "/a")).content) == LIMIT


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip", "x"])
async def test_what_is_compressed_is_never_inflated(host: MediaServer, coding: str) -> None:
    bomb = gzip.compress(bytes(50 * 1024 * 1024))
    host.paths["/a"] = answer(bomb, "image/png", "200 OK", f"Content-Encoding: {coding}")

    code, detail = await refusal(host, "/a")

    assert (code, "compresses" in detail) == ("media.refused", True)


async def test_compressed_bytes_without_a_word_stay_as_they_are(host: MediaServer) -> None:
    bomb = gzip.compress(bytes(5 * 1024 * 1024))
    host.paths["/a"] = answer(bomb)

    assert (await fetch(host, "/a")).content == bomb


@pytest.mark.parametrize(
    "serve",
    [
        answer(BODY, size=len(BODY) + 1),
        sent(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc"),
        sent(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        sent(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        sent(b"\x16\x03\x01nonsense\r\n\r\n"),
        sent(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n"),
        sent(b""),
    ],
    ids=["cut", "chunk cut", "chunk size", "two lengths", "no HTTP", "a huge header", "nothing"],
)
async def test_an_answer_that_is_not_whole_is_none(host: MediaServer, serve: Serve) -> None:
    host.paths["/a"] = serve

    assert (await refusal(host, "/a"))[0] == "media.unreachable"


async def test_two_labels_are_refused_and_none_is_none(host: MediaServer) -> None:
    host.paths["/two"] = answer(BODY, "image/png", "200 OK", "Content-Type: text/html")
    host.paths["/none"] = answer(BODY, "")

    assert (await refusal(host, "/two"))[0] == "media.refused"
    assert (await fetch(host, "/none")).label == ""


async def test_a_broken_connection_is_tried_once_more(host: MediaServer) -> None:
    host.paths["/a"] = [sent(b""), answer(BODY)]
    host.paths["/b"] = [answer(b"x" * 40_000, size=50_000), answer(b"x" * 50_000)]

    assert (await fetch(host, "/a")).content == BODY
    assert len((await fetch(host, "/b")).content) == 50_000  # the cap counts what came once
    assert host.targets == ["/a", "/a", "/b", "/b"]


@pytest.mark.parametrize("serve", [silent, endless(b"x", 0.01)], ids=["silent", "slow"])
async def test_the_caller_s_time_limit_ends_what_takes_too_long(
    host: MediaServer, serve: Serve
) -> None:
    host.paths["/a"] = serve
    started = time.monotonic()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await fetcher(host).fetch(host.url("/a"), Budget(LIMIT))

    assert time.monotonic() - started < PATIENCE_SECONDS


# --- where it may connect to


@pytest.mark.parametrize(
    "answers",
    [
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["8.8.8.8", "10.0.0.1"],
        [LOOPBACK, "10.0.0.1"],
        [],
    ],
)
async def test_a_name_that_leads_off_limits_is_never_connected_to(
    host: MediaServer, answers: Sequence[str]
) -> None:
    host.paths["/a"] = answer(BODY)

    assert (await refusal(host, "/a", Names(answers)))[0] == "media.refused"
    assert host.connections == 0


async def test_loopback_is_off_limits_unless_the_settings_name_it(host: MediaServer) -> None:
    host.paths["/a"] = answer(BODY)

    assert (await refusal(host, "/a", networks=()))[0] == "media.refused"
    assert host.connections == 0


@pytest.mark.skipif(not socket.has_ipv6, reason="not tested: this machine has no IPv6")
async def test_the_judged_address_is_tried_in_either_family(tmp_path: Path) -> None:
    try:
        host = open_media_server(tmp_path, at="::1")
        async with host as server:
            server.paths["/a"] = answer(BODY)
            names = Names(["::1"])
            got = await fetch(server, "/a", names, networks=("::1/128",))
    except OSError:
        pytest.skip("not tested: this machine has no IPv6 loopback")

    assert got.content == BODY


async def test_a_host_that_is_away_at_one_address_is_asked_at_the_next(host: MediaServer) -> None:
    host.paths["/a"] = answer(BODY)

    assert (await fetch(host, "/a", Names(["127.0.0.2", LOOPBACK]))).content == BODY


async def test_a_name_that_changes_its_mind_is_asked_once(
    host: MediaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the judged address is the one that is connected to."""
    host.paths["/a"] = [sent(b""), answer(BODY)]
    names = Names([LOOPBACK], ["10.0.0.1"])
    asked: list[object] = []
    real = socket.getaddrinfo

    def noted(name: object, *of: Any, **more: Any) -> Any:
        asked.append(name)
        return real(name, *of, **more)  # type: ignore[arg-type]  # whatever it was called with

    monkeypatch.setattr(socket, "getaddrinfo", noted)

    assert (await fetch(host, "/a", names)).content == BODY
    assert names.asked == [(HOST, host.port)]
    assert HOST not in asked
    assert HOST.encode() not in asked


async def test_a_host_that_cannot_prove_its_name_gets_no_request(
    host: MediaServer, tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    async with open_media_server(folder, "other.health.example") as other:
        other.paths["/a"] = answer(BODY)
        wrong_name = await refusal(other, "/a")
    unknown = await refusal(host, "/a", ca_file=None)

    assert {wrong_name[0], unknown[0]} == {"media.unreachable"}
    assert other.seen == host.seen == []


async def test_a_host_that_speaks_no_tls_gets_no_request() -> None:
    seen: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(100))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
        writer.close()

    server = await asyncio.start_server(handle, LOOPBACK, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        plain = MediaServer(port, Path())
        code, _ = await refusal(plain, "/a", ca_file=None)

    assert code == "media.unreachable"
    assert all(b"GET" not in first for first in seen)


async def test_an_unknown_name_is_unreachable() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    settings = MediaFetch(fetch=True, hosts=(HOST,))

    with pytest.raises(FetchError, match="nobody knows") as caught:
        await Fetcher(settings, unknown).fetch(f"https://{HOST}/a", Budget(LIMIT))

    assert caught.value.code == "media.unreachable"


async def test_the_machine_s_own_resolver_is_asked_when_there_is_no_other(
    host: MediaServer,
) -> None:
    """``localhost`` is loopback to every resolver, so it is off limits."""
    settings = MediaFetch(fetch=True, hosts=("localhost",), ports=(host.port,))

    with pytest.raises(FetchError, match="neither public"):
        await Fetcher(settings).fetch(f"https://localhost:{host.port}/a", Budget(LIMIT))

    assert host.connections == 0
