"""What is a charge in the words of the script, and what did the script answer?

Questions are JSON, keys in hexadecimal; lengths of time are whole microseconds. Answers are the
arrays that filter/limits/lua returns. No network here, nor the library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias, TypeVar

from filter.limits.gcra import MICROS, interval, micros
from filter.limits.interface import (
    Charge,
    Charged,
    Claim,
    Distinct,
    FirstSeen,
    FloodMark,
    Measure,
    Meter,
    Rate,
    Reading,
    Run,
    Spread,
    Track,
    Use,
    UseRate,
    Volume,
)
from filter.limits.watches import cell_length, slice_length

Words: TypeAlias = Mapping[str, object]
T = TypeVar("T")
MOST_USE_RATES = 1000
# In an answer: nobody knows when.
NEVER = -1


class NotUnderstood(Exception):  # noqa: N818 - what happened to the answer
    """An answer that the script does not give."""


def script() -> str:
    """Return the script: the files of filter/limits/lua in their order."""
    folder = Path(__file__).parent / "lua"
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.lua")))


# --- questions


def charge_words(charge: Charge) -> Words:
    """Return a charge as the script takes it."""
    words = {"act": "charge", "meters": [meter_words(meter) for meter in charge.meters]}
    return words if charge.track is None else {**words, "track": _track_words(charge.track)}


def give_back_words(charge: Charge, charged: Charged) -> Words:
    """Return what takes an admitted charge back."""
    meters = [
        {
            **meter_words(meter),
            "charged": not (isinstance(meter.measure, Rate | Distinct) and reading.is_exceeded),
            "free": reading.until,
            "returned": reading.returned,
        }
        for meter, reading in zip(charge.meters, charged.readings, strict=True)
    ]
    words = {"act": "give_back", "meters": meters, "at": charged.at}
    return words if charge.track is None else {**words, "track": _track_words(charge.track)}


def meter_words(meter: Meter) -> Words:
    """Return a meter as the script takes it."""
    return {
        "id": meter.key.hex(),
        "kind": type(meter.measure).__name__,
        "cost": meter.cost,
        "members": _members(meter),
        "profile": meter.profile.hex(),
        "decides": meter.decides,
        "rule": _text(meter.rule),
        "label": _text(meter.label),
        **_measure_words(meter.measure),
    }


def _members(meter: Meter) -> list[str]:
    # Of a run the last named are the latest; elsewhere the first ones are taken.
    if isinstance(meter.measure, Run):
        return [str(number) for number in reversed(dict.fromkeys(reversed(meter.members)))]
    return [str(member) for member in dict.fromkeys(meter.members)]


def _text(text: str) -> str:
    """Return text that the script's reader of JSON takes: no half of a surrogate pair."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=4096)  # there are as many as windows in the rules
def _measure_words(measure: Measure) -> Words:  # noqa: PLR0911 - one row a kind
    match measure:
        case Rate(burst=burst):
            return {"interval": interval(measure), "burst": burst}
        case Distinct(allowed, seconds):
            return {"allowed": allowed, "span": micros(seconds)}
        case Volume(seconds=seconds):
            return {"slice": slice_length(seconds), **_unusual_words(measure)}
        case Spread(seconds=seconds):
            return {"span": micros(seconds), **_unusual_words(measure)}
        case Run(at_least, seconds, percent):
            return {"at_least": at_least, "span": micros(seconds), "percent": percent}
        case FirstSeen(learning_seconds):
            return {"learning": micros(learning_seconds)}
        case Use(percent, at_least, seconds, grace_seconds):
            return {
                "percent": percent,
                "at_least": at_least,
                "slice": slice_length(seconds),
                "span": micros(seconds),
                "grace": micros(grace_seconds),
            }


def _unusual_words(watch: Volume | Spread) -> Words:
    return {
        "at_least": watch.at_least,
        "times": watch.times,
        "cell": cell_length(watch),
        "learning": micros(watch.learning_seconds),
    }


def _track_words(track: Track) -> Words:
    return {
        "references": [reference.hex() for reference in track.references],
        "span": micros(track.seconds),
        "transaction": track.transaction_id,
    }


# --- answers


def charged_of(answer: object) -> Charged:
    """Return the answer to a charge. Raises NotUnderstood."""
    is_admitted, at, rows = _row(answer, 3)
    (moment,) = _numbers([at], 1)
    return Charged(bool(is_admitted), tuple(readings_of(rows)), moment)


def readings_of(answer: object) -> Sequence[Reading]:
    """Return readings. Raises NotUnderstood."""
    return _each(answer, _reading)


def claim_of(answer: object) -> Claim:
    """Return the answer to a claim. Raises NotUnderstood."""
    is_first, transaction, *rest = _row(answer)
    reply = rest[0] if rest else None
    if reply is not None and not isinstance(reply, bytes):
        raise NotUnderstood("a claim")
    return Claim(bool(is_first), text_of(transaction), reply)


def floods_of(answer: object) -> Sequence[FloodMark]:
    """Return the marks of floods. Raises NotUnderstood."""
    return _each(answer, lambda row: FloodMark(*_named(row, 5)))


def use_rates_of(answer: object) -> Sequence[UseRate]:
    """Return use rates. Raises NotUnderstood."""
    return _each(answer, lambda row: UseRate(*_named(row, 5)))


def text_of(answer: object) -> str:
    """Return a text. Raises NotUnderstood."""
    if not isinstance(answer, bytes):
        raise NotUnderstood("a text")
    return answer.decode("utf-8", "replace")


def _reading(row: object) -> Reading:
    numbers = _numbers(row, 10)
    exceeded, count, wait, usual, used, learning, since, is_new, until, returned = numbers
    return Reading(
        is_exceeded=bool(exceeded),
        count=count,
        retry_seconds=None if wait == NEVER else wait / MICROS,
        usual=usual,
        used=used,
        is_learning=bool(learning),
        since=since,
        is_new=bool(is_new),
        until=until,
        returned=returned,
    )


def _named(row: object, length: int) -> tuple[str, str, int, int, int]:
    rule, label, *numbers = _row(row, length)
    first, second, third = _numbers(numbers, 3)
    return text_of(rule), text_of(label), first, second, third


def _each(answer: object, make: Callable[[object], T]) -> tuple[T, ...]:
    return tuple(make(row) for row in _row(answer))


def _row(answer: object, length: int | None = None) -> list[object]:
    if not isinstance(answer, list) or length not in (None, len(answer)):
        raise NotUnderstood("a row")
    return answer


def _numbers(answer: object, length: int) -> list[int]:
    numbers = [number for number in _row(answer, length) if isinstance(number, int)]
    if len(numbers) != length:
        raise NotUnderstood("numbers")
    return numbers
