"""Is what a picture is called a name and not a message?

Readers show it: beside the picture as a file, and in its place while pictures are blocked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from filter.checks.case import Case
from filter.checks.filetypes import why_not_in_name
from filter.checks.numbers import find_numbers
from filter.checks.said import Said
from filter.message import Picture
from filter.reading.links import LinksUnreadable, find_links
from filter.reading.troubles import quote
from filter.ruleset import Match
from filter.templates.matcher import matches_any
from filter.verdict import Finding

NAME = "images"
_MOST_WORDS = 2  # beside those that programs write; more of them make a sentence
_WORD = re.compile(r"[^\W\d_]{2,}")
# What programs and people call a picture that they have not named.
_USUAL = frozenset((
    "image", "img", "picture", "photo", "logo", "icon", "banner", "header", "footer", "signature",
    "screenshot", "screen", "shot", "bild", "bildschirmfoto", "whatsapp", "email", "mail", "copy",
    "small", "white", "dark", "at", "um", "am", "pm", "of", "and", "the", "for",
))  # fmt: skip
# 2021-06-14 at 09.30.15
_STAMP = re.compile(
    r"(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]|[0-2][0-9][.:][0-5][0-9][.:][0-5][0-9]"
)


def object_to_names(case: Case) -> Iterator[Finding]:
    """Yield what is wrong with the names of pictures that the template does not list as files."""
    listed = _listed(case)
    said: Said | None = None
    for picture in case.message.pictures:
        if not picture.name or picture.digest in listed:
            continue
        trouble = why_not_in_name(picture.name, picture.media_type) or _what_it_says(picture)
        if not trouble and len(_words(picture)) > _MOST_WORDS:
            said = said or Said.by(case.message)
            if not said.says(_stem(picture)) and not _is_approved(case, _stem(picture)):
                trouble = "its name is a sentence that nobody approved"
        if trouble:
            detail = f"{quote(picture.name)}: {trouble}"
            yield Finding(NAME, "picture.name", detail, picture.where)


def _listed(case: Case) -> frozenset[str]:
    """Return the digests of what the template has as files; their names are judged as such."""
    if not isinstance(case.found, Match):
        return frozenset()
    names = [one.name for one in case.found.template.attachments]
    slots, values = case.found.template.slots, case.found.values
    return frozenset(
        file.digest
        for file in case.message.attachments
        if file.name and matches_any(names, slots, file.name, values) is not None
    )


def _is_approved(case: Case, stem: str) -> bool:
    if not isinstance(case.found, Match):
        return False
    template = case.found.template
    approved = template.pictures.alt_texts
    return matches_any(approved, template.slots, stem, case.found.values) is not None


def _what_it_says(picture: Picture) -> str:
    stem = _stem(picture)
    try:
        links = find_links(stem, "")
    except LinksUnreadable:
        return "its name is too tangled to look through"
    if links and "@" not in stem:  # logo@2x, or a Content-ID
        return f"its name holds the link {links[0].url}"
    if " " in stem and find_numbers(_STAMP.sub("", stem)):
        return "its name holds a telephone number"
    return ""


def _stem(picture: Picture) -> str:
    stem, dot, ending = picture.name.rpartition(".")
    return stem if dot and len(ending) <= len("jpeg") else picture.name


def _words(picture: Picture) -> list[str]:
    """Return the words that stand between blanks: designers join theirs by other signs."""
    pieces = _stem(picture).split()
    return [piece for piece in pieces if _WORD.search(piece) and piece.lower() not in _USUAL]
