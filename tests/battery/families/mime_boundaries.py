"""Boundaries, delimiters, preambles and epilogues: where one reader's part is another's text."""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery import good
from tests.battery.change import APPOINTMENT, each, hostile, legitimate, replaced, with_header
from tests.battery.sample import Sample

FAMILY = "mime/boundaries"
AROUND = "mime/around the parts"
_TEXT, _HTML = (
    good.part(good.APPOINTMENT_TEXT),
    good.part(good.APPOINTMENT_HTML, "text/html; charset=utf-8"),
)
_EVIL = "Content-Type: text/html\r\n\r\n<p>evil</p>\r\n"
_PARAMETER = 'boundary="b1"'


def _body(inserted: str) -> bytes:
    """Return the appointment with lines in the middle of its plain text."""
    return replaced(APPOINTMENT, "\r\nQuestions?", f"\r\n{inserted}\r\nQuestions?")


def _nested(inner: str, outer: str = "b1") -> bytes:
    """Return the appointment with its alternatives inside of a multipart/mixed."""
    parts = "".join(f"--{inner}\n{one}\n" for one in (_TEXT, _HTML))
    nested = f'Content-Type: multipart/alternative; boundary="{inner}"\n\n{parts}--{inner}--\n'
    return good.multipart(nested, kind="mixed", boundary=outer)


