"""What a file's name says of its part in a message: subject, plain text, HTML, text message.

Projects name the same things in many ways: ``email.body.plaintext.gotmpl``,
``password_reset_subject.txt``, ``text/x.ftl``, ``content.html``, ``x.text.erb``, ``x.de.html``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Which part of a message a file is."""

    SUBJECT = "subject"
    TEXT = "text"
    HTML = "html"
    SMS = "sms"
    UNSURE = "unsure"  # a body; its content or its siblings tell which


@dataclass(frozen=True, slots=True)
class Reading:
    """What a name says. ``key`` is what the parts of one message have in common.

    ``is_told`` says that the name itself told the role; an ending alone is a hint.
    """

    key: str
    role: Role
    is_told: bool
    language: str = ""
    is_layout: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SUBJECT = frozenset({"subject", "subj"})
_TEXT = frozenset({"text", "txt", "plain", "plaintext"})
_HTML = frozenset({"html", "htm"})
_BODY = frozenset({"body", "message", "content", "msg"})
_MAIL = frozenset({"email", "mail"})
_SMS = frozenset({"sms", "whatsapp"})
_ROLES = {
    **dict.fromkeys(_SUBJECT, Role.SUBJECT),
    **dict.fromkeys(_TEXT, Role.TEXT),
    **dict.fromkeys(_HTML, Role.HTML),
    **dict.fromkeys(_SMS, Role.SMS),
}
# Endings that only say which engine reads a file, and those of plain files.
ENGINES = _words(
    "gotmpl tmpl tpl gohtml gotxt j2 jinja jinja2 hbs handlebars mustache liquid ftl ftlh "
    "ftlx erb twig dtl djhtml djtxt blade php njk"
)
_PLAIN = frozenset({"txt", "text", "html", "htm", "xhtml", "md", "markdown"})
ENDINGS = ENGINES | _PLAIN
# Read by a program of its own before it is mail; its output can be imported.
RENDERED_ELSEWHERE = {
    "mjml": "MJML", "tsx": "react-email", "jsx": "react-email", "pug": "Pug", "haml": "Haml",
    "slim": "Slim", "ejs": "EJS", "maizzle": "Maizzle",
}  # fmt: skip

_LAYOUT_FOLDERS = _words(
    "layouts layout partials partial includes include components _layouts _partials macros"
)
_LAYOUT_STEMS = _words(
    "base layout layouts template master wrapper macros header footer styles partials default "
    "button panel table subcopy signature style css"
)

# ISO 639-1, with a region or a script behind it.
_LANGUAGES = _words(
    "aa ab af ak am an ar as az ba be bg bi bm bn bo br bs ca ce co cs cv cy da de dv dz ee "
    "el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi hr ht hu hy ig is it "
    "iu ja jv ka kg kk kl km kn ko ks ku kw ky la lb lg ln lo lt lu lv mg mi mk ml mn mr ms "
    "mt my nb nd ne nl nn no nv ny oc om or os pa pl ps pt qu rm rn ro ru rw sa sc sd se sg "
    "si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk "
    "ur uz ve vi wo xh yi yo za zh zu"
)
_TAG = re.compile(r"([a-z]{2})(?:[-_]([A-Za-z]{2}|[A-Z][a-z]{3}|[0-9]{3}))?")


def language_in(piece: str) -> str:
    """Return the language tag that a piece of a name is: ``pt_BR`` is ``pt-BR``; else ""."""
    found = _TAG.fullmatch(piece)
    if found is None or found[1] not in _LANGUAGES:
        return ""
    return f"{found[1]}-{found[2]}" if found[2] else found[1]


def endings_of(name: str) -> tuple[str, ...]:
    """Return the endings of a file's name in small letters, the last one last."""
    return tuple(piece.lower() for piece in name.rpartition("/")[2].split(".")[1:])


def read_name(name: str) -> Reading:
    """Return what the path of a file says of it."""
    folder, _, base = name.rpartition("/")
    kept_folders, role_of_folder, language = _read_folders(folder)
    pieces = base.split(".")
    while len(pieces) > 1 and pieces[-1].lower() in ENGINES:
        pieces.pop()
    hint = Role.UNSURE
    if len(pieces) > 1 and pieces[-1].lower() in _PLAIN:
        ending = pieces.pop().lower()
        hint = Role.TEXT if ending in ("txt", "text") else Role.HTML
        hint = Role.UNSURE if ending in ("md", "markdown") else hint
    role: Role | None = None
    kept: list[str] = []
    for piece in pieces:
        words = piece.lower()
        tag = language_in(piece) if len(pieces) > 1 and piece is not pieces[0] else ""
        if words in _ROLES:
            role = _stronger(role, _ROLES[words])
        elif tag:
            language = tag
        elif words not in _BODY | _MAIL:
            stem, found = _without_role(piece)
            role = _stronger(role, found)
            kept += [stem] if stem else []
    stem = ".".join(kept)
    told = role or role_of_folder
    is_layout = (
        pieces[0].startswith("_")
        or re.split("[_-]", stem.lower())[0] in _LAYOUT_STEMS
        or not _LAYOUT_FOLDERS.isdisjoint(folder.lower().split("/"))
    )
    return Reading(
        key="/".join([*kept_folders, *([stem] if stem else [])]),
        role=told or hint,
        is_told=told is not None,
        language=language,
        is_layout=is_layout and role is not Role.SUBJECT,
    )


def without_mail(key: str) -> str:
    """Return a key without a last word that says that it is mail: ``password_reset_email``."""
    return re.sub(r"[_-](?:email|mail)$", "", key, flags=re.IGNORECASE)


def _read_folders(folder: str) -> tuple[list[str], Role | None, str]:
    kept: list[str] = []
    role: Role | None = None
    language = ""
    segments = folder.split("/") if folder else []
    for index, segment in enumerate(segments):
        lowered = segment.lower()
        # Only the folder that holds the file: plain/welcome/content.html is HTML.
        if index == len(segments) - 1 and lowered in _TEXT | _HTML | _SMS:
            role = _ROLES[lowered]
        elif language_in(segment):
            language = language_in(segment)
        else:
            kept.append(segment)
    return kept, role, language


def _without_role(piece: str) -> tuple[str, Role | None]:
    """Return a stem without the words at its end that tell the role, and the role."""
    role: Role | None = None
    while True:
        found = re.fullmatch(r"(.+)[_-]([A-Za-z]+)", piece)
        word = found[2].lower() if found else ""
        if found is None or word not in _ROLES.keys() | _BODY:
            return piece, role
        role = _stronger(role, _ROLES.get(word))
        piece = found[1]


def _stronger(one: Role | None, other: Role | None) -> Role | None:
    """Return the role that says more: an ``sms.body`` is a text message, not a plain text."""
    for role in (Role.SUBJECT, Role.SMS, Role.HTML, Role.TEXT):
        if role in (one, other):
            return role
    return None
