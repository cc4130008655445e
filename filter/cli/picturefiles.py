"""What the commands about known pictures share: folders, the child process, files to be written."""

from __future__ import annotations

import fcntl
import getpass
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from filter.cli import exitcodes
from filter.cli.options import as_typed, load_or_exit, load_rules_or_exit

if TYPE_CHECKING:
    from filter.message import Appearance
    from filter.reading.sandbox import Sandbox
    from filter.rulefiles.pictures import PictureRules
    from filter.ruleset import RuleSet

HEAD_BYTES = 64  # enough to tell a picture by
MANY = 20  # files, from which on it is said how far the work is
_MARK = "\ufeff"  # the byte order mark
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")  # as in rule files (filter/rulefiles/fields.py)
_Command = TypeVar("_Command", bound=Callable[..., object])


def rules_folder(rules: Path | None, settings: Path | None) -> Path:
    """Return the folder of the rules, or leave with a usage error when there is none."""
    folder = rules if rules is not None else as_typed(load_or_exit(settings).rules)
    if not folder.is_dir():
        raise click.UsageError(f"{folder} is not a folder; make it, or name the rules with --rules")
    return folder


def rules_if_any(folder: Path) -> RuleSet | None:
    """Return the rules; None for a folder that is about to get its first rule file."""
    return load_rules_or_exit(folder) if any(folder.rglob("*.y*ml")) else None


def load_pictures_or_exit(folder: Path, *, may_be_empty: bool = False) -> PictureRules:
    """Return the pictures of the rules, or print what is wrong with them and leave with code 3.

    Whatever is wrong with other rules; a folder that is about to get its first rule file has none.
    """
    from filter.rulefiles.pictures import PictureRules, load_pictures  # noqa: PLC0415 - lazily

    if may_be_empty and not any(folder.rglob("*.y*ml")):
        return PictureRules((), (), ())
    pictures = load_pictures(folder)
    errors = [problem for problem in pictures.problems if problem.is_error]
    for problem in errors:
        click.echo(problem.render(), err=True)
    if errors:
        sys.exit(exitcodes.INVALID)
    return pictures


def rule_file(folder: Path, name: str) -> Path:
    """Return the rule file of a name, or leave with a usage error when it would not be read."""
    path = Path(name)
    hidden = any(part.startswith(".") for part in path.parts)
    if path.is_absolute() or hidden or path.suffix not in {".yaml", ".yml"}:
        message = f"{name} would not be read as a rule file; name one below {folder}, as x.yaml"
        raise click.UsageError(message)
    return folder / path


def edited(target: Path, edit: Callable[[str], str]) -> str:
    """Return the text of a rule file after a change, "" before the first one.

    ``edit`` sees line feeds alone; line ends and a byte order mark stay as they are in the file.
    Leaves with a usage error for what it raises as ValueError, and when the file would be too large
    to be read again.
    """
    from filter.strictyaml import MAX_BYTES  # noqa: PLC0415 - lazily

    before = target.read_bytes().decode() if target.exists() else ""
    end = "\r\n" if "\r\n" in before else "\n"
    try:
        text = edit(before.removeprefix(_MARK).replace("\r\n", "\n"))
    except ValueError as exc:
        raise click.UsageError(f"cannot add to {target}: {exc}") from exc
    text = before[: before.startswith(_MARK)] + text.replace("\n", end)
    if len(text.encode()) > MAX_BYTES:
        message = f"{target} would have more than {MAX_BYTES >> 20} MiB, which is not read again"
        raise click.UsageError(f"{message}; name another file with --file, or add fewer at once")
    return text


