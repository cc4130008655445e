"""Templates of an application become rules that pass what its engine renders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from filter.cli.importfiles import gathered
from filter.cli.templatesimport import import_command
from filter.dialects.library import Library
from filter.reading.sandbox import Sandbox
from filter.rulefiles.importall import Imported, import_all
from filter.rulefiles.importing import Wishes
from filter.rulefiles.importlinks import addresses_in, leads_of
from filter.rulefiles.load import check_sources
from filter.rulefiles.tidy import tidied
from filter.settings import Inspection
from filter.templates.pattern import Literal, SlotUse, parse_pattern

SUBJECT = "Your order {{ order_id }}"
TEXT = """Hello {{ name }},

{% if paid %}thank you for your payment.{% else %}please pay: {{ pay_url }}{% endif %}
{% for item in items %}* {{ item.title }}
{% endfor %}
Help: https://www.clinic.example/help
"""
HTML = """<html><body><p>Hello {{ name }},</p>
{% if paid %}<p>thank you for your payment.</p>
{% else %}<p><a href="{{ pay_url }}">Pay</a></p>{% endif %}
<ul>{% for item in items %}<li>{{ item.title }}</li>{% endfor %}</ul>
<p><a href="https://www.clinic.example/help">Help</a></p></body></html>
"""
FILES = {"mail/order_subject.txt": SUBJECT, "mail/order.txt": TEXT, "mail/order.html": HTML}
WISHES = Wishes(
    senders=("Clinic <no-reply@clinic.example>",), dialect="jinja", hosts=("pay.clinic.example",)
)


@pytest.fixture
def looker() -> Iterator[Sandbox]:
    with Sandbox(Inspection()) as sandbox:
        yield sandbox


def run(files: dict[str, str], looker: Sandbox, wishes: Wishes = WISHES) -> Imported:
    return import_all(files, set(), wishes, [], looker, Inspection())


def test_a_message_becomes_a_template_with_choices_repeats_slots_and_links(looker: Sandbox) -> None:
    imported = run(FILES, looker)
    assert not imported.failed
    (template,) = imported.templates
    assert template.subjects == ("Your order {order_id}",)
    assert "{#repeat each_items 0-" in template.texts[0]
    assert "{#either if_paid}" in template.texts[0]
    rules = check_sources(list(imported.sources)).rules
    assert rules is not None
    assert {(link.host, link.path) for link in rules.links} == {
        ("www.clinic.example", "/help"),
        ("pay.clinic.example", "/**"),
    }
    assert template.passing
    assert template.holding
    assert any("if_paid" in text or "repeat" in text for text in template.markups)


def test_a_message_without_a_subject_is_not_imported_and_told_how(looker: Sandbox) -> None:
    imported = run({"mail/order.html": HTML}, looker)
    assert not imported.sources
    (failed,) = imported.failed
    assert (failed.why, failed.remedy) == (
        "nothing says what its subject is",
        "say it: --subject 'order=…', or put it into mail/order.subject.txt",
    )
    wishes = Wishes(
        senders=WISHES.senders, dialect="jinja", hosts=WISHES.hosts,
        subjects={"order": "Order {{ order_id }}"},
    )  # fmt: skip
    assert run({"mail/order.html": HTML}, looker, wishes).templates


def test_two_messages_that_say_the_same_are_one(looker: Sandbox) -> None:
    files = FILES | {name.replace("order", "other"): text for name, text in FILES.items()}
    imported = run(files, looker)
    assert [one.id for one in imported.templates] == ["order"]
    assert [(one.id, one.other) for one in imported.same] == [("other", "order")]


def test_the_same_files_make_the_same_rules(looker: Sandbox) -> None:
    first, second = run(FILES, looker), run(FILES, looker)
    assert [s.content for s in first.sources] == [s.content for s in second.sources]


def test_an_address_with_slots_is_found_in_text() -> None:
    tokens = parse_pattern(
        "See https://x.example/o/{id}?t={token}, or {done}/{all} or {site_url}/a."
    )
    found = [list(address) for address in addresses_in(tokens)]
    assert [[t.name for t in one if isinstance(t, SlotUse)] for one in found] == [
        ["id", "token"],
        ["site_url"],
    ]
    leads = leads_of(found[0], {"id"}, ("h.example",), "a:1")
    assert [(link.host, link.path, link.query) for link in leads.links] == [
        ("x.example", "/o/{id}", ("t",))
    ]


def test_an_address_that_is_filled_in_leads_where_a_person_said() -> None:
    leads = leads_of((SlotUse("url"),), (), ("h.example", "i.example"), "a:1")
    assert [link.host for link in leads.links] == ["h.example", "i.example"]
    assert leads_of((Literal("/help"),), (), ("h.example",), "a:1").links == ()


def test_includes_are_found_as_engines_name_them() -> None:
    library = Library(
        {"m/a/x.hbs": "", "m/partials/_head.hbs": "h", "m/mail/html/b.blade.php": "b"}
    )
    load = library.loader("m/a/x.hbs")
    for name, path in (
        ("head", "m/partials/_head.hbs"),
        ("../partials/_head.hbs", "m/partials/_head.hbs"),
        ("mail::html.b", "m/mail/html/b.blade.php"),
    ):
        source = load(name)
        assert source is not None, name
        assert source.name == path
    assert load("../../etc/passwd") is None


# --- the command


@pytest.fixture
def templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


ARGUMENTS = [
    "mail", "--dialect", "jinja", "--from", "Clinic <no-reply@clinic.example>",
    "--link-host", "pay.clinic.example",
]  # fmt: skip


def test_the_command_writes_files_that_are_valid_and_says_so(templates: Path) -> None:
    done = CliRunner().invoke(import_command, ARGUMENTS)
    assert done.exit_code == 0, done.output
    assert "1 message imported" in done.output
    assert "valid, and their examples come out right" in done.output
    assert {path.name for path in (templates / "imported-rules").iterdir()} == {
        "order.yaml",
        "links-mail.yaml",
        "rules.schema.json",  # which their first line names
    }


def test_what_is_written_is_in_order_as_fmt_has_it(templates: Path) -> None:
    assert CliRunner().invoke(import_command, ARGUMENTS).exit_code == 0
    for path in (templates / "imported-rules").glob("*.yaml"):
        assert tidied(path.read_bytes(), str(path)) == path.read_bytes()


def test_what_an_application_puts_before_its_subjects_is_in_all_of_them(templates: Path) -> None:
    done = CliRunner().invoke(import_command, [*ARGUMENTS, "--subject-prefix", "[Clinic] "])
    assert done.exit_code == 0, done.output
    written = (templates / "imported-rules" / "order.yaml").read_text()
    assert 'subject: "[Clinic] Your order {order_id}"' in written


def test_a_doubt_of_many_messages_is_said_once(templates: Path) -> None:
    for number in range(5):
        (templates / "mail" / f"m{number}_subject.txt").write_text(f"Subject {number}")
        (templates / "mail" / f"m{number}.txt").write_text(f"Text {number} of {{{{ thing }}}}.")
    done = CliRunner().invoke(import_command, [*ARGUMENTS, "--dry-run"])
    assert done.output.count("nothing in the source says what this is") == 1
    assert "look  5 messages: the slot thing" in done.output


def test_a_folder_without_templates_is_said_to_be_one(templates: Path) -> None:
    (templates / "empty").mkdir()
    done = CliRunner().invoke(import_command, ["empty"])
    assert done.exit_code == 1
    assert "no templates found" in done.output


def test_files_left_out_for_one_reason_are_told_together(templates: Path) -> None:
    for number in range(12):
        (templates / "mail" / f"page{number}.html").write_text("<p>A page</p>")
    done = CliRunner().invoke(import_command, [*ARGUMENTS, "--dry-run"])
    assert "left  12 files: no subject" in done.output
    assert "4 more; --json names all" in done.output


def test_nothing_is_overwritten_without_force(templates: Path) -> None:
    assert CliRunner().invoke(import_command, ARGUMENTS).exit_code == 0
    again = CliRunner().invoke(import_command, ARGUMENTS)
    assert again.exit_code == 2
    assert "--force" in again.output
    assert CliRunner().invoke(import_command, [*ARGUMENTS, "--force"]).exit_code == 0


def test_a_dry_run_writes_nothing(templates: Path) -> None:
    done = CliRunner().invoke(import_command, [*ARGUMENTS, "--dry-run", "--json"])
    assert done.exit_code == 0, done.output
    assert not (templates / "imported-rules").exists()


def test_a_slot_can_be_given_its_type(templates: Path) -> None:
    done = CliRunner().invoke(import_command, [*ARGUMENTS, "--set", "order_id=digits 6"])
    assert done.exit_code == 0, done.output
    written = (templates / "imported-rules" / "order.yaml").read_text()
    assert "order_id: digits 6" in written
    wrong = CliRunner().invoke(import_command, [*ARGUMENTS, "--set", "order_id=digit 6"])
    assert wrong.exit_code == 2
    assert "did you mean" in wrong.output


def test_a_message_may_be_called_as_the_file_of_the_links(looker: Sandbox) -> None:
    files = {"mail/links_subject.txt": "Hi", "mail/links.txt": "See https://www.clinic.example/x"}

    imported = run(files, looker)

    assert [one.id for one in imported.templates] == ["links"]
    assert {one.relative for one in imported.sources} == {"links.yaml", "links-2.yaml"}


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("The password is 1234.")
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "order.txt").write_text("Hello")
    (folder / "welcome.txt").symlink_to(folder / "order.txt")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")

    files, _ = gathered([folder])

    assert files == {"mail/order.txt": "Hello", "mail/welcome.txt": "Hello"}


def test_names_and_pictures_in_a_loop_pass_round_by_round(looker: Sandbox) -> None:
    page = (
        "<html><body><p>Hello,</p><ul>{% for i in items %}<li>"
        '<img src="https://www.clinic.example/p.png" width="9" height="9" '
        'alt="Photo of {{ i.name }}">'
        " {{ i.name }}{% if i.new %} new{% endif %}</li> {% endfor %}</ul></body></html>"
    )

    imported = run({"mail/a_subject.txt": "Hi", "mail/a.html": page}, looker)

    assert not any("would be held" in doubt for said in imported.doubts.values() for doubt in said)
    (template,) = imported.templates
    assert any(example.html and "O&#x27;Brien" in example.html for example in template.passing)
