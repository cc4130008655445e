# ruff: noqa: E501 - mark-up as programs write it
"""HTML that takes approved text from the reader's eyes, or hides a text that nobody approved."""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery import good
from tests.battery.sample import Sample

FAMILY = "html/hiding"
SENTENCE = "Your reference is KA-004711."

# Styles of an element around one approved sentence, one a line.
STYLES = """
display:none
display:none !important
DISPLAY:NONE
display: none;display:block\\9
dis\\70 lay:none
display/*x*/:none
display:table-column
display:ruby-text
visibility:hidden
visibility:collapse
visibility:hidden!important;visibility:visible
opacity:0
opacity:0.05
opacity:1%
opacity:.3;opacity:.01
filter:opacity(0)
filter:alpha(opacity=0)
-webkit-filter:opacity(0%)
backdrop-filter:blur(4px)
mix-blend-mode:difference
font-size:0
font-size:1px
font-size:0.1em
font-size:.5pt
font-size:2%
font-size:calc(16px - 16px)
font-size:0vw
font-size:max(0px,0em)
font:0/0 a
font:1px/1 Arial
font:normal normal 400 0px/0px Arial
line-height:0;display:block;overflow:hidden
display:block;line-height:0.01
zoom:0
zoom:0.01
zoom:1%
-webkit-text-size-adjust:0%
color:#fff
color:#fefefe
color:#FFFFFF !important
color:white
color:snow
color:rgb(255,255,255)
color:rgb(100%,100%,100%)
color:rgb(255 255 255 / 1)
color:rgba(0,0,0,0)
color:rgba(0,0,0,.02)
color:hsl(0,0%,100%)
color:hsla(120,100%,50%,0)
color:hwb(0 100% 0%)
color:lab(100% 0 0)
color:oklch(100% 0 0)
color:color(srgb 1 1 1)
color:color-mix(in srgb, white 100%, black)
color:light-dark(white,black)
color:var(--x,white)
--c:white;color:var(--c)
color:env(x,white)
color:transparent
color:Canvas
color:Window
color:#0000
color:#00000000
color:#fff0
-webkit-text-fill-color:transparent
-webkit-text-fill-color:#ffffff
-webkit-text-stroke:10px white
background:#000
background:black;color:black
background-color:#000000;color:#010101
background:linear-gradient(#000,#000)
background:#000 url(https://static.health.example/mail/none.png);background-image:none
color:#fff;background:transparent
color:#fff;background:linear-gradient(white,white)
color:#fff;background:conic-gradient(#000,#000)
color:#fff;background:#000 !important;background:none!important
background:#000;color:currentColor
background-clip:text;-webkit-background-clip:text;color:transparent
-webkit-background-clip:text;-webkit-text-fill-color:transparent
mask-image:linear-gradient(transparent,transparent)
-webkit-mask:url(https://static.health.example/mail/m.png)
clip:rect(0,0,0,0);position:absolute
clip-path:inset(50%)
clip-path:polygon(0 0,0 0,0 0)
position:absolute;left:-9999px
position:fixed;top:-100vh
position:sticky;top:-900px
position:relative;left:-5000px
position:relative;top:-2000px
position:relative;right:9999em
position:relative;inset-inline-start:-5000px
left:-9999px;position:relative
display:block;text-indent:-9999px
display:block;text-indent:9999px;overflow:hidden;white-space:nowrap
display:block;text-indent:120%
display:block;margin-left:-10000px
display:block;margin-left:-100vw
display:block;margin:0 0 0 -200%
display:block;margin-top:-40px
display:block;margin-bottom:-40px
display:block;margin-right:-400px
display:block;padding-left:3000px
display:block;margin-inline-start:-900px
transform:translateX(-9999px)
transform:scale(0)
transform:rotateY(90deg)
translate:-999px
rotate:x 90deg
scale:0.01
perspective:1px
letter-spacing:-1em
letter-spacing:-20px
word-spacing:-1000px
vertical-align:-2000px
display:block;height:0;overflow:hidden
display:block;height:1px;overflow:hidden
display:block;max-height:0;overflow:hidden
display:block;max-height:2px;overflow:clip
display:inline-block;width:0;overflow:hidden
display:inline-block;max-width:1px;overflow:hidden;white-space:nowrap
display:block;block-size:0;overflow:hidden
display:block;inline-size:0;overflow:hidden
display:block;overflow:hidden;height:calc(1px - 1px)
display:block;height:0;overflow-y:hidden
display:block;height:0;overflow:scroll
display:block;contain:strict
display:block;contain:size;overflow:hidden
display:block;content-visibility:hidden
display:block;height:20px;line-height:80px;overflow:hidden
display:inline-block;width:30px;overflow:hidden;white-space:nowrap
display:inline-block;width:40px;height:18px;overflow:hidden
display:block;text-overflow:ellipsis;width:60px;overflow:hidden;white-space:nowrap
display:-webkit-box;-webkit-line-clamp:1;-webkit-box-orient:vertical;overflow:hidden
line-clamp:0
display:flex;flex-direction:row-reverse
columns:40px
column-count:20
shape-outside:circle(0)
writing-mode:vertical-rl
text-orientation:upright
float:left;margin-left:-3000px
display:block;position:relative;z-index:-1;top:900px
animation:fade 1s forwards
transition:opacity 0s;opacity:0
will-change:transform;transform:translate(-5000px)
all:unset;display:none
all:initial
cursor:none;visibility:hidden
offset-path:path('M-999 0')
display:block;outline:40px solid #fff;outline-offset:-40px
box-shadow:inset 0 0 0 400px #fff
text-decoration:line-through white 20px
text-decoration-line:line-through;text-decoration-color:#fff;text-decoration-thickness:2em
-webkit-text-security:circle
overflow-clip-margin:0
user-select:none;opacity:0
font-palette:dark
initial-letter:9
max-lines:1;block-overflow:ellipsis
speak:none;display:none
""".strip().splitlines()

