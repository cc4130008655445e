"""``sallyport images eval``: how well would one's own pictures be known, and which mistaken?"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.imagesevalreport import print_report, report_as_json, write_plot
from filter.cli.options import (
    json_option,
    load_or_exit,
    load_rules_or_exit,
    rules_option,
    settings_option,
)
from filter.cli.output import count, print_json
from filter.cli.picturefiles import has_few_places

if TYPE_CHECKING:
    from filter.pictures.evaluation.counting import Look
    from filter.pictures.evaluation.dress import Dress
    from filter.pictures.evaluation.trials import Cast, Seen, Source
    from filter.reading.sandbox import Sandbox

_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".jfif"}
)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command("eval", short_help="Measure recall and false matches on your own pictures.")
@click.argument("folder", metavar="DIR", type=_FOLDER)
@click.option(
    "--innocent",
    "innocents",
    multiple=True,
    type=_FOLDER,
    help="Folder of pictures that must not be taken for those in DIR; may be given again.",
)
@click.option(
    "--transforms",
    "words",
    multiple=True,
    metavar="WORD,…",
    help="Only these: a group (easy), a kind (crop) or a name (crop10); may be given again.",
)
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="How many pictures of DIR are transformed; 0: all. All are compared.",
)
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="FILE.svg or .png.")
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=None, help="At a time; default: processors."
)
@rules_option
@settings_option
@json_option
def evaluate_images(  # noqa: PLR0917 - one parameter an option
    folder: Path,
    innocents: tuple[Path, ...],
    words: tuple[str, ...],
    sample: int,
    plot: Path | None,
    jobs: int | None,
    rules: Path | None,
    settings: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Measure on your own pictures how well known pictures are recognised.

    Every picture in DIR is taken as a known one, transformed in all usual ways, and looked at as
    the gate does; all pictures of DIR and of --innocent are compared with every other known one.
    Prints recall by transform, false matches by limit, and the limit (max_distance_bits) that
    mistakes nothing. Pictures in sub-folders are counted apart by the sub-folder's name.
    """
    from filter.pictures.evaluation.counting import Tally  # noqa: PLC0415 - numpy, lazily

    if plot is not None and plot.suffix.lower() not in {".svg", ".png"}:
        raise click.UsageError(f"{plot}: a plot is written as .svg or .png; name it so")
    dresses = _dresses(tuple(word for given in words for word in given.split(",") if word))
    asked = _limits_of(rules)
    sources = _sources(folder)
    if len(sources) == 0:
        raise click.UsageError(f"{folder} holds no picture ({', '.join(sorted(_SUFFIXES))})")
    bystanders = [source for path in innocents for source in _sources(path)]
    threads = jobs or os.cpu_count() or 1
    with _sandbox(settings, threads) as sandbox:
        cast = _admit(sandbox, sources, bystanders)
        if not cast.known:
            _say_left_out(cast)
            click.echo(f"{folder}: no picture in it can be known; nothing to evaluate", err=True)
            sys.exit(exitcodes.FOUND)
        looks = _without_unseen(cast, _take_all(sandbox, cast, dresses, sample, threads))
    kinds = {entry.id: source.kind for source, entry in cast.known}
    tally = Tally(looks, dresses, kinds)
    if plot is not None:
        write_plot(plot, tally)
    if as_json:
        print_json(report_as_json(tally, cast, asked))
    else:
        _say_left_out(cast)
        print_report(tally, cast, asked)


def _dresses(words: tuple[str, ...]) -> dict[str, Dress]:
    from filter.pictures.evaluation.dresses import DRESSES  # noqa: PLC0415 - numpy, lazily
    from filter.pictures.evaluation.trials import chosen_dresses, kinds_of  # noqa: PLC0415

    try:
        return chosen_dresses(DRESSES, words)
    except ValueError as exc:
        raise click.BadParameter(
            f'no transform is called "{exc}"; there are {", ".join(kinds_of(DRESSES.values()))}, '
            f"and by name {', '.join(DRESSES)}",
            param_hint="--transforms",
        ) from exc


def _limits_of(rules: Path | None) -> tuple[int, ...]:
    """Return the limits that the rules give their known pictures."""
    if rules is None:
        return ()
    if not rules.is_dir():
        raise click.UsageError(f"{rules} is not a folder; name the rules with --rules")
    known = load_rules_or_exit(rules).images
    return tuple(sorted({image.max_distance_bits for image in known}))


