"""What do the readings of a charge mean: may the message go on, if not why, and who is to be told?

When several rules that decide are exceeded, what loses least and tells most is done: block before
hold before defer. Both block and hold keep the message for a person, and block also tells the
client; defer keeps nothing, so a message that one rule wants kept is kept.

All that is held for the same reason has to be one case. Of several reasons that one is taken that
tells most of who is behind it (``_RANKS``): of a flood from a stolen client over a thousand numbers
the case is the client's, not a thousand cases of numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from filter.floodrules import FloodAction, Floor, Limit, Sign, Watch
from filter.guard import Admission
from filter.limits.charges import About, CountingRule, Planned, Values, encoded
from filter.limits.interface import Charged, Reading
from filter.limits.words import floor_words, limit_words, watch_words
from filter.mode import Mode
from filter.subject import Dimension
from filter.verdict import Effect, Finding, Flood, Trial, TrialKind

CHECK = "limits"
# A message to a thousand people may be too many for each: so many keys of a rule are named.
MOST_KEYS_NAMED = 3
_FLOOD_BYTES = 8

# Strongest first.
_ACTIONS = (FloodAction.BLOCK, FloodAction.HOLD, FloodAction.DEFER)
_KEEPING = (FloodAction.BLOCK, FloodAction.HOLD)
_EFFECTS: Mapping[FloodAction, Effect] = {
    FloodAction.HOLD: Effect.HOLD,
    FloodAction.BLOCK: Effect.BLOCK,
    FloodAction.DEFER: Effect.DEFER,
    FloodAction.ALERT: Effect.NONE,
}
_KINDS: Mapping[type[CountingRule], TrialKind] = {
    Limit: TrialKind.LIMIT,
    Watch: TrialKind.WATCH,
    Floor: TrialKind.FLOOR,
}

# How little a dimension tells of who is behind a flood. A key is as telling as its least telling
# dimension; the whole gate tells nothing.
_RANKS: Mapping[Dimension, int] = {
    Dimension.CLIENT: 0,
    Dimension.END_USER: 0,
    Dimension.END_USER_IP: 0,
    Dimension.SENDER: 1,
    Dimension.TEMPLATE: 1,
    Dimension.CLASS: 1,
    Dimension.CHANNEL: 1,
    Dimension.COUNTRY: 2,
    Dimension.DOMAIN: 2,
    Dimension.PREFIX: 3,
    Dimension.RECIPIENT: 4,
}
_GATE_RANK = 5
_PERSONS = frozenset({Dimension.RECIPIENT, Dimension.END_USER})

# A finding of a limit is named for the dimension of its key that comes first here.
_LIMIT_CODES: Mapping[Dimension, str] = {
    Dimension.RECIPIENT: "limit.recipient",
    Dimension.PREFIX: "limit.prefix",
    Dimension.COUNTRY: "limit.country",
    Dimension.DOMAIN: "limit.domain",
    Dimension.END_USER: "limit.end_user",
    Dimension.END_USER_IP: "limit.end_user",
    Dimension.CLIENT: "limit.client",
    Dimension.SENDER: "limit.sender",
    Dimension.TEMPLATE: "limit.template",
    Dimension.CLASS: "limit.class",
    Dimension.CHANNEL: "limit.channel",
}
_WATCH_CODES: Mapping[Sign, str] = {
    Sign.VOLUME: "watch.volume",
    Sign.SPREAD: "watch.spread",
    Sign.SEQUENCE: "watch.sequence",
    Sign.FIRST_SEEN: "watch.first_seen",
}


class Inconsistent(Exception):  # noqa: N818 - what the answer is
    """A store's answer that cannot be: refused without a reason, or not a reading a meter."""


@dataclass(frozen=True, slots=True)
class News:
    """A flood that begins with this message, in words; ``others`` keys of its rule begin, too."""

    rule: str
    key: str
    text: str
    is_on_trial: bool
    flood: str = ""  # the case that it belongs to, "" when nothing is held for it
    others: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A rule that was exceeded, and how much it decides: enforce, alert or shadow."""

    rule: str
    mode: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is to be done with the message, which rules were exceeded, and what people are told."""

    admission: Admission
    found: tuple[Found, ...] = ()
    news: tuple[News, ...] = ()


