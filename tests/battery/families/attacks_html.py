"""Ways to hide, cover or move approved text that a browser shows otherwise than styles suggest.

Each was found by comparing what Chromium draws with what the gate reads; beside each stands a
neighbour that people send.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery.good import APPOINTMENT_BODY, DATE, appointment, body_html
from tests.battery.sample import Sample

_FAMILY = "attacks/html"
_START, _END = APPOINTMENT_BODY.index("<p>Questions"), APPOINTMENT_BODY.index("<p>Your MyHealth")
_BEFORE, _ASKED, _AFTER = (
    APPOINTMENT_BODY[:_START],
    APPOINTMENT_BODY[_START:_END],
    APPOINTMENT_BODY[_END:],
)

# Of one paragraph: the style, and the beginning of the code; "" for what people send.
_STYLES: tuple[tuple[str, str], ...] = (
    ("border-left: 3000px solid #fff", "html.css"),
    ("border-left: 4px solid #0a0", ""),
    ("border-top: 3000px solid #fff", "html.css"),
    ("border-top: 20px solid #fff", ""),
    ("min-width: 5000px; text-align: right", "html.css"),
    ("min-width: 300px", ""),
    ("width: 5000px; text-align: right", "html.css"),
    ("letter-spacing: 2100px", "html.css"),
    ("white-space: pre-wrap; tab-size: 5000", "html.css"),
    ("tab-size: 4", ""),
    ("vertical-align: 900px", "html.css"),
    ("vertical-align: 2px", ""),
    ("position: relative; z-index: -1", "html.css"),
    ("position: relative; z-index: 1", ""),
    ("position: relative; box-shadow: 0 -30px 0 30px #fff", "html.css"),
    ("box-shadow: 0 25px 50px -12px rgba(0, 0, 0, .25)", ""),
    ("text-shadow: 0 -40px 0 #fff", "html.css"),
    ("text-shadow: 0 1px 2px #ccc", ""),
    ("-webkit-text-fill-color: #fff; color: #000", "html.hidden"),
    ("-webkit-text-fill-color: #333; color: #333", ""),
    ("-webkit-text-fill-color: transparent; color: #000", "html.hidden"),
    ("background: linear-gradient(#fff, #fefefe); color: #fff", "html.hidden"),
    ("background: linear-gradient(#124, #136); color: #fff", ""),
    ("opacity: .6; color: rgba(0, 0, 0, .35)", "html.hidden"),
    ("opacity: .9; color: rgba(0, 0, 0, .9)", ""),
    ("font-size: 5px; zoom: .35", "html.hidden"),
    ("font-size: 15px; zoom: 1", ""),
    ("font-size: 5000px", "html.hidden"),
    ("font-size: 40px", ""),
    ("aspect-ratio: 100/1; overflow: hidden", "html.hidden"),
    ("aspect-ratio: auto; overflow: hidden", ""),
    ("box-sizing: border-box; height: 20px; padding-top: 20px; overflow: hidden", "html.hidden"),
    ("box-sizing: border-box; padding-top: 20px; overflow: hidden", ""),
    ("letter-spacing: 150px", "html.css"),
    ("letter-spacing: 2px", ""),
    ("font-size: 12px; letter-spacing: -2px", "html.hidden"),
    ("font-size: 32px; letter-spacing: -2px", ""),
    ("position: relative; box-shadow: 0 25px #fff", "html.css"),
    ("box-shadow: 0 60px 20px rgba(0, 0, 0, .04)", ""),
    ("box-shadow: inset 0 0 900px #000", "html.css"),
    ("box-shadow: inset 0 1px 3px #ccc", ""),
    ("filter: grayscale(100%)", "html.css"),
    ("background-color: currentcolor", "html.css"),
    ("border-color: currentcolor", ""),
    ("color: ffffff", "html.hidden"),
    ("color: 333333", ""),
    ("color: 333", ""),
    ("background-color: ffffff; color: 333333", ""),
    ("background-color: 000000", "html.hidden"),
    ("background-color: 000000; color: #fff", "html.hidden"),
    ("background-color: f4f4f4", ""),
    ("background: ffffff url(cid:none); color: #fff", "html.css"),
    ("color: fff; color: #333", ""),
    ("color: #333; color: ffe", "html.hidden"),
    ("color: #333333", ""),
    ("color: white; color: Text", "html.hidden"),
    ("color: white; color: CanvasText", ""),
    ("color: ButtonFace", "html.hidden"),
    ("color: GrayText", ""),
    ("color: rgb(300, 300, 300)", "html.hidden"),
    ("color: rgb(30, 30, 30)", ""),
    ("color-scheme: dark; color: #000", "html.css"),
    ("color-scheme: light dark", ""),
    ("width: 5%; overflow: hidden", "html.hidden"),
    ("width: 50%; overflow: hidden", ""),
    ("height: 10vw; overflow: hidden", "html.hidden"),
    ("height: 90vw; overflow: hidden", ""),
)
# Around the paragraph: what stands before and after it.
_AROUND: tuple[tuple[str, str, str], ...] = (
    ('<div style="display: flex"><div style="flex: 0 0 0; overflow: hidden">', "</div></div>",
     "html.hidden"),
    ('<div style="display: flex"><div style="flex: 1 1 0; overflow: hidden">', "</div></div>", ""),
    ('<div style="height: 100px"><div style="height: 5%; overflow: hidden">', "</div></div>",
     "html.hidden"),
    ('<div style="height: 100%"><div style="height: 100%; overflow: hidden">', "</div></div>", ""),
    ('<div style="height: 40px; overflow: hidden"><div style="height: 40px"></div>', "</div>",
     "html.hidden"),
    ('<div style="height: 400px; overflow: hidden"><div style="height: 40px"></div>', "</div>", ""),
    ('<div style="height: 60px; overflow: hidden"><div style="min-height: 60px"></div>', "</div>",
     "html.hidden"),
    ('<div style="width: 300px; overflow: hidden"><div style="padding-left: 300px">',
     "</div></div>", "html.hidden"),
    ('<div style="width: 300px; overflow: hidden"><div style="padding-left: 30px">',
     "</div></div>", ""),
    ('<div style="-webkit-text-fill-color: #fff"><div style="color: #000">', "</div></div>",
     "html.hidden"),
    ('<div style="border-top: 1px solid #fff; margin-top: -10px"></div>' * 6, "", "html.hidden"),
    ('<div style="border-top: 1px solid #fff; margin-top: -1px"></div>' * 6, "", ""),
    ('<div style="display: flex; height: 5px"><div style="overflow: hidden">', "</div></div>",
     "html.hidden"),
    ('<div style="display: flex; height: 50px"><div style="overflow: hidden">', "</div></div>", ""),
    ('<table width="1" style="table-layout: fixed"><tr><td style="overflow: hidden">',
     "</td></tr></table>", "html.hidden"),
    ('<table width="600" style="table-layout: fixed"><tr><td style="overflow: hidden">',
     "</td></tr></table>", ""),
    ('<div style="height: 4px"><br><br><br>', "</div>", "html.hidden"),
    ('<div style="height: 80px"><br><br><br>', "</div>", ""),
    ('<table cellspacing="3000"><tr><td>', "</td></tr></table>", "html.hidden"),
    ('<table cellspacing="30"><tr><td>', "</td></tr></table>", ""),
    ('<table cellpadding="3000"><tr><td>', "</td></tr></table>", "html.hidden"),
    ('<table cellpadding="30"><tr><td>', "</td></tr></table>", ""),
    ('<table hspace="3000" align="left"><tr><td>', "</td></tr></table>", "html.hidden"),
    ('<ol style="list-style-type: upper-alpha"><li value="8">', "</li></ol>", "html.element"),
    ('<ol style="list-style-type: upper-alpha"><li>', "</li></ol>", ""),
    ('<ol style="list-style-type: decimal"><li value="8">', "</li></ol>", ""),
    ('<div style="overflow: hidden; white-space: nowrap; font-size: 22px">', "</div>",
     "html.hidden"),
    ('<div style="overflow: hidden"><div style="white-space: nowrap; font-size: 22px">',
     "</div></div>", "html.hidden"),
    ('<div style="width: 60px; overflow: hidden"><div style="height: 900px; overflow: hidden">',
     "</div></div>", "html.hidden"),
    ('<div style="overflow: hidden; font-size: 22px">', "</div>", ""),
    ('<div style="overflow: hidden; white-space: nowrap; font-size: 12px">', "</div>", ""),
    ('<div style="overflow: hidden; white-space: nowrap"><div style="white-space: normal">',
     "</div></div>", ""),
    ('<div style="height: 60px; overflow: hidden"><table height="400"><tr><td>',
     "</td></tr></table></div>", "html.hidden"),
    ('<div style="height: 60px; overflow: hidden"><table><tr><td style="height: 400px">',
     "</td></tr></table></div>", "html.hidden"),
    ('<div style="height: 60px; overflow: hidden"><table height="60"><tr><td height="60">',
     "</td></tr></table></div>", ""),
    ('<div style="overflow: hidden"><table height="400"><tr><td height="400">',
     "</td></tr></table></div>", ""),
    ('<div dir="rtl">', "</div>", "html.hidden"),
    ('<table dir="rtl"><tr><td dir="ltr">', "</td></tr></table>", ""),
)  # fmt: skip
# Style sheets over a paragraph with the id "p" and the class "a".
_SHEETS: tuple[tuple[str, str], ...] = (
    (".a" * 101 + " { display: block } #p { display: none }", "html.hidden"),
    (".a { display: none } #p { display: block }", ""),
    ("p { color: ffffff }", "html.hidden"),
    ("p { color: 333333 }", ""),
    ("p { background-color: ffffff; color: 222222 }", ""),
    (":root { color-scheme: only dark } p { color: #000 }", "html.css"),
    (":root { color-scheme: light dark }", ""),
    ("p { overflow: hidden; white-space: nowrap; font-size: 22px }", "html.hidden"),
    ("p { overflow: hidden; font-size: 22px }", ""),
)


# Of a link in the paragraph that follows other text.
_IN_LINE: tuple[tuple[str, str], ...] = (
    ("padding: 50vh; background: #fff", "html.hidden"),
    ("padding: 50vh", "html.hidden"),
    ("padding: 90px 0 0; background-color: #fff", "html.hidden"),
    ("border-top: 90px solid #fff", "html.hidden"),
    ("padding: 90px 0 0; background-color: #fff; display: inline", "html.hidden"),
    ("padding: 90px 0 0; background-color: #eee; display: inline-block", ""),
    ("padding: 90px 0 0; background-color: #eee; display: block", ""),
    ("padding: 14px 24px; background-color: #eee; border: 10px solid #eee", ""),
    ("padding: 60px 0", ""),
)
_IN_LINE_SHEETS: tuple[tuple[str, str], ...] = (
    (".b { padding: 400px 0 0 }", "html.hidden"),
    (".b { padding: 60px 0 0 } span { background-color: #fff }", "html.hidden"),
    (".b { padding: 60px 0 0 } span { background-color: #eee; display: inline-block }", ""),
)


def samples() -> Iterator[Sample]:
    """Yield every way, and its neighbours."""
    for style, because in _STYLES:
        body = _BEFORE + _ASKED.replace("<p>", f'<p style="{style}">', 1) + _AFTER
        yield Sample(_FAMILY, style, body_html(body), because)
    for before, after, because in _AROUND:
        body = f"{_BEFORE}{before}{_ASKED}{after}{_AFTER}"
        yield Sample(_FAMILY, before[:150], body_html(body), because)
    for sheet, because in _IN_LINE_SHEETS:
        asked = _ASKED.replace("or call", '<span class="b">or call</span>')
        head = f"<style>{sheet}</style>"
        yield Sample(_FAMILY, sheet, body_html(_BEFORE + asked + _AFTER, head), because)
    for sheet, because in _SHEETS:
        body = _BEFORE + _ASKED.replace("<p>", '<p id="p" class="a">', 1) + _AFTER
        head = f"<style>{sheet}</style>"
        yield Sample(_FAMILY, sheet[-60:], body_html(body, head), because)
    for style, because in _IN_LINE:
        asked = _ASKED.replace("or call", f'<span style="{style}">or call</span>')
        body = _BEFORE + asked + _AFTER
        yield Sample(_FAMILY, f"in a line: {style}", body_html(body), because)
    turned = APPOINTMENT_BODY.replace(DATE, f'<span dir="rtl">{DATE}</span>')
    yield Sample(_FAMILY, "a date from right to left", body_html(turned), "html.hidden")
    embedded = APPOINTMENT_BODY.replace(DATE, f'<span dir="ltr">{DATE}</span>')
    yield Sample(_FAMILY, "a date from left to right", body_html(embedded))
    yield Sample(_FAMILY, "the message as it is", appointment())
