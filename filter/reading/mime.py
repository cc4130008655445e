"""Which parts does the message consist of, by a grammar that is matched and never repaired?

The grammar (RFC 2045, 2046), stricter where mail programs are known to differ:

    message    = header CRLF body
    entity     = [header] CRLF body  /  header             (a part; the second has an empty body)
    multipart  = [preamble CRLF] delimiter CRLF entity
                 *( CRLF delimiter CRLF entity ) CRLF close [CRLF epilogue]
    delimiter  = "--" boundary                             (the whole line, letter case included)
    close      = "--" boundary "--"
    preamble   = blanks / one of the courtesy lines below, word for word
    epilogue   = blanks

A line that merely resembles an open multipart's delimiter (other letter case, blanks around it,
something behind it) is an error: that is how one reader's part becomes another reader's text.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from filter.reading.headers import is_date
from filter.reading.parameters import ParameterError, Parameters, read_parameters
from filter.reading.raw import Field, read_fields, split_header
from filter.reading.troubles import Troubles, quote
from filter.reading.words import WordError, decode_words
from filter.settings import Inspection

_TEXT = Parameters("text/plain", {})
_MULTIPARTS = frozenset({"multipart/alternative", "multipart/related", "multipart/mixed"})
_TEXTS = frozenset({"text/plain", "text/html"})
# In a part's header they mean nothing (RFC 2046 section 5.1); "protected headers" are shown. A Date
# is not: Email::MIME writes one into each part.
_SHOWN = frozenset({"from", "sender", "reply-to", "to", "cc", "subject"})
# Symfony calls a picture by its Content-ID where others repeat the file name. It says nothing.
_ID_AS_NAME = re.compile(r"[0-9a-f]{16,64}@[a-z]{1,30}")
# Thunderbird opens the address in X-Mozilla-External-Attachment-URL for the part (CVE-2025-3909),
# and takes others of these for its own notes: that a part was detached, a message deleted.
_CLIENT_NOTES = "x-mozilla-"
# A name is shown beside the text: one word, no sentence.
_TEXT_NAME = re.compile(r"[\w.+-]{1,60}\.(?:txt|text|asc|html?)", re.IGNORECASE)
# What programs say of a text. Some readers show it as the name of the part.
_DESCRIPTIONS = frozenset(
    {
        "html message",
        "html text",
        "html version of message",
        "mail message body",
        "message",
        "message body",
        "plain text",
        "plaintext message",
        "plaintext version of message",
        "text",
    }
)
_IDENTITY = frozenset({"7bit", "8bit", "binary"})
_ENCODINGS = _IDENTITY | {"base64", "quoted-printable"}

# RFC 2046 section 5.1.1: 1 to 70 of these, the last not a blank; nor the first, which some trim.
_BOUNDARY = re.compile(r"(?! )[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_CONTENT_ID = re.compile(r"<([^\s<>\"]{1,250})>")

MAX_COURTESY_BYTES = 400
# What programs write above the first delimiter for readers of the last century: whole sentences,
# since whatever could be put behind the first words of one would be a text that nobody approved.
_MULTIPART_MESSAGE = r"(?:mime )?multi-?part(?: mime)? message"
_NO_SUPPORT = (
    r"if you (?:see this text|are reading this|can read this|see this),?(?: it means(?: that)?|"
    r" then)?,? your (?:e-?mail|mail) (?:software|client|reader|program)"
    r" (?:does not|doesn't|may not)"
    r" (?:support|understand)(?: the)? mime(?:[ -]format(?:ted)?)?(?: messages)?"
)
_COURTESY = re.compile(
    rf"(?:this is an? (?:{_MULTIPART_MESSAGE}|message with multiple parts|mime message"
    r"|mime[- ](?:encapsulated|formatted|encoded)(?: multi-?part)? message)(?: in mime format)?"
    rf"(?:\. {_NO_SUPPORT})?"
    r"|this message is in mime format(?:\. since your mail reader does not understand this format,"
    r" some or all of this message may not be legible"
    r"|\. the first part should be readable text, while the remaining parts are likely unreadable"
    r" without mime-aware tools)?"
    rf"|{_NO_SUPPORT}"
    r"|this part of the e-?mail should never be seen\. if you are reading this, consider upgrading"
    r" your e-?mail client to a mime-compatible client"
    r"|(?:dies|das) ist eine mehrteilige nachricht im mime-format"
    r"|ceci est un message (?:multi-?part|en plusieurs parties)(?: au format mime)?"
    # laminas-mime, CodeIgniter, Calypso
    r"|this is a message in mime format\. if you see this, your mail reader does not support this"
    r" format"
    rf"|this is a {_MULTIPART_MESSAGE} in mime format\. your email application may not support this"
    r" format"
    r"|this is a mime message, which your current mail reader may not understand\. parts of the"
    r" message will appear as text\. to process the remainder, you will need to use a mime"
    r" compatible mail reader\. contact your vendor for details"
    r"|content-type: multipart/[a-z]+|mime-version: 1\.0|multi-?part mime message)",
)

_NOT_QUOTED_PRINTABLE = bytes([*range(32), 127, *range(128, 256)]).translate(None, b"\t\r\n")
_BAD_ESCAPE = re.compile(rb"=(?![0-9A-F]{2}|\r\n)")
_NOT_BASE64_END = re.compile(rb"[^=]=*")

# Logos come with every message, and to decode one takes six times as long as to recognise it.
REMEMBERED_BYTES = 16 * 1024 * 1024  # of decoded pictures, in all
_WORTH_REMEMBERING = range(8 * 1024, 1024 * 1024)  # bytes of base64


@dataclass(slots=True)
class Part:
    """One entity of the message; ``body`` is still encoded. ``where`` is "part 1.2"."""

    where: str
    media_type: str
    parameters: Mapping[str, str]
    disposition: str  # "inline", "attachment" or ""
    name: str
    description: str  # what Content-Description says of its own, "" for what everybody says
    content_id: str
    encoding: str
    body: bytes = field(repr=False)
    depth: int = 0
    container: str = ""  # the media type of the multipart it stands in
    position: int = 0  # among its siblings, from 0
    parts: list[Part] = field(default_factory=list)
    digest: str = ""  # SHA-256 of the decoded content, where that is known already

    @property
    def is_attached(self) -> bool:
        """Whether a reader sees a file to open and not a piece of the text."""
        return self.disposition == "attachment"

    def leaves(self) -> Iterator[Part]:
        """Yield the parts that hold content, in the order of the message."""
        pending = [self]
        while pending:
            part = pending.pop()
            if part.parts:
                pending.extend(reversed(part.parts))
            elif not part.media_type.startswith("multipart/"):
                yield part


def read_parts(
    fields: tuple[Field, ...], body: bytes, limits: Inspection, troubles: Troubles
) -> Part:
    """Return the tree of parts. What does not fit the grammar is noted and left out.

    Iterative: no nesting, however deep, makes it fail.
    """
    root = _read_entity(fields, body, "part 1", troubles)
    pending: list[tuple[Part, tuple[str, ...]]] = [(root, ())]
    count = 1
    while pending:
        part, enclosing = pending.pop()
        if not part.media_type.startswith("multipart/"):
            continue
        if part.depth >= limits.max_depth:
            troubles.add("mime.depth", f"multiparts nested deeper than {limits.max_depth}")
            continue
        boundary = _get_boundary(part, enclosing, troubles)
        for raw in _split(part, boundary, troubles) if boundary else ():
            count += 1
            if count > limits.max_parts:
                troubles.add("mime.parts", f"more than {limits.max_parts} parts")
                return root
            child = _read_child(part, raw, troubles)
            part.parts.append(child)
            pending.append((child, (*enclosing, boundary)))
    return root


def _read_child(parent: Part, raw: bytes, troubles: Troubles) -> Part:
    number = len(parent.parts) + 1
    where = f"part {number}" if parent.depth == 0 else f"{parent.where}.{number}"
    found = split_header(raw)
    if found is None and raw.endswith(b"\r\n"):
        found = raw, b""
    if found is None:
        troubles.add("mime.part_header", "no blank line parts its header from its body", where)
        found = b"", raw
    fields = read_fields(found[0], troubles, where)
    for shown in sorted(_SHOWN.intersection(each.name for each in fields)):
        troubles.add("mime.part_header_shown", f"a {shown} in the header of a part", where)
    if not all(is_date(each.body) for each in fields if each.name == "date"):
        troubles.add("mime.part_header_shown", "a Date in the header of a part is none", where)
    child = _read_entity(fields, found[1], where, troubles)
    child.depth = parent.depth + 1
    child.container = parent.media_type
    child.position = number - 1
    return child


def _read_entity(fields: tuple[Field, ...], body: bytes, where: str, troubles: Troubles) -> Part:
    by_name = {f.name: f.body for f in fields}
    content_type = _read(by_name, "content-type", _TEXT, where, troubles)
    disposition = _read(by_name, "content-disposition", Parameters("", {}), where, troubles)
    if "/" not in content_type.value:
        detail = f"{quote(content_type.value)} is not a media type"
        troubles.add("mime.type_syntax", detail, where)
    if disposition.value not in ("", "inline", "attachment"):
        troubles.add("mime.disposition", f"a disposition {quote(disposition.value)}", where)
    if disposition.value == "attachment" and content_type.value.startswith("multipart/"):
        troubles.add("mime.disposition", "a multipart that is to be a file", where)
    for noted in by_name:
        if noted.startswith(_CLIENT_NOTES):
            troubles.add("mime.client_note", f"the header {noted}", where)
    if "content-location" in by_name or "content-base" in by_name:
        troubles.add("mime.location", "a part that stands in for a web address", where)
    content_id = _read_content_id(by_name, where, troubles)
    name = _read_name(content_type, disposition, content_id, where, troubles)
    if name and disposition.value != "attachment" and not _name_fits(content_type.value, name):
        troubles.add("mime.name_kind", f"{content_type.value} that is called {quote(name)}", where)
    if "boundary" in content_type.parameters and not content_type.value.startswith("multipart/"):
        detail = f"a boundary in {quote(content_type.value)}, by which some part it all the same"
        troubles.add("mime.boundary_unexpected", detail, where)
    return Part(
        where=where,
        media_type=content_type.value,
        parameters=content_type.parameters,
        disposition=disposition.value,
        name=name,
        description=_read_description(by_name, name, where, troubles),
        content_id=content_id,
        encoding=_read_encoding(by_name, content_type.value, body, where, troubles),
        body=body,
    )


def _read_description(by_name: Mapping[str, str], name: str, where: str, troubles: Troubles) -> str:
    """Return a Content-Description that says more than what the part is called."""
    text = by_name.get("content-description", "")
    try:
        said = decode_words(text)
    except WordError as exc:
        troubles.add("mime.description", f"content-description: {exc}", where)
        return ""
    return "" if said == name or said.lower().strip(". ") in _DESCRIPTIONS else said


def _read(
    by_name: Mapping[str, str], name: str, default: Parameters, where: str, troubles: Troubles
) -> Parameters:
    text = by_name.get(name)
    if text is None:
        return default
    try:
        return read_parameters(text)
    except ParameterError as exc:
        troubles.add(exc.code, f"{name}: {exc}", where)
        return Parameters("application/octet-stream", {}) if name == "content-type" else default


def _name_fits(media_type: str, name: str) -> bool:
    """Tell whether a text may have this name: some programs offer it as the file it names."""
    return media_type not in _TEXTS or _TEXT_NAME.fullmatch(name) is not None


def _read_name(
    content_type: Parameters,
    disposition: Parameters,
    content_id: str,
    where: str,
    troubles: Troubles,
) -> str:
    name = content_type.parameters.get("name", "")
    filename = disposition.parameters.get("filename", "")
    if filename and name == content_id and _ID_AS_NAME.fullmatch(name):
        return filename
    if not (name or filename):
        # Some readers fall back on the parameter that belongs in the other field.
        name = content_type.parameters.get("filename", "")
        filename = disposition.parameters.get("name", "")
    if name and filename and name != filename:
        troubles.add("mime.name_differs", "two file names that differ", where)
    return min({name, filename} - {""}, default="")


def _read_content_id(by_name: Mapping[str, str], where: str, troubles: Troubles) -> str:
    text = by_name.get("content-id", "")
    found = _CONTENT_ID.fullmatch(text)
    if text and found is None:
        troubles.add("mime.content_id", f"{quote(text)} is not <id>", where)
    return found.group(1) if found else ""


def _read_encoding(
    by_name: Mapping[str, str], media_type: str, body: bytes, where: str, troubles: Troubles
) -> str:
    said = by_name.get("content-transfer-encoding", "").lower()
    encoding = said if "content-transfer-encoding" in by_name else "7bit"
    is_multipart = media_type.startswith("multipart/")
    if encoding not in _ENCODINGS:
        troubles.add("mime.encoding_unknown", f"the transfer encoding {quote(encoding)}", where)
    elif is_multipart and encoding not in _IDENTITY:
        troubles.add("mime.encoding_multipart", f"a multipart in {encoding}", where)
    elif said == "7bit" and not is_multipart and not body.isascii():
        # Without any label nobody is contradicted, and all readers take the bytes as they are.
        troubles.add("mime.encoding_eight_bit", "bytes of 8 bits in a part labelled 7bit", where)
    return encoding


def _get_boundary(part: Part, enclosing: tuple[str, ...], troubles: Troubles) -> str:
    if part.media_type not in _MULTIPARTS:
        sealed = part.media_type in ("multipart/signed", "multipart/encrypted")
        code = "mime.type_sealed" if sealed else "mime.type_multipart"
        troubles.add(code, f"{part.media_type} is not read", part.where)
        return ""
    boundary = part.parameters.get("boundary", "")
    if not boundary:
        troubles.add("mime.boundary_missing", "a multipart without a boundary", part.where)
        return ""
    if not _BOUNDARY.fullmatch(boundary):
        troubles.add(
            "mime.boundary_characters", f"{quote(boundary)} cannot be a boundary", part.where
        )
        return ""
    lower = boundary.lower()
    if any(other.lower().startswith(lower) for other in enclosing):
        detail = "a boundary like that of the part around it"
        troubles.add("mime.boundary_nested", detail, part.where)
        return ""
    return boundary


def _split(part: Part, boundary: str, troubles: Troubles) -> list[bytes]:
    """Return the raw entities of a multipart; on any doubt note it and return what was sure."""
    body = part.body
    delimiter = b"--" + boundary.encode("ascii")
    pieces: list[bytes] = []
    begin = -1  # where the current entity starts; -1 above the first delimiter
    for start, end in _lines_like(body, delimiter):
        line = body[start:end]
        if line not in (delimiter, delimiter + b"--"):
            detail = f"a line {quote(line)} that only resembles a delimiter"
            troubles.add("mime.boundary_lookalike", detail, part.where)
            return pieces
        if begin < 0:
            _check_preamble(body[:start], part.where, troubles)
        elif start - 2 < begin:
            detail = "two delimiters with nothing between"
            troubles.add("mime.boundary_doubled", detail, part.where)
            return pieces
        else:
            pieces.append(body[begin : start - 2])
        begin = end + 2
        if line != delimiter:
            if not pieces:
                troubles.add("mime.boundary_no_part", "a multipart without a part", part.where)
            _check_epilogue(body[end:], delimiter, part.where, troubles)
            return pieces
    if begin < 0:
        troubles.add("mime.boundary_absent", "a multipart without a delimiter", part.where)
    else:
        detail = "a multipart without its closing delimiter"
        troubles.add("mime.boundary_unclosed", detail, part.where)
    return pieces


def _lines_like(body: bytes, delimiter: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and end of every line that an inaccurate reader could take for a delimiter."""
    lower = body.lower()
    needle = delimiter.lower()
    position = lower.find(needle)
    while position >= 0:
        start = body.rfind(b"\n", 0, position) + 1
        end = body.find(b"\r\n", position)
        end = len(body) if end < 0 else end
        if not body[start:position].strip():
            yield start, end
        position = lower.find(needle, end)


