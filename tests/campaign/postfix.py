"""Real Postfix on both sides, smtp-source in front of it and smtp-sink behind: does all arrive?

    .venv/bin/python -m tests.campaign.postfix --messages 1000

Approved and unapproved messages go in at the before-queue and the after-queue service, 20 sessions
at once. Each approved one must come out at the sink with its bytes unchanged below the lines that
Postfix adds, each other one must stand in the quarantine, and nothing else may be anywhere.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filter.quarantine.interface import ItemQuery
from filter.quarantine.store import Store
from filter.settings import Quarantine
from tests.campaign.kill import RULES, wire
from tests.mail.postfix import Postfix
from tests.run.gate import Gate

SESSIONS = 20
PATIENCE_SECONDS = 300.0
APPROVED, UNAPPROVED = 4, 5


def main() -> None:
    """Run it all, print the count as JSON, exit 1 when anything is missing or too much."""
    parser = argparse.ArgumentParser(description="Real Postfix in front of the gate and behind it.")
    parser.add_argument("--messages", type=int, default=1000, help="of each kind, each way")
    messages = parser.parse_args().messages
    postfix = Postfix.make()
    count: dict[str, object] = {"messages of each kind each way": messages}
    fine = True
    with tempfile.TemporaryDirectory(prefix="sallyport-campaign-") as folder:
        dumps = Path(folder) / "sink"
        dumps.mkdir()
        postfix.start()
        try:
            with sink(postfix.sink, dumps), gate(Path(folder), postfix):
                for way, port in (("before-queue", postfix.before), ("after-queue", postfix.after)):
                    seen = run(port, messages, dumps, Path(folder))
                    fine = fine and seen.pop("fine") is True
                    count[way] = seen
        finally:
            postfix.stop()
    print(json.dumps(count, indent=2))  # noqa: T201 - a command's output
    sys.exit(0 if fine else 1)


@contextlib.contextmanager
def sink(port: int, dumps: Path) -> Iterator[None]:
    """Run smtp-sink, which writes each message into a file of its own."""
    process = subprocess.Popen(
        ["/usr/sbin/smtp-sink", "-u", "root", "-d", f"{dumps}/%M.", f"127.0.0.1:{port}", "200"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def gate(folder: Path, postfix: Postfix) -> Iterator[None]:
    """Run the gate where Postfix expects it, with the rules of the kill campaign."""
    running = Gate(
        folder,
        postfix.back,
        mail={
            "listen": [f"127.0.0.1:{postfix.gate}"],
            "next_hop": {"host": "127.0.0.1", "port": postfix.back},
        },
    )
    (running.rules / "receipt.yaml").write_text(RULES, encoding="utf-8")
    with running:
        yield


def run(port: int, messages: int, dumps: Path, folder: Path) -> dict[str, object]:
    """Send both kinds through one service; return what came out where."""
    before = len(list(dumps.iterdir())), held(folder)
    started = time.monotonic()
    replies = [send(port, messages, number, folder) for number in (APPROVED, UNAPPROVED)]
    wait_until(lambda: len(list(dumps.iterdir())) - before[0] >= messages)
    wait_until(lambda: held(folder) - before[1] >= messages)
    files = sorted(dumps.iterdir(), key=lambda path: path.stat().st_mtime)[before[0] :]
    unchanged = sum(is_unchanged(path.read_bytes()) for path in files)
    arrived, kept = len(files), held(folder) - before[1]
    return {
        "smtp-source": replies,
        "delivered": arrived,
        "unchanged": unchanged,
        "held": kept,
        "seconds": round(time.monotonic() - started, 1),
        "fine": (arrived, unchanged, kept) == (messages, messages, messages) and not any(replies),
    }


def send(port: int, messages: int, number: int, folder: Path) -> int:
    """Have smtp-source send one message many times; return its exit code."""
    path = folder / f"{number}.eml"
    path.write_bytes(content_of(number).replace(b"\r\n", b"\n"))
    command = ["/usr/sbin/smtp-source", "-s", str(SESSIONS), "-m", str(messages), "-F", str(path)]
    command += ["-f", "gate@example.org", "-t", "a@example.org", f"127.0.0.1:{port}"]
    return subprocess.run(command, check=False, timeout=PATIENCE_SECONDS).returncode


def content_of(number: int) -> bytes:
    """Return one message of the kill campaign, without its final dot."""
    return wire(number).removesuffix(b".\r\n")


def is_unchanged(dump: bytes) -> bool:
    """Return whether the approved message stands whole at the end of what arrived."""
    return dump.replace(b"\r\n", b"\n").rstrip(b"\n").endswith(
        content_of(APPROVED).replace(b"\r\n", b"\n").partition(b"\n\n")[2].rstrip(b"\n")
    ) and all(
        line in dump for line in content_of(APPROVED).partition(b"\r\n\r\n")[0].split(b"\r\n")
    )


def held(folder: Path) -> int:
    """Return how many messages stand in the quarantine."""
    count = 0
    with contextlib.closing(Store(folder / "state", Quarantine())) as store:
        before: str | None = None
        while items := store.find_items(ItemQuery(before=before, limit=500)):
            count += len(items)
            before = items[-1].transaction.id
    return count


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what must come; what does not is seen in the count."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition() and time.monotonic() < end:
        time.sleep(0.2)


if __name__ == "__main__":
    main()
