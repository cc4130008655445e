"""What does a tag say by itself, wherever it stands?

The tags of a layout repeat, in one message and in all of a template; what each says is found once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from filter.reading import elements
from filter.reading.alternatives import BREAK
from filter.reading.css import Effects, Style, read_style
from filter.reading.hints import hints_of

LONG_TAG_CHARACTERS = 2000  # such a tag holds a picture and is not seen again
NO_STYLE = Style()
COLUMNS = frozenset({"col", "colgroup"})
_BREAKING = frozenset(
    ("block", "inline-block", "table", "inline-table", "table-cell", "table-row", "list-item",
     "flex")
)  # fmt: skip

Attributes: TypeAlias = tuple[tuple[str, str | None], ...]
Spelling: TypeAlias = tuple[str, Attributes]  # ("td", (("align", "left"), ("width", "300")))


@dataclass(frozen=True, slots=True)
class Opening:
    """What a tag says, apart from what style sheets add and from what stands around it."""

    style: Style
    hints: Effects
    breaks: str  # what keeps its text apart from what is around it: a line, a blank, ""
    plain_breaks: str  # the same where styles are dropped
    is_quiet: bool  # its attributes say nothing but how it looks, and nothing is wrong with them
    is_neutral: bool  # without rules from elsewhere, text inside looks like text around it
    is_link: bool
    is_open: bool  # nothing but style decides whether text inside of it is seen
    unheard: bool  # it is not read aloud


def opening_of(spelling: Spelling) -> Opening:
    """Return what the tag says."""
    characters = sum(len(name) + len(value or "") for name, value in spelling[1])
    return _remember(spelling) if characters < LONG_TAG_CHARACTERS else _read(spelling)


@lru_cache(maxsize=8192)
def _remember(spelling: Spelling) -> Opening:
    return _read(spelling)


def _read(spelling: Spelling) -> Opening:
    tag, attributes = spelling[0], dict(spelling[1])
    style = read_style(attributes["style"] or "") if "style" in attributes else NO_STYLE
    hints = hints_of(tag, attributes)
    is_link = tag == "a" and "href" in attributes
    return Opening(
        style=style,
        hints=hints,
        breaks=_breaks(tag, style),
        plain_breaks=_breaks(tag, NO_STYLE),
        is_quiet=not style.troubles
        and not style.urls
        and not style.greys
        and all(name == "style" or name in elements.PLAIN for name in attributes)
        and elements.ROOM.isdisjoint(attributes),
        is_neutral=not (is_link or hints or style.normal or style.important),
        is_link=is_link,
        is_open=tag not in elements.DROPPED
        and tag not in COLUMNS
        and attributes.keys().isdisjoint(("hidden", "popover")),
        unheard=(attributes.get("aria-hidden") or "").lower() == "true",
    )


def _breaks(tag: str, style: Style) -> str:
    if tag not in elements.INLINE:
        return BREAK
    display = style.normal.get("display")
    if display not in _BREAKING:
        return " " if style.normal.get("float") and tag != "img" else ""
    return " " if str(display).startswith("inline") else BREAK
