"""Limits in words: keys with recipients masked, spans, and what a meter found."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from functools import lru_cache
from pathlib import PurePath

from filter.decisions import mask
from filter.floodrules import Counted, Floor, Limit, Sign, Watch, Window
from filter.limits.interface import Reading
from filter.subject import Dimension
from filter.templates.contacts import spaced

# Values come from requests: what nobody can see, and more than this, is not shown.
_MOST_CHARACTERS = 64
_MASKED = frozenset({Dimension.RECIPIENT, Dimension.END_USER})
_PLACES_SHOWN = 4
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def key_words(values: Iterable[tuple[Dimension, str]]) -> str:
    """Return a key in words: ``client=kiosk class=otp``, or ``all`` for the whole gate."""
    return " ".join([_pair_words(dimension, value) for dimension, value in values]) or "all"


@lru_cache(maxsize=4096)  # every message has a dozen keys, and most were there before
def _pair_words(dimension: Dimension, value: str) -> str:
    shown = mask(value) if dimension in _MASKED else value
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)
    if len(shown) > _MOST_CHARACTERS:
        shown = shown[: _MOST_CHARACTERS - 1] + "…"
    return f"{dimension}={shown}"


def window_words(seconds: float) -> str:
    """Return a window: ``minute``, ``4 minutes``, ``90 seconds``, ``day``."""
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute"), (1, "second")):
        number = seconds / unit
        if number >= 1 and number == int(number):
            return name if number == 1 else f"{int(number)} {name}s"
    return f"{seconds:g} seconds"


def span_words(seconds: float) -> str:
    """Return a length of time: ``a minute``, ``an hour``, ``4 minutes``."""
    words = window_words(seconds)
    if words[0].isdecimal():
        return words
    return f"an {words}" if words == "hour" else f"a {words}"


def wait_words(seconds: float) -> str:
    """Return how long something takes yet, never too short: ``21 s``, ``4 min``, ``3 h 20 min``."""
    whole = max(1, -int(-seconds // 1))
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    minutes = -(-whole // _MINUTE)
    if minutes < 2 * _MINUTE:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


# --- what a meter found


def limit_words(limit: Limit, window: Window, label: str, cost: int, reading: Reading) -> str:
    """Return what a limit found, the retry time with it.

    ``client=kiosk class=otp: 30 of 30 in the last minute (limit otp-client); free again in 21 s``
    """
    noun = _NOUNS[limit.count]
    span = window_words(window.seconds)
    if window.burst < window.allowed and limit.count is not Counted.DIFFERENT:
        used = f"{reading.count} of {window.burst}{noun} at once, {window.allowed} per {span}"
    else:
        used = f"{reading.count} of {window.allowed}{noun} in the last {span}"
    return f"{label}: {used} (limit {limit.id}); {_free_again(reading, cost)}"


_NOUNS = {
    Counted.MESSAGES: "",
    Counted.RECIPIENTS: " recipients",
    Counted.DIFFERENT: " different recipients",
}


def _free_again(reading: Reading, cost: int) -> str:
    if reading.retry_seconds is None:
        return f"{cost} at once never fit"
    return f"free again in {wait_words(reading.retry_seconds)}"


def watch_words(watch: Watch, values: tuple[tuple[Dimension, str], ...], reading: Reading) -> str:
    """Return what a watch found.

    ``612 different numbers under +60 12-345 in 4 minutes; usual peak 9 (watch otp-spread)``
    """
    place, span = _place_words(values), span_words(watch.seconds)
    match watch.sign:
        case Sign.VOLUME:
            said = f"{_count(reading.count, 'message')}{place} in {span}; usual peak"
            said += f" {reading.usual}"
        case Sign.SPREAD:
            said = f"{_different(values, reading.count)}{place} in {span}; usual peak"
            said += f" {reading.usual}"
        case Sign.SEQUENCE:
            said = f"{reading.count} neighbouring numbers{place} in {span}"
        case Sign.FIRST_SEEN:
            said = f"nothing has gone on before{place}"
    learning = "; still learning what is usual" if reading.is_learning else ""
    return f"{said}{learning} (watch {watch.id})"


def _place_words(values: tuple[tuple[Dimension, str], ...]) -> str:
    """Return where: `` under +60 12-345 for class=otp``; "" for the whole gate."""
    prefix = next((value for dimension, value in values if dimension is Dimension.PREFIX), "")
    others = [pair for pair in values if pair[0] is not Dimension.PREFIX]
    under = f" under {_spaced(prefix)}" if prefix else ""
    return under + (f" for {key_words(others)}" if others else "")


def _different(values: tuple[tuple[Dimension, str], ...], count: int) -> str:
    are_numbers = any(d in (Dimension.PREFIX, Dimension.COUNTRY) for d, _ in values)
    return f"{count} different {'numbers' if are_numbers else 'recipients'}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@lru_cache(maxsize=1024)
def _spaced(prefix: str) -> str:
    return spaced(prefix)


def floor_words(floor: Floor, label: str, reading: Reading) -> str:
    """Return what a floor found: ``class=otp: 3 of 120 codes were used, 40 % are wanted …``."""
    return (
        f"{label}: {reading.used} of {reading.count} codes sent in the last"
        f" {window_words(floor.seconds)} were used; at least {floor.percent:g} % are wanted"
        f" (floor {floor.id})"
    )


def fault_words(fault: Exception) -> str:
    """Return a fault and where it was, for the log, without its text: that may quote a number."""
    frames = traceback.extract_tb(fault.__traceback__)[-_PLACES_SHOWN:]
    places = (f"{PurePath(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    return f"fault={type(fault).__name__} at={'<'.join(places)}"
