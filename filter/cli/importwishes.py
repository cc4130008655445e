"""What the options of ``sallyport templates import`` say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import click

from filter.dialects.all import DIALECTS
from filter.problems import did_you_mean
from filter.rulefiles.importing import Wishes
from filter.rulefiles.senders import read_sender
from filter.rulefiles.slottyped import read_typed_slot
from filter.ruleset import Slot

_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def wishes_of(  # noqa: PLR0917 - one for each option
    dialect: str,
    senders: tuple[str, ...],
    language: str,
    hosts: tuple[str, ...],
    types: tuple[str, ...],
    subjects: tuple[str, ...],
    subject_prefix: str,
) -> Wishes:
    """Return what the options say. Raises click.UsageError."""
    if dialect and dialect not in DIALECTS:
        close = did_you_mean(dialect, DIALECTS) or f"there are {', '.join(sorted(DIALECTS))}"
        raise click.UsageError(f"--dialect {dialect} is none; {close}")
    for sender in senders:
        try:
            read_sender(sender)
        except ValueError as error:
            raise click.UsageError(f"--from: {error}") from error
    if language and _LANGUAGE.fullmatch(language) is None:
        raise click.UsageError(f"--language {language} is no tag; write de, or pt-BR")
    for host in hosts:
        if _HOST.fullmatch(host) is None:
            raise click.UsageError(f"--link-host {host}: write a host alone, as www.health.example")
    return Wishes(
        senders=senders,
        dialect=dialect,
        language=language,
        hosts=hosts,
        slots=dict(_slots(types)),
        subjects=dict(_pairs("--subject", subjects)),
        subject_prefix=subject_prefix.strip(),
    )


def _slots(types: Iterable[str]) -> Iterator[tuple[str, Slot]]:
    for name, text in _pairs("--set", types):
        try:
            yield name, read_typed_slot(name, text)
        except ValueError as error:
            raise click.UsageError(f"--set {name}: {error}") from error


def _pairs(option: str, given: Iterable[str]) -> Iterator[tuple[str, str]]:
    for one in given:
        name, equals, text = one.partition("=")
        if not equals or not name.strip() or not text.strip():
            raise click.UsageError(f"{option} {one}: write name=value")
        yield name.strip(), text.strip()
