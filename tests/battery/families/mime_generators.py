"""Good messages in the hands of real programs: their headers, boundaries, parts and encodings."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import fill

from tests.battery import good
from tests.battery.families.mime_structure import SHOWN, logo
from tests.battery.sample import Sample

FAMILY = "mime/generators"
_FROM, _TO = "MyHealth <no-reply@health.example>", "Aisha binti Rahman <anna@dest.example>"
_ADDRESSES = f"From: {_FROM}\nTo: {_TO}\n"
_DATED = f"{_ADDRESSES}Date: Mon, 14 Jun 2021 08:00:00 +0800\nMessage-ID: <1@health.example>\n"
_SUBJECT = f"Subject: {good.APPOINTMENT_SUBJECT}\n"
_SIGNATURE = "a0b1c2d3e4f5g6h7i8j9k0l1m2n3o4p5q6r7s8t9u0v1w2x3y4z5A6B7C8D9E0F1G2H3I4J5"
_DKIM = (
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=health.example;\n"
    "\ts=s1; t=1623628800; h=from:to:subject:date:message-id:mime-version;\n"
    f"\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\n\tb={_SIGNATURE}\n\t {_SIGNATURE}==\n"
)
_RECEIVED = (
    "Received: from app (app.health.example [192.0.2.10])\n"
    "\tby mail.health.example (Postfix) with ESMTPSA id 4G3xYz1AbCdEf\n"
    "\tfor <anna@dest.example>; Mon, 14 Jun 2021 08:00:00 +0800 (+08)\n"
)


@dataclass(frozen=True)
class Program:
    """How a program writes alternatives: its header, boundary, and each part's header."""

    header: str
    boundary: str
    content_type: str  # with {} for the boundary
    plain: str
    html: str
    encoding: str = "quoted-printable"
    preamble: str = ""
    version: str = "MIME-Version: 1.0"


def _encode(text: str, encoding: str) -> str:
    octets = text.encode()
    if encoding == "base64":
        return base64.encodebytes(octets.replace(b"\n", b"\r\n")).decode()
    return quopri.encodestring(octets).decode() if encoding == "quoted-printable" else text


def _write(program: Program) -> bytes:
    head = (
        f"{program.header}{program.version}\n"
        f"Content-Type: {program.content_type.format(program.boundary)}\n\n"
    )
    parts = "".join(
        f"--{program.boundary}\n{header}\n\n{_encode(text, program.encoding)}\n"
        for header, text in (
            (program.plain, good.APPOINTMENT_TEXT),
            (program.html, good.APPOINTMENT_HTML),
        )
    )
    return good.crlf(f"{head}{program.preamble}{parts}--{program.boundary}--\n")


def _parts(encoding: str, parameters: str = "; charset=utf-8", more: str = "") -> tuple[str, str]:
    """Return the headers of both parts in the usual order."""
    end = f"\nContent-Transfer-Encoding: {encoding}{more}"
    return f"Content-Type: text/plain{parameters}{end}", f"Content-Type: text/html{parameters}{end}"


