"""A CR or LF that stands alone is found wherever it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter import lineends
from filter.lineends import has_bare_line_end

BORDER = 128 * 1024


@pytest.fixture(scope="module", autouse=True)
def tiny_blocks() -> object:
    """Blocks so small that every example has several."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lineends, "_SMALL_BYTES", 1)
        patch.setattr(lineends, "_BLOCK_BYTES", 4)
        yield


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"x", b"\0"]), max_size=20).map(b"".join))
def test_it_is_found_by_comparing_blocks_as_by_taking_the_pairs_away(content: bytes) -> None:
    rest = content.replace(b"\r\n", b"x")

    assert has_bare_line_end(content) == (b"\r" in rest or b"\n" in rest)


@pytest.mark.parametrize("bare", [b"\r", b"\n"])
@pytest.mark.parametrize("place", [0, BORDER - 1, BORDER, BORDER + 1, 2 * BORDER, -1])
def test_one_in_a_large_message_is_found(
    monkeypatch: pytest.MonkeyPatch, bare: bytes, place: int
) -> None:
    monkeypatch.setattr(lineends, "_BLOCK_BYTES", BORDER)
    whole = b"x" * BORDER + b"\r\n" + b"x" * (2 * BORDER)
    spoiled = bytearray(whole)
    spoiled[place : place + 1 or None] = bare

    assert not has_bare_line_end(whole)
    assert has_bare_line_end(bytes(spoiled)) or bytes(spoiled) == whole
