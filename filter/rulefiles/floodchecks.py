"""Can these numbers do what a limit, a watch or a floor is there for?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from filter.floodrules import Counted, Sign
from filter.limits.interface import CELLS, MOST_MEMBERS, MOST_NUMBERS
from filter.problems import Problem
from filter.rulefiles.durations import WindowRule, words_of
from filter.rulefiles.floodmodel import GATE, FloorRule, LimitRule, ScopeRule, WatchRule
from filter.rulefiles.items import Item
from filter.rulefiles.model import TemplateRule
from filter.rulefiles.templates import VARIANT_MARK
from filter.subject import Dimension

# A sliding window remembers every member; more than this is no limit but a load.
MOST_DIFFERENT = 100_000
# GCRA counts in whole microseconds: a shorter interval would be rounded up to one.
_MOST_A_SECOND = 1_000_000

Step: TypeAlias = str | int


def is_named(template: TemplateRule, rule: ScopeRule) -> bool:
    """Return whether a scope is about a template, as far as it names templates or classes."""
    bases = {name.partition(VARIANT_MARK)[0] for name in rule.template}
    return (not bases or template.id in bases) and (
        not rule.template_class or template.template_class in rule.template_class
    )


def dimensions_of(per: Iterable[str]) -> tuple[Dimension, ...]:
    """Return what makes the key; nothing for the whole gate."""
    return tuple(Dimension(key) for key in per if key != GATE)


# --- limits


def check_limit(item: Item[LimitRule]) -> Iterator[Problem]:
    """Yield what is wrong with the windows of a limit, and with what it counts."""
    rule = item.rule
    different = rule.count is Counted.DIFFERENT
    if different and str(Dimension.RECIPIENT) in rule.per:
        message = "one recipient has never a different one: this limit is never reached"
        help_ = "write `count: messages`, or another `per:`"
        yield item.report("E206", message, "count", help=help_)
    for index, window in enumerate(rule.allow):
        problem = _window_problem(item, window, ("allow", index), different=different)
        if problem is not None:
            yield problem
    if not any(_is_unusable(window) for window in rule.allow):
        yield from _compare(item, different=different)


def _is_unusable(window: WindowRule) -> bool:
    return not 1 <= window.at_once <= window.limit


def _window_problem(
    item: Item[LimitRule], window: WindowRule, path: tuple[Step, ...], *, different: bool
) -> Problem | None:
    words = f"`{window.words()}`"
    if window.limit < 1 or (window.burst is not None and window.burst < 1):
        help_ = "to stop them all, set `mode: off` on the template, or `sallyport pause`"
        return item.report("E203", f"{words} lets nothing through, ever", *path, help=help_)
    if different and window.burst is not None:
        message = "different recipients are counted one by one: they have no burst"
        return item.report("E213", message, *path, help="remove `burst`")
    if window.burst is not None and window.burst > window.limit:
        message = f"{words}: the burst is more than the limit"
        help_ = f"the most is {window.limit}, which is what it is without `burst`"
        return item.report("E203", message, *path, help=help_)
    if different and window.limit > MOST_DIFFERENT:
        message = f"{words}: at most {MOST_DIFFERENT} different recipients can be told apart"
        return item.report("E218", message, *path, help="write `count: messages`")
    if window.limit > window.seconds * _MOST_A_SECOND:
        message = f"{words}: no gate sends a million in a second"
        return item.report("E203", message, *path, help="write the number that is too many")
    return None


def _compare(item: Item[LimitRule], *, different: bool) -> Iterator[Problem]:
    is_weaker = _is_weaker_set if different else _is_weaker
    seen: set[float] = set()
    for index, window in enumerate(item.rule.allow):
        path = ("allow", index)
        if window.seconds in seen:
            message = f"a second window of {words_of(window.seconds)}"
            yield item.report("E204", message, *path, help="remove one of the two")
            continue
        seen.add(window.seconds)
        others = (o for o in item.rule.allow if o.seconds != window.seconds)
        stricter = next((other for other in others if is_weaker(window, other)), None)
        if stricter is not None:
            message = f"`{window.words()}` is never reached: `{stricter.words()}` allows less"
            yield item.report("W201", message, *path, help="remove it", warn=True)


def _is_weaker(window: WindowRule, other: WindowRule) -> bool:
    """Return whether ``other`` never lets so much through that ``window`` would say no."""
    is_faster = window.limit * other.seconds >= other.limit * window.seconds
    return is_faster and window.at_once >= other.at_once


def _is_weaker_set(window: WindowRule, other: WindowRule) -> bool:
    return window.limit >= other.limit and window.seconds <= other.seconds


# --- watches


_OPTIONS: Mapping[Sign, tuple[str, ...]] = {
    Sign.VOLUME: ("at_least", "times_usual", "history", "learning"),
    Sign.SPREAD: ("at_least", "times_usual", "history", "learning"),
    Sign.SEQUENCE: ("at_least", "percent"),
    Sign.FIRST_SEEN: ("learning",),
}
_ALL_OPTIONS = ("at_least", "times_usual", "percent", "history", "learning")
_MOST_OF = {Sign.SPREAD: MOST_MEMBERS, Sign.SEQUENCE: MOST_NUMBERS}


def check_watch(item: Item[WatchRule]) -> Iterator[Problem]:
    """Yield what is wrong with the sign of a watch, and with its key."""
    rule = item.rule
    options = _OPTIONS[rule.sign]
    for key in _ALL_OPTIONS:
        if key in rule.model_fields_set and key not in options:
            message = f"`{key}` has no meaning with `sign: {rule.sign}`"
            yield item.report("E213", message, key, help=f"remove `{key}:`", at_key=True)
    if "at_least" in options:
        if rule.at_least is None:
            message = f"`sign: {rule.sign}` needs `at_least`"
            help_ = "add `at_least: 10 in 10 minutes`"
            yield item.report("E214", message, "sign", help=help_)
        else:
            yield from _check_at_least(item, rule.at_least, _MOST_OF.get(rule.sign))
    yield from _check_watch_key(item)
    if "history" in options and rule.at_least is not None:
        yield from _check_history(item, rule.at_least)


def _check_at_least(
    item: Item[Any], window: WindowRule, most: int | None = None
) -> Iterator[Problem]:
    if window.burst is not None:
        message = "`burst` has no meaning in `at_least`"
        yield item.report("E213", message, "at_least", help="remove it")
    if window.limit < 2:  # noqa: PLR2004 - one alone is no sign of anything
        message = f"`{window.words()}`: one message alone is no sign of anything"
        yield item.report("E203", message, "at_least", help="write a number of at least 2")
    if most is not None and window.limit > most:
        message = f"`{window.words()}` is never reached: a watch tells at most {most} apart"
        yield item.report("E218", message, "at_least", help=f"write a number of at most {most}")


def _check_watch_key(item: Item[WatchRule]) -> Iterator[Problem]:
    rule = item.rule
    by_recipient = str(Dimension.RECIPIENT) in rule.per
    if rule.sign is Sign.SPREAD and by_recipient:
        message = "one recipient has never a different one: this sign is never met"
        yield item.report("E206", message, "per", help="write another `per:`")
    if rule.sign is Sign.SEQUENCE and (by_recipient or str(Dimension.PREFIX) not in rule.per):
        message = "neighbours are numbers that differ in their last four digits"
        yield item.report(
            "E206", message, *_at(rule, "per", "sign"), help="write `per: recipient-prefix`"
        )
    if rule.sign is Sign.FIRST_SEEN and not dimensions_of(rule.per):
        message = "the gate as a whole is seen for the first time just once"
        yield item.report("E206", message, *_at(rule, "per", "sign"), help="write `per: country`")
    if rule.sign is Sign.FIRST_SEEN and by_recipient:
        message = "every new person is a first one: this tells of each"
        help_ = "write `per: country` or `per: recipient-domain`"
        yield item.report("W204", message, "per", help=help_, warn=True)


def _at(rule: WatchRule, key: str, otherwise: str) -> tuple[str, ...]:
    return (key,) if key in rule.model_fields_set else (otherwise,)


def _check_history(item: Item[WatchRule], window: WindowRule) -> Iterator[Problem]:
    """Report a history whose cells are shorter than the window.

    The beginning of a flood would stand in an earlier cell, as what is usual.
    """
    rule = item.rule
    if rule.history < CELLS * window.seconds:
        message = (
            f"a history of {words_of(rule.history)} is too short for a window of"
            f" {words_of(window.seconds)}"
        )
        help_ = f"write `history: {words_of(CELLS * window.seconds)}`, or a shorter window"
        path = "history" if "history" in rule.model_fields_set else "at_least"
        yield item.report("E218", message, path, help=help_)


# --- floors


def check_floor(item: Item[FloorRule], templates: Iterable[TemplateRule]) -> Iterator[Problem]:
    """Yield what is wrong with a floor; ``templates`` are all there are."""
    rule = item.rule
    yield from _check_at_least(item, rule.at_least)
    if not (rule.match.template or rule.match.template_class):
        message = "a floor is about messages whose use is reported"
        help_ = "add `class: otp` or `template:` to `match:`"
        yield item.report("E217", message, "match", help=help_)
        return
    late = [
        t
        for t in templates
        if is_named(t, rule.match) and t.valid is not None and t.valid > rule.grace
    ]
    if late:
        valid = late[0].valid or 0.0
        message = (
            f"a code of `{late[0].id}` can be used for {words_of(valid)}, and after"
            f" {words_of(rule.grace)} it counts as not used"
        )
        path = "grace" if "grace" in rule.model_fields_set else "id"
        help_ = f"write `grace: {words_of(valid)}`"
        yield item.report("W206", message, path, help=help_, warn=True)
