"""A throw-away certificate authority, made by the openssl command."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Certificates:
    """``chain`` and ``key`` are for gate.example and 127.0.0.1, signed by ``authority``."""

    authority: Path
    chain: Path
    key: Path

    def server(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.chain, self.key)
        return context

    def client(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.authority)


def make_certificates(folder: Path, name: str = "gate.example") -> Certificates:
    if shutil.which("openssl") is None:
        pytest.skip("TLS was not tested: install the command with `apt-get install openssl`")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    days = ("-days", "2")
    openssl(
        *new, *days, "-subj", "/CN=Test Authority", "-keyout", "ca.key", "-out", "ca.pem",
        "-addext", "keyUsage=critical,keyCertSign", "-addext", "basicConstraints=critical,CA:TRUE",
    )  # fmt: skip
    openssl(
        *new, *days, "-subj", f"/CN={name}", "-keyout", "server.key", "-out", "server.pem",
        "-CA", "ca.pem", "-CAkey", "ca.key",
        "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1",
        "-addext", "basicConstraints=critical,CA:FALSE",
    )  # fmt: skip
    return Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
