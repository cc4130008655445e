"""What a template does, block by block: what the readers of tag languages parse into.

``filter/dialects/walker.py`` goes through these and writes nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from filter.dialects.expressions import Expr


@dataclass(frozen=True, slots=True)
class Raw:
    """Text that is written as it stands."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Print:
    """A value that is written."""

    expression: Expr
    line: int


@dataclass(frozen=True, slots=True)
class If:
    """Bodies behind conditions, asked one after the other."""

    branches: tuple[tuple[Expr, Body], ...]
    otherwise: Body
    line: int


@dataclass(frozen=True, slots=True)
class For:
    """A body that is written for each member of a list.

    ``names`` are those that are bound for the body, with what they are bound to: ``item``,
    ``index`` (from 0), ``index1``, ``key``, ``first``, ``last``, ``more`` (not the last).
    """

    iterable: Expr
    names: tuple[tuple[str, str], ...]
    body: Body
    otherwise: Body
    line: int


@dataclass(frozen=True, slots=True)
class Let:
    """A local name is given a value; ``new`` when it is made here, hiding one of the same name."""

    name: str
    value: Expr
    line: int
    new: bool = False


@dataclass(frozen=True, slots=True)
class Capture:
    """What the body writes is kept under a name."""

    name: str
    body: Body
    line: int


@dataclass(frozen=True, slots=True)
class Scope:
    """A body in which some names stand for something else."""

    bindings: tuple[tuple[str, Expr], ...]
    body: Body
    line: int


@dataclass(frozen=True, slots=True)
class Action:
    """What only one language does: includes, macros, layouts. ``run`` gets the walker."""

    run: Callable[[Any], None]
    line: int


Statement: TypeAlias = Raw | Print | If | For | Let | Capture | Scope | Action
Body: TypeAlias = tuple[Statement, ...]


def assigned(body: Body) -> frozenset[str]:
    """Return the names that a body may give other values to."""
    found: set[str] = set()
    waiting = [body]
    while waiting:
        for one in waiting.pop():
            match one:
                case Let(name, new=False):
                    found.add(name)
                case Capture(name, inner):
                    found.add(name)
                    waiting.append(inner)
                case If(branches, otherwise):
                    waiting.extend(inner for _, inner in branches)
                    waiting.append(otherwise)
                case For(_, _, inner, otherwise):
                    waiting.extend((inner, otherwise))
                case Scope(_, inner):
                    waiting.append(inner)
                case _:
                    pass
    return frozenset(found)
