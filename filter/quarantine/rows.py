"""Transactions, decisions and items as rows of the store, and back without loss."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.errors import MessageError
from email.header import decode_header, make_header
from itertools import zip_longest
from types import MappingProxyType
from typing import Any, TypeAlias

from filter.decisions import Decision
from filter.message import Channel, Client, EndUser, Envelope, TextFields, TextMedia, Transaction
from filter.quarantine.item import Afterwards, Change, HeldItem, Record, State
from filter.verdict import (
    Basis,
    Cleared,
    Disposition,
    Effect,
    Finding,
    Flood,
    Nearest,
    Trial,
    TrialKind,
    Verdict,
)

Row: TypeAlias = Mapping[str, Any]
Values: TypeAlias = dict[str, object]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# No API takes more media with one message.
MAX_FILES = 10
# A list shows one line of a message; longer titles only cost.
MAX_TITLE = 200
# The subject of a real message stands well within this; a hostile one may have none.
MAX_HEADER_BYTES = 64 * 1024
MAX_HEADER_LINES = 500


def to_micros(moment: datetime) -> int:
    """Return microseconds since 1970. Raises TypeError for a time without a zone."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(value: int) -> datetime:
    """Return the moment in UTC."""
    return EPOCH + timedelta(microseconds=value)


def clean(text: str) -> str:
    r"""Return text that any database takes: lone surrogates and NUL become \udc80 and \x00."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode(errors="backslashreplace").decode().replace("\0", r"\x00")


# --- decisions


def decision_row(decision: Decision) -> Values:
    """Return the row of a decision."""
    client, sender = clean(decision.client), clean(decision.sender)
    is_exact = client == decision.client and sender == decision.sender
    return {
        "id": decision.id,
        "at": to_micros(decision.at),
        "channel": decision.channel.value,
        "client": client,
        "sender": sender,
        "recipients": _dump(decision.recipients),
        "disposition": decision.disposition.value,
        "template": decision.verdict.template,
        "revision": decision.verdict.revision,
        "codes": codes_of(decision.verdict),
        "verdict": verdict_json(decision.verdict),
        "exact": None if is_exact else _dump([decision.client, decision.sender]),
        "size_bytes": decision.size_bytes,
        "envelope_digest": decision.envelope_digest,
        "milliseconds": decision.milliseconds,
    }


def read_record(row: Row, afterwards: Iterable[Row] = ()) -> Record:
    """Return the decision of a row with what was added to it."""
    exact = json.loads(row["exact"]) if row["exact"] else [row["client"], row["sender"]]
    decision = Decision(
        id=row["id"],
        at=from_micros(row["at"]),
        channel=Channel(row["channel"]),
        client=exact[0],
        sender=exact[1],
        recipients=tuple(json.loads(row["recipients"])),
        verdict=read_verdict(row["verdict"]),
        disposition=Disposition(row["disposition"]),
        size_bytes=row["size_bytes"],
        envelope_digest=row["envelope_digest"],
        milliseconds=row["milliseconds"],
    )
    return Record(
        decision,
        tuple(Afterwards(from_micros(a["at"]), a["kind"], a["text"]) for a in afterwards),
    )


def codes_of(verdict: Verdict) -> str:
    """Return the codes of all findings between blanks, sorted, so that LIKE finds a whole one."""
    codes = sorted({finding.code for finding in verdict.findings})
    return clean(f" {' '.join(codes)} ") if codes else ""


# --- verdicts


def verdict_json(verdict: Verdict) -> str:
    """Return a verdict as JSON in ASCII; read_verdict gives back an equal one.

    But for the fingerprint, which nobody needs later: whoever has it could guess a one-time code.
    """
    nearest, flood = verdict.nearest, verdict.flood
    return _dump(
        {
            "disposition": verdict.disposition.value,
            "template": verdict.template,
            "revision": verdict.revision,
            "findings": [_finding(f) for f in verdict.findings],
            "cleared": [{"check": c.check, "grounds": c.grounds} for c in verdict.cleared],
            "shadow": [_finding(f) for f in verdict.shadow],
            "nearest": None
            if nearest is None
            else {
                "template": nearest.template,
                "score_percent": nearest.score_percent,
                "difference": nearest.difference,
            },
            "flood": None
            if flood is None
            else {"id": flood.id, "rule": flood.rule, "key": flood.key, "since": flood.since},
            **_trials_and_basis(verdict),
        }
    )


def _trials_and_basis(verdict: Verdict) -> dict[str, object]:
    """Return what few decisions have, only where they have it."""
    more: dict[str, object] = {}
    if verdict.trials:
        more["trials"] = [
            {"kind": t.kind.value, "rule": t.rule, "effect": t.effect.value, "reason": t.reason}
            for t in verdict.trials
        ]
    if (basis := verdict.basis) is not None:
        more["basis"] = {
            "templates": basis.templates,
            "links": basis.links,
            "pictures": basis.pictures,
        }
    return more


def read_verdict(text: str) -> Verdict:
    """Return the verdict of its JSON."""
    fields = json.loads(text)
    nearest, flood = fields["nearest"], fields.get("flood")  # there are none before schema 2
    return Verdict(
        disposition=Disposition(fields["disposition"]),
        findings=tuple(Finding(**f) for f in fields["findings"]),
        cleared=tuple(Cleared(**c) for c in fields["cleared"]),
        revision=fields["revision"],
        template=fields["template"],
        shadow=tuple(Finding(**f) for f in fields["shadow"]),
        nearest=None if nearest is None else Nearest(**nearest),
        flood=None if flood is None else Flood(**flood),
        trials=tuple(
            Trial(TrialKind(t["kind"]), t["rule"], Effect(t["effect"]), t["reason"])
            for t in fields.get("trials", ())  # there are none before schema 4, as of basis
        ),
        basis=_read_basis(fields.get("basis")),
    )


def _read_basis(fields: Mapping[str, Any] | None) -> Basis | None:
    if fields is None:
        return None
    templates, links = (
        [(id_, digest) for id_, digest in fields[k]] for k in ("templates", "links")
    )
    return Basis(tuple(templates), tuple(links), fields["pictures"])


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "check": finding.check,
        "code": finding.code,
        "detail": finding.detail,
        "where": finding.where,
    }


def trial_rows(decision: Decision) -> list[Values]:
    """Return a row for each rule in shadow that met the message."""
    rows: dict[tuple[str, str], Values] = {
        (trial.kind, clean(trial.rule)): {
            "id": decision.id,
            "kind": trial.kind.value,
            "rule": clean(trial.rule),
            "at": to_micros(decision.at),
            "effect": trial.effect.value,
            "reason": clean(trial.reason),
        }
        for trial in decision.verdict.trials
    }
    return list(rows.values())


# --- held items


def held_row(
    transaction: Transaction, decision: Decision, expires_at: datetime, decided: Values
) -> Values:
    """Return the row of an item that begins its life as held; ``decided`` is its decision's."""
    held_at = to_micros(decision.at)
    return {
        "id": transaction.id,
        "channel": transaction.channel.value,
        "state": State.HELD.value,
        "held_at": held_at,
        "expires_at": to_micros(expires_at),
        "changed_at": held_at,
        "changed_by": "",
        "note": "",
        "answer": "",
        "sender": clean(transaction.envelope.sender),
        "recipients": _dump(transaction.envelope.recipients),
        "releaser": "",
        "codes": decided["codes"],
        "title": title_of(transaction),
        "size_bytes": stored_bytes(transaction),
        "content_deleted": 0,
        "transaction_json": _transaction_json(transaction),
        "verdict": decided["verdict"],
    }


