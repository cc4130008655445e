"""Messages that are almost an approved one: each has one thing changed, as a thief would change it.

``near_misses`` makes them, ``try_near_misses`` has the real checks judge them. One that would pass
is a hole in the rules. Those that are held, with the finding that they are held for, are what
belongs under ``hold:`` beside a template.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain

from filter.inspection import inspect, read
from filter.message import Channel, Message
from filter.reading.look import Looker
from filter.rulefiles import missedits
from filter.rulefiles.examples import (
    base_id,
    completed,
    enforced,
    families_of,
    said_by,
    transaction_of,
)
from filter.rulefiles.missedits import count_of, edited, replacing
from filter.ruleset import Example, Match, RuleSet, Slot, SlotType, Template
from filter.settings import Inspection
from filter.templates.pattern import Literal, SlotUse, parse_pattern, slot_uses
from filter.templates.slots import bounds_of
from filter.verdict import Disposition, Verdict

STRANGER = "evil.example"
SENTENCE = "Your account is blocked. Reply today with your password and card number."
_ZERO_WIDTH_SPACE = "\u200b"
_MOST_TOO_LONG = 6_000  # characters of a value that is too long for its slot
_LOOK_ALIKE = (("m", "rn"), ("l", "1"), ("o", "0"), ("i", "l"), ("w", "vv"), ("d", "cl"))
_CYRILLIC = (("a", "\u0430"), ("e", "\u0435"), ("o", "\u043e"), ("c", "\u0441"))


class Change(StrEnum):
    """What is changed; also how the example is named."""

    LINK = "changed link"
    HIDDEN_LINK = "changed link behind the same words"
    LOOKALIKE = "look-alike host"
    LOOKALIKE_LETTER = "look-alike host with a foreign letter"
    SWAPPED_LINKS = "swapped links"
    SENTENCE = "extra sentence"
    DROPPED = "dropped sentence"
    WORD = "changed word"
    NUMBER = "changed number"
    INVISIBLE = "invisible character"
    STUFFED_LINK = "link in a slot"
    STUFFED_SENTENCE = "sentence in a slot"
    STUFFED_LONG = "too long a value in a slot"
    SENDER = "another sender"


# What each should be held for, the most telling first; else it is the first finding.
_TELLING: Mapping[Change, tuple[str, ...]] = {
    Change.LINK: ("link.not_allowed", "link.lookalike"),
    Change.HIDDEN_LINK: ("link.not_allowed", "link.label"),
    Change.LOOKALIKE: ("link.lookalike", "link.not_allowed"),
    Change.LOOKALIKE_LETTER: ("link.lookalike", "link.not_allowed", "link.spelling"),
    Change.INVISIBLE: ("text.invisible",),
    Change.STUFFED_LINK: ("template.slot", "link.not_allowed"),
    Change.STUFFED_SENTENCE: ("template.slot",),
    Change.STUFFED_LONG: ("template.slot",),
    Change.SENDER: ("sender.not_allowed", "sender.name"),
}
_REMEDIES: Mapping[Change, str] = {
    Change.SWAPPED_LINKS: "approve the mark-up with `markup:`, or name one entry in `links:`",
    Change.HIDDEN_LINK: "remove the entry of `links:` that allows it",
    Change.SENDER: "remove the sender from `from:`",
}
_REMEDY = "give the slot a narrower type, fewer characters or `max_words`"
# The loosest types first: a slot of these holds most of what was approved by nobody.
_LOOSE = (
    SlotType.TEXT, SlotType.WORDS, SlotType.PATTERN, SlotType.NAME, SlotType.URL, SlotType.EMAIL,
    SlotType.CODE, SlotType.MONEY, SlotType.PHONE, SlotType.NUMBER, SlotType.DIGITS,
    SlotType.CHOICE, SlotType.DATE, SlotType.TIME, SlotType.UUID,
)  # fmt: skip
_OF_FIXED_LENGTH = frozenset({SlotType.CHOICE, SlotType.DATE, SlotType.TIME, SlotType.UUID})
# A change of the words alone may lead to another approved wording, which is no near miss then.
_OF_WORDS = frozenset({Change.SENTENCE, Change.DROPPED, Change.WORD, Change.NUMBER})


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An approved message with one thing changed. ``example`` is complete, sender and all."""

    change: Change
    name: str  # "sentence in the slot note"
    example: Example
    slot: str = ""  # the one that is stuffed


