"""A real Redis of our own: on a Unix socket in a short folder, its data in the test's."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from filter.settings import Limits

# Debian's Redis, or a Valkey, whichever there is; or the one that the environment names.
PROGRAM = os.environ.get("REDIS_SERVER") or shutil.which("redis-server")
PROGRAM = PROGRAM or shutil.which("valkey-server")
PATIENCE_SECONDS = 20.0


def need_redis() -> str:
    """Return the program, or skip and say what was not tested."""
    if PROGRAM is None:
        pytest.skip("limits in Redis are not tested: no redis-server; apt-get install redis-server")
    return PROGRAM


class RedisServer:
    """A server that can be started, killed, frozen and started again over the same data."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self._options = options
        # The address of a Unix socket has at most 107 characters; pytest's folders are long.
        self._sockets = tempfile.mkdtemp(prefix="sallyport-redis-")
        self.socket = f"{self._sockets}/s"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def settings(self, **changes: Any) -> Limits:
        return Limits(redis=f"unix://{self.socket}", **{"timeout_seconds": 5.0, **changes})

    def start(self, *more: str, is_loading: bool = False) -> None:
        """Start it, and wait until it works; ``is_loading``: until it says that it loads."""
        folder = str(self.folder)
        command = [need_redis(), "--port", "0", "--unixsocket", self.socket, "--dir", folder]
        command += ["--save", "", *self._options, *more]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._wait(b"LOADING" if is_loading else b"")

    def _wait(self, wanted: bytes) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(self.socket)
                connection.sendall(b"PING\r\n")
                said = connection.recv(100)
                if said and (wanted in said if wanted else b"LOADING" not in said):
                    return
            time.sleep(0.01)
        raise TimeoutError(f"no Redis: {(self.folder / 'redis.log').read_text()[-500:]}")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self._sockets, ignore_errors=True)


@contextlib.contextmanager
def running(folder: Path, *options: str) -> Iterator[RedisServer]:
    """Run one for as long as the block lasts."""
    need_redis()
    folder.mkdir(parents=True, exist_ok=True)
    server = RedisServer(folder, *options)
    try:
        server.start()
        yield server
    finally:
        server.close()
