"""The files of the last valid rules, kept beside the state for whoever starts after they broke.

A worker that is started while the rule files are invalid has no old rules in memory; without these
it could only answer 451 until somebody repairs the files.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from filter.rulefiles.model import FORMAT
from filter.rulefiles.sources import SourceFile


def remember(keep: Path, files: Iterable[SourceFile]) -> None:
    """Keep the files. Raises OSError; what was kept before stays then."""
    entries = [[file.relative, file.shown, file.content.decode()] for file in files]
    text = json.dumps({"format": FORMAT, "files": entries}, ensure_ascii=False)
    handle, name = tempfile.mkstemp(dir=keep.parent, prefix=f".{keep.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(name).replace(keep)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def recall(keep: Path) -> list[SourceFile]:
    """Return the files that were kept; none when there are none or they cannot be read."""
    try:
        kept = json.loads(keep.read_text(encoding="utf-8"))
        if kept["format"] != FORMAT:
            return []
        return [
            SourceFile(relative, shown, Path(shown), content.encode())
            for relative, shown, content in kept["files"]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
