"""How entries are put into a rule file without disturbing what stands there."""

from __future__ import annotations

import base64
import json
import re
import textwrap
from collections.abc import Iterable, Mapping

from filter.pictures.bank import ALGORITHM, format_listed, views_to_yaml
from filter.ruleset import BankedImage

_HEADER = """\
# Known prank pictures, written by `sallyport images add`: hashes, and small copies for people.
images:
"""
_KEY = r"^{section}:[ \t]*(?P<rest>[^#\n]*?)[ \t]*(?:#[^\n]*)?\n?$"
_ITEM = re.compile(r"^(?P<indent> *)- ")
_LINE = 96  # characters of base64


def insert_entry(text: str, entry: BankedImage) -> str:
    """Return the text of a rule file with one more entry under ``images:``; see insert_entries."""
    return insert_entries(text, [entry])


def insert_entries(text: str, entries: Iterable[BankedImage]) -> str:
    """Return the text of a rule file with the entries first under ``images:``.

    Raises ValueError when the list of images is written so that nothing can be added below it.
    """
    if not text.strip():
        text = _HEADER
    head, tail, indent = open_section(text, "images")
    return head + "".join(entry_to_yaml(entry, indent) for entry in entries) + tail


def insert_fields(text: str, section: str, fields: Mapping[str, object]) -> str:
    """Return the text of a rule file with one more entry, of simple fields, in a section.

    Raises ValueError as insert_entries.
    """
    head, tail, indent = open_section(text, section)
    return head + _item(fields, indent) + tail


def entry_to_yaml(entry: BankedImage, indent: int) -> str:
    """Return the entry as an item of a YAML list, ``indent`` blanks to the right."""
    fields: dict[str, object] = {
        "id": entry.id,
        "label": quoted(entry.label),
        "reason": quoted(entry.reason),
        "source": quoted(entry.origin) if entry.origin else None,
        "added_by": quoted(entry.added_by) if entry.added_by else None,
        "added": entry.added.isoformat() if entry.added else None,
        "algorithm": entry.algorithm or ALGORITHM,
        "max_distance_bits": entry.max_distance_bits,
        "mode": entry.mode.value,
        "thumbnail": quoted(entry.thumbnail) if entry.thumbnail else None,
    }
    lines = [_item(fields, indent)]
    blank = " " * indent
    if entry.appearance.listed:
        lines.append(f"{blank}  listed:\n")
        lines += [f'{blank}    - "{format_listed(one)}"\n' for one in entry.appearance.listed]
    lines.append(f"{blank}  views:\n{views_to_yaml(entry.appearance.views, indent + 4)}")
    if entry.appearance.keypoints:
        lines.append(f"{blank}  keypoints:\n")
        lines += [_block(block, indent + 4) for block in entry.appearance.keypoints]
    return "".join(lines)


def open_section(text: str, section: str) -> tuple[str, str, int]:
    """Return what stands before and after the place of a new item, and how far items go in.

    Raises ValueError when the section is written so that nothing can be added below it.
    """
    key = re.compile(_KEY.format(section=section), re.MULTILINE)
    found = key.search(text)
    if found is None:
        text = f"{text.rstrip()}\n\n{section}:\n".lstrip()
        found = key.search(text)
    if found is None or found["rest"] not in {"", "[]"}:
        raise ValueError(f"its `{section}:` is not a list of lines that begin with a hyphen")
    line = found[0].rstrip("\n").replace("[]", "").rstrip()
    tail = text[found.end() :].removeprefix("" if found[0].endswith("\n") else "\n")
    return f"{text[: found.start()]}{line}\n", tail, _indent_of(tail)


def _item(fields: Mapping[str, object], indent: int) -> str:
    lines = [f"{name}: {value}\n" for name, value in fields.items() if value is not None]
    blank = " " * indent
    return f"{blank}- " + f"{blank}  ".join(lines)


def quoted(text: str) -> str:
    """Return a text between double quotes, in which YAML and JSON read the same."""
    return json.dumps(text, ensure_ascii=False)


def _block(block: bytes, indent: int) -> str:
    blank = " " * indent
    lines = textwrap.wrap(base64.b64encode(block).decode("ascii"), _LINE)
    return f"{blank}- |\n" + "".join(f"{blank}  {line}\n" for line in lines)


def _indent_of(tail: str) -> int:
    """Return how far the items that follow are indented; 2 when there are none."""
    for line in tail.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        item = _ITEM.match(line)
        return len(item["indent"]) if item else 2
    return 2
