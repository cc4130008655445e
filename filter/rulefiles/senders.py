"""Who may a template come from: addresses with their display names, SMS senders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from filter.message import Channel
from filter.problems import Problem
from filter.rulefiles.items import Item, Names
from filter.rulefiles.model import SenderRule, TemplateRule
from filter.ruleset import AllowedSender

_NAMED = re.compile(r"(?P<name>[^<>]*?)\s*<(?P<address>[^<>]*)>")
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)
# E.164 numbers and short codes; 3GPP TS 23.040 9.1.2.5: 11 seven-bit characters in an address.
_NUMBER = re.compile(r"(?:whatsapp:)?\+?[0-9]{3,15}")
_ALPHANUMERIC = re.compile(r"[A-Za-z0-9 &+._-]{1,11}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")  # Twilio's messaging service in place of a number
# Written almost like the id of a senders: entry, a sender is more likely a typing error.
_LIKE_AN_ID = 0.85


@dataclass(frozen=True, slots=True)
class Sender:
    """One allowed sender as written: an address with one display name, or an SMS sender."""

    channel: Channel
    address: str
    name: str = ""
    envelope_from: frozenset[str] = frozenset()
    in_header: bool = True


@dataclass(frozen=True, slots=True)
class SharedSenders:
    """A senders: entry, read."""

    senders: tuple[Sender, ...]
    reply_to: frozenset[str]


def read_shared(item: Item[SenderRule]) -> tuple[SharedSenders, list[Problem]]:
    """Return a senders: entry and what is wrong with it."""
    problems: list[Problem] = []
    senders: list[Sender] = []
    rule = item.rule
    for text, path in zip(rule.sender, item.paths("from", len(rule.sender)), strict=True):
        try:
            senders.append(read_sender(text))
        except ValueError as exc:
            problems.append(item.report("E051", str(exc), *path, help=_help_for(text)))
    reply_to = list(_read_reply_to(item, rule.reply_to, problems))
    bounces = frozenset(_read_envelope_from(item, problems))
    in_header = rule.recipients == "in_header"
    senders = [
        replace(one, envelope_from=bounces, in_header=in_header)
        if one.channel is Channel.EMAIL
        else one
        for one in senders
    ]
    return SharedSenders(tuple(senders), frozenset(reply_to)), problems


def read_senders(
    item: Item[TemplateRule], shared: dict[str, SharedSenders], names: Names
) -> tuple[tuple[AllowedSender, ...], frozenset[str], list[Problem]]:
    """Return a template's senders and Reply-To addresses, and what is wrong with them."""
    problems: list[Problem] = []
    senders: list[Sender] = []
    rule = item.rule
    reply_to = set(_read_reply_to(item, rule.reply_to, problems))
    for text, path in zip(rule.sender, item.paths("from", len(rule.sender)), strict=True):
        if text in shared:
            # What an entry has for the other channel is no mistake of this template.
            senders += [s for s in shared[text].senders if s.channel in rule.channel]
            reply_to |= shared[text].reply_to
        elif text not in names.broken:
            found = _read_own(item, text, path, names)
            if isinstance(found, Sender):
                senders.append(found)
            else:
                problems.append(found)
    problems += _check_channels(item, senders, complete=not problems)
    return _merge(senders), frozenset(reply_to), problems


def read_sender(text: str) -> Sender:
    """Return the sender that a text stands for. Raises ValueError."""
    text = " ".join(text.split())
    named = _NAMED.fullmatch(text)
    if named is not None:
        name = named["name"]
        if len(name) > 1 and name[0] == name[-1] == '"':
            name = name[1:-1]
        return Sender(Channel.EMAIL, _read_address(named["address"]), name)
    if "@" in text:
        return Sender(Channel.EMAIL, _read_address(text))
    if _NUMBER.fullmatch(text) or _SERVICE.fullmatch(text):
        return Sender(Channel.SMS, text)
    if _ALPHANUMERIC.fullmatch(text) and re.search("[A-Za-z]", text):
        return Sender(Channel.SMS, text)
    raise ValueError(f"`{text}` is neither an e-mail address nor an SMS sender")


