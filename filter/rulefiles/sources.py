"""Which files make up the rules, and under which revision?"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from filter.problems import Problem
from filter.rulefiles.model import FORMAT

SUFFIXES = (".yaml", ".yml")
MAX_FILES = 10_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One rule file: its name below the folder, its name as people know it, its bytes."""

    relative: str
    shown: str
    path: Path
    content: bytes


def read_sources(folder: Path) -> tuple[list[SourceFile], list[Problem]]:
    """Return every rule file below a folder, sorted, and what could not be read.

    Names that begin with a dot are left out: editors' swap files, and the ``..data`` folders by
    which Kubernetes swaps a ConfigMap.
    """
    shown = str(folder)
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        return [], [Problem("E001", f"the folder of the rules {what}", shown)]
    files: list[SourceFile] = []
    problems: list[Problem] = []
    for path in _rule_files(folder):
        try:
            content = path.read_bytes()
        except OSError as exc:
            problems.append(Problem("E001", f"cannot read the file: {exc.strerror}", str(path)))
            continue
        files.append(SourceFile(path.relative_to(folder).as_posix(), str(path), path, content))
    if not files and not problems:
        message = "there is no rule file (*.yaml, *.yml) in this folder"
        problems.append(Problem("E001", message, shown, help="name the folder with --rules"))
    return files, problems


def revision_of(files: Iterable[SourceFile]) -> str:
    """Return 12 hexadecimal digits that change when any file, name or the format does."""
    digest = hashlib.sha256(f"sallyport rules {FORMAT}\0".encode())
    for file in sorted(files, key=lambda f: f.relative):
        name = file.relative.encode(errors="surrogateescape")
        # Lengths keep two files from reading like one.
        digest.update(f"{len(name)} {len(file.content)}\0".encode() + name + file.content)
    return digest.hexdigest()[:12]


def _rule_files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(root, name)
            for name in names
            if name.endswith(SUFFIXES) and not name.startswith(".")
        ]
        if len(found) > MAX_FILES:
            break
    return sorted(found)[:MAX_FILES]
