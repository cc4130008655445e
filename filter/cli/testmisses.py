"""``sallyport test --near-misses`` and ``--write-near-misses``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.output import count, plain, print_json
from filter.cli.picturefiles import alone_in, replace_file
from filter.cli.testreports import Case, Fault
from filter.cli.testrun import Asked, chosen_templates, conclude, load, say_nothing_ran
from filter.reading.sandbox import Sandbox
from filter.rulefiles.nearmisses import Tried, try_near_misses
from filter.rulefiles.sources import read_sources

if TYPE_CHECKING:
    from filter.rulefiles.holdwriter import Written


def run_misses(asked: Asked) -> bool:
    """Judge near misses, print those that would pass, and return whether none would."""
    rules = load(asked)
    chosen = chosen_templates(asked, rules)
    cases: list[Case] = []
    with Sandbox(asked.limits) as looker:
        for one in try_near_misses(rules, looker, asked.limits, only=asked.only, templates=chosen):
            cases.append(_case(one))
            if asked.form == "json":
                print_json(_as_json(one))
            elif asked.form == "text":
                _print(one, verbose=asked.verbose)
    if not cases:
        say_nothing_ran(asked, rules)
    conclude(asked, cases)
    holes = sum(case.fault is not None for case in cases)
    if asked.form == "text":
        templates = count(len({case.suite for case in cases}), "template")
        misses = count(len(cases), "near miss", "near misses")
        click.echo(f"{templates}, {misses}: {len(cases) - holes} held, {holes} would pass")
    return bool(cases) and not holes


def write_misses(asked: Asked) -> bool:
    """Add near misses to the rule files, print what was added, and return whether none passes."""
    from filter.rulefiles.holdwriter import write_near_misses  # noqa: PLC0415 - ruamel, lazily

    with alone_in(asked.folder), Sandbox(asked.limits) as looker:
        rules = load(asked)
        files, _ = read_sources(asked.folder)
        chosen = chosen_templates(asked, rules)
        try:
            written = write_near_misses(
                files, rules, looker, asked.limits, only=asked.only, templates=chosen
            )
        except ValueError as exc:
            click.echo(f"nothing was written: {exc}", err=True)
            sys.exit(exitcodes.INVALID)
        for file in written.files:
            replace_file(file.path, file.content.decode())
    if asked.form == "json":
        print_json(
            {
                "files": [file.shown for file in written.files],
                "added": dict(written.added),
                "refused": dict(written.refused),
                "holes": [_as_json(one) for one in written.holes],
            }
        )
    else:
        _print_written(written)
    return not written.holes and not written.refused


def _print_written(written: Written) -> None:
    for one in written.holes:
        _print(one, verbose=False)
    for template, why in written.refused.items():
        click.echo(f"left  {template}: {why}")
    for file in written.files:
        click.echo(file.shown)
    examples = count(sum(written.added.values()), "near miss", "near misses")
    click.echo(f"{count(len(written.added), 'template')}: {examples} added under `hold:`")


def _case(one: Tried) -> Case:
    name = f"{one.base.channel} holds: {one.miss.name}"
    title = f"{one.template} / {one.miss.name}"
    fault = Fault("near-miss-passes", title, plain(one.hole), one.base.source) if one.hole else None
    return Case(one.template, name, one.base.source, fault, one.hole)


def _print(one: Tried, *, verbose: bool) -> None:
    if one.hole:
        click.echo(f"HOLE  {one.template} / {one.base.channel} passes: {one.miss.name}")
        click.echo(f"      {one.base.source}: {plain(one.hole)}")
    elif verbose:
        click.echo(f"held  {one.template} / {one.base.channel}: {one.miss.name} ({one.code})")


def _as_json(one: Tried) -> dict[str, object]:
    example = one.miss.example
    return {
        "template": one.template,
        "name": one.miss.name,
        "change": str(one.miss.change),
        "source": one.base.source,
        "channel": str(example.channel),
        "held": not one.hole,
        "code": one.code or None,
        "hole": one.hole or None,
        "message": {
            "from": example.sender,
            "subject": example.subject,
            "text": example.text,
            "html": example.html,
        },
    }
