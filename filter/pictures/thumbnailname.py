"""Where below the folder of the rules is the small copy of a known picture?"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

FOLDER = PurePosixPath("files", "pictures")
ENDING = ".webp"
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}")
_MAX_DEPTH = 8


def thumbnail_name(image_id: str) -> str:
    """Return what `thumbnail:` of an entry says, a path below the folder of the rules.

    Raises ValueError when the id cannot be the name of a file.
    """
    if not _PART.fullmatch(image_id):
        raise ValueError(f"{image_id!r} cannot be the name of a file")
    return str(FOLDER / f"{image_id}{ENDING}")


def parts_of(thumbnail: str) -> tuple[str, ...]:
    """Return the folders and the name that `thumbnail:` says.

    Raises ValueError, with a message for whoever wrote the rule, when it could lead elsewhere.
    """
    parts = tuple(thumbnail.split("/"))
    if len(parts) > _MAX_DEPTH or not all(_PART.fullmatch(part) for part in parts):
        raise ValueError(f"`{thumbnail[:80]}` is not a path below the folder of the rules")
    return parts
