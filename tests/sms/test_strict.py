"""Forms and JSON: what is read is what was written, and what could be read twice is refused."""

from __future__ import annotations

import contextlib
import json
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.ids import new_transaction_id
from filter.sms import minted
from filter.sms.exchange import Unclear, is_plain
from filter.sms.strict import read_form, read_json, require_type

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, TEXTS, max_size=6), st.sampled_from([quote, quote_plus]))
def test_a_form_reads_as_it_was_written(fields: dict[str, str], escape: Any) -> None:
    body = "&".join(f"{escape(n, safe='')}={escape(v, safe='')}" for n, v in fields.items())

    assert read_form(body.encode()) == {name: (value,) for name, value in fields.items()}


@given(st.binary(max_size=60) | st.text("aB=&%2;+ é", max_size=30).map(str.encode))
def test_a_form_is_read_as_the_standard_library_does_or_refused(body: bytes) -> None:
    with contextlib.suppress(Unclear):
        form = read_form(body)
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
        assert [(name, values[0]) for name, values in form.items()] == pairs


@given(st.dictionaries(TEXTS, JSONS, max_size=5), st.booleans())
def test_json_reads_as_it_was_written(value: dict[str, Any], ascii_only: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    assert read_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=60) | st.text('{}[]":,\\ud8 1aNn', max_size=30).map(str.encode))
def test_json_is_an_object_or_refused(body: bytes) -> None:
    with contextlib.suppress(Unclear):
        assert isinstance(read_json(body), dict)


def test_a_repeatable_field_keeps_its_order() -> None:
    assert read_form(b"M=2&To=x&M=1", ("M",)) == {"M": ("2", "1"), "To": ("x",)}


@pytest.mark.parametrize(
    "header",
    ["application/json", "Application/JSON; charset=utf-8", 'application/json;charset="UTF-8"'],
)
def test_a_content_type_in_utf_8_is_taken(header: str) -> None:
    require_type(header, "application/json")


@pytest.mark.parametrize(
    "header",
    [None, "", "application/jsonp", "application/json; charset=latin-1", "application/json; v=2"],
)
def test_another_content_type_is_refused(header: str | None) -> None:
    with pytest.raises(Unclear):
        require_type(header, "application/json")


def test_an_id_and_its_minted_form_lead_to_each_other() -> None:
    transaction_id = new_transaction_id()

    assert minted.from_hex(minted.to_hex(transaction_id)) == transaction_id


@given(st.integers(0, 2**128 - 1))
def test_every_foreign_id_leads_to_some_id_of_ours_and_back(value: int) -> None:
    digits = f"{value:032x}"

    assert minted.to_hex(minted.from_hex(digits)) == digits


@pytest.mark.parametrize("text", ["", "m_", "x" * 28, "m_" + "Z" * 26, "m_" + "u" * 26])
def test_what_is_not_an_id_has_no_minted_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"not|substring"):
        minted.to_hex(text)


@pytest.mark.parametrize("digits", ["", "A" * 32, "0" * 31, "0" * 33, "-" + "0" * 31])
def test_what_is_not_hexadecimal_is_no_id(digits: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        minted.from_hex(digits)


@pytest.mark.parametrize("path", ["/a", "/a.json", "/a/b~c/D_e-f:1@x"])
def test_a_plain_path_is_plain(path: str) -> None:
    assert is_plain(path)


@pytest.mark.parametrize(
    "path",
    ["", "/", "a", "/a/", "//a", "/a//b", "/a/../b", "/a/.", "/..", "/a%2e", "/a b", "/a\n", "/é"],
)
def test_a_path_with_two_readings_is_not_plain(path: str) -> None:
    assert not is_plain(path)
