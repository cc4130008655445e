"""How many is too many: limits, watches, floors and repeats, with what they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias, TypeVar

from filter.floodrules import (
    Counted,
    FloodAction,
    FloodRules,
    Floor,
    Limit,
    RepeatRule,
    Sign,
    Watch,
    Window,
)
from filter.limits.interface import CELLS, MOST_MEMBERS, MOST_NUMBERS
from filter.message import Channel
from filter.mode import Mode
from filter.problems import Problem
from filter.rulefiles.durations import WindowRule, words_of
from filter.rulefiles.floodmodel import (
    GATE,
    FloorRule,
    LimitRule,
    RepeatsRule,
    SafeListRule,
    ScopeRule,
    WatchRule,
)
from filter.rulefiles.items import Item, Names
from filter.rulefiles.model import TemplateRule
from filter.subject import Dimension, Scope

# A sliding window remembers every member; more than this is no limit but a load.
MOST_DIFFERENT = 100_000
# GCRA counts in whole microseconds: a shorter interval would be rounded up to one.
_MOST_A_SECOND = 1_000_000

Step: TypeAlias = str | int
R = TypeVar("R", LimitRule, WatchRule, FloorRule, RepeatsRule)
T = TypeVar("T")
VARIANT_MARK = "/"

_BOTH = frozenset(Channel)
_KNOWN_OF: Mapping[Dimension, Channel] = {
    Dimension.PREFIX: Channel.SMS,
    Dimension.COUNTRY: Channel.SMS,
    Dimension.DOMAIN: Channel.EMAIL,
}


@dataclass(slots=True)
class Known:
    """What flood rules may name: templates, their classes, safe lists."""

    templates: tuple[TemplateRule, ...]
    template_names: Names  # with those of variants
    class_names: Names
    safe_names: Names
    safe: dict[str, tuple[Scope, ...]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)  # safe lists that a rule names


def compile_floods(
    items: Mapping[str, list[Item[Any]]], names: Mapping[str, Names], *, templates_fit: bool
) -> tuple[FloodRules, list[Problem]]:
    """Return the rules that are not off, and what is wrong with any.

    ``templates_fit`` says that every template of these files was read.
    """
    known = _known(items, names, templates_fit=templates_fit)
    problems: list[Problem] = []
    for item in items["safe_lists"]:
        problems += _compile_safe_list(item, known)
    rules = FloodRules(
        limits=_each(items["limits"], known, problems, _check_limit, _limit),
        watches=_each(items["watches"], known, problems, _check_watch, _watch),
        floors=_each(items["floors"], known, problems, _check_floor, _floor),
        repeats=_each(items["repeats"], known, problems, _check_repeat, _repeat),
    )
    problems += _unused(items["safe_lists"], known)
    return rules, problems


def _known(
    items: Mapping[str, list[Item[Any]]], names: Mapping[str, Names], *, templates_fit: bool
) -> Known:
    templates = tuple(item.rule for item in items["templates"])
    bases = names["templates"]
    variants = {
        f"{rule.id}{VARIANT_MARK}{variant.language}"
        for rule in templates
        for variant in rule.variants
    }
    complete = bases.complete and templates_fit
    classes = {rule.template_class for rule in templates if rule.template_class}
    return Known(
        templates=templates,
        template_names=Names("template", bases.known | variants, bases.broken, complete),
        class_names=Names("class", classes, complete=complete),
        safe_names=names["safe_lists"],
    )


def _each(
    items: Iterable[Item[R]],
    known: Known,
    problems: list[Problem],
    check: Callable[[Item[R], Known], Iterator[Problem]],
    make: Callable[[Item[R], tuple[Scope, ...]], T],
) -> tuple[T, ...]:
    """Return the rules of one section that are not off; every problem is added to the list."""
    made: list[T] = []
    for item in items:
        safe, found = _safe_of(item, known)
        found += check(item, known)
        found += _check_match(item, known)
        problems += found
        if item.rule.mode is not Mode.OFF and not any(p.is_error for p in found):
            made.append(make(item, safe))
    return tuple(made)


# --- what the rules become


def _limit(item: Item[LimitRule], safe: tuple[Scope, ...]) -> Limit:
    rule = item.rule
    return Limit(
        id=rule.id,
        source=item.source,
        match=scope_of(rule.match),
        per=_dimensions(rule.per),
        count=rule.count,
        windows=tuple(_window(window) for window in rule.allow),
        safe=safe,
        action=FloodAction(rule.action),
        mode=rule.mode,
        description=rule.description,
    )


def _window(rule: WindowRule) -> Window:
    return Window(rule.limit, rule.seconds, rule.limit if rule.burst is None else rule.burst)


def _watch(item: Item[WatchRule], safe: tuple[Scope, ...]) -> Watch:
    rule = item.rule
    return Watch(
        id=rule.id,
        source=item.source,
        match=scope_of(rule.match),
        per=_dimensions(rule.per),
        sign=rule.sign,
        at_least=rule.at_least.limit if rule.at_least else 1,
        seconds=rule.at_least.seconds if rule.at_least else 0.0,
        times=rule.times_usual,
        percent=rule.percent,
        history_seconds=rule.history,
        learning_seconds=rule.learning,
        safe=safe,
        action=rule.action,
        mode=rule.mode,
        description=rule.description,
    )


def _floor(item: Item[FloorRule], safe: tuple[Scope, ...]) -> Floor:
    rule = item.rule
    return Floor(
        id=rule.id,
        source=item.source,
        match=scope_of(rule.match),
        per=_dimensions(rule.per),
        percent=rule.percent,
        at_least=rule.at_least.limit,
        seconds=rule.at_least.seconds,
        grace_seconds=rule.grace,
        safe=safe,
        action=rule.action,
        mode=rule.mode,
        description=rule.description,
    )


def _repeat(item: Item[RepeatsRule], safe: tuple[Scope, ...]) -> RepeatRule:
    del safe  # nobody needs the same message twice
    rule = item.rule
    return RepeatRule(
        id=rule.id,
        source=item.source,
        match=scope_of(rule.match),
        seconds=rule.within,
        mode=rule.mode,
        description=rule.description,
    )


def scope_of(rule: ScopeRule | None) -> Scope:
    """Return the scope that a `match:` describes."""
    return Scope({} if rule is None else dict(_values(rule)))


def _values(rule: ScopeRule) -> Iterator[tuple[Dimension, frozenset[str]]]:
    for dimension in Dimension:
        values = getattr(rule, _field_of(dimension))
        if values:
            yield dimension, frozenset(str(value) for value in values)


def _field_of(dimension: Dimension) -> str:
    if dimension is Dimension.CLASS:
        return "template_class"
    return dimension.value.replace("-", "_")


def _dimensions(per: Iterable[str]) -> tuple[Dimension, ...]:
    return tuple(Dimension(key) for key in per if key != GATE)


# --- which messages


def _check_match(item: Item[Any], known: Known) -> Iterator[Problem]:
    rule: ScopeRule | None = item.rule.match
    if rule is not None:
        unknown = [*_unknown_names(item, rule, known)]
        yield from unknown
        if unknown:
            return
        yield from _check_tags(item, rule, ("match",))
    per = getattr(item.rule, "per", ())
    yield from _check_per(item, per)
    yield from _check_reach(item, rule or ScopeRule(), per, known)


def _unknown_names(item: Item[Any], rule: ScopeRule, known: Known) -> Iterator[Problem]:
    for code, key, values, names in (
        ("E210", "template", rule.template, known.template_names),
        ("E211", "class", rule.template_class, known.class_names),
    ):
        for value, path in zip(values, item.paths_at(("match", key), len(values)), strict=True):
            help_ = names.unknown(value)
            if help_ is not None:
                yield item.report(code, f"unknown {names.kind} `{value}`", *path, help=help_)


def _check_tags(item: Item[Any], rule: ScopeRule, at: tuple[Step, ...]) -> Iterator[Problem]:
    paths = item.paths_at((*at, "recipient"), len(rule.recipient))
    for value, path in zip(rule.recipient, paths, strict=True):
        local, tag, domain = (*value.partition("@")[0].partition("+")[:2], value.partition("@")[2])
        if domain and local and tag:
            message = f"`{value}` fits nobody unless the settings say `limits.plus_tags: true`"
            help_ = f"write `{local}@{domain}`"
            yield item.report("W205", message, *path, help=help_, warn=True)


def _check_per(item: Item[Any], per: tuple[str, ...]) -> Iterator[Problem]:
    seen: set[str] = set()
    for key, path in zip(per, item.paths("per", len(per)), strict=True):
        if key in seen:
            yield item.report("E205", f"`{key}` stands in `per` twice", *path, help="remove one")
        elif key == GATE and len(set(per)) > 1:
            message = "`gate` is one key for everything, and nothing stands beside it"
            yield item.report("E205", message, *path, help="remove it, or the others")
        seen.add(key)


def _check_reach(
    item: Item[Any], rule: ScopeRule, per: tuple[str, ...], known: Known
) -> Iterator[Problem]:
    """Report a rule that no message can ever fall under."""
    within = [t for t in known.templates if _is_named(t, rule)]
    names_some = bool(rule.template or rule.template_class)
    sure = known.class_names.complete and known.templates
    if rule.template and rule.template_class and not within and sure:
        message = "no template that it names is of a class that it names"
        help_ = "remove `template:` or `class:`"
        yield item.report("E212", message, "match", "class", help=help_)
        return
    channels = frozenset(rule.channel) or _BOTH
    if names_some and sure:
        sent_by = frozenset(chain.from_iterable(t.channel for t in within))
        if not sent_by & channels:
            message = f"the templates that it names are not for {'/'.join(sorted(channels))}"
            help_ = f"write {' or '.join(sorted(sent_by))}, or remove `channel:`"
            yield item.report("E212", message, "match", "channel", help=help_)
            return
        channels &= sent_by
    yield from _check_channels(item, rule, per, channels)
    if str(Dimension.CLASS) in per and sure and not any(t.template_class for t in within):
        message = "no template that it is about has a class, so it counts nothing"
        yield item.report("E212", message, "per", help="give them a `class:`")


def _is_named(template: TemplateRule, rule: ScopeRule) -> bool:
    bases = {name.partition(VARIANT_MARK)[0] for name in rule.template}
    return (not bases or template.id in bases) and (
        not rule.template_class or template.template_class in rule.template_class
    )


def _check_channels(
    item: Item[Any], rule: ScopeRule, per: tuple[str, ...], channels: frozenset[Channel]
) -> Iterator[Problem]:
    """Report the first key that the messages, as far as the others leave any, do not have."""
    why = f"it is about {next(iter(channels))} alone" if len(channels) == 1 else ""
    for key, path, needed in _needs(item, rule, per):
        if not channels & needed:
            message = f"{key} is known of {next(iter(needed))} alone, and {why}"
            help_ = "remove one of the two, or make two rules"
            yield item.report("E212", message, *path, help=help_)
            return
        if needed < channels:
            channels, why = needed, f"{key} makes it about {next(iter(needed))} alone"


def _needs(
    item: Item[Any], rule: ScopeRule, per: tuple[str, ...]
) -> Iterator[tuple[str, tuple[Step, ...], frozenset[Channel]]]:
    for dimension, channel in _KNOWN_OF.items():
        if getattr(rule, _field_of(dimension)):
            yield f"`{dimension}`", ("match", dimension.value), frozenset({channel})
    kinds = {Channel.EMAIL if "@" in value else Channel.SMS for value in rule.recipient}
    if len(kinds) == 1:
        shown = f"a recipient like `{'name@…' if Channel.EMAIL in kinds else '+60…'}`"
        yield shown, ("match", "recipient"), frozenset(kinds)
    for key, path in zip(per, item.paths("per", len(per)), strict=True):
        if key != GATE and Dimension(key) in _KNOWN_OF:
            yield f"`{key}`", path, frozenset({_KNOWN_OF[Dimension(key)]})


# --- safe lists


def _compile_safe_list(item: Item[SafeListRule], known: Known) -> Iterator[Problem]:
    rule = item.rule
    values = dict(_values(rule))
    known.safe[rule.id] = tuple(Scope({key: them}) for key, them in values.items())
    if not values:
        message = "the safe list names nobody"
        help_ = "add `recipient:`, `client:` or another key of `match:`"
        yield item.report("E216", message, help=help_)
    for code, key, names in (
        ("E210", "template", known.template_names),
        ("E211", "class", known.class_names),
    ):
        named = values.get(Dimension(key), frozenset())
        ordered = rule.template if key == "template" else rule.template_class
        for value, path in zip(ordered, item.paths(key, len(ordered)), strict=True):
            help_or_none = names.unknown(value) if value in named else None
            if help_or_none is not None:
                message = f"unknown {names.kind} `{value}`"
                yield item.report(code, message, *path, help=help_or_none)
    yield from _check_tags(item, rule, ())
    for dimension in (Dimension.END_USER, Dimension.END_USER_IP):
        if dimension in values:
            message = f"a client says itself what `{dimension}` is: a stolen key is safe with it"
            help_ = "name recipients or clients"
            yield item.report("W203", message, dimension.value, help=help_, warn=True, at_key=True)


def _safe_of(item: Item[Any], known: Known) -> tuple[tuple[Scope, ...], list[Problem]]:
    names: tuple[str, ...] = getattr(item.rule, "safe", ())
    scopes: list[Scope] = []
    problems: list[Problem] = []
    match = scope_of(item.rule.match)
    for name, path in zip(names, item.paths("safe", len(names)), strict=True):
        known.used.add(name)
        help_ = known.safe_names.unknown(name)
        if help_ is not None:
            problems.append(item.report("E215", f"unknown safe list `{name}`", *path, help=help_))
        found = known.safe.get(name, ())
        if any(_covers(scope, match) for scope in found):
            message = f"everything that it is about is on the safe list `{name}`"
            problems.append(item.report("E219", message, *path, help="remove one of the two"))
        scopes += found
    return tuple(scopes), problems


def _covers(safe: Scope, match: Scope) -> bool:
    """Return whether every message that the rule is about is safe."""
    return all(
        dimension in match.values
        and all(_is_within(dimension, value, values) for value in match.values[dimension])
        for dimension, values in safe.values.items()
    )


def _is_within(dimension: Dimension, value: str, wider: frozenset[str]) -> bool:
    if dimension is Dimension.PREFIX:
        return any(value.startswith(prefix) for prefix in wider)
    if dimension is Dimension.TEMPLATE:
        return value in wider or value.partition(VARIANT_MARK)[0] in wider
    return value in wider


def _unused(items: Iterable[Item[SafeListRule]], known: Known) -> Iterator[Problem]:
    for item in items:
        if item.rule.id not in known.used and known.safe_names.complete:
            message = f"no rule names the safe list `{item.rule.id}`"
            help_ = f"add `safe: {item.rule.id}` to those that shall not count them"
            yield item.report("W202", message, "id", help=help_, warn=True)


# --- limits


def _check_limit(item: Item[LimitRule], known: Known) -> Iterator[Problem]:
    del known
    rule = item.rule
    different = rule.count is Counted.DIFFERENT
    if different and str(Dimension.RECIPIENT) in rule.per:
        message = "one recipient has never a different one: this limit is never reached"
        help_ = "write `count: messages`, or another `per:`"
        yield item.report("E206", message, "count", help=help_)
    for index, window in enumerate(rule.allow):
        path = _window_path(item, index)
        problem = _window_problem(item, window, path, different=different)
        if problem is not None:
            yield problem
    if not any(_is_unusable(window) for window in rule.allow):
        yield from _compare(item, different=different)


def _window_path(item: Item[LimitRule], index: int) -> tuple[Step, ...]:
    node = item.document.node_at((*item.path, "allow"))
    is_list = node is not None and isinstance(node.value, list)
    return ("allow", index) if is_list else ("allow",)


def _is_unusable(window: WindowRule) -> bool:
    burst = window.limit if window.burst is None else window.burst
    return window.limit < 1 or not 1 <= burst <= window.limit


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
    windows = [(_window(rule), rule.words()) for rule in item.rule.allow]
    seen: set[float] = set()
    for index, (window, words) in enumerate(windows):
        path = _window_path(item, index)
        if window.seconds in seen:
            message = f"a second window of {words_of(window.seconds)}"
            yield item.report("E204", message, *path, help="remove one of the two")
            continue
        seen.add(window.seconds)
        weaker = _is_weaker_set if different else _is_weaker
        other = next(
            (w for o, w in windows if o.seconds != window.seconds and weaker(window, o)), ""
        )
        if other:
            message = f"`{words}` is never reached: `{other}` allows less"
            yield item.report("W201", message, *path, help="remove it", warn=True)


def _is_weaker(window: Window, other: Window) -> bool:
    """Return whether ``other`` never lets so much through that ``window`` would say no."""
    faster = window.allowed * other.seconds >= other.allowed * window.seconds
    return faster and window.burst >= other.burst


def _is_weaker_set(window: Window, other: Window) -> bool:
    return window.allowed >= other.allowed and window.seconds <= other.seconds


# --- watches


_OPTIONS: Mapping[Sign, tuple[str, ...]] = {
    Sign.VOLUME: ("at_least", "times_usual", "history", "learning"),
    Sign.SPREAD: ("at_least", "times_usual", "history", "learning"),
    Sign.SEQUENCE: ("at_least", "percent"),
    Sign.FIRST_SEEN: ("learning",),
}
_ALL_OPTIONS = ("at_least", "times_usual", "percent", "history", "learning")
_MOST_OF = {Sign.SPREAD: MOST_MEMBERS, Sign.SEQUENCE: MOST_NUMBERS}


def _check_watch(item: Item[WatchRule], known: Known) -> Iterator[Problem]:
    del known
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
    if rule.sign is Sign.FIRST_SEEN and not _dimensions(rule.per):
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


def _check_floor(item: Item[FloorRule], known: Known) -> Iterator[Problem]:
    rule = item.rule
    yield from _check_at_least(item, rule.at_least)
    if not (rule.match.template or rule.match.template_class):
        message = "a floor is about messages whose use is reported"
        help_ = "add `class: otp` or `template:` to `match:`"
        yield item.report("E217", message, "match", help=help_)
        return
    late = [
        t
        for t in known.templates
        if _is_named(t, rule.match) and t.valid is not None and t.valid > rule.grace
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


def _check_repeat(item: Item[RepeatsRule], known: Known) -> Iterator[Problem]:
    del item, known  # its match is checked as every other's
    return iter(())
