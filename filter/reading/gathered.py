"""What has been seen so far inside one archive or Office file; every list has its limit.

Runs only in the child process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from filter.pictures.looking import look
from filter.reading.links import LinksUnreadable, find_links
from filter.reading.text import find_unseen, normalise
from filter.reading.wire import Reply, SeenCode, SeenLink, SeenPicture

MAX_TEXT = 1_000_000  # characters of all texts together
MAX_LINKS = 1_000
MAX_PICTURES = 200
MAX_CODES = 50


class Stop(Exception):  # noqa: N818 - an end of looking, with what was found
    """The file cannot be looked at further; ``code`` is the finding's."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Gathered:
    """Texts, links, pictures and troubles of a file; ``kind`` is "archive" or "document"."""

    def __init__(self, kind: str, max_pixels: int) -> None:
        """``max_pixels`` is the setting of that name."""
        self.max_pixels = max_pixels
        self._kind = kind
        self._troubles: dict[tuple[str, str], None] = {}
        self._texts: list[str] = []
        self._characters = 0
        self._links: dict[SeenLink, None] = {}
        self._pictures: dict[str, SeenPicture] = {}
        self._codes: dict[SeenCode, None] = {}

    def object_to(self, code: str, detail: str) -> None:
        """Note what speaks against the file."""
        self._troubles[(code, detail)] = None

    def add_text(self, text: str, place: int = 0, *, is_shown: bool = True) -> None:
        """Note a text, and the links that a client makes of it. Raises Stop.

        ``is_shown`` tells a text from one that only some readers are told, as the description of a
        picture: its links count, its words are no part of what the file says.
        """
        if is_shown:
            self._texts.append(text)
        self._characters += len(text)
        if self._characters > MAX_TEXT:
            raise self._limit(f"more than {MAX_TEXT} characters of text")
        unseen = find_unseen(text)
        if unseen:
            code = "archive.text" if self._kind == "archive" else "document.hidden"
            self.object_to(code, f"it has the invisible character U+{ord(unseen):04X}")
        try:
            found = find_links(normalise(text), "")
        except LinksUnreadable as exc:
            raise Stop(f"{self._kind}.limit", str(exc)) from None
        for link in found:
            self.add_link(link.url, place, is_bare=True)

    def add_link(self, url: str, place: int = 0, *, is_bare: bool = False) -> None:
        """Note a link once; ``is_bare``: it was found in a text. Raises Stop past the limit."""
        if len(self._links) >= MAX_LINKS:
            raise self._limit(f"more than {MAX_LINKS} links")
        self._links[SeenLink(url, place, is_bare)] = None

    def add_picture(self, content: bytes, media_type: str, place: int = 0) -> None:
        """Look at a picture as at one of the message's own. Raises Stop past the limit."""
        digest = hashlib.sha256(content).hexdigest()
        if digest in self._pictures:
            return
        if len(self._pictures) >= MAX_PICTURES:
            raise self._limit(f"more than {MAX_PICTURES} pictures")
        sight = look(content, media_type, self.max_pixels)
        for code, detail in sight.troubles:
            self.object_to(code, detail)
        self._pictures[digest] = SeenPicture(
            sight.width, sight.height, sight.appearance, place, digest, media_type
        )
        self._add_codes(sight.codes, place)

    def add_document(self, reply: Reply, place: int) -> None:
        """Note all that was seen in a document inside. Raises Stop past a limit."""
        for code, detail in reply.troubles:
            self.object_to(code, detail)
        self._texts.append(reply.text)
        self._characters += len(reply.text)
        if self._characters > MAX_TEXT:
            raise self._limit(f"more than {MAX_TEXT} characters of text")
        for link in reply.links:
            self.add_link(link.url, place, is_bare=link.is_bare)
        for index, picture in enumerate(reply.pictures):
            if len(self._pictures) >= MAX_PICTURES:
                raise self._limit(f"more than {MAX_PICTURES} pictures")
            key = f"{picture.digest} {index}"  # pages that look alike are pages all the same
            self._pictures[key] = SeenPicture(
                picture.width, picture.height, picture.appearance, place,
                picture.digest, picture.media_type,
            )  # fmt: skip
        self._add_codes([code.text for code in reply.codes], place)

    def reply(self) -> Reply:
        """Return what the gate is told."""
        return Reply(
            troubles=tuple(self._troubles),
            pictures=tuple(self._pictures.values()),
            text="\n".join(self._texts),
            links=tuple(self._links),
            codes=tuple(self._codes),
        )

    def _add_codes(self, texts: list[str] | tuple[str, ...], place: int) -> None:
        self._codes.update((SeenCode(text, place), None) for text in texts)
        if len(self._codes) > MAX_CODES:
            raise self._limit(f"more than {MAX_CODES} codes")

    def _limit(self, detail: str) -> Stop:
        return Stop(f"{self._kind}.limit", detail)


def gather(
    kind: str, max_pixels: int, read: Callable[[Gathered], None], *, unreadable: str
) -> Reply:
    """Return what a reader of a file gathered.

    Whatever it raises is a trouble of the code ``unreadable``; only a lack of memory is raised.
    """
    seen = Gathered(kind, max_pixels)
    try:
        read(seen)
    except Stop as exc:
        seen.object_to(exc.code, str(exc))
    except MemoryError:
        raise
    except Exception as exc:  # noqa: BLE001 - whatever a reader raises, the file is unreadable
        seen.object_to(unreadable, f"the reader gave up: {type(exc).__name__}")
    return seen.reply()
