"""How every command prints: tables on a terminal, TSV in a pipe, JSON on request."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from filter.verdict import Verdict


def print_json(value: object) -> None:
    """Print one JSON value on one line, in ASCII when it holds octets that are no UTF-8."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    try:
        text.encode()
    except UnicodeEncodeError:  # lone surrogates, which only JSON can write
        text = json.dumps(value, default=str)
    click.echo(text)


def print_rows(
    columns: Sequence[str], rows: Iterable[Mapping[str, object]], *, as_json: bool = False
) -> None:
    """Print rows: a table on a terminal, TSV in a pipe, one JSON object a line on request."""
    if as_json:
        for row in rows:
            print_json(dict(row))
    elif sys.stdout.isatty():
        _print_table(columns, rows)
    else:
        click.echo("\t".join(columns))
        for row in rows:
            click.echo("\t".join(plain(row.get(column)) for column in columns))


def _print_table(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only a terminal pays for it
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column.upper(), overflow="fold")
    for row in rows:
        table.add_row(*(plain(row.get(column)) for column in columns))
    Console().print(table)


def print_reasons(verdict: Verdict) -> None:
    """Print the findings of a verdict and the nearest template, its difference once only."""
    for finding in verdict.findings:
        where = f"  [{plain(finding.where)}]" if finding.where else ""
        click.echo(f"      {finding.code}  {plain(finding.detail)}{where}")
    nearest = verdict.nearest
    if nearest and not any(nearest.difference in finding.detail for finding in verdict.findings):
        click.echo(f"      nearest  {nearest.template} {nearest.score_percent} %")
        click.echo(f"      {plain(nearest.difference)}")


def plain(value: object) -> str:
    """Return a value on one line, with nothing a terminal or a TSV reader would act on."""
    text = "" if value is None else str(value)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def count(number: int, one: str, many: str = "") -> str:
    """Return a number and what it counts: ``1 entry``, ``2 entries``."""
    return f"{number} {one if number == 1 else many or one + 's'}"
