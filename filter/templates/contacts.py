"""Is this spelled like an e-mail address, a telephone number, a web address, a country?

Whether a web address may be sent is not asked here: every link is held against the allowlist.
The door of phonenumberslite: its tables take a while to load, so every use of it imports it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# RFC 5321 section 4.1.2 "Dot-string" @ a domain with at least two labels (RFC 1035 section 2.3.1).
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*@{_LABEL}(?:\.{_LABEL})+")
_URL = re.compile(r"https?://[A-Za-z0-9][!-~]*", re.IGNORECASE)
# Groups of digits with the signs people put between them; a masked digit is * or x.
_PHONE = re.compile(r"(?:\(\+[0-9]{1,3}\) ?|\+)?\(?[0-9](?:[ ./()-]{0,2}[0-9*xX])*\)?")
_FEWEST_DIGITS = 3  # short codes
_MOST_DIGITS = 15  # ITU-T E.164 section 6.2.1


def is_email(text: str) -> bool:
    """Return whether the text is one bare e-mail address in ASCII."""
    return _EMAIL.fullmatch(text) is not None


def is_url(text: str) -> bool:
    """Return whether the text is one http or https address in printable ASCII."""
    return _URL.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """Return whether the text is a telephone number or short code, perhaps partly masked.

    A number with a country code must have a length that the country's plan knows.
    """
    if _PHONE.fullmatch(text) is None:
        return False
    count = sum(c in "0123456789*xX" for c in text)
    if not _FEWEST_DIGITS <= count <= _MOST_DIGITS:
        return False
    if not text.startswith(("+", "(+")) or not text.translate(_SIGNS).isdigit():
        return True
    # (0) is not dialled from abroad: +44 (0)20 7946 0958.
    return _is_planned(text) or _is_planned(text.replace("(0)", ""))


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number as the world's numbering plans read it.

    ``region`` is its country (ISO 3166-1 alpha-2), "001" for networks that belong to none
    (satellites, +800, +979), "" when there can be nobody at such a number. Where several countries
    share a code (+1, +7, +44), ranges that the tables do not know yet are the main one's: whoever
    dials them reaches somebody. ``is_possible`` says
    that numbers of this length are in use there, ``is_valid`` that ones of these digits are.
    """

    e164: str  # "+60123456789"
    region: str
    is_possible: bool
    is_valid: bool


# Numbers that networks still accept as they were before a change of plan: Mexico's mobile numbers
# had a 1 behind the country code until 2019.
_FORMER = (re.compile(r"\+521(\d{10})"), r"+52\1")


def read_number(text: str, country: str | None = None) -> Number | None:
    """Return what number the text is, None if it is none; ``country`` reads national forms."""
    from phonenumbers import (  # noqa: PLC0415
        NumberParseException,
        PhoneNumberFormat,
        format_number,
        is_possible_number,
        is_valid_number_for_region,
        parse,
        region_code_for_country_code,
        region_code_for_number,
    )

    try:
        number = parse(text, country)
    except NumberParseException:
        return None
    e164 = format_number(number, PhoneNumberFormat.E164)
    if _FORMER[0].fullmatch(e164):
        return read_number(_FORMER[0].sub(_FORMER[1], e164))
    is_possible = is_possible_number(number)
    region = region_code_for_number(number) or ""
    if not region and is_possible:
        region = region_code_for_country_code(number.country_code or 0)
    return Number(
        e164=e164,
        region=region,
        is_possible=is_possible,
        is_valid=is_valid_number_for_region(number, region) if region else False,
    )


def spaced(number: str) -> str:
    """Return (the beginning of) an E.164 number as its country writes it: ``+60 12-345``."""
    from phonenumbers import AsYouTypeFormatter  # noqa: PLC0415

    formatter, written = AsYouTypeFormatter("ZZ"), number
    for sign in number:
        written = formatter.input_digit(sign)
    return str(written)


# To find a number that begins somehow, and how long numbers are, with their plus sign.
_FILLINGS = ("5" * 15, "2" * 15, "123456789012345", "9" * 15, "0" * 15)
_LENGTHS = range(8, 17)


def beginning_now(prefix: str) -> str:
    """Return how numbers are written that are dialled so: +4407 is +447, +521 is +52.

    The prefix itself when some number does begin so, or when nobody can tell.
    """
    found = prefix
    for filling in _FILLINGS:
        for length in _LENGTHS:
            whole = prefix + filling[: max(0, length - len(prefix))]
            number = read_number(whole)
            if number is None or not number.is_valid:
                continue
            if number.e164.startswith(prefix):
                return prefix
            lost = len(whole) - len(number.e164)
            if lost > 0:
                found = number.e164[: len(prefix) - lost]
    return found


def written_at_home(number: str) -> str:
    """Return an E.164 number as its own country writes it: ``012-345 6789``."""
    from phonenumbers import PhoneNumberFormat, format_number, parse  # noqa: PLC0415

    return str(format_number(parse(number), PhoneNumberFormat.NATIONAL))


_SIGNS = str.maketrans("", "", "+ ./()-")


def _is_planned(text: str) -> bool:
    from phonenumbers import (  # noqa: PLC0415
        NumberParseException,
        ValidationResult,
        is_possible_number_with_reason,
        parse,
    )

    try:
        reason = is_possible_number_with_reason(parse(text))
    except NumberParseException:
        return False
    # Numbers set aside for documentation (+1 555 0100) lack an area code: "local only".
    return reason in (ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY)


def country_codes() -> frozenset[str]:
    """Return the two letters of every country that has a numbering plan: "MY"."""
    # Imported here, as above: few rules name a country.
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415

    return frozenset(SUPPORTED_REGIONS)
