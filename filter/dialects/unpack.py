"""Templates that stand in a JSON or CSV file: providers' exports, DLT registrations.

Twilio Content (https://www.twilio.com/docs/content), WhatsApp message templates, Postmark,
Amazon SES and SendGrid templates, and tables of DLT templates as operators' portals give them.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PACKED = frozenset({"json", "csv"})
_MAX_ROWS = 100_000
_FRONT = re.compile(r"---\r?\n(.*?)\r?\n---\r?\n", re.DOTALL)
_FRONT_SUBJECT = re.compile(r"^subject:[ \t]*(.+?)[ \t]*$", re.MULTILINE | re.IGNORECASE)

# Where a provider keeps subject, text and HTML of a mail.
_MAILS = (
    ("Subject", "TextBody", "HtmlBody"),  # Postmark
    ("SubjectPart", "TextPart", "HtmlPart"),  # Amazon SES
    ("subject", "plain_content", "html_content"),  # SendGrid
    ("subject", "text", "html"),
)
_NAMES = ("Alias", "alias", "TemplateName", "friendly_name", "name", "Name", "id")


@dataclass(frozen=True, slots=True)
class Packed:
    """A template that stands in a file with others. ``texts`` are role and text."""

    id: str
    file: str
    texts: tuple[tuple[str, str], ...]
    subject: str = ""
    language: str = ""
    dialect: str = ""
    line: int = 1


def unpack(file: str, text: str) -> Iterator[Packed]:
    """Yield the templates of a JSON or CSV file; none when it holds something else."""
    if file.lower().endswith(".csv"):
        yield from _table(file, text)
        return
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return
    folder = file.rpartition("/")[0]
    stem = file.rpartition("/")[2].rpartition(".")[0]
    for number, one in enumerate(_objects(value), 1):
        name = next((str(one[key]) for key in _NAMES if isinstance(one.get(key), str)), "")
        name = name or (stem if number == 1 else f"{stem}-{number}")
        for found in _template(one):
            yield Packed(f"{folder}/{name}" if folder else name, file, *found)


def subject_in_front(text: str) -> str:
    """Return the subject that stands in a file's front matter, "" without one."""
    front = _FRONT.match(text)
    found = _FRONT_SUBJECT.search(front[1]) if front else None
    return found[1].strip("\"'") if found else ""


def _objects(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a file that may be templates: itself, a list, a list in an object."""
    if isinstance(value, list):
        for one in value:
            yield from _objects(one) if isinstance(one, dict) else ()
    elif isinstance(value, dict):
        yield value
        for key in ("contents", "data", "templates", "Templates", "Template", "message_templates"):
            inner = value.get(key)
            if isinstance(inner, (list, dict)):
                yield from _objects(inner)


def _template(
    one: Mapping[str, Any],
) -> Iterator[tuple[tuple[tuple[str, str], ...], str, str, str]]:
    language = one["language"] if isinstance(one.get("language"), str) else ""
    types = one.get("types")
    if isinstance(types, dict):
        bodies = [t["body"] for t in types.values() if isinstance(t, dict) and _is_text(t, "body")]
        yield tuple(("sms", body) for body in bodies[:1]), "", language, "twilio"
        return
    components = one.get("components")
    if isinstance(components, list):
        texts = [
            c["text"] for c in components
            if isinstance(c, dict) and _is_text(c, "text")
            and str(c.get("type")).upper() in ("HEADER", "BODY", "FOOTER")
        ]  # fmt: skip
        yield (("sms", "\n".join(texts)),) if texts else (), "", language, "whatsapp"
        return
    for subject, text, html in _MAILS:
        if _is_text(one, subject):
            texts_of = (("text", text), ("html", html))
            found = tuple((role, one[key]) for role, key in texts_of if _is_text(one, key))
            yield found, one[subject], language, ""
            return


def _is_text(one: Mapping[str, Any], key: str) -> bool:
    return isinstance(one.get(key), str) and bool(one[key].strip())


def _table(file: str, text: str) -> Iterator[Packed]:
    """Yield the rows of a table that has a column of texts."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        head = [cell.strip().lower() for cell in next(reader)]
    except (StopIteration, csv.Error):
        return
    texts = _column(head, ("template content", "template message", "content", "template text",
                           "message", "text", "template", "body"))  # fmt: skip
    names = _column(head, ("template name", "name", "template id", "id"))
    if texts is None:
        return
    folder = file.rpartition("/")[0]
    stem = file.rpartition("/")[2].rpartition(".")[0]
    try:
        for number, row in enumerate(reader, 1):
            if number > _MAX_ROWS:
                return
            if len(row) <= texts or not row[texts].strip():
                continue
            given = row[names].strip() if names is not None and len(row) > names else ""
            name = given or f"{stem}-{number}"
            said = (("sms", row[texts]),)
            place = f"{folder}/{name}" if folder else name
            yield Packed(place, file, said, dialect="dlt", line=reader.line_num)
    except csv.Error:
        return


def _column(head: list[str], wanted: tuple[str, ...]) -> int | None:
    for name in wanted:
        if name in head:
            return head.index(name)
    return None
