from __future__ import annotations

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
