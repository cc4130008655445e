"""The one form in which mark-up is compared: same documents together, others apart."""

from __future__ import annotations

import contextlib
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from filter.reading.canonical import MarkupError, canonical_markup, escape, unescape
from filter.reading.references import decode_references
from filter.reading.text import compose, normalise


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("<TD Align=left>a</TD >", '<td align="left">a</td>', id="letter case, quotes"),
        pytest.param(
            "<br/>x<img src='a' />", '<br>x<img src="a">', id="the slash of void elements"
        ),
        pytest.param("<input disabled>", '<input disabled="">', id="an empty value"),
        pytest.param("a\r\n  b&nbsp;c", "a b c", id="white space"),
        pytest.param("<p>x</p>\n", "<p>x</p>", id="white space at the ends"),
        pytest.param('<p class="a\n b">', '<p class="a b">', id="white space in a value"),
        pytest.param('<img alt="a&nbsp;b">', '<img alt="a b">', id="a blank in what is read"),
        pytest.param("<p\n  id=a\tclass=b>", '<p id="a" class="b">', id="white space in a tag"),
        pytest.param("a<!-- remark -->b", "ab", id="remarks"),
        pytest.param("&eacute;&#233;&#xE9;é", "éééé", id="references"),
        pytest.param("e\u0301", "\u00e9", id="composition"),
        pytest.param("<!DOCTYPE  html>", "<!doctype html>", id="doctype"),
        pytest.param("<style>a {\n}</style>", "<style>a { }</style>", id="a style sheet"),
        pytest.param(
            "<!--[if mso]><TABLE width=1><![endif] -->",
            '<!--[if mso]><table width="1"><![endif]-->',
            id="mark-up for Outlook",
        ),
    ],
)
def test_what_every_reader_takes_for_the_same_has_one_form(one: str, other: str) -> None:
    assert canonical_markup(one) == canonical_markup(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param('<p class="A">', '<p class="a">', id="case of a value"),
        pytest.param('<p class="a\u00a0b">', '<p class="a b">', id="a blank in a class"),
        pytest.param('<p id="a" class="b">', '<p class="b" id="a">', id="order of attributes"),
        pytest.param("<div/>", "<div>", id="the slash of other elements"),
        pytest.param("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;", id="text that looks like a tag"),
        pytest.param("&amp;lt;", "&lt;", id="text that looks like a reference"),
        pytest.param('<a t="&quot; b=&quot;">', '<a t="" b="">', id="a value with quotes"),
        pytest.param('<a t=" x">', '<a t="x">', id="a blank at the end of a value"),
        pytest.param("<p> x</p>", "<p>x</p>", id="a blank at the end of a text"),
        pytest.param("<!--[if mso]>a<![endif]-->", "a", id="text for Outlook"),
        pytest.param("<!--[if mso]>a<![endif]-->", "", id="a comment for Outlook"),
        pytest.param("<!--[if mso]>a<![endif]-->", "<!--[if !mso]>a<![endif]-->", id="conditions"),
        pytest.param("<p>\u0338x</p>", "<p\u226fx</p>".replace("\u226f", ">≯"), id="an overlay"),
        pytest.param("<p>a<p>b", "<p>a</p><p>b</p>", id="end tags left out"),
        pytest.param("a\u200bb", "ab", id="a character that nobody sees"),
    ],
)
def test_what_some_reader_tells_apart_has_two_forms(one: str, other: str) -> None:
    assert canonical_markup(one) != canonical_markup(other)


@pytest.mark.parametrize(
    "html",
    [
        "a < b",
        "<p",
        '<p class=a"b>',
        '<p class="a>',
        '<p class="a<b">',
        '<a\u00a0href="x">',
        "<p></p x>",
        "<!-- open",
        "<style>a",
        "<title>a<b></title>",
        "<?xml version='1.0'?>",
        "<![CDATA[x]]>",
        "<xmp>&lt;b&gt;</xmp>",
        "<p a=1b=2c='3'd>",
        "<1>",
        pytest.param("<!--[if mso]><td\u00a0class='x'><![endif]-->", id="a blank that is none"),
        pytest.param(
            "<!--[if mso]><b>\u0338<![endif]-->x<!--[if mso]><b<\u0338<![endif]-->",
            id="an overlay in a comment that is no mark-up",
        ),
        pytest.param("<style>a\u00a0b {}</style>", id="a blank that is a letter"),
    ],
)
def test_what_is_not_in_the_grammar_has_no_form(html: str) -> None:
    with pytest.raises(MarkupError):
        canonical_markup(html)