def _sources(folder: Path) -> list[Source]:
    """Return the pictures in a folder, by name; the first sub-folder's name is their kind."""
    from filter.pictures.evaluation.trials import Source  # noqa: PLC0415 - numpy, lazily

    paths = sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file()
    )
    sources = []
    for path in paths:
        parts = path.relative_to(folder).parts
        sources.append(Source(str(path), parts[0] if len(parts) > 1 else "", partial(_read, path)))
    return sources


def _admit(sandbox: Sandbox, sources: list[Source], bystanders: list[Source]) -> Cast:
    from filter.pictures.evaluation.trials import Cast, Seen  # noqa: PLC0415 - numpy, lazily

    def look_for_bank(content: bytes, media_type: str) -> Seen:  # noqa: ARG001 - a LookAt
        look = sandbox.look_for_bank(content, "")
        return Seen((look.appearance,), tuple(t.detail for t in look.troubles))

    cast = Cast()
    with _progress(len(sources) + len(bystanders), "Reading") as step:
        for source in sources:
            cast.admit_known(source, look_for_bank)
            step()
        for source in bystanders:
            cast.admit_innocent(source)
            step()
    return cast


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise click.UsageError(f"{path} cannot be read: {exc.strerror}") from exc


def _take_all(
    sandbox: Sandbox, cast: Cast, dresses: dict[str, Dress], sample: int, threads: int
) -> list[Look]:
    from filter.pictures.evaluation.matching import Matcher  # noqa: PLC0415 - numpy, lazily
    from filter.pictures.evaluation.trials import Seen, Trial, take, trials_of  # noqa: PLC0415

    matcher = Matcher(entry for _, entry in cast.known)
    trials = list(trials_of(cast, dresses, sample))

    def look_at(content: bytes, media_type: str) -> Seen:
        if media_type == "application/pdf":
            document = sandbox.look_at_document(content, media_type, "")
            appearances = tuple(picture.appearance for picture in document.pictures)
            return Seen(appearances, tuple(t.detail for t in document.troubles))
        look = sandbox.look_at_picture(content, media_type, "")
        return Seen((look.appearance,), tuple(t.detail for t in look.troubles))

    with _progress(len(trials), "Looking") as step, ThreadPoolExecutor(threads) as pool:

        def one(trial: Trial) -> Look:
            return take(trial, cast, matcher, look_at)

        looks: list[Look] = []
        try:
            for look in pool.map(one, trials):
                looks.append(look)
                step()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # an interrupt ends it now
            raise
        return looks


def _without_unseen(cast: Cast, looks: list[Look]) -> list[Look]:
    """Return the looks without innocent pictures of which nothing was seen: they prove nothing."""
    from filter.pictures.evaluation.trials import LeftOut  # noqa: PLC0415 - numpy, lazily

    kept = [look for look in looks if look.own or not look.troubles]
    unseen = {look.picture: look for look in looks if not look.own and look.troubles}
    cast.left_out += [LeftOut(name, look.troubles[0]) for name, look in unseen.items()]
    cast.innocent = [source for source in cast.innocent if source.name not in unseen]
    return kept


@contextmanager
def _progress(length: int, label: str) -> Iterator[Callable[[], None]]:
    """Show a bar on a terminal, and nothing anywhere else."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield lambda: bar.update(1)


def _say_left_out(cast: Cast) -> None:
    for left in (*cast.flat, *cast.left_out):
        click.echo(f"{left.name}: {left.why}; left out", err=True)
    few = [source.name for source, entry in cast.known if has_few_places(entry.appearance)]
    if few:
        names, more = few[:5], len(few) - 5
        click.echo(
            f"{count(len(few), 'picture')} with few telling places: parts may not be known, "
            "and others of the same design may be mistaken: "
            f"{', '.join(names)}{f' and {more} more' if more > 0 else ''}",
            err=True,
        )


@contextmanager
def _sandbox(settings: Path | None, children: int) -> Iterator[Sandbox]:
    from filter.reading.sandbox import Sandbox, SandboxError  # noqa: PLC0415 - lazily

    limits = load_or_exit(settings).inspection.model_copy(update={"children": children})
    with Sandbox(limits) as sandbox:
        try:
            sandbox.warm_up()
        except SandboxError as exc:
            click.echo(str(exc), err=True)
            sys.exit(exitcodes.AWAY)
        yield sandbox