# How an approved sentence is wrapped; {} is the sentence.
WRAPPED = {
    "the attribute hidden": "<span hidden>{}</span>",
    "hidden until found": '<span hidden="until-found">{}</span>',
    "an old font colour": '<font color="#ffffff">{}</font>',
    "an old font colour by name": "<font color=white>{}</font>",
    "an odd old colour that is white": '<font color="fffffffff">{}</font>',
    "a black cell": '<table><tr><td bgcolor="#000000">{}</td></tr></table>',
    "a black table by name": "<table bgcolor=black><tr><td>{}</td></tr></table>",
    "a black row": '<table><tr bgcolor="#000"><td>{}</td></tr></table>',
    "a black cell in a style": '<table><tr><td style="background:#000">{}</td></tr></table>',
    "white inherited": '<div style="color:#fff"><b><i>{}</i></b></div>',
    "white in a white cell of a black table": (
        '<table bgcolor="#000" style="color:#fff"><tr><td bgcolor="#fff">{}</td></tr></table>'
    ),
    "a wrapper not displayed": '<div style="display:none"><p style="display:block">{}</p></div>',
    "a wrapper without opacity": '<div style="opacity:0"><p style="opacity:1">{}</p></div>',
    "half seen through several times": (
        '<p style="opacity:.4"><b style="opacity:.4"><i style="opacity:.4">{}</i></b></p>'
    ),
    "ever smaller": "<small><small><small><small><small><small><small><small><small>{}"
    "</small></small></small></small></small></small></small></small></small>",
    "a wrapper of no height": '<div style="height:0;overflow:hidden"><p>{}</p></div>',
    "a collapsed column": '<table><col style="visibility:collapse"><tr><td>{}</td></tr></table>',
    "the second paragraph of a low box": (
        '<div style="height:24px;overflow:hidden"><p>&nbsp;<br></p><p>{}</p></div>'
    ),
    "behind other lines of a low box": (
        '<div style="max-height:22px;overflow:hidden"><br><br><br>{}</div>'
    ),
    "not read aloud": '<span aria-hidden="true">{}</span>',
    "cells from right to left": (
        '<table dir="rtl"><tr><td>Your reference is</td><td>KA-004711.</td></tr></table>'
    ),
    "isolates from right to left": (
        '<span dir="rtl"><span dir="ltr">Your reference</span> <bdi>is KA-004711.</bdi></span>'
    ),
    "cells from right to left by style": (
        '<table style="direction:rtl"><tr><td>Your</td><td>reference is KA-004711.</td></table>'
    ),
    "a margin in a low box": (
        '<div style="height:20px;overflow:hidden"><p style="margin-top:40px">{}</p></div>'
    ),
    "a picture in a low box": (
        '<div style="height:20px;overflow:hidden"><img height="40" alt="" style="display:block" '
        'src="https://static.health.example/mail/a.png"><br>{}</div>'
    ),
    "a narrow cell that clips": (
        '<table style="table-layout:fixed"><tr><td width="1" style="overflow:hidden">{}</td></tr></table>'
    ),
    "floated to the right past the line": (
        '<span style="float:right">Your reference</span> is KA-004711.'
    ),
    "floated to the left before the line": (
        'Your reference <span style="float:left">is KA-004711.</span>'
    ),
    "floated by rule": (
        "<style>.f{{float:right}}</style>Your <span class=f>reference</span> is KA-004711."
    ),
    "a caption behind its rows": (
        "<table><tr><td>Your reference</td></tr><caption>is KA-004711.</caption></table>"
    ),
    "a caption at the bottom": (
        "<table><caption align=bottom>Your reference</caption><tr><td>is KA-004711.</td></tr></table>"
    ),
    "a foot before the rows": (
        "<table><tfoot><tr><td>Your reference</td></tr></tfoot>"
        "<tbody><tr><td>is KA-004711.</td></tr></tbody></table>"
    ),
    "a head behind the rows": (
        "<table><tbody><tr><td>Your reference</td></tr></tbody>"
        "<thead><tr><td>is KA-004711.</td></tr></thead></table>"
    ),
    "letters of a list": '<ol type="a" start="14"><li>{}</li></ol>',
    "a letter of a list": '<ol type="i"><li value="5">{}</li></ol>',
    "a map": '<map name="m" style="display:none">{}</map>',
}

