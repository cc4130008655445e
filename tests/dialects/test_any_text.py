"""Whatever stands in a file, a reader returns nodes or says what is wrong with it."""

# ruff: noqa: E501 - lists of pieces

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.dialects.all import DIALECTS, guess, read
from filter.dialects.nodes import DialectError, Hole, Node, Source
from filter.templates.pattern import parse_pattern
from tests.dialects.language import Folder, all_of

PIECES = [
    *[
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "{",
        "}",
        "*|",
        "|*",
        "[[",
        "]]",
        "${",
        "%",
        "-",
        "<",
        ">",
        "a",
        "|upper",
        "'",
        '"',
        "(",
        ")",
        "[0]",
        ",",
        ".",
        ":",
        "==",
        "1",
        "~",
        "é",
    ],
    "\n",
    "\u2028",
    "\x00",
    "text",
]
TAGS = [
    "if a", "if not a and b.c == 'x' or d", "elif b", "elsif b", "else", "endif", "unless a",
    "endunless", "for x in y", "for x in x", "for k, v in y.items()", "empty", "endfor", "set a = b",
    "set a = a ~ a", "set a", "endset", "assign a = b | append: a", "capture a", "endcapture",
    "with a=b", "endwith", "block a", "endblock", "extends 'a'", "include 'a'", "render 'a', b: c",
    "macro a(b)", "endmacro", "call a(1)", "endcall", "trans", "endtrans", "trans 'a' as b",
    "blocktrans count n=a", "plural", "pluralize", "endblocktrans", "case a", "when 'x', b",
    "endcase", "cycle 'a' b", "firstof a b", "filter upper", "endfilter", "regroup a by b as c",
    "spaceless", "endspaceless", "ifchanged", "endifchanged", "raw", "endraw", "verbatim",
    "endverbatim", "comment", "endcomment", "import 'a' as m", "from 'a' import a", "break", "foo",
]  # fmt: skip
VALUES = [
    "a", "b.c", "a[0]", "a|upper", "a|default:'x'", "a|default('x')", "a | default: b", "a()", "'x'",
    "loop.last", "loop.index", "forloop.last", "block.super", "super()", "self.a()", "caller()",
    "a if b else c", "a or b", "'%s' % a", "'{}'.format(a)", "_('x')", "ngettext('a', 'b', n)",
    "a|join(', ')", "a|join:', '", "m.a(1)", "1 + 2", "[1, a]|length", "a|date:'d M'", "not a", "1",
]  # fmt: skip
pieces = st.one_of(
    st.sampled_from(PIECES),
    st.sampled_from(TAGS).map(lambda tag: f"{{% {tag} %}}"),
    st.sampled_from(VALUES).map(lambda value: f"{{{{ {value} }}}}"),
    st.sampled_from(["*|IF:A|*", "*|ELSE:|*", "*|END:IF|*", "*|A|*", "{#var#}", "{1}", "%a%"]),
)
texts = st.lists(pieces, max_size=12).map("".join)
OURS = ["jinja", "jinja-trim", "django", "liquid", "twilio", "dlt", "mailchimp", "braces",
        "percent", "brackets", "dollar", "dashes"]  # fmt: skip


@pytest.mark.parametrize("dialect", OURS)
@settings(max_examples=100, deadline=None)
@given(text=texts, other=texts)
def test_any_text_gives_nodes_or_an_error_that_names_file_and_line(
    dialect: str, text: str, other: str
) -> None:
    error: DialectError | None = None
    nodes: tuple[Node, ...] = ()
    try:
        nodes = read(dialect, Source("t", text), Folder({"a": other}))
    except DialectError as exc:
        error = exc

    assert error is None or (error.file in {"t", "a"} and error.line >= 1 and error.remedy)
    for node in all_of(nodes):
        assert not isinstance(node, Hole) or parse_pattern(f"{{{node.name}}}")


@settings(max_examples=100, deadline=None)
@given(text=texts)
def test_any_text_is_guessed_without_trouble(text: str) -> None:
    assert guess(Source("t", text)) in {None, *DIALECTS}


@settings(max_examples=50, deadline=None)
@given(text=texts)
def test_the_same_text_is_read_to_the_same_nodes(text: str) -> None:
    with contextlib.suppress(DialectError):
        first = read("jinja", Source("t", text), Folder())
        assert read("jinja", Source("t", text), Folder()) == first
