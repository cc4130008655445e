"""Does each template pass and hold the messages that stand beside it?"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path

from filter.ids import new_transaction_id
from filter.inspection import inspect, read
from filter.message import (
    Channel,
    Client,
    Envelope,
    Message,
    TextFields,
    TextMedia,
    Transaction,
)
from filter.mode import Mode
from filter.reading.look import Looker
from filter.reading.text import normalise
from filter.rulefiles.compile import as_enforced, links_by_host
from filter.rulefiles.templates import VARIANT_MARK
from filter.ruleset import Example, MatchMode, RuleSet, Slot, Template
from filter.scanning import Scanner, Source, SourceKind
from filter.settings import Inspection
from filter.templates.matcher import compile_matcher, matches_any
from filter.templates.pattern import parse_pattern, slot_uses
from filter.templates.samples import fill
from filter.templates.wording import Budget, compile_wording
from filter.verdict import Disposition, Verdict

RECIPIENT_ADDRESS = "someone@example.org"
RECIPIENT_NUMBER = "+15550100"

# The machine's own list of types differs from machine to machine; these do not.
_TYPES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".ics": "text/calendar",
    ".csv": "text/csv",
    ".txt": "text/plain",
}


@dataclass(frozen=True, slots=True)
class ExampleOutcome:
    """What became of one example. ``trouble`` says what is wrong, "" when it came out right.

    ``message`` is what a reader sees of one that passes.
    """

    template: str
    example: Example
    verdict: Verdict | None
    trouble: str = ""
    message: Message | None = field(default=None, repr=False)

    @property
    def is_right(self) -> bool:
        """Whether the gate did what the example expects."""
        return not self.trouble

    @property
    def name(self) -> str:
        """The example's name for lists: its own, or the beginning of its text."""
        example = self.example
        shown = example.name or example.text or example.subject or Path(example.file).name
        words = " ".join((shown or example.sender or example.html or "").split())
        return words if len(words) <= 60 else f"{words[:59]}…"  # noqa: PLR2004 - one line


def run_examples(
    rules: RuleSet,
    looker: Looker,
    limits: Inspection,
    *,
    only: str = "",
    templates: Container[str] | None = None,
) -> Iterator[ExampleOutcome]:
    """Judge every example under the real rules, those in shadow as if they were enforced.

    ``only`` is a regular expression that is searched for in ``template / example``; ``templates``
    are ids. Examples of templates that are off are left out.
    """
    wanted = re.compile(only, re.IGNORECASE)
    tried = enforced(rules)
    families = families_of(tried.templates)
    for template in tried.templates:
        if templates is not None and base_id(template) not in templates:
            continue
        family = families[base_id(template)]
        for example in template.examples if template.mode is not Mode.OFF else ():
            outcome = ExampleOutcome(base_id(template), example, None)
            if wanted.search(f"{outcome.template} / {outcome.name}"):
                yield _judge(outcome, family, tried, looker, limits)


def enforced(rules: RuleSet) -> RuleSet:
    """Return the rules with those in shadow as if they were enforced."""
    templates = tuple(as_enforced(one) for one in rules.templates)
    links = tuple(as_enforced(one) for one in rules.links)
    images = tuple(as_enforced(one) for one in rules.images)
    image_lists = tuple(as_enforced(one) for one in rules.image_lists)
    if (templates, links, images, image_lists) == (
        rules.templates,
        rules.links,
        rules.images,
        rules.image_lists,
    ):
        return rules
    return replace(
        rules,
        templates=templates,
        links=links,
        images=images,
        image_lists=image_lists,
        matcher=compile_matcher(templates),
        links_by_host=links_by_host(links),
    )


def families_of(templates: Iterable[Template]) -> Mapping[str, tuple[Template, ...]]:
    """Return each template with its variants, by its id; its examples speak for all of them."""
    families: dict[str, tuple[Template, ...]] = {}
    for template in templates:
        name = base_id(template)
        families[name] = (*families.get(name, ()), template)
    return families


def base_id(template: Template) -> str:
    """Return the id of a template without that of its variant."""
    return template.id.partition(VARIANT_MARK)[0]


def said_by(
    patterns: Iterable[str], template: Template, text: str, values: Mapping[str, str]
) -> Iterator[str]:
    """Yield the patterns of a template that a text says with these values, footer or not."""
    slots = {slot.name: slot for slot in template.slots}
    for pattern in patterns:
        wordings = [pattern, *(f"{pattern} {footer}" for footer in template.footers)]
        if matches_any(wordings, slots, text, values) is not None or (
            template.match is MatchMode.DLT
            and any(_fits(wording, slots, template.match, text) for wording in wordings)
        ):
            yield pattern


def _fits(pattern: str, slots: Mapping[str, Slot], mode: MatchMode, text: str) -> bool:
    wording = compile_wording(pattern, slots, mode)
    return next(wording.fits(normalise(text), {}, Budget()), None) is not None


def _judge(
    outcome: ExampleOutcome,
    family: tuple[Template, ...],
    rules: RuleSet,
    looker: Looker,
    limits: Inspection,
) -> ExampleOutcome:
    example = outcome.example
    try:
        if example.file:
            kind = SourceKind.MAIL if example.channel is Channel.EMAIL else SourceKind.TEXT
            scanner = Scanner(rules, looker, limits, keeps_message=True)
            report = scanner.scan(Source(example.file, kind))
            verdict, message = report.verdict, report.message
        else:
            transaction = transaction_of(example, family)
            verdict = inspect(transaction, rules, looker, limits)
            passed = verdict.disposition is Disposition.PASS
            message = read(transaction, limits) if passed else None
    except (OSError, ValueError) as exc:
        return replace(outcome, trouble=f"cannot be tried: {exc}")
    trouble = _trouble(example, verdict, outcome.template)
    return replace(outcome, verdict=verdict, trouble=trouble, message=message)


