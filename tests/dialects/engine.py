"""Random HTML templates, and an engine that renders them: the reference for what pages say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from hypothesis import strategies as st

from filter.dialects.nodes import Choice, Hole, Loop, Node, Text

WORDS = ("Hello", "your order", "is paid", "thank you", "Dear customer,", "Bye.", "Caf\u00e9")
BLANKS = ("", " ", "\n", "  \n ")
NAMES = ("name", "code", "day")
CONDITIONS = ("paid", "member", "late")
ELEMENTS = ("p", "div", "b", "span", "em", "td", "ul", "h1", "a", "small")
STYLES = (
    "",
    "",
    "",
    ' style="color:#333"',
    ' style="display:none"',
    ' style="font-size:0"',
    ' style="display:inline-block"',
    ' class="wide"',
    ' class="quiet"',
    ' align="left"',
)


@dataclass(frozen=True)
class Ways:
    """How one rendering goes: branches of conditions, rounds of loops, values, one after another.

    Conditions and values in a loop (``each_…``, ``item_…``) are others in each round.
    """

    branches: Mapping[str, tuple[int, ...]]
    rounds: Mapping[str, int]
    values: Mapping[str, tuple[str, ...]]


def render(nodes: Sequence[Node], ways: Ways) -> str:
    """Return what an engine writes that escapes values."""
    return "".join(_render(nodes, ways, ()))


def _render(nodes: Sequence[Node], ways: Ways, rounds: tuple[int, ...]) -> Iterator[str]:
    turn = sum(rounds)
    for node in nodes:
        match node:
            case Text(text):
                yield text
            case Hole(name):
                values = ways.values[name.removeprefix("item_")]
                yield escape(values[turn % len(values)])
            case Choice(name, branches):
                taken = ways.branches[name.removeprefix("each_")]
                yield from _render(branches[taken[turn % len(taken)]], ways, rounds)
            case Loop(name, body):
                for number in range(ways.rounds[name]):
                    yield from _render(body, ways, (*rounds, number + 1))


def of_a_round(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Return the nodes with the names that a loop's own values and conditions have."""
    return tuple(map(_of_a_round, nodes))


def _of_a_round(node: Node) -> Node:
    match node:
        case Hole(name):
            return replace(node, name=f"item_{name.removeprefix('item_')}")
        case Choice(name, branches):
            branches = tuple(map(of_a_round, branches))
            return replace(node, name=f"each_{name.removeprefix('each_')}", branches=branches)
        case Loop(_, body):
            return replace(node, name="parts", body=of_a_round(body))
        case _:
            return node


