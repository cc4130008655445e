"""Pauses over HTTP, where many are asked for at once."""

from __future__ import annotations

import asyncio
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

    operators = (Account(name="anna", password="operator-token"),)
    settings = Settings(state=tmp_path, control=Control(operators=operators))
    with StoredPauses(tmp_path) as shelf:
        app = Starlette(routes=PauseApi(settings, shelf, lambda: None, having).routes())
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gate") as client:
            asked = [asyncio.create_task(pause(client)) for _ in range(3)]
            async with asyncio.timeout(30):
                await all_there.wait()
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)


async def pause(client: httpx.AsyncClient) -> None:
    headers = {"authorization": "Bearer operator-token"}
    await client.post("/pauses", json={"all": True, "reason": "flood"}, headers=headers)
