"""Which characters do these bytes stand for, by a charset that all readers read alike?"""

from __future__ import annotations

import codecs
import re

# Labels in lower case (https://encoding.spec.whatwg.org/#names-and-labels) and Python's strict
# codec for each. What is not here is held: UTF-7, UTF-16, HZ and the like are read by few and
# differently.
_CODECS = {
    "us-ascii": "ascii",
    "ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "gb2312": "gbk",  # browsers read it as GBK, and so does everyone who wants to see the euro
    "gbk": "gbk",
    "gb18030": "gb18030",
    "big5": "big5",
    "shift_jis": "shift_jis",
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
    "euc-kr": "euc_kr",
    "ks_c_5601-1987": "euc_kr",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "tis-620": "tis_620",
    "iso8859-1": "latin-1",
    "iso-8859-8-i": "iso8859_8",  # without the i readers do not agree on the direction
    **{f"iso-8859-{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 9, 10, 13, 14, 15, 16)},
    **{f"windows-{n}": f"cp{n}" for n in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258, 874)},
    **{f"cp{n}": f"cp{n}" for n in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258)},
}

# One byte is one character, or the codec has no second spelling: nothing to check afterwards.
_SIMPLE = frozenset({"ascii", "utf-8", "latin-1"})
# Japanese readers show a yen sign and an overline for these bytes, the others what ASCII says.
_YEN = re.compile(r"[\\~]")
_C1 = re.compile("[\x80-\x9f]")
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF_7_MARK = re.compile(rb"\+/v[89+/]")


class CharsetError(ValueError):
    """Bytes that some reader would show as other characters; ``code`` is the reason for a part."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def find_codec(label: str) -> str | None:
    """Return the codec of a charset label, or None for a charset that is not read."""
    return _CODECS.get(label.lower())


def decode_strictly(content: bytes, label: str) -> str:
    """Return the text. Raises CharsetError when the bytes are not beyond doubt in that charset."""
    codec = find_codec(label)
    if codec is None:
        raise CharsetError(
            "mime.charset_unknown", f"the charset {label[:40]!a} is not one that all readers know"
        )
    if _UTF_7_MARK.match(content):
        raise CharsetError("mime.charset_mark", "a byte order mark of UTF-7")
    if content.isascii() and codec != "iso2022_jp":
        text = content.decode("ascii")
        if codec == "shift_jis" and _YEN.search(text):
            raise CharsetError("mime.charset_ambiguous", "a yen sign or a backslash in Shift_JIS")
        return text
    if content.startswith(codecs.BOM_UTF8):
        if codec != "utf-8":
            raise CharsetError(
                "mime.charset_mark", f"a UTF-8 byte order mark in a text labelled {label[:40]!a}"
            )
        content = content[len(codecs.BOM_UTF8) :]
    if content.startswith(_BYTE_ORDER_MARKS):
        raise CharsetError(
            "mime.charset_mark", "a byte order mark of another charset than the label's"
        )
    try:
        text = content.decode(codec)
    except UnicodeDecodeError as exc:
        raise CharsetError(
            "mime.charset_bytes", f"byte {exc.start} is not in the charset {label[:40]!a}"
        ) from exc
    _check_one_reading(content, text, codec)
    return text


def _check_one_reading(content: bytes, text: str, codec: str) -> None:
    if codec == "latin-1" and _C1.search(text):
        # Browsers read ISO-8859-1 as windows-1252: a curly quote there, a control here.
        raise CharsetError(
            "mime.charset_ambiguous",
            "bytes 80 to 9F, which ISO-8859-1 and windows-1252 read differently",
        )
    if codec in _SIMPLE:
        return
    # A second spelling of a character is where decoders differ: escape sequences that change
    # nothing, lead bytes that swallow the next byte.
    try:
        same = text.encode(codec) == content
    except UnicodeEncodeError:
        same = False
    if not same:
        raise CharsetError(
            "mime.charset_ambiguous", f"bytes that {codec} would not write for this text"
        )
    if codec == "shift_jis" and _YEN.search(text):
        raise CharsetError("mime.charset_ambiguous", "a yen sign or a backslash in Shift_JIS")
