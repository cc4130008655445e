"""Are files read for what they are, and held when nobody here can look into them?"""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from filter.message import Envelope, LinkKind, Message
from filter.reading.mail import read_mail
from filter.settings import Inspection

PDF = b"%PDF-1.4\n%%EOF\n"
PNG = (Path(__file__).parents[2] / "fixtures" / "pictures" / "logo.png").read_bytes()


def read_with(content: bytes, media_type: str, name: str) -> Message:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "a@example.org"
    mail["To"] = "b@example.org"
    mail["Subject"] = "x"
    mail.set_content("Hello")
    main, _, sub = media_type.partition("/")
    mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return read_mail(Envelope("a@example.org", ("b@example.org",)), bytes(mail), Inspection())


def codes(message: Message) -> list[str]:
    return [trouble.code for trouble in message.troubles]


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [(PDF, "invoice.pdf", "application/pdf"), (PDF, "INVOICE.PDF", "application/pdf")],
)
def test_a_file_without_a_telling_label_is_what_its_content_and_name_say(
    content: bytes, name: str, media_type: str
) -> None:
    message = read_with(content, "application/octet-stream", name)

    assert [file.media_type for file in message.attachments] == [media_type]
    assert codes(message) == []


def test_a_picture_without_a_telling_label_is_a_picture() -> None:
    message = read_with(PNG, "application/octet-stream", "logo.png")

    assert [picture.media_type for picture in message.pictures] == ["image/png"]
    assert codes(message) == []


@pytest.mark.parametrize(
    ("content", "name"),
    [(PDF, "invoice.exe"), (PDF, "invoice"), (b"MZ...", "invoice.pdf"), (b"hello", "a.txt")],
)
def test_a_label_that_tells_nothing_stays_so_when_name_and_content_do_not_agree(
    content: bytes, name: str
) -> None:
    message = read_with(content, "application/octet-stream", name)

    assert [file.media_type for file in message.attachments] == ["application/octet-stream"]
    assert codes(message)


@pytest.mark.parametrize(
    ("content", "media_type", "name"),
    [
        (b"7z\xbc\xaf\x27\x1c..", "application/x-7z-compressed", "a.7z"),
        (b"{\\rtf1 hello}", "application/rtf", "a.rtf"),
        (b"ID3....", "audio/mpeg", "a.mp3"),
    ],
)
def test_a_file_that_nothing_here_reads_is_held(content: bytes, media_type: str, name: str) -> None:
    assert "document.unread" in codes(read_with(content, media_type, name))


def test_links_in_a_calendar_file_are_links() -> None:
    calendar = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n"
        b"DTSTART:20210614T013000Z\r\nURL:https://evil.example/x\r\nEND:VEVENT\r\n"
        b"END:VCALENDAR\r\n"
    )

    message = read_with(calendar, "text/calendar", "invite.ics")

    assert [(link.url, link.kind) for link in message.links] == [
        ("https://evil.example/x", LinkKind.DOCUMENT)
    ]
    assert codes(message) == []


def test_a_text_file_in_another_charset_than_it_says_is_held() -> None:
    assert codes(read_with(b"caf\xe9", "text/csv", "a.csv")) == ["mime.charset_bytes"]
