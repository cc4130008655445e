"""Which elements and attributes of HTML does a mail reader treat as mere layout?"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# fmt: off - word lists
# Text inside of these continues the line; every other element starts a new one.
INLINE = _words("""
a abbr acronym b bdi big cite code data del dfn em font i img ins kbd label mark o:p q s samp small
span strike strong sub sup time tt u var wbr
""")
BLOCK = _words("""
address article aside blockquote body br caption center col colgroup dd div dl dt figcaption figure
footer h1 h2 h3 h4 h5 h6 head header hgroup hr html li main map area meta nav ol p pre section style
table tbody td tfoot th thead title tr ul
""")
ALLOWED = INLINE | BLOCK

# What is in these is never shown as text of the message.
DROPPED = _words("head style script title template")

# Attributes whose value a reader may follow or his program may fetch.
FOLLOWED = _words("href")
FETCHED = _words("""
src srcset background poster lowsrc dynsrc data longdesc action formaction ping codebase classid
cite icon manifest archive profile usemap xlink:href imagesrcset
""")
# Attributes that some reader, program or pointer shows or reads aloud.
SPOKEN = _words(
    "alt title aria-label aria-description aria-roledescription aria-valuetext aria-placeholder "
    "aria-braillelabel aria-brailleroledescription summary placeholder label abbr content value "
    "download"
)
# Ordinary: they shape, name or annotate. What is in neither list is looked through for addresses.
# Of these, large numbers move what is beside or inside.
ROOM = _words("cellpadding cellspacing hspace vspace")
PLAIN = _words("""
align bgcolor border cellpadding cellspacing char charoff charset class clear color cols colspan
compact coords dir face frame headers height hspace http-equiv id lang language leftmargin
link alink vlink
marginheight marginwidth name noshade nowrap property rel rev role rowspan rows rules scope shape
size span start style target text topmargin type valign vspace width xml:lang version media
""")
# What takes an element from some readers' eyes, ears or pointers, or makes it another element.
REFUSED = _words("""
popover popovertarget popovertargetaction inert is slot part autofocus srcdoc shadowrootmode
commandfor command anchor exportparts interestfor
""")
# fmt: on
# What layout tools put around the whole message for screen readers.
EMAIL_ROLE = ("aria-roledescription", "email")
META_EQUIVALENTS = frozenset({"content-type", "x-ua-compatible", "content-language"})
