"""What does a mail say by another reading than the gate's, and was that ever approved?

Standard library only: email and html.parser, repaired and lenient as they are. A slot is anything:
a promise that is checked cheaply, not a second gate.
"""

from __future__ import annotations

import email
import re
import unicodedata
from collections.abc import Iterator
from email.header import decode_header, make_header
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import yaml

from tests.battery.mailtree import codec_of

RULES = Path(__file__).parents[1] / "battery" / "rules"
_UNREAD = frozenset({"style", "script", "title"})
_VOID = re.compile("[\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufeff\u2800\u3164\\s]")
_SLOT = re.compile(r"\{[a-z_0-9]+\}")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unread += tag in _UNREAD

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in _UNREAD and self._unread > 0

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.pieces.append(data)


def what_was_never_approved(content: bytes) -> str:
    """Return a text of the mail that no template of the battery says, or ""."""
    for kind, text in _said(content):
        dense = _dense(text)
        if dense and not any(pattern.fullmatch(dense) for pattern in _approved()[kind]):
            return f"{kind}: {dense[:200]!a}"
    return ""


def _said(content: bytes) -> Iterator[tuple[str, str]]:
    message = email.message_from_bytes(content)
    raw = next((str(v) for name, v in message.raw_items() if name.lower() == "subject"), "")
    subject = raw.encode("utf-8", "surrogateescape")
    yield "subject", str(make_header(decode_header(subject.decode("utf-8", "replace"))))
    for part in message.walk():
        kind = part.get_content_type()
        body = part.get_payload(decode=True)
        if not isinstance(body, bytes) or part.get_content_disposition() == "attachment":
            continue
        charset = codec_of(part.get_content_charset("utf-8"))
        if kind == "text/plain":
            yield "text", body.decode(charset, "replace")
        elif kind == "text/html":
            parser = _Text()
            parser.feed(body.decode(charset, "replace"))
            parser.close()
            yield "html", "".join(parser.pieces)


@cache
def _approved() -> dict[str, list[re.Pattern[str]]]:
    found: dict[str, list[re.Pattern[str]]] = {"subject": [], "text": [], "html": []}
    for file in sorted(RULES.glob("*.yaml")):
        for template in _templates(file):
            texts, htmls = _several(template, "text"), _several(template, "html")
            before = "|".join(_pattern(one) for one in _several(template, "preheader"))
            found["subject"] += [re.compile(_pattern(one)) for one in _several(template, "subject")]
            found["text"] += [re.compile(_pattern(one)) for one in texts]
            found["html"] += [re.compile(f"(?:{before})?{_pattern(one)}") for one in htmls or texts]
    return found


def _templates(file: Path) -> Iterator[dict[str, Any]]:
    for template in yaml.safe_load(file.read_text(encoding="utf-8")).get("templates", ()):
        yield template
        yield from template.get("variants", ())


def _several(template: dict[str, Any], name: str) -> list[str]:
    value = template.get(name) or []
    return [value] if isinstance(value, str) else [one for one in value if isinstance(one, str)]


def _pattern(text: str) -> str:
    """Return a pattern of the text without its white space, any slot being anything."""
    return ".{0,400}".join(re.escape(_dense(one)) for one in _SLOT.split(text))


def _dense(text: str) -> str:
    return _VOID.sub("", unicodedata.normalize("NFC", text))