def passed_row(transaction: Transaction, at: datetime) -> Values:
    """Return the row of a message that passed; its content is in content_rows."""
    return {
        "id": transaction.id,
        "at": to_micros(at),
        "size_bytes": stored_bytes(transaction),
        "transaction_json": _transaction_json(transaction),
    }


def read_passed(row: Row, contents: Mapping[str, bytes]) -> Transaction:
    """Return the message of such a row, or of a held one; ``row`` says its channel, too."""
    return _read_transaction(row, contents)


def content_rows(transaction: Transaction) -> list[Values]:
    """Return the rows of a held message's content, and of the files of a text message behind it."""
    contents = [transaction.content, *_files_of(transaction)]
    ids = content_ids(transaction.id)
    return [
        {"id": id_, "content": content}
        for id_, content in zip(ids, contents, strict=False)
        if content is not None
    ]


def content_ids(transaction_id: str) -> tuple[str, ...]:
    """Return the ids under which there may be content of a message; its own is the first."""
    return (transaction_id, *(f"{transaction_id}/{n}" for n in range(1, MAX_FILES + 1)))


def stored_bytes(transaction: Transaction) -> int:
    """Return how many bytes of content are kept of a held message."""
    return len(transaction.content) + sum(len(f) for f in _files_of(transaction) if f is not None)


def _files_of(transaction: Transaction) -> list[bytes | None]:
    text = transaction.text
    return [] if text is None else [file.content for file in text.files[:MAX_FILES]]


def flood_row(transaction: Transaction, decision: Decision, flood: Flood) -> Values:
    """Return the row that makes a held item one of a flood's case."""
    template = decision.verdict.template
    return {
        "flood": flood.id,
        "id": transaction.id,
        "rule": clean(flood.rule),
        "key": clean(flood.key),
        "since": flood.since,
        "held_at": to_micros(decision.at),
        "received_at": to_micros(transaction.received_at),
        "template": None if template is None else clean(template),
    }


def change_row(transaction_id: str, step: Change) -> Values:
    """Return the row of one step in an item's life."""
    return {
        "id": transaction_id,
        "at": to_micros(step.at),
        "by": clean(step.by),
        "start": "" if step.start is None else step.start.value,
        "end": step.end.value,
        "note": clean(step.note),
    }