@dataclass(slots=True)
class _Key:
    """One key of one rule, with all of its windows, that is exceeded or whose flood goes on."""

    about: About
    decides: bool
    since: int
    is_new: bool
    reading: Reading | None = None  # of the window that is exceeded for longest
    retries: list[float | None] = field(default_factory=list)

    @property
    def rule(self) -> CountingRule:
        return self.about.rule

    @property
    def rank(self) -> tuple[int, int, str]:
        ranks = [_RANKS[dimension] for dimension, _ in self.about.values]
        return max(ranks, default=_GATE_RANK), self.since, self.rule.id

    @property
    def mode(self) -> str:
        if self.rule.mode is Mode.SHADOW:
            return "shadow"
        return "enforce" if self.decides else "alert"

    @property
    def flood(self) -> Flood:
        name = flood_id(self.rule.id, self.about.values, self.since)
        return Flood(name, self.rule.id, self.about.label, self.since)

    def finding(self) -> Finding:
        said = "" if self.reading is None else words_of(self.about, self.reading)
        where = PurePath(self.rule.source).name  # "limits.yaml:12"
        return Finding(CHECK, code_of(self.about), said, where)

    def add(self, about: About, reading: Reading) -> None:
        """Add what one window says."""
        if 0 < reading.since < self.since or not self.since:
            # Another window may have begun its flood earlier: it is the same flood.
            self.since, self.is_new = reading.since, reading.is_new
        if not reading.is_exceeded:
            return
        self.retries.append(reading.retry_seconds)
        if self.reading is None or _is_longer(reading.retry_seconds, self.reading.retry_seconds):
            self.about, self.reading = about, reading


def _is_longer(one: float | None, other: float | None) -> bool:
    return other is not None and (one is None or one > other)


def rule_on(planned: Planned, charged: Charged) -> Ruling:
    """Return what the answer of a limit store means for the message. Raises Inconsistent."""
    if len(charged.readings) != len(planned.abouts):
        raise Inconsistent(f"{len(charged.readings)} readings of {len(planned.abouts)} meters")
    receipt = (planned.charge, charged) if charged.is_admitted else None
    if charged.is_admitted and not any(reading.is_exceeded for reading in charged.readings):
        return Ruling(Admission(receipt=receipt))  # nearly always
    keys = _keys(planned, charged)
    exceeded = [key for key in keys if key.reading is not None]
    deciding = [key for key in exceeded if key.decides]
    if charged.is_admitted == bool(deciding):
        raise Inconsistent("admitted although exceeded, or refused although not")
    shadow = tuple(_named(key for key in exceeded if not key.decides))
    trials = tuple(_trials(exceeded, is_admitted=charged.is_admitted))
    if charged.is_admitted:
        admission = Admission(shadow=shadow, receipt=receipt, trials=trials)
    else:
        flood = _case(deciding, keys)
        admission = replace(_refusal(deciding), shadow=shadow, flood=flood, trials=trials)
    found = dict.fromkeys(Found(key.rule.id, key.mode) for key in exceeded)
    return Ruling(admission, tuple(found), tuple(_news(exceeded, admission)))


def _trials(exceeded: Iterable[_Key], *, is_admitted: bool) -> Iterator[Trial]:
    """Yield each rule in shadow that is exceeded, once, and what it would have done."""
    found: dict[str, Trial] = {}
    for key in exceeded:
        rule, reading = key.rule, key.reading
        if rule.mode is not Mode.SHADOW or reading is None:
            continue
        decides = is_admitted and not reading.is_learning
        effect = _EFFECTS[rule.action] if decides else Effect.NONE
        trial = Trial(_KINDS[type(rule)], rule.id, effect, code_of(key.about))
        if rule.id not in found or found[rule.id].effect is Effect.NONE:
            found[rule.id] = trial
    yield from found.values()


def _keys(planned: Planned, charged: Charged) -> list[_Key]:
    found: dict[tuple[str, Values], _Key] = {}
    every = zip(planned.charge.meters, planned.abouts, charged.readings, strict=True)
    for meter, about, reading in every:
        if reading.is_exceeded or reading.since:
            name = about.rule.id, about.values
            if name not in found:
                decides = meter.decides and not reading.is_learning
                found[name] = _Key(about, decides, reading.since, reading.is_new)
            found[name].add(about, reading)
    return list(found.values())


