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
    (b"ftypheix", 4, "image/heic"),
    (b"ftypmif1", 4, "image/heic"),
    (b"\0\0\1\0", 0, "image/x-icon"),
    (b"%PDF-", 0, "application/pdf"),
    (b"PK\x03\x04", 0, "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, "application/x-ole-storage"),
    (b"MZ", 0, "application/x-msdownload"),
    (b"\x78\x9f\x3e\x22", 0, "application/ms-tnef"),
)
# Files that are never shown by themselves; a label is held to these where it is a file's.
_MORE_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"PK\x05\x06", 0, "application/zip"),
    (b"ftyp", 4, "video/mp4"),
    (b"\x1f\x8b", 0, "application/gzip"),
    (b"BZh", 0, "application/x-bzip2"),
    (b"7z\xbc\xaf\x27\x1c", 0, "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", 0, "application/vnd.rar"),
    (b"{\\rtf", 0, "application/rtf"),
    (b"\x7fELF", 0, "application/x-elf"),
    (b"#!", 0, "text/x-script"),
    (b"BEGIN:VCALENDAR", 0, "text/calendar"),
    (b"BEGIN:VCARD", 0, "text/vcard"),
    (b"ID3", 0, "audio/mpeg"),
    (b"OggS", 0, "audio/ogg"),
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
# Their first bytes are letters that a text may well begin with.
BEGIN_LIKE_WORDS = frozenset(
    {"image/bmp", "application/x-msdownload", "application/x-bzip2", "audio/mpeg", "audio/ogg"}
)
# A name that ends in two of these wears a mask: certificate.pdf.exe
FAMILIAR_ENDINGS = frozenset({
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "rtf", "txt", "csv", "htm",
    "html", "jpg", "jpeg", "png", "gif", "webp", "bmp", "tif", "tiff", "svg", "zip", "rar", "7z",
    "gz", "ics", "vcf", "eml", "msg", "mp3", "mp4", "mov", "exe", "com", "scr", "bat", "cmd",
    "js", "vbs", "wsf", "lnk", "jar", "apk", "ps1", "hta", "msi", "iso", "img", "dll", "cpl",
    "pif", "reg", "sh", "py", "php",
})  # fmt: skip
_OFFICE = "application/vnd.openxmlformats-officedocument."
WORD = f"{_OFFICE}wordprocessingml.document"
SHEETS = f"{_OFFICE}spreadsheetml.sheet"
SLIDES = f"{_OFFICE}presentationml.presentation"
ZIP_TYPES = frozenset({"application/zip", "application/x-zip-compressed"})
# Files of files: looked into, and yet held unless a template lists them.
PACKED_FILES = ZIP_TYPES | frozenset({WORD, SHEETS, SLIDES})
SNIFFED = frozenset(media_type for _, _, media_type in _MAGIC)
SNIFFED_FILES = SNIFFED | frozenset(media_type for _, _, media_type in _MORE_MAGIC)

# What such a file is, if its content and the end of its name say the same.
_NAMED = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/zip": (".zip",),
}
_OFFICE_NAMED = {".docx": WORD, ".xlsx": SHEETS, ".pptx": SLIDES}
# Texts as files: read as text, and searched for links.
TEXT_FILES = frozenset(
    {
        "text/plain",
        "text/csv",
        "text/calendar",
        "application/ics",
        "text/x-vcalendar",
        "text/vcard",
        "text/x-vcard",
    }
)


def sniff(content: bytes) -> str:
    """Return the media type that the first bytes tell, or ""."""
    for magic, offset, media_type in _MAGIC:
        if content.startswith(magic, offset):
            return media_type
    return ""


def sniff_file(content: bytes) -> str:
    """Return what ``sniff`` does, for files of more kinds."""
    for magic, offset, media_type in (*_MAGIC, *_MORE_MAGIC):
        if content.startswith(magic, offset):
            return media_type
    return ""


def is_read(media_type: str) -> bool:
    """Return whether files of this type are looked into; what is not looked into is held."""
    known = {"application/pdf", "message/rfc822"} | TEXT_FILES | PACKED_FILES
    return media_type in known or media_type.startswith("image/")


def specific_type(name: str, content: bytes) -> str:
    """Return the type of a file whose label says nothing, "" unless content and name agree."""
    found = sniff(content)
    if found == "application/zip" and name.lower()[-5:] in _OFFICE_NAMED:
        return _OFFICE_NAMED[name.lower()[-5:]]
    return found if name.lower().endswith(_NAMED.get(found, ())) else ""


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
