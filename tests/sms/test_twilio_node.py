"""The real Twilio SDK for Node against the running gate: only its base address is changed."""

from __future__ import annotations

import asyncio
import functools
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from filter.quarantine.item import State
from filter.reading.sandbox import Sandbox
from filter.settings import Inspection
from tests.sms.mediaserver import answer
from tests.sms.stage import ACCOUNT, APPROVED, FROM, PRANK, SERVICE, TO, TOKEN, Gate, open_gate
from tests.sms.test_media import GOOD, JPEG, PRANK_PICTURE, TEXT, stage

FOLDER = Path(__file__).parent / "node"
INSTALL = "install Node 20 or later, then run: (cd tests/sms/node && npm ci)"
# Loading the SDK takes seconds on a busy machine.
PATIENCE_SECONDS = 120

pytestmark = pytest.mark.xdist_group("node")


@functools.cache
def node_or_skip() -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip(f"not tested: the Twilio SDK for Node (there is no node); {INSTALL}")
    loads = subprocess.run(
        [node, "--input-type=module", "-e", "import 'twilio'"],
        cwd=FOLDER,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    if loads.returncode != 0:
        pytest.skip(f"not tested: the Twilio SDK for Node (it does not load); {INSTALL}")
    return node


async def drive(gate: Gate, *steps: dict[str, Any], token: str = TOKEN) -> list[Any]:
    node = node_or_skip()
    job = {"url": f"{gate.url}/twilio", "account": ACCOUNT, "token": token, "steps": steps}
    process = await asyncio.create_subprocess_exec(
        node,
        "drive.mjs",
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        out, err = await process.communicate(json.dumps(job).encode())
    assert process.returncode == 0, err.decode()
    results = json.loads(out)
    assert isinstance(results, list)
    return results


def send(body: str, **fields: Any) -> dict[str, Any]:
    return {"do": "send", "fields": {"to": TO, "from": FROM, "body": body} | fields}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Inspection()) as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def _needs_node() -> None:
    node_or_skip()


async def test_an_approved_text_reaches_the_provider_as_it_was_sent() -> None:
    async with open_gate() as gate:
        (sent,) = await drive(gate, send(APPROVED))

        (seen,) = gate.upstream.sends
        assert seen.form == {"To": [TO], "From": [FROM], "Body": [APPROVED]}
        assert sent["sid"] in gate.upstream.messages
        assert gate.held == ()


async def test_a_held_text_is_read_back_listed_canceled_and_never_leaves() -> None:
    async with open_gate() as gate:
        prank = "You won! é 😀 & more"
        sent, read, listed, media, redacted, canceled, again = await drive(
            gate,
            send(prank, mediaUrl=["https://a.example/1.png"]),
            {"do": "fetch", "of": 0},
            {"do": "list", "fields": {"to": TO}},
            {"do": "media", "of": 0},
            {"do": "update", "of": 0, "fields": {"body": ""}},
            {"do": "update", "of": 0, "fields": {"status": "canceled"}},
            {"do": "fetch", "of": 0},
        )

        assert (sent["status"], sent["numMedia"], sent["sid"][:2]) == ("queued", "1", "MM")
        assert sent["dateCreated"]
        assert (read["sid"], read["body"]) == (sent["sid"], prank)
        assert [m["sid"] for m in listed] == [sent["sid"]]
        assert (media, redacted["body"]) == ([], "")
        assert (canceled["status"], again["status"]) == ("canceled", "canceled")
        assert gate.item().state is State.DISCARDED
        assert gate.upstream.sends == []


async def test_a_held_text_can_be_deleted() -> None:
    async with open_gate() as gate:
        sent, removed, gone = await drive(
            gate,
            send(PRANK, messagingServiceSid=SERVICE),
            {"do": "remove", "of": 0},
            {"do": "fetch", "of": 0},
        )

        assert (sent["status"], removed) == ("accepted", True)
        assert (gone["error"]["status"], gone["error"]["code"]) == (404, 20404)
        assert gate.item().state is State.DISCARDED


async def test_a_blocked_text_is_an_exception_with_code_and_details() -> None:
    async with open_gate(held="block") as gate:
        (blocked,) = await drive(gate, send(PRANK))

        error = blocked["error"]
        assert (error["status"], error["code"]) == (400, 30007)
        assert error["moreInfo"] == "https://www.twilio.com/docs/errors/30007"
        assert error["details"]["reasons"] == ["template.none"]
        assert gate.upstream.seen == []


async def test_trouble_is_an_exception_and_nothing_is_sent_or_kept() -> None:
    async with open_gate("http://127.0.0.1:9") as gate:
        down, call = await drive(
            gate,
            send(APPROVED),
            {"do": "call", "fields": {"to": TO, "from": FROM, "url": "https://x.example"}},
        )
        (unknown,) = await drive(gate, send(APPROVED), token="wrong")

        assert (down["error"]["status"], down["error"]["code"]) == (503, 20503)
        assert (call["error"]["status"], call["error"]["code"]) == (404, 20404)
        assert (unknown["error"]["status"], unknown["error"]["code"]) == (401, 20003)
        assert gate.held == ()


async def test_media_are_fetched_and_judged_before_the_provider_hears_of_them(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    async with stage(tmp_path, sandbox) as on:
        on.host.paths["/cards/a.jpg"] = answer(GOOD, JPEG)
        on.host.paths["/cards/b.jpg"] = answer(PRANK_PICTURE, JPEG)

        passed, held = await drive(
            on.gate,
            send(TEXT, mediaUrl=[on.host.url("/cards/a.jpg")]),
            send(TEXT, mediaUrl=[on.host.url("/cards/b.jpg")]),
        )

        assert list(on.gate.upstream.messages) == [passed["sid"]]
        assert held["sid"].startswith("MM")
        assert [finding.code for finding in on.gate.item().verdict.findings] == ["image.known"]
