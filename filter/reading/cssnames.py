"""Which properties, functions and displays of CSS shape text without hiding or moving it?"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """Return the words of a list."""
    return frozenset(text.split())


# fmt: off - word lists
FREE = words("""
background-attachment background-origin background-position background-position-x
background-position-y background-repeat background-size border-bottom-color
border-bottom-left-radius
border-bottom-right-radius border-bottom-style border-collapse border-color
border-left-color border-left-style border-radius border-right-color border-right-style border-style
border-top-color border-top-left-radius border-top-right-radius border-top-style
clear cursor empty-cells
font-display font-feature-settings font-kerning font-stretch font-style font-weight
font-variant font-variant-alternates font-variant-caps font-variant-east-asian
font-variant-emoji font-variant-ligatures font-variant-numeric font-variant-position
font-optical-sizing
hyphens image-rendering interpolation-mode line-break max-lines
object-fit object-position orphans osx-font-smoothing font-smoothing outline-color
outline-style overflow-wrap page-break-after page-break-before
page-break-inside break-inside break-after break-before pointer-events print-color-adjust
color-adjust forced-color-adjust resize supported-color-schemes table-layout
nbsp-mode tap-highlight-color text-align text-align-last text-decoration-color
text-decoration-line text-decoration-skip text-decoration-skip-ink text-decoration-style
text-rendering text-underline-color text-underline-offset
touch-action transition transition-delay transition-duration transition-property
transition-timing-function user-select widows will-change word-break word-wrap
align-content align-items align-self justify-content justify-items justify-self
flex-grow flex-shrink list-style-position
list-style-image border-image appearance overflow-scrolling
panose-1 page scroll-behavior
accent-color border-box size marks font-synthesis unicode-range
premailer-width premailer-height premailer-cellpadding premailer-cellspacing
premailer-bgcolor premailer-align
""")
DISPLAYS = words("""
none block inline inline-block table inline-table table-cell table-row table-row-group
table-column table-column-group table-caption list-item
flex inline-flex contents initial inherit unset revert
""")
# Not every program knows these, and one that does not keeps what was said before.
UNSURE_DISPLAYS = words("""
-webkit-box -webkit-inline-box -webkit-flex -webkit-inline-flex -ms-flexbox -ms-inline-flexbox
-moz-box -moz-inline-box flow-root run-in
""")
SHIFTS = words("""
margin margin-top margin-right margin-bottom margin-left margin-block margin-block-start
margin-block-end margin-inline margin-inline-start margin-inline-end
padding padding-top padding-right padding-bottom padding-left padding-block padding-block-start
padding-block-end padding-inline padding-inline-start padding-inline-end
vertical-align letter-spacing word-spacing text-indent
""")
OFFSETS = frozenset(["top", "right", "bottom", "left", "inset"])
EXTENTS = frozenset(["height", "max-height", "width", "max-width"])
# Of frames and gaps, which move what is beside and inside of them.
FRAMES = words("""
border border-top border-right border-bottom border-left border-width border-top-width
border-right-width border-bottom-width border-left-width border-spacing gap row-gap column-gap
""")
FUNCTIONS = words("""
rgb rgba hsl hsla calc min max clamp url linear-gradient radial-gradient
-webkit-linear-gradient -moz-linear-gradient -o-linear-gradient repeating-linear-gradient
cubic-bezier steps format local
""")
# fmt: on
