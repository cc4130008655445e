"""Entries are taken out of rule files by lines, and everything else stays byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.rulefiles.entries import Entry, entries_of, without_entries
from filter.rulefiles.sources import SourceFile
from filter.strictyaml import read_yaml

VIEW = "whole:" + "1f" * 32 + ":90"
FIRST = f"""\
  - id: first   # the oldest
    label: "A: singer"
    # why it is here
    views:
      - "{VIEW}"
    keypoints:
      - |
        AAAA
        BBBB
"""
SECOND = f"""\
  - id: second
    views: ['{VIEW}',
            '{VIEW}']
"""
THIRD = f"""\
  -
    id: third
    reason: >-
      several lines

      of text
    views:
    - {VIEW}
"""
FOURTH = f"  - {{id: fourth, views: ['{VIEW}']}}\n"
ITEMS = {"first": FIRST, "second": SECOND, "third": THIRD, "fourth": FOURTH}
BETWEEN = ("", "\n", "  # of 2021\n", "\n\n# ----\n\n", "      # far in\n")


def _file(text: str) -> SourceFile:
    return SourceFile("known.yaml", "rules/known.yaml", Path("rules/known.yaml"), text.encode())


def _entries(file: SourceFile) -> dict[str, Entry]:
    document, problems = read_yaml(file.content, file.shown)
    assert problems == []
    return {entry.id: entry for entry in entries_of(file, document)}


def _without(text: str, *ids: str) -> str:
    file = _file(text)
    entries = _entries(file)
    return without_entries(file, [entries[name] for name in ids])


@given(
    st.permutations(list(ITEMS)),
    st.lists(st.sampled_from(BETWEEN), min_size=5, max_size=5),
    st.sets(st.sampled_from(list(ITEMS)), min_size=1),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "links: []\n", "# the end"]),
    st.sampled_from(["", "\ufeff"]),
)
def test_what_stays_is_what_was_written(  # noqa: PLR0917 - what hypothesis gives
    order: list[str], between: list[str], gone: set[str], end: str, behind: str, marks: str
) -> None:
    def text(names: list[str]) -> str:
        parts = ["# ours\nimages: # below\n", between[4]]
        for gap, name in zip(between, order, strict=False):
            parts += [ITEMS[name] if name in names else "", gap]
        return marks + "".join([*parts, behind]).replace("\n", end)

    kept = [name for name in order if name not in gone]

    assert _without(text(order), *gone) == text(kept)


@pytest.mark.parametrize("text", ["images:\n" + FOURTH.rstrip(), "images:\n" + FIRST.rstrip()])
def test_the_last_line_needs_no_end(text: str) -> None:
    (name,) = _entries(_file(text))

    assert _without(text, name) == "images:\n"


def test_a_section_within_brackets_is_left_to_people() -> None:
    text = f"images: [{{id: a, views: ['{VIEW}']}}, {{id: b, views: ['{VIEW}']}}]\n"

    with pytest.raises(ValueError, match="not a list of lines that begin with a hyphen"):
        _without(text, "a")


def test_other_sections_of_the_same_file_stay() -> None:
    text = f"links:\n{FOURTH}images:\n{FIRST}{SECOND}approved_pictures:\n{THIRD}"

    assert _without(text, "first") == text.replace(FIRST, "")
    assert _without(text, "third") == text.replace(THIRD, "")


def test_an_entry_says_where_it_stands_and_which_file_it_names() -> None:
    entry = _entries(_file("images:\n" + SECOND + "    thumbnail: files/a.webp\n"))["second"]

    assert entry.place == "rules/known.yaml:2"
    assert entry.path("thumbnail") == Path("rules/files/a.webp")
    assert entry.path("label") is None
