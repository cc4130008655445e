"""A mail taken apart into what it says, and put together again in any way that says the same.

Not by the gate's reader: the standard library parses (the mails are legitimate ones), and writing
is done here, because a mail library writes one way only.
"""

from __future__ import annotations

import base64
import email
import html
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message
from random import Random

_REWRITTEN = frozenset({"content-type", "content-transfer-encoding"})
_MAILBOX = re.compile(r'\s*(?:"([^"\\<>]*)"|([^"<>@]*?))\s*<([^<>\s]+)>\s*')
_BOUNDARY_CHARACTERS = "0123456789ABCXYZabcxyz'()+_,-./:=?"
_NAMED_OTHERWISE = {"windows-874": "cp874", "iso-8859-8-i": "iso-8859-8"}  # in Python
_ODD_LINE = re.compile(r"[^\n]{900}")
Q_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")


@dataclass
class Node:
    """One entity. ``text`` is decoded, for texts that a reader sees; ``body`` is kept as it is."""

    fields: list[tuple[str, str]]  # unfolded, Content-Type and its encoding left out
    kind: str
    parameters: list[tuple[str, str]]
    encoding: str = ""
    text: str | None = None
    body: bytes = b""
    children: list[Node] = field(default_factory=list)
    content_type: str = ""  # as it stood there, for what is not rewritten

    def walk(self) -> Iterator[Node]:
        """Yield this entity and all inside of it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def texts(self, kind: str) -> list[Node]:
        """Return the parts of a type that a reader sees."""
        return [node for node in self.walk() if node.kind == kind and node.text is not None]

    def copy(self) -> Node:
        """Return a tree of one's own."""
        return deepcopy(self)

    def header(self, name: str) -> str | None:
        """Return a header field's text, encoded words decoded."""
        for key, value in self.fields:
            if key.lower() == name:
                return str(make_header(decode_header(value)))
        return None

    def set_header(self, name: str, text: str) -> None:
        """Replace a header field's text, to be written as it is (8 bit)."""
        self.fields = [(k, text if k.lower() == name else v) for k, v in self.fields]


def take_apart(content: bytes) -> Node:
    """Return the tree of a mail."""
    return _node(email.message_from_bytes(content))


def _node(part: Message) -> Node:
    raw = [(name, _unfolded(value)) for name, value in part.raw_items()]
    kept = [(name, value) for name, value in raw if name.lower() not in _REWRITTEN]
    fields = {name.lower(): value for name, value in raw}
    # Those in the way of RFC 2231 (file names) are left out.
    parameters = [
        (name, value)
        for name, value in part.get_params([], unquote=True)[1:]
        if name and isinstance(value, str)
    ]
    encoding = fields.get("content-transfer-encoding", "").strip()
    node = Node(kept, part.get_content_type(), parameters, encoding)
    node.content_type = fields.get("content-type", "")
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        node.children = [_node(child) for child in part.get_payload() if isinstance(child, Message)]
    elif node.kind in ("text/plain", "text/html") and not _is_attached(part):
        decoded = part.get_payload(decode=True)
        assert isinstance(decoded, bytes)
        charset = part.get_content_charset("us-ascii")
        text = decoded.decode(codec_of(charset))
        node.text = text.replace("\r\n", "\n")
    else:
        payload = part.get_payload()
        inner = payload[0].as_bytes() if isinstance(payload, list) else None  # type: ignore[union-attr]
        node.body = inner or str(payload).encode("ascii", "surrogateescape")
    return node


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _unfolded(value: str) -> str:
    text = value.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    return re.sub(r"\r?\n(?=[ \t])", "", text).strip()


@dataclass
class Writing:
    """The freedoms that a mail program has; each one that is not named is not used."""

    chance: Random
    freedoms: frozenset[str] = frozenset()

    def has(self, freedom: str) -> bool:
        """Tell whether the freedom is used here: it is at most places, and not at all."""
        return freedom in self.freedoms and self.chance.random() < 0.8


def put_together(root: Node, way: Writing) -> bytes:
    """Return the mail as bytes with CRLF line ends."""
    return _entity(root, way, taken=[], top=True)


