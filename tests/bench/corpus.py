"""The messages of the benchmark and the rules that approve them."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import yaml
from PIL import Image, ImageDraw

WORKLOADS = {
    "W1": "1 kB text, one-time password",
    "W2": "30 kB HTML and text, 12 links",
    "W3": "the same with one 60 kB picture inline, always the same",
}
# Enough different messages that nothing is fast only because it was seen before.
VARIANTS = 100
SENDER = "no-reply@health.example"
ROWS = 36
OTP = """\
Your sign-in code is {code}. It expires in {minutes} minutes.

Enter it only in the app or on https://health.example/sign-in and tell it to nobody: our staff
will never ask you for it. If you did not try to sign in you need not do anything; nobody can use
your account without this code.

Reference {reference}
Your Health team
"""
LETTER = "Dear {name}, here is your summary of visit {number}."
ROW = "Item {n}: please read what the clinic says about your results and how to go on from here."


def write_corpus(folder: Path, workload: str) -> None:
    """Write the messages of one workload as files with CRLF line ends."""
    folder.mkdir(parents=True)
    chance = random.Random(workload)
    logo = _logo() if workload == "W3" else None
    for number in range(VARIANTS):
        message = _one_time_password(chance) if workload == "W1" else _summary(chance, logo)
        (folder / f"{number:03}.eml").write_bytes(message.as_bytes(policy=SMTP))


WIDE = 10_000_000
WINDOWS = ("1 minute", "1 hour", "24 hours")
# Seven limits with ten windows and three watches, as many as rules/limits.yaml asks of a code: wide
# enough for everything, so that each message is counted at all of them and goes on.
LIMITS: Mapping[str, object] = {
    "limits": [
        {"id": "recipient", "per": "recipient", "allow": [f"{WIDE} in {w}" for w in WINDOWS]},
        {"id": "both", "per": ["recipient", "client"], "allow": f"{WIDE} in 1 hour"},
        {"id": "domain", "per": "recipient-domain", "allow": f"{WIDE} in 1 hour"},
        {"id": "sender", "per": "sender", "allow": [f"{WIDE} in {w}" for w in WINDOWS[:2]]},
        {"id": "client", "per": "client", "allow": f"{WIDE} in 1 hour"},
        {"id": "template", "per": "template", "allow": f"{WIDE} in 1 hour"},
        {"id": "gate", "per": "gate", "allow": f"{WIDE} in 1 hour"},
    ],
    "watches": [
        {"id": f"volume-{key}", "per": key, "sign": "volume", "at_least": f"{WIDE} in 10 minutes"}
        for key in ("client", "sender", "template")
    ],
}


def write_rules(folder: Path, *, with_limits: bool = False) -> None:
    """Write rules that approve every message of every workload, and nothing else."""
    folder.mkdir(parents=True)
    if with_limits:
        (folder / "limits.yaml").write_text(yaml.safe_dump(dict(LIMITS)), encoding="utf-8")
    links = [
        {"id": "sign-in", "host": "health.example", "path": "/sign-in"},
        {"id": "visits", "host": "health.example", "path": "/visits/*"},
    ]
    templates = [
        {
            "id": "bench-otp",
            "channel": "email",
            "from": [SENDER],
            "subject": "Your sign-in code",
            "text": OTP,
            "slots": {
                "code": {"type": "digits", "length": 6},
                "minutes": {"type": "number", "min": 1, "max": 60},
                "reference": {"type": "code", "length": 10},
            },
            "examples": _examples(
                "Your sign-in code", OTP, code="493021", minutes="10", reference="AB12CD34EF"
            ),
        },
        {
            "id": "bench-summary",
            "channel": "email",
            "from": [SENDER],
            "subject": "Your visit {number}",
            "text": _summary_text("{name}", "{number}"),
            "slots": {
                "name": {"type": "name", "max_length": 40},
                "number": {"type": "digits", "length": 8},
            },
            "pictures": {"max": 1, "alt": ["Health"]},
            "examples": _examples(
                "Your visit {number}",
                _summary_text("{name}", "{number}"),
                name="Wei Tan",
                number="12345678",
            ),
        },
    ]
    (folder / "links.yaml").write_text(yaml.safe_dump({"links": links}), encoding="utf-8")
    (folder / "templates.yaml").write_text(
        yaml.safe_dump({"templates": templates}), encoding="utf-8"
    )


def _examples(subject: str, text: str, **values: str) -> dict[str, list[dict[str, str]]]:
    subject, text = subject.format(**values), text.format(**values)
    return {
        "pass": [{"subject": subject, "text": text}],
        "hold": [{"subject": subject, "text": f"{text} Click now."}],
    }


def _one_time_password(chance: random.Random) -> EmailMessage:
    message = _envelope("Your sign-in code", chance)
    text = OTP.format(
        code=f"{chance.randrange(10**6):06}",
        minutes=chance.randrange(5, 30),
        reference="".join(chance.choices("ABCDEFGHJKMNPQRSTUVWXYZ23456789", k=10)),
    )
    message.set_content(text, cte="quoted-printable")
    return message


def _summary(chance: random.Random, logo: bytes | None) -> EmailMessage:
    name = chance.choice(["Aisyah Rahman", "Wei Tan", "Priya Nair", "John Lim"])
    number = f"{chance.randrange(10**8):08}"
    message = _envelope(f"Your visit {number}", chance)
    message.set_content(_summary_text(name, number), cte="quoted-printable")
    picture = '<img src="cid:logo@health.example" alt="Health">' if logo else ""
    message.add_alternative(
        _summary_html(name, number, picture), subtype="html", cte="quoted-printable"
    )
    if logo:
        html = list(message.iter_parts())[1]
        assert isinstance(html, EmailMessage)
        html.add_related(logo, "image", "jpeg", cid="<logo@health.example>", filename="logo.jpg")
    return message


def _envelope(subject: str, chance: random.Random) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    for hop in ("app1.health.example", "batch.health.example"):
        message["Received"] = (
            f"from {hop} ([192.0.2.{chance.randrange(1, 250)}]) by out.health.example with ESMTPSA"
            f" id {chance.getrandbits(40):X}; Mon, 02 Nov 2026 09:00:00 +0000"
        )
    message["From"] = SENDER
    message["To"] = "citizen@example.net"
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Nov 2026 09:00:00 +0000"
    message["Message-ID"] = f"<{chance.getrandbits(64):x}@health.example>"
    return message


def _summary_text(name: str, number: str) -> str:
    rows = [ROW.replace("{n}", str(n)) + _row_link(n, number) for n in range(ROWS)]
    return "\n".join([LETTER.format(name=name, number=number), "", *rows, "", "Your Health team"])


def _row_link(n: int, number: str) -> str:
    return f" https://health.example/visits/{number}" if n % 3 == 0 else ""


def _summary_html(name: str, number: str, picture: str) -> str:
    style = (
        "font-family:Helvetica,Arial,sans-serif;font-size:14px;line-height:20px;color:#1a2b3c;"
        "padding:8px 16px 8px 16px;border-bottom:1px solid #d0d7de;background-color:#ffffff;"
        "mso-line-height-rule:exactly;-webkit-text-size-adjust:100%;vertical-align:top"
    )
    rows = []
    for n in range(ROWS):
        link = _row_link(n, number).strip()
        shown = f' <a style="{style}" href="{link}">{link}</a>' if link else ""
        cell = f'<td align="left" valign="top" width="568" style="{style}">'
        rows.append(f"<tr>{cell}{ROW.replace('{n}', str(n))}{shown}</td></tr>")
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title></title></head>'
        f'<body style="margin:0"><p style="{style}">{LETTER.format(name=name, number=number)}</p>'
        '<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0">'
        + "\n".join(rows)
        + f'</table><p style="{style}">Your Health team</p>{picture}</body></html>'
    )


def _logo() -> bytes:
    """Return a JPEG of some 60 kB, the same each time."""
    return draw_picture("logo", 640, 360, 780)


def draw_picture(seed: int | str, width: int, height: int, spots: int) -> bytes:
    """Return a JPEG of coloured spots, the same for the same seed."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (width, height), "#0a5c8c")
    draw = ImageDraw.Draw(picture)
    for _ in range(spots):
        x, y = chance.randrange(width), chance.randrange(height)
        shade = tuple(chance.randrange(256) for _ in range(3))
        draw.ellipse((x, y, x + chance.randrange(4, 60), y + chance.randrange(4, 60)), fill=shade)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=82)
    return stream.getvalue()
