"""Comments for Outlook, preview texts, links and alternative texts that say something else."""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery import good
from tests.battery.families.html_everyday import END, NARROW, SWAP, WIDE, visit
from tests.battery.sample import Sample

BODY = good.APPOINTMENT_BODY
LINK = f"https://www.health.example/appointments/{good.REFERENCE}"
PREVIEW = f"Your appointment on {good.DATE} at {good.TIME}"
PICTURE = "https://static.health.example/mail/a.png"

# What Outlook alone sees, behind the approved text, and the beginning of the code.
FOR_OUTLOOK = {
    "a text": ("template.html", "<!--[if mso]><p>You are infected.</p><![endif]-->"),
    "a text for all of them": ("template.html", "<!--[if gte mso 9]>Run!<![endif]-->"),
    "a text for new ones": ("template.html", "<!--[if (gte mso 15)&(lte mso 16)]>Run!<![endif]-->"),
    "a text for Explorer": ("template.html", "<!--[if IE]>Run!<![endif]-->"),
    "a text for everybody else": ("template.html", "<!--[if !mso]><!-->Run!<!--<![endif]-->"),
    "a text in a shape": (
        "template.html",
        "<!--[if mso]><v:rect><v:textbox>Run!</v:textbox></v:rect><![endif]-->",
    ),
    "a text that mso hides from Outlook": (
        "template.html",
        '<p style="mso-hide:all">You are infected.</p>',
    ),
    "a link elsewhere": (
        "link.not_allowed",
        '<!--[if mso]><a href="https://evil.example/"></a><![endif]-->',
    ),
    "a shape with a link elsewhere": (
        "link.not_allowed",
        '<!--[if mso]><v:roundrect href="https://evil.example/"></v:roundrect><![endif]-->',
    ),
    "a shape with a picture elsewhere": (
        "link.not_allowed",
        '<!--[if mso]><v:rect><v:fill src="https://evil.example/a.png"/></v:rect><![endif]-->',
    ),
    "a picture elsewhere": (
        "link.not_allowed",
        '<!--[if mso]><img src="https://evil.example/a.png"><![endif]-->',
    ),
    "an alternative text": (
        "template.alternative",
        f'<!--[if mso]><img src="{PICTURE}" alt="Run"><![endif]-->',
    ),
    "a title": ("template.alternative", '<!--[if mso]><p title="Run"></p><![endif]-->'),
    "a frame": ("html.", "<!--[if mso]><iframe></iframe><![endif]-->"),
    "an object": ("html.", "<!--[if mso]><object></object><![endif]-->"),
    "a script": ("html.", "<!--[if mso]><script></script><![endif]-->"),
    "a handler": ("html.", '<!--[if mso]><p onclick="x()"></p><![endif]-->'),
    "a form": ("html.", "<!--[if mso]><form></form><![endif]-->"),
    "a style that hides": ("html.", "<!--[if mso]><style>p{display:none}</style><![endif]-->"),
    "a style that hides by mso": (
        "html.",
        "<!--[if mso]><style>p{mso-hide:all}</style><![endif]-->",
    ),
    "a style that hides by visibility": (
        "html.",
        "<!--[if mso]><style>p{visibility:hidden}</style><![endif]-->",
    ),
    "a style with content": (
        "html.",
        "<!--[if mso]><style>p{mso-element:field}</style><![endif]-->",
    ),
    "a style that loads": (
        "html.",
        f"<!--[if mso]><style>p{{background:url({PICTURE})}}</style><![endif]-->",
    ),
    "a style that imports": (
        "html.",
        f"<!--[if mso]><style>@import '{PICTURE}';</style><![endif]-->",
    ),
    "a style sheet": (
        "html.",
        f'<!--[if mso]><link rel="stylesheet" href="{PICTURE}"><![endif]-->',
    ),
    "a wrapper that hides": (
        "html.",
        '<!--[if mso]><div style="display:none"><![endif]--><!--[if mso]></div><![endif]-->',
    ),
    "settings that speak": (
        "html.",
        "<!--[if mso]><xml><w:p>You are infected by it</w:p></xml><![endif]-->",
    ),
    "settings with a link": (
        "html.",
        '<!--[if mso]><xml><o:a href="https://evil.example/"/></xml><![endif]-->',
    ),
    "an element of Word": ("html.", "<!--[if mso]><w:sdt></w:sdt><![endif]-->"),
    "a field of Word": ("html.", '<p style="mso-element:field-begin"></p>'),
    "a code of a field": ("html.", "<p style=\"mso-field-code:'HYPERLINK x'\"></p>"),
    "no end": ("html.", "<!--[if mso]><p></p>-->"),
    "an end alone": ("html.", "<!--<p>[endif]-->"),
    "one in another": ("html.", "<!--[if mso]><!--[if IE]><p></p><![endif]--><![endif]-->"),
    "a blank too many": ("html.", "<!-- [if mso]><p>x</p><![endif] x -->"),
    "brackets in the condition": ("html.", "<!--[if [mso]]><p></p><![endif]-->"),
    "a comment that others see": ("html.", "<!--[if mso]>--><p></p><!--<![endif]-->"),
    "character data": ("html.", "<!--[if mso]><![CDATA[x]]><![endif]-->"),
    "markup that ends it": ("html.", "<!--[if mso]><![endif]><p></p><![endif]-->"),
    "revealed text for some": ("template.html", "<![if !mso]>Run!<![endif]>"),
    "supported lists": ("template.html", "<!--[if supportLists]>1.<![endif]-->"),
    "a shape for vml": ("template.html", "<!--[if vml]>Run!<![endif]-->"),
    "true": ("template.html", "<!--[if true]>Run!<![endif]-->"),
}

