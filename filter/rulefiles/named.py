"""Which files do rule files name: lists of pictures, and sources of templates?

They are part of the rules: of their revision, of what is kept, of what is watched.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from filter.pictures.listfile import MAX_BYTES
from filter.strictyaml import Plain, read_yaml

# What a list of pictures may be called.
LIST_SUFFIXES = (".csv", ".txt", ".pdq", ".te", ".json", ".jsonl", ".ndjson")
RULE_SUFFIXES = (".yaml", ".yml")
MAX_SOURCE_BYTES = 1_000_000
MAX_INCLUDED = 2000  # files in a folder of includes
# What may lie beside sources and never is one: pictures, documents, whole messages.
NEVER_SOURCES = (
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".avif", ".heic", ".bmp"),
    *(".pdf", ".eml", ".zip", ".woff", ".woff2", ".ttf", ".mo", ".sqlite", ".pyc"),
)
_FILES = ("subject_file", "text", "html")


def is_inside(name: str) -> bool:
    """Return whether a path in a rule file stays below the folder of that file."""
    parts = Path(name).parts
    return bool(parts) and not Path(name).is_absolute() and not {"..", "\0"} & {*parts, *name}


def files_named(content: bytes, shown: str, folder: Path) -> Iterator[tuple[Path, int]]:
    """Yield the files that a rule file names, and how many bytes each may have.

    ``folder`` is that of the rule file. Whether they exist, and how they are called, is told with
    the rules that name them.
    """
    if b"image_lists" not in content and b"dialect" not in content:
        return
    document, _ = read_yaml(content, shown)
    value: Plain = document.value
    if not isinstance(value, dict):
        return
    for entry in _entries(value.get("image_lists")):
        name = entry.get("file")
        if isinstance(name, str) and is_inside(name) and name.endswith(LIST_SUFFIXES):
            yield folder / name, MAX_BYTES
    for template in _entries(value.get("templates")):
        for wording in (template, *_entries(template.get("variants"))):
            source = wording.get("source")
            if isinstance(source, dict):
                yield from _of_source(source, folder)


def _of_source(source: dict[str, Plain], folder: Path) -> Iterator[tuple[Path, int]]:
    for key in _FILES:
        name = source.get(key)
        if isinstance(name, str) and is_inside(name) and not name.endswith(RULE_SUFFIXES):
            yield folder / name, MAX_SOURCE_BYTES
    name = source.get("includes")
    if isinstance(name, str) and is_inside(name):
        for path in _below(folder / name):
            yield path, MAX_SOURCE_BYTES


def _below(folder: Path) -> list[Path]:
    """Return the files that sources may include: texts, but for rule files and hidden ones."""
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(root, name)
            for name in names
            if not name.startswith(".") and not name.endswith((*RULE_SUFFIXES, *NEVER_SOURCES))
        ]
        if len(found) > MAX_INCLUDED:
            break
    return sorted(found)[: MAX_INCLUDED + 1]


def _entries(value: Plain) -> list[dict[str, Plain]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