# Style elements that hide the sentence, which has the class x in <p class="y">.
SHEETS = """
.x{display:none}
.x{display:none!important}
span.x{visibility:hidden}
p .x{font-size:0}
p>.x{opacity:0}
.y *{color:#fff}
[class=x]{display:none}
[class~="x"]{display:none}
[class^=x]{display:none}
[class*=x]{display:none}
span[class]{display:none}
.y :is(span,b){display:none}
.y :where(.x){display:none}
:is(.x,.z){display:none}
p:has(.x) .x{display:none}
span:first-child{display:none}
span:nth-child(1){display:none}
span:nth-of-type(n){display:none}
span:last-of-type{display:none}
span:only-of-type{display:none}
.x:empty,.x{display:none}
.\\78{display:none}
.x/**/{display:none}
.x,.z{display:none}
a,.x,b{display:none}
.x{color:red;color:#fff}
.x{c\\6flor:#fff}
.y{font-size:0}.x{font-size:inherit}
@media (max-width:600px){.x{display:block;height:18px;line-height:60px;overflow:hidden}}
@layer a,b;@layer b{.x{display:none}}
@container (min-width:0){.x{display:none}}
@scope (.y){.x{display:none}}
@starting-style{.x{opacity:0}}
@document url(){.x{display:none}}
@-moz-document url-prefix(){.x{display:none}}
.y{.x{display:none}}
.y{& .x{display:none}}
.x::first-letter{font-size:0}
.x::first-line{color:#fff}
.y::first-line{font-size:0}
<!-- .x{display:none} -->
@charset "utf-8";.x{display:none}
@namespace url(http://www.w3.org/1999/xhtml);.x{display:none}
} .x{display:none}
@foo;.x{display:none}
@foo{} .x{display:none}
.z{color:red;;;}.x{;display:none}
.x{color:red;display:none
@property --c{syntax:"<color>";inherits:true;initial-value:white}.x{color:var(--c)}
:root{--d:none}.x{display:var(--d)}
@keyframes k{to{opacity:0}}.x{animation:k 0s forwards}
@font-face{font-family:q;src:local("Webdings")}.x{font-family:q}
@font-feature-values q{@styleset{a:1}}.x{display:none}
@counter-style c{system:cyclic;symbols:"x"}.x{display:none}
@view-transition{navigation:auto}.x{display:none}
@position-try --a{left:0}.x{display:none}
@page{size:0}.x{display:none}
""".strip().splitlines()


