# ruff: noqa: T201 - a command that prints its findings
"""``python -m tests.battery [WORD…]``: the table of the battery, and every mistake by name.

Only samples whose id holds one of the words are judged.
"""

from __future__ import annotations

import sys
from collections import Counter

from tests.battery.collection import all_samples
from tests.battery.judge import what_is_wrong


def main(words: list[str]) -> int:
    """Print the table; return 1 when anything is wrong."""
    hostile: Counter[str] = Counter()
    good: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    holds: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for sample in all_samples():
        if words and not any(word in sample.id for word in words):
            continue
        (hostile if sample.because else good)[sample.family] += 1
        wrong = what_is_wrong(sample)
        if wrong:
            print(f"{sample.id}\n    {wrong}")
            tally = reasons if wrong.startswith("held, but") else misses
            (tally if sample.because else holds)[sample.family] += 1
    print(f"\n| class | hostile | missed | other reason | legitimate | held |\n|{'---|' * 6}")
    for family in sorted({*hostile, *good}):
        tallies = (hostile, misses, reasons, good, holds)
        print(f"| {family} | " + " | ".join(str(tally[family]) for tally in tallies) + " |")
    totals = [sum(tally.values()) for tally in (hostile, misses, reasons, good, holds)]
    print("| all | " + " | ".join(map(str, totals)) + " |")
    return 1 if misses or holds or reasons else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
