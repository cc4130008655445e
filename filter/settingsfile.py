"""Where do the settings come from: a YAML file, the environment, secrets in files, defaults.

Order, the later wins: defaults, the file, ``SALLYPORT_…`` variables. The file is the one that is
named on the command line, else ``$SALLYPORT_SETTINGS``, else ``./sallyport.yaml`` when it exists.
"""

from __future__ import annotations

import os
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias, TypeVar

from pydantic import BaseModel, SecretStr

from filter.problems import Invalid, Problem, Severity, did_you_mean
from filter.schemaproblems import UNKNOWN_KEY, WRONG_TYPE, annotation_at, describe, fields_at, fit
from filter.settings import Settings
from filter.settingschecks import Trouble, find_troubles
from filter.strictyaml import Document, Plain, read_yaml

PREFIX = "SALLYPORT_"
FILE_VARIABLE = "SALLYPORT_SETTINGS"
DEFAULT_FILE = Path("sallyport.yaml")

Steps: TypeAlias = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

# Kubernetes puts these into every container beside a Service that is called sallyport.
_SERVICE_LINK = re.compile(
    r"SALLYPORT_(?:[A-Z0-9_]*SERVICE_(?:HOST|PORT)|(?:[A-Z0-9_]+_)?PORT)(?:_\w+)?"
)
# A value whose key looks like a secret's; everything to the end of the line is masked with it.
_SECRET = re.compile(
    r"""(?i)(?P<key>\b\w*(?:pas+w|pwd|secret|token|_key)(?!\w*_file)\w*["']?\s*:\s*)(?P<value>\S.*)"""
)
# Addresses may hold one, too: redis://user:secret@host, unix:///path?password=secret.
_SECRET_IN_ADDRESS = re.compile(r"(?i)(?P<key>://)(?P<value>\S*(?:@|pas+w).*)")
_MASK = "***"


class SettingsInvalid(Invalid):
    """The gate cannot start with these settings; ``problems`` are all of them."""


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """Settings, the file they came from, where each value came from, and what looks doubtful.

    ``origins`` has an entry for each value that is not a default: ``mail.next_hop.port`` to
    ``sallyport.yaml:7`` or ``$SALLYPORT_MAIL__NEXT_HOP__PORT``.
    """

    settings: Settings
    file: Path | None
    origins: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()


def load_settings(path: Path | None) -> Settings:
    """Return the settings. Raises SettingsInvalid with every problem found."""
    return read_settings(path).settings


def read_settings(
    path: Path | None, environment: Mapping[str, str] | None = None
) -> LoadedSettings:
    """Return the settings and where they came from. Raises SettingsInvalid."""
    environment = os.environ if environment is None else environment
    file = find_settings_file(path, environment)
    document, problems = _read(file)
    sources = _Sources(document)
    value: Plain = {} if document.value is None else document.value
    if not isinstance(value, dict):
        message = f"settings must be lines of `key: value`, not {describe(value)}"
        help_ = "write `mail:`, `sms:` and so on; see docs/settings.md"
        problems.append(document.report(WRONG_TYPE, message, (), help=help_))
        value = {}
    _stop_on_errors(problems)
    value, unknown = _override(value, environment, sources)
    settings, misfits = fit(Settings, value, sources)
    problems += [*misfits, *unknown]
    if settings is None:
        raise SettingsInvalid(_masked(problems))
    settler = _Settler((file.parent if file is not None else Path()).absolute())
    settings = settler.settle(settings, ())
    problems += map(sources.problem, (*settler.troubles, *find_troubles(settings)))
    _stop_on_errors(problems)
    origins = sources.origins() | {k: str(v) for k, v in settler.secret_files.items()}
    return LoadedSettings(settings, file, origins, tuple(_masked(problems)))


def find_settings_file(path: Path | None, environment: Mapping[str, str]) -> Path | None:
    """Return the file to read, or None for defaults; a file that is named need not exist."""
    if path is not None:
        return path
    if environment.get(FILE_VARIABLE):
        return Path(environment[FILE_VARIABLE])
    return DEFAULT_FILE if DEFAULT_FILE.is_file() else None


def _read(file: Path | None) -> tuple[Document, list[Problem]]:
    if file is None:
        return Document("defaults", (), None), []
    try:
        content = file.read_bytes()
    except OSError as exc:
        message = f"cannot read the settings: {exc.strerror}"
        return Document(str(file), (), None), [Problem("E001", message, str(file))]
    return read_yaml(content, str(file))


def _stop_on_errors(problems: Iterable[Problem]) -> None:
    if any(p.is_error for p in problems):
        raise SettingsInvalid(_masked(problems))


