"""YAML 1.2, no surprises, and the place of everything."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from filter.problems import Place
from filter.strictyaml import MAX_BYTES, Document, SourcedFloat, SourcedInt, read_yaml


def read(text: str) -> Document:
    document, problems = read_yaml(text.encode(), "rules.yaml")
    assert problems == []
    return document


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("y", "y"), ("n", "n"),
        ("true", True), ("True", True), ("TRUE", True), ("tRUE", "tRUE"), ("false", False),
        ("null", None), ("~", None), ("", None), ("nULL", "nULL"),
        ("12", 12), ("-12", -12), ("+12", 12), ("0", 0), ("0x1F", 31), ("0o17", 15),
        ("010", "010"), ("0123", "0123"), ("00", "00"), ("1_000", "1_000"), ("0b11", "0b11"),
        ("12:30", "12:30"), ("1:2:3", "1:2:3"), ("190:20:30.15", "190:20:30.15"),
        ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("1.5E-3", 0.0015),
        ("01.5", "01.5"), (".", "."), ("-", "-x"), (".inf", ".inf"), (".nan", ".nan"), ("+", "+"),
        ("2021-06-14", "2021-06-14"), ("2021-06-14 09:30:00", "2021-06-14 09:30:00"),
        ("=", "="), ("'no'", "no"), ('"12"', "12"), ("!!str 12", "12"), ('"\\u00e9"', "é"),
    ],
)  # fmt: skip
def test_a_scalar_means_what_yaml_1_2_says_and_never_loses_a_character(
    written: str, meant: object
) -> None:
    if written == "-":  # a lone hyphen begins a list
        written, meant = "-x", "-x"
    value = read(f"key: {written}\n").value
    assert isinstance(value, dict)

    assert value["key"] == meant
    assert type(value["key"]) in (type(meant), SourcedInt, SourcedFloat)


def test_a_number_remembers_how_it_was_written() -> None:
    value = read("a: 0x1F\nb: 1.50\n").value

    assert isinstance(value, dict)
    assert isinstance(value["a"], SourcedInt)
    assert value["a"].source == "0x1F"
    assert isinstance(value["b"], SourcedFloat)
    assert value["b"].source == "1.50"


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "---\n...\n", "~\n", "\ufeff"])
def test_an_empty_file_is_no_problem(text: str) -> None:
    assert read(text).value is None


def test_a_document_may_say_where_it_begins_and_that_it_is_yaml_1_2() -> None:
    assert read("%YAML 1.2\n---\na: b\n").value == {"a": "b"}


def test_every_key_and_value_has_its_place() -> None:
    document = read("a:\n  - x\n  - {b: yy}\n")

    assert document.place_of(("a", 0)) == Place(2, 5, 2, 6)
    assert document.place_of(("a", 1, "b")) == Place(3, 9, 3, 11)
    assert document.place_of_key(("a", 1, "b")) == Place(3, 6, 3, 7)
    assert document.place_of(("a", 1, "b", "gone")) == Place(3, 9, 3, 11)
    assert document.place_of(("gone",)).line == 1


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('t: "one {x} two {x}"\n', 1, 17),
        ("t: |\n  one {x}\n\n  two {x}\n", 4, 7),
        ("t: >\n  one {x}\n  two {x}\n", 3, 7),
        ("t: one {x}\n  two {x}\n", 2, 7),
        ('t: "one {x}\n  two {x}"\n', 2, 7),
        ("{t: 'one {x} two {x}'}\n", 1, 18),
    ],
)
def test_characters_inside_a_text_have_a_place_in_every_style(
    text: str, line: int, column: int
) -> None:
    document = read(text)
    value = document.value
    assert isinstance(value, dict)
    offset = str(value["t"]).rindex("{x}")

    assert document.place_within(("t",), offset, 3) == Place(line, column, line, column + 3)


def test_what_cannot_be_found_has_the_place_of_the_whole_text() -> None:
    document = read('t: "\\u007bx} is an escaped brace"\n')

    assert document.place_within(("t",), 0, 3) == document.place_of(("t",))


def test_windows_and_mac_line_ends_count_as_lines() -> None:
    assert read("a: 1\r\nb: 2\rc: 3\n").place_of(("c",)).line == 3


def test_a_huge_file_is_refused_unread() -> None:
    _, problems = read_yaml(b"a" * (MAX_BYTES + 1), "rules.yaml")

    assert [p.code for p in problems] == ["E001"]


def test_a_deep_file_is_refused_without_overflowing_any_stack() -> None:
    for opening in ("[", "{a: ", "- "):
        _, problems = read_yaml(opening.encode() * 100_000, "rules.yaml")
        assert problems[0].code in ("E008", "E002")


def test_problems_before_a_syntax_error_are_reported_with_it() -> None:
    _, problems = read_yaml(b"a: 1\na: 2\nb: *x\nc: [\n", "rules.yaml")

    assert [p.code for p in problems] == ["E004", "E005", "E002"]


def test_a_tab_inside_a_block_text_is_part_of_the_text() -> None:
    assert read("a: |\n  x\n  \ty\n").value == {"a": "x\n\ty\n"}


def test_text_that_is_shown_in_another_order_is_warned_about() -> None:
    document, problems = read_yaml("a: x\u202ey\n".encode(), "rules.yaml")

    assert [(p.code, p.is_error) for p in problems] == [("W101", False)]
    assert document.value == {"a": "x\u202ey"}


def test_the_caret_stands_below_what_it_means_even_after_wide_characters() -> None:
    document, _ = read_yaml("健康: x\n".encode(), "rules.yaml")
    shown = document.report("E013", "wrong", ("健康",)).render().splitlines()

    assert shown[1] == "    1 | 健康: x"
    assert shown[2] == "      |       ^"  # two columns for each of the two characters


def test_a_long_line_is_shown_around_its_caret() -> None:
    text = "a: [" + "x, " * 100 + "end]\n"
    document, _ = read_yaml(text.encode(), "rules.yaml")
    shown = document.report("E013", "wrong", ("a", 100)).render().splitlines()

    assert len(shown[1]) < 120
    assert shown[1][shown[2].index("^") :].startswith("end")


YAMLISH = st.text(
    st.sampled_from("ab:-[]{}#&*!|>'\"%@`,? \n\t0.~<=\\é\ud83d\ude00\u2028\x00"), max_size=60
)


@given(YAMLISH | st.text(max_size=60))
@example("a: &x [*x]")
@example("? ? ? ? x")
@example("!!binary =\n")
@example("%TAG ! tag:x,2000:\n---\n!y z\n")
def test_no_text_makes_the_reader_raise_and_every_problem_renders(text: str) -> None:
    document, problems = read_yaml(text.encode(errors="surrogatepass"), "rules.yaml")

    for problem in problems:
        assert problem.render().startswith("rules.yaml")
    if not any(p.is_error for p in problems):
        assert document.value is None or document.root is not None


@given(st.binary(max_size=60))
def test_no_bytes_make_the_reader_raise(content: bytes) -> None:
    _, problems = read_yaml(content, "rules.yaml")

    for problem in problems:
        assert problem.render()


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_itself_or_as_its_own_text(number: float) -> None:
    value = read(f"[{number!r}]\n").value
    assert isinstance(value, list)

    assert value[0] == repr(number) or math.isclose(float(str(value[0])), number)
