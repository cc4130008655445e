"""The settings name the store, and say what is missing."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.interface import LimitStore, LimitStoreAway, Meter, Rate
from filter.limits.redis import RedisLimitStore
from filter.limits.redisaddress import RedisAddress, parse_redis
from filter.limits.stores import LimitStoreMissing, is_made, make_store, open_store
from filter.settings import Limits, Settings
from tests.limits.redisserver import running

METER = Meter(b"k" * 16, "a-rule", Rate(5, 3600, 5))


async def ask_and_close(store: LimitStore) -> None:
    await store.ping()
    await store.close()


def test_without_a_redis_the_counts_are_in_the_state_folder(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path)
    make_store(settings)
    store = open_store(settings)
    asyncio.run(ask_and_close(store))

    assert isinstance(store, EmbeddedLimitStore)
    assert is_made(settings)
    assert (tmp_path / "limits.db").exists()


def test_nobody_makes_the_store_but_who_is_to(tmp_path: Path) -> None:
    store = open_store(Settings(state=tmp_path / "state"))

    with pytest.raises(LimitStoreAway, match=r"no such file .*restart the gate"):
        asyncio.run(ask_and_close(store))

    assert not (tmp_path / "state").exists()


async def test_who_looks_finds_nothing_counted_where_nothing_was_made(tmp_path: Path) -> None:
    settings = Settings(state=tmp_path / "state")
    store = open_store(settings, looks=True)

    assert not is_made(settings)
    assert [reading.count for reading in await store.peek([METER])] == [0]
    assert not await store.floods()
    assert not await store.use_rates()
    with pytest.raises(LimitStoreAway, match=r"no such file .*restart the gate"):
        await store.reset([METER])
    await store.close()
    assert not (tmp_path / "state").exists()


def test_what_is_in_the_way_of_the_store_does_not_stop_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "limits.db").write_bytes(b"not a database at all" * 1000)

    make_store(Settings(state=tmp_path))

    assert "move it away" in caplog.text


def test_with_a_redis_they_are_there(tmp_path: Path) -> None:
    with running(tmp_path / "redis") as server:
        settings = Settings(state=tmp_path, limits=server.settings())
        make_store(settings)
        store = open_store(settings)
        asyncio.run(ask_and_close(store))

    assert isinstance(store, RedisLimitStore)
    assert is_made(settings)
    assert not (tmp_path / "limits.db").exists()


def test_a_library_that_is_missing_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delitem(sys.modules, "filter.limits.redis")
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)

    with pytest.raises(LimitStoreMissing, match=r"pip install '\.\[redis\]'"):
        open_store(Settings(state=tmp_path, limits=Limits(redis="redis://127.0.0.1:1")))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("redis://h", RedisAddress(host="h")),
        ("redis://h:7/3", RedisAddress(host="h", port=7, database=3)),
        ("redis://[::1]:7", RedisAddress(host="::1", port=7)),
        ("rediss://u@h/", RedisAddress(host="h", tls=True, username="u")),
        ("redis://a%40b@h", RedisAddress(host="h", username="a@b")),
        ("unix:///run/r.sock", RedisAddress(path="/run/r.sock")),
        ("unix://u@/run/r.sock?db=2", RedisAddress(path="/run/r.sock", database=2, username="u")),
    ],
)
def test_an_address_is_read(text: str, address: RedisAddress) -> None:
    assert parse_redis(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "h:6379",
        "http://h",
        "redis://",
        "redis:///0",
        "redis://h:port",
        "redis://h:70000",
        "redis://h/one",
        "redis://h/0?ssl_cert_reqs=none",
        "redis://h/0#1",
        "redis://:hunter2@h",
        "redis://u:hunter2@h",
        "unix://run/r.sock",
        "unix:///r.sock?password=hunter2",
        "redis://[::1",
        "redis://h/²",
    ],
)
def test_a_wrong_address_has_a_remedy_and_shows_no_secret(text: str) -> None:
    with pytest.raises(ValueError, match="; ") as caught:
        parse_redis(text)

    assert "hunter2" not in str(caught.value)
