"""HTML sources to patterns over canonical mark-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape as escape_html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.dialects.markup import markup_tokens
from filter.dialects.nodes import Choice, DialectError, Hole, Loop, Node, Text
from filter.reading.canonical import canonical_markup, escape
from filter.reading.text import normalise
from filter.templates.pattern import Either, Literal, Repeat, SlotUse, Token
from filter.templates.written import as_pattern

NAME = Hole("name", "user.name", 3)
URL = Hole("url", "url", 4)


def pattern(*nodes: Node) -> str:
    return as_pattern(markup_tokens(nodes, file="mail.html"))


def test_tags_keep_their_structure_and_holes_become_slots() -> None:
    said = pattern(
        Text('<TABLE align=center>\n <td style="color: red">Hello '), NAME, Text("</td></TABLE>")
    )

    assert said == '<table align="center"> <td style="color: red">Hello {name}</td></table>'


def test_a_hole_may_be_part_of_a_value() -> None:
    assert (
        pattern(Text('<a href="https://a.example/?id='), URL, Text('&amp;x=1">'))
        == '<a href="https://a.example/?id={url}&amp;x=1">'
    )


def test_a_value_without_quotes_gets_them() -> None:
    assert pattern(Text("<td width="), NAME, Text(">")) == '<td width="{name}">'


def test_braces_of_style_sheets_are_literal() -> None:
    assert pattern(Text("<style>a { color: red }</style>")) == "<style>a {{ color: red }}</style>"


def test_a_branch_may_hold_whole_tags() -> None:
    branches = (Text('<td class="a">'),), (Text('<td class="b">'),)

    assert (
        pattern(Choice("vip", branches), Text("x</td>"))
        == '{#either vip}<td class="a">{#or}<td class="b">{#end}x</td>'
    )


def test_a_branch_may_hold_whole_attributes() -> None:
    branches = ((Text('class="a"'),), ())

    assert (
        pattern(Text("<td "), Choice("vip", branches), Text(" id=b>"))
        == '<td{#maybe vip} class="a"{#end} id="b">'
    )


def test_a_branch_may_be_part_of_a_value() -> None:
    branches = (Text("a"),), (Text("b"), NAME)

    assert (
        pattern(Text('<td class="x '), Choice("vip", branches), Text('">'))
        == '<td class="x {#either vip}a{#or}b{name}{#end}">'
    )


def test_a_loop_repeats_whole_tags() -> None:
    assert (
        pattern(Text("<ul>"), Loop("each_x", (Text("<li>"), NAME, Text("</li>"))), Text("</ul>"))
        == "<ul>{#repeat each_x 0-50}<li>{name}</li>{#end}</ul>"
    )


def test_an_optional_hole_may_be_left_out() -> None:
    assert pattern(Text("<p>"), Hole("x", "x", optional=True)) == "<p>{#maybe}{x}{#end}"


def test_holes_in_mark_up_for_outlook_are_slots() -> None:
    said = pattern(Text('<!--[if mso]><v:rect href="'), URL, Text('"/><![endif]-->x'))

    assert said == '<!--[if mso]><v:rect href="{url}"/><![endif]-->x'


def test_holes_in_remarks_go_with_them() -> None:
    assert pattern(Text("a<!-- "), NAME, Text(" -->b")) == "ab"


def test_a_branch_around_a_style_sheet_and_one_inside_are_kept() -> None:
    inside = Choice("dark", ((Text("a{color:red}"),), (Text("a{color:blue}"),)))

    assert (
        pattern(Text("<style>"), inside, Text("</style>"))
        == "<style>{#either dark}a{{color:red}}{#or}a{{color:blue}}{#end}</style>"
    )


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ((Text("<td "), NAME, Text(">")), "mail.html:3: `user.name` stands inside of the tag <td>"),
        ((Text("<h"), NAME, Text(">")), "stands inside of the tag <h>"),
        ((Text("<td data-"), NAME, Text("='x'>")), "<td> is not a plain tag, from `='x'>` on"),
        ((Text("<style>a{color:"), NAME, Text("}</style>")), "stands in a style sheet"),
        ((Text("<script>"), NAME, Text("</script>")), "stands in a script"),
        ((Text("<!--[if mso]><a b="), NAME, Text("<![endif]-->")), "in a comment for Outlook"),
        ((Text("<!--[if "), NAME, Text("]>x<![endif]-->")), "in a comment's borders"),
        ((Text('<!doctype html public "'), NAME, Text('">')), "in the document type"),
        ((Text("</"), NAME, Text(">")), "an end tag that is not plain"),
        ((Text("<"), NAME, Text(">")), "a < that begins no tag"),
        ((Text("a\n\n<b", 7),), "mail.html:9: <b> is not a plain tag; "),
        ((Text("<a\u0000b>"),), "is not a plain tag"),
        ((Text("x\U00100000"),), "a private character"),
        (
            (Text("<td "), Choice("x", ((Text("a=b>"),), (Text(">"),)), 5)),
            "mail.html:5: a condition that begins in the tag <td> and goes on elsewhere",
        ),
        (
            (Choice("x", ((Text("<!--[if mso]>"),), ()), 5), Text("x<![endif]-->")),
            "mail.html:5: a condition that begins in text and goes on elsewhere",
        ),
        (
            (
                Text("<style>a{"),
                Choice("x", ((Text("}</style><style>"),), ()), 5),
                Text("</style>"),
            ),
            "mail.html:5: a condition that begins in <style> and goes on elsewhere",
        ),
        (
            (Text("<td "), Loop("x", (Text('a="b"'),), 5), Text(">")),
            "mail.html:5: a loop stands inside of the tag <td>",
        ),
    ],
)
def test_what_is_no_text_and_no_value_is_an_error_that_says_where(
    nodes: tuple[Node, ...], said: str
) -> None:
    with pytest.raises(DialectError, match="; ") as caught:
        markup_tokens(nodes, file="mail.html")

    assert said in str(caught.value)


# --- what the pattern says is the canonical form of what the engine renders


def render(nodes: Sequence[Node], known: Mapping[str, str | int], rounds: str = "") -> str:
    """Return what an engine that escapes its values writes."""
    out = ""
    for node in nodes:
        match node:
            case Text(text):
                out += text
            case Hole(name):
                out += escape_html(str(known[name]))
            case Choice(name, branches):
                out += render(branches[int(known[name]) % len(branches)], known)
            case Loop(name, body):
                out += "".join(render(body, known) for _ in range(int(known[name])))
    return out


def say(tokens: Sequence[Token], known: Mapping[str, str | int]) -> str:
    """Return the canonical mark-up that a pattern says."""
    out = ""
    for token in tokens:
        match token:
            case Literal(text):
                out += text
            case SlotUse(name):
                out += escape(normalise(str(known[name])))
            case Either(name, options):
                out += say(options[int(known[name]) % len(options)], known)
            case Repeat(name, _, _, body):
                out += "".join(say(body, known) for _ in range(int(known[name])))
    return out


_VALUES = st.sampled_from(
    [
        "Aminah",
        "O'Brien & Sons",
        "a <b>x</b>",
        'x" onclick="y',
        "50 > 3",
        "é\u0301",
        "&amp;",
        "漢字",
    ]
)
_HOLES = st.sampled_from([Hole("a", "a"), Hole("b", "b"), Hole("c", "c")])
_PLAIN = st.builds(Text, st.sampled_from(["Hello", " x ", "\n", "&nbsp;", "&lt;i&gt;", ", ", "é"]))
_INLINE = st.recursive(
    st.lists(st.one_of(_PLAIN, _HOLES), max_size=3).map(tuple),
    lambda inner: st.tuples(
        st.one_of(
            st.builds(Choice, st.sampled_from(["p", "q"]), st.tuples(inner, inner)),
            st.builds(Loop, st.just("r"), inner),
        ),
        _PLAIN,
    ),
    max_leaves=4,
)


@st.composite
def _tag(draw: st.DrawFn) -> tuple[Node, ...]:
    name = draw(st.sampled_from(["td", "A", "p", "br"]))
    nodes: list[Node] = [Text(f"<{name}")]
    for attribute in draw(st.sets(st.sampled_from(["class", "href", "ALT"]), max_size=2)):
        whole: tuple[Node, ...] = (
            Text(f' {attribute} = "'), *draw(_INLINE), Text('"')
        )  # fmt: skip
        nodes += [Choice("p", (whole, ()))] if draw(st.booleans()) else whole
    return (*nodes, Text(draw(st.sampled_from([">", " >", "\n>"]))))


_WHOLE = st.one_of(
    _INLINE,
    _tag(),
    st.just((Text("</TD >"),)),
    st.just((Text("<!-- x -->"),)),
    st.just((Text('<!--[if mso]><v:x href="'), Hole("a", "a"), Text('"/><![endif]-->'))),
)
_SOURCES = st.recursive(
    st.lists(_WHOLE, max_size=4).map(lambda parts: tuple(n for part in parts for n in part)),
    lambda inner: st.one_of(
        st.builds(lambda x, y: (Choice("q", (x, y)),), inner, inner),
        st.builds(lambda x, y: (Loop("s", x), *y), inner, inner),
    ),
    max_leaves=5,
)
_KNOWN = st.fixed_dictionaries(
    {
        **dict.fromkeys("abc", _VALUES),
        "p": st.integers(0, 1),
        "q": st.integers(0, 1),
        "r": st.integers(0, 3),
        "s": st.integers(0, 2),
    }
)


@given(_SOURCES, _KNOWN)
def test_what_is_rendered_is_what_the_pattern_says(
    source: tuple[Node, ...], known: dict[str, str | int]
) -> None:
    said = say(markup_tokens(source), known)

    assert normalise(canonical_markup(render(source, known))) == normalise(said)
