"""Which mailboxes does an address header name (RFC 5322 section 3.4), beyond doubt?

The grammar, all of it:

    list     = mailbox *( "," mailbox ) / group-without-members
    people   = ( mailbox / group ) *( "," ( mailbox / group ) )          (To and Cc only)
    group    = phrase ":" mailbox *( "," mailbox ) ";"
    mailbox  = [ phrase ] "<" address ">" / address
    phrase   = 1*( atom / quoted-string / encoded-word ), dots tolerated
    address  = dot-atom "@" domain

Comments, source routes, quoted local parts, address literals and lists with holes are legal
somewhere and read differently elsewhere: they are refused.
"""

from __future__ import annotations

import re
from functools import lru_cache

from filter.message import Mailbox
from filter.reading.words import WordError, decode_words

# RFC 5322 section 3.2.3, and RFC 6532: everything beyond ASCII is an atom character.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_ADDRESS = (
    rf"{_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9\u0080-\U0010ffff-]+(?:\.[A-Za-z0-9\u0080-\U0010ffff-]+)*"
)
_QUOTED = r'"(?:[^"\\\r\n]|\\.)*"'
_PHRASE_WORD = re.compile(rf"[ \t]*({_QUOTED}|[^\s\"(),:;<>@\[\\\]]+)")
_ANGLE = re.compile(rf"[ \t]*<[ \t]*({_ADDRESS})[ \t]*>[ \t]*")
_BARE = re.compile(rf"[ \t]*({_ADDRESS})[ \t]*")
# Its name is shown, so it is one of those that programs write.
_EMPTY_GROUP = re.compile(
    r"(?:(?:undisclosed|unlisted|hidden|multiple)?[ _-]?recipients?(?:[ _-]list)?"
    r"|recipient[ _-]list[ _-](?:not[ _-]shown|suppressed)|list):[ \t]*;?",
    re.IGNORECASE,
)
_COLON = re.compile(r"[ \t]*:")
_END_OF_GROUP = re.compile(r"[ \t]*;[ \t]*")
_SIMPLE = re.compile(rf"(?:([A-Za-z0-9][A-Za-z0-9 '&_.-]*?) +)?<({_ADDRESS})>")


_LOOKED_AT = 1000  # characters of what is no address
# What stands where an address ought to, by the sign that gives it away; the first that fits.
_LEGAL_ELSEWHERE = (
    (re.compile(r"[^\"]*\("), "mail.address_comment"),
    (re.compile(r"[^<\"]*<[ \t]*@"), "mail.address_route"),
    (re.compile(r'.*"@', re.DOTALL), "mail.address_quoted"),
    (re.compile(r"[^,]*@\["), "mail.address_literal"),
    (re.compile(r"[^<\"@]*:"), "mail.address_group"),
)


class AddressError(ValueError):
    """A header in which programs see different addresses; ``code`` is the reason."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@lru_cache(maxsize=1024)
def read_mailboxes(body: str) -> tuple[Mailbox, ...]:
    """Return the mailboxes of an unfolded address header, display names decoded.

    Raises AddressError when the grammar does not fit.
    """
    simple = _SIMPLE.fullmatch(body)
    if simple is not None:
        return (Mailbox(" ".join((simple.group(1) or "").split()), simple.group(2)),)
    if _EMPTY_GROUP.fullmatch(body):
        return ()  # "undisclosed-recipients:;"
    if "=?" in body and re.search(r"\?=@|@=\?|<=\?|\?=>", body):
        raise AddressError("mail.address_encoded", "an address that looks like an encoded word")
    mailboxes, position = _read_list(body, 0)
    if position < len(body):
        raise _unread(body, position)
    return tuple(mailboxes)


@lru_cache(maxsize=1024)
def read_recipients(body: str) -> tuple[tuple[Mailbox, ...], tuple[str, ...]]:
    """Return the mailboxes of a To or Cc, and what the groups among them are called.

    Programs show the members, some of them the group's name as well. Raises AddressError.
    """
    if ":" not in body or _EMPTY_GROUP.fullmatch(body):
        return read_mailboxes(body), ()
    mailboxes: list[Mailbox] = []
    groups: list[str] = []
    position = 0
    while True:
        words, end = _read_words(body, position)
        colon = _COLON.match(body, end)
        if words and colon is not None:
            if _END_OF_GROUP.match(body, colon.end()):
                raise AddressError("mail.address_group", "a group with a name and nobody in it")
            members, position = _read_list(body, colon.end())
            found = _END_OF_GROUP.match(body, position)
            if found is None:
                raise AddressError("mail.address_group", "a group of addresses left open")
            groups.append(_decode_phrase(words))
            mailboxes += members
            position = found.end()
        else:
            mailbox, position = _read_mailbox(body, position)
            mailboxes.append(mailbox)
        if position == len(body):
            return tuple(mailboxes), tuple(groups)
        if body[position] != ",":
            raise _unread(body, position)
        position += 1


def _read_list(body: str, position: int) -> tuple[list[Mailbox], int]:
    """Return mailboxes between commas, and where the last one ends."""
    mailboxes: list[Mailbox] = []
    while True:
        mailbox, position = _read_mailbox(body, position)
        mailboxes.append(mailbox)
        if body[position : position + 1] != ",":
            return mailboxes, position
        position += 1


def _read_mailbox(body: str, position: int) -> tuple[Mailbox, int]:
    bare = _BARE.match(body, position)
    if bare is not None and body[bare.end() : bare.end() + 1] in ("", ",", ";"):
        return Mailbox("", bare.group(1)), bare.end()
    words, end = _read_words(body, position)
    angle = _ANGLE.match(body, end)
    if angle is None:
        raise _unread(body, position)
    return Mailbox(_decode_phrase(words), angle.group(1)), angle.end()


def _read_words(body: str, position: int) -> tuple[list[str], int]:
    words: list[str] = []
    while (word := _PHRASE_WORD.match(body, position)) is not None:
        words.append(word.group(1))
        position = word.end()
    return words, position


def _unread(body: str, position: int) -> AddressError:
    rest = body[position : position + _LOOKED_AT]
    kind = next((code for sign, code in _LEGAL_ELSEWHERE if sign.match(rest)), "mail.address")
    return AddressError(kind, f"{rest[:30]!a} is not an address")


def _decode_phrase(words: list[str]) -> str:
    """Return a display name. Encoded words count outside of quotes only (RFC 2047 section 5)."""
    spoken: list[str] = []
    atoms: list[str] = []
    for word in words:
        if not word.startswith('"'):
            atoms.append(word)
            continue
        if "=?" in word:
            raise AddressError(
                "mail.encoded_word_quoted", "an encoded word in quotes, which some programs decode"
            )
        spoken += [_decode(atoms), re.sub(r"\\(.)", r"\1", word[1:-1])]
        atoms = []
    spoken.append(_decode(atoms))
    # Only blanks are folded: encoded controls are for whoever reads the name to see.
    return re.sub("[ \t]+", " ", " ".join(s for s in spoken if s)).strip(" ")


def _decode(atoms: list[str]) -> str:
    try:
        return decode_words(" ".join(atoms))
    except WordError as exc:
        raise AddressError(exc.code, f"a display name: {exc}") from exc
