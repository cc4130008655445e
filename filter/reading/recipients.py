"""Is it certain who gets this? What is counted has to be whom the next hop sends to.

A recipient that two servers read differently is a way around every limit that counts by recipient:
Postfix, say, drops comments, joins quoted pieces, and follows "%" and "!" to another host.
"""

from __future__ import annotations

import re
import unicodedata

from filter.message import Channel, Envelope
from filter.reading.text import without_format_characters
from filter.reading.troubles import Troubles

# RFC 5321 section 4.1.2, with the letters of RFC 6531 and without "%" and "!". Quoted text is one
# piece and holds nothing that could be a route, either. Lone surrogates are octets of no UTF-8.
_LETTERS = r"\u0080-\ud7ff\ue000-\U0010ffff"
_ATOM = rf"[A-Za-z0-9#$&'*+/=?^_`{{|}}~{_LETTERS}-]+"
_QUOTED = rf'"(?:[A-Za-z0-9#$&*+/=?^_`{{|}}~ .\'{_LETTERS}-]|\\[A-Za-z0-9 "\\])*"'
_LABEL = rf"[A-Za-z0-9_{_LETTERS}-]+"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[A-Za-z0-9.:]+\])"
# Without a domain each server adds its own; postmaster stands alone (RFC 5321 section 4.1.1.3).
_MAILBOX = re.compile(
    rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})@{_DOMAIN}|(?i:postmaster)",
)
# Digits and the signs that people put between them; a provider's channel stands before a colon.
_NUMBER = re.compile(r"(?:[A-Za-z]+:)?[ (]*(?:\+[ ().-]*)?[0-9](?:[ ().-]*[0-9])*[ )]*")
_MOST_CHARACTERS = 100  # E.164 has 15 digits
_FULL_WIDTH = range(0xFF01, 0xFF5F)  # as ASCII, so much further on
_FULL_WIDTH_OFFSET = 0xFEE0


def check_recipients(channel: Channel, envelope: Envelope, troubles: Troubles) -> None:
    """Note recipients, and a mail's sender, that could be read in two ways; not said is whom."""
    if channel is Channel.SMS:
        if not all(map(_is_number, envelope.recipients)):
            troubles.add("text.recipient", "not written as a telephone number", "To")
        return
    if not all(map(_is_mailbox, envelope.recipients)):
        troubles.add("mail.recipient", "not written as name@domain", "envelope")
    if envelope.sender and not _is_mailbox(envelope.sender):
        troubles.add("mail.envelope_sender", "not written as name@domain", "envelope")


def _is_mailbox(text: str) -> bool:
    # What nobody sees names another domain to us and the same one to the DNS (UTS #46, section 4).
    return _MAILBOX.fullmatch(text) is not None and without_format_characters(text) == text


def _is_number(text: str) -> bool:
    if len(text) > _MOST_CHARACTERS:
        return False
    return _NUMBER.fullmatch(text if text.isascii() else "".join(map(_plain, text))) is not None


def _plain(character: str) -> str:
    """Return what a character is in a number: nothing else is a digit, above all no exponent."""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    if ord(character) in _FULL_WIDTH:
        return chr(ord(character) - _FULL_WIDTH_OFFSET)
    return _KINDS.get(unicodedata.category(character), character)


# Spaces and dashes are many; what nobody sees is nothing, as where recipients are counted.
_KINDS = {"Zs": " ", "Pd": "-", "Cf": ""}
