"""A message of template files becomes a proposed template: patterns, slots, links, examples.

Pure: files and their texts are passed in. What cannot be read for certain raises DialectError.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from filter.dialects.all import guess as guess_dialect
from filter.dialects.all import read
from filter.dialects.derive import text_tokens
from filter.dialects.discover import Found, Part
from filter.dialects.filenames import Role
from filter.dialects.guess import HREF, PART, ROUTE, guess, is_host
from filter.dialects.lines import holes_of
from filter.dialects.markup import markup_tokens
from filter.dialects.names import Names
from filter.dialects.nodes import DialectError, Hole, Loader, Node, Source, Text
from filter.dialects.page import Doubt, Page, page_of
from filter.message import Channel
from filter.rulefiles.drafts import DraftLink, DraftSlot, DraftTemplate
from filter.rulefiles.importexamples import examples_of
from filter.rulefiles.importlinks import (
    LinkBook,
    addresses_in,
    carried_by,
    follows_host,
    leads_anywhere,
    leads_below,
    leads_of,
    usable,
)
from filter.ruleset import Slot, SlotType
from filter.templates.pattern import Literal, SlotUse, Token, slot_uses
from filter.templates.written import as_pattern

DEFAULT_SENDER = "no-reply@example.org"
DEFAULT_SMS_SENDER = "EXAMPLE"
LOOK = "look at this: "
_MAYBE_CODE = re.compile(r"\{\{|\{%|<%|\$\{|<#|\{#|\[\[|%\{")
_MAX_EXPRESSION = 120  # characters of an expression in a comment


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the person who imports says about all templates."""

    senders: tuple[str, ...] = ()
    dialect: str = ""
    language: str = ""
    hosts: tuple[str, ...] = ()  # where addresses lead that are filled in as a whole
    slots: Mapping[str, Slot] = field(default_factory=dict)  # by name: not guessed
    subjects: Mapping[str, str] = field(default_factory=dict)  # by id of the message
    subject_prefix: str = ""  # what the application puts before every subject


@dataclass(frozen=True, slots=True)
class Nodes:
    """The parts of one message, read."""

    subject: tuple[Node, ...] = ()
    text: tuple[Node, ...] = ()
    html: tuple[Node, ...] = ()

    def everything(self) -> tuple[Node, ...]:
        """The nodes of all parts."""
        return (*self.subject, *self.text, *self.html)


@dataclass(frozen=True, slots=True)
class Drafted:
    """A proposed template, without hold examples, and what it was made of."""

    template: DraftTemplate
    found: Found
    nodes: Nodes
    dialect: str
    doubts: tuple[str, ...]
    holds: tuple[Doubt, ...] = ()  # why the gate would hold what its HTML shows


def hosts_for(wishes: Wishes) -> tuple[str, ...]:
    """Return where addresses lead that are filled in: as wished, else where the mail is from."""
    if wishes.hosts:
        return wishes.hosts
    domains = [s.rpartition("@")[2].strip("<> ").lower() for s in wishes.senders if "@" in s]
    return (domains[0],) if domains else (DEFAULT_SENDER.rpartition("@")[2],)


def dialect_of(found: Found, wishes: Wishes, usual: str) -> str:
    """Return how a message is to be read; "" for text in which nothing is filled in.

    ``usual`` is the dialect of the files around it. Raises DialectError when none is known.
    """
    if wishes.dialect:
        return wishes.dialect
    for part in sorted(found.parts, key=lambda part: -len(part.source.text)):
        dialect = part.dialect or guess_dialect(part.source)
        if dialect:
            return dialect
    if usual or not any(_MAYBE_CODE.search(part.source.text) for part in found.parts):
        return usual
    part = found.parts[0]
    raise DialectError(
        part.source.name, 1, "nothing says which engine renders it", "say it: --dialect jinja"
    )


def read_message(found: Found, dialect: str, load: Loader, wishes: Wishes) -> Nodes:
    """Return the nodes of all parts, named together. Raises DialectError."""
    names = Names()
    language = found.language or wishes.language

    def nodes_of(part: Part | None) -> tuple[Node, ...]:
        if part is None:
            return ()
        which = part.dialect or dialect
        if not which:
            return (Text(part.source.text, 1),)
        return read(which, part.source, load, language=language, names=names)

    subject = found.part(Role.SUBJECT)
    if found.id in wishes.subjects:
        subject = Part(Role.SUBJECT, Source("--subject", wishes.subjects[found.id]))
    before = (Text(f"{wishes.subject_prefix} ", 1),) if wishes.subject_prefix and subject else ()
    return Nodes(
        (*before, *nodes_of(subject)),
        nodes_of(found.part(Role.SMS) or found.part(Role.TEXT)),
        nodes_of(found.part(Role.HTML)),
    )


