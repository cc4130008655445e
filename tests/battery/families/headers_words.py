"""Encoded words in the subject: every shape that is malformed, and every one that is not."""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery import good
from tests.battery.change import APPOINTMENT, with_header
from tests.battery.sample import Sample

FAMILY = "headers/encoded words"

_HELD: dict[str, tuple[str, ...]] = {
    "mail.encoded_word": (
        "=?utf-8?q?Your sign-in code?=",
        "=?utf-8?q?Your_sign-in_code=",
        "=?utf-8?q?Your_sign-in_code?",
        "=?utf-8?q?Your_sign-in_code",
        "=?utf-8?Your_sign-in_code?=",
        "=?utf-8?q?Your_sign?-in_code?=",
        "=??q?Your_sign-in_code?=",
        "=?utf-8??Your_sign-in_code?=",
        "=?utf-8?x?Your_sign-in_code?=",
        "=?utf-8?qp?Your_sign-in_code?=",
        "=?utf-8?q?Your_sign-in_code?=x",
        "x=?utf-8?q?Your_sign-in_code?=",
        "=?utf-8?q?Your?==?utf-8?q?_sign-in_code?=",
        "=?utf-8?q?Your_sign-in=?= code",
        "=?utf-8?q?Your_sign-in=2?= code",
        "=?utf-8?q?Your_sign-in=zz_code?=",
        "=?utf-8?q?Your_sign-in_code?= =?utf-8?q?",
        "=?utf-8?b?WW91ciBzaWduLWluIGNvZGU?=",
        "=?utf-8?b?WW91ciBzaWduLWluIGNvZGU==?=",
        "=?utf-8?b?WW91ciBz*aWduLWluIGNvZGU=?=",
        "=?utf-8?b?WW91ciBz aWduLWluIGNvZGU=?=",
        "=?utf-8?b?WW91cg==IHNpZ24taW4gY29kZQ==?=",
        "=?utf-8?b?WW91ciBzaWduLWluIGNvZGU=\n ?=",
        "=?utf-8?q?Your\n _sign-in_code?=",
        "=?utf-8\n ?q?Your_sign-in_code?=",
        "=?utf-8*en?q?Your_sign-in_code?=",
        "=?utf-8'en'?q?Your_sign-in_code?=",
        "=?utf-8 ?q?Your_sign-in_code?=",
        "= ?utf-8?q?Your_sign-in_code?= =?",
        "Your sign-in code =?",
        "Your sign-in code=?utf-8?q??=",
        "=?utf-8?q??= Your sign-in code",
        "=?utf-8?b??= Your sign-in code",
        "(=?utf-8?q?Your_sign-in_code?=)",
        '"=?utf-8?q?Your_sign-in_code?="',
        "=?utf-8?q?Your_sign-in_c\u00f6de?=",
    ),
    "mail.encoded_word_charset": (
        "=?utf-8?q?Your_sign-in_c=C3?= =?utf-8?q?=B6de?=",
        "=?utf-8?b?WW91ciBzaWduLWluIGPD?= =?utf-8?b?tmRl?=",
        "=?utf-8?q?Your_sign-in_c=F6de?=",
        "=?us-ascii?q?Your_sign-in_c=F6de?=",
        "=?utf-8?q?Your_sign-in_c=C0=AFde?=",
        "=?utf-8?q?Your_sign-in_=ED=A0=80?=",
        "=?iso-8859-1?q?Your_sign-in_=93code=94?=",
        "=?utf-7?q?Your_sign-in_code?=",
        "=?utf-16?b?/v8AWQBvAHUAcg==?=",
        "=?utf-16le?b?WQBvAHUAcgA=?=",
        "=?x-unknown?q?Your_sign-in_code?=",
        "=?unknown-8bit?q?Your_sign-in_code?=",
        "=?x-user-defined?q?Your_sign-in_code?=",
        "=?hz-gb-2312?q?Your_sign-in_code?=",
        "=?cp037?q?Your_sign-in_code?=",
        "=?utf-8-sig?q?Your_sign-in_code?=",
        "=?shift_jis?q?Your_sign-in_code=5C?=",
        "=?gb2312?q?Your_sign-in_code=81?=",
        "=?iso-2022-jp?b?GyRCGyhCWW91cg==?=",
    ),
    "mail.encoded_word_twice": (
        "=?utf-8?q?=3D=3Futf-8=3Fq=3FYour=5Fsign-in=5Fcode=3F=3D?=",
        "=?utf-8?b?PT91dGYtOD9xP1lvdXJfc2lnbi1pbl9jb2RlPz0=?=",
        "=?utf-8?q?=3D=3Futf-8=3Fq=3F?= =?utf-8?q?Your=3F=3D?=",
    ),
    "mail.encoded_word_break": (
        "=?utf-8?q?Your_sign-in_code=0D=0ABcc=3A_x@evil.example?=",
        "=?utf-8?q?Your_sign-in_code=0A?=",
        "=?utf-8?q?Your_sign-in_code=0D?=",
        "=?utf-8?b?WW91ciBzaWduLWluIGNvZGUNCg0KZXZpbA==?=",
    ),
    "text.invisible": (
        "=?utf-8?q?Your_sign-in_code=00?=",
        "=?utf-8?q?Your_sign-in_code=07?=",
        "=?utf-8?q?Your_sign-in_code=7F?=",
        "=?utf-8?q?Your_sign-in=E2=80=8B_code?=",
        "=?utf-8?q?=E2=80=AEYour_sign-in_code?=",
        "=?utf-8?q?=EF=BB=BF=EF=BB=BFYour_sign-in_code?=",
        "Your sign-in\u2060 code",
        "Your sign-in \u00adcode",
    ),
    "template.subject": (
        "You are infected",
        "=?utf-8?q?You_are_infected?=",
        "Your sign-in code!",
        "Fwd: Your sign-in code",
        "Re: Your sign-in code",
        "[SPAM] Your sign-in code",
        "your sign-in code",
        "Your sign-in code 493021",
        "Your sign\u2010in code",
        "Your sign-in c\u043ede",
        "",
        "=?utf-8?q?Your?= =?utf-8?q?sign-in?= code",
        "Your sign-in code\n you are infected",
        "Your%20sign-in%20code",
        "Your &nbsp; sign-in code",
        "=?utf-8?q?Your=5Fsign-in=5Fcode?=",
    ),
}

