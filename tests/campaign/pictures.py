"""Looks at every file of folders as at a picture: `python -m tests.campaign.pictures [DIR…]`.

Without a folder it looks at the hostile files that the tests make. Printed are, for each file, what
was answered, in how many seconds, and the most memory that the child process has held so far in its
life (one child looks at fifty files). Nothing may be killed: exit code 1 when a child crashed, took
longer than it may, or answered with a reason that is none.
"""

from __future__ import annotations

import argparse
import collections
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from filter.reading.look import PictureLook
from filter.reading.sandbox import Sandbox
from filter.reasons import REASONS
from filter.settings import Inspection
from tests.pictures.children import children, peak_bytes
from tests.pictures.test_hostile import HOSTILE

FILES_A_CHILD = 50
_SLOWEST = 10


def _files(folders: list[Path]) -> Iterator[tuple[str, bytes]]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(folder)), path.read_bytes()
    if not folders:
        for name, (make, _) in HOSTILE.items():
            yield name, make()


def _answer(look: PictureLook) -> str:
    if look.troubles:
        return ", ".join(dict.fromkeys(finding.code for finding in look.troubles))
    return f"looked at, {len(look.appearance.views)} views"


def _is_wrong(look: PictureLook) -> bool:
    return any(
        finding.code not in REASONS
        or finding.code == "picture.crashed"
        or "longer than" in finding.detail
        for finding in look.troubles
    )


def _sums(
    rows: list[tuple[float, int, str, str]], answers: collections.Counter[str], wrong: list[str]
) -> str:
    lines = ["", "slowest:"]
    for seconds, peak, name, answer in sorted(rows, reverse=True)[:_SLOWEST]:
        lines.append(f"{seconds:7.2f} s {peak:5d} MiB  {name}: {answer}")
    lines.append("")
    lines += [f"{count:6d} {answer}" for answer, count in answers.most_common()]
    most = max((row[1] for row in rows), default=0)
    lines.append(f"{len(rows):6d} files, most memory {most} MiB")
    lines += ["", "killed, or not answered:", *wrong] if wrong else ["none was killed"]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print a line for every file, then sums; return 1 when anything was killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--quiet", action="store_true", help="only sums and the slowest")
    options = parser.parse_args()
    answers: collections.Counter[str] = collections.Counter()
    rows: list[tuple[float, int, str, str]] = []
    wrong: list[str] = []
    files = list(_files(options.folders))
    for start in range(0, len(files), FILES_A_CHILD):
        with Sandbox(Inspection()) as sandbox:
            for name, content in files[start : start + FILES_A_CHILD]:
                began = time.monotonic()
                look = sandbox.look_at_picture(content, "", name)
                seconds = time.monotonic() - began
                peak = max((peak_bytes(child) for child in children()), default=0) >> 20
                answer = _answer(look)
                answers[answer.partition(",")[0]] += 1
                rows.append((seconds, peak, name, answer))
                if _is_wrong(look):
                    wrong.append(f"{name}: {look.troubles[0].code}: {look.troubles[0].detail}")
                if not options.quiet:
                    sys.stdout.write(f"{seconds:7.2f} s {peak:5d} MiB  {name}: {answer}\n")
    sys.stdout.write(_sums(rows, answers, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
