"""What may stand in a hole? Guessed from its name, from a filter on it, and from where it stands.

A guess is narrow enough that nobody can write a sentence into a code, and wide enough for the
values that applications really have. What nothing in the source tells is said in the remark.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from filter.dialects.dateformats import formats_in
from filter.dialects.nodes import Hole
from filter.ruleset import Slot, SlotType

# Where a hole stands, as filter/dialects/derive.py tells it.
HREF = "href"
PART = "part"
ROUTE = "route"
STYLE = "style"


@dataclass(frozen=True, slots=True)
class Guess:
    """A slot for a hole. ``doubt`` is what a person should look at, "" when nothing is doubtful."""

    slot: Slot
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class _Kind:
    slot: Slot
    doubt: str = ""


def _slot(type_: SlotType, low: int | None = None, high: int | None = None, **more: object) -> Slot:
    return Slot("", type_, low, high, **more)  # type: ignore[arg-type]


def _pattern(pattern: str, longest: int | None = None) -> Slot:
    return Slot("", SlotType.PATTERN, max_length=longest, pattern=pattern)


_LONGEST = 500  # characters of a piece of an address: signed links are long
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::[0-9]{1,5})?"
# A token of a link: what RFC 3986 (section 2.3) calls unreserved, and the signs of Base64.
_TOKEN = r"[A-Za-z0-9._~=+-]{1,500}"  # noqa: S105 - no password
_PATH = r"[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{1,500}"
# Right after a host: a slash first, or it would make another host of it.
_ROUTE = r"/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,500}"
_IP = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:]{2,39}"
_CURRENCY = r"(?:\p{Sc}|[A-Z]{1,3}\p{Sc}?|Rs\.?|kr\.?|zł|Kč|Ft)"
_DIGITS = r"(?:[0-9]{1,3}(?:[.,'’][0-9]{2,3}| [0-9]{3})+|[0-9]+)(?:[.,][0-9]{1,4})?"  # noqa: RUF001
_AMOUNT = rf"(?:{_CURRENCY} ?)?-?{_DIGITS}(?: ?(?:{_CURRENCY}|%))?"
# What browsers call themselves (RFC 9110 section 10.1.5), and the words without a version in it.
_PRODUCT = r"[A-Za-z0-9._+-]+/[A-Za-z0-9._+-]+"
_AGENT = rf"{_PRODUCT}(?: (?:{_PRODUCT}|\([A-Za-z0-9 ._/;:,+=-]+\)|Mobile|Gecko|like))*"
_STYLE = r"[A-Za-z0-9#.,%() -]{1,100}"

# Values that fit each pattern; the first is a plain one.
_PATTERN_SAMPLES: dict[str, tuple[str, ...]] = {
    _HOST: ("{host}",),
    _TOKEN: ("c4f81-9d2b7e", "a", "eyJhbGciOiJIUzI1NiJ9.e30.Zt-_~x=" + "k" * 200),
    _PATH: ("reset/MQ/c4f81-9d2b7e", "a", "a/b/c?id=17&next=2", "x" * 200),
    _ROUTE: ("/reset/MQ/c4f81-9d2b7e/", "/", "/a/b/c?id=17&next=2", "/" + "x" * 200),
    _IP: ("203.0.113.7", "2001:db8::1f:7", "192.0.2.255"),
    _AMOUNT: ("$12.50", "1.234,00 €", "RM 5", "USD 1,250,000.00", "-3.00", "0"),
    _AGENT: (
        "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0",
        "curl/8.5.0",
        "Mozilla/5.0 (Linux; Android 10; K) Gecko (KHTML, like Gecko) Chrome/120.0.0.0 Mobile",
    ),
    _STYLE: ("#336699", "12px", "rgb(0, 0, 0)"),
}

_URL = _Kind(_slot(SlotType.URL))
_NAME = _Kind(_slot(SlotType.NAME, None, 60))
_LOGIN = _Kind(
    _slot(SlotType.WORDS, 1, 60, max_words=7), "a name or a login: `name` if it has no digits"
)
_EMAIL = _Kind(_slot(SlotType.EMAIL))
_PHONE = _Kind(_slot(SlotType.PHONE))
_CODE = _Kind(_slot(SlotType.CODE, 4, 12), "how long is it, and digits alone? then `digits 6`")
_PIN = _Kind(_slot(SlotType.DIGITS, 4, 8))
_ID = _Kind(_slot(SlotType.CODE, 1, 40))
_UUID = _Kind(_slot(SlotType.UUID))
_NUMBER = _Kind(_slot(SlotType.NUMBER, minimum=0.0, maximum=100000.0))
_MONEY = _Kind(
    _pattern(_AMOUNT), "an amount: {type: money, currency: [€]} if its currency is always written"
)
_WHEN = _Kind(
    _slot(SlotType.WORDS, 1, 40, max_words=7),
    'how is the date written? {type: date, formats: ["%d %B %Y"]} is narrower',
)
_CONSTANT = _Kind(
    _slot(SlotType.WORDS, 1, 60, max_words=6),
    "always the same? then {type: choice, values: [Its Name]} is narrower",
)
_PLACE = _Kind(_slot(SlotType.WORDS, 1, 100, max_words=10))
_DEVICE = _Kind(_slot(SlotType.WORDS, 1, 60, max_words=8))
_BROWSER = _Kind(_pattern(_AGENT, 400))
_TITLE = _Kind(
    _slot(SlotType.WORDS, 1, 100, max_words=10), "words that nobody approved; who writes them?"
)
_FREE = _Kind(
    _slot(SlotType.TEXT, 1, 1000), "free text, which nobody approved; who writes it? can it go?"
)
_THING = _Kind(
    _slot(SlotType.WORDS, 1, 60, max_words=8),
    "what a thing is called; if there are few, {type: choice, values: [One, Other]} is narrower",
)
_DOMAIN = _Kind(_pattern(_HOST, 253))
_SCHEME = _Kind(_slot(SlotType.CHOICE, values=("https",)))
_SECRET = _Kind(_pattern(_TOKEN, _LONGEST))
_ADDRESS_OF_MACHINE = _Kind(_pattern(_IP))
_LANGUAGE = _Kind(_slot(SlotType.CODE, 2, 12))
_UNKNOWN = _Kind(
    _slot(SlotType.WORDS, 1, 100, max_words=10), "nothing in the source says what this is"
)

# The last word of a name that stands here decides: user_first_name is a name.
_WORDS: dict[str, _Kind] = {
    word: kind
    for words, kind in (
        ("url urls link href uri website homepage permalink", _URL),
        ("name firstname lastname surname fullname recipient inviter invitee author", _NAME),
        ("customer member salutation sender patient doctor", _NAME),
        ("username login nickname handle user account owner displayname", _LOGIN),
        ("email mail emails", _EMAIL),
        ("phone mobile tel telephone msisdn phonenumber", _PHONE),
        ("code passcode", _CODE),
        ("otp pin totp tan", _PIN),
        ("id ref reference sku key uid uidb64 identifier", _ID),
        ("uuid guid", _UUID),
        ("count minutes hours days seconds weeks months quantity qty num age year", _NUMBER),
        ("attempts points unread", _NUMBER),
        ("amount price total sum balance fee cost subtotal tax vat discount", _MONEY),
        ("date day time expires expiration expiry deadline timestamp when expire due", _WHEN),
        ("month datetime at on since until", _WHEN),
        ("company organisation organization product app brand team project realm", _CONSTANT),
        ("site service application vendor shop store tenant workspace", _CONSTANT),
        ("city country address street location region place", _PLACE),
        ("browser device agent os platform ua system", _DEVICE),
        ("title subject headline heading label description summary reason", _TITLE),
        ("message comment body content text note notes excerpt", _FREE),
        ("domain host hostname", _DOMAIN),
        ("protocol scheme", _SCHEME),
        ("token secret signature hash", _SECRET),
        ("ip ipaddress", _ADDRESS_OF_MACHINE),
        ("language locale lang", _LANGUAGE),
    )
    for word in words.split()
}
# Two words that mean something else than the last of them.
_PAIRS: dict[tuple[str, str], _Kind] = {
    (first, last): kind
    for firsts, last, kind in (
        ("email mail", "address", _EMAIL),
        ("ip", "address", _ADDRESS_OF_MACHINE),
        ("user", "agent", _BROWSER),
        ("phone mobile", "number", _PHONE),
        ("invoice order reference ticket account booking case customer card", "number", _ID),
        (
            "site company organisation organization product app brand team project",
            "name",
            _CONSTANT,
        ),
        ("realm service application vendor shop store tenant workspace group", "name", _CONSTANT),
        ("item items article articles products plan category event course file", "name", _THING),
        ("document lines list project projects device branch clinic department", "name", _THING),
        ("zip postal", "code", _ID),
        ("country language", "code", _LANGUAGE),
    )
    for first in firsts.split()
}
_HINTED: dict[SlotType, _Kind] = {
    SlotType.URL: _URL,
    SlotType.NAME: _NAME,
    SlotType.EMAIL: _EMAIL,
    SlotType.PHONE: _PHONE,
    SlotType.NUMBER: _Kind(_slot(SlotType.NUMBER, decimals=6)),
    SlotType.MONEY: _MONEY,
    SlotType.DIGITS: _Kind(_slot(SlotType.DIGITS)),
    SlotType.CODE: _ID,
    SlotType.UUID: _UUID,
    SlotType.TEXT: _FREE,
    SlotType.DATE: _WHEN,
    SlotType.TIME: _WHEN,
    SlotType.PATTERN: _Kind(_pattern(_PATH, _LONGEST)),
}


def guess(hole: Hole, places: AbstractSet[str] = frozenset()) -> Guess:
    """Return the slot that a hole becomes, named as the hole.

    ``places`` are where it stands: ``href`` for an address as a whole, ``part`` for a piece of
    one, ``route`` for what follows a host at once, ``style`` for a piece of style, ``alt``,
    ``text``.
    """
    kind = _kind(hole, places)
    doubt = kind.doubt
    return Guess(replace(kind.slot, name=hole.name), doubt)


def is_host(slot: Slot) -> bool:
    """Tell whether a slot holds the name of a host, of which clients make a link."""
    return slot.pattern == _HOST


def samples_of_pattern(pattern: str, host: str = "www.example.org") -> tuple[str, ...]:
    """Return values that fit a pattern of this module's, () for any other."""
    return tuple(value.replace("{host}", host) for value in _PATTERN_SAMPLES.get(pattern, ()))


