"""Fits a YAML value to a model and says in plain words, with its place, what does not fit."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from filter.problems import Problem, Severity, did_you_mean, one_of
from filter.strictyaml import Reporter, SourcedFloat, SourcedInt

M = TypeVar("M", bound=BaseModel)
Path: TypeAlias = tuple[str | int, ...]

# Every code of these two modules; docs/rules.md and docs/settings.md list them all.
UNKNOWN_KEY = "E010"
WRONG_TYPE = "E011"
MISSING_KEY = "E012"
BAD_VALUE = "E013"
EMPTY = "E014"

# In the message of an error of ours: the name of the field, which its validator does not know.
NAME = "$name"


def fit(
    model: type[M], value: object, report: Reporter, path: Path = ()
) -> tuple[M | None, list[Problem]]:
    """Return the model made of a value that stands at ``path``, or None and why not.

    A number where a text is wanted is taken as it was written (``password: 0123`` keeps its zero).
    A validator may raise PydanticCustomError with a problem code as its type ("E081") and the help
    in its context; it is reported as it is.
    """
    for written in (False, True):
        try:
            return model.model_validate(value), []
        except ValidationError as exc:
            errors = exc.errors(include_url=False)
        taken = value if written else _as_written(value, errors)
        if taken is value:
            break
        value = taken
    return None, [_problem(model, e, report, path) for e in errors if not _is_echo(e, errors)]


def text_of(value: object) -> object:
    """Return a number as it was written, for fields that want text: ``from: 12345``."""
    return value.source if isinstance(value, (SourcedInt, SourcedFloat)) else value


def fields_at(model: type[BaseModel], path: Path) -> Mapping[str, str]:
    """Return the keys a model knows at a path, as written in files, and their descriptions."""
    found = _model_at(model, path)
    if found is None:
        return {}
    return {f.alias or name: f.description or "" for name, f in found.model_fields.items()}


def _is_echo(error: ErrorDetails, errors: list[ErrorDetails]) -> bool:
    """Whether a list is called too short only because its items were refused."""
    here = error["loc"]
    return error["type"] == "too_short" and any(
        len(other["loc"]) > len(here) and other["loc"][: len(here)] == here for other in errors
    )


def _problem(
    model: type[BaseModel], error: ErrorDetails, reporter: Reporter, path: Path
) -> Problem:
    location = tuple(error["loc"])
    whole = path + location
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown_key(model, location, reporter, whole)
    if kind == "missing":
        told = fields_at(model, location[:-1]).get(str(location[-1]), "")
        help_ = f"add `{location[-1]}:`" + (f" - {told}" if told else "")
        message = f"key `{location[-1]}` is missing"
        return reporter.report(MISSING_KEY, message, whole[:-1], help=help_)
    if re.fullmatch(r"[EW]\d{3}", kind):
        severity = Severity.ERROR if kind[0] == "E" else Severity.WARNING
        help_ = str(error.get("ctx", {}).get("help", ""))
        message = error["msg"].replace(NAME, _name_of(location))
        return reporter.report(kind, message, whole, help=help_, severity=severity)
    code, message, help_ = _say(kind, _name_of(location), error)
    return reporter.report(code, message, whole, help=help_)


def _unknown_key(
    model: type[BaseModel], location: Path, reporter: Reporter, whole: Path
) -> Problem:
    known = fields_at(model, location[:-1])
    key = str(location[-1])
    help_ = did_you_mean(key, known) or (f"known keys: {', '.join(known)}" if known else "")
    return reporter.report(UNKNOWN_KEY, f"unknown key `{key}`", whole, help=help_, at_key=True)


_TYPES = {
    "string_type": "a text", "int_type": "a whole number", "int_parsing": "a whole number",
    "int_from_float": "a whole number", "float_type": "a number", "float_parsing": "a number",
    "bool_type": "true or false", "bool_parsing": "true or false", "tuple_type": "a list",
    "list_type": "a list", "dict_type": "a mapping", "model_type": "a mapping",
    "model_attributes_type": "a mapping", "path_type": "a path", "mapping_type": "a mapping",
    "finite_number": "a finite number", "int_parsing_size": "a smaller number",
}  # fmt: skip
_REMEDIES = {
    "a text": "write a text; put quotes around it when in doubt",
    "a whole number": "write digits alone, as 6",
    "a number": "write a number, as 6 or 0.5",
    "true or false": "write true or false",
    "a list": "write a list: [one, another]",
    "a mapping": "write `key: value` lines, or {key: value}",
    "a path": "write a path",
    "a finite number": "write a number, as 6 or 0.5",
    "a smaller number": "write a smaller number",
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def _say(kind: str, name: str, error: ErrorDetails) -> tuple[str, str, str]:
    """Return code, message and help for one of pydantic's own errors."""
    value = error["input"]
    context = error.get("ctx", {})
    if kind in _TYPES:
        wanted = _TYPES[kind]
        help_ = "put quotes around it" if isinstance(value, (bool, dict)) else _REMEDIES[wanted]
        help_ = help_ if kind == "string_type" else _REMEDIES[wanted]
        return WRONG_TYPE, f"{name} must be {wanted}, not {describe(value)}", help_
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        bound = f"{words} {_number(context[key])}"
        return BAD_VALUE, f"{name} must be {bound}, not {value}", f"write a number of {bound}"
    if kind in ("enum", "literal_error"):
        known = re.findall(r"'([^']*)'", str(context["expected"]))
        return _say_choice(name.removeprefix("an item of "), value, known)
    if kind == "string_pattern_mismatch":
        return _say_pattern(name, str(value), str(context["pattern"]))
    return _say_length(kind, name, error)


