"""Would a new known picture hold innocent ones: approved, or passed in the last days?"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli.options import load_or_exit

if TYPE_CHECKING:
    from filter.pictures.likeness import Agreement, Likeness
    from filter.quarantine.recent import RecentPicture
    from filter.ruleset import ApprovedPicture, BankedImage

_MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Innocent:
    """An approved picture, or one that passed, that a known picture would hold."""

    picture: ApprovedPicture | RecentPicture
    likeness: Likeness | Agreement


def find_innocents(
    known: BankedImage,
    approved: Sequence[ApprovedPicture],
    recent: Sequence[RecentPicture],
) -> tuple[Innocent, ...]:
    """Return what a known picture would hold, as far as views tell; approved ones come first."""
    from filter.message import Appearance  # noqa: PLC0415 - lazily
    from filter.mode import Mode  # noqa: PLC0415 - lazily
    from filter.pictures.likeness import find_known  # noqa: PLC0415 - numpy, lazily
    from filter.pictures.nearby import is_any_within, words_of  # noqa: PLC0415 - numpy, lazily

    bank = (replace(known, mode=Mode.ENFORCE),)
    words, limit = words_of(known), known.max_distance_bits
    near = (one for one in recent if is_any_within(one.hashes, words, limit))
    every: tuple[ApprovedPicture | RecentPicture, ...] = (*approved, *near)
    return tuple(
        Innocent(picture, likeness)
        for picture in every
        for likeness in find_known(Appearance(picture.views), bank)
    )


def holds_approved(
    path: Path,
    known: BankedImage,
    approved: Sequence[ApprovedPicture],
    settings: Path | None,
    *,
    force: bool,
) -> bool:
    """Say which innocent pictures a new known one would hold; whether approved ones are there.

    With ``force`` it is only said.
    """
    from filter.ruleset import ApprovedPicture  # noqa: PLC0415 - lazily

    found = find_innocents(known, approved, _recent(settings))
    for innocent in found[:_MOST_TOLD]:
        for line in _lines(path, innocent):
            click.echo(line, err=True)
    if len(found) > _MOST_TOLD:
        click.echo(f"{path}: and {len(found) - _MOST_TOLD} more", err=True)
    held = [one for one in found if isinstance(one.picture, ApprovedPicture)]
    if held and not force:
        remedy = "remove what is approved first (`sallyport images remove`)"
        if all(_can_be_lowered(one.likeness) for one in held):
            remedy = "lower --max-distance-bits"
        click.echo(f"{path}: not added; {remedy}, or add it all the same with --force", err=True)
        return True
    return False


def _can_be_lowered(likeness: Likeness | Agreement) -> bool:
    """Return whether a smaller limit would tell both apart: it does not where they are the same."""
    from filter.pictures.likeness import Likeness  # noqa: PLC0415 - numpy, lazily

    return isinstance(likeness, Likeness) and likeness.distance_bits > 0


def _lines(path: Path, innocent: Innocent) -> Iterator[str]:
    from filter.pictures.likeness import explain_measure  # noqa: PLC0415 - lazily
    from filter.ruleset import ApprovedPicture  # noqa: PLC0415 - lazily

    picture, how = innocent.picture, explain_measure(innocent.likeness)
    if isinstance(picture, ApprovedPicture):
        yield f'{path}: would hold the approved picture "{picture.label}" ({picture.id}), {how}'
        return
    templates = ", ".join(f"{template} {messages}" for template, messages in picture.uses)
    yield (
        f"{path}: would hold a picture that passed in {picture.messages} messages ({templates}), "
        f"last on {picture.last_day}: {picture.width} x {picture.height} pixels, SHA-256 "
        f"{picture.digest[:12]}…, {how}"
    )


@functools.cache
def _recent(settings: Path | None) -> Sequence[RecentPicture]:
    """Return what passed lately; nothing where no gate has run with these settings."""
    from filter.quarantine.item import StoreError  # noqa: PLC0415 - lazily
    from filter.quarantine.store import Store  # noqa: PLC0415 - SQLAlchemy takes half a second

    table = load_or_exit(settings)
    if not table.state.exists() or not table.quarantine.picture_days:
        return ()
    try:
        with Store(table.state, table.quarantine, create=False) as store:
            return store.recent_pictures(datetime.now(UTC))
    except StoreError as exc:
        click.echo(f"not compared with the pictures that passed lately: {exc}", err=True)
        return ()
