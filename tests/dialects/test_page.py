"""What an HTML template shows, in all its branches and views."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from filter.dialects.nodes import Choice, DialectError, Hole, Loop, Node, Text
from filter.dialects.page import links_of_text, page_of
from filter.dialects.pagereading import MAX_DOCUMENTS
from filter.message import LinkKind
from filter.templates.written import as_pattern


def hole(name: str, *, optional: bool = False) -> Hole:
    return Hole(name, name, 1, optional=optional)


def choice(name: str, *branches: Sequence[Node]) -> Choice:
    return Choice(name, tuple(map(tuple, branches)), 1)


def texts(*nodes: Node) -> list[str]:
    return [as_pattern(tokens) for tokens in page_of(nodes, file="letter.html").texts]


def test_tags_are_nothing_and_what_starts_a_line_is_a_blank() -> None:
    assert texts(Text("<p>Hello <b>dear</b> "), hole("name"), Text(",</p><p>Bye.</p>")) == [
        "Hello dear {name}, Bye."
    ]


def test_branches_of_whole_elements_are_alternatives() -> None:
    paid = (Text("<p>It is <b>paid</b>.</p>"),)
    due = (Text("<p>It is due on "), hole("day"), Text(".</p>"))
    assert texts(Text("<h1>Invoice</h1>"), choice("paid", paid, due)) == [
        "Invoice It is {#either paid}paid.{#or}due on {day}.{#end}"
    ]


def test_rows_of_a_table_repeat() -> None:
    row = (Text("<tr><td>"), hole("item"), Text("</td></tr>"))
    assert texts(
        Text("<table><tr><td>Items:</td></tr>"), Loop("items", row, 1, 0, 9), Text("</table>")
    ) == ["Items: {#repeat items 0-9}{item} {#end}"]


def test_a_line_break_that_is_not_always_there_is_a_blank_that_is_not() -> None:
    assert texts(Text("one"), choice("two", (Text("<br>"),), ()), Text("two")) == [
        "one{#maybe two} {#end}two"
    ]


def test_tags_that_differ_by_branch_show_one_text() -> None:
    start = choice("wide", (Text('<div class="wide">'),), (Text("<div>"),))
    assert texts(start, Text("Hello</div>")) == ["Hello"]


def test_a_button_that_is_there_only_with_its_address_shows_one_text() -> None:
    nodes = (
        choice("url", (Text('<a href="https://app.example/x">'),), ()),
        Text("Open it"),
        choice("url", (Text("</a>"),), ()),
    )
    page = page_of(nodes)
    assert [as_pattern(one) for one in page.texts] == ["Open it"]
    assert [as_pattern(link.tokens) for link in page.links] == ["https://app.example/x"]


def test_what_a_style_hides_in_one_branch_is_the_preview_text_of_that_branch() -> None:
    style = choice("quiet", (Text(' style="display:none"'),), ())
    page = page_of((Text("<div"), style, Text(">Soon</div><p>Hello</p>")))
    assert as_pattern(page.text) == "{#either quiet}{#or}Soon {#end}Hello"
    assert [as_pattern(one) for one in page.preheaders] == ["Soon"]


def test_what_outlook_shows_is_a_wording_of_its_own() -> None:
    assert texts(Text("<p>Hello<!--[if mso]> Outlook<![endif]--></p>")) == [
        "Hello",
        "Hello Outlook",
    ]


def test_what_narrow_screens_show_is_a_wording_of_its_own() -> None:
    sheet = (
        "<style>@media (max-width:480px){.w{display:none}.n{display:block!important}}</style>"
        '<p class="w">Wide</p><p class="n" style="display:none">Narrow</p><p>'
    )
    assert texts(Text(sheet), hole("name"), Text("</p>")) == ["Wide {name}", "Narrow {name}"]


def test_hidden_text_at_the_start_is_the_preview_text() -> None:
    page = page_of(
        (Text('<div style="display:none">Code '), hole("code"), Text("</div><p>Hello</p>"))
    )
    assert [as_pattern(one) for one in page.preheaders] == ["Code {code}"]
    assert as_pattern(page.text) == "Hello"
    assert not page.doubts


def test_hidden_text_elsewhere_is_a_doubt_with_its_line() -> None:
    page = page_of((Text('<p>Hello</p>\n<p style="display:none">Secret</p>', 4),))
    assert [(one.code, one.line) for one in page.doubts] == [("html.hidden", 5)]


def test_a_style_that_is_held_is_a_doubt_with_its_line() -> None:
    page = page_of((Text('<p>Hello</p>\n\n<p style="foo: 1">Bye</p>', 1),))
    assert [(one.code, one.line) for one in page.doubts] == [("html.css", 3)]


def test_markup_that_is_held_whole_is_a_doubt_and_shows_nothing() -> None:
    page = page_of((Text("<p>Hello</p>\n<p class=a class=b>x</p>", 1),))
    assert [(one.code, one.line) for one in page.doubts] == [("html.malformed", 2)]
    assert page.text == ()


def test_alternative_texts_and_titles_are_patterns() -> None:
    page = page_of(
        (
            Text('<p>By <img src="https://x.example/l.png" alt="Logo of '),
            hole("shop"),
            Text('"></p>'),
        )
    )
    assert [as_pattern(one) for one in page.alts] == ["Logo of {shop}"]


def test_links_have_their_kind_and_their_slots() -> None:
    page = page_of(
        (
            Text('<a href="https://app.example/verify/', 1),
            hole("token"),
            Text('?lang=en">Go</a><img src="https://x.example/p.png">'),
        )
    )
    assert [(as_pattern(one.tokens), one.kind) for one in page.links] == [
        ("https://app.example/verify/{token}?lang=en", LinkKind.ANCHOR),
        ("https://x.example/p.png", LinkKind.RESOURCE),
    ]


def test_every_way_of_filling_an_address_is_a_link() -> None:
    page = page_of(
        (
            Text('<a href="https://app.example/'),
            choice("new", (Text("new"),), (Text("old"),)),
            choice("mark", (Text("?m=1"),), ()),
            Text('">Go</a>'),
        )
    )
    assert {as_pattern(one.tokens) for one in page.links} == {
        "https://app.example/new",
        "https://app.example/old",
        "https://app.example/new?m=1",
        "https://app.example/old?m=1",
    }


def test_names_of_hosts_in_the_text_are_links() -> None:
    page = page_of((Text("<p>See www.shop.example</p>"),))
    assert [(as_pattern(one.tokens), one.kind) for one in page.links] == [
        ("www.shop.example", LinkKind.BARE)
    ]


def test_pictures_that_come_with_the_message_are_counted() -> None:
    logo = Text('<img src="cid:logo">')
    page = page_of((logo, choice("new", (Text('<img src="cid:new">'),), ()), Text("<p>x</p>")))
    assert page.pictures == (1, 2)
    assert [as_pattern(one) for one in page.content_ids] == ["logo", "new"]


def test_where_a_hole_stands_is_known() -> None:
    page = page_of(
        (
            Text("<p>"),
            hole("name"),
            Text('</p><a href="'),
            hole("url"),
            Text('" style="color:'),
            hole("tint"),
            Text('">x</a>'),
        )
    )
    assert {name: set(one.places) for name, one in page.holes.items()} == {
        "name": {"text"},
        "url": {"href"},
        "tint": {"style"},
    }


def test_an_optional_hole_may_be_left_out() -> None:
    assert texts(Text("<p>Dear "), hole("title", optional=True), Text(" reader</p>")) == [
        "Dear {#maybe}{title}{#end} reader"
    ]


def test_a_value_that_could_add_attributes_is_refused() -> None:
    with pytest.raises(DialectError, match=r"letter.html:7: .* inside of a tag"):
        page_of((Text("<p "), Hole("extra", "extra", 7), Text(">x</p>")), file="letter.html")


def test_a_value_without_quotes_is_a_doubt() -> None:
    page = page_of((Text("<a href="), Hole("url", "link.url", 3), Text(">x</a>")))
    assert [(one.code, one.detail, one.line) for one in page.doubts] == [
        ("", "link.url fills in href without quotes: write them", 3)
    ]


def test_a_value_in_a_style_is_a_doubt() -> None:
    page = page_of((Text('<p style="color:'), Hole("tint", "tint", 2), Text('">x</p>')))
    assert [(one.code, one.line) for one in page.doubts] == [("", 2)]


def test_a_loop_over_halves_of_elements_is_refused() -> None:
    with pytest.raises(DialectError, match=r"letter.html:3: each round"):
        page_of((Loop("rows", (Text("</tr><tr>"),), 3),), file="letter.html")


def test_a_loop_in_an_attribute_is_refused() -> None:
    with pytest.raises(DialectError, match="a loop inside of href"):
        page_of((Text('<a href="'), Loop("parts", (hole("part"),), 3), Text('">x</a>')))


def test_too_many_documents_are_refused() -> None:
    nodes = [
        choice(f"c{n}", (Text(f"<div><i>{n}</i>"),), (Text("<div>"),)) for n in range(8)
    ]  # fmt: skip
    with pytest.raises(DialectError, match=f"more than {MAX_DOCUMENTS} documents"):
        page_of((*nodes, Text("</div>" * 8)))


def test_links_of_a_plain_text_are_those_that_clients_make() -> None:
    nodes = (Text("Open https://app.example/", 2), hole("code"), Text(" now."))
    assert [(as_pattern(one.tokens), one.line) for one in links_of_text(nodes)] == [
        ("https://app.example/{code}", 2)
    ]
