"""Who is meant in `match:` and `safe_lists:`: values in the one form that messages have them in."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from filter.enduser import read_end_user
from filter.message import Channel
from filter.rulefiles.fields import Word, listed, trouble
from filter.schemaproblems import BAD_VALUE
from filter.templates.contacts import beginning_now, country_codes, read_number

# ITU-T E.164 section 6.2.1: at most 15 digits; documentation numbers (+15550100) have 8.
_E164 = re.compile(r"\+[1-9][0-9]{4,14}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,13}")
_SHORT_CODE = re.compile(r"[0-9]{3,6}")
_HOST = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_SIGNS = re.compile(r"[ ().-]")
# Codes that people take for a country's: ISO 3166-1 sets UK aside for GB.
_MISTAKEN = {"UK": "GB", "EN": "GB", "SWE": "SE"}


def _number(value: str) -> str:
    """Return a recipient in its canonical form: E.164, a short code, an e-mail address."""
    if "@" in value:
        return _address(value)
    digits = _SIGNS.sub("", value)
    if digits == value and _SHORT_CODE.fullmatch(value):
        return value
    if _E164.fullmatch(digits) is None:
        message = f"`{value[:40]}` is not a number as `+60123456789`"
        raise trouble("E207", message, _number_help(value))
    # Numbers of messages lose the 0 of their national form: +60 (0)12 is +6012.
    number = read_number(digits)
    if number is not None and number.e164 != digits:
        message = f"`{value[:40]}` is dialled otherwise from abroad"
        raise trouble("E207", message, f"write `{number.e164}`")
    return digits


def _number_help(value: str) -> str:
    digits = re.sub("[^0-9+]", "", value)
    if value.lower().startswith(("whatsapp:", "tel:", "sms:")):
        return f"write `{digits}`"
    if digits.startswith("00") and _E164.fullmatch(f"+{digits[2:]}"):
        return f"write `+{digits[2:]}`"
    if digits.startswith("0"):
        return "write it with `+` and the code of its country"
    if _E164.fullmatch(f"+{digits}"):
        return f"write `+{digits}`, with quotes"
    return "write `+`, the code of the country and the number; or a short code, or an address"


def _prefix(value: str) -> str:
    digits = _SIGNS.sub("", value)
    if _PREFIX.fullmatch(digits):
        now = beginning_now(digits)
        if now != digits:
            message = f"no number begins with `{value[:40]}` when it is dialled from abroad"
            raise trouble("E207", message, f"write `{now}`")
        return digits
    help_ = f"write `+{digits}`" if _PREFIX.fullmatch(f"+{digits}") else "write it as `+6012`"
    if value.endswith("*"):
        help_ = f"write `{value.rstrip('*')}`: it fits all numbers that begin so"
    raise trouble("E207", f"`{value[:40]}` is not the beginning of a number", help_)


def _address(value: str) -> str:
    local, _, domain = value.rpartition("@")
    if not local or re.search(r'[\s<>"\\]', local) or "." not in domain:
        message = f"`{value[:60]}` is not an e-mail address"
        raise trouble("E209", message, "write name@host.example, without a name before it")
    return f"{local.casefold()}@{_domain(domain)}"


def _domain(value: str) -> str:
    folded = value.lower().rstrip(".")
    if _HOST.fullmatch(folded):
        return folded
    help_ = "write it as health.example"
    if "@" in folded:
        help_ = f"write `{folded.rpartition('@')[2]}`"
    elif "*" in folded or folded.startswith("."):
        help_ = "name each domain; there are no wildcards"
    elif not folded.isascii():
        help_ = "write its ASCII form, as xn--…"
    raise trouble("E209", f"`{value[:60]}` is not a domain", help_)


def _sender(value: str) -> str:
    """Return a sender in its canonical form: an address, a number, or a name as it is shown."""
    if value == "<>":  # bounces, and whoever names no sender
        return value
    if "@" in value or not any(character.isalpha() for character in value):
        return _number(value)
    return value.strip()


def _country(value: str) -> str:
    code = value.upper()
    if code in country_codes():
        return code
    if code in _MISTAKEN:
        help_ = f"write `{_MISTAKEN[code]}`"
    else:
        help_ = "write the two letters of ISO 3166, as MY"
        if len(code) > 2:  # noqa: PLR2004 - letters of a code
            near = sorted(c for c in country_codes() if c == code[:2])
            help_ += f"; is it `{near[0]}`?" if near and len(code) == 3 else ""  # noqa: PLR2004
    raise trouble("E208", f"`{value[:40]}` is no country", help_)


def _end_user(value: str) -> str:
    try:
        return read_end_user(value, "").id
    except ValueError as exc:
        raise trouble(BAD_VALUE, str(exc), "write the id as the client does") from exc


def _ip(value: str) -> str:
    """Return an address as it is counted: IPv4 whole, IPv6 by its network of 64 bits."""
    address = value.removesuffix("/64") if ":" in value else value
    try:
        return read_end_user("", address).ip
    except ValueError:
        pass
    help_ = "write it as 192.0.2.1 or 2001:db8::1"
    if "/" in value:
        help_ = "name each address; of networks only those of IPv6 with /64 are known"
    raise trouble("E209", f"`{value[:60]}` is not an IP address", help_)


_ONE_OR_MORE = Field(min_length=1)
_LISTED = BeforeValidator(listed, json_schema_input_type=Word | list[Word])
_CHANNELS = BeforeValidator(listed, json_schema_input_type=Channel | list[Channel])

Channels = Annotated[tuple[Channel, ...], _ONE_OR_MORE, _CHANNELS]
Texts = Annotated[tuple[Word, ...], _ONE_OR_MORE, _LISTED]
Numbers = Annotated[tuple[Annotated[Word, AfterValidator(_number)], ...], _ONE_OR_MORE, _LISTED]
Prefixes = Annotated[tuple[Annotated[Word, AfterValidator(_prefix)], ...], _ONE_OR_MORE, _LISTED]
Domains = Annotated[tuple[Annotated[Word, AfterValidator(_domain)], ...], _ONE_OR_MORE, _LISTED]
Senders = Annotated[tuple[Annotated[Word, AfterValidator(_sender)], ...], _ONE_OR_MORE, _LISTED]
Countries = Annotated[tuple[Annotated[Word, AfterValidator(_country)], ...], _ONE_OR_MORE, _LISTED]
EndUsers = Annotated[tuple[Annotated[Word, AfterValidator(_end_user)], ...], _ONE_OR_MORE, _LISTED]
Addresses = Annotated[tuple[Annotated[Word, AfterValidator(_ip)], ...], _ONE_OR_MORE, _LISTED]
