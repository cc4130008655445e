"""Content-Type, Content-Disposition, Content-ID: what a part says that it is."""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery import good
from tests.battery.change import APPOINTMENT, CODE, hostile, legitimate, replaced, with_header
from tests.battery.sample import Sample

TYPES = "mime/types"
FIELDS = "mime/fields"

# Content-Types of the code, by the reason they are held for.
_TYPES: dict[str, tuple[str, ...]] = {
    "mime.parameter_syntax": (
        "",
        ";",
        "; charset=utf-8",
        "/plain; charset=utf-8",
        "text/; charset=utf-8",
        "text /plain; charset=utf-8",
        "text/ plain; charset=utf-8",
        "text/plain/html; charset=utf-8",
        "text/plain charset=utf-8",
        "text/plain, charset=utf-8",
        "text/plain; charset = utf-8",
        "text/plain; charset= utf-8",
        "text/plain; charset =utf-8",
        "text/plain; charset",
        "text/plain; charset=",
        "text/plain; =utf-8",
        "text/plain;; charset=utf-8",
        "text/plain; ; charset=utf-8",
        "text/plain; charset=utf-8;;",
        "text/plain; charset=utf-8; x",
        'text/plain; charset="utf-8',
        'text/plain; charset=utf-8"',
        'text/plain; charset=utf"-8"',
        'text/plain; charset="utf"-8',
        'text/plain; charset="utf-8" x',
        "text/plain; charset=utf-8 x",
        "text/plain; charset=utf-8, text/html",
        "text/plain (x); charset=utf-8",
        "(x) text/plain; charset=utf-8",
        "text/(x)plain; charset=utf-8",
        "text/plain; (x) charset=utf-8",
        "text/plain; charset=(x)utf-8",
        "text/plain; charset=utf-8 (Plain text)",
        "text/plain; charset=utf-8; name=a b.txt",
        "text/plain; charset=utf-8; name=a@b.txt",
        "text/plain; charset:utf-8",
        "text/plain: charset=utf-8",
        "text\\plain; charset=utf-8",
        '"text/plain"; charset=utf-8',
        "<text/plain>; charset=utf-8",
        "=?utf-8?q?text/html?=; charset=utf-8",
        "text/plain; char\n set=utf-8",
        "text/pl\n ain; charset=utf-8",
        "text/plain\u00a0; charset=utf-8",
        "text/plain;\u00a0charset=utf-8",
        "text/plain; charset=utf-8; boundary=a/b",
    ),
    "mime.type_syntax": ("text", "text; charset=utf-8", "plain; charset=utf-8", "html"),
    "mime.parameter_repeated": (
        "text/plain; charset=utf-8; charset=utf-7",
        "text/plain; charset=utf-8; charset=utf-8",
        "text/plain; charset=utf-8; CHARSET=us-ascii",
        "text/plain; charset=utf-8; name=a.txt; name=b.txt",
        "text/plain; charset=utf-8; name*0=a; name*0=b",
        "text/plain; charset=utf-8; name*=utf-8''a.txt; name*0=b.txt",
    ),
    "mime.parameter_extended": (
        "text/plain; charset*=us-ascii'en'utf-8",
        "text/plain; charset*0=utf; charset*1=-8",
        "text/plain; charset=utf-8; charset*=us-ascii''utf-7",
        "text/plain; charset=utf-8; format*=us-ascii''flowed",
        "text/plain; charset=utf-8; boundary*0=b; boundary*1=1",
    ),
    "mime.parameter_sections": (
        "text/plain; charset=utf-8; name*1=b.txt",
        "text/plain; charset=utf-8; name*0=a; name*2=.txt",
        "text/plain; charset=utf-8; name*1=.txt; name*0=a",
        "text/plain; charset=utf-8; name*2*=b; name*0*=utf-8''a; name*1*=.txt",
    ),
    "mime.parameter_encoding": (
        "text/plain; charset=utf-8; name*=a.txt",
        "text/plain; charset=utf-8; name*=utf-8'a.txt",
        "text/plain; charset=utf-8; name*=utf-8''a%2.txt",
        "text/plain; charset=utf-8; name*=utf-8''%zz.txt",
        "text/plain; charset=utf-8; name*=utf-8''%ff.txt",
        "text/plain; charset=utf-8; name*=utf-7''a.txt",
        "text/plain; charset=utf-8; name*=x-unknown''a.txt",
    ),
    "mime.parameter_differs": (
        "text/plain; charset=utf-8; name=a.txt; name*=utf-8''b.txt",
        "text/plain; charset=utf-8; name*=utf-8''b.txt; name=a.txt",
        "text/plain; charset=utf-8; name=a.txt; name*0=b; name*1=.txt",
    ),
    "mime.parameter_escape": (
        'text/plain; charset="utf\\-8"',
        'text/plain; charset=utf-8; name="C:\\temp\\a.txt"',
        'text/plain; charset=utf-8; name="a\\.txt"',
    ),
    "mime.name_encoded": (
        'text/plain; charset=utf-8; name="=?utf-8?q?a b.txt?="',
        'text/plain; charset=utf-8; name="=?utf-8?b?YS50eHQ?="',
        'text/plain; charset=utf-8; name="=?utf-16?b?YS50eHQ=?="',
        'text/plain; charset=utf-8; name="=?utf-8?q?a.txt"',
    ),
    "mime.name_kind": (
        "text/plain; charset=utf-8; name=certificate.exe",
        "text/plain; charset=utf-8; name=a.pdf",
        "text/plain; charset=utf-8; name=a.eml",
        "text/plain; charset=utf-8; name=a.svg",
        "text/plain; charset=utf-8; name=a.txt.js",
        "text/plain; charset=utf-8; name*=utf-8''a%2Eexe",
        'text/plain; charset=utf-8; name="=?utf-8?q?a.exe?="',
        'text/plain; charset=utf-8; name="a.txt "',
        'text/plain; charset=utf-8; name="You are infected.txt"',
        'text/plain; charset=utf-8; name="a \\"b\\".txt"',
    ),
    "mime.charset_unknown": (
        'text/plain; charset=""',
        "text/plain; charset='utf-8'",
        'text/plain; charset="utf-8 "',
        'text/plain; charset=" utf-8"',
        "text/plain; charset=utf-8-sig",
        "text/plain; charset=utf_8",
        "text/plain; charset=unicode",
        'text/plain; charset="utf-8, utf-7"',
        'text/plain; charset="utf-8;x"',
        'text/plain; charset="=?utf-8?q?utf-8?="',
    ),
    "mime.type_message": (
        "message/rfc822",
        "message/partial; id=a; number=1; total=2",
        'message/external-body; access-type=url; url="https://evil.example/"',
        "message/delivery-status",
        "message/disposition-notification",
        "message/global",
        "message/news",
        "message/http",
    ),
    "mime.type_tnef": ("application/ms-tnef", "application/vnd.ms-tnef"),
    "mime.type_sealed": (
        "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
        "application/x-pkcs7-mime; name=smime.p7m",
        "application/pgp-encrypted",
    ),
    "mime.type_alternative": (
        "text/enriched; charset=utf-8",
        "text/richtext; charset=utf-8",
        "text/watch-html; charset=utf-8",
        "text/x-amp-html; charset=utf-8",
        "text/rtf",
    ),
    "mime.type_active": (
        "application/xhtml+xml; charset=utf-8",
        "image/svg+xml",
        "text/xml; charset=utf-8",
        "text/javascript",
        "application/javascript",
    ),
    "mime.no_text": (
        "text/markdown; charset=utf-8",
        "text/x-unknown; charset=utf-8",
        "text/css; charset=utf-8",
        "text/rfc822-headers",
        "application/octet-stream",
        "application/rtf",
        "text/calendar; charset=utf-8",
        "text/vcard; charset=utf-8",
        "TEXT/PLAIN2; charset=utf-8",
    ),
}
_MULTIPARTS = {
    "mime.type_multipart": (
        "digest",
        "parallel",
        "report; report-type=delivery-status",
        "appledouble",
        "x-mixed-replace",
        "form-data",
        "byteranges",
        "header-set",
        "voice-message",
        "x-unknown",
    ),
    "mime.type_sealed": (
        'signed; protocol="application/pgp-signature"',
        'signed; protocol="application/pkcs7-signature"',
        'encrypted; protocol="application/pgp-encrypted"',
    ),
}

