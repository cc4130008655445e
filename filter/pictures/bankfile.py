"""How an entry for a known picture is put into a rule file without disturbing what stands there."""

from __future__ import annotations

import json
import re

from filter.pictures.bank import ALGORITHM, views_to_yaml
from filter.ruleset import BankedImage

_HEADER = """\
# Known prank pictures, written by `sallyport images add`: hashes, and small copies for people.
images:
"""
_KEY = re.compile(r"^images:[ \t]*(?P<rest>[^#\n]*?)[ \t]*(?:#[^\n]*)?\n?$", re.MULTILINE)
_ITEM = re.compile(r"^(?P<indent> *)- ")


def insert_entry(text: str, entry: BankedImage) -> str:
    """Return the text of a rule file with one more entry under ``images:``.

    Raises ValueError when the list of images is written so that nothing can be added below it.
    """
    if not text.strip():
        text = _HEADER
    found = _KEY.search(text)
    if found is None:
        text = text.rstrip("\n") + "\n\nimages:\n"
        found = _KEY.search(text)
    if found is None or found["rest"] not in {"", "[]"}:
        raise ValueError("its `images:` is not a list of lines that begin with a hyphen")
    head, tail = text[: found.start()], text[found.end() :]
    key = found[0].rstrip("\n").replace("[]", "").rstrip()
    return f"{head}{key}\n{entry_to_yaml(entry, _indent_of(tail))}{tail}"


def entry_to_yaml(entry: BankedImage, indent: int) -> str:
    """Return the entry as an item of a YAML list, ``indent`` blanks to the right."""
    fields = {
        "id": entry.id,
        "label": json.dumps(entry.label, ensure_ascii=False),
        "reason": json.dumps(entry.reason, ensure_ascii=False),
        "algorithm": ALGORITHM,
        "max_distance_bits": entry.max_distance_bits,
        "mode": entry.mode.value,
        "thumbnail": entry.thumbnail,
    }
    blank = " " * indent
    lines = [f"{name}: {value}\n" for name, value in fields.items() if value != ""]
    body = f"{blank}  ".join([*lines, "views:\n"])
    return f"{blank}- {body}{views_to_yaml(entry.appearance.views, indent + 4)}"


def _indent_of(tail: str) -> int:
    """Return how far the items that follow are indented; 2 when there are none."""
    for line in tail.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        item = _ITEM.match(line)
        return len(item["indent"]) if item else 2
    return 2
