"""JSON read so that no other reader could read it differently.

A key that occurs twice, half of a surrogate pair, NaN: parsers keep the first, the last, replace,
drop or fail, and the text that is judged has to be the text that is sent.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn, TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_SURROGATE = re.compile("[\ud800-\udfff]")
_SHOWN_CHARACTERS = 40


def read_object(content: bytes) -> dict[str, Json]:
    """Return the JSON object in ``content``. Raises ValueError that says what is wrong, safely."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise ValueError(f"byte {exc.start} is not UTF-8") from exc
    value = _parse(text)
    if not isinstance(value, dict):
        raise ValueError("the JSON has to be an object")  # noqa: TRY004 - the text is wrong
    _refuse_surrogates(value)
    return value


def shown(name: str) -> str:
    """Return a name as an error may show it: short, and in plain characters."""
    return ascii(name[:_SHOWN_CHARACTERS])


def _parse(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError as exc:
        raise ValueError("the JSON is nested too deeply") from exc
    except json.JSONDecodeError as exc:
        raise ValueError(f"not JSON at line {exc.lineno}, column {exc.colno}: {exc.msg}") from exc
    except _NotStrictError:
        raise
    except ValueError as exc:  # a number with more digits than Python converts
        raise ValueError("a number in the JSON is too long") from exc


class _NotStrictError(ValueError):
    """JSON that parsers read differently."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name, value in pairs:
        if name in seen:
            raise _NotStrictError(f"the key {shown(name)} occurs twice")
        seen[name] = value
    return seen


def _constant(name: str) -> NoReturn:
    raise _NotStrictError(f"{name} is not JSON")


def _refuse_surrogates(value: Json, path: str = "") -> None:
    if isinstance(value, str) and _SURROGATE.search(value):
        raise ValueError(f"{path or '/'} has half of a surrogate pair")
    if isinstance(value, dict):
        for name, member in value.items():
            if _SURROGATE.search(name):
                raise ValueError(f"a key of {path or '/'} has half of a surrogate pair")
            _refuse_surrogates(member, f"{path}/{name}")
    if isinstance(value, list):
        for index, member in enumerate(value):
            _refuse_surrogates(member, f"{path}/{index}")
