"""What the constructs of Jinja2, Django and Liquid become, side by side."""

import pytest

from filter.dialects.all import read
from filter.dialects.names import Names
from filter.dialects.nodes import Choice, DialectError, Hole, Loop, Node, Source, Text
from filter.ruleset import SlotType
from tests.dialects.language import Folder, all_of

ENGINES = ["jinja", "django", "liquid"]


def nodes_of(
    dialect: str, text: str, files: dict[str, str] | None = None, language: str = ""
) -> tuple[Node, ...]:
    return read(dialect, Source("mail.txt", text), Folder(files), language=language)


def holes(nodes: tuple[Node, ...]) -> list[Hole]:
    return [node for node in all_of(nodes) if isinstance(node, Hole)]


def choices(nodes: tuple[Node, ...]) -> list[str]:
    return [node.name for node in all_of(nodes) if isinstance(node, Choice)]


@pytest.mark.parametrize("dialect", ENGINES)
def test_a_value_is_a_hole_named_after_its_path(dialect: str) -> None:
    (hole,) = nodes_of(dialect, "{{ user.first_name }}")

    assert hole == Hole("user_first_name", "user.first_name", 1)


@pytest.mark.parametrize("dialect", ENGINES)
def test_an_if_without_else_is_a_choice_with_an_empty_branch(dialect: str) -> None:
    assert nodes_of(dialect, "{% if vip %}V{% endif %}") == (
        Choice("if_vip", ((Text("V", 1),), ()), 1),
    )


@pytest.mark.parametrize("dialect", ["jinja", "django"])
def test_a_negated_condition_is_the_plain_one_with_the_branches_exchanged(dialect: str) -> None:
    plain, negated = (
        "{% if vip %}A{% else %}B{% endif %}",
        "{% if not vip %}B{% else %}A{% endif %}",
    )

    assert nodes_of(dialect, plain) == nodes_of(dialect, negated)


def test_unless_is_if_with_the_branches_exchanged() -> None:
    plain = "{% if vip %}A{% else %}B{% endif %}"

    assert nodes_of("liquid", "{% unless vip %}B{% else %}A{% endunless %}") == nodes_of(
        "liquid", plain
    )


@pytest.mark.parametrize("dialect", ["jinja", "django"])
def test_unequal_is_equal_with_the_branches_exchanged(dialect: str) -> None:
    nodes = nodes_of(dialect, '{% if a != "x" %}1{% endif %}{% if a == "x" %}2{% endif %}')

    assert choices(nodes) == ["if_a_is_x", "if_a_is_x"]


@pytest.mark.parametrize("dialect", ["jinja", "django"])
def test_a_chain_of_two_nests_and_a_longer_one_is_one_choice(dialect: str) -> None:
    short = nodes_of(dialect, "{% if a %}1{% elif b %}2{% else %}3{% endif %}")
    long = nodes_of(dialect, "{% if a %}1{% elif b %}2{% elif c %}3{% else %}4{% endif %}")

    assert choices(short) == ["if_a", "if_b"]
    assert choices(long) == ["if_a_or_b_or_c"]
    assert [len(node.branches) for node in long if isinstance(node, Choice)] == [4]


@pytest.mark.parametrize("dialect", ENGINES)
def test_a_loop_is_named_after_what_it_goes_through(dialect: str) -> None:
    (loop,) = nodes_of(dialect, "{% for item in order.items %}{{ item.name }};{% endfor %}")

    assert isinstance(loop, Loop)
    assert (loop.name, loop.least, loop.most) == ("each_order_items", 0, 50)
    assert holes((loop,))[0].name == "item_name"


