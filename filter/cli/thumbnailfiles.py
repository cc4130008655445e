"""The small copies of known pictures, in files beside the rules: how they come, and how they go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filter.pictures.rendition import Rendition, Wanted
from filter.pictures.thumbnailname import parts_of, thumbnail_name

if TYPE_CHECKING:
    from filter.reading.sandbox import Sandbox
    from filter.ruleset import BankedImage

_MOST_BYTES = 2 * 1024 * 1024  # of a copy that somebody may have made by hand


class ThumbnailError(Exception):
    """No small copy can be kept; the text says why."""


@contextmanager
def kept_thumbnail(sandbox: Sandbox, folder: Path, image_id: str, content: bytes) -> Iterator[str]:
    """Write the small copy of a picture and yield what `thumbnail:` of its entry says.

    The file is there, whole, before the entry is; when writing the entry fails, it is removed.
    Raises ThumbnailError.
    """
    name, encoded = _encode(sandbox, image_id, content)
    path = folder.joinpath(*parts_of(name))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, encoded)
    except OSError as exc:
        raise ThumbnailError(f"cannot write {exc.filename or path}: {exc.strerror}") from exc
    try:
        yield name
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _encode(sandbox: Sandbox, image_id: str, content: bytes) -> tuple[str, bytes]:
    from filter.pictures.thumbnails import LONGEST_SIDE, encode_thumbnail  # noqa: PLC0415 - Pillow

    rendition = sandbox.render(content, "", Wanted(longest_side=LONGEST_SIDE))
    try:
        return thumbnail_name(image_id), encode_thumbnail(rendition)
    except ValueError as exc:
        raise ThumbnailError(str(exc)) from exc


def _write_whole(path: Path, content: bytes) -> None:
    """Write the file whole or not at all.

    With the mode of the rule files, which the gate's user may read and another may write.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def render_thumbnail(sandbox: Sandbox, folder: Path, image: BankedImage) -> Rendition | None:
    """Return the small copy of a known picture, decoded by the child; None when none is kept."""
    if not image.thumbnail:
        return None
    path = folder.joinpath(*parts_of(image.thumbnail))
    try:
        if not path.is_file():
            return Rendition(trouble=f"The small copy is missing: {image.thumbnail}")
        if path.stat().st_size > _MOST_BYTES:
            return Rendition(trouble=f"The small copy is too large: {image.thumbnail}")
        content = path.read_bytes()
    except OSError as exc:
        return Rendition(trouble=f"The small copy cannot be read: {exc.strerror}")
    return sandbox.render(content, "", Wanted())
