"""Forms and JSON, read so that no other reader could read them differently.

The provider behind us parses the same bytes with another parser. Wherever two parsers may differ
(a field that occurs twice, a broken escape) the request is refused, because the
text that is judged has to be the text that is sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from filter.sms.exchange import Unclear
from filter.strictjson import Json, read_object, shown

Form: TypeAlias = dict[str, tuple[str, ...]]

MAX_PAIRS = 200
FORM_TYPE = "application/x-www-form-urlencoded"

# RFC 1866 section 8.2.1 encoders escape all but these; a raw ";" is a separator to some parsers,
# a raw byte above 0x7F is Latin-1 to some and UTF-8 to others, a "%" without two digits is kept,
# dropped or refused.
_FORM_VALUE = re.compile(rb"(?:[!-$'-:<-~]|%[0-9A-Fa-f]{2})*")
_CHARSET = re.compile(r'charset="?utf-8"?', re.IGNORECASE)


def require_type(header: str | None, media_type: str) -> None:
    """Raise Unclear unless the Content-Type is the one given, in UTF-8."""
    kind, *parameters = [part.strip() for part in (header or "").split(";")]
    if kind.lower() != media_type or not all(_CHARSET.fullmatch(p) for p in parameters):
        raise Unclear(f"Content-Type has to be {media_type} in UTF-8")


def read_form(body: bytes, repeatable: Sequence[str] = ()) -> Form:
    """Return the fields of an urlencoded form. Raises Unclear, naming the field."""
    form: dict[str, list[str]] = {}
    pairs = body.split(b"&") if body else []
    if len(pairs) > MAX_PAIRS:
        raise Unclear(f"more than {MAX_PAIRS} fields")
    for position, pair in enumerate(pairs, 1):
        raw_name, equals, raw_value = pair.partition(b"=")
        if not equals or not raw_name:
            raise Unclear(f"field {position} is not of the form name=value")
        name = _decode(raw_name, f"the name of field {position}")
        value = _decode(raw_value, f"field {position}")
        if name in form and name not in repeatable:
            raise Unclear(f"field {position} occurs twice: {shown(name)}")
        form.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in form.items()}


def read_json(body: bytes) -> dict[str, Json]:
    """Return the JSON object in ``body``. Raises Unclear, naming what is wrong."""
    try:
        return read_object(body)
    except ValueError as exc:
        raise Unclear(str(exc)) from exc


def _decode(raw: bytes, what: str) -> str:
    if not _FORM_VALUE.fullmatch(raw):
        raise Unclear(f"{what} is not percent-encoded correctly")
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError as exc:
        raise Unclear(f"{what} is not UTF-8") from exc
