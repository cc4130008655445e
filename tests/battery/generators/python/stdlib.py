"""Python's own ``email``: the interface of 3.6 and the one before it, as applications use them."""

from __future__ import annotations

from collections.abc import Mapping
from email import charset, policy
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr, formatdate

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

EN = LETTERS["en"]
# Charsets that can say each letter, besides UTF-8.
CHARSETS = {
    "de": ("iso-8859-1", "iso-8859-15", "windows-1252"),
    "ms": ("us-ascii",),
    "zh": ("gb2312", "gbk", "gb18030"),
    "ja": ("iso-2022-jp", "shift_jis", "euc-jp"),
    "ar": ("windows-1256", "iso-8859-6"),
    "ru": ("koi8-r", "windows-1251", "iso-8859-5"),
}

# MIMEText writes Japanese in ISO-2022-JP whatever it is told, and the name of GB2312 wrongly.
WRITTEN_OTHERWISE = ("shift_jis", "euc-jp", "gb2312")


def begun(letter: Mapping[str, str]) -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address(letter["sender"], "no-reply", "health.example")
    message["To"] = Address(letter["name"], "anna", "dest.example")
    message["Subject"] = letter["subject"]
    message["Date"] = DATE
    message["Message-ID"] = "<162362880012.4711.visit@health.example>"
    return message


def both(letter: Mapping[str, str], more: str = "", cte: str | None = None) -> EmailMessage:
    message = begun(letter)
    message.set_content(text_of(letter), cte=cte)
    message.add_alternative(html_of(letter, more), subtype="html", cte=cte)
    return message


def old(letter: Mapping[str, str], name: str = "utf-8") -> MIMEMultipart:
    message = MIMEMultipart("alternative")
    message["Subject"] = Header(letter["subject"], name).encode()
    message["From"] = formataddr((letter["sender"], "no-reply@health.example"), name)
    message["To"] = formataddr((letter["name"], "anna@dest.example"), name)
    message["Date"] = formatdate(1623628800, localtime=True)
    message["Message-ID"] = "<162362880012.4711.visit@health.example>"
    message.attach(MIMEText(text_of(letter), "plain", name))
    message.attach(MIMEText(html_of(letter).replace("utf-8", name), "html", name))
    return message


for lang, letter in LETTERS.items():
    for cte in ("8bit", "base64", "quoted-printable"):
        show(f"{lang}, text and HTML in {cte}", both(letter, cte=cte).as_bytes())
    show(f"{lang}, with the policy for SMTP", both(letter).as_bytes(policy=policy.SMTP))
    show(f"{lang}, MIMEText", old(letter).as_bytes())
    show(f"{lang}, MIMEText as a string", old(letter).as_string().encode())
    single = MIMEText(text_of(letter), "plain", "utf-8")
    single["Subject"] = letter["subject"]
    single["From"] = formataddr((letter["sender"], "no-reply@health.example"))
    single["To"] = "anna@dest.example"
    show(f"{lang}, one MIMEText and no date", single.as_bytes())
    for name in CHARSETS.get(lang, ()):
        message = begun(letter)
        message.set_content(text_of(letter).encode(name).decode(name), charset=name)
        show(f"{lang}, text in {name}", message.as_bytes(policy=policy.SMTP))
        if name not in WRITTEN_OTHERWISE:
            show(f"{lang}, MIMEText in {name}", old(letter, name).as_bytes())

quoted = charset.Charset("utf-8")
quoted.body_encoding = charset.QP
quoted.header_encoding = charset.QP
for lang in ("de", "zh", "hi"):
    letter = LETTERS[lang]
    before = old(letter)
    before.set_payload([])
    before.attach(MIMEText(text_of(letter), "plain", quoted))  # type: ignore[arg-type] # it may
    before.replace_header("Subject", Header(letter["subject"], quoted).encode())
    show(f"{lang}, MIMEText in quoted-printable", before.as_bytes())

