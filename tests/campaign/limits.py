"""Hammers one key of a running gate from many connections, and counts what goes on.

    .venv/bin/python -m tests.campaign.limits                     # the store in the state folder
    .venv/bin/python -m tests.campaign.limits --store redis       # a Redis of our own
    .venv/bin/python -m tests.campaign.limits --store redis --kill

Every message is approved, from one client, under a limit that frees nothing while this runs. Then:

* as many messages reached the provider as the limit allows, not one more and not one less;
* each message was passed or held: the callers' answers, the provider and the quarantine agree;
* with ``--kill`` Redis dies in the middle (SIGKILL) and comes back: what comes meanwhile is held as
  the settings say, and afterwards the count goes on where it was, less what was charged for a
  message that is held because Redis died before it said so (one a connection at most).
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import yaml

from filter.control import ask
from filter.quarantine.interface import ItemQuery
from filter.quarantine.item import State
from filter.quarantine.store import Store
from filter.settings import Quarantine
from tests.limits.redisserver import RedisServer, running

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "campaign-token-campaign"
PATIENCE_SECONDS = 60.0
RULES = """\
templates:
  - id: receipt
    description: What the campaign sends
    channel: sms
    from: CAMPAIGN
    text: "Your receipt {number} is ready."
    slots:
      number: {type: digits, length: 8}
    examples:
      pass: ["Your receipt 00000001 is ready."]
      hold: ["Your receipt 00000001 is lost."]
limits:
  - id: client-day
    per: client
    allow: %d in 24 hours
"""


@dataclass(slots=True)
class Tally:
    """What the callers were told, and what the provider got."""

    told: Counter[str] = field(default_factory=Counter)
    arrived: int = 0
    held: Counter[str] = field(default_factory=Counter)  # by reason
    away_seconds: float = 0.0
    told_while_away: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Campaign:
    """How much, and against what."""

    messages: int = 4000
    limit: int = 500
    workers: int = 4
    clients: int = 64
    redis: bool = False
    kills: bool = False


async def run(campaign: Campaign, folder: Path) -> Tally:
    """Run it in an empty folder and return what was seen."""
    tally = Tally()
    with _store(campaign, folder) as redis:
        async with _provider(tally) as upstream, _gate(campaign, folder, upstream, redis) as port:
            await _hammer(campaign, port, tally, redis)
    tally.held = _held(folder / "state")
    return tally


def faults(campaign: Campaign, tally: Tally) -> list[str]:
    """Return what is not as it should be."""
    told, held = tally.told, sum(tally.held.values())
    wrong = []
    # Of a charge that Redis took and did not live to confirm nobody knows: its message is held.
    least = campaign.limit - (campaign.clients if campaign.kills else 0)
    if not least <= tally.arrived <= campaign.limit:
        wrong.append(f"{tally.arrived} reached the provider; the limit is {campaign.limit}")
    if told["pass"] != tally.arrived or told["held"] != held:
        wrong.append(f"callers were told {dict(told)}; {tally.arrived} arrived, {held} are held")
    if told["pass"] + told["held"] != campaign.messages:
        wrong.append(f"{campaign.messages} were sent and answered with {dict(told)}")
    if campaign.kills and not tally.held["limit.store_away"]:
        wrong.append("nothing was held while the store was away")
    if set(tally.told_while_away) - {"held"}:
        wrong.append(f"while the store was away callers were told {dict(tally.told_while_away)}")
    return wrong


@contextlib.contextmanager
def _store(campaign: Campaign, folder: Path) -> Iterator[RedisServer | None]:
    if not campaign.redis:
        yield None
        return
    with running(folder / "redis", "--appendonly", "yes", "--appendfsync", "always") as redis:
        yield redis


@contextlib.asynccontextmanager
async def _provider(tally: Tally) -> AsyncIterator[int]:
    """Serve what accepts every text; yield its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await _read_http(reader):
                tally.arrived += 1
                body = json.dumps({"sid": f"SM{tally.arrived:032x}", "status": "queued"}).encode()
                head = f"HTTP/1.1 201 Created\r\nContent-Length: {len(body)}\r\n"
                kind = "Content-Type: application/json\r\n\r\n"
                writer.write((head + kind).encode() + body)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _read_http(reader: asyncio.StreamReader) -> dict[str, str]:
    """Return the headers of a message whose body has a length; {} at the end."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return {}
    lines = head.split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    headers["body"] = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
    headers["status"] = lines[0]
    return headers


@contextlib.asynccontextmanager
async def _gate(
    campaign: Campaign, folder: Path, upstream: int, redis: RedisServer | None
) -> AsyncIterator[int]:
    """Run the gate; yield the port of its text listener."""
    (folder / "rules").mkdir()
    (folder / "rules" / "rules.yaml").write_text(RULES % campaign.limit, encoding="utf-8")
    settings = {
        "workers": campaign.workers,
        "log_level": "warning",
        "mail": {"listen": ["127.0.0.1:0"]},
        "sms": {
            "listen": ["127.0.0.1:0"],
            "callers": [{"name": ACCOUNT, "password": TOKEN}],
            "providers": {"twilio": {"upstream": f"http://127.0.0.1:{upstream}"}},
        },
    }
    # Who counts is asked to be exact here, not quick: a store that is merely slow is not away.
    limits = {"timeout_seconds": 30.0}
    settings["limits"] = limits if redis is None else limits | {"redis": f"unix://{redis.socket}"}
    file = folder / "sallyport.yaml"
    file.write_text(yaml.safe_dump(settings), encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "filter", "run", "--settings", str(file)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield await _wait_for_gate(folder / "state", campaign.workers)
    finally:
        process.terminate()
        await process.wait()


async def _wait_for_gate(state: Path, workers: int) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            status = await asyncio.to_thread(ask, state, "status", 5.0)
            running, listening = status["workers"], status["sms"]
            assert isinstance(running, list)
            assert isinstance(listening, list)
            if len(running) == workers and all(worker["ready"] for worker in running):
                return int(str(listening[0]).rpartition(":")[2])
        await asyncio.sleep(0.05)
    raise TimeoutError(f"the gate is not ready, see {state.parent / 'log'}")


async def _hammer(campaign: Campaign, port: int, tally: Tally, redis: RedisServer | None) -> None:
    started = time.monotonic()
    numbers = iter(range(campaign.messages))
    is_away = asyncio.Event()
    callers = [
        asyncio.create_task(_call(port, numbers, tally, is_away.is_set))
        for _ in range(campaign.clients)
    ]
    if campaign.kills and redis is not None:
        await _kill_between(campaign, tally, redis, is_away)
    await asyncio.gather(*callers)
    tally.seconds = time.monotonic() - started


async def _kill_between(
    campaign: Campaign, tally: Tally, redis: RedisServer, is_away: asyncio.Event
) -> None:
    """End Redis when half of the limit is used up; start it once some have met the policy."""
    await _until(lambda: tally.told["pass"] >= campaign.limit // 2)
    redis.kill()
    gone = time.monotonic()
    # What was on its way when it died may yet be told that it passed.
    settled = tally.told["held"] + campaign.clients
    await _until(lambda: tally.told["held"] > settled)
    is_away.set()
    enough = tally.told["held"] + campaign.messages // 10
    await _until(lambda: tally.told["held"] > enough)
    is_away.clear()
    await asyncio.to_thread(redis.start)
    tally.away_seconds = time.monotonic() - gone


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - counts in a tally
            await asyncio.sleep(0.001)


async def _call(
    port: int, numbers: Iterator[int], tally: Tally, is_away: Callable[[], bool]
) -> None:
    """Send one message after the other over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    proof = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    try:
        for number in numbers:
            was_away = is_away()
            form = {
                "To": f"+6012{number % 10_000_000:07}",
                "From": "CAMPAIGN",
                "Body": f"Your receipt {number:08} is ready.",
            }
            writer.write(_request(port, proof, urlencode(form)))
            answer = await _read_http(reader)
            verdict = answer.get("x-sallyport-verdict", answer.get("status", "no answer"))
            tally.told[verdict] += 1
            if was_away and is_away():
                tally.told_while_away[verdict] += 1
    finally:
        writer.close()