_LONG = "x" * 70
BOUNDARIES = {
    **each(
        "mime.boundary_missing",
        {
            "no boundary": replaced(APPOINTMENT, f"; {_PARAMETER}", ""),
            "an empty boundary": replaced(APPOINTMENT, _PARAMETER, 'boundary=""'),
        }.items(),
    ),
    **each(
        "mime.boundary_characters",
        {
            "a boundary of 71": good.multipart(_TEXT, _HTML, boundary=_LONG + "x"),
            "a boundary that ends with a blank": replaced(
                APPOINTMENT, _PARAMETER, 'boundary="b1 "'
            ),
            "a boundary that begins with a blank": replaced(
                APPOINTMENT, _PARAMETER, 'boundary=" b1"'
            ).replace(b"--b1", b"-- b1"),
            "a boundary of a blank": replaced(APPOINTMENT, _PARAMETER, 'boundary=" "'),
            "a boundary with a quote": good.multipart(_TEXT, _HTML).replace(b'"b1"', b'"b1\\"x"'),
            "a boundary with a letter beyond ASCII": replaced(
                APPOINTMENT, _PARAMETER, 'boundary="b1\u00fc"'
            ),
            "a boundary with a tab": replaced(APPOINTMENT, _PARAMETER, 'boundary="b\t1"'),
            "a boundary with a bracket": good.multipart(_TEXT, _HTML, boundary="<b1>"),
            "a boundary with an asterisk": good.multipart(_TEXT, _HTML, boundary="b*1"),
            "a boundary that is an encoded word": replaced(
                APPOINTMENT, _PARAMETER, 'boundary="=?utf-8?q?b1=21?=!"'
            ),
        }.items(),
    ),
    **each(
        "mime.boundary_absent",
        {
            "a boundary that does not occur": replaced(APPOINTMENT, _PARAMETER, 'boundary="c1"'),
            "delimiters with one dash": APPOINTMENT.replace(b"--b1", b"-b1"),
            "a boundary in other quotes": replaced(APPOINTMENT, _PARAMETER, "boundary='b1'"),
            "no body": APPOINTMENT.partition(b"\r\n\r\n")[0] + b"\r\n\r\n",
            "quotes around the boundary in the delimiters": APPOINTMENT.replace(b"--b1", b'--"b1"'),
        }.items(),
    ),
    **each(
        "mime.boundary_unclosed",
        {
            "no closing delimiter": replaced(APPOINTMENT, "--b1--\r\n", ""),
            "cut in the HTML": APPOINTMENT[: APPOINTMENT.index(b"MyHealth team</p>")],
            "a delimiter in place of the closing one": replaced(APPOINTMENT, "--b1--", "--b1"),
            "an inner multipart that is not closed": replaced(_nested("i2"), "--i2--\r\n", ""),
        }.items(),
    ),
    **each(
        "mime.boundary_lookalike",
        {
            "a prefix of another boundary": _body(f"--b1x\r\n{_EVIL}"),
            "a delimiter in capitals": _body(f"--B1\r\n{_EVIL}"),
            "a blank before a delimiter": _body(f" --b1\r\n{_EVIL}"),
            "a tab before a delimiter": _body(f"\t--b1\r\n{_EVIL}"),
            "a blank behind a delimiter": _body(f"--b1 \r\n{_EVIL}"),
            "a tab behind a delimiter": _body(f"--b1\t\r\n{_EVIL}"),
            "text behind a delimiter": _body(f"--b1 x\r\n{_EVIL}"),
            "one dash behind a delimiter": _body(f"--b1-\r\n{_EVIL}"),
            "three dashes behind a delimiter": _body(f"--b1---\r\n{_EVIL}"),
            "text behind a closing delimiter": _body(f"--b1--x\r\n{_EVIL}"),
            "a comment behind a delimiter": _body(f"--b1 (x)\r\n{_EVIL}"),
            "a header behind a delimiter": _body("--b1 Content-Type: text/html\r\n\r\nx"),
            "a form feed behind a delimiter": _body(f"--b1\x0c\r\n{_EVIL}"),
            "a no-break space behind a delimiter": _body(f"--b1\u00a0\r\n{_EVIL}"),
            "a blank behind the first delimiter": replaced(APPOINTMENT, "--b1\r\n", "--b1 \r\n"),
            "a blank behind the closing delimiter": replaced(APPOINTMENT, "--b1--", "--b1-- "),
            "text behind the closing delimiter": replaced(APPOINTMENT, "--b1--", "--b1--x"),
            "delimiters in other case": replaced(APPOINTMENT, _PARAMETER, 'boundary="B1"'),
            "an inner boundary that begins like the outer": _nested("b1inner"),
            "an inner boundary that is the outer in capitals": _nested("B1"),
            "a blank before the closing delimiter": replaced(APPOINTMENT, "--b1--", " --b1--"),
            "a delimiter in an HTML comment": replaced(
                APPOINTMENT, "<p>Dear", f"<!--\r\n--b1 -->\r\n{_EVIL}<p>Dear"
            ),
        }.items(),
    ),
    **each(
        "mime.boundary_nested",
        {
            "an inner boundary that is the outer": _nested("b1"),
            "an inner boundary that begins the outer": _nested("b", "b1"),
        }.items(),
    ),
    **each(
        "mime.boundary_doubled",
        {
            "two delimiters at once": replaced(APPOINTMENT, "--b1\r\n", "--b1\r\n--b1\r\n"),
            "a closing delimiter at once": replaced(
                APPOINTMENT, "--b1--\r\n", "--b1\r\n--b1--\r\n"
            ),
        }.items(),
    ),
    "a boundary over two lines": (
        "mime.boundary_folded",
        replaced(APPOINTMENT, _PARAMETER, 'boundary="b\r\n 1"').replace(b"--b1", b"--b 1"),
    ),
    "a boundary over two lines, read without the blank": (
        "mime.boundary_folded",
        replaced(APPOINTMENT, _PARAMETER, 'boundary="b\r\n 1"'),
    ),
    "a boundary of a text": (
        "mime.boundary_unexpected",
        with_header("Content-Type", "text/plain; charset=utf-8; boundary=b1"),
    ),
    "a boundary of a text in a part": (
        "mime.boundary_unexpected",
        replaced(APPOINTMENT, "text/plain; charset=utf-8", "text/plain; charset=utf-8; boundary=i"),
    ),
    "a closing delimiter in the header": (
        "mail.header_line",
        replaced(
            good.multipart(_TEXT, _HTML, boundary="b:1"),
            "\r\n\r\n--b:1",
            "\r\n--b:1--\r\n\r\n--b:1",
        ),
    ),
    "a delimiter in the header of a part": (
        "mail.header_line",
        replaced(good.multipart(_TEXT, _HTML, boundary="b:1"), "8bit\r\n", "8bit\r\n--i:1\r\n"),
    ),
    "a closing delimiter first": (
        "mime.boundary_no_part",
        replaced(APPOINTMENT, "\r\n\r\n--b1\r\n", "\r\n\r\n--b1--\r\n--b1\r\n"),
    ),
    **each(
        "mime.boundary_after_close",
        {
            "a part below the end": APPOINTMENT + f"--b1\r\n{_EVIL}--b1--\r\n".encode(),
            "a delimiter below the end": APPOINTMENT + b"--b1\r\n",
            "an inner boundary with dashes behind the outer": _nested("b1--"),
            "a second end": APPOINTMENT + b"--b1--\r\n",
            "a delimiter in capitals below the end": APPOINTMENT + b"--B1\r\n",
            "the end in the middle": _body("--b1--"),
            "an inner delimiter below the inner end": replaced(
                _nested("i2"), "--i2--\r\n", f"--i2--\r\n--i2\r\n{_EVIL}--i2--\r\n"
            ),
        }.items(),
    ),
    **each(
        "mime.part_header",
        {
            "no blank line in a part": good.multipart("Content-Type: text/plain", _HTML),
            "a part of one line": good.multipart("Hello", _TEXT, _HTML),
        }.items(),
    ),
    **each(
        "mime.part_header_shown",
        {
            f"{name} in the header of a part": good.multipart(f"{name}: {body}\n{_TEXT}", _HTML)
            for name, body in (
                ("Subject", "You are infected"),
                ("From", "Evil <x@evil.example>"),
                ("Reply-To", "x@evil.example"),
                ("To", "b@dest.example"),
                ("Date", "You are infected"),
            )
        }.items(),
    ),
    "a line in a part's header that is no field": (
        "mail.header_line",
        good.multipart(f"You are infected\n{_TEXT}", _HTML),
    ),
    "a blank before the colon in a part": (
        "mail.header_line",
        replaced(APPOINTMENT, "--b1\r\nContent-Type:", "--b1\r\nContent-Type :"),
    ),
    "a folded line of blanks in a part": (
        "mail.header_fold",
        replaced(APPOINTMENT, "--b1\r\nContent-Type:", "--b1\r\nX: x\r\n \r\nContent-Type:"),
    ),
}

