"""Approved mark-up: what fits it, what does not, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape as escape_html

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from filter.dialects.markup import markup_tokens
from filter.dialects.nodes import Choice, Hole, Loop, Node, Text
from filter.message import Channel, HtmlPart, Message
from filter.reading.canonical import MarkupError, canonical_markup
from filter.ruleset import Match, Slot, SlotType, Template
from filter.templates.markup import MarkupWording, as_markup, difference_in_markup
from filter.templates.walk import Budget
from filter.templates.wording import compile_tokens, compile_wording
from tests.templates.build import OTP, codes, mail, match

SLOTS = {
    "code": Slot("code", SlotType.DIGITS, max_length=8),
    "name": Slot("name", SlotType.TEXT, max_length=60),
    "url": Slot("url", SlotType.URL),
    "item": Slot("item", SlotType.WORDS),
}
MARKUP = (
    '<p class="a">Dear {name}, your code is <b title="{name}">{code}</b>. <a href="{url}">Go</a>'
)
LETTER = Template(
    id="letter",
    source="rules/letter.yaml:1",
    channels=frozenset({Channel.EMAIL}),
    senders=OTP.senders,
    texts=("Dear {name}, your code is {code}. Go",),
    subjects=("Your code",),
    markups=(MARKUP,),
    slots=tuple(SLOTS.values()),
)
SOURCE = (
    '<P class=a>Dear O&#39;Brien &amp; Sons, your code is\n <b title="O\'Brien &amp; Sons">4711'
    "</b>. <a href='https://a.example/?x=1&amp;y=2'>Go</a>"
)
SAID = "Dear O'Brien & Sons, your code is 4711. Go"


def letter(source: str = SOURCE, said: str = SAID) -> Message:
    return replace(mail("Your code", said, said), htmls=(HtmlPart("part 1.2", source),))


def wording(pattern: str) -> MarkupWording:
    return as_markup(compile_wording(pattern, SLOTS))


def says(pattern: str, html: str) -> Mapping[str, str] | None:
    return next(wording(pattern).fits(canonical_markup(html), {}, Budget()), None)


def test_a_message_with_the_approved_mark_up_fits_and_slots_have_what_is_read() -> None:
    found = match(letter(), LETTER)

    assert isinstance(found, Match)
    assert found.values == {
        "name": "O'Brien & Sons",
        "code": "4711",
        "url": "https://a.example/?x=1&y=2",
    }


def test_a_message_without_an_html_part_needs_no_mark_up() -> None:
    assert isinstance(match(mail("Your code", SAID), LETTER), Match)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("class=a", "class=b"),
        ("class=a", ""),
        ("class=a", 'class=a style="display:none"'),
        ("<b title", "<i title"),
        ("</b>", ""),
        (">Go<", "><img src='https://a.example/x'>Go<"),
        ("<P", "<style>p { color: red }</style><P"),
        ("4711</b>", "<span>4711</span></b>"),
        ('title="O\'Brien &amp; Sons"', 'title="O\'Brien &amp; Sons" onclick="x"'),
        ('title="O\'Brien &amp; Sons"', 'title="Somebody else"'),
        ("your code is", "your code is<!--[if mso]>x<![endif]-->"),
        ("<P", "<P\u00a0"),
    ],
)
def test_another_tag_attribute_style_or_value_is_held(old: str, new: str) -> None:
    assert old in SOURCE

    assert codes(letter(SOURCE.replace(old, new)), LETTER)[0] in (
        "template.markup",
        "template.values_differ",
    )


def test_every_html_part_needs_an_approved_mark_up() -> None:
    other = HtmlPart("part 2", SOURCE.replace("class=a", "class=b"))
    message = letter()

    assert codes(replace(message, htmls=(*message.htmls, other)), LETTER) == ["template.markup"]


def test_the_finding_shows_the_place_and_not_the_document() -> None:
    long = LETTER.markups[0] + "<p>x</p>" * 2000
    template = replace(LETTER, markups=(long,))
    found = match(letter(SOURCE.replace("<b title", "<i title") + "<p>x</p>" * 2000), template)

    (finding,) = found.findings  # type: ignore[union-attr]  # it is a miss
    assert finding.detail == (
        'not the mark-up of the template letter: …<[-b title="-]{+i title="O\'Brien &amp; Sons">…+}'
    )
    assert finding.where == "part 1.2"


# --- what values cannot bring with them

_ANYTHING = '<p>{name}</p><b title="{name}">x</b>'


@pytest.mark.parametrize(
    "html",
    [
        '<p>a<i>b</i></p><b title="a<i>b</i>">x</b>',
        '<p>a" class="b</p><b title="a" class="b">x</b>',
        '<p>a</p><b title="a" class="b">x</b>',
        '<p>a</p><i></i><b title="a">x</b>',
        '<p>a<!-- y --></p><b title="a"><!--[if mso]>y<![endif]-->x</b>',
    ],
)
def test_a_value_never_holds_mark_up_even_if_its_slot_takes_all_text(html: str) -> None:
    try:
        assert says(_ANYTHING, html) is None
    except MarkupError:
        return


@given(st.text(st.sampled_from("ab <>&\"'=/;-!"), min_size=1, max_size=30))
def test_what_is_written_into_a_source_without_escaping_is_text_or_does_not_fit(value: str) -> None:
    try:
        found = says("<p>{name}</p>", f"<p>{value}</p>")
    except MarkupError:
        return
    form = canonical_markup(f"<p>{value}</p>")

    assert found is None or form.count("<") == 2


# --- renderings of sources

SHOP: tuple[Node, ...] = (
    Text('<!DOCTYPE html><style>a { color: red }</style><body bgcolor=white>\n<p class="'),
    Choice("vip", ((Text("gold"),), (Text("plain"),))),
    Text('">Dear '),
    Hole("name", "name"),
    Text("</p>"),
    Choice("empty", ((Text("<p>Nothing.</p>"),), ())),
    Text("<ul>"),
    Loop("each_item", (Text("\n<li>"), Hole("item", "item"), Text("</li>"))),
    Text("</ul><!-- end --><!--[if mso]><v:rect href='"),
    Hole("url", "url"),
    Text("'/><![endif]--><a href='"),
    Hole("url", "url"),
    Text("'>Go</a></body>"),
)
SHOP_WORDING = as_markup(compile_tokens(markup_tokens(SHOP), SLOTS))


def render(name: str, url: str, items: list[str], *, vip: bool, empty: bool) -> str:
    lines = "".join(f"\n<li>{escape_html(item)}</li>" for item in items)
    return (
        "<!DOCTYPE html><style>a { color: red }</style><body bgcolor=white>\n"
        f'<p class="{"gold" if vip else "plain"}">Dear {escape_html(name)}</p>'
        f"{'<p>Nothing.</p>' if empty else ''}<ul>{lines}</ul><!-- end -->"
        f"<!--[if mso]><v:rect href='{escape_html(url)}'/><![endif]-->"
        f"<a href='{escape_html(url)}'>Go</a></body>"
    )


_RENDERINGS = st.builds(
    render,
    st.sampled_from(["Aminah", "O'Brien & Sons", 'A "quoted" name', "a < b", "漢字", "&amp; so"]),
    st.sampled_from(["https://a.example/", "https://a.example/?a=1&b=2&copy=3"]),
    st.lists(st.sampled_from(["one", "Room 1, Block B", "a & b", "x"]), max_size=5),
    vip=st.booleans(),
    empty=st.booleans(),
)


@given(_RENDERINGS)
def test_every_rendering_of_a_source_fits_its_pattern(html: str) -> None:
    assert next(SHOP_WORDING.fits(canonical_markup(html), {}, Budget()), None) is not None


_CHANGES = ["<b>x</b>", "<p>", "</p>", " ", "x", "<img src=x>", " id=x", '"', "'", ">", "<!-- -->"]


@given(_RENDERINGS, st.integers(0, 10_000), st.integers(0, 3), st.sampled_from(_CHANGES))
def test_a_rendering_with_other_mark_up_does_not_fit(
    html: str, place: int, length: int, change: str
) -> None:
    place %= len(html)
    mutated = html[:place] + change + html[place + length :]
    try:
        form = canonical_markup(mutated)
    except MarkupError:
        return
    assume(_skeleton(form) != _skeleton(canonical_markup(html)))

    assert next(SHOP_WORDING.fits(form, {}, Budget()), None) is None


def _skeleton(form: str) -> list[str]:
    """Return the tags, with the values that are slots or branches left out."""
    tags = [piece.partition(">")[0] for piece in form.split("<")[1:]]
    kept = [
        "p"
        if t in ('p class="gold"', 'p class="plain"')
        else t.partition("href=")[0]
        if t.startswith(("a href", "v:rect href")) and t.count('"') == 2
        else t
        for t in tags
        if t not in ("li", "/li")
    ]
    return [k for k in kept if k not in ("p", "/p")]


def test_a_difference_is_short_whatever_differs() -> None:
    difference = difference_in_markup([SHOP_WORDING], "<p>" * 1000)

    assert len(difference) < 300