def test_an_error_says_where_it_is() -> None:
    with pytest.raises(MarkupError) as caught:
        canonical_markup('<p>x</p>\n<b a"b">')

    assert caught.value.offset == 13
    assert caught.value.message == '<b> is not a plain tag, from `"b">` on'


# --- documents as lists of tags and texts, each written in many ways

_NAMES = st.sampled_from(["a", "td", "p", "div", "br", "img", "o:p", "h1", "span"])
_TEXTS = st.text(
    st.one_of(
        st.sampled_from("ab &<>\"'=/;!-[]#\u00a0\u0338\u0301é漢lgtamp"),
        st.characters(exclude_categories=("Cs", "Cc")),  # references to some mean others
    ),
    max_size=12,
)
_ATTRIBUTES = st.lists(
    st.tuples(st.sampled_from(["class", "href", "alt", "data-x"]), _TEXTS),
    max_size=3,
    unique_by=lambda pair: pair[0],
)
_START = st.tuples(st.just("start"), _NAMES, _ATTRIBUTES)
_END = st.tuples(st.just("end"), _NAMES)
_TEXT = st.tuples(st.just("text"), _TEXTS)
_DOCUMENTS = st.lists(st.one_of(_START, _END, _TEXT), max_size=8)
_VOID = {"br", "img"}


def _folded(text: str) -> str:
    inner = normalise(f"\ue000{text}\ue000")
    return inner[1:-1]


def _valued(name: str, value: str) -> str:
    if name == "alt":
        return _folded(value)
    pieces = re.split(r"([^\S \t\n\f\r]+)", re.sub(r"[ \t\n\f\r]+", " ", value))
    return "".join(p if n % 2 else compose(p) for n, p in enumerate(pieces))


def _meaning(document: list[tuple]) -> list[object]:  # type: ignore[type-arg]
    """Return what the canonical form must tell apart, and nothing more."""
    found: list[object] = []
    text = ""
    for kind, *said in [*document, ("last", "")]:
        if kind == "text":
            text += said[0]
            continue
        if text:
            found.append(_folded(text))
            text = ""
        match kind:
            case "start":
                found.append((kind, said[0], [(n, _valued(n, v)) for n, v in said[1]]))
            case "end":
                found.append((kind, said[0]))
    if found and isinstance(found[0], str):
        found[0] = found[0].lstrip(" ")
    if found and isinstance(found[-1], str):
        found[-1] = found[-1].rstrip(" ")
    return [one for one in found if one != ""]


@st.composite
def _written(draw: st.DrawFn, document: list[tuple]) -> str:  # type: ignore[type-arg]
    """Return one of the ways in which a document can be written."""
    blank = st.sampled_from([" ", "\n", "\t", "  \r\n"])
    pieces: list[str] = []

    def spelled(text: str, special: str) -> str:
        out = []
        for character in text:
            if character in special or draw(st.integers(0, 9)) == 0:
                code = ord(character)
                out.append(
                    draw(st.sampled_from([f"&#{code};", f"&#x{code:X};", f"&#x{code:06x};"]))
                )
            else:
                out.append(character)
        return "".join(out)

    for kind, *said in document:
        if kind == "text":
            pieces.append(spelled(said[0], "&<>") + draw(st.sampled_from(["", "<!-- remark -->"])))
            continue
        name = draw(st.sampled_from([said[0], said[0].upper()]))
        if kind == "end":
            pieces.append(f"</{name}{draw(st.sampled_from(['', ' ']))}>")
            continue
        tag = f"<{name}"
        for attribute, value in said[1]:
            quote = draw(st.sampled_from("\"'"))
            tag += draw(blank) + draw(st.sampled_from([attribute, attribute.upper()]))
            tag += (
                draw(st.sampled_from(["=", " = "])) + quote + spelled(value, "&<" + quote) + quote
            )
        slash = draw(st.sampled_from(["", " /"])) if said[0] in _VOID else ""
        pieces.append(tag + slash + ">")
    return "".join(pieces)


@settings(max_examples=50)
@given(st.data())
def test_all_ways_of_writing_a_document_have_one_form(data: st.DataObject) -> None:
    document = data.draw(_DOCUMENTS)

    one, other = data.draw(_written(document)), data.draw(_written(document))

    assert canonical_markup(one) == canonical_markup(other)


