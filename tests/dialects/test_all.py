import pytest

from filter.dialects.all import DIALECTS, guess
from filter.dialects.nodes import Source


@pytest.mark.parametrize(
    ("name", "text", "dialect"),
    [
        ("welcome.j2", "Hello", "jinja"),
        ("welcome.liquid", "Hello", "liquid"),
        ("welcome.txt", "{% load i18n %}{% trans 'Hello' %}", "django"),
        ("welcome.txt", '{{ day|date:"d M" }}', "django"),
        ("welcome.txt", "{% set x = 1 %}{{ x | default('a') }}", "jinja"),
        ("welcome.txt", "{% assign x = 1 %}{{ x | plus: 1 }}", "liquid"),
        ("welcome.txt", "{% unless paid %}Pay{% endunless %}", "liquid"),
        ("email.body.gotmpl", "Hello", "go"),
        ("mail.html.erb", "Hello", "erb"),
        ("mail.blade.php", "Hello", "blade"),
        ("welcome.txt", "{{ .Name }}{{ if .X }}a{{ end }}", "go"),
        ("welcome.txt", "{{ range $i, $e := .L }}{{ $e }}{{ end }}", "go"),
        ("welcome.txt", "{{#if x}}a{{else}}b{{/if}}", "handlebars"),
        ("welcome.txt", "{{#each l}}{{this}}{{/each}} {{> foot}}", "handlebars"),
        ("welcome.txt", "Hi {{name}} {{#x}}a{{/x}}", "mustache"),
        ("welcome.txt", "Hi {{{ name }}}", "mustache"),
        ("welcome.txt", "<#if x??>${x}</#if>", "freemarker"),
        ("welcome.txt", '${msg("hi", name)}', "freemarker"),
        ("welcome.txt", "Hi <%= @name %><% if x %>a<% end %>", "erb"),
        ("welcome.txt", "Hi <%= name %><% if (x) { %>a<% } %>", "ejs"),
        ("welcome.txt", "Hi {{ $name }}", "blade"),
        ("welcome.txt", "Hi\n@if ($x)\na\n@endif", "blade"),
    ],
)
def test_a_dialect_is_known_by_the_file_name_and_else_by_signs(
    name: str, text: str, dialect: str
) -> None:
    assert guess(Source(name, text)) == dialect


def test_plain_text_is_of_no_dialect() -> None:
    assert guess(Source("welcome.txt", "Hello, this is 100 % plain.")) is None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_has_a_reader(dialect: str) -> None:
    assert callable(DIALECTS[dialect].reader())
