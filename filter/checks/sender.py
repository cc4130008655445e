"""May the template come from this sender, and do replies go where they should?"""

from __future__ import annotations

from collections.abc import Iterator

from filter.checks.case import Case
from filter.checks.urls import plain_number
from filter.message import Channel, Mailbox, Message
from filter.mode import Mode
from filter.reading.suffixes import registrable_domain
from filter.reading.text import normalise
from filter.ruleset import AllowedSender, Match, RuleSet, Template
from filter.verdict import CheckResult, Cleared, Finding

NAME = "sender"


def check(case: Case) -> CheckResult:
    """Object to a From, Sender, Reply-To, envelope or SMS sender that the template does not list.

    Without a template only what no template could allow is objected to.
    """
    findings = tuple(_object(case))
    if findings:
        return CheckResult(findings=findings)
    if isinstance(case.found, Match):
        who = _address(case.message)
        return CheckResult(
            Cleared(NAME, f"the template {case.found.template.id} may come from {who}")
        )
    return CheckResult(Cleared(NAME, "somebody's address; there is no template to hold it to"))


def same_address(one: str, other: str) -> bool:
    """Return whether two addresses are the same mailbox, letter case aside.

    RFC 5321 section 2.4 leaves the case of local parts to their owner; nobody tells them apart.
    Beyond ASCII, where letters of other scripts fold to plain ones, only equal is equal.
    """
    if one.isascii() and other.isascii():
        return one.lower() == other.lower()
    return one == other


def _object(case: Case) -> Iterator[Finding]:
    message = case.message
    template = case.found.template if isinstance(case.found, Match) else None
    if message.channel is Channel.SMS:
        yield from _object_to_text_sender(message, template, case.rules)
        return
    if len(message.from_) != 1:
        count = len(message.from_) or "no"
        yield _finding("sender.header", f"From names {count} mailboxes; it has to be one", "From")
        return
    if len(message.sender) > 1:
        yield _finding("sender.header", f"Sender names {len(message.sender)} mailboxes", "Sender")
    if template is None:
        yield from _object_to_stranger(message.from_[0].address, case.rules, "From")
        return
    yield from _object_to_from(message.from_[0], template)
    yield from _object_to_sender(message, template)
    yield from _object_to_reply_to(message, template)
    yield from _object_to_envelope(message, template)


def _object_to_text_sender(
    message: Message, template: Template | None, rules: RuleSet
) -> Iterator[Finding]:
    sender = _address(message)
    if template is None:
        yield from _object_to_stranger(sender, rules, "from")
    elif not any(_same_text_sender(allowed.address, sender) for allowed in template.senders):
        yield _finding("sender.not_allowed", _not_allowed(template, sender), "from")


def _same_text_sender(allowed: str, sender: str) -> bool:
    if allowed == sender:
        return True
    is_number = allowed.lstrip("+").isdigit()
    return is_number and plain_number(sender) == allowed


def _object_to_stranger(address: str, rules: RuleSet, where: str) -> Iterator[Finding]:
    """Object to an address that no template may come from."""
    known = (
        allowed.address
        for template in rules.templates
        if template.mode is Mode.ENFORCE
        for allowed in template.senders
    )
    if not any(same_address(one, address) or _same_text_sender(one, address) for one in known):
        yield _finding("sender.not_allowed", f"no template may come from {address or '<>'}", where)


def _object_to_from(mailbox: Mailbox, template: Template) -> Iterator[Finding]:
    allowed = [one for one in template.senders if same_address(one.address, mailbox.address)]
    if not allowed:
        yield _finding("sender.not_allowed", _not_allowed(template, mailbox.address), "From")
        return
    names = {normalise(name) for one in allowed for name in one.names}
    if normalise(mailbox.display_name) not in names:
        wanted = ", ".join(f'"{name}"' if name else "none" for name in sorted(names))
        yield _finding(
            "sender.name",
            f'the display name "{_shown(mailbox.display_name)}" is not that of'
            f" {mailbox.address}: {wanted}",
            "From",
        )


