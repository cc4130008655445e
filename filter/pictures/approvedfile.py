"""How an entry for an approved picture is put into a rule file beside what stands there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from filter.message import PictureView
from filter.pictures.bank import format_view

SECTION = "approved_pictures"
_HEADER = """\
# Pictures that templates may show, written by `sallyport images approve`: digests and hashes, not
# the pictures. A template names their ids under `pictures: approved:`.
"""
_KEY = re.compile(rf"^{SECTION}:[ \t]*(?P<rest>[^#\n]*?)[ \t]*(?:#[^\n]*)?$", re.MULTILINE)
_ITEM = re.compile(r"^(?P<indent> *)- ")


@dataclass(frozen=True, slots=True)
class Approval:
    """An entry as it is written: by whom and why, and the files that it approves."""

    id: str
    label: str
    added_by: str
    added: str  # an ISO date
    reason: str
    digests: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]
    views: tuple[PictureView, ...]
    also_similar: bool = False
    max_distance_bits: int = 8


def insert_approval(text: str, entry: Approval) -> str:
    """Return the text of a rule file with one more entry under ``approved_pictures:``.

    Raises ValueError when that list is written so that nothing can be added below it.
    """
    found = _KEY.search(text)
    if found is None:
        head = f"{text.rstrip()}\n\n" if text.strip() else _HEADER
        return f"{head}{SECTION}:\n{approval_to_yaml(entry, 2)}"
    if found["rest"] not in {"", "[]"}:
        raise ValueError(f"its `{SECTION}:` is not a list of lines that begin with a hyphen")
    head, tail = text[: found.start()], text[found.end() :].removeprefix("\n")
    key = found[0].replace("[]", "").rstrip()
    return f"{head}{key}\n{approval_to_yaml(entry, _indent_of(tail))}{tail}"


def approval_to_yaml(entry: Approval, indent: int) -> str:
    """Return the entry as an item of a YAML list, ``indent`` blanks to the right."""
    lines = [
        f"id: {entry.id}",
        f"label: {_quoted(entry.label)}",
        f"added_by: {_quoted(entry.added_by)}",
        f"added: {_quoted(entry.added)}",
        f"reason: {_quoted(entry.reason)}",
        "sha256:",
        *(f'  - "{digest}"' for digest in entry.digests),
        f"size: [{', '.join(f'{width}x{height}' for width, height in entry.sizes)}]",
    ]
    if entry.also_similar:
        lines += ["also_similar: true", f"max_distance_bits: {entry.max_distance_bits}"]
    if entry.views:
        lines += ["views:", *(f'  - "{format_view(view)}"' for view in entry.views)]
    blank = " " * indent
    return f"{blank}- " + f"\n{blank}  ".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _indent_of(tail: str) -> int:
    """Return how far the items that follow are indented; 2 when there are none."""
    for line in tail.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            item = _ITEM.match(line)
            return len(item["indent"]) if item else 2
    return 2
