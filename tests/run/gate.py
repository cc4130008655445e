"""A gate as its users start it: `sallyport run` as a process, with its own folder and ports."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Self

import yaml

from filter.control import ask

RULES = """\
templates:
  - id: receipt
    description: A receipt
    channel: email
    from: ["Shop <shop@example.org>"]
    subject: "Receipt {number}"
    text: "Your receipt {number} is ready. Thank you."
    slots:
      number: {type: digits, max_length: 8}
    examples:
      pass:
        - {subject: "Receipt 1", text: "Your receipt 1 is ready. Thank you."}
      hold:
        - {subject: "Receipt 1", text: "Your receipt 1 is lost. Thank you."}
"""


class Sink:
    """The next hop: takes everything and remembers it. Its loop runs in a thread of its own.

    Between ``hold()`` and ``let_go()`` it takes messages and does not answer their final dot.
    """

    def __init__(self) -> None:
        self.contents: list[bytes] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._stop = asyncio.Event()
        self._may_answer = asyncio.Event()
        self._may_answer.set()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def hold(self) -> None:
        self._may_answer.clear()

    def let_go(self) -> None:
        self._loop.call_soon_threadsafe(self._may_answer.set)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, limit=1 << 24)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink.example ESMTP\r\n")
        while line := await reader.readline():
            match line[:4].upper():
                case b"EHLO":
                    writer.write(b"250-sink.example\r\n250-8BITMIME\r\n250 PIPELINING\r\n")
                case b"DATA":
                    writer.write(b"354 go\r\n")
                    self.contents.append((await reader.readuntil(b"\r\n.\r\n"))[:-3])
                    await self._may_answer.wait()
                    writer.write(b"250 2.0.0 taken\r\n")
                case b"QUIT":
                    writer.write(b"221 bye\r\n")
                    return
                case _:
                    writer.write(b"250 ok\r\n")


class Gate:
    """`sallyport run`, its settings and its rules."""

    def __init__(self, folder: Path, next_hop: int, **settings: object) -> None:
        self.folder = folder
        self.rules = folder / "rules"
        self.rules.mkdir()
        (self.rules / "receipt.yaml").write_text(RULES, encoding="utf-8")
        self.settings = folder / "sallyport.yaml"
        self.settings.write_text(
            yaml.safe_dump(
                {
                    "workers": 2,
                    "drain_seconds": 10,
                    "mail": {
                        "listen": ["127.0.0.1:0"],
                        "next_hop": {"host": "127.0.0.1", "port": next_hop},
                    },
                    **settings,
                }
            ),
            encoding="utf-8",
        )
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def start(self) -> None:
        """Start it and wait until it is ready."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "filter", "run", "--settings", str(self.settings)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until every worker takes messages."""
        end = time.monotonic() + 180
        while time.monotonic() < end:
            status = self.find_status()
            if status is not None and all(w["ready"] for w in self.workers(status)):
                return
            if self.process is not None and self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError("the gate is not ready: " + self.log())

    def find_status(self) -> dict[str, object] | None:
        """Return the status, or None while nobody answers."""
        try:
            status = ask(self.folder / "state", "status", 30.0)
        except (OSError, ValueError):
            return None
        return status if len(self.workers(status)) == 2 else None

    @staticmethod
    def workers(status: dict[str, object]) -> list[dict[str, object]]:
        workers = status["workers"]
        assert isinstance(workers, list)
        return workers

    @property
    def port(self) -> int:
        """The port of the mail listener."""
        status = self.find_status()
        assert status is not None
        listening = status["mail"]
        assert isinstance(listening, list)
        return int(str(listening[0]).rpartition(":")[2])

    def pids(self) -> list[int]:
        """Return the process ids of the workers."""
        status = self.find_status()
        assert status is not None
        return [int(str(worker["pid"])) for worker in self.workers(status)]

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")