def _read_address(text: str) -> str:
    local, _, domain = text.strip().rpartition("@")
    if not _ADDRESS.fullmatch(f"{local}@{domain}"):
        raise ValueError(f"`{text}` is not an e-mail address")
    return f"{local}@{domain.lower()}"


def _read_own(
    item: Item[TemplateRule], text: str, path: tuple[str | int, ...], names: Names
) -> Sender | Problem:
    try:
        sender = read_sender(text)
    except ValueError as exc:
        help_ = names.unknown(text) if re.fullmatch(r"[a-z0-9._-]+", text) else None
        return item.report("E051", str(exc), *path, help=help_ or _help_for(text))
    known = names.known | names.broken
    if sender.channel is Channel.SMS and not text[0].isdigit():
        like = [k for k in known if SequenceMatcher(None, text, k).ratio() >= _LIKE_AN_ID]
        if like:
            help_ = f"did you mean `{min(like)}`?"
            return item.report("E052", f"unknown sender `{text}`", *path, help=help_)
    if sender.channel not in item.rule.channel:
        if sender.channel is Channel.SMS:
            help_ = names.unknown(text) or ""
            return item.report("E052", f"unknown sender `{text}`", *path, help=help_)
        message = f"`{text}` is an e-mail sender and the template is for sms only"
        return item.report("E053", message, *path, help="add email to `channel:`, or remove it")
    return sender


def _check_channels(
    item: Item[TemplateRule], senders: Iterable[Sender], *, complete: bool
) -> Iterator[Problem]:
    served = {sender.channel for sender in senders}
    for channel in item.rule.channel:
        if complete and channel not in served:
            message = f"nobody may send this by {channel}"
            yield item.report("E053", message, "from", help=f"add a sender for {channel}")


def _read_reply_to(
    item: Item[TemplateRule] | Item[SenderRule], texts: tuple[str, ...], problems: list[Problem]
) -> Iterator[str]:
    for text, path in zip(texts, item.paths("reply_to", len(texts)), strict=True):
        try:
            yield _read_address(text)
        except ValueError as exc:
            problems.append(item.report("E054", str(exc), *path, help="write the address alone"))


def _read_envelope_from(item: Item[SenderRule], problems: list[Problem]) -> Iterator[str]:
    texts = item.rule.envelope_from
    for text, path in zip(texts, item.paths("envelope_from", len(texts)), strict=True):
        try:
            if text in ("<>", "any"):
                yield "*" if text == "any" else text
            elif text.startswith("@"):
                yield _read_address(f"any{text}").removeprefix("any")
            else:
                yield _read_address(text)
        except ValueError:
            message = f"`{text}` is neither an address nor a domain"
            help_ = "write `bounce@health.example`, `@bounces.health.example`, `<>` or `any`"
            problems.append(item.report("E058", message, *path, help=help_))


def _merge(senders: Iterable[Sender]) -> tuple[AllowedSender, ...]:
    """Return one entry an address, with all that its entries allow."""
    merged: dict[str, AllowedSender] = {}
    for one in senders:
        known = merged.get(one.address, AllowedSender(one.address, frozenset()))
        merged[one.address] = AllowedSender(
            one.address,
            known.names | {one.name},
            known.envelope_from | one.envelope_from,
            known.in_header and one.in_header,
        )
    return tuple(merged.values())


def _help_for(text: str) -> str:
    if "@" in text:
        return "write `Name <name@host.example>` or `name@host.example`"
    if len(text) > 11:  # noqa: PLR2004 - 3GPP TS 23.040, above
        return "an alphanumeric SMS sender has at most 11 characters"
    return "write an address, a telephone number, a short code, or up to 11 letters and digits"
