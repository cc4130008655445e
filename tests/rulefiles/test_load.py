"""A folder of rule files becomes one RuleSet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from filter.message import Channel
from filter.mode import Mode
from filter.rulefiles.load import CheckedRules, RulesInvalid, check_rules, check_sources, load_rules
from filter.rulefiles.model import SECTIONS
from filter.rulefiles.sources import SourceFile, revision_of
from filter.ruleset import AllowedAttachment, AllowedSender, PictureRule, QueryRule, SlotType

ROOT = Path(__file__).parent.parent.parent
CODE = """\
templates:
  - id: code
    channel: sms
    from: MYHEALTH
    text: "Your code is {code}."
    slots:
      code: digits 6
    examples:
      pass: ["Your code is 123456."]
      hold: ["Your code is 12345."]
"""
EVERYTHING = """\
templates:
  - id: letter
    description: Everything that a template can say.
    class: letters
    channel: [email, sms]
    language: en
    mode: shadow
    from: [clinic, "no-reply@Health.example", "Other <no-reply@health.example>", 62003]
    reply_to: desk@health.example
    subject: [One, "Two {n}"]
    text: ["Hello {n}", "Good day {n}"]
    html: "Hello {n}"
    preheader: "Preview {n}"
    footer: legal
    links: [site]
    slots:
      n: {type: number, min: 1, max: 9, decimals: 0}
    attachments:
      - {type: application/pdf, name: "letter-{n}.pdf", max_size: 1.5MB, required: true}
    pictures: {min: 1, max: 2, alt: "Logo {n}"}
    variants:
      - {language: ms, subject: Satu, text: "Helo {n}", html: "Helo {n}"}
    examples:
      pass: [{name: a, subject: One, text: Hello 1, html: <p>Hello 1</p>}]
      hold:
        - Hello 10
        - {name: from somebody, from: "X <x@evil.example>"}
footers:
  - {id: legal, text: For you alone.}
senders:
  - {id: clinic, from: ["Clinic <clinic@health.example>", CLINIC], reply_to: clinic@health.example}