@dataclass(frozen=True, slots=True)
class Tried:
    """What the real checks say of a near miss: the finding that it is held for, or a hole.

    ``hole`` says in words what lets it through and what to do, "" when it is held.
    """

    template: str  # without its variant
    base: Example  # the pass example that was changed
    miss: NearMiss
    verdict: Verdict
    code: str = ""
    hole: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A pass example as it is read: which wording it says, and with which values."""

    template: Template
    example: Example  # complete
    text: str  # what a reader sees of it, on one line
    pattern: str  # of the wording
    values: Mapping[str, str]


def try_near_misses(
    rules: RuleSet,
    looker: Looker,
    limits: Inspection,
    *,
    only: str = "",
    templates: Container[str] | None = None,
) -> Iterator[Tried]:
    """Make and judge the near misses of every pass example that is written out.

    ``only`` is a regular expression that is searched for in ``template / name``, ``templates`` are
    ids. Examples in files of their own are left out, and so are those that do not pass; templates
    that are off, too.
    """
    wanted = re.compile(only, re.IGNORECASE)
    tried = enforced(rules)
    done: set[tuple[str, Change, str, str]] = set()
    for told in tell_examples(tried, limits, templates=templates):
        name = base_id(told.template)
        for miss in near_misses(told):
            # Two examples of one wording would only say the same twice.
            key = (told.pattern + told.example.channel, miss.change, miss.slot, miss.name)
            if key in done or not wanted.search(f"{name} / {miss.name}"):
                continue
            done.add(key)
            judged = judge_near_miss(told, miss, tried, looker, limits)
            if judged is not None:
                yield judged


def tell_examples(
    rules: RuleSet, limits: Inspection, *, templates: Container[str] | None = None
) -> Iterator[Told]:
    """Yield the pass examples that are written out and do pass, as they are read."""
    families = families_of(rules.templates)
    for template in rules.templates:
        if templates is not None and base_id(template) not in templates:
            continue
        family = families[base_id(template)]
        for example in template.examples:
            if not example.expect_pass or example.file:
                continue
            told = tell(example, family, rules, limits)
            if told is not None:
                yield told


def tell(
    example: Example, family: tuple[Template, ...], rules: RuleSet, limits: Inspection
) -> Told | None:
    """Return a pass example as it is read, or None when it is not one of its template."""
    try:
        whole = completed(example, family)
        message = read(transaction_of(whole, family), limits)
    except (OSError, ValueError):
        return None
    found = rules.matcher.match(message)
    if not isinstance(found, Match) or base_id(found.template) != base_id(family[0]):
        return None
    text = message.views[0].text
    patterns = (*found.template.texts, *found.template.htmls)
    pattern = next(said_by(patterns, found.template, text, found.values), "")
    return Told(found.template, whole, text, pattern, found.values)


def judge_near_miss(
    told: Told, miss: NearMiss, rules: RuleSet, looker: Looker, limits: Inspection
) -> Tried | None:
    """Return what becomes of a near miss; None when it is another approved wording."""
    transaction = transaction_of(miss.example, (told.template,))
    verdict = inspect(transaction, rules, looker, limits)
    name = base_id(told.template)
    if verdict.disposition is not Disposition.PASS:
        return Tried(name, told.example, miss, verdict, code=_code(miss.change, verdict))
    message = read(transaction, limits)
    hole = _hole(told, miss, rules, message)
    return Tried(name, told.example, miss, verdict, hole=hole) if hole else None


def chosen(tried: Iterable[Tried]) -> list[Tried]:
    """Return of those that are held one for each kind of change, the first."""
    kept: dict[Change, Tried] = {}
    for one in tried:
        if not one.hole:
            kept.setdefault(one.miss.change, one)
    return list(kept.values())


def near_misses(told: Told) -> Iterator[NearMiss]:
    """Yield what the message could be changed into, each change once; what changes nothing not."""
    for miss in chain(_links(told), _words(told), _slots(told), _senders(told)):
        if miss.example != told.example:
            yield miss


def _links(told: Told) -> Iterator[NearMiss]:
    example = told.example
    for host in missedits.hosts_of(example):
        change = Change.HIDDEN_LINK if host.behind else Change.LINK
        yield NearMiss(change, change, missedits.with_host(example, host, STRANGER))
        for kind, other in _lookalikes(host.name):
            yield NearMiss(kind, kind, missedits.with_host(example, host, other))
    if example.html is not None:
        page = missedits.links_swapped(example.html)
        if page is not None:
            swapped = replace(example, html=page)
            yield NearMiss(Change.SWAPPED_LINKS, Change.SWAPPED_LINKS, swapped)


def _lookalikes(host: str) -> Iterator[tuple[Change, str]]:
    """Yield names that people take for the host: rn for m, 1 for l; a Cyrillic letter."""
    head, dot, tail = host.rpartition(".")
    for letter, other in (
        ("m", "rn"),
        ("l", "1"),
        ("o", "0"),
        ("i", "l"),
        ("w", "vv"),
        ("d", "cl"),
    ):
        if letter in head:
            yield Change.LOOKALIKE, _last_replaced(head, letter, other) + dot + tail
            break
    for letter, other in _CYRILLIC:
        if letter in head:
            yield Change.LOOKALIKE_LETTER, _last_replaced(head, letter, other) + dot + tail
            break


def _last_replaced(text: str, old: str, new: str) -> str:
    before, _, after = text.rpartition(old)
    return before + new + after


def _words(told: Told) -> Iterator[NearMiss]:
    example = told.example
    yield NearMiss(Change.SENTENCE, Change.SENTENCE, missedits.with_end(example, SENTENCE))
    fixed = _fixed_words(told)
    sentence = _fixed_sentence(told, fixed)
    if sentence:
        dropped = edited(example, replacing(sentence, ""))
        text = dropped.text if dropped.text is None else dropped.text.strip()
        yield NearMiss(Change.DROPPED, Change.DROPPED, replace(dropped, text=text))
    words = [word for word in fixed if word.isalpha()]
    if words:
        word = max(words, key=lambda one: (len(one), one))
        other = "never" if word.casefold() != "never" else "always"
        yield NearMiss(Change.WORD, Change.WORD, edited(example, replacing(word, other)))
        middle = (len(word) + 1) // 2
        unseen = word[:middle] + _ZERO_WIDTH_SPACE + word[middle:]
        yield NearMiss(Change.INVISIBLE, Change.INVISIBLE, edited(example, replacing(word, unseen)))
    number = next((word for word in fixed if re.search(r"[0-9]", word)), "")
    if number:
        digit = re.search(r"[0-9]", number)
        assert digit is not None  # noqa: S101 - just found
        other = number[: digit.start()] + str((int(digit[0]) + 1) % 10) + number[digit.end() :]
        yield NearMiss(Change.NUMBER, Change.NUMBER, edited(example, replacing(number, other)))


def _fixed_words(told: Told) -> list[str]:
    """Return the words of the wording that stand once in the message and in none of its values.

    Only those that always stand there: not the words of an alternative or of a repeat.
    """
    if not told.pattern:
        return []
    literals = " ".join(t.text for t in parse_pattern(told.pattern) if isinstance(t, Literal))
    whole = [word.strip(".,:;!?()[]\"'") for word in literals.split() if "/" not in word]
    words = dict.fromkeys(word for word in whole if len(word) > 1)
    values = " ".join(told.values.values())
    return [word for word in words if count_of(word, told.text) == 1 and not count_of(word, values)]


def _fixed_sentence(told: Told, fixed: Iterable[str]) -> str:
    """Return a sentence to leave out: one that has fixed words, and is not all there is."""
    sentences = re.split(r"(?<=[.!?])\s+", told.text)
    candidates = [
        sentence
        for sentence in sentences
        if len(sentences) > 1 and any(count_of(word, sentence) for word in fixed)
    ]
    example = told.example
    for sentence in reversed(candidates):
        done = edited(example, replacing(sentence, ""))
        if (example.text is None or done.text != example.text) and (
            example.html is None or done.html != example.html
        ):
            return sentence
    return candidates[-1] if candidates else ""


def _slots(told: Told) -> Iterator[NearMiss]:
    firsts: dict[str, str] = {}  # slots in repeats have a value in each round: "item#1"
    for name, value in told.values.items():
        firsts.setdefault(name.partition("#")[0], value)
    slots = [slot for slot in told.template.slots if firsts.get(slot.name)]
    for slot in sorted(slots, key=lambda one: (_LOOSE.index(one.type), -bounds_of(one)[1])):
        value = firsts[slot.name]
        for change, other in _stuffings(slot, value):
            name = change.replace("a slot", f"the slot {slot.name}")
            yield NearMiss(change, name, _with_value(told, slot.name, value, other), slot.name)


def _stuffings(slot: Slot, value: str) -> Iterator[tuple[Change, str]]:
    link = f"https://{STRANGER}/pay" if slot.type is SlotType.URL else f"{value} {STRANGER}/pay"
    yield Change.STUFFED_LINK, link
    yield Change.STUFFED_SENTENCE, SENTENCE
    longest = bounds_of(slot)[1]
    if slot.type not in _OF_FIXED_LENGTH and longest < _MOST_TOO_LONG:
        # Of the value's own letters, so that nothing but its length is wrong.
        filler = next((c for c in reversed(value) if c.isalnum()), "x")
        yield Change.STUFFED_LONG, value + filler * (longest + 1 - len(value))


def _with_value(told: Told, slot: str, value: str, other: str) -> Example:
    """Return the message with another value in a slot, wherever the value stands."""
    edit = replacing(value, other)
    done = edited(told.example, edit, attributes=True)
    if done.subject is not None:
        done = replace(done, subject=edit(done.subject))
    uses = sum(use.name == slot for use in slot_uses(parse_pattern(told.pattern)))
    if told.example.text is not None and count_of(value, told.example.text) != uses:
        filled = _refilled(told, {**told.values, slot: other})
        done = replace(done, text=filled if filled is not None else done.text)
    return done


def _refilled(told: Told, values: Mapping[str, str]) -> str | None:
    """Return the wording with values, where it is made of words and slots alone."""
    parts: list[str] = []
    for token in parse_pattern(told.pattern):
        match token:
            case Literal():
                parts.append(token.text)
            case SlotUse() if token.name in values:
                parts.append(values[token.name])
            case _:
                return None
    return "".join(parts)


def _senders(told: Told) -> Iterator[NearMiss]:
    example = told.example
    if example.channel is Channel.SMS:
        other = "+15550199" if example.sender.lstrip("+").isdigit() else "EVIL"
    else:
        name, bracket, _ = example.sender.rpartition("<")
        other = f"{name}<billing@{STRANGER}>" if bracket else f"billing@{STRANGER}"
    yield NearMiss(Change.SENDER, Change.SENDER, replace(example, sender=other))


def _code(change: Change, verdict: Verdict) -> str:
    codes = [finding.code for finding in verdict.findings]
    return next((code for code in _TELLING.get(change, ()) if code in codes), codes[0])


def _hole(told: Told, miss: NearMiss, rules: RuleSet, message: Message) -> str:
    """Return what lets a near miss through and what to do; "" when it is another wording."""
    found = rules.matcher.match(message)
    values = found.values if isinstance(found, Match) else {}
    taken = {name: value for name, value in values.items() if told.values.get(name, value) != value}
    new = {name: value for name, value in values.items() if name not in told.values}
    if miss.change in _OF_WORDS and not taken and not new:
        return ""
    if taken or new:
        # Branches and rounds ("#name") differ where a slot takes it: the slot is what to mend.
        told_of = sorted((taken | new).items(), key=lambda item: item[0].startswith("#"))
        name, value = told_of[0]
        if name.startswith("#"):
            return f"it is another way through {name.strip('#').partition('#')[0]}: {_REMEDY}"
        shown = value if len(value) <= 80 else f"{value[:79]}…"  # noqa: PLR2004 - one line
        return f'the slot {name} takes "{shown}": {_REMEDY}'
    return f"it would pass: {_REMEDIES.get(miss.change, _REMEDY)}"
