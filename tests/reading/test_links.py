"""Which texts become links on somebody's screen?"""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from filter.message import LinkKind
from filter.reading.links import MAX_RUN_CHARACTERS, SIGNS, LinksUnreadable, find_links
from filter.reading.smartencoding import smart_encode
from filter.reading.text import compatible


def urls(text: str) -> list[str]:
    return [link.url for link in find_links(text, "here")]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("visit evil.com now", "evil.com"),
        ("visit EVIL.COM now", "EVIL.COM"),
        ("https://evil.example/x?y=1", "https://evil.example/x?y=1"),
        ("HTTP://EVIL.COM/x", "HTTP://EVIL.COM/x"),
        ("(https://evil.example/x).", "https://evil.example/x"),
        ("see:https://evil.example/x", "https://evil.example/x"),
        ("seehttps://evil.example/x", "https://evil.example/x"),
        ("evil.zip", "evil.zip"),
        ("evil.app/x", "evil.app/x"),
        ("thanks.so much", "thanks.so"),
        ("T.Co", "T.Co"),
        ("evil.com\u0131", "evil.com"),
        ("see _evil.com_", "_evil.com"),
        ("bit.ly/abc", "bit.ly/abc"),
        ("wa.me/15550100", "wa.me/15550100"),
        ("www.evil.com:8080/x", "www.evil.com:8080/x"),
        ("Ali www.evil", "www.evil"),
        ("sub_domain.evil.com", "sub_domain.evil.com"),
        ("1.1.1.1", "1.1.1.1"),
        ("http://3232235777/", "http://3232235777/"),
        ("http://[::1]/x", "http://[::1]/x"),
        ("http:evil.com", "http:evil.com"),
        ("https:/evil.com", "https:/evil.com"),
        ("//evil.com/x", "//evil.com/x"),
        ("http://localhost/x", "http://localhost/x"),
        ("ftp://evil.com", "ftp://evil.com"),
        ("whatsapp://send?text=x", "whatsapp://send?text=x"),
        ("user@evil.com", "mailto:user@evil.com"),
        ("mailto:user@evil.com", "mailto:user@evil.com"),
        ("evil\u3002com", "evil.com"),
        ("evil\uff0ecom", "evil.com"),
        ("\uff45vil.com", "evil.com"),
        ("\U0001d41evil.com", "evil.com"),
        ("ev\u200bil.com", "evil.com"),
        ("evil.com\u8bbf\u95ee", "evil.com"),
        ("пример.рф", "пример.рф"),
        ("xn--e1afmkfd.xn--p1ai", "xn--e1afmkfd.xn--p1ai"),
        ("@login.evil.com #123456", "login.evil.com"),
        ("https://good.example@evil.com/", "https://good.example@evil.com/"),
        ("https:\\\\evil.com", "https:\\\\evil.com"),
        ("evil.com,", "evil.com"),
        ('"evil.com"', "evil.com"),
        ("evil\u00adx.com", "evilx.com"),
        ("evil\u2026http://a.com", "http://a.com"),
        ("http\uff1a//evil.com", "http://evil.com"),
    ],
)
def test_a_client_would_make_a_link(text: str, url: str) -> None:
    assert url in urls(text)


@pytest.mark.parametrize(
    "text",
    [
        "RM0.00 493021 is your code",
        "10.50",
        "12:30, 01/02/2025",
        "Rs.500",
        "a.m. to p.m.",
        "v1.2.3",
        "1.2.3",
        "U.S. dollars",
        "invoice.pdf",
        "thanks.See you",
        "Thank you.In case of doubt",
        "Done.Call us",
        "S.K.Ng",
        "J.Kim",
        "Dr.Ng",
        "Univ.Prof. Loos",
        "Grupo Torre S.Coop.",
        "Dr. A. Rahman",
        "Ahmad a/l Raj d/o Siti",
        "evil..com",
        "evil .com",
        "evil. com",
        "evil dot com",
        "evil[.]com",
        "evil.comx",
        "javascript:alert(1)",
        "Tel:+60312345678",
        "Sdn.Bhd",
        "and/or",
        "24/7",
        "C:\\file",
        "#1: @home",
        "No.5, Jalan 1/2A",
        "",
        "...",
    ],
)
def test_ordinary_text_is_no_link(text: str) -> None:
    assert urls(text) == []


def test_an_address_is_one_link_and_each_link_stands_once() -> None:
    links = find_links("help@evil.com help@evil.com https://a.example/?u=evil.com", "part 1")

    assert [(link.url, link.kind, link.where) for link in links] == [
        ("mailto:help@evil.com", LinkKind.BARE, "part 1"),
        ("https://a.example/?u=evil.com", LinkKind.BARE, "part 1"),
    ]


@pytest.mark.parametrize("text", ["a." * 5000, "http://" + "x" * 5000, "a@" * 5000, "://" * 3000])
def test_a_word_that_takes_too_long_is_refused(text: str) -> None:
    with pytest.raises(LinksUnreadable):
        find_links(text, "here")


@pytest.mark.parametrize(
    "unit", ["a.a.", "a@a.", "://", "//a.com/", "http:", "1.1.", "(", "-.", "。a"]
)
def test_the_longest_word_that_is_read_takes_little_time(unit: str) -> None:
    text = (unit * MAX_RUN_CHARACTERS)[:MAX_RUN_CHARACTERS]
    started = time.process_time()
    with suppress(LinksUnreadable):
        find_links(text, "here")

    assert time.process_time() - started < 1.0


def test_every_character_that_becomes_one_that_a_link_needs_is_a_sign() -> None:
    needed = ".@/\\:"
    turned = {
        character
        for character in map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x20000)))
        if set(needed) & {*compatible(character), *smart_encode(character)}
    }

    assert turned | set(needed) == set(SIGNS)
