# ruff: noqa: T201 - a command that prints its findings
"""``python -m tests.bench.templates``: what matching costs with few and with many templates.

Each number of templates has a process of its own, so that memory is its own, too. In each round
every process matches the same kind of messages in turn; ratios are to the smallest set in the same
round, medians over rounds. "alike" are templates that differ by one name only, as a broker of text
messages has them; "unlike" ones share everyday words alone. A miss is one word changed: it is
explained, nearest template and difference included.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from filter.message import Channel, Envelope, TextFields
from filter.reading.sms import read_text_message
from filter.rulefiles.load import load_rules
from filter.ruleset import AllowedSender, Match, Slot, SlotType, Template
from filter.templates.matcher import TemplateMatcher, compile_matcher

SIZES = (10, 1_000, 10_000, 100_000)
MESSAGES = 300  # of each kind, a round
_START = (
    "Dear customer", "Hello", "Good news", "Please note", "Thank you", "Reminder", "Final notice",
    "Congratulations", "Attention", "Welcome back",
)  # fmt: skip
_WHAT = (
    "your order", "the appointment", "a parcel", "your invoice", "the reservation", "your claim",
    "the subscription", "your application", "the delivery", "your booking", "the transfer",
)  # fmt: skip
_HOW = (
    "was confirmed", "is on its way", "is due soon", "has been changed", "cannot be processed",
    "was received", "will expire", "is ready for pick-up", "was cancelled", "has been refunded",
    "needs your attention", "is waiting", "was approved",
)  # fmt: skip
_WHERE = (
    "at the counter", "in the app", "by post", "at our branch", "on the portal", "in your mailbox",
    "at the kiosk",
)  # fmt: skip
_SLOTS = (Slot("code", SlotType.DIGITS), Slot("name", SlotType.NAME))


@dataclass(frozen=True, slots=True)
class Family:
    """Templates of one kind: the text of the n-th, and a message that it approves."""

    name: str
    text: Callable[[int], str]


def _name(number: int) -> str:
    """Return a made-up name of a firm: two syllables for each digit of base 20."""
    syllables = ("ba", "ko", "ri", "lu", "me", "sa", "to", "vi", "na", "du", "fe", "go", "hi",
                 "ja", "ke", "lo", "mi", "pu", "ra", "su")  # fmt: skip
    word = ""
    while True:
        number, rest = divmod(number, 20)
        word = syllables[rest] + word
        if not number:
            return word.capitalize() + "co"


def _unlike(number: int) -> str:
    rest, start = divmod(number, len(_START))
    rest, what = divmod(rest, len(_WHAT))
    rest, how = divmod(rest, len(_HOW))
    rest, where = divmod(rest, len(_WHERE))
    end = f" Ref {_name(rest)}." if rest else ""
    return f"{_START[start]} {{name}}, {_WHAT[what]} {{code}} {_HOW[how]} {_WHERE[where]}.{end}"


def _alike(number: int) -> str:
    return f"{{code}} is your sign-in code for {_name(number)}. Tell nobody, {{name}}."


FAMILIES = (Family("unlike", _unlike), Family("alike", _alike))


def template(family: Family, number: int) -> Template:
    """Return the n-th template of a family."""
    return Template(
        id=f"{family.name}-{number}",
        source="bench.yaml:1",
        channels=frozenset({Channel.SMS}),
        senders=(AllowedSender("BENCH"),),
        texts=(family.text(number),),
        slots=_SLOTS,
    )


def texts(family: Family, size: int, *, miss: bool) -> Iterator[str]:
    """Yield messages of templates from all over the set, each with values of its own."""
    for number in range(MESSAGES):
        pattern = family.text(number * 7919 % size)
        if miss:
            words = pattern.split(" ")
            words[len(words) // 2] = "otherwise"
            pattern = " ".join(words)
        yield pattern.format(code=f"{493021 + number}", name=f"Jane Doe{'x' * (number % 5)}")


def _seconds(matcher: TemplateMatcher, family: Family, size: int, *, miss: bool) -> float:
    messages = [
        read_text_message(Envelope("BENCH", ("+15550100",)), TextFields("BENCH", "+15550100", text))
        for text in texts(family, size, miss=miss)
    ]
    gc.collect()
    start = time.process_time()
    fits = sum(isinstance(matcher.match(message), Match) for message in messages)
    spent = time.process_time() - start
    if fits != (0 if miss else MESSAGES):
        raise SystemExit(f"{family.name} {size}: {fits} of {MESSAGES} fit")
    return spent / MESSAGES


def _resident() -> float:
    """Return the memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def serve(family: Family, size: int, line: Connection) -> None:
    """Compile a set, say what that took, then match whenever asked."""
    gc.collect()
    before, start = _resident(), time.process_time()
    templates = [template(family, number) for number in range(size)]
    gc.collect()
    bare, begun = _resident(), time.process_time()
    matcher = compile_matcher(templates)
    line.send((time.process_time() - begun, _resident() - bare, bare - before, begun - start))
    while line.recv():
        line.send(tuple(_seconds(matcher, family, size, miss=miss) for miss in (False, True)))


