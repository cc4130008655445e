"""Lists of other people are read in the forms they have, and pictures are found on them."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.message import Appearance, ListedHash
from filter.mode import Mode
from filter.pictures.listfile import guess_algorithm, read_list
from filter.pictures.lists import explain_listed, find_listed, label_of, line_of
from filter.pictures.listwrite import format_list
from filter.ruleset import HashList, ImageList

ONE = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
TWO = "e64cc9d91c623882f8d1f1d9a398e78c9f199b3bd83924f2b7e11e0bf861b064"
PHASH = "d5aa2ad52b5ad42b"


def _said(content: str, algorithm: str = "pdq") -> list[tuple[str, int, str, int]]:
    """Return hash, quality, label and line of each entry."""
    read = read_list(content.encode(), algorithm, 50)
    assert read.faults == ()
    hashes = read.hashes
    width = len(hashes.hashes) // hashes.count
    return [
        (
            hashes.hashes[row * width : (row + 1) * width].hex(),
            read.qualities[row],
            label_of(hashes, row),
            line_of(hashes, row),
        )
        for row in range(hashes.count)
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(f"{ONE}\n{TWO}\n", [(ONE, 100, "", 1), (TWO, 100, "", 2)], id="plain"),
        pytest.param(f"{ONE}\n{TWO}", [(ONE, 100, "", 1), (TWO, 100, "", 2)], id="no last newline"),
        pytest.param(f"{ONE.upper()}\r\n\r\n# x\r\n", [(ONE, 100, "", 1)], id="windows, comment"),
        pytest.param(f"pdq {ONE}\n", [(ONE, 100, "", 1)], id="threatexchange hash"),
        pytest.param(f"{ONE},87,b.jpg\n", [(ONE, 87, "b.jpg", 1)], id="pdq-photo-hasher"),
        pytest.param(f'{ONE},87,"a, b"\n', [(ONE, 87, "a, b", 1)], id="a quoted label"),
        pytest.param(f"{ONE},a label\n", [(ONE, 100, "a label", 1)], id="hash and label"),
        pytest.param(f"{ONE},87\n{TWO},12\n", [(ONE, 87, "", 1)], id="low quality is left out"),
        pytest.param(
            f"hash,quality,label\n{ONE},60,x\n", [(ONE, 60, "x", 2)], id="a header in our order"
        ),
        pytest.param(
            f"Label,Quality,PDQ\nx,60,{ONE}\n", [(ONE, 60, "x", 2)], id="a header in another order"
        ),
        pytest.param(
            "signal_type,signal_str,collab,category,tags\n"
            f"pdq,{ONE},Sample Signals,POSITIVE_CLASS,tag\nvideo_md5,00,c,d,e\n",
            [(ONE, 100, "tag", 2)],
            id="threatexchange dataset -P --csv",
        ),
        pytest.param(
            f"{ONE},3740012345678,2020-07-01T18:31:15+0000,bridge misc\n",
            [(ONE, 100, "bridge misc", 1)],
            id="simple.HASH_PDQ.te",
        ),
        pytest.param(
            f'{{"type": "HASH_PDQ", "indicator": "{ONE}", "tags": {{"data": [{{"text": "a"}}]}}}}\n'
            f'{{"type": "HASH_MD5", "indicator": "d41d8cd98f00b204e9800998ecf8427e"}}\n'
            '{"type": "URI"}\n'
            f'{{"type": "HASH_PDQ", "indicator": "{TWO}", "should_delete": true}}\n'
            f'{{"type": "HASH_PDQ", "indicator": "{TWO}", "status": "NON_MALICIOUS"}}\n',
            [(ONE, 100, "a", 1)],
            id="threat updates, one a line",
        ),
        pytest.param(
            json.dumps({"data": [{"type": "HASH_PDQ", "indicator": ONE}], "paging": {}}),
            [(ONE, 100, "", 1)],
            id="an answer of the Graph API",
        ),
        pytest.param(
            json.dumps([{"signal_type": "pdq", "signal_value": ONE}, TWO], indent=1),
            [(ONE, 100, "", 1), (TWO, 100, "", 2)],
            id="an array",
        ),
        pytest.param(
            json.dumps({"pdq": ONE, "note": "campaign"}), [(ONE, 100, "campaign", 1)], id="of HMA"
        ),
    ],
)
def test_a_list_is_read_as_others_write_it(
    content: str, expected: list[tuple[str, int, str, int]]
) -> None:
    assert _said(content) == expected


def test_a_list_of_phashes_is_read() -> None:
    assert _said(f"{PHASH}\n", "phash64") == [(PHASH, 100, "", 1)]
    assert _said(f"hash,label\n{PHASH},x\n", "phash64") == [(PHASH, 100, "x", 2)]


@pytest.mark.parametrize(
    ("content", "line", "message", "remedy"),
    [
        (f"{ONE}\nrubbish\n", 2, "`rubbish` is no pdq hash", "64 hexadecimal digits"),
        (f"{ONE[1:]}\n", 1, "is no pdq hash", "64 hexadecimal digits"),
        (f"{PHASH}\n", 1, "this is a hash of `phash64`", "write `algorithm: phash64`"),
        (f"{ONE},87,\xff\n", 1, "the line is not UTF-8", "UTF-8"),
        (f'{ONE},87,"x\n', 1, "the quotes of this line do not match", "in pairs"),
        ("{not json}\n{}\n", 1, "not valid JSON", "one JSON object a line"),
        ('{"type": "HASH_PDQ"}\n{}\n', 1, "the signal has no hash", "`indicator`"),
        (f"hash,quality\n{ONE},870\n", 2, "quality '870'", "0 to 100"),
        (f"hash,quality,label\n{ONE},1,2,3\n", 2, "4 fields, and the header names 3", "quotes"),
        ("", 0, "the list has no pdq hash", "fill it"),
        ("# nothing\n", 0, "the list has no pdq hash", "fill it"),
        (f"{ONE},12\n", 0, "the list has no pdq hash", "left out are 1 of a quality below 50"),
    ],
)
def test_a_line_that_is_not_understood_is_named_with_a_remedy(
    content: str, line: int, message: str, remedy: str
) -> None:
    fault = read_list(content.encode("latin-1"), "pdq", 50).faults[0]

    assert fault.line == line
    assert message in fault.message
    assert remedy in fault.remedy


def test_only_the_first_faults_are_told() -> None:
    assert len(read_list(b"x\n" * 1_000, "pdq", 50).faults) == 11


@given(st.binary(max_size=300) | st.text(alphabet='{}[]",:0f\n ', max_size=200).map(str.encode))
def test_any_bytes_are_a_list_or_faults(content: bytes) -> None:
    read = read_list(content, "phash64", 40)

    assert read.faults or read.hashes.count
    assert len(read.hashes.hashes) == 8 * read.hashes.count


@given(
    st.lists(
        st.tuples(st.binary(min_size=32, max_size=32), st.integers(50, 100), st.text(max_size=30)),
        min_size=1,
        max_size=20,
    )
)
def test_a_list_that_is_written_anew_says_the_same(entries: list[tuple[bytes, int, str]]) -> None:
    lines = [json.dumps({"pdq": h.hex(), "quality": q, "label": la}) for h, q, la in entries]
    first = read_list("\n".join(lines).encode(), "pdq", 50)

    second = read_list(format_list(first).encode(), "pdq", 50)

    assert second.faults == ()
    assert second.hashes.hashes == first.hashes.hashes
    assert second.qualities == first.qualities
    assert [label_of(second.hashes, row) for row in range(len(entries))] == [
        label_of(first.hashes, row) for row in range(len(entries))
    ]


def test_the_algorithm_is_guessed_by_the_length_of_the_first_hash() -> None:
    assert guess_algorithm(f"hash\n{ONE}".encode()) == "pdq"
    assert guess_algorithm(f"# x\n{PHASH},a".encode()) == "phash64"
    assert guess_algorithm(b"d41d8cd98f00b204e9800998ecf8427e") is None


def _known(hashes: HashList, name: str = "ex", mode: Mode = Mode.ENFORCE) -> ImageList:
    return ImageList(name, "lists.yaml:2", "Exchange", "files/ex.csv", hashes, 31, 50, mode=mode)


def _flipped(digits: str, bits: int) -> bytes:
    return (int(digits, 16) ^ ((1 << bits) - 1)).to_bytes(32)


def _seen(one: bytes, quality: int = 100, algorithm: str = "pdq") -> Appearance:
    return Appearance(listed=(ListedHash(algorithm, one, quality),))


LIST = read_list(f"{TWO},99,other\n{ONE},99,bridge\n".encode(), "pdq", 50).hashes


def test_a_picture_is_on_a_list_up_to_its_limit_and_not_beyond() -> None:
    lists = (_known(LIST),)

    (found,) = find_listed(_seen(_flipped(ONE, 31)), lists)

    assert (found.line, found.label, found.distance_bits, found.limit_bits) == (2, "bridge", 31, 31)
    assert explain_listed(found) == (
        'is on the list "Exchange" (ex): files/ex.csv line 2 "bridge", '
        "pdq at distance 31 of 256 bits, limit 31"
    )
    assert find_listed(_seen(_flipped(ONE, 32)), lists) == ()


def test_a_picture_of_low_quality_or_of_another_algorithm_is_not_compared() -> None:
    lists = (_known(LIST),)

    assert find_listed(_seen(bytes.fromhex(ONE), 49), lists) == ()
    assert find_listed(_seen(bytes.fromhex(PHASH), 100, "phash64"), lists) == ()


def test_a_list_that_is_off_finds_nothing() -> None:
    assert find_listed(_seen(bytes.fromhex(ONE)), (_known(LIST, mode=Mode.OFF),)) == ()


def test_each_list_finds_its_closest_entry() -> None:
    lists = (_known(LIST), _known(LIST, "other"))
    seen = Appearance(
        listed=(ListedHash("pdq", _flipped(TWO, 9)), ListedHash("pdq", _flipped(ONE, 5)))
    )

    assert [(x.known.id, x.line, x.distance_bits) for x in find_listed(seen, lists)] == [
        ("ex", 2, 5),
        ("other", 2, 5),
    ]


def test_of_a_hash_that_is_listed_over_and_over_the_first_line_is_named() -> None:
    near = _flipped(ONE, 2)
    content = f"{near.hex()},100,near\n" * 3 + f"{ONE},100,same\n" * 40_000
    hashes = read_list(content.encode(), "pdq", 50).hashes

    (found,) = find_listed(_seen(bytes.fromhex(ONE)), (_known(hashes),))

    assert (found.line, found.label, found.distance_bits) == (4, "same", 0)


def test_the_search_is_exact() -> None:
    rng = random.Random(7)
    rows = [rng.randbytes(32) for _ in range(40_000)]
    hashes = read_list("\n".join(row.hex() for row in rows).encode(), "pdq", 50).hashes

    for row in (0, 1, 32_767, 32_768, 39_999):
        near = _flipped(rows[row].hex(), 20)
        (found,) = find_listed(_seen(near), (_known(hashes),))
        assert (found.line, found.distance_bits) == (row + 1, 20)


def test_a_long_list_is_read_in_reasonable_time_and_memory() -> None:
    rng = np.random.default_rng(3)
    rows = rng.integers(0, 256, (100_000, 32), np.uint8)
    content = "".join(f"{row.tobytes().hex()},90,case {n}\n" for n, row in enumerate(rows))

    hashes = read_list(content.encode(), "pdq", 50).hashes

    assert hashes.count == 100_000
    assert hashes.hashes == rows.tobytes()
    assert len(hashes.labels) + len(hashes.label_ends) + len(hashes.lines) < 2_000_000
