"""How an entry for an approved picture is put into a rule file beside what stands there."""

from __future__ import annotations

from dataclasses import dataclass

from filter.message import PictureView
from filter.pictures.bank import format_view
from filter.pictures.bankfile import open_section, quoted

SECTION = "approved_pictures"
_HEADER = """\
# Pictures that templates may show, written by `sallyport images approve`: digests and hashes, not
# the pictures. A template names their ids under `pictures: approved:`.
"""


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
    if not text.strip():
        text = f"{_HEADER}{SECTION}:\n"
    head, tail, indent = open_section(text, SECTION)
    return head + approval_to_yaml(entry, indent) + tail


def approval_to_yaml(entry: Approval, indent: int) -> str:
    """Return the entry as an item of a YAML list, ``indent`` blanks to the right."""
    lines = [
        f"id: {entry.id}",
        f"label: {quoted(entry.label)}",
        f"added_by: {quoted(entry.added_by)}",
        f"added: {quoted(entry.added)}",
        f"reason: {quoted(entry.reason)}",
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
