# ruff: noqa: E501 - mark-up as programs write it
"""Elements, attributes and spellings that load, draw, move, or that readers take apart differently."""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery import good
from tests.battery.sample import Sample

BODY = good.APPOINTMENT_BODY
LINK = f"https://www.health.example/appointments/{good.REFERENCE}"

# Each is put behind the approved text; it shows no text that a simple reader would find.
ELEMENTS = {
    "a form": '<form action="https://health.example/"></form>',
    "an input": '<input type="hidden" name="a">',
    "an input with a value": '<input value="You are infected">',
    "an input with a hint": '<input placeholder="Your password">',
    "an image input": '<input type="image" src="https://static.health.example/mail/a.png">',
    "a text area": "<textarea></textarea>",
    "a selection": "<select><option></select>",
    "a data list": '<datalist id="d"><option value="x"></datalist>',
    "a button": '<button formaction="https://health.example/"></button>',
    "an output": "<output></output>",
    "a field set": "<fieldset><legend></legend></fieldset>",
    "a key maker": "<keygen>",
    "a meter": '<meter value="1"></meter>',
    "a progress bar": '<progress value="1"></progress>',
    "a frame": '<iframe src="https://health.example/"></iframe>',
    "a frame with its own document": '<iframe srcdoc="You are infected"></iframe>',
    "a set of frames": '<frameset><frame src="https://health.example/"></frameset>',
    "no frames": "<noframes></noframes>",
    "an object": '<object data="https://health.example/"></object>',
    "an embedded thing": '<embed src="https://health.example/">',
    "an applet": '<applet code="x"></applet>',
    "a background sound": '<bgsound src="https://health.example/">',
    "a drawing": "<svg></svg>",
    "a drawing with text": "<svg><text>You are infected.</text></svg>",
    "a drawing with a link": '<svg><a xlink:href="https://health.example/"></a></svg>',
    "a drawing that uses another": '<svg><use href="#x"/></svg>',
    "a drawing that holds HTML": "<svg><foreignObject><p></p></foreignObject></svg>",
    "a drawing with a title": "<svg><title></title></svg>",
    "a drawing with a style": "<svg><style></style></svg>",
    "a formula": "<math></math>",
    "a formula with text": "<math><mtext></mtext></math>",
    "a film": '<video poster="https://static.health.example/mail/a.png"></video>',
    "a sound": '<audio src="https://health.example/"></audio>',
    "a canvas": "<canvas></canvas>",
    "a template": "<template></template>",
    "a template with a shadow": '<div><template shadowrootmode="open"></template></div>',
    "no scripts": "<noscript></noscript>",
    "nothing embedded": "<noembed></noembed>",
    "an example": "<xmp></xmp>",
    "a listing": "<listing></listing>",
    "details": "<details></details>",
    "open details": "<details open><summary></summary></details>",
    "a dialogue": "<dialog open></dialog>",
    "a marquee": "<marquee></marquee>",
    "what blinks": "<blink></blink>",
    "a base": '<base href="https://www.health.example/">',
    "a base target": '<base target="_top">',
    "a linked style sheet": '<link rel="stylesheet" href="https://static.health.example/mail/a.css">',
    "a preloaded thing": '<link rel="preload" href="https://static.health.example/mail/a.css">',
    "an icon": '<link rel="icon" href="https://static.health.example/mail/a.png">',
    "an import": '<link rel="import" href="https://static.health.example/mail/a.html">',
    "a canonical address": '<link rel="canonical" href="https://health.example/">',
    "a refresh": '<meta http-equiv="refresh" content="0;url=https://health.example/">',
    "a policy": '<meta http-equiv="Content-Security-Policy" content="default-src x">',
    "a cookie": '<meta http-equiv="Set-Cookie" content="a=b">',
    "a default style": '<meta http-equiv="default-style" content="x">',
    "a portal": '<portal src="https://health.example/"></portal>',
    "a picture with sources": (
        '<picture><source srcset="https://static.health.example/mail/a.png"></picture>'
    ),
    "a source": '<source src="https://static.health.example/mail/a.png">',
    "a track": '<track src="https://static.health.example/mail/a.vtt">',
    "a slot": "<slot></slot>",
    "an element of one's own": "<my-text></my-text>",
    "an element with a colon": "<v:textbox></v:textbox>",
    "XML data": "<xml></xml>",
    "an old index": "<isindex>",
    "a next id": "<nextid n=1>",
    "a layer": '<layer src="https://health.example/"></layer>',
    "a multi-column": "<multicol></multicol>",
    "a spacer of old": '<spacer type="block" height="9">',
    "ruby": "<ruby>x<rt></rt></ruby>",
    "ruby brackets": "<ruby><rp>(</rp></ruby>",
    "letters in another order": '<bdo dir="rtl"></bdo>',
    "a menu": "<menuitem></menuitem>",
    "a command": "<command>",
    "a content": "<content></content>",
    "a shadow": "<shadow></shadow>",
    "a fenced frame": "<fencedframe></fencedframe>",
    "a selection's content": "<selectedcontent></selectedcontent>",
    "accelerated pages": "<amp-img></amp-img>",
    "a script that is none": '<script type="application/ld+json">{"name":"x"}</script>',
    "a script": "<script></script>",
    "a script from elsewhere": '<script src="https://health.example/"></script>',
}
SCRIPTS = frozenset({"a script", "a script that is none", "a script from elsewhere"})

