"""How every command prints: tables on a terminal, TSV in a pipe, JSON on request."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from filter.verdict import Verdict

_GAP = "  "
_BETWEEN = " │ "
_TWO_COLUMNS = 80
_INDENT = "    "
# Columns that the last cell of a table gets at least before it moves to a line of its own.
_LEAST = 40
# Where a reason begins, and where it goes on.
_REASON = ("      ", "        ")

# How the check of templates tells a difference: "not as in the template code (93 %): Your …".
_WITH_DIFFERENCE = re.compile(
    r"\A((?:no approved template is for [a-z -]+; )?(?:not as in the template|nearest is) \S+ "
    r"\(\d+ %\)): .*\Z",
    re.DOTALL,
)


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
    """Print a table; where it is too wide for the terminal, rows have several lines each.

    No cell but the last is ever broken: an id can be copied from the narrowest terminal.
    """
    from rich.cells import cell_len  # noqa: PLC0415 - only a terminal pays for it

    lines = [[column.upper() for column in columns]]
    lines += [[plain(row.get(column)) for column in columns] for row in rows]
    widths = [max(map(cell_len, cells)) for cells in zip(*lines, strict=True)]
    width = shutil.get_terminal_size().columns
    shares = list(_shares(widths, width))
    for cells in lines:
        for share in shares:
            if share.start and not any(cells[share.start : share.stop]):
                continue  # of a row that has nothing to say there, no line is left empty
            shown = "" if share.start == 0 else _INDENT
            for index in share[:-1]:
                shown += cells[index] + " " * (widths[index] - cell_len(cells[index]) + len(_GAP))
            last, room = cells[share[-1]], max(width - cell_len(shown), _LEAST)
            broken = ("\n" + " " * cell_len(shown)).join(_broken(last, room))
            click.echo((shown + broken).rstrip())


def _broken(text: str, room: int) -> Iterator[str]:
    """Yield a text in lines that fit, broken between words; a word that never fits, anywhere."""
    from rich.cells import cell_len, chop_cells  # noqa: PLC0415 - only a terminal pays for it

    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= room:
            line = longer
            continue
        if line:
            yield line
        *full, line = chop_cells(word, room) or [""]
        yield from full
    yield line


def _shares(widths: Sequence[int], width: int) -> Iterator[range]:
    """Yield which columns stand beside each other, line by line."""
    start, used = 0, 0
    for index, needed in enumerate(widths):
        is_last = index == len(widths) - 1
        fits = used + (_LEAST if is_last and needed > _LEAST else needed) <= width
        if index > start and not fits:
            yield range(start, index)
            start, used = index, len(_INDENT)
        used += needed + len(_GAP)
    yield range(start, len(widths))


def on_terminal(text: str, indent: str = "", hanging: str | None = None) -> str:
    """Return one paragraph indented and, on a terminal, broken between words at its width."""
    if not sys.stdout.isatty():
        return indent + text
    return textwrap.fill(
        text,
        shutil.get_terminal_size().columns,
        initial_indent=indent,
        subsequent_indent=indent if hanging is None else hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


def print_beside(rows: Iterable[tuple[str, str, bool]], indent: str) -> None:
    """Print texts in two columns of the terminal's width; a row marked differs and is coloured."""
    from rich.cells import cell_len  # noqa: PLC0415 - only a terminal pays for it

    room = (shutil.get_terminal_size().columns - len(indent) - len(_BETWEEN)) // 2
    coloured = "NO_COLOR" not in os.environ
    for left, right, differs in rows:
        for one, other in zip_longest(_broken(left, room), _broken(right, room), fillvalue=""):
            padding = " " * (room - cell_len(one))
            if differs and coloured:  # the words, not the blanks beside them
                one, other = (  # noqa: PLW2901
                    click.style(text, fg=colour) if text else ""
                    for text, colour in ((one, "red"), (other, "green"))
                )
            click.echo(f"{indent}{one}{padding}{_BETWEEN}{other}".rstrip())


def has_room_for_two() -> bool:
    """Return whether two columns can be read here: a terminal, and a wide one."""
    return sys.stdout.isatty() and shutil.get_terminal_size().columns >= _TWO_COLUMNS


def print_reasons(verdict: Verdict, *, without_differences: bool = False) -> None:
    """Print the findings of a verdict and the nearest template, its difference once only.

    ``without_differences`` is for where the texts are shown side by side below.
    """
    for finding in verdict.findings:
        where = f"  [{plain(finding.where)}]" if finding.where else ""
        detail = finding.detail
        if without_differences and finding.check == "templates":
            detail = _WITH_DIFFERENCE.sub(r"\1", detail)
        click.echo(on_terminal(f"{finding.code}  {plain(detail)}{where}", *_REASON))
    nearest = None if without_differences else verdict.nearest
    if nearest and not any(nearest.difference in finding.detail for finding in verdict.findings):
        click.echo(f"      nearest  {nearest.template} {nearest.score_percent} %")
        click.echo(on_terminal(plain(nearest.difference), *_REASON))


def plain(value: object) -> str:
    """Return a value on one line, with nothing a terminal or a TSV reader would act on."""
    text = "" if value is None else str(value)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def count(number: int, one: str, many: str = "") -> str:
    """Return a number and what it counts: ``1 entry``, ``2 entries``."""
    return f"{number} {one if number == 1 else many or one + 's'}"
