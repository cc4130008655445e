"""Which elements do the style sheets of a document apply to, always and on some screens?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TypeAlias

from filter.reading.css import Rule, Sheet, Style, read_sheet
from filter.reading.seen import could_hide, could_uncover, only_shapes
from filter.reading.tree import Node, SelectorError, Tree, select
from filter.reading.troubles import Troubles, quote

MAX_STYLE_RULES = 500
MAX_CONDITIONS = 12  # different screens that the styles of one document are walked for
MAX_COMBINED = 4  # of those that show other text: each set of them is walked, too
_NAME_CHARACTERS = 100

_STATES = re.compile(r"::?(?:hover|active|focus|visited|link|any-link|target|root|not\([^)]*\))")
_PSEUDO_ELEMENTS = re.compile(
    r"::(?:before|after|marker|first-line|first-letter|placeholder|selection|-[a-z-]+)"
    r"|:(?:before|after|first-line|first-letter)(?![\w-])"
)
_DESCENDANT = re.compile(r"(?<![+~>\s])\s+(?![+~>\s])")
_NAMES = re.compile(r"[.#]([\w-]+)")
# Of what mail programs wrap a message in: .ExternalClass, #MessageViewBody, .moz-text-html.
_CLIENT = re.compile(
    r"outlook|external|ogs|owa|mso|msg|message|mail|moz|thunder|proton|yahoo|aol|apple|ios|android"
    r"|samsung|zimbra|body|root|view|read|content",
    re.IGNORECASE,
)
_TEXT_CSS = frozenset({"", "text/css"})
_ALL_SCREENS = frozenset({"", "all", "screen"})

ByElement: TypeAlias = dict[int, list[tuple[int, Style]]]


@dataclass(slots=True)
class Sheets:
    """The rules of all style elements, by the element they apply to."""

    always: ByElement = field(default_factory=dict)
    sometimes: dict[str, ByElement] = field(default_factory=dict)  # by the condition
    hiding: set[str] = field(default_factory=set)  # the conditions under which text may vanish
    urls: list[str] = field(default_factory=list)
    insists: bool = False  # a rule is stronger than the styles in the elements

    def telling(self, hidden: AbstractSet[int]) -> list[str]:
        """Return the conditions that may show other text, given the elements that hide some."""
        return [
            condition
            for condition, rules in self.sometimes.items()
            if condition in self.hiding or not hidden.isdisjoint(_uncovered(rules))
        ]

    @property
    def only_shape(self) -> bool:
        """Whether the rules that always hold neither hide nor uncover anything."""
        styles = {id(ranked): ranked[1] for rules in self.always.values() for ranked in rules}
        return all(only_shapes(style) for style in styles.values())

    def under(self, *conditions: str) -> ByElement:
        """Return the rules that hold where all these conditions are met."""
        return _joined(self.always, *(self.sometimes[condition] for condition in conditions))


def _uncovered(rules: ByElement) -> Iterator[int]:
    for element, ranked in rules.items():
        if any(could_uncover(style) for _, style in ranked):
            yield element


def _joined(*several: ByElement) -> ByElement:
    joined: ByElement = {}
    for by_element in several:
        for element, rules in by_element.items():
            joined.setdefault(element, []).extend(rules)
    return joined


def subsets(conditions: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield every set of two conditions and more, but for the set of all."""
    for size in range(2, len(conditions)):
        yield from combinations(conditions, size)


def name_of(conditions: tuple[str, ...]) -> str:
    """Return how a finding calls the screens that meet these conditions."""
    said = " and ".join(condition or "in some programs" for condition in conditions)
    said = "".join(c if " " <= c <= "~" else "?" for c in said)
    return said if len(said) <= _NAME_CHARACTERS else said[: _NAME_CHARACTERS - 1] + "…"


def read_sheets(parser: Tree, where: str, troubles: Troubles) -> Sheets:
    """Return the rules of all style elements; note what could not be allowed."""
    sheets = Sheets()
    order = 0
    for element in select(parser, "style"):
        attributes = element.attributes
        if (attributes.get("type") or "").lower() not in _TEXT_CSS or "title" in attributes:
            troubles.add("html.css", "a style sheet that is not for everyone", where)
        media = (attributes.get("media") or "").strip().lower()
        sheet = read_sheet(element.text(deep=True))
        for problem in sheet.troubles:
            troubles.add("html.css", f"style sheet: {problem}", where)
        sheets.urls += sheet.urls
        for rule in _limited(sheet, where, troubles):
            order += 1
            condition = rule.condition if media in _ALL_SCREENS else f"{media} {rule.condition}"
            problem = _apply(parser, replace(rule, condition=condition), order, sheets)
            if problem:
                troubles.add("html.css", problem, where)
    return sheets


def _limited(sheet: Sheet, where: str, troubles: Troubles) -> tuple[Rule, ...]:
    if len(sheet.rules) > MAX_STYLE_RULES:
        troubles.add("html.size", f"more than {MAX_STYLE_RULES} style rules", where)
        return ()
    return sheet.rules


def _apply(parser: Tree, rule: Rule, order: int, sheets: Sheets) -> str:
    """File a rule under the elements it selects.

    Client hooks ([data-ogsc] .x, u + #body .x, .ExternalClass .x) select nothing here and something
    there; so the last compound of a selector alone is taken to hold on some screens. Returns what
    is wrong with the rule, or "". What is wrong with a rule that applies to nothing is not.
    """
    selector = _STATES.sub("", rule.selector)
    stateful = selector != rule.selector
    ranked = rule.weight * 10**6 + order, rule.style
    bare = _PSEUDO_ELEMENTS.sub("", selector)
    front, last = _cut(bare)
    try:
        whole = select(parser, bare or "*")
        elsewhere: list[Node] = []
        if not whole and last and _is_of_client(front):
            matters = rule.style.troubles or could_hide(rule.style)
            elsewhere = select(parser, last) if matters else []
    except SelectorError:
        return f"the selector {quote(rule.selector)}"
    if rule.style.troubles and (whole or elsewhere):
        return f"style sheet: {rule.style.troubles[0]}"
    if bare != selector:  # what else is drawn beside the text is nothing to it
        cuts = whole and ":first-" in selector and could_hide(rule.style)
        return f"the selector {quote(rule.selector)}" if cuts else ""
    if not rule.condition and not stateful:
        for element in whole:
            sheets.always.setdefault(element.mem_id, []).append(ranked)
            sheets.insists = sheets.insists or bool(rule.style.important)
        whole = []
    if whole or elsewhere:
        target = sheets.sometimes.setdefault(rule.condition, {})
        if could_hide(rule.style):
            sheets.hiding.add(rule.condition)
        for element in (*whole, *elsewhere):
            target.setdefault(element.mem_id, []).append(ranked)
    return ""


def _cut(selector: str) -> tuple[str, str]:
    """Return a selector's last compound and what stands before it."""
    cuts = [found.start() for found in _DESCENDANT.finditer(selector)]
    return (selector[: cuts[-1]], selector[cuts[-1] :].strip()) if cuts else ("", selector)


def _is_of_client(front: str) -> bool:
    """Tell whether a program may put an element around the message that fits the selector.

    A class or id of the author's own that is not in the message is in no program either.
    """
    names = _NAMES.findall(front)
    return not names or "[" in front or any(_CLIENT.search(name) for name in names)
