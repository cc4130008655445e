"""What pieces cost that are repeated until a limit of size ends them."""

from __future__ import annotations

import time
from itertools import product

import pytest

from filter.reading.conditional import MAX_COMMENT_CHARACTERS, read_comment

IN_COMMENTS = ("<xml>", "<noscript>", "<noscript><xml>", "</xml>", "<o:a/>", "<div>", "<td", "<!")


@pytest.mark.parametrize("piece", IN_COMMENTS)
def test_a_conditional_comment_of_one_piece_repeated_takes_a_moment(piece: str) -> None:
    started = time.process_time()
    for head, tail in product(("", "<xml>"), ("", "@", "</xml></noscript>")):
        room = MAX_COMMENT_CHARACTERS - 60
        inside = head + piece * (room // len(piece)) + tail
        read_comment(f"[if mso]>{inside}<![endif]")

    assert time.process_time() - started < 1.0