@pytest.mark.parametrize("dialect", ENGINES)
def test_elements_of_one_list_have_one_name_whatever_the_loop_calls_them(dialect: str) -> None:
    loops = "{% for a in xs %}{{ a.n }};{% endfor %}{% for b in xs %}{{ b.n }};{% endfor %}"
    others = "{% for a in xs %}{{ a.n }};{% endfor %}{% for a in ys %}{{ a.n }};{% endfor %}"

    same = [hole.name for hole in holes(nodes_of(dialect, loops))]
    different = [hole.name for hole in holes(nodes_of(dialect, others))]

    assert same[0] == same[1]
    assert different[0] != different[1]


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("jinja", "{% for x in xs %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}"),
        ("django", "{% for x in xs %}{{ x }}{% if not forloop.last %}, {% endif %}{% endfor %}"),
        ("liquid", "{% for x in xs %}{{ x }}{% unless forloop.last %},{% endunless %}{% endfor %}"),
    ],
)  # fmt: skip
def test_whether_a_round_is_the_last_is_a_choice_that_nothing_else_follows(
    dialect: str, text: str
) -> None:
    assert choices(nodes_of(dialect, text)) == [""]


@pytest.mark.parametrize(
    ("dialect", "text", "hint"),
    [
        ("jinja", "{{ loop.index }}", None),
        ("jinja", "{% for x in xs %}{{ loop.index }}{% endfor %}", SlotType.NUMBER),
        ("django", "{% for x in xs %}{{ forloop.counter }}{% endfor %}", SlotType.NUMBER),
        ("liquid", "{% for x in xs %}{{ forloop.index }}{% endfor %}", SlotType.NUMBER),
        ("jinja", "{{ items|length }}", SlotType.NUMBER),
        ("django", '{{ day|date:"d M Y" }}', SlotType.DATE),
        ("django", '{{ day|date:"H:i" }}', SlotType.TIME),
        ("django", '{{ day|date:"d M H:i" }}', None),
        ("django", '{% now "Y" %}', SlotType.DIGITS),
        ("django", "{{ total|floatformat:2 }}", SlotType.NUMBER),
        ("django", '{% url "reset" token=token %}', SlotType.URL),
        ("liquid", '{{ day | date: "%d.%m.%Y" }}', SlotType.DATE),
        ("liquid", "{{ total | money }}", SlotType.MONEY),
        ("jinja", '{{ day.strftime("%H:%M") }}', SlotType.TIME),
        ("jinja", '{{ url_for("reset", token=token) }}', SlotType.URL),
        ("jinja", "{{ text|truncate(20) }}", None),
    ],
)
def test_filters_and_functions_tell_what_a_value_is(
    dialect: str, text: str, hint: SlotType | None
) -> None:
    assert [hole.hint for hole in holes(nodes_of(dialect, text))] == [hint]


@pytest.mark.parametrize("escaping", ["e", "escape", "safe"])
def test_escaping_leaves_the_hole_what_it_is_and_the_expression_says_it(escaping: str) -> None:
    plain, escaped = holes(nodes_of("jinja", f"{{{{ name }}}} {{{{ name|{escaping} }}}}"))

    assert escaped.name == plain.name
    assert escaped.expression == f"name|{escaping}"


def test_a_filtered_value_is_another_hole_than_the_plain_one() -> None:
    names = [
        hole.name for hole in holes(nodes_of("django", "{{ a }}{{ a|upper }}{{ a|urlencode }}"))
    ]

    assert names == ["a", "a_upper", "a_urlencode"]


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("jinja", '{{ a|default("you", true) }}'),
        ("django", '{{ a|default:"you" }}'),
    ],
)
def test_a_default_is_the_choice_of_the_condition_that_it_is(dialect: str, text: str) -> None:
    as_if = "{% if a %}{{ a }}{% else %}you{% endif %}"

    assert nodes_of(dialect, text) == nodes_of(dialect, as_if)


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        ("jinja", "{{ 'x' }}{{ 1 + 2 }}{% if true %}y{% endif %}{% if 1 > 2 %}z{% endif %}", "x3y"),
        ("django", '{{ "x"|upper }}{% if 1 == 1 %}y{% else %}z{% endif %}', "Xy"),
        ("liquid", "{{ 'x' | append: 'y' }}{% for i in (1..3) %}{{ i }}{% endfor %}", "xy123"),
    ],
)
def test_what_is_certain_is_text(dialect: str, text: str, expected: str) -> None:
    assert nodes_of(dialect, text) == (Text(expected, 1),)


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("jinja", "{% set who = user.name %}{{ who }}"),
        ("jinja", "{% with who = user.name %}{{ who }}{% endwith %}"),
        ("django", "{% with who=user.name %}{{ who }}{% endwith %}"),
        ("liquid", "{% assign who = user.name %}{{ who }}"),
    ],
)
def test_an_alias_is_what_it_stands_for(dialect: str, text: str) -> None:
    assert [hole.name for hole in holes(nodes_of(dialect, text))] == ["user_name"]


