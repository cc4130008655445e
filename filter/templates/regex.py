"""The door to RE2: the only regular expressions that people may write into rules.

RE2 matches in linear time whatever the pattern (https://github.com/google/re2/wiki/WhyRE2); its
price is a smaller syntax, and where that surprises the error says what to write instead.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import re2  # type: ignore[import-untyped]  # has no stubs

from filter.templates.pattern import PatternError

# Legal, but not what people who learned other dialects mean by it.
_TRAPS: tuple[tuple[str, str], ...] = (
    (
        r"\\[wW]",
        r"\w knows only ASCII here; write [0-9A-Za-z_] if that is meant, else [\pL\pN_]",
    ),
    (
        r"\\[bB]",
        r"\b knows only ASCII here and a slot's pattern matches the whole value; leave it out",
    ),
)
# What RE2 lacks, and the way out: its own messages name neither the place nor a remedy.
_MISSING: tuple[tuple[str, str], ...] = (
    (
        r"\(\?(?:=|!|<=|<!)",
        "look-around is not supported; write out what may stand there, or use two slots",
    ),
    (r"\(\?>", "atomic groups are not needed: RE2 never backtracks; write (?:…)"),
    (
        r"\\[1-9]|\(\?P=",
        "a back-reference is not supported; use one slot twice, it has one value everywhere",
    ),
    (r"\\u[0-9a-fA-F]{4}", r"\uXXXX is not supported; write \x{XXXX}"),
    (r"\\Z", r"\Z is not supported and not needed: a slot's pattern matches the whole value"),
    (
        r"(?:[*+?]|\{[0-9,]+\})\+",
        "possessive repeats are not needed: RE2 never backtracks; drop the last +",
    ),
    (
        r"\\p\{(?:Script|sc|scx|Script_Extensions)=",
        r"a script is written with its name alone: \p{Han}, \p{Latin}",
    ),
)
_TROUBLES: tuple[tuple[str, str], ...] = (
    (
        "invalid repetition size",
        "repeats go to {n,1000} only; use min_length and max_length for longer values",
    ),
    (
        "too large",
        "the compiled pattern is too large; leave the repeat open (+) and set max_length",
    ),
    ("missing )", 'a "(" is never closed; write "\\(" for the character itself'),
    ("unexpected )", 'a ")" was never opened; write "\\)" for the character itself'),
    ("missing ]", 'a "[" is never closed; write "\\[" for the character itself'),
    ("no argument for repetition", 'a repeat without anything before it; write "\\*" for the sign'),
)


@dataclass(frozen=True, slots=True)
class Regex:
    """A compiled RE2 pattern."""

    source: str
    _compiled: Any

    def matches(self, text: str) -> bool:
        """Return whether the whole text fits. A text that is not Unicode never does."""
        try:
            return self._compiled.fullmatch(text) is not None
        except UnicodeEncodeError:  # a lone surrogate
            return False

    def search(self, text: str) -> str | None:
        """Return the first place that fits, or None."""
        try:
            found = self._compiled.search(text)
        except UnicodeEncodeError:
            return None
        return None if found is None else str(found.group())


def compile_pattern(source: str) -> Regex:
    """Return a pattern from a rule, compiled. Raises PatternError with the remedy in its text."""
    try:
        compiled = compile_trusted(source)
    except PatternError as error:
        raise _pitfall(_MISSING, source) or error from None
    trap = _pitfall(_TRAPS, source)
    if trap is not None:
        raise trap
    return compiled


def compile_trusted(source: str) -> Regex:
    """Return a pattern of our own, compiled. Raises PatternError with what RE2 says."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 32 * 1024 * 1024  # bytes; a class of all letters, repeated, is large
    try:
        return Regex(source, re2.compile(source, options))
    except re2.error as exc:
        raise PatternError(_explain(exc), 0) from exc


def _explain(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    for trouble, remedy in _TROUBLES:
        if trouble in text:
            return f"{text}: {remedy}"
    return f"{text}: not RE2 syntax, see https://github.com/google/re2/wiki/Syntax"


def _pitfall(pitfalls: tuple[tuple[str, str], ...], source: str) -> PatternError | None:
    for pitfall, remedy in pitfalls:
        if found := _search_unescaped(pitfall, source):
            return PatternError(f'"{found.group()}": {remedy}', found.start())
    return None


def _search_unescaped(pitfall: str, source: str) -> re.Match[str] | None:
    r"""Find a pitfall that no backslash of its own disarms: in ``\\d`` the ``d`` is a letter."""
    blind = re.sub(r"\\\\", "\0\0", source)
    found = re.search(pitfall, blind)
    while found is not None and found.start() and blind[found.start() - 1] == "\\":
        found = re.compile(pitfall).search(blind, found.end())
    return found
