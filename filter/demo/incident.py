"""The story: what a health app sends on a good day, and what was sent through it in 2021.

Every message is of our own making; names, numbers and addresses belong to nobody. The templates are
those of the rules that ship with the program (rules/).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from filter.demo.letter import File, letter
from filter.demo.pictures import captioned, cropped, reencoded
from filter.demo.play import Scene, Way
from filter.demo.stage import shipped

GOOD_DAY = "A good day: what the app is meant to send"
PRANKS = "2021: what was sent through it, and what came after"
COLLEAGUES = "And an honest mistake"

MYHEALTH = "MyHealth <no-reply@health.example>"
APPOINTMENTS = "MyHealth Appointments <appointments@health.example>"
SMS_SENDER = "MYHEALTH"
CITIZEN, STRANGER = "aisha@citizen.example", "someone@citizen.example"
PHONE, STRANGERS_PHONE = "+15550100", "+15550199"

OTP = """\
Hello,

your sign-in code is {code}. It expires in 10 minutes.

We never ask you for this code. If you did not try to sign in, you need not do anything.

MyHealth
"""
ALTERED_OTP = OTP.replace("We never ask you for this code.", "Somebody is using your account.")
APPOINTMENT = """\
Dear Aisha binti Rahman,

you are expected at Klinik Kesihatan Ampang on 14 June 2021 at 09:30.

Your reference is KA-004711. Please bring your identity card.

To change or cancel the appointment: https://www.health.example/appointments/KA-004711
Questions: help@health.example or 03-8881 0200

Your MyHealth team
"""
APPOINTMENT_HTML = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Your appointment</title></head><body>
<div style="display:none">14 June 2021, 09:30: Klinik Kesihatan Ampang</div>
<img src="cid:{picture}" alt="MyHealth">
<p>Dear Aisha binti Rahman,</p>
<p>you are expected at <b>Klinik Kesihatan Ampang</b> on <b>14 June 2021</b> at <b>09:30</b>.</p>
<p>Your reference is KA-004711. Please bring your identity card.</p>
<p><a href="{link}">Change or cancel</a></p>
<p>Questions? Write to <a href="mailto:help@health.example">help@health.example</a> or call
<a href="tel:+60388810200">03-8881 0200</a>.</p>
<p>Your MyHealth team</p></body></html>
"""
APPOINTMENT_LINK = "https://www.health.example/appointments/KA-004711"
# The letter after "he" is CYRILLIC SMALL LETTER A: it looks the same and leads elsewhere.
LOOKALIKE_LINK = "https://www.he\N{CYRILLIC SMALL LETTER A}lth.example/appointments/KA-004711"
CERTIFICATE = """\
Dear Aisha binti Rahman,

your certificate MY-2021-004711 is attached to this e-mail as a PDF file of one page.

You received your second dose of mRNA on 14 June 2021.

Anybody can check the certificate at https://www.health.example/certificates/check

Stay healthy
MyHealth
"""
CERTIFICATE_FILE = "certificate-MY-2021-004711.pdf"
SCARE = """\
URGENT: you have been in contact with an infected person.

All residents of your district must report to a quarantine centre within two hours.
Tell your neighbours.

Ministry of Health
"""
OTP_TEXT = "RM0.00 {code} is your sign-in code. It expires in 10 minutes."
APPOINTMENT_TEXT = (
    "RM0.00 MyHealth: Aisha binti Rahman, you are expected on 14/06/2021 at 09:30 at Klinik "
    "Kesihatan Ampang. Ref KA-004711. To change it: "
    "https://www.health.example/appointments/KA-004711"
)


def scenes() -> tuple[Scene, ...]:
    """Return the story in the order in which it is played. Raises StageError without the files."""
    files = shipped("rules") / "files"
    now = datetime.now(UTC)
    return (*_good_day(files, now), *_pranks(files, now), *_colleagues(now))


def _good_day(files: Path, now: datetime) -> Sequence[Scene]:
    logo = File("logo.png", "image/png", (files / "logo.png").read_bytes(), "logo")
    otp = letter(
        sender=MYHEALTH,
        to=CITIZEN,
        subject="493021 is your MyHealth sign-in code",
        text=OTP.format(code="493021"),
        now=now,
    )
    with_certificate = certificate((files / CERTIFICATE_FILE).read_bytes(), now)
    return (
        mail(GOOD_DAY, "a sign-in code by e-mail", otp, template="sign-in-mail"),
        mail(
            GOOD_DAY,
            "an appointment, text and HTML with the logo",
            appointment(logo, now),
            template="appointment-mail",
        ),
        mail(
            GOOD_DAY,
            "a vaccination certificate as a PDF",
            with_certificate,
            template="vaccination-certificate",
        ),
        _text(GOOD_DAY, "a sign-in code by text", OTP_TEXT.format(code="493021"), "sign-in-sms"),
        Scene(
            GOOD_DAY,
            "an appointment by text, asked about first",
            Way.OWN,
            SMS_SENDER,
            PHONE,
            APPOINTMENT_TEXT.encode(),
            template="appointment-sms",
        ),
    )


