"""What do the rules count at a key that a person names, and what more would have to be named?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from filter.floodrules import Counted, Limit
from filter.limits.canonical import FORMS, canonical
from filter.limits.charges import About, CountingRule, Prepared, member_of
from filter.limits.interface import Meter, Volume
from filter.limits.recipients import addressee_of
from filter.message import Channel
from filter.ruleset import RuleSet
from filter.settings import Limits
from filter.subject import OF_RECIPIENT, Addressee, Dimension, Scope, Subject

ALIASES: Mapping[str, Dimension] = {
    "prefix": Dimension.PREFIX,
    "domain": Dimension.DOMAIN,
    "number": Dimension.RECIPIENT,
    "address": Dimension.RECIPIENT,
    "ip": Dimension.END_USER_IP,
}
_FEWEST_DIGITS = 3

Values = Mapping[Dimension, str]


class Unclear(ValueError):  # noqa: N818 - what the words are
    """The words name no key; the text says why and what to write."""


@dataclass(frozen=True, slots=True)
class Look:
    """One rule, as far as it is about a key.

    ``meters`` are empty when the rule's own key ``lacks`` dimensions. ``only`` are the conditions
    of the rule that what is known says nothing about. ``is_safe``: the rule never counts it.
    ``any_client``: nobody named the client of its key; there is a look for each in the settings.
    """

    rule: CountingRule
    meters: tuple[tuple[Meter, About], ...]
    lacks: tuple[Dimension, ...]
    only: Scope
    is_safe: bool = False
    any_client: bool = False


# --- from words to a key


def read_key(
    words: Iterable[str], rules: RuleSet, settings: Limits, clients: Iterable[str]
) -> Values:
    """Return the dimensions that the words name: ``client=kiosk``, a number, an address, a name.

    ``all`` is the whole gate: {}. Raises Unclear.
    """
    found: dict[Dimension, str] = {}
    those = list(words)
    if those == ["all"]:
        return found
    whole = " ".join(those)
    if "=" not in whole and _is_recipient(whole) and len(those) > 1:
        those = [whole]  # 012-345 6789
    for word in those:
        dimension, value = _read_word(word, rules, settings, clients)
        if found.setdefault(dimension, value) != value:
            raise Unclear(f"{dimension} is named twice")
    if not found:
        raise Unclear("name a key: recipient=+60123456789, client=kiosk template=sign-in, or all")
    return found


def _read_word(
    word: str, rules: RuleSet, settings: Limits, clients: Iterable[str]
) -> tuple[Dimension, str]:
    name, is_named, value = word.partition("=")
    if is_named and (name in ALIASES or name in list(Dimension)):
        dimension = ALIASES.get(name) or Dimension(name)
        value = _canonical(dimension, value.strip(), settings)
        if not value:
            raise Unclear(f"{dimension} has no value")
        return dimension, value
    if is_named:
        raise Unclear(f"there is no key `{name}`; there are: {', '.join(Dimension)}")
    known = [*_known(word, rules, clients)]
    if len(known) == 1:
        return known[0], word
    if known:
        choices = " or ".join(f"{dimension}={word}" for dimension in known)
        raise Unclear(f"`{word}` may be several things; write {choices}")
    if _is_recipient(word):
        return Dimension.RECIPIENT, _canonical(Dimension.RECIPIENT, word, settings)
    raise Unclear(f"nobody knows what `{word}` is; say of what kind it is, as client={word}")


def _is_recipient(word: str) -> bool:
    has_letters = any(character.isalpha() for character in word)
    digits = sum(character.isdecimal() for character in word)
    return "@" in word or (digits >= _FEWEST_DIGITS and ("+" in word or not has_letters))


def _known(word: str, rules: RuleSet, clients: Iterable[str]) -> Iterator[Dimension]:
    senders = {sender.address for template in rules.templates for sender in template.senders}
    for dimension, names in (
        (Dimension.CLIENT, set(clients)),
        (Dimension.TEMPLATE, {template.id.partition("/")[0] for template in rules.templates}),
        (Dimension.CLASS, {template.template_class for template in rules.templates}),
        (Dimension.CHANNEL, set(Channel)),
        (Dimension.SENDER, senders),
    ):
        if word in names:
            yield dimension


def _canonical(dimension: Dimension, value: str, settings: Limits) -> str:
    if dimension in FORMS:
        return FORMS[dimension](value, settings)
    forms: Mapping[Dimension, Callable[[], str]] = {
        Dimension.PREFIX: lambda: "+" + "".join(c for c in value if c.isdecimal()),
        Dimension.COUNTRY: value.upper,
        Dimension.CHANNEL: value.lower,
        Dimension.TEMPLATE: lambda: value.partition("/")[0],
    }
    return forms.get(dimension, lambda: value)()


def implied(given: Values, rules: RuleSet, settings: Limits) -> Values:
    """Return what is given and what follows from it: a number's country, a template's class."""
    found = dict(given)
    recipient = given.get(Dimension.RECIPIENT, "")
    if not recipient and Dimension.PREFIX in given:
        # Any number of the block tells its country.
        anyone = replace(addressee_of(given[Dimension.PREFIX] + "0000", settings), prefix="")
        found.setdefault(Dimension.COUNTRY, anyone.country)
    addressee = addressee_of(recipient, settings)
    found.setdefault(Dimension.PREFIX, addressee.prefix)
    found.setdefault(Dimension.COUNTRY, addressee.country)
    found.setdefault(Dimension.DOMAIN, addressee.domain)
    if given.keys() & OF_RECIPIENT:
        channel = Channel.EMAIL if found[Dimension.DOMAIN] else Channel.SMS
        found.setdefault(Dimension.CHANNEL, channel)
    name = given.get(Dimension.TEMPLATE)
    classes = {t.template_class for t in rules.templates if t.id.partition("/")[0] == name}
    if len(classes) == 1:
        found.setdefault(Dimension.CLASS, classes.pop())
    return {dimension: value for dimension, value in found.items() if value}


# --- from a key to meters


def looks_at(
    given: Values, rules: RuleSet, settings: Limits, clients: Iterable[str] = ()
) -> Iterator[Look]:
    """Yield every rule that could be about messages of this key.

    Who asks for a person need not know through which client: where only that is missing, there is a
    look for each of the ``clients``.
    """
    known = implied(given, rules, settings)
    floods = canonical(rules.floods, settings)
    every: tuple[CountingRule, ...] = (*floods.limits, *floods.watches, *floods.floors)
    for rule in every:
        if given or not rule.per:
            look = _look(rule, known)
            if look is not None and look.lacks == (Dimension.CLIENT,) and _names_one(rule, given):
                each = (_look(rule, {**known, Dimension.CLIENT: client}) for client in clients)
                found = [replace(one, any_client=True) for one in each if one is not None]
                yield from found or [look]
            elif look is not None:
                yield look


def _names_one(rule: CountingRule, given: Values) -> bool:
    """Return whether a person or end user was named whom the rule counts."""
    return not _SOMEBODY.isdisjoint(given.keys() & set(rule.per))


_SOMEBODY = frozenset({Dimension.RECIPIENT, Dimension.END_USER})


def _look(rule: CountingRule, known: Values) -> Look | None:
    """Return the rule's look; None when what is known contradicts it."""
    subject = _subject_of(known)
    addressee = subject.addressees[0]
    undecided: dict[Dimension, frozenset[str]] = {}
    for dimension, wanted in rule.match.values.items():
        if not _is_known(dimension, known):
            undecided[dimension] = wanted
        elif not Scope({dimension: wanted}).fits(subject, addressee):
            return None
    # A condition with one value tells it: match: {class: otp} makes the class of every key.
    told = {d: next(iter(wanted)) for d, wanted in undecided.items() if len(wanted) == 1}
    told.pop(Dimension.PREFIX, None)  # what a number begins with is not its block
    values = {**told, **known}
    prepared = Prepared(rule)
    lacks = tuple(dimension for dimension in prepared.dimensions if dimension not in values)
    meters: tuple[tuple[Meter, About], ...] = ()
    if not lacks:
        key = tuple(values[d] for d in prepared.dimensions)
        meters = tuple(prepared.meters_at(key, members=_one_more(rule, known)))
    is_safe = any(
        scope.fits(subject, addressee)
        for scope in rule.safe
        if all(_is_known(dimension, known) for dimension in scope.values)
    )
    return Look(rule, tuple(map(_uncounted, meters)), lacks, Scope(undecided), is_safe)


