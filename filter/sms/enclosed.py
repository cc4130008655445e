"""Media in a request of our own API: addresses, and pictures that come with it in base64."""

from __future__ import annotations

import binascii
import hashlib
import re

from filter.message import TextMedia
from filter.sms.exchange import Unclear
from filter.sms.reporting import read_text, refuse_unknown
from filter.strictjson import Json

MAX_MEDIA = 10
MEDIA_FIELDS = ("type", "content", "name")
MAX_NAME_CHARACTERS = 255
_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}")


def read_media(value: Json) -> tuple[tuple[str, ...], tuple[TextMedia, ...]]:
    """Return the addresses of a list, and its files. Raises Unclear, naming the entry."""
    if not isinstance(value, list) or len(value) > MAX_MEDIA:
        raise Unclear(f'field "media": not a list of at most {MAX_MEDIA} addresses or files')
    addresses: list[str] = []
    files: list[TextMedia] = []
    for index, entry in enumerate(value):
        if isinstance(entry, str) and entry:
            addresses.append(entry)
        elif isinstance(entry, dict):
            files.append(_read_file(entry, f"media/{index}: ", f"enclosed {len(files) + 1}"))
        else:
            raise Unclear('field "media": an entry is neither an address nor a file')
    return tuple(addresses), tuple(files)


def _read_file(fields: dict[str, Json], where: str, place: str) -> TextMedia:
    refuse_unknown(fields, MEDIA_FIELDS, where)
    media_type = read_text(fields, "type", where)
    if not _TYPE.fullmatch(media_type):
        raise Unclear(f'{where}field "type": not a media type in small letters, as image/png')
    name = read_text(fields, "name", where) if "name" in fields else ""
    if len(name) > MAX_NAME_CHARACTERS:
        raise Unclear(f'{where}field "name": more than {MAX_NAME_CHARACTERS} characters')
    content = _decode(read_text(fields, "content", where), where)
    digest = hashlib.sha256(content).hexdigest()
    return TextMedia(place, media_type, len(content), digest, name, content=content)


def _decode(text: str, where: str) -> bytes:
    """Return the bytes of canonical base64 (RFC 4648 sections 3.5 and 4): what others decode."""
    try:
        content = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # binascii.Error is one; letters outside ASCII are another
        raise Unclear(f'{where}field "content": not base64') from None
    if not content or binascii.b2a_base64(content, newline=False) != text.encode("ascii"):
        raise Unclear(f'{where}field "content": empty, or base64 that is not canonical')
    return content
