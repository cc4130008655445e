"""Known pictures are written down as text, and read back as the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from filter.message import Appearance, PictureView
from filter.mode import Mode
from filter.pictures.bank import (
    VIEW_NAMES,
    UnknownViewError,
    describe_view,
    format_view,
    parse_view,
    penalty_bits,
    view_class,
    views_from_strings,
)
from filter.pictures.bankfile import insert_entry
from filter.pictures.framed import MOST_FRAMED
from filter.pictures.geometry import CROPS, MORE_CROPS, TILES, find_insets
from filter.pictures.regions import MOST_ASSEMBLED, MOST_DRAWINGS, MOST_REGIONS
from filter.rulefiles.load import load_rules
from filter.ruleset import BankedImage

HASH = bytes(range(32))
VIEWS = st.builds(
    PictureView,
    st.builds(
        "".join,
        st.tuples(
            st.sampled_from(VIEW_NAMES),
            st.sampled_from(("", "@dark", "@frame-1000", "@grey@profile@frame-2@inside-1")),
        ),
    ),
    st.binary(min_size=32, max_size=32),
    st.integers(0, 100),
)


@given(VIEWS)
def test_a_view_is_read_back_as_it_was_written(view: PictureView) -> None:
    assert parse_view(format_view(view)) == view


@given(st.text(max_size=120))
def test_a_text_is_a_view_or_an_error_that_says_what_is_wrong(text: str) -> None:
    with pytest.raises(ValueError, match="view"):
        assert len(parse_view(text).hash) != 32


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'view "" is not name:hash:quality'),
        ("whole", 'view "whole" is not name:hash:quality'),
        (f"whole:{HASH.hex()}", f'view "whole:{HASH.hex()[:51]}..." is not name:hash:quality'),
        (
            f"Whole:{HASH.hex()}:9",
            'view name "Whole" is not made of small letters, digits and hyphens',
        ),
        (
            f"whole:{HASH.hex().upper()}:9",
            'hash of view "whole" is not 64 small hexadecimal digits',
        ),
        (f"whloe:{HASH.hex()}:9", 'there is no view "whloe"'),
        (f"whole@drak:{HASH.hex()}:9", 'there is no "@drak" of a view'),
        (
            f"whole@:{HASH.hex()}:9",
            'view name "whole@" is not made of small letters, digits and hyphens',
        ),
        (
            f"whole{'@dark' * 5}:{HASH.hex()}:9",
            f'view name "whole{"@dark" * 5}" has more than 4 marks',
        ),
        (f"whole:{HASH.hex()[1:]}:9", 'hash of view "whole" is not 64 small hexadecimal digits'),
        (f"whole:{HASH.hex()}:101", 'quality of view "whole" is not a number from 0 to 100'),
        (f"whole:{HASH.hex()}:-1", 'quality of view "whole" is not a number from 0 to 100'),
        (f"whole:{HASH.hex()}:٩", 'quality of view "whole" is not a number from 0 to 100'),
    ],
)
def test_a_text_that_is_no_view_dies_with_this_message(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="view") as caught:
        parse_view(text)

    assert str(caught.value) == message


def test_every_kept_view_can_be_written_and_has_a_class() -> None:
    for name in ("whole", "trimmed", "without-bars", *CROPS, *TILES):
        view = PictureView(name, HASH, 50)
        assert views_from_strings([format_view(view)]) == (view,)
    assert {view_class(name) for name in CROPS} == {"crop"}
    assert {view_class(name) for name in TILES} == {"tile"}
    assert view_class("whole+mirrored@dark@frame-3") == "whole"


def test_the_names_that_are_read_are_those_that_are_made(prank: Image.Image) -> None:
    # a bar above and one below, and a frame around it all: each inset has a box of its own
    grey = np.asarray(prank.convert("L").resize((128, 128)), np.float32).copy()
    grey[:20], grey[-20:] = 255, 255
    grey[5:12:2, 30:100] = grey[-12:-5:2, 30:100] = 0  # letters
    grey[:, :8], grey[:, -8:] = 255, 255

    most_regions = MOST_REGIONS + MOST_DRAWINGS + MOST_ASSEMBLED + MOST_FRAMED
    made = {
        *("whole", *CROPS, *MORE_CROPS, *TILES, *find_insets(grey)),
        *(f"region-{number}" for number in range(1, most_regions + 1)),
    }

    assert set(VIEW_NAMES) == made
    assert len(VIEW_NAMES) == len(made)


def test_a_mistyped_name_says_which_there_are() -> None:
    with pytest.raises(UnknownViewError) as caught:
        parse_view(f"centre-8O:{HASH.hex()}:9".lower())

    assert (caught.value.word, caught.value.known) == ("centre-8o", VIEW_NAMES)


def test_limits_are_tighter_for_smaller_parts() -> None:
    assert penalty_bits("whole", "whole") == 0
    assert penalty_bits("whole", "crop") < penalty_bits("whole", "tile")
    assert penalty_bits("tile", "whole") < penalty_bits("tile", "tile")
    assert penalty_bits("nobody", "knows") == max(
        penalty_bits(a, b) for a in ("whole", "tile") for b in ("whole", "crop", "tile")
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("whole", "whole"),
        ("half-left+mirrored@frame-3", "half left, mirrored, frame 3"),
        ("part-2-of-3x3", "part 2 of 3x3"),
        ("whole@dark", "whole, dark"),
        ("trimmed+turned-90", "trimmed, turned 90"),
    ],
)
def test_a_view_is_described_in_words(name: str, words: str) -> None:
    assert describe_view(name) == words


def _entry(name: str) -> BankedImage:
    return BankedImage(
        id=name,
        source="",
        label='A "singer": on # stage',
        appearance=Appearance((PictureView("whole", HASH, 90), PictureView("half-left", HASH, 40))),
        reason="2021\nagain",
        mode=Mode.SHADOW,
    )


@pytest.mark.parametrize(
    "before",
    [
        "",
        "\n",
        "# ours\nimages: []  # none yet\n",
        "images:\n",
        "# a\nimages:\n  # b\n  - {id: old, label: x, views: ['whole:" + HASH.hex() + ":50']}\n",
        "images:\n- id: old\n  views: ['whole:" + HASH.hex() + ":50']\n",
        "links: []\nimages: # here\n    - id: old\n      views: ['whole:" + HASH.hex() + ":50']\n",
        "links: []",
    ],
)
def test_an_entry_is_added_and_everything_else_stays(before: str, tmp_path: Path) -> None:
    text = insert_entry(before, _entry("first"))
    text = insert_entry(text, _entry("second"))
    (tmp_path / "known.yaml").write_text(text, "utf-8")

    images = {image.id: image for image in load_rules(tmp_path).images}

    assert images.keys() == {"first", "second"} | ({"old"} if "old" in before else set())
    assert images["first"].appearance.views == _entry("first").appearance.views
    assert images["first"].label == 'A "singer": on # stage'
    assert images["first"].reason == "2021\nagain"
    assert images["first"].mode is Mode.SHADOW
    for line in before.splitlines():
        if line.lstrip().startswith(("#", "-")):
            assert line in text


def test_a_list_in_another_style_is_refused() -> None:
    with pytest.raises(ValueError, match="hyphen"):
        insert_entry("images: [{id: old}]\n", _entry("new"))
