"""Good messages with files, for the families whose samples differ in what is inside a file."""

from __future__ import annotations

import base64
import io

from PIL import Image

from tests.battery import good

SUBJECT = f"Your files for {good.REFERENCE}"
TEXT = f"""Dear {good.NAME}, your files for {good.REFERENCE} are attached.
Your visit is on {good.DATE}.

Your MyHealth team
"""
CERTIFICATE = f"certificate-{good.REFERENCE}.pdf"


def file_part(
    content: bytes,
    media_type: str,
    name: str,
    *,
    disposition: str = "attachment",
    parameters: str = "",
) -> str:
    """Return one file as an entity in base64; no name, no file name parameter."""
    encoded = base64.encodebytes(content).decode().replace("\n", "\r\n")
    named = f'; filename="{name}"' if name else ""
    return (
        f"Content-Type: {media_type}{parameters}\nContent-Transfer-Encoding: base64\n"
        f"Content-Disposition: {disposition}{named}\n\n{encoded}"
    )


def with_parts(*parts: str, kind: str = "mixed") -> bytes:
    """Return the good message with these parts after its text."""
    return good.multipart(good.part(TEXT), *parts, kind=kind, header={"Subject": SUBJECT})


def with_file(content: bytes, media_type: str, name: str, **more: str) -> bytes:
    """Return the good message with one file."""
    return with_parts(file_part(content, media_type, name, **more))


def saved(image: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    """Return a picture as a file."""
    target = io.BytesIO()
    image.save(target, kind, **how)
    return target.getvalue()
