"""What is said of a recorded decision under other rules, with its bytes and without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from filter import basis
from filter.basis import digest_of_link, digest_of_pictures, digest_of_template
from filter.decisions import Decision
from filter.inspection import judge_message
from filter.message import Appearance, Link, LinkKind, Message, PictureView
from filter.replay import Flip, Known, Replay, Replayed, Tally
from filter.rulefiles.load import load_rules
from filter.ruleset import BankedImage, RuleSet
from filter.verdict import Basis, Disposition, Finding, Verdict, held_for
from tests.quarantine.messages import decision_on, text
from tests.quarantine.messages import mail as transaction
from tests.templates.build import mail

RULES = """\
templates:
  - id: visit
    channel: email
    from: no-reply@health.example
    subject: "Your visit {number}"
    text: "See https://www.health.example/visit for visit {number}."
    slots: {number: digits 1-6}
    examples:
      pass: [{subject: Your visit 1, text: "See https://www.health.example/visit for visit 1."}]
      hold: [See us.]
  - id: hello
    channel: email
    from: no-reply@health.example
    subject: "Hello"
    text: "Hello."
    examples: {pass: [Hello.], hold: [Bye.]}
links:
  - {id: visits, host: www.health.example, path: /visit}
  - {id: others, host: www.other.example}