def _check_preamble(preamble: bytes, where: str, troubles: Troubles) -> None:
    text = preamble.strip()
    if text and (len(text) > MAX_COURTESY_BYTES or not _COURTESY.fullmatch(_spoken(text))):
        troubles.add("mime.preamble", f"text above the parts: {quote(text)}", where)


def _spoken(courtesy: bytes) -> str:
    """Return the line in small letters, without what programs put around it."""
    return " ".join(courtesy.decode("latin-1").lower().split()).strip(">[](). -")


def _check_epilogue(epilogue: bytes, delimiter: bytes, where: str, troubles: Troubles) -> None:
    if next(_lines_like(epilogue, delimiter), None) is not None:
        troubles.add("mime.boundary_after_close", "a delimiter below the closing one", where)
    elif epilogue.strip():
        troubles.add("mime.epilogue", f"text below the parts: {quote(epilogue.strip())}", where)


def decode_body(part: Part, troubles: Troubles) -> bytes:
    """Return the content of a part; b"" and a trouble when its transfer encoding is broken."""
    match part.encoding:
        case "base64":
            return _from_base64(part, troubles)
        case "quoted-printable":
            return _from_quoted_printable(part, troubles)
        case encoding if encoding in _IDENTITY:
            return part.body
        case _:
            return b""


