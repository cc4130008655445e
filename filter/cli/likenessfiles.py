"""Writes what was seen and the known picture it looks like, side by side, a PNG each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli.output import count, plain
from filter.cli.thumbnailfiles import render_thumbnail

if TYPE_CHECKING:
    from filter.message import Appearance, Attachment, Message
    from filter.pictures.likeness import Agreement, Likeness
    from filter.pictures.rendition import Rendition
    from filter.reading.sandbox import Sandbox
    from filter.ruleset import RuleSet

_MOST_COPIES = 50  # that are kept decoded, half a megabyte each
MAX_FILES = 40  # of one message: each takes a look of the child and some tenths of a second


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that was looked at, and what it is read from again to be shown.

    ``digest`` is that of a picture in a document, and ``content`` then the document; ``place`` the
    number of its page or file, 0 when unknown.
    """

    appearance: Appearance
    where: str
    content: bytes
    media_type: str
    digest: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """One file of both pictures, or why it was not written."""

    path: Path
    likeness: Likeness | Agreement
    where: str
    picture: int  # which of those that were given, from 0
    trouble: str = ""

    def as_json(self) -> dict[str, object]:
        """Return it for machines; ``file`` is null when nothing was written."""
        near = self.likeness
        return {
            "file": None if self.trouble else str(self.path),
            "known": near.known.id,
            "label": near.known.label,
            "where": self.where,
            "seen_as": near.seen_as,
            **_measured(near),
            "seen_area": near.seen_area,
            "known_area": near.known_area,
            **({"trouble": self.trouble} if self.trouble else {}),
        }

    def line(self) -> str:
        """Return it for people."""
        place = f"  [{plain(self.where)}]" if self.where else ""
        told = f"{self.path}: not written: {self.trouble}" if self.trouble else str(self.path)
        return f"{plain(told)}  {plain(self.likeness.known.id)}{place}"


def _measured(near: Likeness | Agreement) -> dict[str, object]:
    from filter.pictures.likeness import Agreement  # noqa: PLC0415 - numpy, lazily

    if isinstance(near, Agreement):
        return {
            "known_as": "mirrored" if near.is_mirrored else "whole",
            "places": near.places,
            "least_places": near.least_places,
        }
    return {
        "known_as": near.known_as,
        "distance": near.distance_bits,
        "limit": near.limit_bits,
    }


def pictures_of(message: Message, prefix: str = "") -> Iterator[Shown]:
    """Yield every picture of a message that has been looked at, those in its documents included."""
    for picture in message.pictures:
        where = prefix + picture.where
        if picture.content:
            yield Shown(picture.appearance, where, picture.content, picture.media_type)
            continue
        holder, place = _holder_of(picture.where, message.attachments)
        if holder is not None:
            yield Shown(
                picture.appearance, where, holder.content, holder.media_type, picture.digest, place
            )
    for inner in message.enclosed:
        yield from pictures_of(inner, f"{prefix}attached message, ")


_IN_DOCUMENT = re.compile(
    r"(?P<holder>.*?)(?:, page (?P<page>\d{1,9})|, file (?P<file>\d+) in it)?"
)


def _holder_of(where: str, attachments: Iterable[Attachment]) -> tuple[Attachment | None, int]:
    """Return the attachment that a place is in, and the number of the page or file in it."""
    found = _IN_DOCUMENT.fullmatch(where)
    if found is None:
        return None, 0
    place = int(found["page"] or found["file"] or 0)
    holders = (one for one in attachments if one.where == found["holder"] and one.content)
    return next(holders, None), place


class PictureFiles:
    """Writes into one folder; what is there already is left as it is, and said."""

    def __init__(self, folder: Path, sandbox: Sandbox, rules: RuleSet) -> None:
        """``sandbox`` renders, the small copies of the rules as well."""
        self._folder = folder
        self._sandbox = sandbox
        self._rules = rules
        self._copies: dict[str, Rendition | None] = {}

    def write(self, stem: str, pictures: Iterable[Shown]) -> tuple[Written, ...]:
        """Write a file for each known picture that one of the pictures shows.

        They are called ``stem-1-ID.png``, ``stem-2-ID.png``, …, in the order of the pictures; the
        stem must be safe, and nothing that a message says becomes part of a name.
        """
        found = [
            (index, shown, likeness)
            for index, shown in enumerate(pictures)
            for likeness in _known_in(shown, self._rules)
        ]
        if len(found) > MAX_FILES:
            left_out = count(len(found) - MAX_FILES, "more likeness", "more likenesses")
            click.echo(f"{stem}: {left_out} not drawn; the limit is {MAX_FILES}", err=True)
        written = []
        for number, (index, shown, likeness) in enumerate(found[:MAX_FILES], start=1):
            path = self._folder / f"{stem}-{number}-{_safe(likeness.known.id)}.png"
            drawn, located = self._draw(shown, likeness)
            trouble = self._write_one(path, drawn)
            written.append(Written(path, located, shown.where, index, trouble))
        return tuple(written)

    def _write_one(self, path: Path, drawn: bytes) -> str:
        """Return why the file was not written, "" when it was."""
        trouble = "there is another file of that name"
        try:
            if self._put(path, drawn):
                return ""
        except OSError as exc:
            trouble = exc.strerror or type(exc).__name__
        click.echo(f"{path}: not written: {trouble}", err=True)
        return trouble

    def _draw(
        self, shown: Shown, likeness: Likeness | Agreement
    ) -> tuple[bytes, Likeness | Agreement]:
        """Return the PNG, and the likeness with what is now known of its places."""
        from filter.pictures.rendition import Wanted  # noqa: PLC0415 - numpy, lazily
        from filter.pictures.sidebyside import locate, set_side_by_side  # noqa: PLC0415 - Pillow

        wanted = Wanted.of_view(likeness.seen_as, shown.digest, shown.place)
        seen = self._sandbox.render(shown.content, shown.media_type, wanted)
        known = likeness.known
        if known.id not in self._copies:
            if len(self._copies) >= _MOST_COPIES:
                self._copies.clear()
            copy = render_thumbnail(self._sandbox, known)
            self._copies[known.id] = copy
        copy = self._copies[known.id]
        drawn = set_side_by_side(likeness, seen, copy, shown.where)
        return drawn, locate(likeness, seen, copy)

    def _put(self, path: Path, content: bytes) -> bool:
        """Write a new file; return whether it is there now. Raises OSError.

        Held mail is nobody else's business, so nobody else may read it.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            # The same message drawn once more is the same file.
            return path.is_file() and path.read_bytes() == content
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return True


def _known_in(shown: Shown, rules: RuleSet) -> tuple[Likeness | Agreement, ...]:
    """Return what is to be drawn: nothing of a picture that is held because it is too alike."""
    from filter.pictures.agreement import TooAlikeError  # noqa: PLC0415 - numpy, lazily
    from filter.pictures.likeness import find_known  # noqa: PLC0415 - the same

    try:
        return find_known(shown.appearance, rules.images)
    except TooAlikeError:
        return ()


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]", "_", text)[:80]
