"""How recipients stand in records."""

from __future__ import annotations

import pytest

from filter.decisions import mask


@pytest.mark.parametrize(
    ("recipient", "shown"),
    [
        ("+60123450001", "+601*****001"),
        ("+60 12-345 0001", "+601*****001"),
        ("+60 (12) 345.0001", "+601*****001"),
        ("+60\N{NO-BREAK SPACE}12 345 0001", "+601*****001"),
        ("62003", "*****"),
        ("aisha-b@citizen.example", "a***@citizen.example"),
        ("user-12.34-56", "user******-56"),
        ("900101-14-1234", "9001*******234"),
    ],
)
def test_however_a_number_is_written_it_is_one_record(recipient: str, shown: str) -> None:
    assert mask(recipient) == shown
