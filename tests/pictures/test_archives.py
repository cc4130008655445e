"""An archive is opened whole in the child process, and only as far as it is worth it."""

from __future__ import annotations

import io
import time
import zipfile

import pytest

from filter.message import LinkKind
from filter.reading.gathered import Stop
from filter.reading.look import DocumentLook
from filter.reading.sandbox import Sandbox
from filter.reading.zipfiles import MAX_ENTRIES, read_entries
from filter.reasons import REASONS


def _zip(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def _look(sandbox: Sandbox, content: bytes) -> DocumentLook:
    return sandbox.look_at_document(content, "application/zip", "part 2")


def test_paths_and_texts_are_what_an_archive_says(sandbox: Sandbox) -> None:
    look = _look(sandbox, _zip(**{"a/read me.txt": b"Bring it.", "b.csv": b"x;evil.example"}))

    assert look.troubles == ()
    assert look.text == "a/read me.txt\nBring it.\nb.csv\nx;evil.example"
    assert [(link.url, link.kind, link.where) for link in look.links] == [
        ("evil.example", LinkKind.DOCUMENT_TEXT, "part 2, file 2 in it")
    ]


def test_a_bomb_ends_at_a_limit_in_little_time(sandbox: Sandbox) -> None:
    bomb = _zip(**{f"{n}.txt": b"x" * 30_000_000 for n in range(4)})
    start = time.perf_counter()

    look = _look(sandbox, bomb)

    assert [finding.code for finding in look.troubles] == ["archive.limit"]
    assert time.perf_counter() - start < 5


def test_the_most_entries_are_read() -> None:
    names = [f"{n}.txt" for n in range(MAX_ENTRIES)]

    assert len(read_entries(_zip(**dict.fromkeys(names, b"x")))) == MAX_ENTRIES


@pytest.mark.parametrize("place", range(0, 140, 3))
def test_a_flipped_byte_never_changes_what_is_read_unseen(place: int) -> None:
    whole = _zip(**{"a.txt": b"Bring your card, please. Bring your card."})
    damaged = bytearray(whole)
    damaged[place % len(whole)] ^= 0x41

    assert _outcome(bytes(damaged)) in (_outcome(whole), "held")


def _outcome(content: bytes) -> object:
    try:
        return read_entries(content)
    except Stop as exc:
        return "held" if exc.code in REASONS else exc.code
