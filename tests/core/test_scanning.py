from __future__ import annotations

import json
from pathlib import Path

import pytest

from filter.scanning import Source, SourceKind, find_sources

MAIL = b"From: a@example.org\nSubject: one\n\nbody\n"


def paths_of(sources: list[Source]) -> list[tuple[str, int | None]]:
    return [(Path(source.path).name, source.index) for source in sources]


def test_folders_are_searched_in_order_and_hidden_files_left_out(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("b/2.eml", "a.eml", "c.json", ".hidden", ".git/config"):
        (tmp_path / name).write_bytes(MAIL)

    sources = list(find_sources([str(tmp_path)]))

    assert paths_of(sources) == [("a.eml", None), ("2.eml", None), ("c.json", None)]
    assert [s.kind for s in sources] == [SourceKind.MAIL, SourceKind.MAIL, SourceKind.TEXT]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_an_mbox_gives_each_message_without_its_separator(tmp_path: Path, end: bytes) -> None:
    mail = MAIL.replace(b"\n", end)
    mbox = b"".join(
        b"From a@example.org Mon Jan  5 10:00:00 2026" + end + mail + end for _ in range(3)
    )
    (tmp_path / "box").write_bytes(mbox)

    sources = list(find_sources([str(tmp_path / "box")]))

    assert paths_of(sources) == [("box", 1), ("box", 2), ("box", 3)]
    assert [source.content() for source in sources] == [mail] * 3


def test_a_quoted_from_line_of_an_mbox_loses_one_sign(tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(b"From a\nSubject: x\n\n>From here\n>>From there\n")

    (source,) = find_sources([str(tmp_path / "box")])

    assert source.content() == b"Subject: x\n\nFrom here\n>From there\n"


def test_a_from_line_inside_a_paragraph_does_not_split_an_mbox(tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(b"From a\nSubject: x\n\ntext\nFrom here on\n")

    assert len(list(find_sources([str(tmp_path / "box")]))) == 1


def test_standard_input_may_be_a_mail_a_text_or_an_mbox() -> None:
    text = json.dumps({"from": "A", "to": "+15550100", "body": "x"}).encode()

    kinds = [next(find_sources(["-"], given)).kind for given in (MAIL, text, b"From a\n" + MAIL)]

    assert kinds == [SourceKind.MAIL, SourceKind.TEXT, SourceKind.MAIL]


def test_a_path_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(OSError, match="nowhere"):
        list(find_sources(["nowhere.eml"]))


def test_a_quoted_from_line_of_an_mbox_on_standard_input_loses_one_sign_too() -> None:
    (source,) = find_sources(["-"], b"From a\nSubject: x\n\n>From here\n")

    assert source.content() == b"Subject: x\n\nFrom here\n"


def test_a_file_that_cannot_be_opened_does_not_end_the_search(tmp_path: Path) -> None:
    (tmp_path / "good.eml").write_bytes(MAIL)
    (tmp_path / "loop.eml").symlink_to("/proc/self/mem")

    sources = list(find_sources([str(tmp_path / "loop.eml"), str(tmp_path / "good.eml")]))

    assert paths_of(sources) == [("loop.eml", None), ("good.eml", None)]
    with pytest.raises(OSError, match="error"):
        sources[0].content()
