"""From, To, Cc, Bcc, Sender, Reply-To and receipts: who it seems to be, and where answers go."""

from __future__ import annotations

from collections.abc import Iterator

from filter.message import Envelope
from tests.battery.change import (
    APPOINTMENT,
    CODE,
    each,
    hostile,
    legitimate,
    with_field,
    with_header,
)
from tests.battery.sample import ENVELOPE, Sample

FROM = "headers/From"
RECIPIENTS = "headers/recipients"
ANSWERS = "headers/answers"
_OWN = "no-reply@health.example"
_EVIL = "x@evil.example"

# What From says, by the reason it is held for.
_FROM: dict[str, tuple[str, ...]] = {
    "mail.address_comment": (
        f"MyHealth <{_OWN}> (x)",
        f"{_OWN} (MyHealth)",
        f"(MyHealth) {_OWN}",
        f"MyHealth (x) <{_OWN}>",
        "no-reply(x)@health.example",
        "no-reply@(x)health.example",
        "MyHealth <no-reply(x)@health.example>",
    ),
    "mail.address_route": (
        f"MyHealth <@evil.example:{_OWN}>",
        f"<@evil.example,@relay.example:{_OWN}>",
        f"MyHealth <@health.example:{_EVIL}>",
    ),
    "mail.address_quoted": (
        '"no-reply"@health.example',
        'MyHealth <"no-reply"@health.example>',
        f'"<{_OWN}>"@evil.example',
        '"no-reply@health.example"@evil.example',
    ),
    "mail.address_literal": ("MyHealth <no-reply@[192.0.2.1]>", "no-reply@[IPv6:2001:db8::1]"),
    "mail.address_group": (
        f"MyHealth: {_OWN};",
        f"Team: {_OWN}, {_EVIL};",
        "MyHealth: ;",
        f"undisclosed-recipients: {_OWN};",
    ),
    "mail.address_encoded": (
        "=?utf-8?q?no-reply?=@health.example",
        "MyHealth <=?utf-8?q?no-reply=40health.example?=>",
        "MyHealth <no-reply@=?utf-8?q?health.example?=>",
        "<=?utf-8?b?bm8tcmVwbHlAaGVhbHRoLmV4YW1wbGU=?=>",
    ),
    "mail.encoded_word_quoted": (
        f'"=?utf-8?q?MyHealth?=" <{_OWN}>',
        f'"MyHealth =?utf-8?b?TXlIZWFsdGg=?=" <{_OWN}>',
    ),
    "mail.encoded_word": (
        f"=?utf-8?q?MyHealth <{_OWN}>",
        f"=?utf-8?q?MyHealth?=x <{_OWN}>",
        f"x=?utf-8?q?MyHealth?= <{_OWN}>",
        f"=?utf-8?x?MyHealth?= <{_OWN}>",
        f"=?utf-8?b?TXlIZWFsdGg?= <{_OWN}>",
        f"=?utf-8*en?q?MyHealth?= <{_OWN}>",
    ),
    "mail.encoded_word_charset": (
        f"=?x-unknown?q?MyHealth?= <{_OWN}>",
        f"=?utf-7?q?MyHealth?= <{_OWN}>",
        f"=?utf-8?q?MyH=E9alth?= <{_OWN}>",
    ),
    "mail.encoded_word_break": (
        f"=?utf-8?q?MyHealth=0D=0ABcc=3A_x?= <{_OWN}>",
        f"=?utf-8?b?TXlIZWFsdGgKeA==?= <{_OWN}>",
    ),
    "mail.address": (
        "",
        "MyHealth",
        "no-reply",
        f"MyHealth <{_OWN}",
        f"MyHealth {_OWN}>",
        f"MyHealth <<{_OWN}>>",
        f"<{_OWN}> <{_EVIL}>",
        f"{_OWN} <{_EVIL}>",
        f"{_OWN} {_EVIL}",
        f"{_OWN},",
        f",{_OWN}",
        f"{_OWN},,{_OWN}",
        f"{_OWN}; {_EVIL}",
        "MyHealth <>",
        "MyHealth <no-reply@>",
        "MyHealth <@health.example>",
        "MyHealth <no-reply@@health.example>",
        "MyHealth <no-reply@health.example@evil.example>",
        "MyHealth <no-reply@health..example>",
        "MyHealth <no-reply@health.example.>",
        "MyHealth <.no-reply@health.example>",
        "MyHealth <no-reply @health.example>",
        "MyHealth <no-\n reply@health.example>",
        "MyHealth <no-reply@health.example\\>",
        "My\\Health <no-reply@health.example>",
        f'"MyHealth <{_OWN}>',
        f'MyHealth" <{_OWN}>',
        f"My@Health <{_OWN}>",
        f"MyHealth, Inc. <{_OWN}>",
        f"[MyHealth] <{_OWN}>",
        f"{_OWN}<{_EVIL}>",
    ),
    "sender.name": (
        f"Evil <{_OWN}>",
        f"MyHealth Security <{_OWN}>",
        f"myhealth <{_OWN}>",
        f'"MyHealth." <{_OWN}>',
        f"My Health <{_OWN}>",
        f"\u041cyHealth <{_OWN}>",  # a Cyrillic letter
        f'"MyHealth <{_OWN}>" <{_OWN}>',
        f"=?utf-8?q?Evil?= <{_OWN}>",
        _OWN,
        f"<{_OWN}>",
    ),
    "sender.not_allowed": (
        f"MyHealth <{_EVIL}>",
        f'"{_OWN}" <{_EVIL}>',
        f'"MyHealth <{_OWN}>" <{_EVIL}>',
        "MyHealth <no-reply@health.example.evil.example>",
        "MyHealth <no-reply@evil-health.example>",
        "MyHealth <no-reply@mail.health.example>",
        "MyHealth <noreply@health.example>",
        "MyHealth <no-reply+x@health.example>",
        "MyHealth <no-reply@he\u0430lth.example>",  # a Cyrillic letter
        "MyHealth <no-reply@xn--helth-3fd.example>",
        "MyHealth <help@health.example>",
        "MyHealth <no-reply%health.example@evil.example>",
    ),
    "sender.header": (
        f"MyHealth <{_OWN}>, Evil <{_EVIL}>",
        f"Evil <{_EVIL}>, MyHealth <{_OWN}>",
        f"{_OWN}, {_OWN}",
        "undisclosed-recipients:;",
    ),
    "text.invisible": (
        f"MyHealth\u200b <{_OWN}>",
        f"=?utf-8?q?MyHealth=E2=80=AE?= <{_OWN}>",
        f"MyHealth\u00ad <{_OWN}>",
        "MyHealth <no-reply\u200b@health.example>",
    ),
}

