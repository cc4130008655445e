"""Which parts there are, in which containers and order: what each reader shows of them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

from tests.battery import good
from tests.battery.change import CODE, each, hostile, legitimate, replaced
from tests.battery.sample import Sample

FAMILY = "mime/structure"
_PICTURES = Path(__file__).parents[3] / "fixtures" / "pictures"
_LOGO = base64.encodebytes((_PICTURES / "logo.png").read_bytes()).decode()

TEXT = good.part(good.APPOINTMENT_TEXT)
HTML = good.part(good.APPOINTMENT_HTML, "text/html; charset=utf-8")
_EVIL_TEXT = good.part("You are infected.\n")
_EVIL_HTML = good.part("<p>You are infected.</p>\n", "text/html; charset=utf-8")
_OTHER = good.CODE_TEXT.replace(good.CODE, "111111")
_CODE_TEXT = good.part(good.CODE_TEXT + "\n")
_CODE_HTML = good.part(f"<p>{good.CODE_TEXT}</p>\n", "text/html; charset=utf-8")
_SUBJECT = {"Subject": "Your sign-in code"}


def logo(content_id: str = "<logo@health.example>") -> str:
    """Return a picture part."""
    return (
        "Content-Type: image/png; name=logo.png\nContent-Transfer-Encoding: base64\n"
        f"Content-ID: {content_id}\nContent-Disposition: inline; filename=logo.png\n\n{_LOGO}"
    )


SHOWN = good.part(
    good.APPOINTMENT_HTML.replace(
        "<p>Dear", '<p><img src="cid:logo@health.example" alt="MyHealth"></p>\n<p>Dear', 1
    ),
    "text/html; charset=utf-8",
)


def inside(kind: str, *parts: str, boundary: str = "i2") -> str:
    """Return a multipart as a part."""
    body = "".join(f"--{boundary}\n{one}\n" for one in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n{body}--{boundary}--\n'


def _alternative(*parts: str) -> bytes:
    return good.multipart(*parts)


def _code(*parts: str, kind: str = "alternative") -> bytes:
    return good.multipart(*parts, kind=kind, header=_SUBJECT)


def _deep(depth: int) -> bytes:
    part = TEXT
    for level in range(depth - 1):
        part = inside("mixed", part, boundary=f"level{level:03}end")
    return good.multipart(part, kind="mixed")


_EXOTIC = {
    "mime.type_alternative": (
        "text/enriched",
        "text/richtext",
        "text/watch-html",
        "text/x-amp-html",
    ),
    "mime.structure_alternative": (
        "text/markdown",
        "text/x-markdown",
        "text/x-unknown",
        "text/csv",
        "text/css",
        "text/vcard",
        "text/directory",
        "application/pdf",
        "application/rtf",
        "application/octet-stream",
        "application/json",
        "image/png",
        "image/gif",
        "audio/mpeg",
        "video/mp4",
        "application/x-unknown",
        "x-unknown/x-unknown",
    ),
    "mime.type_active": (
        "application/xhtml+xml",
        "image/svg+xml",
        "text/xml",
        "text/javascript",
    ),
    "mime.type_message": ("message/rfc822", "message/external-body; access-type=url; url=x"),
}

HELD = {
    "another text beside the HTML": ("template.", _alternative(_EVIL_TEXT, HTML)),
    "another HTML beside the text": ("template.", _alternative(TEXT, _EVIL_HTML)),
    "another code in the HTML": (
        "template.values_differ",
        _code(_CODE_TEXT, good.part(f"<p>{_OTHER}</p>\n", "text/html; charset=utf-8")),
    ),
    "another code in the text": (
        "template.values_differ",
        _code(good.part(_OTHER + "\n"), _CODE_HTML),
    ),
    **each(
        "mime.structure_repeated",
        {
            "two plain texts": _alternative(TEXT, TEXT, HTML),
            "two HTML texts": _alternative(TEXT, HTML, HTML),
            "two HTML texts, one in related": _alternative(
                TEXT, inside("related", SHOWN, logo()), HTML
            ),
            "two plain texts, one in mixed": _alternative(inside("mixed", TEXT), TEXT, HTML),
            "plain text first and last": _alternative(TEXT, HTML, TEXT),
        }.items(),
    ),
    **each(
        "mime.structure_order",
        {
            "HTML before plain text": _alternative(HTML, TEXT),
            "related HTML before plain text": _alternative(inside("related", SHOWN, logo()), TEXT),
        }.items(),
    ),
    **{
        f"an alternative in {media_type}": (
            because,
            _alternative(TEXT, good.part("You are infected", media_type), HTML),
        )
        for because, types in _EXOTIC.items()
        for media_type in types
    },
    **{
        f"a last alternative in {media_type}": (
            because,
            _alternative(TEXT, HTML, good.part("You are infected", media_type)),
        )
        for because, types in _EXOTIC.items()
        for media_type in types[:2]
    },
    **each(
        "mime.structure_sequence",
        {
            "the text twice": good.multipart(TEXT, TEXT, kind="mixed"),
            "plain text, then HTML": good.multipart(TEXT, HTML, kind="mixed"),
            "HTML, then plain text": good.multipart(HTML, TEXT, kind="mixed"),
            "alternatives, then the text": good.multipart(
                inside("alternative", TEXT, HTML), TEXT, kind="mixed"
            ),
            "plain text and HTML as related": good.multipart(TEXT, HTML, kind="related"),
            "HTML twice as related": good.multipart(HTML, HTML, kind="related"),
        }.items(),
    ),
    "a second text behind the first": ("template.", good.multipart(TEXT, _EVIL_TEXT, kind="mixed")),
    "a text before the first": ("template.", good.multipart(_EVIL_TEXT, TEXT, kind="mixed")),
    "a second HTML behind the first": (
        "template.",
        good.multipart(HTML, _EVIL_HTML, kind="mixed"),
    ),
    "a footer behind the alternatives": (
        "template.",
        good.multipart(inside("alternative", TEXT, HTML), _EVIL_TEXT, kind="mixed"),
    ),
    "HTML as a related part": ("template.", good.multipart(HTML, _EVIL_HTML, kind="related")),
    "a text in two parts": (
        "template.",
        good.multipart(
            good.part(good.APPOINTMENT_TEXT[:100]),
            good.part(good.APPOINTMENT_TEXT[100:]),
            kind="mixed",
        ),
    ),
    "a part without any header": (
        "template.",
        good.multipart(TEXT, "\nYou are infected", kind="mixed"),
    ),
    "a picture before its HTML": (
        "mime.structure_root",
        good.multipart(logo(), SHOWN, kind="related"),
    ),
    "related that starts elsewhere": (
        "mime.structure_start",
        good.multipart(SHOWN, logo(), kind='related; start="<logo@health.example>"'),
    ),
    "related that starts nowhere": (
        "mime.structure_start",
        good.multipart(SHOWN, logo(), kind='related; start="<x@evil.example>"'),
    ),
    "two pictures of one Content-ID": (
        "mime.content_id_repeated",
        good.multipart(SHOWN, logo(), logo(), kind="related"),
    ),
    "a picture that is not there": ("html.cid", _alternative(TEXT, SHOWN)),
    "nothing but a picture": ("mime.no_text", good.multipart(logo(), kind="mixed")),
    "nothing but an attached text": (
        "mime.no_text",
        good.multipart(
            TEXT.replace("\n\n", "\nContent-Disposition: attachment\n\n", 1), kind="mixed"
        ),
    ),
    "a text that is attached": (
        "attachment.not_allowed",
        good.multipart(
            TEXT,
            good.part("You are infected", Content_Disposition="attachment; filename=a.txt"),
            kind="mixed",
        ),
    ),
    "multiparts nested too deep": ("mime.depth", _deep(40)),
    "more parts than are read": ("mime.parts", good.multipart(*[TEXT] * 120, kind="mixed")),
    "a multipart in a multipart that is not read": (
        "mime.type_multipart",
        good.multipart(TEXT, inside("digest", "\nSubject: x\n\nYou are infected"), kind="mixed"),
    ),
    "a signed part inside": (
        "mime.type_sealed",
        good.multipart(
            inside("signed", TEXT, good.part("x", "application/pgp-signature")), kind="mixed"
        ),
    ),
    "an Apple double": (
        "mime.type_multipart",
        good.multipart(
            TEXT,
            inside("appledouble", good.part("x", "application/applefile"), logo()),
            kind="mixed",
        ),
    ),
    "winmail.dat": (
        "mime.type_tnef",
        good.multipart(TEXT, good.part("x", "application/ms-tnef; name=winmail.dat"), kind="mixed"),
    ),
    "nine headers of a mail in the text": (
        "template.none",
        replaced(CODE, b"\r\n\r\n", b"\r\n\r\nSubject: You are infected\r\n\r\n"),
    ),
    **{
        f"a file called {name}": (
            "attachment.",
            good.multipart(
                TEXT,
                good.part(
                    "You are infected",
                    "application/octet-stream",
                    Content_Disposition=f'attachment; filename="{name}"',
                ),
                kind="mixed",
            ),
        )
        for name in ("a.eml", "a.html", "a.svg", "a.exe", "a.txt", "a.ics", "a.url", "a.hta")
    },
    **{
        f"a file of {media_type}": (
            "attachment.",
            good.multipart(
                TEXT,
                good.part("x", media_type, Content_Disposition="attachment; filename=a"),
                kind="mixed",
            ),
        )
        for media_type in (
            "text/html",
            "text/plain",
            "application/zip",
            "application/x-sh",
            "audio/mpeg",
            "video/mp4",
            "application/msword",
        )
    },
    "HTML that is attached and inline": (
        "template.",
        good.multipart(
            TEXT,
            good.part("<p>evil</p>", "text/html", Content_Disposition="inline; filename=a.html"),
            kind="mixed",
        ),
    ),
}
PASS = {
    "plain text alone": CODE,
    "HTML alone": good.mail(
        good.APPOINTMENT_HTML,
        "text/html; charset=utf-8",
        header={"Subject": good.APPOINTMENT_SUBJECT},
    ),
    "plain text and HTML": _alternative(TEXT, HTML),
    "HTML as the only alternative": _alternative(HTML),
    "plain text as the only alternative": _alternative(TEXT),
    "plain text in mixed": good.multipart(TEXT, kind="mixed"),
    "alternatives in mixed": good.multipart(inside("alternative", TEXT, HTML), kind="mixed"),
    "related in alternative": _alternative(TEXT, inside("related", SHOWN, logo())),
    "alternative in related": good.multipart(
        inside("alternative", TEXT, SHOWN), logo(), kind='related; type="multipart/alternative"'
    ),
    "related in alternative in mixed": good.multipart(
        inside("alternative", TEXT, inside("related", SHOWN, logo(), boundary="i3")), kind="mixed"
    ),
    "alternative in related in mixed": good.multipart(
        inside("related", inside("alternative", TEXT, SHOWN, boundary="i3"), logo()), kind="mixed"
    ),
    "related that starts with its first part": good.multipart(
        SHOWN.replace("\n\n", "\nContent-ID: <html@health.example>\n\n", 1),
        logo(),
        kind='related; start="<html@health.example>"; type="text/html"',
    ),
    "related in angle brackets without start": good.multipart(
        SHOWN, logo(), kind='related; type="text/html"'
    ),
    "parts with MIME-Version": _alternative(
        "MIME-Version: 1.0\n" + TEXT, "MIME-Version: 1.0\n" + HTML
    ),
    "parts with an empty line below": _alternative(TEXT + "\n", HTML + "\n\n"),
    "parts with X- headers": _alternative("X-Part: 1\n" + TEXT, "X-Part: 2\n" + HTML),
    "parts with Content-Language": _alternative("Content-Language: en\n" + TEXT, HTML),
    "parts with an inline disposition": _alternative(
        TEXT.replace("\n\n", "\nContent-Disposition: inline\n\n", 1),
        HTML.replace("\n\n", "\nContent-Disposition: inline\n\n", 1),
    ),
    "parts with a Content-ID": _alternative(
        TEXT.replace("\n\n", "\nContent-ID: <1@health.example>\n\n", 1),
        HTML.replace("\n\n", "\nContent-ID: <2@health.example>\n\n", 1),
    ),
    "a code in plain text and HTML": _code(_CODE_TEXT, _CODE_HTML),
    "a part without a header": _code("\n" + good.CODE_TEXT, _CODE_HTML),
    "plain text behind which nothing stands": _alternative(TEXT.rstrip("\n"), HTML.rstrip("\n")),
    "nested five deep": _deep(5),
    "alternatives in alternative": good.multipart(inside("alternative", TEXT, HTML)),
    "an empty text behind, as Apple Mail writes": good.multipart(
        inside("alternative", TEXT, HTML), good.part("\n\n"), kind="mixed"
    ),
}


def samples() -> Iterator[Sample]:
    """Yield arrangements of which readers show different parts, and the everyday ones."""
    yield from hostile(FAMILY, HELD)
    yield from legitimate(FAMILY, PASS)
