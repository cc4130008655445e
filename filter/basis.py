"""Digests of what is approved: equal ones judge alike, whatever files and lines they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import lru_cache

from filter.mode import Mode
from filter.ruleset import BankedImage, ImageList, LinkEntry, Template

UNWRITTEN = "unwritten "
_DIGITS = 16  # 64 bits: nobody gains by two rules with one digest, they write both
# What says nothing of which messages fit: where it stands, words for people, what limits go by.
_SILENT = frozenset(
    {
        "source",
        "description",
        "examples",
        "mode",
        "label",
        "reason",
        "origin",
        "added_by",
        "added",
        "thumbnail",
        "template_class",
        "valid_seconds",
        "language",
    }
)


@lru_cache(maxsize=4096)
def digest_of_template(template: Template) -> str:
    """Return 16 hexadecimal digits over all that a template says of a message, but its id.

    Senders, footers and approved pictures are part of it as they are compiled into it; of link
    entries their ids are, see digest_of_link.
    """
    return _digest(template, without="id")


@lru_cache(maxsize=4096)
def digest_of_link(entry: LinkEntry) -> str:
    """Return the same of an entry of the allowlist, its id included: templates name it."""
    return _digest(entry)


def digest_of_pictures(images: Iterable[BankedImage], lists: Iterable[ImageList]) -> str:
    """Return the same of all known pictures and lists that are enforced."""
    every = sorted(digests_of_pictures(images, lists))
    return hashlib.sha256(" ".join(every).encode()).hexdigest()[:_DIGITS]


def digests_of_pictures(
    images: Iterable[BankedImage], lists: Iterable[ImageList]
) -> dict[str, str]:
    """Return the id of each of them by its digest."""
    every: tuple[BankedImage | ImageList, ...] = (*images, *lists)
    return {_digest(one): one.id for one in every if one.mode is Mode.ENFORCE}


def _digest(value: object, without: str = "") -> str:
    return hashlib.sha256(_written(value, without).encode()).hexdigest()[:_DIGITS]


def _written(value: object, without: str = "") -> str:
    """Return a value in one unambiguous way; fields that have their defaults are left out.

    So that a field which a later version adds changes no digest of rules that do not use it.
    """
    match value:
        case Enum():
            told = ascii(value.value)
        case str() | bytes() | int() | float() | None:
            told = ascii(value)
        case tuple() | list():
            told = f"({','.join([_written(item) for item in value])})"
        case frozenset() | set():
            told = f"{{{','.join(sorted([_written(item) for item in value]))}}}"
        case Mapping():
            pairs = sorted(f"{_written(key)}:{_written(held)}" for key, held in value.items())
            told = f"[{','.join(pairs)}]"
        case _ if is_dataclass(kind := type(value)):
            told = f"{kind.__name__}({','.join(_fields_of(value, _spoken(kind), without))})"
        case _:
            # Like nothing else: rules that hold it are never taken for those of another process,
            # which is a doubt in a replay and no reason to hold a message.
            told = f"{UNWRITTEN}{id(value)}"
    return told


def _fields_of(value: object, spoken: Iterable[tuple[str, object]], without: str) -> Iterator[str]:
    for name, default in spoken:
        if name != without and (held := getattr(value, name)) != default:
            yield f"{name}={_written(held)}"


@lru_cache(maxsize=64)
def _spoken(kind: type) -> tuple[tuple[str, object], ...]:
    """Return the fields that count, with their defaults."""
    every = fields(kind) if is_dataclass(kind) else ()
    return tuple((one.name, one.default) for one in every if one.name not in _SILENT)
