"""Which ways of writing a message pass, and which are held for being read in two ways?"""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from filter.message import ViewKind
from filter.reading.raw import to_crlf
from filter.reasons import REASONS
from tests.reading.build import HEADER, LIMITS, PNG, codes, mail, multipart, part, read

PLAIN = part("Hello")
HTML = part("<p>Hello</p>", "text/html; charset=utf-8")
IMAGE = base64.b64encode(PNG).decode()


def picture(content_id: str = "logo", media_type: str = "image/png") -> str:
    return part(IMAGE, media_type, Content_Transfer_Encoding="base64", Content_ID=f"<{content_id}>")


def texts(content: str | bytes) -> list[str]:
    message = read(content)
    assert message.troubles == ()
    return [view.text for view in message.views]


GOOD = {
    "plain": mail("Hello\r\n"),
    "no content type": HEADER + "\r\nHello\r\n",
    "header and no body line end": mail("Hello"),
    "quoted-printable with soft breaks": mail(
        "Hel=\r\nl=6F\r\n", Content_Transfer_Encoding="quoted-printable"
    ),
    "base64 in odd lines": mail("SG\r\nVsb\r\n\r\nG8=\r\n", Content_Transfer_Encoding="base64"),
    "letter case of tokens": mail(
        "SGVsbG8=", "TEXT/Plain; CHARSET=UTF-8", Content_Transfer_Encoding="BASE64"
    ),
    "quoted parameter": mail("Hello", 'text/plain; charset="utf-8"'),
    "trailing semicolon": mail("Hello", "text/plain; charset=utf-8;"),
    "folded parameter": mail("Hello", "text/plain;\r\n\tcharset=utf-8"),
    "flowed": mail("Hello", "text/plain; charset=utf-8; format=flowed"),
    "flowed as Apple Mail writes": mail("a  \r\nb", "text/plain; delsp=yes; format=flowed"),
    "alternative": multipart(PLAIN, HTML),
    "courtesy line": multipart(PLAIN, HTML).replace(
        "\r\n\r\n--b1", "\r\n\r\nThis is a multi-part message in MIME format.\r\n--b1", 1
    ),
    "blank preamble and epilogue": multipart(PLAIN, HTML).replace(
        "\r\n\r\n--b1", "\r\n\r\n\r\n--b1", 1
    )
    + "\r\n\r\n",
    "odd boundary": multipart(PLAIN, HTML, boundary="=_?a/b (c) 'd'"),
    "a line that starts with dashes": multipart(part("Hello\r\n--\r\n-- b1"), HTML),
    "mime version comment": mail("Hello").replace(
        "MIME-Version: 1.0", "MIME-Version: 1.0 (Mac OS X Mail 7.3 \\(1878.6\\))"
    ),
    "a line as long as mail carries": mail("word " * 199 + "its"),
    "many lines": mail(("word " * 19 + "\r\n") * 1_000),
    "8bit": mail("Grüße", "text/plain; charset=utf-8", Content_Transfer_Encoding="8bit"),
}


@pytest.mark.parametrize("name", GOOD)
def test_conforming_writing_is_read_without_doubt(name: str) -> None:
    message = read(GOOD[name])

    assert message.troubles == ()
    assert message.views


