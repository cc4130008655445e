"""Kills the gate at random moments while it works, and counts whether anything was lost.

    .venv/bin/python -m tests.campaign.kill --messages 10000 --kills 60

Half of the messages are approved and half are not. Workers, or the whole gate, are ended by SIGKILL
at random moments; a client that gets no answer sends the message again, as any relay does. Then:

* accepted = delivered + held: each message that was answered 250 stands at the next hop or in the
  quarantine;
* nothing unapproved was delivered, and nothing approved was held;
* duplicates: at most one more copy for each attempt that was cut off without an answer.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from filter.control import ask
from filter.quarantine.interface import ItemQuery
from filter.quarantine.store import Store
from filter.settings import Quarantine

RULES = """\
templates:
  - id: receipt
    description: What the campaign sends
    channel: email
    from: ["Campaign <gate@example.org>"]
    subject: "Receipt {number}"
    text: "Your receipt {number} is ready. Thank you."
    slots:
      number: {type: digits, length: 8}
    examples:
      pass:
        - {subject: "Receipt 00000001", text: "Your receipt 00000001 is ready. Thank you."}
      hold:
        - {subject: "Receipt 00000001", text: "Your receipt 00000001 is lost. Thank you."}
"""
ATTEMPT_SECONDS = 70.0
PATIENCE_SECONDS = 120.0


@dataclass(slots=True)
class Tally:
    """What the clients saw and what the next hop took."""

    accepted: dict[int, str] = field(default_factory=dict)
    unanswered: Counter[int] = field(default_factory=Counter)
    deferred: int = 0
    delivered: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Gate:
    """The gate as a process that can be killed and started again."""

    settings: Path
    state: Path
    log: Path
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "filter",
                "run",
                "--settings",
                str(self.settings),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def ended_by_itself(self) -> bool:
        """Return whether it is gone though nobody killed it."""
        code = None if self.process is None else self.process.returncode
        return code is not None and code != -signal.SIGKILL

    async def workers(self) -> list[int]:
        """Return the process ids of the workers; empty while none answers."""
        try:
            status = await asyncio.to_thread(ask, self.state, "status", 5.0)
        except (OSError, ValueError):
            return []
        workers = status.get("workers")
        assert isinstance(workers, list)
        return [int(worker["pid"]) for worker in workers]

    async def kill_all(self) -> None:
        """End the supervisor and every worker at once, then start anew."""
        assert self.process is not None
        for pid in [self.process.pid, *await self.workers()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await self.process.wait()
        await self.start()


class NextHop:
    """Takes every message and remembers its number; the stand-in for the relay behind the gate."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            writer.write(b"220 sink.example ESMTP\r\n")
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"EHLO":
                    writer.write(b"250-sink.example\r\n250-8BITMIME\r\n250 PIPELINING\r\n")
                elif verb == b"DATA":
                    writer.write(b"354 go\r\n")
                    content = await reader.readuntil(b"\r\n.\r\n")
                    # The next hop has it from here on, whatever becomes of the answer.
                    self._tally.delivered[number_of(content)] += 1
                    writer.write(b"250 2.0.0 taken\r\n")
                else:
                    writer.write(b"250 2.0.0 ok\r\n")
                await writer.drain()
        writer.close()


def number_of(content: bytes) -> int:
    """Return which message this is."""
    start = content.index(b"Subject: Receipt ") + len(b"Subject: Receipt ")
    return int(content[start : start + 8])


def is_approved(number: int) -> bool:
    """Return whether the rules approve this message."""
    return number % 2 == 0


def wire(number: int) -> bytes:
    """Return the content of one message as it goes over the wire."""
    word = "ready" if is_approved(number) else "a prank"
    return (
        "From: Campaign <gate@example.org>\r\nTo: someone@example.org\r\n"
        f"Subject: Receipt {number:08d}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        f"Your receipt {number:08d} is {word}. Thank you.\r\n.\r\n"
    ).encode()


async def client(port: int, numbers: asyncio.Queue[int], tally: Tally, gate: Gate) -> None:
    """Send messages until there are none left; each until it is accepted."""
    while not numbers.empty():
        number = numbers.get_nowait()
        while number not in tally.accepted:
            try:
                async with asyncio.timeout(ATTEMPT_SECONDS):
                    await attempt(port, number, tally)
            except (OSError, TimeoutError, asyncio.IncompleteReadError):
                if gate.ended_by_itself():
                    raise RuntimeError("the gate ended by itself: see its log") from None
                await asyncio.sleep(0.05)


