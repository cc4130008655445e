"""Which wording the nodes of a template stand for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from filter.dialects.derive import text_tokens
from filter.dialects.nodes import Choice, DialectError, Hole, Loop, Node, Text
from filter.templates.pattern import MAX_DEPTH
from filter.templates.written import as_pattern


def written(*nodes: Node, keep_lines: bool = False) -> str:
    return as_pattern(text_tokens(nodes, keep_lines=keep_lines))


def choice(name: str, *branches: Sequence[Node]) -> Choice:
    return Choice(name, tuple(tuple(branch) for branch in branches), 1)


A, B = Text("A"), Text("B")


def test_text_is_literal_and_holes_are_slots() -> None:
    assert written(Text("Hi {you} "), Hole("name", "user.name")) == "Hi {{you}} {name}"


def test_branches_are_alternatives() -> None:
    assert written(choice("x", [A], [B])) == "{#either x}A{#or}B{#end}"


def test_loops_repeat_with_their_bounds() -> None:
    body = (Hole("item", "item"), Text(" "))
    assert written(Text("Items: "), Loop("items", body, 1, 1, 9), Text("end")) == (
        "Items: {#repeat items 1-9}{item} {#end}end"
    )


def test_an_optional_hole_may_be_nothing() -> None:
    assert written(A, Hole("x", "x", optional=True)) == "A{#maybe}{x}{#end}"


def test_equal_branches_are_one() -> None:
    assert written(choice("x", [A], [A]), B) == "AB"


def test_what_branches_begin_and_end_with_stands_outside() -> None:
    paid: list[Node] = [Text("Your order "), Hole("n", "n"), Text(" is paid. Bye.")]
    due: list[Node] = [Text("Your order "), Hole("n", "n"), Text(" is due. Bye.")]
    assert written(choice("x", paid, due)) == (
        "Your order {n} is {#either x}paid.{#or}due.{#end} Bye."
    )


def test_words_are_not_cut() -> None:
    assert written(choice("x", [Text("orders")], [Text("order")])) == (
        "{#either x}orders{#or}order{#end}"
    )


def test_choices_of_blanks_beside_blanks_are_dropped() -> None:
    assert written(Text("A\n"), choice("x", [Text("\n")], []), B) == "A B"


def test_a_blank_that_parts_words_in_one_branch_only_stays() -> None:
    assert written(A, choice("x", [Text(" ")], []), B) == "A{#maybe x} {#end}B"


def test_empty_structures_are_dropped() -> None:
    assert written(A, choice("x", [], []), Loop("y", ())) == "A"


def test_line_ends_can_be_kept_for_people() -> None:
    nodes = (Text("Hello,\n\n\nyour code: "), Hole("code", "code"), Text("\nBye\n"))
    assert written(*nodes) == "Hello, your code: {code} Bye"
    assert written(*nodes, keep_lines=True) == "Hello,\n\nyour code: {code}\nBye"


def test_structures_too_deep_are_refused_with_their_line() -> None:
    nodes: tuple[Node, ...] = (A,)
    for _ in range(MAX_DEPTH + 1):
        nodes = (Choice("x", (nodes, ()), 5),)
    with pytest.raises(DialectError, match=r"letter.txt:5: .*deep; make several"):
        text_tokens(nodes, file="letter.txt")


def test_more_values_than_a_text_may_hold_are_refused() -> None:
    with pytest.raises(DialectError, match="values in one text"):
        text_tokens([Hole(f"h{n}", "h", n) for n in range(2000)])
