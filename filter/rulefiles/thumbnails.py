"""Are the small copies there that entries of known pictures speak of? Nothing is held without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from filter.pictures.thumbnailname import parts_of
from filter.problems import Problem, Severity
from filter.ruleset import RuleSet


def missing_thumbnails(rules: RuleSet, folder: Path) -> Iterator[Problem]:
    """Yield a warning for each known picture whose small copy is not in the folder."""
    for image in rules.images:
        if not image.thumbnail or folder.joinpath(*parts_of(image.thumbnail)).is_file():
            continue
        file, _, line = image.source.rpartition(":")
        yield Problem(
            code="W179",
            message=f"the small copy of `{image.id}` is missing: `{image.thumbnail}`",
            file=file,
            line=int(line) if line.isdecimal() else 0,
            column=1,
            help="put the file back, or remove `thumbnail:`; the picture is known all the same",
            severity=Severity.WARNING,
        )