_DISPOSITIONS = {
    "mime.disposition": (
        "form-data; name=x",
        "sideways",
        "attachment2",
        "inline/attachment",
        "notification",
    ),
    "mime.parameter_syntax": (
        "",
        "inline attachment",
        "inline; filename = a.txt",
        "inline; filename=a b.txt",
        "inline; filename",
        'inline; filename="a.txt',
        '"inline"',
        "inline (x)",
        "; filename=a.txt",
        "filename=a.txt",
        "inline, attachment",
    ),
    "mime.parameter_repeated": (
        "inline; filename=a.txt; filename=b.exe",
        "inline; filename*=utf-8''a.txt; filename*=utf-8''b.txt",
    ),
    "mime.parameter_differs": (
        "inline; filename=a.txt; filename*=utf-8''a.exe",
        "inline; filename*0=a.; filename*1=exe; filename=a.txt",
    ),
    "mime.parameter_sections": ("inline; filename*1=txt; filename*0=a.",),
    "mime.parameter_encoding": ("inline; filename*=a.txt", "inline; filename*=utf-16''a.txt"),
    "mime.name_kind": (
        "inline; filename=a.exe",
        "inline; filename=a.eml",
        "inline; filename=a.svg",
        'inline; filename="a.html.js"',
    ),
    "mime.no_text": ("attachment", "attachment; filename=a.txt", "ATTACHMENT"),
}

