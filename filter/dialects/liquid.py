"""What does a Liquid template say?"""

from __future__ import annotations

from filter.dialects.names import Names
from filter.dialects.nodes import DialectError, Loader, Node, Source


def read(
    source: Source,
    load: Loader,  # noqa: ARG001
    *,
    language: str = "",  # noqa: ARG001
    names: Names | None = None,  # noqa: ARG001
) -> tuple[Node, ...]:
    """Say that this dialect is not read yet."""
    raise DialectError(source.name, 1, "Liquid templates are not read yet")
