"""How large may a template be, and what stops one that includes itself?

Every reader opens files through ``Files`` and counts its nodes there: what grows by includes,
macros or nesting ends in an error, never in a long wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filter.dialects.nodes import DialectError, Loader, Source

MAX_CHARS = 1_000_000  # of one file; four times as many of all together
MAX_NODES = 20_000  # of one template, with all that it includes
MAX_FILES = 200  # openings of files for one template
MAX_NESTING = 50  # of blocks within blocks
MAX_INCLUDES = 20  # of files within files


class Files:
    """The files that one template is made of, and how much of the limits is left.

    Make one for each reading. Every ``DialectError`` it raises names the file and the line of
    the tag that asked.
    """

    def __init__(self, load: Loader) -> None:
        self._load = load
        self._open: list[str] = []
        self._opened = 0
        self._nodes = 0
        self._chars = 0

    @contextmanager
    def root(self, source: Source) -> Iterator[Source]:
        """Enter the file that is read in the first place."""
        self._check_size(source, source.name, 1)
        self._open.append(source.name)
        try:
            yield source
        finally:
            self._open.pop()

    @contextmanager
    def opened(self, name: str, file: str, line: int) -> Iterator[Source]:
        """Enter the file that ``file`` includes, extends or imports at ``line``."""
        source = self.find(name, file, line)
        self._open.append(source.name)
        try:
            yield source
        finally:
            self._open.pop()

    def find(self, name: str, file: str, line: int) -> Source:
        """Return a file by the name written in the tag; raises when there is none, or a circle."""
        self._opened += 1
        if self._opened > MAX_FILES:
            raise DialectError(
                file,
                line,
                f"more than {MAX_FILES} files are included",
                "split the message into smaller templates",
            )
        source = self._load(name)
        if source is None:
            raise DialectError(
                file,
                line,
                f'there is no template "{name}"',
                "name the folder in which includes are looked for, or correct the name",
            )
        if source.name in self._open:
            circle = " -> ".join((*self._open, source.name))
            raise DialectError(
                file,
                line,
                f"the template includes itself: {circle}",
                "write the repetition as a loop",
            )
        if len(self._open) >= MAX_INCLUDES:
            raise DialectError(
                file,
                line,
                f"includes are nested deeper than {MAX_INCLUDES}",
                "include the file directly",
            )
        self._check_size(source, file, line)
        return source

    def spend(self, file: str, line: int, nodes: int = 1) -> None:
        """Count nodes; raises when the template has too many."""
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise DialectError(
                file,
                line,
                f"the template comes to more than {MAX_NODES} pieces",
                "split the message into smaller templates",
            )

    def _check_size(self, source: Source, file: str, line: int) -> None:
        if len(source.text) > MAX_CHARS:
            raise DialectError(
                file,
                line,
                f'"{source.name}" has {len(source.text)} characters, more than {MAX_CHARS}',
                "take embedded pictures and styles out of it",
            )
        self._chars += len(source.text)
        if self._chars > 4 * MAX_CHARS:
            raise DialectError(
                file,
                line,
                f"more than {4 * MAX_CHARS} characters are included",
                "split the message into smaller templates",
            )


def check_nesting(depth: int, file: str, line: int) -> None:
    """Raise when blocks are nested too deeply; ``depth`` counts the blocks around."""
    if depth > MAX_NESTING:
        raise DialectError(
            file,
            line,
            f"blocks are nested deeper than {MAX_NESTING}",
            "split the message into smaller templates",
        )
