"""What the gate asks of a limit store: meters are read and charged in one step, or not at all.

Two stores do this: one in the state folder, exact across the workers of a machine
(filter/limits/embedded.py), one in Redis or Valkey, exact across machines (filter/limits/redis.py).
Both take the time from one clock of their own and count it in whole microseconds since 1970, so
that they agree to the last message. A length of time is ``ceil(seconds * 10**6)`` µs. Keys are
digests: no store knows a telephone number.

The clock may be set back. Whatever was kept with a later time than could be now is then taken, and
from the next charge on kept, as the latest that could be; what was counted in slices or cells that
are yet to come is forgotten by the next charge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

# A flood is over when nothing was too many for this long; what comes later is another one.
FLOOD_GAP_SECONDS = 3600.0
# A window of a watch is counted in so many slices, its history in so many cells; the slice (cell)
# that is open now is one of them.
SLICES = 10
CELLS = 28
# Different recipients that a watch tells apart; beyond it the count stands still.
MOST_MEMBERS = 1000
# Numbers that a watch for sequences remembers, and how far apart neighbours are.
MOST_NUMBERS = 64
NEIGHBOURHOOD = 3
# How long a FirstSeen key stays known, and a profile keeps its age, after the latest charge (about:
# a store may be up to a day late in noting that there was one).
KNOWN_SECONDS = 400 * 86400.0


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``allowed`` in ``seconds`` on average, ``burst`` at once: GCRA (ITU-T I.371).

    The emission interval is ``ceil(seconds * 10**6 / allowed)`` µs. A charge of cost c moves the
    theoretical arrival time to max(it, now) + c intervals, and is too many when that is more than
    ``burst`` intervals from now. An arrival time further away than that (the clock was set back) is
    taken, and also by a charge that is refused kept, as just that far.
    """

    allowed: int
    seconds: float
    burst: int


@dataclass(frozen=True, slots=True)
class Distinct:
    """At most ``allowed`` different members in any ``seconds``: a sliding window, exact.

    A member counts from its latest charge until ``seconds`` later, and not at that moment itself. A
    charge is too many when those that count and its own are together more than ``allowed``.
    """

    allowed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Volume:
    """More than ``times`` the usual peak, and at least ``at_least``, in a window of ``seconds``.

    Slice n is the n-th ``ceil(seconds * 10**6 / SLICES)`` µs since 1970; the window is the open
    slice and the SLICES - 1 before it. Attempts are counted there, this one included, whether they
    go on or not. What goes on while the sign is not met, or while the profile is learning, is
    counted in a second row of slices, whose highest sum is kept by cell of
    ``ceil(history_seconds * 10**6 / CELLS)`` µs; the usual peak is the highest of the CELLS cells
    before the open one. A message counts with its cost.

    A profile learns until ``learning_seconds`` after the first charge that named it, admitted or
    not.
    """

    at_least: int
    seconds: float
    times: float
    history_seconds: float
    learning_seconds: float