_FIELDS_HELD = {
    "mime.description": (("Content-Description", "=?utf-8?q?x"),),
    "template.alternative": (
        ("Content-Description", "You are infected"),
        ("Content-Description", "=?utf-8?q?You_are_infected?="),
        ("Content-Description", "Your sign-in code: you are infected"),
    ),
    "link.not_allowed": (("Content-Description", "evil.example"),),
    "text.invisible": (("Content-Description", "=?utf-8?q?MyHealth=E2=80=8B?="),),
    "mime.location": (
        ("Content-Location", "https://evil.example/"),
        ("Content-Base", "https://evil.example/"),
        ("Content-Location", "a.html"),
    ),
    "mime.content_id": (
        ("Content-ID", "logo"),
        ("Content-ID", "<lo go>"),
        ("Content-ID", "<>"),
        ("Content-ID", "<logo> <other>"),
        ("Content-ID", "<logo"),
        ("Content-ID", "<<logo>>"),
    ),
    "mime.encoding_unknown": tuple(
        ("Content-Transfer-Encoding", value)
        for value in (
            "",
            "base64;",
            "base64, 7bit",
            "base64 7bit",
            "base64 (x)",
            "(x) base64",
            '"base64"',
            "x-uuencode",
            "uuencode",
            "x-yenc",
            "x-gzip64",
            "binhex",
            "base-64",
            "base64url",
            "b",
            "q",
            "quoted_printable",
            "quoted printable",
            "quotedprintable",
            "8-bit",
            "8bits",
            "utf-8",
            "none",
            "identity",
            "=?utf-8?q?base64?=",
            "base64=",
            "bas\n e64",
            "base64\u00a0",
            "\u0432ase64",
            "unknown",
            "x-token",
            "7bit; charset=utf-8",
        )
    ),
}

_GOOD_TYPES = (
    "text/plain; charset=utf-8",
    "text/plain;charset=utf-8",
    "text/plain ; charset=utf-8",
    "text/plain;  charset=utf-8",
    "text/plain; charset=utf-8;",
    "text/plain; charset=utf-8 ;",
    "text/plain; charset=utf-8; ",
    'text/plain; charset="utf-8"',
    'text/plain; charset="UTF-8"',
    "text/plain; charset=UTF-8",
    "TEXT/PLAIN; CHARSET=UTF-8",
    "Text/Plain; Charset=Utf-8",
    "text/plain; charset=us-ascii",
    "text/plain",
    "text/plain; charset=ISO-8859-1",
    'text/plain; charset="Windows-1252"; reply-type=original',
    "text/plain; format=flowed; charset=utf-8",
    "text/plain; charset=utf-8; format=flowed; delsp=no",
    "text/plain; charset=US-ASCII; delsp=yes; format=flowed",
    "text/plain; format=fixed; charset=utf-8",
    'text/plain; charset="us-ascii"; format="flowed"; x-mac-type="0"',
    "text/plain;\n charset=utf-8",
    "text/plain;\n\tcharset=utf-8;\n\tformat=flowed",
    "text/plain;\n charset=utf-8;",
    "text/plain; charset=utf-8; name=code.txt",
    'text/plain; name="code.txt"; charset=utf-8',
    "text/plain; charset=utf-8; name*=utf-8''code.txt",
    "text/plain; charset=utf-8; name*0=co; name*1=de.txt",
    "text/plain; charset=utf-8; name*0*=utf-8''c%C3%B6; name*1*=de; name*2=.txt",
    "text/plain; charset=utf-8; markup=markdown",
    "text/plain; charset=utf-8; method=REQUEST",
    "text/html; charset=utf-8",
)
_GOOD_FIELDS = (
    ("Content-Disposition", "inline"),
    ("Content-Disposition", "INLINE"),
    ("Content-Disposition", "inline;"),
    ("Content-Disposition", "inline; filename=code.txt"),
    ("Content-Disposition", 'inline; filename="code.txt"; size=100'),
    ("Content-Disposition", 'inline; creation-date="Mon, 14 Jun 2021 08:00:00 +0800"'),
    ("Content-ID", "<code@health.example>"),
    ("Content-ID", "<0E6F0A1B@health.example>"),
    ("Content-Language", "en-US"),
    ("Content-Description", "Mail message body"),
    ("Content-Description", "Plaintext Version of Message"),
    ("Content-Description", "Your sign-in code"),
    ("Content-Description", "MyHealth"),
    ("Content-Transfer-Encoding", "7bit"),
    ("Content-Transfer-Encoding", "7BIT"),
    ("Content-Transfer-Encoding", "binary"),
    ("Content-Transfer-Encoding", "8Bit"),
    ("Content-Transfer-Encoding", "8bit  "),
    ("Content-Transfer-Encoding", "Quoted-Printable"),
    ("Content-Transfer-Encoding", "\n 8bit"),
    ("Content-Transfer-Encoding", None),
    ("Content-Type", None),
    ("Content-Class", "urn:content-classes:message"),
    ("Content-Duration", "10"),
)