def _entity(node: Node, way: Writing, taken: list[str], *, top: bool = False) -> bytes:
    fields = [(name, _field(name, value, way)) for name, value in node.fields]
    body = b""
    if node.children:
        boundary = _boundary(way, taken)
        within = [*taken, boundary]
        parts = [_entity(child, way, within) for child in node.children]
        # A boundary that no line of the parts could be taken for, as programs see to.
        if any(f"--{boundary}".lower().encode() in part.lower() for part in parts):
            within[-1] = boundary = f"=_Part_{len(taken)}_{way.chance.getrandbits(64):x}"
            parts = [_entity(child, way, within) for child in node.children]
        delimiter = f"--{boundary}".encode()
        body = b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts)
        body += delimiter + b"--\r\n"
        others = [(n, v) for n, v in node.parameters if n.lower() != "boundary"]
        fields.append(
            ("Content-Type", _content_type(node.kind, [*others, ("boundary", boundary)], way))
        )
        if node.encoding:
            fields.append(("Content-Transfer-Encoding", node.encoding))
    elif node.text is not None:
        charset, content = _charset(node, way)
        encoding, body = _encoded(content, way)
        others = [(n, v) for n, v in node.parameters if n.lower() != "charset"]
        fields.append(
            ("Content-Type", _content_type(node.kind, [("charset", charset), *others], way))
        )
        fields.append(("Content-Transfer-Encoding", _cased(encoding, way)))
    else:
        body = node.body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if node.content_type:
            fields.append(("Content-Type", node.content_type))
        if node.encoding:
            fields.append(("Content-Transfer-Encoding", _cased(node.encoding, way)))
    if top and not any(name.lower() == "mime-version" for name, _ in fields):
        fields.append(("MIME-Version", "1.0"))
    if top and "x-headers" in way.freedoms:
        fields += _machine_headers(way)
    if "order" in way.freedoms:
        way.chance.shuffle(fields)
    lines = [f"{_cased(name, way)}: {_folded(value, way)}\r\n" for name, value in fields]
    return "".join(lines).encode("utf-8", "surrogateescape") + b"\r\n" + body


def _machine_headers(way: Writing) -> list[tuple[str, str]]:
    many = [
        ("X-Mailer", "Some Mailer 3.1 (https://mailer.example/)"),
        ("X-Report-Abuse-To", "https://evil.example/abuse?id=1"),
        ("Received", "from a.example by b.example with ESMTPS; Mon, 14 Jun 2021 08:00:00 +0800"),
        ("X-Spam-Status", "No, score=-2.1 required=5.0"),
        ("Feedback-ID", "1:2:3:4"),
        ("DKIM-Signature", "v=1; a=rsa-sha256; d=health.example; s=a; h=from:to; bh=AA==; b=AA=="),
        ("X-Unicode", "Grüße"),
    ]  # fmt: skip
    return way.chance.sample(many, way.chance.randint(1, len(many)))


def _field(name: str, value: str, way: Writing) -> str:
    if name.lower() == "subject" and way.has("words"):
        return encoded_words(str(make_header(decode_header(value))), way.chance)
    if name.lower() in ("from", "to", "reply-to") and way.has("words"):
        found = _MAILBOX.fullmatch(value)
        spoken = (found[1] or found[2] or "") if found else ""
        if found and spoken:
            return f"{_name(str(make_header(decode_header(spoken))), way.chance)} <{found[3]}>"
    return value


def _name(name: str, chance: Random) -> str:
    if name.isascii() and chance.random() < 0.5:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return encoded_words(name, chance)


def encoded_words(text: str, chance: Random) -> str:
    """Return the text as encoded words, cut between any two characters (RFC 2047 section 5)."""
    charset = chance.choice([c for c in ("utf-8", "UTF-8", "iso-8859-1") if _fits(text, c)])
    words: list[str] = []
    position = 0
    while position < len(text):
        size = chance.randint(1, 12)
        piece = text[position : position + size]
        position += size
        content = piece.encode(charset)
        if chance.random() < 0.5:
            said = f"{chance.choice('bB')}?{base64.b64encode(content).decode()}"
        else:
            said = f"{chance.choice('qQ')}?{''.join(map(_q, content))}"
        words.append(f"=?{charset}?{said}?=")
    return " ".join(words)


def _q(byte: int) -> str:
    if byte == 0x20:
        return "_"
    return chr(byte) if byte in Q_PLAIN else f"={byte:02X}"


def _fits(text: str, charset: str) -> bool:
    try:
        text.encode(codec_of(charset))
    except UnicodeEncodeError:
        return False
    return True


