"""What would become of recorded messages under other rules: by their bytes, else by digests.

Of a message that passed only the decision is kept, unless the settings say otherwise. It names the
rules that let it pass by digests of what they say (filter/basis.py): where the other rules have the
same, it passes again; where they have not, nobody can tell, and that is what is answered.
Limits, pauses and repeats are not replayed: what is compared is what was said of the content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from filter.basis import digest_of_link, digest_of_template, digests_of_pictures
from filter.decisions import Decision
from filter.message import Transaction
from filter.mode import Mode
from filter.quarantine.item import FLOOD_AREAS
from filter.ruleset import RuleSet, Template
from filter.verdict import Basis, Disposition, Verdict

_MOST_NAMED = 3  # new pictures in one reason


class Flip(StrEnum):
    """What changes for a message, the worst for whoever sends it first."""

    NEWLY_HELD = "newly-held"
    MAY_BE_HELD = "may-be-held"
    NEWLY_PASSED = "newly-passed"
    MAY_BE_PASSED = "may-be-passed"
    STAYS_PASSED = "stays-passed"
    STAYS_HELD = "stays-held"


class Known(StrEnum):
    """By what it is known."""

    CONTENT = "content"  # its bytes were judged again
    DIGEST = "digest"  # the rules it passed by are in the other set, word for word
    REVISION = "revision"  # it was judged by the very same rule files
    NOTHING = "nothing"  # its bytes are gone, and what judged it has changed


@dataclass(frozen=True, slots=True)
class Replayed:
    """One message under the other rules.

    ``rule`` is the template that it passed by, or would pass by; of one that is held then and now,
    the nearest one. ``detail`` is the finding in full where it was judged again.
    """

    id: str
    flip: Flip
    known: Known
    rule: str
    reason: str
    detail: str = ""


class Replay:
    """Holds decisions against one set of rules. ``judge`` judges a message under them.

    ``in_force`` returns the rules that the gate has now, if they are known: asked at most once,
    when known pictures differ, to tell which of them are new.
    """

    def __init__(
        self,
        rules: RuleSet,
        judge: Callable[[Transaction], Verdict],
        in_force: Callable[[], RuleSet | None] = lambda: None,
    ) -> None:
        self._find_in_force = in_force
        self._rules = rules
        self._judge = judge
        self._enforced = {one.id: one for one in rules.templates if one.mode is Mode.ENFORCE}
        self._by_id = {one.id: one for one in rules.templates}
        self._links = {digest_of_link(e) for e in rules.links if e.mode is Mode.ENFORCE}
        self._link_ids = {entry.id for entry in rules.links if entry.mode is Mode.ENFORCE}

    def again(self, decision: Decision, content: Transaction | None) -> Replayed:
        """Return what would become of the message of a decision; ``content`` is None when gone."""
        if content is not None:
            return self._by_content(decision, self._judge(content))
        then = decision.verdict
        passed = was_approved(then)
        rule = then.template or (then.nearest.template if then.nearest else "")
        if then.revision == self._rules.revision:
            return _same(decision, Known.REVISION, rule)
        if not passed:
            reason = _first_code(then)
            return Replayed(decision.id, Flip.MAY_BE_PASSED, Known.NOTHING, rule, reason)
        reason = self._what_changed(then.basis)
        if reason:
            return Replayed(decision.id, Flip.MAY_BE_HELD, Known.NOTHING, rule, reason)
        return _same(decision, Known.DIGEST, rule)

    def _by_content(self, decision: Decision, now: Verdict) -> Replayed:
        then = decision.verdict
        passed, passes = was_approved(then), now.disposition is Disposition.PASS
        if passed and not passes:
            first = now.findings[0]
            rule = then.template or ""
            return Replayed(
                decision.id, Flip.NEWLY_HELD, Known.CONTENT, rule, first.code, first.detail
            )
        if passes and not passed:
            rule, reason = now.template or "", _first_code(then)
            return Replayed(decision.id, Flip.NEWLY_PASSED, Known.CONTENT, rule, reason)
        rule = now.template or (now.nearest.template if now.nearest else "")
        return _same(decision, Known.CONTENT, rule)

    def _what_changed(self, basis: Basis | None) -> str:
        """Return what the pass stood on and the rules no longer have, "" when they have all."""
        if basis is None:
            return "decided before digests of rules were kept"
        for template, digest in basis.templates:
            if not self._has(template, digest):
                return _change_of(template, self._by_id.get(template))
        for entry, digest in basis.links:
            if digest not in self._links:
                verb = "changed" if entry in self._link_ids else "is gone or not enforced"
                return f"the link entry {entry} {verb}"
        if basis.pictures and basis.pictures != self._rules.pictures_digest:
            return self._which_pictures(basis.pictures)
        return ""

    def _which_pictures(self, digest: str) -> str:
        """Return which known pictures a message was not compared with, "" when there is none."""
        in_force = self._in_force
        if in_force is None or in_force.pictures_digest != digest:
            return "known pictures changed, and it shows pictures"
        return self._new_pictures

    @cached_property
    def _new_pictures(self) -> str:
        then, now = (
            {} if rules is None else digests_of_pictures(rules.images, rules.image_lists)
            for rules in (self._in_force, self._rules)
        )
        new = sorted({name for digest, name in now.items() if digest not in then})
        if not new:
            return ""  # only fewer of them: what was none of more is none of these
        more = f" and {len(new) - _MOST_NAMED} more" if len(new) > _MOST_NAMED else ""
        names = ", ".join(new[:_MOST_NAMED]) + more
        return f"known pictures are new or changed ({names}), and it shows pictures"

    @cached_property
    def _in_force(self) -> RuleSet | None:
        return self._find_in_force()

    def _has(self, name: str, digest: str) -> bool:
        template = self._enforced.get(name)
        same = template is not None and digest_of_template(template) == digest
        return same or digest in self._digests

    @cached_property
    def _digests(self) -> frozenset[str]:
        """Of all templates, for those that have another name now; worked out when one is missed."""
        return frozenset(digest_of_template(one) for one in self._enforced.values())


@dataclass(slots=True)
class Group:
    """Messages for which the same changes for the same reason; ``latest`` are the first added."""

    flip: Flip
    rule: str
    reason: str
    messages: int = 0
    latest: list[str] = field(default_factory=list)
    detail: str = ""


class Tally:
    """Counts what a replay says, in groups; names a few messages of each."""

    def __init__(self, named: int) -> None:
        self._named = named
        self._groups: dict[tuple[Flip, str, str], Group] = {}
        self.flips: Counter[Flip] = Counter()
        self.known: Counter[Known] = Counter()

    def add(self, one: Replayed) -> None:
        """Count one message."""
        self.flips[one.flip] += 1
        self.known[one.known] += 1
        if one.flip in (Flip.STAYS_PASSED, Flip.STAYS_HELD):
            return
        key = (one.flip, one.rule, one.reason)
        group = self._groups.setdefault(key, Group(*key, detail=one.detail))
        group.messages += 1
        if len(group.latest) < self._named:
            group.latest.append(one.id)

    def groups(self) -> list[Group]:
        """Return the groups: in the order of Flip, most messages first."""
        order = list(Flip)
        return sorted(
            self._groups.values(),
            key=lambda g: (order.index(g.flip), -g.messages, g.rule, g.reason),
        )

    @property
    def total(self) -> int:
        """How many messages were counted."""
        return sum(self.flips.values())


def was_approved(verdict: Verdict) -> bool:
    """Return whether the content was approved, whatever limits and pauses made of the message."""
    codes = _content_codes(verdict)
    return not codes and verdict.template is not None


def _content_codes(verdict: Verdict) -> list[str]:
    codes = (finding.code for finding in verdict.findings)
    return [code for code in codes if code.partition(".")[0] not in FLOOD_AREAS]


def _first_code(verdict: Verdict) -> str:
    codes: Iterable[str] = (*_content_codes(verdict), *(f.code for f in verdict.findings))
    return next(iter(codes), "")


def _same(decision: Decision, known: Known, rule: str) -> Replayed:
    passed = was_approved(decision.verdict)
    flip = Flip.STAYS_PASSED if passed else Flip.STAYS_HELD
    return Replayed(decision.id, flip, known, rule, _first_code(decision.verdict))


def _change_of(name: str, template: Template | None) -> str:
    if template is None:
        return f"the template {name} is gone"
    if template.mode is not Mode.ENFORCE:
        mode = "in shadow" if template.mode is Mode.SHADOW else "off"
        return f"the template {name} is {mode}"
    return f"the template {name} changed"
