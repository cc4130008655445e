"""Where in HTML does a piece of a template stand: in text, in a tag, in an attribute, in a style?

A small tokenizer that can be stopped anywhere and goes on with the next piece. It follows the
tokenization of https://html.spec.whatwg.org/multipage/parsing.html as far as plainly spelled
mark-up needs it: what is not, the gate holds (filter/reading/markup.py). It decides nothing about
messages; what it gets wrong is found when the renderings are read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

_RAW = frozenset({"style", "script", "title", "textarea"})
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
     "source", "track", "wbr")
)  # fmt: skip
# What the end of the element around closes, too.
_OPTIONAL_END = frozenset(
    ("p", "li", "dt", "dd", "td", "th", "tr", "thead", "tbody", "tfoot", "option")
)
_TAIL = 16  # characters that are kept of a comment or style, to find its end across pieces


class Kind(StrEnum):
    """The state of the tokenizer."""

    TEXT = "text"
    OPENING = "opening"  # after "<", before it is known what begins
    TAG_NAME = "tag name"
    TAG = "tag"  # between attributes
    ATTRIBUTE_NAME = "attribute name"
    BEFORE_VALUE = "before value"  # after "="
    VALUE = "value"
    RAW = "raw"  # inside of style, script, title, textarea
    COMMENT = "comment"
    DECLARATION = "declaration"  # <!DOCTYPE


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in HTML. Where names are being read, they are as far as they have been read."""

    kind: Kind = Kind.TEXT
    tag: str = ""
    closing: bool = False  # an end tag
    attribute: str = ""
    quote: str = ""  # around a value; "" is none
    tail: str = ""
    in_condition: bool = False  # the comment is one for Outlook

    def is_same(self, other: Spot) -> bool:
        """Tell whether mark-up goes on from both places alike."""
        return replace(self, tail="") == replace(other, tail="") and self.kind is not Kind.OPENING

    @property
    def place(self) -> str:
        """What stands here: "text", the name of an attribute, "<style>", "comment"; "" nothing."""
        match self.kind:
            case Kind.TEXT:
                return "text"
            case Kind.VALUE | Kind.BEFORE_VALUE:
                return self.attribute
            case Kind.RAW:
                return f"<{self.tag}>"
            case Kind.COMMENT:
                return "comment for Outlook" if self.in_condition else "comment"
            case _:
                return ""


@dataclass(slots=True)
class Elements:
    """The elements that a piece of mark-up opens and does not close, and what it closes besides."""

    open: list[str] = field(default_factory=list)
    strays: int = 0  # end tags of elements that are open around the piece

    @property
    def are_whole(self) -> bool:
        """Whether the piece opens and closes its own elements only."""
        return not self.strays and all(name in _OPTIONAL_END for name in self.open)

    def begin(self, name: str) -> None:
        """Note a start tag."""
        if name not in _VOID:
            self.open.append(name)

    def end(self, name: str) -> None:
        """Note an end tag."""
        if name in _VOID:
            return
        while self.open:
            last = self.open.pop()
            if last == name:
                return
            if last not in _OPTIONAL_END:
                break
        self.strays += 1


def after(spot: Spot, text: str, elements: Elements) -> Spot:
    """Return where mark-up stands after ``text``, and note its tags in ``elements``."""
    position = 0
    while position < len(text):
        spot, position = _step(spot, text, position, elements)
    return spot


def after_value(spot: Spot) -> Spot | None:
    """Return where mark-up stands after a value that is filled in; None where none can stand."""
    match spot.kind:
        case Kind.TEXT | Kind.VALUE:
            return spot
        case Kind.RAW | Kind.COMMENT:
            return replace(spot, tail="")
        case Kind.BEFORE_VALUE:
            return replace(spot, kind=Kind.VALUE)
        case _:
            return None


