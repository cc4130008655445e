"""What is known of an expression before any message is written, and which nodes does it become?

A value is known (a constant), unknown (a hole), one of two (by a condition), several in a row, or
text that was captured. Conditions are certain, or tests that a choice is named after.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from filter.dialects.limits import Files
from filter.dialects.lines import merged
from filter.dialects.names import Names
from filter.dialects.nodes import Choice, Hole, Loop, Node, Text
from filter.ruleset import SlotType

Constant: TypeAlias = "str | int | float | bool | tuple[Constant, ...] | None"
MAX_TEXT = 100_000  # characters of one constant
MAX_KEY = 2_000  # characters of an expression, as it is told from others
CHARS_A_PIECE = 200  # so many characters of text count as one node
_SPECIAL = frozenset("&<>\"'")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a template something stands. Lines count from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Known:
    """A constant. ``safe``: no engine escapes it, as it is marked or escaped already."""

    value: Constant
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that the application gives.

    ``key`` is what the expression means, with aliases and loop variables replaced: what stands
    for an element of ``xs`` begins ``xs[]``. ``label`` is the expression as it was written.
    ``changing`` says that the value may be another at the next use: nothing is to equal it.
    ``named`` is what the slot's name is made of, the label if empty.
    """

    key: str
    label: str
    hint: SlotType | None = None
    values: tuple[str, ...] = ()
    optional: bool = False
    changing: bool = False
    named: str = ""

    def __post_init__(self) -> None:
        _shorten(self)


@dataclass(frozen=True, slots=True)
class Branch:
    """One of two values, by a condition."""

    when: Unsure
    yes: Value
    no: Value


@dataclass(frozen=True, slots=True)
class Joined:
    """Values written one behind the other."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """Text that was captured: a block that was set, what a macro writes."""

    nodes: tuple[Node, ...]


Value: TypeAlias = Known | Unknown | Branch | Joined | Written


@dataclass(frozen=True, slots=True)
class Unsure:
    """A condition that only the application can decide. Without a key it is like no other."""

    key: str
    label: str
    negated: bool = False

    def __post_init__(self) -> None:
        _shorten(self)


def _shorten(one: Unknown | Unsure) -> None:
    """Keep what expressions are told apart by from growing; what is left out is in a digest."""
    for name in ("key", "label"):
        text: str = getattr(one, name)
        if len(text) > MAX_KEY:
            digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
            object.__setattr__(one, name, f"{text[: MAX_KEY // 2]}… {digest}")


Condition: TypeAlias = bool | Unsure


def opposite(condition: Condition) -> Condition:
    """Return the negation."""
    if isinstance(condition, Unsure):
        return replace(condition, negated=not condition.negated)
    return not condition


def both(left: Condition, right: Condition) -> Condition:
    """Return the conjunction; what is certain is left out of it."""
    if isinstance(left, bool):
        return right if left else False
    if isinstance(right, bool):
        return left if right else False
    return _combined(left, "and", right)


def one_of(left: Condition, right: Condition) -> Condition:
    """Return the disjunction; what is certain is left out of it."""
    if isinstance(left, bool):
        return True if left else right
    if isinstance(right, bool):
        return True if right else left
    return _combined(left, "or", right)


def _combined(left: Unsure, word: str, right: Unsure) -> Condition:
    if left.key and left.key == right.key:
        if left.negated == right.negated:
            return left
        return word == "or"
    if not left.key or not right.key:
        return Unsure("", "")
    return Unsure(
        f"({_spelled(left, left.key)}) {word} ({_spelled(right, right.key)})"[:MAX_TEXT],
        f"{_spelled(left, left.label)} {word} {_spelled(right, right.label)}"[:MAX_TEXT],
    )


def _spelled(test: Unsure, text: str) -> str:
    return f"not {text}" if test.negated else text


def literal(value: Constant) -> str:
    """Return how a constant stands in an expression: the same in every dialect."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


