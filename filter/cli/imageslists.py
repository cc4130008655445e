"""``sallyport images import``, ``export`` and ``lists``: hashes that people exchange."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import (
    Choice,
    json_option,
    load_rules_or_exit,
    rules_option,
    settings_option,
)
from filter.cli.output import count, print_rows
from filter.cli.picturefiles import (
    edited,
    free_id,
    id_option,
    login_name,
    replace_file,
    rule_file,
    rules_folder,
    rules_if_any,
)

if TYPE_CHECKING:
    from filter.pictures.listfile import ReadList

_DEFAULT_FILE = "image-lists.yaml"
_FOLDER = "files"


@click.command("lists", short_help="Show the lists of other people in the rules.")
@rules_option
@settings_option
@json_option
def show_lists(rules: Path | None, settings: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Show the lists of other people in the rules."""
    rows = (
        {
            "id": one.id,
            "label": one.label,
            "mode": one.mode.value,
            "algorithm": one.hashes.algorithm,
            "hashes": one.hashes.count,
            "max_distance_bits": one.max_distance_bits,
            "min_quality": one.min_quality,
            "added_by": one.added_by,
            "file": one.file,
            "source": one.source,
            "reason": one.reason,
        }
        for one in load_rules_or_exit(rules_folder(rules, settings)).image_lists
    )
    columns = ("id", "label", "mode", "algorithm", "hashes", "max_distance_bits", "min_quality")
    print_rows((*columns, "added_by", "file", "source", "reason"), rows, as_json=as_json)


