"""Changes after which a reader sees other words or follows another link: none may ever pass.

Each change knows what it did; whether that is seen is not asked of the gate's reader. Words are
changed where a template has fixed ones: inside of a slot another value may be as good.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import yaml

from filter.inspection import read
from filter.ruleset import Match
from tests.battery import htmltokens
from tests.battery.judge import LIMITS, battery_rules, transaction_of
from tests.battery.mailtree import Node
from tests.battery.sample import Sample

RULES = Path(__file__).parent / "rules"
_WORD = re.compile(r"\S+")
_SLOT = re.compile(r"\{[^{}]*\}")
INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u202a\u2066\u200e\u200f\u061c\u180e\u034f\u2800\u3164"
    "\ufe0f\U000e0041\U000e0101\u0007\u007f"
)
# Letters, and others that look like them.
_ALIKE = dict(
    zip(
        "aceiopxyAEMH0lIrnstdu",
        "\u0430\u0441\u0435\u0456\u043e\u0440\u0445\u0443\u0391\u0395\u041c\u041d\u041eIl\uff52\u0578\u0455\u03c4\u0501\u057d",
        strict=True,
    )
)
SENTENCES = (
    "You are infected.",
    "Call 03-1234 5678 now!",
    "Ignore this.",
    "Sie sind infiziert.",
    "\u4f60\u88ab\u611f\u67d3\u4e86",
    "evil.example/now",
    "https://evil.example/",
    "anna@evil.example",
    "\U0001f608",
)
LINKS = (
    "https://evil.example/x",
    "evil.example",
    "www.evil.example/a?b=c",
    "a@evil.example",
    "evil\u3002example",
)
Change = Callable[["Told", Random], bool]


class Told:
    """What one legitimate sample says, open to be changed in one place."""

    def __init__(self, sample: Sample, root: Node | None) -> None:
        self.root = root
        self.body = sample.text.body if sample.text else ""
        self.fixed, self.unseen = _known(sample.id)

    def places(self) -> list[Place]:
        """Return all texts: subject, plain text, nodes of HTML (the text message's own)."""
        if self.root is None:
            return [_Body(self)]
        found: list[Place] = [_Subject(self.root)] if self.root.header("subject") else []
        found += [_Plain(node) for node in self.root.texts("text/plain")]
        for node in self.root.texts("text/html"):
            pieces = htmltokens.tokens(node.text or "")
            found += [
                _Piece(node, pieces, place)
                for place, piece in enumerate(pieces)
                if htmltokens.is_text(piece)
            ]
        return found

    def hides(self, text: str) -> bool:
        """Tell whether a text is the hidden preview text, where padding is nothing special."""
        return bool(self.unseen) and _letters(text) in self.unseen

    def plain(self) -> list[Place]:
        """Return the plain texts."""
        return [_Plain(node) for node in self.root.texts("text/plain")] if self.root else []

    def htmls(self) -> list[Node]:
        """Return the HTML parts."""
        return self.root.texts("text/html") if self.root else []


class Place:
    """A text that can be read and replaced."""

    def get(self) -> str:
        raise NotImplementedError

    def set(self, text: str) -> None:
        raise NotImplementedError


class _Body(Place):
    def __init__(self, told: Told) -> None:
        self._told = told

    def get(self) -> str:
        return self._told.body

    def set(self, text: str) -> None:
        self._told.body = text


class _Subject(Place):
    def __init__(self, root: Node) -> None:
        self._root = root

    def get(self) -> str:
        return self._root.header("subject") or ""

    def set(self, text: str) -> None:
        self._root.set_header("subject", text)


class _Plain(Place):
    def __init__(self, node: Node) -> None:
        self._node = node

    def get(self) -> str:
        return self._node.text or ""

    def set(self, text: str) -> None:
        self._node.text = text


class _Piece(Place):
    def __init__(self, node: Node, pieces: list[str], place: int) -> None:
        self._node, self._pieces, self._place = node, pieces, place

    def get(self) -> str:
        return html.unescape(self._pieces[self._place])

    def set(self, text: str) -> None:
        self._pieces[self._place] = htmltokens.escaped(text)
        self._node.text = "".join(self._pieces)


@cache
def _literals() -> dict[str, frozenset[str]]:
    """Return the fixed words of each template, those that touch a slot left out."""
    found: dict[str, frozenset[str]] = {}
    for file in sorted(RULES.glob("*.yaml")):
        for template in yaml.safe_load(file.read_text(encoding="utf-8")).get("templates", ()):
            texts: list[str] = []
            for name in ("subject", "text", "html", "preheader"):
                value = template.get(name) or []
                texts += (
                    [value] if isinstance(value, str) else [v for v in value if isinstance(v, str)]
                )
            words = {word for text in texts for word in _SLOT.sub("{}", text).split()}
            found[template["id"]] = frozenset(word for word in words if "{" not in word)
    return found


@cache
def samples_known() -> dict[str, Sample]:
    """Return the legitimate samples by their names."""
    from tests.battery.collection import all_samples  # noqa: PLC0415 - the families import a lot

    return {sample.id: sample for sample in all_samples() if not sample.because}


@cache
def _known(name: str) -> tuple[frozenset[str], str]:
    """Return a sample's fixed words, and its hidden preview text.

    Which template it is and where slots stand is asked of the gate: it chooses the places only.
    """
    message = read(transaction_of(samples_known()[name]), LIMITS)
    found = battery_rules().matcher.match(message)
    if not isinstance(found, Match):
        return frozenset(), ""
    in_slots = {word for value in found.values.values() for word in value.split()}
    literal = _literals().get(found.template.id, frozenset())
    return literal - in_slots, _letters("".join(view.preheader for view in message.views))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _words(told: Told, chance: Random, *, least: int = 2) -> tuple[Place, re.Match[str]] | None:
    """Return a fixed word somewhere."""
    places = told.places()
    chance.shuffle(places)
    for place in places:
        found = [
            m for m in _WORD.finditer(place.get()) if m[0] in told.fixed and len(m[0]) >= least
        ]
        if found:
            return place, chance.choice(found)
    return None


def _in_word(change: Callable[[str, Random], str]) -> Change:
    def run(told: Told, chance: Random) -> bool:
        found = _words(told, chance)
        if found is None:
            return False
        place, word = found
        changed = change(word[0], chance)
        if changed == word[0]:
            return False
        text = place.get()
        place.set(text[: word.start()] + changed + text[word.end() :])
        return True

    return run


def _insert(signs: Sequence[str]) -> Callable[[str, Random], str]:
    def change(word: str, chance: Random) -> str:
        place = chance.randint(1, len(word) - 1)
        return word[:place] + chance.choice(signs) + word[place:]

    return change


def _delete(word: str, chance: Random) -> str:
    place = chance.randrange(len(word))
    return word[:place] + word[place + 1 :]


def _replace(word: str, chance: Random) -> str:
    place = chance.randrange(len(word))
    return word[:place] + chance.choice("abkzAZ059-\u00e9\u00f1\u4e2d") + word[place + 1 :]


def _swap(word: str, chance: Random) -> str:
    place = chance.randrange(len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _other_script(word: str, chance: Random) -> str:
    places = [place for place, letter in enumerate(word) if letter in _ALIKE]
    if not places:
        return word
    place = chance.choice(places)
    return word[:place] + _ALIKE[word[place]] + word[place + 1 :]


def _case(word: str, chance: Random) -> str:
    place = chance.randrange(len(word))
    return word[:place] + word[place].swapcase() + word[place + 1 :]


def _anywhere(told: Told, chance: Random) -> bool:
    """Put a character that nobody sees between two others, in a slot or not."""
    places = [place for place in told.places() if re.search(r"[a-zA-Z]{2}", place.get())]
    places = [
        place for place in places if place.get().strip() not in told.unseen or not told.unseen
    ]
    if not places:
        return False
    place = chance.choice(places)
    text = place.get()
    spot = chance.choice([m.start() for m in re.finditer(r"(?<=[a-zA-Z])(?=[a-zA-Z])", text)])
    place.set(text[:spot] + chance.choice(INVISIBLE) + text[spot:])
    return True


def _between(told: Told, chance: Random, said: str) -> bool:
    """Put words between two fixed ones, where no slot could take them."""
    spots: list[tuple[Place, int]] = []
    for place in told.places():
        words = list(_WORD.finditer(place.get()))
        spots += [
            (place, one.end())
            for one, two in pairwise(words)
            if one[0] in told.fixed and two[0] in told.fixed and said not in (one[0], two[0])
        ]
    if not spots:
        return False
    place, spot = chance.choice(spots)
    text = place.get()
    place.set(f"{text[:spot]} {said}{text[spot:]}")
    return True


def _sentence(told: Told, chance: Random) -> bool:
    return _between(told, chance, chance.choice(SENTENCES))


def _repeat(told: Told, chance: Random) -> bool:
    found = _words(told, chance)
    return found is not None and _between(told, chance, found[1][0])


def _bare_link(told: Told, chance: Random) -> bool:
    """Put a link between any two words, in a slot or not."""
    place = chance.choice(told.places())
    text = place.get()
    spots = [m.end() for m in _WORD.finditer(text)][:-1]
    if not spots or told.hides(text):
        return False
    spot = chance.choice(spots)
    place.set(f"{text[:spot]} {chance.choice(LINKS)}{text[spot:]}")
    return True


# --- links, elements, attributes, styles


def _tags(told: Told, wanted: Callable[[str], bool]) -> list[tuple[Node, list[str], int]]:
    found = []
    for node in told.htmls():
        pieces = htmltokens.tokens(node.text or "")
        found += [(node, pieces, place) for place, piece in enumerate(pieces) if wanted(piece)]
    return found


def _change_tag(
    told: Told,
    chance: Random,
    wanted: Callable[[str], bool],
    change: Callable[[list[tuple[str, str | None]], Random], list[tuple[str, str | None]] | None],
) -> bool:
    found = _tags(told, wanted)
    if not found:
        return False
    node, pieces, place = chance.choice(found)
    changed = change(htmltokens.attributes(pieces[place]), chance)
    if changed is None:
        return False
    pieces[place] = htmltokens.tag(pieces[place], changed)
    node.text = "".join(pieces)
    return True


def _is_link(token: str) -> bool:
    return htmltokens.opened(token) == "a" and any(
        name.lower() == "href" and (value or "").lower().startswith(("http", "mailto:", "tel:"))
        for name, value in htmltokens.attributes(token)
    )


def _with(
    said: list[tuple[str, str | None]], name: str, value: str
) -> list[tuple[str, str | None]]:
    return [(n, v) for n, v in said if n.lower() != name] + [(name, value)]


def _spoil_href(
    said: list[tuple[str, str | None]], chance: Random
) -> list[tuple[str, str | None]] | None:
    href = next(v or "" for n, v in said if n.lower() == "href")
    if href.lower().startswith("mailto:"):
        changed = chance.choice(
            (
                "mailto:a@evil.example",
                href.replace("@", "x@"),
                href + ",a@evil.example",
                href + "?bcc=a@evil.example",
            )
        )
    elif href.lower().startswith("tel:"):
        changed = chance.choice((href + "9", "tel:+60999", "sms:+60999"))
    else:
        scheme, _, rest = href.partition("://")
        host, slash, path = rest.partition("/")
        place = chance.randrange(len(host))
        letter = chance.choice("bqz7-")
        changed = chance.choice(
            (
                f"{scheme}://{host[:place]}{letter}{host[place:]}{slash}{path}",
                f"{scheme}://{host}.evil.example{slash}{path}",
                f"{scheme}://evil.example/{host}{slash}{path}",
                f"{scheme}://{host}@evil.example{slash}{path}",
                f"{scheme}://evil@{host}{slash}{path}",
                f"{scheme}://{host}:8443{slash}{path}",
                f"{scheme}://{host}{slash}..%2f{path}",
                f"{scheme}://{host}\\@evil.example{slash}{path}",
                f"{scheme}://{host.replace('e', _ALIKE['e'], 1)}{slash}{path}",
                f"{scheme}:/\\{host}{slash}{path}",
                f"ftp://{host}{slash}{path}",
                "javascript:alert(1)",
                "data:text/html,x",
                "//evil.example/",
                "evil.example",
                f"{scheme}://{host}{slash}{path}#https://evil.example/",
                f"{scheme}://{host}{slash}{path}{'&' if '?' in path else '?'}next=https://evil.example/",
            )
        )
    return None if changed == href else _with(said, "href", changed)


def _href(told: Told, chance: Random) -> bool:
    return _change_tag(told, chance, _is_link, _spoil_href)


ELEMENTS = """
<p>You are infected.</p>
<b>!</b>
<a href="https://evil.example/">.</a>
<img src="https://evil.example/x.png" alt="">
<script>alert(1)</script>
<iframe src="https://evil.example/"></iframe>
<svg><text>Run</text></svg>
<form action="https://evil.example/"><button>Pay</button></form>
<input value="Run">
<select><option>Run</option></select>
<marquee>Run</marquee>
<object data=x></object>
<video src="https://evil.example/x"></video>
<textarea>Run</textarea>
<h1>Run</h1>
<area href="https://evil.example/">
<base href="https://evil.example/">
<meta http-equiv="refresh" content="0;url=https://evil.example/">
<math><mi>Run</mi></math>
<link rel="stylesheet" href="https://evil.example/x.css">
<img alt="Run" src="cid:none">
<q title="Run">,</q>
<ruby>,<rt>Run</rt></ruby>
<style>*{display:none}</style>
<style>p::before{content:"Run"}td::before{content:"Run"}a:after{content:"Run"}</style>
<plaintext>
<!--[if mso]><p>Run</p><![endif]-->
<template><p>Run</p></template>
<noscript>Run</noscript>
<progress value=1>
<details><summary>Run</summary></details>
<span hidden>Run</span>
<p style="display:none">Run</p>
<img src="data:image/svg+xml,x" alt="">
""".strip().splitlines()


def _texts(told: Told) -> list[tuple[Node, list[str], int]]:
    """Return the pieces of HTML that are fixed text."""
    return [
        (node, pieces, place)
        for node, pieces, place in _tags(told, htmltokens.is_text)
        if any(word in told.fixed for word in html.unescape(pieces[place]).split())
    ]


def _texts_in_elements(told: Told) -> list[tuple[Node, list[str], int]]:
    """Return the tags right before fixed text that is seen."""
    return [
        (node, pieces, place - 1)
        for node, pieces, place in _texts(told)
        if place
        and htmltokens.opened(pieces[place - 1])
        and not told.hides(html.unescape(pieces[place]))
    ]


def _element(told: Told, chance: Random) -> bool:
    """Put an element before or behind a text."""
    found = _texts(told)
    if not found:
        return False
    node, pieces, place = chance.choice(found)
    pieces.insert(place + chance.randint(0, 1), chance.choice(ELEMENTS))
    node.text = "".join(pieces)
    return True


HIDING = """
display:none
font-size:0
visibility:hidden
opacity:0
position:absolute;left:-9999px
text-indent:-9999px
max-height:0;overflow:hidden
transform:scale(0)
clip-path:circle(0)
font-size:1px
color:transparent
mso-hide:all
height:0;overflow:hidden
width:0;overflow:hidden
position:fixed;top:-500px
margin-left:-9999px
line-height:0;font-size:0
filter:opacity(0)
-webkit-text-security:disc
direction:rtl;unicode-bidi:bidi-override
content:url(https://evil.example/x)
float:left;margin-top:-200px
color:#fff;background:#fff
zoom:0
-webkit-text-fill-color:transparent
font-family:Wingdings
""".strip().splitlines()


def _text_behind(pieces: list[str], place: int) -> str:
    return " ".join(pieces[place + 1].split()) if place + 1 < len(pieces) else ""


def _style(told: Told, chance: Random) -> bool:
    """Give the element around a text a style that takes it away or changes it."""
    # The name on top is approved to be there and to be left out: hiding it changes nothing.
    found = [one for one in _texts_in_elements(told) if _text_behind(*one[1:]) != "MyHealth"]
    if not found:
        return False
    node, pieces, place = chance.choice(found)
    said = htmltokens.attributes(pieces[place])
    before = next((v or "" for n, v in said if n.lower() == "style"), "")
    hiding = chance.choice(HIDING).replace(";", " !important;") + " !important"
    pieces[place] = htmltokens.tag(
        pieces[place], _with(said, "style", f"{before};{hiding}".strip(";"))
    )
    node.text = "".join(pieces)
    return True


ATTRIBUTES = (
    *(("onclick", "alert(1)"), ("onload", "x"), ("hidden", ""), ("hidden", "until-found")),
    *(("popover", "auto"), ("style", "display:none"), ("title", "You are infected")),
    *(("background", "https://evil.example/x.png"), ("data", "//evil.example/x")),
    *(("xlink:href", "https://evil.example/"), ("action", "https://evil.example/")),
    ("srcset", "https://evil.example/x.png 2x"),
)


def _attribute(told: Told, chance: Random) -> bool:
    """Give the element around a text an attribute that acts, speaks or loads."""
    found = _texts_in_elements(told)
    if not found:
        return False
    node, pieces, place = chance.choice(found)
    name, value = chance.choice(ATTRIBUTES)
    said = htmltokens.attributes(pieces[place])
    pieces[place] = htmltokens.tag(pieces[place], _with(said, name, value))
    node.text = "".join(pieces)
    return True


def _alt(told: Told, chance: Random) -> bool:
    def change(said: list[tuple[str, str | None]], chance: Random) -> list[tuple[str, str | None]]:
        return _with(said, "alt", chance.choice(("You are infected", "Call now", "evil.example")))

    return _change_tag(told, chance, lambda token: token[:4].lower() == "<img", change)


def _sender(told: Told, chance: Random) -> bool:
    if told.root is None:
        return False
    value = next((v for n, v in told.root.fields if n.lower() == "from"), "")
    name, found, address = value.rpartition("<")
    if not found or not name.strip(' "').isascii() or "=?" in name:
        return False
    spoken = name.strip(' "')
    spot = chance.randrange(len(spoken)) if spoken else 0
    spoiled = spoken[:spot] + chance.choice("xkz7\u0430\u200b") + spoken[spot:]
    changed = chance.choice(
        (
            f'"{spoiled}" <{address}',
            f"{name}<x{address}",
            f"{name}<{address.replace('@', '@evil.')}",
            f'"{spoken} evil.example" <{address}',
            f"{value}, {value.replace('@', 'x@')}",
        )
    )
    told.root.set_header("from", changed)
    return True


def _reply_to(told: Told, chance: Random) -> bool:
    if told.root is None:
        return False
    name = chance.choice(
        ("Reply-To", "Sender", "Disposition-Notification-To", "Resent-From", "Mail-Followup-To")
    )
    kept = [(n, v) for n, v in told.root.fields if n.lower() != name.lower()]
    told.root.fields = [*kept, (name, "Anna <anna@evil.example>")]
    return True


CHANGES: dict[str, Change] = {
    "a letter more": _in_word(_insert("abkzAZ059\u00e9\u4e2d.!")),
    "a letter less": _in_word(_delete),
    "another letter": _in_word(_replace),
    "two letters in the other order": _in_word(_swap),
    "a letter of another script": _in_word(_other_script),
    "a letter in the other case": _in_word(_case),
    "a blank in a word": _in_word(_insert(" \u00a0\u2009")),
    "a combining mark in a word": _in_word(_insert("\u0301\u0336\u20e0\u0489")),
    "an unseen character in a fixed word": _in_word(_insert(INVISIBLE)),
    "an unseen character anywhere": _anywhere,
    "a sentence more": _sentence,
    "a word twice": _repeat,
    "a bare link anywhere": _bare_link,
    "another address in a link": _href,
    "an element more": _element,
    "a style that hides or changes": _style,
    "an attribute that acts or speaks": _attribute,
    "another alternative text": _alt,
    "another sender": _sender,
    "another way for the answer": _reply_to,
}


def with_body(sample: Sample, body: str) -> Sample:
    """Return a text message with another text."""
    assert sample.text is not None
    fields = replace(sample.text, body=body)
    return replace(sample, text=fields, content=body.encode("utf-8", "surrogatepass"))