def fenced(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Return the nodes with brackets around each hole: where a value ends is beyond doubt."""
    return tuple(part for node in nodes for part in _fenced(node))


def _fenced(node: Node) -> Iterator[Node]:
    match node:
        case Hole():
            yield from (Text("[", 1), node, Text("]", 1))
        case Choice(_, branches):
            yield replace(node, branches=tuple(map(fenced, branches)))
        case Loop(_, body):
            yield replace(node, body=fenced(body))
        case _:
            yield node


def join(*several: Sequence[Node]) -> tuple[Node, ...]:
    """Return lists of nodes as one."""
    return tuple(node for nodes in several for node in nodes)


def _text(text: str) -> tuple[Node, ...]:
    return (Text(text, 1),)


def _hole(name: str) -> tuple[Node, ...]:
    return (Hole(name, name, 1),)


def _element(tag: str, style: str, inside: Sequence[Node]) -> tuple[Node, ...]:
    if tag == "td":
        return join(
            _text(f"<table><tr><td{style}>"), inside, _text("</td><td>more</td></tr></table>")
        )
    if tag == "ul":
        return join(_text(f"<ul><li{style}>"), inside, _text("</li></ul>"))
    if tag == "a":
        return join(_text("<a href='https://x.example/go'>"), inside, _text("</a>"))
    return join(_text(f"<{tag}{style}>"), inside, _text(f"</{tag}>"))


def _choice(name: str, branches: Sequence[Sequence[Node]]) -> tuple[Node, ...]:
    return (Choice(name, tuple(tuple(branch) for branch in branches), 1),)


def _in_attribute(name: str, styles: tuple[str, str], inside: Sequence[Node]) -> tuple[Node, ...]:
    one, other = styles
    start = _text("<div")
    return join(
        start, _choice(name, (_text(one), _text(other))), _text(">"), inside, _text("</div>")
    )


def _around(name: str, tag: str, inside: Sequence[Node]) -> tuple[Node, ...]:
    return join(
        _choice(name, (_text(f"<{tag}>"), ())), inside, _choice(name, (_text(f"</{tag}>"), ()))
    )


def _address(condition: str, hole: str) -> tuple[Node, ...]:
    return join(
        _text('<a href="https://x.example/'),
        _choice(condition, (_hole(hole), _text("none"))),
        _text('"><img src="cid:logo" alt="Logo '),
        _hole(hole),
        _text('"></a>'),
    )


def _loop(body: Sequence[Node]) -> tuple[Node, ...]:
    return (Loop("items", of_a_round(body), 1, 0, 5),)


def _rows(body: Sequence[Node]) -> tuple[Node, ...]:
    return join(
        _text("<table>"),
        _loop(join(_text("<tr><td>"), body, _text("</td></tr>"))),
        _text("</table>"),
    )


def _for_outlook(inside: str) -> tuple[Node, ...]:
    return _text(f"<!--[if mso]><b>{inside}</b><![endif]-->")


_texts = st.builds(
    lambda before, word, after: _text(before + word + after),
    st.sampled_from(BLANKS),
    st.sampled_from(WORDS),
    st.sampled_from(BLANKS),
)
_leaves = st.one_of(
    _texts,
    st.sampled_from(BLANKS[1:]).map(_text),
    st.sampled_from(NAMES).map(_hole),
    st.sampled_from(("<br>", "&nbsp;", "<!-- note -->", "&zwnj;&nbsp;")).map(_text),
    st.builds(_address, st.sampled_from(CONDITIONS), st.sampled_from(NAMES)),
    st.sampled_from(WORDS).map(_for_outlook),
)


def _grow(inner: st.SearchStrategy[tuple[Node, ...]]) -> st.SearchStrategy[tuple[Node, ...]]:
    several = st.lists(inner, max_size=3).map(lambda parts: join(*parts))
    conditions = st.sampled_from(CONDITIONS)
    styles = st.sampled_from(STYLES)
    return st.one_of(
        st.builds(_element, st.sampled_from(ELEMENTS), styles, several),
        st.builds(_choice, conditions, st.lists(several, min_size=2, max_size=2)),
        st.builds(_in_attribute, conditions, st.tuples(styles, styles), several),
        st.builds(_around, conditions, st.sampled_from(("b", "div", "span")), several),
        several.map(_loop),
        several.map(_rows),
    )


def _grow_text(inner: st.SearchStrategy[tuple[Node, ...]]) -> st.SearchStrategy[tuple[Node, ...]]:
    several = st.lists(inner, max_size=3).map(lambda parts: join(*parts))
    branches = st.lists(several, min_size=2, max_size=2)
    return st.one_of(st.builds(_choice, st.sampled_from(CONDITIONS), branches), several.map(_loop))


plain_texts = st.lists(
    st.recursive(
        st.one_of(
            _texts, st.sampled_from(BLANKS[1:]).map(_text), st.sampled_from(NAMES).map(_hole)
        ),
        _grow_text,
        max_leaves=10,
    ),
    max_size=5,
).map(lambda parts: join(*parts))
bodies = st.lists(st.recursive(_leaves, _grow, max_leaves=8), max_size=5).map(
    lambda parts: join(*parts)
)

_SHEETS = (
    "",
    "<style>.wide{display:block}</style>",
    "<style>@media (max-width:480px){.wide{display:none}}.quiet{display:none}</style>",
)


def _document(sheet: str, body: Sequence[Node]) -> tuple[Node, ...]:
    start = f"<!DOCTYPE html><html><head>{sheet}</head><body>"
    return join(_text(start), body, _text("</body></html>"))


templates = st.one_of(bodies, st.builds(_document, st.sampled_from(_SHEETS), bodies))
