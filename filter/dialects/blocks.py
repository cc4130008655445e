"""Builds statements from a flat row of steps: what ERB, EJS and Blade have between their texts.

A step opens a block (``if``, ``for``, ``case``, ``keep``), divides one (``elsif``, ``else``,
``when``), ends one (``end``), or is a statement of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from filter.dialects import expressions as ex
from filter.dialects.limits import check_nesting
from filter.dialects.nodes import DialectError
from filter.dialects.statements import Body, Capture, For, If, Print, Raw, Statement

_DIVIDERS = frozenset({"elsif", "else", "when", "end"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``word`` is how the source says it, ``ends`` what ends it there.

    ``names`` are those that a loop binds. ``before`` and ``after`` stand around a block that is
    kept (``keep`` with a ``name``) or written at once.
    """

    kind: str
    line: int
    word: str = ""
    value: ex.Expr | None = None
    values: tuple[ex.Expr, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    name: str = ""
    text: str = ""
    statement: Statement | None = None
    before: Body = ()
    after: Body = ()


def build(steps: list[Step], file: str) -> Body:
    """Return the statements that steps make; raises DialectError where blocks do not fit."""
    return _Builder(steps, file).whole()


class _Builder:
    def __init__(self, steps: list[Step], file: str) -> None:
        self._steps = steps
        self._file = file
        self._at = 0
        self._depth = 0

    def whole(self) -> Body:
        body, end = self._body()
        if end is not None:
            raise DialectError(self._file, end.line, f'"{end.word}" closes nothing', "remove it")
        return body

    def _body(self) -> tuple[Body, Step | None]:
        self._depth += 1
        statements: list[Statement] = []
        end: Step | None = None
        while self._at < len(self._steps):
            step = self._steps[self._at]
            self._at += 1
            check_nesting(self._depth, self._file, step.line)
            if step.kind in _DIVIDERS:
                end = step
                break
            statements.extend(self._one(step))
        self._depth -= 1
        return tuple(statements), end

    def _one(self, step: Step) -> Body:  # noqa: PLR0911 - one line for each kind
        value = step.value or ex.Const(None)
        match step.kind:
            case "text":
                return (Raw(step.text, step.line),)
            case "print":
                return (Print(value, step.line),)
            case "statement" if step.statement is not None:
                return (step.statement,)
            case "if":
                return (self._if(step, value),)
            case "for":
                body, otherwise = self._body_and_else(step)
                return (For(value, step.names, body, otherwise, step.line),)
            case "case":
                return (self._case(step, value),)
            case "keep":
                body, end = self._body()
                self._ended(step, end)
                whole = (*step.before, *body, *step.after)
                return (Capture(step.name, whole, step.line),) if step.name else whole
            case _:
                raise TypeError(f"not a step: {step!r}")

    def _ended(self, step: Step, end: Step | None) -> None:
        if end is None or end.kind != "end":
            raise DialectError(
                self._file,
                step.line if end is None else end.line,
                f'"{step.word}" is not closed',
                "end the block before this one",
            )

    def _body_and_else(self, step: Step) -> tuple[Body, Body]:
        body, end = self._body()
        otherwise: Body = ()
        if end is not None and end.kind == "else":
            otherwise, end = self._body()
        self._ended(step, end)
        return body, otherwise

    def _if(self, step: Step, condition: ex.Expr) -> Statement:
        branches: list[tuple[ex.Expr, Body]] = []
        otherwise: Body = ()
        while True:
            body, end = self._body()
            branches.append((condition, body))
            if end is not None and end.kind == "elsif" and end.value is not None:
                condition = end.value
                continue
            if end is not None and end.kind == "else":
                otherwise, end = self._body()
            self._ended(step, end)
            return If(tuple(branches), otherwise, step.line)

    def _case(self, step: Step, value: ex.Expr) -> Statement:
        _, end = self._body()
        branches: list[tuple[ex.Expr, Body]] = []
        while end is not None and end.kind == "when":
            same = tuple(ex.Operation("==", (value, one)) for one in end.values)
            body, end = self._body()
            branches.append((same[0] if len(same) == 1 else ex.Operation("or", same), body))
        otherwise: Body = ()
        if end is not None and end.kind == "else":
            otherwise, end = self._body()
        self._ended(step, end)
        return If(tuple(branches), otherwise, step.line)