def _trouble(example: Example, verdict: Verdict, template: str) -> str:
    codes = [finding.code for finding in verdict.findings]
    passed = verdict.disposition is Disposition.PASS
    if example.expect_pass:
        if not passed:
            return f"expected pass, got held {', '.join(dict.fromkeys(codes))}"
        fitted = (verdict.template or "").partition(VARIANT_MARK)[0]
        return "" if fitted == template else f"passed as template {fitted}, not as {template}"
    if passed:
        return f"expected held {example.code}".rstrip() + f", got pass as {verdict.template}"
    if example.code and example.code not in codes:
        return f"expected held {example.code}, got held {', '.join(dict.fromkeys(codes))}"
    return ""


def transaction_of(example: Example, family: tuple[Template, ...]) -> Transaction:
    """Return the transaction that an example stands for, what it leaves unsaid filled in.

    Raises OSError for an attachment that cannot be read, ValueError for what cannot be a message.
    """
    whole = completed(example, family)
    if whole.channel is Channel.SMS:
        return _text_message(whole.sender, whole)
    return _mail(whole.sender, whole.subject or "", whole)


def completed(example: Example, family: tuple[Template, ...]) -> Example:
    """Return an example with the sender and the subject that it leaves to its template.

    Raises ValueError when nobody may send it on its channel.
    """
    template, values = _meant(example, family)
    sender = example.sender or _default_sender(template, example.channel)
    if example.channel is Channel.SMS or example.subject is not None:
        return replace(example, sender=sender)
    subject = next(_filled(template.subjects, values), "")
    return replace(example, sender=sender, subject=subject)


def _meant(example: Example, family: tuple[Template, ...]) -> tuple[Template, Mapping[str, str]]:
    """Return the member of the family that an example's text says, and with which values.

    A near miss says none: then the first pass example's member and values are meant.
    """
    first = next((e for t in family for e in t.examples if e.expect_pass and e.text), None)
    for text in (example.text, first.text if first else None):
        for template in family if text is not None else ():
            values = matches_any(template.texts, template.slots, text or "", {})
            if values is not None:
                return template, values
    return family[0], {}


def _filled(patterns: Iterable[str], values: Mapping[str, str]) -> Iterator[str]:
    """Yield the patterns whose slots all have values, filled in."""
    for pattern in patterns:
        tokens = parse_pattern(pattern)
        if all(use.name in values for use in slot_uses(tokens)):
            yield fill(tokens, {}, values=values)


def _default_sender(template: Template, channel: Channel) -> str:
    for sender in template.senders:
        if ("@" in sender.address) == (channel is Channel.EMAIL):
            name = max(sender.names)
            return f"{name} <{sender.address}>" if name else sender.address
    raise ValueError(f"nobody may send it by {channel}; say `from:`")


def _text_message(sender: str, example: Example) -> Transaction:
    body = example.text or ""
    files = tuple(_enclose(Path(name)) for name in example.attachments)
    fields = TextFields(sender, RECIPIENT_NUMBER, body, files=files)
    return _transaction(Channel.SMS, Envelope(sender, (RECIPIENT_NUMBER,)), body.encode(), fields)


def _enclose(path: Path) -> TextMedia:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    label = _type_of(path)
    return TextMedia(path.name, label, len(content), digest, path.name, content=content)


def _transaction(
    channel: Channel, envelope: Envelope, content: bytes, fields: TextFields | None = None
) -> Transaction:
    return Transaction(
        id=new_transaction_id(),
        channel=channel,
        received_at=datetime.now(UTC),
        client=Client(name="example"),
        envelope=envelope,
        content=content,
        text=fields,
    )


def _mail(sender: str, subject: str, example: Example) -> Transaction:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = RECIPIENT_ADDRESS
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = make_msgid(domain="example.org")
    if example.text is not None or example.html is None:
        mail.set_content(example.text or "", cte=_encoding(example.text or ""))
    if example.html is not None:
        _add_html(mail, example.html, only=example.text is None)
    for name in example.attachments:
        _attach(mail, Path(name), example.html or "")
    _, address = parseaddr(sender)
    return _transaction(Channel.EMAIL, Envelope(address, (RECIPIENT_ADDRESS,)), mail.as_bytes())


def _add_html(mail: EmailMessage, html: str, *, only: bool) -> None:
    if only:
        mail.set_content(html, subtype="html", cte=_encoding(html))
    else:
        mail.add_alternative(html, subtype="html", cte=_encoding(html))


def _encoding(text: str) -> str:
    return "7bit" if text.isascii() and max(map(len, text.splitlines() or [""])) < 998 else "base64"  # noqa: PLR2004 - RFC 5322 section 2.1.1


def _type_of(path: Path) -> str:
    guessed = _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0]
    return guessed or "application/octet-stream"


def _attach(mail: EmailMessage, path: Path, html: str) -> None:
    """Add a file; one that the HTML shows as ``cid:its-name`` as an inline picture."""
    main, _, sub = _type_of(path).partition("/")
    content = path.read_bytes()
    page = mail.get_body(("html",))
    if f"cid:{path.name}" in html and isinstance(page, EmailMessage):
        page.add_related(
            content, main, sub, cid=f"<{path.name}>", filename=path.name, disposition="inline"
        )
    else:
        mail.add_attachment(content, main, sub, filename=path.name)