# Attributes of the paragraph or link that shows approved text.
ATTRIBUTES = {
    "a click": 'onclick="x()"',
    "a load": 'onload="x()"',
    "an error": "onerror=x()",
    "a pointer over it": 'ONMOUSEOVER="x()"',
    "an animation that ends": 'onanimationend="x()"',
    "a focus": 'onfocus="x()" tabindex="1"',
    "an odd handler": 'on-x="y"',
    "a source set of a text": 'srcset="https://static.health.example/mail/a.png 2x"',
    "a ping": 'ping="https://health.example/"',
    "an address to be fetched": 'data="https://health.example/"',
    "a form's action": 'formaction="https://health.example/"',
    "an action": 'action="https://health.example/"',
    "a poster": 'poster="https://static.health.example/mail/a.png"',
    "a low source": 'lowsrc="https://static.health.example/mail/a.png"',
    "a moving source": 'dynsrc="https://static.health.example/mail/a.png"',
    "a code base": 'codebase="https://health.example/"',
    "a manifest": 'manifest="https://health.example/"',
    "an archive": 'archive="https://health.example/"',
    "a profile": 'profile="https://health.example/"',
    "an xlink": 'xlink:href="https://health.example/"',
    "a map elsewhere": 'usemap="https://health.example/"',
    "a popover": "popover",
    "inertness": "inert",
    "another element": 'is="my-p"',
    "a slot": 'slot="x"',
    "not read aloud": 'aria-hidden="true"',
    "a style that moves": 'style="position:absolute"',
    "a style that computes": 'style="width:expression(x())"',
    "a style that binds": 'style="-moz-binding:url(x)"',
    "a style with behaviour": 'style="behavior:url(x)"',
    "an open brace": 'style="color:red;{display:none}"',
    "a style that is no style": 'style="color:red}p{display:none"',
    "a broken string": 'style="font-family:\'x\ny;color:red"',
}

