"""What is proposed is written as a person would write it, and reads back to the same rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from filter.message import Channel
from filter.rulefiles.drafts import DraftExample, DraftFile, DraftLink, DraftSlot, DraftTemplate
from filter.rulefiles.draftwriter import write_rules
from filter.rulefiles.load import check_sources
from filter.rulefiles.slotwords import write_slot
from filter.rulefiles.sources import SourceFile
from filter.ruleset import Example, QueryRule, RuleSet, Slot, SlotType, Template
from filter.strictyaml import read_yaml

CODE = DraftTemplate(
    id="code",
    channels=(Channel.EMAIL,),
    senders=("Clinic <no-reply@clinic.example>",),
    subjects=("Your code: {code}",),
    texts=("Hello,\n\nyour code is {code}.\n",),
    htmls=("Hello, your code is {code}.",),
    slots=(
        DraftSlot(Slot("code", SlotType.DIGITS, 6, 6), "from {{ .Code }}\nlook at this: length"),
    ),
    links=("site",),
    passing=(
        DraftExample(
            name="plain", subject="Your code: 123456", text="Hello,\n\nyour code is 123456.\n"
        ),
    ),
    holding=(
        DraftExample(name="another sender", sender="X <x@evil.example>", code="sender.not_allowed"),
        DraftExample(text="Hello, pay now."),
    ),
    remarks=("From code.gotmpl:1",),
)


def load(file: DraftFile) -> RuleSet:
    content = write_rules(file).encode()
    checked = check_sources([SourceFile("made.yaml", "made.yaml", Path("made.yaml"), content)])
    assert checked.rules is not None, [p.render() for p in checked.problems]
    return checked.rules


def test_a_file_reads_as_a_person_would_write_it() -> None:
    file = DraftFile(
        templates=(CODE,),
        links=(
            DraftLink("site", host="www.clinic.example", path="/help/**", remark="of the footer"),
            DraftLink("desk", mailto="desk@clinic.example", query=("subject",)),
            DraftLink(
                "any", host="a.clinic.example", port=8443, scheme="http", query="any", fragment=True
            ),
        ),
        remarks=("Made from two files.",),
    )
    assert (
        write_rules(file)
        == """\
# yaml-language-server: $schema=rules.schema.json
# Made from two files.