links:
  - {id: site, host: www.health.example, path: /a/*, query: [lang], port: 443}
  - {id: any, host: www.health.example, query: any, fragment: true, mode: off}
  - {id: mail, mailto: help@health.example}
  - {id: phone, tel: "+60388810200"}
images:
  - {id: prank, label: Prank, views: ["whole:%s:90"]}
""" % ("1f" * 32)


def check(text: str, name: str = "rules/rules.yaml") -> CheckedRules:
    return check_sources([SourceFile(name, name, Path(name), text.encode())])


def test_a_sender_says_where_bounces_go_and_whether_there_are_blind_copies() -> None:
    entry = (
        'envelope_from: [Bounce@Health.example, "@bounces.HEALTH.example", "<>"], recipients: any}'
    )
    checked = check(EVERYTHING.replace("reply_to: clinic@health.example}", entry))
    assert checked.rules is not None, [p.render() for p in checked.problems]
    by_address = {one.address: one for one in checked.rules.templates[0].senders}

    strict = by_address["clinic@health.example"]
    assert strict.envelope_from == {"Bounce@health.example", "@bounces.health.example", "<>"}
    assert not strict.in_header
    assert by_address["no-reply@health.example"] == AllowedSender(
        "no-reply@health.example", frozenset({"", "Other"})
    )


def test_everything_that_a_template_can_say_arrives() -> None:
    checked = check(EVERYTHING)
    assert checked.rules is not None, [p.render() for p in checked.problems]
    letter, malay = checked.rules.templates

    assert letter.id == "letter"
    assert letter.source == "rules/rules.yaml:2"
    assert letter.channels == {Channel.EMAIL, Channel.SMS}
    assert (letter.language, letter.template_class, letter.mode) == ("en", "letters", Mode.SHADOW)
    assert set(letter.senders) == {
        AllowedSender("clinic@health.example", frozenset({"Clinic"})),
        AllowedSender("CLINIC"),
        AllowedSender("no-reply@health.example", frozenset({"", "Other"})),
        AllowedSender("62003"),
    }
    assert letter.reply_to == {"desk@health.example", "clinic@health.example"}
    assert letter.subjects == ("One", "Two {n}")
    assert letter.texts == ("Hello {n}", "Good day {n}")
    assert letter.htmls == ("Hello {n}",)
    assert letter.preheaders == ("Preview {n}",)
    assert letter.footers == ("For you alone.",)
    assert letter.links == frozenset({"site"})
    assert letter.slots[0].type is SlotType.NUMBER
    assert (letter.slots[0].minimum, letter.slots[0].maximum) == (1.0, 9.0)
    assert letter.attachments == (
        AllowedAttachment("application/pdf", "letter-{n}.pdf", 1_500_000, required=True),
    )
    assert letter.pictures == PictureRule(1, 2, ("Logo {n}",))
    assert (malay.id, malay.language, malay.subjects) == ("letter/ms", "ms", ("Satu",))
    assert malay.senders == letter.senders
    assert malay.examples == ()


def test_a_hold_example_takes_from_the_first_pass_example_what_it_does_not_say() -> None:
    rules = check(EVERYTHING).rules
    assert rules is not None
    passing, mail, text, stranger = rules.templates[0].examples

    assert passing.expect_pass
    assert [e.channel for e in (mail, text)] == [Channel.EMAIL, Channel.SMS]
    assert (mail.subject, mail.text, mail.html) == ("One", "Hello 10", None)
    assert (stranger.sender, stranger.text, stranger.html) == (
        "X <x@evil.example>", "Hello 1", "<p>Hello 1</p>",
    )  # fmt: skip
    assert stranger.source == "rules/rules.yaml:27"


def test_a_hold_example_can_say_that_nothing_is_attached(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").touch()
    text = re.sub(
        "pass: .*",
        "pass: [{subject: One, text: Hello 1, attachments: a.pdf}]",
        EVERYTHING.replace("- Hello 10", "- {name: bare, attachments: []}"),
    )
    path = tmp_path / "rules.yaml"
    checked = check_sources([SourceFile(str(path), str(path), path, text.encode())])
    assert checked.rules is not None, [p.render() for p in checked.problems]
    attached, bare, stranger = checked.rules.templates[0].examples

    assert attached.attachments == (str(tmp_path / "a.pdf"),)
    assert (bare.channel, bare.text, bare.attachments) == (Channel.EMAIL, "Hello 1", ())
    assert stranger.attachments == attached.attachments


def test_links_and_pictures_arrive() -> None:
    rules = check(EVERYTHING).rules
    assert rules is not None
    site, anything, mail, phone = rules.links

    assert (site.scheme, site.host, site.port, site.path) == (
        "https",
        "www.health.example",
        None,
        "/a/*",
    )
    assert (site.query, site.parameters) == (QueryRule.NAMED, frozenset({"lang"}))
    assert (anything.query, anything.fragment, anything.mode) == (QueryRule.ANY, True, Mode.OFF)
    assert (mail.scheme, mail.host) == ("mailto", "help@health.example")
    assert (phone.scheme, phone.host) == ("tel", "+60388810200")
    assert rules.links_by_host["www.health.example"] == (site, anything)
    assert rules.images[0].appearance.views[0].quality == 90


def test_doubts_are_warnings_and_do_not_refuse_the_rules() -> None:
    checked = check(EVERYTHING)

    assert checked.rules is not None
    assert {p.code for p in checked.problems} == {"W162", "W163"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("links:\n  - {id: a, host: h.example, scheme: http}\n", "W161"),
        ("links:\n  - {id: a, host: h.example}\n  - {id: b, host: h.example}\n", "W164"),
        ("images:\n  - {id: a, views: ['whole:%s:5']}\n" % ("1f" * 32), "W171"),
        (CODE.replace("Your code is {code}.", "Your\u200b code is {code}."), "W131"),
    ],
)
def test_each_doubt_has_its_code(text: str, code: str) -> None:
    checked = check(text)

    assert checked.rules is not None
    assert [p.code for p in checked.problems] == [code]


def test_empty_rules_are_valid_and_approve_nothing() -> None:
    rules = check("templates:\nlinks: []\n").rules

    assert rules is not None
    assert (rules.templates, rules.links) == ((), ())


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("digits 6", "{type: digits, length: 6}"),
        ("text 1-40", "{type: text, min_length: 1, max_length: 40}"),
        ("digits 4 - 8", "{type: digits, min_length: 4, max_length: 8}"),
        ("number 1-60", "{type: number, min: 1, max: 60}"),
        ("number 60", "{type: number, max: 60}"),
        ("name", "{type: name}"),
    ],
)
def test_a_slot_has_a_short_form(short: str, long: str) -> None:
    one, other = (check(CODE.replace("digits 6", form)).rules for form in (short, long))

    assert one is not None
    assert other is not None
    assert one.templates[0].slots == other.templates[0].slots


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("2MB", 2_000_000),
        ("2 MiB", 2_097_152),
        ("500kB", 500_000),
        ("1.5KiB", 1536),
        ("1234", 1234),
    ],
)
def test_a_size_has_a_unit_or_is_in_bytes(written: str, size: int) -> None:
    text = EVERYTHING.replace("1.5MB", written)
    rules = check(text).rules

    assert rules is not None
    assert rules.templates[0].attachments[0].max_bytes == size


# --- the folder


def test_rules_are_read_from_every_depth_and_hidden_names_are_not(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "a" / "b" / "code.yml").write_text(CODE)
    (tmp_path / "links.yaml").write_text("links: []\n")
    for hidden in (".links.yaml", ".git/x.yaml", "notes.txt", "links.yaml~"):
        (tmp_path / hidden).write_text("not: [valid\n")

    rules = load_rules(tmp_path)

    assert rules.sources == (str(tmp_path / "a" / "b" / "code.yml"), str(tmp_path / "links.yaml"))


def test_a_kubernetes_volume_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "..2026_11_23").mkdir()
    (tmp_path / "..2026_11_23" / "code.yaml").write_text(CODE)
    (tmp_path / "..data").symlink_to("..2026_11_23")
    (tmp_path / "code.yaml").symlink_to("..data/code.yaml")

    assert len(load_rules(tmp_path).sources) == 1


def test_a_folder_that_is_missing_or_empty_is_not_a_set_that_approves_nothing(
    tmp_path: Path,
) -> None:
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(RulesInvalid) as caught:
            load_rules(folder)
        assert caught.value.problems[0].code == "E001"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "code.yaml").write_text(CODE)
    (tmp_path / "links.yaml").symlink_to(tmp_path / "gone")

    assert [(p.code, Path(p.file).name) for p in check_rules(tmp_path).problems] == [
        ("E001", "links.yaml")
    ]


def test_the_revision_is_of_names_and_bytes_and_not_of_the_order(tmp_path: Path) -> None:
    def file(name: str, content: bytes) -> SourceFile:
        return SourceFile(name, name, Path(name), content)

    a, b = file("a.yaml", b"x"), file("b.yaml", b"y")
    others = (
        [file("a.yaml", b"x "), b],
        [file("c.yaml", b"x"), b],
        [a],
        [file("a.yaml", b"xb.yaml"), file("", b"y")],
        [file("a.yaml", b"y"), file("b.yaml", b"x")],
    )

    assert revision_of([a, b]) == revision_of([b, a])
    assert re.fullmatch("[0-9a-f]{12}", revision_of([a, b]))
    assert all(revision_of(other) != revision_of([a, b]) for other in others)


def test_problems_of_all_files_come_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("link: []\nfooter: []\n")
    (tmp_path / "a.yaml").write_text("links: {}\n")

    problems = check_rules(tmp_path).problems

    assert [(Path(p.file).name, p.line) for p in problems] == [
        ("a.yaml", 1), ("b.yaml", 1), ("b.yaml", 2),
    ]  # fmt: skip


def test_the_rules_that_ship_are_valid_without_any_doubt() -> None:
    checked = check_rules(ROOT / "rules")

    assert [p.render() for p in checked.problems] == []
    assert checked.rules is not None


# --- nothing but RulesInvalid

KEYS = st.sampled_from(
    ["id", "channel", "from", "text", "subject", "html", "slots", "examples", "pass", "hold",
     "type", "code", "name", "max_size", "host", "path", "query", "mailto", "tel", "views", "links",
     "footer", "variants", "language", "pictures", "max", "min", "alt", "attachments", "mode",
     "match", "per", "allow", "limit", "in", "burst", "count", "sign", "at_least", "within", "safe",
     "class", "recipient", "recipient-prefix", "country", "template", "end-user-ip", "percent"]
)  # fmt: skip
VALUES = st.sampled_from(
    ["sms", "email", "MYHEALTH", "a <a@b.example>", "{x}", "{", "digits 6", "text", "digits",
     "pattern", "application/pdf", "2MB", "/a/*", "any", "none", "ms", "\\b", "", "é", "+60", "*",
     "5 in 10 minutes", "1 h", "gate", "recipient", "different-recipients", "volume", "first-seen",
     "MY", "+6012", "192.0.2.1", "a@b.example", "otp", "0 in 1 s burst 2"]
)  # fmt: skip
TREES = st.recursive(
    VALUES | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)


def yaml_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return "'" + value.replace("'", "''") + "'"
        case dict():
            return "{" + ", ".join(f"'{k}': {yaml_of(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(yaml_of, value)) + "]"
        case _:
            return repr(value)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(SECTIONS)), st.lists(TREES, max_size=3), max_size=3))
def test_no_tree_of_values_makes_the_loader_raise(tree: dict[str, object]) -> None:
    checked = check(yaml_of(tree))

    for problem in checked.problems:
        assert problem.render()
    assert (checked.rules is None) == any(p.is_error for p in checked.problems)


LINES = CODE.splitlines()


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(LINES), max_size=14)
    | st.permutations(LINES)
    | st.lists(st.text(max_size=20), max_size=5)
)
def test_no_shuffled_or_foreign_lines_make_the_loader_raise(lines: list[str]) -> None:
    for problem in check("\n".join(lines).encode(errors="replace").decode()).problems:
        assert problem.render()


@settings(deadline=None)
@given(st.sampled_from(EVERYTHING.splitlines()), st.text(max_size=12), st.integers(0, 80))
def test_no_damage_to_one_line_makes_the_loader_raise(line: str, damage: str, at: int) -> None:
    damaged = line[:at] + damage.encode(errors="replace").decode() + line[at:]

    for problem in check(EVERYTHING.replace(line, damaged, 1)).problems:
        assert problem.render()
