"""What speaks against a proposal, or for a second look at it?

Most doubts keep a proposal out of acceptance in bulk. They are about what an attacker would do who
sends for weeks before anybody learns: a wording of his own, a slot that holds sentences, a link or
a number that leads to him.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from urllib.parse import unquote

from filter.learning.links import LinkPlace
from filter.learning.proposals import Doubt as Doubt  # noqa: PLC0414 - told to those who ask
from filter.learning.proposals import Evidence, Template, days_of
from filter.learning.support import LONG_DAYS, SHORT_DAYS, shape_of
from filter.message import Channel
from filter.reading.suffixes import registrable_domain
from filter.ruleset import Slot, SlotType
from filter.templates.contacts import is_phone

WORDY = 3  # words of everyday signs in one slot
LONG = 48  # characters of them
LONG_NAME = 5  # words
MANY_TOKENS = 80  # characters of a pattern by alphabet
_CALLABLE = 9  # digits that somebody can call
_RARE_CHOICE = 0.2  # of how often the others are chosen
_LONG_MAILBOX = 14  # days
_MANY_LEFT_OUT = 0.05
_FLOOD_SECONDS = 3600.0
_PEAK = 0.5  # of all messages on one day of many
_MANY_HOSTS = 5
_CARRIED = re.compile(r"[/\\]{2}([^/\\?#&\s]+)")
_MAX_DECODED = 5
_NUMBER = re.compile(r"(?<!\w)\+?[0-9][0-9 ().-]{6,}[0-9](?!\w)")
# A host that is written so that nothing makes a link of it: evil[.]example, evil dot example.
_SPELT_HOST = re.compile(
    r"[a-z0-9-]{2,}\s*(?:[\[({]\s*(?:\.|dot)\s*[\])}]|\s+dot\s+)\s*[a-z]{2,}", re.IGNORECASE
)
# Where money goes: an IBAN (ISO 13616), an address of Bitcoin or of Ethereum.
_ACCOUNT = re.compile(
    r"\b(?:[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?"
    r"|bc1[a-z0-9]{25,87}|[13][A-HJ-NP-Za-km-z1-9]{25,39}|0x[0-9A-Fa-f]{40})\b"
)
_YEAR = re.compile(r"(?<![\w{])(?:19|20)[0-9]{2}(?![\w}])")


@dataclass(frozen=True, slots=True)
class Bar:
    """What a proposal needs before it may be accepted in bulk.

    ``domains`` are the organisation's own; ``span_days`` is over how many days the whole mailbox
    spreads, 0 where nobody knows; ``likeness`` says of a host and those domains why it
    looks like one of them, "" when it does not.
    """

    domains: tuple[str, ...]
    min_count: int = 20
    min_recipients: int = 10
    min_days: int = 3
    span_days: int = 0
    likeness: Callable[[str, Sequence[str]], str] = lambda _host, _domains: ""


def doubts_about(evidence: Evidence, template: Template, bar: Bar) -> Iterator[Doubt]:
    """Yield everything that speaks against a proposal, what weighs most first."""
    yield from _about_slots(evidence, template)
    yield from _about_links(template, bar)
    yield from _about_carried(evidence, bar)
    yield from _about_words(evidence)
    yield from _about_evidence(evidence, bar)
    yield from _about_sender(template, bar)
    yield from _about_approved(evidence)
    yield from _about_left_out(evidence)


def _about_slots(evidence: Evidence, template: Template) -> Iterator[Doubt]:
    for slot in template.slots:
        values = evidence.of_slot(slot.name)
        yield from _about_type(slot, values, evidence)
        if slot.type in (SlotType.NAME, SlotType.WORDS, SlotType.TEXT):
            scripts = Counter(shape_of(value)[2] for value in values)
            if len(scripts) > 1:
                rare = len(values) - scripts.most_common(1)[0][1]
                yield Doubt(
                    "slot.scripts",
                    f"{{{slot.name}}} has values in another script than most ({rare} of"
                    f" {len(values)})",
                    blocks=False,
                )


def _about_type(slot: Slot, values: Sequence[str], evidence: Evidence) -> Iterator[Doubt]:
    name = f"{{{slot.name}}}"
    match slot.type:
        case SlotType.EMAIL:
            if not _is_recipient(slot, evidence):
                yield Doubt("slot.contact", f"{name} holds addresses other than the recipient's")
        case SlotType.PATTERN if (slot.max_length or 0) > MANY_TOKENS:
            yield Doubt("slot.long", f"{name} holds long runs of signs", blocks=False)
        case SlotType.CHOICE:
            yield from _about_choice(slot, evidence)
        case _:
            yield from _about_room(slot, values)


def _about_room(slot: Slot, values: Sequence[str]) -> Iterator[Doubt]:
    """Yield whether there is room for a sentence, or for a way to reach somebody."""
    name = f"{{{slot.name}}}"
    match slot.type:
        case SlotType.TEXT:
            yield Doubt("slot.free_text", f"{name} is free text: anything may be written there")
        case SlotType.WORDS:
            if (slot.max_words or WORDY + 1) > WORDY or (slot.max_length or LONG + 1) > LONG:
                room = f"{slot.max_words or 'many'} words of {slot.max_length} characters"
                yield Doubt("slot.wordy", f"{name} takes {room}: room for a sentence")
        case SlotType.NAME if max(value.count(" ") + 1 for value in values) > LONG_NAME:
            yield Doubt("slot.wordy", f"{name} is long for a name: room for a sentence")
        case SlotType.DIGITS if slot.min_length != slot.max_length:
            if (slot.max_length or 0) >= _CALLABLE:
                yield Doubt("slot.contact", f"{name} has room for a telephone number")
        case SlotType.URL:
            yield Doubt("slot.link", f"{name} holds links")
        case SlotType.PHONE:
            yield Doubt("slot.contact", f"{name} holds telephone numbers that people may call")
        case _:
            pass


def _is_recipient(slot: Slot, evidence: Evidence) -> bool:
    return all(
        values[slot.name].lower() in one.recipients
        for one, values in zip(evidence.messages, evidence.values, strict=True)
        if slot.name in values
    )


def _about_choice(slot: Slot, evidence: Evidence) -> Iterator[Doubt]:
    """Yield values that are no choice like the others: rarer, longer, a way to reach somebody."""
    days: dict[str, set[int]] = {value: set() for value in slot.values}
    counts: Counter[str] = Counter()
    for one, values in zip(evidence.messages, evidence.values, strict=True):
        value = values.get(slot.name)
        if value is not None:
            counts[value] += 1
            if one.at is not None:
                days[value].add(one.at.toordinal())
    usual = median(counts.values())
    words = median(value.count(" ") + 1 for value in slot.values)
    spread = median(map(len, days.values()))
    for value in slot.values:
        reaches = _NUMBER.search(value) or re.search(r"\w\.\w|@", value)
        long = value.count(" ") + 1 > max(LONG_NAME, words + 2)
        rare = counts[value] < usual * _RARE_CHOICE
        rush = spread >= LONG_DAYS and len(days[value]) <= SHORT_DAYS
        if reaches or long or rare or rush:
            yield Doubt(
                "slot.choice",
                f'{{{slot.name}}} may be "{value[:60]}" ({counts[value]} messages), unlike others',
            )


def _about_links(template: Template, bar: Bar) -> Iterator[Doubt]:
    hosts = set()
    for place in template.places:
        host = place.host.rpartition("@")[2] if place.scheme == "mailto" else place.host
        if place.scheme == "tel":
            yield Doubt("link.number", f"it offers to call {place.host}")
            continue
        hosts.add(host)
        if not is_own(host, bar.domains):
            like = bar.likeness(host, bar.domains)
            if like:
                yield Doubt("link.lookalike", f"{host} looks like {like}")
            else:
                yield Doubt("link.foreign", f"it leads to {place}, not one of your domains")
        elif place.scheme == "http":
            yield Doubt("link.plain", f"it leads to {place} without TLS")
        elif _is_wide(place):
            yield Doubt("link.wide", f"any address below {place} would pass", blocks=False)
    if len(hosts) > _MANY_HOSTS:
        yield Doubt("link.hosts", f"it leads to {len(hosts)} hosts")


def _about_carried(evidence: Evidence, bar: Bar) -> Iterator[Doubt]:
    """Yield where links lead to that stand inside of other links: a redirect is as good as both."""
    hosts = {
        host
        for url in {url for one in evidence.messages for url in one.links}
        for host in _carried_hosts(url)
        if not is_own(host, bar.domains)
    }
    if hosts:
        shown = ", ".join(sorted(hosts)[:3])
        yield Doubt("link.carried", f"its links carry others, to {shown}, not one of your domains")


def _carried_hosts(url: str) -> Iterator[str]:
    inside = url.partition("://")[2].lower()
    for _ in range(_MAX_DECODED):
        for found in _CARRIED.finditer(inside):
            yield found[1].rpartition("@")[2].partition(":")[0]
        decoded = unquote(inside)
        if decoded == inside:
            return
        inside = decoded
    yield "who knows where"  # it is encoded over and over


def _is_wide(place: LinkPlace) -> bool:
    return "*" in place.path.split("/")


def is_own(host: str, domains: Sequence[str]) -> bool:
    """Return whether a host is one of the domains, or below one."""
    lower = host.lower()
    return any(lower == domain or lower.endswith(f".{domain}") for domain in domains)


def _about_words(evidence: Evidence) -> Iterator[Doubt]:
    """Yield what stands in the fixed words and is not like them."""
    patterns = [text for texts in evidence.patterns.values() for text in texts]
    numbers = {found[0] for text in patterns for found in _NUMBER.finditer(text)}
    phones = sorted(number for number in numbers if is_phone(number))
    if phones:
        yield Doubt("words.number", f"its words say a number to call: {', '.join(phones[:3])}")
    for code, what, sign in (
        ("words.account", "say an account", _ACCOUNT),
        ("words.host", "spell out a host", _SPELT_HOST),
    ):
        said = sorted({found[0] for text in patterns for found in sign.finditer(text)})
        if said:
            yield Doubt(code, f"its words {what}: {', '.join(said[:3])}")
    years = sorted({found[0] for text in patterns for found in _YEAR.finditer(text)})
    if years:
        yield Doubt(
            "words.year",
            f"its words say {', '.join(years[:3])}: messages of another year will be held",
            blocks=False,
        )


def _about_evidence(evidence: Evidence, bar: Bar) -> Iterator[Doubt]:
    messages = evidence.messages
    count = len(messages)
    if count < bar.min_count:
        yield Doubt("rare", f"{count} messages, fewer than {bar.min_count}")
    recipients = {one for message in messages for one in message.recipients}
    if len(recipients) == 1:
        yield Doubt("recipients.one", "all messages went to one recipient")
    elif recipients and len(recipients) < min(bar.min_recipients, bar.min_count):
        yield Doubt("recipients.few", f"{len(recipients)} recipients only")
    times = sorted(one.at for one in messages if one.at is not None)
    days = days_of(messages)
    if days is None:
        return
    span = (times[-1] - times[0]).total_seconds()
    if count > 1 and span < _FLOOD_SECONDS:
        yield Doubt("time.burst", "all messages are of one hour: a campaign, or a flood")
    elif days < bar.min_days:
        yield Doubt("time.few_days", f"sent on {days} days only")
    elif days >= LONG_DAYS:
        peak = Counter(one.date() for one in times).most_common(1)[0][1]
        if bar.span_days >= _LONG_MAILBOX and 2 * span < bar.span_days * 86_400:
            yield Doubt(
                "time.new",
                f"sent within {span / 86_400:.0f} of {bar.span_days} days: new, or a campaign",
            )
        if peak > _PEAK * count:
            yield Doubt("time.peak", f"{peak} of {count} messages are of one day")


def _about_sender(template: Template, bar: Bar) -> Iterator[Doubt]:
    if template.channel is Channel.SMS:
        return
    for _, address in template.senders:
        domain = address.rpartition("@")[2]
        if not is_own(domain, bar.domains):
            yield Doubt("sender.foreign", f"it comes from {address}, not one of your domains")


def _about_approved(evidence: Evidence) -> Iterator[Doubt]:
    near = Counter(one.near for one in evidence.messages if one.near)
    if near and sum(near.values()) >= len(evidence.messages) / 2:
        name, count = min(near.items(), key=lambda one: (-one[1], one[0]))
        yield Doubt("near", f"{count} messages are close to the approved template {name}")


def _about_left_out(evidence: Evidence) -> Iterator[Doubt]:
    left = evidence.found.outlier_count
    if left:
        share = left / (left + len(evidence.messages))
        slots = sorted({one.slot for one in evidence.found.outliers})
        yield Doubt(
            "outliers",
            f"{left} messages have odd values ({', '.join(slots)}): they would still be held",
            blocks=share > _MANY_LEFT_OUT,
        )
    if any(one.files for one in evidence.messages):
        types = sorted({kind for one in evidence.messages for kind in one.files})
        yield Doubt("files", f"messages carry files ({', '.join(types[:3])}): add attachments")
    if any(one.reply_to for one in evidence.messages):
        addresses = sorted({a for one in evidence.messages for a in one.reply_to})
        senders = {one.sender for one in evidence.messages}
        others = [a for a in addresses if a not in senders]
        if others:
            shown = ", ".join(others[:3])
            yield Doubt("reply_to", f"replies go to {shown}: add reply_to, if that is right")


def own_domains(messages: Sequence[tuple[str, int | None]]) -> tuple[str, ...]:
    """Return the registrable domains that send as a rule, from (address, day) of all mail.

    At least a twentieth of the messages, and on half of the days: who sends for a week from a
    domain of his own does not make it the organisation's. The one with most messages first.
    """
    counts: Counter[str] = Counter()
    days: dict[str, set[int]] = {}
    every: set[int] = set()
    for address, day in messages:
        domain = registrable_domain(address.rpartition("@")[2]) if "@" in address else ""
        if not domain:
            continue
        counts[domain] += 1
        if day is not None:
            days.setdefault(domain, set()).add(day)
            every.add(day)
    total = sum(counts.values())
    usual = [
        domain
        for domain, count in counts.items()
        if count >= total / 20
        and (len(every) < LONG_DAYS or 2 * len(days.get(domain, ())) >= len(every))
    ]
    return tuple(sorted(usual, key=lambda domain: (-counts[domain], domain)))