def draft_of(found: Found, dialect: str, load: Loader, wishes: Wishes, book: LinkBook) -> Drafted:
    """Return the proposed template of a message; its links go into the book.

    Raises DialectError for what cannot be read for certain, or cannot be a rule.
    """
    nodes = read_message(found, dialect, load, wishes)
    file = found.parts[0].source.name
    if not found.is_sms and not nodes.subject:
        raise DialectError(
            file,
            1,
            "nothing says what its subject is",
            f"say it: --subject '{found.id}=…', or put it into {_subject_file(file)}",
        )
    return _Draft(found, dialect, nodes, wishes, book).drafted()


def _subject_file(file: str) -> str:
    """Return where the subject of a message would be looked for, beside one of its files."""
    folder, _, name = file.rpartition("/")
    stem = name.partition(".")[0]
    own = "subject.txt" if stem in {"content", "body"} else f"{stem}.subject.txt"
    return f"{folder}/{own}" if folder else own


class _Draft:
    """One message on its way to a template."""

    def __init__(
        self, found: Found, dialect: str, nodes: Nodes, wishes: Wishes, book: LinkBook
    ) -> None:
        self._found = found
        self._dialect = dialect
        self._nodes = nodes
        self._wishes = wishes
        self._book = book
        self._hosts = hosts_for(wishes)
        self._doubts: dict[str, None] = dict.fromkeys(found.doubts)
        self._subject = text_tokens(nodes.subject, file=self._file(Role.SUBJECT))
        self._text = text_tokens(nodes.text, file=self._file(Role.SMS, Role.TEXT), keep_lines=True)
        self._page: Page | None = None
        self._markup: tuple[Token, ...] = ()
        if nodes.html:
            self._page = page_of(nodes.html, file=self._file(Role.HTML))
            self._markup = markup_tokens(nodes.html, file=self._file(Role.HTML))

    def drafted(self) -> Drafted:
        holes: dict[str, Hole] = {}
        for hole in holes_of(self._nodes.everything()):
            holes.setdefault(hole.name, hole)
        addresses = list(self._addresses())
        places = self._places(addresses)
        used = {use.name for tokens in self._wordings() for use in slot_uses(tokens)}
        slots = tuple(
            self._slot(hole, places.get(name, set()))
            for name, hole in holes.items()
            if name in used
        )
        links = self._links(addresses, {slot.slot.name: slot.slot for slot in slots})
        plain = {slot.slot.name: slot.slot for slot in slots}
        passing = examples_of(
            self._nodes.subject, self._nodes.text, self._nodes.html, plain, self._hosts,
            is_sms=self._found.is_sms, file=self._found.parts[0].source.name,
        )  # fmt: skip
        template = replace(self._template(slots, links), passing=passing)
        holds = self._page.doubts if self._page else ()
        return Drafted(
            template, self._found, self._nodes, self._dialect, tuple(self._doubts), holds
        )

    def _template(self, slots: tuple[DraftSlot, ...], links: tuple[str, ...]) -> DraftTemplate:
        page = self._page
        least, most = page.pictures if page else (0, 0)
        alts = tuple(as_pattern(one) for one in page.alts) if page else ()
        channel = Channel.SMS if self._found.is_sms else Channel.EMAIL
        files = dict.fromkeys(part.source.name for part in self._found.parts)
        return DraftTemplate(
            id=self._found.id,
            channels=(channel,),
            senders=self._senders(),
            subjects=(as_pattern(self._subject),) if self._subject else (),
            texts=(as_pattern(self._text),) if self._text else (),
            htmls=tuple(as_pattern(one) for one in page.texts if one) if page else (),
            markups=(as_pattern(self._markup),) if self._markup else (),
            preheaders=tuple(as_pattern(one) for one in page.preheaders) if page else (),
            slots=slots,
            links=links,
            alt_texts=alts,
            min_pictures=least,
            max_pictures=max(most, 1 if alts else 0),
            language=self._found.language,
            remarks=(f"From {', '.join(files)}.", *(LOOK + doubt for doubt in self._doubts)),
        )

    def _senders(self) -> tuple[str, ...]:
        wanted = [s for s in self._wishes.senders if ("@" in s) != self._found.is_sms]
        if wanted:
            return tuple(wanted)
        self._doubt("who sends it? --from says it to the import")
        return (DEFAULT_SMS_SENDER if self._found.is_sms else DEFAULT_SENDER,)

    def _doubt(self, doubt: str) -> None:
        self._doubts[doubt] = None

    def _file(self, *roles: Role) -> str:
        parts = [part for role in roles if (part := self._found.part(role)) is not None]
        return (parts or self._found.parts)[0].source.name

    def _wordings(self) -> Iterator[tuple[Token, ...]]:
        yield self._subject
        yield self._text
        yield self._markup
        if self._page is not None:
            yield from (*self._page.texts, *self._page.preheaders, *self._page.alts)

    # --- links

    def _addresses(self) -> Iterator[tuple[tuple[Token, ...], str]]:
        """Yield every address of the message and where it stands."""
        file = self._file(Role.SMS, Role.TEXT)
        for tokens in (self._subject, self._text):
            yield from ((address, file) for address in addresses_in(tokens))
        for link in self._page.links if self._page else ():
            where = self._file(Role.HTML)
            yield link.tokens, f"{where}:{link.line}" if link.line else where

    def _places(self, addresses: Sequence[tuple[tuple[Token, ...], str]]) -> Mapping[str, set[str]]:
        """Return where each hole stands, as filter/dialects/guess.py wants to know it."""
        places: dict[str, set[str]] = {}
        for name, hole in self._page.holes.items() if self._page else ():
            places.setdefault(name, set()).update(hole.places - {"href", "src"})
        for tokens, _ in addresses:
            for index, token in enumerate(tokens):
                if isinstance(token, SlotUse):
                    places.setdefault(token.name, set()).add(_place_in(tokens, index))
        return places

    def _links(
        self, addresses: Iterable[tuple[tuple[Token, ...], str]], slots: Mapping[str, Slot]
    ) -> tuple[str, ...]:
        shown = {use.name for tokens in (self._subject, self._text) for use in slot_uses(tokens)}
        wanted: list[DraftLink] = []
        for tokens, place in addresses:
            if isinstance(tokens[0] if tokens else None, Literal) and _leads_nowhere(tokens):
                continue
            if any(follows_host(tokens[: end + 1]) for end in range(len(tokens))):
                wanted += leads_below(tokens, self._hosts, place)
                continue
            wanted += carried_by(tokens, place)
            leads = leads_of(tokens, shown if not self._page else (), self._hosts, place)
            wanted += leads.links
            if leads.doubt:
                self._doubt(f"a link at {place}: {leads.doubt}")
            elif not self._wishes.hosts and any(isinstance(t, SlotUse) for t in tokens[:1]):
                self._doubt("where do its links lead? --link-host says it to the import")
        if any(slot.type is SlotType.URL or is_host(slot) for slot in slots.values()):
            wanted += leads_anywhere(self._hosts, "addresses that are filled in")
        return tuple(dict.fromkeys(self._entries(wanted)))

    def _entries(self, wanted: Iterable[DraftLink]) -> Iterator[str]:
        """Yield the ids of entries that rules take; what none can be made of is a doubt."""
        for link in wanted:
            fitting = usable(link)
            shown = f"{link.mailto}{link.tel}{link.host}{link.path if link.host else ''}"
            if fitting is None:
                self._doubt(f"no entry can be made for the link to {shown}: it will be held")
                continue
            if fitting != link:
                self._doubt(f"the entry for {shown} takes more than that: {fitting.path}")
            yield self._book.add(fitting)

    # --- slots

    def _slot(self, hole: Hole, places: set[str]) -> DraftSlot:
        expression = " ".join(hole.expression.split())[:_MAX_EXPRESSION]
        line = f"line {hole.line}" if hole.line else "the source"
        origin = f"{expression} ({line})" if expression else line
        wished = self._wishes.slots.get(hole.name)
        if wished is not None:
            return DraftSlot(replace(wished, name=hole.name), origin)
        guessed = guess(hole, places)
        if not guessed.doubt:
            return DraftSlot(guessed.slot, origin)
        self._doubt(f"the slot {hole.name}: {guessed.doubt}")
        return DraftSlot(guessed.slot, f"{origin}\n{LOOK}{guessed.doubt}")


def _place_in(tokens: Sequence[Token], index: int) -> str:
    """Return where in an address a slot stands."""
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if before is None:
        is_scheme = isinstance(after, Literal) and after.text.startswith("://")
        return PART if is_scheme or isinstance(after, SlotUse) else HREF
    is_first = follows_host(tokens[: index + 1])
    return ROUTE if is_first else PART


def _leads_nowhere(tokens: Sequence[Token]) -> bool:
    first = tokens[0]
    return isinstance(first, Literal) and first.text.startswith(("#", "cid:", "data:"))
