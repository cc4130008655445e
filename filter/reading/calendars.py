"""What would a calendar program show and do with this invitation (RFC 5545)?

Read by its own strict grammar; icalendar, whose door is here, is the second opinion: where the two
find other components or other texts, the invitation is a finding.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from icalendar import Calendar

from filter.message import Link, LinkKind
from filter.reading.links import LinksUnreadable, find_links
from filter.reading.text import find_unseen, normalise
from filter.reading.troubles import Troubles, quote

CALENDAR_TYPES = frozenset({"text/calendar", "application/ics"})
MAX_LINES = 5_000
MAX_EVENTS = 20
MAX_REPEATS = 1_000  # of one event
_MAX_LINE = 20_000  # characters of an unfolded line

# What may stand in what (RFC 5545 section 3.6); components of other kinds are not read.
_INSIDE = {
    "": frozenset({"VCALENDAR"}),
    "VCALENDAR": frozenset({"VEVENT", "VTIMEZONE"}),
    "VEVENT": frozenset({"VALARM"}),
    "VTIMEZONE": frozenset({"STANDARD", "DAYLIGHT"}),
}
# Texts that people read.
_TEXTS = frozenset(
    {"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "CATEGORIES", "RESOURCES"}
    | {"NAME", "X-WR-CALNAME", "X-WR-CALDESC"}
)
_PEOPLE = frozenset({"ORGANIZER", "ATTENDEE"})
_MACHINE = frozenset(
    {"PRODID", "VERSION", "CALSCALE", "METHOD", "UID", "DTSTAMP", "DTSTART", "DTEND", "DURATION"}
    | {"CREATED", "LAST-MODIFIED", "SEQUENCE", "STATUS", "TRANSP", "CLASS", "PRIORITY", "RRULE"}
    | {"RDATE", "EXDATE", "RECURRENCE-ID", "URL", "ACTION", "TRIGGER", "REPEAT", "ACKNOWLEDGED"}
    | {"TZID", "TZURL", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO", "REFRESH-INTERVAL", "COLOR", "GEO"}
    | {"X-WR-TIMEZONE", "X-WR-RELCALID", "X-PUBLISHED-TTL", "X-LIC-LOCATION", "X-WR-ALARMUID"}
    | {"X-PRIMARY-CALENDAR", "X-CALSTART", "X-CALEND", "X-APPLE-TRAVEL-ADVISORY-BEHAVIOR"}
    | {"X-APPLE-DEFAULT-ALARM", "X-APPLE-LOCAL-DEFAULT-ALARM", "X-MOZ-GENERATION"}
)
_MACHINE_PREFIX = re.compile(
    r"X-MICROSOFT-CDO-[A-Z-]+|X-MICROSOFT-(?:DISALLOW-COUNTER|DONOTFORWARDMEETING|EXDATE"
    r"|ISRESPONSEREQUESTED)|X-MS-OLK-[A-Z0-9-]+"
)
_NEVER_LINKS = frozenset(
    {"UID", "PRODID", "TZID", "TZURL", "TZNAME", "X-WR-RELCALID", "X-WR-TIMEZONE"}
    | {"X-LIC-LOCATION", "X-WR-ALARMUID", "VERSION", "GEO", *_PEOPLE}
)
_REPEATABLE = frozenset(
    {"ATTENDEE", "CATEGORIES", "COMMENT", "CONTACT", "EXDATE", "RDATE", "RESOURCES", "TZNAME"}
)
_PARAMETERS = frozenset(
    {"LANGUAGE", "CN", "CUTYPE", "ROLE", "PARTSTAT", "RSVP", "TZID", "VALUE", "RELATED", "RANGE"}
    | {
        "EMAIL",
        "SENT-BY",
        "X-NUM-GUESTS",
        "SCHEDULE-AGENT",
        "SCHEDULE-STATUS",
        "X-RESPONSE-COMMENT",
    }
)
_METHODS = frozenset({"PUBLISH", "REQUEST", "CANCEL"})
_ALARM_TEXTS = frozenset(
    {"reminder", "alarm", "event reminder", "this is an event reminder", "display"}
)
_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_PARAMETER = re.compile(r';([A-Za-z0-9-]{1,60})=("[^"]*"|[^";:,]*)')
_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_ESCAPES = {"n": "\n", "N": "\n", ",": ",", ";": ";", "\\": "\\"}
_DATE = re.compile(r"[0-9]{8}(?:T[0-9]{6}Z?)?")
_COUNT = re.compile(r"[0-9]{1,4}")
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})


@dataclass(frozen=True, slots=True)
class Invitation:
    """What people see of a calendar: texts, names and addresses of people, links, days."""

    texts: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    starts: tuple[str, ...] = ()  # of events, as DTSTART has them: "20210614T013000Z"


@dataclass(slots=True)
class _Component:
    name: str
    counts: Counter[str] = field(default_factory=Counter)
    values: dict[str, str] = field(default_factory=dict)


class _Fault(Exception):  # noqa: N818 - an end of reading
    """The calendar cannot be read further."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def read_calendar(text: str, method: str, where: str, troubles: Troubles) -> Invitation:
    """Return what an invitation shows; ``method`` is the Content-Type's parameter, "" for none."""
    reading = _Reading(where, troubles)
    try:
        reading.read(text)
        reading.check_method(method)
        _ask_second(text, reading)
    except _Fault as fault:
        troubles.add(fault.code, str(fault), where)
    return Invitation(
        tuple(dict.fromkeys(reading.texts)),
        tuple(dict.fromkeys(reading.people)),
        tuple(dict.fromkeys(reading.links)),
        tuple(dict.fromkeys(reading.starts)),
    )


