"""Transfer encodings: every way to write one that is legal, and what decoders take differently."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Iterator

from tests.battery import good
from tests.battery.change import each, hostile, legitimate, replaced
from tests.battery.sample import Sample

FAMILY = "mime/transfer encodings"
_TEXT = good.CODE_TEXT + "\n"
_B64 = base64.b64encode(good.crlf(_TEXT)).decode()
_PLAIN_B64 = base64.b64encode(b"x").decode()


def _base64(body: str) -> bytes:
    return good.mail(body, encoding="base64")


def _quoted(body: str) -> bytes:
    return good.mail(body, encoding="quoted-printable")


def _lines(text: str, width: int) -> str:
    return "".join(text[i : i + width] + "\n" for i in range(0, len(text), width))


def _escape_all(text: str, width: int = 24) -> str:
    escaped = [f"={octet:02X}" for octet in good.crlf(text)]
    return "=\n".join("".join(escaped[i : i + width]) for i in range(0, len(escaped), width))


# A text whose base64 ends with padding, and one whose last letters can be changed without effect.
_PADDED = base64.b64encode(good.CODE_TEXT.encode() + b"  ").decode()
while not _PADDED.endswith("="):
    _PADDED = base64.b64encode(base64.b64decode(_PADDED) + b" ").decode()
_WHOLE = _PADDED.rstrip("=")
_LAST = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_STRAY = _WHOLE[:-1] + _LAST[_LAST.index(_WHOLE[-1]) + 1] + "=" * (len(_PADDED) - len(_WHOLE))

HELD = {
    **each(
        "mime.encoding_base64",
        {
            "no padding": _base64(_WHOLE + "\n"),
            "too much padding": _base64(_PADDED + "=\n"),
            "padding in the middle": _base64(f"{_PLAIN_B64}{_B64}\n"),
            "padding at the start": _base64(f"={_B64}\n"),
            "padding of a line of its own": _base64(f"====\n{_B64}\n"),
            "two encodings one behind the other": _base64(f"{_PADDED}\n{_PADDED}\n"),
            "an asterisk": _base64(_B64[:20] + "*" + _B64[20:] + "\n"),
            "a dash of base64url": _base64(_B64[:20] + "-" + _B64[21:] + "\n"),
            "a blank in a line": _base64(_B64[:20] + " " + _B64[20:] + "\n"),
            "a tab in a line": _base64(_B64[:20] + "\t" + _B64[20:] + "\n"),
            "a blank at the end of a line": _base64(_lines(_B64, 40).replace("\n", " \n")),
            "a blank before a line": _base64(" " + _B64 + "\n"),
            "text below": _base64(f"{_B64}\n\nYou are infected\n"),
            "text above": _base64(f"You are infected\n\n{_B64}\n"),
            "a comment": _base64(f"# base64\n{_B64}\n"),
            "a PEM armour": _base64(f"-----BEGIN-----\n{_B64}\n-----END-----\n"),
            "a dot below": _base64(f"{_B64}\n.\n"),
            "cut short": _base64(_B64[:-3] + "\n"),
            "one letter": _base64("A\n"),
            "a letter beyond ASCII": _base64(_B64[:20] + "\u00e9" + _B64[20:] + "\n"),
            "full-width letters": _base64("\uff33" + _B64[1:] + "\n"),
            "a vertical tab": _base64(_B64[:20] + "\x0b" + _B64[20:] + "\n"),
            "plain text labelled base64": _base64(_TEXT),
            "quoted-printable labelled base64": _base64(_TEXT.replace("e", "=65")),
            "a soft break of quoted-printable": _base64(_B64[:20] + "=\n" + _B64[20:] + "\n"),
            "a percent sign": _base64(_B64[:20] + "%3D" + _B64[20:] + "\n"),
        }.items(),
    ),
    "stray bits at the end": ("mime.encoding_base64_bits", _base64(_STRAY + "\n")),
    "encoded twice": (
        "template.none",
        _base64(base64.b64encode(_B64.encode()).decode() + "\n"),
    ),
    "base64 labelled 7bit": ("template.none", good.mail(_B64 + "\n", encoding="7bit")),
    "base64 without a label": ("template.none", good.mail(_B64 + "\n", encoding="")),
    **each(
        "mime.encoding_quoted_escape",
        {
            "small letters": _quoted(_TEXT.replace("H", "=c3=a9H")),
            "a capital and a small letter": _quoted(_TEXT.replace(",", "=2c")),
            "no hexadecimal digits": _quoted(_TEXT.replace(",", "=ZZ,")),
            "one digit": _quoted(_TEXT.replace(",", "=2 ,")),
            "an equals sign alone": _quoted(_TEXT.replace(",", "= ,")),
            "two equals signs": _quoted(_TEXT.replace(",", "==2C")),
            "an equals sign at the very end": _quoted(good.CODE_TEXT + "="),
            "an escape cut at the very end": _quoted(good.CODE_TEXT + "=2"),
            "an escape over a line end": _quoted(_TEXT.replace(",", "=2\nC")),
            "u escapes": _quoted(_TEXT.replace(",", "=u002C")),
        }.items(),
    ),
    **each(
        "mime.encoding_quoted_blanks",
        {
            "a blank behind a soft break": _quoted(_TEXT.replace("your", "your=  \n", 1)),
            "a tab behind a soft break": _quoted(_TEXT.replace("your", "your=\t\n", 1)),
            "a blank at the end of a line": _quoted(_TEXT.replace(" your", " \nyour", 1)),
            "a tab at the end of a line": _quoted(_TEXT.replace(" your", "\t\nyour", 1)),
            "a blank at the very end": _quoted(_TEXT + " "),
        }.items(),
    ),
    **each(
        "mime.encoding_quoted_bytes",
        {
            "bare UTF-8": _quoted(_TEXT.replace("Hello", "Hell\u00f6")),
            "a full-width digit": _quoted(_TEXT.replace(",", "=\uff12C")),
            "a form feed": _quoted(_TEXT.replace(",", "\x0c,")),
            "an escape character": _quoted(_TEXT.replace(",", "\x1b,")),
            "a delete character": _quoted(_TEXT.replace(",", "\x7f,")),
        }.items(),
    ),
    "encoded twice in quoted-printable": (
        "template.none",
        _quoted(_TEXT.replace(",", "=3D2C")),
    ),
    "a soft break that joins words": (
        "template.none",
        _quoted(_TEXT.replace(" your", "=\nyour", 1)),
    ),
    "a hidden NUL": ("text.invisible", _quoted(_TEXT.replace(",", ",=00"))),
    "a hidden escape sequence": ("text.invisible", _quoted(_TEXT.replace(",", ",=1B[2J"))),
    "a hidden backspace": ("text.invisible", _quoted(_TEXT.replace(",", ",=08"))),
    "8 bits labelled 7bit": (
        "mime.encoding_eight_bit",
        good.mail(_TEXT.replace("Aisha", "A\u00efsha"), encoding="7bit"),
    ),
    "8 bits labelled 7bit in a part": (
        "mime.encoding_eight_bit",
        replaced(
            good.appointment(
                text=good.APPOINTMENT_TEXT.replace("Aisha", "A\u00efsha"),
                html=good.APPOINTMENT_HTML.replace("Aisha", "A\u00efsha"),
            ),
            "Encoding: 8bit",
            "Encoding: 7bit",
        ),
    ),
    "uuencoded text inside": (
        "template.none",
        good.mail(_TEXT + "\nbegin 644 evil.exe\n#0V%T\n`\nend\n"),
    ),
    "yEnc inside": (
        "template.none",
        good.mail(_TEXT + "\n=ybegin line=128 size=3 name=evil.exe\nabc\n=yend size=3\n"),
    ),
    "BinHex inside": (
        "template.none",
        good.mail(_TEXT + "\n(This file must be converted with BinHex 4.0)\n:abc:\n"),
    ),
    "an armoured message inside": (
        "template.none",
        good.mail(_TEXT + "\n-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----\n"),
    ),
    "a mail inside": (
        "template.none",
        good.mail(_TEXT + "\nFrom: Evil <x@evil.example>\nSubject: evil\n\nYou are infected\n"),
    ),
}

_LATIN = _TEXT.replace("Aisha", "A\u00efsha")
PASS = {
    **{
        f"base64 in lines of {width}": _base64(_lines(_B64, width))
        for width in (1, 4, 57, 60, 64, 72, 73, 76, 77, 100, 500, 990)
    },
    "base64 without a line end": _base64(_B64),
    "base64 with empty lines": _base64("\n" + _lines(_B64, 40).replace("\n", "\n\n") + "\n\n"),
    "base64 with one sign of padding or two": _base64(_PADDED + "\n"),
    "base64 of LF line ends": _base64(base64.b64encode(_TEXT.encode()).decode()),
    "base64 of UTF-8": _base64(base64.b64encode(good.crlf(_LATIN)).decode()),
    "base64 of UTF-8 with a byte order mark": _base64(
        base64.b64encode(b"\xef\xbb\xbf" + good.crlf(_LATIN)).decode()
    ),
    "base64 with a name in capitals": good.mail(_B64, encoding="BASE64"),
    "quoted-printable with nothing to quote": _quoted(_TEXT),
    "quoted-printable by quopri": _quoted(quopri.encodestring(_LATIN.encode()).decode()),
    "quoted-printable, every octet": _quoted(_escape_all(_LATIN)),
    "quoted-printable, one octet a line": _quoted(_escape_all(_TEXT, 1)),
    "quoted-printable in lines of 900": _quoted(_escape_all(_LATIN, 300)),
    "quoted-printable with soft breaks in words": _quoted(_TEXT.replace("sign", "si=\ngn")),
    "quoted-printable with a soft break at the end": _quoted(_TEXT + "=\n"),
    "quoted-printable with empty soft breaks": _quoted("=\n=\n" + _TEXT),
    "quoted-printable with blanks quoted": _quoted(_TEXT.replace(" your", "=20\nyour", 1)),
    "quoted-printable with letters quoted": _quoted(_TEXT.replace("e", "=65")),
    "quoted-printable with line ends quoted": _quoted(_TEXT.replace("\n", "=0D=0A")),
    "quoted-printable with LF alone quoted": _quoted(_TEXT.replace("\n", "=0A")),
    "a dot first in a line": _quoted(_TEXT.replace(" It", "=\n It")),
    "8bit": good.mail(_LATIN, encoding="8bit"),
    "binary": good.mail(_LATIN, encoding="binary"),
    "8 bits without any label": good.mail(_LATIN, encoding=""),
    "7bit": good.mail(_TEXT, encoding="7bit"),
}


def samples() -> Iterator[Sample]:
    """Yield contents that decoders read differently, and those that all decode alike."""
    yield from hostile(FAMILY, HELD)
    yield from legitimate(FAMILY, PASS)