def _step(spot: Spot, text: str, at: int, elements: Elements) -> tuple[Spot, int]:
    """Return the state after some more of the text, and how far that goes."""
    match spot.kind:
        case Kind.TEXT:
            start = text.find("<", at)
            return (spot, len(text)) if start < 0 else (Spot(Kind.OPENING, tail="<"), start + 1)
        case Kind.OPENING:
            return _open(spot.tail + text[at], at)
        case Kind.RAW | Kind.COMMENT | Kind.DECLARATION:
            return _inside(spot, text, at)
        case Kind.VALUE | Kind.BEFORE_VALUE:
            return _value(spot, text, at, elements)
        case _:
            return _in_tag(spot, text[at], at, elements)


def _open(seen: str, at: int) -> tuple[Spot, int]:
    if seen in ("<!", "<!-"):
        return Spot(Kind.OPENING, tail=seen), at + 1
    if seen == "<!--":
        return Spot(Kind.COMMENT), at + 1
    if seen.startswith("<!") or seen == "<?":
        return Spot(Kind.DECLARATION), at
    if seen == "</":
        return Spot(Kind.TAG_NAME, closing=True), at + 1
    if seen[1].isalpha():
        return Spot(Kind.TAG_NAME), at
    return Spot(), at


def _inside(spot: Spot, text: str, at: int) -> tuple[Spot, int]:
    if spot.kind is Kind.DECLARATION:
        end = text.find(">", at)
        return (spot, len(text)) if end < 0 else (Spot(), end + 1)
    closer = "-->" if spot.kind is Kind.COMMENT else f"</{spot.tag}"
    known = len(spot.tail)
    whole = spot.tail + text[at:]
    end = (whole if spot.kind is Kind.COMMENT else whole.lower()).find(closer)
    condition = spot.in_condition or (spot.kind is Kind.COMMENT and "[if " in whole.lower())
    if end < 0:
        return replace(spot, tail=whole[-_TAIL:], in_condition=condition), len(text)
    following = at + end + len(closer) - known
    if spot.kind is Kind.COMMENT:
        return Spot(), following
    return Spot(Kind.TAG_NAME, tag=spot.tag, closing=True), following


def _value(spot: Spot, text: str, at: int, elements: Elements) -> tuple[Spot, int]:
    if spot.quote:
        end = text.find(spot.quote, at)
        if end < 0:
            return spot, len(text)
        return replace(spot, kind=Kind.TAG, attribute="", quote=""), end + 1
    character = text[at]
    if spot.kind is Kind.BEFORE_VALUE and character.isspace():
        return spot, at + 1
    if spot.kind is Kind.BEFORE_VALUE and character in "\"'":
        return replace(spot, kind=Kind.VALUE, quote=character), at + 1
    if character.isspace() or character == ">":
        return _in_tag(replace(spot, kind=Kind.TAG, attribute=""), character, at, elements)
    return replace(spot, kind=Kind.VALUE), at + 1


def _in_tag(spot: Spot, character: str, at: int, elements: Elements) -> tuple[Spot, int]:
    if character == ">":
        return _end_tag(spot, elements), at + 1
    in_name = spot.kind is Kind.ATTRIBUTE_NAME
    if character == "=" and in_name:
        spot = replace(spot, kind=Kind.BEFORE_VALUE, attribute=spot.attribute.strip())
    elif character.isspace() or character == "/":
        # After a name and a blank "=" may still follow.
        name = spot.attribute.strip() + " " if in_name else spot.attribute
        spot = replace(spot, kind=spot.kind if in_name else Kind.TAG, attribute=name)
    elif spot.kind is Kind.TAG_NAME:
        spot = replace(spot, tag=spot.tag + character.lower())
    else:
        name = spot.attribute if in_name and not spot.attribute.endswith(" ") else ""
        attribute = name + character.lower()
        spot = replace(spot, kind=Kind.ATTRIBUTE_NAME, attribute=attribute)
    return spot, at + 1


def _end_tag(spot: Spot, elements: Elements) -> Spot:
    if spot.closing:
        elements.end(spot.tag)
        return Spot()
    elements.begin(spot.tag)
    return Spot(Kind.RAW, tag=spot.tag) if spot.tag in _RAW else Spot()
