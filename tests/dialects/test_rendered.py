"""What the real engines wrote is in the language of what we read, and what was changed is not.

The renderings in ``rendered/*.json`` were written by the engines themselves (Go 1.19 with sprig 3,
handlebars 4.7, mustache.js 4.2, FreeMarker 2.3.31, Ruby 3.1, EJS 7, Laravel 8), from templates and
values of our own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from filter.dialects.nodes import Loop, Node, Source, Text
from tests.dialects.reference import Folder, fits

FOLDER = Path(__file__).parent / "rendered"
CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}-{number}")
    for path in sorted(FOLDER.glob("*.json"))
    for number, case in enumerate(json.loads(path.read_text(encoding="utf-8")))
]


def nodes_of(dialect: str, case: dict[str, Any]) -> tuple[Node, ...]:
    reader = import_module(f"filter.dialects.{case.get('reader', dialect)}")
    source = Source(case.get("name", "t"), case["template"])
    nodes: tuple[Node, ...] = reader.read(
        source, Folder(**case["files"]), language=case.get("language", "")
    )
    return nodes


def words_of(nodes: tuple[Node, ...]) -> Iterator[str]:
    """The words that stand in every message; a hole beside a choice could be its words too."""
    for node in nodes:
        match node:
            case Text(text):
                yield from re.findall(r"\w{3,}", text)
            case Loop(_, body):
                yield from words_of(body)
            case _:
                pass


@pytest.mark.parametrize(("dialect", "case"), CASES)
def test_what_the_engine_wrote_fits_what_was_read(dialect: str, case: dict[str, Any]) -> None:
    nodes = nodes_of(dialect, case)

    for values, written in case["renderings"]:
        assert fits(nodes, written, folded=case.get("folded", False)), values


@pytest.mark.parametrize(("dialect", "case"), CASES)
def test_no_fixed_word_of_a_rendering_can_be_another(dialect: str, case: dict[str, Any]) -> None:
    nodes = nodes_of(dialect, case)

    for values, written in case["renderings"]:
        filled = json.dumps(values, ensure_ascii=False)
        for word in {*words_of(nodes)}:
            if word in written and word not in filled:
                assert not fits(nodes, written.replace(word, f"{word}q", 1)), word
