"""A recipient that two servers read differently is a fresh key for the same person: it is held."""

from __future__ import annotations

import time

import pytest

from filter.message import Envelope, TextFields
from filter.reading.mail import read_mail
from filter.reading.sms import read_text_message
from tests.reading.build import LIMITS, codes, mail

NUMBER = "+60123456789"


def of_text(recipient: str) -> set[str]:
    envelope = Envelope("MYHEALTH", (recipient,))
    return codes(read_text_message(envelope, TextFields("MYHEALTH", recipient, "493021")))


def of_mail(*recipients: str) -> set[str]:
    envelope = Envelope("no-reply@health.example", recipients)
    return codes(read_mail(envelope, mail().encode(), LIMITS))


@pytest.mark.parametrize(
    "written",
    [
        NUMBER,
        "60123456789",
        "0060123456789",
        "012-345 6789",
        "+60 (0)12-345.6789",
        "(+60) 12 345 6789",
        "whatsapp:+60123456789",
        "\uff0b\uff16\uff10123456789",  # full-width digits
        "+60\u00a012\u2011345\u200b6789",
        "62245",
    ],
)
def test_a_number_may_be_written_as_people_write_it(written: str) -> None:
    assert of_text(written) == set()


@pytest.mark.parametrize(
    "written",
    [
        f"{NUMBER}@x.example",
        f"{NUMBER}/1",
        f"{NUMBER}|1",
        f"{NUMBER},6789",
        f"{NUMBER};ext=5",
        f"{NUMBER}x5",
        f"{NUMBER}\u00b2",
        f"{NUMBER}\u2460",
        f"{NUMBER}+60198765432",
        f"{NUMBER}\x00",
        "+6012ABC6789",
        "0+60123456789",
        "x:y:+60123456789",
        "Aisha",
        "",
        "+" * 90_000,
    ],
)
def test_a_number_with_anything_else_is_held(written: str) -> None:
    assert of_text(written) == {"text.recipient"}


@pytest.mark.parametrize("piece", ["(", "+", " 1", "-", "1-", "\uff08"])
def test_reading_a_long_number_takes_no_time(piece: str) -> None:
    begun = time.process_time()

    assert of_text(piece * 50_000 + "x") == {"text.recipient"}
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    "written",
    [
        "anna@dest.example",
        "Anna.O'Neil+news=1@Dest.Example.",
        '"anna o"@dest.example',
        "Postmaster",
        "anna@[192.0.2.1]",
        "\u00e4nna@b\u00fccher.example",
        "anna@xn--bcher-kva.example",
    ],
)
def test_an_address_may_be_what_smtp_allows(written: str) -> None:
    assert of_mail("otto@dest.example", written) == set()


@pytest.mark.parametrize(
    "written",
    [
        "anna(1)@dest.example",
        "anna@dest.example(1)",
        "anna%dest.example@relay.example",
        "dest.example!anna@relay.example",
        '"anna@dest.example"@relay.example',
        '"an"na@dest.example',
        'an."na"@dest.example',
        "@relay.example:anna@dest.example",
        "anna @dest.example",
        "anna@dest..example",
        "anna@dest.example:26",
        "anna,otto@dest.example",
        "anna@dest.example\udcff",
        "anna",
        "postmasters",
        "anna@de\ufe0fst.example",
        "anna@de\u200bst.example",
        "anna@\U000e0100dest.example",
        "an\u034fna@dest.example",
    ],
)
def test_an_address_that_servers_rewrite_is_held(written: str) -> None:
    assert of_mail("otto@dest.example", written) == {"mail.recipient"}


def test_the_finding_does_not_tell_whom() -> None:
    (trouble,) = read_text_message(
        Envelope("MYHEALTH", (f"{NUMBER}x5",)), TextFields("MYHEALTH", f"{NUMBER}x5", "493021")
    ).troubles

    assert "6789" not in f"{trouble.detail} {trouble.where}"
