# ruff: noqa: T201, RUF001 - a command that prints its findings, with signs of their own
"""``python -m tests.bench.reading``: what reading a message costs, by class of message.

Each round makes one new message of a class, with values of its own, and hands it to everybody in
turn: the standard library's ``email`` with BeautifulSoup on lxml (text and links), HTML parsers
alone, ``read_mail`` with empty memories, ``read_mail`` and ``inspect`` as a gate has them that saw
others of the template before. Processor time; medians of the ratios inside of rounds.
"""

from __future__ import annotations

import argparse
import email
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from pathlib import Path

from bs4 import BeautifulSoup
from selectolax.lexbor import LexborHTMLParser

from filter.inspection import inspect
from filter.message import Channel, Client, Envelope, TextFields, Transaction
from filter.reading import mime, soup
from filter.reading.mail import read_mail
from filter.reading.sandbox import Sandbox
from filter.reading.sms import read_text_message
from filter.rulefiles.load import load_rules
from filter.settings import Inspection
from filter.verdict import Disposition
from tests.bench.letters import LETTERS, SENDER, Letter, text_fields, write_rules

LIMITS = Inspection()
MAIL = Envelope(SENDER, ("citizen@example.net",))
WARM_UP = 5
LEAST_REMEMBERED = 64  # caches larger than this remember messages, smaller ones tables


def stdlib_and_soup(content: bytes) -> tuple[str, list[str]]:
    """Return the text and the links of a mail as a simple script finds them."""
    message = email.message_from_bytes(content, policy=policy.default)
    texts, links = [str(message["subject"])], []
    for part in message.walk():
        assert isinstance(part, EmailMessage)
        if part.is_multipart():
            continue
        body = part.get_content()
        if part.get_content_type() == "text/html":
            parsed = BeautifulSoup(body, "lxml")
            texts.append(parsed.get_text())
            links += [str(one["href"]) for one in parsed.find_all("a", href=True)]
        elif isinstance(body, str):
            texts.append(body)
    return "\n".join(texts), links


def html_of(content: bytes) -> str:
    """Return the HTML of a mail."""
    message = email.message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("html",))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def forget() -> None:
    """Empty what the readers remember of earlier messages, as in a new process."""
    for name, module in list(sys.modules.items()):
        if not name.startswith(("filter.reading", "filter.checks", "filter.templates")):
            continue
        for value in vars(module).values():
            info = getattr(value, "cache_info", None)
            if info is not None and (info().maxsize or 0) >= LEAST_REMEMBERED:
                value.cache_clear()
    soup._agreed.clear()
    with mime._remembered._lock:
        mime._remembered._contents.clear()
        mime._remembered._bytes = 0


class Bench:
    """Times one class of messages."""

    def __init__(self, letter: Letter, folder: Path) -> None:
        self._letter = letter
        self._rules = load_rules(folder)
        self._sandbox = Sandbox(LIMITS)
        self._clock = time.perf_counter if letter.by_wall_clock else time.process_time
        self.sizes: list[int] = []
        self.html_sizes: list[int] = []

    def round(self, chance: random.Random) -> dict[str, float]:
        """Return the seconds that each took for one message."""
        fields = text_fields(chance) if self._letter.is_text_message else None
        content = self._letter.make(chance) if fields is None else fields.body.encode()
        self.sizes.append(len(content))
        taken: dict[str, float] = {}
        if fields is None:
            taken["yardstick"] = self._time(lambda: stdlib_and_soup(content))
        if self._letter.html:
            html = html_of(content)
            self.html_sizes.append(len(html))
            taken["lexbor"] = self._time(lambda: LexborHTMLParser(html).root)
            taken["html.parser"] = self._time(lambda: BeautifulSoup(html, "html.parser"))
        taken["read"] = self._time(lambda: self._read(content, fields))
        # Another message: this one has just been read.
        other = text_fields(chance) if fields is not None else None
        again = other.body.encode() if other else self._letter.make(chance)
        taken["inspect"] = self._time(lambda: self._inspect(again, other))
        return taken

    def cold(self, chance: random.Random) -> float:
        """Return the seconds that reading takes when nothing is remembered."""
        fields = text_fields(chance) if self._letter.is_text_message else None
        content = self._letter.make(chance) if fields is None else fields.body.encode()
        forget()
        return self._time(lambda: self._read(content, fields))

    def _time(self, work: Callable[[], object]) -> float:
        started = self._clock()
        work()
        return self._clock() - started

    def _read(self, content: bytes, fields: TextFields | None) -> None:
        if fields is not None:
            message = read_text_message(Envelope(fields.sender, (fields.recipient,)), fields)
        else:
            message = read_mail(MAIL, content, LIMITS)
        if message.troubles:
            raise AssertionError(message.troubles)

    def _inspect(self, content: bytes, fields: TextFields | None) -> None:
        transaction = Transaction(
            id="bench",
            channel=Channel.SMS if fields else Channel.EMAIL,
            received_at=datetime(2026, 1, 1, tzinfo=UTC),
            client=Client(name="bench"),
            envelope=Envelope(fields.sender, (fields.recipient,)) if fields else MAIL,
            content=content,
            text=fields,
        )
        verdict = inspect(transaction, self._rules, self._sandbox, LIMITS)
        if verdict.disposition is not Disposition.PASS:
            raise AssertionError(verdict.findings)

    def close(self) -> None:
        """End the child process."""
        self._sandbox.close()


def spread(values: list[float], form: str = ".1f") -> str:
    """Return a median with its quartiles."""
    if not values:
        return "–"
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:{form}} ({low:{form}}–{high:{form}})"


def measure(name: str, letter: Letter, rounds: int, folder: Path, seed: int) -> str:
    """Return the line of the table for one class."""
    bench = Bench(letter, folder)
    chance = random.Random(f"{seed} {name}")
    cold = [bench.cold(chance) for _ in range(max(5, rounds // 4))]
    for _ in range(WARM_UP):
        bench.round(chance)
    taken = [bench.round(chance) for _ in range(rounds)]
    bench.close()

    def ratios(what: str, to: str) -> list[float]:
        return [one[what] / one[to] for one in taken if one.get(to)]

    def middle(what: str) -> float:
        return statistics.median([one.get(what, 0.0) for one in taken])

    yardstick = middle("yardstick")
    absolute = (statistics.median(cold), middle("read"), middle("inspect"))
    cells = [
        name,
        f"{statistics.median(bench.sizes) / 1000:.1f}",
        f"{yardstick * 1e3:.2f}" if yardstick else "–",
        spread([one / yardstick for one in cold] if yardstick else [], ".2f"),
        spread(ratios("read", "yardstick"), ".2f"),
        spread(ratios("inspect", "yardstick"), ".2f"),
        spread(ratios("read", "lexbor")),
        spread(ratios("read", "html.parser"), ".2f"),
        " / ".join(f"{seconds * 1e3:.2f}" for seconds in absolute),
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reading")
    parser.add_argument("words", nargs="*", help="only classes whose name holds one of these")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    print(
        "| message | kB | yardstick ms | cold × | read × | inspect × | read × lexbor"
        " | read × html.parser | ms: cold / read / inspect |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        write_rules(Path(scratch))
        for name, letter in LETTERS.items():
            if not chosen.words or any(word in name for word in chosen.words):
                print(measure(name, letter, chosen.rounds, Path(scratch), chosen.seed), flush=True)


if __name__ == "__main__":
    main()
