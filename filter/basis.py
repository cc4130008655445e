"""Digests of what is approved: equal ones judge alike, whatever files and lines they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import lru_cache

from filter.mode import Mode
from filter.ruleset import BankedImage, ImageList, LinkEntry, Template

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
    return _digest(template, without=("id",))


@lru_cache(maxsize=4096)
def digest_of_link(entry: LinkEntry) -> str:
    """Return the same of an entry of the allowlist, its id included: templates name it."""
    return _digest(entry)


def digest_of_pictures(images: Iterable[BankedImage], lists: Iterable[ImageList]) -> str:
    """Return the same of all known pictures and lists that are enforced."""
    digest = hashlib.sha256()
    every: tuple[BankedImage | ImageList, ...] = (*images, *lists)
    for known in sorted(every, key=lambda one: (type(one).__name__, one.id)):
        if known.mode is Mode.ENFORCE:
            digest.update(_digest(known).encode())
    return digest.hexdigest()[:_DIGITS]


def _digest(value: object, without: tuple[str, ...] = ()) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(value, without):
        digest.update(b"%d:" % len(piece) + piece)
    return digest.hexdigest()[:_DIGITS]


def _pieces(value: object, without: tuple[str, ...] = ()) -> Iterable[bytes]:
    """Yield a value in an order of its own; fields that have their defaults are left out.

    So that a field which a later version adds changes no digest of rules that do not use it.
    """
    match value:
        case bytes():
            yield b"b" + value
        case Enum():
            yield from _pieces(value.value)
        case str() | int() | float() | None:
            yield f"{type(value).__name__} {value!r}".encode()
        case tuple() | list():
            yield b"("
            for item in value:
                yield from _pieces(item)
            yield b")"
        case frozenset() | set():
            yield b"{"
            yield from sorted(b"\0".join(_pieces(item)) for item in value)
            yield b"}"
        case _:
            yield from _pieces_of_fields(value, without)


def _pieces_of_fields(value: object, without: tuple[str, ...]) -> Iterable[bytes]:
    if not is_dataclass(value):
        raise TypeError(f"no digest of {type(value).__name__}")
    yield f"<{type(value).__name__}".encode()
    for one in fields(value):
        held = getattr(value, one.name)
        is_default = one.default is not MISSING and held == one.default
        if one.name in _SILENT or one.name in without or is_default:
            continue
        yield one.name.encode()
        yield from _pieces(held)
    yield b">"
