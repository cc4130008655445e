"""What the engine writes is what the nodes say, and nothing else is."""

# ruff: noqa: E501, ISC004 - templates are read whole

import django as engine_package  # type: ignore[import-untyped] # it has no types
import pytest
from django.conf import settings as engine_settings  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from filter.dialects import django
from filter.dialects.nodes import Source
from tests.dialects.corpus import contexts, digits, words
from tests.dialects.language import ANYTHING, DIGITS, Folder, says

if not engine_settings.configured:
    engine_settings.configure(USE_I18N=True, USE_TZ=False)
    engine_package.setup()

from django.template import Context, Engine  # type: ignore[import-untyped]

FILES = {
    "base.html": "<b>{% block title %}Base{% endblock %}</b> {% block body %}{% endblock %}\n",
    "foot.txt": "-- {{ user.name }}{% if vip %} (VIP){% endif %}\n",
    "field.txt": "[{{ label }}: {{ x }}{{ a }}]",
}
TEMPLATES = [
    "Hi {{ user.name }}, {{ user.code }}!",
    "{% if vip %}V{% endif %}{% if not vip %}N{% endif %}|{{ a|default:'none' }}",
    "{% if status == 'paid' %}P{% elif status == 'open' and vip %}O{% elif a %}{{ a }}{% else %}-{% endif %}",
    "{% if status != 'paid' or vip and not a %}1{% else %}2{% endif %}{% if n > 1 %}many{% endif %}",
    "{% for x in items %}{{ forloop.counter }}:{{ x.name }}{% if not forloop.last %}, {% endif %}{% endfor %}.",
    "{% for x in items %}<{{ x.name|upper }}>{% empty %}nobody{% endfor %}",
    "{% for x in items %}{% for p in x.parts %}({{ forloop.parentloop.counter }}{{ p }}){% endfor %};{% endfor %}",
    "{% with greeting=a|default:'You' %}Dear {{ greeting|upper }} {{ greeting }}{% endwith %}",
    "{% with a as b and b as c %}{{ b }}{{ c }}{% endwith %}",
    "{% extends 'base.html' %}{% block title %}{{ block.super }}+{{ a }}{% endblock %}"
    "{% block body %}{% include 'foot.txt' %}{% endblock %}",
    "{% include 'field.txt' with label='L' x=a %}{% include 'field.txt' with label=b only %}",
    "before {% extends 'base.html' %} behind {% block title %}{{ n }}{% endblock %}",
    "{{ tags|join:', ' }}.",
    "{{ n }} item{{ n|pluralize }} {{ n }} part{{ n|pluralize:'y,ies' }} {{ vip|yesno:'yes,no,unknown' }}",
    "{% load i18n %}{% trans 'Hello & 100%' %} {% translate 'x' as y %}{{ y }}",
    "{% load i18n %}{% blocktrans count c=n with who=user.name %}one for {{ who }} 5%{% plural %}{{ c }} for"
    " {{ who }}{% endblocktrans %}",
    "{% load i18n %}{% blocktranslate trimmed %}\n  Hi {{ a }},\n  100% {{ user.name }}.\n{% endblocktranslate %}",
    "{% load i18n %}{% blocktrans asvar t %}Hi {{ a }}{% endblocktrans %}<{{ t }}>",
    "{% autoescape off %}{{ a }} & {{ 'R&D' }}{% endautoescape %}{{ a|safe }}{{ 'R&D'|force_escape }}",
    "{% comment %}{{ no }} {% if %}{% endcomment %}{# no #}{% verbatim %}{{ raw }}{% endverbatim %}",
    "{% firstof a b 'none' %}|{% firstof a b %}",
    "{% for x in items %}{% cycle 'odd' 'even' %} {% endfor %}{{ items|length }}",
    "{% spaceless %} <p> <i>{{ a }}</i>\n </p> {% endspaceless %}",
    "{% filter upper %}text {{ a }}{% endfilter %}{% templatetag openvariable %}",
    "{% if a %}{% firstof a as z %}{% endif %}{{ z }}{{ True }}{{ None }}",
    "{% for x in items %}{% ifchanged x.vip %}<{{ x.name }}>{% else %}-{% endifchanged %}{% endfor %}",
    "{% regroup items by vip as groups %}{% for g in groups %}[{% for x in g.list %}{{ x.name }},{% endfor %}]{% endfor %}",
    "{{ a|default_if_none:'x' }}{{ a|linebreaksbr }}{{ n|add:1 }}",
    "{% if items and not vip %}{% for x in items|slice:':2' %}{{ x.name }};{% endfor %}{% endif %}",
]


ENGINE = Engine(
    loaders=[("django.template.loaders.locmem.Loader", FILES)],
    libraries={"i18n": "django.templatetags.i18n"},
)


def written_by_django(template: str, context: dict[str, object]) -> str:
    return str(ENGINE.from_string(template).render(Context(context)))


@pytest.mark.parametrize("template", TEMPLATES)
@settings(max_examples=15, deadline=None)
@given(context=contexts(words))
def test_what_django_writes_is_in_the_language_of_the_nodes(
    template: str, context: dict[str, object]
) -> None:
    nodes = django.read(Source("t.html", template), Folder(FILES))

    assert says(nodes, written_by_django(template, context), ANYTHING)


@pytest.mark.parametrize("template", TEMPLATES)
@settings(max_examples=10, deadline=None)
@given(context=contexts(digits), data=st.data())
def test_what_no_django_template_writes_is_not(
    template: str, context: dict[str, object], data: st.DataObject
) -> None:
    written = written_by_django(template, context)
    nodes = django.read(Source("t.html", template), Folder(FILES))
    place = data.draw(st.integers(0, len(written)))

    assert says(nodes, written, DIGITS)
    assert not says(nodes, f"{written[:place]}~X~{written[place:]}", DIGITS)