links:
  # of the footer
  - {id: site, host: www.clinic.example, path: /help/**}
  - {id: desk, mailto: desk@clinic.example, query: [subject]}
  - {id: any, host: a.clinic.example, scheme: http, port: 8443, query: any, fragment: true}

templates:
  # From code.gotmpl:1
  - id: code
    channel: email
    from: "Clinic <no-reply@clinic.example>"
    subject: "Your code: {code}"
    text: |
      Hello,

      your code is {code}.
    html: "Hello, your code is {code}."
    links: [site]
    slots:
      # from {{ .Code }}
      # look at this: length
      code: digits 6
    examples:
      pass:
        - name: plain
          subject: "Your code: 123456"
          text: |
            Hello,

            your code is 123456.
      hold:
        - name: another sender
          code: sender.not_allowed
          from: "X <x@evil.example>"
        - Hello, pay now.
"""
    )
    assert load(file).links[1].parameters == frozenset({"subject"})
    assert load(file).links[2].query is QueryRule.ANY


def test_a_slot_has_its_short_form_where_that_says_the_same() -> None:
    written = {
        "digits 6": Slot("s", SlotType.DIGITS, 6, 6),
        "text 1-40": Slot("s", SlotType.TEXT, 1, 40),
        "number 1-60": Slot("s", SlotType.NUMBER, minimum=1, maximum=60),
        "number 60": Slot("s", SlotType.NUMBER, maximum=60),
        "url": Slot("s", SlotType.URL),
        "{type: name, max_length: 60}": Slot("s", SlotType.NAME, max_length=60),
        "{type: number, min: -5}": Slot("s", SlotType.NUMBER, minimum=-5),
        '{type: date, formats: ["%d %B %Y"]}': Slot("s", SlotType.DATE, formats=("%d %B %Y",)),
        '{type: choice, values: [No, a-b, "true"]}': Slot(
            "s", SlotType.CHOICE, values=("No", "a-b", "true")
        ),
    }
    for text, slot in written.items():
        assert write_slot(slot) == text


def test_a_long_line_is_folded_and_stays_one_line() -> None:
    text = "A sentence that goes on: " + "word " * 60 + "end."
    rules = load(DraftFile((_with(texts=(text,)),)))
    assert rules.templates[0].texts == (text,)
    assert max(map(len, write_rules(DraftFile((_with(texts=(text,)),))).splitlines())) <= 104


def test_a_remark_cannot_end_its_comment() -> None:
    remark = "first\r\nsecond\x85third\u2028fourth\u202efifth\ttab\ud800"
    file = DraftFile((CODE,), remarks=(remark,))
    document, problems = read_yaml(write_rules(file).encode(), "made.yaml")
    assert not problems
    assert set(document.value or ()) == {"templates"}  # type: ignore[arg-type]


def _with(**changes: object) -> DraftTemplate:
    plain = replace(CODE, slots=(), links=None, subjects=("Code",), htmls=(), remarks=())
    return replace(plain, **changes)  # type: ignore[arg-type]


# --- whatever is in it

_SIGNS = st.sampled_from(
    [*"ab {}\n:#-'\"\\|>&*!%@`,[]?~\t", "\n\n", "  ", "é", "日本", "\u2028", "\x85", "\ufeff",
     "null", "a: b", "- ", "# ", "\u202e", "😀", "12:30", "0x10", "word " * 30]
)  # fmt: skip
_TEXTS = st.lists(_SIGNS, max_size=12).map("".join)
_WORDINGS = _TEXTS.map(lambda t: t.replace("{", "{{").replace("}", "}}")).filter(
    lambda t: bool(t.strip())
)
_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
_LENGTHS = st.one_of(st.none(), st.integers(1, 20))
_FLOATS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(-9, 99).map(float)
)
_BOUNDS = st.one_of(
    st.tuples(st.none(), st.none()),
    st.tuples(_FLOATS, st.none()),
    st.tuples(st.none(), _FLOATS),
    st.tuples(_FLOATS, _FLOATS).map(lambda two: tuple(sorted(two))),
)
_WITHOUT_LENGTHS = {
    SlotType.DATE: [Slot("", SlotType.DATE, formats=f) for f in ((), ("%d %B %Y", "%Y-%m-%d"))],
    SlotType.TIME: [Slot("", SlotType.TIME), Slot("", SlotType.TIME, formats=("%H:%M",))],
    SlotType.CHOICE: [
        Slot("", SlotType.CHOICE, values=("a", "null", "x: y", "12", "日本", "it's", '"'))
    ],
    SlotType.UUID: [Slot("", SlotType.UUID)],
    SlotType.URL: [Slot("", SlotType.URL), Slot("", SlotType.URL, max_length=200)],
    SlotType.EMAIL: [Slot("", SlotType.EMAIL), Slot("", SlotType.EMAIL, max_length=60)],
}


@st.composite
def _slots(draw: st.DrawFn) -> Slot:
    name, kind = draw(_NAMES), draw(st.sampled_from(SlotType))
    low, high = sorted((draw(st.integers(1, 20)), draw(st.integers(1, 20))))
    lengths = draw(st.sampled_from([(None, None), (low, high), (None, high), (low, low)]))
    if kind in (SlotType.NUMBER, SlotType.MONEY):
        least, most = draw(_BOUNDS)
        places = draw(st.one_of(st.none(), st.integers(0, 6)))
        currency = ("RM", "€", "US $")[: draw(st.integers(1, 3))] if kind is SlotType.MONEY else ()
        bounds = Slot(name, kind, minimum=least, maximum=most, decimals=places)
        return replace(bounds, currency=currency)
    if kind in _WITHOUT_LENGTHS:
        return replace(draw(st.sampled_from(_WITHOUT_LENGTHS[kind])), name=name)
    if kind is SlotType.TEXT:
        return Slot(name, kind, lengths[0], lengths[1] or 20, max_words=high)
    words = draw(_LENGTHS) if kind in (SlotType.NAME, SlotType.WORDS) else None
    pattern = r"[A-Z]{2}-\d+'\"#: x" if kind is SlotType.PATTERN else ""
    return Slot(name, kind, *lengths, max_words=words, pattern=pattern)


_EXAMPLES = st.builds(
    DraftExample,
    name=_TEXTS,
    subject=st.one_of(st.none(), _TEXTS),
    text=_TEXTS,
    html=st.one_of(st.none(), _TEXTS),
)


@st.composite
def _templates(draw: st.DrawFn) -> DraftTemplate:
    slots = {slot.name: slot for slot in draw(st.lists(_slots(), max_size=4))}
    used = " ".join(f"{{{name}}}" for name in slots)
    return DraftTemplate(
        id=draw(st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)),
        channels=(Channel.EMAIL,),
        senders=("a@clinic.example", 'X "Y", Z <b@clinic.example>'),
        subjects=tuple(draw(st.lists(_WORDINGS, min_size=1, max_size=2))),
        texts=(draw(_WORDINGS) + used, *draw(st.lists(_WORDINGS, max_size=2))),
        htmls=tuple(draw(st.lists(_WORDINGS, max_size=2))),
        preheaders=(),
        slots=tuple(DraftSlot(slot, draw(_TEXTS)) for slot in slots.values()),
        alt_texts=tuple(draw(st.lists(_WORDINGS, max_size=2))),
        max_pictures=draw(st.integers(1, 9)),
        description=draw(_TEXTS),
        remarks=tuple(draw(st.lists(_TEXTS, max_size=2))),
        passing=tuple(draw(st.lists(_EXAMPLES, min_size=1, max_size=2))),
        holding=tuple(draw(st.lists(_EXAMPLES, min_size=1, max_size=2))),
    )


@given(_templates(), st.lists(_TEXTS, max_size=2))
def test_what_is_written_reads_back_to_the_same(one: DraftTemplate, remarks: list[str]) -> None:
    file = DraftFile((one,), remarks=tuple(remarks))
    assert write_rules(file) == write_rules(file)
    (template,) = load(file).templates
    _compare(template, one)
    passing = [e for e in template.examples if e.expect_pass]
    for example, draft in zip(passing, one.passing, strict=True):
        _compare_example(example, draft)


def _compare(template: Template, one: DraftTemplate) -> None:
    assert template.id == one.id
    assert template.subjects == one.subjects
    assert template.texts == one.texts
    assert template.htmls == one.htmls
    assert {slot.name: slot for slot in template.slots} == {s.slot.name: s.slot for s in one.slots}
    assert template.pictures.alt_texts == one.alt_texts
    assert template.pictures.max_count == one.max_pictures
    assert template.description == one.description


def _compare_example(example: Example, draft: DraftExample) -> None:
    assert (example.name, example.subject, example.text, example.html) == (
        draft.name,
        draft.subject,
        draft.text,
        draft.html,
    )
