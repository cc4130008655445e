"""Releases the messages of a case as one: oldest first, not too fast, never what is of no use."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from filter.decisions import mask
from filter.quarantine.interface import CaseShelf
from filter.quarantine.item import CaseItem, HeldItem, NoSuchItem, State, StateConflict, StoreError
from filter.quarantine.release import CannotRelease, NotRecorded, Paused, Releaser, release
from filter.ruleset import RuleSet

# Modest: an ordinary long number sends one a second, a gate's own relay hundreds.
PER_SECOND = 10.0
# On their way at once, so that a slow next hop does not set the pace.
MAX_UNDER_WAY = 8
# A next hop that is away, or takes nothing for now, so many times in a row does so for the rest.
MAX_AWAY = 3
MAX_REFUSED = 10
# Items are read in lists of so many.
PAGE = 1000


class Fate(StrEnum):
    """What became of one message of a case."""

    RELEASED = "released"
    DISCARDED = "discarded"
    EXPIRED = "expired"  # of no more use: it stays held
    UNAPPROVED = "unapproved"  # nothing approves it now: it stays held for a look of its own
    PAUSED = "paused"  # it stays held
    AWAY = "next hop away"  # it stays held
    REFUSED = "refused for now"  # it stays held
    NOT_SENT = "not sent"  # the store was in trouble before: it stays held
    TAKEN = "taken"  # somebody else released or discarded it meanwhile
    FAILED = "failed"
    UNKNOWN = "unknown"


# After these a message is where whoever released the case wanted it.
GOOD = frozenset({Fate.RELEASED, Fate.DISCARDED, Fate.EXPIRED, Fate.UNAPPROVED, Fate.TAKEN})


@dataclass(frozen=True, slots=True)
class ItemEnd:
    """What became of one message, and why, in one line."""

    transaction_id: str
    fate: Fate
    note: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which messages of a case; without anything all of them.

    ``recipients`` are spellings of one whole address, in any case, ``client`` who submitted it,
    ``template`` one with all of its variants. ``limit`` are so many of the oldest, ``sample`` so
    many from the oldest to the newest, to try it out.
    """

    only: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    client: str = ""
    template: str = ""
    limit: int | None = None
    sample: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a release would do with the messages that are held, each list oldest first."""

    case_id: str
    to_send: tuple[CaseItem, ...]
    expired: tuple[CaseItem, ...] = ()
    unapproved: tuple[CaseItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How a release goes about it. ``per_second`` are messages, not recipients."""

    by: str
    note: str = ""
    per_second: float = PER_SECOND
    discards_expired: bool = False


@dataclass(frozen=True, slots=True)
class CaseEnd:
    """How many ended how; ``stopped`` is why the rest was not tried, "" when all were."""

    counts: Mapping[Fate, int] = field(default_factory=dict)
    stopped: str = ""

    @property
    def is_good(self) -> bool:
        """Whether everything that was to be sent was sent."""
        return not self.stopped and GOOD.issuperset(self.counts)


class Validity:
    """What the rules say now of messages that they approved once, and how long these are of use."""

    def __init__(self, rules: RuleSet) -> None:
        self._names = {t.id for t in rules.templates} | {_name(t.id) for t in rules.templates}
        self._seconds = {t.id: t.valid_seconds for t in rules.templates if t.valid_seconds}

    def why_unapproved(self, item: CaseItem) -> str:
        """Return why it needs a look of its own, "" when it was approved by what still is there.

        Of a template that is gone nobody knows whether it was withdrawn, nor how long it was valid.
        """
        if item.content_codes:
            return f"held for its content, too: {' '.join(item.content_codes)}"
        if item.template and _name(item.template) not in self._names:
            return f"its template {item.template} is in the rules no more"
        return ""

    def seconds_of(self, template: str) -> float | None:
        """Return the validity in seconds, None for ever; a variant has that of its template."""
        return self._seconds.get(template) or self._seconds.get(_name(template))

    def is_over(self, item: CaseItem, now: datetime) -> bool:
        """Return whether nobody can use the message any more."""
        seconds = self.seconds_of(item.template)
        return seconds is not None and now > item.received_at + timedelta(seconds=seconds)

    def words(self, item: CaseItem) -> str:
        """Return why it is of no use: ``valid for 600 s, received 2026-…``."""
        seconds = self.seconds_of(item.template) or 0
        return (
            f"of no more use: {item.template} is valid for {seconds:g} s,"
            f" received {item.received_at:%Y-%m-%d %H:%M:%S} UTC"
        )


