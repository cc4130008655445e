"""A known picture is told once in each part of a message, with every place where it was seen."""

from __future__ import annotations

import io

from PIL import Image

from filter.checks.knownpictures import Known, find_known_in
from filter.message import Appearance, ListedHash, Message, Picture, PictureView
from filter.mode import Mode
from filter.pictures.likeness import Agreement, Likeness
from filter.pictures.listfile import read_list
from filter.pictures.strongest import strength, strongest
from filter.reading.sandbox import Sandbox
from filter.ruleset import BankedImage, ImageList, Match, Miss, RuleSet

HASH = bytes(32)
PAGE, OBJECT = "image/page", "image/unknown"


class _Nobody:
    def match(self, message: Message) -> Match | Miss:
        raise AssertionError("nothing is matched here")


def _known(name: str = "prank", mode: Mode = Mode.ENFORCE) -> BankedImage:
    appearance = Appearance((PictureView("whole", HASH, 90),))
    return BankedImage(name, "known.yaml:1", "Singer", appearance, mode=mode)


def _seen(where: str, bits: int, media_type: str = OBJECT, content: bytes = b"") -> Picture:
    near = ((1 << bits) - 1).to_bytes(32, "big")
    listed = (ListedHash("pdq", near, 100),)
    appearance = Appearance((PictureView("whole", near, 90),), (), listed)
    return Picture(f"{where} {bits}", media_type, where, content, appearance=appearance)


def _told(*pictures: Picture, rules: RuleSet | None = None) -> list[Known]:
    rules = rules or RuleSet("abc", (), (), (_known(),), _Nobody())
    return list(find_known_in("images", pictures, rules))


def test_a_picture_and_its_page_are_one_finding_that_tells_the_nearer_one_first() -> None:
    (known,) = _told(_seen("part 2, page 1", 4), _seen("part 2, page 1", 2, PAGE))

    assert known.finding.where == "part 2, page 1"
    assert known.finding.detail == (
        'looks like "Singer" (prank): whole against whole of the known picture, distance 2 of 256 '
        "bits, limit 52; also a picture on page 1: whole against whole, distance 4 of 256 bits, "
        "limit 52"
    )


def test_other_pages_of_a_document_are_named_and_other_parts_are_findings_of_their_own() -> None:
    first, second = _told(
        _seen("part 2, page 7", 5, PAGE),
        _seen("part 2, page 3", 1),
        _seen("part 3, page 3", 9, PAGE),
    )

    assert (first.finding.where, second.finding.where) == ("part 2, page 3", "part 3, page 3")
    assert "; also page 7 as it is shown: whole" in first.finding.detail
    assert "also" not in second.finding.detail


def test_files_in_an_archive_and_pictures_of_the_message_are_told_one_by_one() -> None:
    told = _told(
        _seen("part 2, file 1 in it", 1, "image/png"),
        _seen("part 2, file 2 in it", 1, "image/png"),
        _seen("a.png, page 1", 1, "image/png", b"x"),
        _seen("a.png, page 2", 1, "image/png", b"x"),
    )

    assert len({known.finding.where for known in told}) == 4


def test_a_document_of_many_pages_has_a_finding_of_bounded_length() -> None:
    (known,) = _told(*(_seen(f"part 2, page {n}", 1 + n % 9, PAGE) for n in range(1, 1_000)))

    assert known.finding.detail.endswith("; and 988 more places")
    assert known.finding.detail.count("as it is shown") == 10


def test_each_known_picture_keeps_its_own_mode() -> None:
    rules = RuleSet("abc", (), (), (_known("old"), _known("new", Mode.SHADOW)), _Nobody())

    told = _told(_seen("part 2, page 1", 4), _seen("part 2, page 1", 2, PAGE), rules=rules)

    assert [(known.holds, known.finding.detail.count("also")) for known in told] == [
        (True, 1),
        (False, 1),
    ]


def test_a_list_of_others_is_told_once_in_each_part_too() -> None:
    hashes = read_list(f"{HASH.hex()}\n".encode(), "pdq", 50).hashes
    exchange = ImageList("exchange", "l.yaml:2", "Exchange", "l.csv", hashes, 31, 50)
    rules = RuleSet("abc", (), (), (), _Nobody(), image_lists=(exchange,))

    (known,) = _told(_seen("part 2, page 1", 4), _seen("part 2, page 1", 2, PAGE), rules=rules)

    assert "l.csv line 1, pdq at distance 2 of 256 bits" in known.finding.detail
    assert known.finding.detail.endswith(
        "; also a picture on page 1: line 1, pdq at distance 4 of 256 bits, limit 31"
    )


def test_a_pdf_with_a_known_picture_is_one_finding(
    sandbox: Sandbox, prank: Image.Image, known: tuple[BankedImage, ...]
) -> None:
    file = io.BytesIO()
    prank.save(file, "PDF")
    document = sandbox.look_at_document(file.getvalue(), "application/pdf", "part 2")
    assert len(document.pictures) == 2

    (told,) = _told(*document.pictures, rules=RuleSet("abc", (), (), known, _Nobody()))

    assert "also page 1 as it is shown: " in told.finding.detail


def test_views_are_told_before_points_and_the_surest_first() -> None:
    def by_view(distance: int, limit: int) -> Likeness:
        return Likeness(_known(), "whole", "whole", distance, limit)

    def by_points(places: int) -> Agreement:
        return Agreement(_known(), is_mirrored=False, places=places, least_places=6, seen_as="",
                         seen_area=(), known_area=())  # fmt: skip

    assert strongest([by_points(60), by_view(30, 32), by_view(20, 52)]) == by_view(20, 52)
    assert strongest([by_points(6), by_points(60)]) == by_points(60)
    assert strongest([]) is None
    assert strength(by_view(32, 32)) > strength(by_points(100))
