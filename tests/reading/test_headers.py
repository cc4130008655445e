"""What does the header say to people, and when is it held for being read in two ways?"""

from __future__ import annotations

import time

import pytest

from filter.message import LinkKind, Mailbox
from tests.reading.build import codes, mail, read


def with_header(name: str, body: str) -> str:
    """Return a message with that header, in the place of the usual one."""
    lines = mail().split("\r\n")
    kept = [line for line in lines if not line.lower().startswith(name.lower() + ":")]
    return f"{name}: {body}\r\n" + "\r\n".join(kept)


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("no-reply@health.example", "", "no-reply@health.example"),
        ("<no-reply@health.example>", "", "no-reply@health.example"),
        ("Clinic <a@b.example>", "Clinic", "a@b.example"),
        ('"Clinic, Inc." <a@b.example>', "Clinic, Inc.", "a@b.example"),
        ('"A \\"B\\"" <a@b.example>', 'A "B"', "a@b.example"),
        ("Acme Inc. <a@b.example>", "Acme Inc.", "a@b.example"),
        ("O'Neil & Sons <a@b.example>", "O'Neil & Sons", "a@b.example"),
        ("=?utf-8?q?M=C3=BCller?= <a@b.example>", "Müller", "a@b.example"),
        ("=?UTF-8?B?TcO8?=\r\n =?UTF-8?B?bGxlcg==?= <a@b.example>", "Müller", "a@b.example"),
        ("=?utf-8?q?M=C3=BCller?= Clinic <a@b.example>", "Müller Clinic", "a@b.example"),
        ("Müller <a@b.example>", "Müller", "a@b.example"),
        ("Clinic\r\n\t<a@b.example>", "Clinic", "a@b.example"),
        ("Clinic <üser@bücher.example>", "Clinic", "üser@bücher.example"),
        ('"" <a@b.example>', "", "a@b.example"),
        ("Siti binti Ahmad a/p Raj <a@b.example>", "Siti binti Ahmad a/p Raj", "a@b.example"),
    ],
)
def test_every_way_of_writing_a_mailbox_is_read(written: str, name: str, address: str) -> None:
    message = read(with_header("From", written))

    assert message.troubles == ()
    assert message.from_ == (Mailbox(name, address),)


