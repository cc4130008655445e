"""Does a style that takes approved text away, or adds some, hold the message; does no other?"""

from __future__ import annotations

import pytest

from tests.reading.build import show

# Each takes the text of the span it stands on from the eyes of some readers, or adds to it.
HOSTILE = """
font:0/0 a
font:0 a
font:calc(0px)/1 a
font:0.01vw/1 a
font:16px/0 a;display:block
font-size:calc(0px)
font-size:calc(1px*0)
font-size:min(0px,16px)
font-size:clamp(0px,0px,1px)
font-size:0.01vw
font-size:.01vmin
font-size:.01svh
font-size:0.01rem
font-size:.1pt
font-size:1%
font-size:.01ch
font-size:0;font-size:16foo
font-size:0;font-size:16
font-size:0;-webkit-font-size:16px
display:none;-webkit-display:block
display:none;display:run-in
display:none;display:-ms-flexbox
display:table-column
display:table-column-group
display:table-header-group
display:table-footer-group
display:-webkit-box;-webkit-line-clamp:1;-webkit-box-orient:vertical;overflow:hidden
visibility:hidden;-ms-visibility:visible
visibility:hidden;visibility:shown
visibility:collapse
opacity:0;-moz-opacity:1
opacity:0;opacity:1 1
opacity:calc(0)
opacity:min(0,1)
-webkit-opacity:0
zoom:.01
zoom:calc(.01)
color:#fff;-moz-color:#000
color:#ffffff00
color:#0000
color:#ffff
color:rgb(255 255 255)
color:rgb(0 0 0 / 0)
color:rgb(0 0 0 / 0%)
color:hsl(0 0% 100%)
color:hwb(0 100% 0)
color:lab(100% 0 0)
color:oklch(1 0 0)
color:color-mix(in srgb,white,white)
color:color(srgb 1 1 1)
color:light-dark(#fff,#000)
color:canvas
color:Window
color:Field
background:#000;color:initial
background:#000;color:windowtext
background:#000
color:#fff;background:none
color:#fff;background:#000;background:none
color:#fff;background-color:#000;background-color:transparent
color:#fff;background:linear-gradient(#000,#222);background-image:none
color:#fff;background:linear-gradient(#fff,#fff)
color:#fff;background-image:linear-gradient(white,white)
color:#b0b0b0;background:rgba(0,0,0,.31)
background:#000;-webkit-background:#fff
-webkit-text-fill-color:#fff
-webkit-text-stroke:20px #fff
display:block;height:0;overflow:hidden;-moz-height:100px
display:block;height:0;overflow:hidden;-moz-overflow:visible
display:block;height:0;overflow:hidden;overflow:foo
display:block;height:0;overflow:hidden;height:100foo
display:block;height:.01vw;overflow:hidden
display:block;height:calc(0px);overflow:hidden
display:block;max-height:min(0px,1px);overflow:hidden
display:block;max-height:.1%;overflow:hidden
display:block;max-width:calc(1px - 1px);overflow:hidden;white-space:nowrap
display:block;width:.001vw;overflow:hidden;white-space:nowrap
display:block;height:3px;overflow:hidden
display:block;max-height:4px;overflow:visible hidden
display:inline-block;width:3px;overflow:hidden;white-space:nowrap
display:block;height:0;overflow:overlay
display:block;overflow:hidden;block-size:0
display:block;line-height:0;overflow:hidden
display:block;line-height:.01
display:inline-block;line-height:0px
display:block;line-height:calc(0px)
display:block;line-height:1%
position:relative;left:-9999px
position:relative;left:-100%
position:relative;left:-100vw
position:relative;left:calc(-9999px)
position:relative;top:calc(0px - 9999px)
position:relative;inset:auto auto auto -100vw
display:block;text-indent:-9999px
display:block;text-indent:100%;overflow:hidden;white-space:nowrap
display:block;text-indent:-1000%
display:block;text-indent:-200vw
display:block;text-indent:calc(-9999px)
display:block;margin-left:-100%
display:block;margin-left:-200vw
display:block;margin-left:calc(-200%)
display:block;margin-inline-start:-9999px
display:block;margin:0 0 0 -30px
display:block;padding-left:300%;overflow:hidden
display:block;padding-left:1500px;overflow:hidden
display:block;padding-top:300%;height:20px;overflow:hidden
display:block;position:relative;background:#fff;margin-top:-20px
float:left;margin-left:-100vw
letter-spacing:calc(-1em)
letter-spacing:-2vw
letter-spacing:-1em
font-size:56px;letter-spacing:-4px
font-size:12px;letter-spacing:-2px
font-size:56px;letter-spacing:-0.2em
word-spacing:-50px
vertical-align:-9999%
vertical-align:-9999px
vertical-align:calc(-9999px)
transform:scale(0)
scale:0
translate:-9999px
clip:rect(0,0,0,0)
clip-path:circle(0)
-webkit-mask-image:linear-gradient(transparent,transparent)
filter:blur(9px)
filter:grayscale(100%)
-webkit-filter:grayscale(1)
mix-blend-mode:screen
content-visibility:hidden
position:absolute
position:sticky;top:9px
columns:1px
order:2
display:flex;flex-wrap:wrap-reverse
display:flex;flex-flow:row wrap-reverse
unicode-bidi:isolate-override;direction:rtl
writing-mode:vertical-rl
-webkit-text-security:disc
text-transform:full-width
text-overflow:ellipsis;overflow:hidden;white-space:nowrap
-webkit-text-size-adjust:1%
font-size-adjust:0.01
outline:500px solid #fff
outline-style:solid;outline-color:#fff;outline-width:500px
outline:30px solid #fff;outline-offset:-30px
display:block;position:relative;box-shadow:0 -200px 0 150px #fff
display:block;position:relative;box-shadow:0 0 0 900px #fff
position:relative;box-shadow:0 -25px #fff
position:relative;box-shadow:0 25px 0 #fff
position:relative;box-shadow:0 60px 20px rgba(255,255,255,.3)
position:relative;box-shadow:0 60px 0 rgba(255,255,255,.05),0 60px 0 rgba(255,255,255,.05)
position:relative;box-shadow:0 60px 0 9px rgba(255,255,255,.05)
position:relative;box-shadow:0 -60px 0 rgba(255,255,255,.05)
position:relative;box-shadow:0 400px 0 rgba(255,255,255,.05)
box-shadow:0 60px 0 rgb(1,2,3,4,5,6)
box-shadow:0 calc(60px) 0 #fff
box-shadow:inset 0 25px #000
box-shadow:inset 0 12px #000,inset 0 -12px #000
box-shadow:inset 0 0 900px #000
text-decoration:line-through #fff 40px
text-decoration:line-through;text-decoration-thickness:30px
font-family:Wingdings
font-family:Wing\\64 ings
font-family:Arial, "Webdings"
font-family:Marlett
font-family:Segoe MDL2 Assets
font-family:MT Extra
font:16px Webdings
font:16px/1 'Symbol'
mso-font-alt:Wingdings
mso-text-raise:500pt
quotes:'a' 'b'
hyphenate-character:'x'
display:list-item;list-style:'evil ' inside
display:list-item;list-style-type:symbols('evil')
color:var(--x,#fff)
color:attr(x color)
margin-left:env(x,-999px)
all:unset
behavior:url(x.htc)
animation:x 1s
caption-side:bottom
""".strip().splitlines()