def login_name() -> str:
    """Return who is working here, "" when the system does not know."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def id_option(help_: str) -> Callable[[_Command], _Command]:
    """Return the option of an id that is written as it is given, or a usage error."""
    return click.option("--id", "given_id", default="", callback=_checked_id, help=help_)


def _checked_id(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if value and not _ID.fullmatch(value):
        raise click.BadParameter("write small letters, digits, `.`, `-` and `_`, as prank-singer")
    return value


def free_id(wish: str, taken: Iterable[str], given: str = "") -> str:
    """Return an id that is not taken: the one that was given, or one that is made of a wish."""
    base = given or re.sub(r"[^a-z0-9]+", "-", wish.lower()).strip("-")[:60] or "picture"
    used = set(taken)
    candidate, number = base, 1
    while candidate in used:
        number += 1
        candidate = f"{base}-{number}"
    return candidate


def find_pictures(paths: Iterable[Path], *, with_documents: bool = False) -> Iterator[Path]:
    """Yield files, and the pictures below folders in a stable order; name what is left out.

    With ``with_documents`` also the PDF files there.
    """
    for path in paths:
        if path.is_dir():
            yield from _walk(path, with_documents=with_documents)
        elif path.is_char_device() or path.is_block_device():  # some never end
            click.echo(f"{path}: not a file; left out", err=True)
        else:
            yield path


def _walk(folder: Path, *, with_documents: bool) -> Iterator[Path]:
    from filter.pictures.containers import sniff  # noqa: PLC0415 - lazily

    for root, folders, names in os.walk(folder):
        hidden = [name for name in (*folders, *names) if name.startswith(".")]
        for name in sorted(hidden):
            click.echo(f"{Path(root, name)}: hidden; left out", err=True)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(root, name)
            if not path.is_file():
                click.echo(f"{path}: not a file; left out", err=True)
                continue
            try:
                with path.open("rb") as file:
                    head = file.read(HEAD_BYTES)
                is_picture = sniff(head) is not None or (
                    with_documents and head.startswith(b"%PDF-")
                )
            except OSError:
                is_picture = True  # whoever reads it will say why it cannot be read
            if is_picture:
                yield path
            else:
                what = "a picture or PDF file" if with_documents else "a picture that is looked at"
                click.echo(f"{path}: not {what}; left out", err=True)


def places_in(seen: Appearance) -> int:
    """Return how many telling places a known picture is kept with, of its richest frame."""
    from filter.pictures.points import most_telling  # noqa: PLC0415 - numpy, lazily

    return most_telling(seen.keypoints)


def has_few_places(seen: Appearance) -> bool:
    """Return whether a known picture is kept with fewer telling places than photographs have."""
    from filter.pictures.points import PHOTOGRAPH_POINTS  # noqa: PLC0415 - numpy, lazily

    return places_in(seen) < PHOTOGRAPH_POINTS


def replace_file(target: Path, text: str) -> None:
    """Write a file whole or not at all; leave with exit code 5 when that is not possible.

    Whoever may read the file that was there may read the new one: the gate runs as another user. A
    link to a file stays one.
    """
    target = Path(os.path.realpath(target))
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        temporary.replace(target)
    except OSError as exc:
        temporary.unlink(missing_ok=True)
        click.echo(f"cannot write {target}: {exc.strerror}", err=True)
        sys.exit(exitcodes.AWAY)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other command changes rule files of the folder, and keep others waiting.

    Two that read a file before either writes it would lose what the first one wrote.
    """
    with ExitStack() as at_the_end:
        with suppress(OSError):  # not every file system has locks
            place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            at_the_end.callback(os.close, place)
            fcntl.flock(place, fcntl.LOCK_EX)
        yield


@contextmanager
def running_sandbox(settings: Path | None) -> Iterator[Sandbox]:
    """Yield a child process that looks at pictures; leave with exit code 5 when there is none."""
    from filter.reading.sandbox import Sandbox, SandboxError  # noqa: PLC0415 - lazily

    with Sandbox(load_or_exit(settings).inspection) as sandbox:
        try:
            sandbox.warm_up()
        except SandboxError as exc:
            click.echo(str(exc), err=True)
            sys.exit(exitcodes.AWAY)
        yield sandbox
