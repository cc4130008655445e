"""A rule is about whom it names, however the rule file and the message spell it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from filter.floodrules import FloodRules, Sign
from filter.limits.canonical import canonical
from filter.limits.subjects import subject_of
from filter.settings import Limits
from filter.subject import Dimension
from tests.limits.guardworld import FLOOR, MINUTE, REPEAT, limit, rules, scope, transaction, watch

ANYWHERE = Limits()
TAGS_COUNT = Limits(plus_tags=True)


@pytest.mark.parametrize(
    ("written", "settings", "counted", "others"),
    [
        ("first.last@gmail.com", ANYWHERE, "firstlast@googlemail.com", "first@gmail.com"),
        ("aisha+news@citizen.example", ANYWHERE, "aisha@citizen.example", "news@citizen.example"),
        (
            "aisha+news@citizen.example",
            TAGS_COUNT,
            "Aisha+News@Citizen.example",
            "aisha@citizen.example",
        ),
        ("+525512345678", ANYWHERE, "+52 1 55 1234 5678", "+525512345679"),
    ],
)
def test_a_rule_about_a_recipient_counts_it(
    written: str, settings: Limits, counted: str, others: str
) -> None:
    (rule,) = canonical(
        rules(limits=[limit(Dimension.RECIPIENT, match=scope(recipient=written))]).floods, settings
    ).limits

    def fits(recipient: str) -> bool:
        return rule.match.fits_any(subject_of(transaction(recipient), None, settings))

    assert fits(counted)
    assert not fits(others)


def test_every_kind_of_rule_and_its_safe_lists_are_read_so() -> None:
    gmail, plain = scope(recipient="a.b@gmail.com"), scope(recipient="ab@gmail.com")
    written = FloodRules(
        limits=(limit(Dimension.CLIENT, match=gmail, safe=(gmail,)),),
        watches=(replace(watch(Sign.VOLUME), match=gmail),),
        floors=(FLOOR,),
        repeats=(REPEAT,),
    )
    read = canonical(written, ANYWHERE)

    assert (read.limits[0].match, read.limits[0].safe) == (plain, (plain,))
    assert read.watches[0].match == plain
    assert (read.floors, read.repeats) == ((FLOOR,), (REPEAT,))


def test_domains_and_senders_are_read_so_too() -> None:
    match = scope(recipient_domain="googlemail.com", sender="bounces+a7f@health.example")
    (rule,) = canonical(FloodRules(limits=(limit(match=match),)), ANYWHERE).limits

    assert rule.match == scope(recipient_domain="gmail.com", sender="bounces@health.example")
    assert rule.windows == (MINUTE,)
