"""Rule files name the pictures that a template shows, and what is doubtful about them is said."""

from __future__ import annotations

from pathlib import Path

from filter.rulefiles.load import CheckedRules, check_rules
from filter.ruleset import ApprovedKind

DIGEST = "1f" * 32
VIEW = f"whole:{'00ff' * 16}:90"
LETTER = """
templates:
  - id: {id}
    channel: email
    from: a@health.example
    subject: s
    text: {id} text
    pictures: {pictures}
    examples: {{pass: [{id} text], hold: [x]}}
"""
LOGO = f"""
approved_pictures:
  - id: logo
    label: Our logo
    added_by: anna
    added: "2026-11-28"
    sha256: {DIGEST}
    size: 280x72
    also_similar: true
    max_distance_bits: 6
    views: ["{VIEW}"]
  - {{id: ticket, kind: code}}
"""


def _letter(pictures: str, name: str = "letter") -> str:
    return LETTER.format(id=name, pictures=pictures)


def _check(folder: Path, **files: str) -> CheckedRules:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return check_rules(folder)


def test_a_template_shows_the_pictures_that_it_names(tmp_path: Path) -> None:
    letter = _letter("{max: 2, approved: [logo, ticket], required: logo}")

    checked = _check(tmp_path, a=LOGO, b=letter)

    assert checked.problems == ()
    assert checked.rules is not None
    rule = checked.rules.templates[0].pictures
    assert rule.approved == checked.rules.approved
    assert (rule.required, rule.remote) == (frozenset({"logo"}), False)
    logo, ticket = checked.rules.approved
    assert (logo.digests, logo.sizes) == (frozenset({DIGEST}), ((280, 72),))
    assert logo.also_similar
    assert (logo.label, logo.max_distance_bits, len(logo.views)) == ("Our logo", 6, 1)
    assert ticket.kind is ApprovedKind.CODE


def test_remote_pictures_are_links_unless_the_template_says_otherwise(tmp_path: Path) -> None:
    texts = {
        "a": "{max: 1}",
        "b": "{max: 1, remote: hold}",
        "c": "{max: 0, remote: allow}",
        "d": "{max: 1, approved: [logo, ticket], remote: allow}",
    }

    checked = _check(tmp_path, z=LOGO, **{k: _letter(text, k) for k, text in texts.items()})

    assert checked.rules is not None
    remote = {t.id: t.pictures.remote for t in checked.rules.templates}
    assert remote == {"a": True, "b": False, "c": True, "d": True}


def test_what_no_template_shows_is_said_and_what_shows_anything(tmp_path: Path) -> None:
    named = _letter("{max: 2, approved: logo}")

    checked = _check(tmp_path, a=LOGO, b=named, c=_letter("{max: 1}", "other"))

    assert checked.rules is not None
    assert [p.code for p in checked.problems] == ["W177", "W178"]
    assert "`ticket`" in checked.problems[0].message


def test_rules_without_approved_pictures_have_nothing_to_be_told(tmp_path: Path) -> None:
    assert _check(tmp_path, a=_letter("{max: 1}")).problems == ()


def test_an_approved_picture_that_would_be_held_as_a_known_one_is_told(tmp_path: Path) -> None:
    images = f"images:\n  - {{id: prank, views: ['{VIEW}']}}\n"
    letter = _letter("{max: 2, approved: [logo, ticket]}")

    checked = _check(tmp_path, a=LOGO, b=letter, c=images)

    assert [p.code for p in checked.problems] == ["W176"]
    assert "`prank`, distance 0 of 256 bits, limit 52" in checked.problems[0].message