def _from_base64(part: Part, troubles: Troubles) -> bytes:
    if not part.media_type.startswith("image/") or len(part.body) not in _WORTH_REMEMBERING:
        return _decode_base64(part, troubles)
    key = hashlib.sha256(part.body).digest()
    known = _remembered.find(key)
    if known is None:
        clear = Troubles()
        content = _decode_base64(part, clear)
        if clear:
            return _decode_base64(part, troubles)
        known = content, hashlib.sha256(content).hexdigest()
        _remembered.keep(key, known)
    content, part.digest = known
    return content


def _decode_base64(part: Part, troubles: Troubles) -> bytes:
    text = part.body.translate(None, b"\r\n")
    try:
        content = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as exc:
        detail = f"base64 that is not whole: {str(exc).lower()}"
        troubles.add("mime.encoding_base64", detail, part.where)
        return b""
    # The last quantum has bits that are thrown away; a reader that keeps them reads on.
    tail = len(content) - (len(content) % 3 or 3)
    if text and binascii.b2a_base64(content[max(tail, 0) :], newline=False) != text[-4:]:
        troubles.add("mime.encoding_base64_bits", "base64 with stray bits at its end", part.where)
    return content


class _Remembered:
    """Contents with their digests by that of their base64, all of them beyond doubt.

    The last used stay.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._lock = threading.Lock()
        self._contents: OrderedDict[bytes, tuple[bytes, str]] = OrderedDict()

    def find(self, key: bytes) -> tuple[bytes, str] | None:
        with self._lock:
            known = self._contents.get(key)
            if known is not None:
                self._contents.move_to_end(key)
            return known

    def keep(self, key: bytes, known: tuple[bytes, str]) -> None:
        with self._lock:
            if key in self._contents:
                return
            self._contents[key] = known
            self._bytes += len(known[0])
            while self._bytes > self._most_bytes:
                _, (oldest, _) = self._contents.popitem(last=False)
                self._bytes -= len(oldest)


_remembered = _Remembered(REMEMBERED_BYTES)


def _from_quoted_printable(part: Part, troubles: Troubles) -> bytes:
    body = part.body
    if len(body.translate(None, _NOT_QUOTED_PRINTABLE)) != len(body):
        detail = "quoted-printable with bytes it cannot hold"
        troubles.add("mime.encoding_quoted_bytes", detail, part.where)
        return b""
    if b" \r\n" in body or b"\t\r\n" in body or body.endswith((b" ", b"\t")):
        # RFC 2045 section 6.7, rule 3: a relay may have added them, so some readers drop them.
        detail = "quoted-printable with a blank at the end of a line"
        troubles.add("mime.encoding_quoted_blanks", detail, part.where)
        return b""
    bad = _BAD_ESCAPE.search(body)
    if bad is not None:
        escape = body[bad.start() : bad.start() + 3]
        detail = f"quoted-printable with {quote(escape)}"
        troubles.add("mime.encoding_quoted_escape", detail, part.where)
        return b""
    return binascii.a2b_qp(body)
