# ruff: noqa: E501 - a table of samples, one a line
"""Invitations: what a calendar shows must be what the mail says."""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery.attaching import file_part, with_file, with_parts
from tests.battery.sample import Sample

FAMILY = "calendar"

EVENT = """BEGIN:VEVENT
UID:visit-1@health.example
DTSTAMP:20210601T000000Z
DTSTART:20210614T013000Z
DTEND:20210614T020000Z
SUMMARY:Your files for KA-004711
DESCRIPTION:Your visit is on 14 June 2021.
ORGANIZER;CN=MyHealth:mailto:no-reply@health.example
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:
 mailto:anna@dest.example
END:VEVENT
"""
HEAD = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//health.example//visits 1.0//EN
METHOD:REQUEST
"""
END = "END:VCALENDAR\n"
ZONE = """BEGIN:VTIMEZONE
TZID:Europe/Berlin
TZURL:http://tzurl.org/zoneinfo-outlook/Europe/Berlin
X-LIC-LOCATION:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""
ALARM = """BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Reminder
TRIGGER:-PT15M
END:VALARM
"""
GOOD = HEAD + EVENT + END


def _with(line: str) -> str:
    """Return the good invitation with a line more in its event."""
    return GOOD.replace("END:VEVENT", f"{line}\nEND:VEVENT")


def _other(old: str, new: str) -> str:
    assert old in GOOD, old
    return GOOD.replace(old, new)


