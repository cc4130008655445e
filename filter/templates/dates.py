"""Is this a real date or time, written in one of the approved formats?

Formats are those of strftime; unlike strptime nothing here depends on the locale, only ASCII
digits count, and a weekday must be the right one.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from filter.reading.text import normalise

DATE_FORMATS: tuple[str, ...] = (
    "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%d %B %Y", "%d %b %Y", "%B %d, %Y",
    "%b %d, %Y", "%A, %d %B %Y", "%a, %d %b %Y", "%A, %B %d, %Y",
)  # fmt: skip
TIME_FORMATS: tuple[str, ...] = (
    "%H:%M", "%H:%M:%S", "%H.%M", "%I:%M %p", "%I:%M%p", "%I.%M %p", "%I.%M%p", "%I %p", "%I%p",
)  # fmt: skip

# Names in the languages that templates are likely to be in: English, Malay, Indonesian, German,
# French, Spanish, Portuguese, Italian, Dutch; one line a month, one line a weekday from Monday.
_MONTH_NAMES: tuple[tuple[str, ...], ...] = (
    ("january", "januari", "januar", "janvier", "enero", "janeiro", "gennaio"),
    ("february", "februari", "februar", "février", "febrero", "fevereiro", "febbraio"),
    ("march", "mac", "maret", "märz", "mars", "marzo", "março", "maart"),
    ("april", "avril", "abril", "aprile"),
    ("may", "mei", "mai", "mayo", "maio", "maggio"),
    ("june", "jun", "juni", "juin", "junio", "junho", "giugno"),
    ("july", "julai", "juli", "juillet", "julio", "julho", "luglio"),
    ("august", "ogos", "agustus", "août", "agosto", "augustus"),
    ("september", "septembre", "septiembre", "setembro", "settembre"),
    ("october", "oktober", "octobre", "octubre", "outubro", "ottobre"),
    ("november", "novembre", "noviembre", "novembro"),
    ("december", "disember", "desember", "dezember", "décembre", "diciembre", "dezembro",
     "dicembre"),
)  # fmt: skip
_WEEKDAY_NAMES: tuple[tuple[str, ...], ...] = (
    ("monday", "isnin", "senin", "montag", "lundi", "lunes", "segunda-feira", "lunedì", "maandag"),
    ("tuesday", "selasa", "dienstag", "mardi", "martes", "terça-feira", "martedì", "dinsdag"),
    ("wednesday", "rabu", "mittwoch", "mercredi", "miércoles", "quarta-feira", "mercoledì",
     "woensdag"),
    ("thursday", "khamis", "kamis", "donnerstag", "jeudi", "jueves", "quinta-feira", "giovedì",
     "donderdag"),
    ("friday", "jumaat", "jumat", "freitag", "vendredi", "viernes", "sexta-feira", "venerdì",
     "vrijdag"),
    ("saturday", "sabtu", "samstag", "samedi", "sábado", "sabato", "zaterdag"),
    ("sunday", "ahad", "minggu", "sonntag", "dimanche", "domingo", "domenica", "zondag"),
)  # fmt: skip
_SHORTEST_ABBREVIATION = 3  # characters: Mon, Jan, Okt

_WORD = r"[^\W\d_]+(?:-[^\W\d_]+)?\.?"
# What each directive may look like. One digit or two, as strftime's %-d and %d write it.
_DIRECTIVES: dict[str, str] = {
    "d": r"[0-9]{1,2}", "e": r"[0-9]{1,2}", "m": r"[0-9]{1,2}", "Y": r"[0-9]{4}",
    "y": r"[0-9]{2}", "B": _WORD, "b": _WORD, "A": _WORD, "a": _WORD,
    "H": r"[0-9]{1,2}", "I": r"[0-9]{1,2}", "M": r"[0-9]{2}", "S": r"[0-9]{2}",
    "p": r"[AaPp]\.?[Mm]\.?|pagi|tengah hari|petang|malam",
    "Z": r"[A-Z]{3,5}", "z": r"[+-][0-9]{2}:?[0-9]{2}",
}  # fmt: skip
_DATE_DIRECTIVES = frozenset("demYyBbAa")
_TIME_DIRECTIVES = frozenset("HIMSpZz")
_DIRECTIVE = re.compile(r"%-?(.?)", re.DOTALL)
_HIGHEST = {"H": 23, "I": 12, "M": 59, "S": 59}


def is_date(text: str, formats: tuple[str, ...]) -> bool:
    """Return whether the text is a date of the calendar in one of the formats."""
    return any(_fits(text, form) for form in formats or DATE_FORMATS)


def means_day(text: str, formats: tuple[str, ...], day: date) -> bool:
    """Return whether the text is this day in one of the formats; what it lacks may be any."""
    return any(
        _is_that_day(found.groupdict(), day)
        for form in formats or DATE_FORMATS
        if (found := _compile(form).fullmatch(text)) is not None and _is_real(found.groupdict())
    )


def is_time(text: str, formats: tuple[str, ...]) -> bool:
    """Return whether the text is a time of day in one of the formats."""
    return any(_fits(text, form) for form in formats or TIME_FORMATS)


def month_names() -> frozenset[str]:
    """Return the names of months, in small letters, for whoever looks for dates in a text."""
    return frozenset(name for names in _MONTH_NAMES for name in names)


def weekday_names() -> frozenset[str]:
    """Return the names of days of the week, in small letters."""
    return frozenset(name for names in _WEEKDAY_NAMES for name in names)


def problems_of_format(form: str, *, with_date: bool) -> list[str]:
    """Return what is wrong with a format: unknown directives, or none that says the date."""
    known = _DATE_DIRECTIVES | _TIME_DIRECTIVES if with_date else _TIME_DIRECTIVES
    used = [found.group(1) for found in _DIRECTIVE.finditer(form)]
    problems = [
        f'format "{form}": "%{letter}" is not known here; known are '
        + " ".join(f"%{name}" for name in sorted(known))
        for letter in used
        if letter not in known and letter != "%"
    ]
    needed = _DATE_DIRECTIVES if with_date else _TIME_DIRECTIVES
    if not problems and not needed.intersection(used):
        example = "%d/%m/%Y" if with_date else "%H:%M"
        problems.append(
            f'format "{form}" has nothing in it that varies; write it as in "{example}"'
        )
    repeated = {letter for letter in used if letter != "%" and used.count(letter) > 1}
    problems += [f'format "{form}" says "%{letter}" twice' for letter in sorted(repeated)]
    return problems


def _fits(text: str, form: str) -> bool:
    found = _compile(form).fullmatch(text)
    return found is not None and _is_real(found.groupdict())


@lru_cache(maxsize=1024)
def _compile(form: str) -> re.Pattern[str]:
    pieces: list[str] = []
    position = 0
    folded = normalise(form)
    for found in _DIRECTIVE.finditer(folded):
        pieces.append(re.escape(folded[position : found.start()]))
        letter = found.group(1)
        pieces.append("%" if letter == "%" else f"(?P<{letter}>{_DIRECTIVES[letter]})")
        position = found.end()
    pieces.append(re.escape(folded[position:]))
    return re.compile("".join(pieces))


def _is_real(said: dict[str, str]) -> bool:
    """Return whether the numbers are a time of day and a day of the calendar."""
    if any(int(said[letter]) > high for letter, high in _HIGHEST.items() if letter in said):
        return False
    if "I" in said and int(said["I"]) == 0:
        return False
    return not _DATE_DIRECTIVES.intersection(said) or _is_day(said)


def _is_that_day(said: dict[str, str], day: date) -> bool:
    weekdays = _weekdays(said)
    return (
        int(said.get("Y", day.year)) == day.year
        and int(said.get("y", day.year % 100)) == day.year % 100
        and (said.keys().isdisjoint("mBb") or day.month in _months(said))
        and int(said.get("d") or said.get("e") or day.day) == day.day
        and (weekdays is None or day.weekday() in weekdays)
    )


def _is_day(said: dict[str, str]) -> bool:
    # Without a year any leap day is possible; 2000 is a leap year.
    year = int(said["Y"]) if "Y" in said else 2000 + int(said.get("y", "0"))
    day = int(said.get("d") or said.get("e") or "1")
    return any(
        _is_day_of(year, month, day, _weekdays(said), known="Y" in said or "y" in said)
        for month in _months(said)
    )


def _is_day_of(
    year: int, month: int, day: int, weekdays: frozenset[int] | None, *, known: bool
) -> bool:
    try:
        which = date(year, month, day)
    except ValueError:
        return False
    return weekdays is None or (which.weekday() in weekdays if known else bool(weekdays))


def _months(said: dict[str, str]) -> frozenset[int]:
    if "m" in said:
        return frozenset({int(said["m"])})
    name = said.get("B") or said.get("b")
    if name is None:
        return frozenset({1})
    places = _places(name, _MONTH_NAMES, abbreviated="b" in said)
    return frozenset(place + 1 for place in places)


def _weekdays(said: dict[str, str]) -> frozenset[int] | None:
    name = said.get("A") or said.get("a")
    return None if name is None else _places(name, _WEEKDAY_NAMES, abbreviated="a" in said)


def _places(name: str, table: tuple[tuple[str, ...], ...], *, abbreviated: bool) -> frozenset[int]:
    """Return the lines of the table that hold the name, or one that it abbreviates."""
    plain = name.lower().removesuffix(".") if abbreviated else name.lower()
    if abbreviated and len(plain) >= _SHORTEST_ABBREVIATION:
        return frozenset(
            place
            for place, names in enumerate(table)
            if any(full.startswith(plain) for full in names)
        )
    return frozenset(place for place, names in enumerate(table) if plain in names)