# Preview texts in front of the approved text.
PREVIEWS = {
    "that nobody approved": ("template.", '<div style="display:none">You are infected.</div>'),
    "with a word more": ("template.", f'<div style="display:none">{PREVIEW} Run!</div>'),
    "with another value": (
        "template.",
        '<div style="display:none">Your appointment on 15 June 2021 at 09:30</div>',
    ),
    "behind the text": ("html.hidden", f'$BODY<div style="display:none">{PREVIEW}</div>'),
    "in the middle": (
        "html.hidden",
        f'<p>Dear {good.NAME},</p><div style="display:none">{PREVIEW}</div>$REST',
    ),
    "twice": ("template.", f'<div style="display:none">{PREVIEW} {PREVIEW}</div>'),
    "in two pieces": (
        "template.",
        f'<div style="display:none">{PREVIEW}</div><div style="display:none">Run!</div>',
    ),
    "in two ways": (
        "template.",
        f'<div style="display:none">{PREVIEW}</div><div style="font-size:0">Run!</div>',
    ),
    "with a link elsewhere": (
        "link.not_allowed",
        f'<div style="display:none"><a href="https://evil.example/">{PREVIEW}</a></div>',
    ),
    "with an address": (
        "template.",
        f'<div style="display:none">{PREVIEW} evil.example</div>',
    ),
    "with an alternative text": (
        "template.alternative",
        f'<div style="display:none">{PREVIEW}<img src="{PICTURE}" alt="Run"></div>',
    ),
    "padded with words": (
        "template.",
        f'<div style="display:none">{PREVIEW}{"&zwnj;&nbsp;" * 40}Run!</div>',
    ),
    "that is seen": ("template.html", f"<div>{PREVIEW}</div>"),
    "that some screens show": (
        "template.html",
        ("<style>@media (max-width:480px){.p{display:block!important}}</style>"
        f'<div class="p" style="display:none">{PREVIEW}</div>'),
    ),
    "in a template": ("html.", f"<template>{PREVIEW}</template>"),
    "with letters between letters": (
        "template.",
        f'<div style="display:none">{PREVIEW.replace("Your", "Yo&#8203;ur")}</div>',
    ),
    "in the head": ("", f"<title>{PREVIEW}</title>"),
    "without an approved one": ("template.", "<div hidden>Hi</div>"),
}  # fmt: skip

