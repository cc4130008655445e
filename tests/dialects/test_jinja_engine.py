"""What the engine writes is what the nodes say, and nothing else is."""

# ruff: noqa: E501, ISC004 - templates are read whole

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.dialects import jinja
from filter.dialects.nodes import Source
from tests.dialects.corpus import contexts, digits, words
from tests.dialects.language import ANYTHING, DIGITS, Folder, says

FILES = {
    "base.html": "<b>{% block title %}Base{% endblock %}</b> {% block body %}{% endblock %}\n",
    "foot.txt": "-- {{ user.name }}{% if vip %} (VIP){% endif %}\n",
    "macros.html": "{% macro field(x, label='L') %}[{{ label }}: {{ x }}]{% endmacro %}"
    "{% macro box() %}<{{ caller() }}>{% endmacro %}",
}
# Each writes only digits where it writes values, when all values are digits.
TEMPLATES = [
    "Hi {{ user.name }}, {{ user['code'] }}!",
    "{% if vip %}V{% endif %}{% if not vip %}N{% endif %}|{{ a|default('none') }}",
    "{% if status == 'paid' %}P{% elif status == 'open' and vip %}O{% elif a %}{{ a }}{% else %}-{% endif %}",
    "{% for x in items %}{{ loop.index }}:{{ x.name }}{% if not loop.last %}, {% endif %}{% endfor %}.",
    "{% for x in items if x.vip %}<{{ x.name|upper }}>{% else %}nobody{% endfor %}",
    "{% for x in items %}{% for p in x.parts %}({{ p }}){% endfor %};{% endfor %}",
    "{% set greeting = 'Sir' if vip else 'You' %}Dear {{ greeting|upper }} {{ greeting ~ '-' ~ a }}",
    "{% set t = 'x' %}{% if vip %}{% set t = 'y' %}{% endif %}{{ t }}{{ t }}",
    "{% set t %}<{{ a }}>{% endset %}{{ t }} and {{ t }}",
    "{% extends 'base.html' %}{% block title %}{{ super() }}+{{ a }}{% endblock %}"
    "{% block body %}{% include 'foot.txt' %}{% endblock %}",
    "{% from 'macros.html' import field, box %}{{ field(a) }}{{ field(b, label='B') }}"
    "{% call box() %}in {{ a }}{% endcall %}",
    "{% import 'macros.html' as m %}{{ m.field(user.name, 'U') }}",
    "{%- if vip -%}  yes  {%- else %}  no  {% endif -%}  end",
    "before {{ n }} {% extends 'base.html' %} behind {% block title %}{{ n }}{% endblock %}",
    "{{ tags|join(', ') }}.",
    "{{ n }} item{{ '' if n == 1 else 's' }}{{ ' (none)' if not n }}",
    "{% trans n=n %}one item for {{ a }}{% pluralize %}{{ n }} items, 100%{% endtrans %}",
    "{{ _('Hello %(who)s', who=a) }} {{ _('100 percent') }} {{ 'I have %s' % b }}",
    "{% for x in ['one', 'two'] %}{{ loop.index }}={{ x }}{{ '' if loop.last else ';' }}{% endfor %}",
    "{% with q = user.name %}{{ q }}{% endwith %}{# no #}{% raw %}{{ raw }}{% endraw %}",
    "{% filter upper %}text {{ a }}{% endfilter %}",
    "{{ a or 'nothing' }} {{ 'A' if a is defined else 'U' }}",
    "{% for x in items %}{{ loop.cycle('odd', 'even') }} {% endfor %}{{ items|length }}",
    "{% macro row(x) %}{% if x.vip %}*{% endif %}{{ x.name }}{% endmacro %}"
    "{% for x in items %}{{ row(x) }} {% endfor %}",
    "{% autoescape false %}{{ a }}{% endautoescape %} it's \"quoted\" & {{ 'R&D' }} {{ '<' | e }}",
    "{{ '{} of {n}'.format(a, n=b) }}{{ '%s, %s'|format(a, b) }}",
    "{% block one %}{{ a }}{% endblock %} {{ self.one() }}",
    "{% for k, v in [('a', 1), ('b', 2)] %}{{ k }}{{ v }}{% endfor %}{{ 2 * 3 + 1 }}",
]


def engine(*, escaping: bool, trimmed: bool = False) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(FILES),
        autoescape=escaping,
        trim_blocks=trimmed,
        lstrip_blocks=trimmed,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    return environment


@pytest.mark.parametrize("template", TEMPLATES)
@settings(max_examples=15, deadline=None)
@given(context=contexts(words), escaping=st.booleans())
def test_what_jinja_writes_is_in_the_language_of_the_nodes(
    template: str, context: dict[str, object], *, escaping: bool
) -> None:
    written = engine(escaping=escaping).from_string(template).render(context)
    nodes = jinja.read(Source("t.html", template), Folder(FILES))

    assert says(nodes, written, ANYTHING)


@pytest.mark.parametrize("template", TEMPLATES)
@settings(max_examples=10, deadline=None)
@given(context=contexts(digits), data=st.data())
def test_what_no_jinja_template_writes_is_not(
    template: str, context: dict[str, object], data: st.DataObject
) -> None:
    written = engine(escaping=False).from_string(template).render(context)
    nodes = jinja.read(Source("t.html", template), Folder(FILES))
    place = data.draw(st.integers(0, len(written)))

    assert says(nodes, written, DIGITS)
    assert not says(nodes, f"{written[:place]}~X~{written[place:]}", DIGITS)


TRIMMED = "a\n  {% if vip %}\n  b {{ a }}\n  {% endif %}\nc\n{% for x in items %}\n- {{ x.name }}\n{% endfor %}\n"


@settings(max_examples=20, deadline=None)
@given(context=contexts(digits))
def test_white_space_is_that_of_the_environment_asked_for(context: dict[str, object]) -> None:
    source = Source("t.txt", TRIMMED)
    plain = engine(escaping=False).from_string(TRIMMED).render(context)
    trimmed = engine(escaping=False, trimmed=True).from_string(TRIMMED).render(context)

    assert says(jinja.read(source, Folder()), plain, DIGITS)
    assert says(jinja.read_trimmed(source, Folder()), trimmed, DIGITS)
    assert not says(jinja.read_trimmed(source, Folder()), plain, DIGITS)
