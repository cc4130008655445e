"""Where sent messages are: mbox, Maildir, folders, CSV, the quarantine. One after the other."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from filter.inspection import judge_message, look
from filter.learning.seen import Seen, seen_of
from filter.learning.skeleton import skeleton_of_mail
from filter.message import Channel, Transaction
from filter.quarantine.interface import ItemQuery
from filter.quarantine.item import NoSuchItem
from filter.quarantine.store import Store
from filter.reading.raw import to_crlf
from filter.ruleset import RuleSet
from filter.scanning import Scanner, Source, SourceKind
from filter.settings import Inspection
from filter.verdict import Disposition, Verdict

DECISIONS = "decisions"
_FROM_LINE = re.compile(rb"From [^\n]*\n")
_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")
_DATE = re.compile(rb"(?im)^date:[ \t]*([^\r\n]+(?:\r?\n[ \t][^\r\n]*)*)")
_MAILDIR = ("cur", "new")
_IN_FOLDERS = (".eml", ".json", ".mbox", ".mbx", ".csv")
_PAGE = 200
NEAR_PERCENT = 80  # so alike must a held message be to an approved template
# How exports of providers call the columns; the first is ours.
COLUMNS: dict[str, tuple[str, ...]] = {
    "text": ("text", "body", "message", "content"),
    "from": ("from", "sender", "originator", "sender_id"),
    "to": ("to", "recipient", "destination", "phone", "number"),
    "date": ("date", "sent_at", "sent", "datesent", "time", "timestamp", "created_at"),
}


class SourceError(ValueError):
    """A source cannot be read: names the file, the line where there is one, and the remedy."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One message as it was found; ``content`` is an .eml, or the JSON of a text message."""

    where: str
    kind: SourceKind
    content: bytes
    at: datetime | None = None
    client: str = ""
    transaction: Transaction | None = None


def find_stored(
    paths: Sequence[str], *, sender: str = "", since: datetime | None = None
) -> Iterator[Stored]:
    """Yield the messages of files and folders, without holding more than one of them.

    ``sender`` is who sent the rows of a CSV file that do not say. Raises SourceError and OSError.
    """
    for path in paths:
        for stored in _of_path(Path(path), sender):
            if since is None or stored.at is None or stored.at >= since:
                yield stored


def _of_path(path: Path, sender: str) -> Iterator[Stored]:
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder")
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            inside = file.relative_to(path).parts
            in_maildir = file.parent.name in _MAILDIR and file.parent.is_dir()
            hidden = file.name.startswith(".") or (
                not in_maildir and any(part.startswith(".") for part in inside)
            )
            if file.is_file() and not hidden and (in_maildir or file.suffix in _IN_FOLDERS):
                yield from _of_file(file, sender)
        return
    yield from _of_file(path, sender)


def _of_file(path: Path, sender: str) -> Iterator[Stored]:
    if path.suffix.lower() == ".csv":
        yield from _of_csv(path, sender)
        return
    with path.open("rb") as file:
        is_mbox = file.read(5) == b"From "
    if is_mbox:
        yield from _of_mbox(path)
    elif path.suffix == ".json":
        yield Stored(str(path), SourceKind.TEXT, path.read_bytes())
    else:
        yield _mail(str(path), path.read_bytes())


def _mail(where: str, content: bytes) -> Stored:
    return Stored(where, SourceKind.MAIL, content, _date_of(content))


def _of_mbox(path: Path) -> Iterator[Stored]:
    """Yield the messages of an mbox (RFC 4155): "From " after an empty line begins one."""
    number = 0
    lines: list[bytes] = []
    was_empty = True
    with path.open("rb") as file:
        for line in file:
            if was_empty and _FROM_LINE.fullmatch(line if line[-1:] == b"\n" else line + b"\n"):
                if number:
                    yield _mail(f"{path}#{number}", _unquoted(lines))
                number += 1
                lines = []
            else:
                lines.append(line)
            was_empty = line in (b"\n", b"\r\n")
    if number:
        yield _mail(f"{path}#{number}", _unquoted(lines))


def _unquoted(lines: list[bytes]) -> bytes:
    if lines and lines[-1] in (b"\n", b"\r\n"):
        lines = lines[:-1]  # it belongs to the format
    return _QUOTED_FROM.sub(rb"\1", b"".join(lines))