# What designers and mail programs write; nothing of it changes which text is seen.
EVERYDAY = """
font-family:-apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,sans-serif,"Segoe UI Symbol"
font:16px/1.5 Arial,sans-serif
font:italic bold .9em/1.2 Georgia,serif
font:700 14px Verdana
font:inherit
width:calc(100% - 20px)
max-width:min(600px,100%);overflow:hidden
font-size:1rem;line-height:1.5rem
font-size:11pt;line-height:normal
font-size:x-small
font-size:larger
font-size:80%
font-size:clamp(14px,2vw,18px)
font-size:4vw
font-size:16;line-height:24
font-size: 16 px
color:windowtext;background:window
color:rgb(51 51 51 / 90%)
color:#333333ff
color:rebeccapurple
color:initial
color:inherit
color:rgba(0,0,0,.6)
color:#bbbbbb
background:none;color:#333
background:#0055ff;color:#fff
background-color:#0055ff;background-image:linear-gradient(#0055ff,#0033aa);color:#fff
background:linear-gradient(90deg,#0055ff,#0033aa);color:#fff
background:rgba(0,0,0,.7);color:#fff
margin:0 -8px
margin:-1px 0 0
margin:0 auto;padding:0 5%
margin-inline:auto;padding-block:4px
display:block;padding:40px 20px 60px
padding-bottom:56.25%
display:inline-block;height:40px;line-height:40px;overflow:hidden
display:inline-block;width:1%;white-space:nowrap
line-height:0
vertical-align:super;font-size:75%;line-height:0
vertical-align:-25%
vertical-align:-3px
letter-spacing:-0.02em;text-transform:uppercase
box-shadow:0 25px 50px -12px rgba(0,0,0,.25)
box-shadow:0 1px 2px #ccc, inset 0 0 0 1px #eee
box-shadow:0 0 rgb(0,0,0,0),0 76px 21px 0 #1230,0 49px 19px #00000003,0 27px 16px #0000000d
box-shadow:0 4px 6px -1px rgb(20,50,70,0.2,100%)
box-shadow:inset 0 2px 4px 0 rgba(0,0,0,.06)
box-shadow:5px 5px 0 #000
font-size:56px;letter-spacing:-1.68px
font-size:32px;letter-spacing:-2px
font-size:40px;letter-spacing:-0.05em
filter:none
outline:none
outline:2px solid #00f;outline-offset:2px
position:relative;top:0;left:auto
text-decoration:underline dotted 1px #333;text-underline-offset:4px
opacity:.9;-moz-opacity:.9;-webkit-opacity:.9
display:-webkit-box;display:-webkit-flex;display:-ms-flexbox;display:flex
quotes:none
-webkit-text-size-adjust:none;-ms-text-size-adjust:100%
mso-line-height-rule:exactly;mso-text-raise:15pt;mso-font-alt:Arial;mso-padding-alt:0px
mso-style-priority:99;margin:0cm;margin-bottom:.0001pt
border-radius:8px;overflow:hidden
zoom:1
list-style-type:disc
flex-wrap:wrap
""".strip().splitlines()


