"""Judges stored messages without sending them: files, folders, mbox, standard input."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from filter.ids import new_transaction_id
from filter.inspection import inspection_failed, judge_message, look, read
from filter.message import Channel, Client, Envelope, Message, TextFields, Transaction
from filter.reading.look import Looker
from filter.reading.raw import to_crlf
from filter.reading.segments import Segmentation, segment
from filter.ruleset import RuleSet
from filter.settings import Inspection
from filter.strictjson import Json, read_object, shown
from filter.verdict import Disposition, Finding, Verdict, held_for

MBOX_START = b"From "
# RFC 4155: a message begins at a line "From " after an empty line, or at the start of the file.
_MBOX_SEPARATOR = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\n")
_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")
_TEXT_FIELDS = frozenset({"channel", "from", "to", "body", "media"})
_SHAPE = "a stored text message is a JSON object: channel, from, to, body, media"
STDIN = "-"


class SourceKind(StrEnum):
    """What a file holds."""

    MAIL = "mail"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Source:
    """Where one message is stored: a file, or a span of an mbox. Read when it is judged."""

    path: str
    kind: SourceKind
    index: int | None = None  # position in an mbox, from 1
    span: tuple[int, int] | None = None
    held_bytes: bytes | None = None  # standard input cannot be read twice

    def content(self) -> bytes:
        """Return the stored bytes. Raises OSError."""
        stored = self._stored()
        return stored if self.index is None else _QUOTED_FROM.sub(rb"\1", stored)

    def _stored(self) -> bytes:
        if self.held_bytes is not None:
            return self.held_bytes
        if self.span is None:
            return Path(self.path).read_bytes()
        start, end = self.span
        with Path(self.path).open("rb") as file:
            file.seek(start)
            return file.read(end - start)


@dataclass(frozen=True, slots=True)
class Report:
    """One judged message. ``message`` is what was read, where the scanner was to keep it."""

    source: Source
    channel: Channel
    verdict: Verdict
    segmentation: Segmentation | None = None  # of a text message
    message: Message | None = None

    @property
    def would_pass(self) -> bool:
        """Return whether the gate would let it through."""
        return self.verdict.disposition is Disposition.PASS

    def as_json(self) -> dict[str, object]:
        """Return the object that `scan --json` prints."""
        verdict = self.verdict
        line: dict[str, object] = {
            "path": self.source.path,
            "channel": str(self.channel),
            "disposition": str(verdict.disposition),
            "template": verdict.template,
            "findings": [_finding(f) for f in verdict.findings],
            "rules": verdict.revision,
        }
        if self.source.index is not None:
            line["index"] = self.source.index
        if self.segmentation is not None:
            line["encoding"] = str(self.segmentation.encoding)
            line["segments"] = self.segmentation.segments
        if verdict.shadow:
            line["shadow"] = [_finding(f) for f in verdict.shadow]
        if verdict.trials:
            line["trials"] = [
                {"kind": str(t.kind), "rule": t.rule, "effect": str(t.effect), "reason": t.reason}
                for t in verdict.trials
            ]
        if verdict.nearest is not None:
            line["nearest"] = {
                "template": verdict.nearest.template,
                "score": verdict.nearest.score_percent,
                "difference": verdict.nearest.difference,
            }
        return line


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "check": finding.check,
        "code": finding.code,
        "detail": finding.detail,
        "where": finding.where,
    }


def find_sources(paths: Sequence[str], stdin: bytes | None = None) -> Iterator[Source]:
    """Yield every message under the paths, folders in the order of their names.

    Raises OSError for a path that does not exist. Files whose names begin with a dot are skipped in
    folders.
    """
    for path in paths:
        if path == STDIN:
            yield from _sources_of_bytes(stdin or b"")
        elif Path(path).is_dir():
            for file in sorted(Path(path).rglob("*")):
                hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
                if file.is_file() and not hidden:
                    yield from _sources_of_file(file)
        else:
            yield from _sources_of_file(Path(path))


def _sources_of_file(path: Path) -> Iterator[Source]:
    try:
        with path.open("rb") as file:
            start = file.read(len(MBOX_START))
    except FileNotFoundError:
        raise
    except OSError:
        start = b""  # the scanner finds it unreadable too, and answers for it like for any other
    if path.suffix == ".json":
        yield Source(str(path), SourceKind.TEXT)
    elif start == MBOX_START:
        for index, span in enumerate(_spans(path.read_bytes()), 1):
            yield Source(str(path), SourceKind.MAIL, index, span)
    else:
        yield Source(str(path), SourceKind.MAIL)


def _sources_of_bytes(content: bytes) -> Iterator[Source]:
    if content.startswith(MBOX_START):
        for index, (start, end) in enumerate(_spans(content), 1):
            yield Source(STDIN, SourceKind.MAIL, index, None, content[start:end])
    else:
        kind = SourceKind.TEXT if content.lstrip()[:1] == b"{" else SourceKind.MAIL
        yield Source(STDIN, kind, None, None, content)


def _spans(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each message of an mbox begins and ends, its separator lines left out."""
    separators = list(_MBOX_SEPARATOR.finditer(content))
    ends = [match.start() for match in separators[1:]] + [len(content)]
    for match, end in zip(separators, ends, strict=True):
        # The empty line before the next separator belongs to the format, not to the message.
        body = content[match.end() : end]
        if body.endswith((b"\n\n", b"\n\r\n")):
            body = body.removesuffix(b"\n").removesuffix(b"\r")
        yield match.end(), match.end() + len(body)


