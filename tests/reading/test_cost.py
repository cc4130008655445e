"""What pieces cost that are repeated until a limit of size ends them."""

from __future__ import annotations

import contextlib
import time
from itertools import product

import pytest

from filter.reading.conditional import MAX_COMMENT_CHARACTERS, read_comment
from filter.reading.css import MAX_SHEET_CHARACTERS, read_sheet, read_style
from filter.reading.html import read_html
from filter.reading.nesting import MAX_NESTING, SHALLOW_TAGS
from filter.reading.parameters import ParameterError, read_parameters
from filter.reading.troubles import Troubles

IN_COMMENTS = (
    "<xml>",
    "<noscript>",
    "<noscript><xml>",
    "</xml>",
    "<o:a/>",
    " ",
    "<div>",
    "<td",
    "<!",
)


@pytest.mark.parametrize("piece", IN_COMMENTS)
def test_a_conditional_comment_of_one_piece_repeated_takes_a_moment(piece: str) -> None:
    started = time.process_time()
    for head, tail in product(("", "<xml>"), ("", "@", "</xml></noscript>")):
        room = MAX_COMMENT_CHARACTERS - 60
        inside = head + piece * (room // len(piece)) + tail
        read_comment(f"[if mso]>{inside}<![endif]")

    assert time.process_time() - started < 1.0


@pytest.mark.parametrize(
    "piece", ["<div>", "<ul><li>", "<b>", "<i><p>", "<font><div>", "<table><tr><td>", "<span>"]
)
def test_elements_inside_of_elements_are_refused_before_they_cost_time(piece: str) -> None:
    troubles = Troubles()
    started = time.process_time()
    read_html(piece * 20_000, "utf-8", "part 1", troubles)

    assert [trouble.code for trouble in troubles.found()] == ["html.size"]
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize("row", ["<p>a<br>", "<div>a</div>", "<ul><li>a<li>b</ul>", "<p>a<b>b</b>"])
def test_many_elements_that_stand_side_by_side_are_read(row: str) -> None:
    troubles = Troubles()
    shown = read_html(row * SHALLOW_TAGS, "utf-8", "part 1", troubles)

    assert troubles.found() == ()
    assert shown.text.startswith("a")


def test_elements_are_counted_while_they_are_open() -> None:
    deep = "<div>" * (MAX_NESTING // 2) + "</div>" * (MAX_NESTING // 2)
    troubles = Troubles()
    read_html(deep * 20, "utf-8", "part 1", troubles)

    assert "html.size" not in [trouble.code for trouble in troubles.found()]


NESTED = {
    "selectors": ("a:not(", ")", "{color:red}"),
    "attributes": ("[", "]", "{color:red}"),
    "conditions": ("@media (", ")", "{a{color:red}}"),
    "media": ("@media x{", "}", ""),
    "values": ("display:(", ")", ""),
    "fonts": ("font-family:[", "]", ""),
    "media left open": ("@media x{", "", ""),
}


@pytest.mark.parametrize("name", NESTED)
def test_styles_inside_of_styles_are_refused_before_they_cost_time(name: str) -> None:
    opening, closing, end = NESTED[name]
    count = (MAX_SHEET_CHARACTERS - 20) // len(opening + closing)
    started = time.process_time()
    sheet = read_sheet(opening * count + closing * count + end)
    style = read_style(opening * 400 + closing * 400)

    assert sheet.troubles == style.troubles == ("more than 50 blocks inside of one another",)
    assert time.process_time() - started < 1.0


def test_styles_as_people_nest_them_are_read() -> None:
    sheet = read_sheet(
        "@media screen{@supports (display:grid){@media (min-width:calc(1px + (2px * 3))){"
        "a:not(:is(b,c)){width:calc(100% - (2 * (3px + 1px)));color:rgb(1,2,3)}}}}" * 60
    )

    assert sheet.troubles == ()
    assert len(sheet.rules) == 60


@pytest.mark.parametrize("piece", ["<x>", '\\"', "\\\\", "a;", "=", "*0*="])
def test_a_parameter_of_one_piece_repeated_takes_a_moment(piece: str) -> None:
    started = time.process_time()
    with contextlib.suppress(ParameterError):
        read_parameters(f'text/plain; charset="{piece * 20_000}"')

    assert time.process_time() - started < 1.0