def _refusal(deciding: Sequence[_Key]) -> Admission:
    wanted = {key.rule.action for key in deciding}
    retries = [seconds for key in deciding for seconds in key.retries]
    known = [seconds for seconds in retries if seconds is not None]
    return Admission(
        findings=tuple(_named(deciding)),
        action=next(action for action in _ACTIONS if action in wanted),
        retry_seconds=max(known) if len(known) == len(retries) else None,
    )


def _case(deciding: Iterable[_Key], keys: Iterable[_Key]) -> Flood:
    """Return the flood that a refused message belongs to.

    That is one which it adds to. When only numbers or their blocks refuse it, it may also be one
    that goes on at another of its keys and keeps what it refuses: a stolen client that slows down
    below its own limit, but not below those of the numbers that it writes to, is still the same
    flood. What a country or a template refuses is a case by itself.
    """
    those = list(deciding)
    if all(key.rank[0] >= _RANKS[Dimension.PREFIX] and key.about.values for key in those):
        those += [key for key in keys if key.decides and key.since and key.rule.action in _KEEPING]
    return min(those, key=lambda key: key.rank).flood


def _named(keys: Iterable[_Key]) -> Iterator[Finding]:
    """Yield a finding for each key, and one for all those of a rule that are not named."""
    for those in _by_rule(keys):
        yield from (key.finding() for key in those[:MOST_KEYS_NAMED])
        if len(those) > MOST_KEYS_NAMED:
            more = f"and {len(those) - MOST_KEYS_NAMED} more keys of {those[0].rule.id}"
            yield replace(those[0].finding(), detail=more)


def _by_rule(keys: Iterable[_Key]) -> Iterable[list[_Key]]:
    found: dict[str, list[_Key]] = {}
    for key in keys:
        found.setdefault(key.rule.id, []).append(key)
    return found.values()


def _news(exceeded: Iterable[_Key], admission: Admission) -> Iterator[News]:
    is_kept = admission.action in _KEEPING
    case = admission.flood.id if is_kept and admission.flood is not None else ""
    for those in _by_rule(key for key in exceeded if key.is_new and not _is_everyday(key)):
        first = those[0]
        yield News(
            rule=first.rule.id,
            key=first.about.label,
            text=first.finding().detail,
            is_on_trial=first.rule.mode is Mode.SHADOW,
            flood=case if first.decides else "",
            others=len(those) - 1,
        )


def _is_everyday(key: _Key) -> bool:
    """Return whether somebody is only told to wait: people ask a third time all day long."""
    if not isinstance(key.rule, Limit) or key.rule.action is not FloodAction.DEFER:
        return False
    return any(dimension in _PERSONS for dimension, _ in key.about.values)


# --- names


def flood_id(rule: str, values: Values, since: int) -> str:
    """Return the id of a flood: the same in every process that sees the same store."""
    parts = ["flood", rule, str(since)]
    for dimension, value in values:
        parts += (dimension, value)
    return "f_" + hashlib.blake2b(encoded(parts), digest_size=_FLOOD_BYTES).hexdigest()


def code_of(about: About) -> str:
    """Return the reason code of what a meter may find."""
    match about.rule:
        case Limit():
            named = {dimension for dimension, _ in about.values}
            codes = (code for dimension, code in _LIMIT_CODES.items() if dimension in named)
            return next(codes, "limit.gate")
        case Watch(sign=sign):
            return _WATCH_CODES[sign]
        case Floor():
            return "floor.use"


def words_of(about: About, reading: Reading) -> str:
    """Return what a meter found, in words: rule, masked key, count, allowed, retry time."""
    match about.rule:
        case Limit() as limit:
            if about.window is None:
                raise ValueError(f"a meter of limit {limit.id} without a window")
            return limit_words(limit, about.window, about.label, about.cost, reading)
        case Watch() as watch:
            return watch_words(watch, about.values, reading)
        case Floor() as floor:
            return floor_words(floor, about.label, reading)
