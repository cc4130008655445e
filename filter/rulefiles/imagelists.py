"""Which pictures do other people know: files of hashes that rules name."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias
from weakref import WeakKeyDictionary, WeakValueDictionary

from filter.pictures.algorithms import (
    DEFAULT_DISTANCE_BITS,
    DEFAULT_QUALITY,
    HASH_BYTES,
    MOST_DISTANCE_BITS,
)
from filter.pictures.listfile import MAX_FAULTS, Fault, ReadList, read_list
from filter.problems import Problem, Severity
from filter.rulefiles.items import Item
from filter.rulefiles.model import ImageListRule
from filter.rulefiles.named import LIST_SUFFIXES, is_inside
from filter.rulefiles.nearfiles import near_file
from filter.ruleset import HashList, ImageList


def compile_image_list(
    item: Item[ImageListRule], files: Mapping[str, bytes]
) -> tuple[ImageList | None, list[Problem]]:
    """Return the list, or None and what is wrong; ``files`` are the contents of lists by path."""
    rule = item.rule
    problems = _limit_problems(item)
    path = str(Path(item.folder, rule.file))
    content = files.get(path)
    if content is None:
        problems.append(_file_problem(item))
        return None, problems
    least = DEFAULT_QUALITY[rule.algorithm] if rule.min_quality is None else rule.min_quality
    read = _read_once(content, rule.algorithm, least)
    problems += _faults(path, content, read)
    problems += [
        item.report("W173", f"{_entries(count)} left out: {why}", "file", warn=True)
        for why, count in read.skipped
        if not read.faults
    ]
    if any(p.is_error for p in problems):
        return None, problems
    limit = rule.max_distance_bits
    entry = ImageList(
        id=rule.id,
        source=item.source,
        label=rule.label or rule.id,
        file=path,
        hashes=read.hashes,
        max_distance_bits=DEFAULT_DISTANCE_BITS[rule.algorithm] if limit is None else limit,
        min_quality=least,
        reason=rule.reason,
        added_by=rule.added_by,
        mode=rule.mode,
    )
    return entry, problems


def _entries(count: int) -> str:
    return "1 entry is" if count == 1 else f"{count} entries are"


def _limit_problems(item: Item[ImageListRule]) -> list[Problem]:
    limit, algorithm = item.rule.max_distance_bits, item.rule.algorithm
    most = MOST_DISTANCE_BITS[algorithm]
    if limit is None or limit <= most:
        return []
    bits = 8 * HASH_BYTES[algorithm]
    message = f"`max_distance_bits` is {limit}: innocent pictures of {bits} bits are that close"
    help_ = f"write at most {most}; {DEFAULT_DISTANCE_BITS[algorithm]} is usual"
    return [item.report("E077", message, "max_distance_bits", help=help_)]


def _file_problem(item: Item[ImageListRule]) -> Problem:
    name = item.rule.file
    if not is_inside(name):
        message = f"`{name}` leaves the folder of this rule file"
        help_ = "paths begin at the folder of this rule file; put the list below it"
        return item.report("E074", message, "file", help=help_)
    if not name.endswith(LIST_SUFFIXES):
        message = f"`{name}` does not have the name of a list"
        help_ = f"let its name end in {', '.join(LIST_SUFFIXES)}"
        return item.report("E075", message, "file", help=help_)
    message = f"there is no file `{name}`"
    begin = "paths begin at the folder of this rule file; `sallyport images import` writes it"
    help_ = near_file(Path(item.folder), name) or begin
    return item.report("E075", message, "file", help=help_)


def _faults(path: str, content: bytes, read: ReadList) -> list[Problem]:
    problems = [_problem(path, content, fault) for fault in read.faults[:MAX_FAULTS]]
    if len(read.faults) > MAX_FAULTS:
        help_ = "`sallyport images import` reads other forms of lists"
        problems.append(Problem("E076", "more lines are not understood", path, help=help_))
    return problems


def _problem(path: str, content: bytes, fault: Fault) -> Problem:
    line = None
    if fault.line:
        found = content.split(b"\n", fault.line)
        line = found[fault.line - 1].decode("utf-8", "replace").rstrip("\r")
    return Problem(
        "E076",
        fault.message,
        path,
        line=fault.line,
        column=1,
        caret_columns=max(1, len(line or "")),
        source_line=line,
        help=fault.remedy,
        severity=Severity.ERROR,
    )


# What was read of lists that are still in use, by digest: rules are loaded anew at each change of
# any file, and a million lines take seconds.
_Key: TypeAlias = tuple[bytes, str, int]
_Left: TypeAlias = tuple[tuple[str, int], ...]  # what was left out
_read: WeakValueDictionary[_Key, HashList] = WeakValueDictionary()
_left: WeakKeyDictionary[HashList, _Left] = WeakKeyDictionary()
_lock = threading.Lock()


def _read_once(content: bytes, algorithm: str, min_quality: int) -> ReadList:
    key = (hashlib.sha256(content).digest(), algorithm, min_quality)
    with _lock:
        hashes = _read.get(key)
        if hashes is not None:
            return ReadList(hashes, b"", skipped=_left[hashes])
        read = read_list(content, algorithm, min_quality)
        if not read.faults:
            _read[key] = read.hashes
            _left[read.hashes] = read.skipped
        return read
