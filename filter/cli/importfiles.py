"""Template files read from disk, rule files written to it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from filter.rulefiles.draftwriter import SCHEMA
from filter.rulefiles.schema import rules_schema
from filter.rulefiles.sources import SourceFile, read_rule_files

MAX_FILES = 20_000
MAX_BYTES = 2 * 1024 * 1024  # of one file; templates are small
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "venv", ".venv", "dist"})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What may be a template, or be asked for by one: everything else is not even read.
_READ = _words(
    ".gotmpl .tmpl .tpl .gohtml .gotxt .j2 .jinja .jinja2 .hbs .handlebars .mustache "
    ".liquid .ftl .ftlh .ftlx .erb .twig .dtl .djhtml .djtxt .php .njk .txt .text .html "
    ".htm .xhtml .md .markdown .mjml .json .csv .properties .po .css .toml .yml .yaml "
    ".tsx .jsx .pug .haml .slim .ejs "
)


class FilesError(Exception):
    """Files cannot be read or written; the message says which and why."""


def gathered(paths: Iterable[Path]) -> tuple[dict[str, str], set[str]]:
    """Return the texts of all files below paths, by a name with ``/``, and those named one by one.

    Raises FilesError. Files that are no text, or too large for a template, are left out.
    """
    files: dict[str, str] = {}
    named: set[str] = set()
    for path in paths:
        if path.is_file():
            text = _text(path)
            if text is None:
                raise FilesError(f"{path} is no text in UTF-8")
            files[_shown(path, path)] = text
            named.add(_shown(path, path))
            continue
        for one in _below(path):
            text = _text(one)
            if text is not None:
                files[_shown(one, path)] = text
            if len(files) > MAX_FILES:
                raise FilesError(f"more than {MAX_FILES} files; name a folder further down")
    return files, named


def _shown(file: Path, named: Path) -> str:
    """Return a file's name for comments: as it was typed, from its folder on where that is long."""
    if named.is_absolute() or ".." in named.parts:
        below = file.relative_to(named)  # not resolved: a link has the name that it has here
        return Path(named.resolve().name, below).as_posix()
    return file.as_posix()


def _below(folder: Path) -> Iterable[Path]:
    """Yield what may be read; links that lead out of the folder are left alone."""
    whole = folder.resolve()
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if name[0] != "." and name not in _SKIPPED_FOLDERS
        )
        for name in sorted(names):
            path = Path(root, name)
            if path.suffix.lower() not in _READ or name.startswith(".") or not path.is_file():
                continue
            if not path.is_symlink() or path.resolve().is_relative_to(whole):
                yield path


def _text(path: Path) -> str | None:
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    except OSError as error:
        raise FilesError(f"cannot read {path}: {error.strerror}") from error


def links_file_of(path: Path) -> str:
    """Return what the file for the links of an import is called: ``links-courier.yaml``."""
    words = re.sub(r"[^a-z0-9]+", "-", path.resolve().name.partition(".")[0].lower()).strip("-")
    return f"links-{words or 'imported'}.yaml"


def write_files(sources: Sequence[SourceFile], *, force: bool) -> None:
    """Write rule files; none when one of them is there already. Raises FilesError."""
    standing = [source.path for source in sources if source.path.exists()]
    if standing and not force:
        more = f" and {len(standing) - 1} more" if len(standing) > 1 else ""
        raise FilesError(f"{standing[0]}{more} is there already; --force overwrites it")
    try:
        for source in sources:
            source.path.parent.mkdir(parents=True, exist_ok=True)
            source.path.write_bytes(source.content)
    except OSError as error:
        raise FilesError(f"cannot write {error.filename}: {error.strerror}") from error


def write_schema(folder: Path) -> None:
    """Put the schema that the files name for editors beside them. Raises FilesError."""
    path = folder / SCHEMA
    try:
        if not path.exists():
            text = json.dumps(rules_schema(), ensure_ascii=False, indent=2)
            path.write_text(text + "\n", encoding="utf-8")  # as ``sallyport schema`` has it
    except OSError as error:
        raise FilesError(f"cannot write {path}: {error.strerror}") from error


def standing(out: Path, rules: Path) -> list[SourceFile]:
    """Return the rule files beside which the new ones will stand.

    Those of the folder of the rules where ``out`` is in it, else those of ``out`` itself.
    """
    whole, place = rules.resolve(), out.resolve()
    folder = rules if place.is_relative_to(whole) else out
    if not folder.is_dir():
        return []
    return read_rule_files(folder)[0]


def written(sources: Iterable[SourceFile]) -> list[SourceFile]:
    """Return rule files as they stand on disk now."""
    return [SourceFile(one.relative, one.shown, one.path, one.path.read_bytes()) for one in sources]
