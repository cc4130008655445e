"""Where does a message end, and is it one?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.lineends import has_bare_line_end
from filter.mail.data import DataReader, Flaw, stuff, unstuff

MAX_BYTES = 1000
LINES = st.lists(
    st.one_of(
        st.sampled_from([b"", b".", b"..", b".QUIT", b"QUIT", b"...", b". "]),
        st.binary(max_size=40).map(lambda b: bytes(c for c in b if c not in (0, 10, 13))),
    ),
    max_size=20,
)


def read(wire: bytes, blocks: list[int] | None = None) -> tuple[bytes | Flaw, bytes]:
    """Feed in blocks of these sizes (the last one again and again); return content and rest."""
    reader = DataReader(MAX_BYTES)
    sizes = iter(blocks or [len(wire) or 1])
    size, start = 1, 0
    while start < len(wire):
        size = next(sizes, size)
        rest = reader.feed(wire[start : start + size])
        start += size
        if rest is not None:
            return reader.content(), rest + wire[start:]
    raise AssertionError("the end of data was not seen")


@given(LINES, st.binary(max_size=20), st.lists(st.integers(1, 30), min_size=1, max_size=30))
def test_every_content_comes_out_as_it_went_in_however_it_is_cut(
    lines: list[bytes], rest: bytes, blocks: list[int]
) -> None:
    content = b"".join(line + b"\r\n" for line in lines)
    if len(content) > MAX_BYTES:
        content = b""

    assert read(stuff(content) + b".\r\n" + rest, blocks) == (content, rest)


@given(LINES)
def test_unstuffing_undoes_stuffing(lines: list[bytes]) -> None:
    content = b"".join(line + b"\r\n" for line in lines)

    assert unstuff(stuff(content)) == content
    assert b"\r\n.\r\n" not in b"\r\n" + stuff(content)


@pytest.mark.parametrize(
    "smuggled",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r.\r",
        b"\r.\r\n",
        b"\r\n.\r",
        b"\r\n\0.\r\n",
        b"\r\r\n.\r\n\n",
    ],
)
def test_only_crlf_dot_crlf_ends_a_message_and_the_rest_is_refused(smuggled: bytes) -> None:
    wire = b"Subject: a\r\n\r\nbody" + smuggled + b"MAIL FROM:<evil@x.example>\r\n.\r\n"

    content, _ = read(wire)

    assert content in (Flaw.BARE_LINE_END, Flaw.NUL)


@pytest.mark.parametrize(
    ("content", "flaw"),
    [
        (b"a\rb\r\n", Flaw.BARE_LINE_END),
        (b"a\nb\r\n", Flaw.BARE_LINE_END),
        (b"\n\r\n", Flaw.BARE_LINE_END),
        (b"\r\r\n", Flaw.BARE_LINE_END),
        (b"a\r\r\n\nb\r\n", Flaw.BARE_LINE_END),
        (b"a\0b\r\n", Flaw.NUL),
    ],
)
def test_what_is_no_message_is_refused(content: bytes, flaw: Flaw) -> None:
    assert read(content + b".\r\n") == (flaw, b"")


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a"]), max_size=12).map(b"".join))
def test_bare_line_ends_are_found_as_a_slow_reader_would(content: bytes) -> None:
    slow = any(
        (octet == 13 and content[at + 1 : at + 2] != b"\n")
        or (octet == 10 and content[at - 1 : at] != b"\r")
        for at, octet in enumerate(content)
    )
    # At position 0, at - 1 is the last byte: look at that one by hand.
    if content.startswith(b"\n"):
        slow = True

    assert has_bare_line_end(content) is slow


def test_the_limit_is_on_the_message_not_on_its_stuffing() -> None:
    exact = b".\r\n" * (MAX_BYTES // 3) + b"x" * (MAX_BYTES % 3 - 2)
    full = b"x" * (MAX_BYTES - 2) + b"\r\n"

    assert read(stuff(exact) + b".\r\n") == (exact, b"")
    assert read(full + b".\r\n") == (full, b"")
    assert read(b"x" + full + b".\r\n") == (Flaw.TOO_LARGE, b"")


def test_an_oversized_body_is_read_to_its_end_but_not_kept() -> None:
    reader = DataReader(MAX_BYTES)
    for _ in range(1000):
        assert reader.feed(b"x" * 1000 + b"\r\n") is None
        assert len(reader._wire) < 3 * MAX_BYTES

    assert reader.feed(b".\r\nQUIT\r\n") == b"QUIT\r\n"
    assert reader.content() is Flaw.TOO_LARGE


def test_the_end_is_seen_across_the_cut_of_an_oversized_body() -> None:
    reader = DataReader(MAX_BYTES)
    reader.feed(b"x" * 5000 + b"\r\n")

    assert reader.feed(b".") is None
    assert reader.feed(b"\r\n") == b""
