"""What does an HTML part show to all of its readers, and when is it held?"""

from __future__ import annotations

import pytest

from filter.message import LinkKind, ViewKind
from tests.reading.build import mail, read, show

HI = "<p>Hi</p>"

HOSTILE = {
    "display none": ("html.hidden", f'{HI}<p style="display:none">evil</p>'),
    "hidden attribute": ("html.hidden", f"{HI}<p hidden>evil</p>"),
    "visibility": ("html.hidden", f'{HI}<p style="visibility:hidden">evil</p>'),
    "white on white": ("html.hidden", f'{HI}<p style="color:#fff">evil</p>'),
    "nearly white": ("html.hidden", f'{HI}<p style="color:#fefefe">evil</p>'),
    "black on black": ("html.hidden", f'{HI}<table bgcolor="#000000"><tr><td>evil</table>'),
    "old font colour": ("html.hidden", f'{HI}<font color="#ffffff">evil</font>'),
    "body text colour": ("html.hidden", '<body text="#ffffff"><p style="color:red">Hi</p>evil'),
    "clear ink": ("html.hidden", f'{HI}<p style="color:rgba(0,0,0,0)">evil</p>'),
    "clear fill": ("html.hidden", f'{HI}<p style="-webkit-text-fill-color:transparent">evil</p>'),
    "font of nothing": ("html.hidden", f'{HI}<p style="font-size:0">evil</p>'),
    "font of one pixel": ("html.hidden", f'{HI}<p style="font:1px Arial">evil</p>'),
    "relative font": ("html.hidden", f'{HI}<p style="font-size:10%">evil</p>'),
    "opacity": ("html.hidden", f'{HI}<p style="opacity:0.01">evil</p>'),
    "no height": ("html.hidden", f'{HI}<p style="height:0;overflow:hidden">evil</p>'),
    "one pixel high": ("html.hidden", f'{HI}<p style="max-height:1px;overflow:hidden">evil</p>'),
    "escaped property": ("html.hidden", f'{HI}<p style="d\\69splay:none">evil</p>'),
    "commented property": ("html.hidden", f'{HI}<p style="display/**/:none">evil</p>'),
    "important wins": ("html.hidden", f'{HI}<p style="display:none!important;display:block">evil'),
    "by class": ("html.hidden", f"<style>.x{{display:none}}</style>{HI}<p class=x>evil</p>"),
    "by class and colour": ("html.hidden", f"<style>p.x{{color:#fff}}</style>{HI}<p class=x>evil"),
    "absolute": ("html.css", f'{HI}<p style="position:absolute">evil</p>'),
    "shifted": ("html.css", f'{HI}<p style="position:relative;left:-9999px">evil</p>'),
    "indented": ("html.css", f'{HI}<p style="text-indent:-9999px">evil</p>'),
    "margin": ("html.css", f'{HI}<p style="margin-left:-9999px">evil</p>'),
    "margin in em": ("html.css", f'{HI}<p style="margin-left:-999em">evil</p>'),
    "squeezed": ("html.css", f'{HI}<p style="letter-spacing:-50px">evil</p>'),
    "transformed": ("html.css", f'{HI}<p style="transform:scale(0)">evil</p>'),
    "clipped": ("html.css", f'{HI}<p style="clip-path:inset(100%)">evil</p>'),
    "filtered": ("html.css", f'{HI}<p style="filter:opacity(0)">evil</p>'),
    "reversed": ("html.css", '<p style="unicode-bidi:bidi-override;direction:rtl">live</p>'),
    "reordered": ("html.css", '<div style="display:flex;flex-direction:row-reverse">x</div>'),
    "picture font": ("html.css", '<p style="font-family:Wingdings">J</p>'),
    "expression": ("html.css", '<p style="width:expression(alert(1))">x</p>'),
    "variable": ("html.css", '<p style="--x:none;display:var(--x)">x</p>'),
    "added text": ("html.css", f"<style>p::before{{content:'evil'}}</style>{HI}"),
    "imported": ("html.css", f"<style>@import url(https://evil.example/x.css);</style>{HI}"),
    "keyframes": ("html.css", f"<style>@keyframes x{{to{{opacity:0}}}}</style>{HI}"),
    "linked style sheet": ("html.css", f'<link rel="stylesheet" href="https://a.example/x">{HI}'),
    "script": ("html.script", "<script>alert(1)</script>"),
    "handler": ("html.script", '<p onclick="x()">Hi</p>'),
    "frame": ("html.element", '<iframe src="https://evil.example"></iframe>'),
    "form": ("html.element", '<form action="https://evil.example"><input value="evil"></form>'),
    "base": ("html.element", '<base href="https://evil.example/"><a href="x">Hi</a>'),
    "refresh": ("html.element", '<meta http-equiv="refresh" content="0;url=//evil.example">'),
    "svg": ("html.element", "<svg><text>evil</text></svg>"),
    "math": ("html.element", "<math><mi>evil</mi></math>"),
    "video": ("html.element", '<video src="https://evil.example/v"></video>'),
    "object": ("html.element", '<object data="https://evil.example"></object>'),
    "ruby": ("html.element", "<ruby>x<rt>evil</rt></ruby>"),
    "details": ("html.element", "<details><summary>x</summary>evil</details>"),
    "noscript": ("html.element", "<noscript>evil</noscript>"),
    "template": ("html.element", "<template>evil</template>"),
    "textarea": ("html.element", "<textarea>evil</textarea>"),
    "plaintext": ("html.element", "<plaintext>evil"),
    "marquee": ("html.element", "<marquee>evil</marquee>"),
    "bdo": ("html.element", '<bdo dir="rtl">live</bdo>'),
    "several sources": ("html.element", '<img srcset="https://evil.example/x evil">'),
    "text after a cell": (
        "html.parsers_disagree",
        "<table><tr><td>Hi</td></tr>evil<tr><td>there</td></tr></table>",
    ),
    "early end of a comment": ("html.malformed", "<!--> evil -->"),
    "other end of a comment": ("html.malformed", "<!-- x --!> evil -->"),
    "comment in a comment": ("html.malformed", "<!-- <!-- --> evil -->"),
    "style outside of its comment": (
        "html.malformed",
        f"<style><!-- p{{color:red}} --> <!-- x --> </style>{HI}",
    ),
    "cdata": ("html.malformed", f"{HI}<![CDATA[evil]]>"),
    "processing instruction": ("html.malformed", f'<?xml version="1.0"?>{HI}'),
    "unclosed quote": ("html.malformed", '<p title="x>evil</p><p title="y">Hi</p>'),
    "attribute twice": (
        "html.malformed",
        '<a href="https://a.example" HREF="https://b.example">x</a>',
    ),
    "attributes that touch": ("html.malformed", '<a href="https://a.example"id="x">x</a>'),
    "slash for a blank": ("html.malformed", '<a/href="https://evil.example">x</a>'),
    "stray less-than": ("html.malformed", "<p>1 < 2</p>"),
    "backquotes": ("html.malformed", "<a href=`https://evil.example`>x</a>"),
    "too many attributes": ("html.malformed", "<p " + " ".join(f"a{n}" for n in range(99)) + ">x"),
    "too many tags": ("html.size", "<b>" * 60_000),
    "hidden link for Outlook": (
        "html.conditional",
        f'{HI}<!--[if mso]><div style="display:none"><![endif]-->x',
    ),
    "frame for Outlook": ("html.conditional", f"{HI}<!--[if mso]><iframe></iframe><![endif]-->"),
    "odd condition": ("html.conditional", f"{HI}<!--[if mso]>x-->"),
    "zero width": ("text.invisible", "<p>e\u200bvil</p>"),
    "zero width entity": ("text.invisible", "<p>e&#8203;vil</p>"),
    "override": ("text.invisible", "<p>\u202elive</p>"),
    "in an alternative text": ("text.invisible", '<img alt="e\u200bvil" src="cid:x">'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_hides_moves_adds_or_loads_is_held(name: str) -> None:
    code, html = HOSTILE[name]

    assert code in show(html)[1]


GOOD = {
    "paragraphs": ("<p>Hello</p><p>there</p>", "Hello there"),
    "break": ("Hello<br>there<br/>you", "Hello there you"),
    "inline": ("He<b>ll</b>o, <i>you</i>!", "Hello, you!"),
    "cells": ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
    "unclosed": ("<ul><li>a<li>b</ul><p>c<p>d", "a b c d"),
    "entities": ("caf&eacute; &amp; &lt;b&gt; &#8364;5&nbsp;x", "café & <b> €5 x"),
    "block span": ('<span style="display:block">a</span>b', "a b"),
    "title is not shown": ("<title>Your order</title><p>Hi</p>", "Hi"),
    "remark": ("<p>Hi</p><!-- start of footer: see a < b --><p>x</p>", "Hi x"),
    "doctype": (
        (
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
            '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
            '<html xmlns="http://www.w3.org/1999/xhtml" '
            'xmlns:o="urn:schemas-microsoft-com:office:office">'
            "<body>Hi</body></html>"
        ),
        "Hi",
    ),
    "metas": (
        (
            '<meta charset="utf-8"><meta http-equiv="X-UA-Compatible" content="IE=edge">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="color-scheme" content="light dark">Hi'
        ),
        "Hi",
    ),
    "ghost table": (
        (
            '<!--[if mso]><table role="presentation" width="600"><tr><td style="font-size:0">'
            "<![endif]-->"
            "<p>Hi</p><!--[if mso]></td></tr></table><![endif]-->"
        ),
        "Hi",
    ),
    "settings": (
        (
            "<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/>"
            "<o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><![endif]-->Hi"
        ),
        "Hi",
    ),
    "style for Outlook": (
        "<!--[if mso]><style>* {font-family: sans-serif !important}</style><![endif]-->Hi",
        "Hi",
    ),
    "revealed": ("<!--[if !mso]><!--><style>p{margin:0}</style><!--<![endif]--><p>Hi</p>", "Hi"),
    "resets": (
        (
            "<style>body,table,td{-webkit-text-size-adjust:100%;-ms-text-size-adjust:100%}"
            "table,td{mso-table-lspace:0pt;border-collapse:collapse}img{border:0;height:auto;"
            "-ms-interpolation-mode:bicubic}#outlook a{padding:0}.ExternalClass *{line-height:100%}"
            "a[x-apple-data-detectors]{color:inherit !important;font-size:inherit !important}"
            "@media only screen and (max-width:480px){.full{width:100% !important;display:block}}"
            "blockquote:before{content:''}a:hover{text-decoration:underline}</style><p>Hi</p>"
        ),
        "Hi",
    ),
    "dark mode": (
        (
            "<style>:root{color-scheme:light dark}@media (prefers-color-scheme:dark){"
            "body,.card{background:#111 !important;color:#fff !important}}"
            "[data-ogsc] .card{color:#fff !important}[data-ogsb] .card{background:#111 !important}"
            '</style><body><div class="card">Hi</div></body>'
        ),
        "Hi",
    ),
    "hidden when small and empty": (
        (
            "<style>@media (max-width:480px){.gap{display:none !important}}</style>"
            '<p>Hi</p><table><tr><td class="gap">&nbsp;</td></tr></table>'
        ),
        "Hi",
    ),
    "white on a colour": (
        '<table><tr><td bgcolor="#1a73e8"><b style="color:#ffffff">Open</b></td></tr></table>',
        "Open",
    ),
    "white on a picture": (
        '<div style="background-image:url(cid:x)"><p style="color:#fff">Open</p></div>',
        "Open",
    ),
    "sized in a wrapper without size": (
        (
            '<div style="font-size:0"><div style="font-size:14px">a</div>'
            '<div style="display:inline-block;font-size:14px">b</div></div>'
        ),
        "a b",
    ),
    "visible again": (
        '<div style="visibility:hidden"><p style="visibility:visible">Hi</p></div>',
        "Hi",
    ),
    "spacer": ('<p>Hi</p><div style="line-height:1px;font-size:1px">&nbsp;</div><p>x</p>', "Hi x"),
    "padding spacer": ("<p>Hi</p><span>&zwnj;&nbsp;</span><p>x</p>", "Hi x"),
    "greater-than in quotes": (
        '<img src="cid:x" alt="Home > Shop"><p>a &gt; b > c</p>',
        "a > b > c",
    ),
    "button with padding for Outlook": (
        "<!--[if mso]><i style='mso-text-raise:18' hidden>&#8202;&#8203;</i><![endif]-->Open",
        "Open",
    ),
    "role": ('<div role="article" aria-roledescription="email" lang="en">Hi</div>', "Hi"),
    "style in a comment": ("<style><!--\np {margin:0in}\n--></style><p>Hi</p>", "Hi"),
    "right to left": ('<p dir="rtl" lang="ar">مرحبا</p>', "مرحبا"),
    "outlook paragraph": ('<p class="MsoNormal">Hi<o:p></o:p></p>', "Hi"),
}


@pytest.mark.parametrize("name", GOOD)
def test_everyday_html_is_read_without_doubt(name: str) -> None:
    html, text = GOOD[name]
    shown, troubles = show(html)

    assert troubles == set()
    assert shown.text == text
    assert shown.outlook_text == text


@pytest.mark.parametrize(
    "style",
    [
        "display:none;max-height:0;overflow:hidden",
        "display:none!important;visibility:hidden;mso-hide:all;font-size:1px;color:#ffffff",
        "font-size:1px;line-height:1px;max-height:0px;max-width:0px;opacity:0;overflow:hidden",
        "color:#fff;font-size:0",
    ],
)
def test_a_hidden_beginning_is_the_preheader_without_its_padding(style: str) -> None:
    padding = "&nbsp;&zwnj;&#847;&shy; " * 40
    shown, troubles = show(f'<div style="{style}">See your code {padding}</div><p>Hi</p>')

    assert troubles == set()
    assert (shown.preheader, shown.text) == ("See your code", "Hi")


def test_a_preheader_is_a_field_of_the_view() -> None:
    message = read(mail('<div style="display:none">Soon</div><p>Hi</p>', "text/html"))

    assert [(v.kind, v.name, v.text, v.preheader) for v in message.views] == [
        (ViewKind.HTML, "html", "Hi", "Soon")
    ]


def test_a_drawn_button_and_its_twin_are_one_text() -> None:
    shown, troubles = show(
        '<!--[if mso]><v:roundrect xmlns:v="urn:schemas-microsoft-com:vml" '
        'href="https://health.example/x" style="height:40px;v-text-anchor:middle" fillcolor="#11f">'
        '<w:anchorlock/><center style="color:#ffffff">Open</center></v:roundrect><![endif]-->'
        '<!--[if !mso]><!--><a href="https://health.example/x" '
        'style="background-color:#1111ff;color:#ffffff">Open</a><!--<![endif]-->'
    )

    assert troubles == set()
    assert shown.text == shown.outlook_text == "Open"
    assert {(link.url, link.label) for link in shown.links} == {
        ("https://health.example/x", "Open")
    }


@pytest.mark.parametrize(
    ("html", "text", "outlook"),
    [
        ("<p>Hi</p><!--[if mso]><p>evil</p><![endif]-->", "Hi", "Hi evil"),
        ("<p>Hi <!--[if !mso]><!-->evil<!--<![endif]--></p>", "Hi evil", "Hi"),
        ('<p>Hi <span style="mso-hide:all">evil</span></p>', "Hi evil", "Hi"),
    ],
)
def test_what_only_outlook_sees_or_misses_is_another_view(
    html: str, text: str, outlook: str
) -> None:
    views = read(mail(html, "text/html")).views

    assert [(v.name, v.text) for v in views] == [("html", text), ("html, Outlook", outlook)]


HIDDEN = "display:none"
SHOWN = "display:block!important"
WAYS_OF_SEEING = {
    "a screen hides it": (
        f"<style>@media screen{{.x{{{HIDDEN}}}}}</style>{HI}<p class=x>there</p>",
        [("html", "Hi there"), ("html, @media screen", "Hi")],
    ),
    "a state hides it": (
        f"<style>p:hover{{{HIDDEN}}}</style>{HI}",
        [("html", "Hi"), ("html, in some programs", "")],
    ),
    "a program hides it": (
        f"<style>[data-ogsc] .x{{{HIDDEN}}}</style>{HI}<p class=x>there</p>",
        [("html", "Hi there"), ("html, in some programs", "Hi")],
    ),
    "a program without style sheets misses it": (
        f'<style>.x{{{SHOWN}}}</style>{HI}<p class=x style="{HIDDEN}">there</p>',
        [("html", "Hi there"), ("html, without style sheets", "Hi")],
    ),
    "a screen swaps blocks": (
        (
            f"<style>@media (max-width:480px){{.w{{{HIDDEN}!important}}.n{{{SHOWN}}}}}</style>"
            f'<p class=w>wide</p><p class=n style="{HIDDEN}">narrow</p>'
        ),
        [("html", "wide"), ("html, @media (max-width:480px)", "narrow")],
    ),
    "a screen swaps words": (
        (
            f"<style>@media (max-width:480px){{.n{{display:inline!important}}}}</style>"
            f'<p>You are <b class=n style="{HIDDEN}">not</b> well</p>'
        ),
        [
            ("html", "You are well"),
            ("html, @media (max-width:480px)", "You are not well"),
        ],
    ),
    "two screens together": (
        (
            f"<style>@media (a){{.a{{{HIDDEN}}}}}@media (b){{.b{{{HIDDEN}}}}}</style>"
            "<p class=a>a</p><p class=b>b</p><p>c</p>"
        ),
        [
            ("html", "a b c"),
            ("html, @media (a)", "b c"),
            ("html, @media (b)", "a c"),
            ("html, @media (a) and @media (b)", "c"),
        ],
    ),
    "no screen shows other text": (
        f'<style>@media (a){{p{{font-size:18px}}}}</style><p style="{HIDDEN}">Soon</p>{HI}',
        [("html", "Hi")],
    ),
}


@pytest.mark.parametrize("name", WAYS_OF_SEEING)
def test_each_way_of_seeing_that_shows_other_text_is_a_view(name: str) -> None:
    html, views = WAYS_OF_SEEING[name]
    message = read(mail(html, "text/html"))

    assert [(view.name, view.text) for view in message.views] == views
    assert message.troubles == ()


def test_more_kinds_of_screen_than_can_be_combined_are_held() -> None:
    sheet = "".join(f"@media ({n}px){{.x{n}{{display:none}}}}" for n in range(5))
    body = "".join(f"<p class=x{n}>{n}</p>" for n in range(5))

    assert show(f"<style>{sheet}</style>{body}")[1] == {"html.hidden"}


SPOKEN = {
    "between words": ("<p>You are <img alt=not> well</p>", ("not",), ()),
    "in a link between words": (
        "<p>You are <a href=#x><img alt=not></a> well</p>", ("not",), (),
    ),
    "in a block of its own": (f"{HI}<p><img alt=not></p>", (), ("not",)),
    "beside another": ("<p><img alt=You><img alt=lose></p>", ("You", "lose"), ()),
    "twice the same": ("<p><img alt=Logo><img alt=Logo></p>", (), ("Logo",)),
    "the words beside it again": ("<p><img alt=Hi> Hi</p>", (), ()),
    "a whole line again": (f"{HI}<p><img alt=Hi></p>", (), ()),
    "a title of its own words": ('<p>Do <a href=#x title="open it">open <b>it</b></a>', (), ()),
    "a title of other words": ('<p>Do <a href=#x title="shut it">open it</a>', (), ("shut it",)),
    "a title of a picture's words": (f"{HI}<p>x <img alt=Logo title=Logo>", ("Logo",), ()),
    "a title of words around": ("<p>Do not <b title=not>open</b> it", (), ("not",)),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOKEN)
def test_what_stands_for_pictures_is_judged_by_its_place(name: str) -> None:
    html, between, alone = SPOKEN[name]
    shown, troubles = show(html)

    assert troubles == set()
    assert (shown.between, shown.alone) == (between, alone)


def test_a_picture_in_the_middle_of_a_word_says_nothing() -> None:
    assert show("<p>infe<img alt=ri>or</p>")[1] == {"html.alternative"}
    assert show('<p>infe<img alt="">or</p>')[1] == set()


CUT = {
    "lines": '<div style="height:20px;overflow:hidden">Hi<br>there</div>',
    "a long line": f'<div style="height:20px;overflow:hidden">{"so it goes " * 50}</div>',
    "paragraphs": '<div style="max-height:30px;overflow:hidden"><p>Hi</p><p>there</p></div>',
    "a word": '<span style="display:inline-block;width:12px;overflow:hidden">therapist</span>',
    "a line that is not wrapped": (
        '<div style="width:60px;overflow:hidden;white-space:nowrap">We go to see them</div>'
    ),
    "a line that is too low": (
        '<div style="height:20px;line-height:60px;overflow:hidden">there</div>'
    ),
    "by two rules": (
        "<style>.a{height:20px}.b{overflow:hidden}</style>"
        '<div class="a b">Hi<br>there</div>'
    ),
    "on a screen": (
        "<style>@media (a){.a{max-height:20px!important;overflow:hidden}}</style>"
        "<div class=a>Hi<br>there</div>"
    ),
}  # fmt: skip
FITTING = {
    "a button": '<a style="display:block;height:40px;line-height:40px;overflow:hidden">Open</a>',
    "a card": '<div style="width:600px;overflow:hidden;border-radius:8px">So it goes on</div>',
    "two lines": '<div style="height:40px;line-height:20px;overflow:hidden">Hi<br>there</div>',
    "a picture": '<div style="width:32px;overflow:hidden"><img src="cid:x" alt=""></div>Hi',
    "a narrow label": '<b style="display:inline-block;width:60px;overflow:hidden">Monday</b>',
}


@pytest.mark.parametrize("name", CUT)
def test_text_that_its_box_cuts_off_is_held(name: str) -> None:
    assert show(CUT[name])[1] == {"html.hidden"}


@pytest.mark.parametrize("name", FITTING)
def test_text_that_fits_into_its_box_is_not(name: str) -> None:
    assert show(FITTING[name])[1] == set()


def test_links_have_their_kind_and_label() -> None:
    shown, troubles = show(
        '<a href="https://a.example/x">Open <b>it</b></a> <a href="#top">up</a>'
        '<img src="https://b.example/i.png" alt="Logo"><img src="cid:l">'
        '<table background="https://c.example/t.png"><tr><td style="background:url(cid:bg)">'
        '<a href="mailto:help@a.example"><img src="https://d.example/i.png" alt="Mail us"></a>'
        "</td></tr></table>"
    )

    assert troubles == set()
    assert [(link.url, link.kind, link.label) for link in shown.links] == [
        ("https://a.example/x", LinkKind.ANCHOR, "Open it"),
        ("https://b.example/i.png", LinkKind.RESOURCE, ""),
        ("https://c.example/t.png", LinkKind.RESOURCE, ""),
        ("https://d.example/i.png", LinkKind.RESOURCE, ""),
        ("mailto:help@a.example", LinkKind.ANCHOR, ""),
    ]
    assert shown.content_ids == ("l", "bg")
    assert shown.spoken == ("Logo", "Mail us")


def test_attributes_nobody_uses_carry_links_too() -> None:
    shown, _ = show('<p data-x="https://fine.example" oddity="//evil.example/x">Hi</p>')

    assert [link.url for link in shown.links] == ["//evil.example/x"]


def test_fonts_from_a_font_service_are_a_link_to_allow_and_no_more() -> None:
    url = "https://fonts.googleapis.com/css?family=Ubuntu:300,400"
    shown, troubles = show(
        f'<link href="{url}" rel="stylesheet"><style>@import url({url});</style><p>Hi</p>'
    )

    assert troubles == set()
    assert {(link.url, link.kind) for link in shown.links} == {(url, LinkKind.RESOURCE)}


def test_a_deep_tree_is_read_or_held_and_never_overflows() -> None:
    shallow = show("<div>" * 200 + "Hi" + "</div>" * 200)
    deep = show("<div>" * 20_000 + "Hi")

    assert shallow[1] == set()
    assert shallow[0].text == "Hi"
    assert deep[1]