def _object_to_sender(message: Message, template: Template) -> Iterator[Finding]:
    listed = [message.from_[0].address, *(allowed.address for allowed in template.senders)]
    for mailbox in message.sender:
        if not any(same_address(mailbox.address, one) for one in listed):
            detail = f"Sender is {mailbox.address}, neither From nor listed in {template.id}"
            yield _finding("sender.header", detail, "Sender")
        elif not _may_be_called(mailbox, template):
            detail = f'Sender is called "{_shown(mailbox.display_name)}"'
            yield _finding("sender.name", detail, "Sender")


def _object_to_reply_to(message: Message, template: Template) -> Iterator[Finding]:
    listed = [message.from_[0].address, *template.reply_to]
    for mailbox in message.reply_to:
        if not any(same_address(mailbox.address, one) for one in listed):
            yield _finding(
                "sender.reply_to",
                f"replies would go to {mailbox.address}, which {template.id} does not list",
                "Reply-To",
            )
        elif not _may_be_called(mailbox, template):
            detail = f'replies would go to somebody called "{_shown(mailbox.display_name)}"'
            yield _finding("sender.reply_to", detail, "Reply-To")


def _object_to_envelope(message: Message, template: Template) -> Iterator[Finding]:
    """Object to bounces and to blind copies that the sender's entry does not have.

    Where it says nothing, bounces stay in the organisation, and whoever gets the message is named.
    """
    for allowed in template.senders:
        if not same_address(allowed.address, message.from_[0].address):
            continue
        bounces = message.envelope.sender
        if not _may_bounce_to(bounces, allowed):
            listed = ", ".join(sorted(allowed.envelope_from)[:5]) or "its own domain"
            detail = f"bounces of {allowed.address} would go to {bounces or '<>'}, not to {listed}"
            yield _finding("sender.envelope", detail, "envelope")
        if allowed.in_header:
            yield from _object_to_blind_copies(message)


def _object_to_blind_copies(message: Message) -> Iterator[Finding]:
    named = {mailbox.address for mailbox in (*message.to, *message.cc)}
    if not named:
        return  # "undisclosed-recipients:;" says nothing that could be wrong
    lower = {address.lower() for address in named if address.isascii()}
    blind = [
        one
        for one in message.envelope.recipients
        if one not in named and not (one.isascii() and one.lower() in lower)
    ]
    if blind:
        detail = (
            f"{len(blind)} of {len(message.envelope.recipients)} recipients "
            f"{'is' if len(blind) == 1 else 'are'} not in To or Cc"
        )
        yield _finding("sender.recipients", detail, "envelope")


def _may_bounce_to(address: str, allowed: AllowedSender) -> bool:
    if allowed.envelope_from:
        return "*" in allowed.envelope_from or _is_listed(address, allowed.envelope_from)
    own, other = (one.rpartition("@")[2].lower() for one in (allowed.address, address))
    return not address or own == other or registrable_domain(own) == registrable_domain(other) != ""


def _is_listed(address: str, listed: frozenset[str]) -> bool:
    wanted = address or "<>"
    domain = "@" + address.rpartition("@")[2]
    return any(same_address(one, domain if one.startswith("@") else wanted) for one in listed)


def _may_be_called(mailbox: Mailbox, template: Template) -> bool:
    """Return whether a name is one of the template's, the address itself, or none."""
    name = normalise(mailbox.display_name)
    names = {normalise(name) for allowed in template.senders for name in allowed.names}
    return not name or name in names or same_address(name, mailbox.address)


def _address(message: Message) -> str:
    return message.from_[0].address if message.from_ else message.envelope.sender


def _not_allowed(template: Template, address: str) -> str:
    listed = ", ".join(sorted({allowed.address for allowed in template.senders})[:5])
    return f"the template {template.id} comes from {listed}, not from {address or '<>'}"


def _shown(name: str) -> str:
    text = "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in name)
    return text if len(text) <= 80 else text[:79] + "…"  # noqa: PLR2004 - characters in a finding


def _finding(code: str, detail: str, where: str) -> Finding:
    return Finding(NAME, code, detail, where)
