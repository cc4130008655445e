from __future__ import annotations

import pytest

from filter.dialects import freemarker
from filter.dialects.nodes import DialectError, Source
from filter.dialects.properties import choices, properties
from tests.dialects.reference import Folder, shown

MESSAGES = {
    "messages/messages_en.properties": (
        "hi=Hi {0}, it''s {1}.\nbye=Bye\nact.a=Do A\nact.b=Do B\n"
        "linkExpirationFormatter.timePeriodUnit.hours={0,choice,0#hours|1#hour|1<hours}\n"
    ),
    "messages/messages_de.properties": "hi=Hallo {0}, {1}\n",
}


def read(text: str, files: dict[str, str] | None = None, language: str = "") -> str:
    source = Source("html/mail.ftl", text)
    return shown(freemarker.read(source, Folder(**(files or {})), language=language))


def error(text: str, files: dict[str, str] | None = None) -> DialectError:
    with pytest.raises(DialectError) as caught:
        read(text, files)
    return caught.value


def test_a_value_becomes_a_slot_with_its_built_ins() -> None:
    assert read("${user.firstName} ${x?url}") == "[user_first_name] [url_x]"


def test_escaping_leaves_the_value_what_it_is() -> None:
    assert read("${x} ${x?html} ${x?no_esc} ${kcSanitize(x)?no_esc}") == "[x] [x] [x] [x]"


def test_a_link_that_keycloak_cleans_up_is_not_to_be_followed() -> None:
    files = {"messages/messages_en.properties": 'go=<p>Go <a href="{0}">there</a>, {1}</p>'}

    assert read('${kcSanitize(msg("go", link, n))?no_esc}', files) == (
        '<p>Go <a href="[link]" rel="nofollow">there</a>, [n]</p>'
    )


def test_a_line_of_tags_goes_whole() -> None:
    assert read("a\n  <#if x??>\nb\n  </#if>\nc") == "a\n(if_exists_x: b\n | )c"


def test_a_default_is_what_may_stand_instead_and_none_makes_the_slot_optional() -> None:
    assert read('${x!"d"} ${y!}') == "(if_exists_x: [x] | d) [y?]"


def test_a_list_repeats_with_what_stands_between_two_rounds() -> None:
    text = "<#list l as i>${i.n}<#sep>, </#list>"

    assert read(text) == "{each_l: [l_n](if_l_last:  | , )}*"


def test_a_list_with_items_has_a_head_that_is_there_when_anything_is() -> None:
    text = "<#list l>Head <#items as i>${i}</#items><#else>none</#list>"

    assert read(text) == "(if_has_content_l: Head {each_l: [l]}* | none)"


def test_a_message_stands_in_the_language_asked_for() -> None:
    text = '${msg("hi", name, day)}'

    assert read(text, MESSAGES, "de") == "Hallo [name], [day]"
    assert read(text, MESSAGES) == "Hi [name], it's [day]."


def test_a_message_that_a_language_lacks_is_the_english_one() -> None:
    assert read('${msg("bye")}', MESSAGES, "de-AT") == "Bye"


def test_a_message_without_a_catalogue_is_a_slot() -> None:
    assert read('${msg("hi", name)}') == "[msg_hi_name]"


def test_a_message_whose_key_is_computed_is_one_of_those_that_fit() -> None:
    assert read('${msg("act.${a}")}', MESSAGES) == "[msg_act_a=Do A/Do B]"


def test_the_expiry_of_a_link_is_a_number_and_a_unit_of_the_catalogue() -> None:
    text = "${linkExpirationFormatter(e)}"

    assert read(text, MESSAGES) == "[amount_of_e] [unit_of_e=hours/hour]"
    assert read(text) == "[link_expiration_formatter_e]"


def test_a_layout_writes_what_is_nested_in_its_call() -> None:
    layout = {"html/template.ftl": "<#macro page t>\n<b>${t}</b><#nested></#macro>"}
    text = '<#import "template.ftl" as l>\n<@l.page t="T">Hi ${n}</@l.page>'

    assert read(text, layout) == "<b>T</b>Hi [n]"


def test_a_captured_part_stands_where_its_name_is_written() -> None:
    assert read("<#assign y>text ${n}</#assign>${y}-${y}") == "text [n]-text [n]"


def test_a_name_assigned_behind_a_condition_is_either_value() -> None:
    text = '<#assign g="Hi"><#if f??><#assign g="Dear"></#if>${g}'

    assert read(text) == "(if_exists_f: Dear | Hi)"


def test_a_switch_is_one_choice() -> None:
    text = '<#switch k><#case "a">A<#break><#case "b">B<#break><#default>C</#switch>'

    assert read(text) == "(if_k_is_a: A | B | C)"


def test_a_switch_that_runs_on_is_refused() -> None:
    assert "runs into" in error("<#switch k><#case 1>A<#case 2>B</#switch>").message


def test_an_unknown_directive_is_refused_with_what_to_write() -> None:
    assert "cannot be told" in error("\n<#function f><#return 1></#function>").message


def test_a_macro_that_calls_itself_is_refused() -> None:
    assert "deeper" in error("<#macro m>x<@m/></#macro><@m/>").message


def test_a_file_that_includes_itself_is_refused() -> None:
    assert "includes itself" in error('<#include "a">', {"a": '<#include "a">'}).message


@pytest.mark.parametrize(
    "text",
    [
        "<#if x>a",
        "</#if>",
        "${x",
        "<#if x>a</#list>",
        "<@gone/>",
        "${x +}",
        "<#-- x",
        '${"a}',
        "<#sep>",
    ],
)
def test_what_is_not_freemarker_is_refused(text: str) -> None:
    assert error(f"\n{text}").line == 2


def test_deep_nesting_is_refused_before_it_hurts() -> None:
    assert "deeper" in error("<#if x>" * 3000 + "</#if>" * 3000).message


def test_properties_are_read_as_java_reads_them() -> None:
    text = "# note\na = 1\nb:two \\\n   more\nc\\ d=\\u00e9\\n!\n! note\nkey\na=2"

    assert properties(text) == {"a": "2", "b": "two more", "c d": "é\n!", "key": ""}


def test_the_texts_of_a_choice_format_are_known() -> None:
    assert choices("0#none|1#one|1<many") == ("none", "one", "many")
