"""What the fuzz campaign begins with: the battery, the fixtures, and pieces that matter."""

from __future__ import annotations

import email
import json
from collections.abc import Iterable, Iterator
from email.message import Message
from functools import cache
from pathlib import Path

from tests.battery.collection import all_samples

ROOT = Path(__file__).parents[2]
MAX_SEED_BYTES = 40_000

# Pieces with a meaning for one reader or another; inserted whole, and repeated.
_WORDS = r"""
=3D =? ?= =?utf-8?q? =?utf-8?b? --b1 --b1-- -- == < > </ <!-- --> --!> <!--[if mso]> <![endif]-->
<!--[if !mso]><!--> ]> <style> </style> <table> <tr><td> </td> <a href= <p> <b> <i> <div style=
<svg> <math> <template> <select> <title> <script> &#8203; &amp; &#x &nbsp & display:none
font-size:0 calc( url( { } ; : , ( ) [ ] " ' \ / // @ @media !important mso-hide:all :hover * + ~
# . % %25 %2f = ? http:// https:// mailto: tel: javascript: data: cid: www. .com evil.example a.a.
1.1.1.1 xn-- aHR0c Content-Type: multipart/mixed;boundary= charset= utf-7 base64 name*0*=
quoted-printable attachment From: Subject: true null [[ {"a": !! [a-z]+ (?: ){1,9} ]]> <?xml
<xml> </xml> <noscript> <o:AllowPNG/> [if [endif]
"""
_CHARACTERS = "\u3002\uff0e\u2024\u200b\u202e\u200d\ufe0f\U0001f600\U000e0020\u0430\u0300\u00e9"
TOKENS: tuple[bytes, ...] = (
    *(word.encode() for word in (*_WORDS.split(), *_CHARACTERS)),
    *(b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b"\r\n ", b"=\r\n", b"\r\n--b1\r\n"),
    *(b"\xff", b"\x80", b"\xed\xa0\x80", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"%PDF-1.7"),
    *(b"- ", b"|\n", b">-\n", b"&a ", b"? ", b"From x\n", b"\xe2\x80\x8b"),
)


def mails() -> tuple[bytes, ...]:
    """Return the mails of the battery that are not too large."""
    found = (sample.content for sample in all_samples() if sample.text is None)
    return _small(found)


def good_mails() -> tuple[bytes, ...]:
    """Return the mails that pass."""
    found = (s.content for s in all_samples() if s.text is None and not s.because)
    return _small(found)


@cache
def _parsed() -> tuple[Message, ...]:
    return tuple(email.message_from_bytes(content) for content in mails())


def _bodies(kind: str) -> Iterator[bytes]:
    for message in _parsed():
        for part in message.walk():
            if part.get_content_type() == kind:
                content = part.get_payload(decode=True)
                if isinstance(content, bytes):
                    yield content


def htmls() -> tuple[bytes, ...]:
    """Return the HTML of the battery and of the tests of the reader."""
    from tests.reading.test_html import GOOD, HOSTILE  # noqa: PLC0415 - a test module: when asked

    tested = [html for html, _ in GOOD.values()] + [html for _, html in HOSTILE.values()]
    return _small([*_bodies("text/html"), *(html.encode("utf-8", "replace") for html in tested)])


def texts() -> tuple[bytes, ...]:
    """Return the plain texts and the text messages of the battery."""
    short = [s.text.body.encode("utf-8", "replace") for s in all_samples() if s.text is not None]
    return _small([*short, *_bodies("text/plain")])


def headers() -> tuple[bytes, ...]:
    """Return the header blocks of the battery."""
    return _small(content.partition(b"\r\n\r\n")[0] + b"\r\n" for content in mails())


def values(*names: str) -> tuple[bytes, ...]:
    """Return the bodies of the header fields with these names, of messages and parts."""
    wanted = {name.lower() for name in names}
    found = (
        str(value).encode("utf-8", "surrogateescape")
        for message in _parsed()
        for part in message.walk()
        for name, value in part.raw_items()
        if name.lower() in wanted
    )
    return _small(body.replace(b"\r\n", b"") for body in found)


def between(start: bytes, end: bytes) -> tuple[bytes, ...]:
    """Return what stands between two marks in the HTML."""
    found = (piece.partition(end)[0] for html in htmls() for piece in html.split(start)[1:])
    return _small(found)


def pictures() -> tuple[bytes, ...]:
    """Return the fixtures' pictures."""
    files = sorted((ROOT / "fixtures" / "pictures").iterdir())
    return tuple(file.read_bytes() for file in files if file.suffix != ".md")


def rule_files() -> tuple[bytes, ...]:
    """Return the rule files of the battery and of the example."""
    files = [
        *(ROOT / "tests" / "battery" / "rules").glob("*.yaml"),
        *(ROOT / "rules").rglob("*.yaml"),
    ]
    return _small(file.read_bytes() for file in sorted(files))


def mboxes() -> tuple[bytes, ...]:
    """Return a few mails as an mbox, and text messages as they are stored."""
    some = [mail.replace(b"\r\n", b"\n") for mail in good_mails()[:4]]
    stored = {
        "channel": "sms",
        "from": "MYHEALTH",
        "to": "+60123456789",
        "body": "Hello",
        "media": [],
    }
    mbox = b"".join(b"From a@b.example Mon Jun 14 08:00:00 2021\n" + mail + b"\n" for mail in some)
    return mbox, json.dumps(stored).encode(), *some


def _small(found: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(one for one in found if len(one) <= MAX_SEED_BYTES))