def _held() -> Iterator[Sample]:
    for because, types in _TYPES.items():
        for number, value in enumerate(types):
            name = f"{because} {number}: {ascii(value)[:70]}"
            yield Sample(TYPES, name, with_header("Content-Type", value), because)
    for because, kinds in _MULTIPARTS.items():
        for kind in kinds:
            content = replaced(APPOINTMENT, "multipart/alternative;", f"multipart/{kind};")
            yield Sample(TYPES, f"multipart/{kind}", content, because)
    for because, values in _DISPOSITIONS.items():
        for number, value in enumerate(values):
            name = f"{because} {number}: Content-Disposition: {ascii(value)[:60]}"
            yield Sample(FIELDS, name, with_header("Content-Disposition", value), because)
    for because, fields in _FIELDS_HELD.items():
        for number, (field, value) in enumerate(fields):
            name = f"{because} {number}: {field}: {ascii(value)[:60]}"
            yield Sample(FIELDS, name, with_header(field, value), because)


def _flowed(end: str) -> bytes:
    """Return the code in two lines, the first of which ends so, as Apple Mail labels it."""
    body = good.CODE_TEXT.replace("code is ", f"code is{end}\n")
    return good.mail(body + "\n", "text/plain; charset=utf-8; delsp=yes; format=flowed")


def _more() -> dict[str, tuple[str, bytes]]:
    return {
        "a blank that vanishes between words": ("mime.flowed_blanks", _flowed(" ")),
        "two names that differ": (
            "mime.name_differs",
            with_header(
                "Content-Disposition",
                "inline; filename=b.txt",
                with_header("Content-Type", "text/plain; name=a.txt", CODE),
            ),
        ),
        "a name that is its Content-ID and says something": (
            "mime.name_differs",
            with_header(
                "Content-Disposition",
                "inline; filename=a.txt",
                with_header(
                    "Content-ID",
                    "<infected.txt>",
                    with_header("Content-Type", "text/plain; name=infected.txt", CODE),
                ),
            ),
        ),
        "a name that is like another part's Content-ID": (
            "mime.name_differs",
            with_header(
                "Content-Disposition",
                "inline; filename=a.txt",
                with_header(
                    "Content-Type", 'text/plain; name="61cb02aa61cb02aa61cb02aa@symfony"', CODE
                ),
            ),
        ),
        "a name in a multipart that is to be a file": (
            "mime.disposition",
            with_header("Content-Disposition", "attachment; filename=a.txt", APPOINTMENT),
        ),
        "a location in a part": (
            "mime.location",
            replaced(APPOINTMENT, "--b1\r\n", "--b1\r\nContent-Location: cid:x\r\n"),
        ),
        "base64 for the alternatives": (
            "mime.encoding_multipart",
            with_header("Content-Transfer-Encoding", "base64", APPOINTMENT),
        ),
        "quoted-printable for the alternatives": (
            "mime.encoding_multipart",
            with_header("Content-Transfer-Encoding", "quoted-printable", APPOINTMENT),
        ),
    }


def samples() -> Iterator[Sample]:
    """Yield the fields that describe a part: written badly, oddly, and well."""
    yield from _held()
    yield from hostile(FIELDS, _more())
    for number, value in enumerate(_GOOD_TYPES):
        name = f"{number}: {ascii(value)[:70]}"
        yield Sample(TYPES, name, with_header("Content-Type", value))
    for number, (field, body) in enumerate(_GOOD_FIELDS):
        name = f"{number}: {field}: {ascii(body)[:60]}"
        yield Sample(FIELDS, name, with_header(field, body))
    table = {
        f"{value} for the alternatives": with_header(
            "Content-Transfer-Encoding", value, APPOINTMENT
        )
        for value in ("7bit", "8bit", "binary")
    }
    table["flowed with a blank that vanishes and one that stays"] = _flowed("  ")
    yield from legitimate(FIELDS, table)
