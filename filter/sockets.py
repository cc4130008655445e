"""Listening sockets from the ``host:port`` of the settings, and the local control socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BACKLOG = 1024


def listen(address: str) -> socket.socket:
    """Return a listening TCP socket for ``host:port`` or ``[v6]:port``; port 0 takes a free one.

    Raises OSError, whose text names the address.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, int(port)), family=family, backlog=BACKLOG)
    except OSError as exc:
        # What the library adds in brackets is the address again.
        reason = (exc.strerror or str(exc)).partition(" (while")[0]
        raise OSError(f"cannot listen on {address}: {reason}") from exc


def name_of(listener: socket.socket) -> str:
    """Return ``host:port`` of a listening socket, the port as it was really given."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """Yield a name of ``path`` that fits into a Unix socket address (108 bytes, unix(7))."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listen_locally(path: Path) -> socket.socket:
    """Return a listening Unix socket that only our own user may open; a stale one is replaced."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    try:
        with short_path(path) as name:
            listener.bind(name)
        path.chmod(0o600)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def connect_locally(path: Path, timeout_seconds: float) -> socket.socket:
    """Return a connection to a Unix socket. Raises OSError when nobody listens there."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout_seconds)
    try:
        with short_path(path) as name:
            connection.connect(name)
    except OSError:
        connection.close()
        raise
    return connection