_QP, _B64, _7BIT = "quoted-printable", "base64", "7bit"
PROGRAMS = {
    "Outlook": Program(
        f'From: "MyHealth" <no-reply@health.example>\nTo: "\'anna@dest.example\'"'
        f" <anna@dest.example>\n{_SUBJECT}"
        "Date: Mon, 14 Jun 2021 08:00:00 +0800\n"
        "Message-ID: <000001d76101$5e1b6c40$1a5244c0$@health.example>\n",
        "----=_NextPart_000_0001_01D76144.6C3EFB20",
        'multipart/alternative;\n\tboundary="{}"',
        *_parts(_QP, ';\n\tcharset="utf-8"'),
        preamble="This is a multipart message in MIME format.\n\n",
    ),
    "Outlook, further headers": Program(
        f"{_DATED}{_SUBJECT}X-Mailer: Microsoft Outlook 16.0\nThread-Index: AdYQAb1c2d3e4f==\n"
        "Content-Language: en-us\nX-Priority: 3 (Normal)\nImportance: Normal\n"
        "X-MimeOLE: Produced By Microsoft MimeOLE V6.00.2900.2180\n",
        "----=_NextPart_000_0012_01D76101.5E1B6C40",
        'multipart/alternative;\n\tboundary="{}"',
        *_parts(_7BIT, ';\n\tcharset="us-ascii"'),
        encoding=_7BIT,
        preamble="This is a multi-part message in MIME format.\n\n",
    ),
    "Exchange": Program(
        f"{_RECEIVED}From: MyHealth <no-reply@health.example>\nTo: {_TO}\n{_SUBJECT}"
        f"Thread-Topic: {good.APPOINTMENT_SUBJECT}\nThread-Index: AQHXYLx0\n"
        "Date: Mon, 14 Jun 2021 00:00:00 +0000\n"
        "Message-ID: <SG2PR01MB2345@SG2PR01MB2345.apcprd01.prod.exchange.example>\n"
        "Accept-Language: en-US\nContent-Language: en-US\nX-MS-Has-Attach:\n"
        "X-MS-TNEF-Correlator:\nx-originating-ip: [192.0.2.1]\n"
        "X-MS-Exchange-Organization-AuthAs: Internal\nX-MS-Exchange-Transport-FromEntityHeader:"
        " Hosted\nx-ms-exchange-antispam-messagedata-0: =?us-ascii?Q?abc+def/ghi=3D?=\n"
        " =?us-ascii?Q?jkl?=\n",
        "_000_SG2PR01MB2345ABCDEF0123456789SG2PR01MB2345apcp_",
        'multipart/alternative;\n\tboundary="{}"',
        *_parts(_QP, '; charset="utf-8"'),
    ),
    "Gmail": Program(
        f"{_RECEIVED}{_DKIM}X-Google-DKIM-Signature: v=1; a=rsa-sha256; d=1e100.net\n"
        "X-Gm-Message-State: AOAM530abc\nX-Google-Smtp-Source: ABdhPJy\n"
        "X-Received: by 2002:a17:90a:: with SMTP id a1; Sun, 13 Jun 2021 17:00:00 -0700 (PDT)\n"
        f"{_DATED}{_SUBJECT}",
        "00000000000053d8a505c4b1f5a2",
        'multipart/alternative; boundary="{}"',
        *_parts(_QP, '; charset="UTF-8"'),
    ),
    "Apple Mail": Program(
        f"{_DATED}{_SUBJECT}X-Mailer: Apple Mail (2.3654.80.0.2.43)\n",
        "Apple-Mail=_0E6F0A1B-5C3D-4F8E-9A7B-1C2D3E4F5A6B",
        'multipart/alternative;\n\tboundary="{}"',
        "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain;\n\tcharset=utf-8",
        "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/html;\n\tcharset=utf-8",
        preamble="\n",
        version="Mime-Version: 1.0 (Mac OS X Mail 14.0 \\(3654.80.0.2.43\\))",
    ),
    "Thunderbird": Program(
        "Message-ID: <a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d@health.example>\n"
        "Date: Mon, 14 Jun 2021 08:00:00 +0800\n"
        f"User-Agent: Mozilla Thunderbird\n{_ADDRESSES}{_SUBJECT}Content-Language: en-US\n",
        "------------0mYQ0vJ8zX0n1sUeJ9pQ0r3K",
        'multipart/alternative;\n boundary="{}"',
        "Content-Type: text/plain; charset=UTF-8; format=flowed\nContent-Transfer-Encoding: 7bit",
        "Content-Type: text/html; charset=UTF-8\nContent-Transfer-Encoding: 7bit",
        encoding=_7BIT,
        preamble="This is a multi-part message in MIME format.\n",
    ),
    "JavaMail": Program(
        f"{_DATED}{_SUBJECT}",
        "----=_Part_12_1234567.1623628800000",
        'multipart/alternative; \n\tboundary="{}"',
        *_parts(_7BIT, "; charset=UTF-8"),
        encoding=_7BIT,
    ),
    "PHPMailer": Program(
        "Date: Mon, 14 Jun 2021 00:00:00 +0000\n"
        f"To: {_TO}\nFrom: {_FROM}\n{_SUBJECT}"
        "Message-ID: <AbCdEfGhIj@www.health.example>\n"
        "X-Mailer: PHPMailer 6.5.0 (https://github.com/PHPMailer/PHPMailer)\n",
        "b1_3b0c6e6f1d5a4e8f9c7b2a1d0e9f8c7b",
        'multipart/alternative;\n boundary="{}"',
        "Content-Type: text/plain; charset=us-ascii",
        "Content-Type: text/html; charset=us-ascii",
        encoding=_7BIT,
        preamble="This is a multi-part message in MIME format.\n",
    ),
    "PHP mail()": Program(
        f"To: {_TO}\n{_SUBJECT}X-PHP-Originating-Script: 1000:mail.php\nFrom: {_FROM}\n"
        "Reply-To: help@health.example\nX-Mailer: PHP/8.1.2\n"
        "Date: Mon, 14 Jun 2021 08:00:00 +0800\n"
        "Message-Id: <20210614000000.1@www.health.example>\n",
        "60c6a0f0a1b2c",
        "multipart/alternative; boundary={}",
        *_parts("8bit", "; charset=utf-8"),
        encoding="8bit",
    ),
    "SwiftMailer": Program(
        "Message-ID: <0123456789abcdef0123456789abcdef@health.example>\n"
        f"Date: Mon, 14 Jun 2021 00:00:00 +0000\n{_SUBJECT}From: {_FROM}\nTo: {_TO}\n",
        "_=_swift_1623628800_0123456789abcdef0123456789abcdef_=_",
        'multipart/alternative;\n boundary="{}"',
        *_parts(_QP, "; charset=utf-8"),
        preamble="\n\n",
    ),
    "nodemailer": Program(
        f"{_DATED}{_SUBJECT}",
        "--_NmP-0a1b2c3d4e5f6071-Part_1",
        'multipart/alternative;\n boundary="{}"',
        *_parts(_7BIT, "; charset=utf-8"),
        encoding=_7BIT,
    ),
    "Amazon SES": Program(
        f"{_DKIM}{_DKIM}{_DATED}{_SUBJECT}Feedback-ID: 1.us-east-1.abc=:AmazonSES\n"
        "X-SES-Outgoing: 2021.06.14-54.240.0.1\nX-SES-Configuration-Set: mail\n",
        "----=_Part_123456_987654321.1623628800000",
        'multipart/alternative; \n\tboundary="{}"',
        *_parts(_QP, "; charset=UTF-8"),
    ),
    "Mandrill": Program(
        f"{_DKIM}From: {_FROM}\n{_SUBJECT}Return-Path: <bounce-md_1.60c6@mandrill.example>\n"
        "X-Report-Abuse: Please forward a copy of this message, including all headers, to"
        " abuse@mandrill.example\n"
        "X-Report-Abuse: You can also report abuse here: https://mandrill.example/contact/abuse\n"
        f"X-Mandrill-User: md_1\nTo: {_TO}\nMessage-Id: <1.60c6@mandrill.example>\n"
        "Feedback-ID: 1:1.60c6:mandrill\nDate: Mon, 14 Jun 2021 00:00:00 +0000\n",
        "_av-AbCdEfGhIjKlMnOpQrStUv",
        'multipart/alternative; boundary="{}"',
        *_parts(_QP, "; charset=utf-8"),
    ),
    "SendGrid": Program(
        f"{_DKIM}Content-Transfer-Encoding: 7bit\n{_DATED}{_SUBJECT}"
        "X-SG-EID: \n =?us-ascii?Q?abcDEF123+=2F?=\nX-SG-ID: \n =?us-ascii?Q?abc?=\n"
        "X-Entity-ID: abc==\n",
        "0123456789abcdef0123456789abcdef01234567",
        "multipart/alternative; boundary={}",
        *_parts(_QP, "; charset=utf-8"),
    ),
    "Mailgun": Program(
        f"{_DKIM}X-Mailgun-Sending-Ip: 192.0.2.3\nX-Mailgun-Sid: WyJhIl0=\n"
        f'{_DATED}{_SUBJECT}X-Mailgun-Variables: {{"id": "1"}}\n',
        "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        'multipart/alternative; boundary="{}"',
        'Mime-Version: 1.0\nContent-Type: text/plain; charset="ascii"\n'
        "Content-Transfer-Encoding: 7bit",
        'Mime-Version: 1.0\nContent-Type: text/html; charset="ascii"\n'
        "Content-Transfer-Encoding: 7bit",
        encoding=_7BIT,
    ),
    ".NET": Program(
        f"{_DATED}{_SUBJECT}",
        "--boundary_1_0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
        "multipart/alternative;\n boundary={}",
        *_parts(_B64, "; charset=utf-8"),
        encoding=_B64,
        preamble="\n\n",
    ),
    "MimeKit": Program(
        f"{_DATED}{_SUBJECT}",
        "=-0a1B2c3D4e5F6g7H8i9J0k==",
        'multipart/alternative; boundary="{}"',
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: text/html; charset=utf-8",
        encoding=_7BIT,
    ),
    "Python, the old interface": Program(
        f"{_ADDRESSES}{_SUBJECT}",
        "===============0123456789012345678==",
        'multipart/alternative; boundary="{}"',
        'Content-Type: text/plain; charset="utf-8"\nMIME-Version: 1.0\n'
        "Content-Transfer-Encoding: base64",
        'Content-Type: text/html; charset="utf-8"\nMIME-Version: 1.0\n'
        "Content-Transfer-Encoding: base64",
        encoding=_B64,
    ),
    "Ruby's mail": Program(
        f"{_DATED}{_SUBJECT}",
        "--==_mimepart_60c6a0f0a1b2c_1a2b3c4d5e6f70812",
        'multipart/alternative;\n boundary="{}";\n charset=UTF-8',
        "Content-Type: text/plain;\n charset=UTF-8\nContent-Transfer-Encoding: 7bit",
        "Content-Type: text/html;\n charset=UTF-8\nContent-Transfer-Encoding: 7bit",
        encoding=_7BIT,
        preamble="\n",
        version="Mime-Version: 1.0\nContent-Transfer-Encoding: 7bit",
    ),
    "Go": Program(
        f"{_DATED}{_SUBJECT}",
        "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7",
        "multipart/alternative;\n boundary={}",
        "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/html; charset=UTF-8",
        version="Mime-Version: 1.0",
    ),
    "Perl's MIME::Lite": Program(
        f"{_DATED}{_SUBJECT}X-Mailer: MIME::Lite 3.030 (F2.85; T2.17; A2.21; B3.15; Q3.13)\n",
        "_----------=_162362880012340",
        'multipart/alternative; boundary="{}"',
        "Content-Disposition: inline\nContent-Length: 250\n"
        "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8",
        "Content-Disposition: inline\nContent-Length: 550\n"
        "Content-Transfer-Encoding: quoted-printable\nContent-Type: text/html; charset=utf-8",
        preamble="This is a multi-part message in MIME format.\n\n",
    ),
    "Lotus Domino": Program(
        f"{_DATED}{_SUBJECT}X-Mailer: Lotus Domino Release 9.0.1FP8\n"
        "X-MIMETrack: Serialize by Router on MAIL/HEALTH(Release 9.0.1FP8) at 14/06/2021 08:00\n"
        "X-KeepSent: 1A2B3C4D:5E6F7081\nX-TNEFEvaluated: 1\n",
        "=_alternative 004F1D0A482586F4_=",
        'multipart/alternative; boundary="{}"',
        *_parts(_QP, '; charset="UTF-8"'),
        preamble="This is a multipart message in MIME format.\n",
    ),
    "Mutt": Program(
        f"Date: Mon, 14 Jun 2021 08:00:00 +0800\nFrom: {_FROM}\nTo: {_TO}\n{_SUBJECT}"
        "Message-ID: <YMag8KGyw@health.example>\nUser-Agent: Mutt/2.0.5 (2021-01-21)\n",
        "7JfCtLOvnd9MIVvH",
        'multipart/alternative; boundary="{}"',
        "Content-Type: text/plain; charset=us-ascii\nContent-Disposition: inline",
        "Content-Type: text/html; charset=us-ascii\nContent-Disposition: inline",
        encoding=_7BIT,
        preamble="\n",
    ),
    "a list manager": Program(
        f"{_DATED}{_SUBJECT}Precedence: bulk\nAuto-Submitted: auto-generated\n"
        "X-Auto-Response-Suppress: All\nList-Id: MyHealth <news.health.example>\n"
        "List-Unsubscribe: <mailto:unsubscribe@health.example>,\n"
        " <https://www.health.example/unsubscribe/abc>\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\nErrors-To: bounces@health.example\n"
        "X-Campaign: https://track.relay.example/c/1\n",
        "=-campaign-1",
        'multipart/alternative; boundary="{}"; charset=utf-8',
        *_parts("8bit", "; charset=utf-8"),
        encoding="8bit",
    ),
    "a relay that signs and seals": Program(
        "ARC-Seal: i=1; a=rsa-sha256; t=1623628800; cv=none; d=relay.example; s=arc;\n"
        f" b={_SIGNATURE}==\n"
        "ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=relay.example;\n"
        f" h=from:to; bh=47DEQ=; b={_SIGNATURE}==\n"
        "ARC-Authentication-Results: i=1; mx.relay.example; dkim=pass header.d=health.example\n"
        "Authentication-Results: mx.relay.example; spf=pass smtp.mailfrom=bounce.health.example\n"
        "Received-SPF: pass (relay.example: see https://relay.example/spf) client-ip=192.0.2.1\n"
        f"{_RECEIVED}{_RECEIVED}{_DKIM}{_DATED}{_SUBJECT}"
        "X-Spam-Status: No, score=-0.1\nX-Virus-Scanned: Debian amavis at mail.health.example\n"
        "X-Originating-IP: [192.0.2.1]\nX-Priority: 1\nX-MSMail-Priority: High\n",
        "xyz",
        'multipart/alternative; boundary="{}"',
        *_parts("8bit", "; charset=utf-8"),
        encoding="8bit",
    ),
    "parameters in another order": Program(
        f"{_DATED}{_SUBJECT}",
        "b1",
        'multipart/alternative; charset="utf-8"; type="text/plain"; boundary="{}"; x-id=1',
        "Content-Disposition: inline\nContent-Transfer-Encoding: 8bit\n"
        "Content-Type: text/plain; format=flowed; delsp=no; charset=utf-8",
        "Content-ID: <html@health.example>\nContent-Type: text/html; charset=utf-8\n"
        "Content-Transfer-Encoding: 8bit",
        encoding="8bit",
    ),
}

