"""``sallyport images remove``: take known and approved pictures out of the rules."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import Choice, json_option, rules_option, settings_option
from filter.cli.output import print_rows
from filter.cli.picturefiles import alone_in, replace_file, rules_folder

if TYPE_CHECKING:
    from filter.rulefiles.entries import Entry

# What people call it, and its section in a rule file.
_SECTIONS = {"known": "images", "approved": "approved_pictures", "list": "image_lists"}
_KINDS = {section: kind for kind, section in _SECTIONS.items()}
_WORDS = {"known": "a known picture", "approved": "an approved picture", "list": "a list"}


@click.command("remove", short_help="Remove known or approved pictures, or lists.")
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@click.option(
    "--kind",
    type=Choice(list(_SECTIONS)),
    help="Which one, when a known and an approved picture have the same id.",
)
@click.option("--force", is_flag=True, help="Even an approved picture that a template names.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@rules_option
@settings_option
@json_option
def remove_images(  # noqa: PLR0917 - one parameter an option
    ids: tuple[str, ...],
    kind: str | None,
    force: bool,  # noqa: FBT001
    dry_run: bool,  # noqa: FBT001
    rules: Path | None,
    settings: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Remove known or approved pictures, or lists of other people, from the rules.

    Everything else in the rule files stays as it is written, comments too. The small copy of a
    known picture is deleted when no other entry names it. All of them are removed, or none.
    """
    folder = rules_folder(rules, settings)
    with alone_in(folder):
        every = _read_entries(folder)
        chosen = _choose(ids, kind, every)
        _refuse_shown(chosen, every, force=force)
        texts = _texts_without(chosen)
        copies = {entry.place: _lone_copy(entry, chosen, every) for entry in chosen}
        left = 0
        if not dry_run:
            for target, text in texts.items():
                replace_file(target, text)
            left = sum(not _delete(copy) for copy in copies.values() if copy is not None)
    rows = (
        {
            "id": entry.id,
            "kind": _KINDS[entry.section],
            "label": entry.text("label"),
            "removed": "no" if dry_run else "yes",
            "file": entry.place,
            "thumbnail": copies[entry.place],
        }
        for entry in chosen
    )
    columns = ("id", "kind", "label", "removed", "file", "thumbnail")
    print_rows(columns, rows, as_json=as_json)
    for entry in chosen:
        if entry.section == _SECTIONS["list"]:
            click.echo(f"{entry.path('file')} is left where it is", err=True)
    if dry_run:
        click.echo("nothing was removed", err=True)
    sys.exit(exitcodes.AWAY if left else exitcodes.OK)


def _read_entries(folder: Path) -> list[Entry]:
    """Return every entry of every rule file, or print what cannot be read and leave."""
    from filter.rulefiles.entries import entries_of  # noqa: PLC0415 - lazily
    from filter.rulefiles.sources import read_rule_files  # noqa: PLC0415 - lazily
    from filter.strictyaml import read_yaml  # noqa: PLC0415 - lazily

    files, problems = read_rule_files(folder)
    entries: list[Entry] = []
    for file in files:
        document, faults = read_yaml(file.content, file.shown)
        problems += [fault for fault in faults if fault.is_error]
        entries += entries_of(file, document)
    for problem in problems:
        click.echo(problem.render(), err=True)
    if problems:
        sys.exit(exitcodes.INVALID)
    return entries


def _choose(ids: Iterable[str], kind: str | None, every: Sequence[Entry]) -> list[Entry]:
    """Return the entries of these ids, or leave with a usage error."""
    from filter.problems import did_you_mean  # noqa: PLC0415 - lazily

    sections = [_SECTIONS[kind]] if kind else list(_KINDS)
    candidates = [entry for entry in every if entry.section in sections]
    chosen: list[Entry] = []
    faults: list[str] = []
    for name in dict.fromkeys(ids):
        found = [entry for entry in candidates if entry.id == name]
        if not found:
            what = f"no {kind} picture" if kind in {"known", "approved"} else "no picture or list"
            help_ = did_you_mean(name, {entry.id for entry in candidates})
            help_ = (
                help_ or "`sallyport images list`, `list --approved` and `lists` show what there is"
            )
            faults.append(f"there is {what} `{name}`; {help_}")
        elif len(found) > 1:
            faults.append(_explain_several(name, found))
        chosen += found
    if faults:
        raise click.UsageError("\n".join(faults))
    return chosen


def _explain_several(name: str, found: Sequence[Entry]) -> str:
    places = " and ".join(f"{_WORDS[_KINDS[one.section]]} ({one.place})" for one in found)
    if len({one.section for one in found}) == len(found):
        return f"`{name}` is {places}; say which one with --kind"
    return f"`{name}` is {places}; give one of them another id first"


def _refuse_shown(chosen: Iterable[Entry], every: Sequence[Entry], *, force: bool) -> None:
    """Leave when a template still names an approved picture; with ``force`` only say so."""
    said = [
        f"{template.place}: the template `{template.id}` shows `{entry.id}`"
        for entry in chosen
        if entry.section == _SECTIONS["approved"]
        for template in every
        if template.section == "templates" and entry.id in _shown_by(template)
    ]
    for line in said:
        click.echo(line, err=True)
    if not said:
        return
    if not force:
        click.echo("nothing was removed; change the templates first, or write --force", err=True)
        sys.exit(exitcodes.FOUND)
    click.echo(
        "the rules are invalid until the templates are changed; a running gate keeps the old ones",
        err=True,
    )


def _shown_by(template: Entry) -> Iterator[object]:
    pictures = template.fields.get("pictures")
    if isinstance(pictures, dict):
        for names in (pictures.get("approved"), pictures.get("required")):
            yield from names if isinstance(names, list) else [names]


def _texts_without(chosen: Iterable[Entry]) -> dict[Path, str]:
    """Return the new text of each rule file that changes, or leave with a usage error."""
    from filter.rulefiles.entries import without_entries  # noqa: PLC0415 - lazily

    by_file: dict[Path, list[Entry]] = {}
    for entry in chosen:
        by_file.setdefault(entry.file.path, []).append(entry)
    texts: dict[Path, str] = {}
    for path, entries in by_file.items():
        try:
            texts[path] = without_entries(entries[0].file, entries)
        except ValueError as exc:
            raise click.UsageError(f"cannot remove from {path}: {exc}; edit it by hand") from exc
    return texts


def _lone_copy(entry: Entry, chosen: Sequence[Entry], every: Iterable[Entry]) -> Path | None:
    """Return the small copy that no entry will name any more, None when there is none."""
    from filter.cli.thumbnailfiles import ENDING  # noqa: PLC0415 - lazily
    from filter.rulefiles.named import is_inside  # noqa: PLC0415 - lazily

    copy = entry.path("thumbnail")
    if copy is None or not is_inside(entry.text("thumbnail")) or copy.suffix != ENDING:
        return None  # also a rule file could be named
    gone = {id(one) for one in chosen}
    others = (one.path("thumbnail") for one in every if id(one) not in gone)
    try:
        is_shared = any(other is not None and other.resolve() == copy.resolve() for other in others)
        return None if is_shared or not copy.is_file() else copy
    except (OSError, RuntimeError, ValueError):  # a name that no file can have
        return None


def _delete(copy: Path) -> bool:
    """Delete a small copy; say why when that is not possible."""
    try:
        copy.unlink(missing_ok=True)  # two of the entries may have named it
    except OSError as exc:
        click.echo(f"cannot delete {copy}: {exc.strerror}", err=True)
        return False
    return True
