"""How single values are written in rule files: the types that every section is made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from filter.message import Channel
from filter.schemaproblems import BAD_VALUE, EMPTY, NAME, WRONG_TYPE, describe, text_of


def trouble(code: str, message: str, help_: str = "") -> PydanticCustomError:
    """Return an error that is reported under a code of ours (filter/schemaproblems.py)."""
    # pydantic formats the message with its context, so braces of our own must be doubled.
    escaped = message.replace("{", "{{").replace("}", "}}")
    return PydanticCustomError(code, escaped, {"help": help_})


def listed(value: object) -> object:
    """One value where a list is wanted is a list of one; numbers are taken as they were written."""
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        value = [value]
    if not isinstance(value, (list, tuple)):
        help_ = "write it, or remove the key" if value is None else "put quotes around it"
        message = f"{NAME} must be a text or a list of texts, not {describe(value)}"
        raise trouble(WRONG_TYPE, message, help_)
    return [text_of(item) for item in value]


Whole = Annotated[int, Strict()]
YesNo = Annotated[bool, Strict()]


def fits(pattern: str, hint: str) -> Callable[[str], str]:
    """Return a validator with words for whoever writes something that does not fit a pattern."""

    def check(value: str) -> str:
        if not value:
            raise trouble(EMPTY, f"{NAME} must not be empty", hint)
        if re.fullmatch(pattern, value) is None:
            raise trouble(BAD_VALUE, f"{NAME} cannot be `{value[:40]}`", hint)
        return value

    return check


def spelled(pattern: str) -> WithJsonSchema:
    """Return what the schema says of a text that fits a pattern."""
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


ID = r"[a-z0-9][a-z0-9._-]{0,79}"
_LANGUAGE = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"
_MEDIA_TYPE = r"[a-z]+/[a-z0-9][a-z0-9.+-]*"

Id = Annotated[
    str,
    AfterValidator(fits(ID, "write small letters, digits, `.`, `-` and `_`, as sign-in")),
    spelled(ID),
]
Language = Annotated[
    str, AfterValidator(fits(_LANGUAGE, "write a tag, as en, ms, zh-Hant")), spelled(_LANGUAGE)
]
MediaType = Annotated[
    str,
    AfterValidator(fits(_MEDIA_TYPE, "write both halves in small letters, as application/pdf")),
    spelled(_MEDIA_TYPE),
]
Word = Annotated[str, Field(min_length=1, max_length=500)]
Wording = Annotated[str, Field(min_length=1, max_length=20_000)]
Markup = Annotated[str, Field(min_length=1, max_length=300_000)]
Words = Annotated[
    tuple[Word, ...],
    BeforeValidator(listed, json_schema_input_type=Word | list[Word]),
]
Wordings = Annotated[
    tuple[Wording, ...],
    BeforeValidator(listed, json_schema_input_type=Wording | list[Wording]),
]
Markups = Annotated[
    tuple[Markup, ...],
    BeforeValidator(listed, json_schema_input_type=Markup | list[Markup]),
]
Channels = Annotated[
    tuple[Channel, ...],
    Field(min_length=1),
    BeforeValidator(listed, json_schema_input_type=Channel | list[Channel]),
]


# Base64 of local features: a few tens of thousands of characters for each picture.
Blocks = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=1_000_000)], ...],
    BeforeValidator(listed, json_schema_input_type=str | list[str]),
]


def _read_day(value: object) -> object:
    text = str(text_of(value))
    try:
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise trouble(BAD_VALUE, f"{NAME} cannot be {describe(value)}", "write a day as 2026-11-28")


Day = Annotated[
    date,
    BeforeValidator(
        _read_day,
        json_schema_input_type=Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")],
    ),
]


class Rule(BaseModel):
    """What all rules have in common: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
