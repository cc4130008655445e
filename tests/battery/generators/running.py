"""Runs the programs that make real mail, each once for all test processes.

A generator is a program in its own language. It prints one JSON object a line: a name, the raw
bytes in base64 and, where there are several, the envelope's recipients. Names and dates are fixed;
boundaries and the like are the library's own and may differ from run to run.

What a program printed is kept in ``.cache/battery`` under a digest of its files and its library.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[2] / ".cache" / "battery"
PATIENCE_SECONDS = 300
JARS = Path("/usr/share/java")
NODE_MODULES = HERE / "node" / "node_modules"


@dataclass(frozen=True, slots=True)
class Made:
    """One message as a library wrote it."""

    name: str
    raw: bytes
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Generator:
    """A program, what it is started with, and what has to be on the machine for it."""

    name: str
    command: tuple[str, ...]  # relative to this folder
    needs: tuple[Path, ...]  # files of the library; their state is part of the digest
    install: str  # what to do where they are missing

    def missing(self) -> str:
        """Return what is not on this machine, "" if nothing."""
        if shutil.which(self.command[0]) is None:
            return self.command[0]
        return next((str(path) for path in self.needs if not path.exists()), "")


def _node(name: str, *libraries: str) -> Generator:
    needs = tuple(NODE_MODULES / library for library in (*libraries, "nodemailer"))
    install = "install Node 20 or later, then run: (cd tests/battery/generators/node && npm ci)"
    return Generator(name, ("node", f"node/{name}.mjs"), needs, install)


def _debian(name: str, command: tuple[str, ...], packages: str, *needs: str) -> Generator:
    return Generator(name, command, tuple(map(Path, needs)), f"apt-get install {packages}")


def _java(name: str, program: str, packages: str, *jars: str) -> Generator:
    needs = tuple(JARS / jar for jar in jars)
    classes = os.pathsep.join(map(str, needs))
    command = ("java", "-Dfile.encoding=UTF-8", "-cp", classes, f"java/{program}.java")
    return Generator(name, command, needs, f"apt-get install default-jdk-headless {packages}")


GENERATORS = (
    _node("nodemailer", "ical-generator"),
    _node("mjml", "mjml"),
    _node("react-email", "@react-email/components"),
    _node("mailgen", "mailgen", "juice", "handlebars"),
    Generator("python-email", (sys.executable, "python/stdlib.py"), (), ""),
    Generator("django", (sys.executable, "python/with_django.py"), (), "pip install -e '.[dev]'"),
    _debian(
        "phpmailer",
        ("php", "php/phpmailer.php"),
        "php-cli php-mbstring libphp-phpmailer",
        "/usr/share/php/libphp-phpmailer/src/PHPMailer.php",
    ),
    _debian(
        "symfony-mime",
        ("php", "php/symfony.php"),
        "php-cli php-symfony-mime",
        "/usr/share/php/Symfony/Component/Mime/autoload.php",
    ),
    _debian(
        "pear-mail-mime",
        ("php", "php/pear.php"),
        "php-cli php-mail-mime",
        "/usr/share/php/Mail/mime.php",
    ),
    _java(
        "jakarta-mail",
        "Letters",
        "libjakarta-mail-java",
        "jakarta-mail.jar",
        "jakarta-activation.jar",
        "gson.jar",
    ),
    _java(
        "commons-email",
        "CommonsLetters",
        "libcommons-email-java libmail-java libgoogle-gson-java",
        "commons-email.jar",
        "javax.mail.jar",
        "javax.activation.jar",
        "gson.jar",
    ),
    _debian(
        "perl",
        ("perl", "perl/letters.pl"),
        "libmime-lite-perl libemail-mime-perl libmime-tools-perl",
        "/usr/share/perl5/MIME/Lite.pm",
        "/usr/share/perl5/Email/MIME.pm",
        "/usr/share/perl5/MIME/Entity.pm",
    ),
    _debian("ruby-mail", ("ruby", "ruby/letters.rb"), "ruby ruby-mail", "/usr/bin/ruby"),
    _debian("s-nail", ("bash", "shell/s-nail.sh"), "s-nail jq", "/usr/bin/s-nail", "/usr/bin/jq"),
)


def messages(generator: Generator) -> Iterator[Made]:
    """Yield what a generator makes, from the cache if it was run before; nothing if it is missing.

    Raises CalledProcessError when the program fails and TimeoutExpired when it hangs.
    """
    if generator.missing():
        return
    for line in _output(generator).splitlines():
        made = json.loads(line)
        recipients = tuple(made.get("to") or ["anna@dest.example"])
        yield Made(made["name"], base64.b64decode(made["raw"], validate=True), recipients)


def _output(generator: Generator) -> bytes:
    CACHE.mkdir(parents=True, exist_ok=True)
    kept = CACHE / f"{generator.name}-{_digest(generator)}.jsonl"
    with (CACHE / f"{generator.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other test processes wait for the first one's output
        if not kept.exists():
            for old in CACHE.glob(f"{generator.name}-*.jsonl"):
                old.unlink(missing_ok=True)
            fresh = kept.with_suffix(".new")
            fresh.write_bytes(_run(generator))
            fresh.replace(kept)
        return kept.read_bytes()


def _run(generator: Generator) -> bytes:
    environment = {**os.environ, "TZ": "Asia/Kuala_Lumpur", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        generator.command,
        cwd=HERE,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE_SECONDS,
    )
    return done.stdout


def _digest(generator: Generator) -> str:
    """Return what changes with the program, the letters, and the libraries as installed."""
    folders = {str(Path(part).parent) for part in generator.command if "." in Path(part).name}
    own = [path for folder in folders if "/" not in folder for path in (HERE / folder).iterdir()]
    digest = hashlib.sha256(repr((generator.command, sys.version)).encode())
    for path in sorted([HERE / "letters.json", *(path for path in own if path.is_file())]):
        digest.update(path.name.encode() + path.read_bytes())
    for path in generator.needs:
        state = path.stat()
        digest.update(f"{path.name} {state.st_size} {state.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]
