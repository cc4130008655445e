"""What may stand in the sections about floods: limits, watches, floors, repeats, safe lists.

As in filter/rulefiles/model.py, the models say what a value looks like on its own; what is said
together is judged in filter/rulefiles/floods.py.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from filter.floodrules import Counted, FloodAction, Sign
from filter.message import Channel
from filter.mode import Mode
from filter.problems import did_you_mean, one_of
from filter.rulefiles.durations import Duration, DurationOrNone, Window, Windows
from filter.rulefiles.fields import Id, Rule, Whole, Word, Words, listed, trouble
from filter.schemaproblems import BAD_VALUE, NAME, describe
from filter.subject import Dimension
from filter.templates.contacts import country_codes

# In `per`: no key at all, one count for everything.
GATE = "gate"

# ITU-T E.164 section 6.2.1: at most 15 digits; documentation numbers (+15550100) have 8.
_E164 = re.compile(r"\+[1-9][0-9]{4,14}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,13}")
_SHORT_CODE = re.compile(r"[1-9][0-9]{2,7}")
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
    if _E164.fullmatch(digits) or (digits == value and _SHORT_CODE.fullmatch(value)):
        return digits
    raise trouble("E207", f"`{value[:40]}` is not a number as `+60123456789`", _number_help(value))


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
        return digits
    help_ = f"write `+{digits}`" if _PREFIX.fullmatch(f"+{digits}") else "write it as `+6012`"
    if value.endswith("*"):
        help_ = f"write `{value.rstrip('*')}`: it fits all numbers that begin so"
    raise trouble("E207", f"`{value[:40]}` is not the beginning of a number", help_)


def _address(value: str) -> str:
    local, _, domain = value.rpartition("@")
    if not local or re.search(r"[\s<>]", local) or "." not in domain:
        message = f"`{value[:60]}` is not an e-mail address"
        raise trouble("E209", message, "write name@host.example, without a name before it")
    return f"{local.lower()}@{_domain(domain)}"


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
    """Return an envelope sender in its canonical form; other senders are as they are."""
    return _address(value) if "@" in value else value


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


def _ip(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        pass
    help_ = "write it as 192.0.2.1 or 2001:db8::1"
    if "/" in value:
        help_ = "name each address; networks are not compared"
    raise trouble("E209", f"`{value[:60]}` is not an IP address", help_)


def _dimension(value: str) -> str:
    if value not in _KEYS:
        help_ = did_you_mean(value, _KEYS) or one_of(_KEYS)
        raise trouble(BAD_VALUE, f"`per` cannot be `{value[:40]}`", help_)
    return value


_KEYS = (*(str(dimension) for dimension in Dimension), GATE)


def _limit_action(value: object) -> object:
    if value == FloodAction.ALERT:
        help_ = "write `mode: shadow`: it counts and is recorded; or make a watch"
        raise trouble(BAD_VALUE, "`action` of a limit cannot be `alert`", help_)
    return value


def _mapping(value: object) -> object:
    if isinstance(value, dict):
        return value
    help_ = "write {class: otp}, or remove it: a rule without it is about every message"
    raise trouble("E011", f"{NAME} must be a mapping, not {describe(value)}", help_)


_Number = Annotated[Word, AfterValidator(_number)]
_Prefix = Annotated[Word, AfterValidator(_prefix)]
_Domain = Annotated[Word, AfterValidator(_domain)]
_Sender = Annotated[Word, AfterValidator(_sender)]
_Country = Annotated[Word, AfterValidator(_country)]
_Ip = Annotated[Word, AfterValidator(_ip)]
_Key = Annotated[Word, AfterValidator(_dimension), WithJsonSchema({"enum": list(_KEYS)})]
_OneOrMore = Field(min_length=1)


class ScopeRule(Rule):
    """Which messages: those that have, in each key that stands here, one of its values."""

    channel: Annotated[tuple[Channel, ...], _OneOrMore, BeforeValidator(
        listed, json_schema_input_type=Channel | list[Channel]
    )] = Field((), description="email or sms.", examples=["sms"])  # fmt: skip
    template: Annotated[Words, _OneOrMore] = Field(
        (),
        description="Ids of templates; each fits its variants too.",
        examples=["sign-in-sms", ["sign-in-sms/ms"]],
    )
    template_class: Annotated[Words, _OneOrMore] = Field(
        (), alias="class", description="Classes of templates.", examples=["otp"]
    )
    sender: Annotated[tuple[_Sender, ...], _OneOrMore, BeforeValidator(
        listed, json_schema_input_type=Word | list[Word]
    )] = Field(
        (),
        description="Envelope senders of e-mail, senders of text messages.",
        examples=["MYHEALTH", "no-reply@health.example"],
    )  # fmt: skip
    client: Annotated[Words, _OneOrMore] = Field(
        (), description="Names of clients, as in the settings.", examples=["kiosk"]
    )
    recipient: Annotated[tuple[_Number, ...], _OneOrMore, BeforeValidator(
        listed, json_schema_input_type=Word | list[Word]
    )] = Field(
        (),
        description="Numbers with `+`, short codes, e-mail addresses.",
        examples=["+60 12-345 6789", "someone@citizen.example"],
    )  # fmt: skip
    recipient_prefix: Annotated[tuple[_Prefix, ...], _OneOrMore, BeforeValidator(
        listed, json_schema_input_type=Word | list[Word]
    )] = Field(
        (),
        alias="recipient-prefix",
        description="How numbers begin, with `+`; of any length.",
        examples=["+6012", ["+60 12-345"]],
    )  # fmt: skip
    country: Annotated[tuple[_Country, ...], _OneOrMore, BeforeValidator(
        listed, json_schema_input_type=Word | list[Word]
    )] = Field(
        (), description="Countries of numbers, in two letters.", examples=[["MY", "SG"]]
    )  # fmt: skip
    recipient_domain: Annotated[tuple[_Domain, ...], _OneOrMore, BeforeValidator(
        listed, json_schema_input_type=Word | list[Word]
    )] = Field(
        (),
        alias="recipient-domain",
        description="Domains of e-mail addresses, exactly.",
        examples=["citizen.example"],
    )  # fmt: skip
    end_user: Annotated[Words, _OneOrMore] = Field(
        (), alias="end-user", description="Ids of end users, as the client names them."
    )
    end_user_ip: Annotated[tuple[_Ip, ...], _OneOrMore, BeforeValidator(
        listed, json_schema_input_type=Word | list[Word]
    )] = Field(
        (),
        alias="end-user-ip",
        description="Addresses of end users, as the client names them.",
        examples=["192.0.2.1"],
    )  # fmt: skip


_Match = Annotated[ScopeRule, BeforeValidator(_mapping, json_schema_input_type=ScopeRule)]
_Per = Annotated[
    tuple[_Key, ...],
    _OneOrMore,
    BeforeValidator(listed, json_schema_input_type=_Key | list[_Key]),
]
_LimitAction = Annotated[Literal["hold", "block", "defer"], BeforeValidator(_limit_action)]
_SAFE = "Ids of `safe_lists:` whose messages it never counts."
_MATCH = "Which messages it is about; absent: every message."


class LimitRule(Rule):
    """How many messages may go on for one key. All windows count at once."""

    id: Id = Field(description="Name in findings, log and lists.", examples=["otp-recipient"])
    description: str = Field("", description="For people: what it is for.")
    match: _Match | None = Field(None, description=_MATCH, examples=[{"class": "otp"}])
    per: _Per = Field(
        (GATE,),
        description="What makes the key: one dimension, a list of them, or gate for one count of"
        " everything.",
        examples=["recipient", ["client", "country"]],
    )
    count: Counted = Field(
        Counted.MESSAGES, description="messages, recipients, or different-recipients."
    )
    allow: Windows = Field(
        description="How many in what time, one window or a list.",
        examples=["5 in 10 minutes", ["1 in 60 s", "30 in 1 hour burst 5"]],
    )
    action: _LimitAction = Field(
        "hold",
        description="hold: for a person; block: held, and the client is told so; defer: left with"
        " the client, 451 or 429.",
    )
    mode: Mode = Field(Mode.ENFORCE, description="enforce; shadow: count and record only; off.")
    safe: Words = Field((), description=_SAFE, examples=["test-phones"])


class WatchRule(Rule):
    """A sign of abuse, looked for before any limit is reached."""

    id: Id = Field(description="Name in findings, log and lists.", examples=["otp-spread"])
    description: str = Field("", description="For people: what it is for.")
    match: _Match | None = Field(None, description=_MATCH, examples=[{"class": "otp"}])
    per: _Per = Field(
        (GATE,),
        description="What makes the key: one dimension, a list of them, or gate.",
        examples=["recipient-prefix", ["template", "client"]],
    )
    sign: Sign = Field(description="volume, different-recipients, sequential, or first-seen.")
    at_least: Window | None = Field(
        None,
        description="From how many in what time on; not for first-seen.",
        examples=["10 in 10 minutes"],
    )
    times_usual: float = Field(
        3.0,
        gt=1,
        le=1000,
        allow_inf_nan=False,
        description="volume, different-recipients: more than so many times the usual peak.",
    )
    percent: Whole = Field(
        50, ge=1, le=100, description="sequential: the share of numbers that have a neighbour."
    )
    history: Duration = Field(
        "7 days",
        validate_default=True,
        description="volume, different-recipients: from how long a time the usual peak is taken.",
        examples=["14 days"],
    )
    learning: DurationOrNone = Field(
        "3 days",
        validate_default=True,
        description="So long it learns what is usual, and only alerts (first-seen: does nothing).",
        examples=["1 day"],
    )
    action: FloodAction = Field(
        FloodAction.ALERT,
        description="alert: people are told and the message goes on; hold, block, defer.",
    )
    mode: Mode = Field(Mode.ENFORCE, description="enforce; shadow: count and record only; off.")
    safe: Words = Field((), description=_SAFE, examples=["test-phones"])


class FloorRule(Rule):
    """The least share of codes that people use; the application reports which they did."""

    id: Id = Field(description="Name in findings, log and lists.", examples=["otp-use"])
    description: str = Field("", description="For people: what it is for.")
    match: _Match = Field(
        description="Which messages it is about: a class or templates, and what else.",
        examples=[{"class": "otp"}],
    )
    per: _Per = Field(
        (GATE,),
        description="What makes the key: one dimension, a list of them, or gate.",
        examples=["template", ["client", "country"]],
    )
    percent: float = Field(
        gt=0, le=100, allow_inf_nan=False, description="The least share used.", examples=[20]
    )
    at_least: Window = Field(
        description="From how many codes in what time on.", examples=["100 in 1 hour"]
    )
    grace: Duration = Field(
        "10 minutes",
        validate_default=True,
        description="Codes younger than this do not count: they may yet be used.",
        examples=["15 minutes"],
    )
    action: FloodAction = Field(
        FloodAction.ALERT,
        description="alert: people are told and the message goes on; hold, block, defer.",
    )
    mode: Mode = Field(Mode.ENFORCE, description="enforce; shadow: count and record only; off.")
    safe: Words = Field((), description=_SAFE, examples=["test-phones"])


class RepeatsRule(Rule):
    """The same text to the same recipient once more: it gets the first answer and is not sent."""

    id: Id = Field(description="Name in findings, log and lists.", examples=["otp-twice"])
    description: str = Field("", description="For people: what it is for.")
    match: _Match | None = Field(None, description=_MATCH, examples=[{"class": "otp"}])
    within: Duration = Field(
        description="So long after the first one is another one not sent.", examples=["60 s"]
    )
    mode: Mode = Field(Mode.ENFORCE, description="enforce; shadow: record only; off.")


class _Named(Rule):
    id: Id = Field(description="The name that `safe:` uses.", examples=["test-phones"])
    description: str = Field("", description="For people: who they are and why.")


class SafeListRule(ScopeRule, _Named):
    """Messages that limits do not count. A message that fits any one of the keys is safe."""
