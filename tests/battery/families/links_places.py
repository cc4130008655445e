# ruff: noqa: RUF001, E501 - look-alikes are what is tested, in tables
"""Where links stand in a mail: labels beside them, headers, names; and addresses that are no links."""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery import good
from tests.battery.sample import Sample

LABEL, PLACE = "links/labels", "links/places"
APP = "https://www.health.example/app/x"

# (name, href, label, because): the label is free text, so nothing else holds it.
LABELS: tuple[tuple[str, str, str, str], ...] = (
    ("words", APP, "Open your card", ""),
    ("itself", APP, APP, ""),
    ("another page of its host", APP, "www.health.example/unlisted", "link."),
    ("its host with a port", APP, "www.health.example:8443", "link."),
    ("its host without TLS", APP, "http://www.health.example", "link."),
    ("its host", APP, "www.health.example", ""),
    ("its domain", APP, "health.example", ""),
    ("its host in capitals", APP, "HEALTH.EXAMPLE", ""),
    ("its host and an arrow", APP, "health.example →", ""),
    ("address", "mailto:help@health.example", "help@health.example", ""),
    ("number", "tel:+60388810200", "03-8881 0200", ""),
    ("number from abroad", "tel:+60388810200", "+60 3-8881 0200", ""),
    ("another host", APP, "evil.com", "link."),
    ("another allowed host", APP, "https://go.health.example/r?to=home", ""),
    ("another owner's allowed host", "https://www.google.com/amp/x", "health.example", "link.label"),
    ("our host on a relay's link", "https://www.google.com/url?q=home", "https://health.example/", "link.label"),
    ("look-alike", APP, "hea1th.example", "link."),
    ("another address", "mailto:help@health.example", "evil@evil.com", "link."),
    ("another number", "tel:+60388810200", "03-9999 9999", "link."),
    ("our address on another mailbox", "mailto:evil@health.example", "help@health.example", "link."),
    ("our host on another's link", "https://evil.example/", "health.example", "link."),
    ("a long label with a host", APP, "Please go to evil.com as soon as you can", "link."),
    ("tel to another", "tel:+60399999999", "03-8881 0200", "link."),
    ("tel with an extension", "tel:+60388810200;ext=5", "Call us", "link."),
    ("tel with a context", "tel:8881-0200;phone-context=+603", "Call us", "link."),
    ("tel with a pause", "tel:+60388810200,,5", "Call us", "link."),
    ("tel with a wait", "tel:+60388810200;5", "Call us", "link."),
    ("tel of a service code", "tel:*%2306%23", "Call us", "link."),
    ("tel of a service code, plain", "tel:*#06#", "Call us", "link."),
    ("tel with a service code behind", "tel:+60388810200%23", "Call us", "link."),
    ("tel in national form", "tel:0388810200", "Call us", "link."),
    ("tel with letters", "tel:1-800-CALL-NOW", "Call us", "link."),
    ("tel with two slashes", "tel://+60388810200", "Call us", "link."),
    ("tel, full-width", "tel:＋60388810200", "Call us", "link."),
    ("mailto without an address", "mailto:", "Write", "link."),
    ("mailto with two addresses", "mailto:help@health.example,evil@evil.com", "Write", "link."),
    ("mailto with a semicolon", "mailto:help@health.example;evil@evil.com", "Write", "link."),
    ("mailto with an encoded comma", "mailto:help@health.example%2Cevil@evil.com", "Write", "link."),
    ("mailto with another recipient", "mailto:help@health.example?to=evil@evil.com", "Write", "link."),
    ("mailto with a copy", "mailto:help@health.example?cc=evil@evil.com", "Write", "link."),
    ("mailto with a blind copy", "mailto:desk@health.example?subject=x&bcc=evil@evil.com", "Write", "link."),
    ("mailto with a body", "mailto:help@health.example?body=Visit%20evil.com", "Write", "link."),
    ("mailto with an attachment", "mailto:desk@health.example?subject=x&attach=/etc/passwd", "Write", "link."),
    ("mailto with a line end", "mailto:desk@health.example?subject=x%0ABcc:evil@evil.com", "Write", "link."),
    ("mailto with a name", "mailto:Help%20%3Chelp@health.example%3E", "Write", "link."),
    ("mailto encoded", "mailto:help%40health.example", "Write", "link."),
    ("mailto with two slashes", "mailto://help@health.example", "Write", "link."),
    ("mailto of a look-alike", "mailto:help@heаlth.example", "Write", "link."),
    ("mailto without a domain", "mailto:help", "Write", "link."),
    ("mailto with a fragment", "mailto:help@health.example#x", "Write", "link."),
    ("mailto in other capitals", "mailto:HELP@health.example", "Write", "link."),
)  # fmt: skip

