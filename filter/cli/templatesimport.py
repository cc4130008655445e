"""``sallyport templates import``: rules from the templates that applications render."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from filter.cli import exitcodes
from filter.cli.options import as_typed, json_option, load_or_exit, settings_option

_OUT = Path("imported-rules")


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--dialect", default="", help="How they are read; default: told by each file.")
@click.option(
    "--from", "senders", multiple=True, metavar="ADDRESS",
    help="Who sends them: `Name <address>`, or the sender of text messages. May be repeated.",
)  # fmt: skip
@click.option(
    "--channel", type=click.Choice(["email", "sms"]),
    help="What they are; default: what their names say, else e-mail.",
)  # fmt: skip
@click.option("--language", default="", help="Language of translated texts, as de or pt-BR.")
@click.option(
    "--link-host", "hosts", multiple=True, metavar="HOST",
    help="Where links lead that are filled in as a whole. May be repeated.",
)  # fmt: skip
@click.option(
    "--set", "types", multiple=True, metavar="SLOT=TYPE",
    help="Type of a slot, as `code=digits 6`. May be repeated.",
)  # fmt: skip
@click.option(
    "--subject", "subjects", multiple=True, metavar="ID=TEXT",
    help="Subject of a message whose files do not say it. May be repeated.",
)  # fmt: skip
@click.option(
    "--subject-prefix", default="", metavar="TEXT",
    help="What the application puts before every subject, as `[Clinic]`.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=_OUT, show_default=True,
    help="Folder of the new files. In the folder of the rules they are in force at once.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Write nothing, only say what would be written.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@settings_option
@json_option
def import_command(  # noqa: PLR0917 - one for each option
    paths: tuple[Path, ...],
    dialect: str,
    senders: tuple[str, ...],
    channel: str | None,
    language: str,
    hosts: tuple[str, ...],
    types: tuple[str, ...],
    subjects: tuple[str, ...],
    subject_prefix: str,
    out: Path,
    dry_run: bool,  # noqa: FBT001
    force: bool,  # noqa: FBT001
    settings: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Write rule files for the templates in files and folders, with comments and examples.

    Exit 0 when all messages found were imported and what was written is valid and passes its own
    examples, 1 when some were not, 2 for a wrong option.
    """
    from filter.cli.importfiles import (  # noqa: PLC0415 - keeps --help quick
        FilesError,
        gathered,
        links_file_of,
        standing,
        write_files,
        write_schema,
        written,
    )
    from filter.cli.importreport import print_summary, summary_json  # noqa: PLC0415
    from filter.cli.importwishes import wishes_of  # noqa: PLC0415
    from filter.cli.output import print_json  # noqa: PLC0415
    from filter.reading.sandbox import Sandbox  # noqa: PLC0415
    from filter.rulefiles.importall import import_all, verify  # noqa: PLC0415

    table = load_or_exit(settings)
    wishes = wishes_of(dialect, senders, language, hosts, types, subjects, subject_prefix)
    try:
        files, named = gathered(paths)
    except FilesError as error:
        raise click.UsageError(str(error)) from error
    others = standing(out, as_typed(table.rules))
    problems: list[str] = []
    with Sandbox(table.inspection) as looker:
        imported = import_all(
            files, named, wishes, others, looker, table.inspection,
            as_sms=channel == "sms", folder=out, links_file=links_file_of(paths[0]),
        )  # fmt: skip
        if not dry_run and imported.sources:
            try:
                write_files(imported.sources, force=force)
                write_schema(out)
            except FilesError as error:
                raise click.UsageError(str(error)) from error
            whole = [*others, *written(imported.sources)]  # the new in place of the old
            everything = {one.path: one for one in whole}
            problems = verify(list(everything.values()), looker, table.inspection)
    if as_json:
        print_json(summary_json(imported, problems, dry_run=dry_run))
    else:
        print_summary(imported, problems, out, dry_run=dry_run)
    is_done = imported.sources and not imported.failed and not problems
    sys.exit(exitcodes.OK if is_done else exitcodes.FOUND)