_AROUND_HELD = {
    "mime.preamble": (
        "You are infected",
        "<p>You are infected</p>",
        "This is a multi-part message in MIME format. You are infected.",
        "This message is in MIME format. Since you are infected, call 03-8881 0299",
        "If you are reading this you are infected",
        "This is a multi-part message in MIME format. See evil.example",
        "Content-Type: text/html\r\n\r\n<p>evil</p>",
        "Subject: You are infected",
        "-- \r\nYou are infected",
        "b1",
        "-b1",
        ".",
        "This is a multi-part message in MIME format.\r\n\r\n" * 9,
    ),
    "mime.epilogue": (
        "You are infected",
        "<p>You are infected</p>",
        "-- \r\nSent by evil.example",
        ".",
        "\r\n\r\n\r\nYou are infected",
        "=20",
        "--b2\r\n\r\nYou are infected\r\n--b2--",
        "begin 644 evil.exe\r\n#0V%T\r\n`\r\nend",
    ),
}

# Real courtesy lines, and from whom.
_COURTESY = {
    "Outlook": "This is a multi-part message in MIME format.",
    "Thunderbird, two lines": "This is a multi-part message in MIME format.\r\n",
    "Lotus Domino": "This is a multipart message in MIME format.",
    "qmail": "This is a multi-part message in MIME format",
    "Sendmail": "This is a MIME-encapsulated message",
    "Postfix": "This is a MIME-encapsulated message.",
    "Horde": "This message is in MIME format.",
    "Alpine": (
        "  This message is in MIME format.  The first part should be readable text,\r\n"
        "  while the remaining parts are likely unreadable without MIME-aware tools."
    ),
    "Exchange 5.5": (
        "This message is in MIME format. Since your mail reader does not understand\r\n"
        "this format, some or all of this message may not be legible."
    ),
    "Entourage": (
        "> This message is in MIME format. Since your mail reader does not understand\r\n"
        "this format, some or all of this message may not be legible."
    ),
    "Courier": (
        "This is a MIME-formatted message.  If you see this text it means that your\r\n"
        "E-mail software does not support MIME-formatted messages."
    ),
    "Perl's MIME::Entity": "This is a multi-part message in MIME format...\r\n",
    "the book of Python": "This is a message with multiple parts in MIME format.",
    "a German program": "Dies ist eine mehrteilige Nachricht im MIME-Format.",
    "AspEmail": (
        "This part of the E-mail should never be seen. If\r\n"
        "you are reading this, consider upgrading your e-mail\r\n"
        "client to a MIME-compatible client."
    ),
    "Lotus Notes": "Mime-Version: 1.0",
    "laminas-mime": (
        "This is a message in Mime Format.  If you see this, your mail reader does not support"
        " this format."
    ),
    "CodeIgniter": (
        "This is a multi-part message in MIME format.\r\n"
        "Your email application may not support this format."
    ),
    "a PHP script": "If you are reading this, your mail client does not support MIME.",
    "nothing but empty lines": "\r\n\r\n",
}
_BOUNDARIES = {
    "Outlook": "----=_NextPart_000_0012_01D76101.5E1B6C40",
    "Exchange": "_000_SG2PR01MB2345ABCDEF0123456789_",
    "Gmail": "00000000000053d8a505c4b1f5a2",
    "Apple Mail": "Apple-Mail=_0E6F0A1B-5C3D-4F8E-9A7B-1C2D3E4F5A6B",
    "Thunderbird": "------------0mYQ0vJ8zX0n1sUeJ9pQ0r3K",
    "JavaMail": "----=_Part_12_1234567.1623628800000",
    "PHPMailer": "b1_3b0c6e6f1d5a4e8f9c7b2a1d0e9f8c7b",
    "SwiftMailer": "_=_swift_1623628800_0123456789abcdef0123456789abcdef_=_",
    "Symfony": "Ab3dEf_1",
    "nodemailer": "--_NmP-0a1b2c3d4e5f6071-Part_1",
    "Python": "===============0123456789012345678==",
    "Ruby": "--==_mimepart_60c6a0f0a1b2c_1a2b3c4d5e6f70812",
    "MimeKit": "=-0a1B2c3D4e5F6g7H8i9J0k==",
    ".NET": "--boundary_1_0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
    "Go": "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7",
    "Perl": "_----------=_162362880012340",
    "Lotus": "=_alternative 004F1D0A482586F4_=",
    "Mutt": "7JfCtLOvnd9MIVvH",
    "KMail": "nextPart1234567.aBcDeFgHiJ",
    "SES": "----=_Part_123456_987654321.1623628800000",
    "Mandrill": "_av-AbCdEfGhIjKlMnOpQrStUv",
    "SendGrid": "0123456789abcdef0123456789abcdef01234567",
    "Postfix": "4G3xYz1AbCdEf.1623628800/mail.health.example",
    "Sendmail": "15E00AbC012345.1623628800/mail.health.example",
    "70 characters": _LONG,
    "everything that is allowed": "'()+_,-./:=? 0aZ",
    "one character": "x",
    "two dashes": "--",
}
GOOD_AROUND = {
    **{
        f"the courtesy line of {who}": replaced(
            APPOINTMENT, "\r\n\r\n--b1", f"\r\n\r\n{line}\r\n--b1"
        )
        for who, line in _COURTESY.items()
    },
    "empty lines below": APPOINTMENT + b"\r\n\r\n\r\n",
    "blanks below": APPOINTMENT + b"  \r\n",
    "no line end below": APPOINTMENT[:-2],
    "no preamble at all": replaced(APPOINTMENT, "\r\n\r\n--b1", "\r\n\r\n--b1"),
    "a line of dashes in the text": good.appointment(
        text=good.APPOINTMENT_TEXT.replace("\n\n", "\n \n")
    ),
    "nested in mixed": _nested("i2"),
    "a date and an id in the header of a part": good.multipart(
        "Date: Mon, 14 Jun 2021 08:00:00 +0800\nMIME-Version: 1.0\n"
        f"Message-ID: <2@health.example>\n{_TEXT}",
        _HTML,
    ),
    "nested, with a boundary of another length": _nested("x1b1"),
}


def samples() -> Iterator[Sample]:
    """Yield what is wrong with the lines that part a multipart, and what is around its parts."""
    yield from hostile(FAMILY, BOUNDARIES)
    for because, texts in _AROUND_HELD.items():
        for number, text in enumerate(texts):
            above = replaced(APPOINTMENT, "\r\n\r\n--b1", f"\r\n\r\n{text}\r\n--b1")
            content = above if because == "mime.preamble" else APPOINTMENT + f"{text}\r\n".encode()
            yield Sample(AROUND, f"{because} {number}: {ascii(text)[:60]}", content, because)
    yield from legitimate(AROUND, GOOD_AROUND)
    for who, boundary in _BOUNDARIES.items():
        content = good.multipart(_TEXT, _HTML, boundary=boundary)
        yield Sample(FAMILY, f"a boundary of {who}", content)
