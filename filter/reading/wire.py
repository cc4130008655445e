"""What the gate and its child process say to each other: bytes that no reader has to trust.

A request is a head (kind, lengths), the declared type and the content; a reply is a length and one
JSON object. Nothing is unpickled: the child has looked at hostile bytes, so its replies are hostile
too, and every field of them is checked here.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from filter.message import Appearance, ListedHash, PictureView
from filter.pictures.areas import Rectangle
from filter.pictures.rendition import CHANNELS, LONGEST_SIDE, Rendition, Wanted

HEAD = struct.Struct("!BHI")  # kind, bytes of the type, bytes of the content
REPLY_HEAD = struct.Struct("!I")
MAX_REPLY_BYTES = 32 * 1024 * 1024
_MAX_TYPE_BYTES = 255
_MAX_DETAIL = 300
_MAX_VIEWS = 20_000
_MAX_BLOCKS = 200
_MAX_BLOCK = 210_000  # characters of base64: of points.MOST_POINTS points
_MAX_TEXT = 4_000_000
_MAX_CODE = 8_000  # characters; the largest QR code holds 7089
_MAX_PIXELS = (LONGEST_SIDE**2 * CHANNELS + 2) // 3 * 4  # characters of base64
_MAX_INSETS = 20


class Job(IntEnum):
    """What the child is asked to do."""

    PICTURE = 1
    DOCUMENT = 2
    BANK = 3
    RENDITION = 4


class WireError(Exception):
    """The other side said something that it should not be able to say."""


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """A picture as the child saw it; ``page`` is 0 unless it stands in a document."""

    width: int
    height: int
    appearance: Appearance
    page: int = 0
    digest: str = ""
    media_type: str = ""
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class SeenLink:
    """A link in a document."""

    url: str
    page: int
    is_bare: bool = False  # found in the text, where it may lack a scheme


@dataclass(frozen=True, slots=True)
class SeenCode:
    """What a QR code says; ``page`` is 0 unless it stands in a document."""

    text: str
    page: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the child saw. ``last``: it ends after this reply (memory ran out)."""

    troubles: tuple[tuple[str, str], ...] = ()
    pictures: tuple[SeenPicture, ...] = ()
    text: str = ""
    links: tuple[SeenLink, ...] = ()
    codes: tuple[SeenCode, ...] = ()
    last: bool = False
    rendition: Rendition | None = None


def encode_request(job: Job, media_type: str, content: bytes) -> tuple[bytes, bytes]:
    """Return head and content, to be written one after the other."""
    declared = media_type.encode("ascii", "replace")[:_MAX_TYPE_BYTES]
    return HEAD.pack(job, len(declared), len(content)) + declared, content


def encode_wanted(wanted: Wanted, media_type: str) -> str:
    """Return what stands for the declared type in a request for a rendition."""
    numbers = (wanted.frame, wanted.inside, wanted.place, wanted.longest_side)
    return f"{' '.join(map(str, numbers))} {wanted.look or '-'} {wanted.digest or '-'} {media_type}"


def decode_wanted(text: str) -> tuple[Wanted, str]:
    """Return what is wanted and the declared type. Raises ValueError; only the gate writes it."""
    frame, inside, place, side, look, digest, media_type = text.split(" ", 6)
    wanted = Wanted(
        int(frame),
        "" if look == "-" else look,
        int(inside),
        "" if digest == "-" else digest,
        int(place),
        min(int(side), LONGEST_SIDE),
    )
    return wanted, media_type


def encode_reply(reply: Reply) -> bytes:
    """Return the reply as it travels."""
    body = json.dumps(
        {
            "troubles": reply.troubles,
            "pictures": [
                {
                    "size": (picture.width, picture.height),
                    "page": picture.page,
                    "digest": picture.digest,
                    "type": picture.media_type,
                    "code": picture.is_code,
                    **_appearance_as_json(picture.appearance),
                }
                for picture in reply.pictures
            ],
            "text": reply.text,
            "links": [(link.url, link.page, link.is_bare) for link in reply.links],
            "codes": [(code.text, code.page) for code in reply.codes],
            "rendition": None if reply.rendition is None else _rendition_as_json(reply.rendition),
            "last": reply.last,
        }
    ).encode()
    return REPLY_HEAD.pack(len(body)) + body


def _rendition_as_json(rendition: Rendition) -> dict[str, object]:
    return {
        "size": (rendition.width, rendition.height),
        "pixels": base64.b64encode(rendition.pixels).decode("ascii"),
        "insets": [(name, *box) for name, box in rendition.insets.items()],
        "page": rendition.is_whole_page,
        "trouble": rendition.trouble,
    }