def load(family: Family, size: int) -> tuple[float, float]:
    """Return the seconds that reading a folder of rule files takes, and its size in MiB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for first in range(0, size, 1_000):
            numbers = range(first, min(first + 1_000, size))
            entries = "".join(_entry(family, number) for number in numbers)
            (folder / f"{first}.yaml").write_text(f"templates:\n{entries}", encoding="utf-8")
        mebibytes = sum(one.stat().st_size for one in folder.iterdir()) / 2**20
        start = time.process_time()
        load_rules(folder)
        return time.process_time() - start, mebibytes


def _entry(family: Family, number: int) -> str:
    text = family.text(number)
    said = text.format(code="493021", name="Jane Doe")
    return (
        f"  - id: {family.name}-{number}\n    channel: sms\n    from: BENCH\n    text: '{text}'\n"
        "    slots: {code: digits, name: name}\n    examples:\n"
        f"      pass: ['{said}']\n      hold: ['{said} Call me.']\n"
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--sizes", type=lambda text: tuple(map(int, text.split(","))), default=SIZES
    )
    parser.add_argument("--no-load", action="store_true", help="leave the rule files out")
    options = parser.parse_args()
    for family in FAMILIES:
        _print_family(family, options.sizes, options.rounds)
    if not options.no_load:
        print("\n| rule files of templates | size | read, checked and compiled |")
        for size in options.sizes:
            spent, mebibytes = load(FAMILIES[0], size)
            each = f"{1e3 * spent / size:.2f} ms each"
            print(f"| {size:,} | {mebibytes:.1f} MiB | {spent:.2f} s, {each} |")


def _print_family(family: Family, sizes: tuple[int, ...], rounds: int) -> None:
    context = multiprocessing.get_context("spawn")
    lines: dict[int, Connection] = {}
    for size in sizes:
        ours, theirs = context.Pipe()
        context.Process(target=serve, args=(family, size, theirs), daemon=True).start()
        lines[size] = ours
    made = {size: line.recv() for size, line in lines.items()}
    taken: dict[int, list[tuple[float, float]]] = {size: [] for size in sizes}
    for _ in range(rounds):
        for size, line in lines.items():
            line.send(True)
            taken[size].append(line.recv())
    for line in lines.values():
        line.send(False)
    print(f"\n{family.name}: processor time a message; ratios to {sizes[0]} templates")
    print("| templates | fits, µs | ratio | misses and explains, µs | ratio | messages/s that fit |"
          " compile, s | matcher, MiB | rules, MiB |")  # fmt: skip
    for size in sizes:
        columns = []
        for kind in (0, 1):
            own = [one[kind] for one in taken[size]]
            ratios = [one[kind] / first[kind] for one, first in
                      zip(taken[size], taken[sizes[0]], strict=True)]  # fmt: skip
            columns += [f"{1e6 * statistics.median(own):.0f}", f"{statistics.median(ratios):.2f}"]
        rate = 1 / statistics.median(one[0] for one in taken[size])
        compiled, grown, bare, _ = made[size]
        print(f"| {size:,} | {' | '.join(columns)} | {rate:,.0f} | {compiled:.2f} | {grown:.0f} |"
              f" {bare:.0f} |")  # fmt: skip


if __name__ == "__main__":
    main()