def _request(port: int, proof: str, body: str) -> bytes:
    head = (
        f"POST /2010-04-01/Accounts/{ACCOUNT}/Messages.json HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Basic {proof}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


def _held(state: Path) -> Counter[str]:
    reasons: Counter[str] = Counter()
    with Store(state, Quarantine(), create=False) as store:
        query = ItemQuery(State.HELD, limit=1000)
        while found := store.find_items(query):
            reasons.update(item.verdict.findings[0].code for item in found)
            query = ItemQuery(State.HELD, limit=1000, before=found[-1].transaction.id)
    return reasons


def main() -> None:
    """Run the campaign and print what was seen; exit 1 when it is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.limits", description=__doc__)
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--limit", type=int, default=500)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--store", choices=("embedded", "redis"), default="embedded")
    parser.add_argument("--kill", action="store_true", help="end Redis in the middle")
    asked = parser.parse_args()
    campaign = Campaign(
        *(asked.messages, asked.limit, asked.workers, asked.clients),
        redis=asked.store == "redis" or asked.kill,
        kills=asked.kill,
    )
    with tempfile.TemporaryDirectory(prefix="sallyport-limits-") as folder:
        tally = asyncio.run(run(campaign, Path(folder)))
        said = (Path(folder) / "log").read_text(encoding="utf-8", errors="replace")
    wrong = faults(campaign, tally)
    rate = f"{campaign.messages / tally.seconds:.0f}/s"
    lines = [
        f"{campaign.messages} sent in {tally.seconds:.1f} s ({rate}), limit {campaign.limit}",
        f"arrived {tally.arrived}, told {dict(tally.told)}, held for {dict(tally.held)}",
    ]
    if campaign.kills:
        meanwhile = dict(tally.told_while_away)
        lines.append(f"away {tally.away_seconds:.1f} s, told meanwhile {meanwhile}")
    lines += [f"WRONG: {text}" for text in wrong]
    sys.stdout.write("\n".join(lines) + "\n")
    if wrong:
        sys.exit(said[-2000:])


if __name__ == "__main__":
    main()