@dataclass(frozen=True, slots=True)
class Spread:
    """As Volume, for different members: those attempted within ``seconds``, MOST_MEMBERS at most.

    What is kept as the peak is the number of members after a charge that went on while the sign was
    not met or the profile was learning. When there is not room for all new members of a charge, the
    first of them are taken.
    """

    at_least: int
    seconds: float
    times: float
    history_seconds: float
    learning_seconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring numbers: members are numbers below 10000 (the last four digits).

    The latest MOST_NUMBERS different numbers that were attempted within ``seconds`` are looked at,
    these ones included (of one charge the last named are the latest). The sign is met when there
    are ``at_least`` of them and ``percent`` of them or more have another one at most NEIGHBOURHOOD
    away.
    """

    at_least: int
    seconds: float
    percent: int


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """Nothing has gone on for this key before, and the profile is older than the learning time.

    Whatever goes on makes the key known.
    """

    learning_seconds: float


@dataclass(frozen=True, slots=True)
class Use:
    """Fewer than ``percent`` of the codes sent were used.

    Slices as in Volume, over ``seconds``; those count that ended ``grace_seconds`` ago or earlier
    and began no more than ``seconds + grace_seconds`` ago. The sign is met when ``at_least`` were
    sent in them and used * 100 < percent * sent. A message that goes on is sent in the open slice
    with its cost; a report of it counts with the same cost in the same slice, while that is kept.
    """

    percent: float
    at_least: int
    seconds: float
    grace_seconds: float


Measure: TypeAlias = Rate | Distinct | Volume | Spread | Run | FirstSeen | Use


@dataclass(frozen=True, slots=True)
class Meter:
    """One thing to count at one key.

    ``key`` is what the state is kept under: 16 bytes, a digest of the rule, its window and the
    values. ``profile`` is the same for all keys of a watch: since when it learns. ``members`` are
    64-bit digests of recipients, or numbers for a Run. ``decides`` is False for what only records
    (shadow, alert). ``label`` is the key in words, recipients masked, for lists.
    """

    key: bytes
    rule: str
    measure: Measure
    cost: int = 1
    members: tuple[int, ...] = ()
    profile: bytes = b""
    decides: bool = True
    label: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter said.

    ``count`` is without this message for Rate (charged and not yet free again, a part of an
    interval counts as one) and Distinct, with it for watches (Run: numbers that have a neighbour;
    FirstSeen: 1 when it is the first), and codes sent for Use, whose ``used`` are those used.
    ``retry_seconds`` is when this charge would fit, 0 when it fits now, None when it never can
    (cost above burst, more members than are allowed) or nobody can tell (an exceeded watch or Use).
    ``since`` is when the flood of this key began (µs), 0 when none is going on; ``is_new`` says
    that it begins with this message. ``until`` is, for Rate, when all that is charged will be free
    again (µs), with this charge if it was charged; some moment that has passed when all is free.
    ``returned`` is, for Rate, how much (µs) was given back before this charge since not all was
    free: what ``give_back`` needs.
    """

    is_exceeded: bool
    count: int = 0
    retry_seconds: float | None = 0.0
    usual: int = 0
    used: int = 0
    is_learning: bool = False
    since: int = 0
    is_new: bool = False
    until: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Track:
    """By which references a later report finds this message: digests of its id and recipients.

    16 bytes each (filter/limits/references.py makes them). The first is that of the id, which no
    other message has. Several may share another, that of their recipient; it finds the latest of
    them. ``transaction_id`` is what ``tracked`` returns.
    """

    references: tuple[bytes, ...]
    seconds: float
    transaction_id: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """Everything that one message is to be counted at; no key twice (add up costs and members)."""

    meters: tuple[Meter, ...]
    track: Track | None = None


@dataclass(frozen=True, slots=True)
class Charged:
    """The answer: one reading a meter, in their order, and the moment they were read (µs)."""

    is_admitted: bool
    readings: tuple[Reading, ...]
    at: int


class Signal(StrEnum):
    """What the application or a person reports of a message."""

    USED = "used"
    UNREQUESTED = "unrequested"


@dataclass(frozen=True, slots=True)
class FloodMark:
    """A flood that is going on, or ended less than FLOOD_GAP_SECONDS ago. Times in µs."""

    rule: str
    label: str
    since: int
    last: int
    attempts: int