# The same, where some screens, states or programs would hide it, or nearly everything.
SCREENS = """
span:not(.z){display:none}
html{font-size:1px}.x{font-size:1rem}
*{color:#fff}
body *{display:none}
@media all{.x{display:none}}
@media screen{.x{display:none}}
@media screen and (max-width:9999px){.x{display:none}}
@media (min-width:0){.x{display:none}}
@media not print{.x{display:none}}
@media only screen{.x{color:#fff}}
@media (prefers-color-scheme:dark){.x{color:#000!important}body{background:#000!important}}
@media print{.x{display:none}}
@media (hover){.x{display:none}}
@media screen{@media screen{.x{display:none}}}
@media (max-width:600px){.x{max-height:0;overflow:hidden}}
@supports (display:block){.x{display:none}}
@supports not (display:foo){.x{display:none}}
@layer a{.x{display:none}}
.x:hover{display:none}
.y:hover .x{visibility:hidden}
.x:not(:hover){display:none}
.x:not(:focus){display:none}
body:not(:target) .x{display:none}
.x:target{display:none}
[data-ogsc] .x{display:none}
[data-ogsb] .x{color:#fff!important}
u+.body .x{display:none}
.ExternalClass .x{display:none}
#MessageViewBody .x{display:none}
.moz-text-html .x{display:none}
* [office365] .x{display:none}
div>u~div .x{display:none}
#outlook .x{display:none}
.gmail_quote .x{display:none}
blockquote .x{display:none}
div div div .x{display:none}
""".strip().splitlines()

# Text that nobody approved, hidden behind the approved one.
EVIL = "You are infected."
UNSEEN = {
    "not displayed": f'<p style="display:none">{EVIL}</p>',
    "hidden by attribute": f"<p hidden>{EVIL}</p>",
    "white on white": f'<p style="color:#fff">{EVIL}</p>',
    "without size": f'<p style="font-size:0">{EVIL}</p>',
    "for screen readers": f'<p style="visibility:hidden">{EVIL}</p>',
    "kept for a forwarded copy": (
        "<style>.moz-text-html>div>.k{display:none}</style>"
        f'<p class="k" style="display:none">{EVIL}</p>'
    ),
    "salted between letters": '<p><span style="font-size:0">x</span></p>',
    "a word in a hidden cell": '<table><tr><td style="display:none">free</td></tr></table>',
    "in a box of no height": f'<div style="max-height:0;overflow:hidden">{EVIL}</div>',
    "behind many lines": f'<div style="opacity:0">{"<br>" * 50}{EVIL}</div>',
}


def samples() -> Iterator[Sample]:
    """Yield them by the way in which text is hidden."""
    for style in STYLES:
        html = _around(f'<span style="{style.replace(chr(34), "&quot;")}">{SENTENCE}</span>')
        yield Sample(f"{FAMILY}/style", style, html, "html.")
    for name, wrapped in WRAPPED.items():
        yield Sample(f"{FAMILY}/wrapped", name, _around(wrapped.format(SENTENCE)), "html.")
    for sheet in SHEETS:
        html = _around(f'<span class="x">{SENTENCE}</span>', f"<style>{sheet}</style>")
        yield Sample(f"{FAMILY}/sheet", sheet, html, "html.")
    for sheet in SCREENS:
        html = _around(f'<span class="x">{SENTENCE}</span>', f"<style>{sheet}</style>")
        yield Sample(f"{FAMILY}/screen", sheet, html, "template.")
    for name, text in UNSEEN.items():
        html = good.body_html(good.APPOINTMENT_BODY + text)
        yield Sample(f"{FAMILY}/unapproved", name, html, "html.hidden")


def _around(wrapped: str, head: str = "") -> bytes:
    body = good.APPOINTMENT_BODY.replace(SENTENCE, wrapped).replace("<p>we", '<p class="y">we')
    return good.body_html(body, head)
