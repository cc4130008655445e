"""Which file did somebody mean who names one that is not there?"""

from __future__ import annotations

import os
from pathlib import Path

from filter.problems import did_you_mean

_MOST = 2000


def near_file(folder: Path, name: str) -> str:
    """Return ``did you mean `files/logo.png`?`` for a file below a folder; "" for none."""
    found: list[str] = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        found += [Path(root, one).relative_to(folder).as_posix() for one in sorted(names)]
        if len(found) > _MOST:
            break
    return did_you_mean(name, found[:_MOST])


def near_folder(folder: Path) -> str:
    """Return ``did you mean `rules`?`` for a folder beside where this one should be."""
    try:
        beside = [one.name for one in folder.absolute().parent.iterdir() if one.is_dir()]
    except OSError:
        return ""
    near = did_you_mean(folder.name, sorted(one for one in beside if not one.startswith(".")))
    return near.replace("`", f"`{folder.parent}/", 1) if near and folder.parent.name else near