def _name(template: str) -> str:
    """Return the id of a template without its variant."""
    return template.partition("/")[0]


def all_items(
    shelf: CaseShelf, case_id: str, state: State | None = State.HELD
) -> Iterator[CaseItem]:
    """Yield the items of a case, oldest first. Raises StoreError."""
    after = ""
    while page := shelf.case_items(case_id, state=state, after=after, limit=PAGE):
        yield from page
        after = page[-1].id


def chosen_items(shelf: CaseShelf, case_id: str, choice: Choice) -> list[CaseItem]:
    """Return the held items that a choice is about, without its numbers.

    Raises NoSuchItem for an id that is not a held message of this case, and for a client, template
    or recipient that no message of it ever had: a slip, and not a case that is done.
    """
    items = list(all_items(shelf, shelf.get_case(case_id).id))
    if choice.only:
        wanted = set(choice.only)
        strange = sorted(wanted - {item.id for item in items})
        if strange:
            raise NoSuchItem(f"{', '.join(strange)}: no held message of {case_id}")
        items = [item for item in items if item.id in wanted]
    found = [item for item in items if _is_meant(item, choice)]
    if not found and not any(_is_meant(one, choice) for one in all_items(shelf, case_id, None)):
        raise NoSuchItem(f"no message of {case_id} is of that client, template or recipient")
    return found


def _is_meant(item: CaseItem, choice: Choice) -> bool:
    """Return whether client, template and recipient are those of the choice."""
    spellings = {one.lower() for one in choice.recipients}
    written = {form.lower() for one in item.recipients for form in (one, mask(one))}
    return (
        (not spellings or not spellings.isdisjoint(written))
        and choice.client in ("", item.client)
        and choice.template in ("", item.template, _name(item.template))
    )


def plan_release(
    shelf: CaseShelf, case_id: str, choice: Choice, validity: Validity, now: datetime
) -> Plan:
    """Return what a release would do now. Raises NoSuchItem and StoreError.

    What is not approved is never sent with a case: a pause may have caught a prank, too.
    """
    items = chosen_items(shelf, case_id, choice)
    unapproved = tuple(item for item in items if validity.why_unapproved(item))
    approved = [item for item in items if not validity.why_unapproved(item)]
    expired = tuple(item for item in approved if validity.is_over(item, now))
    useful = [item for item in approved if not validity.is_over(item, now)]
    return Plan(case_id, tuple(_some(useful, choice)), expired, unapproved)