async def attempt(port: int, number: int, tally: Tally) -> None:
    """Send one message once; an attempt that ends after its final dot without answer is counted."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await reply(reader)
        for command in (
            b"EHLO c",
            b"MAIL FROM:<gate@example.org>",
            b"RCPT TO:<a@example.org>",
            b"DATA",
        ):
            writer.write(command + b"\r\n")
            if (await reply(reader))[:1] not in b"23":
                tally.deferred += 1
                await asyncio.sleep(0.05)
                return
        tally.unanswered[number] += 1  # until the answer is here
        writer.write(wire(number))
        answer = await reply(reader)
        tally.unanswered[number] -= 1
        if answer.startswith(b"250"):
            tally.accepted[number] = answer.decode().strip()
        elif answer.startswith(b"4"):
            # 451 promises that nothing irreversible was done, save when the next hop took the
            # message and its answer was lost; the gate then answers 451 too.
            tally.deferred += 1
            tally.unanswered[number] += b"4.4." in answer
        else:
            tally.wrong.append(f"{number}: {answer!r}")
            tally.accepted[number] = "refused"
        writer.write(b"QUIT\r\n")
        await reply(reader)
    finally:
        writer.close()


async def reply(reader: asyncio.StreamReader) -> bytes:
    """Return the last line of one reply."""
    while True:
        line = await reader.readuntil(b"\n")
        if line[3:4] != b"-":
            return line


async def killer(gate: Gate, kills: int, tally: Tally, total: int, rng: random.Random) -> int:
    """Kill at moments spread at random over the whole run; return how often."""
    done = 0
    marks = sorted(rng.uniform(0.01, 0.97) * total for _ in range(kills))
    for mark in marks:
        while len(tally.accepted) < mark:  # noqa: ASYNC110 - sixteen clients move it
            await asyncio.sleep(0.01)
        await asyncio.sleep(rng.uniform(0, 0.2))
        if rng.random() < 0.2:
            await gate.kill_all()
            done += 1
            continue
        pids = await gate.workers()
        if pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(rng.choice(pids), signal.SIGKILL)
                done += 1
    return done


def held_numbers(state: Path) -> Counter[int]:
    """Return how often each message stands in the quarantine."""
    held: Counter[int] = Counter()
    with contextlib.closing(Store(state, Quarantine())) as store:
        before: str | None = None
        while items := store.find_items(ItemQuery(before=before, limit=500)):
            for item in items:
                content = store.get_item(item.transaction.id).transaction.content
                held[number_of(content)] += 1
            before = items[-1].transaction.id
    return held


def verdict(tally: Tally, held: Counter[int], total: int) -> dict[str, object]:
    """Return the count of everything that may go wrong."""
    numbers = range(total)
    copies = {n: tally.delivered[n] + held[n] for n in numbers}
    return {
        "messages": total,
        "accepted": len(tally.accepted),
        "delivered": sum(1 for n in numbers if tally.delivered[n]),
        "held": sum(1 for n in numbers if held[n]),
        "lost": sum(1 for n in tally.accepted if copies[n] == 0),
        "unapproved delivered": sum(
            1 for n in numbers if tally.delivered[n] and not is_approved(n)
        ),
        "approved held": sum(1 for n in numbers if held[n] and is_approved(n)),
        "extra copies": sum(max(0, copies[n] - 1) for n in numbers),
        "unanswered attempts": sum(tally.unanswered.values()),
        "unexplained copies": sum(max(0, copies[n] - 1 - tally.unanswered[n]) for n in numbers),
        "wrong answers": tally.wrong[:5],
        "deferred": tally.deferred,
    }


async def campaign(messages: int, kills: int, clients: int, seed: int, folder: Path) -> bool:
    """Run it all; print the count as JSON; return whether nothing was lost."""
    rng = random.Random(seed)
    tally = Tally()
    hop = await asyncio.start_server(NextHop(tally).serve, "127.0.0.1", 0)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    gate = Gate(
        write_settings(folder, port, hop.sockets[0].getsockname()[1]),
        folder / "state",
        folder / "log",
    )
    await gate.start()
    numbers: asyncio.Queue[int] = asyncio.Queue()
    for number in range(messages):
        numbers.put_nowait(number)
    started = time.monotonic()
    murder = asyncio.create_task(killer(gate, kills, tally, messages, rng))
    await asyncio.gather(*(client(port, numbers, tally, gate) for _ in range(clients)))
    done = await murder
    assert gate.process is not None
    gate.process.terminate()
    await asyncio.wait_for(gate.process.wait(), PATIENCE_SECONDS)
    hop.close()
    count = verdict(tally, await asyncio.to_thread(held_numbers, folder / "state"), messages)
    count |= {"kills": done, "seconds": round(time.monotonic() - started, 1), "seed": seed}
    print(json.dumps(count, indent=2))  # noqa: T201 - a command's output
    faults = (
        "lost",
        "unapproved delivered",
        "approved held",
        "unexplained copies",
        "wrong answers",
    )
    return not any(count[name] for name in faults) and len(tally.accepted) == messages


def write_settings(folder: Path, port: int, next_hop: int) -> Path:
    """Write rules and settings; return the settings file."""
    (folder / "rules").mkdir()
    (folder / "rules" / "campaign.yaml").write_text(RULES, encoding="utf-8")
    settings = {
        "rules": "rules",
        "state": "state",
        "workers": 2,
        "mail": {
            "listen": [f"127.0.0.1:{port}"],
            "next_hop": {"host": "127.0.0.1", "port": next_hop},
        },
    }
    path = folder / "sallyport.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    return path


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sallyport-kill-") as folder:
        fine = False
        try:
            fine = asyncio.run(
                campaign(
                    options.messages, options.kills, options.clients, options.seed, Path(folder)
                )
            )
        finally:
            if not fine:
                print((Path(folder) / "log").read_text(errors="replace")[-4000:], file=sys.stderr)  # noqa: T201
    sys.exit(0 if fine else 1)


if __name__ == "__main__":
    main()
