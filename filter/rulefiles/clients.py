"""Do the settings know the clients that flood rules name? A limit for nobody limits nobody."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from filter.floodrules import Floor, Limit, Watch
from filter.problems import Problem, Severity, did_you_mean
from filter.ruleset import RuleSet
from filter.settings import Settings
from filter.subject import Dimension, Scope


def unknown_clients(rules: RuleSet, settings: Settings) -> Iterator[Problem]:
    """Yield a warning for each client that a rule names and the settings do not.

    Addresses are no problem: clients that prove no name are known by theirs.
    """
    known = {account.name for account in (*settings.mail.accounts, *settings.sms.callers)}
    floods = rules.floods
    counting: tuple[Limit | Watch | Floor, ...] = (*floods.limits, *floods.watches, *floods.floors)
    named = [(rule.id, rule.source, _named((rule.match, *rule.safe))) for rule in counting]
    named += [(rule.id, rule.source, _named((rule.match,))) for rule in floods.repeats]
    for rule_id, source, names in named:
        for name in sorted(names - known):
            if not _is_address(name):
                yield _problem(rule_id, source, name, known)


def _named(scopes: tuple[Scope, ...]) -> set[str]:
    return {name for scope in scopes for name in scope.values.get(Dimension.CLIENT, ())}


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _problem(rule: str, source: str, name: str, known: set[str]) -> Problem:
    file, _, line = source.rpartition(":")
    listed = ", ".join(f"`{one}`" for one in sorted(known)[:6])
    return Problem(
        code="W207",
        message=f"the settings have no client `{name}`, which `{rule}` names",
        file=file,
        line=int(line),
        column=1,
        help=did_you_mean(name, known) or (f"they have {listed}" if listed else "they have none"),
        severity=Severity.WARNING,
    )