_GOOD_FROM = (
    f"MyHealth <{_OWN}>",
    f'"MyHealth" <{_OWN}>',
    f"MyHealth<{_OWN}>",
    f'"MyHealth"<{_OWN}>',
    f"  MyHealth   <{_OWN}>  ",
    f"MyHealth\n <{_OWN}>",
    f"MyHealth\n\t<{_OWN}>",
    f"=?utf-8?q?MyHealth?= <{_OWN}>",
    f"=?UTF-8?B?TXlIZWFsdGg=?= <{_OWN}>",
    f"=?us-ascii?Q?MyHealth?=\n <{_OWN}>",
    f"=?utf-8?q?My?=\n =?utf-8?q?Health?= <{_OWN}>",
    f"=?utf-8?q?=4dyHealth?= <{_OWN}>",
    "MyHealth <No-Reply@Health.Example>",
    f'"My\\Health" <{_OWN}>',
    f"MyHealth < {_OWN} >",
)

_HEADS: dict[str, tuple[tuple[str, str | None], ...]] = {
    "mail.recipient_name": (
        ("To", "Call 0900 1234567 right now: anna@dest.example;"),
        ("To", '"You have been hacked!": anna@dest.example;'),
        ("Cc", "=?utf-8?q?You_have_been_hacked!?=: anna@dest.example;"),
        ("To", "You have been hacked! <anna@dest.example>"),
        ("To", '"Call 03-8881 0200 now" <anna@dest.example>'),
        ("To", '"Stay at home and wait there until the police comes to you" <anna@dest.example>'),
        ("To", "=?utf-8?q?Call_0388810200?= <anna@dest.example>"),
        ("To", "Anna <anna@dest.example>, Pay now! <b@dest.example>"),
        ("Cc", "You have been hacked! <anna@dest.example>"),
        ("Bcc", "You have been hacked! <anna@dest.example>"),
        ("To", f'"{"A" * 120}" <anna@dest.example>'),
        ("To", '"٠٣٨٨٨١٠٢٠٠" <anna@dest.example>'),
    ),
    "link.": (
        ("To", '"www.evil.example" <anna@dest.example>'),
        ("To", '"https://evil.example/x" <anna@dest.example>'),
        ("Cc", '"evil.example" <anna@dest.example>'),
        ("Bcc", '"evil.example" <anna@dest.example>'),
        ("To", '"b@evil.example" <anna@dest.example>'),
        ("To", "=?utf-8?q?evil=2Eexample?= <anna@dest.example>"),
        ("Reply-To", '"evil.example" <no-reply@health.example>'),
        ("List-Unsubscribe", "<https://evil.example/u>"),
        ("List-Unsubscribe", "<https://www.health.example/unsubscribe/a>, <mailto:u@evil.example>"),
        ("List-Unsubscribe", "<mailto:unsubscribe@health.example>,\n <http://evil.example>"),
        ("List-Help", "<https://evil.example/help>"),
        ("List-Archive", "<https://evil.example/>"),
        ("List-Post", "<mailto:list@evil.example>"),
        ("List-Owner", "<mailto:list@evil.example>"),
        ("List-Subscribe", "<https://evil.example/>"),
        ("Archived-At", "<https://evil.example/>"),
        ("List-Unsubscribe", "<javascript:alert(1)>"),
        ("List-Unsubscribe", "<https://www.health.example@evil.example/u>"),
        ("List-Unsubscribe", "<https://www.health.example\\@evil.example/u>"),
        ("List-Unsubscribe", "<>"),
        ("List-Id", "See evil.example <news.health.example>"),
        ("Subject", "Your sign-in code evil.example"),
    ),
    "mail.list_header": (
        ("List-Unsubscribe", "https://www.health.example/unsubscribe/a"),
        ("List-Unsubscribe", "<https://www.health.example/unsubscribe/a"),
        ("List-Unsubscribe", "<<https://www.health.example/unsubscribe/a>>"),
        ("List-Unsubscribe", "click <https://www.health.example/unsubscribe/a>"),
        ("List-Unsubscribe", "=?utf-8?q?=3Chttps=3A//evil.example=3E?="),
        ("List-Post", "NO evil.example"),
        ("List-Id", "You have been hacked! <news.health.example>"),
        ("List-Id", "news.health.example"),
        ("List-Id", "<news.health.example> You have been hacked"),
    ),
    "mail.address": (
        ("To", ""),
        ("To", "Anna"),
        ("To", "anna@dest.example; b@dest.example"),
        ("To", "Patients: Friends:;;"),
        ("To", "Patients:"),
        ("To", "Patients: anna@dest.example,;"),
        ("To", ": anna@dest.example;"),
        ("Cc", "anna@dest.example,"),
        ("Cc", "Anna <anna@dest.example"),
        ("Bcc", "Anna <anna@dest.example"),
        ("Reply-To", "help@health.example, <x"),
        ("Sender", "no-reply"),
    ),
    "mail.address_group": (
        ("To", "You have been hacked:;"),
        ("Cc", "Friends:;"),
        ("To", "Patients: anna@dest.example, b@dest.example"),
        ("To", "Patients: anna@dest.example, Team: b@dest.example;;"),
        ("To", "Patients: anna@dest.example, Team: b@dest.example;, c@dest.example;"),
        ("Reply-To", "Help: help@health.example;"),
    ),
    "link.not_allowed": (
        ("To", "evil.example: anna@dest.example;"),
        ("To", '"https://evil.example/": anna@dest.example;'),
    ),
    "sender.recipients": (("To", "Patients: b@dest.example, c@dest.example;"),),
    "sender.reply_to": (
        ("Reply-To", f"{_EVIL}"),
        ("Reply-To", f"MyHealth <{_EVIL}>"),
        ("Reply-To", f"help@health.example, {_EVIL}"),
        ("Reply-To", "help@health.example.evil.example"),
        ("Reply-To", f'"help@health.example" <{_EVIL}>'),
        ("Reply-To", "Call me now <help@health.example>"),
        ("Reply-To", "=?utf-8?q?Evil?= <help@health.example>"),
    ),
    "sender.header": (
        ("Sender", _EVIL),
        ("Sender", f"MyHealth <{_EVIL}>"),
        ("Sender", f"{_OWN}, {_EVIL}"),
    ),
    "sender.name": (("Sender", f"Evil <{_OWN}>"), ("Sender", f"=?utf-8?q?Evil?= <{_OWN}>")),
    "mail.receipt": (
        ("Disposition-Notification-To", _EVIL),
        ("Disposition-Notification-To", f"{_OWN}, {_EVIL}"),
        ("Return-Receipt-To", _EVIL),
        ("X-Confirm-Reading-To", _EVIL),
        ("Read-Receipt-To", _EVIL),
        ("Generate-Delivery-Report", _EVIL),
        ("Mail-Reply-To", _EVIL),
        ("Mail-Followup-To", _EVIL),
        ("X-PMRQC", _EVIL),
    ),
    "mail.header_refused": (
        ("Resent-From", _EVIL),
        ("Resent-To", "b@dest.example"),
        ("Resent-Date", "Mon, 14 Jun 2021 08:00:00 +0800"),
        ("Resent-Message-ID", "<1@evil.example>"),
        ("Resent-Sender", _OWN),
        ("Face", "iVBORw0KGgo="),
        ("X-Face", "abc"),
        ("X-Image-Url", "https://evil.example/x.png"),
        ("BIMI-Indicator", "PHN2Zy8+"),
        ("BIMI-Location", "v=BIMI1; l=https://evil.example/x.svg"),
        ("X-Message-Flag", "You have been hacked"),
        ("Newsgroups", "alt.evil"),
        ("Keywords", "You are infected"),
        ("Comments", "You are infected"),
        ("Followup-To", "poster"),
        ("Author", f"Evil <{_EVIL}>"),
    ),
    "mail.thread_topic": (
        ("Thread-Topic", "You have been hacked"),
        ("Thread-Topic", "=?utf-8?q?You_have_been_hacked?="),
        ("Thread-Topic", ""),
    ),
    "mail.date": (
        ("Date", ""),
        ("Date", "tomorrow"),
        ("Date", "Fri, 31 Dec 9999 08:00:00 +0800"),
        ("Date", "Thu, 01 Jan 1970 00:00:00 +0000"),
        ("Date", "You have been hacked"),
        ("Date", "Mon, 14 Jun 2021 08:00:00 +0800 You have been hacked"),
        ("Date", "Mon, 14 Jun 2021 08:00:00 +0800 (You have been hacked!)"),
        ("Date", "Mon, 32 Jun 2021 08:00:00 +0800"),
        ("Date", "Sat, 29 Feb 2021 08:00:00 +0800"),
        ("Date", "Mon, 14 Jun 2021 25:00:00 +0800"),
        ("Date", "Mon, 14 Jun 2021 08:61:00 +0800"),
        ("Date", "Mon, 14 Juni 2021 08:00:00 +0800"),
        ("Date", "Hacked, 14 Jun 2021 08:00:00 +0800"),
        ("Date", "Mon, 14 Jun 2021 08:00:00 +9900"),
        ("Date", "2021-06-14T08:00:00+08:00"),
        ("Date", "14/06/2021 08:00"),
        ("Date", "=?utf-8?q?Mon,_14_Jun_2021_08:00:00_+0800?="),
    ),
    "mail.mime_version": (
        ("MIME-Version", None),
        ("MIME-Version", "2.0"),
        ("MIME-Version", "1.1"),
        ("MIME-Version", "1"),
        ("MIME-Version", ""),
        ("MIME-Version", "1.0 1.0"),
        ("MIME-Version", "=?utf-8?q?1.0?="),
    ),
    "text.invisible": (
        ("To", "Anna\u202e <anna@dest.example>"),
        ("Subject", "Your sign-in code\u200b"),
        ("List-Id", "News\u200b <news.health.example>"),
    ),
}

