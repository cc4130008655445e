"""Who is this recipient, however the request spells it?

Limits count people, so every spelling of one address has to be one Addressee; whoever could write a
number in a hundred ways would have a hundred budgets. What cannot be read for certain is cut down
to its digits, so that signs between them make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from filter.settings import Limits
from filter.subject import Addressee
from filter.templates.contacts import read_number, written_at_home

# A prefix is a number without so many digits at its end: about what one block of numbers holds.
SUBSCRIBER_DIGITS = 4
# Fewer digits are a short code: the shortest national numbers in use have five to seven, but those
# are no mobile ones (ITU-T E.164 national plans); codes have three to six.
_SHORT_CODE_DIGITS = 6
# From so many digits on, a letter or sign that dialling knows begins an extension, not a number.
_WHOLE_DIGITS = 7
# A text with fewer digits is a name, not a number.
_FEWEST_DIGITS = 3
# ITU-T E.164 section 6.2.1 has 15; nothing beyond twice that can be a number.
_MOST_DIGITS = 30
# RFC 5321 section 4.5.3.1.3: a path has 256 octets. What comes after more is looked at by nobody.
_MOST_CHARACTERS = 1000
_MOST_LABEL_CHARACTERS = 63  # RFC 1035 section 2.3.4
_REMEMBERED = 16_384

_EXTENSION = re.compile(r"[A-Za-z;,#*?&]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?://)?")
# Where dots in a name tell nobody apart (Gmail Help, "Dots don't matter in Gmail addresses").
_DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


def addressee_of(recipient: str, settings: Limits) -> Addressee:
    """Return the recipient in its canonical form. Never raises."""
    return _read(recipient[:_MOST_CHARACTERS], settings.country, settings.plus_tags)


def exact_addressee_of(recipient: str, settings: Limits) -> Addressee:
    """Return the same with its plus tag: whether two messages are for the very same address."""
    return _read(recipient[:_MOST_CHARACTERS], settings.country, True)


def spellings_of(recipient: str, settings: Limits) -> tuple[str, ...]:
    """Return how else a record may have the recipient that a person names: as typed comes first.

    Records keep what the application wrote: a number with and without its country code, say.
    """
    known = addressee_of(recipient, settings)
    spellings = [recipient, known.recipient]
    if known.recipient.startswith("+"):
        spellings += [known.recipient[1:], "00" + known.recipient[1:]]
        if known.country and known.country == settings.country:
            home = written_at_home(known.recipient)
            spellings += [home, "".join(c for c in home if c.isdecimal())]
    return tuple(dict.fromkeys(spellings))


@lru_cache(maxsize=_REMEMBERED)
def _read(recipient: str, country: str | None, plus_tags: bool) -> Addressee:  # noqa: FBT001
    text = unicodedata.normalize("NFKC", recipient)
    text = "".join(_plain(character) for character in text).strip().strip("<>").strip()
    if "@" in text:
        return _mailbox(text, plus_tags=plus_tags)
    digits, has_plus = _digits_of(text)
    if not digits or (len(digits) < _FEWEST_DIGITS and any(c.isalpha() for c in text)):
        return Addressee("".join(text.casefold().split()))
    return _number(digits, country, has_plus=has_plus)


def _plain(character: str) -> str:
    """Return a character's ASCII digit, "" for what nobody sees, else the character itself."""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    return "" if unicodedata.category(character) in ("Cc", "Cf") else character


# --- e-mail


def _mailbox(text: str, *, plus_tags: bool) -> Addressee:
    if text[:7].casefold() == "mailto:":
        text = text[7:]
    local, _, domain = text.rpartition("@")
    domain = _domain(domain)
    local = local.strip()
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = re.sub(r"\\(.)", r"\1", local[1:-1], flags=re.DOTALL)
    local = local.casefold()
    if not plus_tags:
        local = local[:1] + local[1:].partition("+")[0]
    local = local.strip()  # what stood before a tag, or inside quotes
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), _DOTLESS[domain]
    return Addressee(f"{local}@{domain}", domain=domain)


def _domain(domain: str) -> str:
    """Return a domain in lower case, its labels in the one form that DNS carries (RFC 5890)."""
    # RFC 3490 section 3.1: the ideographic full stop parts labels as well.
    labels = domain.replace("\u3002", ".").strip().rstrip(".").lower().split(".")
    return ".".join(_label(label) for label in labels)


def _label(label: str) -> str:
    if len(label) > _MOST_LABEL_CHARACTERS:
        return label
    if label.startswith("xn--"):
        try:
            label = unicodedata.normalize("NFKC", label[4:].encode().decode("punycode")).lower()
        except (UnicodeError, OverflowError, ValueError):
            return label
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


# --- telephone numbers


def _digits_of(text: str) -> tuple[str, bool]:
    """Return the digits of a number, and whether a plus sign stands before them."""
    scheme = _SCHEME.match(text)
    if scheme is not None:
        text = text[scheme.end() :]
    digits, has_plus = "", False
    for character in text:
        if character.isdecimal():
            digits += character
            if len(digits) == _MOST_DIGITS:
                break
        elif character == "+" and not digits:
            has_plus = True
        elif len(digits) >= _WHOLE_DIGITS and _EXTENSION.match(character):
            break
    return digits, has_plus


def _number(digits: str, country: str | None, *, has_plus: bool) -> Addressee:
    if has_plus:
        return _international(digits)
    if len(digits) <= _SHORT_CODE_DIGITS:
        return Addressee(digits)
    whole = _with_country_code(digits, country)
    return _addressee(digits, "") if whole is None else _international(whole)


def _with_country_code(digits: str, country: str | None) -> str | None:
    """Return the digits of a number that begin with its country code, None if nobody can tell."""
    # The library knows how the country writes national numbers and what it dials before others
    # (011 in North America, 0011 in Australia); 00 is what the ITU recommends there (E.123). Many
    # providers take a country code with nothing before it.
    national = read_number(digits, country) if country is not None else None
    foreign = read_number("+" + digits)
    if national is not None and national.is_valid:
        return national.e164[1:]
    if digits.startswith("00") or (foreign is not None and foreign.is_valid):
        return digits
    # Plans change: ranges may be in use that the tables do not know yet.
    if national is not None and national.is_possible:
        return national.e164[1:]
    return digits if foreign is not None and foreign.is_possible else None


def _international(digits: str) -> Addressee:
    """Return the addressee of a number with its country code, without zeros and trunk codes."""
    e164, region = "+" + (digits.lstrip("0") or digits), ""
    for _ in range(_MOST_DIGITS):
        former = e164
        number = read_number(e164)
        if number is None:
            break
        e164, region = number.e164, number.region
        if e164 == former:
            break
    return _addressee(e164, region)


def _addressee(number: str, region: str) -> Addressee:
    prefix = number[:-SUBSCRIBER_DIGITS] if len(number) > _WHOLE_DIGITS else ""
    return Addressee(number, prefix, region)
