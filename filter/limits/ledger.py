"""What does one charge do to everything that is kept? The rules of LimitStore over books in memory.

Pure: the books are given, with the moment; what changes is written into them, all of it or nothing.
Who keeps books (filter/limits/embedded.py) loads them before and stores them after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from filter.limits.gcra import MICROS, Line, conform, give_back, interval, micros
from filter.limits.interface import (
    FLOOD_GAP_SECONDS,
    KNOWN_SECONDS,
    MOST_MEMBERS,
    Charge,
    Charged,
    Distinct,
    FirstSeen,
    Measure,
    Meter,
    Rate,
    Reading,
    Run,
    Signal,
    Spread,
    Use,
    Volume,
)
from filter.limits.watches import (
    State,
    add_to_slice,
    run,
    slice_length,
    spread,
    use,
    volume,
)

FLOOD_GAP = micros(FLOOD_GAP_SECONDS)
KNOWN = micros(KNOWN_SECONDS)
# So late may a key be in noting that it was charged again: most charges then write nothing.
NOTED_LATE = micros(86400.0)


class Page(NamedTuple):
    """What is kept at one key: the state of its measure and its flood. Times in µs.

    ``expires`` is when the page says no more than BLANK does; ``reset`` is when it was last reset.
    """

    expires: int = 0
    reset: int = 0
    since: int = 0
    last: int = 0
    attempts: int = 0
    state: State = ()


BLANK = Page()
NO_LINE = Line()


class Roll(Protocol):
    """The members of one key that count now."""

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    def has(self, member: int) -> bool:
        """Return whether this one is among them."""
        ...

    def until(self, place: int, others_than: frozenset[int]) -> int:
        """Return when the ``place``-th (from 1) stops to count; the earliest is the first."""
        ...

    def charge(self, members: Iterable[int], until: int) -> None:
        """Let members count until then, with one charge more."""
        ...

    def give_back(self, members: Iterable[int]) -> None:
        """Take a charge of each back; who has none left is forgotten."""
        ...

    def clear(self) -> None:
        """Forget all."""
        ...


class Books(Protocol):
    """Everything that is kept, at one moment (µs since 1970)."""

    @property
    def now(self) -> int:
        """The moment."""
        ...

    def page(self, key: bytes) -> Page:
        """Return what is kept at a key, BLANK when nothing is."""
        ...

    def keep(self, key: bytes, page: Page) -> None:
        """Keep it from now on."""
        ...

    def roll(self, meter: Meter) -> Roll:
        """Return the members at a key of Distinct or Spread."""
        ...

    def mark(self, meter: Meter, page: Page) -> None:
        """Put a flood on the list of floods, or with ``page.last`` 0 take it off."""
        ...

    def name(self, meter: Meter, page: Page) -> None:
        """Put a key of Use on the list of use rates."""
        ...


class Look(NamedTuple):
    """What one meter says, and its page when the message goes on and when it does not."""

    reading: Reading
    if_admitted: Page
    if_refused: Page
    members: Sequence[int] = ()


def charge(books: Books, asked: Charge) -> Charged:
    """Charge all meters or none. See LimitStore.charge. Raises ValueError for a key twice."""
    if len({meter.key for meter in asked.meters}) < len(asked.meters):
        raise ValueError("a charge names a key twice")
    looks = [_look(books, meter) for meter in asked.meters]
    is_admitted = not any(
        look.reading.is_exceeded and meter.decides and not look.reading.is_learning
        for meter, look in zip(asked.meters, looks, strict=True)
    )
    for meter, look in zip(asked.meters, looks, strict=True):
        _settle(books, meter, look, is_admitted=is_admitted)
    readings = [look.reading for look in looks] if is_admitted else map(_uncharged, looks)
    return Charged(is_admitted, tuple(readings), books.now)


def peek(books: Books, meters: Sequence[Meter]) -> tuple[Reading, ...]:
    """Read and change nothing. See LimitStore.peek."""
    return tuple(_uncharged(_look(books, meter)) for meter in meters)


def take_back(books: Books, asked: Charge, charged: Charged) -> None:
    """Take an admitted charge back. See LimitStore.give_back; tracks are not kept here."""
    if not charged.is_admitted or charged.at > books.now:
        return
    for meter, reading in zip(asked.meters, charged.readings, strict=True):
        page = books.page(meter.key)
        if charged.at > page.reset:
            _take_back(books, meter, page, reading, charged.at)


class Sent(NamedTuple):
    """A message that was counted at a Use: its key, when (µs), in which slice, and its cost."""

    key: bytes
    at: int
    slice: int
    cost: int


def report(books: Books, signal: Signal, sent: Sent) -> None:
    """Count a report of a message."""
    page = books.page(sent.key)
    if sent.at <= page.reset:
        return
    used, unrequested = (sent.cost, 0) if signal is Signal.USED else (0, sent.cost)
    state = add_to_slice(page.state, sent.slice, sent=0, used=used, unrequested=unrequested)
    books.keep(sent.key, page._replace(state=state))


def reset(books: Books, meters: Sequence[Meter]) -> None:
    """Forget what was counted. See LimitStore.reset."""
    for meter in meters:
        match meter.measure:
            case Distinct() | Spread():
                books.roll(meter).clear()
            case _:
                pass
        is_known = isinstance(meter.measure, FirstSeen)
        expires = books.now + (KNOWN if is_known else _memory(meter.measure))
        page = Page(expires, books.now, state=(books.now,) if is_known else ())
        books.mark(meter, page)
        books.keep(meter.key, page)


# --- one meter


def _look(books: Books, meter: Meter) -> Look:
    page = books.page(meter.key)
    match meter.measure:
        case Rate() as rate:
            return _look_at_rate(books, rate, meter, page)
        case Distinct() as distinct:
            return _look_at_distinct(books, distinct, meter, page)
        case Volume() | Spread() | Run() | FirstSeen() as watch:
            return _look_at_watch(books, watch, meter, page)
        case Use() as floor:
            return _look_at_use(books, floor, meter, page)


def _look_at_rate(books: Books, rate: Rate, meter: Meter, page: Page) -> Look:
    now = books.now
    line = Line(*page.state)
    conforms, charged, wait, kept, moved = conform(rate, meter.cost, line, now)
    retry = None if wait is None else wait / MICROS
    refused = page if kept is line else _with_state(page, kept, kept.arrival)
    line = moved if conforms else kept
    reading = _reading(page, now, is_exceeded=not conforms, count=charged, retry=retry, line=line)
    if not conforms:
        return Look(reading, refused, refused)
    return Look(reading, _with_state(page, moved, moved.arrival), refused)


def _uncharged(look: Look) -> Reading:
    """Return what the meter says when it is not charged."""
    if not look.reading.until:  # only a Rate says that
        return look.reading
    line = Line(*look.if_refused.state)
    return replace(look.reading, until=line.arrival, returned=line.returned)


def _look_at_distinct(books: Books, distinct: Distinct, meter: Meter, page: Page) -> Look:
    now, roll = books.now, books.roll(meter)
    members = frozenset(meter.members)
    count = roll.count
    fresh = sum(not roll.has(member) for member in members)
    excess = count + fresh - distinct.allowed
    if excess <= 0:
        until = now + micros(distinct.seconds)
        admitted = _with_state(page, page.state, until)
        return Look(_reading(page, now, count=count), admitted, page, tuple(members))
    retry = None
    if len(members) <= distinct.allowed:
        # Once so many of the others have stopped to count, it fits.
        retry = (roll.until(excess, members) - now) / MICROS
    return Look(_reading(page, now, is_exceeded=True, count=count, retry=retry), page, page)


def _look_at_watch(
    books: Books, watch: Volume | Spread | Run | FirstSeen, meter: Meter, page: Page
) -> Look:
    now, state = books.now, page.state
    members: Sequence[int] = ()
    is_learning = not isinstance(watch, Run) and _is_learning(books, meter, watch.learning_seconds)
    match watch:
        case Volume():
            sight = volume(watch, meter.cost, state, now, is_learning=is_learning)
        case Spread():
            count, members = _noted(books.roll(meter), meter.members)
            sight = spread(watch, count, state, now, is_learning=is_learning)
            sight = sight._replace(expires=max(sight.expires, now + micros(watch.seconds)))
        case Run():
            sight = run(watch, meter.members, state, now)
        case FirstSeen():
            return _look_at_first(page, now, is_learning=is_learning)
    reading = _reading(
        page,
        now,
        is_exceeded=sight.is_met,
        count=sight.seen,
        retry=None if sight.is_met else 0.0,
        usual=sight.usual,
        is_learning=is_learning,
    )
    return Look(
        reading,
        _with_state(page, sight.if_admitted, sight.expires),
        _with_state(page, sight.if_refused, sight.expires),
        members,
    )


def _noted(roll: Roll, members: Iterable[int]) -> tuple[int, Sequence[int]]:
    """Return how many different members there are with these, and which of these are noted."""
    known: list[int] = []
    fresh: list[int] = []
    for member in dict.fromkeys(members):
        (known if roll.has(member) else fresh).append(member)
    del fresh[max(0, MOST_MEMBERS - roll.count) :]
    return roll.count + len(fresh), known + fresh


def _look_at_first(page: Page, now: int, *, is_learning: bool) -> Look:
    is_first = not page.state or page.state[0] + KNOWN + NOTED_LATE <= now
    is_exceeded = is_first and not is_learning
    reading = _reading(
        page,
        now,
        is_exceeded=is_exceeded,
        count=int(is_first),
        retry=None if is_exceeded else 0.0,
        is_learning=is_learning,
    )
    return Look(reading, _noted_at(page, now), page)


def _look_at_use(books: Books, floor: Use, meter: Meter, page: Page) -> Look:
    sight = use(floor, meter.cost, page.state, books.now)
    reading = _reading(
        page,
        books.now,
        is_exceeded=sight.is_met,
        count=sight.sent,
        retry=None if sight.is_met else 0.0,
        used=sight.used,
    )
    admitted = _with_state(page, sight.if_admitted, sight.expires)
    return Look(reading, admitted, _with_state(page, sight.if_refused, sight.expires))


# --- its parts


def _is_learning(books: Books, meter: Meter, seconds: float) -> bool:
    profile = books.page(profile_key(meter))
    began = min(profile.state[1], books.now) if profile.state else books.now
    return books.now < began + micros(seconds)


def profile_key(meter: Meter) -> bytes:
    """Return the key of the page of a profile: longer than that of any meter."""
    return b"profile:" + meter.profile


def _noted_at(page: Page, now: int) -> Page:
    """Return the page with the time of the latest charge, and that of the first."""
    latest, first = page.state if len(page.state) == 2 else (0, now)  # noqa: PLR2004 - these two
    if latest <= now < latest + NOTED_LATE:
        return page
    return _with_state(page, (now, min(first, now)), now + KNOWN + NOTED_LATE)


def _settle(books: Books, meter: Meter, look: Look, *, is_admitted: bool) -> None:
    page = look.if_admitted if is_admitted else look.if_refused
    measure, reading = meter.measure, look.reading
    match measure:
        case Rate():
            pass
        case Distinct():
            if is_admitted:
                books.roll(meter).charge(look.members, books.now + micros(measure.seconds))
        case Spread():
            books.roll(meter).charge(look.members, books.now + micros(measure.seconds))
            _note_profile(books, meter)
        case Volume() | FirstSeen():
            _note_profile(books, meter)
        case Use() if is_admitted:
            books.name(meter, page)
        case _:
            pass
    if reading.is_exceeded:
        attempts = 1 if reading.is_new else page.attempts + 1
        expires = max(page.expires, books.now + FLOOD_GAP)
        page = Page(expires, page.reset, reading.since, books.now, attempts, page.state)
        books.mark(meter, page)
    books.keep(meter.key, page)


def _note_profile(books: Books, meter: Meter) -> None:
    key = profile_key(meter)
    books.keep(key, _noted_at(books.page(key), books.now))


def _take_back(books: Books, meter: Meter, page: Page, reading: Reading, at: int) -> None:
    match meter.measure:
        case Rate() as rate if page.state and not reading.is_exceeded:
            charged, line = Line(reading.until, returned=reading.returned), Line(*page.state)
            line = give_back(rate, meter.cost, line, books.now, charged=charged, at=at)
            books.keep(meter.key, page._replace(state=line))
        case Distinct() as distinct if not reading.is_exceeded:
            # Longer ago, and it stopped to count meanwhile: whoever is there now came later.
            if at + micros(distinct.seconds) > books.now:
                books.roll(meter).give_back(frozenset(meter.members))
        case Use() as floor:
            number = at // slice_length(floor.seconds)
            state = add_to_slice(page.state, number, sent=-meter.cost, used=0, unrequested=0)
            books.keep(meter.key, page._replace(state=state))
        case _:
            pass


def _with_state(page: Page, state: State, expires: int) -> Page:
    if page.last or page.reset:
        # What is told by flood and reset is needed for a while, whatever becomes of the state.
        expires = max(expires, page.expires)
    return Page(expires, page.reset, page.since, page.last, page.attempts, state)


def _reading(
    page: Page,
    now: int,
    *,
    is_exceeded: bool = False,
    count: int = 0,
    retry: float | None = 0.0,
    usual: int = 0,
    used: int = 0,
    is_learning: bool = False,
    line: Line = NO_LINE,
) -> Reading:
    is_going_on = page.last > now - FLOOD_GAP and page.last > 0
    is_new = is_exceeded and not is_going_on
    since = page.since if is_going_on else now if is_new else 0
    return Reading(
        is_exceeded,
        count,
        retry,
        usual,
        used,
        is_learning,
        since,
        is_new,
        line.arrival,
        line.returned,
    )


def _memory(measure: Measure) -> int:
    """Return for how long after a reset something that was charged before it could come back."""
    match measure:
        case Rate() as rate:
            return rate.burst * interval(rate)
        case Distinct() as distinct:
            return micros(distinct.seconds)
        case Use() as floor:
            length = slice_length(floor.seconds)
            return micros(floor.seconds) + micros(floor.grace_seconds) + length
        case _:
            return 0
