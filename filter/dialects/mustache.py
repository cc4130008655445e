"""Reads Mustache, and Postmark's Mustachio, which adds ``{{#each x}}`` and paths.

Differs from Handlebars in its delimiters, which may change, and in having no helpers and escapes.
Sections are read as ``handlebars.py`` says; one over a lambda is not told from one over a list.
"""

from __future__ import annotations

from filter.dialects.handlebars import read_as
from filter.dialects.names import Names
from filter.dialects.nodes import Loader, Node, Source


def read(
    source: Source, load: Loader, *, language: str = "", names: Names | None = None
) -> tuple[Node, ...]:
    """Return what a Mustache template writes; raises DialectError."""
    return read_as(source, load, language=language, names=names, mustache=True)
