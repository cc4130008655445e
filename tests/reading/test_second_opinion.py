"""Do the second and the third opinion on HTML see what is there, and only agree when they do?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.reading import soup
from filter.reading.secondopinion import Opinion, ask_second
from filter.reading.soup import agrees, ask_soup, skeleton_of
from tests.reading.build import show
from tests.reading.test_html import GOOD, HOSTILE

LEFT_OUT = {
    "too many tags",  # libxml2 drops what lies deeper than 256; BeautifulSoup does not
    "processing instruction",  # BeautifulSoup warns of it
}
ALL = {name: html for name, (_, html) in HOSTILE.items() if name not in LEFT_OUT} | {
    name: html for name, (html, _) in GOOD.items()
}


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    soup._agreed.clear()
    yield
    soup._agreed.clear()


@pytest.mark.parametrize("name", ALL)
def test_both_find_the_same_text_and_links(name: str) -> None:
    assert ask_soup(ALL[name]) == (ask_second(ALL[name]) or Opinion("", ()))


def test_an_opinion_that_soup_does_not_share_is_not_agreed_with() -> None:
    html = "<p>Your code is 1</p>"

    assert agrees(html, Opinion("Yourcodeis1", ()))
    soup._agreed.clear()
    assert not agrees(html, Opinion("Yourcodeis2", ()))
    assert not agrees(html, Opinion("Yourcodeis1", ("https://evil.example/",)))


def test_mails_of_one_template_share_a_skeleton_and_other_markup_does_not() -> None:
    one = '<p title="a">Hello <b>Ann</b></p> <a href="https://x.example/1">go</a>'
    two = '<p title="b > c">Hello <b>Bob Lee</b></p> <a href="https://x.example/2?q">go now</a>'

    assert skeleton_of(one) == skeleton_of(two)
    assert skeleton_of(one) != skeleton_of(one.replace("<b>", "<i>").replace("</b>", "</i>"))
    assert skeleton_of(one) != skeleton_of(one.replace("Ann", "Ann<br>"))
    assert skeleton_of(one) != skeleton_of(one.replace("title", "lang"))
    assert skeleton_of("<table> <tr>") != skeleton_of("<table>x<tr>")
    assert skeleton_of("<!--a-->x") != skeleton_of("<!--b-->x")


@given(st.text("<>\"'=ab/ !-", max_size=60))
def test_quotes_in_text_hide_no_tag_from_the_skeleton(noise: str) -> None:
    text = noise.replace("<", "")  # the lexical check refuses a raw < in text

    assert skeleton_of(f"{text}<i>x</i>") != skeleton_of(f"{text}<b>x</b>")


_ROW = (
    '<table align="center" width="100%" border="0" cellPadding="0"><tbody style="width:100%"><tr>{}'
)
_ROW_END = "</tr></tbody></table>"
_MOVED = "<p>Your <b>code</b> is<br/>1</p><img src='https://x.example/a.png' alt=''/><hr/>"


@pytest.mark.parametrize(
    "html",
    [
        _ROW.format(_MOVED) + _ROW_END,
        f"<table><tr><td>{_ROW.format(_MOVED)}{_ROW_END}</td></tr></table>",
        _ROW.format(
            '<a href="https://x.example/"><span><!--[if mso]><i>&#8202;</i><![endif]--></span>'
            "<span>Go</span></a>"
        )
        + _ROW_END,
        _ROW.format('<p>See <a href="https://x.example/">it</a>.<!-- --></p>') + _ROW_END,
    ],
)
def test_a_bare_row_without_a_cell_reads_the_same_wherever_it_is_moved_to(html: str) -> None:
    shown, troubles = show(html)

    assert not troubles
    assert not shown.others


@pytest.mark.parametrize(
    "html",
    {
        "with a cell": f"{_ROW.format('<td>a</td><p>b</p>')}{_ROW_END}",
        "with two rows": f"{_ROW.format('<p>a</p></tr><tr><p>b</p>')}{_ROW_END}",
        "with a paragraph left open": f"{_ROW.format('<p>a<p>b</p>')}{_ROW_END}",
        "with a link left open": f"{_ROW.format('<p><a href=https://x.example/>a</p>')}{_ROW_END}",
        "with a hidden table": '<table style="display:none"><tr><p>a</p></tr></table>',
        "with a hidden row": "<table><tr hidden><p>a</p></tr></table>",
        "with a class": '<table class="x"><tr><p>a</p></tr></table>',
        "with a rule for rows": "<style>tr{display:none}</style><table><tr><p>a</p></tr></table>",
        "in a row": f"<table><tr>{_ROW.format('<p>a</p>')}{_ROW_END}</tr></table>",
        "in a link": '<a href="https://x.example/"><table><tr><p><a href="https://y.example/">a</a>'
        "</p></tr></table></a>",
        "with a table": f"{_ROW.format('<p>a<table><tr><td>b</td></tr></table></p>')}{_ROW_END}",
        "with a condition": f"{_ROW.format('<p>a<!--[if mso]>b<![endif]--></p>')}{_ROW_END}",
    }.values(),
)
def test_any_other_row_without_a_cell_is_held(html: str) -> None:
    _, troubles = show(html)

    assert "html.parsers_disagree" in troubles
