"""``sallyport fmt``: files in order, comments kept, and never another meaning."""

from __future__ import annotations

import json
import re
import string
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from filter.cli.main import cli
from filter.rulefiles import roundtrip
from filter.rulefiles.tidy import Unreadable, Untidied, comments_of, is_same, tidied
from filter.strictyaml import read_yaml

ROOT = Path(__file__).parent.parent.parent
MESSY = """\
# yaml-language-server: $schema=../docs/rules.schema.json
# Codes.

templates:
# the one that everybody gets
- from: "MYHEALTH"   # the short name
  # its name
  id:   code
  slots:
    zeta: {max_length: 6, type: code}
    alpha:
      min_length: 1

      type: digits   # of the app
      max_length: 6
  channel: sms

  # what it says
  text: |
    Your code is {alpha}.
    # {zeta}

  examples:
      hold: ['Your code is 1. It''s not 2.', no, 0123]
      pass:
      - "Your code is 123456. # ABC\\u200b"
    # the end of the template

# the end
links: []
"""
TIDY = """\
# yaml-language-server: $schema=../docs/rules.schema.json
# Codes.

templates:
  # the one that everybody gets
  # its name
  - id: code
    channel: sms

    from: "MYHEALTH" # the short name
    # what it says
    text: |
      Your code is {alpha}.
      # {zeta}

    slots:
      zeta: {type: code, max_length: 6}
      alpha:
        type: digits # of the app
        min_length: 1

        max_length: 6
    examples:
      pass:
        - "Your code is 123456. # ABC\\u200B"
      hold: ['Your code is 1. It''s not 2.', no, 0123]
    # the end of the template

# the end
links: []
"""


def tidy(text: str) -> str:
    return tidied(text.encode(), "r.yaml").decode()


def value_of(text: str) -> object:
    return read_yaml(text.encode(), "r.yaml")[0].value


def test_keys_stand_in_the_documented_order_with_their_comments() -> None:
    assert tidy(MESSY).splitlines() == TIDY.splitlines()


def test_a_tidy_file_stays_as_it_is() -> None:
    assert tidy(TIDY) == TIDY


@pytest.mark.parametrize("path", sorted((ROOT / "rules").glob("*.yaml")), ids=lambda p: p.name)
def test_the_rules_that_ship_keep_their_meaning_and_comments(path: Path) -> None:
    before = path.read_text(encoding="utf-8")
    after = tidy(before)

    assert tidy(after) == after
    assert value_of(after) == value_of(before)
    pages = [read_yaml(text.encode(), "r.yaml")[0] for text in (before, after)]
    assert sorted(comments_of(pages[0])) == sorted(comments_of(pages[1]))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests/rulefiles/broken").glob("*.yaml")), ids=lambda p: p.stem
)
def test_a_broken_file_is_refused_or_says_the_same(path: Path) -> None:
    content = path.read_bytes()
    try:
        after = tidied(content, path.name)
    except (Unreadable, Untidied):
        return
    first, second = (read_yaml(one, path.name)[0].value for one in (content, after))
    assert is_same(first, second)
    assert tidied(after, path.name) == after


def test_line_ends_and_the_byte_order_mark_stay() -> None:
    content = b"\xef\xbb\xbf" + MESSY.replace("\n", "\r\n").encode()
    done = tidied(content, "r.yaml")

    assert done == b"\xef\xbb\xbf" + TIDY.replace("\n", "\r\n").encode()


def test_long_texts_are_broken_before_the_width_and_between_words_only() -> None:
    text = 'footers:\n  - {id: a}\n  - id: b\n    text: "' + "word  and " * 40 + 'end"\n'
    lines = tidy(text).splitlines()

    assert max(map(len, lines)) <= 100
    assert value_of(tidy(text)) == value_of(text)


_WORDS = st.text(string.ascii_letters + "#-:{}[]'\"\\,&*!|>%@`é\u200b\u00a0 \n0", max_size=140)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["id", "text", "description", "from", "odd"]), _WORDS),
        max_size=3,
    )
)
def test_whatever_the_texts_are_they_come_back(items: list[dict[str, str]]) -> None:
    text = json.dumps({"templates": items, "footers": []}, ensure_ascii=False)
    try:
        done = tidy(text)
    except (Unreadable, Untidied):
        return
    assert value_of(done) == value_of(text)
    assert tidy(done) == done


@given(st.lists(st.dictionaries(st.sampled_from(["name", "text", "code"]), _WORDS, min_size=1)))
def test_whatever_is_added_to_a_file_comes_back(items: list[dict[str, str]]) -> None:
    text = "\n".join(["hold:", "        - a # one", *roundtrip.list_lines(items, 8), "# end", ""])

    value = value_of(text)
    assert isinstance(value, dict)
    assert value["hold"] == ["a", *items]
    assert "\u200b" not in text


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SALLYPORT_SETTINGS", raising=False)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(MESSY, encoding="utf-8")
    return None


def fmt(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["fmt", *arguments], catch_exceptions=False)


def test_fmt_writes_and_says_which_files(run: object, tmp_path: Path) -> None:
    result = fmt()

    assert (result.exit_code, result.stdout) == (0, "rules/a.yaml\n")
    assert result.stderr == "1 file: 1 changed\n"
    assert (tmp_path / "rules" / "a.yaml").read_text(encoding="utf-8") == TIDY
    assert fmt().stderr == "1 file: 0 changed\n"


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_fmt_can_only_look(run: object, tmp_path: Path, option: str) -> None:
    result = fmt(option, "rules/a.yaml")

    assert result.exit_code == 1
    assert (tmp_path / "rules" / "a.yaml").read_text(encoding="utf-8") == MESSY
    shown = re.search(r"^\+  - id: code$", result.stdout, re.MULTILINE)
    assert bool(shown) == (option == "--diff")


def test_fmt_leaves_what_it_cannot_read_and_exits_with_3(run: object, tmp_path: Path) -> None:
    (tmp_path / "rules" / "b.yaml").write_text("templates: [", encoding="utf-8")
    result = fmt("--json")

    assert result.exit_code == 3
    said = json.loads(result.stdout)
    assert said["changed"] == ["rules/a.yaml"]
    assert list(said["refused"]) == ["rules/b.yaml"]
    assert "rules/b.yaml:1:1: error[E002]" in result.stderr


def test_a_block_that_ends_a_file_without_a_line_end_keeps_its_value() -> None:
    content = b"templates:\n- text: |\n    Hello"
    assert tidied(content, "f") == b"templates:\n  - text: |\n      Hello"


def test_a_comment_follows_a_text_that_is_broken() -> None:
    content = b"templates:\n  - id: a\n    description: " + b"word " * 60 + b"# why\n"
    done = tidied(content, "f").decode()
    assert "word  # why\n" in done
    assert max(map(len, done.splitlines())) <= 100