_GOOD_HEADS: tuple[tuple[str, str], ...] = (
    ("To", "anna@dest.example"),
    ("To", "<anna@dest.example>"),
    ("To", '"Rahman, Aisha" <anna@dest.example>'),
    ("To", '"anna@dest.example" <anna@dest.example>'),
    ("To", "\"'anna@dest.example'\" <anna@dest.example>"),
    ("To", "Anna <anna@dest.example>, b@dest.example,\n\tC <c@dest.example>"),
    ("To", "=?utf-8?B?5p2O5piO?= <anna@dest.example>"),
    ("To", "李明 <anna@dest.example>"),
    ("To", "Patients: anna@dest.example;"),
    ("To", "Patients: Anna <anna@dest.example>, b@dest.example;, C <c@dest.example>"),
    ("To", '"Patients, ward 3" :anna@dest.example , b@dest.example ;'),
    ("To", "=?utf-8?B?5oKj6ICF?=: anna@dest.example;"),
    ("Cc", "Doctors: Dr. B. Lee <b@dest.example>;"),
    ("To", "undisclosed-recipients:;"),
    ("To", "Undisclosed recipients: ;"),
    ("To", "Siti binti Ahmad a/p Raj <anna@dest.example>"),
    ("Cc", "Dr. B. Lee <b@dest.example>"),
    ("Bcc", ""),
    ("Bcc", "b@dest.example"),
    ("Reply-To", "help@health.example"),
    ("Reply-To", "MyHealth <help@health.example>"),
    ("Reply-To", "no-reply@health.example"),
    ("Sender", "no-reply@health.example"),
    ("Sender", "MyHealth <no-reply@health.example>"),
    ("Disposition-Notification-To", "MyHealth <no-reply@health.example>"),
    ("Return-Receipt-To", "no-reply@health.example"),
    ("List-Unsubscribe", "<https://www.health.example/unsubscribe/abc>"),
    (
        "List-Unsubscribe",
        "<mailto:unsubscribe@health.example>,\n <https://www.health.example/unsubscribe/abc>",
    ),
    ("List-Unsubscribe", "<https://www.health.example/unsubscribe/abc> (leave)"),
    ("List-Unsubscribe", "(leave here) <https://www.health.example/unsubscribe/abc>"),
    ("List-Post", "NO"),
    ("List-Post", "NO (posting not allowed)"),
    ("List-Help", "<mailto:help@health.example>"),
    ("List-Id", "<news.health.example>"),
    ("List-Id", "MyHealth news <news.health.example>"),
    ("List-Id", '"MyHealth news" <news.health.example>'),
    ("List-Id", "=?utf-8?q?MyHealth_news?= <news.health.example>"),
    ("List-Id", "8ab1f0c2d4e51mc list <8ab1f0.1234567.list-id.health.example>"),
    ("Thread-Topic", "Your sign-in code"),
    ("Thread-Topic", "=?utf-8?q?Your_sign-in_code?="),
    ("Date", "Mon, 14 Jun 2021 08:00:00 +0800"),
    ("Date", "14 Jun 2021 08:00:00 +0800"),
    ("Date", "Mon, 14 Jun 2021 08:00 +0800"),
    ("Date", "Mon,  7 Jun 2021 08:00:00 +0800 (MYT)"),
    ("Date", "Mon, 07 Jun 2021 00:00:00 GMT"),
    ("Date", "Mon, 07 Jun 2021 00:00:00 Z"),
    ("Date", "Mon, 07 Jun 2021 08:00:00 +0800 (Asia/Kuala_Lumpur)"),
    ("Date", "Mon, 07 Jun 2021 00:00:00 -0000 (UTC)"),
    ("Date", "Thu, 30 Jun 2022 23:59:60 +0000"),
    ("Date", "Mon, 7 Jun 2021 08:00:00 +0530 (GMT+05:30)"),
    ("MIME-Version", "1.0 (Mac OS X Mail 16.0 \\(3696.120.41.1.1\\))"),
    ("MIME-Version", "1.0 (Apple Message framework v1085)"),
    ("MIME-Version", "(produced by MetaSend Vx.x) 1.0"),
    ("Mime-version", "1.0"),
)
_GOOD_ADDRESSES = ("60123456789@dest.example", "o'neil@dest.example", "anna+news@dest.example")