def outcome_row(transaction_id: str, step: Change, answer: str = "") -> Values:
    """Return the same step as the decision log tells it: "released by anna: 250 2.0.0 queued"."""
    by = f" by {step.by}" if step.by else ""
    said = answer or step.note
    return {
        "id": transaction_id,
        "at": to_micros(step.at),
        "kind": "outcome",
        "text": clean(f"{step.end}{by}{': ' if said else ''}{said}"),
    }


def read_change(row: Row) -> Change:
    """Return the step of its row."""
    start = State(row["start"]) if row["start"] else None
    return Change(from_micros(row["at"]), row["by"], start, State(row["end"]), row["note"])


def read_item(row: Row, contents: Mapping[str, bytes] = MappingProxyType({})) -> HeldItem:
    """Return the item of its row, with its content and files where they are given by their ids."""
    return HeldItem(
        transaction=_read_transaction(row, contents),
        verdict=read_verdict(row["verdict"]),
        state=State(row["state"]),
        held_at=from_micros(row["held_at"]),
        expires_at=from_micros(row["expires_at"]),
        changed_at=from_micros(row["changed_at"]),
        changed_by=row["changed_by"],
        note=row["note"],
        answer=row["answer"],
        title=row["title"],
        size_bytes=row["size_bytes"],
        content_deleted=bool(row["content_deleted"]),
    )


def _transaction_json(transaction: Transaction) -> str:
    envelope, client, text = transaction.envelope, transaction.client, transaction.text
    return _dump(
        {
            "received_at": to_micros(transaction.received_at),
            "sender": envelope.sender,
            "recipients": envelope.recipients,
            "mail_argument": _base64(envelope.mail_argument),
            "rcpt_arguments": [_base64(argument) for argument in envelope.rcpt_arguments],
            "client": [client.name, client.address, client.helo, client.queue_id],
            "text": None
            if text is None
            else {
                "sender": text.sender,
                "recipient": text.recipient,
                "body": text.body,
                "media": text.media,
                "troubles": [_finding(f) for f in text.troubles],
                "files": [_file(file) for file in text.files],
            },
            "provider": transaction.provider,
            "route": transaction.route,
            "end_user": [transaction.end_user.id, transaction.end_user.ip],
        }
    )


def _read_transaction(row: Row, contents: Mapping[str, bytes]) -> Transaction:
    fields = json.loads(row["transaction_json"])
    own, *others = content_ids(row["id"])
    files = [contents.get(id_) for id_ in others]
    return Transaction(
        id=row["id"],
        channel=Channel(row["channel"]),
        received_at=from_micros(fields["received_at"]),
        client=Client(*fields["client"]),
        envelope=Envelope(
            sender=fields["sender"],
            recipients=tuple(fields["recipients"]),
            mail_argument=base64.b64decode(fields["mail_argument"]),
            rcpt_arguments=tuple(base64.b64decode(a) for a in fields["rcpt_arguments"]),
        ),
        content=contents.get(own, b""),
        text=None if fields["text"] is None else _read_text(fields["text"], files),
        provider=fields["provider"],
        route=fields["route"],
        end_user=EndUser(*fields.get("end_user", ())),  # rows of schema 1 have none
    )


def _read_text(fields: Mapping[str, Any], contents: list[bytes | None]) -> TextFields:
    described = fields.get("files", ())  # older rows have none
    return TextFields(
        sender=fields["sender"],
        recipient=fields["recipient"],
        body=fields["body"],
        media=tuple(fields["media"]),
        troubles=tuple(Finding(**f) for f in fields["troubles"]),
        files=tuple(
            TextMedia(**file, content=content)
            for file, content in zip_longest(described, contents[: len(described)])
        ),
    )


def _file(file: TextMedia) -> dict[str, object]:
    """Return what describes a file; its bytes stand apart, as retention deletes them."""
    return {
        "where": file.where,
        "media_type": file.media_type,
        "size_bytes": file.size_bytes,
        "digest": file.digest,
        "name": file.name,
        "url": file.url,
    }


def title_of(transaction: Transaction) -> str:
    """Return one line to recognise a message by: its subject, or how its text begins."""
    if transaction.text is not None:
        line = transaction.text.body
    else:
        line = _subject_of(transaction.content[:MAX_HEADER_BYTES])
    return clean(" ".join(line[: 4 * MAX_TITLE].split())[:MAX_TITLE])


def _subject_of(head: bytes) -> str:
    """Return the first Subject, decoded where that is possible; only people read it."""
    raw = ""
    for line in head.split(b"\r\n", MAX_HEADER_LINES):
        if raw and line[:1] in (b" ", b"\t"):
            raw += line.decode(errors="replace")
        elif raw or not line:
            break
        elif line[:8].lower() == b"subject:":
            raw = line[8:].decode(errors="replace") or " "
    if "=?" not in raw:
        return raw
    try:
        return str(make_header(decode_header(raw[: 8 * MAX_TITLE]))) or raw
    except (ValueError, LookupError, MessageError):  # a broken word, an unknown character set
        return raw


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


# In ASCII lone surrogates (octets that were no UTF-8) survive, and so does NUL.
_dump = json.JSONEncoder(separators=(",", ":")).encode