@pytest.mark.parametrize("dialect", ["jinja", "django"])
def test_blocks_of_the_child_stand_in_the_parent(dialect: str) -> None:
    files = {"base.txt": "<{% block a %}A{% endblock %}|{% block b %}B{% endblock %}>"}

    nodes = nodes_of(dialect, "{% extends 'base.txt' %}{% block b %}C{% endblock %}", files)
    assert nodes == (Text("<A|C>", 1),)


CATALOGUE = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\nmsgid "Hello %(name)s"\nmsgstr "Hallo %(name)s"\n\n#, fuzzy\nmsgid "Bye"\nmsgstr "Falsch"\n\nmsgid "one"\nmsgid_plural "%(n)s many"\nmsgstr[0] "eins"\nmsgstr[1] "%(n)s viele"\n'  # noqa: E501 - a file
FILES = {"locale/de/LC_MESSAGES/django.po": CATALOGUE}


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("django", "{% blocktrans %}Hello {{ name }}{% endblocktrans %}"),
        ("jinja", "{% trans %}Hello {{ name }}{% endtrans %}"),
        ("jinja", "{{ _('Hello %(name)s', name=name) }}"),
        ("jinja", "{{ _('Hello %(name)s') % {'name': name} }}"),
    ],
)
def test_a_translation_is_that_of_the_catalogue_in_the_language_asked_for(
    dialect: str, text: str
) -> None:
    german = nodes_of(dialect, text, FILES, "de")
    without = nodes_of(dialect, text, FILES, "fr")

    assert german == (Text("Hallo ", 1), Hole("name", "name", 1))
    assert without == (Text("Hello ", 1), Hole("name", "name", 1))


def test_plural_forms_are_a_choice_by_the_number() -> None:
    text = "{% blocktrans count n=n %}one{% plural %}{{ n }} many{% endblocktrans %}"

    (choice,) = nodes_of("django", text, FILES, "de")
    assert isinstance(choice, Choice)
    assert choice.name == "if_n_is_1"
    assert choice.branches == ((Text("eins", 1),), (Hole("n", "n", 1), Text(" viele", 1)))


def test_a_fuzzy_translation_is_none() -> None:
    assert nodes_of("django", "{% trans 'Bye' %}", FILES, "de") == (Text("Bye", 1),)


def test_a_key_of_a_shop_is_its_text_in_the_language_and_a_slot_without() -> None:
    text = "{{ 'mail.hi' | t: who: name }} {{ 'mail.n' | t: count: n }}"
    files = {
        "locales/de.json": '{"mail": {"hi": "Hallo {{ who }}!",'
        ' "n": {"one": "eins", "other": "{{ count }} viele"}}}'
    }

    first, name, blank, choice = nodes_of("liquid", text, files, "de")
    assert (first, name, blank) == (Text("Hallo ", 1), Hole("name", "name", 1), Text("! ", 1))
    assert isinstance(choice, Choice)
    assert choice.name == "if_n_is_1"
    assert [hole.expression for hole in holes(nodes_of("liquid", text))] == [
        '"mail.hi"|t:who: name',
        '"mail.n"|t:count: n',
    ]


