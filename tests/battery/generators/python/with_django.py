"""Django: EmailMessage, EmailMultiAlternatives, and its templates."""

from __future__ import annotations

from collections.abc import Mapping
from email.mime.image import MIMEImage
from email.utils import formataddr, parseaddr
from typing import Any

import django  # type: ignore[import-untyped] # it has no types
from django.conf import settings  # type: ignore[import-untyped]

from tests.battery.generators.python.common import (
    DATE,
    LETTERS,
    LOGO,
    PDF,
    PEOPLE,
    TO,
    html_of,
    show,
    text_of,
)

settings.configure(
    DEFAULT_FROM_EMAIL="MyHealth <no-reply@health.example>",
    USE_TZ=True,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
)
django.setup()

from django.core.mail import (  # type: ignore[import-untyped] # noqa: E402 - after its settings
    EmailMessage,
    EmailMultiAlternatives,
)
from django.template import Context, Template  # type: ignore[import-untyped] # noqa: E402

EN = LETTERS["en"]
TEXT = Template("""{% autoescape off %}{{ letter.greeting }}

{{ letter.body }}

{{ letter.label }}: {{ letter.url }}

{{ letter.help|wordwrap:60 }}

{{ letter.sign }}
{% endautoescape %}""")
HTML = Template("""{% load i18n %}<!DOCTYPE html>
<html lang="{{ letter.lang }}" dir="{{ letter.dir }}">
<head><meta charset="utf-8"><title>{{ letter.subject }}</title></head>
<body>
  <p>{{ letter.greeting }}</p>
  {{ letter.body|linebreaks }}
  <p><a href="{{ letter.url }}">{{ letter.label }}</a></p>
  <p>{{ letter.help|urlize }}</p>
  <p>{{ letter.sign }}</p>
</body>
</html>
""")
HEADERS = {"Date": DATE, "Message-ID": "<162362880012.4711.visit@health.example>"}


def fields(letter: Mapping[str, str]) -> dict[str, Any]:
    """Return what both classes of message take."""
    sender = formataddr((letter["sender"], "no-reply@health.example"))
    to = formataddr((letter["name"], "anna@dest.example"))
    return {
        "subject": letter["subject"],
        "from_email": sender,
        "to": [to],
        "headers": dict(HEADERS),
    }


def both(letter: Mapping[str, str], **more: Any) -> EmailMultiAlternatives:
    """Return the letter in text and HTML, as templates."""
    context = Context({"letter": letter})
    mail = EmailMultiAlternatives(body=TEXT.render(context), **{**fields(letter), **more})
    mail.attach_alternative(HTML.render(context), "text/html")
    return mail


def finish(name: str, mail: EmailMessage) -> None:
    """Print a message as its SMTP backend sends it."""
    show(
        name,
        mail.message().as_bytes(linesep="\r\n"),
        [parseaddr(one)[1] for one in mail.recipients()],
    )


for lang, letter in LETTERS.items():
    finish(f"{lang}, text", EmailMessage(body=text_of(letter), **fields(letter)))
    finish(f"{lang}, templates", both(letter))
    html = EmailMessage(body=html_of(letter), **fields(letter))
    html.content_subtype = "html"
    finish(f"{lang}, HTML", html)
for lang, encoding in {"de": "iso-8859-1", "ja": "iso-2022-jp", "ru": "koi8-r"}.items():
    mail = EmailMessage(body=text_of(LETTERS[lang]), **fields(LETTERS[lang]))
    mail.encoding = encoding
    finish(f"{lang}, text in {encoding}", mail)
for name in ("KA-004711.pdf", "Überweisung KA-004711.pdf", "预约单-KA-004711.pdf"):
    mail = both(EN)
    mail.attach(name, PDF, "application/pdf")
    finish(f"with {name}", mail)
mail = both(EN)
mail.attach("notes.txt", "Bring your identity card.\n", "text/plain")
finish("with a note as a file", mail)
mail = EmailMultiAlternatives(body=text_of(EN), **fields(EN))
mail.attach_alternative(html_of(EN, '<img src="cid:logo" alt="MyHealth">'), "text/html")
mail.mixed_subtype = "related"
picture = MIMEImage(LOGO)
picture.add_header("Content-ID", "<logo>")
picture.add_header("Content-Disposition", "inline", filename="logo.png")
mail.attach(picture)
finish("with a picture inside", mail)
finish("replies elsewhere", both(EN, reply_to=["MyHealth <help@health.example>"]))
finish("to several", both(EN, cc=["lim@dest.example"], bcc=["archive@health.example"]))
finish("to nobody in sight", both(EN, to=[], bcc=["anna@dest.example"]))
more = {"List-Unsubscribe": "<https://www.health.example/unsubscribe/abc123>", "X-Note": "für Zoë"}
finish("with headers of its own", both(EN, headers={**HEADERS, **more}))
for place, mailbox in enumerate(TO):
    to = formataddr((mailbox["name"], mailbox["address"]))
    finish(f"to person {place}", both(EN, to=[to]))
for person in PEOPLE:
    finish(f"to {person}", both({**EN, "name": person, "greeting": f"Dear {person},"}))
