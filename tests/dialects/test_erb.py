from __future__ import annotations

import pytest

from filter.dialects import ejs, erb
from filter.dialects.nodes import DialectError, Hole, Source
from filter.ruleset import SlotType
from tests.dialects.reference import Folder, no_files, shown


def read(text: str, **files: str) -> str:
    return shown(erb.read(Source("mailer/mail.html.erb", text), Folder(**files)))


def read_ejs(text: str, **files: str) -> str:
    return shown(ejs.read(Source("mail.ejs", text), Folder(**files)))


def error(text: str, **files: str) -> DialectError:
    with pytest.raises(DialectError) as caught:
        read(text, **files)
    return caught.value


def test_a_value_becomes_a_slot_named_after_it() -> None:
    assert read("Hi <%= @user.first_name %>") == "Hi [user_first_name]"


def test_escaping_and_marking_as_safe_leave_the_value_what_it_is() -> None:
    assert read("<%= @x %> <%== @x %> <%= raw @x %> <%= @x.html_safe %>") == "[x] [x] [x] [x]"


def test_minus_signs_trim_what_erb_trims() -> None:
    assert read("a\n  <%- if x -%>\nb\n<%- end -%>\nc") == "a\n(if_x: b\n | )c"


def test_elsif_is_one_choice_and_unless_the_exchanged_one() -> None:
    assert read("<% if a %>A<% elsif b %>B<% else %>C<% end %>") == "(if_a: A | B | C)"
    assert read("<% unless a %>A<% end %>") == "(if_a:  | A)"


def test_a_value_behind_a_condition_may_be_missing() -> None:
    assert read("<%= x if y %>") == "(if_y: [x] | )"


def test_asking_whether_something_is_there_is_asking_for_it() -> None:
    assert read("<% if @x.present? %>a<% end %><% if @x.blank? %>b<% end %>") == (
        "(if_x: a | )(if_x:  | b)"
    )


def test_each_makes_a_loop_and_a_block_with_two_names_has_an_index() -> None:
    text = "<% @l.each_with_index do |v, n| %><%= n %>:<%= v.name %><% end %>"

    assert read(text) == "{each_l: [l_index]:[l_name]}*"


def test_a_link_of_rails_is_mark_up_with_slots() -> None:
    text = "<%= link_to 'Go & see', order_url(@order), class: 'b' %>"

    assert read(text) == '<a class="b" href="[order_url_order]">Go &amp; see</a>'


def test_a_link_with_a_block_is_around_it() -> None:
    assert read("<%= link_to @url do %>Go<% end %>") == '<a href="[url]">Go</a>'


def test_an_interpolated_text_is_text_and_slots() -> None:
    assert read('<%= "Hi #{@n}!" %>') == "Hi [n]!"


def test_a_partial_of_rails_has_its_locals() -> None:
    files = {"mailer/_sig.html.erb": "<%= who %>"}

    assert read("<%= render 'sig', who: @user %>", **files) == "[user]"


def test_a_translation_is_a_slot_unless_it_has_a_default() -> None:
    assert read("<%= t('.hi') %> <%= t('.bye', default: 'Bye') %>") == "[t_hi] Bye"


def test_a_helper_tells_what_kind_of_slot_it_is() -> None:
    nodes = erb.read(Source("t", "<%= number_to_currency(@x) %>"), no_files)

    assert [node.hint for node in nodes if isinstance(node, Hole)] == [SlotType.MONEY]


@pytest.mark.parametrize(
    "text",
    [
        "<% if x %>a",
        "<% end %>",
        "<%= x",
        "<% while x do %>a<% end %>",
        "<%= form_with do |f| %>a<% end %>",
        "<%= x + %>",
        "<%= render @items %>",
        "<% if x %>a<% end if y %>",
        "<%= link_to 'a', b, method: :put %>",
    ],
)
def test_what_cannot_be_told_is_refused(text: str) -> None:
    assert error(f"\n{text}").line == 2


def test_deep_nesting_is_refused_before_it_hurts() -> None:
    assert "deeper" in error("<% if x %>" * 3000 + "<% end %>" * 3000).message


def test_ejs_reads_conditions_loops_and_texts_with_values() -> None:
    text = "<% if (a) { %>A<% } else { %>B<% } %><% l.forEach(x => { %><%= `(${x.n})` %><% }) %>"

    assert read_ejs(text) == "(if_a: A | B){each_l: ([l_n])}*"


def test_ejs_goes_through_a_list_by_counting() -> None:
    text = "<% for (let i = 0; i < l.length; i++) { %><%= l[i].n %>;<% } %>"

    assert read_ejs(text) == "{each_l: [l_n];}*"


def test_ejs_includes_a_file_with_its_values() -> None:
    assert read_ejs("<%- include('p', {t: name}) %>", p="[<%= t %>]") == "[[name]]"


def test_ejs_trims_the_line_end_or_all_white_space() -> None:
    assert read_ejs("a\n  <%_ if (x) { -%>\nb\n<% } _%>  \nc") == "a\n(if_x: b\n | )c"


@pytest.mark.parametrize(
    "text", ["<% if (x) { %>a", "<% } %>", "<%= x", "<% go(); %>", "<%- include(x) %>"]
)
def test_what_ejs_may_do_else_is_refused(text: str) -> None:
    with pytest.raises(DialectError) as caught:
        read_ejs(f"\n{text}")
    assert caught.value.line == 2
