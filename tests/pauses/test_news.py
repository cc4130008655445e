"""What a worker says of its pauses, which is all that the supervisor knows of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from filter.worker import PauseNews

IDS = st.frozensets(st.sampled_from(["p_1", "p_2", "p_3", "p_4"]))


def ids(event: dict[str, object], key: str) -> list[str]:
    found = event[key]
    assert isinstance(found, list)
    return found


def test_only_what_changed_is_told() -> None:
    told: list[dict[str, object]] = []
    news = PauseNews(lambda **event: told.append(event))

    news.note(frozenset({"p_1", "p_2"}), False)
    news.note(frozenset({"p_2", "p_3"}), False)
    news.note(frozenset({"p_1", "p_2"}), True)
    news.note(frozenset({"p_2", "p_3"}), True)

    assert told == [
        {"event": "pauses", "begun": ["p_1", "p_2"], "over": []},
        {"event": "pauses", "begun": ["p_3"], "over": ["p_1"]},
        {"event": "settled", "ids": ["p_2"]},
        {"event": "settled", "ids": ["p_3"]},
    ]


@given(states=st.lists(IDS), late=st.integers(0, 3))
def test_whoever_adds_up_the_news_knows_what_is_in_force_and_settled(
    states: list[frozenset[str]], late: int
) -> None:
    in_force: set[str] = set()
    settled: set[str] = set()

    def take_in(**event: object) -> None:
        if event["event"] == "pauses":
            in_force.difference_update(ids(event, "over"))
            in_force.update(ids(event, "begun"))
            settled.intersection_update(in_force)
        else:
            settled.update(ids(event, "ids"))

    news = PauseNews(take_in)
    for number, state in enumerate(states):
        news.note(state, False)
        assert in_force == state
        if number >= late:
            news.note(states[number - late], True)
            assert states[number - late] & state <= settled <= state
