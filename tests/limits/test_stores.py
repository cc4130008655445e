"""The settings name the store, and say what is missing."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.interface import LimitStore
from filter.limits.redis import RedisLimitStore
from filter.limits.redisaddress import RedisAddress, parse_redis
from filter.limits.stores import LimitStoreMissing, open_store
from filter.settings import Limits, Settings
from tests.limits.redisserver import running


async def ask_and_close(store: LimitStore) -> None:
    await store.ping()
    await store.close()


def test_without_a_redis_the_counts_are_in_the_state_folder(tmp_path: Path) -> None:
    store = open_store(Settings(state=tmp_path))
    asyncio.run(ask_and_close(store))

    assert isinstance(store, EmbeddedLimitStore)
    assert (tmp_path / "limits.db").exists()


def test_with_a_redis_they_are_there(tmp_path: Path) -> None:
    with running(tmp_path / "redis") as server:
        store = open_store(Settings(state=tmp_path, limits=server.settings()))
        asyncio.run(ask_and_close(store))

    assert isinstance(store, RedisLimitStore)
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
