"""Do messages that real mail libraries write pass, whatever way they write them?"""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from filter.message import ViewKind
from tests.reading.build import PNG, read

SUBJECT = "Ваш код подтверждения — очень длинная тема письма, которая не помещается в строку"
TEXT = "Héllo, Zoë!\n\n.dot\nFrom here: 123456 = your code 你好\n" + ("long word " * 90 + "\n") * 2
HTML = "<p>Héllo, Zoë!<br>123456 = your code 你好</p>"


def addressed(message: EmailMessage) -> EmailMessage:
    message["From"] = "Клиника <no-reply@health.example>"
    message["To"] = "Zoë <a@dest.example>, b@dest.example"
    message["Subject"] = SUBJECT
    message["Date"] = "Tue, 07 Jan 2025 10:11:12 +0000"
    message["Message-ID"] = "<1@health.example>"
    return message


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
def test_python_writes_text_in_three_encodings(encoding: str) -> None:
    message = addressed(EmailMessage())
    message.set_content(TEXT, cte=encoding)
    read_back = read(message.as_bytes(policy=policy.SMTP))

    assert read_back.troubles == ()
    assert read_back.subject == SUBJECT
    assert [m.display_name for m in read_back.from_] == ["Клиника"]
    assert [m.address for m in read_back.to] == ["a@dest.example", "b@dest.example"]
    assert [v.text for v in read_back.views] == [" ".join(TEXT.split())]


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-15", "windows-1252", "gb18030"])
def test_python_writes_text_in_many_charsets(charset: str) -> None:
    message = addressed(EmailMessage())
    message.set_content("Zoë: 5 für 3\n", charset=charset)

    assert [v.text for v in read(message.as_bytes(policy=policy.SMTP)).views] == ["Zoë: 5 für 3"]


def test_japanese_mail_in_its_old_charset_is_read() -> None:
    message = addressed(EmailMessage())
    message.set_content("こんにちは、世界 123\n", charset="iso-2022-jp")
    read_back = read(message.as_bytes(policy=policy.SMTP))

    assert read_back.troubles == ()
    assert [v.text for v in read_back.views] == ["こんにちは、世界 123"]


def test_utf8_headers_are_read() -> None:
    message = addressed(EmailMessage())
    message.set_content(TEXT)
    read_back = read(message.as_bytes(policy=policy.SMTPUTF8))

    assert read_back.troubles == ()
    assert read_back.subject == SUBJECT


def test_python_writes_text_html_picture_and_attachment() -> None:
    message = addressed(EmailMessage())
    message.set_content(TEXT)
    message.add_alternative(HTML + '<img src="cid:x@y" alt="Logo">', subtype="html")
    body = list(message.iter_parts())[1]
    assert isinstance(body, EmailMessage)
    body.add_related(PNG, "image", "png", cid="<x@y>")
    message.add_attachment(
        b"%PDF-1.4\n", maintype="application", subtype="pdf", filename="Zeugnis für 你好.pdf"
    )
    read_back = read(message.as_bytes(policy=policy.SMTP))

    assert read_back.troubles == ()
    assert [v.kind for v in read_back.views] == [ViewKind.TEXT, ViewKind.HTML]
    assert [p.content for p in read_back.pictures] == [PNG]
    assert [a.name for a in read_back.attachments] == ["Zeugnis für 你好.pdf"]


def test_the_old_interface_with_a_courtesy_line_is_read() -> None:
    outer = MIMEMultipart("mixed")
    outer.preamble = "This is a multi-part message in MIME format."
    outer["From"] = "no-reply@health.example"
    outer["To"] = "a@dest.example"
    related = MIMEMultipart("related")
    related.attach(MIMEText(HTML + '<img src="cid:a">', "html", "utf-8"))
    picture = MIMEImage(PNG)
    picture.add_header("Content-ID", "<a>")
    related.attach(picture)
    alternative = MIMEMultipart("alternative")
    alternative.attach(MIMEText(TEXT, "plain", "utf-8"))
    alternative.attach(related)
    outer.attach(alternative)
    pdf = MIMEApplication(b"%PDF-1.4\n", "pdf")
    pdf.add_header("Content-Disposition", "attachment", filename=("utf-8", "", "für.pdf"))
    outer.attach(pdf)
    read_back = read(outer.as_bytes(policy=policy.compat32.clone(linesep="\r\n")))

    assert read_back.troubles == ()
    assert [v.where for v in read_back.views] == ["part 1.1", "part 1.2.1"]
    assert [a.name for a in read_back.attachments] == ["für.pdf"]