def _say_choice(name: str, value: object, known: list[str]) -> tuple[str, str, str]:
    if not isinstance(value, str):
        return WRONG_TYPE, f"{name} must be a word, not {describe(value)}", one_of(known)
    help_ = did_you_mean(value, known) or one_of(known)
    return BAD_VALUE, f"{name} cannot be `{_short(value)}`", help_


def _say_pattern(name: str, value: str, pattern: str) -> tuple[str, str, str]:
    words = re.fullmatch(r"\^\((\w+(?:\|\w+)+)\)\$", pattern)
    if words:
        return _say_choice(name, value, words[1].split("|"))
    fitting = (one for one in (value.upper(), value.lower()) if re.search(pattern, one))
    meant = next(fitting, None)
    help_ = f"did you mean `{_short(meant)}`?" if meant else f"it must match {pattern}"
    return BAD_VALUE, f"{name} cannot be `{_short(value)}`", help_


_CUT = "shorten it"


def _say_length(kind: str, name: str, error: ErrorDetails) -> tuple[str, str, str]:
    context = error.get("ctx", {})
    if kind in ("string_too_short", "too_short"):
        return EMPTY, f"{name} must not be empty", "remove the key, or give it a value"
    if kind == "too_long":
        return BAD_VALUE, f"{name} has too many items; the most is {context['max_length']}", _CUT
    if kind == "string_too_long":
        most = context["max_length"]
        return BAD_VALUE, f"{name} is too long; the most is {most} characters", _CUT
    return BAD_VALUE, f"{name}: {error['msg']}", ""


def describe(value: object) -> str:  # noqa: PLR0911 - one row a kind
    """Return what kind of value stands in a file, in plain words: ``the text `x```."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case SourcedInt() | SourcedFloat():
            return f"the number {value.source[:40]}"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text `{_short(value)}`" if value else "an empty text"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _short(text: str) -> str:
    folded = " ".join(text.split())
    return folded if len(folded) <= 40 else f"{folded[:39]}…"  # noqa: PLR2004 - room in a message


def _name_of(location: Path) -> str:
    names = [step for step in location if isinstance(step, str)]
    if not names:
        return "this"
    inside = isinstance(location[-1], int)
    return f"an item of `{names[-1]}`" if inside else f"`{names[-1]}`"


def annotation_at(model: type[BaseModel], path: Path) -> Any:
    """Return the type that a model wants at a path; None where it knows nothing."""
    annotation: Any = model
    for step in path:
        annotation = _step_into(annotation, step)
    return annotation


def _step_into(annotation: Any, step: str | int) -> Any:
    for option in _options(annotation):
        if isinstance(option, type) and issubclass(option, BaseModel):
            by_key = {f.alias or name: f for name, f in option.model_fields.items()}
            if step in by_key:
                return by_key[str(step)].annotation
        origin, arguments = typing.get_origin(option), typing.get_args(option)
        if origin in (dict, Mapping) and isinstance(step, str):
            return arguments[1]
        if origin in (list, tuple) and isinstance(step, int):
            return arguments[0]
    return None


def _options(annotation: Any) -> tuple[Any, ...]:
    """Return the types of a union, each without its Annotated, or the one type."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _options(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return tuple(o for a in typing.get_args(annotation) for o in _options(a))
    return (annotation,)


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    options = _options(annotation_at(model, path))
    models = (o for o in options if isinstance(o, type) and issubclass(o, BaseModel))
    return next(models, None)


def _as_written(value: object, errors: list[ErrorDetails]) -> object:
    """Return the value with each number that a text was wanted for as it was written."""
    for error in errors:
        given = error["input"]
        if error["type"] == "string_type" and isinstance(given, (SourcedInt, SourcedFloat)):
            value = _with(value, tuple(error["loc"]), given.source)
    return value


def _with(value: object, path: Path, new: object) -> object:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and isinstance(step, str) and step in value:
        return {**value, step: _with(value[step], rest, new)}
    if isinstance(value, list) and isinstance(step, int):
        return [_with(v, rest, new) if i == step else v for i, v in enumerate(value)]
    return value
