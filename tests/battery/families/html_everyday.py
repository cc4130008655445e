# ruff: noqa: E501 - mark-up as programs write it
"""HTML as frameworks, mail programs and hands write it: nothing of it changes what is read."""

from __future__ import annotations

from collections.abc import Iterator

from tests.battery import good
from tests.battery.sample import Sample

FAMILY = "html/everyday"
BODY = good.APPOINTMENT_BODY
LINK = f"https://www.health.example/appointments/{good.REFERENCE}"
DATE = good.DATE
PREVIEW = f"Your appointment on {DATE} at {good.TIME}"

# Style elements (or other things for the head) around the plain body.
HEADS = {
    "MJML": """<style type="text/css">#outlook a{padding:0}body{margin:0;padding:0;
-webkit-text-size-adjust:100%;-ms-text-size-adjust:100%}table,td{border-collapse:collapse;
mso-table-lspace:0pt;mso-table-rspace:0pt}img{border:0;height:auto;line-height:100%;outline:none;
text-decoration:none;-ms-interpolation-mode:bicubic}p{display:block;margin:13px 0}</style>
<!--[if mso]><noscript><xml><o:OfficeDocumentSettings><o:AllowPNG/><o:PixelsPerInch>96
</o:PixelsPerInch></o:OfficeDocumentSettings></xml></noscript><![endif]-->
<!--[if lte mso 11]><style type="text/css">.mj-outlook-group-fix{width:100% !important}</style>
<![endif]--><style type="text/css">@media only screen and (min-width:480px){.mj-column-per-100
{width:100% !important;max-width:100%}}</style><style media="screen and (min-width:480px)">
.moz-text-html .mj-column-per-100{width:100% !important;max-width:100%}</style>""",
    "Foundation": """<style>@media only screen{html{min-height:100%;background:#f3f3f3}}
@media only screen and (max-width:596px){.small-float-center{margin:0 auto!important;float:none
!important;text-align:center!important}.hide-for-large{display:block!important;width:auto!important;
overflow:visible!important;max-height:none!important;font-size:inherit!important;line-height:inherit
!important}table.body img{width:auto;height:auto}table.body center{min-width:0!important}
table.body .columns{padding-left:16px!important;box-sizing:border-box}th.small-6{display:inline-block
!important;width:50%!important}table.menu td{width:auto!important;display:inline-block!important}}
</style>""",
    "Cerberus": """<style>html,body{margin:0 auto !important;padding:0 !important;height:100%
!important;width:100% !important}*{-ms-text-size-adjust:100%;-webkit-text-size-adjust:100%}
div[style*="margin: 16px 0"]{margin:0 !important}#MessageViewBody,#MessageWebViewDiv{width:100%
!important}table,td{mso-table-lspace:0pt !important;mso-table-rspace:0pt !important}table{border-spacing:0
!important;border-collapse:collapse !important;table-layout:fixed !important;margin:0 auto !important}
a{text-decoration:none}img{-ms-interpolation-mode:bicubic}a[x-apple-data-detectors],
.unstyle-auto-detected-links a,.aBn{border-bottom:0 !important;cursor:default !important;color:inherit
!important;text-decoration:none !important;font-size:inherit !important;font-family:inherit !important;
font-weight:inherit !important;line-height:inherit !important}.im{color:inherit !important}
.a6S{display:none !important;opacity:0.01 !important}img.g-img+div{display:none !important}
@media only screen and (min-device-width:320px) and (max-device-width:374px){u~div .email-container
{min-width:320px !important}}@media (prefers-color-scheme:dark){.email-bg{background:#111111 !important}
.darkmode-bg{background:#222222 !important}h1,h2,h3,p,li,.darkmode-text{color:#F7F7F9 !important}
body,.email-bg{background:#111 !important}td.button-td-primary a{background:#fff !important;color:#222
!important}}.button-td,.button-a{transition:all 100ms ease-in}.button-a-primary:hover{background:
#555555 !important}</style>""",
    "Antwort": """<style>#outlook a{padding:0}body{width:100% !important;-webkit-text-size-adjust:none;
margin:0;padding:0}.ExternalClass{width:100%}.ExternalClass *{line-height:100%}table td{border-collapse:
collapse}@media only screen and (max-width:599px){table[class="force-row"],table[class="container"]
{width:100% !important;max-width:100% !important}.ios-footer a{color:#aaaaaa !important;
text-decoration:underline}a[href^="x-apple-data-detectors:"]{color:inherit}}</style>""",
    "Mailchimp": """<style type="text/css">p{margin:10px 0;padding:0}table{border-collapse:collapse}
h1,h2{display:block;margin:0;padding:0}img,a img{border:0;height:auto;outline:none;text-decoration:none}
body,#bodyTable,#bodyCell{height:100%;margin:0;padding:0;width:100%}.mcnPreviewText{display:none
!important}#outlook a{padding:0}img{-ms-interpolation-mode:bicubic}.ReadMsgBody{width:100%}
.ExternalClass{width:100%}p,a,li,td,blockquote{mso-line-height-rule:exactly}a[href^=tel],a[href^=sms]
{color:inherit;cursor:default;text-decoration:none}.ExternalClass,.ExternalClass p,.ExternalClass td
{line-height:100%}a[x-apple-data-detectors]{color:inherit !important}.templateContainer{max-width:600px
!important}@media only screen and (max-width:480px){body,table,td,p,a,li,blockquote
{-webkit-text-size-adjust:none !important}}@media only screen and (max-width:480px){body{width:100%
!important;min-width:100% !important}}@media only screen and (max-width:480px){.mcnImage{width:100%
!important}}</style>""",
    "Klaviyo": """<style>.klaviyo-image-block a img{vertical-align:top}body{width:100%!important;
-webkit-text-size-adjust:100%}.mobile-only,.hlb-wrapper-mobile{display:none}.root-container-spacing
{padding:50px 20px}@media only screen and (max-width:480px){.mobile-only{display:block!important}
.desktop-only{display:none!important;mso-hide:all!important}td.desktop-only,th.desktop-only{display:none
!important}.hlb-logo{padding-bottom:10px!important}}</style>""",
    "HubSpot": """<style>@media only screen{table.hse-size{width:100%!important}}
@media (min-width:640px){.hse-column-container{max-width:600px!important;width:600px!important}
.hse-column{display:table-cell;vertical-align:top}.hse-section .hse-size-12{max-width:600px!important}}
@media only screen and (max-width:639px){img.stretch-on-mobile,.hs_rss_email_entries_table img{height:
auto!important;width:100%!important}.display_block_on_small_screens{display:block}.hs_padded{padding-left
:20px!important;padding-right:20px!important}}img#hs-logo-img{max-width:100%}#hs_body .hse-footer a{
color:#0b0}</style>""",
    "Stripo": """<style>#outlook a{padding:0}.es-button{mso-style-priority:100!important;
text-decoration:none!important}a[x-apple-data-detectors]{color:inherit!important}.es-desk-hidden
{display:none;float:left;overflow:hidden;width:0;max-height:0;line-height:0;mso-hide:all}
@media only screen and (max-width:600px){p,ul li{line-height:150%!important}.es-m-txt-c{text-align:center
!important}.es-desk-hidden,tr.es-desk-hidden{width:auto!important;overflow:visible!important;float:none
!important;max-height:inherit!important;line-height:inherit!important}.es-adaptive table{width:100%
!important}table.es-desk-hidden{display:table!important}.es-m-p0{padding:0px!important}.es-mobile-hidden
{display:none!important}}@media screen and (max-width:384px){.mail-message-content{width:414px!important}}
</style>""",
    "Bee": """<style>*{box-sizing:border-box}body{margin:0;padding:0}a[x-apple-data-detectors]
{color:inherit !important}#MessageViewBody a{color:inherit;text-decoration:none}p{line-height:inherit}
.desktop_hide,.desktop_hide table{mso-hide:all;display:none;max-height:0px;overflow:hidden}
.image_block img+div{display:none}sup,sub{font-size:75%;line-height:0}@media (max-width:620px){
.mobile_hide{display:none}.row-content{width:100%!important}.stack .column{width:100%;display:block}
.mobile_hide{min-height:0;max-height:0;max-width:0;overflow:hidden;font-size:0px}.desktop_hide,
.desktop_hide table{display:table !important;max-height:none !important}}</style>""",
    "Salesforce": """<style type="text/css">ReadMsgBody{width:100%}.ExternalClass{width:100%}
.ExternalClass,.ExternalClass span,.ExternalClass font{line-height:100%}body{-webkit-text-size-adjust:100%;
margin:0 !important}table,td{mso-table-lspace:0pt}.responsive-td{width:100%}@media only screen and
(max-width:480px){.container{width:100% !important}.mobile-hidden{display:none !important}.logo{display:
block !important;padding:0 !important}.tb_properties{width:100% !important}.stylingblock-content-wrapper
{padding:5px !important}.footer-column{display:block !important}}</style>""",
    "Maizzle": """<style>@media (max-width:600px){.sm-block{display:block !important}.sm-w-full{width:100%
!important}.sm-px-6{padding-left:24px !important;padding-right:24px !important}.sm-leading-8{line-height:
32px !important}}.hover-underline:hover{text-decoration:underline !important}@media screen{img{max-width:
100%}td,th{box-sizing:border-box}u~div .wrapper{min-width:100vw}}</style><!--[if mso]><style>td,th,div,p,
a,h1{font-family:"Segoe UI",sans-serif;mso-line-height-rule:exactly}</style><![endif]-->""",
    "react-email": """<meta content="text/html; charset=UTF-8" http-equiv="Content-Type"/>
<meta name="x-apple-disable-message-reformatting"/>""",
    "client hooks": """<style>[data-ogsc] .dark{color:#ffffff !important}[data-ogsb] .dark{background:
#000 !important}u + .body .gmail{width:100%}.body .gmail-fix{display:none}@media screen and
(-webkit-min-device-pixel-ratio:0){.apple{font-size:16px}}.aolmail_x{margin:0}.yshortcuts a{border:0}
div>u~div .gm{width:100%}_:-webkit-full-screen,_::-webkit-full-page-media,_:future,:root .ios{width:100%}
#MessageViewBody a{color:inherit}.moz-text-html .t{width:1%}* [lang~="x-foo"] .n{width:auto}</style>""",
    "dark mode": """<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes"
content="light dark"><style>:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){body,td,p{background-color:#121212 !important;color:#eeeeee !important}
a{color:#8ab4f8 !important}}[data-ogsc] p{color:#eee !important}[data-ogsb] body{background-color:#121212
!important}</style>""",
    "fonts that are imported": (
        "<style>@import url('https://fonts.googleapis.com/css2?family=Inter:wght@400;700&display=swap');"
        "p{font-family:Inter,Arial,sans-serif}</style>"
    ),
    "fonts that are linked": (
        '<link href="https://fonts.googleapis.com/css2?family=Roboto" rel="stylesheet">'
        "<style>p{font-family:Roboto,Arial}</style>"
    ),
    "fonts that are declared": (
        "<style>@font-face{font-family:'Lato';font-style:normal;font-weight:400;mso-font-alt:'Arial';"
        "src:local('Lato Regular'),url(https://fonts.gstatic.com/s/lato/v11/a.woff) format('woff')}"
        "p{font-family:Lato,Arial}</style>"
    ),
    "fonts in ranges": (
        "<style>@font-face{font-family:Inter;font-display:swap;src:url(https://fonts.gstatic.com/i.woff2)"
        " format('woff2');unicode-range:U+0000-00FF,U+0131}</style>"
    ),
    "upper case": (
        "<STYLE TYPE='TEXT/CSS'>P {COLOR: #333333; FONT-FAMILY: ARIAL} @MEDIA ONLY SCREEN AND "
        "(MAX-WIDTH: 480PX) { .FULL { WIDTH: 100% !IMPORTANT } }</STYLE>"
    ),
    "in a comment": "<style><!--\np {margin:0; color:#333}\n.x {display:none}\n--></style>",
    "comments in it": "<style>/* reset */ p{margin:0}/* {display:none} */ a{color:#00c} /**/</style>",
    "a charset": '<style>@charset "UTF-8";p{margin:0 0 1em}</style>',
    "outdated vendors": (
        "<style>p{-webkit-font-smoothing:antialiased;-moz-osx-font-smoothing:grayscale;"
        "-webkit-box-shadow:0 1px 2px #ccc;-webkit-border-radius:4px;-moz-border-radius:4px}</style>"
    ),
    "printing": "<style>@media print{a{color:#000}p{page-break-inside:avoid}}@page{margin:2cm}</style>",
    "a viewport": '<meta name="viewport" content="width=device-width"><style>@-ms-viewport{width:'
    "device-width}@viewport{width:device-width}</style>",
    "format detection": (
        '<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">'
    ),
    "Word": """<meta name=Generator content="Microsoft Word 15 (filtered medium)"><style><!--
/* Font Definitions */ @font-face {font-family:"Cambria Math"; panose-1:2 4 5 3 5 4 6 3 2 4;}
/* Style Definitions */ p.MsoNormal, li.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Calibri",
sans-serif; mso-fareast-language:EN-US;} a:link, span.MsoHyperlink {mso-style-priority:99; color:#0563C1;
text-decoration:underline;} span.EmailStyle17 {mso-style-type:personal-compose; color:windowtext;}
.MsoChpDefault {mso-style-type:export-only;} @page WordSection1 {size:612.0pt 792.0pt; margin:72.0pt
72.0pt 72.0pt 72.0pt;} div.WordSection1 {page:WordSection1;} --></style><!--[if gte mso 9]><xml>
<o:shapedefaults v:ext="edit" spidmax="1026" /></xml><![endif]--><!--[if gte mso 9]><xml>
<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1" /></o:shapelayout></xml><![endif]-->""",
    "states": (
        "<style>a:hover{color:#c00;text-decoration:underline}a:visited{color:#551a8b}a:active,a:focus"
        "{outline:none}.btn:hover{background-color:#003399!important}</style>"
    ),
    "an accessible class nobody uses": (
        "<style>.sr-only{position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)}"
        "</style>"
    ),
    "modern layout": (
        "<style>@supports (display:grid){.grid{display:block}}@supports (display:flex){p{margin:0}}"
        "</style>"
    ),
}

