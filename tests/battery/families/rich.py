"""Good mails that use many liberties at once, for the mutations to start from."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

from tests.battery import good
from tests.battery.sample import Sample, text_message

FAMILY = "rich"
LOGO = Path(__file__).parents[3] / "fixtures" / "pictures" / "logo.png"
STYLES = """<style type="text/css">
body { margin: 0; padding: 0; -webkit-text-size-adjust: 100%; }
a { color: #0a5c8c; text-decoration: underline }
.button a { color: #ffffff !important; }
@media only screen and (max-width: 600px) {
  .wide { width: 100% !important } h1 { font-size: 20px }
}
</style>"""
PREHEADER = (
    '<div style="display:none;max-height:0;overflow:hidden">Your appointment on'
    f" {good.DATE} at {good.TIME}{'&#847;&zwnj;&nbsp;' * 12}</div>\n"
)
BODY = f"""{PREHEADER}<!--[if mso]><table width="600"><tr><td><![endif]-->
<table role="presentation" class="wide" width="600" cellpadding="0" cellspacing="0" border="0"
 style="background:#ffffff;border-collapse:collapse">
<tr><td align="center" style="padding:24px 0"><img src="cid:logo@health.example" alt="MyHealth"
 width="120" height="40" style="display:block;border:0"></td></tr>
<tr><td style="font:16px/24px Arial,sans-serif;color:#1a2b3c;padding:0 24px">
<h1 style="font-size:24px;margin:0 0 12px">Dear {good.NAME},</h1>
<p style="margin:0 0 12px">we expect you on <b>{good.DATE}</b> at <strong>{good.TIME}</strong>.
Your reference is <span style="font-family:monospace">{good.REFERENCE}</span>.</p></td></tr>
<tr><td class="button" align="center" bgcolor="#0a5c8c" style="border-radius:4px">
<a href="https://www.health.example/appointments/{good.REFERENCE}?lang=en" target="_blank"
 style="display:inline-block;padding:12px 24px;color:#ffffff">Change or cancel</a></td></tr>
<tr><td style="font-size:13px;line-height:20px;color:#444444;padding:24px">
<p>Questions? Write to <a href="mailto:help@health.example">help@health.example</a>
or call <a href="tel:+60388810200">03-8881 0200</a>.</p><hr><p>Your MyHealth team</p></td></tr>
</table>
<!--[if mso]></td></tr></table><![endif]-->
"""


def _mail() -> bytes:
    html = (
        '<!DOCTYPE html>\n<html lang="en" xmlns="http://www.w3.org/1999/xhtml"><head>'
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Your appointment</title>{STYLES}</head>\n"
        f'<body bgcolor="#f4f4f4">\n{BODY}</body></html>\n'
    )
    logo = base64.encodebytes(LOGO.read_bytes()).decode("ascii").rstrip()
    inner = (
        f"--r1\n{good.part(html, 'text/html; charset=utf-8')}\n--r1\n"
        "Content-Type: image/png; name=logo.png\nContent-Transfer-Encoding: base64\n"
        "Content-ID: <logo@health.example>\n"
        f"Content-Disposition: inline; filename=logo.png\n\n{logo}\n--r1--\n"
    )
    related = f'Content-Type: multipart/related; type="text/html"; boundary="r1"\n\n{inner}'
    return good.multipart(good.part(good.APPOINTMENT_TEXT), related, boundary="a1")


def samples() -> Iterator[Sample]:
    """Yield a mail of a layout tool, one in other scripts, a note, and texts."""
    yield Sample(FAMILY, "an appointment with a logo, a preview text and ghost tables", _mail())
    for name, subject in (
        ("a German subject", f"Ihr Termin am {good.DATE} \u2013 bitte bestätigen"),
        ("a Chinese subject", f"您的预约 {good.DATE}"),
    ):
        yield Sample(FAMILY, name, good.appointment(header={"Subject": subject}))
    note = "Dear Zoë O'Neil, your clinic writes: Bring your old card, please. Your MyHealth team"
    yield Sample(
        FAMILY, "a note", good.mail(note + "\n", header={"Subject": "A note from your clinic"})
    )
    yield text_message(FAMILY, "a note as a text message", note)
    yield Sample(
        FAMILY,
        "a code in HTML alone",
        good.mail(f"<p>{good.CODE_TEXT}</p>\n", "text/html; charset=utf-8"),
    )
