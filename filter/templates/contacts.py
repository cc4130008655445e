"""Is this spelled like an e-mail address, a telephone number, a web address?

Whether a web address may be sent is not asked here: every link is held against the allowlist.
The door of phonenumberslite.
"""

from __future__ import annotations

import re

# RFC 5321 section 4.1.2 "Dot-string" @ a domain with at least two labels (RFC 1035 section 2.3.1).
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*@{_LABEL}(?:\.{_LABEL})+")
_URL = re.compile(r"https?://[A-Za-z0-9][!-~]*", re.IGNORECASE)
# Groups of digits with the signs people put between them; a masked digit is * or x.
_PHONE = re.compile(r"\+?\(?[0-9](?:[ ./()-]{0,2}[0-9*xX])*\)?")
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
    return not text.startswith("+") or not text.translate(_SIGNS).isdigit() or _is_planned(text)


_SIGNS = str.maketrans("", "", "+ ./()-")


def _is_planned(text: str) -> bool:
    # Imported here: most rule sets have no such slot, and the tables take a while to load.
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
