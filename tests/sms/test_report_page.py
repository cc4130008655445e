"""The page behind the signed link: anybody may open it, and only a press of its button counts."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from filter.inspector import Inspector
from filter.limits.embedded import EmbeddedLimitStore
from filter.limits.interface import LimitStoreAway, Signal
from filter.limits.reportlinks import ReportLinks
from filter.settings import Inspection, Limits
from filter.sms import reportpage
from tests.sms.stage import TO, Gate, open_gate, raw, speak
from tests.sms.test_shipped_rules import NoPictures
from tests.sms.test_signals import RULES, post, rate, send

KEY = "a key of more than thirty-two characters"
URL = "https://gate.health.example/report"
LIMITS = Limits(report_url=URL, report_key=SecretStr(KEY))
LINKS = ReportLinks(URL, KEY.encode())
FORM = "Content-Type: application/x-www-form-urlencoded"
BUTTON = b"report=unrequested"
ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = (
    b'--xYzZY\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    b"One-Click\r\n--xYzZY--\r\n"
)


@asynccontextmanager
async def gate_with_links(**more: Any) -> AsyncIterator[Gate]:
    async with open_gate(rules=RULES, **{"limits": LIMITS, **more}) as gate:
        yield gate


def path_of(recipient: str = TO, template: str = "sign-in", days_ago: int = 0) -> str:
    now = datetime.now(UTC) - timedelta(days=days_ago)
    return LINKS.make(recipient, template, now).removeprefix("https://gate.health.example")


async def visit(
    gate: Gate, path: str, body: bytes = b"", method: str = "POST", *headers: str
) -> tuple[int, dict[str, str], str]:
    request = raw(method, path, body, *(headers or (FORM,)), user="")
    status, told, page = await speak(gate.port, request)
    return status, told, page.decode()


async def test_opening_the_link_shows_the_page_and_counts_nothing() -> None:
    async with gate_with_links() as gate:
        await send(gate)

        for method in ("GET", "GET", "GET"):
            status, headers, page = await visit(gate, path_of(), b"", method)

        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert "I did not ask for this message" in page
        assert await rate(gate) == (1, 0, 0)


@pytest.mark.parametrize("body", [BUTTON, ONE_CLICK, MULTIPART], ids=["button", "mail", "multi"])
async def test_pressing_the_button_counts_and_mail_programs_may_press_it(body: bytes) -> None:
    async with gate_with_links() as gate:
        await send(gate)

        status, _, page = await visit(gate, path_of(), body)

        assert status == 200
        assert "Thank you" in page
        assert await rate(gate) == (1, 0, 1)
        assert (await gate.outcomes(2))[1] == "reported unrequested"


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"report=used", b"List-Unsubscribe=Two-Clicks", BUTTON + b"&a=b", b"\0" * 4096],
    ids=["nothing", "x", "used", "two clicks", "more", "zeroes"],
)
async def test_a_post_that_is_no_press_shows_the_page_again(body: bytes) -> None:
    async with gate_with_links() as gate:
        await send(gate)

        status, _, page = await visit(gate, path_of(), body)

        assert status == 200
        assert "I did not ask for this message" in page
        assert await rate(gate) == (1, 0, 0)


async def test_presses_repeated_count_once() -> None:
    async with gate_with_links() as gate:
        await send(gate)

        pages = {(await visit(gate, path_of(), BUTTON))[2] for _ in range(5)}

        assert len(pages) == 1
        assert await rate(gate) == (1, 0, 1)


async def test_forged_expired_and_unknown_links_get_the_same_words_as_good_ones() -> None:
    async with gate_with_links() as gate:
        await send(gate)
        good = path_of()
        others = [
            good[:-1] + ("A" if good[-1] != "A" else "B"),
            "/report/" + "A" * 24,
            "/report/",
            "/report",
            "/report/x/y",
            f"{good}?utm_source=mail",
            path_of(days_ago=4),
            path_of("+15550177"),
        ]

        asked = {await _words(gate, path, b"", "GET") for path in (good, *others)}
        told = {await _words(gate, path, BUTTON, "POST") for path in (*others[:5], *others[6:])}
        assert await rate(gate) == (1, 0, 0)
        told.add(await _words(gate, good, BUTTON, "POST"))

        assert len(asked) == len(told) == 1
        assert await rate(gate) == (1, 0, 1)


async def _words(gate: Gate, path: str, body: bytes, method: str) -> tuple[int, str, str]:
    status, headers, page = await visit(gate, path, body, method)
    del headers["date"]
    return status, str(headers), page


async def test_what_is_appended_to_a_link_on_its_way_does_no_harm() -> None:
    async with gate_with_links() as gate:
        await send(gate)

        await visit(gate, path_of() + "?fbclid=1", BUTTON)

        assert await rate(gate) == (1, 0, 1)


async def test_the_page_runs_no_script_is_kept_nowhere_and_tells_nobody_its_address() -> None:
    async with gate_with_links() as gate:
        _, headers, page = await visit(gate, path_of(), b"", "GET")

        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "form-action 'self'; base-uri 'none'; frame-ancestors 'none'" in policy
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]
        assert "<script" not in page
        assert "http:" not in page
        assert "https:" not in page
        assert len(page) < 3000


class Outline(HTMLParser):
    """What somebody who cannot see the page is told of it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(data.strip())


