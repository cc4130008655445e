"""From what people ask for, on the command line or over HTTP, to a pause that stops just that."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from filter.ids import new_pause_id
from filter.limits.canonical import FORMS
from filter.limits.pause import MAX_REASON, Pause
from filter.limits.signals import clients_of
from filter.limits.subjects import NO_SENDER, sender_of
from filter.message import Channel, Envelope
from filter.problems import Problem, Severity, did_you_mean
from filter.reading.recipients import check_recipients
from filter.reading.troubles import Troubles
from filter.rulefiles.floodmodel import ScopeRule
from filter.rulefiles.floods import scope_of
from filter.ruleset import RuleSet
from filter.schemaproblems import fit
from filter.settings import Limits, Settings
from filter.subject import Dimension, Scope

MAX_VALUES = 1000  # in one scope; each is compared with each message
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"(\d{1,6}) ?([smhdw])")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
# What only messages of one channel have: together with the other one they stop nothing.
_ONLY = {
    Dimension.PREFIX: Channel.SMS,
    Dimension.COUNTRY: Channel.SMS,
    Dimension.DOMAIN: Channel.EMAIL,
}
# One address as SMTP has it, in brackets or not.
_ONE_SENDER = re.compile(r"<?[^\s<>,;]+@[^\s<>,;@]+>?")
_FEWEST_DIGITS = 2  # what has more may be a number


class PauseRefused(ValueError):  # noqa: N818 - a fact about what was asked
    """It would not do what was meant. ``problems`` are all that were found, with remedies.

    ``is_unknown`` says that only names are unknown: whoever means them may insist.
    """

    def __init__(self, problems: Sequence[str], *, is_unknown: bool = False) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
        self.is_unknown = is_unknown


@dataclass(frozen=True, slots=True)
class Names:
    """Who and what a scope may name. None: nobody knows, because there are no valid rules."""

    templates: frozenset[str] | None
    classes: frozenset[str] | None
    clients: frozenset[str]
    senders: frozenset[str] | None = None

    @classmethod
    def of(cls, settings: Settings, rules: RuleSet | None) -> Names:
        """Return the names that rules and settings define."""
        clients = frozenset(clients_of(settings))
        if rules is None:
            return cls(None, None, clients)
        ids = {template.id for template in rules.templates}
        classes = {t.template_class for t in rules.templates if t.template_class}
        addresses = {sender.address for t in rules.templates for sender in t.senders}
        return cls(
            frozenset(ids | {name.partition("/")[0] for name in ids}),
            frozenset(classes),
            clients,
            frozenset(sender_of(address, settings.limits) for address in addresses),
        )


def make_pause(
    scope: Scope, *, reason: str, by: str, until: datetime | None, drops: bool, now: datetime
) -> Pause:
    """Return the pause. Raises PauseRefused."""
    reason = " ".join(reason.split())
    problems = []
    if not reason:
        problems.append("a pause needs a reason: who comes next has to know why")
    if len(reason) > MAX_REASON:
        problems.append(f"the reason has {len(reason)} characters; the most is {MAX_REASON}")
    if until is not None and until <= now:
        problems.append(f"the pause would be over before it begins, at {until:%Y-%m-%d %H:%M} UTC")
    if problems:
        raise PauseRefused(problems)
    return Pause(new_pause_id(), scope, reason, by, since=now, until=until, drops=drops)


def read_scope(values: Mapping[str, object], settings: Limits) -> Scope:
    """Return the scope that the values of dimensions describe: {"client": ["kiosk"]}, {} is all.

    Values become canonical as those of messages do. Raises PauseRefused.
    """
    doubts = [*_uncertain(values)]
    if doubts:
        raise PauseRefused(doubts)
    given = {name: _canonical(name, value, settings) for name, value in values.items()}
    rule, problems = fit(ScopeRule, given, _Reporter())
    if rule is None or problems:
        raise PauseRefused([_in_words(problem) for problem in problems])
    scope = scope_of(rule)
    found = [*_empty(values, scope), *_contradictions(scope)]
    if found:
        raise PauseRefused(found)
    return scope


def check_names(scope: Scope, names: Names) -> None:
    """Return when everything that the scope names exists. Raises PauseRefused (is_unknown).

    A mistyped kill switch is worse than none: it says that it is on.
    """
    problems = [
        *_unknown("template", scope.values.get(Dimension.TEMPLATE), names.templates),
        *_unknown("class", scope.values.get(Dimension.CLASS), names.classes),
        *_unknown_clients(scope.values.get(Dimension.CLIENT, frozenset()), names.clients),
        *_unknown_senders(scope.values.get(Dimension.SENDER, frozenset()), names.senders),
    ]
    if problems:
        raise PauseRefused(problems, is_unknown=True)


def matches_nothing(scope: Scope, names: Names) -> bool:
    """Return whether the rules have none of the templates, or classes, that the scope asks for.

    Rules change under a pause: it would stay in force and stop nothing, and nobody would notice.
    """
    asked = (
        (scope.values.get(Dimension.TEMPLATE), names.templates),
        (scope.values.get(Dimension.CLASS), names.classes),
    )
    return any(wanted and known is not None and not wanted & known for wanted, known in asked)


def read_until(span: str | None, moment: str | None, now: datetime) -> datetime | None:
    """Return when a pause is to end: after ``2h``, or at ``18:30`` or an ISO time; None is never.

    A time without a zone is local, a clock time the next one. Raises PauseRefused.
    """
    if span is not None and moment is not None:
        raise PauseRefused(["say for how long or until when, not both"])
    if span is not None:
        found = _SPAN.fullmatch(span.strip())
        if found is None or not int(found[1]):
            raise PauseRefused([f"{span!r} is no span of time; write 30m, 2h or 3d"])
        try:
            return now + timedelta(**{_UNITS[found[2]]: int(found[1])})
        except OverflowError as exc:
            raise PauseRefused([f"{span!r} is longer than time; leave it out for no end"]) from exc
    return None if moment is None else _read_moment(moment.strip(), now)


def _read_moment(text: str, now: datetime) -> datetime:
    clock = _CLOCK.fullmatch(text)
    try:
        if clock is None:
            return datetime.fromisoformat(text).astimezone(UTC)
        hour = time(int(clock[1]), int(clock[2]))
        # Days are counted on the wall clock: where the clocks are changed they have 23 or 25 hours.
        day = now.astimezone().date()
        days = (day, day + timedelta(days=1))
        today, tomorrow = (datetime.combine(one, hour).astimezone(UTC) for one in days)
    except (ValueError, OverflowError) as exc:
        raise PauseRefused([f"{text!r} is no time; write 18:30 or 2026-06-30T18:30"]) from exc
    return today if today > now else tomorrow


# --- scopes


class _Reporter:
    """Makes problems that have no place in a file."""

    def report(
        self,
        code: str,
        message: str,
        path: tuple[str | int, ...],  # noqa: ARG002 - there is no file
        *,
        help: str = "",  # noqa: A002 - the word that stands in the output
        severity: Severity = Severity.ERROR,
        at_key: bool = False,  # noqa: ARG002 - same
    ) -> Problem:
        return Problem(code, message, "", help=help, severity=severity)


def _in_words(problem: Problem) -> str:
    return f"{problem.message}; {problem.help}" if problem.help else problem.message


def _canonical(name: str, value: object, settings: Limits) -> object:
    """Return recipients and senders as those of messages become; what is no text stays as it is."""
    read = _READERS.get(name)
    values = [value] if isinstance(value, str) else value
    if read is None or not isinstance(values, Sequence):
        return values
    return [read(one, settings) if isinstance(one, str) else one for one in values]


def _domain_of(text: str, settings: Limits) -> str:
    return text if "@" in text else FORMS[Dimension.DOMAIN](text, settings)


_READERS: Mapping[str, Callable[[str, Limits], str]] = {
    **{dimension.value: form for dimension, form in FORMS.items()},
    Dimension.DOMAIN: _domain_of,
    Dimension.CLIENT: lambda text, _settings: _address_of(text) or text,
}


def _uncertain(values: Mapping[str, object]) -> Iterable[str]:
    """Yield what would become somebody else's number or address, or only the first of two.

    The gate holds messages to such recipients; a pause that read them would stop another one.
    """
    for name in (Dimension.RECIPIENT, Dimension.SENDER):
        given = values.get(name)
        listed = [given] if isinstance(given, str) else given
        for value in listed if isinstance(listed, Sequence) else ():
            if isinstance(value, str) and not _is_certain(name, value.strip()):
                yield (
                    f"`{value[:60]}` cannot be read in one way only; write `+60123456789` or"
                    f" `name@host.example`, each as a `{name}` of its own"
                )


def _is_certain(name: str, text: str) -> bool:
    digits = sum(character.isdecimal() for character in text)
    if name == Dimension.SENDER:
        if "@" in text or text == NO_SENDER:  # compared, and never routed by
            return text == NO_SENDER or _ONE_SENDER.fullmatch(text) is not None
        is_number = not any(character.isalpha() for character in text)  # names: 2FA-1234
    else:
        is_number = digits * 2 > len(text) or digits > _FEWEST_DIGITS
    if "@" not in text and not is_number:
        return True  # a name, or what the model refuses
    troubles = Troubles()
    channel = Channel.EMAIL if "@" in text else Channel.SMS
    check_recipients(channel, Envelope("", (text,)), troubles)
    return not troubles


def _empty(values: Mapping[str, object], scope: Scope) -> Iterable[str]:
    """Yield what was named without a value: it would make the scope wider than it looks."""
    for name in values:
        if Dimension(name) not in scope.values:
            yield f"`{name}` has no value"
    count = sum(len(wanted) for wanted in scope.values.values())
    if count > MAX_VALUES:
        yield f"the scope has {count} values; the most is {MAX_VALUES}"


def _contradictions(scope: Scope) -> Iterable[str]:
    """Yield why no message can ever fall under this."""
    wanted, why = frozenset(Channel), ""
    for dimension, values in scope.values.items():
        channels = _channels_of(dimension, values)
        if not channels & wanted:
            one, other = min(channels), min(wanted)
            yield f"no message has both: `{dimension}` is of {one} alone, `{why}` of {other}"
            return
        if channels < wanted:
            wanted, why = channels & wanted, dimension


def _channels_of(dimension: Dimension, values: frozenset[str]) -> frozenset[Channel]:
    """Return of which channels a message can be that has one of these values."""
    if dimension is Dimension.CHANNEL:
        return frozenset(map(Channel, values))
    if dimension is Dimension.RECIPIENT:
        return frozenset(Channel.EMAIL if "@" in value else Channel.SMS for value in values)
    return frozenset({_ONLY[dimension]}) if dimension in _ONLY else frozenset(Channel)


def _unknown(
    kind: str, wanted: frozenset[str] | None, known: frozenset[str] | None
) -> Iterable[str]:
    if not wanted:
        return
    if known is None:
        yield f"there are no valid rules that would know the {kind} {', '.join(sorted(wanted))}"
        return
    for name in sorted(wanted - known):
        yield f"no {kind} is called `{name}`{_hint(name, known)}"


def _unknown_clients(wanted: frozenset[str], known: frozenset[str]) -> Iterable[str]:
    for name in sorted(wanted - known):
        if not _address_of(name):  # clients that prove no name are known by their address
            yield f"no client is called `{name}`{_hint(name, known)}"


def _unknown_senders(wanted: frozenset[str], known: frozenset[str] | None) -> Iterable[str]:
    if known is None:  # without rules any may be one
        return
    # An envelope sender of mail need not be what a template is from: bounces@ seldom is.
    for name in sorted(name for name in wanted - known if "@" not in name):
        yield f"no template is from `{name}`{_hint(name, known)}"


def _address_of(name: str) -> str:
    """Return an IP address as the one of a connection is written, "" for any other name."""
    try:
        address = ipaddress.ip_address(name.strip())
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)


def _hint(name: str, known: frozenset[str]) -> str:
    hint = did_you_mean(name, known)
    if hint:
        return f"; {hint}"
    return f"; there is {', '.join(f'`{k}`' for k in sorted(known)[:8])}" if known else ""
