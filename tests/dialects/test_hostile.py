"""Whatever stands in a template, a reader ends soon: with nodes, or an error that says where."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.dialects.all import read
from filter.dialects.nodes import DialectError, Source
from tests.dialects.reference import no_files

# The signs of each language, one word each.
WORDS = {
    "go": """
        {{ }} {{- -}} .A $x := = | ( ) if else end range with define template block "a" eq
        not , `
    """,
    "handlebars": """
        {{ }} {{{ }}} {{# {{/ {{^ {{> {{! ~ if each else x . .. this @index ( ) \\ " as
        |a| =
    """,
    "mustache": """
        {{ }} {{{ }}} {{# {{/ {{^ {{> {{! {{=<% <% %> %}} x . else each
    """,
    "freemarker": """
        ${ } <#if <#list <#else> </#if> </#list> <#sep> <@m </@m> <#macro > as x ! ??
        ?html " ( ) <#-- -->
    """,
    "erb": """
        <% %> <%= <%- -%> if x do |a| .each end else #{ } " ' unless = link_to , : ? ( )
    """,
    "ejs": """
        <% %> <%= <%- -%> if ( ) { } else x .forEach => ` ${ ; let = _%> , ?
    """,
    "blade": """
        {{ }} {!! !!} @if ( ) @else @endif @foreach $x as -> @section @yield 'a' , @empty
        ?? {{-- --}}
    """,
}


@pytest.mark.parametrize("dialect", WORDS)
@settings(max_examples=60, deadline=2000)
@given(data=st.data())
def test_any_row_of_signs_is_read_or_refused(dialect: str, data: st.DataObject) -> None:
    words = st.sampled_from([*WORDS[dialect].split(), " ", "\n", "a"])
    text = "".join(data.draw(st.lists(words, max_size=25)))

    with contextlib.suppress(DialectError):
        read(dialect, Source("t", text), no_files)


GROWING = {
    "go": [
        "{{ .A }}",
        "{{ if .A }}x{{ end }}",
        "{{$x := .A}}",
        "{{- /**/ -}}\n",
        "<!--[if",
        "{{ ((",
    ],
    "handlebars": ["\\{{", "{{#a}}", "{{!", " \n", "{{#if a}}{{else if b}}", "{{> a}}", "{{a b"],
    "mustache": ["{{a}}\n", "{{#a}}{{/a}}", "{{{", "{{=| |=}}", "{{^a}}"],
    "freemarker": [
        "<#if x>",
        "[#",
        "${x}",
        "<#-- -->",
        "<#sep>",
        "<#assign x=1>",
        '${"',
        " \n",
        "${x!",
    ],
    "erb": ["<%%", "<% if x %>", "<%= x %>", "<%= x do", "<% x.each do |", "<%- -%>\n", '<%= "#{'],
    "ejs": ["<%%", "<% if (x) { %>", "<%= x %>", "<% x.map((", "<%_ _%>\n", "<%= `${"],
    "blade": [
        "@",
        "@if(",
        "{{ $x }}",
        "@@if",
        "{{--",
        "@{{",
        "@foreach($x as $y) ",
        "@section('a') ",
    ],
}


@pytest.mark.parametrize(
    ("dialect", "sign"), [(name, one) for name in GROWING for one in GROWING[name]]
)
def test_a_long_row_of_one_sign_ends_soon(dialect: str, sign: str) -> None:
    text = sign * (60_000 // len(sign))
    begun = time.process_time()

    with contextlib.suppress(DialectError):
        read(dialect, Source("t", text), no_files)

    assert time.process_time() - begun < 5, sign


def test_as_many_conditions_as_names_end_soon() -> None:
    names = "".join(f"{{{{$x{n} := .A}}}}" for n in range(10_000))
    begun = time.process_time()

    with pytest.raises(DialectError, match="local names"):
        read("go", Source("t", names + "{{if .B}}{{end}}" * 10_000), no_files)

    assert time.process_time() - begun < 5