# Bodies: {} is the approved text, and $LINK the address of its button.
BODIES = {
    "a ghost table": (
        '<!--[if mso | IE]><table align="center" border="0" cellpadding="0" cellspacing="0" class="" '
        'style="width:600px;" width="600" ><tr><td style="line-height:0px;font-size:0px;'
        'mso-line-height-rule:exactly;"><![endif]--><div style="margin:0px auto;max-width:600px">{}'
        "</div><!--[if mso | IE]></td></tr></table><![endif]-->"
    ),
    "nested ghost columns": (
        '<!--[if (gte mso 9)|(IE)]><table width="600"><tr><td width="300" valign="top"><![endif]-->{}'
        '<!--[if (gte mso 9)|(IE)]></td><td width="300" valign="top"><![endif]--><div>&nbsp;</div>'
        "<!--[if (gte mso 9)|(IE)]></td></tr></table><![endif]-->"
    ),
    "a VML background": (
        '<div style="background:#eeeeee url(https://static.health.example/mail/bg.png)">'
        '<!--[if gte mso 9]><v:rect xmlns:v="urn:schemas-microsoft-com:vml" fill="true" stroke="false" '
        'style="width:600px;height:300px;"><v:fill type="tile" src='
        '"https://static.health.example/mail/bg.png" color="#eeeeee" /><v:textbox inset="0,0,0,0">'
        "<![endif]--><div>{}</div><!--[if gte mso 9]></v:textbox></v:rect><![endif]--></div>"
    ),
    "ten nested tables": "<table><tr><td>" * 10 + "{}" + "</td></tr></table>" * 10,
    "a presentation table": (
        '<table role="presentation" border="0" cellpadding="0" cellspacing="0" width="100%" '
        'style="border-collapse:collapse;mso-table-lspace:0pt"><tbody><tr><td align="center" '
        'valign="top" style="padding:24px 0 36px;">{}</td></tr></tbody></table>'
    ),
    "a wrapper without size": (
        '<div style="font-size:0;line-height:0"><div style="font-size:16px;line-height:24px">{}</div></div>'
    ),
    "a background in dark": (
        '<div style="background-color:#0b3d91"><div style="background-color:#ffffff;color:#222222">{}'
        "</div></div>"
    ),
    "white on dark": '<div style="background-color:#0b3d91;color:#ffffff">{}</div>',
    "white on dark by attribute": '<table bgcolor="#0b3d91"><tr><td><font color="#ffffff">{}</font>',
    "a rounded card": (
        '<div style="border:1px solid #dddddd;border-radius:12px;overflow:hidden;padding:20px;'
        'box-shadow:0 2px 8px rgba(0,0,0,.08)">{}</div>'
    ),
    "spacers": (
        '<div style="height:20px;line-height:20px;font-size:1px">&nbsp;</div>{}'
        '<table width="100%"><tr><td height="32" style="font-size:32px;line-height:32px;'
        'mso-line-height-rule:exactly">&nbsp;</td></tr></table>'
    ),
    "spacers of zero width": "<div>&#8203;</div>{}<div>&zwnj;&nbsp;</div><p>&#xFEFF;</p>",
    "a rule": '{}<hr style="border:0;border-top:1px solid #cccccc;height:1px">',
    "a pixel": (
        '{}<img src="https://track.health.example/o/abc.gif" width="1" height="1" border="0" alt="" '
        'style="height:1px !important;width:1px !important;display:block">'
    ),
    "a hidden pixel": (
        '{}<img src="https://track.health.example/o/abc.gif" width="1" height="1" alt="" '
        'style="display:none">'
    ),
    "a logo": (
        '<table width="100%"><tr><td><a href="https://health.example/"><img alt="MyHealth" width="120" '
        'height="40" src="https://static.health.example/mail/logo.png" style="display:block;border:0;'
        'max-width:120px;font-size:24px;color:#0b3d91"></a></td></tr></table>{}'
    ),
    "a logo with a title": (
        '<div><img src="https://static.health.example/mail/logo.png" alt="MyHealth logo" '
        'title="MyHealth logo"></div>{}'
    ),
    "a logo beside its name": (
        '<div><img src="https://static.health.example/mail/l.png" alt=""></div>{}'
    ),
    "a light and a dark logo": (
        "<style>.dark{display:none}@media (prefers-color-scheme:dark){.light{display:none !important}"
        ".dark{display:block !important}}</style><div><img class=light alt=MyHealth "
        'src="https://static.health.example/mail/a.png"><img class=dark alt=MyHealth style="display:none"'
        ' src="https://static.health.example/mail/b.png"></div>{}'
    ),
    "a decorative picture": '<img src="https://static.health.example/mail/h.png" alt="" role=presentation>{}',
    "a labelled article": (
        '<div role="article" aria-roledescription="email" aria-label="Your appointment on 14 June 2021" '
        'lang="en" dir="ltr" style="font-size:medium;font-size:max(16px,1rem)">{}</div>'
    ),
    "an article labelled by its sender": '<div role="article" aria-label="MyHealth">{}</div>',
    "client attributes": (
        '<div id="bodyTable" class="body em_main" data-module="x" itemscope itemtype="" '
        'align="center" xml:lang="en">{}</div>'
    ),
    "a list": "<ul style='list-style:none;margin:0;padding:0'><li>{}</li></ul>",
    "a numbered place": '<div><ol type="1" start="1" style="list-style-type:none"><li>{}</li></ol></div>',
    "blanks": "<p>&nbsp;</p>&nbsp;{}&nbsp;<p>&ensp;&emsp;&thinsp;</p>",
    "Word's paragraphs": (
        '<div class="WordSection1"><p class="MsoNormal"><span lang="EN-GB" style="font-size:11.0pt;'
        'font-family:&quot;Calibri&quot;,sans-serif;mso-fareast-language:EN-US"><o:p>&nbsp;</o:p></span>'
        "</p>{}</div>"
    ),
    "centred": "<center style='width:100%;table-layout:fixed'>{}</center>",
    "sections": "<section><article><header></header><main>{}</main><footer></footer></article></section>",
    "columns in another order": (
        '<table dir="rtl" width="100%"><tr><th dir="ltr"><img src='
        '"https://static.health.example/mail/a.png" alt=""></th><th dir="ltr" style="font-weight:400">{}'
        "</th></tr></table>"
    ),
    "marks that are not read aloud": (
        '<span aria-hidden="true">&nbsp;</span>{}<div aria-hidden="true" style="height:8px">&nbsp;</div>'
    ),
    "an editor's leftovers": '<div contenteditable="false" spellcheck="false" tabindex="0">{}</div>',
    "columns that float": (
        '<div><table align="left" width="48%" style="float:left"><tr><td>&nbsp;</td></tr></table>'
        '<div style="float:right;width:48%">{}</div><div style="clear:both"></div></div>'
    ),
    "a table with head and foot": (
        "<table><caption>&nbsp;</caption><colgroup><col width=200></colgroup><thead><tr><th></th></tr>"
        "</thead><tbody><tr><td>{}</td></tr></tbody><tfoot><tr><td></td></tr></tfoot></table>"
    ),
    "narrow cells": (
        '<table width="600"><tr><td width="24" style="font-size:1px;overflow:hidden">&nbsp;</td><td '
        'width="552">{}</td><td width="24"></td></tr></table>'
    ),
    "a tall box that clips": '<div style="height:400px;overflow:hidden;padding:16px">{}</div>',
    "a fluid container": (
        '<div style="max-width:600px;margin:0 auto;width:calc(28000% - 167400px);min-width:320px">{}</div>'
    ),
    "dark marks": (
        '<div data-ogsc="#ffffff" style="color:#222222 !important;background:#ffffff !important">{}</div>'
    ),
    "juiced styles": (
        '<div style="-premailer-width:100%;-premailer-cellpadding:0;margin:0;color:#51545E;'
        "font-family:&quot;Nunito Sans&quot;,Helvetica,Arial,sans-serif;word-break:break-word;"
        '-webkit-text-size-adjust:none">{}</div>'
    ),
    "remarks": "<!-- header -->{}<!-- / footer: a < b, no [x] --><!---->",
    "a revealed wrapper": "<!--[if !mso]><!--><div><!--<![endif]-->{}<!--[if !mso]><!--></div><!--<![endif]-->",
    "revealed for old programs": "<![if !mso]><div><![endif]>{}<![if !mso]></div><![endif]>",
    "hidden from Outlook without text": (
        '<!--[if !mso]><!--><div style="display:none;max-height:0;overflow:hidden"></div>'
        "<!--<![endif]-->{}"
    ),
    "a bar of colour": '<table width="100%"><tr><td bgcolor="#0b3d91" height="6"></td></tr></table>{}',
    "thirty lines of blanks at the end": "{}" + '<div style="white-space:nowrap;font:15px courier;'
    'line-height:0">' + "&nbsp; " * 30 + "</div>",
    "letters apart": '<div style="letter-spacing:.2px;word-spacing:normal;text-indent:0">{}</div>',
    "a gradient": (
        '<div style="background:#0055aa;background-image:linear-gradient(135deg,#0055aa 0%,#003377 100%);'
        'color:#ffffff">{}</div>'
    ),
    "flexible": '<div style="display:flex;flex-direction:column;gap:12px;align-items:center">{}</div>',
}  # fmt: skip

