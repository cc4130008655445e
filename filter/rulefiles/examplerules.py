"""The messages beside a template: what each leaves unsaid, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from pathlib import Path

from filter.message import Channel
from filter.problems import Problem, did_you_mean, one_of
from filter.reasons import REASONS
from filter.rulefiles.items import Item
from filter.rulefiles.model import ExampleRule, TemplateRule
from filter.rulefiles.nearfiles import near_file
from filter.ruleset import Example

_WORDING = frozenset({"text", "html", "file"})
_PATHS_BEGIN = "paths begin at the folder of this rule file"
_FILE_KINDS = {".eml": Channel.EMAIL, ".json": Channel.SMS}


def compile_examples(item: Item[TemplateRule]) -> tuple[tuple[Example, ...], list[Problem]]:
    """Return a template's examples, one for each channel, and what is wrong with them."""
    problems: list[Problem] = []
    passing: list[Example] = []
    holding: list[Example] = []
    rule = item.rule.examples
    for index, example in enumerate(rule.passing):
        problems += _check(item, example, ("examples", "pass", index))
        passing += _build(item, example, "pass", index)
    for index, example in enumerate(rule.holding):
        problems += _check(item, example, ("examples", "hold", index))
        holding += (
            _completed(built, passing, example.model_fields_set)
            for built in _build(item, example, "hold", index)
        )
    return (*passing, *holding), problems


def _build(item: Item[TemplateRule], rule: ExampleRule, kind: str, index: int) -> Iterator[Example]:
    source = item.source_of("examples", kind, index)
    for channel in _channels(item, rule):
        yield Example(
            expect_pass=kind == "pass",
            source=source,
            channel=channel,
            sender=rule.sender or "",
            subject=rule.subject,
            text=rule.text,
            html=rule.html,
            attachments=tuple(str(Path(item.folder, name)) for name in rule.attachments),
            file=str(Path(item.folder, rule.file)) if rule.file else "",
            name=rule.name,
            code=rule.code or "",
        )


def _channels(item: Item[TemplateRule], rule: ExampleRule) -> tuple[Channel, ...]:
    """Return the channels an example is tried on: as many of the template's as it can be."""
    if rule.channel is not None:
        return (rule.channel,)
    if rule.file and Path(rule.file).suffix in _FILE_KINDS:
        return (_FILE_KINDS[Path(rule.file).suffix],)
    if rule.model_fields_set & {"subject", "html"}:
        return (Channel.EMAIL,)
    if "attachments" in rule.model_fields_set and Channel.EMAIL in item.rule.channel:
        return (Channel.EMAIL,)
    if rule.sender is not None:
        channel = Channel.EMAIL if "@" in rule.sender else Channel.SMS
        return (channel,) if channel in item.rule.channel else item.rule.channel
    return item.rule.channel


def _completed(example: Example, passing: list[Example], given: AbstractSet[str]) -> Example:
    """Return a hold example with what it does not say taken from the first pass example.

    ``attachments: []`` is ``given``, and says that there are none.
    """
    model = next((p for p in passing if p.channel is example.channel and not p.file), None)
    if model is None or example.file:
        return example
    own_wording = example.text is not None or example.html is not None
    return Example(
        expect_pass=False,
        source=example.source,
        channel=example.channel,
        sender=example.sender or model.sender,
        subject=model.subject if example.subject is None else example.subject,
        text=example.text if own_wording else model.text,
        html=example.html if own_wording else model.html,
        attachments=example.attachments if "attachments" in given else model.attachments,
        name=example.name,
        code=example.code,
    )


def _check(
    item: Item[TemplateRule], rule: ExampleRule, path: tuple[str | int, ...]
) -> Iterator[Problem]:
    given = rule.model_fields_set
    if rule.channel is not None and rule.channel not in item.rule.channel:
        message = f"the template is not for {rule.channel}"
        yield item.report("E092", message, *path, "channel", help=one_of(item.rule.channel))
    if rule.file and given & {"text", "html", "subject", "attachments", "sender"}:
        message = "`file` is a whole message: nothing else belongs beside it"
        yield item.report("E092", message, *path, "file", help="remove the other keys")
    if path[1] == "pass":
        if not given & _WORDING:
            message = "a pass example needs a wording"
            yield item.report("E091", message, *path, help="add `text:`, `html:` or `file:`")
        if rule.code is not None:
            message = "`code` belongs to hold examples"
            yield item.report("E092", message, *path, "code", help="remove it", at_key=True)
    elif not given - {"name", "code", "channel"}:
        message = "a hold example must say what is wrong with the message"
        yield item.report("E091", message, *path, help="change its text, sender or subject")
    if rule.code is not None and rule.code not in REASONS:
        help_ = did_you_mean(rule.code, REASONS) or "`sallyport explain` lists the codes"
        yield item.report("E093", f"unknown finding `{rule.code}`", *path, "code", help=help_)
    yield from _check_channel(item, rule, path)
    yield from _check_files(item, rule, path)


def _check_channel(
    item: Item[TemplateRule], rule: ExampleRule, path: tuple[str | int, ...]
) -> Iterator[Problem]:
    if Channel.EMAIL in item.rule.channel and rule.channel is not Channel.SMS:
        return
    for key in ("subject", "html"):
        if key in rule.model_fields_set:
            message = f"a text message has no `{key}`"
            yield item.report("E092", message, *path, key, help=f"remove `{key}:`", at_key=True)


def _check_files(
    item: Item[TemplateRule], rule: ExampleRule, path: tuple[str | int, ...]
) -> Iterator[Problem]:
    if rule.file:
        if Path(rule.file).suffix not in _FILE_KINDS:
            message = f"`{rule.file}` is neither .eml nor .json"
            help_ = "save the message as it was sent"
            yield item.report("E094", message, *path, "file", help=help_)
        elif not Path(item.folder, rule.file).is_file():
            message = f"there is no file `{rule.file}`"
            help_ = near_file(Path(item.folder), rule.file) or _PATHS_BEGIN
            yield item.report("E094", message, *path, "file", help=help_)
    inner = Item(rule, item.document, (*item.path, *path))
    for name, where in zip(
        rule.attachments, inner.paths("attachments", len(rule.attachments)), strict=True
    ):
        if not Path(item.folder, name).is_file():
            message = f"there is no file `{name}`"
            help_ = near_file(Path(item.folder), name) or _PATHS_BEGIN
            yield inner.report("E094", message, *where, help=help_)
