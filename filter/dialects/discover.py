"""Which files of a folder make one message? Asked of their names, and of their texts in doubt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from filter.dialects.filenames import (
    ENDINGS,
    RENDERED_ELSEWHERE,
    Reading,
    Role,
    endings_of,
    read_name,
    without_mail,
)
from filter.dialects.nodes import Source
from filter.dialects.unpack import PACKED, Packed, subject_in_front, unpack

_TAG = re.compile(
    r"<(?:!doctype|html|head|body|table|tr|td|p|div|a|br|h[1-6]|span|strong|b|i|em|ul|ol|li|img)\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"<title\b[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_MAIL_PATH = re.compile(r"mail|message|notif|sms|courier|letter|invite|reset", re.IGNORECASE)
MAX_ID = 80  # characters, as in rule files
_MAX_TITLE = 2000  # characters of a title that can be a subject


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message, and where it comes from."""

    role: Role
    source: Source
    dialect: str = ""  # "" is to be guessed


@dataclass(frozen=True, slots=True)
class Found:
    """The files that make one message. ``doubts`` are for whoever looks over the rules."""

    id: str
    is_sms: bool
    parts: tuple[Part, ...]
    language: str = ""
    doubts: tuple[str, ...] = ()

    def part(self, role: Role) -> Part | None:
        """Return the part of a role, if the message has it."""
        return next((part for part in self.parts if part.role is role), None)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that became no message, why, and what can be done."""

    file: str
    why: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """The messages of some files, in the order of their names."""

    messages: tuple[Found, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(slots=True)
class _Group:
    key: str
    language: str
    parts: dict[Role, tuple[Reading, str]] = field(default_factory=dict)  # to the file's name
    doubts: list[str] = field(default_factory=list)


def discover(
    files: Mapping[str, str],
    *,
    named: AbstractSet[str] = frozenset(),
    as_sms: bool = False,
    language: str = "",
) -> Discovery:
    """Return the messages that files make.

    ``files`` are the texts of all files by their path, with ``/``; ``named`` are those that a
    person named one by one, which are never left out for their name. ``as_sms`` takes every body
    for a text message. ``language`` chooses a catalogue of subjects (Keycloak).
    """
    left: list[LeftOut] = []
    packed: list[Packed] = []
    groups: dict[tuple[str, str], _Group] = {}
    for name in sorted(files):
        if endings_of(name)[-1:] and endings_of(name)[-1] in PACKED:
            packed += _unpacked(name, files, named, left)
        elif _may_be_part(name, named, left):
            _add(groups, name, files[name], left)
    _join_mails(groups)
    found = [
        message
        for group in groups.values()
        for message in _messages(group, files, left, named=named, as_sms=as_sms, language=language)
    ]
    found += [_of_packed(one) for one in packed]
    messages = _with_short_ids(found)
    return Discovery(tuple(sorted(messages, key=lambda m: m.id)), tuple(left))


def is_html(text: str) -> bool:
    """Return whether a text has tags that mail is made of."""
    return _TAG.search(text) is not None


def _may_be_part(name: str, named: AbstractSet[str], left: list[LeftOut]) -> bool:
    endings = endings_of(name)
    last = endings[-1] if endings else ""
    if last in RENDERED_ELSEWHERE:
        if last == "mjml" or name in named or _MAIL_PATH.search(name):
            program = RENDERED_ELSEWHERE[last]
            remedy = "render it, with {{name}} for each value, and import the HTML"
            left.append(LeftOut(name, f"{program} is not read", remedy))
        return False
    if last == "php" and "blade" not in endings and name not in named:
        return False
    return last in ENDINGS or name in named


def _add(groups: dict[tuple[str, str], _Group], name: str, text: str, left: list[LeftOut]) -> None:
    reading = read_name(name)
    if not text.strip():
        left.append(LeftOut(name, "the file is empty"))
        return
    if reading.role is Role.UNSURE:
        role = Role.HTML if is_html(text) else Role.TEXT
        reading = replace(reading, role=role)
    group = groups.setdefault(
        (reading.key, reading.language), _Group(reading.key, reading.language)
    )
    taken = group.parts.get(reading.role)
    if taken is None:
        group.parts[reading.role] = (reading, name)
        return
    # Of two bodies the one whose name says nothing is the other kind.
    other = Role.HTML if reading.role is Role.TEXT else Role.TEXT
    if reading.role in (Role.TEXT, Role.HTML) and other not in group.parts:
        for one, its_name in (taken, (reading, name)):
            if not one.is_told:
                rest = (reading, name) if one is taken[0] else taken
                group.parts[other] = (replace(one, role=other), its_name)
                group.parts[reading.role] = rest
                return
    alone = f"{reading.key}.{'-'.join(endings_of(name)) or 'file'}"
    groups[alone, name] = _Group(alone, reading.language, {reading.role: (reading, name)})


def _join_mails(groups: dict[tuple[str, str], _Group]) -> None:
    """Give ``password_reset_email`` to the message of which ``password_reset_subject`` is part."""
    for (key, language), group in list(groups.items()):
        plain = without_mail(key)
        whole = groups.get((plain, language)) if plain != key else None
        if whole is None or Role.SUBJECT not in whole.parts or Role.SUBJECT in group.parts:
            continue
        if whole.parts.keys().isdisjoint(group.parts):
            whole.parts |= group.parts
            del groups[key, language]


# --- a group of files becomes one message, or an e-mail and a text message


def _messages(
    group: _Group,
    files: Mapping[str, str],
    left: list[LeftOut],
    *,
    named: AbstractSet[str],
    as_sms: bool,
    language: str,
) -> Iterator[Found]:
    names = [name for _, name in group.parts.values()]
    why = _why_not(group, files, named)
    if why is not None:
        left += [replace(why, file=name) for name in names]
        return
    parts = {role: _part(role, name, files) for role, (_, name) in group.parts.items()}
    sms = parts.pop(Role.SMS, None)
    if as_sms and sms is None:
        sms = parts.get(Role.TEXT)
        parts = {}
    if sms is not None:
        name = f"{group.key}/sms" if parts.keys() - {Role.SUBJECT} else group.key
        yield Found(name, True, (replace(sms, role=Role.SMS),), group.language)
    if parts.keys() & {Role.TEXT, Role.HTML}:
        yield _mail(group, parts, files, language)
    elif parts:
        file = parts[Role.SUBJECT].source.name
        if sms is None:
            left.append(LeftOut(file, "a subject without a text", "name the folder with its text"))


def _mail(group: _Group, parts: dict[Role, Part], files: Mapping[str, str], language: str) -> Found:
    doubts = list(group.doubts)
    html = parts.get(Role.HTML)
    if html is not None and Role.TEXT not in parts and not is_html(html.source.text):
        parts[Role.TEXT] = replace(html, role=Role.TEXT)
        del parts[Role.HTML]
    if Role.SUBJECT not in parts:
        subject = _subject(group, parts, files, group.language or language, doubts)
        if subject is not None:
            parts[Role.SUBJECT] = subject
    order = (Role.SUBJECT, Role.TEXT, Role.HTML)
    kept = tuple(parts[role] for role in order if role in parts)
    return Found(group.key, False, kept, group.language, tuple(doubts))


def _why_not(group: _Group, files: Mapping[str, str], named: AbstractSet[str]) -> LeftOut | None:
    names = [name for _, name in group.parts.values()]
    if any(name in named for name in names) or Role.SUBJECT in group.parts:
        return None
    if any(reading.is_layout for reading, _ in group.parts.values()):
        return LeftOut("", "a layout or a part of others", "name the file itself if it is sent")
    if _has_title(group, files):
        return None  # its neighbours are messages, and so it is one
    if Role.SMS not in group.parts and any(read_name(n).role is Role.SUBJECT for n in files):
        why = "no subject, and other messages here have one"
        return LeftOut("", why, "name the file itself if it is sent")
    return None


def _has_title(group: _Group, files: Mapping[str, str]) -> bool:
    """Whether a group has a <title>, and stands in a folder where files with subjects stand."""
    folders = {n.rpartition("/")[0] for n in files if read_name(n).role is Role.SUBJECT}
    names = [name for _, name in group.parts.values() if name.rpartition("/")[0] in folders]
    return any(found and found[1].strip() for found in (_TITLE.search(files[n]) for n in names))


def _part(role: Role, name: str, files: Mapping[str, str]) -> Part:
    return Part(role, Source(name, files[name]))


def _subject(
    group: _Group,
    parts: Mapping[Role, Part],
    files: Mapping[str, str],
    language: str,
    doubts: list[str],
) -> Part | None:
    for part in parts.values():
        front = subject_in_front(part.source.text)
        if front:
            return Part(Role.SUBJECT, Source(part.source.name, front))
        beside = part.source.name.rpartition("/")[0] + "/meta.json"
        for one in unpack(beside, files[beside]) if beside in files else ():
            if one.subject:
                return Part(Role.SUBJECT, Source(beside, one.subject))
    if any(endings_of(part.source.name)[-1:] == ("ftl",) for part in parts.values()):
        key = _keycloak_key(group.key, files, language, doubts)
        if key:
            said = f'${{msg("{key}", attribute0, attribute1, attribute2)}}'
            source = Source(next(iter(parts.values())).source.name, said)
            return Part(Role.SUBJECT, source, "freemarker")
    html = parts.get(Role.HTML)
    title = _TITLE.search(html.source.text) if html else None
    if html is not None and title and title[1].strip() and len(title[1]) <= _MAX_TITLE:
        doubts.append("the subject is the <title> of the HTML; the application may set another")
        blank_lines = "\n" * html.source.text.count("\n", 0, title.start(1))
        return Part(Role.SUBJECT, Source(html.source.name, blank_lines + title[1]))
    return None


def _keycloak_key(key: str, files: Mapping[str, str], language: str, doubts: list[str]) -> str:
    """Return how a catalogue names a subject: ``event-login_error``: ``eventLoginErrorSubject``.

    A message without one of its own has that of the message that its name begins with.
    """
    words = re.split("[-_]", key.rpartition("/")[2])
    for count in range(len(words), 0, -1):
        first, *rest = words[:count]
        name = first + "".join(word[:1].upper() + word[1:] for word in rest) + "Subject"
        for file in _catalogues(files, language):
            if re.search(rf"^{re.escape(name)}\s*[=:]", files[file], re.MULTILINE):
                if count < len(words):
                    doubts.append(f"the subject is {name}, of a message with a like name")
                return name
    return ""


def _catalogues(files: Mapping[str, str], language: str) -> list[str]:
    wanted = {f"messages_{tag}.properties" for tag in (language.replace("-", "_"), "en") if tag}
    return sorted(name for name in files if name.rpartition("/")[2] in wanted)


# --- files that hold many messages


def _unpacked(
    name: str, files: Mapping[str, str], named: AbstractSet[str], left: list[LeftOut]
) -> Iterator[Packed]:
    if name.rpartition("/")[2] == "meta.json":
        return
    found = [one for one in unpack(name, files[name]) if one.texts]
    if not found and name in named:
        remedy = "see docs/import.md for the forms that are read"
        left.append(LeftOut(name, "no template is in it", remedy))
    yield from found


def _of_packed(one: Packed) -> Found:
    parts = [Part(Role(role), Source(one.file, "\n" * (one.line - 1) + text), one.dialect)
             for role, text in one.texts]  # fmt: skip
    if one.subject:
        parts.insert(0, Part(Role.SUBJECT, Source(one.file, one.subject), one.dialect))
    is_sms = any(part.role is Role.SMS for part in parts)
    return Found(one.id, is_sms, tuple(parts), one.language)


# --- ids


def _with_short_ids(found: Iterable[Found]) -> list[Found]:
    """Return the messages under ids of their own, without the folders that all share."""
    messages = list(found)
    split = [message.id.split("/") for message in messages]
    shared = 0
    while split and all(len(one) > shared + 1 and one[shared] == split[0][shared] for one in split):
        shared += 1
    taken: set[str] = set()
    result = []
    for message, segments in zip(messages, split, strict=True):
        words = segments[shared:] + ([message.language] if message.language else [])
        plain = re.sub(r"[^a-z0-9._-]+", "-", ".".join(words).lower()).strip("._-")
        plain = (plain or "message")[-MAX_ID + 4 :].lstrip("._-")
        unique, number = plain, 1
        while unique in taken:
            number += 1
            unique = f"{plain}-{number}"
        taken.add(unique)
        result.append(replace(message, id=unique))
    return result
