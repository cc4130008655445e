"""Where mark-up stands after a piece of it, wherever it was cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.dialects.spots import Elements, Kind, Spot, after, after_value

PIECES = (
    "<p>", "</p>", "text", "<!--", "-->", "<style>", "</style>", "a{b:c}", '<a href="', '">', "'",
    "<td class=x ", ">", "<br/>", " ", "<!DOCTYPE html>", "=", "<", "/", "-", "[if mso]>",
)  # fmt: skip


@pytest.mark.parametrize(
    ("markup", "place"),
    [
        ("<p>Hello ", "text"),
        ('<a href="https://', "href"),
        ("<a class='x' href = '", "href"),
        ("<td width=", "width"),
        ('<p title="a > b', "title"),
        ("<style>p{color:", "<style>"),
        ("<style>p{}</style>", "text"),
        ("<title>Hi ", "<title>"),
        ("<!-- note ", "comment"),
        ("<!--[if mso]><b>", "comment for Outlook"),
        ("<!-- note --><p>", "text"),
        ("<!DOCTYPE html>", "text"),
        ("1 < 2", "text"),
        ("<p ", ""),
        ("<p data-x", ""),
    ],
)
def test_what_stands_after_the_markup(markup: str, place: str) -> None:
    assert after(Spot(), markup, Elements()).place == place


def test_a_value_that_could_become_an_attribute_can_stand_nowhere() -> None:
    assert after_value(after(Spot(), "<p ", Elements())) is None


@given(st.lists(st.sampled_from(PIECES)).map("".join), st.data())
def test_it_does_not_matter_where_markup_is_cut(markup: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(markup)))
    whole, parted = Elements(), Elements()
    end = after(Spot(), markup, whole)
    other = after(after(Spot(), markup[:cut], parted), markup[cut:], parted)
    assert other == end or (other.is_same(end) and end.kind in (Kind.RAW, Kind.COMMENT))
    assert parted == whole


@pytest.mark.parametrize(
    ("markup", "whole"),
    [
        ("<p>a</p>", True),
        ("<p>a", True),
        ("<td>a</td><td>b", True),
        ("<br><img src=x>", True),
        ("<div>a", False),
        ("</div>", False),
        ("<b><i>a</b></i>", False),
        ("<style>p{}</style>", True),
        ("<!-- <div> -->", True),
    ],
)
def test_whole_elements_can_stand_side_by_side(markup: str, whole: bool) -> None:  # noqa: FBT001
    elements = Elements()
    after(Spot(), markup, elements)
    assert elements.are_whole is whole
