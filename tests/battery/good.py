"""The good messages that hostile samples differ from in one thing.

Built as text, not by a mail library: what is changed must be the only thing that changes.
"""

from __future__ import annotations

from collections.abc import Mapping

NAME, CODE, REFERENCE, DATE, TIME = (
    "Aisha binti Rahman",
    "493021",
    "KA-004711",
    "14 June 2021",
    "09:30",
)

CODE_TEXT = f"Hello {NAME}, your sign-in code is {CODE}. It expires in 10 minutes. Never share it."
APPOINTMENT_TEXT = f"""Dear {NAME},

we expect you on {DATE} at {TIME}. Your reference is {REFERENCE}.

Change or cancel: https://www.health.example/appointments/{REFERENCE}
Questions? Write to help@health.example or call 03-8881 0200.

Your MyHealth team
"""
BUTTON = f'<a href="https://www.health.example/appointments/{REFERENCE}">Change or cancel</a>'
APPOINTMENT_BODY = f"""<p>Dear {NAME},</p>
<p>we expect you on {DATE} at {TIME}. Your reference is {REFERENCE}.</p>
<p>{BUTTON}</p>
<p>Questions? Write to <a href="mailto:help@health.example">help@health.example</a>
or call <a href="tel:+60388810200">03-8881 0200</a>.</p>
<p>Your MyHealth team</p>
"""
APPOINTMENT_HTML = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Your appointment</title>'
    f"</head><body>\n{APPOINTMENT_BODY}</body></html>\n"
)

HEADER: Mapping[str, str] = {
    "From": "MyHealth <no-reply@health.example>",
    "To": "Aisha binti Rahman <anna@dest.example>",
    "Subject": "Your sign-in code",
    "Date": "Mon, 14 Jun 2021 08:00:00 +0800",
    "Message-ID": "<1@health.example>",
    "MIME-Version": "1.0",
}
APPOINTMENT_SUBJECT = f"Your appointment on {DATE}"


def crlf(text: str) -> bytes:
    """Return a text as bytes in UTF-8, with CRLF line ends."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "surrogateescape")


def mail(
    body: str = CODE_TEXT + "\n",
    content_type: str = "text/plain; charset=utf-8",
    *,
    header: Mapping[str, str | None] | None = None,
    encoding: str = "8bit",
) -> bytes:
    """Return a mail of one part; ``header`` adds or replaces fields, None takes one away."""
    fields: dict[str, str | None] = {**HEADER, "Content-Type": content_type}
    if encoding:
        fields["Content-Transfer-Encoding"] = encoding
    fields.update(header or {})
    lines = "".join(f"{name}: {value}\n" for name, value in fields.items() if value is not None)
    return crlf(f"{lines}\n{body}")


def part(body: str, content_type: str = "text/plain; charset=utf-8", **more: str) -> str:
    """Return one entity of a multipart; further fields by name with _ for -."""
    extra = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in more.items())
    return f"Content-Type: {content_type}\nContent-Transfer-Encoding: 8bit\n{extra}\n{body}"


def multipart(
    *parts: str,
    kind: str = "alternative",
    boundary: str = "b1",
    header: Mapping[str, str | None] | None = None,
) -> bytes:
    """Return a multipart mail with the appointment's subject."""
    body = "".join(f"--{boundary}\n{one}\n" for one in parts) + f"--{boundary}--\n"
    more: dict[str, str | None] = {"Subject": APPOINTMENT_SUBJECT, **(header or {})}
    return mail(body, f'multipart/{kind}; boundary="{boundary}"', header=more, encoding="")


def appointment(
    html: str = APPOINTMENT_HTML,
    text: str = APPOINTMENT_TEXT,
    header: Mapping[str, str | None] | None = None,
) -> bytes:
    """Return the appointment in plain text and HTML."""
    return multipart(part(text), part(html, "text/html; charset=utf-8"), header=header)


def body_html(body: str, head: str = "") -> bytes:
    """Return the appointment with another body, and more in its head."""
    return appointment(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Your appointment</title>{head}</head><body>\n{body}</body></html>\n"
    )
