"""An invitation is read as calendar programs show it, or not at all."""

from __future__ import annotations

from filter.reading.calendars import Invitation, read_calendar
from filter.reading.troubles import Troubles
from tests.battery.families.calendar import GOOD, OUTLOOK


def _read(text: str, method: str = "") -> tuple[Invitation, list[str]]:
    troubles = Troubles()
    seen = read_calendar(text, method, "part 2", troubles)
    return seen, [finding.code for finding in troubles.found()]


def test_texts_people_and_nothing_else_are_seen() -> None:
    seen, codes = _read(GOOD, "request")

    assert codes == []
    assert seen.texts == (
        "Your files for KA-004711",
        "Your visit is on 14 June 2021.",
        "MyHealth",
    )
    assert seen.people == ("no-reply@health.example", "anna@dest.example")
    assert seen.links == ()


def test_an_invitation_of_outlook_is_read_whole() -> None:
    assert _read(OUTLOOK)[1] == []


def test_escapes_are_read_once() -> None:
    seen, codes = _read(GOOD.replace("June 2021.", "June\\, 2021\\;\\nnow\\\\n"))

    assert codes == []
    assert "Your visit is on 14 June, 2021;\nnow\\n" in seen.texts


def test_a_link_in_a_text_is_seen() -> None:
    seen, _ = _read(GOOD.replace("June 2021.", "June evil.example/x"))

    assert [link.url for link in seen.links] == ["evil.example/x"]


def test_a_long_calendar_is_left_unread() -> None:
    assert _read("X:1\n" * 1_000_000)[1] == ["calendar.limit"]