UNSUBSCRIBE: tuple[tuple[str, str, str], ...] = (
    ("link", "<https://www.health.example/unsubscribe/1>", ""),
    ("address", "<mailto:unsubscribe@health.example>", ""),
    ("both", "<mailto:unsubscribe@health.example>, <https://www.health.example/unsubscribe/1>", ""),
    ("folded", "<mailto:unsubscribe@health.example>,\n <https://www.health.example/unsubscribe/1>", ""),
    ("another host", "<https://evil.example/unsubscribe/1>", "link."),
    ("second of another host", "<https://www.health.example/unsubscribe/1>, <https://evil.example/u>", "link."),
    ("another address", "<mailto:evil@evil.com>", "link."),
    ("with a body", "<mailto:unsubscribe@health.example?body=evil.com>", "link."),
    ("javascript", "<javascript:alert(1)>", "link."),
    ("user name", "<https://www.health.example@evil.example/unsubscribe/1>", "link."),
    ("carried", "<https://go.health.example/r?to=https://evil.example>", "link."),
    ("plain", "https://evil.example/unsubscribe", "mail."),
)  # fmt: skip

# Addresses that nobody follows: they name a language, a program, a standard.
HEADS: tuple[tuple[str, str, str], ...] = (
    ("XHTML strict", '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">', '<html xmlns="http://www.w3.org/1999/xhtml">'),
    ("XHTML transitional", '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">', '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">'),
    ("HTML 4", '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">', "<html>"),
    ("Outlook's namespaces", "<!DOCTYPE html>", '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word" xmlns:m="http://schemas.microsoft.com/office/2004/12/omml" xmlns="http://www.w3.org/TR/REC-html40">'),
    ("legacy compat", '<!DOCTYPE html SYSTEM "about:legacy-compat">', "<html>"),
)  # fmt: skip

MACHINE_HEADERS: tuple[tuple[str, str], ...] = (
    ("X-Mailer", "PHPMailer 6.9.1 (https://github.com/PHPMailer/PHPMailer)"),
    ("X-Report-Abuse-To", "https://abuse.provider.example/report?id=1"),
    ("X-Report-Abuse", "Please report abuse to <https://abuse.provider.example/1>"),
    ("X-Mailgun-Sid", "WyI0MTZlYyIsICJhbm5hQGRlc3QuZXhhbXBsZSJd"),
    ("X-CSA-Complaints", "csa-complaints@eco.example"),
    ("Feedback-ID", "1:clinic.evil.com:mail"),
    ("User-Agent", "Mozilla/5.0 www.provider.example"),
    ("X-SG-EID", "https://u1.provider.example/x"),
)  # fmt: skip

SUBJECTS: tuple[tuple[str, str], ...] = (
    ("a host", "Your sign-in code evil.com"),
    ("a link", "Your sign-in code https://evil.com"),
    ("an address", "Your sign-in code evil@evil.com"),
    ("a number", "Your sign-in code +60399999999"),
    ("encoded", "=?utf-8?Q?Your_sign-in_code_evil=2Ecom?="),
)

NAMES: tuple[tuple[str, str, str], ...] = (
    ("To with a host", '"visit evil.com" <anna@dest.example>', "link."),
    ("To with a link", '"https://evil.com" <anna@dest.example>', "link."),
    ("To with an address", '"evil@evil.com" <anna@dest.example>', "link."),
    ("To with itself", '"anna@dest.example" <anna@dest.example>', ""),
    ("To with itself, quoted", "\"'anna@dest.example'\" <anna@dest.example>", ""),
    ("To with initials", '"A.B. Rahman" <anna@dest.example>', ""),
)


def _note(unsubscribe: str) -> bytes:
    text = f"Dear {good.NAME}, your clinic writes: See you soon. Your MyHealth team\n"
    header = {"Subject": "A note from your clinic", "List-Unsubscribe": unsubscribe}
    return good.mail(text, header=header)


def _html(body: str) -> bytes:
    return good.mail(
        f"<!DOCTYPE html><html><body><p>{body}</p></body></html>\n",
        "text/html; charset=utf-8",
        header={"Subject": "A note from your clinic"},
    )


def samples() -> Iterator[Sample]:
    """Yield mails whose links stand in a label, a header or a name."""
    for name, href, label, because in LABELS:
        link = f'<a href="{href.replace("&", "&amp;")}">{label}</a>'
        body = f"Dear {good.NAME}, your clinic writes: {link} Your MyHealth team"
        yield Sample(LABEL, name, _html(body), because)
    for name, value, because in UNSUBSCRIBE:
        yield Sample(
            PLACE,
            f"List-Unsubscribe: {name}",
            _note(value),
            because,
        )
    for name, doctype, root in HEADS:
        html = good.APPOINTMENT_HTML.replace("<!DOCTYPE html>", doctype).replace(
            '<html lang="en">', root
        )
        yield Sample(PLACE, f"no link: {name}", good.appointment(html))
    for name, value in MACHINE_HEADERS:
        yield Sample(PLACE, f"no link: {name}", good.mail(header={name: value}))
    for name, subject in SUBJECTS:
        yield Sample(
            PLACE, f"subject: {name}", good.mail(header={"Subject": subject}), "template.subject"
        )
    for name, to, because in NAMES:
        yield Sample(PLACE, name, good.mail(header={"To": to}), because)
