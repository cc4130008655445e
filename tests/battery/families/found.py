# ruff: noqa: RUF001, E501, ISC004 - mark-up and wording as programs write it, in tables
"""What public template collections and mail programs do that was held once, and its hostile twins.

Each loosening stands beside a message that differs from it in one thing and must stay held.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery import good
from tests.battery.change import hostile, legitimate
from tests.battery.sample import Sample, text_message

FAMILY = "found"
BODY = good.APPOINTMENT_BODY
LOGO = "https://static.health.example/mail/logo.png"
LARGE = "https://static.health.example/mail/logo@2x.png"
_MAILGUN = "<!--[if mso]>{}<!--<![endif]-->"

# Before the good body.
GOOD_BEFORE = {
    "a logo for two densities": f'<p><img src="{LOGO}" srcset="{LOGO} 1x, {LARGE} 2x" alt="MyHealth"></p>',
    "a logo for widths": (
        f'<p><img src="{LOGO}" srcset="{LOGO} 300w,{LARGE} 600w" sizes="(max-width: 480px) 300px, 600px" '
        'alt="MyHealth"></p>'
    ),
    "a logo with one source": f'<p><img src="{LOGO}" srcset="{LARGE}" alt="MyHealth"></p>',
    "a hero that keeps its height": (
        '<table><tr style="vertical-align:top"><td style="width:0.01%;padding-bottom:78%;'
        'mso-padding-bottom-alt:0;"></td><td></td></tr></table>'
    ),
    "an attribute twice, the same": '<p class="a" align="left" class="a"></p>',
    "a namespace twice": '<p xmlns="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/1999/xhtml"></p>',
    "a condition that ends as a revealed one": _MAILGUN.format("<table><tr><td>"),
    "a condition that ends so over lines": _MAILGUN.format("\n<table><tr><td>\n"),
    "a dead vendor's corners": (
        '<p style="-khtml-border-radius:4px;-icab-text-align:left;-epub-hyphens:auto"></p>'
    ),
    "small capitals and their kin": (
        '<p style="font-variant-ligatures:normal;font-variant-caps:normal;font-variant-numeric:inherit;'
        'font-variant-east-asian:normal;font-optical-sizing:auto;font-variation-settings:normal"></p>'
    ),
    "a shape that leads nowhere": (
        '<!--[if mso]><v:roundrect xmlns:v="urn:schemas-microsoft-com:vml" href="http://" '
        'style="height:36px;v-text-anchor:middle;width:150px"><w:anchorlock/></v:roundrect><![endif]-->'
    ),
    "Outlook's own logo": f'<!--[if mso]><img src="{LOGO}" alt="MyHealth" width="120"><![endif]-->',
    "a confirmation's microdata": (
        '<div itemscope itemtype="http://schema.org/EmailMessage"><div itemprop="action" itemscope '
        'itemtype="http://schema.org/ViewAction"><meta itemprop="name" content="Change or cancel"></div></div>'
    ),
    "an underline's colour": '<p style="text-underline-color:#e00073"></p>',
    "Nextcloud's logo in a row": (
        '<table style="display:table"><tbody><tr style="padding:0">\n<center data-parsed="" style="'
        f'padding:35px 0"><img src="{LOGO}" alt="MyHealth" align="center"></center>\n</tr></tbody></table>'
    ),
    "Nextcloud's empty cells": (
        '<table><tr><th style="visibility:hidden;width:0"></th><td height="40px" style="font-size:80px;'
        'line-height:80px">&#xA0;</td></tr></table><div style="display:none;white-space:nowrap;'
        'font:15px courier;line-height:0">&nbsp; &nbsp; &nbsp;</div>'
    ),
    "Mosaico's width for one program": '<div style="width:100%;-mru-width:0px;max-width:570px"></div>',
}  # fmt: skip

HOSTILE_BEFORE = {
    "a logo elsewhere on dense screens": (
        "link.not_allowed",
        f'<p><img src="{LOGO}" srcset="{LOGO} 1x, https://evil.example/a.png 2x" alt="MyHealth"></p>',
    ),
    "a logo elsewhere among sources without a blank": (
        "link.not_allowed",
        f'<p><img src="{LOGO}" srcset="{LOGO},https://evil.example/a.png" alt="MyHealth"></p>',
    ),
    "a source with a description nobody knows": (
        "html.element", f'<p><img src="{LOGO}" srcset="{LARGE} 2x 3y" alt="MyHealth"></p>',
    ),
    "a source with brackets": (
        "html.element", f'<p><img src="{LOGO}" srcset="{LARGE} 2x(, https://evil.example/ )" alt="MyHealth"></p>',
    ),
    "a source that is text": (
        "html.data_uri", f'<p><img src="{LOGO}" srcset="data:text/html,evil 2x" alt="MyHealth"></p>',
    ),
    "a cell that pushes everything down": ("html.css", '<p style="padding-bottom:150%"></p>'),
    "a cell that pushes to the side": ("html.css", '<p style="padding-left:78%"></p>'),
    "a margin that pushes down": ("html.css", '<p style="margin-bottom:78%"></p>'),
    "an attribute twice, in other signs": ("html.malformed", '<p class="a" class="b"></p>'),
    "an address twice, one of them evil": (
        "html.malformed", '<a href="https://health.example/" href="https://evil.example/"></a>',
    ),
    "a style twice": ("html.malformed", '<p style="color:red" style="display:none"></p>'),
    "an attribute twice, once without a value": ("html.malformed", "<p hidden hidden=a></p>"),
    "a condition within a comment that goes on": (
        "html.malformed", "<!--[if mso]><!--<![endif] x--><!-- x -->",
    ),
    "a comment within a condition": (
        "html.malformed", "<!--[if mso]><!-- x <![endif]-->",
    ),
    "a text for Outlook, ended as revealed": (
        "template.", _MAILGUN.format("<p>You are infected.</p>"),
    ),
    "an address for Outlook, ended as revealed": (
        "link.not_allowed", _MAILGUN.format('<a href="https://evil.example/"></a>'),
    ),
    "a text in a row that is no cell": (
        "html.parsers_disagree", f'<table><tr><center>x<img src="{LOGO}" alt=""></center></tr></table>',
    ),
    "a text after a picture in a row": (
        "html.parsers_disagree",
        f'<table><tr><center><img src="{LOGO}" alt=""></center>infected</tr></table>',
    ),
    "a picture of somebody else in a row": (
        "link.not_allowed",
        '<table><tr><center><img src="https://evil.example/a.png" alt="MyHealth"></center></tr></table>',
    ),
    "a dead vendor's way to hide": ("html.css", '<p style="-khtml-opacity:0"></p>'),
    "a dead vendor's unknown property": ("html.css", '<p style="-khtml-evil:1"></p>'),
    "letters that vary": ("html.css", "<p style=\"font-variation-settings:'wght' 0\"></p>"),
    "a shape that leads elsewhere": (
        "link.not_allowed",
        '<!--[if mso]><v:roundrect href="http://evil.example/" style="width:9px"></v:roundrect><![endif]-->',
    ),
    "a shape that leads to a nameless host": (
        "link.", '<!--[if mso]><v:roundrect href="http:///evil.example" style="width:9px"></v:roundrect><![endif]-->',
    ),
    "Outlook's own words for a logo": (
        "template.alternative", f'<!--[if mso]><img src="{LOGO}" alt="You are infected"><![endif]-->',
    ),
    "Outlook's logo from elsewhere": (
        "link.not_allowed", '<!--[if mso]><img src="https://evil.example/a.png" alt="MyHealth"><![endif]-->',
    ),
    "microdata that says something": (
        "template.alternative", '<div itemscope><meta itemprop="name" content="You are infected"></div>',
    ),
    "microdata that leads elsewhere": (
        "template.alternative", '<div itemscope><meta itemprop="url" content="https://evil.example/"></div>',
    ),
    "microdata of an address": (
        "link.not_allowed", '<div itemscope><meta itemprop="url" content="https://evil.example/"></div>',
    ),
}  # fmt: skip


def samples() -> Iterator[Sample]:
    """Yield what was found, and what must not pass with it."""
    yield from legitimate(
        f"{FAMILY}/html", {name: good.body_html(html + BODY) for name, html in GOOD_BEFORE.items()}
    )
    yield from hostile(
        f"{FAMILY}/html",
        {
            name: (because, good.body_html(html + BODY))
            for name, (because, html) in HOSTILE_BEFORE.items()
        },
    )
    for name, (subject, text, html) in MAILS.items():
        header = {"Subject": subject}
        both = good.multipart(
            *([good.part(text)] if text else []),
            *([good.part(html, "text/html; charset=utf-8")] if html else []),
            header=header,
        )
        yield Sample(f"{FAMILY}/mails", name, both)
    subject, text, html = _sign_in("Anna", "Chrome on Windows", _IP, "Kuala Lumpur", _WHEN)
    led = html.replace(_IP, f'<a href="http://{_IP}/">{_IP}</a>')
    both = good.multipart(
        good.part(text), good.part(led, "text/html; charset=utf-8"), header={"Subject": subject}
    )
    yield Sample(f"{FAMILY}/mails", "a sign-in that leads to the machine", both, "link.not_allowed")
    yield Sample(
        f"{FAMILY}/mails",
        "a sign-in from a place that is a machine",
        good.multipart(
            good.part(text.replace("Kuala Lumpur", _IP)),
            header={"Subject": subject.replace("Kuala Lumpur", _IP)},
        ),
        "template.",
    )
    for name, text in TEXTS.items():
        yield text_message(f"{FAMILY}/texts", name, text)
    for name, (because, text) in EVIL_TEXTS.items():
        yield text_message(f"{FAMILY}/texts", name, text, because)


_IP = "203.0.113.7"
_WHEN = "June 14, 2021 at 08:00 UTC"
_RESET = "https://www.health.example/accounts/password/reset/key/{}/"
_KEY = _RESET.format("MQ-ag9c3f-0f3a51c7e2b94d6c8a1e")


def _reset(mail: str, link: str, user: str) -> str:
    return (
        f"Hello {mail}!\n\nYou're receiving this e-mail because you or someone else has asked for a new "
        "password for your account.\nIt can be safely ignored if you did not ask. Choose another password "
        f"here:\n\n{link}\n\nIn case you forgot, your username is {user}.\n\nThank you for using MyHealth!\n"
        "health.example\n"
    )


def _sign_in(name: str, device: str, ip: str, place: str, when: str) -> tuple[str, str, str]:
    text = (
        f"Hi {name},\n\nWe noticed a new sign-in to your MyHealth account.\n\n- Device: {device}\n"
        f"- IP address: {ip}\n- Location: {place}\n- When: {when}\n\nIf this was you, there's nothing to do. "
        "If not: https://www.health.example/settings/security\n\nCheers,\nThe MyHealth Team 👋\n"
    )
    rows = "".join(
        f'<tr><th align="left">{key}</th><td style="padding:0 0 0 12px">{value}</td></tr>'
        for key, value in (
            ("Device", device),
            ("IP address", ip),
            ("Location", place),
            ("When", when),
        )
    )
    html = (
        f"<p>Hi {name},</p><p>We noticed a new sign-in to your MyHealth account.</p><table>{rows}</table>"
        '<p><a href="https://www.health.example/settings/security">Secure your account &rarr;</a></p>'
        "<p>Cheers,<br>The MyHealth Team 👋</p>"
    )
    return f"New sign-in to your account from {place}", text, html


def _button(mail: str) -> str:
    return (
        f'<h1 style="margin-top:0">Hello {mail}!</h1><table role="presentation" align="center"><tr><td>'
        f'<a href="{_KEY}" target="_blank" rel="noopener" style="border-radius:4px;color:#fff;display:'
        "inline-block;overflow:hidden;text-decoration:none;background-color:#2d3748;border-bottom:8px solid "
        'REST</a></td></tr></table>'.replace("REST", '#2d3748;border-left:18px solid #2d3748">Reset password')
    )  # fmt: skip


_TROUBLE = (
    '<table class="subcopy" width="100%" style="border-top:1px solid #e8e5ef;margin-top:25px"><tr><td>'
    '<p style="font-size:14px">If you\'re having trouble with the "Reset password" button, copy and paste '
    'the address below into your browser: <span style="word-break:break-all">'
    f'<a href="{_KEY}" style="color:#3869d4">{_KEY}</a></span></p></td></tr></table>'
    '<p style="color:#b0adc5;font-size:12px;text-align:center">© 2021 MyHealth. All rights reserved.</p>'
)
_SUBJECT = "[MyHealth] Reset your password"


def _order(name: str, item: str, price: str, total: str, shipping: str) -> tuple[str, str, str]:
    text = (
        f"Thanks for your order, {name}!\n\nORDER #1001 (June 14, 2021)\n{'=' * 50}\n{item} × 2          {price}\n"
        f"{'-' * 50}\nSubtotal: {price}\nShipping: {shipping}\nTotal (incl. 6% SST): {total}\n\n"
        "Track it: https://www.health.example/orders/1001\n"
    )
    html = (
        f"<p>Thanks for your order, {name}!</p><h2>Order #1001 (<time datetime='2021-06-14T08:00:00+08:00'>June 14, "
        '2021</time>)</h2><table cellspacing="0" cellpadding="6" border="1"><thead><tr><th scope="col">Product'
        '</th><th scope="col">Quantity</th><th scope="col">Price</th></tr></thead><tbody><tr class="order_item">'
        f"<td>{item}</td><td>2</td><td>{price}</td></tr></tbody><tfoot><tr><th colspan='2'>Subtotal:</th><td>"
        f"{price}</td></tr><tr><th colspan='2'>Shipping:</th><td>{shipping}</td></tr><tr><th colspan='2'>Total "
        f"(incl. 6% SST):</th><td>{total}</td></tr></tfoot></table>"
        '<p><a href="https://www.health.example/orders/1001">Track it</a></p>'
    ).replace("&T", "&amp;T")
    return "=?utf-8?Q?Your_order_#1001_is_on_its_way_=F0=9F=93=A6?=", text, html


MAILS: dict[str, tuple[str, str, str]] = {
    "a link on its own line": (_SUBJECT, _reset("anna@dest.example", _KEY, "anna"), ""),
    "a username that is an address": (
        _SUBJECT, _reset("anna@dest.example", _RESET.format("1-cz4k2q-abc"), "anna@dest.example"), "",
    ),
    "a username with dots": (_SUBJECT, _reset("a.b+c@dest.example", _KEY, "anna.b_c-1"), ""),
    "a username of another script": (_SUBJECT, _reset("anna@dest.example", _KEY, "安娜"), ""),
    "a label before a link": (
        _SUBJECT, f"Hello anna@dest.example!\n\nReset password: {_KEY}\n\nThis link expires in 60 minutes.\n\n"
        "© 2021 MyHealth. All rights reserved.\n", "",
    ),
    "Markdown": (
        _SUBJECT, f"# Hello anna@dest.example!\n\n[Reset password]({_KEY})\n\n* * *\n\nThis link expires in 60 "
        "minutes.\n", "",
    ),
    "links in brackets, and a footnote": (
        _SUBJECT, f"Hello anna@dest.example!\n\nReset password ( {_KEY} )\n\n{'*' * 22}\n\nUse Chrome/Firefox & co.? "
        f"Paste the address: <{_KEY}>\n\n-- \nYou got this because of your account on health.example [1].\n\n"
        "[1] https://health.example/\n", "",
    ),
    "a button, and its address below": (_SUBJECT, "", _button("anna@dest.example") + "\n" + _TROUBLE),
    "a button alone": (
        _SUBJECT,
        "",
        _button("anna@dest.example") + "<p>This link expires in 60 minutes.</p>",
    ),
    "a button with a preview text": (
        _SUBJECT, "",
        '<div style="display:none;max-height:0;overflow:hidden">Reset password&#847;&zwnj;&nbsp;&#8199;&shy;</div>'
        + _button("anna@dest.example") + "<p>This link expires in 60 minutes.</p>",
    ),
    "a sign-in": _sign_in(
        "Anna", "Chrome on Windows", "203.0.113.7", "Kuala Lumpur, Malaysia", "June 14, 2021 at 08:00 UTC",
    ),
    "a sign-in by IPv6": _sign_in(
        "Siti", "Firefox 128.0 on Mac OS", "2001:db8::8a2e:370:7334", "Kuching, Malaysia",
        "2021-06-14 08:00:00 UTC",
    ),
    "a sign-in of a telephone": _sign_in(
        "Muthu", "Safari 17.4.1 on iPhone 15 Pro", "198.51.100.23", "George Town, Penang",
        "June 14, 2021 at 08:00 UTC",
    ),
    "an order": _order("Anna", "Digital thermometer 36.6 C", "RM 59.80", "RM 63.39", "Free! via Pos Laju"),
    "an order with a name of marks": _order(
        "Nur'ain", "Face mask (box of 50), size M/L", "RM59.80", "RM1,063.39", "RM 5.00 via J&T Express",
    ),
}  # fmt: skip

TEXTS = {
    "Twilio's wording": "Your MyHealth verification code is: 4930",
    "a warning": "Your MyHealth verification code is 493021. Don't share it. Valid for 5 minutes.",
    "a warning with a curly apostrophe": (
        "Your MyHealth verification code is 493021. Don't share it. Valid for 5 minutes."
    ),
    "Android's retriever": "<#> 493021 is your MyHealth code.\nFA+9qCX9VSu",
    "brackets before": "[MyHealth] 493021 is your code. Do not reply.",
    "a code bound to a site": "MyHealth: code 493021, expires in 10 min.\n\n@www.health.example #493021",
    "a code bound to a frame": "493021 is your MyHealth code\n@www.health.example #493021 %pay.health.example",
    "a prefix": "G-493021 ist Ihr Bestätigungscode.",
    "Chinese": "【MyHealth】验证码：493021，5分钟内有效。请勿泄露给他人。",
    "Japanese": "認証コード：493021（10分間有効）",
    "a reminder": "Appt reminder: 14/06/2021 @ 09:30, Klinik Kesihatan. Reply Y to confirm or STOP to opt out.",
    "a reminder at noon": "Appt reminder: 14 Jun 2021 @ 12:30 PM, Klinik Kesihatan. Reply Y to confirm or STOP to opt out.",
    "a link without its scheme": "Hi Anna! Your results are ready: health.example/app/r/Ab12Cd (no login needed)",
    "a link before a Chinese full stop": "您的检查结果已出。请打开https://www.health.example/app/Ab12Cd。",
    "a link in Chinese brackets": (
        "检查结果（https://www.health.example/app/Ab12Cd），客服邮箱：help@health.example。"
    ),
    "a host after a Chinese colon": "網址：www.health.example/app/Ab12Cd，請勿回覆。",
    "a link in Japanese quotes": "結果は「https://www.health.example/app/Ab12Cd」をご覧ください。",
    "a link in French quotes": "Vos résultats : «https://www.health.example/app/Ab12Cd». Email:help@health.example",
    "a link in curly quotes": "ℹ️ Results are ready: “https://www.health.example/app/Ab12Cd” ✅",
    "an address in free text": "通知：问题请写至邮箱：help@health.example，谢谢",
    "a price before": "RM0.00 MyHealth: Janji temu anda pada 14/06/2021 jam 09:30. Info: 03-8881 0200",
    "signs": "Code: 493021; never share it w/ anyone - MyHealth & co. won't ask for it!",
}  # fmt: skip
EVIL_TEXTS = {
    "another link before a Chinese full stop": ("link.", "通知：请打开https://evil.com/a。"),
    "another link in Chinese brackets": ("link.", "通知：结果（evil.com），谢谢"),
    "another host behind a Chinese comma": ("link.", "通知：www.health.example，evil.com"),
    "another host behind an ideographic dot": ("link.", "通知：www.health.example。evil.com"),
    "another host whose end is Chinese": ("link.", "通知：www.health.example。公司"),
    "a user before another host": ("link.", "通知：https://health.example（＠evil.com"),
    "a user before another Chinese host": ("link.", "通知：https://health.example（＠公司。公司"),
    "another port, in wide digits": ("link.", "通知：https://health.example：８０８０/"),
    "another address behind a colon": ("link.", "通知：邮箱：ceo@health.example"),
    "another address in brackets": ("link.", "通知：《ceo@health.example》"),
    "another address behind a word": ("link.", "通知：Email:evil@evil.com"),
    "an address of another scheme": ("link.", "通知：sip:help@health.example"),
    "a code bound to another site": (
        "template.", "MyHealth: code 493021, expires in 10 min.\n\n@evil.example #493021",
    ),
    "a code bound to another frame": (
        "template.", "493021 is your MyHealth code\n@www.health.example #493021 %evil.example",
    ),
    "another hash for the application": ("template.", "<#> 493021 is your MyHealth code.\nevil.com/a"),
    "another link without its scheme": (
        "template.", "Hi Anna! Your results are ready: evil.example/app/r/Ab12Cd (no login needed)",
    ),
    "a link whose key is not the message's": (
        "template.", "Hi Anna! Your results are ready: health.example/app/r/../x (no login needed)",
    ),
}  # fmt: skip
