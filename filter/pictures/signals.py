"""What does one entry of a list of hashes say, whoever wrote it?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from filter.pictures.algorithms import HASH_BYTES

BEST_QUALITY = 100
HEX = re.compile("[0-9a-fA-F]+")
_HASH_KEYS = ("indicator", "signal_value", "signal_str", "signal", "hash", "value", "hash_value")
_TYPE_KEYS = ("type", "signal_type", "hash_type", "algorithm")
_LABEL_KEYS = ("label", "description", "note", "name", "file", "filename", "tags", "collab")
_TYPES = {"pdq": "pdq", "hash_pdq": "pdq", "phash": "phash64", "phash64": "phash64"}
_HARMLESS = frozenset({"NON_MALICIOUS"})


class Refused(Exception):  # noqa: N818 - a fact about one line
    """A line that is not understood: message and remedy."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One entry; ``kind`` "" is whatever the list is of, None what is to be left out."""

    digits: str
    kind: str | None = ""
    quality: int = BEST_QUALITY
    label: str = ""


def header_of(fields: list[str]) -> list[str] | None:
    """Return the names of columns when the first line of a file is a header, else None."""
    names = [name.strip().lower() for name in fields]
    known = {*_HASH_KEYS, *_TYPES}
    return names if len(names) > 1 and known.intersection(names) and not _any_hash(names) else None


def _any_hash(fields: list[str]) -> bool:
    lengths = {2 * length for length in HASH_BYTES.values()}
    return any(len(one) in lengths and HEX.fullmatch(one) for one in fields)


def from_fields(fields: list[str], header: list[str] | None) -> Signal:
    """Return what a line of fields says, with or without a header. Raises Refused."""
    fields = [one.strip() for one in fields]
    if header is not None:
        if len(fields) != len(header):
            message = f"{len(fields)} fields, and the header names {len(header)}"
            raise Refused(message, "put quotes around a field that has a comma")
        return from_object({k: v for k, v in zip(header, fields, strict=True) if v})
    kind = ""
    if len(fields) > 1 and fields[0].lower() in _TYPES:  # `pdq f8f8…`
        kind, fields = _TYPES[fields[0].lower()], fields[1:]
    quality, rest = BEST_QUALITY, fields[1:]
    if rest and re.fullmatch("[0-9]{1,3}", rest[0]) and int(rest[0]) <= BEST_QUALITY:
        quality, rest = int(rest[0]), rest[1:]
    return Signal(fields[0], kind, quality, next((one for one in reversed(rest) if one), ""))


def from_object(said: object) -> Signal:
    """Return what a JSON object says. Raises Refused."""
    if not isinstance(said, dict):
        raise Refused("this is no signal", "write a JSON object for each")
    if said.get("should_delete") is True or said.get("status") in _HARMLESS:
        return Signal("", None)
    lowered = {str(key).lower(): value for key, value in said.items()}
    label = next((_text(lowered[key]) for key in _LABEL_KEYS if lowered.get(key)), "")
    quality = _quality(lowered.get("quality", BEST_QUALITY))
    named = next((lowered[key] for key in _TYPE_KEYS if lowered.get(key)), "")
    kind = _TYPES.get(str(named).lower()) if named else ""
    if kind is None:
        return Signal("", None)
    for name, algorithm in _TYPES.items():
        if isinstance(lowered.get(name), str):
            return Signal(lowered[name], algorithm, quality, label)
    digits = next((lowered[key] for key in _HASH_KEYS if lowered.get(key)), None)
    if not isinstance(digits, str):
        help_ = "write it under `indicator`, `signal_value` or `hash`"
        raise Refused("the signal has no hash", help_)
    return Signal(digits, kind, quality, label)


def _quality(said: object) -> int:
    if re.fullmatch("[0-9]{1,3}", str(said)) and int(str(said)) <= BEST_QUALITY:
        return int(str(said))
    raise Refused(f"quality {str(said)[:20]!r}", "write a whole number from 0 to 100")


def _text(said: object) -> str:
    if isinstance(said, dict):
        said = said.get("data", "")
    if isinstance(said, list):
        texts = (one.get("text", "") if isinstance(one, dict) else one for one in said)
        return " ".join(str(one) for one in texts)
    return str(said)