HOSTILE: dict[str, tuple[str, str | bytes]] = {
    "bare LF": ("mail.bare_newline", mail("a\nb")),
    "bare CR": ("mail.bare_newline", mail("a\rb")),
    "all LF": ("mail.bare_newline", mail("a").replace("\r\n", "\n")),
    "a line longer than mail carries": ("mail.line_length", mail("word " * 200)),
    "a field longer than mail carries": ("mail.line_length", "X: " + "y" * 998 + "\r\n" + mail()),
    "NUL": ("mail.nul", mail("a\0b")),
    "no colon": ("mail.header_line", "Nonsense\r\n" + mail()),
    "blank before the colon": ("mail.header_line", "Subject : x\r\n" + mail()),
    "starts with a fold": ("mail.header_fold", " x\r\n" + mail()),
    "folded blank line": (
        "mail.header_fold",
        mail().replace("Subject: Your", "Subject: Your\r\n \r\n"),
    ),
    "header that never ends": ("mail.header_unfinished", "Subject: x"),
    "two subjects": ("mail.header_repeated", "Subject: Other\r\n" + mail()),
    "two types": ("mail.header_repeated", mail(content_type="text/plain", Content_Type="a/b")),
    "huge header": (
        "mail.header_size",
        ("X: " + "y" * 990 + "\r\n") * (LIMITS.max_header_bytes // 990) + mail(),
    ),
    "no version": ("mail.mime_version", mail().replace("MIME-Version: 1.0\r\n", "")),
    "other version": ("mail.mime_version", mail().replace("Version: 1.0", "Version: 2.0")),
    "type without subtype": ("mime.type_syntax", mail(content_type="text")),
    "comment in the type": (
        "mime.parameter_syntax",
        mail(content_type="text/plain (x); charset=utf-8"),
    ),
    "parameter twice": (
        "mime.parameter_repeated",
        mail(content_type="text/plain; charset=a; charset=b"),
    ),
    "unquoted specials": ("mime.parameter_syntax", mail(content_type="text/plain; name=a b.txt")),
    "extended charset": (
        "mime.parameter_extended",
        mail(content_type="text/plain; charset*=us-ascii'en'utf-8"),
    ),
    "attached message": ("mime.type_message", mail("Subject: x\r\n\r\nevil", "message/rfc822")),
    "partial": ("mime.type_message", mail("x", "message/partial; number=1; total=2; id=a")),
    "external body": ("mime.type_message", mail("x", "message/external-body; access-type=URL")),
    "signed": ("mime.type_sealed", multipart(PLAIN, HTML, kind="signed")),
    "report": ("mime.type_multipart", multipart(PLAIN, HTML, kind="report")),
    "tnef": ("mime.type_tnef", multipart(PLAIN, part("x", "application/ms-tnef"), kind="mixed")),
    "svg": ("mime.type_active", multipart(PLAIN, part("<svg/>", "image/svg+xml"), kind="mixed")),
    "amp alternative": (
        "mime.type_alternative",
        multipart(PLAIN, part("x", "text/x-amp-html"), HTML),
    ),
    "vanishing blanks": (
        "mime.flowed_blanks",
        mail("a \r\nb", "text/plain; format=flowed; delsp=yes"),
    ),
    "picture as an alternative": ("mime.structure_alternative", multipart(PLAIN, picture())),
    "unknown encoding": ("mime.encoding_unknown", mail("x", Content_Transfer_Encoding="uuencode")),
    "decorated encoding": ("mime.encoding_unknown", mail("x", Content_Transfer_Encoding="base64;")),
    "multipart in base64": (
        "mime.encoding_multipart",
        multipart(PLAIN).replace("MIME-", "Content-Transfer-Encoding: base64\r\nMIME-"),
    ),
    "base64 with junk": (
        "mime.encoding_base64",
        mail("SGVs*bG8=", Content_Transfer_Encoding="base64"),
    ),
    "base64 after padding": (
        "mime.encoding_base64",
        mail("SGVsbG8=SGVsbG8=", Content_Transfer_Encoding="base64"),
    ),
    "base64 cut short": (
        "mime.encoding_base64",
        mail("SGVsbG", Content_Transfer_Encoding="base64"),
    ),
    "base64 with stray bits": (
        "mime.encoding_base64_bits",
        mail("SGVsbG9=", Content_Transfer_Encoding="base64"),
    ),
    "bad escape": (
        "mime.encoding_quoted_escape",
        mail("a=zzb", Content_Transfer_Encoding="quoted-printable"),
    ),
    "lower-case escape": (
        "mime.encoding_quoted_escape",
        mail("a=c3=bc", "text/plain; charset=utf-8", Content_Transfer_Encoding="quoted-printable"),
    ),
    "blank behind a soft break": (
        "mime.encoding_quoted_blanks",
        mail("a= \r\nb", Content_Transfer_Encoding="quoted-printable"),
    ),
    "8-bit in quoted-printable": (
        "mime.encoding_quoted_bytes",
        mail("aü", Content_Transfer_Encoding="quoted-printable"),
    ),
    "utf-7": ("mime.charset_unknown", mail("+AGU-vil", "text/plain; charset=utf-7")),
    "utf-16": ("mime.charset_unknown", mail("x", "text/plain; charset=utf-16")),
    "unlabelled 8-bit": ("mime.charset_bytes", mail("ü")),
    "broken utf-8": (
        "mime.charset_bytes",
        mail("@", "text/plain; charset=utf-8").encode().replace(b"@", b"\xff"),
    ),
    "overlong utf-8": (
        "mime.charset_bytes",
        mail("@", "text/plain; charset=utf-8").encode().replace(b"@", b"\xc0\xaf"),
    ),
    "C1 in latin-1": (
        "mime.charset_ambiguous",
        mail("@", "text/plain; charset=iso-8859-1").encode().replace(b"@", b"\x93"),
    ),
    "foreign byte order mark": (
        "mime.charset_mark",
        mail("@", "text/plain; charset=windows-1252").encode().replace(b"@", b"\xef\xbb\xbfHi"),
    ),
    "needless escape sequence": (
        "mime.charset_ambiguous",
        mail("@", "text/plain; charset=iso-2022-jp").encode().replace(b"@", b"\x1b(B\x1b(Bx"),
    ),
    "no boundary": ("mime.boundary_missing", mail("x", "multipart/mixed")),
    "boundary not there": ("mime.boundary_absent", mail("x", "multipart/mixed; boundary=b")),
    "never closed": ("mime.boundary_unclosed", multipart(PLAIN).replace("--b1--", "")),
    "delimiter with junk": ("mime.boundary_lookalike", multipart(PLAIN, part("a\r\n--b1x\r\nb"))),
    "delimiter in other case": (
        "mime.boundary_lookalike",
        multipart(PLAIN, part("a\r\n--B1\r\nb")),
    ),
    "indented delimiter": ("mime.boundary_lookalike", multipart(PLAIN, part("a\r\n --b1\r\nb"))),
    "padded delimiter": ("mime.boundary_lookalike", multipart(PLAIN).replace("--b1--", "--b1-- ")),
    "delimiter below the end": (
        "mime.boundary_after_close",
        multipart(PLAIN) + "--b1\r\n\r\nevil\r\n",
    ),
    "two delimiters": (
        "mime.boundary_doubled",
        multipart(PLAIN).replace("--b1\r\n", "--b1\r\n--b1\r\n", 1),
    ),
    "inner boundary like the outer": (
        "mime.boundary_lookalike",
        multipart(part(f"--b1x\r\n{PLAIN}\r\n--b1x--", "multipart/mixed; boundary=b1x")),
    ),
    "outer boundary like the inner": (
        "mime.boundary_nested",
        multipart(part(f"--b\r\n{PLAIN}\r\n--b--", "multipart/mixed; boundary=b")),
    ),
    "preamble": (
        "mime.preamble",
        multipart(PLAIN).replace("\r\n\r\n--b1", "\r\n\r\nevil\r\n--b1", 1),
    ),
    "link in the courtesy line": (
        "mime.preamble",
        multipart(PLAIN).replace(
            "\r\n\r\n--b1",
            "\r\n\r\nThis message is in MIME format. Since http://evil.example\r\n--b1",
            1,
        ),
    ),
    "epilogue": ("mime.epilogue", multipart(PLAIN) + "evil\r\n"),
    "part without blank line": ("mime.part_header", multipart("Content-Type: text/plain")),
    "unknown disposition": ("mime.disposition", mail(Content_Disposition="sideways")),
    "a text that is called a program": (
        "mime.name_kind",
        mail(content_type='text/plain; name="certificate.exe"'),
    ),
    "two names": (
        "mime.name_differs",
        mail(
            content_type="text/plain; name=a.txt", Content_Disposition="attachment; filename=b.exe"
        ),
    ),
    "location": ("mime.location", mail(Content_Location="https://evil.example/")),
    "bad content id": ("mime.content_id", mail(Content_ID="logo")),
    "content id twice": (
        "mime.content_id_repeated",
        multipart(PLAIN, picture(), picture(), kind="mixed"),
    ),
    "related that starts elsewhere": (
        "mime.structure_start",
        multipart(HTML, picture("b"), kind="related").replace(
            "boundary=", 'start="<b>"; boundary='
        ),
    ),
    "label and content differ": (
        "mime.content",
        multipart(PLAIN, picture(media_type="image/gif"), kind="mixed"),
    ),
    "picture in disguise": (
        "mime.content",
        multipart(PLAIN, picture(media_type="application/octet-stream"), kind="mixed"),
    ),
    "missing picture": ("html.cid", mail('<img src="cid:x">', "text/html")),
    "data that is no picture": (
        "html.data_uri",
        mail('<img src="data:text/html,evil">', "text/html"),
    ),
    "no text": ("mime.no_text", mail(IMAGE, "image/png", Content_Transfer_Encoding="base64")),
    "too many parts": ("mime.parts", multipart(*[PLAIN] * (LIMITS.max_parts + 1), kind="mixed")),
    "large text": (
        "mime.text_size",
        mail(("x" * 98 + "\r\n") * (LIMITS.max_text_bytes // 100 + 1)),
    ),
    "meta says otherwise": (
        "mime.charset_declared",
        mail('<meta charset="koi8-r"><p>ü</p>', "text/html; charset=utf-8"),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_readers_take_apart_differently_is_held(name: str) -> None:
    code, content = HOSTILE[name]

    assert code in codes(read(content))


@pytest.mark.parametrize("code", [code for code in REASONS if code.startswith(("mail.", "mime."))])
def test_the_page_on_the_grammar_names_every_code(code: str) -> None:
    page = Path(__file__).parents[2] / "docs" / "mime.md"

    assert f"`{code}`" in page.read_text(encoding="utf-8")


def test_nesting_is_followed_to_the_limit_and_held_beyond() -> None:
    def nested(depth: int) -> str:
        content_type, body = "text/plain", "Hello"
        for level in range(depth):
            inner = f"Content-Type: {content_type}\r\n\r\n{body}"
            body = f"--x{level}y\r\n{inner}\r\n--x{level}y--\r\n"
            content_type = f"multipart/mixed; boundary=x{level}y"
        return mail(body, content_type)

    assert texts(nested(LIMITS.max_depth)) == ["Hello"]
    assert codes(read(nested(LIMITS.max_depth + 1))) == {"mime.depth", "mime.no_text"}
    assert "mime.depth" in codes(read(nested(3000)))


def test_every_alternative_is_a_view() -> None:
    message = read(multipart(PLAIN, part("Other"), HTML))

    assert [(v.kind, v.text, v.where) for v in message.views] == [
        (ViewKind.TEXT, "Hello", "part 1"),
        (ViewKind.TEXT, "Other", "part 2"),
        (ViewKind.HTML, "Hello", "part 3"),
    ]


def test_a_shown_picture_is_a_picture_and_an_unshown_one_is_an_attachment_too() -> None:
    html = part('<p>Hello</p><img src="cid:logo" alt="Logo">', "text/html")
    message = read(multipart(html, picture(), picture("other"), kind="related"))

    assert message.troubles == ()
    assert [p.content_id for p in message.pictures] == ["logo", "other"]
    assert [p.content for p in message.pictures] == [PNG, PNG]
    assert [a.where for a in message.attachments] == ["part 3"]
    assert message.lone_texts == ("Logo",)


def test_a_data_uri_is_a_picture() -> None:
    message = read(mail(f'<p>Hi</p><img src="data:image/png;base64,{IMAGE}">', "text/html"))

    assert message.troubles == ()
    assert [p.content for p in message.pictures] == [PNG]
    assert message.links == ()


def test_an_attached_text_is_a_file_and_not_a_view() -> None:
    attached = part("a,b", "text/csv", Content_Disposition='attachment; filename="a.csv"')
    message = read(multipart(PLAIN, attached, kind="mixed"))

    assert [v.text for v in message.views] == ["Hello"]
    assert [(a.name, a.media_type, a.content) for a in message.attachments] == [
        ("a.csv", "text/csv", b"a,b")
    ]


@pytest.mark.parametrize(
    "written",
    [
        'attachment; filename="für.pdf"',
        "attachment; filename*=utf-8''f%C3%BCr.pdf",
        "attachment; filename*0*=utf-8''f%C3; filename*1*=%BCr; filename*2=.pdf",
        'attachment; filename="=?utf-8?B?ZsO8ci5wZGY=?="',
        "attachment;\r\n filename*=iso-8859-1'en'f%FCr.pdf",
    ],
)
def test_every_way_of_writing_a_file_name_is_the_same_name(written: str) -> None:
    pdf = part("%PDF-1.4", "application/pdf", Content_Disposition=written)
    message = read(multipart(PLAIN, pdf, kind="mixed"))

    assert message.troubles == ()
    assert [a.name for a in message.attachments] == ["für.pdf"]


def test_a_stored_file_with_unix_line_ends_is_read_like_the_message() -> None:
    content = GOOD["alternative"].encode()

    assert read(to_crlf(content.replace(b"\r\n", b"\n"))) == read(content)
    assert to_crlf(content) == content
    assert to_crlf(b"a\r\nb\n") == b"a\r\nb\n"  # a mixture stays one, and is held
