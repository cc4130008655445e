"""Attacks that a hostile reader found: fields, names, arrangements, text that readers open."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

from filter.message import Envelope
from tests.battery import good
from tests.battery.change import CODE, with_field, with_header
from tests.battery.sample import ENVELOPE, Sample

FAMILY = "attacks/mail"
LOGO = Path(__file__).parents[3] / "fixtures" / "pictures" / "logo.png"
_TEXT = good.part(good.APPOINTMENT_TEXT)
_HTML = good.part(good.APPOINTMENT_HTML, "text/html; charset=utf-8")
_DATE = "Mon, 14 Jun 2021 08:00:00 +0800"

# A field above the header, and what it is held for; "" where it is harmless.
_FIELDS: tuple[tuple[str, str], ...] = (
    ("mime.client_note", "X-Mozilla-External-Attachment-URL: http://evil.example/x"),
    ("mime.client_note", 'X-Mozilla-Altered: AttachmentDetached; date="today"'),
    ("mime.client_note", "X-Mozilla-Status: 0009"),
    ("", "X-Mailer: Mozilla Thunderbird 128"),
    ("mail.content_class", "Content-Class: urn:content-classes:fax"),
    ("mail.content_class", "Content-Class: urn:content-class:custom.Evil"),
    ("", "Content-Class: urn:content-classes:message"),
    ("", "content-class: urn:content-classes:calendarmessage"),
    ("mail.organisation", "Organization: Call 0123456789 now"),
    ("mail.organisation", "Organisation: You are infected!"),
    ("mail.organisation", "Organization: " + "your account is locked so " * 3),
    ("link.", "Organization: evil.com"),
    ("text.invisible", "Organization: =?utf-8?q?My=E2=80=AEHealth?="),
    ("", "Organization: MyHealth Sdn. Bhd. (Kuala Lumpur)"),
    ("", "Organization: =?utf-8?q?Klinik_M=C3=BCnchen?="),
    ("mail.header_refused", 'SIO-Label: marking="You are infected"; fgcolor=red'),
    ("mail.header_refused", "Reply-By: " + _DATE),
)
_DATES: tuple[tuple[str, str], ...] = (
    ("mail.date", _DATE + " (You are infected)"),
    ("mail.date", _DATE + " (Call 0123456789 now)"),
    ("mail.date", _DATE + " (www.evil.com)"),
    ("", _DATE + " (MYT)"),
    ("", _DATE + " (GMT+08:00)"),
    ("", _DATE + " (W. Europe Daylight Time)"),
    ("", _DATE + " (Malay Peninsula Standard Time)"),
    ("", _DATE + " (America/Argentina/Buenos_Aires)"),
)
_SENDERS: tuple[tuple[str, str], ...] = (
    ("text.invisible", "=?utf-8?q?MyHealth=0B?= <no-reply@health.example>"),
    ("text.invisible", "=?utf-8?q?=1CMyHealth?= <no-reply@health.example>"),
    ("mail.encoded_word", "=?utf-8?b?TXlIZWFsdGi=?= <no-reply@health.example>"),
    ("", "=?utf-8?b?TXlIZWFsdGg=?= <no-reply@health.example>"),
    ("", '" MyHealth " <no-reply@health.example>'),
)
# A line inside a text that a template lets be free.
_LINES: tuple[tuple[str, str], ...] = (
    ("mime.text_encoded", "begin 644 report.exe\n#0V%T\n`\nend"),
    ("mime.text_encoded", "begin-base64 644 report.exe\nQ2F0\n===="),
    ("mime.text_encoded", "=ybegin line=128 size=3 name=report.exe\nabc\n=yend size=3"),
    ("mime.text_encoded", "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----"),
    ("", "begin 644"),
    ("", "we\nbegin 9 June with the tablets"),
    ("", "-----\nBEGIN with the tablets"),
)
# The name of a picture that HTML shows, as readers list it or write it in its place.
_NAMES: tuple[tuple[str, str], ...] = (
    ("picture.name", "You are infected.png"),
    ("picture.name", "Your account is locked. Ring the police.png"),
    ("picture.name", "Call 0123456789.png"),
    ("picture.name", "www.evil.com.png"),
    ("picture.name", "report.exe"),
    ("picture.name", "logo.png.exe"),
    ("picture.name", "invoice.pdf"),
    ("picture.name", "logo\u202egnp.exe"),
    ("picture.name", "a" * 256 + ".png"),
    ("", "logo.png"),
    ("", "MyHealth logo.png"),
    ("", "Your MyHealth team.png"),
    ("", "image001.png"),
    ("", "logo@2x.png"),
    ("", "image001.png@01D761F4.8B3C2A10"),
    ("", "header_logo_for_mail_white-2x.png"),
    ("", "WhatsApp Image 2021-06-14 at 09.30.15.png"),
    ("", "Screenshot 2021-06-14 at 09.30.15 (1).png"),
    ("", "logo"),
    ("", "标志.png"),
)
# In words that are free: links without slashes, numbers behind a sign, marks piled up.
_FREE: tuple[tuple[str, str], ...] = (
    ("link.", "callto:123456"),
    ("link.", "facetime:eve"),
    ("link.", "sms:12345"),
    ("link.", "sip:eve"),
    ("link.", "bitcoin:1A2b"),
    ("link.", "magnet:?xt=urn:btih:abc"),
    ("link.", "ms-settings:x"),
    ("link.", "#012-345 6789"),
    ("link.", "/0123456789"),
    ("template.", "\u0e01" + "\u0e49" * 9),
    ("template.", "\u0915" + "\u093e" * 9),
    ("", "Note:see below"),
    ("", "SMS:yes or no"),
    ("", "order #0123456789"),
    ("", "room 3/0401"),
    ("", "\u0e17\u0e35\u0e48\u0e19\u0e35\u0e48"),
    ("", "\u0915\u094d\u0937\u093f"),
)
# Who is said in RCPT and MAIL goes on to the next hop as it was said.
_ROUTES: tuple[tuple[str, Envelope], ...] = (
    ("mail.recipient", Envelope(ENVELOPE.sender, ("@evil.example,@b.example:anna@dest.example",))),
    ("mail.recipient", Envelope(ENVELOPE.sender, (" anna@dest.example",))),
    (
        "mail.envelope_sender",
        Envelope("@evil.example:no-reply@health.example", ENVELOPE.recipients),
    ),
)


def samples() -> Iterator[Sample]:
    """Yield them all."""
    for because, line in _FIELDS:
        yield Sample(FAMILY, f"field {line[:70]}", with_field(line), because)
    for because, date in _DATES:
        yield Sample(FAMILY, f"date {date}", with_header("Date", date), because)
    for because, sender in _SENDERS:
        yield Sample(FAMILY, f"from {sender}", with_header("From", sender), because)
    for because, lines in _LINES:
        yield Sample(FAMILY, f"lines {lines[:40]!a}", _note(lines), because)
    for because, envelope in _ROUTES:
        yield Sample(FAMILY, f"envelope {envelope}", CODE, because, envelope)
    for because, name in _NAMES:
        yield Sample(FAMILY, f"a picture called {name[:60]!a}", _shown(name), because)
    for because, words in _FREE:
        yield Sample(FAMILY, f"words {words!a}", _note(f"{words}."), because)
    tangled = "".join(f" {number}{'a.b/' * 200}" for number in range(40))
    yield Sample(FAMILY, "long words, tangled", _note(tangled), "text.tangled")
    yield from _unversioned()
    yield from _arranged()
    yield from _parameters()


def _note(lines: str) -> bytes:
    header = {"Subject": "A note from your clinic"}
    return good.mail(
        f"Dear Anna, your clinic writes:\n{lines}\nYour MyHealth team\n", header=header
    )


def _unversioned() -> Iterator[Sample]:
    header = {"MIME-Version": None, "Content-Type": None}
    encoded = base64.encodebytes(good.CODE_TEXT.encode()).decode()
    table = (
        ("mail.mime_version", "base64", encoded),
        ("mail.mime_version", "quoted-printable", good.CODE_TEXT.replace("Hello", "=48ello")),
        ("", "7bit", good.CODE_TEXT),
    )
    for because, encoding, body in table:
        content = good.mail(body + "\n", header=header, encoding=encoding)
        yield Sample(FAMILY, f"{encoding} without MIME-Version", content, because)


def _nested(kind: str, *parts: str) -> str:
    body = "".join(f"--in\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="in"\n\n{body}--in--\n'


def _deeper(*parts: str) -> str:
    return _nested("mixed", *parts).replace("--in", "--deep").replace('"in"', '"deep"')


def _picture(name: str = "logo.png", note: str = "") -> str:
    encoded = base64.encodebytes(LOGO.read_bytes()).decode()
    return (
        f'Content-Type: image/png; name="{name}"\nContent-Transfer-Encoding: base64\n'
        f"Content-Disposition: inline\n{note}\n{encoded}"
    )


def _shown(name: str) -> bytes:
    html = good.APPOINTMENT_HTML.replace("<body>", '<body><img src="cid:logo@x" alt="MyHealth">')
    picture = _picture(name, "Content-ID: <logo@x>\n")
    related = _nested("related", good.part(html, "text/html; charset=utf-8"), picture)
    return good.multipart(_TEXT, related)


def _arranged() -> Iterator[Sample]:
    table = {
        "a picture as the last alternative, inside a mixed": (
            "mime.structure_alternative",
            good.multipart(_TEXT, _nested("mixed", _picture())),
        ),
        "a picture behind HTML, inside a related": (
            "mime.structure_alternative",
            good.multipart(_TEXT, _HTML, _nested("mixed", _picture())),
        ),
        "a second HTML, deeper inside": (
            "mime.structure_sequence",
            good.multipart(_TEXT, _nested("mixed", _HTML, _deeper(_picture(), _HTML))),
        ),
        "a second text behind a picture, deeper inside": (
            "mime.structure_sequence",
            good.multipart(_nested("mixed", _picture(), _TEXT), _HTML, kind="mixed"),
        ),
        "HTML and a picture as one alternative": (
            "",
            good.multipart(_TEXT, _nested("mixed", _HTML, _picture())),
        ),
        "a picture before the HTML in one alternative": (
            "",
            good.multipart(_TEXT, _nested("mixed", _picture(), _HTML)),
        ),
        "a note of Thunderbird's on a picture": (
            "mime.client_note",
            good.multipart(
                _TEXT,
                _nested(
                    "mixed",
                    _HTML,
                    _picture(note="X-Mozilla-External-Attachment-URL: http://evil.example/\n"),
                ),
            ),
        ),
    }
    for name, (because, content) in table.items():
        yield Sample(FAMILY, name, content, because)


def _parameters() -> Iterator[Sample]:
    table = (
        ("mime.name_kind", "text/plain; charset=utf-8; filename=report.exe", "inline"),
        ("mime.name_kind", "text/plain; charset=utf-8", "inline; name=report.exe"),
        ("mime.name_differs", "text/plain; charset=utf-8; filename=a.txt", "inline; name=b.txt"),
        ("", "text/plain; charset=utf-8; filename=a.txt", "inline; name=a.txt"),
        ("", "text/plain; charset=utf-8; name=a.txt", "inline; name=cid-1; filename=a.txt"),
    )
    for because, content_type, disposition in table:
        content = good.mail(content_type=content_type, header={"Content-Disposition": disposition})
        yield Sample(FAMILY, f"{content_type}, {disposition}", content, because)
