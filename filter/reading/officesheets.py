"""The words of Excel's sheets, and what could change, hide or fetch them (ECMA-376 section 18).

Runs only in the child process. Numbers are read as they are stored; a formula may only reckon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree  # type: ignore[import-untyped]  # has no stubs

from filter.reading.gathered import Gathered, Stop
from filter.reading.officetext import is_true, short_name

# What yields a number, or what stands in a cell already; so no word is shown that is not read.
_FUNCTIONS = frozenset(
    ("SUM", "SUMIF", "SUMIFS", "SUMPRODUCT", "AVERAGE", "AVERAGEIF", "COUNT", "COUNTA", "COUNTIF")
) | frozenset(
    ("COUNTIFS", "COUNTBLANK", "MIN", "MAX", "ROUND", "ROUNDUP", "ROUNDDOWN", "INT", "ABS", "MOD")
) | frozenset(
    ("IF", "IFERROR", "AND", "OR", "NOT", "PRODUCT", "SUBTOTAL", "MEDIAN", "STDEV", "VAR", "RANK")
) | frozenset(
    ("POWER", "SQRT", "TODAY", "NOW", "DATE", "YEAR", "MONTH", "DAY", "ROW", "COLUMN", "VLOOKUP")
) | frozenset(("HLOOKUP", "INDEX", "MATCH"))  # fmt: skip
_FUNCTION = re.compile(r"(?<![\w.\\])([A-Za-z_\\][\w.\\]*)\s*\(")
_QUOTED_SHEET = re.compile(r"'(?:[^']|'')*'")
_LITERAL = re.compile(r'"([^"]*)"')
_OTHER_FILE = re.compile(r"\[[^\[\]]*\][^!\[\]'\"]*'?!")
_WORD = re.compile(r"[^\W\d_]")
_MAX_FORMULA = 8_192  # characters, as in Excel
# "RM" #,##0 and [$USD-409] are everyday; a sentence in a number's format is not.
_MAX_FORMAT_LETTERS = 6
_FORMAT_WORDS = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\[\]-]*)')
_AUTO_NAMES = re.compile(r"(?:_xlnm\.)?auto_", re.IGNORECASE)
_PROMPTS = ("promptTitle", "prompt", "errorTitle", "error")


def read_workbook(
    workbook: etree._Element,
    relations: Mapping[str, str],
    parts: Mapping[str, etree._Element],
    seen: Gathered,
) -> None:
    """Note the text of all sheets, in the order of their tabs, and object to what is not shown.

    ``relations`` are the workbook's, id to name of the part; ``parts`` all parts of SpreadsheetML.
    """
    strings = [
        _string(item)
        for root in parts.values()
        if short_name(root) == "x:sst"
        for item in root
        if short_name(item) == "x:si"
    ]
    left = {name: root for name, root in parts.items() if short_name(root) == "x:worksheet"}
    for sheet in _named(workbook, "x:sheet"):
        title = sheet.get("name", "")
        if sheet.get("state", "visible") != "visible":
            seen.object_to("document.hidden", f"the sheet {title[:80]!r} is hidden")
        key = next((str(v) for k, v in sheet.attrib.items() if str(k).endswith("}id")), "")
        root = left.pop(relations.get(key, ""), None)
        if root is None:
            raise Stop("document.unreadable", f"the sheet {title[:80]!r} is not in the file")
        seen.add_text("\n".join([title, *_read_sheet(root, strings, title, seen)]))
    if left:
        raise Stop("document.hidden", "a sheet has no tab")
    _check_formulas(workbook, parts, seen)


def _check_formulas(
    workbook: etree._Element, parts: Mapping[str, etree._Element], seen: Gathered
) -> None:
    for name in _named(workbook, "x:definedName"):
        if _AUTO_NAMES.match(name.get("name", "")):
            seen.object_to("document.active", "a name that runs when the file opens")
        _check_formula(name.text or "", "a name", seen)
    for root in parts.values():
        for format_ in _named(root, "x:numFmt"):
            _check_format(format_.get("formatCode", ""), seen)
        for kind in ("x:calculatedColumnFormula", "x:totalsRowFormula"):
            for formula in _named(root, kind):
                _check_formula(formula.text or "", "a table", seen)


def _read_sheet(
    root: etree._Element, strings: list[str], title: str, seen: Gathered
) -> Iterator[str]:
    """Yield the rows of a sheet, cells with blanks between, then what else it says."""
    extras: list[str] = []
    for element in root.iter():
        name = short_name(element)
        if name == "x:row":
            cells = (_cell(c, strings, title, seen) for c in element if short_name(c) == "x:c")
            row = " ".join(cell for cell in cells if cell)
            if row:
                yield row
        if _is_hidden(element, name):
            seen.object_to("document.hidden", f"the sheet {title[:80]!r} has hidden cells")
        elif name == "x:dataValidation":
            extras += [element.get(key, "") for key in _PROMPTS if element.get(key)]
        elif name == "x:headerFooter":
            extras += [part.text for part in element if part.text]
        elif name in ("x:formula", "x:formula1", "x:formula2"):
            _check_references(element.text or "", title, seen)
        elif name == "x:hyperlink" and element.get("display"):
            seen.add_text(element.get("display", ""), is_shown=False)
    yield from extras


def _is_hidden(element: etree._Element, name: str) -> bool:
    if name == "x:sheetFormatPr":
        return is_true(element, "zeroHeight")
    if name not in ("x:row", "x:col"):
        return False
    size = element.get("ht" if name == "x:row" else "width")
    return is_true(element, "hidden") or (size is not None and _is_nothing(size))


def _cell(cell: etree._Element, strings: list[str], title: str, seen: Gathered) -> str:
    kind = cell.get("t", "n")
    value = ""
    for inner in cell:
        name = short_name(inner)
        if name == "x:f":
            _check_formula(inner.text or "", f"the sheet {title[:80]!r}", seen)
        elif name == "x:is":
            value = _string(inner)
        elif name == "x:v":
            value = inner.text or ""
    if kind != "s" or not value:
        return value
    if not (value.isascii() and value.isdigit() and int(value) < len(strings)):
        raise Stop("document.unreadable", f"a cell of {title[:80]!r} has no text")
    return strings[int(value)]


def _string(item: etree._Element) -> str:
    return "".join(t.text or "" for t in item.iter() if short_name(t) == "x:t")


def _check_formula(formula: str, where: str, seen: Gathered) -> None:
    if not _check_references(formula, where, seen):
        return
    plain = _QUOTED_SHEET.sub("", formula)
    literals = _LITERAL.findall(plain)
    plain = _LITERAL.sub("0", plain)
    names = {name.upper() for name in _FUNCTION.findall(plain)}
    if names - _FUNCTIONS or "&" in plain or any(_WORD.search(one) for one in literals):
        seen.object_to("document.field", f"{where} has the formula {formula[:80]!r}")


def _check_references(formula: str, where: str, seen: Gathered) -> bool:
    """Object to other files (DDE is one) and to functions that fetch; False: nothing to add."""
    if len(formula) > _MAX_FORMULA:
        raise Stop("document.limit", f"a formula of {len(formula)} characters")
    if _OTHER_FILE.search(formula) or "|" in _LITERAL.sub("", formula):
        seen.object_to("document.external", f"{where[:80]!r} has the formula {formula[:80]!r}")
        return False
    if re.search(
        r"\b(?:WEBSERVICE|HYPERLINK|IMAGE|RTD|CALL|REGISTER|EXEC)\b", formula, re.IGNORECASE
    ):
        seen.object_to("document.field", f"{where[:80]!r} has the formula {formula[:80]!r}")
        return False
    return True


def _check_format(code: str, seen: Gathered) -> None:
    letters = sum(len(_WORD.findall("".join(pieces))) for pieces in _FORMAT_WORDS.findall(code))
    if letters > _MAX_FORMAT_LETTERS:
        seen.object_to("document.hidden", f"a format of numbers writes words: {code[:80]!r}")


def _named(root: etree._Element, name: str) -> Iterator[etree._Element]:
    return (element for element in root.iter() if short_name(element) == name)


def _is_nothing(size: str) -> bool:
    try:
        return float(size) <= 0
    except ValueError:
        return True
