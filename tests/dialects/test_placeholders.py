import pytest

from filter.dialects.all import guess, read
from filter.dialects.nodes import Choice, DialectError, Hole, Node, Source, Text
from tests.dialects.language import Folder, all_of


def nodes_of(dialect: str, text: str) -> tuple[Node, ...]:
    return read(dialect, Source("t.txt", text), Folder())


def shape(dialect: str, text: str) -> str:
    """Return the text with holes as <name> and their types as <name:type>."""
    return "".join(
        node.text if isinstance(node, Text) else f"<{node.name}{f':{node.hint}' * bool(node.hint)}>"
        for node in nodes_of(dialect, text)
        if isinstance(node, Text | Hole)
    )


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        ("twilio", "Hi {{1}}, order {{ order_no }}.", "Hi <value_1>, order <order_no>."),
        ("dlt", "Dear {#var#}, {#var#}.", "Dear <var_1>, <var_2>."),
        ("dlt", "Rs {#numeric#} of {#Url#}", "Rs <numeric_1:digits> of <url_2:url>"),
        ("dlt", "{#cbn#} {#email#}", "<cbn_1:phone> <email_2:email>"),
        ("dlt", "{#alphanumeric#} {#urlott#}", "<alphanumeric_1:words> <urlott_2:url>"),
        ("braces", "Hi {name}, {{not}} {x:.2f} {d:%d %B %Y}",
         "Hi <name>, {not} <x_2f:number> <d_d_b_y:date>"),
        ("braces", "<style>a{color:red}b{margin:0}c{}</style>{name}",
         "<style>a{color:red}b{margin:0}c{}</style><name>"),
        ("percent", "100% of %name% and %%city%%", "100% of <name> and <city>"),
        ("percent", "https://a.example/%C3%A9%20x", "https://a.example/%C3%A9%20x"),
        ("brackets", "Hi [[first name]] [x]", "Hi <first_name> [x]"),
        ("dollar", "Hi ${user.name}, $5", "Hi <user_name>, $5"),
        ("dashes", "Hi -name-, well-known-so - a - b", "Hi <name>, well-known-so - a - b"),
        ("mailchimp", "Hi *|FNAME|* *|EMAIL|*", "Hi <fname> <email:email>"),
    ],
)  # fmt: skip
def test_placeholders_become_holes_and_nothing_else_does(
    dialect: str, text: str, expected: str
) -> None:
    assert shape(dialect, text) == expected


def test_several_dlt_variables_without_anything_between_are_one_value() -> None:
    assert shape("dlt", "Visit {#var#}{#var#}{#var#} now") == "Visit <var_1> now"


def test_the_same_placeholder_is_the_same_hole() -> None:
    assert shape("twilio", "{{1}} {{2}} {{1}}") == "<value_1> <value_2> <value_1>"


def test_mailchimp_conditions_are_choices_named_after_them() -> None:
    nodes = nodes_of("mailchimp", "*|IF:VIP=1|*A*|ELSE:|*B*|END:IF|**|IF:VIP!=1|*C*|END:IF|*")

    first, second = (node for node in nodes if isinstance(node, Choice))
    assert first.name == second.name == "if_vip_is_1"
    assert first.branches == ((Text("A", 1),), (Text("B", 1),))
    assert second.branches == ((), (Text("C", 1),))


def test_ifnot_is_if_with_the_branches_exchanged() -> None:
    (choice,) = nodes_of("mailchimp", "*|IFNOT:FNAME|*you*|ELSE:|**|FNAME|**|END:IF|*")

    assert isinstance(choice, Choice)
    assert choice.name == "if_fname"
    assert choice.branches[1] == (Text("you", 1),)


@pytest.mark.parametrize(
    ("dialect", "text", "line", "says"),
    [
        ("twilio", "a\n{{first name}}", 2, "no placeholder"),
        ("dlt", "a\n\n{#foo#}", 3, "no tag of DLT"),
        ("dlt", "{#var }", 1, "no placeholder"),
        ("braces", "{n, plural, one {x} other {y}}", 1, "plural"),
        ("braces", "{{x}} { y", 1, "single and doubled"),
        ("dollar", "${a + b}", 1, "no placeholder"),
        ("mailchimp", "\n*|IF:X|*a", 2, "without its end"),
        ("mailchimp", "a *|END:IF|*", 1, "nothing that it belongs to"),
        ("mailchimp", "*|FEEDBLOCK:https://x.example/|*", 1, "not known"),
    ],
)
def test_what_is_no_placeholder_is_an_error_with_its_line(
    dialect: str, text: str, line: int, says: str
) -> None:
    with pytest.raises(DialectError, match=says) as caught:
        nodes_of(dialect, text)

    assert caught.value.line == line
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("Your code is {{1}}.", "twilio"),
        ("Dear {#var#}", "dlt"),
        ("Pay {#numeric#}", "dlt"),
        ("Hi *|FNAME|*", "mailchimp"),
        ("Hi [[name]]", "brackets"),
        ("Hi ${name}", "dollar"),
        ("Hi {name}", "braces"),
        ("Hi %name%", "percent"),
    ],
)
def test_placeholders_are_guessed_where_nothing_else_is_meant(text: str, dialect: str) -> None:
    assert guess(Source("t.txt", text)) == dialect


def test_lines_of_holes_are_those_of_the_file() -> None:
    nodes = nodes_of("twilio", "a\nb {{1}}\n{{2}}")

    assert [node.line for node in all_of(nodes) if isinstance(node, Hole)] == [2, 3]
