"""Pauses over HTTP, where many are asked for at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from filter import confirmation
from filter.operators import PauseApi
from filter.quarantine.pauses import StoredPauses
from filter.quarantine.store import Store
from filter.settings import Account, Control, Quarantine, Settings


async def test_a_pause_is_on_disk_while_others_wait_for_their_confirmation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "PATIENCE_SECONDS", 600.0)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    with Store(tmp_path, Quarantine()) as store:
        store.probe()
    all_there = asyncio.Event()

    def having(_ids: frozenset[str]) -> dict[str, object]:
        if len(shelf.pauses(datetime.now(UTC))) == 3:
            all_there.set()
        return {"workers": [{"ready": True, "pauses": [], "settled": []}]}  # never has it

    with StoredPauses(tmp_path) as shelf:
        async with caller(tmp_path, shelf, having) as client:
            asked = [asyncio.create_task(pause(client, all=True)) for _ in range(3)]
            async with asyncio.timeout(30):
                await all_there.wait()
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)


async def test_one_pause_too_many_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("filter.limits.pause.MOST_PAUSES", 0)
    with Store(tmp_path, Quarantine()) as store:
        store.probe()

    with StoredPauses(tmp_path) as shelf:
        async with caller(tmp_path, shelf, lambda _ids: {"workers": []}) as client:
            refused = await pause(client, scope={"recipient": ["+60123456789"]})
            taken = await pause(client, all=True)

        assert refused.status_code == 422
        assert "name several values in one pause" in refused.json()["detail"]
        assert taken.status_code == 202
        assert [kept.id for kept in shelf.pauses(datetime.now(UTC))] == [taken.json()["id"]]


def caller(
    state: Path, shelf: StoredPauses, having: Callable[[frozenset[str]], dict[str, object]]
) -> httpx.AsyncClient:
    operators = (Account(name="anna", password="operator-token"),)
    settings = Settings(state=state, control=Control(operators=operators))
    app = Starlette(routes=PauseApi(settings, shelf, lambda: None, having).routes())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gate")


async def pause(client: httpx.AsyncClient, **asked: object) -> httpx.Response:
    headers = {"authorization": "Bearer operator-token"}
    return await client.post("/pauses", json={"reason": "flood", **asked}, headers=headers)