# Spellings that readers take apart differently; {} is the approved text.
SPELLINGS = {
    "a comment that ends early": "<!--> {} -->",
    "a comment that ends with a dash": "<!---> {} -->",
    "another end of a comment": "<!-- a --!> {} -->",
    "a comment inside of a comment": "<!-- a <!-- b --> {}",
    "a comment left open": "{}<!-- a",
    "a comment of two dashes": "<!----!>{}-->",
    "a bogus comment": "<!a>{}",
    "a bogus comment of a slash": "</ a>{}",
    "a bogus comment of a question": "<?php a ?>{}",
    "an XML declaration": '<?xml version="1.0"?>{}',
    "a style sheet instruction": '<?xml-stylesheet href="https://health.example/"?>{}',
    "character data": "<![CDATA[ a ]]>{}",
    "character data that hides": "<![CDATA[ <p> ]]>{}",
    "an entity declaration": '<!DOCTYPE html [<!ENTITY a "b">]>{}',
    "an unclosed tag at the end": "{}<p",
    "an unclosed attribute": '{}<p title="x',
    "an attribute without its end": '<p title="x>{}</p><p title="y">',
    "attributes that touch": '<p class="a"id="b">{}</p>',
    "an attribute twice": "<p class=a class=b>{}</p>",
    "two namespaces": '<p xmlns="a" xmlns="b">{}</p>',
    "an attribute twice in other case": "<p class=a CLASS=b>{}</p>",
    "a slash for a blank": "<p/class=a>{}</p>",
    "two slashes": "<p //>{}</p>",
    "an equals sign first": "<p =a>{}</p>",
    "a quote in a name": "<p a'b=c>{}</p>",
    "a less-than in a tag": "<p <b>{}</b></p>",
    "a less-than in a value": '<p title="<">{}</p>',
    "backquotes": "<p class=`a`>{}</p>",
    "a backquote in a value": "<p class=a`b>{}</p>",
    "a quote in a plain value": '<p class=a"b>{}</p>',
    "a form feed in a tag": "<p\fclass=a><b\x0bid=c>{}</b></p>",
    "an end tag with attributes": "<p>{}</p class=a>",
    "an end tag with a slash": "<p>{}</p/>",
    "an empty end tag": "</>{}",
    "an empty tag": "<>{}",
    "a stray less-than": "<p>1 < 2</p>{}",
    "a raw text in a style": "<style><p></style>{}",
    "a raw text in a title": "<title><p></title>{}",
    "an open style": "{}<style>p{color:red}",
    "an open title": "{}<title>x",
    "a style in a comment in a style": "<style><!--</style>{}<style>--></style>",
    "an end tag in a style's string": "<style>p{content:'</style>'}</style>{}",
    "a text area's end": "<textarea><p></textarea>{}",
    "plain text": "{}<plaintext>",
    "a paragraph in a table": "<table><p>x</p><tr><td>{}</td></tr></table>",
    "a link in a table": '<table><a href="https://health.example/"><tr><td>{}</td></tr></a></table>',
    "a form in a form": "<form><form></form></form>{}",
    "a paragraph in a button": "<button><p></button>{}",
    "a link in a link": (
        '<a href="https://health.example/">x<a href="https://health.example/">y</a></a>{}'
    ),
    "a selection that breaks": "<select><p></select>{}",
    "a drawing that breaks": "<svg><p></svg>{}",
    "a drawing with a style": '<svg></p><style><a title="</style>{}">',
    "a formula that breaks": "<math><mtext><table><mglyph><style></style></mglyph></table></math>{}",
    "a formula in a form": "<form><math><mtext></form><form><mglyph></math>{}",
    "the word image": '<image src="https://static.health.example/mail/a.png">{}',
    "a mutation in no script": '<noscript><p title="</noscript>{}">',
    "a mutation in raw text": '<xmp><p title="</xmp>{}">',
    "a mutation in a frame": '<iframe><p title="</iframe>{}">',
    "a second body": "<body>{}</body><body onload=x()>",
    "a namespace that matters": '<html:p xmlns:html="http://www.w3.org/1999/xhtml">{}</html:p>',
    "a downlevel condition that is odd": "<![if a<b]>{}<![endif]>",
    "an unknown declaration": "<!ELEMENT p ANY>{}",
    "a document type with markup": '<!DOCTYPE html "<p>">{}',
}

# Characters; {} is the approved text.
CHARACTERS = {
    "a zero-width space": "&#8203;",
    "a zero-width joiner by name": "&zwj;",
    "a zero-width non-joiner": "&zwnj;",
    "a soft hyphen by name": "&shy;",
    "an override by number": "&#x202E;",
    "an isolate by number": "&#8294;",
    "a mark of direction": "&rlm;",
    "a tag character": "&#xE0041;",
    "a byte order mark inside": "&#xFEFF;",
    "a word joiner": "&NoBreak;",
    "an invisible plus": "&#x2064;",
    "an invisible letter": "&#x3164;",
    "a grapheme joiner": "&#847;",
    "an unassigned character": "&#x378;",
    "a private character": "&#xE000;",
    "a variation of nothing": "&#xFE0F;",
    "a number without its semicolon": "&#8203",
    "a control by number": "&#7;",
    "a control of the upper half": "&#x85;",
    "a surrogate by number": "&#xD800;",
    "a number too large": "&#x110000;",
    "a zero by number": "&#0;",
    "a name without its semicolon": "&shy",
}

