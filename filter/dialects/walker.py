"""What does a template write, block by block?

``Walker`` goes through the statements of one template as its engine would, for every message at
once: a condition that the template cannot decide becomes a choice, a list a loop, a value a hole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filter.dialects import expressions as ex
from filter.dialects.limits import Files, check_nesting
from filter.dialects.lines import merged
from filter.dialects.names import Names
from filter.dialects.nodes import Choice, DialectError, Hole, Loader, Loop, Node, Source, Text
from filter.dialects.statements import (
    Action,
    Body,
    Capture,
    For,
    If,
    Let,
    Print,
    Raw,
    Scope,
    Statement,
    assigned,
)
from filter.ruleset import SlotType

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHARS_A_NODE = 500  # so much text counts as one more node
_CHARS_A_KEY = 100  # so much of an expression
MAX_LOCALS = 300  # local names at one time
_BOOLEAN = frozenset({"==", "!=", "<", ">", "<=", ">=", "not", "exists"})
_COUNTED = frozenset({"index", "index1", "length"})


class Walker:
    """Writes the nodes of one template.

    ``functions`` are those of the language whose result is known, ``hints`` what kind of value
    the others give. Local names live in frames, the innermost last.
    """

    def __init__(
        self,
        load: Loader,
        names: Names | None,
        *,
        functions: Mapping[str, ex.Function] | None = None,
        hints: Mapping[str, SlotType] | None = None,
        language: str = "",
    ) -> None:
        self.load = load
        self.files = Files(load)
        self.names = names or Names()
        self.language = language
        self.functions: dict[str, ex.Function] = dict(functions or {})
        self.hints = hints or {}
        self.frames: list[dict[str, ex.Expr]] = [{}]
        self.source = Source("", "")
        self._out: list[Node] = []
        self._depth = 0
        self._captures = 0
        self._changes = 0

    # What a reader asks for.

    def read(
        self, source: Source, parse: Callable[[Source], Body], *, start: Body = ()
    ) -> tuple[Node, ...]:
        """Return what a file writes, read from its first line."""
        with self.files.root(source), self.within(source):
            self.run(start)
            self.run(parse(source))
            return merged(self._out)

    def include(self, name: str, line: int, parse: Callable[[Source], Body]) -> None:
        """Write what another file writes, with the same local names."""
        with self.opened(name, line) as source:
            self.run(parse(source))

    @contextmanager
    def opened(self, name: str, line: int) -> Iterator[Source]:
        """Enter another file that stands in this one."""
        with self.files.opened(name, self.source.name, line) as source, self.within(source):
            yield source

    @contextmanager
    def within(self, source: Source) -> Iterator[None]:
        """Name this file in errors."""
        before, self.source = self.source, source
        try:
            yield
        finally:
            self.source = before

    def fail(self, line: int, message: str, remedy: str = "") -> DialectError:
        """Return the error that names this file."""
        return DialectError(self.source.name, line, message, remedy)

    def resolve(self, expression: ex.Expr, line: int) -> ex.Expr:
        """Return what an expression means here."""
        try:
            return ex.meaning(expression, self.known, self.functions)
        except ex.ExpressionError as exc:
            raise self.fail(line, exc.message, exc.remedy) from exc

    def known(self, name: str) -> ex.Expr | None:
        """Return what a local name stands for."""
        for frame in reversed(self.frames):
            if name in frame:
                return frame[name]
        return None

    def run(self, body: Body) -> None:
        """Write what statements write."""
        self._depth += 1
        check_nesting(self._depth, self.source.name, body[0].line if body else 1)
        for one in body:
            self._statement(one)
        self._depth -= 1

    def written(
        self, body: Body, bindings: Mapping[str, ex.Expr] | None = None
    ) -> tuple[Node, ...]:
        """Return what statements write, in a frame of their own."""
        before, self._out = self._out, []
        self.frames.append(dict(bindings or {}))
        try:
            self.run(body)
            return merged(self._out)
        finally:
            self._out = before
            self.frames.pop()

    def put(self, nodes: Iterable[Node], line: int) -> None:
        """Write nodes."""
        for node in nodes:
            self.files.spend(self.source.name, line, _weight(node))
            self._out.append(node)

    def print(self, expression: ex.Expr, line: int) -> None:
        """Write a value."""
        self.put(self._printed(self.resolve(expression, line), line), line)

    # One statement each.

    def _statement(self, one: Statement) -> None:
        if not isinstance(one, (Raw, Print)):  # what they write counts
            self.files.spend(self.source.name, one.line)
        match one:
            case Raw(text, line):
                self.put((Text(text, line),) if text else (), line)
            case Print(expression, line):
                self.print(expression, line)
            case If():
                self._if(one)
            case For():
                self._for(one)
            case Let(name, value, line, new):
                self.bind(name, self.resolve(value, line), new=new)
                self._check_locals(line)
            case Capture(name, body, line):
                nodes = self.written(body)
                self.bind(name, self.captured(nodes, name))
                self._check_locals(line)
            case Scope(bindings, body, line):
                bound = {name: self.resolve(value, line) for name, value in bindings}
                self.put(self.written(body, bound), line)
            case Action(run, _):
                run(self)

    def captured(self, nodes: tuple[Node, ...], name: str) -> ex.Expr:
        """Return the value that a part of the template wrote."""
        if all(isinstance(node, Text) for node in nodes):
            return ex.Const("".join(node.text for node in nodes if isinstance(node, Text)))
        self._captures += 1
        return ex.Captured(nodes, name if self._captures == 1 else f"{name}#{self._captures}")

    def _check_locals(self, line: int) -> None:
        if sum(map(len, self.frames)) > MAX_LOCALS:
            raise self.fail(
                line,
                f"the template has more than {MAX_LOCALS} local names",
                "compute the values in the application",
            )

    def bind(self, name: str, value: ex.Expr, *, new: bool = False) -> None:
        """Give a local name a value: in the frame that has it, else in the innermost."""
        for frame in reversed(self.frames):
            if new or name in frame:
                frame[name] = value
                return
            if frame is self.frames[0]:
                frame[name] = value

    def _if(self, one: If) -> None:
        while len(one.otherwise) == 1 and isinstance(one.otherwise[0], If):  # else if
            rest = one.otherwise[0]
            one = If((*one.branches, *rest.branches), rest.otherwise, one.line)
        before = [dict(frame) for frame in self.frames]
        ways: list[tuple[ex.Expr | None, tuple[Node, ...], list[dict[str, ex.Expr]]]] = []
        for condition, body in (*one.branches, (ex.Const(value=True), one.otherwise)):
            self.frames = [dict(frame) for frame in before]
            meant = self.resolve(condition, one.line)
            decided = ex.decision(meant)
            if decided is False:
                continue
            ways.append((meant, self.written(body), self.frames))
            if decided:
                break
        self.put(self._choice([(way[0], way[1]) for way in ways], one.line), one.line)
        self.frames = ways[-1][2]
        for condition_of, _, frames in reversed(ways[:-1]):
            if condition_of is not None:
                self._merge(condition_of, frames, one.line)

    def _merge(self, condition: ex.Expr, frames: list[dict[str, ex.Expr]], line: int) -> None:
        """After a choice a name stands for either value, by the same condition."""
        for mine, theirs in zip(self.frames, frames, strict=True):
            for name in {**mine, **theirs}:
                here, there = mine.get(name, ex.Const(None)), theirs.get(name, ex.Const(None))
                if here is not there and here != there:
                    either = ex.Operation("?:", (condition, there, here))
                    try:
                        mine[name] = ex.check_size(either)
                    except ex.ExpressionError as exc:
                        raise self.fail(line, exc.message, exc.remedy) from exc

    def _choice(
        self, ways: list[tuple[ex.Expr | None, tuple[Node, ...]]], line: int
    ) -> tuple[Node, ...]:
        """Return the nodes of conditions and what is written behind each; the last is the rest."""
        bodies = tuple(nodes for _, nodes in ways)
        if all(same(nodes, bodies[0]) for nodes in bodies):
            return bodies[0]
        plain = [ex.plain_condition(condition) for condition, _ in ways[:-1] if condition]
        self._spend_key("; ".join(key for key, _ in plain), line)
        if len(plain) == 1:
            key, negated = plain[0]
            return (Choice(self.names.choice(key), bodies[::-1] if negated else bodies, line),)
        key = "; ".join(f"not {key}" if negated else key for key, negated in plain)
        return (Choice(self.names.choice(key, plain[0][0]), bodies, line),)

    def _for(self, one: For) -> None:
        iterable = self.resolve(one.iterable, one.line)
        if isinstance(iterable, ex.Const) and not iterable.value:
            self.put(self.written(one.otherwise), one.line)
            return
        # What a round changes is another value in the next round, and after the loop.
        changing = sorted(name for name in assigned(one.body) if self.known(name) is not None)
        self._change(changing)
        after = [dict(frame) for frame in self.frames]
        body = self.written(one.body, dict(_bound(one.names, iterable)))
        self.frames = after
        self._change(changing)
        if not body and not one.otherwise:
            return
        key = ex.spelled(iterable)
        self._spend_key(key, one.line)
        if not one.otherwise:
            self.put((Loop(self.names.loop(key), body, one.line),), one.line)
            return
        loop = Loop(self.names.loop(key), body, one.line, least=1) if body else Text("", one.line)
        otherwise = self.written(one.otherwise)
        name = self.names.choice(key)
        self.put((Choice(name, ((loop,) if body else (), otherwise), one.line),), one.line)

    def _change(self, names: Iterable[str]) -> None:
        """Bind names to values that nothing else has: in a round, and after the last."""
        for name in names:
            self._changes += 1
            self.bind(name, ex.Call("changing", (ex.Name(name), ex.Const(self._changes))))

    # Values.

    def _printed(  # noqa: C901, PLR0911 - one line for each form
        self, expression: ex.Expr, line: int
    ) -> tuple[Node, ...]:
        text = ex.printed_constant(expression)
        if text is not None:
            return (Text(text, line),) if text else ()
        match expression:
            case ex.Const(None):
                return ()
            case ex.Captured(nodes, _):
                return nodes
            case ex.Joined(parts):
                return tuple(node for part in parts for node in self._printed(part, line))
            case ex.OneOf(_, values):
                return (self._hole(expression, line, values=values),)
            case ex.Operation("?:", (condition, first, second)):
                ways = [
                    (condition, self._printed(first, line)),
                    (None, self._printed(second, line)),
                ]
                return self._choice(ways, line)
            case ex.Operation("default", (value, other)):
                return self._default(value, other, ex.Operation("exists", (value,)), line)
            case ex.Operation("or", (value, other)):
                return self._default(value, other, value, line)
            case ex.Operation(sign, _) if sign in _BOOLEAN:
                return (self._hole(expression, line, values=("true", "false")),)
            case ex.Place(_, what) if what in _COUNTED:
                return (self._hole(expression, line, hint=SlotType.DIGITS),)
            case _:
                return (self._hole(expression, line),)

    def _default(
        self, value: ex.Expr, other: ex.Expr, condition: ex.Expr, line: int
    ) -> tuple[Node, ...]:
        first, second = self._printed(value, line), self._printed(other, line)
        if not second and len(first) == 1 and isinstance(first[0], Hole):
            hole = first[0]
            return (
                Hole(hole.name, hole.expression, hole.line, hole.hint, hole.values, optional=True),
            )
        return self._choice([(condition, first), (None, second)], line)

    def _spend_key(self, key: str, line: int) -> None:
        self.files.spend(self.source.name, line, len(key) // _CHARS_A_KEY)

    def _hole(
        self,
        expression: ex.Expr,
        line: int,
        *,
        hint: SlotType | None = None,
        values: tuple[str, ...] = (),
    ) -> Hole:
        key = ex.spelled(expression)
        self._spend_key(key, line)
        if isinstance(expression, ex.Call):
            hint = self.hints.get(expression.function)
        return Hole(self.names.slot(key), key, line, hint, values)


def _bound(names: tuple[tuple[str, str], ...], iterable: ex.Expr) -> Iterator[tuple[str, ex.Expr]]:
    for name, what in names:
        match what:
            case "item":
                yield name, ex.Item(iterable)
            case "state":
                yield name, ex.Call("loop", (iterable,))
            case "more":
                yield name, ex.Operation("not", (ex.Place(iterable, "last"),))
            case _:
                yield name, ex.Place(iterable, what)


def same(some: tuple[Node, ...], others: tuple[Node, ...]) -> bool:
    """Say whether two lists of nodes write the same, wherever they stand."""
    if len(some) != len(others):
        return False
    for one, other in zip(some, others, strict=True):
        match one, other:
            case Text(left), Text(right):
                equal = left == right
            case Hole(), Hole():
                equal = (one.name, one.optional) == (other.name, other.optional)
            case Choice(left, mine), Choice(right, theirs) if len(mine) == len(theirs):
                equal = left == right and all(map(same, mine, theirs))
            case Loop(left, body), Loop(right, others_body):
                equal = (left, one.least, one.most) == (right, other.least, other.most) and same(
                    body, others_body
                )
            case _:
                equal = False
        if not equal:
            return False
    return True


def _weight(node: Node) -> int:
    match node:
        case Text(text):
            return 1 + len(text) // _CHARS_A_NODE
        case Choice(_, branches):
            return 1 + sum(_weight(one) for branch in branches for one in branch)
        case Loop(_, body):
            return 1 + sum(map(_weight, body))
        case _:
            return 1
