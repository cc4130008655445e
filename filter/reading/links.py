"""Which links would a mail or text client make out of plain text?

A client's rules are not ours to know, so the finders are many and their results are joined: what
any of them takes for a link is a link. The door of linkify-it-py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from linkify_it import LinkifyIt  # type: ignore[import-untyped]  # has no stubs

from filter.message import Link, LinkKind
from filter.reading.smartencoding import smart_encode
from filter.reading.suffixes import TOP_LEVEL
from filter.reading.text import compatible, without_format_characters

MAX_RUN_CHARACTERS = 4096  # a link with its tracking token; finders take quadratic time
# What all such words of a text may take: 0.14 ms a character at worst, beyond ASCII up to 0.6 ms.
MAX_TANGLED_CHARACTERS = 16 * 1024
_LONG_RUN = 256  # characters; shorter words are looked through in no time
MAX_HOST_CHARACTERS = 300  # a host name has 253 (RFC 1035 section 2.3.4)


class LinksUnreadable(ValueError):  # noqa: N818 - named like RulesInvalid: what it is
    """Text without blanks that is too long or too tangled to look for links in."""


# A link needs one of . @ / \\ : right before a character that is not white space. The others become
# one of these in NFKC or by smart encoding (a test computes the list again).
SIGNS = (
    ".@/\\:\xbc\xbd\xbe\xf7\u02d0\u02f8\u0337\u0338\u2024\u2025\u2026\u2044\u20e5\u2100\u2101\u2105\u2106"
    "\u2215\u2488\u2489\u248a\u248b\u248c\u248d\u248e\u248f\u2490\u2491\u2492\u2493\u2494\u2495\u2496\u2497"
    "\u2498\u2499\u249a\u249b\u2982\u29f5\u29f8\u29f9\u2a74\u3002\u33c2\u33c7\u33d8\ua789\ufe13\ufe19\ufe30"
    "\ufe52\ufe55\ufe68\ufe6b\uff0e\uff0f\uff1a\uff20\uff3c\uff61\U0001f100"
)
_SIGN = re.compile("[" + re.escape(SIGNS) + "](?=[^ .:])")
# The same, of ASCII: a search that is much faster, as regular expressions go.
_ASCII_SIGN = re.compile(r"[.@/\\:](?=[^ .:])")

# The everyday spelling; whatever is spelled otherwise goes through every finder.
_PLAIN_URL = re.compile(
    r"[(<\[\"']?(https?://[a-z0-9][a-z0-9.-]*[a-z0-9](?::[0-9]{1,5})?"
    r"(?:[/?#](?:[A-Za-z0-9/_~?&=%#+$-]|[.:!,;@*](?=[A-Za-z0-9/_~?&=%#+$-]))*)?)"
    r"[)>\]\"'.,;:!?]*"
)
_NUMBERS = re.compile(r"[0-9.,:/%+()#*x-]+")
_IP_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")

# A label is anything but ASCII punctuation, white space and controls: browsers let IDNA decide.
_LABEL = "[^\\x00-\\x20!-,./:-@\\[-^`{-~\\x7f\u3002\uff0e\uff61]+"
_HOST = re.compile(f"{_LABEL}(?:[.\u3002\uff0e\uff61]{_LABEL})+")
_HOST_TAIL = re.compile(r"(?::[0-9]{1,5})?(?:[/?#]\S*)?")
_SCHEME = re.compile(r"(?=((?:https?|ftp|wss?):[^\s\"'<>]+))", re.IGNORECASE)
# What Outlook and iOS link without slashes, of which none is a word before a colon.
_CALLING = re.compile(
    r"(?<![A-Za-z0-9])(?:mailto|callto|facetime(?:-audio)?|smsto|sips?|xmpp|magnet|bitcoin|webcal"
    r"|onenote|telnet|nntp|gopher|wais|search-ms|ms-[a-z]{2,20}"
    r"|sms(?=:\+?[0-9]{4,})):[^\s\"'<>]+",
    re.IGNORECASE,
)
_ANY_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,30}://[^\s\"'<>]+", re.IGNORECASE)
_RELATIVE = re.compile(r"(?<![:/\\\w])[/\\]{2}[^\s/\\\"'<>]+\S*")
_ADDRESS = re.compile(f'[^\\s@<>()\\[\\],;:"]+@({_LABEL}(?:\\.{_LABEL})+)')
# "Email:help@health.example": no client takes the word for a piece of the address, which cannot
# hold a colon (RFC 5322 section 3.2.3). What might be a scheme (sip:, xmpp:) is left as it is.
_WORD_BEFORE = re.compile(
    r"mailto:(?:(?:e-?mail|mail|e-?mel|correo|courriel|e-?post|contact|support|help|enquiries)"
    r"|[^\x00-\x7f@:]+)[:\uff1a](?=[^@:]+@[^@:]+\Z)",
    re.IGNORECASE,
)
# Signs of a sentence, none of which a host can have (UTS #46, IDNA 2008). The ideographic full
# stop is a dot of hosts as well, so it counts where nothing follows.
_OPENING = "\uff08\u3010\u300c\u300e\u300a\u3008\u201c\u2018\u00ab\u2039\uff1a"
_CLOSING = "\uff0c\u3001\uff1b\uff1a\uff01\uff09\u3011\u300d\u300f\u300b\u3009"
_CLOSING += "\u201d\u2019\u00bb\u203a\u2026"
_PUNCTUATION = re.compile(f"[{_OPENING}{_CLOSING}\u3002]+")
_BEFORE = re.compile(f"(?:[^\\W0-9A-Za-z_]{{0,40}}[{_OPENING}]+)?")
_AFTER = re.compile(f"(?:[{_CLOSING}]+[^\\W0-9A-Za-z_]{{0,40}})?[{_CLOSING}\u3002]{{0,9}}")
# Behind a path nothing can change the host.
_IN_PATH = re.compile(r"(?:https?://)?[a-z0-9.-]+/[A-Za-z0-9/_.~-]*", re.IGNORECASE)
_AFTER_PATH = re.compile(f"[{_CLOSING},;!)]+[^\\W0-9A-Za-z_][^/\\\\?#%]{{0,400}}")
MAX_PARTED = 20  # links between which there is no blank
_LEADING_ASCII = re.compile(r"[A-Za-z0-9-]+")  # IGNORECASE would take a dotless i for one of them
_DOTS = str.maketrans("\u3002\uff0e\uff61", "...")

# "Thank you.In case …": a forgotten blank, which no client takes for the Indian top-level domain
# as long as the word is written like the start of a sentence. Lower case is a link to all of them.
_SENTENCE_STARTS = frozenset(
    ("Am", "As", "At", "Be", "By", "Call", "Do", "Help", "Here", "In")
) | frozenset(("Is", "It", "Me", "My", "No", "Now", "So", "To", "Us", "You"))
# D.Ng, S.K.Ng, J.Kim: initials before a family name that happens to be a top-level domain. S.Com.,
# S.Coop.: forms of companies. And titles before a name, or before another: Dr.Ng, Univ.Prof.
_INITIALS = re.compile(r"(?:[A-Z]\.)+[A-Z][a-z]+")
_TITLED = re.compile(
    r"(?:(?:Dr|Mr|Mrs|Ms|Mdm|Prof|Univ|Hj|Hjh|Ir|Ts|Sr|Md|Mohd|Abd|St|En|Pn|Tn|Dato|Datuk)\.)+"
    r"(?:[A-Z]\.)*(?!Com\b|Net\b|Org\b|Info\b)[A-Z][a-z]+"
)
# One letter and a top-level domain, and yet a place that everybody knows.
_SHORT_HOSTS = frozenset(("a.co", "g.co", "j.mp", "m.me", "q.com", "s.id", "t.co")) | frozenset(
    ("t.me", "u.to", "v.gd", "x.co", "x.com", "z.com")
)


def _build_finder() -> LinkifyIt:
    finder = LinkifyIt(options={"fuzzy_ip": True})
    finder.tlds(sorted(TOP_LEVEL, key=len, reverse=True))
    finder.match("a.com http://a.com //a.com a@a.com 1.1.1.1")  # compiles: a third of a second
    return finder


_FINDER = _build_finder()


def find_links(text: str, where: str) -> tuple[Link, ...]:
    """Return the links that a client would make out of this text, each once, as they stand there.

    A link without a scheme comes back without one ("evil.example/x"); an e-mail address comes back
    as mailto:. Looked at as it is, without characters that draw nothing, in NFKC and smart-encoded.
    Raises LinksUnreadable for words too long, or too many long ones, to look through.
    """
    urls: dict[str, None] = {}
    tangled = 0
    for run in _suspicious_runs(text):
        if len(run) > _LONG_RUN and _PLAIN_URL.fullmatch(run) is None:
            tangled += len(run)
            if tangled > MAX_TANGLED_CHARACTERS:
                raise LinksUnreadable(f"{tangled} characters in long words that are no plain link")
        parted = {} if run.isascii() else _parted(run)
        urls.update(parted)
        for view in _views(run):
            for piece in view.split():
                found = _links_in(piece)
                urls.update((u, None) for u in found if not any(_is_around(u, p) for p in parted))
    return tuple(Link(url, LinkKind.BARE, where) for url in urls)


def _parted(run: str) -> dict[str, None]:
    """Return the links between the punctuation of a sentence.

    In Chinese and Japanese no blank parts them from it. Where a client takes the punctuation for a
    piece of the link, that leads astray on the same host.
    """
    if _PUNCTUATION.search(run) is None:
        return {}
    inner = dict.fromkeys(url for one in _PUNCTUATION.split(run) for url in _links_in(one))
    return inner if len(inner) <= MAX_PARTED else {}


def _is_around(url: str, inner: str) -> bool:
    before, there, after = url.partition(inner)
    if not there or _BEFORE.fullmatch(before) is None:
        return False
    return _AFTER.fullmatch(after) is not None or (
        _IN_PATH.fullmatch(inner) is not None and _AFTER_PATH.fullmatch(after) is not None
    )


def _views(run: str) -> tuple[str, ...]:
    if run.isascii():
        return (run,)
    bare = without_format_characters(run)
    return tuple(dict.fromkeys((run, bare, compatible(bare), smart_encode(bare))))


def _suspicious_runs(text: str) -> Iterator[str]:
    """Yield the stretches without white space that hold a character every link needs."""
    folded = " ".join(text.split())
    search = (_ASCII_SIGN if folded.isascii() else _SIGN).search
    position = 0
    while True:
        sign = search(folded, position)
        if sign is None:
            return
        start = folded.rfind(" ", 0, sign.start()) + 1
        end = folded.find(" ", sign.start())
        position = len(folded) if end < 0 else end
        yield folded[start:position]


@lru_cache(maxsize=4096)
def _links_in(run: str) -> tuple[str, ...]:
    if len(run) > MAX_RUN_CHARACTERS:
        raise LinksUnreadable(f"{len(run)} characters without a blank")
    plain = _PLAIN_URL.fullmatch(run)
    if plain is not None:
        return (plain.group(1),)
    if _NUMBERS.fullmatch(run) and not _IP_ADDRESS.search(run):
        return ()
    own = [*_schemed(run), *_addresses(run), *_hosts(run)]
    if not own and "@" not in run and "//" not in run and not _IP_ADDRESS.search(run):
        return ()
    return _join(_linkify(run), own)


def _linkify(run: str) -> list[str]:
    found = _FINDER.match(run) or []
    return [
        _without_word(m.url) if m.schema == "mailto:" else m.raw
        for m in found
        if not _is_prose(m.raw)
    ]


def _without_word(address: str) -> str:
    """Return mailto: and an address without the word that a forgotten blank put before it."""
    found = _WORD_BEFORE.match(address)
    return f"mailto:{address[found.end() :]}" if found else address


def _join(first: list[str], second: list[str]) -> tuple[str, ...]:
    """Return all of the first, and of the second what is not merely a piece of another link."""
    kept = list(dict.fromkeys(first))
    for url in second:
        if not any(_bare(url) in other for other in kept):
            kept.append(url)
    return tuple(kept)


def _bare(url: str) -> str:
    return url.removeprefix("mailto:").rstrip(".,;:!?)]}>\"'")


def _schemed(run: str) -> Iterator[str]:
    # Client after client takes "seehttps://…" for a link from https on.
    glued = [m.group(1) for m in _SCHEME.finditer(run)]
    others = [m.group() for p in (_ANY_SCHEME, _CALLING, _RELATIVE) for m in p.finditer(run)]
    for url in (*glued, *others):
        yield url.rstrip(".,;:!?)]}>\"'")


def _addresses(run: str) -> Iterator[str]:
    for found in _ADDRESS.finditer(run):
        if _is_top_level(found.group(1).rsplit(".", 1)[-1]):
            yield _without_word("mailto:" + found.group())


def _hosts(run: str) -> Iterator[str]:
    for found in _HOST.finditer(run):
        host = found.group()
        if len(host) > MAX_HOST_CHARACTERS:
            raise LinksUnreadable(f"{len(host)} characters that look like one host name")
        plain = host.translate(_DOTS)
        if _is_prose(plain):
            continue
        front, _, last = plain.rpartition(".")
        last = last.rstrip("_")  # no top-level domain has one: it is _emphasis_
        ascii_part = _LEADING_ASCII.match(last)
        if _is_top_level(last) or plain[:4].lower() == "www.":  # Outlook links any www.
            tail = _HOST_TAIL.match(run, found.end())
            yield plain.rstrip("_") + (tail.group() if tail else "")
        elif ascii_part is not None and _is_top_level(ascii_part.group()) and not last.isascii():
            yield f"{front}.{ascii_part.group()}"


def _is_top_level(label: str) -> bool:
    return label.lower() in TOP_LEVEL


def _is_prose(found: str) -> bool:
    """Tell whether this is a sentence's end and the next one's start, or initials and a name."""
    if _INITIALS.fullmatch(found) or _TITLED.fullmatch(found):
        return found.lower() not in _SHORT_HOSTS
    before, _, after = found.rpartition(".")
    return after in _SENTENCE_STARTS and "." not in before and before[-1:].islower()