TEXTS = {
    "another summary": _other("Your files for KA-004711", "You are infected"),
    "a summary with another reference": _other("SUMMARY:Your files for KA-004711", "SUMMARY:Your files for KA-004712"),
    "a summary that says more": _other("SUMMARY:Your files", "SUMMARY:URGENT Your files"),
    "words in another order": _other("Your visit is on 14 June 2021.", "14 June 2021 is on Your visit."),
    "another description": _other("Your visit is on", "Pay a fee before"),
    "a second line in the description": _other("2021.", "2021.\\nYou are infected"),
    "words one by one": _other("Your visit is on 14 June 2021.", "Team\\nfiles\\nvisit"),
    "a place": _with("LOCATION:Room 666"),
    "a comment": _with("COMMENT:You are infected"),
    "a contact": _with("CONTACT:Dr Evil"),
    "a category": _with("CATEGORIES:INFECTED"),
    "one category of two": _with("CATEGORIES:MyHealth,INFECTED"),
    "resources": _with("RESOURCES:COFFIN"),
    "a summary in another language": _with("SUMMARY;LANGUAGE=ms:Anda dijangkiti").replace("SUMMARY:Your files for KA-004711\n", ""),
    "an alarm's text": _with(ALARM.replace("Reminder", "You are infected").rstrip()),
    "the calendar's name": _other("METHOD:REQUEST", "METHOD:REQUEST\nX-WR-CALNAME:Infected"),
    "the calendar's description": _other("METHOD:REQUEST", "METHOD:REQUEST\nX-WR-CALDESC:Infected"),
    "the name of RFC 7986": _other("METHOD:REQUEST", "METHOD:REQUEST\nNAME:Infected"),
    "the organizer's name": _other("CN=MyHealth", 'CN="Dr Evil"'),
    "the attendee's name": _other("ATTENDEE;", "ATTENDEE;CN=Victim;"),
    "a second event": GOOD.replace(END, EVENT.replace("visit-1", "visit-2").replace("Your files for", "Infected") + END),
}  # fmt: skip
LINKS = {
    "an address": _with("URL:https://evil.example/"),
    "an address in the description": _other("2021.", "2021. evil.example/x"),
    "an address in Microsoft's property": _with("X-MICROSOFT-CDO-OWNER:https://evil.example/x"),
    "an address beside the calendar": _other("METHOD:REQUEST", "METHOD:REQUEST\nURL:https://evil.example/"),
}  # fmt: skip
PROPERTIES = {
    "an attachment": _with("ATTACH:https://health.example/"),
    "an enclosed attachment": _with("ATTACH;FMTTYPE=text/plain;ENCODING=BASE64;VALUE=BINARY:WW91"),
    "a picture": _with("IMAGE;VALUE=URI;DISPLAY=BADGE:https://health.example/"),
    "a conference": _with("CONFERENCE;VALUE=URI:https://health.example/"),
    "a conference of Google": _with("X-GOOGLE-CONFERENCE:https://health.example/"),
    "a description in HTML": _with("X-ALT-DESC;FMTTYPE=text/html:<b>Your visit</b>"),
    "a styled description": _with("STYLED-DESCRIPTION;VALUE=TEXT;FMTTYPE=text/html:<b>x</b>"),
    "another form of the summary": _other("SUMMARY:", 'SUMMARY;ALTREP="https://health.example/":'),
    "a place with a map": _with("X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=Evil:geo:3,101"),
    "an unknown property": _with("X-EVIL:you are infected"),
    "an unknown parameter": _other("SUMMARY:", "SUMMARY;X-EVIL=1:"),
    "an encoded text": _other("SUMMARY:", "SUMMARY;ENCODING=QUOTED-PRINTABLE:"),
    "a relation": _with("RELATED-TO:somebody@else.example"),
    "a delegate": _other("ATTENDEE;", 'ATTENDEE;DELEGATED-TO="mailto:evil@evil.example";'),
}
COMPONENTS = {
    "a task": GOOD.replace(END, "BEGIN:VTODO\nUID:2\nSUMMARY:Your files\nEND:VTODO\n" + END),
    "a journal": GOOD.replace(END, "BEGIN:VJOURNAL\nUID:2\nEND:VJOURNAL\n" + END),
    "free and busy": GOOD.replace(END, "BEGIN:VFREEBUSY\nUID:2\nEND:VFREEBUSY\n" + END),
    "an unknown component": GOOD.replace(END, "BEGIN:X-EVIL\nUID:2\nEND:X-EVIL\n" + END),
    "a calendar in the calendar": HEAD + GOOD + END,
    "an event in the event": _with(EVENT.rstrip()),
}
SYNTAX = {
    "a second calendar": GOOD + GOOD,
    "words after the end": GOOD + "You are infected\n",
    "words before the beginning": "X-A:1\n" + GOOD,
    "no end": HEAD + EVENT,
    "the wrong end": GOOD.replace("END:VEVENT", "END:VTODO"),
    "an empty line": GOOD.replace("BEGIN:VEVENT", "\nBEGIN:VEVENT"),
    "a line without a colon": _with("You are infected"),
    "version 1.0": GOOD.replace("VERSION:2.0", "VERSION:1.0"),
    "no version": GOOD.replace("VERSION:2.0\n", ""),
    "an unknown escape": _other("June 2021", "June\\x 2021"),
    "an invisible character": _other("SUMMARY:Your", "SUMMARY:\u200bYour"),
    "a start that is no date": _other("DTSTART:20210614T013000Z", "DTSTART:tomorrow"),
    "no start": _other("DTSTART:20210614T013000Z\n", ""),
    "no identifier": _other("UID:visit-1@health.example\n", ""),
    "an HTML page": "<html>You are infected</html>",
}
REPEATED = {
    name: _with(line)
    for name, line in {
        "summary": "SUMMARY:Your files for KA-004711",
        "description": "DESCRIPTION:Your visit is on 14 June 2021.",
        "start": "DTSTART:20210615T013000Z",
        "organizer": "ORGANIZER:mailto:no-reply@health.example",
        "address": "URL:https://health.example/\nURL:https://health.example/",
        "identifier": "UID:visit-2@health.example",
    }.items()
}
RECURRENCE = {
    rule: _with(f"RRULE:{rule}")
    for rule in (
        "FREQ=DAILY",
        "FREQ=SECONDLY;COUNT=5",
        "FREQ=MINUTELY;UNTIL=20220101T000000Z",
        "FREQ=DAILY;COUNT=99999",
        "FREQ=DAILY;COUNT=2;COUNT=3",
        "FREQ=DAILY;UNTIL=",
        "COUNT=2",
    )
}
PEOPLE = {
    "another organizer": _other("mailto:no-reply@health.example", "mailto:evil@evil.example"),
    "another attendee": _other("mailto:anna@dest.example", "mailto:evil@evil.example"),
    "one attendee more": _with("ATTENDEE:mailto:evil@evil.example"),
    "an organizer without mailto": _other("mailto:no-reply", "http:no-reply"),
    "an organizer with more than an address": _other(
        "no-reply@health.example\nATT", "no-reply@health.example?subject=x\nATT"
    ),
    "sent by somebody": _other("ORGANIZER;", 'ORGANIZER;SENT-BY="mailto:evil@evil.example";'),
}
DATES = {
    "another day": _other("DTSTART:20210614T013000Z", "DTSTART:20210616T013000Z"),
    "another month": _other("DTSTART:20210614T013000Z", "DTSTART:20210714T013000Z"),
    "another year": _other("DTSTART:20210614T013000Z", "DTSTART:20220614T013000Z"),
    "the next day without a zone": _other("DTSTART:20210614T013000Z", "DTSTART:20210615T013000"),
    "the next whole day": _other("DTSTART:20210614T013000Z", "DTSTART;VALUE=DATE:20210615"),
    "the next day in a zone": HEAD
    + ZONE
    + EVENT.replace("DTSTART:20210614T013000Z", "DTSTART;TZID=Europe/Berlin:20210615T033000")
    + END,
    "no day of the calendar": _other("DTSTART:20210614T013000Z", "DTSTART;VALUE=DATE:20210631"),
    "a second event on another day": GOOD.replace(
        END,
        EVENT.replace("visit-1", "visit-2").replace("DTSTART:20210614", "DTSTART:20210618") + END,
    ),
}
HOSTILE = {
    "calendar.date": DATES,
    "calendar.text": TEXTS,
    "link": LINKS,
    "calendar.property": PROPERTIES,
    "calendar.component": COMPONENTS,
    "calendar.syntax": SYNTAX,
    "calendar.repeated": REPEATED,
    "calendar.recurrence": RECURRENCE,
    "calendar.people": PEOPLE,
    "calendar.alarm": {
        "an alarm that writes": _with(ALARM.replace("DISPLAY", "EMAIL").rstrip()),
        "an alarm that runs": _with(ALARM.replace("DISPLAY", "PROCEDURE").rstrip()),
        "an alarm that does nothing known": _with(ALARM.replace("ACTION:DISPLAY\n", "").rstrip()),
    },
    "calendar.limit": {
        "no event": HEAD + END,
        "a hundred events": HEAD + EVENT * 100 + END,
        "ten thousand lines": _with("COMMENT:Your files\n" * 10_000 + "CLASS:PUBLIC"),
    },
    "calendar.method": {
        "an answer": GOOD.replace("METHOD:REQUEST", "METHOD:REPLY"),
        "a counter-proposal": GOOD.replace("METHOD:REQUEST", "METHOD:COUNTER"),
    },
}
OUTLOOK = (
    HEAD.replace("METHOD:REQUEST", "METHOD:REQUEST\nX-MS-OLK-FORCEINSPECTOROPEN:TRUE")
    + ZONE
    + EVENT.replace("DTSTART:20210614T013000Z", "DTSTART;TZID=Europe/Berlin:20210614T033000")
    .replace("DTEND:20210614T020000Z", "DTEND;TZID=Europe/Berlin:20210614T040000")
    .replace(
        "END:VEVENT",
        "CLASS:PUBLIC\nPRIORITY:5\nTRANSP:OPAQUE\nSTATUS:CONFIRMED\nSEQUENCE:0\n"
        "LOCATION;LANGUAGE=en-US:\nX-MICROSOFT-CDO-APPT-SEQUENCE:0\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\n"
        "X-MICROSOFT-CDO-INTENDEDSTATUS:BUSY\nX-MICROSOFT-CDO-ALLDAYEVENT:FALSE\n"
        "X-MICROSOFT-CDO-IMPORTANCE:1\nX-MICROSOFT-CDO-INSTTYPE:0\n"
        "X-MICROSOFT-DISALLOW-COUNTER:FALSE\nX-MICROSOFT-DONOTFORWARDMEETING:FALSE\n"
        "X-MS-OLK-AUTOFILLLOCATION:FALSE\n" + ALARM + "END:VEVENT",
    )
    + END
)
LEGITIMATE = {
    "the good invitation": GOOD,
    "as Outlook writes it": OUTLOOK,
    "as Google writes it": GOOD.replace("METHOD", "CALSCALE:GREGORIAN\nMETHOD")
    .replace("RSVP=TRUE", "RSVP=TRUE;CN=anna@dest.example;X-NUM-GUESTS=0")
    .replace("END:VEVENT", "CREATED:20210601T000000Z\nLAST-MODIFIED:20210601T000000Z\nEND:VEVENT"),
    "as Apple writes it": _with("X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC"),
    "without people": HEAD.replace("REQUEST", "PUBLISH") + "\n".join(
        line for line in EVENT.splitlines() if not line.startswith(("ORG", "ATT", " "))
    ) + "\n" + END,
    "without a method": GOOD.replace("METHOD:REQUEST\n", ""),
    "a cancellation": GOOD.replace("REQUEST", "CANCEL"),
    "a whole day": GOOD.replace("DTSTART:20210614T013000Z", "DTSTART;VALUE=DATE:20210614").replace(
        "DTEND:20210614T020000Z", "DTEND;VALUE=DATE:20210615"
    ),
    "three times": _with("RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO"),
    "until a day": _with("RRULE:FREQ=DAILY;UNTIL=20210620T000000Z"),
    "the whole text as description": _other(
        "Your visit is on 14 June 2021.",
        "Dear Aisha binti Rahman\\, your files for KA-004711 are attached.\\n Your visit is on 14 "
        "June 2021.\\n\\nYour MyHealth team",
    ),
    "a link of ours": _with("URL:https://health.example/"),
    "a day that is the one before in Greenwich": _other("DTSTART:20210614T013000Z", "DTSTART:20210613T233000Z"),
    "without a zone": _other("DTSTART:20210614T013000Z", "DTSTART:20210614T093000"),
    "a reference as a place": _with("LOCATION:KA-004711"),
    "a reference as a category": _with("CATEGORIES:KA-004711,MyHealth"),
    "the calendar of the sender": _other("METHOD:REQUEST", "METHOD:REQUEST\nX-WR-CALNAME:MyHealth"),
    "the team as a place": _with("LOCATION:MyHealth"),
    "folded in the middle of a word": _other("Your visit", "Your vi\n sit"),
    "small letters": GOOD.replace("SUMMARY:", "summary:"),
    "a duration": GOOD.replace("DTEND:20210614T020000Z", "DURATION:PT30M"),
    "an alarm that sounds": _with(ALARM.replace("DISPLAY", "AUDIO").rstrip()),
}  # fmt: skip