def _unfolded(text: str) -> Iterator[str]:
    """Yield logical lines (RFC 5545 section 3.1: a line that begins with a blank goes on)."""
    lines = text.split("\r\n") if "\r\n" in text else text.split("\n")
    while lines and not lines[-1]:
        lines.pop()
    if len(lines) > MAX_LINES:
        raise _Fault("calendar.limit", f"more than {MAX_LINES} lines")
    pieces: list[str] = []
    for line in lines:
        if "\r" in line or "\n" in line:
            raise _Fault("calendar.syntax", "its lines end in different ways")
        if line[:1] in (" ", "\t"):
            if not pieces:
                raise _Fault("calendar.syntax", "it begins with a line that goes on")
            pieces.append(line[1:])
            continue
        if not line:
            raise _Fault("calendar.syntax", "it has an empty line")
        if pieces:
            yield "".join(pieces)
        pieces = [line]
    if pieces:
        yield "".join(pieces)


class _Reading:
    def __init__(self, where: str, troubles: Troubles) -> None:
        self.texts: list[str] = []
        self.people: list[str] = []
        self.links: list[Link] = []
        self.starts: list[str] = []
        self.components: list[str] = []
        self.raw_texts: list[str] = []
        self._where = where
        self._troubles = troubles
        self._open: list[_Component] = []
        self._calendar: _Component | None = None

    def read(self, text: str) -> None:
        for line in _unfolded(text.removeprefix("\ufeff")):
            if len(line) > _MAX_LINE:
                raise _Fault("calendar.limit", f"a line of {len(line)} characters")
            name, parameters, value = _split(line)
            if self._calendar is not None and not self._open:
                raise _Fault("calendar.syntax", "something follows the end of the calendar")
            if name == "BEGIN":
                self._begin(value.upper())
            elif name == "END":
                self._end(value.upper())
            elif not self._open:
                raise _Fault("calendar.syntax", "something stands before the calendar")
            else:
                self._property(name, parameters, value)
        if self._calendar is None or self._open:
            raise _Fault("calendar.syntax", "the calendar does not end")
        events = self.components.count("VEVENT")
        if not 0 < events <= MAX_EVENTS:
            raise _Fault("calendar.limit", f"{events} events; 1 to {MAX_EVENTS} are read")

    def check_method(self, declared: str) -> None:
        """METHOD and the parameter say the same (RFC 6047 section 2.4)."""
        said = self._calendar.values.get("METHOD", "").upper() if self._calendar else ""
        if declared and said != declared.upper():
            self._add(
                "calendar.method", f"the type says {quote(declared)}, the calendar {quote(said)}"
            )
        if said and said not in _METHODS:
            self._add("calendar.method", f"{quote(said)} is no invitation")

    def _begin(self, name: str) -> None:
        outer = self._open[-1].name if self._open else ""
        if name not in _INSIDE.get(outer, frozenset()):
            raise _Fault("calendar.component", f"{quote(name)} in {outer or 'the file'}")
        self._open.append(_Component(name))
        self.components.append(name)

    def _end(self, name: str) -> None:
        if not self._open or self._open[-1].name != name:
            raise _Fault("calendar.syntax", f"{quote(name)} ends where it has not begun")
        done = self._open.pop()
        for key, count in done.counts.items():
            if count > 1 and key not in _REPEATABLE:
                self._add("calendar.repeated", f"{key} stands {count} times in {name}")
        self._check_component(done)
        if not self._open:
            self._calendar = done

    def _check_component(self, done: _Component) -> None:
        values = done.values
        if done.name == "VCALENDAR" and values.get("VERSION") != "2.0":
            self._add("calendar.syntax", "it is not of version 2.0")
        if done.name == "VEVENT" and not ("UID" in values and "DTSTART" in values):
            self._add("calendar.syntax", "an event without UID or DTSTART")
        if done.name == "VALARM" and values.get("ACTION", "").upper() not in ("DISPLAY", "AUDIO"):
            self._add(
                "calendar.alarm", f"an alarm that does {quote(values.get('ACTION', 'nothing'))}"
            )
        for key in ("DTSTART", "DTEND", "RECURRENCE-ID"):
            if key in values and not _DATE.fullmatch(values[key]):
                self._add("calendar.syntax", f"{key} is {quote(values[key])}")
        if done.name == "VEVENT" and _DATE.fullmatch(values.get("DTSTART", "")):
            self.starts.append(values["DTSTART"])
        if done.name == "VEVENT" and "RRULE" in values:
            self._check_rule(values["RRULE"])

    def _check_rule(self, rule: str) -> None:
        pairs = [part.partition("=") for part in rule.upper().split(";")]
        parts = {key: value for key, _, value in pairs}
        count = parts.get("COUNT", "")
        if len(parts) != len(pairs) or parts.get("FREQ") not in _FREQUENCIES:
            self._add("calendar.recurrence", f"it repeats by {quote(rule)}")
        elif count and not (_COUNT.fullmatch(count) and int(count) <= MAX_REPEATS):
            self._add("calendar.recurrence", f"it repeats {quote(count)} times")
        elif not count and not _DATE.fullmatch(parts.get("UNTIL", "")):
            self._add("calendar.recurrence", "it repeats without end")

    def _property(self, name: str, parameters: dict[str, str], value: str) -> None:
        component = self._open[-1]
        component.counts[name] += 1
        component.values[name] = value
        for key in parameters.keys() - _PARAMETERS:
            self._add("calendar.property", f"{name} has the parameter {key}")
        if unseen := find_unseen(value.replace("\\n", " ")):
            self._add("calendar.syntax", f"{name} has the invisible character U+{ord(unseen):04X}")
        if name in _PEOPLE:
            self._person(name, parameters, value)
        elif name in _TEXTS:
            self._text(component, name, value)
        elif name not in _MACHINE and not _MACHINE_PREFIX.fullmatch(name):
            self._add("calendar.property", f"{name} is not read")
        if name == "URL":
            self.links.append(Link(value, LinkKind.DOCUMENT, self._where))
        elif name not in _NEVER_LINKS:
            shown = _unescaped(value) if name in _TEXTS else value
            try:
                self.links += find_links(normalise(shown), self._where)
            except LinksUnreadable as exc:
                self._add("calendar.syntax", str(exc))

    def _text(self, component: _Component, name: str, value: str) -> None:
        self.raw_texts.append(value)
        shown = _unescaped(value)
        if not shown.strip():
            return
        if component.name == "VALARM" and shown.strip(" .!").lower() in _ALARM_TEXTS:
            return
        if name == "CATEGORIES":
            self.texts += [piece for piece in shown.split(",") if piece.strip()]
        else:
            self.texts.append(shown)

    def _person(self, name: str, parameters: dict[str, str], value: str) -> None:
        addresses = [value, *(parameters[k] for k in ("SENT-BY",) if k in parameters)]
        for address in addresses:
            scheme, _, rest = address.partition(":")
            if scheme.lower() != "mailto" or "?" in rest:
                self._add("calendar.people", f"{name} is {quote(address)}")
            else:
                self.people.append(rest)
        if parameters.get("EMAIL"):
            self.people.append(parameters["EMAIL"])
        if parameters.get("CN"):
            self.texts.append(parameters["CN"])

    def _add(self, code: str, detail: str) -> None:
        self._troubles.add(code, detail, self._where)


