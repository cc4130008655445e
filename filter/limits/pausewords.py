"""Pauses in words: for the log, for status and lists; people masked unless asked for whole."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from filter.decisions import mask
from filter.limits.board import UNREAD
from filter.limits.pause import Pause, PauseRecord
from filter.quarantine.item import StoreError
from filter.subject import Dimension, Scope

log = logging.getLogger("sallyport.pauses")

# As in keys of limits (words.py): people, and often a number is what names them.
_MASKED = frozenset({Dimension.RECIPIENT, Dimension.END_USER})
# The longest beginning of numbers that is no person's: a thousand of them begin so.
_PREFIX_DIGITS = 8
# From so many digits on a sender is a telephone number, not a short code.
_NUMBER_DIGITS = 7


def scope_words(scope: Scope, *, full: bool = False) -> str:
    """Return a scope as one types it: ``client=kiosk recipient-prefix=+6012``, or ``all``."""
    return Scope({d: _shown(d, wanted, full=full) for d, wanted in scope.values.items()}).describe()


def scope_json(scope: Scope, *, full: bool = False) -> dict[str, list[str]]:
    """Return a scope for machines, {} for all."""
    return {d.value: sorted(_shown(d, w, full=full)) for d, w in sorted(scope.values.items())}


def pause_json(pause: Pause, *, full: bool = False) -> dict[str, object]:
    """Return a pause for machines."""
    return {
        "id": pause.id,
        "scope": scope_json(pause.scope, full=full),
        "words": scope_words(pause.scope, full=full),
        "reason": pause.reason,
        "by": pause.by,
        "since": _iso(pause.since),
        "until": None if pause.until is None else _iso(pause.until),
        "drops": pause.drops,
    }


def record_json(record: PauseRecord, now: datetime, *, full: bool = False) -> dict[str, object]:
    """Return a pause that is or was, for machines."""
    return {
        **pause_json(record.pause, full=full),
        "state": state_of(record, now),
        "ended": None if record.ended_at is None else _iso(record.ended_at),
        "ended_by": record.ended_by,
        "note": record.note,
    }


def state_of(record: PauseRecord, now: datetime) -> str:
    """Return ``in force``, ``resumed`` or ``expired``."""
    if record.ended_at is not None:
        return "resumed"
    return "expired" if record.pause.is_over(now) else "in force"


class PauseChronicle:
    """Writes one line into the log for each pause that begins and each that is over."""

    def __init__(self, find_record: Callable[[str], PauseRecord | None]) -> None:
        self._find_record = find_record
        self._known: tuple[Pause, ...] = ()

    def note(self, pauses: tuple[Pause, ...]) -> None:
        """Say what is other than at the last call. Reads the store: call it off the loop."""
        before, self._known = self._known, pauses
        for pause in pauses:
            if pause not in before:
                log.warning(
                    "paused id=%s scope=%r drops=%s until=%s by=%r reason=%r",
                    pause.id,
                    scope_words(pause.scope),
                    str(pause.drops).lower(),
                    "-" if pause.until is None else _iso(pause.until),
                    pause.by,
                    pause.reason,
                )
        for pause in before:
            if pause not in pauses and pause is not UNREAD:
                self._note_end(pause)

    def _note_end(self, pause: Pause) -> None:
        try:
            record = self._find_record(pause.id)
        except StoreError:
            record = None
        if record is not None and record.ended_at is not None:
            log.warning("resumed id=%s by=%r note=%r", pause.id, record.ended_by, record.note)
        else:
            log.warning("pause expired id=%s", pause.id)


def _shown(dimension: Dimension, wanted: frozenset[str], *, full: bool) -> frozenset[str]:
    if full:
        return wanted
    return frozenset(mask(value) if _is_personal(dimension, value) else value for value in wanted)


def _is_personal(dimension: Dimension, value: str) -> bool:
    digits = sum(character.isdecimal() for character in value)
    match dimension:
        case Dimension.PREFIX:
            return digits > _PREFIX_DIGITS
        case Dimension.SENDER:
            return "@" in value or digits >= _NUMBER_DIGITS
        case _:
            return dimension in _MASKED


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
