from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from filter.limits.pause import Pause
from filter.limits.releasecheck import ReleaseCheck
from filter.message import Channel, Client, Envelope, Transaction
from filter.quarantine.item import HeldItem, State, StoreError
from filter.ruleset import RuleSet
from filter.settings import Limits
from filter.subject import Dimension, Scope
from filter.verdict import Disposition, Verdict

NOW = datetime.now(UTC)
RULES = cast(
    "RuleSet",
    SimpleNamespace(templates=(SimpleNamespace(id="sign-in/ms", template_class="otp"),)),
)


class Shelf:
    def __init__(self, *pauses: Pause) -> None:
        self.kept = list(pauses)
        self.is_broken = False

    def pauses(self, now: datetime) -> Sequence[Pause]:
        if self.is_broken:
            raise StoreError("disk gone")
        return [pause for pause in self.kept if not pause.is_over(now)]


def pause(**scope: str) -> Pause:
    values = {
        Dimension(name.strip("_").replace("_", "-")): frozenset({v}) for name, v in scope.items()
    }
    return Pause("p_1", Scope(values), "stolen key", "anna", NOW)


def item(template: str | None = "sign-in/ms") -> HeldItem:
    transaction = Transaction(
        id="m_1",
        channel=Channel.SMS,
        received_at=NOW,
        client=Client(name="kiosk"),
        envelope=Envelope("MYHEALTH", ("+60 12-345 6789",)),
        content=b"",
    )
    verdict = Verdict(Disposition.QUARANTINE, (), (), "r1", template=template)
    return HeldItem(transaction, verdict, State.HELD, NOW, NOW, NOW)


def check(*pauses: Pause, rules: RuleSet | None = RULES) -> str:
    return ReleaseCheck(Shelf(*pauses), Limits(), lambda: rules)(item())


@pytest.mark.parametrize(
    "scope",
    [
        {},
        {"client": "kiosk"},
        {"template": "sign-in"},
        {"class_": "otp"},
        {"recipient": "+60123456789"},
        {"recipient_prefix": "+6012"},
        {"country": "MY", "channel": "sms"},
    ],
    ids=str,
)
def test_what_a_pause_covers_is_told_with_what_ends_it(scope: dict[str, str]) -> None:
    told = check(pause(**scope))

    assert "under the pause p_1" in told
    assert "by anna: stolen key" in told
    assert "sallyport resume p_1" in told
    assert "+60123456789" not in told


@pytest.mark.parametrize(
    "scope",
    [{"client": "clinic"}, {"template": "other"}, {"class_": "news"}, {"channel": "email"}],
    ids=str,
)
def test_other_messages_may_go(scope: dict[str, str]) -> None:
    assert check(pause(**scope)) == ""


def test_a_pause_that_is_over_covers_nothing() -> None:
    assert check(replace(pause(), until=NOW - timedelta(seconds=1))) == ""


@pytest.mark.parametrize("rules", [None, cast("RuleSet", SimpleNamespace(templates=()))])
def test_a_class_that_nobody_knows_any_more_is_covered_in_doubt(rules: RuleSet | None) -> None:
    assert check(pause(class_="otp"), rules=rules) != ""
    assert check(pause(class_="otp", client="clinic"), rules=rules) == ""


def test_what_fits_no_template_has_no_class() -> None:
    none = ReleaseCheck(Shelf(pause(class_="otp")), Limits(), lambda: None)

    assert none(item(template=None)) == ""


def test_pauses_that_cannot_be_read_are_trouble_not_consent() -> None:
    shelf = Shelf()
    shelf.is_broken = True

    with pytest.raises(StoreError):
        ReleaseCheck(shelf, Limits(), lambda: RULES)(item())


def test_each_message_is_asked_for_anew() -> None:
    shelf = Shelf()
    asks = ReleaseCheck(shelf, Limits(), lambda: RULES)
    assert asks(item()) == ""

    shelf.kept.append(pause())

    assert asks(item()) != ""
