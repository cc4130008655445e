"""All messages of some template files become rule files: read, checked, with what a person needs.

Files and their texts are passed in; nothing is written here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path

from filter.dialects.all import guess as guess_dialect
from filter.dialects.discover import Found, LeftOut, discover
from filter.dialects.filenames import Role
from filter.dialects.library import Library
from filter.dialects.nodes import DialectError
from filter.reading.look import Looker
from filter.reasons import REASONS
from filter.rulefiles.drafts import DraftTemplate
from filter.rulefiles.examples import run_examples
from filter.rulefiles.importcheck import (
    LINKS_FILE,
    Checked,
    Refused,
    check_drafts,
    free_file,
    sources_of,
)
from filter.rulefiles.importing import LOOK, Drafted, Wishes, dialect_of, draft_of
from filter.rulefiles.importlinks import LinkBook
from filter.rulefiles.load import check_sources
from filter.rulefiles.sources import SourceFile
from filter.settings import Inspection


@dataclass(frozen=True, slots=True)
class Failed:
    """A message that was not imported: where, why, and what to do."""

    id: str
    file: str
    line: int
    why: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Same:
    """A message of which every rendering passes under another one's rules already."""

    id: str
    file: str
    other: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an import. ``doubts`` are by template, ``drafted`` by message."""

    sources: tuple[SourceFile, ...] = ()
    templates: tuple[DraftTemplate, ...] = ()
    drafted: Mapping[str, Drafted] = field(default_factory=dict)
    doubts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failed: tuple[Failed, ...] = ()
    same: tuple[Same, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def import_all(  # noqa: PLR0917 - what it is about, and by what it is judged
    files: Mapping[str, str],
    named: AbstractSet[str],
    wishes: Wishes,
    others: Sequence[SourceFile],
    looker: Looker,
    limits: Inspection,
    *,
    as_sms: bool = False,
    folder: Path = Path(),
    links_file: str = LINKS_FILE,
) -> Imported:
    """Return the rule files of all messages that the files make, and what was left out and why.

    ``named`` are files that a person named one by one, ``others`` the rule files that stand
    beside; ``folder`` is where the new ones will be, ``links_file`` the name of the one for links.
    """
    found = discover(files, named=named, as_sms=as_sms, language=wishes.language)
    library = Library(files)
    usual = _usual(found.messages)
    links_file = free_file(links_file, {f"{one.id}.yaml" for one in found.messages})
    planned = {folder / links_file, *(folder / f"{one.id}.yaml" for one in found.messages)}
    others = [one for one in others if one.path not in planned]
    book = LinkBook(_ids_of(others))
    drafted: dict[str, Drafted] = {}
    failed: dict[str, Failed] = {}
    for message in found.messages:
        first = message.parts[0].source.name
        try:
            dialect = dialect_of(message, wishes, usual)
            drafted[message.id] = draft_of(message, dialect, library.loader(first), wishes, book)
        except DialectError as error:
            failed[message.id] = Failed(
                message.id, error.file, error.line, error.message, error.remedy
            )
    left = list(found.left_out)
    parts = [m.id for m in found.messages if m.id in failed and _is_part(m, library, named)]
    left += [LeftOut(failed.pop(one).file, "a part that others include") for one in parts]
    checked = check_drafts(
        [one.template for one in drafted.values()], book.links, others, looker, limits
    )
    return _finished(drafted, checked, list(failed.values()), left, (folder, links_file))


def verify(sources: Sequence[SourceFile], looker: Looker, limits: Inspection) -> list[str]:
    """Return what `sallyport check` and `sallyport test` would say against rule files."""
    checked = check_sources(list(sources))
    if checked.rules is None:
        return [problem.render() for problem in checked.problems if problem.is_error]
    return [
        f"{outcome.example.source}: {outcome.template}, {outcome.name}: {outcome.trouble}"
        for outcome in run_examples(checked.rules, looker, limits)
        if not outcome.is_right
    ]


def _finished(
    drafted: Mapping[str, Drafted],
    checked: Checked,
    failed: list[Failed],
    left: list[LeftOut],
    place: tuple[Path, str],
) -> Imported:
    same = []
    for refused in checked.refused:
        one = drafted[refused.id]
        if refused.same_as:
            file = one.found.parts[0].source.name
            same.append(Same(refused.id, file, refused.same_as))
        else:
            failed.append(_failed(one, refused))
    doubts = {
        one.id: (*drafted[one.id].doubts, *checked.doubts.get(one.id, ()))
        for one in checked.templates
    }
    templates = tuple(
        replace(one, remarks=(*one.remarks, *(LOOK + d for d in checked.doubts.get(one.id, ()))))
        for one in checked.templates
    )
    return Imported(
        sources=tuple(sources_of(templates, checked.links, *place)) if templates else (),
        templates=templates,
        drafted=dict(drafted),
        doubts={name: said for name, said in doubts.items() if said},
        failed=tuple(sorted(failed, key=lambda one: one.id)),
        same=tuple(same),
        left_out=tuple(left),
    )


def _failed(one: Drafted, refused: Refused) -> Failed:
    """Return why the gate would hold every message of a template, and which line is to blame."""
    code = refused.why.partition(" ")[0]
    blamed = next((hold for hold in one.holds if hold.code == code), None)
    html = one.found.part(Role.HTML)
    part = html if blamed is not None and html is not None else one.found.parts[0]
    line = blamed.line if blamed is not None else 1
    remedy = REASONS[code].remedy if code in REASONS else ""
    return Failed(refused.id, part.source.name, line, refused.why, remedy)


def _usual(messages: Sequence[Found]) -> str:
    """Return the dialect that most files are of, "" when none is known."""
    counted = Counter(
        dialect
        for message in messages
        for part in message.parts
        if (dialect := part.dialect or guess_dialect(part.source))
    )
    return max(sorted(counted), key=lambda name: counted[name], default="")


def _is_part(message: Found, library: Library, named: AbstractSet[str]) -> bool:
    """Tell whether a message that has no subject is what others include."""
    names = {part.source.name for part in message.parts}
    return message.part(Role.SUBJECT) is None and bool(names & library.loaded - named)


def _ids_of(others: Sequence[SourceFile]) -> set[str]:
    """Return the ids of links that stand in rule files already."""
    rules = check_sources(list(others)).rules if others else None
    return {link.id for link in rules.links} if rules else set()