# The button alone, in the ways in which buttons are made.
BUTTONS = {
    "a table": (
        '<table role="presentation"><tr><td bgcolor="#0b3d91" style="border-radius:4px;padding:0;'
        'mso-padding-alt:12px 24px"><a href="$LINK" target="_blank" rel="noopener noreferrer" '
        'style="display:inline-block;padding:12px 24px;color:#ffffff;text-decoration:none">Change or '
        "cancel</a></td></tr></table>"
    ),
    "VML with a twin": (
        '<!--[if mso]><v:roundrect xmlns:v="urn:schemas-microsoft-com:vml" xmlns:w="urn:schemas-microsoft-'
        'com:office:word" href="$LINK" style="height:40px;v-text-anchor:middle;width:200px;" arcsize="10%" '
        'stroke="f" fillcolor="#0b3d91"><w:anchorlock/><center style="color:#ffffff;font-family:sans-serif;'
        'font-size:16px;font-weight:bold;">Change or cancel</center></v:roundrect><![endif]-->'
        '<!--[if !mso]><!-- --><a href="$LINK" style="background-color:#0b3d91;border-radius:4px;color:'
        "#ffffff;display:inline-block;font-size:16px;line-height:40px;text-align:center;width:200px;"
        '-webkit-text-size-adjust:none;mso-hide:all;">Change or cancel</a><!--<![endif]-->'
    ),
    "a twin by mso-hide": (
        '<div><!--[if mso]><v:rect xmlns:v="urn:schemas-microsoft-com:vml" href="$LINK" '
        'style="height:38px;v-text-anchor:middle;width:150px;" stroke="f" fillcolor="#49a9ce">'
        '<w:anchorlock/><center><![endif]--><a href="$LINK" style="background-color:#49a9ce;color:#ffffff;'
        'display:inline-block;line-height:38px;width:150px">Change or cancel</a><!--[if mso]></center>'
        "</v:rect><![endif]--></div>"
    ),
    "padding for Outlook": (
        '<a href="$LINK" style="background:#0b3d91;color:#fff;display:inline-block;padding:12px 20px;'
        'mso-padding-alt:0px"><span><!--[if mso]><i style="mso-font-width:500%;mso-text-raise:18" hidden>'
        '&#8202;&#8202;&#8202;</i><![endif]--></span><span style="max-width:100%;display:inline-block;'
        'line-height:120%;mso-padding-alt:0px;mso-text-raise:9px">Change or cancel</span><span><!--[if mso]>'
        '<i style="mso-font-width:500%" hidden>&#8202;&#8202;&#8202;&#8203;</i><![endif]--></span></a>'
    ),
    "borders": (
        '<a href="$LINK" class="button" style="border:15px solid #222222;background:#222222;color:#ffffff;'
        'text-decoration:none;display:block;text-align:center"><span style="color:#ffffff">&nbsp;&nbsp;'
        "Change or cancel&nbsp;&nbsp;</span></a>"
    ),
    "words that float apart": (
        '<span style="float:left"><a href="$LINK">Change or</a></span><span style="float:right">cancel</span>'
        '<br style="clear:both">'
    ),
    "a word to the right": '<a href="$LINK">Change or</a> <span style="float:right">cancel</span>',
    "an icon before the same words": (
        '<a href="$LINK"><img src="https://static.health.example/mail/i.png" alt="Change or cancel" '
        'width="16"> Change or cancel</a>'
    ),
    "a title that says the same": '<a href="$LINK" title="Change or cancel">Change or cancel</a>',
    "a label that says the same": '<a href="$LINK" aria-label="Change or cancel">Change or cancel</a>',
    "a fixed height": (
        '<a href="$LINK" style="display:inline-block;height:44px;line-height:44px;overflow:hidden;'
        'background:#0b3d91;color:#fff;width:220px;white-space:nowrap">Change or cancel</a>'
    ),
    "entities in the address": '<a href="&#104;ttps://www.health.example/appointments/KA-004711">Change or cancel</a>',
    "no quotes": "<a href=$LINK target=_blank>Change or cancel</a>",
    "upper case": '<A HREF="$LINK" TARGET="_BLANK"><B>Change or cancel</B></A>',
    "a blank inside": '<a href="$LINK"> Change or cancel </a>',
    "an anchor name": '<a name="top"></a><a href="$LINK" id="b" class="x y">Change or cancel</a>',
}  # fmt: skip

