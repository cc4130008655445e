"""What links that were made to be slow may cost."""

from __future__ import annotations

import time

import pytest

from filter.checks.carried import find_carried
from filter.checks.urls import MAX_CHARACTERS, parse_url
from filter.reading.links import LinksUnreadable

PIECES = {
    "dots": ".",
    "short labels": "a.",
    "slashes": "//",
    "schemes": "http:",
    "base64": "aHR0c",
    "percent signs": "%25",
    "relative": "//a.",
    "parameters": "a=a.",
}


@pytest.mark.parametrize("name", PIECES)
@pytest.mark.parametrize("end", ["", "&", "@", "%25"])
def test_a_link_of_one_piece_repeated_takes_a_moment(name: str, end: str) -> None:
    start = "https://health.example/?next="
    most = (MAX_CHARACTERS - len(start) - 3) // len(PIECES[name])
    started = time.process_time()
    for count in (30, most):
        text = start + PIECES[name] * count + end
        try:
            find_carried(parse_url(text))
        except (LinksUnreadable, ValueError):
            continue

    assert time.process_time() - started < 2.0