def _some(items: Sequence[CaseItem], choice: Choice) -> Sequence[CaseItem]:
    if choice.sample is not None and choice.sample < len(items):
        last, gaps = len(items) - 1, max(choice.sample - 1, 1)
        return [items[last * number // gaps] for number in range(choice.sample)]
    return items if choice.limit is None else items[: choice.limit]


class CaseRelease:
    """One release of one case. Run it once.

    ``tell`` hears of each message as it ends. ``why_not`` is as for release().
    """

    def __init__(
        self,
        shelf: CaseShelf,
        releasers: Mapping[str, Releaser],
        manner: Manner,
        validity: Validity,
        *,
        tell: Callable[[ItemEnd], None] = lambda _end: None,
        why_not: Callable[[HeldItem], str] = lambda _item: "",
    ) -> None:
        self._shelf = shelf
        self._releasers = releasers
        self._manner = manner
        self._validity = validity
        self._tell_caller = tell
        self._why_not = why_not
        self._counts: Counter[Fate] = Counter()
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._why_stopped = ""
        self._meets_pauses = False
        self._away = self._refused = 0
        self._fault: BaseException | None = None

    def stop(self, why: str) -> None:
        """Begin nothing more; what is under way comes to its end. Call it in the event loop."""
        self._why_stopped = self._why_stopped or why
        self._stopping.set()

    async def run(self, plan: Plan) -> CaseEnd:
        """Do what the plan says, at most so many a second.

        What a pause covers stays held; the others go on, as the pause is not about them. It stops
        early when the next hop is away, the store is in trouble, or by stop(). Doing it again takes
        what is still held. Cancelled, it waits until what was under way is known to be unknown.
        """
        for item in plan.unapproved:
            self._tell(item.id, Fate.UNAPPROVED, self._validity.why_unapproved(item))
        await self._put_aside(plan.expired)
        try:
            await self._send_all(plan.to_send)
        except asyncio.CancelledError:
            for task in self._under_way:
                task.cancel()
            raise
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way)
        if self._fault is not None:
            raise self._fault
        return CaseEnd(dict(self._counts), self._why_stopped)

    async def _put_aside(self, expired: Sequence[CaseItem]) -> None:
        """Leave what is of no use where it is, or discard it."""
        refused: Mapping[str, str] = {}
        if self._manner.discards_expired and expired:
            ids = [item.id for item in expired]
            note = f"{self._manner.note}; of no more use".removeprefix("; ")
            refused = await asyncio.to_thread(
                self._shelf.discard_items, ids, by=self._manner.by, note=note
            )
        fate = Fate.DISCARDED if self._manner.discards_expired else Fate.EXPIRED
        for item in expired:
            if item.id in refused:
                self._tell(item.id, Fate.TAKEN, refused[item.id])
            else:
                self._tell(item.id, fate, self._validity.words(item))

    async def _send_all(self, items: Sequence[CaseItem]) -> None:
        clock = asyncio.get_running_loop().time
        interval = 1 / self._manner.per_second
        turn = clock()
        for item in items:
            if await self._is_passed_over(item):
                continue
            await self._wait_for_turn(turn - clock())
            if self._stopping.is_set():
                return
            if self._validity.is_over(item, datetime.now(UTC)):  # it has become so meanwhile
                await self._put_aside([item])
                continue
            await self._begin(item)
            # Who is a little late does not make the next one late, too; but never two at once.
            turn = max(turn, clock() - interval / 2) + interval

    async def _begin(self, item: CaseItem) -> None:
        """Return when the message is on its way, or has ended where it was: so they keep order."""
        begun = asyncio.Event()
        task = asyncio.create_task(self._send(item, begun))
        self._under_way.add(task)
        task.add_done_callback(self._note_end)
        task.add_done_callback(lambda _task: begun.set())
        await begun.wait()

    async def _is_passed_over(self, item: CaseItem) -> bool:
        """Return whether a pause covers it; asked only where the one before was covered.

        So thousands of them take no turns from those behind. Who sends asks again.
        """
        if not self._meets_pauses or self._stopping.is_set():
            return False
        try:
            pause = await asyncio.to_thread(lambda: self._why_not(self._shelf.get_item(item.id)))
        except StoreError:  # it is told where it is released
            return False
        if pause:
            self._tell(item.id, Fate.PAUSED, pause)
        self._meets_pauses = bool(pause)
        return self._meets_pauses

    def _note_end(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._fault = self._fault or fault
            self.stop("internal fault")

    async def _wait_for_turn(self, seconds: float) -> None:
        if seconds > 0 and not self._stopping.is_set():
            try:
                async with asyncio.timeout(seconds):
                    await self._stopping.wait()
            except TimeoutError:
                pass
        while len(self._under_way) >= MAX_UNDER_WAY:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)

    async def _send(self, item: CaseItem, begun: asyncio.Event) -> None:
        fate, note = await self._release(item.id, begun)
        self._tell(item.id, fate, note)
        self._away = self._away + 1 if fate is Fate.AWAY else 0
        self._refused = self._refused + 1 if fate is Fate.REFUSED else 0
        if self._away >= MAX_AWAY:
            self.stop("the next hop is away")
        if self._refused >= MAX_REFUSED:
            self.stop("the next hop takes no more for now")

    async def _release(self, transaction_id: str, begun: asyncio.Event) -> tuple[Fate, str]:
        manner = self._manner
        try:
            ended = await release(
                transaction_id,
                self._shelf,
                self._releasers,
                by=manner.by,
                note=manner.note,
                why_not=self._why_not,
                on_sending=begun.set,
            )
        except Paused as exc:
            self._meets_pauses = True
            return Fate.PAUSED, str(exc)
        except (StateConflict, NoSuchItem) as exc:
            return Fate.TAKEN, str(exc)
        except CannotRelease as exc:
            return Fate.AWAY, str(exc)
        except StoreError as exc:
            self.stop("the store is in trouble")
            return Fate.UNKNOWN if isinstance(exc, NotRecorded) else Fate.NOT_SENT, str(exc)
        if ended.next_hop_was_away:
            return Fate.AWAY, ended.note
        fates = {State.RELEASED: Fate.RELEASED, State.FAILED: Fate.FAILED, State.HELD: Fate.REFUSED}
        return fates.get(ended.state, Fate.UNKNOWN), ended.note

    def _tell(self, transaction_id: str, fate: Fate, note: str) -> None:
        self._counts[fate] += 1
        self._tell_caller(ItemEnd(transaction_id, fate, note))
