"""With the rules that ship and the real inspection: what of 2021 would have gone out?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote_plus

import pytest
import pytest_asyncio

from filter.inspector import Inspector
from filter.rulefiles.load import load_rules
from filter.settings import Inspection
from tests.sms.stage import API, Gate, open_gate, raw, speak

RULES = Path(__file__).parents[2] / "rules"
CODE = "RM0.00 493021 is your sign-in code. It expires in 10 minutes."


class NoPictures:
    """A text message has nothing to look at."""

    def look_at_picture(self, *_: object) -> NoReturn:
        raise AssertionError

    def look_at_document(self, *_: object) -> NoReturn:
        raise AssertionError


@pytest_asyncio.fixture
async def gate() -> AsyncIterator[Gate]:
    inspector = Inspector(NoPictures(), Inspection())
    async with open_gate(inspect=inspector.inspect, rules=load_rules(RULES)) as opened:
        yield opened
    inspector.close()


async def send(gate: Gate, body: str, *more: str, sender: str = "MYHEALTH") -> str:
    form = "&".join([f"To=%2B15550100&From={sender}&Body={quote_plus(body)}", *more])
    _, headers, _ = await speak(gate.port, raw("POST", f"{API}/Messages.json", form.encode()))
    return headers["x-sallyport-verdict"]


async def test_an_approved_code_passes(gate: Gate) -> None:
    assert await send(gate, CODE) == "pass"
    assert gate.upstream.sends[0].form["Body"] == [CODE]


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (CODE + " Visit evil.example now.", ()),
        (CODE.replace("493021", "49302l"), ()),
        (CODE.replace("RM0", "RM\u043e"), ()),
        ("You have been selected. Never gonna give you up.", ()),
        (CODE, ("MediaUrl=https%3A%2F%2Fevil.example%2Fstill.jpg",)),
        (CODE, ("ShortenUrls=true",)),
        (CODE, ("ContentSid=HX" + "2" * 32,)),
    ],
    ids=["a link", "no digit", "a homoglyph", "a prank", "a picture", "shortened", "other text"],
)
async def test_what_is_not_approved_is_held(gate: Gate, body: str, more: tuple[str, ...]) -> None:
    assert await send(gate, body, *more) == "held"
    assert gate.upstream.seen == []
    assert gate.item().verdict.findings != ()


async def test_another_sender_is_held(gate: Gate) -> None:
    assert await send(gate, CODE, sender="MYBANK") == "held"
    assert gate.upstream.seen == []
