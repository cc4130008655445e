import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.dialects.names import MAX_NAME, Names, as_name
from filter.templates.pattern import parse_pattern


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("user.first_name", "user_first_name"),
        ("user.firstName", "user_first_name"),
        (".User.HTMLBody", "user_html_body"),
        ('date|date:"d M"', "date_date_d_m"),
        ("1", "value_1"),
        ("Überweisung", "uberweisung"),
        ("名前", "value"),
        ("", "value"),
    ],
)
def test_a_name_is_made_of_the_words_of_the_expression(expression: str, name: str) -> None:
    assert as_name(expression) == name


def test_two_expressions_never_share_a_name() -> None:
    names = Names()

    assert [names.slot(one) for one in ("a.b", "a_b", "a|b", "a.b")] == [
        "a_b",
        "a_b_2",
        "a_b_3",
        "a_b",
    ]


def test_white_space_in_an_expression_makes_no_other_expression() -> None:
    names = Names()

    assert names.slot("a  | b") == names.slot("a | b")


def test_slots_choices_and_loops_never_share_a_name() -> None:
    names = Names()

    given_out = [names.slot("if items"), names.choice("items"), names.loop("items")]
    assert given_out == ["if_items", "if_items_2", "each_items"]


def test_a_condition_keeps_its_comparison_in_the_name() -> None:
    names = Names()

    assert names.choice("order.total > 100") == "if_order_total_above_100"
    assert names.choice('status == "paid"') == "if_status_is_paid"


def test_a_label_is_what_the_name_is_made_of_and_the_key_what_it_stands_for() -> None:
    names = Names()

    assert names.slot("order.items[].name", "item.name") == "item_name"
    assert names.slot("gifts[].name", "item.name") == "item_name_2"
    assert names.slot("order.items[].name", "entry.name") == "item_name"


@given(st.lists(st.text(max_size=80), max_size=20))
def test_every_name_is_one_that_a_pattern_takes(expressions: list[str]) -> None:
    names = Names()

    given_out = [names.slot(one) for one in expressions]

    assert len(set(given_out)) == len({" ".join(one.split()) for one in expressions})
    for name in given_out:
        assert len(name) <= MAX_NAME + 6
        assert parse_pattern(f"{{{name}}}")
