"""Do the second and the third opinion on HTML see what is there, and only agree when they do?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.reading import soup
from filter.reading.secondopinion import Opinion, ask_second
from filter.reading.soup import agrees, ask_soup, skeleton_of
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