def test_lists_are_read_and_an_empty_group_names_nobody() -> None:
    message = read(with_header("To", 'A <a@b.example>, b@b.example,\r\n "C, D" <c@b.example>'))
    hidden = read(with_header("To", "undisclosed-recipients:;"))

    assert [m.address for m in message.to] == ["a@b.example", "b@b.example", "c@b.example"]
    assert hidden.troubles == ()
    assert hidden.to == ()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "mail.address"),
        ("Clinic", "mail.address"),
        ("a@b.example, ", "mail.address"),
        ("a@b.example (comment)", "mail.address_comment"),
        ("(comment) a@b.example", "mail.address_comment"),
        ("<@evil.example:a@b.example>", "mail.address_route"),
        ("a@b.example <c@d.example>", "mail.address"),
        ("A <a@b.example> <c@d.example>", "mail.address"),
        ("A <a@b.example>; B <b@b.example>", "mail.address"),
        ('"unclosed <a@b.example>', "mail.address"),
        ('"local part"@b.example', "mail.address_quoted"),
        ("a@[127.0.0.1]", "mail.address_literal"),
        ("a@b.example\0", "mail.nul"),
        ("Group: a@b.example;", "mail.address_group"),
        ('"=?utf-8?q?x?=" <a@b.example>', "mail.encoded_word_quoted"),
        ("=?utf-8?q?x <a@b.example>", "mail.encoded_word"),
        ("=?utf-8?q?x?=y <a@b.example>", "mail.encoded_word"),
        ("=?utf-8?q?a=40b?=@c.example", "mail.address_encoded"),
        ("A <a@b@c.example>", "mail.address"),
        ("A <a..b@c.example>", "mail.address"),
        ("A\\B <a@b.example>", "mail.address"),
    ],
)
def test_an_address_that_programs_read_differently_is_held(written: str, code: str) -> None:
    assert code in codes(read(with_header("From", written)))


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        ("Your code", "Your code"),
        ("Your\r\n code", "Your code"),
        ("=?utf-8?B?WW91ciBjb2Rl?=", "Your code"),
        ("=?utf-8?Q?Your_code?=", "Your code"),
        ("=?US-ASCII?Q?Your?= =?utf-8?b?IGNvZGU=?=", "Your code"),
        ("=?utf-8?Q?Your?=\r\n =?utf-8?Q?_code?=", "Your code"),
        ("Your =?utf-8?Q?c=C3=B6de?= here", "Your cöde here"),
        ("=?iso-8859-1?Q?c=F6de?=", "cöde"),
        ("Your cöde", "Your cöde"),
        ("1 + 1 = 2? Yes!", "1 + 1 = 2? Yes!"),
        ("", ""),
    ],
)
def test_every_way_of_writing_a_subject_is_read(written: str, subject: str) -> None:
    message = read(with_header("Subject", written))

    assert message.troubles == ()
    assert message.subject == subject


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("=?utf-8?Q?x y?=", "mail.encoded_word"),
        ("=?utf-8?Q?x?=y", "mail.encoded_word"),
        ("x=?utf-8?Q?y?=", "mail.encoded_word"),
        ("=?utf-8?Q?x?==?utf-8?Q?y?=", "mail.encoded_word"),
        ("=?utf-8?X?eA==?=", "mail.encoded_word"),
        ("=?utf-8?B?eA?=", "mail.encoded_word"),
        ("=?utf-8?B?e*A=?=", "mail.encoded_word"),
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=", "mail.encoded_word_charset"),
        ("=?utf-7?Q?+AGU-?=", "mail.encoded_word_charset"),
        ("=?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=", "mail.encoded_word_twice"),
        ("=?utf-8?Q?=E2=80=AEx?=", "text.invisible"),
        ("=?utf-8?Q?a=00b?=", "text.invisible"),
        ("=?utf-8?Q?a=0D=0ABcc:_x?=", "mail.encoded_word_break"),
        ("a\u200bb", "text.invisible"),
    ],
)
def test_a_subject_that_programs_decode_differently_is_held(written: str, code: str) -> None:
    assert code in codes(read(with_header("Subject", written)))


def test_links_in_list_headers_subject_and_names_are_links() -> None:
    message = read(
        with_header(
            "Subject",
            "See evil.example/x\r\n"
            "List-Unsubscribe: <https://health.example/u> (leave), <mailto:u@health.example>\r\n"
            "List-Post: NO\r\n"
            "Reply-To: www.evil.example <a@b.example>",
        )
    )

    assert message.troubles == ()
    assert {(link.url, link.kind, link.where) for link in message.links} == {
        ("https://health.example/u", LinkKind.HEADER, "list-unsubscribe"),
        ("mailto:u@health.example", LinkKind.HEADER, "list-unsubscribe"),
        ("evil.example/x", LinkKind.BARE, "subject"),
        ("www.evil.example", LinkKind.BARE, "display name"),
    }


def test_machine_headers_are_not_read() -> None:
    message = read(
        "Received: from x (y [10.0.0.1]) by evil.example; Tue, 7 Jan 2025 10:11:12 +0000\r\n"
        "DKIM-Signature: v=1; d=evil.example\r\n"
        "X-Mailer: Thing (https://evil.example)\r\n"
        "X-Report-Abuse: http://evil.example/ \u00fc\r\n" + mail()
    )

    assert message.troubles == ()
    assert message.links == ()


def test_a_receipt_goes_to_the_sender_or_the_message_is_held() -> None:
    to_sender = read("Disposition-Notification-To: no-reply@health.example\r\n" + mail())
    elsewhere = read("Disposition-Notification-To: evil@evil.example\r\n" + mail())

    assert to_sender.troubles == ()
    assert codes(elsewhere) == {"mail.receipt"}


@pytest.mark.parametrize("name", ["Face", "X-Face", "Resent-From"])
def test_headers_that_show_another_sender_are_held(name: str) -> None:
    assert codes(read(f"{name}: x\r\n" + mail())) == {"mail.header_refused"}