@click.command("import", short_help="Take over a list of hashes of other people.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--algorithm",
    type=Choice(["pdq", "phash64"]),
    help="What the hashes are; default: by their length.",
)
@id_option("Id of the list; default: the file's name.")
@click.option("--label", default="", help="Whose list it is; default: the file's name.")
@click.option("--reason", default="", help="Why it is used.")
@click.option("--added-by", default=None, help="Who adds it; default: your login name.")
@click.option("--mode", type=Choice(["enforce", "shadow", "off"]), default="enforce")
@click.option("--max-distance-bits", type=click.IntRange(0, 90), help="Default: 31 pdq, 4 phash64.")
@click.option("--min-quality", type=click.IntRange(0, 100), help="Default: 50 pdq, 40 phash64.")
@click.option("--replace", "replaces", is_flag=True, help="Put it in the place of the same id.")
@click.option("--file", "file_name", default=_DEFAULT_FILE, show_default=True, help="Rule file.")
@rules_option
@settings_option
@json_option
def import_list(  # noqa: PLR0917 - one parameter an option
    file: Path,
    algorithm: str | None,
    given_id: str,
    label: str,
    reason: str,
    added_by: str | None,
    mode: str,
    max_distance_bits: int | None,
    min_quality: int | None,
    replaces: bool,  # noqa: FBT001
    file_name: str,
    rules: Path | None,
    settings: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Take over a list of hashes that other people keep: PDQ of ThreatExchange or HMA, or pHash.

    Read are hashes one a line, CSV, and JSON of signals. The list is written below the folder of
    the rules as CSV and named in a rule file; with --replace only the CSV is written anew.
    """
    from filter.pictures.listwrite import format_list  # noqa: PLC0415 - numpy, lazily

    folder = rules_folder(rules, settings)
    target = rule_file(folder, file_name)
    in_force = rules_if_any(folder)
    known = {one.id: one for one in in_force.image_lists} if in_force else {}
    name = free_id(file.stem, (), given_id)
    before = known.get(name)
    if before is not None and not replaces:
        message = f"there is a list `{name}` already; name another --id, or write --replace"
        raise click.UsageError(message)
    if before is not None:
        algorithm = algorithm or before.hashes.algorithm
        min_quality = before.min_quality if min_quality is None else min_quality
    read = _read(file, algorithm, min_quality)
    _refuse_far(read.hashes.algorithm, max_distance_bits)
    csv = Path(before.file) if before else target.parent / _FOLDER / f"{name}.csv"
    if before is not None and read.hashes.algorithm != before.hashes.algorithm:
        raise click.UsageError(f"list `{name}` is of {before.hashes.algorithm}; name another --id")
    if before is not None and csv.suffix != ".csv":
        raise click.UsageError(f"list `{name}` is in {csv}: copy the new file there yourself")
    fields: dict[str, object] = {
        "id": name,
        "label": json.dumps(label or file.stem, ensure_ascii=False),
        "reason": json.dumps(reason, ensure_ascii=False),
        "added_by": json.dumps(login_name() if added_by is None else added_by, ensure_ascii=False),
        "file": f"{_FOLDER}/{name}.csv",
        "algorithm": read.hashes.algorithm,
        "max_distance_bits": max_distance_bits,
        "min_quality": min_quality,
        "mode": mode,
    }
    # The list first: a rule file that names what is not there yet would be refused.
    text = None if before else _with_entry(target, fields)
    replace_file(csv, format_list(read))
    if text is not None:
        replace_file(target, text)
    row = {"id": name, "algorithm": read.hashes.algorithm, "hashes": read.hashes.count, "file": csv}
    print_rows(tuple(row), [row], as_json=as_json)


def _refuse_far(algorithm: str, max_distance_bits: int | None) -> None:
    from filter.pictures.algorithms import MOST_DISTANCE_BITS  # noqa: PLC0415 - lazily

    most = MOST_DISTANCE_BITS[algorithm]
    if max_distance_bits is not None and max_distance_bits > most:
        message = f"--max-distance-bits is at most {most} for {algorithm}"
        raise click.UsageError(f"{message}: further away, innocent pictures are known")


def _with_entry(target: Path, fields: dict[str, object]) -> str:
    from filter.pictures.bankfile import insert_fields  # noqa: PLC0415 - lazily

    return edited(target, lambda text: insert_fields(text, "image_lists", fields))


def _read(file: Path, algorithm: str | None, min_quality: int | None) -> ReadList:
    """Return the list, or print what is wrong with it and leave."""
    from filter.pictures.algorithms import DEFAULT_QUALITY  # noqa: PLC0415 - lazily
    from filter.pictures.listfile import (  # noqa: PLC0415 - lazily
        MAX_FAULTS,
        guess_algorithm,
        read_list,
    )

    try:
        content = file.read_bytes()
    except OSError as exc:
        raise click.UsageError(f"{file}: cannot be read: {exc.strerror}") from exc
    algorithm = algorithm or guess_algorithm(content)
    if algorithm is None:
        message = f"{file}: there is no hash of 64 (pdq) or 16 (phash64) hexadecimal digits in it"
        raise click.UsageError(message)
    least = DEFAULT_QUALITY[algorithm] if min_quality is None else min_quality
    read = read_list(content, algorithm, least)
    for fault in read.faults[:MAX_FAULTS]:
        where = f"{file}:{fault.line}" if fault.line else str(file)
        click.echo(f"{where}: {fault.message}; {fault.remedy}", err=True)
    if read.faults:
        if len(read.faults) > MAX_FAULTS:
            click.echo(f"{file}: more lines are not understood", err=True)
        sys.exit(exitcodes.FOUND)
    for why, number in read.skipped:
        click.echo(f"{file}: {count(number, 'entry', 'entries')} left out: {why}", err=True)
    return read


@click.command("export", short_help="Print the known pictures as hashes for other people.")
@click.option(
    "--format",
    "format_",
    type=Choice(["pdq-csv", "threatexchange-json", "phash"]),
    default="pdq-csv",
    show_default=True,
    help="What the hashes are written as.",
)
@rules_option
@settings_option
def export_list(format_: str, rules: Path | None, settings: Path | None) -> None:
    """Print the hashes of the known pictures as other people's programs read them.

    Only whole pictures; exit code 1 when some have no such hash.
    """
    from filter.pictures.listwrite import export_lines, hash_to_export  # noqa: PLC0415 - lazily

    known = load_rules_or_exit(rules_folder(rules, settings)).images
    for line in export_lines(known, format_):
        click.echo(line)
    without = [image.id for image in known if hash_to_export(image, format_) is None]
    for name in without:
        click.echo(
            f"{name}: left out, it has no hash of use for this format; "
            "add the picture again with `sallyport images add --again`",
            err=True,
        )
    sys.exit(exitcodes.FOUND if without else exitcodes.OK)
