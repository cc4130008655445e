"""The check objects to known pictures and to pictures that the template does not show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from filter.checks.case import Case
from filter.checks.images import NAME, check
from filter.message import (
    Appearance,
    Channel,
    Envelope,
    ListedHash,
    Message,
    Picture,
    PictureView,
)
from filter.mode import Mode
from filter.pictures.likeness import Likeness, find_known
from filter.pictures.listfile import read_list
from filter.pictures.points import Points, pack
from filter.reasons import REASONS
from filter.ruleset import BankedImage, ImageList, Match, Miss, PictureRule, RuleSet, Template
from filter.verdict import Finding

HASH = bytes(range(0, 256, 8))
NO_VALUES: Mapping[str, str] = {}


class _Nobody:
    def match(self, message: Message) -> Match | Miss:
        raise AssertionError("the check does not match templates")


def _off_by(bits: int) -> bytes:
    return (int.from_bytes(HASH) ^ ((1 << bits) - 1)).to_bytes(32)


def _seen(*views: PictureView) -> Appearance:
    return Appearance(views)


def _known(
    name: str = "prank", view: str = "whole", mode: Mode = Mode.ENFORCE, bits: int = 40
) -> BankedImage:
    return BankedImage(
        name, "known.yaml:1", "Singer", _seen(PictureView(view, HASH, 95)), bits, "", mode
    )


def _picture(*views: PictureView, content: bytes = b"x") -> Picture:
    return Picture("d" * 64, "image/png", "part 2", content, appearance=Appearance(views))


def _case(
    *pictures: Picture, known: tuple[BankedImage, ...] = (), rule: PictureRule | None = None
) -> Case:
    message = Message(Channel.EMAIL, Envelope("", ()), (), pictures=pictures)
    rules = RuleSet("abc", (), (), known, _Nobody())
    if rule is None:
        return Case(message, rules, Miss((Finding("templates", "template.none", "none"),)))
    template = Template("t", "t.yaml:1", frozenset({Channel.EMAIL}), (), ("x",), pictures=rule)
    return Case(message, rules, Match(template, NO_VALUES))


def test_a_message_without_pictures_is_cleared() -> None:
    cleared = check(_case(rule=PictureRule())).cleared

    assert cleared is not None
    assert (cleared.check, cleared.grounds) == (NAME, "no pictures")


def test_a_known_picture_is_a_finding_that_says_which_view_and_how_far() -> None:
    case = _case(_picture(PictureView("whole+mirrored", _off_by(7), 80)), known=(_known(),))

    result = check(case)

    assert result.cleared is None
    assert [(f.check, f.code, f.where) for f in result.findings] == [
        (NAME, "image.known", "part 2")
    ]
    assert result.findings[0].detail == (
        'looks like "Singer" (prank): whole, mirrored against whole of the known picture, '
        "distance 7 of 256 bits, limit 40"
    )
    assert "image.known" in REASONS


@pytest.mark.parametrize(
    ("seen_as", "known_as", "limit"),
    [
        ("whole", "whole", 40),
        ("region-2+turned-90", "whole", 40),
        ("whole", "centre-80", 20),
        ("half-left", "whole", 20),
        ("whole", "half-left", 12),
        ("half-left", "quarter-upper-left", 12),
        ("half-left", "centre-80", 12),
        ("part-5-of-3x3", "whole", 20),
    ],
)
def test_each_pair_of_views_has_its_own_limit(seen_as: str, known_as: str, limit: int) -> None:
    known = (_known(view=known_as),)

    assert find_known(_seen(PictureView(seen_as, _off_by(limit), 80)), known)
    assert not find_known(_seen(PictureView(seen_as, _off_by(limit + 1), 80)), known)


def test_a_known_picture_of_a_few_lines_has_to_be_met_closer() -> None:
    plain = BankedImage("line", "known.yaml:1", "Line", _seen(PictureView("whole", HASH, 60)), 40)

    assert find_known(_seen(PictureView("whole", _off_by(12), 80)), (plain,))
    assert not find_known(_seen(PictureView("whole", _off_by(13), 80)), (plain,))


def test_a_part_that_shows_little_is_not_compared_with() -> None:
    gradient = PictureView("centre-80", HASH, 85)
    known = BankedImage("few", "known.yaml:1", "Few", _seen(gradient), 40)

    assert not find_known(_seen(PictureView("whole", HASH, 95)), (known,))


def test_the_limit_of_the_entry_counts() -> None:
    known = (_known(bits=10),)

    assert find_known(_seen(PictureView("whole", _off_by(10), 80)), known)
    assert not find_known(_seen(PictureView("whole", _off_by(11), 80)), known)


def test_a_picture_that_cannot_be_compared_with_all_known_ones_is_a_finding_of_its_own() -> None:
    block = pack(
        Points(
            np.random.default_rng(1).random((4_000, 2)).astype(np.float32),
            np.full(4_000, 0.1, np.float32),
            np.zeros(4_000, np.float32),
            np.zeros((4_000, 4), np.uint64),
            (1.0, 1.0),
        )
    )
    alike = replace(_picture(), appearance=Appearance((), (block,)))
    known = replace(_known(mode=Mode.SHADOW), appearance=Appearance((), (block,)))

    result = check(_case(alike, known=(known,), rule=PictureRule(max_count=0)))

    assert [(finding.code, finding.where) for finding in result.findings] == [
        ("image.too_alike", "part 2"),
        ("image.count", ""),
    ]
    assert "image.too_alike" in REASONS


def test_flat_views_are_compared_on_neither_side() -> None:
    flat = BankedImage("flat", "known.yaml:1", "Flat", _seen(PictureView("whole", HASH, 5)))

    assert not find_known(_seen(PictureView("whole", HASH, 5)), (_known(),))
    assert not find_known(_seen(PictureView("whole", HASH, 80)), (flat,))


def test_a_flat_picture_is_cleared_and_the_grounds_say_so() -> None:
    case = _case(_picture(PictureView("whole", HASH, 5)), known=(_known(),), rule=PictureRule(0, 1))

    cleared = check(case).cleared

    assert cleared is not None
    assert cleared.grounds == ("0 pictures compared with 1 known ones, 1 too flat to show anything")


def test_an_entry_in_shadow_is_recorded_and_does_not_hold() -> None:
    result = check(
        _case(
            _picture(PictureView("whole", HASH, 80)),
            known=(_known(mode=Mode.SHADOW),),
            rule=PictureRule(0, 1),
        )
    )

    assert result.cleared is not None
    assert result.findings == ()
    assert [finding.code for finding in result.shadow] == ["image.known"]


def test_an_entry_that_is_off_is_not_compared() -> None:
    result = check(
        _case(
            _picture(PictureView("whole", HASH, 80)),
            known=(_known(mode=Mode.OFF),),
            rule=PictureRule(0, 1),
        )
    )

    assert result.cleared is not None
    assert result.shadow == ()


def test_a_picture_that_is_known_twice_has_a_finding_for_each_by_its_closest_view() -> None:
    known = (_known("one"), _known("two"))
    views = (PictureView("whole", _off_by(20), 80), PictureView("trimmed", _off_by(3), 80))

    found = find_known(Appearance(views), known)

    assert [(f.known.id, f.seen_as, f.distance_bits) for f in found if isinstance(f, Likeness)] == [
        ("one", "trimmed", 3),
        ("two", "trimmed", 3),
    ]


@pytest.mark.parametrize(
    ("number", "rule", "words"),
    [
        (0, PictureRule(1, 1), "0 pictures; template t shows 1"),
        (1, PictureRule(0, 0), "1 pictures; template t shows none"),
        (3, PictureRule(1, 2), "3 pictures; template t shows 1 to 2"),
        (1, PictureRule(1, 2), ""),
        (2, PictureRule(1, 2), ""),
    ],
)
def test_the_template_says_how_many_pictures_it_shows(
    number: int, rule: PictureRule, words: str
) -> None:
    pictures = [_picture(PictureView("whole", HASH, 80)) for _ in range(number)]

    result = check(_case(*pictures, rule=rule))

    assert [finding.detail for finding in result.findings] == ([words] if words else [])
    assert all(finding.code == "image.count" for finding in result.findings)
    assert (result.cleared is None) is bool(words)


def test_pictures_inside_documents_are_compared_but_not_counted() -> None:
    inside = _picture(PictureView("whole", HASH, 80), content=b"")

    assert check(_case(inside, rule=PictureRule())).cleared is not None
    assert [
        f.code for f in check(_case(inside, known=(_known(),), rule=PictureRule())).findings
    ] == ["image.known"]


def test_a_message_that_fits_no_template_is_still_compared() -> None:
    assert check(_case(_picture(PictureView("whole", HASH, 80)), known=(_known(),))).findings
    assert check(_case(_picture(PictureView("whole", HASH, 80)))).cleared is not None


def test_a_large_bank_is_compared_whole() -> None:
    known = tuple(
        BankedImage(
            f"n{n}", "k", "x", _seen(PictureView("whole", (n * 2**40 + 2**255).to_bytes(32), 80))
        )
        for n in range(20_000)
    )
    views = tuple(PictureView("whole", (2**200 - 1 - n).to_bytes(32), 80) for n in range(90))

    again = PictureView("whole", known[-1].appearance.views[0].hash, 80)
    assert not find_known(Appearance(views), known)
    assert find_known(Appearance((*views, again)), known)


def test_other_rules_are_compared_anew() -> None:
    views = _seen(PictureView("whole", HASH, 80))

    assert not find_known(views, ())
    assert find_known(views, (_known(),))
    assert not find_known(views, (_known(mode=Mode.OFF),))
    assert find_known(views, (_known(),))


@pytest.mark.parametrize("mode", [Mode.ENFORCE, Mode.SHADOW, Mode.OFF])
def test_a_picture_on_a_list_of_others_is_known_as_the_mode_of_the_list_says(mode: Mode) -> None:
    hashes = read_list(f"{HASH.hex()},90,bridge\n".encode(), "pdq", 50).hashes
    known = ImageList("exchange", "l.yaml:2", "Exchange", "l.csv", hashes, 31, 50, mode=mode)
    picture = replace(_picture(), appearance=Appearance(listed=(ListedHash("pdq", HASH, 80),)))
    case = _case(picture, rule=PictureRule(1, 1))
    case = replace(case, rules=replace(case.rules, image_lists=(known,)))

    result = check(case)

    found = {"enforce": result.findings, "shadow": result.shadow}.get(mode.value, ())
    assert [finding.code for finding in found] == ["image.known"] * (mode is not Mode.OFF)
    assert (result.cleared is None) is (mode is Mode.ENFORCE)
    for finding in found:
        assert 'is on the list "Exchange" (exchange): l.csv line 1 "bridge"' in finding.detail