def test_a_date_that_cannot_be_read_is_held() -> None:
    assert codes(read(with_header("Date", "tomorrow"))) == {"mail.date"}


@pytest.mark.parametrize(
    "field",
    [
        "X-Message-Flag: Call 0812345678",
        "Resent-Cc: x@evil.example",
        "Resent-Reply-To: x@evil.example",
        "BIMI-Indicator: AAAA",
        "Newsgroups: evil.group",
        "Followup-To: poster",
        "Author: Evil <x@evil.example>",
    ],
)
def test_headers_that_show_what_no_template_knows_are_held(field: str) -> None:
    assert codes(read(f"{field}\r\n{mail()}")) == {"mail.header_refused"}


def test_a_topic_other_than_the_subject_is_held() -> None:
    assert codes(read(f"Thread-Topic: You have been hacked\r\n{mail()}")) == {"mail.thread_topic"}


def test_a_topic_may_repeat_the_subject() -> None:
    assert read(f"Thread-Topic: =?utf-8?q?Your_code?=\r\n{mail()}").troubles == ()


@pytest.mark.parametrize(
    "name",
    [
        '"You have been hacked!"',
        '"Call 1-800-555-0100"',
        '"' + "Stay at home and wait for the police " * 2 + '"',
        "=?utf-8?q?Call_0812345678?=",
    ],
)
@pytest.mark.parametrize("field", ["To", "Cc"])
def test_the_name_of_a_recipient_is_no_place_for_a_message(field: str, name: str) -> None:
    message = read(with_header(field, f"{name} <anna@dest.example>"))

    assert codes(message) == {"mail.recipient_name"}


@pytest.mark.parametrize(
    "written",
    [
        '"anna@dest.example" <anna@dest.example>',
        "\"'Anna@Dest.example'\" <anna@dest.example>",
        '"60123456789" <60123456789@dest.example>',
        '"Kementerian Kesihatan (Unit IT), Putrajaya" <it@dest.example>',
        "Y.A.M. Tunku Siti binti Tunku Haji Abdul Rahman <a@dest.example>",
        "Undisclosed recipients:;",
        "recipient list not shown:;",
    ],
)
def test_recipients_are_called_what_they_are_called(written: str) -> None:
    message = read(with_header("To", written))

    assert message.troubles == ()
    assert message.links == ()


def test_another_address_in_a_name_is_a_link() -> None:
    message = read(with_header("To", '"x@evil.example" <anna@dest.example>'))

    assert [link.url for link in message.links] == ["mailto:x@evil.example"]


def test_the_members_of_a_group_are_recipients() -> None:
    message = read(
        with_header("To", "Ward 3: Anna <anna@dest.example>, b@dest.example;, c@x.example")
    )

    assert message.troubles == ()
    assert [one.address for one in message.to] == [
        "anna@dest.example",
        "b@dest.example",
        "c@x.example",
    ]


def test_the_name_of_a_group_is_looked_through_for_links() -> None:
    message = read(with_header("To", "evil.example: anna@dest.example;"))

    assert [link.url for link in message.links] == ["evil.example"]


@pytest.mark.parametrize("body", ["a: b@x.example", "a: b: c@x.example;;", "a: b@x.example,;"])
def test_a_group_left_open_or_inside_of_another_is_held(body: str) -> None:
    assert codes(read(with_header("To", body))) & {"mail.address_group", "mail.address"}


def test_an_empty_group_is_no_place_for_a_message() -> None:
    assert codes(read(with_header("To", "You are hacked:;"))) == {"mail.address_group"}


@pytest.mark.parametrize("piece", ['"', '\\"', '"\\', "(", "<@", "@", "=?", "a ", "a,"])
@pytest.mark.parametrize("name", ["To", "Subject", "List-Unsubscribe", "List-Id", "Date"])
def test_a_header_full_of_signs_takes_no_longer_than_another(name: str, piece: str) -> None:
    folded = "\r\n ".join([piece * 400] * 60)
    begin = time.perf_counter()
    read(f"{name}: {folded}\r\n{mail()}")

    assert time.perf_counter() - begin < 1
