"""What `sallyport images` shows of files: each picture that is known beside the known one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from filter.cli.likenessfiles import PictureFiles, Shown, Written

if TYPE_CHECKING:
    from filter.reading.sandbox import Sandbox
    from filter.ruleset import RuleSet

_PDF = "application/pdf"


def write_side_by_side(
    sandbox: Sandbox, paths: Sequence[Path], rules: RuleSet, folder: Path
) -> list[tuple[Written, ...]]:
    """Write the pictures in these files beside the known ones they look like.

    Return what was written for each picture, and once for a file without any, in their order. The
    files are called ``file-1-1-ID.png`` and so on: by the position of the file that was asked
    about, the number of the likeness in it and the known picture's id.
    """
    files = PictureFiles(folder, sandbox, rules)
    rows: list[tuple[Written, ...]] = []
    for number, path in enumerate(paths, start=1):
        shown = list(_pictures_in(sandbox, path))
        written = files.write(f"file-{number}", shown)
        rows += [
            tuple(one for one in written if one.picture == index)
            for index in range(max(1, len(shown)))
        ]
    return rows


def _pictures_in(sandbox: Sandbox, path: Path) -> Iterator[Shown]:
    """Yield what was seen in a file; the sandbox remembers its look at it."""
    try:
        content = path.read_bytes()
    except OSError:
        return  # which has been said
    if not content.startswith(b"%PDF-"):
        look = sandbox.look_at_picture(content, "", path.name)
        yield Shown(look.appearance, path.name, content, "")
        return
    document = sandbox.look_at_document(content, _PDF, path.name)
    for picture in document.pictures:
        page = int(picture.where.rpartition(" ")[2])
        yield Shown(picture.appearance, picture.where, content, _PDF, picture.digest, page)
