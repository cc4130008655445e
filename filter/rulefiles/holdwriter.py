"""Adds near misses under ``hold:`` of a rule file, and leaves every other character as it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from filter.reading.look import Looker
from filter.rulefiles.entries import is_flow, last_line_of
from filter.rulefiles.examples import run_examples
from filter.rulefiles.load import check_sources
from filter.rulefiles.missexamples import HoldExample, hold_examples
from filter.rulefiles.nearmisses import Tried, try_near_misses
from filter.rulefiles.roundtrip import block_lines, list_lines
from filter.rulefiles.sources import SourceFile
from filter.rulefiles.tidy import comments_of
from filter.ruleset import RuleSet
from filter.settings import Inspection
from filter.strictyaml import Document, Node, Plain, read_yaml

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Written:
    """Files as they would be, how many examples each template gets, and what stands in the way.

    ``refused`` are templates whose file cannot be added to, and why; ``holes`` are near misses that
    would pass.
    """

    files: tuple[SourceFile, ...]
    added: Mapping[str, int]
    refused: Mapping[str, str]
    holes: tuple[Tried, ...]


def write_near_misses(
    files: Sequence[SourceFile],
    rules: RuleSet,
    looker: Looker,
    limits: Inspection,
    *,
    only: str = "",
    templates: Collection[str] | None = None,
) -> Written:
    """Return the rule files with near misses under ``hold:``, each of which is held as it says.

    Those whose name is there already are left out, and so is whatever does not come out right once
    it stands there. Raises ValueError when a file would not say the same apart from them.
    """
    tried = list(try_near_misses(rules, looker, limits, only=only, templates=templates))
    wanted: dict[str, list[HoldExample]] = {}
    for name in dict.fromkeys(one.template for one in tried):
        made = hold_examples(name, rules, tried, known=_names(rules, name))
        if made:
            wanted[name] = made
    refused: dict[str, str] = {}
    done = [_with_all(file, wanted, refused) for file in files]
    checked = check_sources(done)
    if checked.rules is None:
        raise ValueError("with the near misses the rules would not be valid")
    wrong = {
        (outcome.template, outcome.example.name)
        for outcome in run_examples(checked.rules, looker, limits, templates=set(wanted))
        if not outcome.is_right
    }
    kept = {
        name: [one for one in made if (name, one.name) not in wrong]
        for name, made in wanted.items()
    }
    if kept != wanted:
        done = [_with_all(file, kept, refused) for file in files]
    return Written(
        files=tuple(new for new, old in zip(done, files, strict=True) if new != old),
        added={name: len(made) for name, made in kept.items() if made and name not in refused},
        refused=refused,
        holes=tuple(one for one in tried if one.hole),
    )


def _names(rules: RuleSet, template: str) -> set[str]:
    return {
        example.name
        for one in rules.templates
        if one.id.partition("/")[0] == template
        for example in one.examples
    }


def _with_all(
    file: SourceFile, wanted: Mapping[str, Sequence[HoldExample]], refused: dict[str, str]
) -> SourceFile:
    if file.is_named:
        return file
    document, _ = read_yaml(file.content, file.shown)
    root = document.value
    templates = root.get("templates") if isinstance(root, dict) else None
    places = [
        (index, made)
        for index, template in enumerate(templates if isinstance(templates, list) else ())
        if isinstance(template, dict) and (made := wanted.get(str(template.get("id"))))
    ]
    content = file.content
    # From the end, so that the places before it stay where they are.
    for index, made in reversed(places):
        try:
            content = _with(content, document, index, made)
        except ValueError as exc:
            refused[str(_at(templates, index)["id"])] = str(exc)
    _check_kept(document, read_yaml(content, file.shown)[0])
    return replace(file, content=content)


def _with(content: bytes, document: Document, index: int, made: Iterable[HoldExample]) -> bytes:
    """Return a file with examples behind those of one template; ValueError where it cannot."""
    mark = _BOM if content.startswith(_BOM) else b""
    text = content.removeprefix(_BOM).decode()
    line_end = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").split("\n")
    hold = document.node_at(("templates", index, "examples", "hold"))
    if hold is None or not isinstance(hold.value, list):
        raise ValueError("it has no list under `hold:`")
    fields = [_fields(one) for one in made]
    if is_flow(hold, lines):
        _write_out(hold, lines, fields)
    else:
        at = last_line_of(hold, lines) + 1
        while at > 0 and not lines[at - 1].strip():
            at -= 1
        lines[at:at] = list_lines(fields, hold.place.column - 1)
    return mark + line_end.join(lines).encode()


def _write_out(hold: Node, lines: list[str], fields: list[dict[str, str]]) -> None:
    """Write a list in brackets as lines, and the new items behind it."""
    place = hold.place
    first, last = place.line - 1, place.end_line - 1
    before, behind = lines[first][: place.column - 1], lines[last][place.end_column - 1 :]
    key = re.fullmatch(r"( *)hold:\s*", before)
    if key is None or (behind.strip() and not behind.lstrip().startswith("#")):
        raise ValueError("its examples are written in brackets; write them as lines")
    inside = "\n".join([*lines[first : last + 1]])
    cut = len(lines[last]) - (place.end_column - 1)
    brackets = inside[place.column - 1 : len(inside) - cut]
    column = len(key[1]) + 2
    lines[first : last + 1] = [
        f"{key[1]}hold:{f' {behind.strip()}' if behind.strip() else ''}",
        *block_lines(brackets, column),
        *list_lines(fields, column),
    ]


def _fields(one: HoldExample) -> dict[str, str]:
    """Return the keys of an example, in their documented order."""
    fields = {
        "name": one.name,
        "code": one.code,
        "channel": one.channel.value if one.channel else None,
        "from": one.sender,
        "subject": one.subject,
        "text": one.text,
        "html": one.html,
    }
    return {key: value for key, value in fields.items() if value is not None}


def _check_kept(before: Document, after: Document) -> None:
    """Raise ValueError unless the second says all that the first says, and its comments."""
    lost = Counter(comments_of(before)) - Counter(comments_of(after))
    if lost or not _holds(after.value, before.value):
        raise ValueError("adding the near misses would change something else")


def _holds(new: Plain, old: Plain) -> bool:
    """Whether a value is another one with more items at the end of lists."""
    if isinstance(new, dict) and isinstance(old, dict):
        return new.keys() == old.keys() and all(_holds(new[key], old[key]) for key in old)
    if isinstance(new, list) and isinstance(old, list):
        return len(new) >= len(old) and all(map(_holds, new, old))
    return type(new) is type(old) and new == old


def _at(items: Plain, index: int) -> dict[str, Plain]:
    assert isinstance(items, list)  # noqa: S101 - it was just gone through
    item = items[index]
    assert isinstance(item, dict)  # noqa: S101 - so was it
    return item
