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

from filter.floodrules import FloodAction, Floor, Limit, Sign, Watch
from filter.guard import Admission
from filter.limits.charges import About, CountingRule, Planned, Values, encoded
from filter.limits.interface import Charged, Meter, Reading
from filter.limits.words import floor_words, limit_words, watch_words
from filter.mode import Mode
from filter.subject import Dimension
from filter.verdict import Finding, Flood

CHECK = "limits"
# A message to a thousand people may be too many for each: so many keys of a rule are named.
MOST_KEYS_NAMED = 3
_FLOOD_BYTES = 8

# Strongest first.
_ACTIONS = (FloodAction.BLOCK, FloodAction.HOLD, FloodAction.DEFER)

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
class _Excess:
    """One key of one rule that was exceeded, with all of its windows."""

    about: About
    decides: bool
    reading: Reading
    since: int
    is_new: bool
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
        return Flood(
            flood_id(self.rule.id, self.about.values, self.since),
            self.rule.id,
            self.about.label,
            self.since,
        )

    @property
    def finding(self) -> Finding:
        return Finding(CHECK, code_of(self.about), words_of(self.about, self.reading), self.source)

    @property
    def source(self) -> str:
        return self.rule.source


def rule_on(planned: Planned, charged: Charged) -> Ruling:
    """Return what the answer of a limit store means for the message. Raises Inconsistent."""
    if len(charged.readings) != len(planned.abouts):
        raise Inconsistent(f"{len(charged.readings)} readings of {len(planned.abouts)} meters")
    excesses = _excesses(planned, charged)
    if not excesses and charged.is_admitted:
        return Ruling(Admission(receipt=(planned.charge, charged)))  # nearly always
    deciding = [excess for excess in excesses if excess.decides]
    if charged.is_admitted == bool(deciding):
        raise Inconsistent("admitted although exceeded, or refused although not")
    others = [excess for excess in excesses if not excess.decides]
    shadow = tuple(_named(others))
    if charged.is_admitted:
        admission = Admission(shadow=shadow, receipt=(planned.charge, charged))
    else:
        admission = _refusal(deciding, shadow)
    found = dict.fromkeys(Found(excess.rule.id, excess.mode) for excess in excesses)
    return Ruling(admission, tuple(found), tuple(_news(excesses, admission)))


def _excesses(planned: Planned, charged: Charged) -> list[_Excess]:
    """Return what was exceeded, one for each key of a rule: that of the longest wait."""
    every = zip(planned.charge.meters, planned.abouts, charged.readings, strict=True)
    found: dict[tuple[str, Values], _Excess] = {}
    for meter, about, reading in every:
        if reading.is_exceeded:
            excess = _excess_of(meter, about, reading)
            former = found.setdefault((about.rule.id, about.values), excess)
            if former is not excess:
                _join(former, excess)
    if found:
        # Another window of the same key may have begun its flood earlier: it is the same flood.
        for about, reading in zip(planned.abouts, charged.readings, strict=True):
            whole = found.get((about.rule.id, about.values))
            if whole is not None and 0 < reading.since < whole.since:
                whole.since, whole.is_new = reading.since, reading.is_new
    return list(found.values())


def _excess_of(meter: Meter, about: About, reading: Reading) -> _Excess:
    decides = meter.decides and not reading.is_learning
    retries = [reading.retry_seconds]
    return _Excess(about, decides, reading, reading.since, reading.is_new, retries)


def _join(former: _Excess, excess: _Excess) -> None:
    former.retries += excess.retries
    if _longer(excess.reading.retry_seconds, former.reading.retry_seconds):
        former.about, former.reading = excess.about, excess.reading
    if excess.since < former.since:
        former.since, former.is_new = excess.since, excess.is_new


def _longer(one: float | None, other: float | None) -> bool:
    return other is not None and (one is None or one > other)


def _refusal(deciding: Sequence[_Excess], shadow: tuple[Finding, ...]) -> Admission:
    wanted = {excess.rule.action for excess in deciding}
    retries = [seconds for excess in deciding for seconds in excess.retries]
    known = [seconds for seconds in retries if seconds is not None]
    return Admission(
        findings=tuple(_named(deciding)),
        shadow=shadow,
        action=next(action for action in _ACTIONS if action in wanted),
        retry_seconds=max(known) if len(known) == len(retries) else None,
        flood=min(deciding, key=lambda excess: excess.rank).flood,
    )


def _named(excesses: Iterable[_Excess]) -> Iterator[Finding]:
    """Yield a finding for each key, and one for all those of a rule that are not named."""
    of_rule: dict[str, list[_Excess]] = {}
    for excess in excesses:
        of_rule.setdefault(excess.rule.id, []).append(excess)
    for those in of_rule.values():
        yield from (excess.finding for excess in those[:MOST_KEYS_NAMED])
        if len(those) > MOST_KEYS_NAMED:
            more = f"and {len(those) - MOST_KEYS_NAMED} more keys of {those[0].rule.id}"
            yield replace(those[0].finding, detail=more)


def _news(excesses: Iterable[_Excess], admission: Admission) -> Iterator[News]:
    of_rule: dict[str, list[_Excess]] = {}
    for excess in excesses:
        if excess.is_new:
            of_rule.setdefault(excess.rule.id, []).append(excess)
    is_kept = admission.action in (FloodAction.HOLD, FloodAction.BLOCK)
    case = admission.flood.id if is_kept and admission.flood is not None else ""
    for those in of_rule.values():
        first = those[0]
        yield News(
            rule=first.rule.id,
            key=first.about.label,
            text=first.finding.detail,
            is_on_trial=first.rule.mode is Mode.SHADOW,
            flood=case if first.decides else "",
            others=len(those) - 1,
        )


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
