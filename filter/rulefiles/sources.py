"""Which files make up the rules, and under which revision?"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from filter.pictures.listfile import MAX_BYTES
from filter.problems import Problem
from filter.rulefiles.model import FORMAT
from filter.rulefiles.nearfiles import near_folder
from filter.strictyaml import Plain, read_yaml

SUFFIXES = (".yaml", ".yml")
# What a list of pictures may be called: changes of such files are looked for, as of rule files.
LIST_SUFFIXES = (".csv", ".txt", ".pdq", ".te", ".json", ".jsonl", ".ndjson")
MAX_FILES = 10_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A rule file, or a list that one names: name below the folder, name for people, bytes."""

    relative: str
    shown: str
    path: Path
    content: bytes

    @property
    def is_list(self) -> bool:
        """Whether this is a list of pictures that a rule file names."""
        return not self.relative.endswith(SUFFIXES)


def read_sources(folder: Path) -> tuple[list[SourceFile], list[Problem]]:
    """Return every rule file below a folder and the lists they name, and what cannot be read."""
    files, problems = read_rule_files(folder)
    lists, troubles = _read_lists(folder, files)
    return [*files, *lists], [*problems, *troubles]


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
            if name.endswith(SUFFIXES) and not name.startswith(".")
        ]
        if len(found) > MAX_FILES:
            break
    return sorted(found)[:MAX_FILES]


def is_inside(name: str) -> bool:
    """Return whether a path in a rule file stays below the folder of that file."""
    parts = Path(name).parts
    return bool(parts) and not Path(name).is_absolute() and not {"..", "\0"} & {*parts, *name}


def _read_lists(
    folder: Path, files: Iterable[SourceFile]
) -> tuple[list[SourceFile], list[Problem]]:
    """Return the lists that the rule files name; what is not there is told with the rules."""
    lists: dict[str, SourceFile] = {}
    problems: list[Problem] = []
    for path in dict.fromkeys(path for file in files for path in _lists_of(file)):
        relative = path.relative_to(folder).as_posix()
        try:
            if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
                continue
            if path.stat().st_size > MAX_BYTES:
                message = f"the list has more than {MAX_BYTES >> 20} MiB"
                help_ = "divide it into several lists"
                problems.append(Problem("E001", message, str(path), help=help_))
                continue
            lists[relative] = SourceFile(relative, str(path), path, path.read_bytes())
        except OSError as exc:
            problems.append(Problem("E001", f"cannot read the file: {exc.strerror}", str(path)))
        except RuntimeError:  # what pathlib makes of it in Python 3.11 and 3.12
            problems.append(Problem("E001", "the links to this file are a circle", str(path)))
    return sorted(lists.values(), key=lambda f: f.relative), problems


def _lists_of(file: SourceFile) -> list[Path]:
    if b"image_lists" not in file.content:
        return []
    document, _ = read_yaml(file.content, file.shown)
    value: Plain = document.value
    entries = value.get("image_lists") if isinstance(value, dict) else None
    names = [
        entry.get("file")
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]
    return [
        file.path.parent / name
        for name in names
        if isinstance(name, str) and is_inside(name) and name.endswith(LIST_SUFFIXES)
    ]
