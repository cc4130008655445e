"""ZIP archives byte by byte, and the good messages that carry archives and Office files."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.battery import good
from tests.battery.attaching import file_part

OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES = {
    "zip": "application/zip",
    "docx": f"{OFFICE}wordprocessingml.document",
    "xlsx": f"{OFFICE}spreadsheetml.sheet",
    "pptx": f"{OFFICE}presentationml.presentation",
}
WORDS = f"Letter {good.REFERENCE} to {good.NAME}"


@dataclass(frozen=True)
class File:
    """One entry; ``local`` and ``listed`` change what the two places say of it."""

    name: bytes
    content: bytes = b"Bring your card.\r\n"
    method: int = 8
    flags: int = 0
    local: Mapping[str, Any] = field(default_factory=dict)
    listed: Mapping[str, Any] = field(default_factory=dict)
    data: bytes | None = None
    before: bytes = b""
    descriptor: bytes | None = None


def packed(
    *files: File, ahead: bytes = b"", between: bytes = b"", end: bytes = b"", **tail: int
) -> bytes:
    """Return an archive; ``tail`` changes numbers of its end: count, here, size, start, comment."""
    body, directory = ahead, b""
    for file in files:
        data = file.data
        if data is None:
            data = file.content
            if file.method == 8:
                deflater = zlib.compressobj(wbits=-15)
                data = deflater.compress(file.content) + deflater.flush()
        said: dict[str, Any] = {
            "name": file.name, "flags": file.flags, "method": file.method,
            "crc": zlib.crc32(file.content), "packed": len(data), "size": len(file.content),
            "extra": b"", "comment": b"", "attributes": 0, "needed": 20, "disk": 0,
        }  # fmt: skip
        late = {"crc": 0, "packed": 0, "size": 0} if file.flags & 8 else {}
        one = {**said, **late, **file.local}
        body += file.before
        offset = len(body)
        body += struct.pack(
            "<4s5H3I2H", b"PK\3\4", one["needed"], one["flags"], one["method"], 0, 0x5000,
            one["crc"], one["packed"], one["size"], len(one["name"]), len(one["extra"]),
        ) + one["name"] + one["extra"] + data  # fmt: skip
        two = {**said, "offset": offset, **file.listed}
        if file.descriptor is not None:
            body += file.descriptor
        elif file.flags & 8:
            body += struct.pack("<4s3I", b"PK\7\x08", said["crc"], said["packed"], said["size"])
        directory += struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 0x0314, two["needed"], two["flags"], two["method"], 0, 0x5000,
            two["crc"], two["packed"], two["size"], len(two["name"]), len(two["extra"]),
            len(two["comment"]), two["disk"], 0, two["attributes"], two["offset"],
        ) + two["name"] + two["extra"] + two["comment"]  # fmt: skip
    body += between
    last = {"count": len(files), "here": len(files), "size": len(directory), "start": len(body),
            "comment": 0, **tail}  # fmt: skip
    return body + directory + struct.pack(
        "<4s4H2IH", b"PK\5\6", 0, 0, last["here"], last["count"], last["size"], last["start"],
        last["comment"],
    ) + end  # fmt: skip


def papers(content: bytes, ending: str, media_type: str = "") -> bytes:
    """Return the good message with one archive or Office file that may say anything."""
    return _mail(
        f"Dear {good.NAME}, your papers for {good.REFERENCE} are attached.\n",
        f"Your papers for {good.REFERENCE}",
        file_part(content, media_type or TYPES[ending], f"papers-{good.REFERENCE}.{ending}"),
    )


def letter(content: bytes, ending: str) -> bytes:
    """Return the good message with one archive or Office file whose words are known."""
    return _mail(
        f"Dear {good.NAME}, please find your letter {good.REFERENCE} attached.\n",
        f"Your letter {good.REFERENCE}",
        file_part(content, TYPES[ending], f"letter-{good.REFERENCE}.{ending}"),
    )


def _mail(text: str, subject: str, file: str) -> bytes:
    return good.multipart(good.part(text), file, kind="mixed", header={"Subject": subject})
