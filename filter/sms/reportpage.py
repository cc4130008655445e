"""The page behind a signed link: "I did not ask for this message", with one button.

A GET shows the page and counts nothing: mail scanners, link previews and browsers that load ahead
fetch every link they see. Only the button's POST counts, or the one of RFC 8058 that mail programs
send. Every token gets the same words, so that nobody learns which ones are good.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import time
from datetime import UTC, datetime

from filter.limits.interface import LimitStoreAway, Signal
from filter.limits.reportlinks import ReportLinks
from filter.limits.signals import Signals
from filter.sms.exchange import Reply

log = logging.getLogger("sallyport.sms")

MAX_BODY_BYTES = 4096
# Links that one worker looks up a second, and at once; more than people press, less than hurts.
PER_SECOND, BURST = 20, 100
# Who presses twice is answered without looking again.
REMEMBERED_SECONDS = 60.0
MOST_REMEMBERED = 10_000
RETRY_SECONDS = 60

_HTML = "text/html; charset=utf-8"
_ONE_CLICK = re.compile(
    rb"(?:List-Unsubscribe=One-Click|report=unrequested)(?:\r?\n)?"
    # RFC 8058 section 3.2 allows multipart/form-data as well.
    rb"|--[^\r\n]{1,70}\r?\nContent-Disposition: form-data; name=\"?List-Unsubscribe\"?\r?\n"
    rb"(?:[^\r\n]+\r?\n){0,4}\r?\nOne-Click\r?\n--.{1,80}",
    re.IGNORECASE | re.DOTALL,
)
_STYLE = (
    "body{font:1.125rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:34rem;padding:0 1rem;"
    "color:#111;background:#fff}button{font:inherit;padding:.75rem 1.25rem;border:0;"
    "border-radius:.4rem;color:#fff;background:#0b4f9e}button:focus-visible{outline:3px solid #111;"
    "outline-offset:3px}"
)
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    ("cache-control", "no-store"),
    ("content-security-policy", _POLICY),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "noindex, nofollow, noarchive"),
)

_ASK = (
    "Did you ask for this message?",
    (
        "<p>You got a message with a link to this page. If you did not ask for that message, please"
        " tell us with this button.</p>"
        '<form method="post"><button name="report" value="unrequested">'
        "I did not ask for this message</button></form>"
        "<p>It tells the people who run the message service, and nobody else. It changes nothing in"
        " your account. If you did ask for the message, just close this page.</p>"
        "<p>Never give a code from a message to anybody, whoever asks for it.</p>"
    ),
)
_THANKS = (
    "Thank you",
    (
        "<p>Thank you for telling us. There is nothing else that you have to do.</p>"
        "<p>Never give a code from a message to anybody, whoever asks for it.</p>"
    ),
)
_BUSY = (
    "Please try again",
    (
        "<p>We could not take it down just now. Please go back and press the button again in a few"
        " minutes.</p>"
    ),
)


class ReportPage:
    """Answers at the path of the links."""

    def __init__(self, links: ReportLinks, signals: Signals) -> None:
        self._links = links
        self._signals = signals
        self._recent: dict[bytes, float] = {}
        self._allowance = float(BURST)
        self._refilled = time.monotonic()

    def claims(self, path: str) -> bool:
        """Return whether a path is that of the links, or below it."""
        return path == self._links.path or path.startswith(f"{self._links.path}/")

    async def answer(self, method: str, path: str, body: bytes) -> Reply:
        """Show the page, or count a report. Never raises for anything a stranger can send."""
        if method in {"GET", "HEAD"}:
            return _page(200, _ASK)
        if method != "POST":
            return _page(405, _ASK, ("allow", "GET, HEAD, POST"))
        if not _ONE_CLICK.fullmatch(body):
            return _page(200, _ASK)
        return await self._count(path.removeprefix(f"{self._links.path}/"))

    def refuse(self, status: int) -> Reply:
        """Return the page for a request that could not be read."""
        return _page(status, _BUSY)

    async def _count(self, token: str) -> Reply:
        handle = self._links.read(token, datetime.now(UTC))
        if handle is None or self._is_recent(handle):
            return _page(200, _THANKS)
        if not self._is_allowed():
            log.warning("refused why=%r", "more reports by link than are taken")
            return _page(429, _BUSY, ("retry-after", str(RETRY_SECONDS)))
        try:
            await self._signals.by_handle(handle, Signal.UNREQUESTED)
        except LimitStoreAway as exc:
            log.warning("report by link not counted: %s", exc)
            return _page(503, _BUSY, ("retry-after", str(RETRY_SECONDS)))
        self._remember(handle)
        return _page(200, _THANKS)

    def _is_recent(self, handle: bytes) -> bool:
        return time.monotonic() - self._recent.get(handle, -REMEMBERED_SECONDS) < REMEMBERED_SECONDS

    def _remember(self, handle: bytes) -> None:
        self._recent.pop(handle, None)  # to the end: the first in line is the oldest
        self._recent[handle] = time.monotonic()
        if len(self._recent) > MOST_REMEMBERED:
            del self._recent[next(iter(self._recent))]

    def _is_allowed(self) -> bool:
        """Take one from the allowance; every report by link but the repeated ones needs one."""
        now = time.monotonic()
        self._allowance = min(BURST, self._allowance + (now - self._refilled) * PER_SECOND)
        self._refilled = now
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True


def _page(status: int, words: tuple[str, str], *more: tuple[str, str]) -> Reply:
    title, text = words
    html = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex, nofollow"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>{text}</main></body></html>\n"
    )
    return Reply(status, html.encode(), _HTML, _HEADERS + more)
