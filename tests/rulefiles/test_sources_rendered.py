"""What the real engine renders of a source passes the whole gate, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import jinja2
import pytest

from filter.inspection import inspect
from filter.message import Channel
from filter.reading.sandbox import Sandbox
from filter.rulefiles.examples import transaction_of
from filter.rulefiles.load import load_rules
from filter.ruleset import Example, RuleSet
from filter.settings import Inspection
from filter.verdict import Disposition, Verdict

LIMITS = Inspection()
RULES = """\
templates:
  - id: order
    channel: email
    from: shop@shop.example
    source:
      dialect: jinja
      subject: "Order {{ order.number }}"
      text: order.txt
      html: order.html
    slots:
      customer: text 1-60
      order_number: digits 1-8
      item_name: words
      item_url: url
      note: text 1-80
    examples:
      pass: [{subject: Order 1, text: "Hello Jo, you ordered: - a Thank you."}]
      hold: [{text: "Hello"}]
links:
  - {id: shop, host: shop.example, query: [a, b, copy]}
"""
TEXT = """\
Hello {{ customer }}, you ordered:
{% for item in order.lines %}
- {{ item.name }}
{% endfor %}
{% if note %}Your note: {{ note }}
{% endif %}Thank you.
"""
HTML = """\
<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Order</title>
<style type="text/css">
  .line { color: #333333 }
  @media only screen and (max-width: 600px) { .wide { width: 100% !important } }
</style>
<!--[if mso]><style>td { font-family: Arial }</style><![endif]-->
</head>
<body bgcolor="#ffffff">
<!-- order mail -->
<TABLE class=wide width="600" cellpadding="0"><tr><td align="{{ 'left' }}">
  <p>Hello {{ customer }}, you ordered:</p>
  <ul>
  {% for item in order.lines %}
    <li class="line"><a href="{{ item.url }}">- {{ item.name }}</a></li>
  {% endfor %}
  </ul>
  {% if note %}<p{% if urgent %} class="urgent"{% endif %}>Your note: {{ note }}</p>{% endif %}
  <p>Thank you.</p>
</td></tr></TABLE>
</body></html>
"""
PLAIN: Mapping[str, object] = {
    "customer": "Jo",
    "order": {"number": "4711", "lines": [{"name": "a pen", "url": "https://shop.example/p/1"}]},
}
AWKWARD = [
    {},
    {"customer": "O'Brien & Sons <Ltd>", "note": 'Ring "twice" & wait; 5 > 4'},
    {"customer": "Müller-Lüdenscheidt", "urgent": True, "note": "x"},
    {"customer": "e\u0301lan vital"},
    {"note": "&amp; is written &amp;amp;", "urgent": True},
    {
        "order": {
            "number": "1",
            "lines": [
                {"name": f"thing {n}, b & c", "url": f"https://shop.example/p?a={n}&copy=2&b=3"}
                for n in range(12)
            ],
        }
    },
]


@pytest.fixture(scope="module")
def looker() -> Iterator[Sandbox]:
    with Sandbox(LIMITS) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> RuleSet:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "order.txt").write_text(TEXT)
    (folder / "order.html").write_text(HTML)
    (folder / "rules.yaml").write_text(RULES)
    return load_rules(folder)


def rendered(values: Mapping[str, object]) -> tuple[str, str]:
    """Return text and HTML as an application writes them: HTML with values escaped."""
    known = {**PLAIN, **values}
    plain = jinja2.Environment()
    markup = jinja2.Environment(autoescape=True)
    return plain.from_string(TEXT).render(known), markup.from_string(HTML).render(known)


def judged(rules: RuleSet, looker: Sandbox, text: str, html: str, number: str) -> Verdict:
    example = Example(True, "", Channel.EMAIL, "shop@shop.example", f"Order {number}", text, html)
    return inspect(transaction_of(example, rules.templates), rules, looker, LIMITS)


def number_of(values: Mapping[str, object]) -> str:
    order = {**PLAIN, **values}["order"]
    assert isinstance(order, dict)
    return str(order["number"])


@pytest.mark.parametrize("values", AWKWARD)
def test_every_rendering_passes(
    rules: RuleSet, looker: Sandbox, values: Mapping[str, object]
) -> None:
    verdict = judged(rules, looker, *rendered(values), number_of(values))

    assert verdict.disposition is Disposition.PASS, verdict.findings


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<p>Thank you.", '<p>Thank you.<img src="https://shop.example/pixel">'),
        ("<p>Thank you.", '<p style="color: red">Thank you.'),
        ("</ul>", "</ul><hr>"),
        ("</ul>", "</ul><br>"),
        ("#333333", "#333334"),
        ('width="600"', 'width="500"'),
        ("font-family: Arial", "font-family: Georgia"),
        ('bgcolor="#ffffff"', 'bgcolor="#ff0000"'),
        ('href="https://shop.example/p/1"', 'href="https://shop.example/p/1" target="_top"'),
        ('href="https://shop.example/p/1"', 'href="https://evil.example/p/1"'),
        ('<li class="line">', "<li>"),
        ("<b></b>", ""),
        ("Hello Jo", "Hello <b>Jo</b>"),
        ("Hello Jo", "Hello Jo<span></span>"),
        ("<!-- order mail -->", "<!--[if mso]><br><![endif]-->"),
    ],
)
def test_a_rendering_with_other_mark_up_is_held(
    rules: RuleSet, looker: Sandbox, old: str, new: str
) -> None:
    text, html = rendered({})
    changed = html.replace(old, new)
    verdict = judged(rules, looker, text, changed, "4711")

    assert (changed == html) == (verdict.disposition is Disposition.PASS)
