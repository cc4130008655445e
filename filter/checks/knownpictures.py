"""Which known pictures does a message show? One finding for each in each part.

A picture on a page of a document is seen twice, by itself and on the page as it is shown; on every
page again. All of that is one reason to hold: the surest is told, the others are named behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from filter.message import Picture
from filter.mode import Mode
from filter.pictures.agreement import TooAlikeError
from filter.pictures.bank import describe_view
from filter.pictures.likeness import Agreement, Likeness, explain, explain_measure, find_known
from filter.pictures.lists import Listed, explain_listed, explain_listed_measure, find_listed
from filter.pictures.strongest import strength
from filter.ruleset import RuleSet
from filter.verdict import Finding

_Found: TypeAlias = Likeness | Agreement | Listed
_PAGE = re.compile(r"(?P<part>.*), (?P<page>page [0-9]+)", re.DOTALL)
_TOO_ALIKE = "it was not compared with all known pictures: too many are too much like it"
_MOST_TOLD = 10  # of other places in one part


@dataclass(frozen=True, slots=True)
class Known:
    """What is known in one part, and whether that holds the message: rules on trial do not.

    ``rule`` is the id of the known picture or list, "" when there is none.
    """

    finding: Finding
    holds: bool
    rule: str = ""
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class _Sighting:
    picture: Picture
    found: _Found


def find_known_in(check: str, pictures: tuple[Picture, ...], rules: RuleSet) -> Iterator[Known]:
    """Yield a finding for each known picture, or list of others, in each part that shows it.

    And one for a picture that would take too long to be compared with all of them.
    """
    parts: dict[tuple[bool, str, str], list[_Sighting]] = {}
    for picture in pictures:
        listed = find_listed(picture.appearance, rules.image_lists)
        try:
            every: tuple[_Found, ...] = (*find_known(picture.appearance, rules.images), *listed)
        except TooAlikeError:
            every = listed
            yield Known(Finding(check, "image.too_alike", _TOO_ALIKE, picture.where), holds=True)
        for found in every:
            key = (isinstance(found, Listed), found.known.id, _part_of(picture))
            parts.setdefault(key, []).append(_Sighting(picture, found))
    for sightings in parts.values():
        best = max(sightings, key=lambda one: strength(one.found))
        others = [one for one in sightings if one is not best]
        detail = "; ".join([_explain(best.found), *_also(others)])
        finding = Finding(check, "image.known", detail, best.picture.where)
        known = best.found.known
        yield Known(finding, known.mode is Mode.ENFORCE, known.id, isinstance(best.found, Listed))


def _part_of(picture: Picture) -> str:
    found = None if picture.content else _PAGE.fullmatch(picture.where)
    return found["part"] if found else picture.where


def _also(others: list[_Sighting]) -> Iterator[str]:
    for one in others[:_MOST_TOLD]:
        yield f"also {_place_of(one.picture)}: {_measure(one.found)}"
    if len(others) > _MOST_TOLD:
        yield f"and {len(others) - _MOST_TOLD} more places"


def _place_of(picture: Picture) -> str:
    found = None if picture.content else _PAGE.fullmatch(picture.where)
    if found is None:
        return picture.where
    is_rendered = picture.media_type == "image/page"
    return f"{found['page']} as it is shown" if is_rendered else f"a picture on {found['page']}"


def _explain(found: _Found) -> str:
    return explain_listed(found) if isinstance(found, Listed) else explain(found)


def _measure(found: _Found) -> str:
    if isinstance(found, Listed):
        return f"line {found.line}, {explain_listed_measure(found)}"
    measure = explain_measure(found)
    if isinstance(found, Agreement):
        return f"mirrored, {measure}" if found.is_mirrored else measure
    return f"{describe_view(found.seen_as)} against {describe_view(found.known_as)}, {measure}"
