"""Charsets: labels, marks and octets that stand for other characters elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery import good
from tests.battery.change import hostile, legitimate, replaced
from tests.battery.sample import Sample

FAMILY = "charsets"
_MARK = "@NAME@"


def _in(label: str, name: bytes, *, quoted: bool = True) -> bytes:
    """Return the code for somebody whose name is these octets, labelled so."""
    value = f'"{label}"' if quoted else label
    mail = good.mail(
        good.CODE_TEXT.replace(good.NAME, _MARK) + "\n", f"text/plain; charset={value}"
    )
    return replaced(mail, _MARK, name)


def _whole(label: str, body: bytes) -> bytes:
    return replaced(
        good.mail("@", f"text/plain; charset={label}"), b"\r\n\r\n@", b"\r\n\r\n" + body
    )


def _html(meta: str, name: bytes = b"A\xc3\xafsha", label: str = "utf-8") -> bytes:
    """Return the appointment with another declaration in its HTML."""
    page = good.APPOINTMENT_HTML.replace('<meta charset="utf-8">', meta)
    text = good.part(good.APPOINTMENT_TEXT.replace(good.NAME, _MARK))
    html = good.part(page.replace(good.NAME, _MARK), f"text/html; charset={label}")
    return good.multipart(text, html).replace(_MARK.encode(), name)


_TEXT = good.CODE_TEXT
_UNKNOWN_LABELS = (
    "utf-7", "unicode-1-1-utf-7", "utf-16", "utf-16le", "utf-16be", "utf-32", "ucs-2", "cesu-8",
    "utf-ebcdic", "cp037", "cp1047", "ebcdic-cp-us", "ibm500", "hz-gb-2312", "iso-2022-kr",
    "iso-2022-cn", "iso-2022-cn-ext", "iso-2022", "x-user-defined", "replacement", "x-unknown",
    "unknown-8bit", "unknown", "none", "default", "binary", "x-mac-cyrillic", "macintosh",
    "x-cp437", "utf-8x", "utf-9", "punycode", "idna", "rot13", "base64", "unicode_escape", "mbcs",
    "scsu", "bocu-1", "viscii", "utf-8'", "..", "iso-8859-8",
)  # fmt: skip

HELD: dict[str, tuple[str, bytes]] = {
    **{
        f"the label {label}": ("mime.charset_unknown", _in(label, b"Aisha"))
        for label in _UNKNOWN_LABELS
    },
    **{
        f"UTF-16 ({name}) labelled {label}": (
            because,
            _whole(label, _TEXT.encode(name)),
        )
        for name, label, because in (
            ("utf-16-le", "utf-8", "mail.nul"),
            ("utf-16-be", "utf-16", "mail.nul"),
        )
    },
    **{
        f"octets of no UTF-8: {octets!r}": ("mime.charset_bytes", _in("utf-8", octets))
        for octets in (
            b"A\xc0\xafsha",
            b"A\xe0\x80\xafsha",
            b"A\xf0\x80\x80\xafsha",
            b"A\xc1\x81sha",
            b"A\xed\xa0\x80sha",
            b"A\xed\xb0\x80sha",
            b"A\xf4\x90\x80\x80sha",
            b"A\xf8\x88\x80\x80\x80sha",
            b"A\xc3sha",
            b"A\xe2\x82sha",
            b"A\x80sha",
            b"A\xefsha",
            b"Aisha\xc3",
            b"A\xfe\xffsha",
            b"A\xe9",
        )
    },
    **{
        f"octets of no {label}: {octets!r}": ("mime.charset_bytes", _in(label, octets))
        for label, octets in (
            ("us-ascii", b"A\xc3\xafsha"),
            ("us-ascii", b"A\xefsha"),
            ("windows-1252", b"A\x81sha"),
            ("windows-1252", b"A\x9dsha"),
            ("windows-1251", b"A\x98sha"),
            ("iso-8859-8-i", b"A\xa1sha"),
            ("iso-8859-3", b"A\xa5sha"),
            ("gbk", b"A\x81\x22sha"),
            ("gbk", b"A\x81 sha"),
            ("gbk", b"Aisha\x81"),
            ("gbk", b"A\x81<b>"),
            ("gb2312", b"A\xff\xffsha"),
            ("gb18030", b"A\x81\x30\x81 sha"),
            ("big5", b"A\x81\x22sha"),
            ("big5", b"A\xa4<sha"),
            ("shift_jis", b"A\x81\x22sha"),
            ("shift_jis", b"A\xfd\xfdsha"),
            ("euc-jp", b"A\xa4\x22sha"),
            ("euc-jp", b"A\x8fsha"),
            ("euc-kr", b"A\xb0\x22sha"),
            ("iso-2022-jp", b"A\xefsha"),
            ("iso-2022-jp", b"\x1b$C0!\x1b(B"),
            ("tis-620", b"A\xdbsha"),
        )
    },
    "no end of the escape sequence": (
        "mime.charset_",
        _whole("iso-2022-jp", _TEXT.encode() + b"\x1b$B0!"),
    ),
    **{
        f"{name}": ("mime.charset_ambiguous", _in(label, octets))
        for name, label, octets in (
            ("C1 controls or windows-1252", "iso-8859-1", b"A\x93sha"),
            ("a euro or a control", "iso-8859-1", b"Aisha \x80"),
            ("a needless escape sequence", "iso-2022-jp", b"\x1b(B\x1b(BAisha"),
            ("an escape to Roman letters", "iso-2022-jp", b"\x1b(JAisha\x1b(B"),
            ("an escape there and back", "iso-2022-jp", b"A\x1b$B\x1b(Bisha"),
            ("a backslash in Shift_JIS", "shift_jis", b"A\\isha"),
            ("a tilde in Shift_JIS", "shift_jis", b"A~isha"),
            ("a backslash beside kana in Shift_JIS", "shift_jis", b"\x83A\\\x83B"),
        )
    },
    "escape sequences in UTF-8": ("text.invisible", _in("utf-8", b"\x1b$B0!\x1b(B")),
    "escape sequences in ASCII": ("text.invisible", _in("us-ascii", b"\x1b$B0!\x1b(B")),
    "shifts of ISO 2022": ("text.invisible", _in("us-ascii", b"A\x0eisha\x0f")),
    "HZ in ASCII": ("template.", _in("us-ascii", b"~{VPND~}~~")),
    "UTF-7 in ASCII": ("template.", _in("us-ascii", b"+ADw-b+AD4-")),
    "a mark of UTF-16 in UTF-8": ("mime.charset_", _whole("utf-8", b"\xff\xfe" + _TEXT.encode())),
    "a mark of UTF-16, big-endian": (
        "mime.charset_",
        _whole("utf-8", b"\xfe\xff" + _TEXT.encode()),
    ),
    "a mark of UTF-16 in windows-1252": (
        "mime.charset_mark",
        _whole("windows-1252", b"\xff\xfe" + _TEXT.encode()),
    ),
    "a mark of UTF-8 in windows-1252": (
        "mime.charset_mark",
        _whole("windows-1252", b"\xef\xbb\xbf" + _TEXT.encode()),
    ),
    "a mark of UTF-8 in ASCII": (
        "mime.charset_mark",
        _whole("us-ascii", b"\xef\xbb\xbf" + _TEXT.encode()),
    ),
    "a mark of UTF-8 in GBK": (
        "mime.charset_mark",
        _whole("gbk", b"\xef\xbb\xbf" + _TEXT.encode()),
    ),
    "a mark of UTF-7": ("mime.charset_mark", _whole("utf-8", b"+/v8-" + _TEXT.encode())),
    "a mark of UTF-7 in ASCII": ("mime.charset_mark", _whole("us-ascii", b"+/v9" + _TEXT.encode())),
    "two marks": ("text.invisible", _whole("utf-8", b"\xef\xbb\xbf\xef\xbb\xbf" + _TEXT.encode())),
    "a mark in the middle": ("text.invisible", _in("utf-8", b"A\xef\xbb\xbfisha")),
    **{
        f"HTML that says {meta}": ("mime.charset_declared", _html(meta))
        for meta in (
            '<meta charset="koi8-r">',
            '<meta charset="utf-7">',
            '<meta charset="utf-16">',
            '<meta charset="iso-8859-1">',
            '<meta charset="x-user-defined">',
            '<meta charset="gbk">',
            '<meta http-equiv="Content-Type" content="text/html; charset=utf-7">',
            '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">',
            '<META HTTP-EQUIV=Content-Type CONTENT="text/html; charset=shift_jis">',
        )
    },
    "HTML in UTF-8 labelled Latin-1": (
        "mime.charset_",
        _html('<meta charset="utf-8">', label="iso-8859-1"),
    ),
}

_NAMES = (
    ("utf-8", "Zoë Müller"), ("UTF-8", "李明"), ("utf8", "Nguyễn Văn"), ("utf-8", "Siti"),
    ("us-ascii", "Aisha"), ("ascii", "Aisha"), ("ANSI_X3.4-1968", "Aisha"),
    ("iso-8859-1", "Zoë Müller"), ("ISO-8859-15", "Zoë Müller"), ("latin1", "Zoë"),
    ("windows-1252", "Zoë Müller"), ("Windows-1252", "D\u2019Arcy"), ("cp1252", "Zoë"),
    ("iso-8859-2", "Łukasz"), ("windows-1250", "Łukasz"), ("iso-8859-9", "I\u015f\u0131l"),
    ("windows-1254", "I\u015f\u0131l"), ("iso-8859-5", "Анна"), ("windows-1251", "Анна"),
    ("koi8-r", "Анна"), ("koi8-u", "Анна"), ("iso-8859-7", "Άννα"), ("windows-1253", "Άννα"),
    ("windows-1255", "רות"),
    ("iso-8859-8-i", "רות"), ("cp1251", "Анна"), ("iso8859-1", "Zoë"),
    ("windows-1256", "عائشة"), ("iso-8859-6", "عائشة"),
    ("tis-620", "สมชาย"), ("windows-874", "สมชาย"), ("gb2312", "李明"), ("GBK", "李明"),
    ("gb18030", "李明"), ("big5", "李明"), ("Shift_JIS", "山田太郎"), ("iso-2022-jp", "山田太郎"),
    ("ISO-2022-JP", "山田太郎"), ("euc-jp", "山田太郎"), ("euc-kr", "김철수"),
    ("ks_c_5601-1987", "김철수"), ("windows-1258", "Anna"), ("iso-8859-13", "Jānis"),
)  # fmt: skip


_PYTHON = {
    "windows-874": "cp874",
    "ks_c_5601-1987": "euc_kr",
    "iso-8859-8-i": "iso-8859-8",
}  # where the names differ


def _good() -> dict[str, bytes]:
    table = {
        f"{number}: {name} in {label}": _in(
            label, name.encode(_PYTHON.get(label, label)), quoted=False
        )
        for number, (label, name) in enumerate(_NAMES)
    }
    table |= {
        "a UTF-8 text with its mark": _whole("utf-8", b"\xef\xbb\xbf" + _TEXT.encode()),
        "HTML that says the same": _html('<meta charset="utf-8">'),
        "HTML that says the same in capitals": _html('<meta charset="UTF-8">'),
        "HTML that says nothing": _html(""),
        "HTML that says it the old way": _html(
            '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
        ),
        "HTML in ASCII that says Latin-1": _html('<meta charset="iso-8859-1">', b"Aisha"),
    }
    return table


def samples() -> Iterator[Sample]:
    """Yield texts that readers would see in other letters, and texts in all common charsets."""
    yield from hostile(FAMILY, HELD)
    yield from legitimate(FAMILY, _good())