# The button's address.
ADDRESSES = {
    "another host": "https://evil.example/",
    "a host below": "https://www.health.example.evil.example/",
    "a name before": "https://www.health.example@evil.example/",
    "a script": "javascript:alert(1)",
    "a script in other case": "JaVaScRiPt:alert(1)",
    "a script with a tab": "java&#9;script:alert(1)",
    "a script with a line end": "java&NewLine;script:alert(1)",
    "a script by entities": "&#106;avascript:alert(1)",
    "a script after a control": "&#1;javascript:alert(1)",
    "a script of Visual Basic": "vbscript:msgbox(1)",
    "a document in the address": "data:text/html,hi",
    "a base64 document": "data:text/html;base64,aGk=",
    "a file": "file:///etc/passwd",
    "a relative path": "/appointments/KA-004711",
    "a relative name": "appointments",
    "a question": "?x=y",
    "no scheme": "//evil.example/",
    "backslashes": "https:\\\\evil.example\\",
    "one slash": "https:/evil.example/",
    "three slashes": "https:///evil.example/",
    "no slashes": "https:evil.example",
    "a line end inside": "https://evil.example\n/",
    "blanks inside": "https://www.health.example/ appointments/KA-004711",
    "a plain scheme": f"http{LINK[5:]}",
    "another path": "https://www.health.example/other",
    "another reference": "https://www.health.example/appointments/KA-004712",
    "dots": "https://www.health.example/appointments/../x",
    "a port": "https://www.health.example:8443/appointments/KA-004711",
    "another query": f"{LINK}?next=https://evil.example",
    "a call": "tel:+60999999999",
    "a mail": "mailto:evil@evil.example",
    "a mail with copies": "mailto:help@health.example?cc=evil@evil.example",
    "a text": "sms:+60999999999",
    "a chat": "https://wa.me/60999999999",
    "an application": "intent://evil.example#Intent;end",
    "a content id": "cid:x",
    "a look-alike": "https://www.he\u0430lth.example/",
    "full-width letters": "https://www\uff0ehealth\uff0eexample/",
    "a soft hyphen": "https://www.hea&shy;lth.example/",
    "a number": "https://3232235777/",
    "an address of six": "https://[::1]/",
    "a blob": "blob:https://health.example/x",
    "a view of source": "view-source:https://health.example/",
}
LINKS = {
    "an area": (
        "link.",
        (f'<map name="m"><area href="https://evil.example/" alt=""></map><img src="{PICTURE}" '
        'usemap="#m" alt="">'),
    ),
    "a label that says another host": (
        "link.label", '<a href="https://health.example/">www.evil.example</a>',
    ),
    "a remote picture": ("link.", '<img src="https://evil.example/a.png" alt="">'),
    "a remote picture without scheme": ("link.", '<img src="//evil.example/a.png" alt="">'),
    "a relative picture": ("link.", '<img src="a.png" alt="">'),
    "a picture that is a script": ("link.", '<img src="javascript:x()" alt="">'),
    "a picture that is a file": ("link.", '<img src="file://evil.example/a.png" alt="">'),
    "a picture that is absent": ("html.cid", '<img src="cid:nobody@x" alt="">'),
    "a picture that is a document": ("html.data_uri", '<img src="data:text/html,x" alt="">'),
    "a picture that is a drawing": (
        "html.data_uri", "<img src=\"data:image/svg+xml,%3Csvg xmlns=''%3E\" alt=\"\">",
    ),
    "a picture that is broken": ("html.data_uri", '<img src="data:image/png;base64,!!" alt="">'),
    "a picture that is no picture": ("mime.", '<img src="data:image/png;base64,aGVsbG8=" alt="">'),
    "a background elsewhere": (
        "link.", '<table background="https://evil.example/a.png"><tr><td></td></tr></table>',
    ),
    "a background of a cell": ("link.", '<p background="https://evil.example/a.png"></p>'),
    "a background in a style": ("link.", '<p style="background:url(//evil.example/a)"></p>'),
    "a description elsewhere": ("link.", '<img alt="" longdesc="https://evil.example/">'),
    "a source of a quotation": ("link.", '<blockquote cite="https://evil.example/"></blockquote>'),
    "an attribute nobody knows": ("link.", '<p oddity="https://evil.example/"></p>'),
    "an empty link": ("link.", '<a href="https://evil.example/"></a>'),
    "a link around a picture": (
        "link.", f'<a href="https://evil.example/"><img src="{PICTURE}" alt=""></a>',
    ),
    "a link in a hidden place": ("link.", '<div hidden><a href="https://evil.example/"></a></div>'),
    "a tracking pixel elsewhere": (
        "link.", '<img src="https://evil.example/o.gif" width="1" height="1" alt="">',
    ),
}  # fmt: skip

