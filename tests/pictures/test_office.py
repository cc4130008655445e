"""An Office file is read whole in the child process, in the order in which people read it."""

from __future__ import annotations

import io
import time

import openpyxl  # type: ignore[import-untyped]  # has no stubs
import pytest

from filter.message import LinkKind
from filter.reading.office import look_at
from filter.reading.sandbox import Sandbox
from filter.reading.sniff import SHEETS, WORD
from tests.battery.officefiles import MAIN, before, changed, plain, saved


def test_where_a_link_stands_is_told(sandbox: Sandbox) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "evil.example"

    look = sandbox.look_at_document(saved(book), SHEETS, "part 2")

    assert look.troubles == ()
    assert look.text == "Sheet\nevil.example"
    assert [(link.url, link.kind, link.where) for link in look.links] == [
        ("evil.example", LinkKind.DOCUMENT_TEXT, "part 2")
    ]


def test_sheets_are_read_in_the_order_of_their_tabs() -> None:
    book = openpyxl.Workbook()
    book.active.append(["one", 2])
    book.create_sheet("First", 0).append(["zero"])

    assert look_at(saved(book), SHEETS, 1000).text == "First\nzero\nSheet\none 2"


def test_a_large_sheet_takes_seconds_at_most() -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for _ in range(4000):
        sheet.append(["Aisha", 4.5, "=SUM(A1:B1)"])
    content = saved(book)
    start = time.perf_counter()

    reply = look_at(content, SHEETS, 1000)

    assert reply.troubles == ()
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize("formula", ["[" * 8000, "A" * 8000, "'" * 8000, '"' * 8000, "A (" * 2700])
def test_a_tangled_formula_takes_no_time(formula: str) -> None:
    row = f"<row r='9'><c r='A9'><f>{formula}</f></c></row>"
    content = changed(plain("xlsx"), {MAIN["xlsx"]: before("</sheetData>", row)})
    start = time.perf_counter()

    look_at(content, SHEETS, 1000)

    assert time.perf_counter() - start < 1


def test_boxes_in_boxes_are_read_in_linear_time() -> None:
    opened = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/'
        '2006"><mc:Choice Requires="wps">'
    )
    nested = opened * 100 + "<w:p/>" + "</mc:Choice></mc:AlternateContent>" * 100
    content = changed(plain("docx"), {MAIN["docx"]: before("<w:sectPr", nested)})
    start = time.perf_counter()

    assert look_at(content, WORD, 1_000_000).troubles == ()
    assert time.perf_counter() - start < 5


def test_what_is_no_office_file_is_held_for_that() -> None:
    assert [code for code, _ in look_at(io.BytesIO().getvalue(), WORD, 1000).troubles] == [
        "archive.structure"
    ]