def _date_of(content: bytes) -> datetime | None:
    header = content[: max(content.find(b"\n\n"), content.find(b"\r\n\r\n"), 0) or len(content)]
    found = _DATE.search(header[:65536])
    if found is None:
        return None
    try:
        at = parsedate_to_datetime(found[1].decode("ascii", "replace"))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _of_csv(path: Path, sender: str) -> Iterator[Stored]:
    csv.field_size_limit(1_000_000)
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            rows = csv.DictReader(file)
            names = _columns(path, rows.fieldnames or [])
            if "from" not in names and not sender:
                raise SourceError(
                    f"{path}: line 1: no column for the sender; add `from`, or say --from MYHEALTH"
                )
            for row in rows:
                text = row.get(names["text"]) or ""
                if not text.strip():
                    continue
                said = row.get(names["from"]) if "from" in names else None
                to = row.get(names["to"]) if "to" in names else None
                fields = {"from": said or sender, "to": to or "+15550100", "body": text}
                at = _csv_date(path, rows.line_num, row.get(names.get("date", "")) or "")
                content = json.dumps(fields).encode()
                yield Stored(f"{path}:{rows.line_num}", SourceKind.TEXT, content, at)
        except (csv.Error, UnicodeDecodeError) as exc:
            raise SourceError(f"{path}: not a CSV file in UTF-8: {exc}") from exc


def _columns(path: Path, header: Sequence[str]) -> dict[str, str]:
    plain = {name.strip().lower().replace(" ", "_"): name for name in header if name}
    names = {
        column: plain[alias]
        for column, aliases in COLUMNS.items()
        for alias in reversed(aliases)
        if alias in plain
    }
    if "text" not in names:
        raise SourceError(
            f"{path}: line 1: no column `text`; the first line names the columns: "
            "text, from, to, date"
        )
    return names


def _csv_date(path: Path, line: int, text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise SourceError(
            f"{path}: line {line}: date: {text[:40]!r} is no ISO date; write 2026-03-31T14:05:00"
        ) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def find_kept(store: Store, since: datetime | None = None) -> Iterator[Stored]:
    """Yield the messages whose content the quarantine still has, newest first."""
    before: str | None = None
    while True:
        page = store.find_items(ItemQuery(since=since, before=before, limit=_PAGE))
        for one in page:
            if one.content_deleted:
                continue
            try:
                item = store.get_item(one.transaction.id)
            except NoSuchItem:
                continue  # retention was quicker
            transaction = item.transaction
            kind = SourceKind.MAIL if transaction.channel is Channel.EMAIL else SourceKind.TEXT
            client = transaction.client.name or transaction.client.address
            yield Stored(
                transaction.id, kind, transaction.content, transaction.received_at, client,
                transaction,
            )  # fmt: skip
        if len(page) < _PAGE:
            return
        before = page[-1].transaction.id


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a stored message: what learning keeps of it, or the code why nothing is."""

    seen: Seen | None
    code: str = ""


class Reader:
    """Reads stored messages as the gate does, and asks what the rules in force say."""

    def __init__(self, rules: RuleSet, scanner: Scanner, limits: Inspection) -> None:
        self._rules = rules
        self._scanner = scanner
        self._limits = limits

    def read(self, stored: Stored) -> Taken:
        """Return what learning keeps of a message; what cannot be read for certain is a code."""
        if stored.transaction is not None:
            from filter.inspection import read  # noqa: PLC0415 - the name is taken here

            try:
                message = look(read(stored.transaction, self._limits), self._scanner.looker)
                verdict = judge_message(message, self._rules)
            except Exception:  # noqa: BLE001 - it is held for that, and nothing is learnt from it
                return Taken(None, "check.error")
        else:
            report = self._scanner.scan(
                Source(stored.where, stored.kind, held_bytes=stored.content)
            )
            if report.message is None:
                return Taken(None, report.verdict.findings[0].code)
            message, verdict = report.message, report.verdict
        if message.troubles:
            return Taken(None, message.troubles[0].code)
        if message.enclosed:
            return Taken(None, "structure.enclosed")
        skeleton = ""
        if message.channel is Channel.EMAIL:
            skeleton = skeleton_of_mail(to_crlf(stored.content), self._limits)
        passed = verdict.disposition is Disposition.PASS
        seen = seen_of(
            message,
            skeleton=skeleton,
            at=stored.at,
            client=stored.client,
            approved=(verdict.template or "") if passed else "",
            near="" if passed else _near(verdict),
        )
        return Taken(seen)


def _near(verdict: Verdict) -> str:
    if verdict.template:
        return verdict.template
    nearest = verdict.nearest
    return nearest.template if nearest and nearest.score_percent >= NEAR_PERCENT else ""
