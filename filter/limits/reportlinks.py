r"""The signed link with which a person says "I never asked for this": made, and read again.

https://gate.health.example/report/ and 24 characters of base64url (RFC 4648 section 5):

    days    2 bytes   the last day on which it is good, since 1970-01-01, in UTC
    handle  8 bytes   HMAC-SHA256(key, "recipient\n" recipient "\n" template), the first 8
    seal    8 bytes   HMAC-SHA256(key, "link\n" days handle), the first 8

A text message has room for little. 64 bits of seal are enough: it can only be guessed here, against
a bounded rate, and who guesses one has also to guess the 64 keyed bits of somebody who was written
to; what is won is one false report. RFC 2104 section 5 asks for 80 bits or more where a seal is to
resist guessing offline, which needs the key.
"""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from filter.limits.references import HANDLE_BYTES, References, report_key_of
from filter.settings import Limits

SEAL_BYTES = 8
# Until the end of the day after tomorrow; so long at least a message is found (references.py).
LINK_DAYS = 2
_DAY_BYTES = 2
_EPOCH = date(1970, 1, 1)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{24}")


class ReportLinks:
    """Makes and reads links. Raises ValueError for a key that is too short to sign with."""

    def __init__(self, url: str, key: bytes) -> None:
        if not key:
            raise ValueError("limits.report_url needs limits.report_key")
        self._url = url.rstrip("/")
        self._key = key
        self._references = References(key)

    @property
    def path(self) -> str:
        """Where people reach it: "/report"."""
        return urlsplit(self._url).path

    def make(self, recipient: str, template: str, now: datetime) -> str:
        """Return a link for one recipient in canonical form; ``template`` may be ""."""
        days = (last_day(now) - _EPOCH).days.to_bytes(_DAY_BYTES, "big")
        body = days + self._references.handle(recipient, template)
        return f"{self._url}/{urlsafe_b64encode(body + self._seal(body)).decode('ascii')}"

    def read(self, token: str, now: datetime) -> bytes | None:
        """Return the handle in a token; None when it is forged, broken or too old."""
        if not _TOKEN.fullmatch(token):
            return None
        try:
            raw = urlsafe_b64decode(token)
        except (binascii.Error, ValueError):
            return None
        body, seal = raw[:-SEAL_BYTES], raw[-SEAL_BYTES:]
        if not hmac.compare_digest(seal, self._seal(body)):
            return None
        days = int.from_bytes(body[:_DAY_BYTES], "big")
        if now.astimezone(UTC).date() > _EPOCH + timedelta(days=days):
            return None
        return body[_DAY_BYTES : _DAY_BYTES + HANDLE_BYTES]

    def _seal(self, body: bytes) -> bytes:
        return hmac.digest(self._key, b"link\n" + body, "sha256")[:SEAL_BYTES]


def last_day(now: datetime) -> date:
    """Return the last day (UTC) on which a link that is made now is good."""
    return now.astimezone(UTC).date() + timedelta(days=LINK_DAYS)


def links_for(settings: Limits) -> ReportLinks | None:
    """Return the links of a gate, None when the settings name no address for them."""
    if settings.report_url is None:
        return None
    return ReportLinks(settings.report_url, report_key_of(settings))