def _appearance_as_json(seen: Appearance) -> dict[str, object]:
    return {
        "views": [(v.name, v.hash.hex(), v.quality) for v in seen.views],
        "keypoints": [base64.b64encode(block).decode("ascii") for block in seen.keypoints],
        "listed": [(h.algorithm, h.hash.hex(), h.quality) for h in seen.listed],
        "frames": list(seen.frames),
    }


def decode_reply(body: bytes) -> Reply:
    """Return the reply that the bytes stand for. Raises WireError."""
    try:
        said = json.loads(body)
        return Reply(
            troubles=tuple((_code(code), _line(detail)) for code, detail in said["troubles"]),
            pictures=tuple(_picture(picture) for picture in said["pictures"]),
            text=_text(said["text"], _MAX_TEXT),
            links=tuple(
                SeenLink(_text(url, 65_536), _number(page), is_bare is True)
                for url, page, is_bare in said["links"]
            ),
            codes=tuple(
                SeenCode(_text(text, _MAX_CODE), _number(page)) for text, page in said["codes"]
            ),
            rendition=None if said["rendition"] is None else _rendition(said["rendition"]),
            last=said["last"] is True,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise WireError("the child process sent a reply that makes no sense") from exc


def _picture(said: dict[str, object]) -> SeenPicture:
    width, height = _some(said["size"], 2)
    return SeenPicture(
        width=_number(width),
        height=_number(height),
        page=_number(said["page"]),
        digest=_matching(said["digest"], r"[0-9a-f]{64}|"),
        media_type=_matching(said["type"], r"[a-z0-9/+.-]{0,80}"),
        is_code=said["code"] is True,
        appearance=Appearance(
            views=tuple(_view(*view) for view in _some(said["views"], _MAX_VIEWS)),
            keypoints=tuple(_block(block) for block in _some(said["keypoints"], _MAX_BLOCKS)),
            listed=tuple(_listed(*one) for one in _some(said["listed"], _MAX_VIEWS)),
            frames=tuple(
                _matching(name, r"[a-z0-9@-]{0,60}") for name in _some(said["frames"], _MAX_BLOCKS)
            ),
        ),
    )


def _rendition(said: dict[str, object]) -> Rendition:
    width, height = map(_number, _some(said["size"], 2))
    pixels = base64.b64decode(_text(said["pixels"], _MAX_PIXELS), validate=True)
    trouble = _line(said["trouble"])
    if max(width, height) > LONGEST_SIDE or len(pixels) != width * height * CHANNELS:
        raise ValueError("not a picture of the size it says")
    if not pixels and not trouble:
        raise ValueError("neither a picture nor a reason why there is none")
    insets = dict(_inset(*one) for one in _some(said["insets"], _MAX_INSETS))
    return Rendition(width, height, pixels, insets, said["page"] is True, trouble)


def _inset(name: object, *sides: object) -> tuple[str, Rectangle]:
    if len(sides) != 4 or not all(isinstance(side, int | float) for side in sides):  # noqa: PLR2004
        raise ValueError("not four sides")
    top, bottom, left, right = map(float, sides)  # type: ignore[arg-type]  # numbers, see above
    if not (0 <= top < bottom <= 1 and 0 <= left < right <= 1):
        raise ValueError("not a rectangle of the picture")
    return _matching(name, r"[a-z0-9-]{1,40}"), Rectangle(top, bottom, left, right)


def _some(said: object, most: int) -> list[Any]:
    if not isinstance(said, list) or len(said) > most:
        raise ValueError("not a list of the expected length")
    return said


def _block(said: object) -> bytes:
    return base64.b64decode(_text(said, _MAX_BLOCK), validate=True)


def _listed(algorithm: object, digits: object, quality: object) -> ListedHash:
    return ListedHash(
        _matching(algorithm, r"[a-z0-9-]{1,20}"),
        bytes.fromhex(_matching(digits, r"(?:[0-9a-f]{16}){1,4}")),
        min(_number(quality), 100),
    )


def _view(name: object, digits: object, quality: object) -> PictureView:
    return PictureView(
        _matching(name, r"[a-z0-9@+-]{1,80}"),
        bytes.fromhex(_matching(digits, r"[0-9a-f]{64}")),
        min(_number(quality), 100),
    )


def _code(said: object) -> str:
    return _matching(said, r"(picture|document|archive)\.[a-z_]{1,40}")


def _line(said: object) -> str:
    text = _text(said, 10_000)[:_MAX_DETAIL]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _matching(said: object, pattern: str) -> str:
    if not isinstance(said, str) or not re.fullmatch(pattern, said):
        raise ValueError("not of the expected form")
    return said


def _text(said: object, most: int) -> str:
    if not isinstance(said, str) or len(said) > most:
        raise ValueError("not a text of the expected length")
    return said


def _number(said: object) -> int:
    if type(said) is not int or not 0 <= said < 1 << 40:
        raise ValueError("not a number of the expected size")
    return said
