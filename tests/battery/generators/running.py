"""Runs the programs that make real mail, each once for all test processes.

A generator is a program in its own language. It prints one JSON object a line: a name, the raw
bytes in base64 and, where there are several, the envelope's recipients. Names and dates are fixed;
boundaries and the like are the library's own and may differ from run to run.

What a program printed is kept in ``.cache/battery`` under a digest of its files and its library.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CACHE = ROOT / ".cache" / "battery"
PATIENCE_SECONDS = 300
JARS = Path("/usr/share/java")
LEAST_NODE = 20
NEW_NODE = f"Node {LEAST_NODE} or later"
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
    launcher: tuple[str, ...]
    program: str  # relative to this folder; whatever stands beside it belongs to it
    needs: tuple[Path, ...]  # files of the library; their state is part of the digest
    install: str  # what to do where they are missing
    tools: tuple[str, ...] = ()  # further commands it needs

    def missing(self) -> str:
        """Return what is not on this machine, "" if nothing."""
        for command in (self.launcher[0], *self.tools):
            if shutil.which(command) is None:
                return command
        if self.launcher[0] == "node" and not _is_node_new_enough():
            return NEW_NODE
        return next((str(path) for path in self.needs if not path.exists()), "")


@cache
def _is_node_new_enough() -> bool:
    """Tell whether node can load the libraries; Debian 12's own, 18, cannot."""
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    major = told.removeprefix("v").partition(".")[0]
    return major.isdigit() and int(major) >= LEAST_NODE


def _node(name: str, *libraries: str) -> Generator:
    needs = tuple(NODE_MODULES / one / "package.json" for one in (*libraries, "nodemailer"))
    install = "install Node 20 or later, then run: (cd tests/battery/generators/node && npm ci)"
    return Generator(name, ("node",), f"node/{name}.mjs", needs, install)


def _python(name: str, program: str, *modules: str) -> Generator:
    specs = {module: importlib.util.find_spec(module) for module in modules}
    needs = tuple(Path((spec and spec.origin) or module) for module, spec in specs.items())
    install = ".venv/bin/pip install -e '.[dev]'"
    return Generator(name, (sys.executable,), f"python/{program}.py", needs, install)


def _debian(name: str, launcher: str, program: str, packages: str, *needs: str) -> Generator:
    return Generator(
        name, (launcher,), program, tuple(map(Path, needs)), f"apt-get install {packages}"
    )


def _java(name: str, program: str, packages: str, *jars: str) -> Generator:
    needs = tuple(JARS / jar for jar in (*jars, "gson.jar"))
    launcher = ("java", "-Dfile.encoding=UTF-8", "-cp", os.pathsep.join(map(str, needs)))
    install = f"apt-get install default-jdk-headless libgoogle-gson-java {packages}"
    return Generator(name, launcher, f"java/{program}.java", needs, install, ("javac",))


GENERATORS = (
    _node("nodemailer", "ical-generator"),
    _node("mjml", "mjml"),
    _node("react-email", "@react-email/components", "@react-email/render"),
    _node("mailgen", "mailgen", "juice", "handlebars"),
    _node("foundation", "foundation-emails", "inky", "juice"),
    _python("python-email", "stdlib"),
    _python("django", "with_django", "django"),
    _debian(
        "phpmailer",
        "php",
        "php/phpmailer.php",
        "php-cli php-mbstring libphp-phpmailer",
        "/usr/share/php/libphp-phpmailer/src/PHPMailer.php",
    ),
    _debian(
        "symfony-mime",
        "php",
        "php/symfony.php",
        "php-cli php-mbstring php-symfony-mime php-email-validator",
        "/usr/share/php/Symfony/Component/Mime/autoload.php",
        "/usr/share/php/Egulias/EmailValidator/autoload.php",
    ),
    _debian(
        "pear-mail-mime",
        "php",
        "php/pear.php",
        "php-cli php-mbstring php-mail-mime",
        "/usr/share/php/Mail/mime.php",
    ),
    _debian(
        "swiftmailer",
        "php",
        "php/swiftmailer.php",
        "php-cli php-mbstring php-swiftmailer php-email-validator",
        "/usr/share/php/Swift/swift_required.php",
    ),
    _java(
        "jakarta-mail",
        "Letters",
        "libjakarta-mail-java",
        "jakarta-mail.jar",
        "jakarta-activation.jar",
    ),
    _java(
        "commons-email",
        "CommonsLetters",
        "libcommons-email-java",
        "commons-email.jar",
        "javax.mail.jar",
        "javax.activation.jar",
    ),
    _debian(
        "perl",
        "perl",
        "perl/letters.pl",
        "libmime-lite-perl libemail-mime-perl libmime-tools-perl",
        "/usr/share/perl5/MIME/Lite.pm",
        "/usr/share/perl5/Email/MIME.pm",
        "/usr/share/perl5/MIME/Entity.pm",
    ),
    _debian(
        "ruby-mail",
        "ruby",
        "ruby/letters.rb",
        "ruby ruby-mail",
        "/usr/lib/ruby/vendor_ruby/mail.rb",
    ),
    _debian("s-nail", "bash", "shell/s-nail.sh", "s-nail jq", "/usr/bin/s-nail", "/usr/bin/jq"),
    _debian("mutt", "bash", "shell/mutt.sh", "mutt jq", "/usr/bin/mutt", "/usr/bin/jq"),
)
# These print the bodies of requests that carry text messages.
TEXT_GENERATORS = (
    _python("twilio-python", "with_twilio", "twilio"),
    replace(
        _node("twilio-node"),
        program="node/twilio.mjs",
        needs=(
            NODE_MODULES / "nodemailer" / "package.json",
            ROOT / "tests/sms/node/node_modules/twilio/package.json",
        ),
        install="install Node 20 or later, then run: (cd tests/sms/node && npm ci)",
    ),
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


def messages_if_any(generator: Generator) -> Iterator[Made]:
    """Yield what a generator makes, nothing if it fails: test_generators.py says so once."""
    with contextlib.suppress(subprocess.SubprocessError):
        yield from messages(generator)


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
    environment = {
        **os.environ,
        "TZ": "Asia/Kuala_Lumpur",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "SOURCE_DATE_EPOCH": "1623628800",  # 14 June 2021, 8 o'clock there
    }
    done = subprocess.run(
        [*generator.launcher, generator.program],
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
    folder = (HERE / generator.program).parent
    own = [path for path in folder.iterdir() if path.is_file()]
    digest = hashlib.sha256(repr((generator.launcher, generator.program, sys.version)).encode())
    for path in sorted([HERE / "letters.json", Path(__file__), *own]):
        digest.update(path.name.encode() + path.read_bytes())
    for path in generator.needs:
        state = path.stat()
        digest.update(f"{path.name} {state.st_size} {state.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]
