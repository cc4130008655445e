"""Writes proposed rules as a person would write them: a rule file with comments.

What it writes loads back to the same templates; the same proposal is the same file, to the byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from filter.rulefiles.drafts import DraftExample, DraftFile, DraftLink, DraftTemplate
from filter.rulefiles.slotwords import write_slot
from filter.rulefiles.yamlwords import comment, entry, flow_list, flow_mapping, inline

SCHEMA = "rules.schema.json"

_ITEM = 4  # columns before the keys of a list item in a section
_DEEP = 6  # further columns before the keys of an example


def write_rules(file: DraftFile, *, schema: str = SCHEMA) -> str:
    """Return the rule file that a proposal is.

    ``schema`` is where editors find the JSON Schema, as seen from the file; "" leaves it out.
    Raises ValueError when a text holds a lone surrogate.
    """
    return "\n".join(_file(file, schema)) + "\n"


def _file(file: DraftFile, schema: str) -> Iterator[str]:
    if schema:
        yield f"# yaml-language-server: $schema={schema}"
    for remark in file.remarks:
        yield from comment(remark, 0)
    if file.links:
        yield ""
        yield "links:"
        for link in file.links:
            yield from _remark(link.remark, 2)
            yield f"  - {_link(link)}"
    if file.templates:
        yield ""
        yield "templates:"
        for index, template in enumerate(file.templates):
            if index:
                yield ""
            yield from _template(template)


def _remark(remark: str, indent: int) -> Iterator[str]:
    if remark:
        yield from comment(remark, indent)


# --- links


def _link(link: DraftLink) -> str:
    pairs = [("id", inline(link.id))]
    for key, value in (("host", link.host), ("mailto", link.mailto), ("tel", link.tel)):
        if value:
            pairs.append((key, inline(value)))
    if link.host:
        if link.scheme != "https":
            pairs.append(("scheme", inline(link.scheme)))
        if link.port is not None:
            pairs.append(("port", str(link.port)))
        if link.path != "/**":
            pairs.append(("path", inline(link.path)))
    if link.query != "none":
        is_list = isinstance(link.query, tuple)
        names = ", ".join(map(inline, link.query)) if is_list else link.query
        pairs.append(("query", f"[{names}]" if is_list else str(names)))
    if link.fragment:
        pairs.append(("fragment", "true"))
    return flow_mapping(pairs)


# --- templates


def _template(one: DraftTemplate) -> Iterator[str]:
    for remark in one.remarks:
        yield from comment(remark, 2)
    lines = _keys(one)
    yield "  - " + next(lines)
    yield from (" " * _ITEM + line if line else "" for line in lines)


def _keys(one: DraftTemplate) -> Iterator[str]:
    yield f"id: {inline(one.id)}"
    if one.description:
        yield from _words("description", one.description)
    for key, value in (
        ("class", one.template_class),
        ("channel", one.channels),
        ("language", one.language),
        ("mode", one.mode),
        ("from", one.senders),
        ("match", one.match),
    ):
        if value:
            yield f"{key}: {inline(value) if isinstance(value, str) else flow_list(value)}"
    yield from _wordings("subject", one.subjects)
    yield from _wordings("text", one.texts)
    yield from _wordings("html", one.htmls)
    yield from _wordings("preheader", one.preheaders)
    yield from _wordings("markup", one.markups)
    if one.links is not None:
        yield f"links: [{', '.join(map(inline, one.links))}]"
    if one.slots:
        yield "slots:"
        for slot in one.slots:
            yield from _remark(slot.remark, 2)
            yield f"  {slot.slot.name}: {write_slot(slot.slot)}"
    if one.max_pictures or one.min_pictures or one.alt_texts:
        yield from _pictures(one)
    if one.passing or one.holding:
        yield "examples:"
        yield from _examples("pass", one.passing)
        yield from _examples("hold", one.holding)


def _words(key: str, text: str, indent: int = 0, before: int = _ITEM) -> Iterator[str]:
    margin = " " * indent
    yield from entry(f"{margin}{key}:", text, indent + 2, before)


def _wordings(key: str, texts: tuple[str, ...]) -> Iterator[str]:
    if len(texts) == 1:
        yield from _words(key, texts[0])
    elif texts:
        yield f"{key}:"
        for text in texts:
            yield from entry("  -", text, 4, _ITEM)


def _pictures(one: DraftTemplate) -> Iterator[str]:
    counts = [("max", str(one.max_pictures))]
    if one.min_pictures:
        counts.insert(0, ("min", str(one.min_pictures)))
    if not one.alt_texts:
        yield f"pictures: {flow_mapping(counts)}"
        return
    yield "pictures:"
    for key, value in counts:
        yield f"  {key}: {value}"
    if len(one.alt_texts) == 1:
        yield from _words("alt", one.alt_texts[0], 2)
        return
    yield "  alt:"
    for text in one.alt_texts:
        yield from entry("    -", text, 6, _ITEM)


def _examples(kind: str, examples: Iterable[DraftExample]) -> Iterator[str]:
    listed = list(examples)
    if not listed:
        return
    yield f"  {kind}:"
    for example in listed:
        if example == DraftExample(text=example.text):  # a text alone is the whole example
            yield from entry("    -", example.text or "", 6, _ITEM)
            continue
        lines = _example(example)
        yield "    - " + next(lines)
        yield from (" " * _DEEP + line if line else "" for line in lines)


def _example(one: DraftExample) -> Iterator[str]:
    if one.name:
        yield from _words("name", one.name, before=_ITEM + _DEEP)
    if one.code:
        yield f"code: {inline(one.code)}"
    if one.sender is not None:
        yield f"from: {inline(one.sender)}"
    for key, text in (("subject", one.subject), ("text", one.text), ("html", one.html)):
        if text is not None:
            yield from _words(key, text, before=_ITEM + _DEEP)