def _kind(hole: Hole, places: AbstractSet[str]) -> _Kind:
    if hole.values:
        return _Kind(_slot(SlotType.CHOICE, values=tuple(dict.fromkeys(hole.values))))
    if HREF in places:
        return _URL
    if places == {STYLE}:
        return _Kind(_pattern(_STYLE))
    if ROUTE in places:
        return _Kind(_pattern(_ROUTE, _LONGEST))
    named = _by_name(hole.name)
    if PART in places:
        return _piece(named)
    return _by_filter(hole, named) or named or _UNKNOWN


def _by_filter(hole: Hole, named: _Kind | None) -> _Kind | None:
    formats = formats_in(hole.expression)
    if hole.hint in (SlotType.DATE, SlotType.TIME, None) and formats:
        type_ = SlotType.DATE if any(_says_day(form) for form in formats) else SlotType.TIME
        return _Kind(_slot(type_, formats=formats))
    if hole.hint is SlotType.NUMBER and named is _NUMBER:
        return named
    return _HINTED.get(hole.hint) if hole.hint is not None else None


def _piece(named: _Kind | None) -> _Kind:
    """Return what stands in a piece of an address: nothing that would need escaping there."""
    fitting = (_PIN, _UUID, _NUMBER, _DOMAIN, _SCHEME, _EMAIL, _PHONE, _LANGUAGE)
    if named in (_CODE, _ID, _SECRET):
        return _SECRET
    if named is not None and named in fitting:
        return named
    return _URL if named is _URL else _Kind(_pattern(_PATH, _LONGEST))


def _by_name(name: str) -> _Kind | None:
    words = [re.sub(r"[0-9]+$", "", word) or word for word in name.lower().split("_")]
    for index in range(len(words) - 1, -1, -1):
        pair = (words[index - 1], words[index]) if index else None
        if pair in _PAIRS:
            return _PAIRS[pair]
        if words[index] in _WORDS:
            return _WORDS[words[index]]
    return None


def _says_day(form: str) -> bool:
    return re.search("%-?[demYyBbAa]", form) is not None
