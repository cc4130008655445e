"""How long, and how many in that time: `10 minutes`, `5 in 10 minutes`, `30 in 1 hour burst 5`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from filter.problems import did_you_mean
from filter.rulefiles.fields import Rule, Whole, trouble
from filter.schemaproblems import NAME, describe, text_of

LEAST_SECONDS = 1.0
MOST_SECONDS = 366 * 86_400.0

_UNITS = {
    **dict.fromkeys(("s", "second", "seconds"), 1),
    **dict.fromkeys(("min", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
}
# What people also write, and what stands for it; "m" is a minute to some and a month to others.
_OTHER_UNITS = {
    "m": "min", "mins": "min", "sec": "s", "secs": "s", "hr": "h", "hrs": "h",
    "w": "days", "week": "days", "weeks": "days", "month": "days", "months": "days",
    "year": "days", "years": "days",
}  # fmt: skip
_DAYS = {"w": 7, "week": 7, "weeks": 7, "month": 30, "months": 30, "year": 365, "years": 365}
_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
_DURATION = re.compile(rf"({_NUMBER}) ?([a-zA-Z]+)")
_SPELLING = rf"{_NUMBER} ?({'|'.join(_UNITS)})"


def read_duration(value: object) -> float:
    """Return the seconds that a text like ``10 minutes`` says; 0 is none at all.

    Raises the errors of a field.
    """
    written = text_of(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        help_ = f"write `{written} s`, `{written} minutes`, `{written} hours` or `{written} days`"
        raise trouble("E201", f"{NAME} has no unit: {describe(value)}", help_)
    if not isinstance(value, str):
        raise trouble("E201", f"{NAME} must be a duration, not {describe(value)}", _AS)
    found = _DURATION.fullmatch(value.strip())
    if found is None:
        raise trouble("E201", f"`{value[:40]}` is not a duration", _AS)
    if found[2] not in _UNITS:
        message = f"`{found[2][:40]}` is not a unit of time"
        raise trouble("E201", message, _other_unit(found[1], found[2]))
    seconds = float(found[1]) * _UNITS[found[2]]
    if seconds > MOST_SECONDS:
        raise trouble("E201", f"`{value}` is longer than 366 days", "the most is `366 days`")
    if 0 < seconds < LEAST_SECONDS:
        raise trouble("E201", f"`{value}` is shorter than a second", "the least is `1 s`")
    return seconds


_AS = "write one number and its unit (s, min, hours, days), as `10 minutes`"


def _other_unit(number: str, unit: str) -> str:
    folded = unit.lower()
    if folded in _DAYS:
        return f"write `{_plain(float(number) * _DAYS[folded])} days`"
    meant = folded if folded in _UNITS else _OTHER_UNITS.get(folded)
    if meant:
        return f"write `{number} {meant}`"
    return did_you_mean(unit, _UNITS) or "write s, min, hours or days"


def _read_time(value: object) -> float:
    seconds = read_duration(value)
    if not seconds:
        raise trouble("E201", f"`{value}` is no time at all", "the least is `1 s`")
    return seconds


def words_of(seconds: float) -> str:
    """Return the seconds in words that ``read_duration`` reads: ``10 minutes``, ``1 hour``."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = round(seconds / size)
            return f"{count} {unit}" + ("" if count == 1 else "s")
    return f"{_plain(seconds)} s"


def _plain(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")


_WRITTEN = Annotated[str, Field(pattern=f"^{_SPELLING}$")]
Duration = Annotated[float, BeforeValidator(_read_time, json_schema_input_type=_WRITTEN)]
DurationOrNone = Annotated[float, BeforeValidator(read_duration, json_schema_input_type=_WRITTEN)]


class WindowRule(Rule):
    """So many in so much time. Short form: `5 in 10 minutes`, `30 in 1 hour burst 5`."""

    limit: Whole = Field(description="How many, on average over that time.", examples=[30])
    seconds: Duration = Field(alias="in", description="In how much time.", examples=["1 hour"])
    burst: Whole | None = Field(
        None, description="How many of them at once; absent: all.", examples=[5]
    )

    @property
    def at_once(self) -> int:
        """The burst, said or not."""
        return self.limit if self.burst is None else self.burst

    def words(self) -> str:
        """Return the short form."""
        burst = "" if self.burst is None else f" burst {self.burst}"
        return f"{self.limit} in {words_of(self.seconds)}{burst}"


_WINDOW = re.compile(r"([0-9]{1,12}) in (\S.*?)(?:(?:, *| +)burst ([0-9]{1,12}))?")
_OTHERWISE = re.compile(r"([0-9]{1,12}) ?(?:per|an?|each|every|within|/|in) ?(?:an? )?(\S.*)")
_WINDOW_AS = "write `5 in 10 minutes`, or `30 in 1 hour burst 5`"


def read_window(value: object) -> object:
    """Return what a WindowRule is made of; a text is its short form."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        message = f"{describe(value)} does not say how many in what time"
        raise trouble("E202", message, _WINDOW_AS)
    found = _WINDOW.fullmatch(value.strip())
    if found is None or not re.match("[0-9]", found[2]):
        raise trouble("E202", f"`{value[:60]}` does not say how many in what time", _window(value))
    window: dict[str, object] = {"limit": int(found[1]), "in": found[2]}
    return window if found[3] is None else window | {"burst": int(found[3])}


def _window(value: str) -> str:
    """Return what to write in place of a window that cannot be read."""
    text = value.strip()
    if re.fullmatch(r"burst \d+", text):
        return f"in [ ] a comma begins another window: write `30 in 1 hour {text}`"
    other = _OTHERWISE.fullmatch(text)
    if other is None:
        return _WINDOW_AS
    if other[2] in _UNITS:
        return f"write `{other[1]} in {words_of(_UNITS[other[2]])}`"
    try:
        _read_time(other[2])
    except ValueError:
        return _WINDOW_AS
    return f"write `{other[1]} in {other[2]}`"


def _several(value: object) -> object:
    return [value] if isinstance(value, (str, dict, int, float)) else value


_SHORT = rf"^[0-9]+ in {_SPELLING}((, *| +)burst [0-9]+)?$"
Window = Annotated[
    WindowRule,
    BeforeValidator(
        read_window,
        json_schema_input_type=Annotated[str, Field(pattern=_SHORT)] | WindowRule,
    ),
]
Windows = Annotated[
    tuple[Window, ...],
    Field(min_length=1, max_length=10),
    BeforeValidator(_several, json_schema_input_type=Window | list[Window]),
]
