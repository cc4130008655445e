"""How many of the latest messages would have fallen under a pause: was it meant so?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from filter.cli.shelf import find_rules, moment_words
from filter.limits.subjects import sender_of
from filter.subject import OF_RECIPIENT, Addressee, Dimension, Scope, Subject

if TYPE_CHECKING:
    from filter.decisions import Decision
    from filter.settings import Settings

# The newest decisions that are looked at.
LOOKED_AT = 1000
# The log does not keep these: it masks recipients and knows no end users.
_NOT_KEPT = OF_RECIPIENT | {Dimension.END_USER, Dimension.END_USER_IP}


def reach_words(scope: Scope, table: Settings) -> str:
    """Return how much of what was decided last a scope is about, in one sentence."""
    from filter.quarantine.interface import DecisionQuery  # noqa: PLC0415 - keeps --help quick
    from filter.quarantine.item import StoreError  # noqa: PLC0415
    from filter.quarantine.store import Store  # noqa: PLC0415

    try:
        with Store(table.state, table.quarantine, create=False) as store:
            records = store.find_decisions(DecisionQuery(limit=LOOKED_AT))
    except StoreError:
        return "what it would have stopped so far cannot be told: the store cannot be read"
    if not records:
        return "no message has come yet, so it cannot be told what it would have stopped"
    kept = Scope({d: wanted for d, wanted in scope.values.items() if d not in _NOT_KEPT})
    classes = _classes(kept, table)
    fitting = [r for r in records if _fits(kept, r.decision, classes, table)]
    since = moment_words(records[-1].decision.at)
    found = f"of the last {len(records)} messages (since {since}) {len(fitting) or 'none'}"
    if kept != scope:
        return f"{found} had the rest of it; recipients cannot be told, the log masks them"
    if not fitting:
        return f"{found} was such a one: is it what you meant?"
    return (
        f"{found} would have been stopped, the last one at {moment_words(fitting[0].decision.at)}"
    )


def _classes(scope: Scope, table: Settings) -> Mapping[str, str]:
    """Return the class of each template, when the scope asks for it."""
    rules = find_rules(table) if Dimension.CLASS in scope.values else None
    return {} if rules is None else {t.id: t.template_class for t in rules.templates}


def _fits(scope: Scope, decision: Decision, classes: Mapping[str, str], table: Settings) -> bool:
    template = decision.verdict.template
    subject = Subject(
        channel=decision.channel,
        sender=sender_of(decision.sender, table.limits),
        client=decision.client,
        template=template,
        template_class=classes.get(template or ""),
    )
    return scope.fits(subject, Addressee(""))