for name in ("KA-004711.pdf", "Überweisung KA-004711.pdf", "预约单-KA-004711.pdf"):
    new = both(EN)
    new.add_attachment(PDF, maintype="application", subtype="pdf", filename=name)
    show(f"with {name}", new.as_bytes())
    show(f"with {name}, policy for SMTP", new.as_bytes(policy=policy.SMTP))
    outer = MIMEMultipart()
    inner = old(EN)
    for field in ("Subject", "From", "To", "Date", "Message-ID"):
        outer[field] = inner[field]
        del inner[field]
    outer.attach(inner)
    file = MIMEApplication(PDF, "pdf")
    file.add_header("Content-Disposition", "attachment", filename=name)
    outer.attach(file)
    show(f"with {name} as MIMEApplication", outer.as_bytes())

new = both(EN, '<img src="cid:logo" alt="MyHealth" width="160" height="40">')
html = new.get_payload(1)
assert isinstance(html, EmailMessage)
html.add_related(LOGO, "image", "png", cid="<logo>")
show("with a picture inside", new.as_bytes())
new = both(EN, '<img src="cid:logo@health.example" alt="MyHealth">')
html = new.get_payload(1)
assert isinstance(html, EmailMessage)
html.add_related(
    LOGO, "image", "png", cid="<logo@health.example>", filename="logo.png", disposition="inline"
)
new.add_attachment(PDF, maintype="application", subtype="pdf", filename="KA-004711.pdf")
show("with a picture inside and a PDF", new.as_bytes())
related = MIMEMultipart("related")
for field, value in old(EN).items():
    if field not in ("Content-Type", "MIME-Version"):
        related[field] = value
related.attach(MIMEText(html_of(EN, '<img src="cid:image1" alt="MyHealth">'), "html"))
picture = MIMEImage(LOGO)
picture.add_header("Content-ID", "<image1>")
related.attach(picture)
show("with a picture inside as MIMEImage", related.as_bytes())

for place, mailbox in enumerate(TO):
    new = both(EN)
    user, _, domain = mailbox["address"].partition("@")
    del new["To"]
    new["To"] = Address(mailbox["name"], user, domain)
    show(f"to person {place}", new.as_bytes(policy=policy.SMTP))
    before = old(EN)
    before.replace_header("To", formataddr((mailbox["name"], mailbox["address"])))
    show(f"to person {place}, formataddr", before.as_bytes())
for person in PEOPLE:
    letter = {**EN, "name": person, "greeting": f"Dear {person},"}
    show(f"to {person}", both(letter).as_bytes(policy=policy.SMTP))
new = both(EN)
del new["To"]
new["To"] = (
    Address("Aisha", "anna", "dest.example"),
    Address("Jörg Müller", "joerg", "dest.example"),
)
new["Cc"] = "lim@dest.example"
show(
    "to several",
    new.as_bytes(policy=policy.SMTP),
    ("anna@dest.example", "joerg@dest.example", "lim@dest.example"),
)
FIELDS = {
    "Reply-To": "MyHealth <help@health.example>",
    "Sender": "no-reply@health.example",
    "List-Unsubscribe": "<https://www.health.example/unsubscribe/abc123>",
    "X-Priority": "1 (Highest)",
    "Importance": "High",
    "Auto-Submitted": "auto-generated",
    "Precedence": "bulk",
    "X-Mailer": "MyHealth 3.1 (https://www.health.example/)",
    "X-Note": "Prüfung für Zoë " * 8,
    "Content-Language": "en",
    "Organization": "MyHealth",
    "In-Reply-To": "<a@dest.example>",
    "References": "<a@dest.example> <b@health.example>",
    "User-Agent": "Python/3.11",
}
for field, value in FIELDS.items():
    new = both(EN)
    new[field] = value
    show(f"with {field}", new.as_bytes(policy=policy.SMTP))
for width in (60, 0, 998):
    raw = both(LETTERS["de"]).as_bytes(policy=policy.SMTP.clone(max_line_length=width or None))
    show(f"with header lines of {width or 'any'} characters", raw)
