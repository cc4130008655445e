"""How is the mark-up of an HTML part written down, so that two of one form are one document?

A stream of tags, texts and comments for Outlook, in one spelling. Built on the grammar of
filter/reading/markup.py: what is not in it has no canonical form. What the form does not tell apart
is listed in docs/decisions/approved-markup.md; everything else stays apart, to the letter.

In texts and values ``&``, ``<``, ``>`` and ``"`` are always written as references, so that a
``<`` begins a tag and a ``"`` ends a value wherever they stand: no text looks like mark-up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from filter.reading.elements import SPOKEN
from filter.reading.references import decode_references
from filter.reading.text import compose

MAX_CHARACTERS = 2_000_000
# Characters that stand for the holes of a template while its source is read: no message has a
# character of this plane where they would count.
FIRST_MARK = 0x100000
LAST_MARK = 0x10FFFD
MARK: Final = f"[{chr(FIRST_MARK)}-{chr(LAST_MARK)}]"

_BLANK = r"[ \t\n\f\r]"  # of HTML; Python's \s has more
_SPACE = re.compile(r"\s+")
_TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*+(?::[A-Za-z0-9]++)?")
_VALUE = r"(?:\"(?P<double>[^\"<]*+)\"|'(?P<single>[^'<]*+)'|(?P<bare>[^\s\"'=<>`]++))"
_ATTRIBUTE = re.compile(
    rf"(?P<blank>{_BLANK}*+)(?P<name>[A-Za-z_][A-Za-z0-9_:.-]*+)"
    rf"(?:{_BLANK}*+={_BLANK}*+{_VALUE})?"
)
# What begins like a tag, up to its end; whether it is one is asked of the grammar.
_WHOLE = re.compile(r"<[A-Za-z](?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>")
MAX_REMEMBERED = 2000  # characters; a longer tag holds a picture and is not seen again
# White space for us and not for HTML and CSS, and what composes with <, = and >.
_HTML_SPACE = re.compile(rf"{_BLANK}+")
_OTHER_SPACE = re.compile(r"[^\S ]")
_NOT_RAW = re.compile(r"[^\S \t\n\f\r]|\u0338")
_MARKS = re.compile(MARK)
_MARK_BETWEEN = re.compile(rf"(?P<blank>{_BLANK}*+)(?P<mark>{MARK})")
_END_OF_TAG = re.compile(rf"{_BLANK}*+(?P<slash>/?)>")
_END_TAG = re.compile(rf"</(?P<name>{_TAG_NAME.pattern}){_BLANK}*+>")
_DOCTYPE = re.compile(
    rf"<!doctype{_BLANK}++html(?:{_BLANK}++(?P<kind>public|system)"
    rf"(?P<ids>(?:{_BLANK}*+(?:\"[^\"<>&]*+\"|'[^'\"<>&]*+'))*+))?{_BLANK}*+>",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"\"([^\"]*)\"|'([^']*)'")
_REVEALED = re.compile(rf"<!\[(?:if{_BLANK}[^\[\]<>]*+|endif)\]>", re.IGNORECASE)
_FOR_OUTLOOK = re.compile(
    rf"(?P<opens>\[if{_BLANK}[^\[\]<>]*+\]>)(?P<inside>.*)(?P<closes><!\[endif\]){_BLANK}*+",
    re.IGNORECASE | re.DOTALL,
)
_CLOSERS = {
    name: re.compile(rf"</{name}{_BLANK}*+>", re.IGNORECASE)
    for name in ("style", "script", "title", "textarea")
}
# Insides of these are text for some programs and mark-up for others.
_OPAQUE = frozenset({"xmp", "iframe", "noembed", "noframes", "plaintext", "listing"})
# https://html.spec.whatwg.org/multipage/syntax.html#void-elements
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source")
) | {"track", "wbr"}
_ESCAPES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_TO_ESCAPE = re.compile('[&<>"]')
_TO_UNESCAPE = re.compile("&(?:amp|lt|gt|quot);")
_NO_TEXT = re.compile('[<>"]|&(?!(?:amp|lt|gt|quot);)')
_UNESCAPES: Final = {written: character for character, written in _ESCAPES.items()}
_OVERLAY = "\u0338"  # the one character that composes with the end of a tag: > and it are ≯


class MarkupError(ValueError):
    """The mark-up is not in the grammar. ``offset`` counts characters to where it leaves it."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mark stands: ``kind`` is text, raw, tag, value or comment.

    ``serial`` tells one tag, value or element from another; texts share one. ``element`` and
    ``attribute`` are the names around, "" where there are none.
    """

    kind: str
    serial: int = 0
    element: str = ""
    attribute: str = ""


def canonical_markup(html: str) -> str:
    """Return the mark-up of an HTML part in its one form. Raises MarkupError.

    Takes time in proportion to the length. The form is a document itself, its own canonical form,
    and as filter.reading.text.normalise leaves it.
    """
    return _Canon(html, None).written()


def canonical_with_marks(html: str) -> tuple[str, dict[str, Place]]:
    """Return the form of a source in which characters of MARK stand for holes, and their places.

    Marks may stand in text, in values and between attributes. Those in comments that nobody reads
    are dropped with them and have the place ``comment``. Raises MarkupError.
    """
    canon = _Canon(html, {})
    return canon.written(), canon.places or {}


def escape(text: str) -> str:
    """Return how a text or value stands in canonical mark-up."""
    return _TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], text)


def unescape(text: str) -> str | None:
    """Return the text that a stretch of canonical mark-up says.

    None where it holds mark-up, or ends in the middle of a reference.
    """
    if _NO_TEXT.search(text) is not None:
        return None
    return _TO_UNESCAPE.sub(lambda found: _UNESCAPES[found[0]], text) if "&" in text else text


@dataclass(slots=True)
class _Canon:
    """One pass over a source."""

    html: str
    places: dict[str, Place] | None
    out: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)  # since the last tag; comments do not divide it
    serial: int = 0
    around: int = 0  # serial of the comment for Outlook that is read, 0 outside of any

    def written(self) -> str:
        if len(self.html) > MAX_CHARACTERS:
            raise MarkupError(f"more than {MAX_CHARACTERS} characters of HTML", 0)
        self._read(self.html, 0)
        return _guarded("".join(self.out).strip(" "))

    def _read(self, html: str, base: int) -> None:
        """Read a source whose first character is ``base`` characters into the whole."""
        position = 0
        while (start := html.find("<", position)) >= 0:
            if start > position:
                self.text.append(html[position:start])
            try:
                position = self._one(html, start, base)
            except MarkupError as error:
                raise MarkupError(error.message, error.offset + base) from None
        if position < len(html):
            self.text.append(html[position:])
        self._end_text()

    def _one(self, html: str, start: int, base: int) -> int:
        """Read what begins with a "<"; return where it ends."""
        if html.startswith("<!--", start):
            return self._comment(html, start, base)
        following = html[start + 1 : start + 2]
        if following == "!":
            return self._declaration(html, start)
        if following != "/":
            return self._tag(html, start)
        found = _END_TAG.match(html, start)
        if found is None:
            raise MarkupError("an end tag that is not plain", start)
        self._end_text()
        self.out.append(f"</{found['name'].lower()}>")
        return found.end()

    def _declaration(self, html: str, start: int) -> int:
        revealed = _REVEALED.match(html, start)
        if revealed is not None:
            self._end_text()
            self.out.append(_raw(revealed[0], start))
            return revealed.end()
        found = _DOCTYPE.match(html, start)
        if found is None:
            raise MarkupError("a declaration that is not HTML's", start)
        self._end_text()
        kind = f" {found['kind'].lower()}" if found["kind"] else ""
        quoted = _IDENTIFIER.findall(found["ids"] or "")
        ids = "".join([f' "{_fold(one or other)}"' for one, other in quoted])
        self.out.append(f"<!doctype html{kind}{ids}>")
        return found.end()

    def _tag(self, html: str, start: int) -> int:
        whole = _WHOLE.match(html, start)
        if whole is None or not self._is_usual(whole[0]):
            name, end = self._start(html, start)
        else:
            self._end_text()
            try:
                name, form = _remember_tag(whole[0])
            except MarkupError as error:
                raise MarkupError(error.message, error.offset + start) from None
            self.out.append(form)
            end = whole.end()
        return self._inside(html, name, end) if name in _CLOSERS else end

    def _is_usual(self, tag: str) -> bool:
        """Tell whether a tag may be seen again: it is short, and no marks are looked for in it."""
        has_marks = self.places is not None and _MARKS.search(tag) is not None
        return len(tag) <= MAX_REMEMBERED and not has_marks

    def _start(self, html: str, start: int) -> tuple[str, int]:
        """Read a start tag; return its name and where it ends."""
        named = _TAG_NAME.match(html, start + 1)
        if named is None:
            raise MarkupError("a < that begins no tag", start)
        self._end_text()
        name = named[0].lower()
        if name in _OPAQUE:
            raise MarkupError(f"the element <{name}>, whose inside is not always mark-up", start)
        self.out.append(f"<{name}")
        position = self._attributes(html, name, named.end())
        end = _END_OF_TAG.match(html, position)
        if end is None:
            rest = _MARKS.sub("…", html[position : position + 30].strip()).partition("\n")[0]
            at = f", from `{rest}` on" if rest else ""
            raise MarkupError(f"<{name}> is not a plain tag{at}", position)
        self.out.append("/>" if end["slash"] and name not in _VOID else ">")
        return name, end.end()

    def _attributes(self, html: str, element: str, position: int) -> int:
        self.serial += 1
        between = Place("tag", self.serial, element)
        is_apart = False  # a mark stands before, where a rendering may have a blank
        while True:
            found = _ATTRIBUTE.match(html, position)
            if found is not None and (found["blank"] or is_apart):
                self._attribute(found, element)
                position, is_apart = found.end(), False
                continue
            mark = None if self.places is None else _MARK_BETWEEN.match(html, position)
            if mark is None:
                return position
            self._note(mark["mark"], between)
            self.out.append(mark["mark"])
            position, is_apart = mark.end(), True

    def _attribute(self, found: re.Match[str], element: str) -> None:
        name = found["name"].lower()
        value = found["double"] or found["single"] or found["bare"] or ""
        if self.places is not None:
            self.serial += 1
            self._note(value, Place("value", self.serial, element, name))
        said = decode_references(value, in_attribute=True)
        self.out.append(f' {name}="{_prose(said) if name in SPOKEN else _token(said)}"')

    def _inside(self, html: str, name: str, start: int) -> int:
        """Read the inside of an element that holds text and no tags, and its end tag."""
        closer = _CLOSERS[name].search(html, start)
        if closer is None:
            raise MarkupError(f"an open <{name}>", start)
        inside = html[start : closer.start()]
        self.serial += 1
        if name in ("style", "script"):
            said = _raw(inside, start)
            self._note(inside, Place("raw", self.serial, name))
        else:
            if "<" in inside:
                raise MarkupError(f"a < inside of <{name}>", start)
            said = _written(inside)
            self._note(inside, Place("text", self.serial, name))
        self.out += [said, f"</{name}>"]
        return closer.end()

    def _comment(self, html: str, start: int, base: int) -> int:
        end = html.find("-->", start + 4)
        if end < 0:
            raise MarkupError("a comment left open", start)
        if self.around:
            raise MarkupError("a comment inside of a comment", start)
        comment = html[start + 4 : end]
        lowered = comment.lower()
        if "[if" not in lowered and "[endif" not in lowered:
            self._note(comment, Place("comment", -1))
            return end + 3
        self._end_text()
        self.serial += 1
        if not self._for_outlook(comment, base + start + 4):
            self._note(comment, Place("raw", self.serial, "!--"))
            self.out.append(f"<!--{_raw(comment, start)}-->")
        return end + 3

    def _for_outlook(self, comment: str, base: int) -> bool:
        """Read the mark-up in a comment for Outlook, if it is in the grammar as well."""
        found = _FOR_OUTLOOK.fullmatch(comment)
        if found is None or "<!" in found["inside"]:
            return False
        inner = _Canon("", self.places, serial=self.serial, around=self.serial)
        try:
            inner._read(found["inside"], base + found.start("inside"))
        except MarkupError:
            return False
        self.serial = inner.serial
        opens = _raw(found["opens"], base)
        self.out += [f"<!--{opens}", *inner.out, "<![endif]-->"]
        return True

    def _end_text(self) -> None:
        if not self.text:
            return
        text = "".join(self.text)
        self.text.clear()
        self.out.append(_written(text))
        if self.places is not None:
            self._note(text, Place("text", self.around))

    def _note(self, text: str, place: Place) -> None:
        if self.places is not None and not text.isascii():
            self.places.update(dict.fromkeys(_MARKS.findall(text), place))


@lru_cache(maxsize=8192)  # the tags of a layout repeat, and so do layouts
def _remember_tag(tag: str) -> tuple[str, str]:
    """Return the name and the form of a start tag."""
    canon = _Canon(tag, None)
    name, end = canon._start(tag, 0)  # noqa: SLF001 - of its own
    if end < len(tag):
        raise MarkupError(f"<{name}> is not a plain tag", 0)
    return name, "".join(canon.out)


def marks_in(text: str) -> Iterator[re.Match[str]]:
    """Yield every mark in a text, in order."""
    return _MARKS.finditer(text)


# A run of what fills the rest of an inbox preview: blanks and characters that draw nothing.
_PADDED = re.compile(
    r"[\s\u00ad\u034f\u061c\u180e\u200b-\u200f\u2060-\u2064\u2800\u3164\ufeff\uffa0]{8,}"
)


def _fold(text: str) -> str:
    """Return the text with each run of white space as one blank, in NFC."""
    return compose(_SPACE.sub(" ", text))


def _prose(value: str) -> str:
    """Return how a value is written that people see or hear."""
    return escape(_fold(value))


def _token(value: str) -> str:
    """Return how another value is written: in names of classes only HTML's blanks are blanks."""
    said = escape(compose(_HTML_SPACE.sub(" ", value)))
    return _OTHER_SPACE.sub(lambda found: f"&#x{ord(found[0]):X};", said)


def _raw(text: str, start: int) -> str:
    """Return a text that some program reads as more than text, with its white space folded.

    Raises MarkupError for characters that fold or compose to others with a meaning there.
    """
    found = _NOT_RAW.search(text)
    if found is not None:
        raise MarkupError(f"U+{ord(found[0]):04X} in a style sheet or a comment", start)
    return _fold(text)


def _written(text: str) -> str:
    """Return how the text between two tags is written."""
    if text.isspace():
        return " "
    return _guarded(escape(_fold(_PADDED.sub(_unpadded, decode_references(text)))))


def _unpadded(run: re.Match[str]) -> str:
    """Return a blank for padding: react-email writes more of it behind a shorter preview text.

    Whether padding may stand there is asked of the text (text.invisible), not of the mark-up.
    """
    return run[0] if run[0].isspace() else " "


def _guarded(text: str) -> str:
    """Return the text so that it composes with nothing before it."""
    return f"&#x338;{text[1:]}" if text.startswith(_OVERLAY) else text
