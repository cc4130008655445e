"""A message in a message: approved by itself, where a rule lets it be there at all."""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery import good
from tests.battery.attaching import CERTIFICATE, file_part, with_parts
from tests.battery.families.documents import WORDS
from tests.battery.pdf import pdf
from tests.battery.sample import Sample

FAMILY = "attached messages"


def _enclosing(inner: bytes, *, encoding: str = "8bit", name: str = "code.eml") -> bytes:
    """Return the certificate with a message beside it."""
    text = good.part(f"Dear {good.NAME}, please find your certificate {good.REFERENCE} attached.\n")
    file = file_part(pdf(WORDS), "application/pdf", CERTIFICATE)
    header = {"Subject": f"Certificate {good.REFERENCE}"}
    return good.multipart(text, file, _part(inner, encoding, name), kind="mixed", header=header)


def _part(inner: bytes, encoding: str = "8bit", name: str = "code.eml") -> str:
    return (
        f"Content-Type: message/rfc822\nContent-Transfer-Encoding: {encoding}\n"
        f'Content-Disposition: attachment; filename="{name}"\n\n'
        + inner.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    )


HOSTILE = {
    "another text": (good.mail("You are infected\n"), "template.none"),
    "a word more": (good.mail(good.CODE_TEXT + " Run!\n"), "template.none"),
    "another subject": (good.mail(header={"Subject": "You are infected"}), "template"),
    "another sender": (good.mail(header={"From": "Evil <evil@evil.example>"}), "sender"),
    "another name": (good.mail(header={"From": "Dr Evil <no-reply@health.example>"}), "sender"),
    "a link": (good.mail(header={"List-Unsubscribe": "<https://evil.example/>"}), "link"),
    "two subjects": (good.mail(header={"Subject": "Your sign-in code\nSubject: x"}), "mail"),
    "no header": (b"You are infected\r\n", "mail"),
    "nothing": (b"", "sender"),
    "a page with a script": (
        good.mail("<script>alert(1)</script>", "text/html; charset=utf-8"),
        "html",
    ),
    "HTML with another link": (
        good.body_html(good.APPOINTMENT_BODY.replace("www.health.example", "evil.example")),
        "link.not_allowed",
    ),
    "another message in it": (
        good.multipart(good.part(good.CODE_TEXT), _part(good.mail()), kind="mixed", boundary="b2"),
        "mime.type",
    ),
    "nothing but another message": (
        good.mail(good.mail().decode(), "message/rfc822"),
        "mime.type",
    ),
    "a file": (
        good.multipart(
            good.part(good.CODE_TEXT),
            file_part(pdf("x"), "application/pdf", "x.pdf"),
            kind="mixed",
            boundary="b2",
            header={"Subject": "Your sign-in code"},
        ),
        "attachment.not_allowed",
    ),
}


def samples() -> Iterator[Sample]:
    """Yield messages with a message attached."""
    for name, (inner, because) in HOSTILE.items():
        yield Sample(FAMILY, name, _enclosing(inner), because)
    yield Sample(FAMILY, "in base64", _enclosing(good.mail(), encoding="base64"), "mime.encoding")
    other = _enclosing(good.mail(), name="INFECTED.eml")
    yield Sample(FAMILY, "another file name", other, "attachment.name")
    yield Sample(FAMILY, "where no rule has one", with_parts(_part(good.mail())), "mime.type")
    yield Sample(FAMILY, "an approved message", _enclosing(good.mail()))
    inner = good.appointment().replace(b"b1", b"b2")
    yield Sample(FAMILY, "an approved message of two parts", _enclosing(inner))