PADDINGS = {
    "zwnj and nbsp": "&zwnj;&nbsp;" * 60,
    "joiners": "&#847;&zwnj;&nbsp;&#8199;&shy;" * 20,
    "figure spaces": "&#8199;&#65279;&#847; " * 25,
    "soft hyphens": "&shy; " * 90,
    "none": "",
    "blanks": "&nbsp;" * 100,
    "the react-email way": "\u00a0\u200c\u200b\u200d\u200e\u200f\ufeff" * 20,
    "hangul": "&#x3164;" * 10 + "&#x2800;" * 10,
    "invisible separators": "&#8288;&#8203; " * 30,
}
HIDDEN_BY = {
    "all means": (
        "display:none!important;visibility:hidden;mso-hide:all;font-size:1px;color:#ffffff;line-height:1px;"
        "max-height:0px;max-width:0px;opacity:0;overflow:hidden"
    ),
    "display": "display:none",
    "size": "display:block;font-size:1px;color:#f4f4f4;line-height:1px;max-height:0;overflow:hidden",
    "one pixel": "overflow:hidden;line-height:1px;opacity:0;max-height:0;max-width:0",
    "colour": "color:transparent;display:none;height:0;max-height:0;opacity:0;overflow:hidden;width:0",
}

# Whole documents: {} is the body.
DOCUMENTS = {
    "XHTML": (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/'
        'xhtml1-transitional.dtd"><html xmlns="http://www.w3.org/1999/xhtml" xmlns:v="urn:schemas-microsoft-'
        'com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" lang="en" xml:lang="en"><head><meta '
        'http-equiv="Content-Type" content="text/html; charset=UTF-8" /><meta http-equiv="X-UA-Compatible" '
        'content="IE=edge" /><title>Your appointment</title></head><body style="margin:0" bgcolor="#ffffff">'
        '{}<br /><img src="https://static.health.example/mail/x.png" alt="" /></body></html>'
    ),
    "HTML 4": (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" "http://www.w3.org/TR/html4/loose.dtd">'
        "<HTML><HEAD><META HTTP-EQUIV=Content-Type CONTENT='text/html; charset=utf-8'></HEAD><BODY>{}</BODY>"
        "</HTML>"
    ),
    "premailer's": (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/1999/xhtml" '
        'style="color-scheme: light dark; supported-color-schemes: light dark;"><body>{}</body></html>'
    ),
    "a fragment": "{}",
    "no head": "<html><body>{}</body></html>",
    "no end tags": "<!doctype html><html><head><meta charset=utf-8><title>x</title><body>{}",
    "an older system identifier": '<!DOCTYPE html SYSTEM "about:legacy-compat"><html><body>{}</body></html>',
    "blank lines first": "\n\n  <!DOCTYPE html>\n<html><body>{}</body></html>\n\n\n",
    "Outlook's": (
        '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:w="urn:schemas-microsoft-com:office:word" xmlns:m="http://schemas.microsoft.com/office/2004/'
        '12/omml" xmlns="http://www.w3.org/TR/REC-html40"><head><meta http-equiv="Content-Type" '
        'content="text/html; charset=utf-8"></head><body lang="EN-GB" link="#0563C1" vlink="#954F72" '
        'style="word-wrap:break-word">{}</body></html>'
    ),
    "Apple Mail's": (
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body '
        'style="overflow-wrap: break-word; -webkit-nbsp-mode: space; line-break: after-white-space;">{}'
        "</body></html>"
    ),
    "Gmail's": '<div dir="ltr"><div class="gmail_default" style="font-family:arial">{}</div></div>',
}  # fmt: skip