@dataclass(frozen=True, slots=True)
class UseRate:
    """How many codes of one key were sent, used, and reported as never asked for."""

    rule: str
    label: str
    sent: int
    used: int
    unrequested: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether this message is the first of its kind; else which was, and its answer if it has one.

    ``answer`` is None while the first is still on its way. A message that asks again finds itself.
    """

    is_first: bool
    transaction_id: str = ""
    answer: bytes | None = None


class LimitStoreAway(Exception):  # noqa: N818 - a state of the world, named as the log names it
    """The store cannot be asked just now. Whether a charge was made is not known."""


class QuestionRefused(LimitStoreAway):
    """The store is there, but this question it cannot answer: it, or what is kept at its keys.

    For its message as good as away; the messages of others have nothing to do with it.
    """


class LimitStore(Protocol):
    """Counts. Safe for concurrent use in one event loop; every method raises LimitStoreAway."""

    async def charge(self, charge: Charge) -> Charged:
        """Read all meters and charge them in one atomic step.

        The message is admitted when no meter that decides is exceeded; a watch that is still
        learning does not decide. Then every meter is charged, but those of Rate and Distinct that
        are exceeded without deciding. When it is not admitted, nothing is charged; only watches
        note the attempt. Every exceeded meter marks its flood, admitted or not: one attempt more.
        """
        ...

    async def give_back(self, charge: Charge, charged: Charged) -> None:
        """Take an admitted charge back, once, because the message did not go on.

        Rate: what of the charge has surely not become free by itself since. A charge of s µs (cost
        times interval) stood in line until ``Reading.until``, and since then g µs were given back
        at this key, maybe before it in the line; so ``max(until - g - now, s - (now - at))`` µs of
        it are left, from 0 to s, and they are taken off the arrival time, down to now. Nothing is
        left when all at this key was free in between. (A store keeps at each key: arrival time,
        since when not all was free, and what was given back since then.)

        Distinct: a member all of whose charges, since it last did not count, were given back is
        forgotten; the time of a renewal is not taken back. Use and tracks: as if never sent.
        Watches keep what they saw.

        Nothing comes back where nothing was charged (exceeded without deciding), to a key that was
        reset at or after ``Charged.at``, and when that moment is yet to come (the clock was set
        back).
        """
        ...

    async def report(self, reference: bytes, signal: Signal) -> bool:
        """Count a report on a tracked message; False when none is known by this reference.

        A message counts once for each kind of report, however often it is made, and not at keys
        that were reset at or after its charge.
        """
        ...

    async def tracked(self, reference: bytes) -> str:
        """Return the ``Track.transaction_id`` of the message that a report would count for.

        "" when none is known by this reference, or when its track has no id.
        """
        ...

    async def track(self, reference: bytes, also: bytes) -> bool:
        """Let the message that is tracked by ``reference`` be found by ``also``, too, as long.

        It is one message with one more name: a report by either counts once. What ``also`` found
        before, it finds no longer. False when none is known by ``reference``; then nothing changes.
        """
        ...

    async def claim(self, key: bytes, transaction_id: str, seconds: float) -> Claim:
        """Be the first to send what ``key`` is a digest of, or learn who was.

        Who asks again before there is an answer is still the first. A claim is over ``seconds``
        after it was made, and when it was made in the future (the clock was set back).
        """
        ...

    async def settle_claim(self, key: bytes, transaction_id: str, answer: bytes | None) -> None:
        """Keep the answer for repeats until the claim's time is over, or (None) let go of it.

        Does nothing when the claim is over or another's.
        """
        ...

    async def peek(self, meters: Sequence[Meter]) -> Sequence[Reading]:
        """Return what a charge would find, and change nothing."""
        ...

    async def reset(self, meters: Sequence[Meter]) -> None:
        """Forget everything that was counted at these keys; a FirstSeen key becomes known.

        Floods at these keys are forgotten, too; profiles and tracks are kept.
        """
        ...

    async def floods(self) -> Sequence[FloodMark]:
        """Return the floods of the last hour, the latest first, 100 at most."""
        ...

    async def use_rates(self) -> Sequence[UseRate]:
        """Return all keys of Use meters that were charged within their window, 1000 at most.

        Counted are the slices that began no more than ``seconds + grace_seconds`` ago, those in
        their grace and the open one, too. Where nothing is left (given back, reset), there is no
        rate. The keys that were charged last come first, to the slice.
        """
        ...

    async def ping(self) -> None:
        """Return when the store could be charged."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...
