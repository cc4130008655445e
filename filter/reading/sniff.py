"""What does the content of a file say it is, whatever its label says?"""

from __future__ import annotations

# The first bytes of what programs open or show by themselves.
_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"BM", 0, "image/bmp"),
    (b"II*\0", 0, "image/tiff"),
    (b"MM\0*", 0, "image/tiff"),
    (b"ftypavif", 4, "image/avif"),
    (b"ftypheic", 4, "image/heic"),
    (b"ftypmif1", 4, "image/heic"),
    (b"\0\0\1\0", 0, "image/x-icon"),
    (b"%PDF-", 0, "application/pdf"),
    (b"PK\x03\x04", 0, "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "application/x-ole-storage"),
    (b"MZ", 0, "application/x-msdownload"),
    (b"\x78\x9f\x3e\x22", 0, "application/ms-tnef"),
)
_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/heif": "image/heic",
    "image/x-ms-bmp": "image/bmp",
    "image/vnd.microsoft.icon": "image/x-icon",
}
# Kinds of zip and OLE files, by the start of their media type.
_PACKED = (
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "application/vnd.apple.",
    "application/zip",
    "application/x-zip",
    "application/epub",
    "application/msword",
    "application/vnd.ms-",
)
SNIFFED = frozenset(media_type for _, _, media_type in _MAGIC)


def sniff(content: bytes) -> str:
    """Return the media type that the first bytes tell, or ""."""
    for magic, offset, media_type in _MAGIC:
        if content.startswith(magic, offset):
            return media_type
    return ""


def agrees(media_type: str, content: bytes) -> bool:
    """Tell whether label and content say the same, for the types whose content can be told."""
    declared = _ALIASES.get(media_type, media_type)
    found = sniff(content)
    if found == declared:
        return True
    if found in ("application/zip", "application/x-ole-storage"):
        return declared.startswith(_PACKED)
    if found in ("image/bmp", "image/x-icon", "application/x-msdownload"):
        # Two or four bytes that any text may start with: they count against pictures only.
        return not declared.startswith("image/") and declared not in SNIFFED
    return not found and declared not in SNIFFED and not declared.startswith("image/")