def samples() -> Iterator[Sample]:
    """Yield them by what is changed about the plain mail."""
    for name, head in HEADS.items():
        yield Sample(f"{FAMILY}/head", name, good.body_html(BODY, head))
    for name, around in BODIES.items():
        yield Sample(f"{FAMILY}/body", name, good.body_html(around.replace("{}", BODY)))
    for name, button in BUTTONS.items():
        body = BODY.replace(good.BUTTON, button.replace("$LINK", LINK))
        yield Sample(f"{FAMILY}/button", name, good.body_html(body))
    for name, padding in PADDINGS.items():
        preview = f'<div style="{HIDDEN_BY["all means"]}">{PREVIEW}{padding}</div>'
        yield Sample(f"{FAMILY}/preview", f"padded with {name}", good.body_html(preview + BODY))
    for name, style in HIDDEN_BY.items():
        preview = f'<span class="preheader" style="{style}">{PREVIEW}</span>'
        yield Sample(f"{FAMILY}/preview", f"hidden by {name}", good.body_html(preview + BODY))
        apart = (
            f'<div style="{style}">{PREVIEW}</div><div style="{style}">&zwnj;&nbsp;&#847; </div>'
        )
        yield Sample(f"{FAMILY}/preview", f"padding apart, {name}", good.body_html(apart + BODY))
    pieces = PREVIEW.replace("appointment on", "<b>appointment</b> <i>on</i>")
    pieced = f'<div style="display:none"><p>{pieces.replace(" at", "</p><p>at")}</p></div>'
    yield Sample(f"{FAMILY}/preview", "of several elements", good.body_html(pieced + BODY))
    ruled = f'<style>.p{{display:none!important}}</style><div class="p">{PREVIEW}</div>'
    yield Sample(f"{FAMILY}/preview", "hidden by a rule", good.body_html(ruled + BODY))
    for name, document in DOCUMENTS.items():
        yield Sample(f"{FAMILY}/document", name, good.appointment(document.replace("{}", BODY)))
    minified = " ".join(BODY.split()).replace("> <", "><")
    yield Sample(f"{FAMILY}/document", "minified", good.body_html(minified))
    spelled = BODY.replace("'", "&#39;").replace("-", "&#45;").replace("?", "&quest;")
    yield Sample(f"{FAMILY}/document", "entities for signs", good.body_html(spelled))
    for name, html in SWAPS.items():
        yield Sample(f"{FAMILY}/screens", name, visit(html))
    yield Sample(f"{FAMILY}/scripts", "right to left", arabic('<div dir="rtl" lang="ar">{}</div>'))
    yield Sample(
        f"{FAMILY}/scripts", "right to left by style",
        arabic('<div style="direction:rtl;text-align:right;unicode-bidi:embed">{}</div>'),
    )  # fmt: skip
    yield Sample(
        f"{FAMILY}/scripts", "right to left in a table",
        arabic('<table dir="rtl" align="right"><tr><td>{}</td></tr></table>'),
    )  # fmt: skip


