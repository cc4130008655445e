"""What a look at pixels and pages gives back: the seam between reading and the child process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from filter.message import UNSEEN, Appearance, Code, Link, Picture
from filter.verdict import Finding


@dataclass(frozen=True, slots=True)
class PictureLook:
    """The perceptual hashes of one picture, or why it could not be looked at."""

    width: int = 0
    height: int = 0
    appearance: Appearance = UNSEEN
    troubles: tuple[Finding, ...] = ()
    codes: tuple[Code, ...] = ()
    is_code: bool = False  # a QR code and nothing else


@dataclass(frozen=True, slots=True)
class DocumentLook:
    """Text, links and pictures of one document (a PDF), or why it could not be looked at."""

    text: str = ""
    links: tuple[Link, ...] = ()
    pictures: tuple[Picture, ...] = ()  # already with their views
    troubles: tuple[Finding, ...] = ()
    codes: tuple[Code, ...] = ()


class Looker(Protocol):
    """Looks at hostile bytes somewhere they can do no harm. Synchronous: call it off the loop.

    Never raises for what the bytes are: a crash, a limit or a time-out is a trouble of the look.
    """

    def look_at_picture(self, content: bytes, media_type: str, where: str) -> PictureLook:
        """Return the hashes of every view of every frame."""
        ...

    def look_at_document(self, content: bytes, media_type: str, where: str) -> DocumentLook:
        """Return what a reader of the document would see and could follow."""
        ...
