"""The evaluation in small: what was made is found, fresh messages pass, changed ones do not."""

from __future__ import annotations

import random
from collections import Counter

from filter.learning.learn import learn
from tests.campaign.learning import bar_of, changed, compare, passes, read_all, rules_with
from tests.learning.mailbox import mailbox, noise, poisoned, render, templates

MADE = tuple(
    one
    for one in templates()
    if one.id.startswith(("order-", "water", "power", "otp", "de-", "parcel", "policy-re"))
)


def test_what_was_made_is_learnt_and_nothing_else_passes() -> None:
    truth, sample, unread = read_all(mailbox(900, 11, MADE))
    messages = sample.messages()
    learned = learn(messages, bar_of(messages))
    found = compare(learned, truth, MADE)

    assert not unread
    assert found["mixed"] == []
    assert float(str(found["template recall"])) >= 0.9
    assert float(str(found["slot recall"])) >= 0.97
    assert float(str(found["type accuracy"])) >= 0.9
    rules, dropped = rules_with([one for one in learned.proposals if one.count >= 12])
    assert not dropped
    rng = random.Random(12)
    total = Counter(one.template for one in truth.values())
    often = [one for one in MADE if total[one.id] >= 20]
    fresh = passes(rules, (render(rng.choice(often), rng) for _ in range(200)))
    assert fresh[0] >= 0.9 * fresh[1], fresh[2].most_common(5)
    assert passes(rules, (changed(rng.choice(MADE), rng) for _ in range(120)))[0] == 0
    assert passes(rules, (noise(rng, number) for number in range(30)))[0] == 0
    target = next(one for one in MADE if one.id == "order-confirmed")
    assert passes(rules, (poisoned(target, rng) for _ in range(30)))[0] == 0