WIDE = "Dear Anna, your visit is on 14 June 2021. Please be there ten minutes early."
NARROW = "Anna, see you on 14 June 2021."
END = "<p>Your MyHealth team</p>"
SWAP = (
    "<style>.n{display:none}@media (max-width:480px){.w{display:none!important}"
    ".n{display:block!important}}</style>"
)
SWAPS = {
    "the wide wording": f"<p>{WIDE}</p>{END}",
    "blocks that are swapped": f'{SWAP}<p class="w">{WIDE}</p><p class="n">{NARROW}</p>{END}',
    "blocks that are swapped, inline too": (
        f'{SWAP}<p class="w">{WIDE}</p><div class="n" style="display:none;mso-hide:all">{NARROW}</div>{END}'
    ),
    "swapped by height": (
        "<style>@media (max-width:480px){.w{display:none!important}.n{max-height:none!important;"
        "overflow:visible!important}}</style>"
        f'<p class="w">{WIDE}</p><div class="n" style="max-height:0;overflow:hidden">{NARROW}</div>{END}'
    ),
    "with a preview text": (
        f'{SWAP}<div style="display:none">Your visit on 14 June 2021&zwnj;&nbsp;</div>'
        f'<p class="w">{WIDE}</p><p class="n">{NARROW}</p>{END}'
    ),
    "icons in a row": (
        f'<p>{WIDE}</p>{END}<p><a href="https://health.example/"><img alt="Facebook" '
        'src="https://static.health.example/mail/f.png"></a> <img alt="" '
        'src="https://static.health.example/mail/t.png"></p>'
    ),
    "an approved alternative text between words": (
        f'<p>{WIDE} <img alt="Visit of Anna" src="https://static.health.example/mail/f.png"></p>{END}'
    ),
}  # fmt: skip


def visit(body: str) -> bytes:
    """Return a mail whose approved text differs by screen."""
    html = f'<!DOCTYPE html><html lang="en"><body>{body}</body></html>\n'
    return good.mail(html, "text/html; charset=utf-8", header={"Subject": "Your visit"})


def arabic(around: str) -> bytes:
    """Return a mail in Arabic."""
    text = around.replace("{}", "<p>عزيزتي Anna، موعدك في 14 June 2021. فريق MyHealth</p>")
    subject = "=?utf-8?B?2YXZiNi52K/Zgw==?="
    return good.mail(text + "\n", "text/html; charset=utf-8", header={"Subject": subject})
