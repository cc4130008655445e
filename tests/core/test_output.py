"""What commands print fits the terminal, and can be copied from it."""

from __future__ import annotations

import sys

import pytest

from filter.cli.output import on_terminal, print_rows

COLUMNS = ("id", "reason", "from", "subject")
ROWS = [
    {
        "id": "m_01M84KT7N0V98ZNWDFAVZGVRPB",
        "reason": "link.not_allowed",
        "from": "appointments@health.example",
        "subject": "Your appointment 予約 on Monday " + "x" * 40,
    }
]
TSV = "\n".join(["\t".join(COLUMNS), "\t".join(ROWS[0].values()), ""])


def be_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", str(columns))


def test_a_narrow_terminal_shows_every_id_whole_and_no_line_wider_than_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    be_terminal(monkeypatch, 80)

    print_rows(COLUMNS, ROWS)

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["ID", "REASON", "FROM"]
    assert lines[1].split() == ["SUBJECT"]
    assert lines[2].split() == [ROWS[0]["id"], ROWS[0]["reason"], ROWS[0]["from"]]
    assert "".join(line.strip() for line in lines[3:]) == ROWS[0]["subject"]
    assert max(map(len, lines)) <= 80


def test_a_wide_terminal_shows_one_line_a_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    be_terminal(monkeypatch, 200)

    print_rows(COLUMNS, ROWS)

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].index("SUBJECT") == lines[1].index("Your appointment")


def test_a_row_that_has_nothing_to_say_in_its_further_lines_has_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    be_terminal(monkeypatch, 80)
    file = "dressed/" + "a" * 60 + ".png"

    print_rows(("file", "held", "detail"), [{"file": file, "held": "yes"}] * 2)

    assert capsys.readouterr().out.splitlines() == [
        f"{'FILE':<72}  HELD",
        "    DETAIL",
        f"{file}  yes",
        f"{file}  yes",
    ]


def test_the_last_cell_is_broken_between_words_and_gets_room_for_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    be_terminal(monkeypatch, 80)
    said = "4 different numbers under +60 12-345 in 10 minutes; usual peak 0 (watch otp-spread)"

    print_rows(("key", "text"), [{"key": "client=" + "k" * 35, "text": f"{said} {'x' * 90}"}])

    lines = capsys.readouterr().out.splitlines()
    assert [line.strip() for line in lines[3:5]] == [
        said.removesuffix(" otp-spread)"),
        "otp-spread)",
    ]
    assert "".join(line.strip() for line in lines[5:]) == "x" * 90
    assert max(map(len, lines)) <= 80


def test_a_pipe_gets_tab_separated_values(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(COLUMNS, ROWS)

    assert capsys.readouterr().out == TSV


def test_a_paragraph_is_broken_between_words_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    be_terminal(monkeypatch, 80)

    text = on_terminal("word " * 30, "  ", "    ").splitlines()

    assert [line[:6] for line in text] == ["  word", "    wo"]
    assert max(map(len, text)) <= 80


def test_a_paragraph_is_one_line_in_a_pipe() -> None:
    assert on_terminal("word " * 30, "  ") == "  " + "word " * 30
