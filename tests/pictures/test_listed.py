"""PDQ and phash64 of a picture are what the programs of other people make of it."""

from __future__ import annotations

from pathlib import Path

import imagehash
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from filter.message import ListedHash
from filter.pictures.listed import hashes_for_lists
from filter.pictures.pdq import pdq_hashes
from filter.reading.sandbox import Sandbox

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "pictures"
# What the reference implementation (pdqhash 0.2.8, of facebook/ThreatExchange) prints.
REFERENCE = {
    "prank.jpg": ("2e93492dbbd991b62ca2c364ca4c365be1b6652ecc381879ab1b8e66ce4bd299", 100),
    "clinic.jpg": ("409d3a1e373cd858666497341916e766ddc61a9f2676f5d81abd22b5d5489943", 100),
    "banner.png": ("13b4eabc392dc446c6d93393a54e693c4ca1ce63391e75cc06b1aa81fd6ed526", 100),
    "code.png": ("1a5e92b1366b6912d9aeecbcad1b334f6e91866cdc50df8c3905e7962b403839", 100),
}
# The same of prank.jpg in all eight orientations.
TURNED = {
    "2e93492dbbd991b62ca2c364ca4c365be1b6652ecc381879ab1b8e66ce4bd299",
    "322fb91c88c8cc6eea3e7699a60e8b17b881d8e95cb44e46637ba13b89ce1ee4",
    "7b466306cc8c3b0c79f369ce8f1918f124c3cf84986db2d3be4e24cc9b1e7833",
    "637a13b6dc9d6444bf6bdc33f25a2199edd4724309a1c4ec362e0391cc9bb44e",
    "2e93b6d29bc96e492ca23c9bca4cc9a461b69ad1cc38e786ab1b7099ce4b2d66",
    "7bc61c78ce8cc4e179f316318f19410e24e3305b986d4d2cfe4edb339b1e85cc",
    "36af46e3a9c83111ea3e8966a70f74c8b88127165cf4b1b9637b56c499cee11b",
    "227aec41dc9d993bbf6b22ccd25ade422dd48dbc09210b13362ef46ecc9b0bb1",
}


def _grey(name: str) -> npt.NDArray[np.float32]:
    """Return brightness as the reference reckons it."""
    pixels = np.asarray(Image.open(FIXTURES / name).convert("RGB"))
    grey: npt.NDArray[np.float32] = (pixels @ np.array([0.299, 0.587, 0.114])).astype(np.float32)
    return grey


def _distance(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def _upright(hashes: tuple[ListedHash, ...], algorithm: str) -> ListedHash:
    return next(one for one in hashes if one.algorithm == algorithm)


@pytest.mark.parametrize("name", REFERENCE)
def test_pdq_of_a_whole_picture_is_that_of_the_reference(name: str) -> None:
    digits, quality = REFERENCE[name]

    upright = pdq_hashes(_grey(name))[0]

    assert _distance(upright.hash, bytes.fromhex(digits)) <= 2  # two values that are nearly equal
    assert upright.quality == quality


def test_pdq_in_eight_orientations_is_that_of_the_reference() -> None:
    assert {one.hash.hex() for one in pdq_hashes(_grey("prank.jpg"))} == TURNED


@pytest.mark.parametrize("name", REFERENCE)
def test_the_child_sees_the_pdq_of_the_reference_within_few_bits(
    sandbox: Sandbox, name: str
) -> None:
    look = sandbox.look_at_picture((FIXTURES / name).read_bytes(), "", name)

    upright = _upright(look.appearance.listed, "pdq")

    assert _distance(upright.hash, bytes.fromhex(REFERENCE[name][0])) <= 8


@pytest.mark.parametrize("name", REFERENCE)
def test_the_child_sees_what_imagehash_prints_within_two_bits(sandbox: Sandbox, name: str) -> None:
    image = Image.open(FIXTURES / name)
    look = sandbox.look_at_picture((FIXTURES / name).read_bytes(), "", name)

    upright = _upright(look.appearance.listed, "phash64")

    assert _distance(upright.hash, bytes.fromhex(str(imagehash.phash(image)))) <= 2


@pytest.mark.parametrize("how", [None, *Image.Transpose])
def test_phash64_is_known_in_every_orientation(how: Image.Transpose | None) -> None:
    image = Image.open(FIXTURES / "clinic.jpg")
    turned = image if how is None else image.transpose(how)
    hashes = [h.hash for h in hashes_for_lists(image, image.size) if h.algorithm == "phash64"]

    plain = bytes.fromhex(str(imagehash.phash(turned)))

    assert min(_distance(plain, one) for one in hashes) <= 2


def test_a_flat_picture_has_no_quality() -> None:
    flat = hashes_for_lists(Image.new("RGB", (300, 200), "white"), (300, 200))

    assert max(one.quality for one in flat) <= 1


def test_pictures_with_transparency_are_hashed_on_each_ground(
    sandbox: Sandbox,
) -> None:
    look = sandbox.look_at_picture((FIXTURES / "logo.png").read_bytes(), "", "logo")

    assert len([one for one in look.appearance.listed if one.algorithm == "pdq"]) == 24


@given(st.integers(1, 700), st.integers(1, 700), st.integers(1, 8))
def test_a_picture_of_any_size_has_hashes_of_the_right_length(
    width: int, height: int, factor: int
) -> None:
    grey = np.arange(width * height, dtype=np.uint32).reshape(height, width) % 251
    size = (width * factor, height * factor)

    hashes = pdq_hashes(grey.astype(np.uint8), size)

    assert 1 <= len(hashes) <= 8
    assert {len(one.hash) for one in hashes} == {32}
    assert all(0 <= one.quality <= 100 for one in hashes)