INSTEAD = """
p::before{content:"You are infected. "}
p::after{content:"!"}
p:before{content:'x'}
p::before{content:attr(class)}
p::before{content:counter(a)}
p::before{content:counters(a,".")}
p::before{content:open-quote}
p::before{content:url(https://static.health.example/mail/a.png)}
p::before{content:"x" / "y"}
p::before{content:\\22 x\\22}
a::after{content:" (" attr(href) ")"}
p::marker{content:"x"}
body::after{content:"x"}
p{content:"x"}
p{counter-increment:a 911}
p{counter-reset:a 911}
p{counter-set:a 9}
p{quotes:"x" "y"}
p{list-style:"x"}
p{list-style-type:"x"}
p{display:list-item;list-style:'You are infected' inside}
@counter-style x{system:cyclic;symbols:"y"}p{list-style-type:x}
p{text-transform:full-size-kana}
p{text-transform:full-width}
p{text-transform:math-auto}
p{hyphenate-character:"x"}
p{text-emphasis:"x"}
p{text-emphasis-style:filled}
p{-webkit-text-security:disc}
p{text-overflow:"x"}
p{string-set:a "x"}
p{bookmark-label:"x"}
p{font-variant-alternates:stylistic(x)}
p{font-language-override:"ENG"}
p{font-variation-settings:"wght" 0}
p{font-family:Wingdings}
p{font-family:Symbol}
p{font-family:"Webdings",Arial}
p{font:16px Wingdings 3}
@font-face{font-family:a;src:local("Wingdings")}p{font-family:a}
@font-palette-values --x{font-family:a}
p{direction:rtl;unicode-bidi:bidi-override}
p{unicode-bidi:plaintext}
p{unicode-bidi:isolate-override}
p{writing-mode:tb-rl}
p{-webkit-writing-mode:vertical-lr}
p{glyph-orientation-vertical:90deg}
body{display:grid}p{grid-row:1}
body{display:grid;grid-template-areas:"b a"}
body{display:flex;flex-direction:column-reverse}
body{display:flex;flex-flow:row-reverse}
body{display:flex;flex-wrap:wrap-reverse}
body{display:flex}p{order:-1}
body{display:-webkit-box;-webkit-box-direction:reverse}
body{-webkit-box-ordinal-group:2}
body{-ms-flex-order:2}
p{position:absolute}
p{position:relative;top:60px}
p{position:relative;bottom:60px}
p{inset:90px}
p{float:right;margin-top:-60px}
p{margin-top:-30px}
p{margin-bottom:-30px}
p{margin:-30px 0}
p{transform:scaleX(-1)}
p{transform:rotate(180deg)}
p{rotate:180deg}
p{scale:-1 1}
p{transform:translateY(-40px)}
p{offset:path("M0 0") 10px}
p{caption-side:bottom}
p{column-span:all}
p{break-before:always;columns:2}
p{ruby-position:under}
p{display:ruby}
p{display:run-in;position:absolute}
p{anchor-name:--a}
p{position-area:top}
p{background-image:url(javascript:x())}
p{background:image-set("https://evil.example/a.png" 1x)}
p{background:element(#x)}
p{background:paint(x)}
p{behavior:url(#default#time2)}
p{-moz-binding:url(https://health.example/)}
p{width:expression(x())}
p{filter:progid:DXImageTransform.Microsoft.AlphaImageLoader(src='x')}
p{-webkit-box-reflect:below}
p{-webkit-mask-image:url(https://static.health.example/mail/a.png)}
p{color:if(style(--x:1):red)}
p{width:attr(class px)}
p{color:random-item(x,red)}
@import "https://evil.example/a.css";
@import url(https://evil.example/a.css);
@import url(https://static.health.example/mail/a.css) screen;
@import 'https://fonts.googleapis.com.evil.example/css2?family=x';
@\\69mport url(https://evil.example/a.css);
@keyframes a{to{opacity:0}}
@-webkit-keyframes a{to{opacity:0}}
@container (min-width:1px){p{color:red}}
@scope (body){p{color:red}}
@property --a{syntax:"*";inherits:false}
p{--a:x}
p{color:var(--a)}
:root{--a:none}
""".strip().splitlines()

LOADING = """
p{background:url(https://evil.example/text.png)}
p{border-image:url(https://evil.example/a.png) 9}
p{list-style-image:url(https://evil.example/a.png)}
p{cursor:url(https://evil.example/a.cur),auto}
@font-face{font-family:a;src:url(https://evil.example/a.woff)}
p:hover{background:url(//evil.example/h.png)}
.nobody{background:url(https://evil.example/n.png)}
@media print{p{background:url(https://evil.example/p.png)}}
""".strip().splitlines()


def samples() -> Iterator[Sample]:
    """Yield them by what is wrong."""
    for name, element in ELEMENTS.items():
        because = "html.script" if name in SCRIPTS else "html."
        yield Sample("html/elements", name, good.body_html(BODY + element), because)
    for name, attribute in ATTRIBUTES.items():
        html = good.body_html(BODY.replace("<p>we", f"<p {attribute}>we"))
        yield Sample("html/attributes", name, html, "html.")
    for name, spelling in SPELLINGS.items():
        html = good.appointment(f"<html><body>{spelling.replace('{}', BODY)}")
        yield Sample("html/spelling", name, html, "html.")
    for name, character in CHARACTERS.items():
        html = good.body_html(BODY.replace("Your reference", f"Yo{character}ur reference"))
        yield Sample("html/characters", name, html, "template.html")
    for sheet in INSTEAD:
        html = good.body_html(BODY, f"<style>{sheet}</style>")
        yield Sample("html/instead", sheet, html, "html.css")
    for sheet in LOADING:
        html = good.body_html(BODY, f"<style>{sheet}</style>")
        yield Sample("html/loading", sheet, html, "link.")