def _cased(token: str, way: Writing) -> str:
    if not way.has("case"):
        return token
    return way.chance.choice((token.lower(), token.upper(), token.title()))


def _content_type(kind: str, parameters: list[tuple[str, str]], way: Writing) -> str:
    written = [_cased(kind, way)]
    for name, value in parameters:
        quoted = re.fullmatch(r"[A-Za-z0-9._-]+", value) is None or way.chance.random() < 0.5
        said = value if name == "boundary" else _cased(value, way) if name == "charset" else value
        written.append(f'{_cased(name, way)}="{said}"' if quoted else f"{_cased(name, way)}={said}")
    return "; ".join(written)


def _folded(value: str, way: Writing) -> str:
    """Fold at blanks; only the CRLF is taken out again (RFC 5322 section 2.2.3)."""
    long = len(value.encode("utf-8", "surrogateescape")) > 900  # RFC 5322 section 2.1.1
    if "fold" not in way.freedoms and not long:
        return value
    # Not inside of a boundary: programs that keep the CRLF there find no parts.
    pieces = re.split(r"(?<=[^\s]) (?=[^\s])(?=[^\"]*(?:\"[^\"]*\"[^\"]*)*$)", value)
    folded = pieces[0]
    for piece in pieces[1:]:
        folded += ("\r\n " if long or way.chance.random() < 0.5 else " ") + piece
    return folded


def _boundary(way: Writing, taken: list[str]) -> str:
    if "boundary" not in way.freedoms:
        return f"=_b{len(taken)}"
    while True:
        size = way.chance.randint(1, 69)
        middle = "".join(way.chance.choices(_BOUNDARY_CHARACTERS + " ", k=size))
        boundary = middle + way.chance.choice(_BOUNDARY_CHARACTERS)
        one = boundary.lower()
        if boundary == boundary.strip() and not any(
            one.startswith(two.lower()) or two.lower().startswith(one) for two in taken
        ):
            return boundary


def _charset(node: Node, way: Writing) -> tuple[str, bytes]:
    text = (node.text or "").replace("\n", "\r\n")
    charsets = ["utf-8"]
    if "charset" in html.unescape(text).lower():  # HTML that says its own charset is left in it
        charsets = [dict(node.parameters).get("charset", "utf-8")]
    elif way.has("charset"):
        charsets = ["utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "gb18030"]
    charset = way.chance.choice([one for one in charsets if _fits(text, one)] or ["utf-8"])
    return charset, text.encode(codec_of(charset))


def codec_of(charset: str) -> str:
    """Return what Python calls a charset."""
    return _NAMED_OTHERWISE.get(charset.lower(), charset)


def _encoded(content: bytes, way: Writing) -> tuple[str, bytes]:
    encodings = ["base64"]
    if "encoding" in way.freedoms:
        encodings = ["base64", "quoted-printable", "quoted-printable"]
        plain = content.replace(b"\r\n", b"\n")
        if b"\r" not in plain and _ODD_LINE.search(plain.decode("latin-1")) is None:
            encodings.append("8bit")
    encoding = way.chance.choice(encodings)
    if encoding == "8bit":
        return "7bit" if content.isascii() and way.chance.random() < 0.5 else "8bit", content
    if encoding == "base64":
        width = way.chance.randint(1, 76) if "encoding" in way.freedoms else 76
        encoded = base64.b64encode(content)
        lines = [encoded[i : i + width] for i in range(0, len(encoded), width)]
        return encoding, b"\r\n".join(lines)
    return encoding, _quoted_printable(content, way.chance)


def _quoted_printable(content: bytes, chance: Random) -> bytes:
    """Return quoted-printable with soft breaks and needless escapes anywhere (RFC 2045 6.7)."""
    needless, broken = chance.choice((0.0, 0.02, 0.3)), chance.choice((0.0, 0.02, 0.1))
    lines: list[str] = []
    for line in content.split(b"\r\n"):
        written = ""
        for place, byte in enumerate(line):
            last = place == len(line) - 1
            plain = 33 <= byte <= 126 and byte != 61
            plain = plain or (byte in (9, 32) and not last)
            piece = chr(byte) if plain and chance.random() >= needless else f"={byte:02X}"
            if len(written) + len(piece) > 75 or (written and chance.random() < broken):
                lines.append(written + "=")
                written = ""
            written += piece
        lines.append(written)
    return "\r\n".join(lines).encode("ascii")
