"""What may stand in the sections about floods: limits, watches, floors, repeats, safe lists.

As in filter/rulefiles/model.py, the models say what a value looks like on its own; what is said
together is judged in filter/rulefiles/floods.py.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from filter.floodrules import Counted, FloodAction, Sign
from filter.mode import Mode
from filter.problems import did_you_mean, one_of
from filter.rulefiles.durations import Duration, DurationOrNone, Window, Windows
from filter.rulefiles.fields import Id, Rule, Whole, Word, Words, listed, trouble
from filter.rulefiles.floodvalues import (
    Addresses,
    Channels,
    Countries,
    Domains,
    EndUsers,
    Numbers,
    Prefixes,
    Senders,
    Texts,
)
from filter.schemaproblems import BAD_VALUE, NAME, describe
from filter.subject import Dimension

# In `per`: no key at all, one count for everything.
GATE = "gate"


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


_Key = Annotated[Word, AfterValidator(_dimension), WithJsonSchema({"enum": list(_KEYS)})]


class ScopeRule(Rule):
    """Which messages: those that have, in each key that stands here, one of its values."""

    channel: Channels = Field((), description="email or sms.", examples=["sms"])
    template: Texts = Field(
        (),
        description="Ids of templates; each fits its variants too.",
        examples=["sign-in-sms", ["sign-in-sms/ms"]],
    )
    template_class: Texts = Field(
        (), alias="class", description="Classes of templates.", examples=["otp"]
    )
    sender: Senders = Field(
        (),
        description="Envelope senders of e-mail, senders of text messages.",
        examples=["MYHEALTH", "no-reply@health.example"],
    )
    client: Texts = Field(
        (),
        description="Names of clients, as in the settings; addresses of those that prove none.",
        examples=["kiosk"],
    )
    recipient: Numbers = Field(
        (),
        description="Numbers with `+`, short codes, e-mail addresses.",
        examples=["+60 12-345 6789", "someone@citizen.example"],
    )
    recipient_prefix: Prefixes = Field(
        (),
        alias="recipient-prefix",
        description="How numbers begin, with `+`; of any length.",
        examples=["+6012", ["+60 12-345"]],
    )
    country: Countries = Field(
        (), description="Countries of numbers, in two letters.", examples=[["MY", "SG"]]
    )
    recipient_domain: Domains = Field(
        (),
        alias="recipient-domain",
        description="Domains of e-mail addresses, exactly.",
        examples=["citizen.example"],
    )
    end_user: EndUsers = Field(
        (),
        alias="end-user",
        description="Ids of end users, as the client names them.",
        examples=["u-4711"],
    )
    end_user_ip: Addresses = Field(
        (),
        alias="end-user-ip",
        description="Addresses of end users, as the client names them; of IPv6 the first 64 bits"
        " count.",
        examples=["192.0.2.1"],
    )


_Match = Annotated[ScopeRule, BeforeValidator(_mapping, json_schema_input_type=ScopeRule)]
_Per = Annotated[
    tuple[_Key, ...],
    Field(min_length=1),
    BeforeValidator(listed, json_schema_input_type=_Key | list[_Key]),
]
_LimitAction = Annotated[Literal["hold", "block", "defer"], BeforeValidator(_limit_action)]
_SAFE = "Ids of `safe_lists:` whose messages it never counts."
_MATCH = "Which messages it is about; absent: every message."


class LimitRule(Rule):
    """How many messages may go on for one key. All windows count at once."""

    id: Id = Field(description="Name in findings, log and lists.", examples=["otp-recipient"])
    description: str = Field(
        "", description="For people: what it is for.", examples=["One phone gets few codes."]
    )
    match: _Match = Field(
        default_factory=ScopeRule, description=_MATCH, examples=[{"class": "otp"}]
    )
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
    description: str = Field(
        "",
        description="For people: what it is for.",
        examples=["Codes to numbers nobody wrote to before."],
    )
    match: _Match = Field(
        default_factory=ScopeRule, description=_MATCH, examples=[{"class": "otp"}]
    )
    per: _Per = Field(
        (GATE,),
        description="What makes the key: one dimension, a list of them, or gate.",
        examples=["recipient-prefix", ["template", "client"]],
    )
    sign: Sign = Field(
        description="volume, different-recipients, sequential, or first-seen.",
        examples=["volume", "sequential"],
    )
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
    description: str = Field(
        "", description="For people: what it is for.", examples=["Codes that nobody types in."]
    )
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
    description: str = Field(
        "",
        description="For people: what it is for.",
        examples=["The same text twice is a mistake."],
    )
    match: _Match = Field(
        default_factory=ScopeRule, description=_MATCH, examples=[{"class": "otp"}]
    )
    within: Duration = Field(
        description="So long after the first one is another one not sent.", examples=["60 s"]
    )
    mode: Mode = Field(Mode.ENFORCE, description="enforce; shadow: record only; off.")


class _Named(Rule):
    id: Id = Field(description="The name that `safe:` uses.", examples=["test-phones"])
    description: str = Field(
        "",
        description="For people: who they are and why.",
        examples=["Phones of the testers, until March."],
    )


class SafeListRule(ScopeRule, _Named):
    """Messages that limits do not count. A message that fits any one of the keys is safe."""