@dataclass(frozen=True, slots=True)
class Scanner:
    """Judges stored messages under one set of rules.

    ``mail_from`` and ``rcpt_to`` replace the envelope that is otherwise taken from From and To.
    """

    rules: RuleSet
    looker: Looker
    limits: Inspection
    mail_from: str | None = None
    rcpt_to: tuple[str, ...] = ()
    keeps_message: bool = False

    def scan(self, source: Source) -> Report:
        """Return the report on one message; a file that cannot be read is a finding too."""
        channel = Channel.SMS if source.kind is SourceKind.TEXT else Channel.EMAIL
        try:
            content = source.content()
        except OSError as exc:
            return Report(source, channel, self._held(f"cannot be read: {exc.strerror}"))
        if source.kind is SourceKind.TEXT:
            return self._scan_text(source, content)
        return self._report(source, self._mail(content))

    def _scan_text(self, source: Source, content: bytes) -> Report:
        try:
            fields, channel = _text_fields(content)
        except ValueError as exc:
            return Report(source, Channel.SMS, self._held(str(exc)))
        envelope = Envelope(
            self.mail_from if self.mail_from is not None else fields.sender,
            self.rcpt_to or (fields.recipient,),
        )
        transaction = _transaction(channel, envelope, content, fields)
        return self._report(source, transaction, segment(fields.body))

    def _mail(self, content: bytes) -> Transaction:
        envelope = Envelope(self.mail_from or "", self.rcpt_to)
        return _transaction(Channel.EMAIL, envelope, to_crlf(content), None)

    def _report(
        self, source: Source, transaction: Transaction, segmentation: Segmentation | None = None
    ) -> Report:
        channel = transaction.channel
        message = None
        try:
            message = look(self._with_envelope(read(transaction, self.limits)), self.looker)
            verdict = judge_message(message, self.rules)
        except Exception as exc:  # noqa: BLE001 - every message is answered, and doubt holds
            verdict = inspection_failed(exc, self.rules)
        kept = message if self.keeps_message else None
        return Report(source, channel, verdict, segmentation, kept)

    def _with_envelope(self, message: Message) -> Message:
        """Return the message with an envelope, taken from its headers where none was given."""
        sender, recipients = message.envelope.sender, message.envelope.recipients
        if self.mail_from is None and message.from_:
            sender = message.from_[0].address
        if not recipients:
            recipients = tuple(mailbox.address for mailbox in (*message.to, *message.cc))
        return replace(
            message, envelope=replace(message.envelope, sender=sender, recipients=recipients)
        )

    def _held(self, detail: str) -> Verdict:
        return held_for(
            Finding("structure", "scan.unreadable", detail), revision=self.rules.revision
        )


def _transaction(
    channel: Channel, envelope: Envelope, content: bytes, fields: TextFields | None
) -> Transaction:
    return Transaction(
        id=new_transaction_id(),
        channel=channel,
        received_at=datetime.now(UTC),
        client=Client(name="scan"),
        envelope=envelope,
        content=content,
        text=fields,
    )


def _text_fields(content: bytes) -> tuple[TextFields, Channel]:
    """Return the fields of a stored text message. Raises ValueError that names the field."""
    value = read_object(content.removeprefix(codecs.BOM_UTF8))
    if unknown := sorted(set(value) - _TEXT_FIELDS):
        raise ValueError(f"unknown field {shown(unknown[0])}; {_SHAPE}")
    sender, recipient, body = (_string(value, name) for name in ("from", "to", "body"))
    media = value.get("media", [])
    if not isinstance(media, list):
        raise ValueError("field 'media' must be a list of addresses")  # noqa: TRY004
    addresses = [address for address in media if isinstance(address, str)]
    if len(addresses) < len(media):
        raise ValueError("field 'media' must be a list of addresses")
    if value.get("channel", "sms") != Channel.SMS:
        raise ValueError("field 'channel' must be \"sms\"; e-mail is stored as .eml")
    return TextFields(sender, recipient, body, tuple(addresses)), Channel.SMS


def _string(value: Mapping[str, Json], name: str) -> str:
    text = value.get(name)
    if not isinstance(text, str):
        raise ValueError(f"field {name!r} must be a string")  # noqa: TRY004 - the file is wrong
    return text
