"""Line ends, NUL, lengths and counts: what comes before any header is read."""

from __future__ import annotations

from collections.abc import Iterator

from filter.reading.raw import MAX_HEADER_FIELDS, MAX_LINE_BYTES
from tests.battery import good
from tests.battery.change import (
    APPOINTMENT,
    CODE,
    each,
    hostile,
    legitimate,
    replaced,
    with_field,
)
from tests.battery.sample import Sample

FAMILY = "raw/lines"
COUNTS = "raw/counts"
REPEATED = "raw/repeated headers"
SYNTAX = "raw/header syntax"

_SMUGGLED = (
    "MAIL FROM:<a@evil.example>\r\nRCPT TO:<b@dest.example>\r\nDATA\r\nSubject: x\r\n\r\nevil"
)

LINES = {
    **each(
        "mail.bare_newline",
        {
            "all line ends are LF": CODE.replace(b"\r\n", b"\n"),
            "all line ends are CR": CODE.replace(b"\r\n", b"\r"),
            "an LF in the body": replaced(CODE, b"Never", b"\nNever"),
            "a CR in the body": replaced(CODE, b"Never", b"\rNever"),
            "CR CR LF at the end of a line": replaced(CODE, b"share it.\r\n", b"share it.\r\r\n"),
            "LF CR": replaced(CODE, b"share it.\r\n", b"share it.\n\r"),
            "an LF in the subject": replaced(CODE, b"sign-in code\r\n", b"sign-in\n code\r\n"),
            "a CR in the subject": replaced(CODE, b"sign-in code\r\n", b"sign-in\r code\r\n"),
            "a CR between two headers": replaced(CODE, b"\r\nSubject", b"\rSubject"),
            "an LF between two headers": replaced(CODE, b"\r\nSubject", b"\nSubject"),
            "the header ends with LF LF": replaced(CODE, b"\r\n\r\n", b"\n\n"),
            "the header ends with CR LF LF": replaced(CODE, b"\r\n\r\n", b"\r\n\n"),
            "the header ends with LF CR LF": replaced(CODE, b"\r\n\r\n", b"\n\r\n"),
            "the header ends with CR CR": replaced(CODE, b"\r\n\r\n", b"\r\r"),
            "the last octet is a CR": CODE + b"\r",
            "the last octet is an LF": CODE + b"\n",
            "the first octet is an LF": b"\n" + CODE,
            "delimiters end with LF": APPOINTMENT.replace(b"--b1\r\n", b"--b1\n"),
            "the closing delimiter ends with LF": replaced(APPOINTMENT, b"--b1--\r\n", b"--b1--\n"),
            "LF dot LF and commands": CODE + f"\n.\n{_SMUGGLED}".encode(),
            "LF dot CR LF and commands": CODE + f"\n.\r\n{_SMUGGLED}".encode(),
            "CR dot CR and commands": CODE + f"\r.\r{_SMUGGLED}".encode(),
            "CR LF dot CR and commands": CODE + f"\r\n.\r{_SMUGGLED}".encode(),
            "CR LF dot LF and commands": CODE + f"\r\n.\n{_SMUGGLED}".encode(),
            "an LF inside of base64": good.mail("SGVsbG8=\n", encoding="base64").replace(
                b"VsbG8", b"Vsb\nG8"
            ),
        }.items(),
    ),
    **each(
        "mail.nul",
        {
            "NUL in the body": replaced(CODE, b"Never", b"\0Never"),
            "NUL at the end": CODE + b"\0\r\n",
            "NUL in the subject": replaced(CODE, b"sign-in code", b"sign-in code\0"),
            "NUL in From": replaced(CODE, b"<no-reply@", b"<no-reply\0@"),
            "NUL behind a header name": replaced(CODE, b"Subject:", b"Subject\0:"),
            "NUL in a boundary": replaced(APPOINTMENT, b'boundary="b1"', b'boundary="b1\0"'),
            "NUL behind a delimiter": replaced(APPOINTMENT, b"--b1\r\n", b"--b1\0\r\n"),
            "NUL in a type": replaced(CODE, b"text/plain", b"text/plain\0"),
        }.items(),
    ),
    **each(
        "mail.line_length",
        {
            "999 octets in the body": good.mail(good.CODE_TEXT.ljust(MAX_LINE_BYTES + 1) + "\n"),
            "999 octets without a line end": good.mail(good.CODE_TEXT.ljust(MAX_LINE_BYTES + 1)),
            "999 octets in a header": with_field("X-Pad: " + "x" * (MAX_LINE_BYTES - 6)),
            "100,000 octets in the body": good.mail(good.CODE_TEXT.ljust(100_000) + "\n"),
            "999 octets in letters of two": good.mail(
                good.CODE_TEXT + "\n" + "\u00a0" * (MAX_LINE_BYTES // 2 + 1) + "\n"
            ),
            "HTML in one line": good.appointment(
                good.APPOINTMENT_HTML.replace("\n", " ").replace("</p>", "</p>" + " " * 200)
            ),
            "base64 in one line": good.mail("SGVsbG8g" * 200 + "\n", encoding="base64"),
        }.items(),
    ),
}

COUNTED = {
    **each(
        "mail.header_size",
        {
            "more fields than are read": with_field(
                "\r\n".join(f"X-{n}: x" for n in range(MAX_HEADER_FIELDS + 1))
            ),
            "a field of 40 kB": with_field("X-Pad: x" + ("\r\n " + "x" * 900) * 45),
            "a header larger than is read": with_field(
                "\r\n".join(f"X-{n}: " + "x" * 980 for n in range(280))
            ),
        }.items(),
    ),
}

_SECOND = {
    "From": "Evil <x@evil.example>",
    "To": "b@dest.example",
    "Cc": "b@dest.example\r\nCc: c@dest.example",
    "Bcc": "b@dest.example\r\nBcc: c@dest.example",
    "Subject": "You are infected",
    "Date": "Mon, 14 Jun 2021 08:00:00 +0800",
    "Reply-To": "help@health.example\r\nReply-To: help@health.example",
    "Sender": "no-reply@health.example\r\nSender: x@evil.example",
    "Message-ID": "<2@health.example>",
    "In-Reply-To": "<2@health.example>\r\nIn-Reply-To: <3@health.example>",
    "References": "<2@health.example>\r\nReferences: <3@health.example>",
    "MIME-Version": "1.0",
    "Content-Type": "text/html; charset=utf-8",
    "Content-Transfer-Encoding": "base64",
    "Content-Disposition": "inline\r\nContent-Disposition: inline",
    "Content-ID": "<a@health.example>\r\nContent-ID: <b@health.example>",
    "Content-Description": "text\r\nContent-Description: text",
    "Content-Language": "en\r\nContent-Language: ms",
    "List-Unsubscribe": "<https://www.health.example/unsubscribe/a>\r\n"
    "List-Unsubscribe: <https://www.health.example/unsubscribe/b>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    "List-Id": "<a.health.example>\r\nList-Id: <b.health.example>",
    "Disposition-Notification-To": "no-reply@health.example\r\n"
    "Disposition-Notification-To: no-reply@health.example",
    "Thread-Topic": "Your sign-in code\r\nThread-Topic: Your sign-in code",
}


def _repeated() -> dict[str, tuple[str, bytes]]:
    table = {
        f"a second {name}": ("mail.header_repeated", with_field(f"{name}: {body}"))
        for name, body in _SECOND.items()
    }
    at_end = CODE.replace(b"\r\n\r\n", b"\r\nSUBJECT: Your sign-in code\r\n\r\n", 1)
    table["the same subject twice, in capitals"] = ("mail.header_repeated", at_end)
    table["two types in a part"] = (
        "mail.header_repeated",
        replaced(APPOINTMENT, b"--b1\r\n", b"--b1\r\nContent-Type: text/plain\r\n"),
    )
    table["two encodings in a part"] = (
        "mail.header_repeated",
        replaced(APPOINTMENT, b"--b1\r\n", b"--b1\r\nContent-Transfer-Encoding: 7bit\r\n"),
    )
    return table


_HEADER_SYNTAX = {
    **each(
        "mail.header_line",
        {
            "a blank before the colon": with_field("Subject : You are infected"),
            "a tab before the colon": with_field("Subject\t: You are infected"),
            "a blank before the colon of the only subject": replaced(CODE, "Subject:", "Subject :"),
            "a line without a colon": with_field("You are infected"),
            "an empty name": with_field(": You are infected"),
            "a blank in a name": with_field("Sub ject: You are infected"),
            "a name in Cyrillic": with_field("Subje\u0441t: You are infected"),
            "a no-break space behind a name": with_field("Subject\u00a0: You are infected"),
            "an octet of no UTF-8 in a name": with_field(b"Subject\xa0: You are infected"),
            "a control character in a name": with_field(b"Subject\x08: You are infected"),
            "an mbox line above the header": with_field("From x@evil.example Mon Jun 14 2021"),
            "a colon on the next line": with_field("From\r\n : Evil <x@evil.example>"),
            "a delimiter in the header": with_field("--b1"),
            "a byte order mark above the header": b"\xef\xbb\xbf" + CODE,
            "an HTTP request line": with_field("POST / HTTP/1.1"),
        }.items(),
    ),
    **each(
        "mail.header_fold",
        {
            "a blank before the first header": b" " + CODE,
            "a tab before the first header": b"\t" + CODE,
            "a line of blanks in the subject": replaced(CODE, "Your sign", "\r\n \r\n Your sign"),
            "a line of blanks behind the subject": replaced(CODE, "code\r\n", "code\r\n \r\n"),
            "a line with a tab behind the subject": replaced(CODE, "code\r\n", "code\r\n\t\r\n"),
            "a line of blanks at the end": replaced(CODE, b"\r\n\r\n", b"\r\n \r\n\r\n"),
            "a line of blanks for the end": replaced(CODE, b"\r\n\r\n", b"\r\n  \r\n"),
            "a blank before a second From": with_field(" From: Evil <x@evil.example>"),
        }.items(),
    ),
    **each(
        "mail.header_control",
        {
            f"the control character {code:02X} in the subject": replaced(
                CODE, b"sign-in code", b"sign-in code" + bytes([code])
            )
            for code in (0x01, 0x07, 0x08, 0x0B, 0x0C, 0x1B, 0x1F, 0x7F)
        }.items(),
    ),
    **each(
        "mail.header_bytes",
        {
            "Latin-1 in the subject": replaced(CODE, b"sign-in", b"sign-\xfcn"),
            "Latin-1 in a display name": replaced(CODE, b"MyHealth", b"MyH\xe9alth"),
            "overlong UTF-8 in the subject": replaced(CODE, b"sign-in", b"sign\xc0\xadin"),
            "a surrogate in the subject": replaced(CODE, b"sign-in", b"sign\xed\xa0\x80in"),
        }.items(),
    ),
    "a header that does not end": ("mail.header_unfinished", CODE.partition(b"\r\n\r\n")[0]),
    "no body": ("template.none", CODE.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"),
    "C1 controls in the subject": (
        "text.invisible",
        replaced(CODE, "sign-in code", "sign-in code\u0085"),
    ),
}
GOOD_LINES = {
    "998 octets in the body": good.mail(good.CODE_TEXT.ljust(MAX_LINE_BYTES) + "\n"),
    "998 octets without a line end": good.mail(good.CODE_TEXT.ljust(MAX_LINE_BYTES)),
    "998 octets in a header": with_field("X-Pad: " + "x" * (MAX_LINE_BYTES - 7)),
    "no line end at the end": CODE.rstrip(b"\r\n"),
    "empty lines at the end": CODE + b"\r\n" * 5,
    "blanks at the ends of lines": replaced(CODE, b"share it.", b"share it.   "),
    "empty lines before the text": good.mail("\n\n" + good.CODE_TEXT),
    "a line per word": good.mail(good.CODE_TEXT.replace(" ", "\n")),
    "400 machine headers": with_field("\r\n".join(f"X-{n}: x" for n in range(400))),
    "References of 8 kB": with_field(
        "References:" + "".join(f"\r\n <{n:040d}@health.example>" for n in range(150))
    ),
}
GOOD_SYNTAX = {
    "no blank behind the colon": CODE.replace(b"Subject: ", b"Subject:"),
    "a tab behind the colon": CODE.replace(b"Subject: ", b"Subject:\t"),
    "names in capitals": CODE.replace(b"Subject:", b"SUBJECT:").replace(b"From:", b"FROM:"),
    "names in small letters": CODE.replace(b"MIME-Version", b"mime-version"),
    "a subject on the next line": CODE.replace(b"Subject: ", b"Subject:\r\n "),
    "a subject folded with a tab": CODE.replace(b"sign-in code", b"sign-in\r\n\tcode"),
    "blanks behind a subject": CODE.replace(b"sign-in code\r\n", b"sign-in code  \r\n"),
    "an empty machine header": with_field("X-Empty:"),
    "octets of no UTF-8 in a machine header": with_field(b"X-Agent: Gr\xfc\xdfe"),
    "machine headers that come twice": with_field(
        "Received: from a.health.example by b.health.example; Mon, 14 Jun 2021 08:00:00 +0800\r\n"
        "Received: from b.health.example by c.health.example; Mon, 14 Jun 2021 08:00:01 +0800\r\n"
        "DKIM-Signature: v=1; d=health.example\r\nDKIM-Signature: v=1; d=relay.example"
    ),
    "odd but legal names": with_field("X_Under.Score!: x\r\n>From: x"),
}


def samples() -> Iterator[Sample]:
    """Yield what the first look at the octets must refuse, and what it must not."""
    yield from hostile(FAMILY, LINES)
    yield from hostile(COUNTS, COUNTED)
    yield from hostile(REPEATED, _repeated())
    yield from hostile(SYNTAX, _HEADER_SYNTAX)
    yield from legitimate(FAMILY, GOOD_LINES)
    yield from legitimate(SYNTAX, GOOD_SYNTAX)
