"""Every reader of the gate that meets bytes from outside, and what it promises about them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from filter.checks.carried import TooDeep, find_carried
from filter.checks.lookalikes import find_likeness
from filter.checks.urls import UrlError, parse_url
from filter.mail import parameters as smtp
from filter.mail.data import stuff, unstuff
from filter.mail.xforward import read_attributes
from filter.message import (
    Appearance,
    Channel,
    Envelope,
    Message,
    PictureView,
    TextFields,
    View,
    ViewKind,
)
from filter.pictures import containers
from filter.pictures.listfile import read_list
from filter.reading import css, sniff
from filter.reading.addresses import AddressError, read_mailboxes
from filter.reading.canonical import MarkupError, canonical_markup
from filter.reading.charsets import CharsetError, decode_strictly
from filter.reading.conditional import closes_region, opens_region, read_comment
from filter.reading.headers import read_headers
from filter.reading.html import read_html
from filter.reading.links import LinksUnreadable, find_links
from filter.reading.mail import read_mail
from filter.reading.mime import decode_body, read_parts
from filter.reading.mimeopinion import agrees_on_parts
from filter.reading.parameters import ParameterError, read_parameters
from filter.reading.raw import check_bytes, read_fields, split_header
from filter.reading.recipients import check_recipients
from filter.reading.sandbox import Sandbox
from filter.reading.smartencoding import smart_encode
from filter.reading.sms import read_text_message
from filter.reading.text import (
    compatible,
    describe_character,
    find_unseen,
    is_padding,
    normalise,
    without_format_characters,
)
from filter.reading.troubles import Troubles
from filter.reading.wire import (
    REPLY_HEAD,
    Reply,
    SeenLink,
    SeenPicture,
    WireError,
    decode_reply,
    encode_reply,
)
from filter.reading.words import WordError, decode_words
from filter.reasons import REASONS
from filter.rulefiles.load import check_sources
from filter.rulefiles.sources import SourceFile
from filter.ruleset import Slot, SlotType
from filter.scanning import Scanner, _sources_of_bytes
from filter.settings import Inspection, MediaFetch
from filter.sms.exchange import Unclear
from filter.sms.mediahosts import MediaHosts, RefusedError
from filter.sms.providers.v1 import _read_fields
from filter.sms.reporting import read_recipient, read_reports
from filter.sms.strict import read_form, read_json, require_type
from filter.strictyaml import read_yaml
from filter.templates.pattern import PatternError
from filter.templates.regex import compile_pattern
from filter.templates.slots import accepts, why_not
from filter.verdict import Disposition
from tests.battery.judge import battery_rules, judge, looker
from tests.battery.sample import ENVELOPE, Sample
from tests.campaign import fuzzseeds as seeds
from tests.campaign.fuzzpromise import what_was_never_approved

LIMITS = Inspection(child_seconds=5.0)
Run = Callable[[bytes], Hashable]


class BrokenPromiseError(AssertionError):
    """A reader answered, and the answer is not one that it may give."""


@dataclass(frozen=True)
class Target:
    """One reader. ``run`` returns what came out in short, by which new behaviour is noticed."""

    run: Run
    seeds: Callable[[], tuple[bytes, ...]]
    max_bytes: int = 8192
    seconds: float = 1.0  # of processor time that one input may take
    share: int = 1  # of the campaign's time
    by_wall_clock: bool = False  # the work is done in another process


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _quiet(*errors: type[Exception]) -> Callable[[Callable[[str], object]], Run]:
    """Make a target of a function of a text that may raise these errors and no others."""

    def decorate(function: Callable[[str], object]) -> Run:
        def run(data: bytes) -> Hashable:
            try:
                return type(function(_text(data))).__name__
            except errors as exc:
                return type(exc).__name__

        return run

    return decorate


def _codes(troubles: Troubles) -> Hashable:
    found = frozenset(finding.code for finding in troubles.found())
    unknown = found - REASONS.keys()
    if unknown:
        raise BrokenPromiseError(f"codes without a meaning: {sorted(unknown)}")
    return found


def _answered(message: Message) -> Hashable:
    """Hold what every answer promises: known codes, and a view or a reason why there is none."""
    if not message.views and not message.troubles:
        raise BrokenPromiseError("neither a view nor a trouble")
    for trouble in message.troubles:
        if trouble.code not in REASONS:
            raise BrokenPromiseError(f"a code without a meaning: {trouble.code}")
        if "\n" in trouble.detail or "\r" in trouble.detail:
            raise BrokenPromiseError("a detail of several lines")
    return frozenset(trouble.code for trouble in message.troubles)


def _mail(data: bytes) -> Hashable:
    return _answered(read_mail(ENVELOPE, data, LIMITS))


def _inspect(data: bytes) -> Hashable:
    verdict = judge(Sample("fuzz", "mutated", data))
    codes = frozenset(finding.code for finding in verdict.findings)
    if "check.error" in codes:
        raise BrokenPromiseError("the inspection failed inside")
    if verdict.disposition is Disposition.PASS:
        never = what_was_never_approved(data)
        if never:
            raise BrokenPromiseError(f"passed as {verdict.template}: {never}")
    return codes


def _mime(data: bytes) -> Hashable:
    troubles = Troubles()
    check_bytes(data, troubles)
    header, body = split_header(data) or (data, b"")
    root = read_parts(read_fields(header, troubles, ""), body, LIMITS, troubles)
    if root.parts:
        agrees_on_parts(data, root)
    for part in root.leaves():
        decode_body(part, troubles)
    return _codes(troubles)


def _headers(data: bytes) -> Hashable:
    troubles = Troubles()
    read_headers(read_fields(data, troubles, ""), troubles)
    return _codes(troubles)


def _html(data: bytes) -> Hashable:
    troubles = Troubles()
    read_html(_text(data), "utf-8", "part 1", troubles)
    return _codes(troubles)


def _css(data: bytes) -> Hashable:
    text = _text(data)
    style, sheet = css.read_style(text), css.read_sheet(text)
    css.read_colour(text)
    css.draws_pictures(text)
    css.loads_fonts_only(text)
    return tuple(t[:30] for t in (*style.troubles[:2], *sheet.troubles[:2])), len(sheet.rules) > 0


@_quiet()
def _conditional(text: str) -> object:
    return opens_region(text), closes_region(text), read_comment(text)


@_quiet(MarkupError)
def _canonical(text: str) -> object:
    form = canonical_markup(text)
    assert canonical_markup(form) == form
    assert normalise(form) == form
    return len(form)


@_quiet(LinksUnreadable)
def _links(text: str) -> object:
    return find_links(text, "here")


@_quiet(UrlError, TooDeep, LinksUnreadable)
def _urls(text: str) -> object:
    url = parse_url(text)
    find_likeness(url.host, ("health.example", "www.health.example"))
    return url.segments, find_carried(url) if url.scheme in ("http", "https") else ()


@_quiet()
def _characters(text: str) -> object:
    once = normalise(text)
    if normalise(once) != once:
        raise BrokenPromiseError("normalised twice is not normalised once")
    unseen = find_unseen(text)
    if unseen:
        describe_character(unseen)
    return is_padding(text), compatible(text), without_format_characters(text), smart_encode(text)


SLOTS = (
    *(
        Slot(kind.value, kind)
        for kind in SlotType
        if kind not in (SlotType.CHOICE, SlotType.PATTERN)
    ),
    Slot("choice", SlotType.CHOICE, values=("first dose", "second dose")),
    Slot("pattern", SlotType.PATTERN, pattern="(?:[A-Z]{2}-?)+[0-9]{6}"),
    Slot("day", SlotType.DATE, formats=("%d %B %Y", "%a, %d/%m/%y", "%Y-%m-%d")),
    Slot("hour", SlotType.TIME, formats=("%H:%M", "%I.%M %p")),
    Slot("price", SlotType.MONEY, currency=("RM", "€"), minimum=0, maximum=1000),
)


def _slots(data: bytes) -> Hashable:
    text = normalise(_text(data))
    taken = tuple(slot.name for slot in SLOTS if accepts(slot, text))
    for slot in SLOTS:
        if bool(why_not(slot, text)) == (slot.name in taken):
            raise BrokenPromiseError(f"{slot.name} is accepted and refused at once")
    return taken


def _matcher(data: bytes) -> Hashable:
    subject, _, text = normalise(_text(data)).partition(" ; ")
    views = (
        View(ViewKind.TEXT, "plain", text, "part 1"),
        View(ViewKind.HTML, "html", text, "part 2"),
    )
    message = Message(Channel.EMAIL, ENVELOPE, views, subject=subject)
    return type(battery_rules().matcher.match(message)).__name__


@_quiet(PatternError)
def _pattern(text: str) -> object:
    return compile_pattern(text).matches("KA-004711")


def _yaml(data: bytes) -> Hashable:
    _, problems = read_yaml(data, "rules.yaml")
    return tuple(sorted({problem.code for problem in problems}))


def _rules(data: bytes) -> Hashable:
    file = SourceFile("rules.yaml", "rules.yaml", Path("rules.yaml"), data)
    return tuple(sorted({problem.code for problem in check_sources([file]).problems}))


def _image_list(data: bytes) -> Hashable:
    read = read_list(data, "phash64", 40)
    assert len(read.hashes.hashes) == 8 * read.hashes.count
    return tuple(sorted({fault.message[:20] for fault in read.faults}))


def _image_lists() -> tuple[bytes, ...]:
    digits = b"d5aa2ad52b5ad42b"
    return (
        b"hash,quality,label\n" + digits + b',90,"a, b"\n',
        b'{"type": "phash", "indicator": "' + digits + b'", "tags": ["a"]}\n',
        b'{"data": [{"signal_type": "phash", "signal_value": "' + digits + b'"}]}',
        digits + b"\n",
    )


_MEDIA_HOSTS = MediaHosts(
    MediaFetch(fetch=True, hosts=("media.example", "*.cdn.example"), ports=(443, 8443))
)


def _form(data: bytes) -> Hashable:
    try:
        return len(read_form(data, ("MediaUrl",)))
    except Unclear as exc:
        return str(exc)[:20]


@_quiet(Unclear)
def _json(text: str) -> object:
    body = text.encode("utf-8", "replace")
    fields = read_json(body)
    for reader in (_read_fields, read_reports, read_recipient):
        try:
            reader(fields)
        except Unclear:
            continue
    return fields


@_quiet(Unclear)
def _content_type(text: str) -> object:
    require_type(text, "application/json")
    return text


def _text_message(data: bytes) -> Hashable:
    try:
        fields = _read_fields(read_json(data))
    except Unclear:
        fields = TextFields("MYHEALTH", "+60123456789", _text(data))
    return _answered(read_text_message(Envelope(fields.sender, (fields.recipient,)), fields))


def _media_address(data: bytes) -> Hashable:
    try:
        place = _MEDIA_HOSTS.place_of(_text(data))
    except RefusedError as exc:
        return str(exc)[:20]
    if not (place.host == "media.example" or place.host.endswith(".cdn.example")):
        raise AssertionError(f"it would be fetched from {place.host!r}")
    return place.port, place.target.isascii() and place.target.isprintable()


def _recipients(data: bytes) -> Hashable:
    troubles = Troubles()
    envelope = Envelope("", (_text(data),))
    check_recipients(Channel.EMAIL, envelope, troubles)
    check_recipients(Channel.SMS, envelope, troubles)
    return _codes(troubles)


def _stored(data: bytes) -> Hashable:
    scanner = Scanner(battery_rules(), looker(), LIMITS)
    codes: set[str] = set()
    for source in list(_sources_of_bytes(data))[:5]:
        codes |= {finding.code for finding in scanner.scan(source).verdict.findings}
    if "check.error" in codes:
        raise BrokenPromiseError("the inspection failed inside")
    return frozenset(codes)


def _smtp(data: bytes) -> Hashable:
    if unstuff(stuff(data)) != data:
        raise BrokenPromiseError("stuffing dots and taking them out again changes the message")
    found = (smtp.read_sender(data), smtp.read_recipient(data), read_attributes(data))
    return tuple(one is None for one in found)


@_quiet(WordError)
def _words(text: str) -> object:
    return decode_words(text)


@_quiet(AddressError)
def _addresses(text: str) -> object:
    return read_mailboxes(text)


@_quiet(ParameterError)
def _parameters(text: str) -> object:
    return read_parameters(text)


def _charsets(data: bytes) -> Hashable:
    label, _, content = data.partition(b"\n")
    try:
        return type(decode_strictly(content, label.decode("latin-1"))).__name__
    except CharsetError as exc:
        return str(exc)[:20]


def _files(data: bytes) -> Hashable:
    kind = sniff.sniff(data)
    try:
        containers.trailing_bytes(data, containers.examine(data))
    except containers.UnfitError:
        kind += " "
    sniff.sniff_file(data)
    sniff.specific_type("a.pdf", data)
    return kind, sniff.agrees(kind or "image/png", data)


@cache
def _sandbox() -> Sandbox:
    return Sandbox(LIMITS)


def _seen_in_child(codes: list[str]) -> Hashable:
    if any(code.endswith(".crashed") for code in codes):
        raise BrokenPromiseError("the child process crashed")
    return tuple(codes)


def _picture(data: bytes) -> Hashable:
    look = _sandbox().look_at_picture(data, sniff.sniff(data) or "image/png", "part 1")
    return _seen_in_child([trouble.code for trouble in look.troubles])


def _document(data: bytes) -> Hashable:
    look = _sandbox().look_at_document(data, "application/pdf", "part 1")
    return _seen_in_child([trouble.code for trouble in look.troubles])


def _wire(data: bytes) -> Hashable:
    try:
        decode_reply(data)
    except WireError:
        return False
    return True


def _replies() -> tuple[bytes, ...]:
    look = Appearance((PictureView("whole", b"\0" * 32, 100),), (b"k",))
    seen = SeenPicture(1, 1, look, 1, "0" * 64, "image/png")
    reply = Reply(
        (("picture.limit", "large"),), (seen,), "Hello", (SeenLink("https://x.example", 1),)
    )
    return (encode_reply(reply)[REPLY_HEAD.size :],)


def _documents() -> tuple[bytes, ...]:
    from tests.pictures.test_documents import _pdf, _text  # noqa: PLC0415 - a test module

    page = b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://health.example/)>>>>]"
    return _pdf(content=_text(b"Hello, see https://health.example/")), _pdf(page=page, pages=2)


def _json_seeds() -> tuple[bytes, ...]:
    return (
        b'{"channel":"sms","from":"MYHEALTH","to":"+60123456789","body":"Hello","media":[]}',
        (
            b'{"channel":"sms","from":"A","to":"+60123456789","body":"",'
            b'"media":["https://a.example/b",{"type":"image/gif","content":"R0lGODlh","name":"a.gif"}]}'
        ),
        b'{"signals":[{"id":"m_01K0000000000000000000000A","signal":"used"}]}',
        b'{"to":"+60123456789","template":"code"}',
    )


TARGETS: dict[str, Target] = {
    "mail": Target(_mail, seeds.mails, 65536, share=3),
    "inspect": Target(_inspect, seeds.good_mails, 65536, share=4),
    "mime": Target(_mime, seeds.mails, 65536, share=2),
    "headers": Target(_headers, seeds.headers, 16384, share=2),
    "addresses": Target(_addresses, lambda: seeds.values("from", "to", "cc", "reply-to", "sender")),
    "words": Target(_words, lambda: seeds.values("subject", "from", "to")),
    "parameters": Target(_parameters, lambda: seeds.values("content-type", "content-disposition")),
    "charsets": Target(
        _charsets,
        lambda: tuple(
            label + b"\n" + text
            for text in seeds.texts()[:20]
            for label in (b"utf-8", b"iso-2022-jp", b"gb18030", b"windows-1252", b"utf-16", b"big5")
        ),
    ),
    "html": Target(_html, seeds.htmls, 65536, share=4),
    "css": Target(
        _css,
        lambda: seeds.between(b'style="', b'"') + seeds.between(b"<style>", b"</style>"),
        32768,
        share=2,
    ),
    "canonical": Target(_canonical, seeds.htmls, 65536),
    "conditional": Target(_conditional, lambda: seeds.between(b"<!--", b"-->"), 20_000),
    "links": Target(_links, seeds.texts, 16384, share=2),
    "urls": Target(_urls, lambda: seeds.between(b'href="', b'"'), 4096),
    "characters": Target(_characters, seeds.texts, 16384),
    "slots": Target(
        _slots,
        lambda: (b"Aisha binti Rahman", b"493021", b"14 June 2021", b"RM 12.50", b"09:30"),
        1024,
    ),
    "matcher": Target(_matcher, lambda: tuple(b"Your sign-in code ; " + t for t in seeds.texts())),
    "pattern": Target(_pattern, lambda: (b"[A-Z]{2}-[0-9]{6}", b"(?:a|b)+\\p{L}*"), 1024),
    "yaml": Target(_yaml, seeds.rule_files, 16384),
    "image lists": Target(_image_list, _image_lists, 16384),
    "rules": Target(_rules, seeds.rule_files, 16384, share=2),
    "form": Target(_form, lambda: (b"From=MYHEALTH&To=%2B60123456789&Body=Hello+there",)),
    "json": Target(_json, _json_seeds),
    "content-type": Target(_content_type, lambda: (b'application/json; charset="utf-8"',), 1024),
    "text message": Target(_text_message, lambda: seeds.texts() + _json_seeds(), 16384),
    "media-address": Target(
        _media_address,
        lambda: (
            b"https://media.example/a%20b/c.png?v=1",
            b"https://a.cdn.example:8443",
            *seeds.between(b'href="', b'"'),
        ),
    ),
    "recipients": Target(
        _recipients,
        lambda: (b"anna@dest.example", b"+60123456789", "bücher@bücher.example".encode()),
        1024,
    ),
    "stored": Target(_stored, seeds.mboxes, 65536, seconds=2.0),
    "smtp": Target(
        _smtp, lambda: (b"FROM:<a@b.example> SIZE=10", b"TO:<a@b.example>", b"NAME=a"), 2048
    ),
    "files": Target(_files, lambda: (*seeds.pictures(), b"%PDF-1.4\n%%EOF\n"), 65536),
    "wire": Target(_wire, _replies),
    "pictures": Target(_picture, seeds.pictures, 65536, seconds=8.0, by_wall_clock=True),
    "documents": Target(_document, _documents, 65536, seconds=8.0, by_wall_clock=True),
}
