"""Files against what the template carries, and against what they say they are."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace

import pytest

from filter.checks.attachments import check
from filter.checks.filetypes import sniff, why_not_whole
from filter.message import Attachment, Picture
from filter.ruleset import AllowedAttachment, Slot, SlotType, Template
from tests.checks.build import codes, fitting, judged, letter, rules
from tests.templates.build import CODE, OTP

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
ICS = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
EXE = b"MZ" + b"\0" * 60

CARD = AllowedAttachment("application/pdf", "card-{code}.pdf", 1000, required=True)
DAY = AllowedAttachment("text/calendar", "invite.ics", 1000)
TEMPLATE = replace(OTP, attachments=(CARD, DAY))


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "a")
    return buffer.getvalue()


def file(
    name: str = "card-123456.pdf",
    media_type: str = "application/pdf",
    content: bytes = PDF,
    *,
    inline: bool = False,
) -> Attachment:
    digest = hashlib.sha256(content).hexdigest()
    return Attachment(name, media_type, len(content), digest, "part 2", content, inline)


def judge(*files: Attachment, template: Template = TEMPLATE) -> list[str]:
    return codes(check(fitting(letter(attachments=files), template)))


@pytest.mark.parametrize(
    "files",
    [
        pytest.param((file(),), id="the required one"),
        pytest.param((file(), file("invite.ics", "text/calendar", ICS)), id="both"),
        pytest.param((file("invite.ics", "text/calendar", ICS), file()), id="in any order"),
        pytest.param((file(media_type="Application/PDF"),), id="letter case of the type"),
    ],
)
def test_files_that_the_template_carries_are_allowed(files: tuple[Attachment, ...]) -> None:
    assert judge(*files) == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param((), ["attachment.missing"], id="none"),
        pytest.param((file(), file()), ["attachment.not_allowed"], id="twice"),
        pytest.param(
            (file("card-654321.pdf"),), ["attachment.name", "attachment.missing"], id="other value"
        ),
        pytest.param(
            (file("prank.pdf"),), ["attachment.name", "attachment.missing"], id="other name"
        ),
        pytest.param(
            (file("card-123456.pdf", content=PDF[:-6] + b" " * 1000 + b"%%EOF"),),
            ["attachment.size", "attachment.missing"],
            id="too large",
        ),
        pytest.param(
            (file(), file("a.zip", "application/zip", zipped())),
            ["document.unread", "attachment.not_allowed"],
            id="another type",
        ),
        pytest.param(
            (file(), file("note.txt", "text/plain", b"hello")),
            ["attachment.not_allowed"],
            id="text",
        ),
        pytest.param((file(content=EXE),), ["attachment.type"], id="a program called PDF"),
        pytest.param((file(content=b"hello"),), ["attachment.type"], id="text"),
        pytest.param((file(content=b""),), ["attachment.type"], id="empty"),
        pytest.param(
            (file(content=PDF + zipped()),), ["attachment.trailing"], id="a ZIP behind it"
        ),
        pytest.param(
            (file("card-123456.pdf.exe"),),
            ["attachment.name", "attachment.name", "attachment.missing"],
            id="two endings",
        ),
    ],
)
def test_other_files_are_held(files: tuple[Attachment, ...], expected: list[str]) -> None:
    found = judge(*files)

    assert set(found) == set(expected)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "../card-123456.pdf",
        "a/b.pdf",
        "a\\b.pdf",
        "c:a.pdf",
        "a.pdf.exe",
        "a.jpg.scr",
        "a.exe.pdf",
        "fdp\u202eexe.pdf",
        "a\x00.pdf",
        "a\n.pdf",
        "a\u200b.pdf",
        " a.pdf",
        "a.pdf ",
        "a.pdf.",
        "a.exe",
        "a" * 300 + ".pdf",
    ],
)
def test_an_unsafe_name_is_held_whatever_the_template_says(name: str) -> None:
    any_name = AllowedAttachment("application/pdf", "{name}", 10_000)
    slot = Slot("name", SlotType.TEXT, max_length=1000)
    template = replace(OTP, attachments=(any_name,), slots=(*OTP.slots, slot))

    assert "attachment.name" in judge(file(name), template=template)


@pytest.mark.parametrize(
    "name", ["Dr. Tan.pdf", "sijil v1.2.pdf", "证书.pdf", "a.b.c.pdf", "CARD.PDF"]
)
def test_an_everyday_name_is_fine(name: str) -> None:
    any_name = AllowedAttachment("application/pdf", "{name}", 10_000)
    slot = Slot("name", SlotType.TEXT, max_length=1000)
    template = replace(OTP, attachments=(any_name,), slots=(*OTP.slots, slot))

    assert judge(file(name), template=template) == []


def test_a_value_in_a_name_is_the_same_in_every_name() -> None:
    slot = Slot("number", SlotType.DIGITS)
    entries = (
        AllowedAttachment("application/pdf", "a-{number}.pdf", 1000),
        AllowedAttachment("application/pdf", "b-{number}.pdf", 1000),
    )
    template = replace(OTP, attachments=entries, slots=(*OTP.slots, slot))

    assert judge(file("a-1.pdf"), file("b-1.pdf"), template=template) == []
    assert judge(file("a-1.pdf"), file("b-2.pdf"), template=template) == ["attachment.name"]


def test_a_picture_is_left_to_the_images_check_unless_it_is_listed() -> None:
    sent = file("ticket-123456.png", "image/png", PNG)
    picture = Picture(sent.digest, "image/png", "part 2", PNG)
    message = letter(attachments=(sent,), pictures=(picture,))
    listed = replace(
        OTP,
        slots=(CODE, *OTP.slots[1:]),
        attachments=(AllowedAttachment("image/png", "ticket-{code}.png", 100, required=True),),
    )

    assert codes(check(fitting(message, OTP))) == []
    assert codes(check(fitting(message, listed))) == []
    assert codes(check(fitting(letter(), listed))) == ["attachment.missing"]


def test_something_that_only_says_it_is_a_picture_is_held() -> None:
    assert judge(file(), file("a.png", "image/png", EXE)) == [
        "attachment.type",
        "attachment.not_allowed",
    ]


def test_an_enclosed_part_needs_no_name() -> None:
    sent = file("", "image/png", PNG, inline=True)
    message = letter(
        attachments=(sent,), pictures=(Picture(sent.digest, "image/png", "part 2", PNG),)
    )

    assert codes(check(fitting(message, OTP))) == []


def test_without_a_template_only_the_files_themselves_are_judged() -> None:
    prank = letter(subject="Prank", attachments=(file(),))
    assert codes(check(judged(prank, rules()))) == []

    prank = letter(subject="Prank", attachments=(file(content=EXE),))
    assert codes(check(judged(prank, rules())))[0] == "attachment.type"


def test_the_finding_says_what_the_file_should_be_called() -> None:
    result = check(fitting(letter(attachments=(file("card-654321.pdf"),)), TEMPLATE))

    assert "it should be called card-123456.pdf" in result.findings[0].detail


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (ICS, "text/calendar"),
        (EXE, "application/x-msdownload"),
        (zipped(), "application/zip"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"\xef\xbb\xbf <!DOCTYPE html><p>", "text/html"),
        (b"<?xml version='1.0'?><svg>", "image/svg+xml"),
        (b"hello", ""),
        (b"", ""),
    ],
)
def test_first_bytes_tell_the_type(content: bytes, kind: str) -> None:
    assert sniff(content) == kind


@pytest.mark.parametrize("text", [b"BM order list", b"MZ is a code", b"Dear all"])
def test_words_are_not_taken_for_magic(text: bytes) -> None:
    listed = replace(OTP, attachments=(AllowedAttachment("text/plain", "a.txt", 100),))

    assert judge(file("a.txt", "text/plain", text), template=listed) == []


def test_nothing_follows_the_end_of_an_archive() -> None:
    assert why_not_whole(zipped(), "application/zip") == ""
    assert why_not_whole(zipped() + b"x", "application/zip")
    assert why_not_whole(b"PK\x03\x04", "application/zip")


def _saying(
    *texts: str, media_type: str = "application/pdf", people: tuple[str, ...] = ()
) -> list[str]:
    """Return what a file with these texts is held for, where the rule knows its text."""
    allowed = replace(CARD, texts=("Card {code}",)) if media_type == CARD.media_type else DAY
    content = PDF if media_type == CARD.media_type else ICS
    name = "card-123456.pdf" if media_type == CARD.media_type else "invite.ics"
    one = replace(file(name, media_type, content), texts=texts, people=people)
    return judge(one, template=replace(OTP, attachments=(allowed,)))


def test_a_file_says_the_text_of_its_entry_with_the_same_values() -> None:
    assert _saying("Card\r\n 123456 ") == []
    assert _saying("Card 654321") == ["attachment.text"]
    assert _saying("Card 123456 and more") == ["attachment.text"]
    assert _saying() == ["attachment.text"]


def test_an_invitation_says_what_the_message_says() -> None:
    said = letter().views[0].text

    assert _saying(said, media_type="text/calendar") == []
    assert _saying(said.upper(), media_type="text/calendar") == []
    assert _saying(said + " now", media_type="text/calendar") == ["calendar.text"]
    assert _saying("infected", media_type="text/calendar") == ["calendar.text"]


def test_an_invitation_names_people_of_the_message() -> None:
    stranger = ("evil@evil.example",)

    assert _saying(media_type="text/calendar", people=stranger) == ["calendar.people"]


def test_a_calendar_among_the_alternatives_needs_no_name() -> None:
    shown = file("", "text/calendar", ICS, inline=True)
    attached = file("invite.ics", "application/ics", ICS)

    assert judge(file(), shown) == []
    assert judge(file(), shown, attached) == []
    assert judge(file(), file("", "text/calendar", ICS)) != []
