"""What the engine writes is what the nodes say, and nothing else is."""

# ruff: noqa: E501 - templates are read whole

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from liquid import DictLoader, Environment

from filter.dialects import liquid
from filter.dialects.nodes import Source
from tests.dialects.corpus import contexts, digits, words
from tests.dialects.language import ANYTHING, DIGITS, Folder, says

FILES = {
    "foot": "-- {{ user.name }}{% if vip %} (VIP){% endif %}{% assign left = 'L' %}",
    "field": "[{{ label }}: {{ x }}{{ a }}]",
    "part": "({{ part }})",
}
TEMPLATES = [
    "Hi {{ user.name }}, {{ user['code'] }}!",
    "{% if vip %}V{% else %}N{% endif %}{% unless vip %}n{% else %}v{% endunless %}|{{ a | default: 'none' }}",
    "{% if status == 'paid' %}P{% elsif status == 'open' and vip %}O{% elsif a %}{{ a }}{% else %}-{% endif %}",
    "{% case status %}{% when 'paid', 'open' %}P{% when 'late' %}L{% else %}?{% endcase %}",
    "{% for x in items %}{{ forloop.index }}:{{ x.name }}{% unless forloop.last %}, {% endunless %}{% endfor %}.",
    "{% for x in items limit: 2 %}<{{ x.name | upcase }}>{% else %}nobody{% endfor %}",
    "{% for x in items %}{% for p in x.parts %}({{ p }}){% endfor %};{% endfor %}",
    "{% assign greeting = a | default: 'You' %}Dear {{ greeting | upcase }} {{ greeting }}",
    "{% assign t = 'x' %}{% if vip %}{% assign t = 'y' %}{% endif %}{{ t }}{{ t }}",
    "{% assign sum = 0 %}{% for x in items %}{% assign sum = sum | plus: 1 %}{{ sum }};{% endfor %}= {{ sum }}",
    "{% capture t %}<{{ a }}>{% endcapture %}{{ t }} and {{ t }}",
    "{% render 'field', label: 'L', x: user.name %}{% include 'foot' %}{{ left }}",
    "{% render 'part' for tags as part %}|{% render 'part' with a as part %}",
    "{{ tags | join: ', ' }}.",
    "{{ 'a' | append: b | prepend: '-' }}{{ 'word' | size }}{{ items.size }}{{ true }}{{ nil }}",
    "{%- if vip -%}  yes  {%- else %}  no  {% endif -%}  end",
    "a{% if vip %}  {% assign z = 1 %} {% endif %}b{{ z }}",
    "{% for i in (1..3) %}{{ i }},{% endfor %}{% for x in items %}{% cycle 'odd', 'even' %} {% endfor %}",
    "{% comment %}{{ no }}{% endcomment %}{% raw %}{{ raw }}{% endraw %}{{ 'R&D' }} {{ 'R&D' | escape }}",
    "{% if items.size > 1 and status contains 'a' %}1{% endif %}{% if a != blank %}2{% endif %}",
    "{% liquid\n assign q = user.name\n if vip\n echo q\n endif\n%}!",
    "{% increment k %}{% increment k %}{% decrement m %}",
    "{% for x in items %}{% assign last = x.name %}{% endfor %}<{{ last }}>",
]
ENGINE = Environment(loader=DictLoader(FILES))


@pytest.mark.parametrize("template", TEMPLATES)
@settings(max_examples=15, deadline=None)
@given(context=contexts(words))
def test_what_liquid_writes_is_in_the_language_of_the_nodes(
    template: str, context: dict[str, object]
) -> None:
    written = ENGINE.from_string(template).render(**context)
    nodes = liquid.read(Source("t.liquid", template), Folder(FILES))

    assert says(nodes, written, ANYTHING)


@pytest.mark.parametrize("template", TEMPLATES)
@settings(max_examples=10, deadline=None)
@given(context=contexts(digits), data=st.data())
def test_what_no_liquid_template_writes_is_not(
    template: str, context: dict[str, object], data: st.DataObject
) -> None:
    written = ENGINE.from_string(template).render(**context)
    nodes = liquid.read(Source("t.liquid", template), Folder(FILES))
    place = data.draw(st.integers(0, len(written)))

    assert says(nodes, written, "-?" + DIGITS)
    assert not says(nodes, f"{written[:place]}~X~{written[place:]}", "-?" + DIGITS)
