"""Redis in trouble: killed, frozen, full, read-only, closed to us. Counts stay true or say no."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest
from pydantic import SecretStr

from filter.limits.interface import (
    Charge,
    Charged,
    Distinct,
    FirstSeen,
    LimitStoreAway,
    Meter,
    QuestionRefused,
    Rate,
    Run,
    Spread,
    Track,
    Use,
    Volume,
)
from filter.limits.redis import MOST_CONNECTIONS, RedisLimitStore
from filter.limits.watchful import Watchful
from filter.settings import Limits
from tests.limits.hammer import LIMIT
from tests.limits.redisserver import RedisServer, running
from tests.mail.certificates import Certificates, make_certificates

ROOT = Path(__file__).parent.parent.parent
PROCESSES, TASKS = 4, 16
SECRET = "hunter2-of-the-gate"
SLOW = Rate(1000, 10**9, 1000)
ONE = Meter(b"k" * 16, "a-rule", SLOW)
MEMBERS = Meter(b"m" * 16, "a-rule", Distinct(5, 3600), members=(1,))
# The longest that a store may wait, and what is at once beside that, on any machine.
PATIENT_SECONDS = 30.0
AT_ONCE_SECONDS = 20.0


@contextlib.asynccontextmanager
async def opened(settings: Limits) -> AsyncIterator[RedisLimitStore]:
    store = RedisLimitStore(settings)
    try:
        yield store
    finally:
        await store.close()


async def charge(store: RedisLimitStore, *meters: Meter) -> Charged:
    return await store.charge(Charge(meters or (ONE,)))


async def reason_of(settings: Limits, *meters: Meter) -> str:
    async with opened(settings) as store:
        with pytest.raises(LimitStoreAway) as caught:
            await charge(store, *meters)
    return str(caught.value)


async def kill(server: RedisServer, store: RedisLimitStore) -> None:
    """Kill it, and let the loop see that its connections are closed."""
    server.kill()
    async with asyncio.timeout(AT_ONCE_SECONDS):
        for connection in store._pool._available_connections:
            while (reader := connection._reader) and not reader.at_eof():  # noqa: ASYNC110 - not ours
                await asyncio.sleep(0)


def in_use(store: RedisLimitStore) -> list[object]:
    """Return the connections on which something is asked."""
    return [one for one in store._pool._in_use_connections if one.is_connected]


async def command(server: RedisServer, *words: str) -> bytes:
    """Say something to the server without our client."""
    reader, writer = await asyncio.open_unix_connection(server.socket)
    writer.write((" ".join(words) + "\r\n").encode())
    answer = await reader.read(100_000)
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with running(tmp_path / "redis") as one:
        yield one


# --- exact


@contextlib.contextmanager
def hammer(server: RedisServer, times: int) -> Iterator[subprocess.Popen[str]]:
    where = f"unix://{server.socket}"
    arguments = [sys.executable, "-m", "tests.limits.hammer", where, str(TASKS), str(times)]
    with subprocess.Popen(arguments, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_processes_that_hammer_one_key_admit_exactly_the_limit(server: RedisServer) -> None:
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(hammer(server, 8)) for _ in range(PROCESSES)]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        said = [process.communicate(timeout=120)[0].splitlines() for process in processes]

    admitted = sum(lines.count("admitted") for lines in said)
    refused = sum(int(lines[-1]) for lines in said)
    assert admitted == LIMIT
    assert admitted + refused == PROCESSES * TASKS * 8


async def test_many_questions_share_few_connections(server: RedisServer) -> None:
    async with opened(server.settings()) as store:
        await asyncio.gather(*(charge(store) for _ in range(500)))

        clients = await command(server, "CLIENT", "LIST")
    assert clients.count(b"cmd=evalsha") <= MOST_CONNECTIONS


async def test_a_question_that_is_given_up_never_answers_another(server: RedisServer) -> None:
    async with opened(server.settings()) as store:
        for _ in range(20):
            tasks = [asyncio.create_task(charge(store)) for _ in range(10)]
            await asyncio.sleep(0)  # they have begun
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.gather(*(store.ping() for _ in range(3)))
            claim = await store.claim(b"c" * 16, "t_1", 60)
            assert claim.is_first
            assert (await charge(store, MEMBERS)).readings[0].count <= 1


async def test_everything_it_keeps_has_a_time_to_live(server: RedisServer) -> None:
    """A flood over a million keys must not stay for ever."""
    profile = b"p" * 16
    measures: list[tuple[Any, tuple[int, ...]]] = [
        (SLOW, ()),
        (Distinct(5, 60), (1, 2)),
        (Volume(1, 60, 1.0, 3600, 0), ()),
        (Spread(1, 60, 1.0, 3600, 0), (1, 2)),
        (Run(1, 60, 0), (1, 2)),
        (FirstSeen(0), ()),
        (Use(50.0, 1, 60, 10), ()),
    ]
    meters = tuple(
        Meter(bytes([n]) * 16, "r", one, members=members, profile=profile, decides=False, label="a")
        for n, (one, members) in enumerate(measures)
    )
    async with opened(server.settings()) as store:
        for _ in range(2):
            await store.charge(Charge(meters, Track((b"r" * 16, b"s" * 16), 60, "t_1")))
        await store.claim(b"c" * 16, "t_1", 60)
        await store.track(b"r" * 16, b"u" * 16)
        await store.ping()
        keys = (await command(server, "KEYS", "*")).split(b"\r\n")[2::2]
        kept = {key.decode(): await command(server, "PTTL", key.decode()) for key in keys if key}
    forever = [key for key, answer in kept.items() if answer.strip() == b":-1"]

    assert len(kept) > 15
    assert all(key.startswith("sallyport:{limits}:") for key in kept)
    assert forever == []


# --- killed, frozen


async def test_a_killed_redis_is_away_at_once_and_counts_again_when_it_is_back(
    server: RedisServer,
) -> None:
    async with opened(server.settings(timeout_seconds=PATIENT_SECONDS)) as store:
        await charge(store)
        await kill(server, store)
        async with asyncio.timeout(AT_ONCE_SECONDS):
            with pytest.raises(LimitStoreAway, match="nobody listens there"):
                await charge(store)

        server.start()  # it has forgotten the script, and what was counted
        assert (await charge(store)).readings[0].count == 0


async def test_questions_under_way_when_redis_is_killed_fail_at_once(server: RedisServer) -> None:
    async with opened(server.settings(timeout_seconds=PATIENT_SECONDS)) as store:
        await charge(store)
        server.freeze()
        waiting = [asyncio.create_task(charge(store)) for _ in range(MOST_CONNECTIONS * 2)]
        async with asyncio.timeout(AT_ONCE_SECONDS):
            # All connections are in use: the others of these questions wait for one.
            while len(in_use(store)) < MOST_CONNECTIONS:  # noqa: ASYNC110 - redis-py sets no event
                await asyncio.sleep(0.001)
            server.kill()
            answers = await asyncio.gather(*waiting, return_exceptions=True)

    assert {type(answer) for answer in answers} == {LimitStoreAway}


async def test_with_append_only_files_the_count_carries_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running(tmp_path / "redis", "--appendonly", "yes", "--appendfsync", "always") as server:
        async with opened(server.settings()) as store:
            await store.ping()
            for _ in range(7):
                await charge(store, ONE, MEMBERS)
            await kill(server, store)
            server.start()

            rate, members = (await charge(store, ONE, MEMBERS)).readings
            await store.ping()
    assert (rate.count, members.count) == (7, 1)
    assert "lost its keys" not in caplog.text


@pytest.mark.parametrize("how", ["emptied", "restarted"])
async def test_a_redis_that_has_lost_its_keys_is_told_of_once(
    server: RedisServer, how: str
) -> None:
    told: list[str] = []
    store = RedisLimitStore(server.settings(), on_loss=told.append)
    for _ in range(2):
        await store.ping()
    assert told == []

    if how == "emptied":
        await command(server, "FLUSHALL")
    else:
        await kill(server, store)
        server.start()
    async with opened(server.settings()) as another:
        await another.ping()
    for _ in range(2):
        await store.ping()
    await store.close()

    assert told == [f"Redis at {server.socket}/0 has lost its keys: all counts from nothing"]


async def test_killed_again_and_again_it_never_admits_more_than_the_limit(tmp_path: Path) -> None:
    limit = Meter(b"l" * 16, "a-rule", Rate(60, 10**9, 60))
    admitted = away = 0
    with running(tmp_path / "redis", "--appendonly", "yes", "--appendfsync", "always") as server:
        async with opened(server.settings()) as store:
            for _ in range(4):
                tasks = [asyncio.create_task(charge(store, limit)) for _ in range(30)]
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                server.kill()
                answers = await asyncio.gather(*tasks, return_exceptions=True)
                admitted += sum(isinstance(a, Charged) and a.is_admitted for a in answers)
                away += sum(isinstance(a, LimitStoreAway) for a in answers)
                server.start()
            (reading,) = await store.peek([limit])

    assert away
    # What was counted and never answered stays counted; nothing is counted twice, or not at all.
    assert admitted <= reading.count <= min(60, admitted + away)


async def test_a_frozen_redis_is_given_up_in_time_and_answers_rightly_afterwards(
    server: RedisServer,
) -> None:
    async with opened(server.settings(timeout_seconds=PATIENT_SECONDS)) as store:
        await charge(store)
        server.freeze()
        store._patience = 0.3  # what is answered may take longer on a busy machine
        began = time.monotonic()
        async with asyncio.timeout(AT_ONCE_SECONDS):
            with pytest.raises(LimitStoreAway, match=r"no answer within 0\.3 s"):
                await charge(store)
        took = time.monotonic() - began
        store._patience = PATIENT_SECONDS
        server.thaw()

        await store.claim(b"c" * 16, "t_1", 60)
        # The question that nobody waited for was counted, or not: that is not known.
        counts = [(await charge(store)).readings[0].count for _ in range(3)]
    assert took >= 0.3
    assert counts in ([1, 2, 3], [2, 3, 4])


async def test_a_redis_that_takes_connections_and_says_nothing_is_given_up_in_time(
    server: RedisServer,
) -> None:
    server.freeze()

    async with asyncio.timeout(AT_ONCE_SECONDS):
        said = await reason_of(server.settings(timeout_seconds=0.3))
    assert "no answer within 0.3 s" in said


# --- it answers, and says no


async def test_a_replica_is_told_apart(tmp_path: Path) -> None:
    with running(tmp_path / "redis", "--replicaof", "127.0.0.1", "1") as server:
        assert "it is a replica; name the primary" in await reason_of(server.settings())
        async with opened(server.settings()) as store:
            with pytest.raises(LimitStoreAway, match="replica"):
                await store.ping()


async def test_a_full_memory_is_told_apart_and_nothing_is_counted_by_half(
    server: RedisServer,
) -> None:
    async with opened(server.settings()) as store:
        await charge(store, ONE, MEMBERS)
        await command(server, "CONFIG", "SET", "maxmemory", "1")
        with pytest.raises(LimitStoreAway, match="its memory is full; raise its `maxmemory`"):
            await charge(store, ONE, replace(MEMBERS, members=(2,)))
        with pytest.raises(LimitStoreAway, match="memory"):
            await store.ping()
        await command(server, "CONFIG", "SET", "maxmemory", "0")

        rate, members = await store.peek([ONE, MEMBERS])
    assert (rate.count, members.count) == (1, 1)


async def test_a_redis_that_reads_its_data_is_told_apart(tmp_path: Path) -> None:
    with running(tmp_path / "redis", "--enable-debug-command", "yes") as server:
        await command(server, "DEBUG", "POPULATE", "20000", "key", "2000")
        await command(server, "SAVE")
        server.kill()
        slowly = ("--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024")
        server.start(*slowly, is_loading=True)

        assert "it is still reading its data" in await reason_of(server.settings())


async def test_another_programs_key_is_told_apart(server: RedisServer) -> None:
    await command(server, "SET", f"sallyport:{{limits}}:m:{MEMBERS.key.hex()}", "mine")

    assert "another program uses our keys; give the gate a `redis_prefix`" in await reason_of(
        server.settings(), MEMBERS
    )


@pytest.mark.parametrize(
    ("meter", "value"),
    [
        pytest.param(MEMBERS, "mine", id="of another type"),
        pytest.param(Meter(b"u" * 16, "r", Use(20, 10, 3600, 60)), "mine", id="not packed"),
        pytest.param(Meter(b"n" * 16, "r", Run(2, 60, 50), members=(1,)), "1", id="no table"),
        pytest.param(ONE, "mine", id="no line"),
    ],
)
async def test_a_value_that_is_damaged_stops_only_who_is_counted_there(
    server: RedisServer, meter: Meter, value: str
) -> None:
    other = Meter(b"o" * 16, "a-rule", SLOW)
    await command(server, "SET", f"sallyport:{{limits}}:m:{meter.key.hex()}", value)
    store = Watchful(RedisLimitStore(server.settings()), patience_seconds=5.0)
    try:
        with pytest.raises(QuestionRefused):
            await store.charge(Charge((meter, other)))

        assert not store.is_away
        assert (await store.charge(Charge((other,)))).is_admitted
        await store.reset([meter])
        assert (await store.charge(Charge((meter,)))).is_admitted
    finally:
        await store.close()


async def test_a_disk_that_cannot_be_written_is_told_apart(tmp_path: Path) -> None:
    with running(tmp_path / "redis", "--appendonly", "yes") as server:
        await command(server, "CONFIG", "SET", "min-replicas-to-write", "1")

        assert "it has too few replicas" in await reason_of(server.settings())


async def test_a_database_that_is_not_there_is_told_apart(server: RedisServer) -> None:
    settings = Limits(redis=f"unix://{server.socket}?db=99")

    assert "it has no such database; correct `limits.redis`" in await reason_of(settings)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        pytest.param(None, "it wants a password; set `redis_password_file`", id="none"),
        pytest.param("wrong-" + SECRET, "it refuses the user or the password", id="wrong"),
    ],
)
async def test_a_password_is_wanted_and_never_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, password: str | None, said: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with running(tmp_path / "redis", "--requirepass", SECRET) as server:
        given = SecretStr(password) if password else None
        reason = await reason_of(server.settings(redis_password=given))

    assert said in reason
    assert SECRET not in reason + caplog.text


async def test_the_right_password_opens(tmp_path: Path) -> None:
    with running(tmp_path / "redis", "--requirepass", SECRET) as server:
        async with opened(server.settings(redis_password=SecretStr(SECRET))) as store:
            assert (await charge(store)).is_admitted


async def test_a_user_who_may_not_do_this_is_told_apart_and_the_documented_rights_do(
    server: RedisServer,
) -> None:
    rights = documented_rights()
    await command(server, "ACL", "SETUSER", "gate", "on", f">{SECRET}", "~other:*", "+@all")
    settings = Limits(
        redis=f"unix://gate@{server.socket}",
        redis_password=SecretStr(SECRET),
        timeout_seconds=5,
    )
    reason = await reason_of(settings, ONE, MEMBERS)
    await command(server, "ACL", "SETUSER", "gate", "reset", "on", f">{SECRET}", *rights)

    assert "the user may not do this" in reason
    async with opened(settings) as store:
        assert (await charge(store, ONE, MEMBERS)).is_admitted
        await store.ping()
        await store.use_rates()
        await store.floods()
        await store.reset([ONE, MEMBERS])


def documented_rights() -> list[str]:
    """Return what docs/operations.md says to allow the user of the gate."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (line,) = [line for line in page.splitlines() if line.startswith("ACL SETUSER")]
    return line.partition("SECRET ")[2].split()


