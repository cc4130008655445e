"""How many is too many: limits, watches, floors and repeats, with what they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias, TypeVar

from filter.floodrules import FloodAction, FloodRules, Floor, Limit, RepeatRule, Watch, Window
from filter.message import Channel
from filter.mode import Mode
from filter.problems import Problem
from filter.rulefiles.durations import WindowRule
from filter.rulefiles.floodchecks import (
    check_floor,
    check_limit,
    check_watch,
    dimensions_of,
    is_named,
)
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
from filter.rulefiles.templates import VARIANT_MARK
from filter.subject import Dimension, Scope

Step: TypeAlias = str | int
R = TypeVar("R", LimitRule, WatchRule, FloorRule, RepeatsRule)
T = TypeVar("T")

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
        limits=_each(items["limits"], known, problems, check_limit, _limit),
        watches=_each(items["watches"], known, problems, check_watch, _watch),
        floors=_each(
            items["floors"], known, problems, lambda i: check_floor(i, known.templates), _floor
        ),
        repeats=_each(items["repeats"], known, problems, lambda _: iter(()), _repeat),
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
    check: Callable[[Item[R]], Iterator[Problem]],
    make: Callable[[Item[R], tuple[Scope, ...]], T],
) -> tuple[T, ...]:
    """Return the rules of one section that are not off; every problem is added to the list."""
    made: list[T] = []
    for item in items:
        safe, found = _safe_of(item, known)
        found += check(item)
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
        per=dimensions_of(rule.per),
        count=rule.count,
        windows=tuple(_window(window) for window in rule.allow),
        safe=safe,
        action=FloodAction(rule.action),
        mode=rule.mode,
        description=rule.description,
    )


def _window(rule: WindowRule) -> Window:
    return Window(rule.limit, rule.seconds, rule.at_once)


def _watch(item: Item[WatchRule], safe: tuple[Scope, ...]) -> Watch:
    rule = item.rule
    return Watch(
        id=rule.id,
        source=item.source,
        match=scope_of(rule.match),
        per=dimensions_of(rule.per),
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
        per=dimensions_of(rule.per),
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


def scope_of(rule: ScopeRule) -> Scope:
    """Return the scope that a `match:` describes."""
    return Scope(dict(_values(rule)))


def _values(rule: ScopeRule) -> Iterator[tuple[Dimension, frozenset[str]]]:
    for dimension in Dimension:
        values = getattr(rule, _field_of(dimension))
        if values:
            yield dimension, frozenset(str(value) for value in values)


def _field_of(dimension: Dimension) -> str:
    if dimension is Dimension.CLASS:
        return "template_class"
    return dimension.value.replace("-", "_")


# --- which messages


def _check_match(item: Item[Any], known: Known) -> Iterator[Problem]:
    rule: ScopeRule = item.rule.match
    per: tuple[str, ...] = getattr(item.rule, "per", ())
    yield from _check_per(item, per)
    unknown = [*_unknown_names(item, rule, known)]
    yield from unknown
    if not unknown:
        yield from _check_tags(item, rule, ("match",))
        yield from _check_reach(item, rule, per, known)


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
    for key, values in (("recipient", rule.recipient), ("sender", rule.sender)):
        for value, path in zip(values, item.paths_at((*at, key), len(values)), strict=True):
            local, _, domain = value.partition("@")
            name, _, tag = local[1:].partition("+")
            if domain and tag:
                message = f"`{value}` is the whole mailbox, unless `limits.plus_tags: true` is set"
                help_ = f"write `{local[0]}{name}@{domain}`: tags are not told apart"
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
    within = [t for t in known.templates if is_named(t, rule)]
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
