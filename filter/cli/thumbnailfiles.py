"""The small copies of known pictures, in files beside the rules: how they come, and how they go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filter.pictures.rendition import Rendition, Wanted

if TYPE_CHECKING:
    from filter.reading.sandbox import Sandbox
    from filter.ruleset import BankedImage

_FOLDER = "files/pictures"  # below the folder of the rule file
ENDING = ".webp"
_MOST_BYTES = 2 * 1024 * 1024  # of a copy that somebody may have made by hand
_MOST_NAMES = 100  # of copies that entries of one id left behind


class ThumbnailError(Exception):
    """No small copy can be kept; the text says why."""


@contextmanager
def kept_thumbnail(sandbox: Sandbox, folder: Path, image_id: str, content: bytes) -> Iterator[str]:
    """Write the small copy of a picture and yield what `thumbnail:` of its entry says.

    ``folder`` is that of the rule file, at which such paths begin; the id must be a safe name. The
    file is there, whole, before the entry is; when writing the entry fails, it is removed. A file
    that is there already keeps its name and its content. Raises ThumbnailError.
    """
    encoded = _encode(sandbox, content)
    try:
        name, path = _reserve(folder, image_id)
    except OSError as exc:
        raise ThumbnailError(f"cannot write {exc.filename or folder}: {exc.strerror}") from exc
    try:
        try:
            _write_whole(path, encoded)
        except OSError as exc:
            raise ThumbnailError(f"cannot write {path}: {exc.strerror}") from exc
        yield name
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def _encode(sandbox: Sandbox, content: bytes) -> bytes:
    from filter.pictures.thumbnails import LONGEST_SIDE, encode_thumbnail  # noqa: PLC0415 - Pillow

    rendition = sandbox.render(content, "", Wanted(longest_side=LONGEST_SIDE))
    try:
        return encode_thumbnail(rendition)
    except ValueError as exc:
        raise ThumbnailError(str(exc)) from exc


def _reserve(folder: Path, image_id: str) -> tuple[str, Path]:
    """Return a name that nobody else has, and its path, where there is an empty file now."""
    for number in range(1, _MOST_NAMES + 1):
        name = f"{_FOLDER}/{image_id if number == 1 else f'{image_id}-{number}'}{ENDING}"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            path.open("xb").close()
            return name, path
    raise ThumbnailError(f"there are {_MOST_NAMES} small copies of that name already")


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


def render_thumbnail(sandbox: Sandbox, image: BankedImage) -> Rendition | None:
    """Return the small copy of a known picture, decoded by the child; None when none is kept."""
    if not image.thumbnail:
        return None
    path = Path(image.source.rpartition(":")[0]).parent / image.thumbnail
    try:
        if not path.is_file():
            return Rendition(trouble=f"The small copy is missing: {image.thumbnail}")
        if path.stat().st_size > _MOST_BYTES:
            return Rendition(trouble=f"The small copy is too large: {image.thumbnail}")
        content = path.read_bytes()
    except OSError as exc:
        return Rendition(trouble=f"The small copy cannot be read: {exc.strerror}")
    return sandbox.render(content, "", Wanted())