def _crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def samples() -> Iterator[Sample]:
    """Yield invitations as attachments and as alternatives."""
    for because, invitations in HOSTILE.items():
        for name, text in invitations.items():
            mail = with_file(_crlf(text), "text/calendar", "visit.ics")
            yield Sample(f"{FAMILY}/{because}", name, mail, because)
    method = '; charset=utf-8; method="{}"'
    for declared in ("PUBLISH", "CANCEL"):
        mail = with_file(
            _crlf(GOOD), "text/calendar", "visit.ics", parameters=method.format(declared)
        )
        name = f"a part that says {declared}"
        yield Sample(f"{FAMILY}/calendar.method", name, mail, "calendar.method")
    for name, text in LEGITIMATE.items():
        yield Sample(FAMILY, name, with_file(_crlf(text), "text/calendar", "visit.ics"))
    yield Sample(
        FAMILY, "lines that end with LF", with_file(GOOD.encode(), "text/calendar", "visit.ics")
    )
    yield Sample(
        FAMILY, "as application/ics", with_file(_crlf(GOOD), "application/ics", "visit.ics")
    )
    shown = file_part(
        _crlf(GOOD), "text/calendar", "", disposition="inline", parameters=method.format("REQUEST")
    ).replace("Content-Disposition: inline\n", "")
    yield Sample(FAMILY, "as an alternative without a name", with_parts(shown, kind="alternative"))
    evil = file_part(
        _crlf(TEXTS["another summary"]),
        "text/calendar",
        "",
        parameters=method.format("REQUEST"),
    ).replace("Content-Disposition: attachment\n", "")
    mail = with_parts(evil, kind="alternative")
    yield Sample(f"{FAMILY}/calendar.text", "in an alternative", mail, "calendar.text")
