"""Templates that name the source which the application renders."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from filter.problems import Problem
from filter.reading.sandbox import Sandbox
from filter.rulefiles import derivation
from filter.rulefiles.examples import run_examples
from filter.rulefiles.keep import recall, remember
from filter.rulefiles.load import check_rules, check_sources
from filter.rulefiles.sources import read_sources
from filter.rulefiles.watch import RulesHolder, _fingerprint
from filter.settings import Inspection

RULES = """\
templates:
  - id: code
    channel: email
    from: no-reply@health.example
    source:
      dialect: jinja
      subject: "Your code, {{ user.name }}"
      text: mails/code.txt
      html: mails/code.html
    slots:
      user_name: name
      code: digits 6
    examples:
      pass:
        - subject: Your code, Jo
          text: "Dear Jo, your code is 493021. Thank you for waiting."
          html: |
            <html><body><p class="x">Dear Jo, your code is <b>493021</b>.
            <i>Thank you for waiting.</i></p></body></html>
      hold:
        - subject: Your code, Jo
          text: "Dear Jo, your code is 493021."
          html: '<html><body><p class="y">Dear Jo, your code is <b>493021</b>.</p></body></html>'
          code: template.markup
"""
PLAIN = """\
templates:
  - id: code
    channel: sms
    from: CLINIC
    text: Hello
    examples: {pass: [Hello], hold: [Bye]}
