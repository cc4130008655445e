from __future__ import annotations

import pytest

from filter.limits.pausewords import scope_json, scope_words
from filter.subject import Dimension, Scope


def test_people_are_masked_unless_asked_for_whole() -> None:
    scope = Scope(
        {
            Dimension.CLIENT: frozenset({"kiosk"}),
            Dimension.RECIPIENT: frozenset({"+60123456789"}),
            Dimension.END_USER: frozenset({"900101-14-1234"}),
        }
    )

    assert scope_words(scope) == "client=kiosk end-user=9001*******234 recipient=+601*****789"
    assert scope_json(scope)["end-user"] == ["9001*******234"]
    assert "900101-14-1234" in scope_words(scope, full=True)


@pytest.mark.parametrize(
    ("dimension", "value", "shown"),
    [
        (Dimension.PREFIX, "+6012", "+6012"),
        (Dimension.PREFIX, "+60123456", "+60123456"),
        (Dimension.PREFIX, "+60123456789", "+601*****789"),
        (Dimension.SENDER, "MYHEALTH", "MYHEALTH"),
        (Dimension.SENDER, "62003", "62003"),
        (Dimension.SENDER, "+60123456789", "+601*****789"),
        (Dimension.SENDER, "aisha@citizen.example", "a***@citizen.example"),
        (Dimension.DOMAIN, "citizen.example", "citizen.example"),
        (Dimension.CLIENT, "192.0.2.100", "192.0.2.100"),
    ],
)
def test_whatever_may_be_one_person_is_masked(dimension: Dimension, value: str, shown: str) -> None:
    scope = Scope({dimension: frozenset({value})})

    assert scope_words(scope) == f"{dimension}={shown}"
    assert scope_words(scope, full=True) == f"{dimension}={value}"
