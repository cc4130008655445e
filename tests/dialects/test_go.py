from __future__ import annotations

import pytest

from filter.dialects import go
from filter.dialects.nodes import DialectError, Hole, Source
from filter.ruleset import SlotType
from tests.dialects.reference import Folder, no_files, shown


def read(text: str, **files: str) -> str:
    return shown(go.read(Source("mail.gotmpl", text), Folder(**files)))


def error(text: str, **files: str) -> DialectError:
    with pytest.raises(DialectError) as caught:
        read(text, **files)
    return caught.value


def test_a_field_becomes_a_slot_named_after_it() -> None:
    assert read("Code {{ .RecoveryCode }}.") == "Code [recovery_code]."


def test_trim_markers_take_the_white_space_that_go_takes() -> None:
    assert read("a \n {{- .B -}} \n c") == "a[b]c"


def test_a_minus_that_belongs_to_a_number_trims_nothing() -> None:
    assert read("a {{-3}} b") == "a -3 b"


def test_an_if_without_else_may_be_left_out() -> None:
    assert read("{{ if .X }}a{{ end }}") == "(if_x: a | )"


def test_a_negated_condition_has_the_same_name_with_branches_exchanged() -> None:
    assert read("{{ if not .X }}a{{ end }}") == "(if_x: | a)".replace(": |", ":  |")


def test_the_branches_of_else_if_are_one_choice() -> None:
    assert read("{{ if .A }}a{{ else if .B }}b{{ else }}c{{ end }}") == "(if_a: a | b | c)"


def test_with_moves_the_dot_and_range_makes_a_loop_of_its_own_slots() -> None:
    text = "{{ with .User }}{{ .Name }}{{ end }}{{ range .Rows }}{{ .Name }};{{ end }}"

    assert read(text) == "(if_user: [user_name] | ){each_rows: [rows_name];}*"


def test_range_with_else_is_a_choice_between_the_loop_and_the_other() -> None:
    assert read("{{ range .L }}a{{ else }}b{{ end }}") == "(if_l: {each_l: a}+ | b)"


def test_a_variable_stands_for_what_it_was_set_to() -> None:
    assert read("{{ $u := .User }}{{ $u.Name }} {{ .User.Name }}") == "[user_name] [user_name]"


def test_a_variable_set_behind_a_condition_is_either_value() -> None:
    text = '{{ $g := "Hello" }}{{ if .Formal }}{{ $g = "Dear" }}{{ end }}{{ $g }}'

    assert read(text) == "(if_formal: Dear | Hello)"


def test_printf_is_its_format_with_slots_in_it() -> None:
    assert read('{{ printf "%s of %d" .A .B }}') == "[a] of [b]"


def test_a_default_is_what_may_stand_instead() -> None:
    assert read('Hi {{ .Name | default "friend" }}') == "Hi (if_name: [name] | friend)"


def test_a_date_function_says_what_kind_of_slot_it_is() -> None:
    nodes = go.read(Source("t", '{{ date "2006-01-02" .At }}'), no_files)

    assert [node.hint for node in nodes if isinstance(node, Hole)] == [SlotType.DATE]


def test_a_block_of_a_layout_is_what_the_page_defines() -> None:
    layout = '<{{ block "main" . }}nothing{{ end }}>'

    assert read('{{ define "main" }}Hi{{ end }}{{ template "base" . }}', base=layout) == "<Hi>"


def test_conditional_comments_may_be_missing_because_the_html_engine_drops_them() -> None:
    text = "<p>a</p><!--[if mso]>b<![endif]-->"

    assert read(text) == f"<p>a</p>(if_html_comments_are_kept: {text[8:]} | )"


def test_a_template_that_calls_itself_is_refused() -> None:
    assert (
        "calls itself"
        in error('{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}').message
    )


def test_a_missing_template_names_the_line_that_asks_for_it() -> None:
    assert error('one\n{{ template "gone" . }}').line == 2


def test_break_is_refused_with_what_to_do_instead() -> None:
    assert "select the items" in str(error("{{ range .L }}{{ if . }}{{ break }}{{ end }}{{ end }}"))


@pytest.mark.parametrize(
    "text",
    [
        "{{ if .X }}a",
        "{{ end }}",
        "{{ .X",
        "{{ }}",
        '{{ "a }}',
        "{{ /* }}",
        "{{ .X ) }}",
        "{{ (.X }}",
    ],
)
def test_what_is_not_go_is_refused(text: str) -> None:
    assert error(f"\n{text}").line == 2


def test_deep_nesting_is_refused_before_it_hurts() -> None:
    assert "deeper" in error("{{ if .X }}" * 5000 + "{{ end }}" * 5000).message


def test_a_value_that_doubles_with_each_line_is_refused() -> None:
    doubling = "".join(f"{{{{ $x{n + 1} := cat $x{n} $x{n} }}}}" for n in range(40))

    assert "too long" in error("{{ $x0 := .A }}" + doubling + "{{ $x40 }}").message


def test_a_variable_that_rounds_change_is_another_value_in_them_and_after_them() -> None:
    text = '{{ $n := "" }}{{ range .L }}{{ $n }}{{ $n = . }}{{ end }}{{ $n }}'

    assert read(text) == "{each_l: [changing_n_1]}*[changing_n_2]"
