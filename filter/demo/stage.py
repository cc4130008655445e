"""Starts the whole gate on loopback in a folder of its own, as an operator would."""

from __future__ import annotations

import base64
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml

from filter.control import ask

START_SECONDS = 60.0
STOP_SECONDS = 15.0
ACCOUNT = "AC" + "0" * 31 + "1"  # shaped as Twilio's account ids are; nobody's
KIOSK = "clinic-kiosk"
PROGRAM = "filter"


class StageError(Exception):
    """The gate did not start; the text says what its log says."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the running gate listens."""

    mail: tuple[str, int]
    text: str  # "http://127.0.0.1:8025"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the demo's applications call the text-message side with. Made anew each time.

    The kiosk is an application of the clinics; its key is the one that is stolen.
    """

    account: str = ACCOUNT
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    kiosk_token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    @property
    def kiosk_authorization(self) -> str:
        """What the kiosk proves itself with: an Authorization header."""
        return authorization(KIOSK, self.kiosk_token)

    def accounts(self) -> list[dict[str, str]]:
        """Return both as the settings write them, each time anew: YAML has no two for one."""
        return [
            {"name": self.account, "password": self.token},
            {"name": KIOSK, "password": self.kiosk_token},
        ]


def authorization(name: str, secret: str) -> str:
    """Return the Authorization header of an account."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


class Stage:
    """A running gate, from entering to leaving the context."""

    def __init__(
        self, folder: Path, rules: Path, *, relay_port: int, provider_url: str, workers: int = 2
    ) -> None:
        self.folder = folder
        self.settings = folder / "sallyport.yaml"
        self.log = folder / "gate.log"
        self.credentials = Credentials()
        self.addresses = Addresses(("127.0.0.1", 0), "")
        self.state = folder / "state"
        self._workers = workers
        self._process: subprocess.Popen[bytes] | None = None
        self._write_settings(rules, relay_port, provider_url)

    def __enter__(self) -> Self:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("SALLYPORT_")}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                self.command("run", "--workers", str(self._workers)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
            )
        try:
            self.addresses = self._wait_until_ready(self._process)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def command(self, *arguments: str) -> list[str]:
        """Return a ``sallyport`` command line with this gate's settings."""
        return [sys.executable, "-m", PROGRAM, *arguments, "--settings", str(self.settings)]

    def ask(self, *arguments: str, notes: bool = False) -> str:
        """Return what a ``sallyport`` command prints, with ``notes`` what it says beside it, too.

        Raises StageError when it fails.
        """
        done = subprocess.run(  # noqa: S603 - our own program
            self.command(*arguments), capture_output=True, text=True, timeout=60, check=False
        )
        if done.returncode:
            raise StageError(f"sallyport {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout + done.stderr if notes else done.stdout

    def _write_settings(self, rules: Path, relay_port: int, provider_url: str) -> None:
        ours = self.credentials
        secret = ours.token
        text = yaml.safe_dump(
            {
                "rules": str(rules),
                "state": str(self.state),
                "drain_seconds": 5.0,
                "mail": {
                    "listen": ["127.0.0.1:0"],
                    "hostname": "gate.demo.invalid",
                    "next_hop": {"host": "127.0.0.1", "port": relay_port},
                    "accounts": ours.accounts(),
                },
                "sms": {
                    "listen": ["127.0.0.1:0"],
                    "callers": ours.accounts(),
                    "providers": {
                        "twilio": {
                            "upstream": provider_url,
                            "account": self.credentials.account,
                            "password": secret,
                        }
                    },
                },
            },
            sort_keys=False,
        )
        self.settings.touch(mode=0o600)
        self.settings.write_text(text, encoding="utf-8")

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> Addresses:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise StageError(
                    f"the gate ended with exit code {process.returncode}:\n{self._said()}"
                )
            try:
                status = ask(self.state, "status", 5.0)
            except (OSError, ValueError):
                time.sleep(0.05)
                continue
            workers = status.get("workers")
            if isinstance(workers, list) and sum(w["ready"] for w in workers) == self._workers:
                return _addresses(status)
            time.sleep(0.05)
        raise StageError(f"the gate was not ready within {START_SECONDS:.0f} s:\n{self._said()}")

    def _said(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-20:])


def _addresses(status: dict[str, object]) -> Addresses:
    mail, text = status["mail"], status["sms"]
    if not (isinstance(mail, list) and isinstance(text, list)):
        raise StageError("the gate does not say where it listens")
    host, _, port = str(mail[0]).rpartition(":")
    return Addresses((host, int(port)), f"http://{text[0]}")


def shipped(name: str) -> Path:
    """Return a folder that ships with the program: inside the package, or in the source tree.

    Raises StageError when it is in neither place.
    """
    here = Path(__file__).parent
    for folder in (here / name, here.parent.parent / name):
        if folder.is_dir():
            return folder
    raise StageError(f"the folder {name} is not part of this installation")
