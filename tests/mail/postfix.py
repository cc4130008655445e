"""A private Postfix: its own folders and ports, nothing of the machine's own mail is touched."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs" / "postfix.md"
POSTFIX = "/usr/sbin/postfix"
PATIENCE_SECONDS = 60.0
PROXY_TIMEOUT_SECONDS = 2

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}/log
myhostname = relay.example
mydestination =
alias_maps =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_error_sleep_time = 0
notify_classes =
smtpd_client_connection_count_limit = 0
smtputf8_enable = yes
relayhost = [127.0.0.1]:{sink}
smtp_tls_security_level = none
scan_destination_recipient_limit = 50
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
"""

MASTER = """
{before}   inet n - n - 20 smtpd
{documented_before}
{adjusted} inet n - n - 20 smtpd
{documented_before}
  -o smtpd_proxy_options=speed_adjust
{small}    inet n - n - 20 smtpd
{documented_before}
  -o message_size_limit=20000
{after}    inet n - n - 20 smtpd
{documented_after}
{back}     inet n - n - 50 smtpd
{documented_back}
scan       unix - - n - 20 smtp
{documented_scan}
cleanup    unix n - n - 0 cleanup
qmgr       unix n - n 300 1 qmgr
rewrite    unix - - n - - trivial-rewrite
bounce     unix - - n - 0 bounce
defer      unix - - n - 0 bounce
trace      unix - - n - 0 bounce
verify     unix - - n - 1 verify
flush      unix n - n 1000? 0 flush
proxymap   unix - - n - - proxymap
smtp       unix - - n - - smtp
relay      unix - - n - - smtp
showq      unix n - n - - showq
error      unix - - n - - error
retry      unix - - n - - error
discard    unix - - n - - discard
anvil      unix - - n - 1 anvil
scache     unix - - n - 1 scache
postlog    unix-dgram n - n - 1 postlogd
"""


def documented(heading: str, service: str) -> str:
    """Return the options of a service as docs/postfix.md shows them under a heading."""
    section = DOCS.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    _, found, rest = section.partition(f"\n{service} ")
    options = rest.partition("\n")[2]
    lines = itertools.takewhile(lambda line: line.startswith("  -o "), options.splitlines())
    text = "\n".join(lines)
    assert found, f"docs/postfix.md shows no service {service!r} under {heading!r}"
    return text


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def skip_without_postfix() -> None:
    """Say what is not tested here, and how to have it tested."""
    if not Path(POSTFIX).exists():
        pytest.skip(
            "the mail path with real Postfix in front and behind was not tested: "
            "install it with `apt-get install postfix`"
        )
    if os.geteuid() != 0:
        pytest.skip(
            "the mail path with real Postfix in front and behind was not tested: "
            "Postfix starts only as root; run these tests as root, in a container for example"
        )


@dataclass
class Postfix:
    """``gate`` is where our product has to listen, ``sink`` where mail comes out at last."""

    folder: Path
    gate: int
    sink: int
    before: int  # smtpd with us as smtpd_proxy_filter
    adjusted: int  # the same with speed_adjust
    small: int  # the same with message_size_limit=20000
    after: int  # smtpd with us as content_filter
    back: int  # the smtpd behind us
    _seen: int = field(default=0)

    @classmethod
    def make(cls) -> Postfix:
        # Not tmp_path: its parents are closed to the postfix user.
        folder = Path(tempfile.mkdtemp(prefix="sallyport-postfix-"))
        folder.chmod(0o755)
        return cls(folder, *free_ports(7))

    def start(self) -> None:
        for name in ("etc", "queue", "log", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        names = {
            **vars(self),
            "documented_before": documented("Before the queue", "smtp"),
            "documented_back": documented("Before the queue", "127.0.0.1:10026"),
            "documented_after": documented("After the queue", "smtp"),
            "documented_scan": documented("After the queue", "scan"),
        }
        master = MASTER.format(**names).replace("127.0.0.1:10025", f"127.0.0.1:{self.gate}")
        master = master.replace("[127.0.0.1]:10025", f"[127.0.0.1]:{self.gate}")
        master = master.replace("proxy_timeout=100s", f"proxy_timeout={PROXY_TIMEOUT_SECONDS}s")
        (self.folder / "etc" / "main.cf").write_text(MAIN.format(**names))
        (self.folder / "etc" / "master.cf").write_text(master)
        self._run("start")

    def stop(self) -> None:
        self._run("stop")
        shutil.rmtree(self.folder)

    def _run(self, verb: str) -> None:
        done = subprocess.run(
            [POSTFIX, "-c", self.folder / "etc", verb],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"postfix {verb}: {done.stderr}{self.log()}"

    def log(self) -> str:
        path = self.folder / "log" / "mail.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def mark(self) -> None:
        """Forget the log up to here."""
        self._seen = len(self.log())

    async def wait_for_log(self, text: str) -> str:
        """Return the line of the log since the last mark that contains the text."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            line = self.find_in_log(text)
            if line:
                return line
            await asyncio.sleep(0.02)
        raise AssertionError(f"{text!r} is not in the log:\n{self.log()[self._seen :]}")

    def find_in_log(self, text: str) -> str:
        """Return the first such line since the last mark, "" when there is none yet."""
        lines = self.log()[self._seen :].splitlines()
        return next((line for line in lines if text in line), "")

    def queue_is_empty(self) -> bool:
        """Whether nothing waits in the queue, deferred or not."""
        folders = ("incoming", "active", "deferred", "maildrop")
        return not any(
            path.is_file() for name in folders for path in (self.folder / "queue" / name).rglob("*")
        )
