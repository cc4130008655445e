"""Which files make up the rules, and under which revision?"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from filter.problems import Problem
from filter.rulefiles.model import FORMAT
from filter.rulefiles.named import MAX_SOURCE_BYTES, RULE_SUFFIXES, files_named
from filter.rulefiles.nearfiles import near_folder

MAX_FILES = 10_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A rule file, or a file that one names: name below the folder, name for people, bytes."""

    relative: str
    shown: str
    path: Path
    content: bytes

    @property
    def is_named(self) -> bool:
        """Whether a rule file names this one: a list of pictures, a source of a template."""
        return not self.relative.endswith(RULE_SUFFIXES)


def read_sources(folder: Path) -> tuple[list[SourceFile], list[Problem]]:
    """Return every rule file below a folder and the files they name, and what cannot be read."""
    files, problems = read_rule_files(folder)
    named, troubles = _read_named(folder, files)
    return [*files, *named], [*problems, *troubles]


def read_rule_files(folder: Path) -> tuple[list[SourceFile], list[Problem]]:
    """Return every rule file below a folder, and what cannot be read.

    Names that begin with a dot are left out: editors' swap files, and the ``..data`` folders by
    which Kubernetes swaps a ConfigMap.
    """
    shown = str(folder)
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        help_ = near_folder(folder) or "name it with --rules"
        return [], [Problem("E001", f"the folder of the rules {what}", shown, help=help_)]
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
            if name.endswith(RULE_SUFFIXES) and not name.startswith(".")
        ]
        if len(found) > MAX_FILES:
            break
    return sorted(found)[:MAX_FILES]


def _read_named(
    folder: Path, files: Iterable[SourceFile]
) -> tuple[list[SourceFile], list[Problem]]:
    """Return the files that the rule files name; what is not there is told with the rules."""
    found: dict[str, SourceFile] = {}
    problems: list[Problem] = []
    limits: dict[Path, int] = {}
    for file in files:
        for path, limit in files_named(file.content, file.shown, file.path.parent):
            limits[path] = max(limit, limits.get(path, 0))
    for path, limit in limits.items():
        relative = path.relative_to(folder).as_posix()
        try:
            if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
                continue
            if path.stat().st_size > limit:
                message = f"the file has more than {_size(limit)}"
                help_ = "divide it into several"
                problems.append(Problem("E001", message, str(path), help=help_))
                continue
            content = path.read_bytes()
            if limit == MAX_SOURCE_BYTES:
                content.decode()
            found[relative] = SourceFile(relative, str(path), path, content)
        except UnicodeDecodeError as exc:
            problems.append(Problem("E001", f"not in UTF-8: byte {exc.start}", str(path)))
        except OSError as exc:
            problems.append(Problem("E001", f"cannot read the file: {exc.strerror}", str(path)))
        except RuntimeError:  # what pathlib makes of it in Python 3.11 and 3.12
            problems.append(Problem("E001", "the links to this file are a circle", str(path)))
    return sorted(found.values(), key=lambda f: f.relative), problems


def _size(limit: int) -> str:
    return f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit // 1000} kB"