class Builder:
    """Makes nodes of values, with the names and the limits of one template.

    ``show`` is how the engine writes a constant, ``escape`` how its escaping filter does;
    ``may_escape`` says that it may or may not escape constants by itself: both stand there then.
    """

    def __init__(
        self,
        names: Names,
        files: Files,
        *,
        show: Callable[[Constant], str] = str,
        escape: Callable[[str], str] = html.escape,
        may_escape: bool = False,
    ) -> None:
        self.names = names
        self.files = files
        self._show = show
        self.escape = escape
        self._may_escape = may_escape
        self._fresh = 0

    def fresh(self, label: str, hint: SlotType | None = None) -> Unknown:
        """Return a value that equals no other: one that changes while the template is written."""
        self._fresh += 1
        return Unknown(f"{label} #{self._fresh}", label, hint, changing=True)

    def nodes(self, value: Value, at: Place) -> tuple[Node, ...]:
        """Return what the engine writes for a value."""
        self.files.spend(at.file, at.line)
        match value:
            case Known(tuple()):
                return (self.hole(self.derived(value, "", at), at.line),)
            case Known():
                return self._constant(value, at)
            case Unknown():
                return (self.hole(value, at.line),)
            case Branch(when, yes, no):
                return self.choice(when, self.nodes(yes, at), self.nodes(no, at), at.line)
            case Joined(parts):
                return merged(node for part in parts for node in self.nodes(part, at))
            case Written(nodes):
                texts = sum(len(node.text) for node in nodes if isinstance(node, Text))
                self.files.spend(at.file, at.line, len(nodes) + texts // CHARS_A_PIECE)
                return nodes

    def hole(self, value: Unknown, line: int) -> Hole:
        """Return the hole that an unknown value makes."""
        if value.changing:
            value = self.fresh(value.label, value.hint)
        name = self.names.slot(value.key, value.named or value.label)
        return Hole(name, value.label, line, value.hint, value.values, value.optional)

    def choice(
        self, when: Condition, yes: tuple[Node, ...], no: tuple[Node, ...], line: int
    ) -> tuple[Node, ...]:
        """Return one of two texts by a condition; what is certain, or equal, is no choice."""
        if isinstance(when, bool):
            return yes if when else no
        if _bare(yes) == _bare(no):
            return yes
        match no:
            case (Choice() as inner,) if self._continues(when, inner):
                return (self._chained(when, yes, inner, line),)
        name = self.names.choice(when.key, when.label) if when.key else ""
        return (Choice(name, (no, yes) if when.negated else (yes, no), line),)

    def _continues(self, when: Unsure, inner: Choice) -> bool:
        """Return whether a choice in the other branch makes a chain that is to be one choice.

        A pattern nests structures eight deep, and nobody reads that many: a chain of three or
        more (elif, when) is one choice with a name of all its conditions.
        """
        if not when.key or not inner.name:
            return not when.key and not inner.name
        longer = any(
            len(branch) == 1 and isinstance(branch[0], Choice) for branch in inner.branches
        )
        return longer or len(inner.branches) > 2  # noqa: PLR2004

    def _chained(self, when: Unsure, yes: tuple[Node, ...], inner: Choice, line: int) -> Choice:
        names = [inner.name]
        branches: list[tuple[Node, ...]] = []
        for number, branch in enumerate(inner.branches):
            match branch:
                case (Choice(name, nested),) if bool(name) == bool(inner.name):
                    names.append(f"{number}: {name}")  # where it stands is part of the meaning
                    branches += nested
                case _:
                    branches.append(branch)
        if not when.key:
            return Choice("", (yes, *branches), line)
        key = " else ".join((_spelled(when, when.key), *names))
        label = " or ".join(
            (when.label, *(name.rpartition(" ")[2].removeprefix("if_") for name in names))
        )
        return Choice(self.names.choice(key, label), (yes, *branches), line)

    def loop(
        self, over: Unknown, body: tuple[Node, ...], line: int, least: int = 0, most: int = 50
    ) -> tuple[Node, ...]:
        """Return a body for each element of something; a body without anything is nothing."""
        if not body:
            return ()
        name = "" if over.changing else self.names.loop(over.key, over.label)
        return (Loop(name, body, line, min(least, most), most),)

    def _constant(self, known: Known, at: Place) -> tuple[Node, ...]:
        text = self._show(known.value)
        if not text:
            return ()
        self.files.spend(at.file, at.line, len(text) // CHARS_A_PIECE)
        plain = (Text(text, at.line),)
        if not self._may_escape or known.safe or not _SPECIAL & set(text):
            return plain
        test = Unsure(f"escaped in {at.file}", "escaped")
        return self.choice(test, (Text(self.escape(text), at.line),), plain, at.line)

    def key(self, value: Value, at: Place, *, label: bool = False) -> str:
        """Return what a value means as text, for keys; with ``label`` as people wrote it."""
        self.files.spend(at.file, at.line)
        match value:
            case Known(constant):
                return literal(constant)
            case Unknown():
                return value.label if label else value.key
            case Branch(when, yes, no):
                parts = [self.key(one, at, label=label) for one in (yes, no)]
                test = _spelled(when, when.label if label else when.key)
                return f"({parts[0]} if {test} else {parts[1]})"[:MAX_TEXT]
            case Joined(values):
                parts = [self.key(one, at, label=label) for one in values]
                return "(" + " ~ ".join(parts)[:MAX_TEXT] + ")"
            case Written():
                return self.fresh("text").key

    def is_changing(self, value: Value) -> bool:
        """Return whether a value may be another at its next use."""
        match value:
            case Unknown():
                return value.changing
            case Branch(when, yes, no):
                return not when.key or self.is_changing(yes) or self.is_changing(no)
            case Joined(parts):
                return any(self.is_changing(part) for part in parts)
            case Written():
                return True
            case Known():
                return False

    def derived(
        self,
        value: Value,
        suffix: str,
        at: Place,
        hint: SlotType | None = None,
        *,
        shown: str | None = None,
    ) -> Unknown:
        """Return the unknown that some operation makes of a value: its text with a suffix."""
        key = self.key(value, at) + suffix
        label = self.key(value, at, label=True) + (suffix if shown is None else shown)
        return Unknown(key[:MAX_TEXT], label[:MAX_TEXT], hint, changing=self.is_changing(value))

    def test(self, value: Value, at: Place, *, empty_is_true: bool = False) -> Condition:
        """Return whether a value counts as true; in Liquid nothing but nil and false does not."""
        self.files.spend(at.file, at.line)
        match value:
            case Known(constant):
                if empty_is_true:
                    return constant is not None and constant is not False
                return bool(constant)
            case Unknown():
                return Unsure("" if value.changing else value.key, value.label)
            case Branch(when, yes, no):
                on_yes = both(when, self.test(yes, at, empty_is_true=empty_is_true))
                on_no = both(opposite(when), self.test(no, at, empty_is_true=empty_is_true))
                return one_of(on_yes, on_no)
            case Joined() | Written():
                return True if empty_is_true else Unsure("", "")


def same(left: object, right: object) -> bool:
    """Return whether two values are surely one: constants by kind too, composed ones by identity.

    Composed values share parts, so that comparing all of them may take for ever.
    """
    if left is right:
        return True
    match left, right:
        case Known(a), Known(b):
            return type(a) is type(b) and left == right
        case Unknown(), Unknown():
            return left == right
    return False


def _bare(nodes: tuple[Node, ...]) -> tuple[object, ...]:
    """Return nodes without their lines, to compare what they say."""
    return tuple(_bare_one(node) for node in nodes)


def _bare_one(node: Node) -> object:
    match node:
        case Text(text):
            return text
        case Hole():
            return replace(node, line=0)
        case Choice(name, branches):
            return ("choice", name, tuple(_bare(branch) for branch in branches))
        case Loop(name, body, _, least, most):
            return ("loop", name, _bare(body), least, most)