def test_parts_of_one_message_share_their_names() -> None:
    names = Names()
    subject = read("jinja", Source("subject.txt", "{{ a.b }}"), Folder(), names=names)
    body = read("jinja", Source("body.txt", "{{ a_b }} {{ a.b }}"), Folder(), names=names)

    assert [hole.name for hole in holes(subject + body)] == ["a_b", "a_b_2", "a_b"]


@pytest.mark.parametrize(
    ("dialect", "text", "line", "says"),
    [
        ("jinja", "a\n{% foo %}", 2, "unknown tag"),
        ("jinja", "\n{% include x %}", 2, "known only when"),
        ("jinja", "{% include 'none.txt' %}", 1, "there is no template"),
        ("jinja", "{% include 'mail.txt' %}", 1, "includes itself"),
        ("jinja", "{% macro a() %}\n{{ a() }}{% endmacro %}{{ a() }}", 2, "calls itself"),
        ("jinja", "{% for x in t recursive %}{{ loop(x) }}{% endfor %}", 1, "recursive"),
        ("jinja", "{% for x in t %}\n{% break %}{% endfor %}", 2, "left early"),
        ("jinja", "{{ text|urlize }}", 1, "mark-up"),
        ("django", "\n\n{% foo %}{% endfoo %}", 3, "block"),
        ("django", "{% if a %}", 1, "without its end"),
        ("django", "{% endif %}", 1, "nothing that it belongs to"),
        ("django", "{{ a b }}", 1, "no value"),
        ("django", "{% if a == %}x{% endif %}", 1, "no condition"),
        ("django", "{% csrf_token %}", 1, "no message"),
        ("django", "{% extends base %}", 1, "known only when"),
        ("liquid", "a\n{% foo %}", 2, "cannot read"),
        ("liquid", "{% tablerow x in y %}{% endtablerow %}", 1, "tablerow"),
        ("liquid", "{{ a | img_tag }}", 1, "mark-up"),
    ],
)
def test_what_cannot_be_inverted_is_an_error_with_line_and_remedy(
    dialect: str, text: str, line: int, says: str
) -> None:
    with pytest.raises(DialectError, match=says) as caught:
        nodes_of(dialect, text, {"mail.txt": text})

    assert (caught.value.file, caught.value.line) == ("mail.txt", line)
    assert caught.value.remedy


def test_a_tag_of_an_applications_own_is_a_hole_that_names_it() -> None:
    (hole,) = nodes_of("django", "{% absolute_url domain path %}")

    assert hole == Hole("absolute_url_domain_path", "absolute_url domain path", 1, SlotType.URL)


DOUBLED = {f"a{n}": f"{{% include 'a{n + 1}' %}}" * 2 for n in range(18)} | {"a18": "x"}


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        *[(one, "{% if a %}" * 3000 + "{% endif %}" * 3000) for one in ENGINES],
        *[(one, "{% include 'a0' %}") for one in ENGINES],
        *[(one, "{{ a }} " * 20_001) for one in ENGINES],
        ("jinja", "".join(f"{{% for a{n} in range(50) %}}" for n in range(6)) + "x"
         + "{% endfor %}" * 6),
        ("jinja", "{% set a = q ~ 'b' %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}"),
        ("jinja", "{% set a = 'bbbbbbbb' %}" + "{% set a = a ~ a %}" * 60 + "{{ a }}"),
        ("jinja", "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}"),
        ("django", "{% if " + "not " * 5000 + "a %}x{% endif %}"),
    ],
)  # fmt: skip
def test_what_grows_without_bound_ends_at_a_limit(dialect: str, text: str) -> None:
    with pytest.raises(DialectError):
        nodes_of(dialect, text, DOUBLED)


def test_unclosed_tags_are_text_in_linear_time() -> None:
    assert nodes_of("django", "{% " * 50_000) == (Text("{% " * 50_000, 1),)