@settings(max_examples=50)
@given(st.data())
def test_two_documents_have_one_form_only_if_they_mean_the_same(data: st.DataObject) -> None:
    one, other = data.draw(_DOCUMENTS), data.draw(_DOCUMENTS)
    same = canonical_markup(data.draw(_written(one))) == canonical_markup(
        data.draw(_written(other))
    )

    assert same == (_meaning(one) == _meaning(other))


@settings(max_examples=50)
@given(st.data())
def test_a_small_change_changes_the_form_unless_it_means_nothing(data: st.DataObject) -> None:
    document = data.draw(_DOCUMENTS.filter(bool))
    changed = list(document)
    place = data.draw(st.integers(0, len(changed) - 1))
    match data.draw(st.sampled_from(["drop", "twice", "other", "swap"])):
        case "drop":
            del changed[place]
        case "twice":
            changed.insert(place, changed[place])
        case "other":
            changed[place] = data.draw(st.one_of(_START, _END, _TEXT))
        case _:
            changed[place], changed[0] = changed[0], changed[place]
    same = canonical_markup(data.draw(_written(document))) == canonical_markup(
        data.draw(_written(changed))
    )

    assert same == (_meaning(document) == _meaning(changed))


@settings(max_examples=50)
@given(st.data())
def test_the_form_is_its_own_form_and_stays_when_texts_are_normalised(data: st.DataObject) -> None:
    form = canonical_markup(data.draw(_written(data.draw(_DOCUMENTS))))

    assert canonical_markup(form) == form
    assert normalise(form) == form


@given(st.text(st.sampled_from("<>&\"'=/!-[]ab p\n;#if modsenltt\u0338"), max_size=60))
def test_any_text_at_all_has_a_stable_form_or_none(html: str) -> None:
    try:
        form = canonical_markup(html)
    except MarkupError:
        return

    assert canonical_markup(form) == form
    assert normalise(form) == form


_PIECES = ["<!--[if mso]>", "<![endif]-->", "<!--[if\f", "<!--", "-->", "<![if !mso]>", "<td", ">",
           " a=b", ' a="', '"', "\u00a0", "\v", "\f", "\u0338", "x", "&lt;", "<style>", "</style>",
           "</td>", "<br/>", "<title>", "</title>", "\n", "]"]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
def test_comments_and_style_sheets_have_a_stable_form_or_none(html: str) -> None:
    try:
        form = canonical_markup(html)
    except MarkupError:
        return

    assert canonical_markup(form) == form
    assert normalise(form) == form


@given(_TEXTS)
def test_a_text_is_written_so_that_it_can_be_read_back(text: str) -> None:
    assert unescape(escape(text)) == text


@pytest.mark.parametrize("stretch", ["a<b", 'a" b', "a>", '"', "a&am", "a&"])
def test_a_stretch_that_holds_mark_up_says_no_text(stretch: str) -> None:
    assert unescape(stretch) is None


_REFERENCES = (
    "&copy &copy; &notit; &#0; &#128; &#x81; &#xD800; &#99999999; &#65 &ampx &amp; &unknown; & &#"
    " &#x = a 1 ; &lang; &lang &NotEqualTilde; &#x1F600;"
)


@given(st.lists(st.sampled_from(_REFERENCES.split(" ")), max_size=6))
def test_references_stand_for_what_browsers_show(pieces: list[str]) -> None:
    source = "".join(pieces)
    tree = LexborHTMLParser(f'<p title="{source}">{source}</p>')
    found = tree.css_first("p")
    assert found is not None

    assert decode_references(source) == found.text(deep=True)
    assert decode_references(source, in_attribute=True) == (found.attributes["title"] or "")


@pytest.mark.parametrize(
    "piece",
    ["<a ", "<", "&", "<!--[if x]>", "<!--", "<p a='", "<p a ", " =", "&#x1", "\u0338", "<style>"],
)
def test_the_form_of_hostile_mark_up_takes_time_in_proportion(piece: str) -> None:
    begun = time.process_time()
    with contextlib.suppress(MarkupError):
        canonical_markup(piece * (400_000 // len(piece)))

    assert time.process_time() - begun < 2


def test_padding_of_a_preview_text_is_a_blank_however_long() -> None:
    pad = "&nbsp;\u200c\u200b\u200d\u200e\u200f\ufeff"
    short, long = (canonical_markup(f"<div>Hello{pad * n}</div>") for n in (3, 40))
    assert short == long
    assert canonical_markup("<p>a\u200bb</p>") != canonical_markup("<p>ab</p>")