async def test_the_page_can_be_read_aloud_and_has_one_button() -> None:
    async with gate_with_links() as gate:
        _, _, page = await visit(gate, path_of(), b"", "GET")

        outline = Outline(page)
        names = [tag for tag, _ in outline.tags]
        assert ("html", {"lang": "en"}) in outline.tags
        assert names.count("h1") == names.count("button") == names.count("main") == 1
        assert ("form", {"method": "post"}) in outline.tags
        assert ("button", {"name": "report", "value": "unrequested"}) in outline.tags
        assert "title" in names
        assert "maximum-scale" not in page


async def test_the_style_is_the_one_that_the_policy_names() -> None:
    async with gate_with_links() as gate:
        _, headers, page = await visit(gate, path_of(), b"", "GET")

        (style,) = re.findall("<style>(.*)</style>", page)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        # `speak` reads headers in lower case.
        assert f"'sha256-{digest.lower()}'" in headers["content-security-policy"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_other_methods_are_not_there(method: str) -> None:
    async with gate_with_links() as gate:
        status, headers, _ = await visit(gate, path_of(), b"", method)

        assert (status, headers["allow"]) == (405, "get, head, post")


async def test_a_head_has_no_body() -> None:
    async with gate_with_links() as gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", gate.port)
        writer.write(raw("HEAD", path_of(), b"", "Connection: close", user=""))
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()

        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert body == b""


async def test_a_large_or_ambiguous_request_is_refused_with_a_page() -> None:
    async with gate_with_links() as gate:
        large = await visit(gate, path_of(), b"x" * 5000)
        coded = await visit(gate, path_of(), BUTTON, "POST", FORM, "Content-Encoding: gzip")

        assert (large[0], coded[0]) == (413, 400)
        assert "Please try again" in large[2]


async def test_a_slow_body_is_refused_with_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filter.sms.app.BODY_SECONDS", 0.1)
    async with gate_with_links() as gate:
        status, _, _ = await speak(gate.port, raw("POST", path_of(), BUTTON, FORM, user="")[:-3])

        assert status == 408


async def test_more_presses_than_people_make_are_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reportpage, "BURST", 3)
    monkeypatch.setattr(reportpage, "PER_SECOND", 0)
    async with gate_with_links() as gate:
        for number in range(4):
            await send(gate, to=f"+1555010{number}")
        forged = [await visit(gate, f"/report/{'A' * 24}", BUTTON) for _ in range(10)]
        answers = [await visit(gate, path_of(f"+1555010{n}"), BUTTON) for n in (0, 0, 1, 2, 3)]

        assert {status for status, _, _ in forged} == {200}
        assert [status for status, _, _ in answers] == [200, 200, 200, 200, 429]
        assert answers[-1][1]["retry-after"] == "60"
        assert await rate(gate) == (4, 0, 3)


def test_what_a_page_remembers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reportpage, "MOST_REMEMBERED", 3)
    page = reportpage.ReportPage(LINKS, signals=None)  # type: ignore[arg-type] # not asked here

    for number in range(10):
        page._remember(bytes([number]))

    assert [page._is_recent(bytes([number])) for number in (0, 6, 7, 9)] == [
        False,
        False,
        True,
        True,
    ]


async def test_while_the_store_is_away_people_are_asked_to_come_back(tmp_path: Path) -> None:
    class Away(EmbeddedLimitStore):
        async def tracked(self, reference: bytes) -> str:
            raise LimitStoreAway("it is away")

    async with gate_with_links(limit_store=Away(tmp_path)) as gate:
        status, headers, page = await visit(gate, path_of(), BUTTON)

        assert (status, headers["retry-after"]) == (503, "60")
        assert "try again" in page.lower()


async def test_a_fault_shows_a_page_and_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(EmbeddedLimitStore):
        async def report(self, reference: bytes, signal: Signal) -> bool:
            raise RuntimeError("hunter2")

    async with gate_with_links(limit_store=Broken(tmp_path)) as gate:
        status, _, page = await visit(gate, path_of(), BUTTON)

        assert status == 503
        assert "hunter2" not in page
        assert path_of().rpartition("/")[2] not in caplog.text


async def test_without_links_in_the_settings_there_is_no_page() -> None:
    async with gate_with_links(limits=Limits()) as gate:
        assert (await visit(gate, path_of(), b"", "GET"))[0] in {401, 404}


async def test_the_log_learns_neither_token_nor_number(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with gate_with_links() as gate:
        await send(gate)
        await visit(gate, path_of(), BUTTON)

        assert path_of().rpartition("/")[2] not in caplog.text
        assert TO not in caplog.text
        assert "reported id=m_" in caplog.text


async def test_an_approved_template_carries_the_link_from_the_gate_to_the_count() -> None:
    """What the application does: ask for a link, write it into the text, send it."""
    inspector = Inspector(NoPictures(), Inspection())
    async with gate_with_links(inspect=inspector.inspect) as gate:
        _, made = await post(gate, "report-links", {"to": TO, "template": "sign-in"})
        body = f"RM0.00 493021 is your sign-in code. Not you? {made['url']}"
        status, _ = await post(
            gate, "messages", {"channel": "sms", "from": "CLINIC", "to": TO, "body": body}
        )

        assert status == 200
        path = made["url"].removeprefix("https://gate.health.example")
        assert "Thank you" in (await visit(gate, path, BUTTON))[2]
        assert await rate(gate) == (1, 0, 1)
    inspector.close()
