"""Messages of the classes that reading is measured with, and the rules that approve them.

Two messages of a class differ in their values as two of a template do: name, number, code.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import yaml

from filter.message import TextFields
from tests.bench.corpus import draw_picture

SENDER = "no-reply@health.example"
HOST = "https://www.health.example"
CELL = (
    "font-family:Helvetica,Arial,sans-serif;font-size:15px;font-weight:400;line-height:24px;"
    "text-align:left;color:#333333"
)
OUTER = "direction:ltr;font-size:0px;padding:20px 0;text-align:center"
STYLES = """<style type="text/css">
#outlook a { padding:0; }
body { margin:0;padding:0;-webkit-text-size-adjust:100%;-ms-text-size-adjust:100%; }
table, td { border-collapse:collapse;mso-table-lspace:0pt;mso-table-rspace:0pt; }
img { border:0;height:auto;line-height:100%;outline:none;text-decoration:none; }
p { display:block;margin:13px 0; }
</style>
<!--[if mso]><noscript><xml><o:OfficeDocumentSettings><o:AllowPNG/>
<o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml></noscript><![endif]-->
<style type="text/css">
@media only screen and (min-width:480px) {
  .mj-column-per-100 { width:100% !important; max-width: 100%; }
  .mj-column-per-50 { width:50% !important; max-width: 50%; }
}
@media only screen and (max-width:480px) { table.full { width: 100% !important; } }
</style>"""
WORDS = (
    *(
        "the",
        "clinic",
        "opens",
        "at",
        "eight",
        "and",
        "closes",
        "on",
        "weekdays",
        "please",
        "bring",
    ),
    *(
        "your",
        "card",
        "a",
        "letter",
        "from",
        "doctor",
        "if",
        "you",
        "have",
        "one",
        "results",
        "are",
    ),
    *("in", "app", "after", "two", "days", "our", "staff", "will", "call"),
)
CODE = "Hello {name}, your sign-in code is {code}. It expires in 10 minutes. Never share it."


@dataclass(frozen=True)
class Letter:
    """One class of messages. ``make`` returns a message with values of its own."""

    make: Callable[[random.Random], bytes]
    html: bool = True
    by_wall_clock: bool = False  # a child process does some of the work
    is_text_message: bool = False


def _values(chance: random.Random) -> dict[str, str]:
    return {
        "name": chance.choice(["Aisyah", "Wei", "Priya", "John"])
        + " "
        + chance.choice("ABCDEFG")
        + "an",
        "number": f"{chance.randrange(10**8):08}",
        "code": f"{chance.randrange(10**6):06}",
    }


def _sentences(section: int, count: int) -> list[str]:
    chance = random.Random(section)
    return [
        " ".join(chance.choices(WORDS, k=chance.randint(9, 16))).capitalize() + "."
        for _ in range(count)
    ]


def _section(section: int, number: str) -> str:
    """Return what MJML makes of a section: ghost tables around tables around a table."""
    said = "".join(
        f'<tr><td align="left" style="font-size:0px;padding:10px 25px;word-break:break-word;">'
        f'<div style="{CELL};">{sentence}</div></td></tr>\n'
        for sentence in _sentences(section, 3)
    )
    return (
        '<!--[if mso | IE]><table align="center" border="0" cellpadding="0" cellspacing="0"'
        ' role="presentation" style="width:600px;" width="600" bgcolor="#ffffff"><tr>'
        '<td style="line-height:0px;font-size:0px;mso-line-height-rule:exactly;"><![endif]-->\n'
        '<div style="background:#ffffff;background-color:#ffffff;margin:0px auto;'
        'max-width:600px;">\n'
        '<table align="center" border="0" cellpadding="0" cellspacing="0" role="presentation"'
        f' style="background:#ffffff;width:100%;"><tbody><tr><td style="{OUTER};">\n'
        '<div class="mj-column-per-100" style="font-size:0px;text-align:left;direction:ltr;'
        'display:inline-block;vertical-align:top;width:100%;">\n'
        '<table border="0" cellpadding="0" cellspacing="0" role="presentation" width="100%">'
        "<tbody>\n"
        f'{said}<tr><td align="center" style="padding:10px 25px;"><a href="{HOST}/visits/{number}"'
        ' target="_blank" style="display:inline-block;background:#0a5c8c;color:#ffffff;'
        "font-family:Helvetica,Arial,sans-serif;font-size:15px;line-height:120%;margin:0;"
        'text-decoration:none;padding:10px 25px;border-radius:3px;">Read on</a></td></tr>\n'
        "</tbody></table></div></td></tr></tbody></table></div>\n"
        "<!--[if mso | IE]></td></tr></table><![endif]-->\n"
    )


def _html(name: str, number: str, sections: int, pictures: int = 0) -> str:
    body = "".join(_section(n, number) for n in range(sections))
    shown = "".join(
        f'<img src="cid:p{n}@health.example" alt="Health" width="300" height="200">\n'
        for n in range(pictures)
    )
    return (
        '<!doctype html>\n<html xmlns="http://www.w3.org/1999/xhtml" lang="en"><head>'
        "<title></title>"
        '<meta http-equiv="Content-Type" content="text/html; charset=UTF-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{STYLES}</head>\n'
        f'<body style="word-spacing:normal;background-color:#f4f4f4;"><div>\n'
        f'<p style="{CELL}">Dear {name}, this is letter {number}.</p>\n{shown}{body}'
        f'<p style="{CELL}">Your Health team</p></div></body></html>\n'
    )


def _text(name: str, number: str, sections: int, *, links: bool) -> str:
    read_on = f"Read on {HOST}/visits/{number}" if links else "Read on"
    said = [" ".join([*_sentences(n, 3), read_on]) for n in range(sections)]
    return "\n".join([f"Dear {name}, this is letter {number}.", *said, "Your Health team"])


def _message(subject: str, chance: random.Random) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = SENDER
    message["To"] = "citizen@example.net"
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Nov 2026 09:00:00 +0000"
    message["Message-ID"] = f"<{chance.getrandbits(64):x}@health.example>"
    return message


def _code(chance: random.Random) -> bytes:
    message = _message("Your sign-in code", chance)
    message.set_content(CODE.format(**_values(chance)), cte="quoted-printable")
    return message.as_bytes()


def _letter(sections: int, pictures: int = 0) -> Callable[[random.Random], bytes]:
    def make(chance: random.Random) -> bytes:
        values = _values(chance)
        name, number = values["name"], values["number"]
        message = _message(f"Letter {number}", chance)
        message.set_content(_text(name, number, sections, links=True), cte="quoted-printable")
        shown = _html(name, number, sections, pictures)
        message.add_alternative(shown, subtype="html", cte="quoted-printable")
        part = list(message.iter_parts())[1]
        assert isinstance(part, EmailMessage)
        for n in range(pictures):
            part.add_related(
                draw_picture(n, 600, 400, 300),
                "image",
                "jpeg",
                cid=f"<p{n}@health.example>",
                filename=f"p{n}.jpg",
            )
        return message.as_bytes()

    return make


def _with_headers(chance: random.Random) -> bytes:
    values = _values(chance)
    number = values["number"]
    message = _message(f"Letter {number}", chance)
    for n in range(120):
        message[f"X-Trace-{n}"] = (
            f"hop {chance.getrandbits(64):x} https://trace.example/{number}/{n}"
        )
    for n in range(20):
        message["Received"] = (
            f"from a{n}.health.example by b{n}.health.example with ESMTPS id {n:x}"
        )
    links = "".join(
        f'<p>Item {n} <a href="{HOST}/visits/{number}?n={n}">Read on</a></p>\n' for n in range(200)
    )
    message.set_content(f"<body>{links}</body>", subtype="html", cte="quoted-printable")
    return message.as_bytes()


def _with_document(chance: random.Random) -> bytes:
    values = _values(chance)
    message = _message("Your sign-in code", chance)
    message.set_content(CODE.format(**values), cte="quoted-printable")
    message.add_attachment(
        _pdf(values["number"]), "application", "pdf", filename=f"{values['code']}.pdf"
    )
    return message.as_bytes()


def text_fields(chance: random.Random) -> TextFields:
    """Return a text message with values of its own."""
    return TextFields("MYHEALTH", "+60123456789", CODE.format(**_values(chance)))


def _text_message(chance: random.Random) -> bytes:
    return text_fields(chance).body.encode()


LETTERS: dict[str, Letter] = {
    "code, plain text": Letter(_code, html=False),
    "letter, text and HTML, 5 kB": Letter(_letter(2)),
    "letter of a layout tool, 30 kB": Letter(_letter(15)),
    "newsletter, 100 kB": Letter(_letter(52)),
    "newsletter, 100 kB, 5 pictures": Letter(_letter(52, 5)),
    "140 headers, 200 links": Letter(_with_headers),
    "code with a PDF of its own": Letter(_with_document, html=False, by_wall_clock=True),
    "text message": Letter(_text_message, html=False, is_text_message=True),
}


def _pdf(number: str) -> bytes:
    """Return a page with a sentence."""
    content = f"BT /F1 12 Tf 72 720 Td (Certificate {number}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources 5 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>",
    ]
    written = b"%PDF-1.4\n"
    places = []
    for place, one in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (place, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(written)
    written += b"xref\n0 6\n0000000000 65535 f \n" + table
    return written + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start


def write_rules(folder: Path) -> None:
    """Write rules that approve every message of every class."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = [
        _template(
            f"letter-{sections}",
            _text("{name}", "{number}", sections, links=True),
            html=_text("{name}", "{number}", sections, links=False),
            pictures={"max": 5, "alt": ["Health"]},
        )
        for sections in (2, 15, 52)
    ]
    code = _template(
        "code",
        CODE,
        channel=["email", "sms"],
        subject="Your sign-in code",
        attachments=[{"type": "application/pdf", "name": "{code}.pdf", "max_size": "1MB"}],
    )
    items = _template("items", " ".join(f"Item {n} Read on" for n in range(200)))
    links = [{"id": "visits", "host": "www.health.example", "path": "/visits/*", "query": ["n"]}]
    for name, rules in {"links": links, "templates": [code, *letters, items]}.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({name: rules}), encoding="utf-8")


def _template(name: str, text: str, **more: object) -> dict[str, object]:
    subject = str(more.get("subject", "Letter {number}"))
    slots = {
        "name": {"type": "name", "max_length": 40},
        "number": {"type": "digits", "length": 8},
        "code": {"type": "digits", "length": 6},
    }
    values = {"name": "Wei Tan", "number": "12345678", "code": "493021"}
    good = text.format(**values)
    if "sms" in str(more.get("channel")):
        examples: dict[str, object] = {"pass": [good], "hold": [f"{good} Click now."]}
    else:
        said = {"subject": subject.format(**values)}
        examples = {
            "pass": [{**said, "text": good}],
            "hold": [{**said, "text": f"{good} Click now."}],
        }
    return {
        "id": name,
        "channel": "email",
        "from": [SENDER, "MYHEALTH"] if "channel" in more else [SENDER],
        "subject": subject,
        "text": text,
        "slots": {one: slot for one, slot in slots.items() if f"{{{one}}}" in text + subject},
        "examples": examples,
        **more,
    }
