"""Findings, clearances, and the one place that turns them into a disposition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Disposition(StrEnum):
    """What is to become of a message."""

    PASS = "pass"  # noqa: S105 - a word of the domain, not a password
    QUARANTINE = "quarantine"
    BLOCK = "block"  # as quarantine, and the client was told that it is not sent
    DEFER = "defer"  # it stays with the client, who is to try again: a sending limit, a pause


class Effect(StrEnum):
    """What a message would have met, had what is in shadow been enforced."""

    HOLD = "hold"
    BLOCK = "block"
    DEFER = "defer"
    REPEAT = "repeat"  # answered with the first answer, not sent again
    PASS = "pass"  # noqa: S105 - a word of the domain, not a password
    NONE = "none"  # the same as it did: the rule met it, and would have changed nothing


class TrialKind(StrEnum):
    """What is in shadow."""

    GATE = "gate"
    TEMPLATE = "template"
    LINK = "link"
    PICTURE = "picture"
    IMAGE_LIST = "list"
    LIMIT = "limit"
    WATCH = "watch"
    FLOOR = "floor"
    REPEATS = "repeats"


@dataclass(frozen=True, slots=True)
class Trial:
    """A rule in shadow that met a message, and what it would have done had it been enforced.

    ``reason`` is the code by which the message would have been held, or was. For the gate in shadow
    ``rule`` is "gate".
    """

    kind: TrialKind
    rule: str
    effect: Effect
    reason: str


@dataclass(frozen=True, slots=True)
class Basis:
    """On which rules a pass stands, as digests that say nothing of the message.

    Under rules that have the same ones it passes again (filter/replay.py). ``templates`` are those
    that vouch, by id and digest: the message's own, then those of messages attached to it.
    ``links`` are the entries of the allowlist that allowed its links, ``pictures`` the known
    pictures that its own were compared with, "" when it shows none.
    """

    templates: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...] = ()
    pictures: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason not to send. ``code`` is stable and dotted and has a page in docs/reasons.md."""

    check: str
    code: str
    detail: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Cleared:
    """A check vouches for the message and says on what grounds."""

    check: str
    grounds: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A check's answer: a clearance or findings, never neither.

    ``shadow`` are findings of rules on trial: recorded, never decisive; ``on_trial`` are those
    rules themselves. ``entries`` are the ids of the link entries that a clearance stands on.
    """

    cleared: Cleared | None = None
    findings: tuple[Finding, ...] = ()
    shadow: tuple[Finding, ...] = ()
    on_trial: tuple[tuple[TrialKind, str, str], ...] = ()  # kind, id, code
    entries: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Nearest:
    """The approved template that came closest to a message that matched none."""

    template: str
    score_percent: int
    difference: str  # "Your code is [-{code}-]{+soon to be stolen+}"


@dataclass(frozen=True, slots=True)
class Flood:
    """The flood that a held message belongs to; all of one flood are reviewed as one case.

    ``id`` is the same in every worker and on every machine that share a limit store: it is made of
    the rule, the key and the moment the flood began (microseconds since 1970).
    """

    id: str  # "f_" and 16 hexadecimal digits
    rule: str
    key: str  # in words, recipients masked: "client=kiosk class=otp"
    since: int


class HashedView(Protocol):
    """One view of a picture, as filter.message.PictureView."""

    @property
    def name(self) -> str:
        """Which view."""
        ...

    @property
    def hash(self) -> bytes:
        """256 bits."""
        ...

    @property
    def quality(self) -> int:
        """0 to 100."""
        ...


@dataclass(frozen=True, slots=True)
class PassedPicture:
    """A picture of a message that passes, so that known pictures can be compared with it later."""

    digest: str
    width: int
    height: int
    views: Sequence[HashedView] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that was found and vouched for, under one revision of the rules.

    ``fingerprint`` is equal for messages that show the same words; "" when nobody needs it.
    ``pictures`` are those of a message that passes. Neither is kept with the decision. ``trials``
    are the rules in shadow that met it, ``basis`` is what a pass stands on.
    """

    disposition: Disposition
    findings: tuple[Finding, ...]
    cleared: tuple[Cleared, ...]
    revision: str
    template: str | None = None
    shadow: tuple[Finding, ...] = ()
    nearest: Nearest | None = None
    flood: Flood | None = None
    fingerprint: str = ""
    pictures: tuple[PassedPicture, ...] = ()
    trials: tuple[Trial, ...] = ()
    basis: Basis | None = None


def judge(
    required: Iterable[str],
    answers: Iterable[tuple[str, CheckResult]],
    *,
    revision: str,
    template: str | None,
    nearest: Nearest | None = None,
) -> Verdict:
    """Return the verdict: pass only if every required check vouched and none objected.

    ``answers`` are the checks by name with what each said. Silence is not consent: a required check
    that neither cleared nor objected becomes the finding ``check.no_answer``, so that every hold
    has a reason and no pass lacks a ground.
    """
    said = tuple(answers)
    vouched = {name for name, result in said if result.cleared is not None}
    objected = {name for name, result in said if result.findings}
    findings = [finding for _, result in said for finding in result.findings]
    findings += [
        Finding(name, "check.no_answer", f"the check {name} did not vouch for this message")
        for name in required
        if name not in vouched | objected
    ]
    passes = vouched.issuperset(required) and not findings and template is not None
    if not passes and not findings:
        findings.append(Finding("verdict", "template.none", "no approved template vouches"))
    return Verdict(
        disposition=Disposition.PASS if passes else Disposition.QUARANTINE,
        findings=tuple(findings),
        cleared=tuple(result.cleared for _, result in said if result.cleared is not None),
        revision=revision,
        template=template,
        shadow=tuple(finding for _, result in said for finding in result.shadow),
        nearest=nearest,
    )


def held_for(finding: Finding, *, revision: str) -> Verdict:
    """Return the verdict of a message whose inspection itself failed: hold, for one reason."""
    return Verdict(Disposition.QUARANTINE, (finding,), (), revision)