def is_doubted(html: str) -> bool:
    """Tell whether the text is in doubt: there is a trouble, or a view of its own to match."""
    shown, troubles = show(html)
    return bool(troubles or shown.others)


HI = "<p>Hi</p>"
NESTED = {
    "opacity": ('<span style="opacity:.4">', "</span>", 6),
    "zoom": ('<div style="zoom:.4">', "</div>", 6),
    "small": ("<small>", "</small>", 12),
    "sub": ("<sub>", "</sub>", 12),
    "smaller": ('<span style="font-size:smaller">', "</span>", 12),
    "ex": ('<span style="font-size:1ex">', "</span>", 8),
    "headings": ("<h6><div>", "</div></h6>", 6),
    "margins to the left": ('<div style="margin-left:-15px;padding-top:1px">', "</div>", 80),
    "margins to the right": ('<div style="margin:0 0 0 900px">', "</div>", 5),
    "a legacy font": ('<font face="Arial, Webdings">', "</font>", 1),
    "a legacy colour": ('<font color="fffffffff">', "</font>", 1),
    "a legacy background": ('<table bgcolor="000000000"><tr><td>', "</td></tr></table>", 1),
    "quotation marks": ("<q style=\"quotes:'Call 0812345 ' ''\">", "</q>", 1),
    "a first number": ('<ol start="999999"><li>', "</li></ol>", 1),
    "a number": ('<ol><li value="911">', "</li></ol>", 1),
    "a collapsed column": (
        '<table><colgroup><col style="visibility:collapse"></colgroup><tr><td>',
        "</td></tr></table>",
        1,
    ),
}
SHEETS = {
    "two kinds of screen": "@media (min-width:1px){.x{color:#fff}}@media print{.x{color:#000}}",
    "a screen and a state": "@media print{.x{color:#000}}.x:hover{color:#fff}",
    "a child outweighs": "body>p.x{display:none}p.x{display:block}",
    "a child without blanks": "p>b{display:none}b{display:inline}",
    "a sibling outweighs": "p+p{font-size:0}p{font-size:16px}",
    "where weighs nothing": ":where(#a,.x){display:block}.x{display:none}",
    "is weighs its heaviest": ".x{display:none}p:is(p){display:block}",
    "hash in a string": '.x{display:none}p:not([title="#a#b"]){display:block}',
    "small root": "html{font-size:0}body{font-size:16px}.x{font-size:1rem}",
    "other font": "@font-face{font-family:a;src:local(Wingdings)}p{font-family:a}",
    "other font in quotes": '@font-face{font-family:a;src:local("Webdings")}',
    "quotation marks": "p{quotes:'Call 911' ''}",
    "a program's own element": ".ExternalClass .x{display:none}",
    "a program's own attribute": ".mine [data-ogsc] .x{display:none}",
    "text before": ".x:hover:before{content:'Call 911'}",
    "text after": ".x::after{content:'Call 911'}",
    "letters of a line": ".x::first-line{font-size:0}",
    "letters at the start": "p:first-letter{font-size:0}",
}


@pytest.mark.parametrize("style", HOSTILE)
def test_a_style_that_may_take_text_away_or_add_some_is_held(style: str) -> None:
    quoted = style.replace('"', "&quot;")

    assert show(f'{HI}<p>Hi <span style="{quoted}">there</span></p>')[1]