def _held() -> Iterator[Sample]:
    for because, written in _FROM.items():
        for number, body in enumerate(written):
            name = f"{because} {number}: {ascii(body)[:70]}"
            yield Sample(FROM, name, with_header("From", body), because)
    for because, fields in _HEADS.items():
        for number, (field, value) in enumerate(fields):
            name = f"{because} {number}: {field}: {ascii(value)[:60]}"
            yield Sample(RECIPIENTS, name, _with(field, value), because)


def _with(field: str, body: str | None) -> bytes:
    """Return a message with that header; links are those that the appointment may have."""
    return with_header(field, body, APPOINTMENT if field.startswith("List-") else CODE)


def samples() -> Iterator[Sample]:
    """Yield every way to write a header that people see, or that steers their answers."""
    yield from _held()
    yield from hostile(
        FROM,
        each(
            "sender.header",
            {"no From": with_header("From", None)}.items(),
        ),
    )
    yield from legitimate(
        FROM,
        {f"{n}: {body!a}": with_header("From", body) for n, body in enumerate(_GOOD_FROM)},
    )
    yield from legitimate(
        RECIPIENTS,
        {
            f"{n}: {field}: {ascii(body)[:60]}": _with(field, body)
            for n, (field, body) in enumerate(_GOOD_HEADS)
        },
    )
    for address in _GOOD_ADDRESSES:
        content = with_header("To", f"Anna <{address}>")
        envelope = Envelope(ENVELOPE.sender, (address,))
        yield Sample(RECIPIENTS, f"to {address}", content, envelope=envelope)
    yield Sample(
        ANSWERS, "a reply to an earlier mail", with_field("In-Reply-To: <0@health.example>")
    )
