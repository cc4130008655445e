"""What people are told about a link."""
# ruff: noqa: RUF001 - look-alikes are what is tested

from __future__ import annotations

import pytest

from filter.checks.linkexplain import LinkParts, explain_link, pattern_of
from filter.mode import Mode
from filter.ruleset import QueryRule
from tests.checks.build import NAMED, entry, rules

SITE = entry("www.health.example", "/app/**", id="app", fragment=True)
CARD = entry(
    "www.health.example",
    "/cards/{number}",
    id="card",
    query=NAMED,
    parameters=frozenset({"lang"}),
)
MAIL = entry("help@health.example", "", id="help", scheme="mailto")
CALL = entry("+60388810200", "", id="call", scheme="tel")
RULES = rules(links=[SITE, CARD, MAIL, CALL])


def test_a_link_is_taken_apart_as_a_browser_reads_it() -> None:
    said = explain_link("https://www.health.example:8443/a/b?x=1&u=https://evil.example#top", RULES)

    assert said.parts == LinkParts(
        scheme="https",
        host="www.health.example",
        shown_host="www.health.example",
        port="8443",
        path="/a/b",
        query="x=1&u=https://evil.example",
        fragment="top",
        carried=("https://evil.example",),
    )
    assert said.spelling == ""
    assert said.odd == ()


def test_an_odd_spelling_is_told_beside_the_host_that_a_browser_goes_to() -> None:
    said = explain_link("https://www.health.example\\@evil.example/", RULES)
    assert said.parts is not None
    assert said.parts.host == "www.health.example"
    assert "backslash" in said.spelling

    said = explain_link("https://www.health.example@evil.example/", RULES)
    assert said.parts is not None
    assert (said.parts.host, said.parts.user) == ("evil.example", "www.health.example")


def test_odd_characters_have_names() -> None:
    said = explain_link("https://www.heаlth.example/\u200b", RULES)

    assert said.odd == ("U+0430 CYRILLIC SMALL LETTER A", "U+200B ZERO WIDTH SPACE")
    assert said.parts is not None
    assert said.parts.host.startswith("www.xn--")
    assert said.parts.shown_host == "www.heаlth.example"


@pytest.mark.parametrize(
    ("url", "nearest", "differs"),
    [
        ("https://www.health.example/app/x", "app", ()),
        ("www.health.example/app/x", "app", ()),
        ("http://www.health.example/app/x", "app", ("the scheme is http, not https",)),
        (
            "https://www.health.example/cards/5",
            "card",
            ("the path /cards/5 is not /cards/{number} with 7",),
        ),
        (
            "https://www.health.example/cards/7?a=1#b",
            "card",
            ("a fragment (#) is not allowed", 'the parameter "a" is not allowed'),
        ),
        (
            "mailto:evil@health.example",
            "help",
            ("it is evil@health.example, not help@health.example",),
        ),
        ("tel:0388810200", "call", ("it is 0388810200, not +60388810200",)),
    ],
)
def test_the_nearest_entry_says_all_that_differs(
    url: str, nearest: str, differs: tuple[str, ...]
) -> None:
    found = explain_link(url, RULES, {"number": "7"}).nearest

    assert found is not None
    assert (found.id, found.differs) == (nearest, differs)


def test_a_look_alike_is_compared_with_what_it_looks_like() -> None:
    found = explain_link("https://www.heаlth.example/app/1", RULES).nearest

    assert found is not None
    assert found.id == "app"
    assert "U+0430" in found.differs[0]


def test_a_host_of_the_same_owner_is_compared_with_the_listed_one() -> None:
    found = explain_link("https://shop.health.example/app/1", RULES).nearest

    assert found is not None
    assert found.differs == ("the host is shop.health.example, not www.health.example",)


def test_nothing_is_near_to_a_stranger() -> None:
    assert explain_link("https://evil.example/", RULES).nearest is None
    assert explain_link("https://", RULES).parts is None


def test_entries_that_the_template_does_not_name_or_that_are_on_trial_say_so() -> None:
    trial = entry("www.health.example", "/**", id="trial", mode=Mode.SHADOW)

    unnamed = explain_link("https://www.health.example/app/1", RULES, only=frozenset({"card"}))
    shadowed = explain_link("https://www.health.example/x", rules(links=[trial]))

    assert unnamed.nearest is not None
    assert shadowed.nearest is not None
    assert unnamed.nearest.differs == ("the template does not name this entry",)
    assert shadowed.nearest.differs == ("the entry is in shadow",)


def test_an_entry_is_written_like_a_link() -> None:
    assert pattern_of(SITE) == "https://www.health.example/app/**#*"
    assert pattern_of(CARD) == "https://www.health.example/cards/{number}?lang"
    assert pattern_of(CALL) == "tel:+60388810200"
    assert pattern_of(entry(query=QueryRule.ANY, port=8443)) == "https://health.example:8443/**?*"
