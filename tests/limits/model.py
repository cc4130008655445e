"""A limit store as plain as can be: it keeps every event for ever and works everything out anew.

Written from the docstrings of filter/limits/interface.py and sharing no arithmetic with the stores,
to be compared with them while the clock goes forward. Synchronous; ``now`` is moved by the test.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from filter.limits.interface import (
    CELLS,
    FLOOD_GAP_SECONDS,
    MOST_NUMBERS,
    NEIGHBOURHOOD,
    SLICES,
    Charge,
    Charged,
    Distinct,
    FirstSeen,
    FloodMark,
    Meter,
    Rate,
    Reading,
    Run,
    Signal,
    Spread,
    Use,
    UseRate,
    Volume,
)


def us(seconds: float) -> int:
    return math.ceil(seconds * 10**6)


@dataclass(eq=False)
class Event:
    """One message at one key, and whatever became of it."""

    meter: Meter
    at: int
    went_on: bool
    reading: Reading
    number: int  # of all that happened
    given_back: tuple[int, int] | None = None  # when, and its own number
    left: int = 0  # what came back, in µs
    signals: set[Signal] = field(default_factory=set)

    @property
    def was_charged(self) -> bool:
        return self.went_on and not self.reading.is_exceeded

    @property
    def was_learned(self) -> bool:
        return self.went_on and (not self.reading.is_exceeded or self.reading.is_learning)


class Model:
    """Holds what happened at each key since its last reset, in order."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.events: dict[bytes, list[Event]] = {}
        self.resets: dict[bytes, int] = {}
        self.known: set[bytes] = set()
        self.profiles: dict[bytes, int] = {}
        self.by_message: dict[bytes, list[Event]] = {}
        self.charges: dict[int, list[Event]] = {}
        self._happened = 0

    # --- what a store does

    def charge(self, charge: Charge) -> Charged:
        readings = tuple(self.read(meter) for meter in charge.meters)
        is_admitted = all(
            not reading.is_exceeded or not meter.decides or reading.is_learning
            for meter, reading in zip(charge.meters, readings, strict=True)
        )
        events = []
        for meter, reading in zip(charge.meters, readings, strict=True):
            event = Event(meter, self.now, is_admitted, reading, self._next())
            self.events.setdefault(meter.key, []).append(event)
            self.profiles.setdefault(meter.profile, self.now)
            events.append(event)
            if isinstance(meter.measure, Rate) and event.was_charged:
                until, returned = self._line(meter.key)
                event.reading = replace(reading, until=until, returned=returned)
        if is_admitted and charge.track is not None:
            self.by_message[charge.track.references[0]] = events
        charged = Charged(is_admitted, tuple(event.reading for event in events), self.now)
        self.charges[id(charged)] = events
        return charged

    def peek(self, meters: Sequence[Meter]) -> tuple[Reading, ...]:
        return tuple(self.read(meter) for meter in meters)

    def give_back(self, charge: Charge, charged: Charged) -> None:
        if not charged.is_admitted:
            return
        for event in self.charges[id(charged)]:
            if self.resets.get(event.meter.key, -1) < event.at:
                event.left = self._left(event)
                event.given_back = (self.now, self._next())
        if charge.track is not None:
            self.by_message.pop(charge.track.references[0], None)

    def report(self, reference: bytes, signal: Signal) -> bool:
        if reference not in self.by_message:
            return False
        for event in self.by_message[reference]:
            if self.resets.get(event.meter.key, -1) < event.at:
                event.signals.add(signal)
        return True

    def reset(self, meters: Sequence[Meter]) -> None:
        for meter in meters:
            self.events[meter.key] = []
            self.resets[meter.key] = self.now
            self.known.add(meter.key)

    def floods(self) -> list[FloodMark]:
        found = []
        for events in self.events.values():
            since, last, attempts = self._flood(events)
            if last > self.now - us(FLOOD_GAP_SECONDS):
                meter = events[-1].meter
                found.append(FloodMark(meter.rule, meter.label, since, last, attempts))
        return found

    def use_rates(self) -> list[UseRate]:
        found = []
        for events in self.events.values():
            for meter in {event.meter for event in events if isinstance(event.meter.measure, Use)}:
                sent = self._sent(meter, settled=False)
                if any(True for _ in sent):
                    found.append(
                        UseRate(
                            meter.rule,
                            meter.label,
                            sum(e.meter.cost for e in sent),
                            sum(e.meter.cost for e in sent if Signal.USED in e.signals),
                            sum(e.meter.cost for e in sent if Signal.UNREQUESTED in e.signals),
                        )
                    )
                break
        return found

    def _next(self) -> int:
        self._happened += 1
        return self._happened

    # --- what it reads

    def read(self, meter: Meter) -> Reading:  # noqa: PLR0911 - one a measure
        match meter.measure:
            case Rate() as rate:
                return self._read_rate(meter, rate)
            case Distinct() as distinct:
                return self._read_distinct(meter, distinct)
            case Volume() as watch:
                count = sum(e.meter.cost for e in self._in_window(meter, watch, self.now))
                return self._watched(meter, watch, count + meter.cost)
            case Spread() as watch:
                members = self._attempted(meter, watch.seconds) | set(meter.members)
                return self._watched(meter, watch, len(members))
            case Run() as watch:
                return self._read_run(meter, watch)
            case FirstSeen() as watch:
                return self._read_first(meter, watch)
            case Use() as floor:
                return self._read_use(meter, floor)

    def _read_rate(self, meter: Meter, rate: Rate) -> Reading:
        until, returned = self._line(meter.key)
        step = math.ceil(rate.seconds * 10**6 / rate.allowed)
        level = max(0, until - self.now)
        excess = level + meter.cost * step - rate.burst * step
        return self._reading(
            meter,
            is_exceeded=excess > 0,
            count=math.ceil(level / step),
            retry=0.0 if excess <= 0 else None if meter.cost > rate.burst else excess / 10**6,
            until=until,
            returned=returned,
        )

    def _read_distinct(self, meter: Meter, distinct: Distinct) -> Reading:
        ends = self._counting(meter.key, us(distinct.seconds))
        mine = set(meter.members)
        is_exceeded = len(mine | set(ends)) > distinct.allowed
        retry: float | None = 0.0
        if len(mine) > distinct.allowed:
            retry = None
        elif is_exceeded:
            others = {member: end for member, end in ends.items() if member not in mine}
            moments = sorted(others.values())
            fits = next(
                moment
                for moment in moments
                if len(mine) + sum(end > moment for end in others.values()) <= distinct.allowed
            )
            retry = (fits - self.now) / 10**6
        return self._reading(meter, is_exceeded=is_exceeded, count=len(ends), retry=retry)

    def _watched(self, meter: Meter, watch: Volume | Spread, count: int) -> Reading:
        cell = math.ceil(watch.history_seconds * 10**6 / CELLS)
        peaks = [
            peak
            for at, peak in self._peaks(meter)
            if self.now // cell - CELLS <= at // cell < self.now // cell
        ]
        usual = max(peaks, default=0)
        is_met = count >= watch.at_least and count > watch.times * usual
        return self._reading(
            meter,
            is_exceeded=is_met,
            count=count,
            retry=None if is_met else 0.0,
            usual=usual,
            is_learning=self._is_learning(meter, watch.learning_seconds),
        )

    def _read_run(self, meter: Meter, watch: Run) -> Reading:
        latest: list[int] = []
        for event in self.events.get(meter.key, []):
            if event.at > self.now - us(watch.seconds):
                latest = _moved_to_end(latest, event.meter.members)
        latest = _moved_to_end(latest, meter.members)[-MOST_NUMBERS:]
        near = sum(
            any(one != other and abs(one - other) <= NEIGHBOURHOOD for other in latest)
            for one in latest
        )
        is_met = len(latest) >= watch.at_least and near * 100 >= watch.percent * len(latest)
        return self._reading(meter, is_exceeded=is_met, count=near, retry=None if is_met else 0.0)

    def _read_first(self, meter: Meter, watch: FirstSeen) -> Reading:
        is_first = meter.key not in self.known and not any(
            event.went_on for event in self.events.get(meter.key, [])
        )
        is_learning = self._is_learning(meter, watch.learning_seconds)
        is_met = is_first and not is_learning
        return self._reading(
            meter,
            is_exceeded=is_met,
            count=int(is_first),
            retry=None if is_met else 0.0,
            is_learning=is_learning,
        )

    def _read_use(self, meter: Meter, floor: Use) -> Reading:
        counted = self._sent(meter, settled=True)
        sent = sum(event.meter.cost for event in counted)
        used = sum(event.meter.cost for event in counted if Signal.USED in event.signals)
        is_met = sent >= floor.at_least and used * 100 < floor.percent * sent
        return self._reading(
            meter, is_exceeded=is_met, count=sent, retry=None if is_met else 0.0, used=used
        )

    # --- from the events

    def _in_order(self, key: bytes) -> Iterator[tuple[int, Event, bool]]:
        """Yield charges and give-backs as they happened: when, which charge, which of both."""
        events = self.events.get(key, [])
        ends = [(e.given_back[0], e.given_back[1], e, True) for e in events if e.given_back]
        for at, _, event, is_back in sorted(
            [*((e.at, e.number, e, False) for e in events), *ends], key=lambda one: one[1]
        ):
            yield at, event, is_back

    def _line(self, key: bytes) -> tuple[int, int]:
        """Return when all is free, and what was given back since last not all was."""
        until, returned = 0, 0
        for at, event, is_back in self._in_order(key):
            if not event.was_charged:
                continue
            if is_back:
                until, returned = until - event.left, returned + event.left
                continue
            if until <= at:
                until, returned = at, 0
            until += _taken(event.meter)
        return until, returned

    def _left(self, event: Event) -> int:
        if not isinstance(event.meter.measure, Rate) or not event.was_charged:
            return 0
        until, returned = self._line(event.meter.key)
        if until <= self.now or self._was_free_since(event):
            return 0
        since = returned - event.reading.returned
        size = _taken(event.meter)
        left = max(event.reading.until - since - self.now, size - (self.now - event.at), 0)
        return min(left, size, until - self.now)

    def _was_free_since(self, since: Event) -> bool:
        until = 0
        is_later = False
        for at, event, is_back in self._in_order(since.meter.key):
            if not event.was_charged:
                continue
            if until <= at and not is_back:
                if is_later:
                    return True
                until = at
            until += -event.left if is_back else _taken(event.meter)
            is_later = is_later or event is since
        return False

    def _counting(self, key: bytes, length: int) -> dict[int, int]:
        """Return the members that count, and until when each does."""
        ends: dict[int, int] = {}
        charges: dict[int, int] = {}
        for at, event, is_back in self._in_order(key):
            if not event.was_charged:
                continue
            for member in set(event.meter.members):
                if is_back:
                    if at < event.at + length:
                        charges[member] -= 1
                    continue
                is_new = ends.get(member, 0) <= at or charges[member] == 0
                charges[member] = 1 if is_new else charges[member] + 1
                ends[member] = at + length
        return {
            member: end for member, end in ends.items() if end > self.now and charges[member] > 0
        }

    def _attempted(self, meter: Meter, seconds: float, before: Event | None = None) -> set[int]:
        now = self.now if before is None else before.at
        found: set[int] = set()
        for event in self.events.get(meter.key, []):
            if event.at > now - us(seconds):
                found |= set(event.meter.members)
            if event is before:
                break
        return found

    def _in_window(self, meter: Meter, watch: Volume, now: int) -> list[Event]:
        length = math.ceil(watch.seconds * 10**6 / SLICES)
        return [
            event
            for event in self.events.get(meter.key, [])
            if now // length - SLICES < event.at // length <= now // length
        ]

    def _peaks(self, meter: Meter) -> Iterator[tuple[int, int]]:
        """Yield when something went on as usual, and how many that made."""
        events = self.events.get(meter.key, [])
        for number, event in enumerate(events):
            if not event.was_learned:
                continue
            if isinstance(meter.measure, Volume):
                window = self._in_window(meter, meter.measure, event.at)
                earlier = [e for e in events[: number + 1] if e in window and e.was_learned]
                yield event.at, sum(e.meter.cost for e in earlier)
            elif isinstance(meter.measure, Spread):
                yield event.at, len(self._attempted(meter, meter.measure.seconds, event))

    def _sent(self, meter: Meter, *, settled: bool) -> list[Event]:
        floor = meter.measure
        assert isinstance(floor, Use)
        length = math.ceil(floor.seconds * 10**6 / SLICES)
        grace = us(floor.grace_seconds)
        found = []
        for event in self.events.get(meter.key, []):
            begin = event.at // length * length
            is_old = begin < self.now - us(floor.seconds) - grace
            is_young = begin + length > self.now - grace
            is_too_young = settled and is_young
            if event.went_on and not event.given_back and not is_old and not is_too_young:
                found.append(event)
        return found

    def _is_learning(self, meter: Meter, seconds: float) -> bool:
        return self.now < self.profiles.get(meter.profile, self.now) + us(seconds)

    def _flood(self, events: Sequence[Event]) -> tuple[int, int, int]:
        since = last = attempts = 0
        for event in events:
            if not event.reading.is_exceeded:
                continue
            if last <= event.at - us(FLOOD_GAP_SECONDS) or not last:
                since, attempts = event.at, 0
            last, attempts = event.at, attempts + 1
        return since, last, attempts

    def _reading(
        self,
        meter: Meter,
        *,
        is_exceeded: bool,
        count: int,
        retry: float | None,
        usual: int = 0,
        used: int = 0,
        is_learning: bool = False,
        until: int = 0,
        returned: int = 0,
    ) -> Reading:
        since, last, _ = self._flood(self.events.get(meter.key, []))
        is_over = not last or last <= self.now - us(FLOOD_GAP_SECONDS)
        return Reading(
            is_exceeded=is_exceeded,
            count=count,
            retry_seconds=retry,
            usual=usual,
            used=used,
            is_learning=is_learning,
            since=(self.now if is_exceeded else 0) if is_over else since,
            is_new=is_exceeded and is_over,
            until=until,
            returned=returned,
        )


def _taken(meter: Meter) -> int:
    rate = meter.measure
    assert isinstance(rate, Rate)
    return meter.cost * math.ceil(rate.seconds * 10**6 / rate.allowed)


def _moved_to_end(latest: Sequence[int], numbers: Sequence[int]) -> list[int]:
    named = list(dict.fromkeys(reversed(numbers)))[::-1]
    return [*(one for one in latest if one not in named), *named]
