"""What is to be done with a message once pauses, repeats and limits have had their say."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from filter.floodrules import FloodAction
from filter.guard import Admission, Repeat, Stop
from filter.message import Transaction
from filter.outcome import Deferred, Why
from filter.verdict import Disposition, Effect, Trial, TrialKind, Verdict

# When an equal message is on its way, its answer is a matter of moments.
REPEAT_SECONDS = 2.0

_EFFECTS = {
    Disposition.QUARANTINE: Effect.HOLD,
    Disposition.BLOCK: Effect.BLOCK,
    Disposition.DEFER: Effect.DEFER,
}


@dataclass(frozen=True, slots=True)
class Ruling:
    """The verdict after pauses, repeats and limits had their say, and what is to be done."""

    verdict: Verdict
    disposition: Disposition
    deferred: Deferred | None = None
    admission: Admission = field(default_factory=Admission)
    repeat: Repeat = field(default_factory=Repeat)


def stopped(transaction: Transaction, verdict: Verdict, stop: Stop) -> Ruling:
    """Return what becomes of a message that a pause covers: held, or left with its client."""
    paused = replace(
        verdict,
        disposition=Disposition.QUARANTINE,
        findings=(*verdict.findings, stop.finding),
        flood=None if stop.drops else stop.flood,  # what is not kept belongs to no case
        trials=_moot(verdict.trials),
    )
    if stop.drops:
        return Ruling(paused, Disposition.DEFER, Deferred(transaction.id, Why.PAUSED))
    return Ruling(paused, Disposition.QUARANTINE)


def repeated(transaction: Transaction, verdict: Verdict, repeat: Repeat) -> Ruling:
    """Return what becomes of an equal message: the first answer, or later where there is none."""
    if repeat.answer is None:
        deferred = Deferred(transaction.id, Why.REPEATED, REPEAT_SECONDS)
        return Ruling(verdict, Disposition.DEFER, deferred, repeat=repeat)
    return Ruling(verdict, Disposition.PASS, repeat=repeat)


def spared(ruling: Ruling) -> Ruling:
    """Return what becomes of a message where the whole gate is in shadow: it goes on.

    The verdict keeps what would have been. A pause is no rule on trial: it is never asked here.
    """
    effect = Effect.DEFER if ruling.deferred else _EFFECTS.get(ruling.disposition)
    if effect is None:
        return ruling
    findings = ruling.verdict.findings
    reason = findings[0].code if findings else effect.value
    trial = Trial(TrialKind.GATE, "gate", effect, reason)
    verdict = replace(ruling.verdict, trials=(*ruling.verdict.trials, trial))
    return replace(ruling, verdict=verdict, disposition=Disposition.PASS, deferred=None)


def limited(
    transaction: Transaction, verdict: Verdict, admission: Admission, repeat: Repeat
) -> Ruling:
    """Return what becomes of an approved message by what the limits said."""
    trials = (*verdict.trials, *repeat.trials, *admission.trials)
    if admission.action is None:
        noted = replace(
            verdict,
            shadow=verdict.shadow + admission.shadow,
            flood=admission.flood,
            trials=trials,
        )
        return Ruling(noted, Disposition.PASS, admission=admission, repeat=repeat)
    is_blocked = admission.action is FloodAction.BLOCK
    too_many = replace(
        verdict,
        disposition=Disposition.BLOCK if is_blocked else Disposition.QUARANTINE,
        findings=(*verdict.findings, *admission.findings),
        shadow=verdict.shadow + admission.shadow,
        flood=None if admission.action is FloodAction.DEFER else admission.flood,
        trials=_moot(trials),
    )
    if admission.action is FloodAction.DEFER:
        deferred = Deferred(transaction.id, Why.LIMIT, admission.retry_seconds)
        return Ruling(too_many, Disposition.DEFER, deferred, repeat=repeat)
    return Ruling(too_many, too_many.disposition, repeat=repeat)


def _moot(trials: tuple[Trial, ...]) -> tuple[Trial, ...]:
    """Return what rules in shadow would have done where something else stops the message anyway."""
    return tuple(replace(trial, effect=Effect.NONE) for trial in trials)
