"""A template that names its pictures shows these, unchanged, and no others."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw

from filter.checks.case import Case
from filter.checks.images import check
from filter.message import (
    Appearance,
    Channel,
    Envelope,
    Link,
    LinkKind,
    Message,
    Picture,
    PictureView,
)
from filter.pictures.approved import (
    find_approved,
    is_approved_as,
    upright,
)
from filter.pictures.bank import format_view, parse_view
from filter.pictures.codealone import is_code_alone
from filter.reading.sandbox import Sandbox
from filter.reasons import REASONS
from filter.ruleset import ApprovedKind, ApprovedPicture, Match, Miss, PictureRule, RuleSet
from filter.ruleset import Template as Approval
from filter.verdict import CheckResult
from tests.pictures.codes import draw_code
from tests.pictures.draw import draw_banner, encoded

HASH = bytes(range(0, 256, 8))
LOGO = ApprovedPicture("logo", "r.yaml:1", "Our logo", digests=frozenset({"a" * 64}))
BANNER = ApprovedPicture(
    "banner",
    "r.yaml:2",
    "Our banner",
    digests=frozenset({"b" * 64}),
    sizes=((600, 150),),
    views=(PictureView("whole", HASH, 80), PictureView("whole@dark", HASH[::-1], 80)),
    also_similar=True,
)
NO_VALUES: Mapping[str, str] = {}


class _Nobody:
    def match(self, message: Message) -> Match | Miss:
        raise AssertionError("the check does not match templates")


def _off_by(bits: int) -> bytes:
    return (int.from_bytes(HASH) ^ ((1 << bits) - 1)).to_bytes(32)


def _picture(
    digest: str = "c",
    *views: tuple[str, bytes],
    size: tuple[int, int] = (600, 150),
    quality: int = 80,
    content: bytes = b"x",
) -> Picture:
    seen = Appearance(tuple(PictureView(name, value, quality) for name, value in views))
    width, height = size
    return Picture(
        digest * 64, "image/png", "part 2", content, "", "", width, height, appearance=seen
    )


def _judge(rule: PictureRule, *pictures: Picture, links: tuple[Link, ...] = ()) -> CheckResult:
    message = Message(Channel.EMAIL, Envelope("", ()), (), pictures=pictures, links=links)
    template = Approval("t", "t.yaml:1", frozenset({Channel.EMAIL}), (), ("x",), pictures=rule)
    rules = RuleSet("abc", (), (), (), _Nobody())
    return check(Case(message, rules, Match(template, NO_VALUES)))


def _codes(result: CheckResult) -> list[str]:
    return [finding.code for finding in result.findings]


ONLY = PictureRule(0, 3, approved=(LOGO, BANNER))


def test_the_same_bytes_are_approved() -> None:
    assert _judge(ONLY, _picture("a"), _picture("b")).cleared is not None


def test_another_picture_is_held_and_the_finding_names_the_nearest() -> None:
    result = _judge(ONLY, _picture("c", ("whole", _off_by(9))))

    assert _codes(result) == ["image.not_approved"]
    assert result.findings[0].where == "part 2"
    assert result.findings[0].detail == (
        "none of the approved pictures of this template (600 x 150 pixels, SHA-256 cccccccccccc…);"
        ' nearest is "Our banner" (banner), distance 9 of 256 bits, limit 8'
    )
    assert "image.not_approved" in REASONS


def test_a_finding_says_when_only_the_same_file_would_do() -> None:
    exact = replace(BANNER, also_similar=False)

    result = _judge(PictureRule(0, 1, approved=(exact,)), _picture("c", ("whole", HASH)))

    assert result.findings[0].detail.endswith(
        "distance 0 of 256 bits, only the same file is approved"
    )


def test_a_template_without_approved_pictures_shows_any() -> None:
    assert _judge(PictureRule(0, 1), _picture("c")).cleared is not None


def test_the_number_of_pictures_still_counts() -> None:
    assert _codes(_judge(replace(ONLY, max_count=1), _picture("a"), _picture("a"))) == [
        "image.count"
    ]


def test_a_required_picture_is_missed() -> None:
    rule = replace(ONLY, required=frozenset({"logo"}))

    assert _codes(_judge(rule, _picture("b"))) == ["image.required"]
    assert _judge(rule, _picture("a")).cleared is not None


def test_pictures_inside_documents_are_not_the_templates_own() -> None:
    assert _judge(ONLY, _picture("c", content=b"")).cleared is not None
    required = replace(ONLY, required=frozenset({"logo"}))
    assert _codes(_judge(required, _picture("a", content=b""))) == ["image.required"]


@pytest.mark.parametrize(
    ("views", "approved"),
    [
        ([("whole", _off_by(8))], True),
        ([("whole", _off_by(9))], False),
        ([("whole", HASH), ("whole@dark", HASH[::-1])], True),
        ([("whole", HASH), ("whole@dark", bytes(32))], False),
        ([("whole", HASH), ("whole@frame-2", HASH)], False),
        ([("whole", bytes(32)), ("whole+mirrored", HASH)], False),
        ([("trimmed", HASH)], False),
        ([], False),
    ],
)
def test_every_ground_must_be_similar_and_films_must_be_exact(
    views: list[tuple[str, bytes]],
    approved: bool,  # noqa: FBT001
) -> None:
    assert is_approved_as(_picture("c", *views), BANNER) is approved


def test_a_picture_is_not_similar_in_another_shape_or_when_it_is_flat() -> None:
    assert is_approved_as(_picture("c", ("whole", HASH), size=(300, 75)), BANNER)
    assert not is_approved_as(_picture("c", ("whole", HASH), size=(300, 150)), BANNER)
    assert not is_approved_as(_picture("c", ("whole", HASH), size=(0, 0)), BANNER)
    assert not is_approved_as(_picture("c", ("whole", HASH), quality=20), BANNER)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("order", [b"II", b"MM"])
@pytest.mark.parametrize(("orientation", "approved"), [(1, True), (2, False), (3, False)])
def test_a_picture_that_viewers_turn_is_not_similar(
    kind: str,
    order: bytes,
    orientation: int,
    approved: bool,  # noqa: FBT001
) -> None:
    exif = Image.Exif()
    exif.endian = "<" if order == b"II" else ">"
    exif[0x0112] = orientation
    content = encoded(draw_banner(), kind, exif=exif.tobytes())

    assert is_approved_as(_picture("c", ("whole", HASH), content=content), BANNER) is approved


@pytest.mark.parametrize(
    ("written", "approved"),
    [
        (b'tiff:Orientation="1"', True),
        (b"<tiff:Orientation>1</tiff:Orientation>", True),
        (b'tiff:Orientation="6"', False),
        (b"<tiff:Orientation>6</tiff:Orientation>", False),
        (b"\0\0\0\x20ftypavif meta imir", False),
        (b"a word like imir", True),
    ],
)
def test_other_ways_to_turn_a_picture_are_known(
    written: bytes,
    approved: bool,  # noqa: FBT001
) -> None:
    assert is_approved_as(_picture("c", ("whole", HASH), content=written), BANNER) is approved


def test_looks_do_not_count_without_the_word() -> None:
    exact = replace(BANNER, also_similar=False)

    assert find_approved(_picture("c", ("whole", HASH)), (exact,)) is None


@pytest.mark.parametrize(
    ("size", "content", "approved"),
    [
        ((1, 1), b"x", True),
        ((2, 32), b"x", True),
        ((3, 3), b"x", False),
        ((1, 33), b"x", False),
        ((0, 0), b"x", False),
        ((1, 1), b"x" * 4_000, False),
    ],
)
def test_a_spacer_is_too_small_to_show_anything(
    size: tuple[int, int],
    content: bytes,
    approved: bool,  # noqa: FBT001
) -> None:
    spacer = ApprovedPicture("pixel", "r.yaml:1", kind=ApprovedKind.SPACER)

    assert is_approved_as(_picture("c", size=size, content=content), spacer) is approved
    assert not is_approved_as(_picture("c", ("whole", HASH), size=size), spacer)


def test_a_generated_picture_has_its_size() -> None:
    chart = ApprovedPicture("c", "r.yaml:1", kind=ApprovedKind.GENERATED, sizes=((600, 150),))

    assert is_approved_as(_picture("c"), chart)
    assert not is_approved_as(_picture("c", size=(601, 150)), chart)


def test_a_code_is_a_code_and_nothing_else(sandbox: Sandbox) -> None:
    ticket = ApprovedPicture("ticket", "r.yaml:1", kind=ApprovedKind.CODE)
    code = draw_code("KA-004711", scale=6)
    drawn = code.copy()
    ImageDraw.Draw(drawn).ellipse((76, 76, 100, 100), fill=128)

    seen, other = (
        sandbox.look_at_picture(encoded(image, "PNG"), "image/png", "part 2")
        for image in (code, drawn)
    )

    assert seen.is_code
    assert not other.is_code
    assert [code.text for code in other.codes] == ["KA-004711"]
    assert is_approved_as(replace(_picture("c"), is_code=seen.is_code), ticket)
    assert not is_approved_as(_picture("c"), ticket)


@pytest.mark.parametrize("scale", [2, 3, 4, 6, 20])
@pytest.mark.parametrize("quality", [90, 70])
def test_a_code_may_have_been_a_jpeg(scale: int, quality: int) -> None:
    code = draw_code("KA-004711", scale=scale).convert("RGB")

    content = encoded(code, "JPEG", quality=quality)

    assert is_code_alone(_decoded(content))


def test_what_stands_beside_a_code_or_is_painted_in_it_is_seen() -> None:
    code = draw_code("KA-004711", scale=6)
    page = Image.new("L", (500, 500), 255)
    page.paste(code, (200, 200))
    assert is_code_alone(page)
    ImageDraw.Draw(page).text((10, 10), "Call us", fill=0)
    painted = code.convert("RGB")
    for x, y in ((x, y) for x in range(60, 120) for y in range(60, 120)):
        if painted.getpixel((x, y)) == (0, 0, 0):
            painted.putpixel((x, y), (220, 0, 0))

    assert not is_code_alone(page)
    assert not is_code_alone(painted)
    assert not is_code_alone(Image.new("L", (200, 200), 255))


def test_what_is_fetched_when_the_message_is_shown_may_be_held() -> None:
    inside = Link("cid:logo@health.example", LinkKind.RESOURCE, "part 1.2")
    anchor = Link("https://www.health.example/", LinkKind.ANCHOR, "part 1.2")
    outside = Link("https://static.health.example/logo.png", LinkKind.RESOURCE, "part 1.2")
    strict = PictureRule(0, 1, remote=False)

    assert _judge(strict, links=(inside, anchor)).cleared is not None
    assert _judge(PictureRule(0, 1), links=(outside,)).cleared is not None
    result = _judge(strict, links=(inside, outside))
    assert _codes(result) == ["image.remote"]
    assert "static.health.example/logo.png" in result.findings[0].detail


def test_views_of_grounds_and_frames_are_written_and_read_back(sandbox: Sandbox) -> None:
    second = draw_banner(7, "Another")
    film = encoded(draw_banner(), "WEBP", save_all=True, append_images=[second], lossless=True)

    views = upright(sandbox.look_at_picture(film, "image/webp", "x").appearance.views)

    assert {"whole", "whole@frame-2"} <= {view.name for view in views}
    assert tuple(parse_view(format_view(view)) for view in views) == views
    with pytest.raises(ValueError, match='there is no "@upside" of a view'):
        parse_view(f"whole@upside:{HASH.hex()}:80")


def _decoded(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image
