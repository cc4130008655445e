"""How many of the latest messages would have fallen under a pause: was it meant so?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from filter.cli.shelf import find_rules, moment_words, printable
from filter.limits.recipients import addressee_of
from filter.limits.subjects import sender_of
from filter.message import Channel
from filter.subject import Addressee, Dimension, Scope, Subject

if TYPE_CHECKING:
    from filter.decisions import Decision
    from filter.settings import Limits, Settings

# The newest decisions that are looked at.
LOOKED_AT = 1000
# What the log does not keep, and why. Of a masked e-mail address it keeps the domain.
_MASKED = frozenset({Dimension.RECIPIENT, Dimension.PREFIX, Dimension.COUNTRY})
_UNNAMED = frozenset({Dimension.END_USER, Dimension.END_USER_IP})


@dataclass(frozen=True, slots=True)
class Reach:
    """How many of the last ``messages`` had what the log can tell of a scope.

    ``told`` is that part in words; ``untold`` is why not all of it can be told, "" when it can.
    """

    messages: int
    since: datetime | None = None
    fitting: int = 0
    last: datetime | None = None
    told: str = ""
    untold: str = ""

    def words(self) -> str:
        """Return it as one sentence."""
        if self.since is None or not self.messages:
            return "no message has come yet, so it cannot be told what it would have stopped"
        found = f"of the last {self.messages} messages (since {moment_words(self.since)})"
        if self.untold and not self.told:
            return f"how many {found} it would have stopped cannot be told: {self.untold}"
        found += f" {self.fitting or 'none'}"
        if self.untold and self.fitting:
            less = f"how many of these it would have stopped cannot be told: {self.untold}"
            return f"{found} had {printable(self.told)}; {less}"
        if self.last is None:
            return f"{found} was such a one: is it what you meant?"
        return f"{found} would have been stopped, the last one at {moment_words(self.last)}"

    def as_json(self) -> dict[str, object]:
        """Return it for machines; ``stopped`` is null where only ``at_most`` is known."""
        return {
            "messages": self.messages,
            "since": None if self.since is None else self.since.isoformat(timespec="seconds"),
            "stopped": None if self.untold and self.fitting else self.fitting,
            "at_most": self.fitting,
            "last": None if self.last is None else self.last.isoformat(timespec="seconds"),
        }


def find_reach(scope: Scope, table: Settings) -> Reach | None:
    """Return how much of what was decided last a scope is about; None without a store to read."""
    from filter.quarantine.interface import DecisionQuery  # noqa: PLC0415 - keeps --help quick
    from filter.quarantine.item import StoreError  # noqa: PLC0415
    from filter.quarantine.store import Store  # noqa: PLC0415

    try:
        with Store(table.state, table.quarantine, create=False) as store:
            records = store.find_decisions(DecisionQuery(limit=LOOKED_AT))
    except StoreError:
        return None
    if not records:
        return Reach(0)
    kept = {d: w for d, w in scope.values.items() if d not in _MASKED | _UNNAMED}
    classes = _classes(scope, table)
    fitting = [r for r in records if _fits(Scope(kept), r.decision, classes, table.limits)]
    return Reach(
        messages=len(records),
        since=records[-1].decision.at,
        fitting=len(fitting),
        last=fitting[0].decision.at if fitting else None,
        told=Scope(kept).describe() if kept else "",
        untold=_why_untold(scope),
    )


def _why_untold(scope: Scope) -> str:
    reasons = []
    if not _MASKED.isdisjoint(scope.values):
        reasons.append("the log masks recipients")
    if not _UNNAMED.isdisjoint(scope.values):
        reasons.append("the log keeps no end users")
    return " and ".join(reasons)


def _classes(scope: Scope, table: Settings) -> Mapping[str, str]:
    """Return the class of each template, when the scope asks for it."""
    rules = find_rules(table) if Dimension.CLASS in scope.values else None
    return {} if rules is None else {t.id: t.template_class for t in rules.templates}


def _fits(scope: Scope, decision: Decision, classes: Mapping[str, str], settings: Limits) -> bool:
    template = decision.verdict.template
    masked = decision.recipients if decision.channel is Channel.EMAIL else ()
    domains = {addressee_of(recipient, settings).domain for recipient in masked} or {""}
    subject = Subject(
        channel=decision.channel,
        sender=sender_of(decision.sender, settings),
        client=decision.client,
        template=template,
        template_class=classes.get(template or ""),
        addressees=tuple(Addressee("", domain=domain) for domain in domains),
    )
    return scope.fits_any(subject)