_PASS = (
    "Your sign-in code",
    "Your sign-in\n code",
    "=?utf-8?q?Your_sign-in_code?=",
    "=?UTF-8?Q?Your_sign-in_code?=",
    "=?utf-8?q?Your=20sign=2Din=20code?=",
    "=?utf-8?q?Your=20sign=2din=20code?=",
    "=?utf-8?b?WW91ciBzaWduLWluIGNvZGU=?=",
    "=?us-ascii?B?WW91ciBzaWduLWluIGNvZGU=?=",
    "=?iso-8859-1?Q?Your_sign-in_code?=",
    "=?windows-1252?q?Your_sign-in_code?=",
    "=?koi8-r?q?Your_sign-in_code?=",
    "=?gb2312?B?WW91ciBzaWduLWluIGNvZGU=?=",
    "=?big5?q?Your_sign-in_code?=",
    "=?iso-2022-jp?q?Your_sign-in_code?=",
    "=?utf-8?q?Your_?= =?utf-8?q?sign-in_code?=",
    "=?utf-8?q?Your?=\n =?utf-8?q?_sign-in_?=\n\t=?us-ascii?b?Y29kZQ==?=",
    "Your =?utf-8?q?sign-in?= code",
    "Your\n =?utf-8?q?sign-in?=\n code",
    " =?utf-8?q?Your_sign-in_code?= ",
    "=?utf-8?q?" + "".join(f"={ord(letter):02X}" for letter in "Your sign-in code") + "?=",
)

# The appointment's subject in Chinese and German, as programs in many charsets write it.
_DATE = good.DATE
_PASS_APPOINTMENT = {
    "Chinese in UTF-8, B": "=?UTF-8?B?5oKo55qE6aKE57qmIDE0IEp1bmUgMjAyMQ==?=",
    "Chinese in GB2312, B": "=?gb2312?B?xPq1xNSk1LwgMTQgSnVuZSAyMDIx?=",
    "Chinese in GBK, Q": "=?gbk?Q?=C4=FA=B5=C4=D4=A4=D4=BC_14_June_2021?=",
    "Chinese in GB18030": "=?GB18030?B?xPq1xNSk1LwgMTQgSnVuZSAyMDIx?=",
    "Chinese bare in UTF-8": f"您的预约 {_DATE}",
    "Chinese over two words": "=?UTF-8?B?5oKo55qE?=\n =?UTF-8?B?6aKE57qm?= 14 June 2021",
    "German in UTF-8, Q": (
        "=?utf-8?Q?Ihr_Termin_am_14_June_2021_=E2=80=93_bitte_best=C3=A4tigen?="
    ),
    "German in windows-1252": (
        "=?Windows-1252?Q?Ihr_Termin_am_14_June_2021_=96_bitte_best=E4tigen?="
    ),
    "German folded as Outlook does": (
        "=?utf-8?B?SWhyIFRlcm1pbiBhbSAxNCBKdW5lIDIwMjEg4oCTIGJpdHRl?=\n"
        "\t=?utf-8?B?IGJlc3TDpHRpZ2Vu?="
    ),
    "German with one encoded word": (
        "Ihr Termin am 14 June 2021 =?utf-8?Q?=E2=80=93?= bitte\n =?utf-8?Q?best=C3=A4tigen?="
    ),
    "German decomposed": "Ihr Termin am 14 June 2021 \u2013 bitte besta\u0308tigen",
    "an encoded word of more than 75 characters": (
        "=?utf-8?Q?Ihr_Termin_am_14_=4A=75=6E=65_2021_=E2=80=93_bitte_best=C3=A4tigen?="
    ),
}


def samples() -> Iterator[Sample]:
    """Yield subjects that programs decode differently, and those that all decode alike."""
    for because, subjects in _HELD.items():
        for number, subject in enumerate(subjects):
            name = f"{because} {number}: {ascii(subject)[:70]}"
            yield Sample(FAMILY, name, with_header("Subject", subject), because)
    yield Sample(FAMILY, "no subject", with_header("Subject", None), "template.subject")
    for number, subject in enumerate(_PASS):
        name = f"{number}: {ascii(subject)[:70]}"
        yield Sample(FAMILY, name, with_header("Subject", subject))
    for name, subject in _PASS_APPOINTMENT.items():
        yield Sample(FAMILY, name, with_header("Subject", subject, APPOINTMENT))