def _split(line: str) -> tuple[str, dict[str, str], str]:
    found = _NAME.match(line)
    if found is None:
        raise _Fault("calendar.syntax", f"{quote(line)} is no property")
    position = found.end()
    parameters: dict[str, str] = {}
    while one := _PARAMETER.match(line, position):
        key = one[1].upper()
        if key in parameters:
            raise _Fault("calendar.repeated", f"{found[0]} has {key} twice")
        parameters[key] = one[2].strip('"')
        position = one.end()
    if line[position : position + 1] != ":":
        raise _Fault("calendar.syntax", f"{quote(line)} is no property")
    return found[0].upper(), parameters, line[position + 1 :]


def _unescaped(value: str) -> str:
    """Return a TEXT value as it is shown (RFC 5545 section 3.3.11)."""

    def plain(found: re.Match[str]) -> str:
        if found[1] not in _ESCAPES:
            raise _Fault("calendar.syntax", f"{quote(found[0])} is no escape")
        return _ESCAPES[found[1]]

    return _ESCAPE.sub(plain, value)


def _ask_second(text: str, reading: _Reading) -> None:
    """Compare with what icalendar finds. Raises _Fault."""
    try:
        calendar = Calendar.from_ical(text)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise _Fault("calendar.syntax", "another reader cannot read it") from None
    found = [component.name for component in calendar.walk()]
    if sorted(name or "" for name in found) != sorted(reading.components):
        raise _Fault("calendar.syntax", "another reader finds other components")
    if any(component.errors for component in calendar.walk()):
        raise _Fault("calendar.syntax", "another reader finds a value of the wrong form")
