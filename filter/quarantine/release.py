"""Sends a held message on: the exact bytes and envelope, once, and never again while in doubt."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from filter.message import Channel, Transaction
from filter.outcome import Answer, NextHopAway
from filter.quarantine.interface import Shelf
from filter.quarantine.item import HeldItem, State, StateConflict, StoreError

log = logging.getLogger("sallyport.release")

# RFC 5321 section 4.5.3.2.6 gives the answer to the final dot ten minutes; below lease.LEASE.
PATIENCE_SECONDS = 11 * 60.0
# How long we try to write down what the next hop said before we leave the item as it is: releasing,
# and unknown as soon as this process has ended.
RECORD_PAUSES_SECONDS = (0.1, 0.5, 2.0, 5.0)
# HTTP answers after which the provider has certainly not taken the message and may take it later:
# credentials to be mended, too early, too many, not serving. Other 5xx may come after it was sent.
HTTP_FOR_NOW = frozenset({401, 402, 403, 407, 408, 425, 429, 503})


class Releaser(Protocol):
    """Sends a held message to the next hop of its channel. Filter: mail.release, sms.release."""

    async def resend(self, transaction: Transaction) -> Answer[Any]:
        """Send the exact bytes and envelope and return the next hop's answer.

        The summary of the answer begins with its code: "250 2.0.0 queued", "201 SM…". Raises
        NextHopAway without an answer, with ``may_have_sent`` false only when that is certain.
        """
        ...


class Paused(StoreError):  # noqa: N818 - named for what happened
    """A pause covers the message; it stays held. The text says which pause, and why."""


class CannotRelease(StoreError):  # noqa: N818 - same
    """There is nothing to release this message with; it stays held."""


class NotRecorded(StoreError):  # noqa: N818 - same
    """How it ended could not be written down: the message may have been sent, and nobody knows."""


@dataclass(frozen=True, slots=True)
class Released:
    """Where a release ended: released, held again, failed or unknown; and why, in one line."""

    transaction_id: str
    state: State
    note: str
    next_hop_was_away: bool = False


async def release(
    transaction_id: str,
    shelf: Shelf,
    releasers: Mapping[str, Releaser],
    *,
    by: str,
    note: str = "",
    why_not: Callable[[HeldItem], str] = lambda _item: "",
    on_sending: Callable[[], None] = lambda: None,
) -> Released:
    """Send one held message to the next hop of its provider ("" is mail), without judging it again.

    ``why_not`` returns which pause covers the message, "" when none does; it may read the store. It
    is asked twice: once more when the store shows that the message is being released, so that who
    pauses sees either this release, or that it stopped. ``on_sending`` hears when the next hop is
    about to be asked, with nothing in between, so that a caller can keep several in their order.

    Raises Paused, StateConflict (somebody else has it), NoSuchItem, CannotRelease and StoreError;
    then nothing was sent. Only NotRecorded may come afterwards; the log has the answer. A message
    whose fate is in doubt becomes unknown and is not sent again by any program.
    """
    item = await asyncio.to_thread(shelf.get_item, transaction_id)
    releaser = releasers.get(item.transaction.provider)
    if releaser is None:
        raise CannotRelease(
            f"cannot release {transaction_id}: no provider {item.transaction.provider!r}"
            " in the settings to send it with"
        )
    pause = await asyncio.to_thread(why_not, item)
    if pause:
        raise Paused(pause)
    await _begin(shelf, transaction_id, by, note)
    is_sending = False
    try:
        pause = await _ask_again(why_not, item)
        if pause:
            ending = _Ending(State.HELD, pause)
        else:
            is_sending = True
            on_sending()
            ending = await _send(item.transaction, releaser)
    except asyncio.CancelledError:
        # Nobody waits for this release any more, but it must be known that it may have been sent.
        ending = _Ending(State.UNKNOWN, "the release was cancelled") if is_sending else _CANCELLED
        await asyncio.shield(_write_down(shelf, transaction_id, ending, by))
        raise
    said = ending.note or ending.answer
    told = "; ".join(text for text in (note, ending.note) if text)
    await _write_down(shelf, transaction_id, replace(ending, note=told), by)
    if pause:
        raise Paused(pause)
    log.info("release id=%s by=%s state=%s note=%r", transaction_id, by, ending.state, said)
    return Released(transaction_id, ending.state, said, ending.was_away)


def mark_interrupted(shelf: Shelf) -> int:
    """Show releases whose process is gone as unknown; return how many. Raises StoreError.

    For the start, and now and then; a release that a live process is busy with is left alone.
    """
    return shelf.mark_interrupted()


@dataclass(frozen=True, slots=True)
class _Ending:
    state: State
    note: str
    answer: str = ""
    was_away: bool = False


_CANCELLED = _Ending(State.HELD, "the release was cancelled before anything was sent")


async def _begin(shelf: Shelf, transaction_id: str, by: str, note: str) -> None:
    """Show the message as being released; whoever is cancelled meanwhile puts it back.

    The thread ends what it has begun, cancelled or not: without this the message would stay
    "releasing" for as long as this process lives, although nobody sends it.
    """
    change = partial(shelf.change, transaction_id, State.HELD, State.RELEASING, by=by, note=note)
    changing = asyncio.ensure_future(asyncio.to_thread(change))
    try:
        await asyncio.shield(changing)
    except asyncio.CancelledError:
        await asyncio.wait([changing])
        if changing.exception() is None:  # otherwise it is not ours to put back
            await asyncio.shield(_write_down(shelf, transaction_id, _CANCELLED, by))
        raise


async def _ask_again(why_not: Callable[[HeldItem], str], item: HeldItem) -> str:
    try:
        return await asyncio.to_thread(why_not, item)
    except StoreError as exc:  # silence is not consent
        return f"nobody knows what is paused: {exc}"


async def _send(transaction: Transaction, releaser: Releaser) -> _Ending:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await releaser.resend(transaction)
    except NextHopAway as exc:
        if not exc.may_have_sent:
            return _Ending(State.HELD, f"next hop away: {exc}", was_away=True)
        return _Ending(State.UNKNOWN, f"no answer, and it may have been sent: {exc}")
    except TimeoutError:
        return _Ending(State.UNKNOWN, f"no answer in {PATIENCE_SECONDS:.0f} s")
    except Exception as exc:
        # Whatever it was, it may have come after the message had gone: a person has to look.
        log.exception("release failed id=%s", transaction.id)
        return _Ending(State.UNKNOWN, f"internal fault: {type(exc).__name__}")
    state, note = state_after(answer, transaction.channel)
    return _Ending(state, note, answer.summary)


def state_after(answer: Answer[Any], channel: Channel) -> tuple[State, str]:
    """Return what a message becomes by the next hop's answer, and why when it is not released."""
    if answer.accepted:
        return State.RELEASED, ""
    match = re.match(r"([2-5]\d\d)\b", answer.summary)
    code = int(match[1]) if match else 0
    if channel is Channel.EMAIL:
        for_now, for_good = 400 <= code <= 499, 500 <= code <= 599  # noqa: PLR2004 - RFC 5321 4.2.1
    else:
        for_now = code in HTTP_FOR_NOW
        for_good = 400 <= code <= 499  # noqa: PLR2004 - RFC 9110 section 15.5
    if for_now:
        return State.HELD, f"refused for now: {answer.summary}"
    if for_good:
        return State.FAILED, f"refused: {answer.summary}"
    return State.UNKNOWN, f"an answer that says neither yes nor no: {answer.summary}"


async def _write_down(shelf: Shelf, transaction_id: str, ending: _Ending, by: str) -> None:
    change = partial(
        shelf.change,
        transaction_id,
        State.RELEASING,
        ending.state,
        by=by,
        note=ending.note,
        answer=ending.answer,
    )
    for pause in (*RECORD_PAUSES_SECONDS, None):
        try:
            await asyncio.to_thread(change)
        except StoreError as exc:
            if pause is None or isinstance(exc, StateConflict):
                log.critical("release not recorded id=%s %s: %s", transaction_id, ending, exc)
                raise NotRecorded(str(exc)) from exc
            await asyncio.sleep(pause)
        else:
            return
