"""What is one message to be counted at: rules and subject to meters.

Which addressees count: those that a rule's match fits and none of its safe scopes. They make keys;
addressees with the same key share a meter. A key of which a value is unknown makes no meter. What
does whoever leaves a value out gain by it?

* recipient, country, prefix, domain: they are read from the envelope. Only what is no number of any
  numbering plan has no country, and nobody can be reached there; short codes have no prefix.
* client: its address stands for it, so it is always known; so are channel and sender ("<>" where
  there is none) and, of a message that is approved, its template.
* class: the template's author left it out, not the sender.
* end user and its address: the client says who it is, and with a stolen key it may say nothing, or
  somebody new each time. A limit by end user restrains the users of an honest client and is no
  fence against a dishonest one; that is what limits by client, recipient and prefix beside it are
  for (docs/limits.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from filter.floodrules import Counted, FloodAction, FloodRules, Floor, Limit, Sign, Watch, Window
from filter.limits.interface import (
    Charge,
    Distinct,
    FirstSeen,
    Measure,
    Meter,
    Rate,
    Run,
    Spread,
    Track,
    Use,
    Volume,
)
from filter.limits.references import TRACKED_SECONDS
from filter.limits.words import key_words
from filter.mode import Mode
from filter.subject import Addressee, Dimension, Scope, Subject

# What one message may be counted at, each meter and each member of one counting as one. A store is
# not free for others while it charges: so many take the embedded one about a tenth of a second, and
# a thousand recipients (mail.max_recipients) in five windows are still counted.
MOST_COUNTED = 5000
KEY_BYTES = 16
KEPT_KEYS = 256
_MEMBER_BYTES = 8
_MEMBER_MASK = 2**63 - 1  # what a signed integer of a database holds
_RUN_DIGITS = 4
_SHORTEST_NUMBER = 8  # with its plus sign

CountingRule: TypeAlias = Limit | Watch | Floor
Values: TypeAlias = tuple[tuple[Dimension, str], ...]


class TooLarge(Exception):  # noqa: N818 - a state of the message, named as the finding names it
    """A message would have to be counted at more meters than MOST_COUNTED."""


@dataclass(frozen=True, slots=True)
class About:
    """What a meter is about, for those who put its reading into words."""

    rule: CountingRule
    values: Values
    label: str
    window: Window | None = None
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Planned:
    """A charge, and what each of its meters is about, in their order.

    ``left_out`` counts meters that decide nothing and were too many.
    """

    charge: Charge
    abouts: tuple[About, ...]
    left_out: int = 0

    @property
    def decides(self) -> bool:
        """Return whether the charge can keep the message from going on."""
        return any(meter.decides for meter in self.charge.meters)


NOTHING = Planned(Charge(()), ())


class Charges:
    """The counting rules of one rule set, with everything prepared that messages have in common."""

    def __init__(self, rules: FloodRules) -> None:
        every: tuple[CountingRule, ...] = (*rules.limits, *rules.watches, *rules.floors)
        self._rules = tuple(Prepared(rule) for rule in every)

    def plan(
        self,
        subject: Subject,
        transaction_id: str = "",
        references: Callable[[], tuple[bytes, ...]] = lambda: (),
    ) -> Planned:
        """Return what the message is to be counted at.

        ``references`` is asked only when a floor counts the message. Raises TooLarge when the
        meters that decide are too many.
        """
        if not self._rules:
            return NOTHING
        found = [pair for rule in self._rules for pair in rule.meters(subject)]
        found, left_out = _bounded(found)
        if not found:
            return NOTHING
        kept = [
            about.rule.seconds + about.rule.grace_seconds
            for _, about in found
            if isinstance(about.rule, Floor)
        ]
        seconds = max(*kept, TRACKED_SECONDS) if kept else 0.0
        track = Track(references(), seconds, transaction_id) if kept else None
        charge = Charge(tuple(meter for meter, _ in found), track)
        return Planned(charge, tuple(about for _, about in found), left_out)


def _bounded(found: list[tuple[Meter, About]]) -> tuple[list[tuple[Meter, About]], int]:
    """Return as many as may be counted, those that decide before all others."""

    def size(pairs: Iterable[tuple[Meter, About]]) -> int:
        return sum(1 + len(meter.members) for meter, _ in pairs)

    if size(found) <= MOST_COUNTED:
        return found, 0
    deciding = [pair for pair in found if pair[0].decides]
    if size(deciding) > MOST_COUNTED:
        raise TooLarge(f"they would be counted {size(deciding)} times; {MOST_COUNTED} are the most")
    return deciding, len(found) - len(deciding)


class Prepared:
    """One rule, and the digests that all of its keys begin with."""

    def __init__(self, rule: CountingRule) -> None:
        self.rule = rule
        self.dimensions = tuple(sorted(rule.per))
        self._decides = rule.mode is Mode.ENFORCE and rule.action is not FloodAction.ALERT
        self._profile = _profile_of(rule, self.dimensions)
        self._parts = tuple(
            (measure, window, _hash_of(rule, measure, self.dimensions))
            for measure, window in _measures_of(rule)
        )
        # A client, a template or a country comes with every other message.
        self._remembered = lru_cache(KEPT_KEYS)(lambda key, cost: tuple(self._make(key, cost)))

    def meters(self, subject: Subject) -> Iterator[tuple[Meter, About]]:
        """Yield the rule's meters for one message, each with what it is about."""
        for key, addressees in self._groups(subject).items():
            members = self._members(addressees)
            if members is not None:
                cost = len(addressees) if self._counts_copies else 1
                yield from self.meters_at(key, cost, members)

    def meters_at(
        self, key: tuple[str, ...], cost: int = 1, members: tuple[int, ...] = ()
    ) -> Iterable[tuple[Meter, About]]:
        """Return the meters of one key, whose values are in the order of ``dimensions``."""
        if members:
            return self._make(key, cost, members)
        return self._remembered(key, cost)

    def _make(
        self, key: tuple[str, ...], cost: int, members: tuple[int, ...] = ()
    ) -> Iterator[tuple[Meter, About]]:
        values = tuple(zip(self.dimensions, key, strict=True))
        label, suffix = key_words(values), encoded(key)
        for measure, window, begun in self._parts:
            digest = begun.copy()
            digest.update(suffix)
            meter = Meter(
                key=digest.digest(),
                rule=self.rule.id,
                measure=measure,
                cost=cost,
                members=members,
                profile=self._profile,
                decides=self._decides,
                label=label,
            )
            yield meter, About(self.rule, values, label, window, cost)

    def _groups(self, subject: Subject) -> dict[tuple[str, ...], list[Addressee]]:
        groups: dict[tuple[str, ...], list[Addressee]] = {}
        for addressee in subject.addressees:
            if _counts(self.rule, subject, addressee):
                key = tuple(value_of(subject, d, addressee) for d in self.dimensions)
                if all(key):
                    groups.setdefault(key, []).append(addressee)
        return groups

    @property
    def _counts_copies(self) -> bool:
        # Whoever is named twice (name+1@, name+2@) gets two messages.
        if Dimension.RECIPIENT in self.dimensions:
            return True
        return isinstance(self.rule, Limit) and self.rule.count is Counted.RECIPIENTS

    def _members(self, addressees: Sequence[Addressee]) -> tuple[int, ...] | None:
        """Return what a meter tells apart; None when the rule has nothing to look at here."""
        match self.rule:
            case Watch(sign=Sign.SEQUENCE):
                return tuple(_last_digits(addressees)) or None
            case Watch(sign=Sign.SPREAD) | Limit(count=Counted.DIFFERENT):
                return tuple(dict.fromkeys(member_of(a.recipient) for a in addressees))
            case _:
                return ()


