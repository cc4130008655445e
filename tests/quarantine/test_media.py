"""The pictures of a held text message are kept with it, shown, exported and deleted with it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from filter.message import TextMedia, Transaction
from filter.quarantine.item import State
from filter.quarantine.retention import sweep
from filter.quarantine.store import Store
from tests.quarantine.commandworld import World
from tests.quarantine.messages import MONTH, text
from tests.quarantine.test_retention import DAY, SETTINGS, held

GIF = b"GIF89a of a prank"
FILE = TextMedia(
    "media 1", "image/gif", len(GIF), "ab" * 32, "a.gif", "https://cdn.example/a.gif", GIF
)


def with_media(*files: TextMedia) -> Transaction:
    transaction = text("Look")
    assert transaction.text is not None
    return replace(transaction, text=replace(transaction.text, files=files))


def kept(folder: Path) -> int:
    with contextlib.closing(sqlite3.connect(folder / "state" / "sallyport.db")) as database:
        return int(database.execute("SELECT count(*) FROM contents").fetchone()[0])


async def test_pictures_are_kept_with_the_message(store: Store) -> None:
    unseen = replace(FILE, where="media 2", content=None)
    transaction = with_media(FILE, unseen, replace(FILE, where="enclosed 1", url=""))

    await held(store, transaction)

    item = store.get_item(transaction.id)
    assert item.transaction == transaction
    assert item.size_bytes == len(transaction.content) + 2 * len(GIF)


@pytest.mark.parametrize("discarded", [True, False], ids=["discarded", "expired"])
async def test_retention_deletes_them_with_the_message(
    store: Store, tmp_path: Path, *, discarded: bool
) -> None:
    now = datetime.now(UTC)
    transaction_id = await held(store, with_media(FILE, FILE))
    assert kept(tmp_path) == 3

    if discarded:
        store.change(transaction_id, State.HELD, State.DISCARDED, by="anna")
    sweep(store, now + (8 * DAY if discarded else MONTH + DAY), SETTINGS)

    assert kept(tmp_path) == 0
    item = store.get_item(transaction_id)
    assert item.content_deleted
    assert item.transaction.text is not None
    assert item.transaction.text.files == (replace(FILE, content=None),) * 2


def test_show_describes_them_and_export_writes_them(tmp_path: Path) -> None:
    world = World(tmp_path)
    transaction_id = world.holds(with_media(FILE))
    folder = world.folder / "out"

    with world.store:
        shown = world.run("quarantine", "show", transaction_id).stdout
        world.run("quarantine", "export", transaction_id, "--output", str(folder))

    assert f"image/gif  {len(GIF)} bytes  fetched from https://cdn.example/a.gif" in shown
    assert f"SHA-256 {'ab' * 32}" in shown
    assert (folder / f"{transaction_id}-1.gif").read_bytes() == GIF
    assert (folder / f"{transaction_id}-1.gif").stat().st_mode & 0o777 == 0o600
    assert json.loads((folder / f"{transaction_id}.json").read_text())["body"] == "Look"