def _masked(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems with every value that may be a secret masked in the lines they show."""
    return [_mask(problem) for problem in problems]


def _mask(problem: Problem) -> Problem:
    line = problem.source_line or ""
    found = _SECRET.search(line) or _SECRET_IN_ADDRESS.search(line)
    if found is None or problem.source_line is None:
        return problem
    start = found.start("value")
    line = problem.source_line[:start] + _MASK
    column = min(problem.column, start + 1)
    width = min(problem.caret_columns, len(line) - column + 1)
    return replace(problem, source_line=line, column=column, caret_columns=width)


class _Sources:
    """Knows for each value whether it came from the file or from a variable."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.variables: dict[Steps, str] = {}

    def report(
        self,
        code: str,
        message: str,
        path: Steps,
        *,
        help: str = "",  # noqa: A002 - the word that stands in the output
        severity: Severity = Severity.ERROR,
        at_key: bool = False,
    ) -> Problem:
        variable = self._variable_of(path)
        if variable is not None:
            return Problem(code, message, f"${variable}", help=help, severity=severity)
        if self._document.root is None:
            where = ".".join(map(str, path)) or "settings"
            return Problem(
                code, message, f"{self._document.file}: {where}", help=help, severity=severity
            )
        return self._document.report(
            code, message, path, help=help, severity=severity, at_key=at_key
        )

    def problem(self, trouble: Trouble) -> Problem:
        t = trouble
        return self.report(t.code, t.message, t.path, help=t.help, severity=t.severity)

    def origins(self) -> dict[str, str]:
        """Return dotted names and where they come from, for every value that was given."""
        found = {
            dotted(path): f"{self._document.file}:{self._document.place_of(path).line}"
            for path in _leaves(self._document.value, ())
        }
        found.update({dotted(path): f"${name}" for path, name in self.variables.items()})
        return found

    def _variable_of(self, path: Steps) -> str | None:
        for end in range(len(path), 0, -1):
            if path[:end] in self.variables:
                return self.variables[path[:end]]
        return None


def dotted(path: Steps) -> str:
    """Return the name of a setting as people write it: ``mail.accounts.0.name``."""
    return ".".join(map(str, path))


def _leaves(value: Plain, path: Steps) -> Iterable[Steps]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    elif path:
        yield path


# --- environment


def _override(
    value: dict[str, Plain], environment: Mapping[str, str], sources: _Sources
) -> tuple[dict[str, Plain], list[Problem]]:
    """Return the value with SALLYPORT_A__B=x put at a.b, and what is wrong with the variables."""
    problems: list[Problem] = []
    new: Plain = value
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name == FILE_VARIABLE or _is_foreign(name):
            continue
        path = _path_of(name)
        known = fields_at(Settings, path[:-1])
        if (
            known
            and isinstance(path[-1], str)
            and path[-1] not in known
            and path[-2:-1] != ("providers",)
        ):
            help_ = did_you_mean(str(path[-1]), known) or f"known: {', '.join(known)}"
            message = f"there is no setting `{dotted(path)}`"
            problems.append(Problem(UNKNOWN_KEY, message, f"${name}", help=help_))
            continue
        sources.variables[path] = name
        new = _put(new, path, _parse_variable(environment[name], path))
    assert isinstance(new, dict)  # noqa: S101 - _put keeps mappings
    return new, problems


def _is_foreign(name: str) -> bool:
    return "__" not in name and _SERVICE_LINK.fullmatch(name) is not None


def _path_of(name: str) -> Steps:
    steps = name.removeprefix(PREFIX).lower().split("__")
    return tuple(int(step) if step.isdigit() else step for step in steps)


def _parse_variable(text: str, path: Steps) -> Plain:
    """Return a variable's value; a list of texts is given separated by commas."""
    if typing.get_origin(annotation_at(Settings, path)) is tuple:
        return [item.strip() for item in text.split(",") if item.strip()]
    return text


def _put(value: Plain, path: Steps, new: Plain) -> Plain:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if value is None and step == 0:
        value = []
    if isinstance(step, int) and isinstance(value, list) and step <= len(value):
        items = [*value, None] if step == len(value) else list(value)
        items[step] = _put(items[step], rest, new)
        return items
    base = value if isinstance(value, dict) else {}
    return {**base, str(step): _put(base.get(str(step)), rest, new)}


# --- paths and secrets


_FOLDER_HELP = "relative paths begin at the folder of the settings file"


class _Settler:
    """Makes paths absolute and reads the files that hold secrets."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.troubles: list[Trouble] = []
        self.secret_files: dict[str, Path] = {}

    def settle(self, table: M, path: Steps) -> M:
        """Return the table with absolute paths and the secrets that its ``*_file`` fields name."""
        changes: dict[str, object] = {}
        for name in type(table).model_fields:
            changes[name] = self._value(getattr(table, name), (*path, name))
        for name, value in list(changes.items()):
            sibling = name.removesuffix("_file")
            if sibling != name and sibling in changes and isinstance(value, Path):
                changes[sibling] = self._secret(value, changes[sibling], (*path, name))
        return table.model_copy(update=changes)

    def _value(self, value: object, path: Steps) -> object:
        match value:
            case BaseModel():
                return self.settle(value, path)
            case Path():
                return self._folder / value
            case tuple():
                return tuple(self._value(item, (*path, i)) for i, item in enumerate(value))
            case dict():
                return {key: self._value(item, (*path, key)) for key, item in value.items()}
        return value

    def _secret(self, file: Path, given: object, path: Steps) -> SecretStr | None:
        sibling = str(path[-1]).removesuffix("_file")
        if given is not None:
            message = f"both `{sibling}` and `{path[-1]}` are given"
            self.troubles.append(Trouble("E121", message, path, "keep one of them"))
        try:
            secret = file.read_bytes().decode()
        except OSError as exc:
            message = f"cannot read {file}: {exc.strerror}"
            self.troubles.append(Trouble("E121", message, path, _FOLDER_HELP))
            return SecretStr("?")
        except UnicodeDecodeError:
            message = f"{file} is not text in UTF-8"
            self.troubles.append(Trouble("E121", message, path, "write the secret alone into it"))
            return SecretStr("?")
        secret = secret.removesuffix("\n").removesuffix("\r")
        if not secret:
            message = f"{file} is empty"
            self.troubles.append(Trouble("E121", message, path, "write the secret alone into it"))
        self.secret_files[dotted((*path[:-1], sibling))] = file
        return SecretStr(secret or "?")