# What stands behind the approved text.
SAYING = {
    "an alternative text": f'<img src="{PICTURE}" alt="You are infected">',
    "an alternative text alone": f'<div><img src="{PICTURE}" alt="You are infected"></div>',
    "a title of a picture": f'<div><img src="{PICTURE}" alt="MyHealth" title="Infected"></div>',
    "a title of a paragraph": '<p title="You are infected"></p>',
    "a title of a link": f'<a href="{LINK}" title="You are infected"></a>',
    "a label": '<p aria-label="You are infected"></p>',
    "a description": '<p aria-description="You are infected"></p>',
    "a description of its role": '<p aria-roledescription="You are infected"></p>',
    "a value read aloud": '<p aria-valuetext="You are infected"></p>',
    "a hint read aloud": '<p aria-placeholder="You are infected"></p>',
    "a summary of a table": '<table summary="You are infected"><tr><td></td></tr></table>',
    "a short form": "<table><tr><th abbr='You are infected'></th></tr></table>",
    "a long form": '<abbr title="You are infected"></abbr>',
    "a name of a file": f'<a href="{LINK}" download="infected.exe"></a>',
    "a word of the text alone": f'<div><img src="{PICTURE}" alt="expect"></div>',
    "words of the text alone": f'<div><img src="{PICTURE}" alt="Change or"></div>',
    "a whole line and more": f'<div><img src="{PICTURE}" alt="Change or cancel now"></div>',
    "two that make a sentence": (
        f'<div><img src="{PICTURE}" alt="You"> <img src="{PICTURE}" alt="lose"></div>'
    ),
    "an alternative text of an area": (
        f'<map name="m"><area href="{LINK}" alt="You are infected"></map>'
    ),
    "a picture without an address": '<img alt="You are infected">',
    "a hidden picture": f'<img src="{PICTURE}" alt="You are infected" style="display:none">',
    "a title with an address": '<p title="evil.example"></p>',
}
# What replaces the word "on" of the approved sentence, which then has both.
BETWEEN = {
    "a picture that says not": f'on <img src="{PICTURE}" alt="not">',
    "a picture that repeats a word": f'on <img src="{PICTURE}" alt="Your">',
    "a picture that repeats a line": f'on <img src="{PICTURE}" alt="Change or cancel">',
    "a picture that says the subject": (
        f'on <img src="{PICTURE}" alt="Your appointment on 14 June 2021">'
    ),
    "a linked picture": f'on <a href="{LINK}"><img src="{PICTURE}" alt="call"></a>',
    "a picture in bold": f'on <b><img src="{PICTURE}" alt="call"></b>',
    "a title of other words": '<span title="at">on</span>',
    "a label in place of a word": '<span aria-label="at">on</span>',
    "a label of more words": '<span aria-label="on at">on</span>',
}


def samples() -> Iterator[Sample]:
    """Yield them by who would see it."""
    for name, (because, html) in FOR_OUTLOOK.items():
        yield Sample("html/outlook", name, good.body_html(BODY + html), because)
    rest = BODY.partition("\n")[2]
    for name, (because, html) in PREVIEWS.items():
        body = html.replace("$BODY", BODY).replace("$REST", rest)
        whole = body if "$" in html else html + BODY
        yield Sample("html/preview", name, good.body_html(whole), because)
    for name, address in ADDRESSES.items():
        quoted = address.replace('"', "&quot;")
        led = good.body_html(BODY.replace(LINK, quoted))
        yield Sample("html/addresses", name, led, "link.")
    for name, (because, html) in LINKS.items():
        yield Sample("html/links", name, good.body_html(BODY + html), because)
    for name, html in SAYING.items():
        yield Sample("html/said", name, good.body_html(BODY + html), "template.alternative")
    for name, html in BETWEEN.items():
        body = BODY.replace("expect you on", f"expect you {html}")
        yield Sample("html/said", name, good.body_html(body), "template.alternative")
    inside = BODY.replace("expect", f'exp<img src="{PICTURE}" alt="MyHealth">ect')
    yield Sample("html/said", "a listed text inside of a word", good.body_html(inside), "html.")
    for name, html in SWAPPED.items():
        yield Sample("html/swapped", name, visit(html), "template.")
    late = f'<p>{WIDE}</p><p style="display:none">{NARROW}</p>{END}'
    yield Sample("html/swapped", "a wording that nobody sees", visit(late), "html.hidden")


# Approved wordings that screens swap, with one thing wrong.
SWAPPED = {
    "another narrow wording": f'{SWAP}<p class="w">{WIDE}</p><p class="n">Run!</p>{END}',
    "another value on narrow screens": (
        f'{SWAP}<p class="w">{WIDE}</p><p class="n">{NARROW.replace("14", "15")}</p>{END}'
    ),
    "another name on narrow screens": (
        f'{SWAP}<p class="w">{WIDE}</p><p class="n">{NARROW.replace("Anna", "Bea")}</p>{END}'
    ),
    "both on narrow screens": (
        "<style>.n{display:none}@media (max-width:480px){.n{display:block!important}}</style>"
        f'<p class="w">{WIDE}</p><p class="n">{NARROW}</p>{END}'
    ),
    "neither on narrow screens": (
        f'<style>@media (max-width:480px){{.w{{display:none}}}}</style><p class="w">{WIDE}</p>{END}'
    ),
    "words swapped within a line": (
        "<style>.n{display:none}@media (max-width:480px){.w{display:none!important}"
        ".n{display:inline!important}}</style>"
        f'<p><span class="w">{WIDE}</span><span class="n">{NARROW}</span></p>{END}'
    ),
    "another wording in a program": (
        f'<style>[data-ogsc] .w{{display:none}}</style><p class="w">{WIDE}</p>{END}'
    ),
    "another wording without style sheets": (
        "<style>.w{display:block!important}</style>"
        f'<p class="w" style="display:none">{WIDE}</p>{END}'
    ),
}  # fmt: skip
