"""The systems that are measured: each is started on loopback and names the port it listens on."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from filter.control import ask

START_SECONDS = 60.0
TICKS = os.sysconf("SC_CLK_TCK")


class SystemMissingError(Exception):
    """A system cannot be measured on this machine; the text says what to install."""


@dataclass(frozen=True, slots=True)
class System:
    """Something that takes mail on a port; ``root`` is the process whose family does the work."""

    name: str
    port: int
    root: int

    def cpu_seconds(self) -> float:
        """Return the processor time of the whole family so far, children that ended included."""
        return sum(_cpu_ticks(pid) for pid in _family(self.root)) / TICKS


@contextlib.contextmanager
def sink() -> Iterator[System]:
    """The next hop of all others, and a system by itself: the most that can be had."""
    with _announced("direct", "tests.bench.sink") as system:
        yield system


@contextlib.contextmanager
def bare_aiosmtpd() -> Iterator[System]:
    """An aiosmtpd server in one process that takes everything and passes nothing on."""
    with _announced("aiosmtpd", "tests.bench.bare") as system:
        yield system


@contextlib.contextmanager
def sallyport(
    folder: Path, rules: Path, next_hop: int, workers: int, name: str = "sallyport"
) -> Iterator[System]:
    """The gate with every check on."""
    folder.mkdir(parents=True)
    settings = folder / "sallyport.yaml"
    settings.write_text(
        yaml.safe_dump(
            {
                "rules": str(rules),
                "state": str(folder / "state"),
                "workers": workers,
                "log_level": "warning",
                "mail": {
                    "listen": ["127.0.0.1:0"],
                    "hostname": "gate.bench.invalid",
                    "next_hop": {"host": "127.0.0.1", "port": next_hop},
                },
            }
        ),
        encoding="utf-8",
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "filter", "run", "--settings", str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        port = _wait_for_gate(folder / "state", process, workers, folder / "log")
        yield System(name, port, process.pid)
    finally:
        _stop(process)


@contextlib.contextmanager
def postfix(folder: Path, next_hop: int) -> Iterator[System]:
    """A private Postfix as plain relay: own queue, own configuration, everything on loopback."""
    if not shutil.which("postfix"):
        raise SystemMissingError("Postfix is not installed: apt-get install postfix")
    if os.geteuid() != 0:
        raise SystemMissingError("Postfix can only be started by root")
    port = free_port()
    config = _configure_postfix(folder, port, next_hop)
    subprocess.run(["postfix", "-c", str(config), "start"], check=True, capture_output=True)
    try:
        _wait_for_banner(port)
        master = int((folder / "spool" / "pid" / "master.pid").read_text())
        yield System("postfix", port, master)
    finally:
        subprocess.run(["postfix", "-c", str(config), "stop"], check=False, capture_output=True)


def arrived(sink_port: int) -> int:
    """Return how many messages the sink has taken."""
    with smtplib.SMTP("127.0.0.1", sink_port) as client:
        _, text = client.docmd("XCOUNT")
    return int(text)


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _configure_postfix(folder: Path, port: int, next_hop: int) -> Path:
    """Write main.cf and master.cf of the instance; return their folder."""
    config, spool, lib = folder / "etc", folder / "spool", folder / "lib"
    for path in (config, spool, lib):
        path.mkdir(parents=True)
    # master runs as root, its daemons as postfix: every folder above must let it through.
    for path in (folder, *folder.parents):
        with contextlib.suppress(OSError):
            path.chmod(path.stat().st_mode | 0o011)
    shutil.chown(lib, "postfix")
    (config / "main.cf").write_text(
        f"""compatibility_level = 3.6
queue_directory = {spool}
data_directory = {lib}
maillog_file_prefixes = {folder}
maillog_file = {folder}/log
myhostname = relay.bench.invalid
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions =
relayhost = [127.0.0.1]:{next_hop}
alias_maps =
local_recipient_maps =
default_process_limit = 200
initial_destination_concurrency = 50
default_destination_concurrency_limit = 50
smtpd_client_connection_count_limit = 0
smtp_tls_security_level = none
smtpd_tls_security_level = none
disable_dns_lookups = yes
smtpd_peername_lookup = no
""",
        encoding="utf-8",
    )
    services = f"""{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
    (config / "master.cf").write_text(services, encoding="utf-8")
    return config


@contextlib.contextmanager
def _announced(name: str, module: str) -> Iterator[System]:
    process = subprocess.Popen(
        [sys.executable, "-m", module], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        said = re.fullmatch(rb"ready (\d+)\n", process.stdout.readline())
        assert said, f"{module} did not start"
        yield System(name, int(said[1]), process.pid)
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _wait_for_gate(state: Path, process: subprocess.Popen[bytes], workers: int, log: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            status = ask(state, "status", 5.0)
            known, mail = status["workers"], status["mail"]
            assert isinstance(known, list)
            assert isinstance(mail, list)
            if sum(worker["ready"] for worker in known) == workers:
                return int(str(mail[0]).rpartition(":")[2])
        time.sleep(0.05)
    raise SystemMissingError(f"the gate did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")


def _wait_for_banner(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            smtplib.SMTP("127.0.0.1", port, timeout=5).quit()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _family(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    family = [root]
    for pid in family:
        family += parents.get(pid, [])
    return family


def _cpu_ticks(pid: int) -> int:
    """Return user and system time of a process and of its children that ended (proc(5))."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15])
