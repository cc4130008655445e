"""Collects what could not be read for certain."""

from __future__ import annotations

from filter.verdict import Finding

CHECK = "structure"  # the check that speaks for the reading room
MAX_TROUBLES = 40  # one is enough to hold; a person reads the first few


class Troubles:
    """Findings of one reading, each once, in the order in which they were met."""

    def __init__(self) -> None:
        self._findings: dict[Finding, None] = {}

    def add(self, code: str, detail: str, where: str = "") -> None:
        """Note that something could not be read for certain."""
        if len(self._findings) < MAX_TROUBLES:
            self._findings[Finding(CHECK, code, detail, where)] = None

    def found(self) -> tuple[Finding, ...]:
        """Return everything noted so far."""
        return tuple(self._findings)

    def __bool__(self) -> bool:
        return bool(self._findings)


def quote(value: object, limit: int = 60) -> str:
    """Return how a finding shows a piece of the message: on one line, ASCII, not too long."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    text = str(value)
    shown = ascii(text[:limit])
    return shown + "…" if len(text) > limit else shown