# --- elsewhere


async def test_nobody_listening_is_told_with_the_place_and_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = Limits(redis=f"redis://127.0.0.1:{port}/3", redis_password=SecretStr(SECRET))

    reason = await reason_of(settings)
    assert reason.startswith(f"Redis at 127.0.0.1:{port}/3: nobody listens there; start it, or")
    assert SECRET not in reason


async def test_another_kind_of_server_is_told_apart() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]
        reason = await reason_of(Limits(redis=f"redis://127.0.0.1:{port}"))

    assert f"Redis at 127.0.0.1:{port}/0: it does not speak as Redis does" in reason


async def test_counting_goes_over_tls_and_an_unknown_certificate_is_refused(
    tmp_path: Path,
) -> None:
    certificates = make_certificates(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with running(tmp_path / "redis", *tls_options(certificates, port)):
        address = f"rediss://127.0.0.1:{port}"
        untrusted = await reason_of(Limits(redis=address, timeout_seconds=5))
        trusting = Limits(redis=address, redis_ca_file=certificates.authority, timeout_seconds=5)
        async with opened(trusting) as store:
            assert (await charge(store)).is_admitted

    assert "its certificate is not trusted; set `redis_ca_file`" in untrusted


def tls_options(certificates: Certificates, port: int) -> list[str]:
    return [
        *("--tls-port", str(port), "--tls-auth-clients", "no"),
        *("--tls-cert-file", str(certificates.chain)),
        *("--tls-key-file", str(certificates.key)),
        *("--tls-ca-cert-file", str(certificates.authority)),
    ]


async def test_a_redis_that_may_forget_counts_is_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    options = ("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
    with running(tmp_path / "redis", *options) as server:
        async with opened(server.settings()) as store:
            await store.ping()
            await store.ping()

    (line,) = [r.getMessage() for r in caplog.records if "maxmemory-policy" in r.getMessage()]
    assert line.endswith("(maxmemory-policy allkeys-lru); set noeviction")
