"""What does an encoded header text say (RFC 2047), by a reading that all programs share?"""

from __future__ import annotations

import binascii
import re

from filter.reading.charsets import CharsetError, decode_strictly

# RFC 2047 section 2: =?charset?encoding?text?=, neither blank nor "?" inside.
_WORD = re.compile(r"=\?([A-Za-z0-9_.:-]+)\?([BbQq])\?([^ ?\t]+)\?=")
_SEPARATOR = re.compile(r"[ \t]*")
# Section 4.2: upper case "should" be used for the digits, so lower case is legal, unlike in bodies.
_Q_TEXT = re.compile(r"(?:[!-<>@-~]|=[0-9A-Fa-f]{2})*")
_B_TEXT = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


MALFORMED = "mail.encoded_word"


class WordError(ValueError):
    """Header text that programs decode differently, or not at all; ``code`` is the reason."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def decode_words(text: str) -> str:
    """Return unstructured header text with its encoded words decoded, once.

    White space between two encoded words is dropped (RFC 2047 section 6.2), any other is kept.
    Raises WordError for everything that looks encoded and is not well-formed.
    """
    if "=?" not in text:
        return _plain(text)
    pieces: list[str] = []
    position = 0
    after_word = False
    for word in _WORD.finditer(text):
        between = text[position : word.start()]
        if between and not (after_word and _SEPARATOR.fullmatch(between)):
            _check_edges(between, after_word=after_word)
            pieces.append(_plain(between))
        elif after_word and not between:
            raise WordError(MALFORMED, "two encoded words without a blank between them")
        pieces.append(decode_word(word))
        position, after_word = word.end(), True
    rest = text[position:]
    if rest and after_word and rest[0] not in " \t":
        raise WordError(MALFORMED, "an encoded word without a blank after it")
    pieces.append(_plain(rest))
    return _once("".join(pieces))


def decode_word(word: re.Match[str]) -> str:
    """Return the text of one encoded word."""
    charset, encoding, body = word.groups()
    content = _from_b(body) if encoding in "Bb" else _from_q(body)
    try:
        return decode_strictly(content, charset)
    except CharsetError as exc:
        raise WordError("mail.encoded_word_charset", f"an encoded word: {exc}") from exc


def _check_edges(between: str, *, after_word: bool) -> None:
    if between[-1] not in " \t" or (after_word and between[0] not in " \t"):
        raise WordError(MALFORMED, "an encoded word that touches other text")


def _plain(text: str) -> str:
    if "=?" in text:
        raise WordError(MALFORMED, "text that looks like an encoded word and is none")
    if not text.isascii() and any("\udc80" <= character <= "\udcff" for character in text):
        raise WordError("mail.header_bytes", "bytes that are neither ASCII nor UTF-8")
    return text


def _once(text: str) -> str:
    """Return the decoded text unless it would be decoded again by an eager program."""
    if "=?" in text and _WORD.search(text):
        raise WordError("mail.encoded_word_twice", "text that is encoded twice")
    if "\r" in text or "\n" in text:
        raise WordError(
            "mail.encoded_word_break", "an encoded line break, which some programs take for one"
        )
    return text


def _from_b(body: str) -> bytes:
    if not _B_TEXT.fullmatch(body):
        raise WordError(MALFORMED, "an encoded word that is not base64")
    content = binascii.a2b_base64(body)
    if binascii.b2a_base64(content, newline=False) != body.encode("ascii"):
        raise WordError(MALFORMED, "base64 with stray bits at its end")
    return content


def _from_q(body: str) -> bytes:
    if not _Q_TEXT.fullmatch(body):
        raise WordError(MALFORMED, "an encoded word that is not quoted-printable")
    return binascii.a2b_qp(body, header=True)
