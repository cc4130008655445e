"""Which process is releasing a message, and is it still there?

A process is named by boot, process namespace, number and start time (proc(5), field 22 of stat):
a number alone is used again after a restart, and means somebody else in another container.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

# Longer than any release may take (release.PATIENCE_SECONDS); past it nobody is waited for.
LEASE = timedelta(minutes=12)

_PROC = Path("/proc")


def own_token() -> str:
    """Return what names this process, on this machine, in this boot."""
    return f"{_place()} {os.getpid()} {_started(os.getpid())}"


def is_gone(token: str, since: datetime, now: datetime) -> bool:
    """Return whether the process of a token has certainly ended, or has had its time.

    A process that we cannot see from here (another container) is believed for as long as a
    release may last.
    """
    place, process, started = (*token.split(" "), "", "", "")[:3]
    boot = place.partition("/")[0]
    if boot and _boot() and boot != _boot():
        return True
    if place != _place() or not started or not process.isdecimal():
        return now - since > LEASE
    return _started(int(process)) != started


def _place() -> str:
    try:
        namespace = (_PROC / "self/ns/pid").readlink().name
    except OSError:
        namespace = ""
    return f"{_boot()}/{namespace}"


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # no Linux
        return ""


def _started(process: int) -> str:
    """Return the start time in clock ticks since boot, "" when there is no such process."""
    try:
        stat = (_PROC / f"{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name of the program stands in brackets and may hold anything, brackets and blanks too.
    fields = stat.rpartition(")")[2].split()
    if fields[0] in ("Z", "X"):  # dead, only not yet collected by its parent
        return ""
    return fields[19]
