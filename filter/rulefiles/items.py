"""One rule of a file, and everything that its compilation needs to know of the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import BaseModel

from filter.problems import Problem, Severity, did_you_mean
from filter.strictyaml import Document

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Item(Generic[M]):
    """A rule that fits its model, and where it stands."""

    rule: M
    document: Document
    path: tuple[str | int, ...]
    folder: str = ""  # of the file, for the paths in it

    @property
    def source(self) -> str:
        """File and line: ``rules/otp.yaml:3``."""
        return self.source_of()

    def source_of(self, *path: str | int) -> str:
        """Return file and line of something inside the rule."""
        place = self.document.place_of((*self.path, *path))
        return f"{self.document.file}:{place.line}"

    def report(
        self,
        code: str,
        message: str,
        *path: str | int,
        help: str = "",  # noqa: A002 - the word that stands in the output
        at_key: bool = False,
        warn: bool = False,
    ) -> Problem:
        """Return a problem at something inside the rule."""
        severity = Severity.WARNING if warn else Severity.ERROR
        whole = (*self.path, *path)
        return self.document.report(
            code, message, whole, help=help, severity=severity, at_key=at_key
        )

    def report_within(  # noqa: PLR0917 - what, and where exactly
        self, code: str, message: str, path: tuple[str | int, ...], offset: int, length: int,
        help: str = "",  # noqa: A002
    ) -> Problem:  # fmt: skip
        """Return a problem at some characters of a text inside the rule."""
        place = self.document.place_within((*self.path, *path), offset, length)
        return self.document.problem(code, message, place, help=help)

    def paths(self, key: str, count: int) -> Iterator[tuple[str | int, ...]]:
        """Yield the paths of the values of a key that may be one value or a list of them."""
        return self.paths_at((key,), count)

    def paths_at(self, keys: tuple[str | int, ...], count: int) -> Iterator[tuple[str | int, ...]]:
        """Yield such paths for a key further inside the rule."""
        node = self.document.node_at((*self.path, *keys))
        is_list = node is not None and isinstance(node.value, list)
        for index in range(count):
            yield (*keys, index) if is_list else keys


@dataclass(slots=True)
class Names:
    """The ids of one section: those that can be used, and those whose rule is broken.

    A reference to a broken rule is not reported: the rule itself has been.
    """

    kind: str
    known: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    complete: bool = True  # False: a file could not be read, which may define more

    def unknown(self, name: str) -> str | None:
        """Return the help for a name that nothing has, or None when something has it."""
        if name in self.known or name in self.broken or not self.complete:
            return None
        everything = self.known | self.broken
        if not everything:
            return f"no {self.kind} is defined in any file"
        return did_you_mean(name, everything) or _some(self.kind, everything)


def _some(kind: str, names: Iterable[str]) -> str:
    listed = sorted(names)
    shown = ", ".join(f"`{name}`" for name in listed[:6])
    return f"there is {kind} {shown}" + (", …" if len(listed) > 6 else "")  # noqa: PLR2004