def value_of(subject: Subject, dimension: Dimension, addressee: Addressee) -> str:
    """Return the value that a key has: the wordings and languages of a template are one."""
    value = subject.value_of(dimension, addressee)
    return value.partition("/")[0] if dimension is Dimension.TEMPLATE else value


def member_of(recipient: str) -> int:
    """Return what stands for a canonical recipient where different ones are counted."""
    digest = hashlib.blake2b(encoded([recipient]), digest_size=_MEMBER_BYTES).digest()
    return int.from_bytes(digest) & _MEMBER_MASK


def _last_digits(addressees: Iterable[Addressee]) -> Iterator[int]:
    for number in dict.fromkeys(addressee.recipient for addressee in addressees):
        if number.startswith("+") and len(number) >= _SHORTEST_NUMBER:
            yield int(number[-_RUN_DIGITS:])


def _counts(rule: CountingRule, subject: Subject, addressee: Addressee) -> bool:
    return _fits(rule.match, subject, addressee) and not any(
        safe.fits(subject, addressee) for safe in rule.safe
    )


def _fits(scope: Scope, subject: Subject, addressee: Addressee) -> bool:
    return not scope.values or scope.fits(subject, addressee)


def _measures_of(rule: CountingRule) -> Iterator[tuple[Measure, Window | None]]:
    match rule:
        case Limit(count=Counted.DIFFERENT, windows=windows):
            for window in windows:
                yield Distinct(window.allowed, window.seconds), window
        case Limit(windows=windows):
            for window in windows:
                yield Rate(window.allowed, window.seconds, window.burst), window
        case Watch():
            yield _sign_of(rule), None
        case Floor():
            yield Use(rule.percent, rule.at_least, rule.seconds, rule.grace_seconds), None


def _sign_of(watch: Watch) -> Measure:
    match watch.sign:
        case Sign.VOLUME | Sign.SPREAD:
            kind = Volume if watch.sign is Sign.VOLUME else Spread
            return kind(
                at_least=watch.at_least,
                seconds=watch.seconds,
                times=watch.times,
                history_seconds=watch.history_seconds,
                learning_seconds=watch.learning_seconds,
            )
        case Sign.SEQUENCE:
            return Run(watch.at_least, watch.seconds, watch.percent)
        case Sign.FIRST_SEEN:
            return FirstSeen(watch.learning_seconds)


# --- digests


def _hash_of(
    rule: CountingRule, measure: Measure, dimensions: tuple[Dimension, ...]
) -> hashlib.blake2b:
    """Return the digest of what all keys of one window begin with; a rule has a length only once.

    The kind of measure and the window's length are part of it, and of a rate the number, because
    its state is a time in which so many are free again: when a rule changes so far that the state
    of old keys would mean something else, it begins anew.
    """
    seconds = getattr(measure, "seconds", 0.0)
    kind = type(measure).__name__
    allowed = str(measure.allowed) if isinstance(measure, Rate) else ""
    parts = ("key", kind, rule.id, repr(float(seconds)), allowed, *dimensions, "")
    return hashlib.blake2b(encoded(parts), digest_size=KEY_BYTES)


def _profile_of(rule: CountingRule, dimensions: tuple[Dimension, ...]) -> bytes:
    if not isinstance(rule, Watch) or rule.sign is Sign.SEQUENCE:
        return b""
    parts = ("profile", rule.sign, rule.id, *dimensions)
    return hashlib.blake2b(encoded(parts), digest_size=KEY_BYTES).digest()


def encoded(parts: Iterable[str]) -> bytes:
    """Return texts as bytes such that no two lists have the same: each after its length."""
    written = bytearray()
    for part in parts:
        octets = part.encode("utf-8", "surrogatepass")
        written += b"%d:" % len(octets) + octets
    return bytes(written)