"""
URL = "https://www.health.example/visit"
VISIT = replace(
    mail("Your visit 12", f"See {URL} for visit 12."),
    links=(Link(URL, LinkKind.BARE, "part 1.1"),),
)
HELLO = mail("Hello", "Hello.")


def _rules(folder: Path, *changes: tuple[str, str]) -> RuleSet:
    told = RULES
    for old, new in changes:
        assert old in told
        told = told.replace(old, new)
    (folder / "rules.yaml").write_text(told)
    return load_rules(folder)


def _decided(message: Message, folder: Path) -> Decision:
    return decision_on(transaction(), judge_message(message, _rules(folder)))


def _nobody(_content: object) -> Verdict:
    raise AssertionError("nothing is judged without its bytes")


def test_a_pass_is_known_by_rules_that_say_the_same_word_for_word(tmp_path: Path) -> None:
    decision = _decided(VISIT, tmp_path)
    same = ("id: visit\n", "id: visit\n    description: Moved, explained\n    class: care\n")
    other = ("www.other.example", "www.another.example")

    one = Replay(_rules(tmp_path, same, other, ("Hello.", "Hi.")), _nobody).again(decision, None)

    assert (one.flip, one.known) == (Flip.STAYS_PASSED, Known.DIGEST)


def test_a_template_under_another_name_is_the_same(tmp_path: Path) -> None:
    decision = _decided(HELLO, tmp_path)

    one = Replay(_rules(tmp_path, ("id: hello", "id: greeting")), _nobody).again(decision, None)

    assert one.flip is Flip.STAYS_PASSED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(
            ("digits 1-6", "digits 1-4"), "the template visit changed", id="a slot is narrower"
        ),
        pytest.param(
            ("no-reply@health.example", "reply@health.example"),
            "the template visit changed",
            id="another sender",
        ),
        pytest.param(
            ("id: visit\n", "id: visit\n    mode: shadow\n"), "the template visit is in shadow"
        ),
        pytest.param(("id: visit\n", "id: visit\n    mode: off\n"), "the template visit is off"),
        pytest.param(("path: /visit}", "path: /visits}"), "the link entry visits changed"),
        pytest.param(
            ("path: /visit}", "path: /visit, mode: shadow}"),
            "the link entry visits is gone or not enforced",
        ),
    ],
)
def test_a_pass_whose_rules_changed_may_be_held_and_says_which(
    tmp_path: Path, change: tuple[str, str], reason: str
) -> None:
    decision = _decided(VISIT, tmp_path)

    one = Replay(_rules(tmp_path, change), _nobody).again(decision, None)

    assert (one.flip, one.known, one.reason) == (Flip.MAY_BE_HELD, Known.NOTHING, reason)


def test_the_same_files_need_no_digests(tmp_path: Path) -> None:
    decision = _decided(VISIT, tmp_path)
    old = replace(decision, verdict=replace(decision.verdict, basis=None))

    assert Replay(_rules(tmp_path), _nobody).again(old, None).known is Known.REVISION


def test_a_pass_from_before_digests_were_kept_may_be_held(tmp_path: Path) -> None:
    decision = _decided(VISIT, tmp_path)
    old = replace(decision, verdict=replace(decision.verdict, basis=None))

    one = Replay(_rules(tmp_path, ("Hello.", "Hi.")), _nobody).again(old, None)

    assert one.flip is Flip.MAY_BE_HELD


def test_a_held_message_whose_bytes_are_gone_may_pass(tmp_path: Path) -> None:
    decision = _decided(mail("Hello", "Hello there."), tmp_path)

    one = Replay(_rules(tmp_path, ("Hello.", "Hi.")), _nobody).again(decision, None)

    assert (one.flip, one.rule) == (Flip.MAY_BE_PASSED, "hello")


def test_bytes_say_it_for_certain(tmp_path: Path) -> None:
    rules = _rules(tmp_path)
    passed, held = _decided(HELLO, tmp_path), _decided(mail("Hello", "Bye."), tmp_path)
    no = held_for(Finding("templates", "template.none", "not so"), revision="r2")
    content = transaction()

    assert Replay(rules, lambda _: no).again(passed, content).flip is Flip.NEWLY_HELD
    assert Replay(rules, lambda _: passed.verdict).again(held, content).flip is Flip.NEWLY_PASSED
    assert Replay(rules, lambda _: passed.verdict).again(passed, content).flip is Flip.STAYS_PASSED
    assert Replay(rules, lambda _: no).again(held, content).flip is Flip.STAYS_HELD


def test_what_a_limit_held_was_approved(tmp_path: Path) -> None:
    decision = _decided(HELLO, tmp_path)
    too_many = replace(
        decision.verdict,
        disposition=Disposition.QUARANTINE,
        findings=(Finding("limits", "limit.client", "6 of 5"),),
    )

    one = Replay(_rules(tmp_path, ("visit for", "visit, for")), _nobody).again(
        replace(decision, verdict=too_many), None
    )

    assert one.flip is Flip.STAYS_PASSED


def test_pictures_are_compared_with_those_that_were_known(tmp_path: Path) -> None:
    decision = _decided(HELLO, tmp_path)
    stands_on = decision.verdict.basis
    assert stands_on is not None
    assert stands_on.pictures == ""
    rules = _rules(tmp_path, ("Bye.", "Ciao."))
    shown = replace(decision.verdict, basis=replace(stands_on, pictures="0123456789abcdef"))

    one = Replay(rules, _nobody).again(replace(decision, verdict=shown), None)

    assert one.reason == "known pictures changed, and it shows pictures"


def test_fewer_known_pictures_hold_nothing_more_and_new_ones_are_named(tmp_path: Path) -> None:
    seen = Appearance((PictureView("whole", bytes(range(32)), 90),))
    known = tuple(BankedImage(name, "x.yaml:1", name, seen) for name in ("a", "b", "c", "d", "e"))
    hello = _rules(tmp_path)

    def with_known(*images: BankedImage) -> RuleSet:
        digest = digest_of_pictures(images, ())
        return replace(hello, revision="other", images=images, pictures_digest=digest)

    old = with_known(*known[:2])
    decision = decision_on(transaction(), judge_message(HELLO, hello))
    shown = Basis((("hello", digest_of_template(hello.templates[1])),), (), old.pictures_digest)
    decision = replace(decision, verdict=replace(decision.verdict, basis=shown))

    def again(rules: RuleSet) -> Replayed:
        return Replay(rules, _nobody, lambda: old).again(decision, None)

    assert again(with_known(known[0])).flip is Flip.STAYS_PASSED
    more = again(with_known(*known[1:]))
    assert more.flip is Flip.MAY_BE_HELD
    assert more.reason.startswith("known pictures are new or changed (c, d, e),")


def test_groups_come_worst_first_with_the_newest_messages(tmp_path: Path) -> None:
    rules = _rules(tmp_path)
    passed, held = _decided(HELLO, tmp_path), _decided(mail("Hello", "Bye."), tmp_path)
    no = held_for(Finding("templates", "template.none", "not so"), revision="r2")
    tally = Tally(named=2)
    newest = replace(passed, id="m_3")
    tally.add(Replay(rules, lambda _: passed.verdict).again(held, text()))
    for one in (newest, replace(passed, id="m_2"), replace(passed, id="m_1")):
        tally.add(Replay(rules, lambda _: no).again(one, text()))

    first, second = tally.groups()

    assert (first.flip, first.messages, first.latest) == (Flip.NEWLY_HELD, 3, ["m_3", "m_2"])
    assert second.flip is Flip.NEWLY_PASSED
    assert tally.total == 4


def test_digests_say_nothing_of_files_lines_and_words_for_people(tmp_path: Path) -> None:
    one, other = (
        _rules(tmp_path, *changes)
        for changes in ((), (("templates:\n", "\n\ntemplates:\n"), ("digits 1-6", "digits 1-5")))
    )
    digests = [[digest_of_template(t) for t in rules.templates] for rules in (one, other)]

    assert digests[0][1] == digests[1][1]
    assert digests[0][0] != digests[1][0]
    assert [*map(digest_of_link, one.links)] == [*map(digest_of_link, other.links)]
    assert all(len(digest) == 16 for digest in digests[0])


def test_everything_that_a_rule_holds_is_part_of_its_digest() -> None:
    rules = load_rules(Path(__file__).parents[2] / "rules")
    every = (*rules.templates, *rules.links, *rules.images, *rules.image_lists, *rules.approved)

    assert not [one for one in every if basis.UNWRITTEN in basis._written(one)]
    assert basis.UNWRITTEN in basis._written(object())
    assert basis._written({"b": 1, "a": 2}) == basis._written({"a": 2, "b": 1})