def _pranks(files: Path, now: datetime) -> Sequence[Scene]:
    original = files / "prank.jpg"
    dressed = (
        ("saved again, smaller", reencoded(original)),
        ("cropped", cropped(original)),
        ("with a caption", captioned(original, "Never trust a link")),
    )
    logo = File("logo.png", "image/png", (files / "logo.png").read_bytes(), "logo")
    scare = letter(
        sender=MYHEALTH, to=STRANGER, subject="URGENT: quarantine order", text=SCARE, now=now
    )
    altered = letter(
        sender=MYHEALTH,
        to=STRANGER,
        subject="771204 is your MyHealth sign-in code",
        text=ALTERED_OTP.format(code="771204"),
        now=now,
    )
    return (
        *(
            mail(
                PRANKS,
                f"the prank picture, {how}, in an approved letter",
                appointment(File("logo.jpg", "image/jpeg", picture, "logo"), now),
                codes=("image.known",),
            )
            for how, picture in dressed
        ),
        mail(PRANKS, "a scare letter", scare, codes=("template.none",), to=STRANGER),
        mail(
            PRANKS,
            "an approved letter whose button leads to a look-alike",
            appointment(logo, now, link=LOOKALIKE_LINK),
            codes=("link.lookalike", "link.not_allowed"),
        ),
        mail(
            PRANKS,
            "a sign-in code that nobody asked for, with a twist",
            altered,
            codes=("template.none",),
            to=STRANGER,
        ),
        _text(
            PRANKS,
            "a scare text",
            "RM0.00 You have been in contact with a case. Stay at home and call 5550123.",
            codes=("template.none",),
            to=STRANGERS_PHONE,
        ),
        _text(
            PRANKS,
            "an approved text with a look-alike link",
            APPOINTMENT_TEXT.replace("www.health", "www.hea1th"),
            codes=("link.lookalike", "link.not_allowed"),
            to=STRANGERS_PHONE,
        ),
        Scene(
            PRANKS,
            "a text with a link in place of the code's lifetime, asked about first",
            Way.OWN,
            SMS_SENDER,
            STRANGERS_PHONE,
            b"RM0.00 493021 is your sign-in code. Visit evil.example now.",
            codes=("link.not_allowed", "template.none"),
        ),
    )


def _colleagues(now: datetime) -> Sequence[Scene]:
    """Somebody improved a sentence and told nobody: held, seen by a person, released."""
    better = APPOINTMENT.replace(
        "Please bring your identity card.", "Please bring your identity card or passport."
    )
    content = letter(
        sender=APPOINTMENTS,
        to=CITIZEN,
        subject="Your appointment on 14 June 2021 at Klinik Kesihatan Ampang",
        text=better,
        now=now,
    )
    return (
        mail(
            COLLEAGUES,
            "an appointment with a sentence that nobody has approved yet",
            content,
            codes=("template.none",),
            release=True,
        ),
    )


def certificate(page: bytes, now: datetime) -> bytes:
    """Return the letter with a vaccination certificate; ``page`` is the PDF file."""
    return letter(
        sender=MYHEALTH,
        to=CITIZEN,
        subject="Your vaccination certificate MY-2021-004711",
        text=CERTIFICATE,
        now=now,
        files=[File(CERTIFICATE_FILE, "application/pdf", page)],
    )


def appointment(
    picture: File, now: datetime, link: str = APPOINTMENT_LINK, to: str = CITIZEN
) -> bytes:
    """Return the letter about an appointment with this picture where the logo belongs."""
    return letter(
        sender=APPOINTMENTS,
        to=to,
        subject="Your appointment on 14 June 2021 at Klinik Kesihatan Ampang",
        text=APPOINTMENT,
        now=now,
        html=APPOINTMENT_HTML.format(picture=picture.content_id, link=link),
        files=[picture],
    )


def mail(
    chapter: str,
    title: str,
    content: bytes,
    *,
    template: str = "",
    codes: tuple[str, ...] = (),
    to: str = CITIZEN,
    release: bool = False,
) -> Scene:
    """Return an e-mail of the play; with ``codes`` it must be held for one of them."""
    return Scene(
        chapter,
        title,
        Way.MAIL,
        "bounces@health.example",
        to,
        content,
        codes=codes,
        template=template,
        release=release,
    )


def _text(
    chapter: str,
    title: str,
    text: str,
    template: str = "",
    *,
    codes: tuple[str, ...] = (),
    to: str = PHONE,
) -> Scene:
    return Scene(
        chapter, title, Way.TWILIO, SMS_SENDER, to, text.encode(), codes=codes, template=template
    )