@pytest.mark.parametrize("style", EVERYDAY)
def test_an_everyday_style_is_not(style: str) -> None:
    quoted = style.replace('"', "&quot;")
    shown, troubles = show(f'{HI}<p>Hi <span style="{quoted}">there</span></p>')

    assert troubles == set()
    assert shown.text == "Hi Hi there"


@pytest.mark.parametrize("name", NESTED)
def test_what_each_element_does_a_little_of_adds_up(name: str) -> None:
    opening, closing, times = NESTED[name]

    assert show(f"{HI}{opening * times}there{closing * times}")[1]


@pytest.mark.parametrize("name", SHEETS)
def test_rules_are_weighed_as_browsers_weigh_them(name: str) -> None:
    html = f'<style>{SHEETS[name]}</style>{HI}<p class="x"><b>there</b></p>'

    assert is_doubted(html)


@pytest.mark.parametrize(
    "html",
    [
        "<style>.x{display:none}</style><style media=print>.x{display:block!important}</style>",
        "<style>.x{display:none}</style><style type=text/x>.x{display:block!important}</style>",
        "<style>.x{display:none}</style><style title=b>.x{display:block!important}</style>",
        "<style media='(min-width:1px)'>.x{display:none}</style>",
    ],
)
def test_a_sheet_that_is_not_for_everyone_uncovers_nothing(html: str) -> None:
    assert is_doubted(f'{html}{HI}<p class="x">there</p>')


def test_text_that_only_a_sheet_uncovers_is_missing_where_sheets_are_dropped() -> None:
    shown, _ = show(
        "<style>.x{display:block!important}</style>"
        f'{HI}<p class="x" style="display:none">there</p>'
    )

    assert (shown.text, shown.others) == ("Hi there", (("without style sheets", "Hi"),))


def test_a_preview_text_may_be_hidden_by_a_rule_that_insists() -> None:
    shown, troubles = show(
        f"<style>.x{{display:none!important}}</style><div class=x>Soon</div>{HI}"
    )

    assert troubles == set()
    assert (shown.preheader, shown.text) == ("Soon", "Hi")


@pytest.mark.parametrize("name", ["aria-roledescription", "aria-valuetext", "download"])
def test_what_is_read_aloud_or_offered_is_spoken(name: str) -> None:
    shown, _ = show(f'{HI}<a {name}="Hacked" href="https://a.example">x</a>')

    assert shown.spoken == ("Hacked",)


@pytest.mark.parametrize(
    "html",
    [
        '<table bgcolor=336><tr><td style="color:#ffffff">Hi</td></tr></table>',
        '<body bgcolor="#f4f4f4" text="#333333" link="#0055cc"><a href="https://a.example">Hi</a>',
        '<font color=red size="+1" face="Arial, Helvetica">Hi</font>',
        '<div style="font-size:0;line-height:0"><font size=3><p style="line-height:20px">Hi</font>',
        '<td style="line-height:0"><a style="line-height:20px;font-size:14px">Hi</a>',
        "<ol start=3><li>Hi</ol>",
        "<style>p.x>b,.y p:first-child{color:#333}sup{line-height:0}</style><p class=x><b>Hi</b>",
        "<style media=screen>p{color:#333}</style><p>Hi",
        "<style>.wide,.wide p{mso-hide:all;display:none}</style><p>Hi",
        "<style>.sr-only{position:absolute;clip:rect(0,0,0,0)}.x::after{content:'x'}</style><p>Hi",
        "<style>sub,sup{line-height:0;position:relative}sub{bottom:-.25em}sup{top:-.5em}</style>Hi",
    ],
)
def test_everyday_markup_is_seen(html: str) -> None:
    shown, troubles = show(html)

    assert troubles == set()
    assert shown.text == "Hi"


@pytest.mark.parametrize("filtered", ["filter:grayscale(100%)", "-webkit-filter:grayscale(.5)"])
def test_a_picture_may_be_grey(filtered: str) -> None:
    assert not is_doubted(
        f'<p>Hi <img src="https://x.example/a.png" alt="" style="{filtered}"></p>'
    )


def test_a_sheet_makes_nothing_grey_nobody_knows_what_it_selects() -> None:
    grey = "<style>img{filter:grayscale(1)}</style>"

    assert is_doubted(f'{grey}<p>Hi <img src="https://x.example/a.png" alt=""></p>')


def test_letters_inside_of_a_heading_may_be_too_small_for_its_spacing() -> None:
    heading = '<h1 style="font-size:48px;letter-spacing:-2px">{}</h1>'

    assert not is_doubted(heading.format("Welcome"))
    assert is_doubted(heading.format('Welcome <span style="font-size:11px">there</span>'))
