"""Short ways to make a case: a message, rules, and the template that it fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from filter.checks.case import Case
from filter.message import Link, LinkKind, Message
from filter.ruleset import LinkEntry, Match, QueryRule, RuleSet, Template
from filter.templates.matcher import compile_matcher
from filter.verdict import CheckResult
from tests.templates.build import OTP, mail

SAID = "Your code is 123456. It expires in 10 minutes."
VALUES = {"code": "123456", "minutes": "10"}


def rules(templates: Iterable[Template] = (OTP,), links: Iterable[LinkEntry] = ()) -> RuleSet:
    entries = tuple(links)
    by_host: dict[str, tuple[LinkEntry, ...]] = {}
    for entry in entries:
        by_host[entry.host] = (*by_host.get(entry.host, ()), entry)
    listed = tuple(templates)
    return RuleSet("r", listed, entries, (), compile_matcher(listed), links_by_host=by_host)


def fitting(
    message: Message, template: Template = OTP, values: Mapping[str, str] | None = None
) -> Case:
    """A case whose message fits the template."""
    return Case(message, rules([template]), Match(template, VALUES if values is None else values))


def judged(message: Message, the_rules: RuleSet) -> Case:
    """A case as the gate makes it."""
    return Case(message, the_rules, the_rules.matcher.match(message))


def letter(**fields: object) -> Message:
    """An approved e-mail, with some fields of it changed."""
    return replace(mail("Your code 123456", SAID), **fields)  # type: ignore[arg-type]  # any field


def link(url: str, kind: LinkKind = LinkKind.ANCHOR, label: str = "") -> Link:
    return Link(url, kind, "part 1", label)


def entry(
    host: str = "health.example",
    path: str = "/**",
    *,
    id: str = "site",  # noqa: A002 - the field's own name
    scheme: str = "https",
    **more: object,
) -> LinkEntry:
    plain = LinkEntry(id=id, source="rules/links.yaml:1", scheme=scheme, host=host, path=path)
    return replace(plain, **more)  # type: ignore[arg-type]  # any field of an entry


def codes(result: CheckResult) -> list[str]:
    """The codes of the findings; [] when the check vouches, which it then must."""
    assert (result.cleared is None) == bool(result.findings), "neither vouched nor objected"
    return [finding.code for finding in result.findings]


NAMED = QueryRule.NAMED
ANY = QueryRule.ANY
