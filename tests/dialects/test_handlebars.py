from __future__ import annotations

import pytest

from filter.dialects import handlebars, mustache
from filter.dialects.nodes import DialectError, Hole, Source
from filter.ruleset import SlotType
from tests.dialects.reference import Folder, no_files, shown


def read(text: str, **files: str) -> str:
    return shown(handlebars.read(Source("mail.hbs", text), Folder(**files)))


def read_mustache(text: str, **files: str) -> str:
    return shown(mustache.read(Source("mail.mustache", text), Folder(**files)))


def error(text: str, **files: str) -> DialectError:
    with pytest.raises(DialectError) as caught:
        read(text, **files)
    return caught.value


def test_escaped_and_raw_values_are_the_same_slot() -> None:
    assert read("{{name}} {{{name}}} {{&name}}") == "[name] [name] [name]"


def test_a_line_with_one_tag_that_writes_nothing_goes_whole() -> None:
    assert read("a\n  {{#if x}}  \nb\n{{/if}}\nc") == "a\n(if_x: b\n | )c"


def test_tildes_take_white_space_on_their_side() -> None:
    assert read("a  {{~x}}  b  {{y~}}  c") == "a[x]  b  [y]c"


def test_a_section_with_fields_is_a_loop_of_which_one_round_is_a_condition() -> None:
    assert read("{{#items}}{{name}};{{/items}}") == "{each_items: [items_name];}*"


def test_a_section_without_any_value_is_a_condition() -> None:
    assert read("{{#paid}}Paid.{{/paid}}") == "(if_paid: Paid. | )"


def test_a_section_that_writes_its_own_value_is_a_condition() -> None:
    assert read("{{#name}}Hi {{name}}{{/name}}") == "(if_name: Hi [name_name] | )".replace(
        "name_name", "name"
    )


def test_a_section_around_a_loop_over_itself_is_a_condition() -> None:
    text = "{{#rows}}<ul>{{#each .}}<li>{{a}}</li>{{/each}}</ul>{{/rows}}"

    assert read_mustache(text) == "(if_rows: <ul>{each_rows: <li>[rows_a]</li>}*</ul> | )"


def test_an_inverted_section_goes_with_the_section_of_its_name() -> None:
    assert read("{{#l}}{{.}}{{/l}}{{^l}}none{{/l}}") == "(if_l: {each_l: [l]}* | )(if_l:  | none)"


def test_each_with_else_is_the_loop_or_the_other() -> None:
    assert read("{{#each l}}{{this}}{{else}}none{{/each}}") == "(if_l: {each_l: [l]}+ | none)"


def test_paths_go_up_to_where_the_value_is() -> None:
    text = (
        "{{#each l}}{{#each rows}}{{../../shop}} {{../name}} {{name}} {{@root.x}}{{/each}}{{/each}}"
    )

    assert read(text) == "{each_l: {each_l_rows: [shop] [l_name] [l_rows_name] [x]}*}*"


def test_a_partial_has_what_it_was_given_and_else_the_context() -> None:
    assert read("{{> card title=user.name}}", card="[{{title}}|{{x}}]") == "[[user_name]|[x]]"


def test_a_partial_alone_on_its_line_is_indented() -> None:
    assert read("a\n  {{> sig}}\nb", sig="x\ny\n") == "a\n  x\n  y\nb"


def test_a_layout_writes_the_block_that_it_was_given() -> None:
    assert read("{{#> l}}Hi{{/l}}", l="<{{> @partial-block}}>") == "<Hi>"


def test_the_name_of_a_helper_tells_what_kind_of_slot_it_is() -> None:
    nodes = handlebars.read(Source("t", '{{formatDate at "D"}}'), no_files)

    assert [node.hint for node in nodes if isinstance(node, Hole)] == [SlotType.DATE]


def test_a_helper_with_other_arguments_is_another_slot() -> None:
    assert read('{{f x "a"}} {{f x "b"}} {{f x "a"}}') == "[f_x_a] [f_x_b] [f_x_a]"


def test_mustache_changes_its_delimiters() -> None:
    assert read_mustache("{{=<% %>=}}<% a %> {{b}}") == "[a] {{b}}"


def test_only_handlebars_knows_an_escaped_tag() -> None:
    assert read(r"\{{a}} {{b}}") == "{{a}} [b]"
    assert read_mustache(r"\{{a}} {{b}}") == r"\[a] [b]"


def test_the_helpers_of_sendgrid_choose_and_give_defaults() -> None:
    text = '{{#equals plan "pro"}}a{{else}}b{{/equals}} {{insert name "default=friend"}}'

    assert read(text) == "(if_plan_is_pro: a | b) (if_name: [name] | friend)"


def test_an_unknown_block_helper_is_refused_with_what_to_write() -> None:
    found = error("\n{{#paginate items 3}}x{{/paginate}}")

    assert (found.line, "write {{#if}}" in str(found)) == (2, True)


def test_a_partial_that_includes_itself_is_refused() -> None:
    assert "includes itself" in error("{{> a}}", a="x{{> a}}").message


def test_a_computed_partial_is_refused() -> None:
    assert "decided when" in error("{{> (lookup . 'x')}}").message


def test_an_inherited_template_is_refused() -> None:
    with pytest.raises(DialectError, match="inherited"):
        read_mustache("{{<base}}{{$title}}x{{/title}}{{/base}}")


@pytest.mark.parametrize(
    "text",
    [
        "{{#if x}}a",
        "{{/if}}",
        "{{x",
        "{{}}",
        "{{#if x}}{{/each}}",
        "{{{x}}",
        "{{!-- x }}",
        '{{f "x}}',
    ],
)
def test_what_is_not_handlebars_is_refused(text: str) -> None:
    assert error(f"\n{text}").line == 2


def test_deep_nesting_is_refused_before_it_hurts() -> None:
    assert "deeper" in error("{{#if x}}" * 3000 + "{{/if}}" * 3000).message


def test_partials_that_multiply_are_refused() -> None:
    files = {f"p{n}": f"{{{{> p{n + 1}}}}}" * 10 for n in range(9)}

    assert "more than" in error("{{> p0}}", **files, p9="x").message
