"""Finds what a template includes or extends among the files that are there."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from filter.dialects.filenames import ENDINGS
from filter.dialects.nodes import Loader, Source

_MAX_NAME = 300  # characters of a name that is looked for


class Library:
    """Files by their path, and the ways in which engines name them: Rails' ``_x``, Laravel's dots.

    ``loaded`` are the files that some template asked for.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._by_base: dict[str, list[str]] = {}
        for path in sorted(files):
            base = path.rpartition("/")[2]
            for name in {base, _bare(base)}:
                self._by_base.setdefault(name, []).append(path)
        self.loaded: set[str] = set()

    def loader(self, asking: str) -> Loader:
        """Return a loader for the message of which the file ``asking`` is part."""

        def load(name: str) -> Source | None:
            path = self._find(name.strip(), asking)
            if path is None:
                return None
            if path != asking:
                self.loaded.add(path)
            return Source(path, self._files[path])

        return load

    def _find(self, name: str, asking: str) -> str | None:
        if not name or len(name) > _MAX_NAME:
            return None
        near = posixpath.normpath(posixpath.join(posixpath.dirname(asking), name))
        for path in (near, name.lstrip("/")):
            if path in self._files:
                return path
        plain = name.replace("::", "/").removeprefix("./").strip("/")
        while plain.startswith("../"):
            plain = plain[3:]
        spelled = [plain]
        if "." in plain and plain.rpartition(".")[2] not in ENDINGS:
            spelled.append(plain.replace(".", "/"))  # Laravel's dots
        for wanted in spelled:
            found = self._ending_with(wanted, asking)
            if found is not None:
                return found
        return None

    def _ending_with(self, wanted: str, asking: str) -> str | None:
        """Return the file whose path ends so, with or without endings; the nearest of several."""
        folder, _, base = wanted.rpartition("/")
        for named in (base, f"_{base}"):
            fitting = [
                path
                for path in self._by_base.get(named, ())
                if not folder or posixpath.dirname(path) == folder
                or posixpath.dirname(path).endswith("/" + folder)
            ]  # fmt: skip
            if fitting:
                return max(fitting, key=lambda path: _nearness(path, asking))
        return None


def _bare(base: str) -> str:
    pieces = base.split(".")
    while len(pieces) > 1 and pieces[-1].lower() in ENDINGS:
        pieces.pop()
    return ".".join(pieces)


def _nearness(path: str, asking: str) -> tuple[int, bool, int, str]:
    """Return how well a file fits a message: shared folders, the same endings, a short path."""
    shared = len(posixpath.commonprefix([path.split("/")[:-1], asking.split("/")[:-1]]))
    same_kind = path.partition(".")[2] == asking.partition(".")[2]
    return shared, same_kind, -len(path), path
