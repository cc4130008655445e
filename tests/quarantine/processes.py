"""Starts children that work on a store, and ends those that a test leaves behind."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

ROOT = Path(__file__).parent.parent.parent


@contextlib.contextmanager
def child(job: str, folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.quarantine.child", job, str(folder), *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def tell(process: subprocess.Popen[str], words: str = "") -> None:
    assert process.stdin is not None
    process.stdin.write(words + "\n")
    process.stdin.flush()


def lines_of(process: subprocess.Popen[str]) -> list[str]:
    """Return what is still to come until the child ends."""
    return process.communicate(timeout=120)[0].splitlines()