def _one_more(rule: CountingRule, known: Values) -> tuple[int, ...]:
    """Return who is asked for where different ones are counted: who was named, else a stranger."""
    if isinstance(rule, Limit) and rule.count is Counted.DIFFERENT:
        return (member_of(known.get(Dimension.RECIPIENT, _STRANGER)),)
    return ()


_STRANGER = "\0"  # no recipient is written so


def _uncounted(pair: tuple[Meter, About]) -> tuple[Meter, About]:
    """Return a meter that counts no message more than there were, where it would."""
    meter, about = pair
    return (replace(meter, cost=0), about) if isinstance(meter.measure, Volume) else pair


def _is_known(dimension: Dimension, known: Values) -> bool:
    if dimension is Dimension.PREFIX:
        return Dimension.RECIPIENT in known or Dimension.PREFIX in known
    return dimension in known


def _subject_of(known: Values) -> Subject:
    prefix = known.get(Dimension.PREFIX, "")
    return Subject(
        channel=Channel(known.get(Dimension.CHANNEL, Channel.SMS)),
        sender=known.get(Dimension.SENDER, ""),
        client=known.get(Dimension.CLIENT, ""),
        template=known.get(Dimension.TEMPLATE),
        template_class=known.get(Dimension.CLASS),
        end_user=known.get(Dimension.END_USER, ""),
        end_user_ip=known.get(Dimension.END_USER_IP, ""),
        addressees=(
            Addressee(
                known.get(Dimension.RECIPIENT, prefix),
                prefix,
                known.get(Dimension.COUNTRY, ""),
                known.get(Dimension.DOMAIN, ""),
            ),
        ),
    )


def is_own(look: Look, given: Values) -> bool:
    """Return whether the rule's key is what was named, so that forgetting it is what is meant.

    It is made of just the dimensions that were named; of somebody who was named (a recipient, an
    end user) also of fewer, and through any client. ``otp-client`` is not forgotten because one of
    its recipients is.
    """
    if look.lacks:
        return False
    told = {d for d, wanted in look.only.values.items() if len(wanted) == 1}
    made_of = set(look.rule.per) - (told - given.keys())
    if look.any_client:
        made_of.discard(Dimension.CLIENT)
    if made_of == set(given):
        return True
    return not _SOMEBODY.isdisjoint(given.keys() & made_of) and made_of <= set(given)
