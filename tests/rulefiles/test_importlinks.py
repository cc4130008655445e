"""A link of a template becomes an entry that rules take, or a doubt."""

from __future__ import annotations

from filter.rulefiles.drafts import DraftLink
from filter.rulefiles.importlinks import LinkBook, carried_by, usable
from filter.templates.pattern import Literal


def test_a_path_that_no_entry_can_have_is_cut_where_it_can() -> None:
    link = DraftLink("x", host="a.example", path="/b//c.png")
    assert usable(link) == DraftLink("x", host="a.example", path="/b/**")


def test_a_host_that_no_entry_can_have_is_none() -> None:
    assert usable(DraftLink("x", host="localhost", path="/a")) is None
    assert usable(DraftLink("x", mailto="nobody")) is None


def test_each_place_is_one_entry_with_an_id_of_its_own() -> None:
    book = LinkBook({"a-example-help"})
    first = book.add(DraftLink("", host="a.example", path="/help", remark="here"))
    again = book.add(DraftLink("", host="a.example", path="/help", remark="there"))
    other = book.add(DraftLink("", host="a.example", path="/help", query=("lang",)))
    assert (first, again, other) == ("a-example-help-2", "a-example-help-2", "a-example-help-3")


def test_what_a_fixed_address_carries_has_an_entry_too() -> None:
    share = Literal("https://share.example/s?u=https%3A%2F%2Fa.example%2Fhelp&t=x")
    assert [(link.host, link.path) for link in carried_by((share,), "a:1")] == [
        ("a.example", "/help")
    ]