_SINGLE = {
    "cron and mailx": f"{_DATED}Subject: Your sign-in code\nUser-Agent: Heirloom mailx 12.5\n"
    "MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n"
    "Content-Transfer-Encoding: 7bit\n",
    "Sendmail, nothing of MIME": f"{_RECEIVED}{_DATED}Subject: Your sign-in code\n",
    "Django": 'Content-Type: text/plain; charset="utf-8"\nMIME-Version: 1.0\n'
    "Content-Transfer-Encoding: 7bit\nSubject: Your sign-in code\n"
    f"From: {_FROM}\nTo: {_TO}\nDate: Mon, 14 Jun 2021 00:00:00 -0000\n"
    "Message-ID: <162362880000.1.1234@app>\n",
    "Rails": f"{_DATED}Subject: Your sign-in code\nMime-Version: 1.0\n"
    "Content-Type: text/plain;\n charset=UTF-8\nContent-Transfer-Encoding: 7bit\n",
    "an Android app": f"{_DATED}Subject: =?UTF-8?Q?Your_sign-in_code?=\n"
    "User-Agent: K-9 Mail for Android\nMIME-Version: 1.0\nContent-Type: text/plain;\n"
    " charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n",
    "iPhone Mail": "Content-Type: text/plain; charset=us-ascii\n"
    f"Content-Transfer-Encoding: 7bit\nFrom: {_FROM}\nMime-Version: 1.0 (1.0)\n"
    "Subject: Your sign-in code\nMessage-Id: <0E6F0A1B@health.example>\n"
    f"Date: Mon, 14 Jun 2021 08:00:00 +0800\nTo: {_TO}\nX-Mailer: iPhone Mail (18F72)\n",
}


def samples() -> Iterator[Sample]:
    """Yield the good messages as each program would write them."""
    for name, program in PROGRAMS.items():
        yield Sample(FAMILY, name, _write(program))
    for name, header in _SINGLE.items():
        yield Sample(FAMILY, name, good.crlf(f"{header}\n{fill(good.CODE_TEXT, 72)}\n"))
    outlook = good.multipart(
        _inside_related(), kind="mixed", boundary="----=_NextPart_000_0000_01D76101.5E1B6C40"
    )
    yield Sample(FAMILY, "Outlook, a picture in related in mixed", outlook)


def _inside_related() -> str:
    outer, inner = "----=_NextPart_001_0001_01D76101.5E1B6C40", "----=_NextPart_002_0002_01D76101"
    text = good.part(good.APPOINTMENT_TEXT)
    alternative = (
        f'Content-Type: multipart/alternative;\n\tboundary="{inner}"\n\n\n'
        f"--{inner}\n{text}\n--{inner}\n{SHOWN}\n--{inner}--\n"
    )
    return (
        f'Content-Type: multipart/related;\n\tboundary="{outer}"\n\n\n'
        f"--{outer}\n{alternative}\n--{outer}\n{logo()}\n--{outer}--\n"
    )