"""
TEXT = """\
Dear {{ user.name }}, your code is {{ code }}.
{% if slow %}Thank you for waiting.{% endif %}
"""
HTML = """\
{% extends "base.html" %}
{% block content %}<p class="x">Dear {{ user.name }}, your code is
<b>{{ code }}</b>. {% if slow %}<i>Thank you for waiting.</i>{% endif %}</p>{% endblock %}
"""
BASE = "<html><body>{% block content %}{% endblock %}</body></html>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mails = tmp_path / "mails"
    mails.mkdir()
    (tmp_path / "rules.yaml").write_text(RULES)
    (mails / "code.txt").write_text(TEXT)
    (mails / "code.html").write_text(HTML)
    (mails / "base.html").write_text(BASE)
    change(
        tmp_path,
        "      html: mails/code.html\n",
        "      html: mails/code.html\n      includes: mails\n",
    )
    return tmp_path


def change(folder: Path, old: str, new: str, name: str = "rules.yaml") -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def problems(folder: Path) -> tuple[Problem, ...]:
    return check_rules(folder).problems


def test_a_template_says_what_its_source_renders(folder: Path) -> None:
    checked = check_rules(folder)
    assert [p.render() for p in checked.problems] == []
    assert checked.rules is not None
    (template,) = checked.rules.templates

    assert template.subjects == ("Your code, {user_name}",)
    assert template.texts == (
        "Dear {user_name}, your code is {code}. {#maybe if_slow}Thank you for waiting.{#end}",
    )
    (markup,) = template.markups
    assert markup == (
        '<html><body><p class="x">Dear {user_name}, your code is <b>{code}</b>. '
        "{#maybe if_slow}<i>Thank you for waiting.</i>{#end}</p></body></html>"
    )


def test_its_examples_come_out_right(folder: Path) -> None:
    rules = check_rules(folder).rules
    assert rules is not None

    with Sandbox(Inspection()) as looker:
        outcomes = list(run_examples(rules, looker, Inspection()))

    assert [one.trouble for one in outcomes] == ["", ""]


def test_every_hole_must_be_described_and_the_error_says_where_it_is(folder: Path) -> None:
    change(folder, "user_name: name", "username: name")
    found = problems(folder)

    assert [(p.code, Path(p.file).name, p.line) for p in found] == [
        ("E103", "rules.yaml", 7),
    ]
    assert found[0].message == "`user.name` is the slot `user_name`, which is not described"
    assert found[0].help.startswith("did you mean `username`?")


def test_a_hole_of_a_file_is_told_with_the_line_of_the_file(folder: Path) -> None:
    change(folder, "      code: digits 6\n", "")
    (found,) = problems(folder)

    assert (found.code, Path(found.file).name, found.line) == ("E103", "code.txt", 1)
    assert found.source_line == TEXT.partition("\n")[0]
    assert "write `code: {type: …}` under `slots:` of `code` (" in found.help


def test_what_cannot_be_read_is_told_with_file_and_line(folder: Path) -> None:
    change(folder, "<b>{{ code }}</b>", "<b {{ code }}></b>", "mails/code.html")
    (found, *_) = problems(folder)

    assert (found.code, Path(found.file).name, found.line) == ("E102", "code.html", 3)
    assert found.help


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ("dialect: jinja", "dialect: jinga", "E101", "unknown dialect `jinga`"),
        ("mails/code.txt", "mails/cod.txt", "E101", "there is no file `mails/cod.txt`"),
        ("mails/code.txt", "../code.txt", "E074", "`../code.txt` leaves the folder"),
        ("mails/code.txt", "mails/code.yaml", "E101", "has the name of a rule file"),
        ("includes: mails", "includes: mail", "E101", "there is no folder `mail`"),
        ("includes: mails", "includes: ..", "E074", "`..` leaves the folder"),
        ("    slots:", "    text: Hello\n    slots:", "E101", "`text` stands beside a source"),
        ("      text: mails", "      subject_file: mails/code.txt\n      text: mails", "E101",
         "both name the subject"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_source_is_told(
    folder: Path, old: str, new: str, code: str, message: str
) -> None:
    change(folder, old, new)

    assert any(p.code == code and message in p.message for p in problems(folder)), problems(folder)


def test_sources_are_part_of_the_revision_and_of_what_is_kept(folder: Path, tmp_path: Path) -> None:
    files, _ = read_sources(folder)
    first = check_sources(files)
    kept = tmp_path / "kept.json"
    remember(kept, files)

    change(folder, "<body>", "<body bgcolor=white>", "mails/base.html")

    assert check_rules(folder).revision != first.revision
    again = check_sources(recall(kept))
    assert again.rules is not None
    assert again.revision == first.revision


def test_a_changed_source_comes_into_force(folder: Path) -> None:
    holder = RulesHolder(folder)
    holder.reload()
    assert holder.health.is_current

    change(folder, "<body>", "<body bgcolor=white>", "mails/base.html")
    holder.reload()

    rules = holder.current()
    assert rules is not None
    assert 'bgcolor="white"' in rules.templates[0].markups[0]


def test_a_source_that_is_not_in_utf_8_is_an_error(folder: Path) -> None:
    (folder / "mails" / "x.txt").write_bytes(b"\xff")

    assert [(p.code, p.message) for p in problems(folder)] == [("E001", "not in UTF-8: byte 0")]


def test_what_the_reader_doubts_in_a_source_is_a_warning(folder: Path) -> None:
    change(folder, '<p class="x">', '<p class="x" style="position: fixed">', "mails/code.html")
    (found,) = problems(folder)

    assert (found.code, found.is_error, Path(found.file).name) == ("W181", False, "code.html")
    assert "`html.css`" in found.message


def test_a_changed_source_is_looked_for(folder: Path) -> None:
    before = _fingerprint(folder)

    (folder / "mails" / "extra.gotmpl").write_text("x")

    assert _fingerprint(folder) != before


def test_nothing_of_dialects_is_loaded_for_rules_without_sources(folder: Path) -> None:
    (folder / "rules.yaml").write_text(PLAIN)
    script = (
        "import sys; from pathlib import Path; from filter.rulefiles.load import load_rules;"
        f"load_rules(Path({str(folder)!r}));"
        "print([m for m in sys.modules if m.startswith(('filter.dialects', 'jinja2', 'liquid'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )

    assert done.stdout.strip() == "[]"


def test_a_source_is_read_once_for_as_long_as_its_files_stay(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check_rules(folder).rules is not None
    monkeypatch.setattr(derivation, "read", None)

    (folder / "mails" / "other.html").write_text("<p>")
    assert check_rules(folder).rules is not None

    monkeypatch.undo()
    change(folder, "<body>", "<body>Hello ", "mails/base.html")
    rules = check_rules(folder).rules
    assert rules is not None
    assert rules.templates[0].htmls[0].startswith("Hello ")
