"""What does a Django template say?

Read by a tokenizer and a parser of our own; Django's tags and filters are known, with humanize and
i18n. A tag of an application's own is a hole, or sets a variable (``… as name``): if it writes
mark-up, no message fits, as slots take text. A block of an application's own is an error.
Escaping (on by default, also in text templates) leaves a hole what it is; constants are never
escaped. ``{{ x|safe }}`` is the hole ``x``, its expression says ``|safe``: text for the gate.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from filter.dialects.catalogues import Catalogue
from filter.dialects.djangosyntax import Item, Output, Part, Plain, Tag, bits_of, parse, unquoted
from filter.dialects.djangovalues import Scope, Values
from filter.dialects.filters import hint_of_format
from filter.dialects.joining import cycled
from filter.dialects.limits import Files, check_nesting
from filter.dialects.lines import merged
from filter.dialects.names import Names
from filter.dialects.nodes import Choice, DialectError, Loader, Loop, Node, Source, Text
from filter.dialects.values import (
    Branch,
    Builder,
    Condition,
    Known,
    Place,
    Unknown,
    Unsure,
    Value,
    Written,
    same,
)
from filter.ruleset import SlotType

_SILENT = frozenset({"load", "resetcycle", "comment"})
_SIGNS = {
    "openblock": "{%", "closeblock": "%}", "openvariable": "{{", "closevariable": "}}",
    "openbrace": "{", "closebrace": "}", "opencomment": "{#", "closecomment": "#}",
}  # fmt: skip
_FORMS = frozenset({"csrf_token", "debug"})
_THROUGH = frozenset({"autoescape", "cache", "language", "localize", "localtime", "timezone"})
_VALUES = frozenset(
    {
        "get_current_language", "get_current_language_bidi", "get_current_timezone",
        "get_media_prefix", "get_static_prefix", "now", "static", "url", "widthratio",
    }
)  # fmt: skip
_LINKS = frozenset({"url", "static", "get_media_prefix", "get_static_prefix"})
_BETWEEN = re.compile(r">\s+<")
_LINE_ENDS = re.compile(r"\s*\n\s*")


def read(
    source: Source, load: Loader, *, language: str = "", names: Names | None = None
) -> tuple[Node, ...]:
    """Return what a Django template says; raises DialectError."""
    reading = _Reading(names or Names(), load, language)
    with reading.files.root(source):
        return reading.document(source, {}, _Frame(source.name))


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the reader is: the file, its blocks (the youngest first) and how deep."""

    file: str
    blocks: dict[str, list[tuple[Part, str]]] = field(default_factory=dict)
    block: str = ""
    level: int = 0
    depth: int = 0
    loops: tuple[str, ...] = ()  # what is being gone through


class _Reading:
    def __init__(self, names: Names, load: Loader, language: str) -> None:
        self.files = Files(load)
        self._builder = Builder(names, self.files)
        self._catalogue = Catalogue(load, language)
        self._values = Values(self._builder, self._catalogue)
        self._parsed: dict[str, tuple[Item, ...]] = {}

    # --- files

    def document(self, source: Source, scope: Scope, frame: _Frame) -> tuple[Node, ...]:
        """Return what a file says, with what it extends."""
        if source.name not in self._parsed:
            self._parsed[source.name] = parse(source)
        items = self._parsed[source.name]
        for block in _blocks(items):
            name = block.rest.split()[0] if block.rest.split() else ""
            frame.blocks.setdefault(name, []).append((block.parts[0], source.name))
        parent = next(
            (one for one in items if isinstance(one, Tag) and one.name == "extends"), None
        )
        if parent is None:
            return self._body(items, scope, frame)
        at = Place(source.name, parent.line)
        name = self._certain_name(bits_of(parent.rest)[:1], scope, at)
        with self.files.opened(name, at.file, at.line) as opened:
            # Text before the extends is written; Django allows no tag there.
            before = self._body(items[: items.index(parent)], scope, frame)
            deeper = replace(frame, file=opened.name)
            return merged((*before, *self.document(opened, scope, deeper)))

    def _certain_name(self, bits: list[str], scope: Scope, at: Place) -> str:
        value = self._values.value(bits[0], scope, at) if bits else Known("")
        match value:
            case Known(str() as name) if name:
                if name.startswith(("./", "../")):
                    folder = posixpath.dirname(at.file)
                    return posixpath.normpath(posixpath.join(folder, name))
                return name
        raise DialectError(
            at.file,
            at.line,
            "which template is meant is known only when the message is made",
            "write its name, or one template for each",
        )

    # --- items

    def _body(self, items: Iterable[Item], scope: Scope, frame: _Frame) -> tuple[Node, ...]:
        deeper = replace(frame, depth=frame.depth + 1)
        return merged(node for one in items for node in self._item(one, scope, deeper))

    def _item(self, item: Item, scope: Scope, frame: _Frame) -> tuple[Node, ...]:
        at = Place(frame.file, item.line)
        self.files.spend(at.file, at.line)
        check_nesting(frame.depth, at.file, at.line)
        match item:
            case Plain(text):
                return (Text(text, item.line),)
            case Output(text):
                if text == "block.super":
                    return self._block(frame.block, frame.level + 1, scope, frame)
                return self._builder.nodes(self._values.value(text, scope, at), at)
            case Tag():
                return self._tag(item, scope, frame, at)

    def _tag(  # noqa: C901, PLR0911, PLR0912 - one row a tag
        self, tag: Tag, scope: Scope, frame: _Frame, at: Place
    ) -> tuple[Node, ...]:
        first = tag.parts[0].body if tag.parts else ()
        match tag.name:
            case name if name in _SILENT:
                return ()
            case name if name in _THROUGH:
                return self._body(first, dict(scope), frame)
            case name if name in _VALUES:
                return self._value(tag, scope, at)
            case "if":
                return self._if(tag.parts, scope, frame)
            case "for":
                return self._for(tag, scope, frame, at)
            case "with":
                inner = {**scope, **self._pairs(bits_of(tag.rest), scope, at)}
                return self._body(first, inner, frame)
            case "block":
                bits = tag.rest.split()
                return self._block(bits[0] if bits else "", 0, dict(scope), frame)
            case "include":
                return self._include(tag, scope, frame, at)
            case "filter":
                value = self._values.filtered(
                    Written(self._body(first, dict(scope), frame)), tag.rest, scope, at
                )
                return self._builder.nodes(value, at)
            case "spaceless":
                return _spaceless(self._body(first, dict(scope), frame))
            case "trans" | "translate":
                return self._translate(tag, scope, at)
            case "blocktrans" | "blocktranslate":
                return self._blocktranslate(tag, scope, at)
            case "firstof" | "cycle":
                return self._one_of(tag, scope, at)
            case "ifchanged":
                parts = [self._body(part.body, dict(scope), frame) for part in tag.parts]
                otherwise = parts[1] if len(parts) > 1 else ()
                return self._builder.choice(Unsure("", ""), parts[0], otherwise, at.line)
            case "templatetag" if tag.rest in _SIGNS:
                return (Text(_SIGNS[tag.rest], at.line),)
            case "regroup":
                self._regroup(bits_of(tag.rest), scope, at)
                return ()
            case "extends":
                raise DialectError(
                    at.file, at.line, "an extends within a block", "write it at the top of the file"
                )
        bits = bits_of(tag.rest)
        if tag.name in _FORMS:
            raise DialectError(
                at.file,
                at.line,
                f'the tag "{tag.name}" writes what no message has',
                "take it out",
            )
        if len(bits) > 1 and bits[-2] == "as" and bits[-1].isidentifier():
            scope[bits[-1]] = self._called(tag.name, bits[:-2], scope, at)
            return ()
        # A tag of the application's own: what it writes is a value, as its expression says.
        return self._builder.nodes(self._called(tag.name, bits, scope, at), at)

    # --- conditions and loops

    def _if(self, parts: tuple[Part, ...], scope: Scope, frame: _Frame) -> tuple[Node, ...]:
        part, rest = parts[0], parts[1:]
        at = Place(frame.file, part.line)
        check_nesting(len(rest), at.file, at.line)
        if part.name == "else":
            return self._body(part.body, scope, frame)
        when = self._values.condition(bits_of(part.rest), scope, at)
        if isinstance(when, bool):
            if when:
                return self._body(part.body, scope, frame)
            return self._if(rest, scope, frame) if rest else ()
        yes_scope, no_scope = dict(scope), dict(scope)
        yes = self._body(part.body, yes_scope, frame)
        no = self._if(rest, no_scope, frame) if rest else ()
        _merge(scope, when, yes_scope, no_scope)
        return self._builder.choice(when, yes, no, part.line)

    def _for(self, tag: Tag, scope: Scope, frame: _Frame, at: Place) -> tuple[Node, ...]:
        found = re.fullmatch(r"(.+?)\s+in\s+(.+?)(\s+reversed)?", tag.rest, re.DOTALL)
        if found is None:
            raise DialectError(
                at.file, at.line, "a for without its in", "write {% for one in several %}"
            )
        targets = [name for name in re.split(r"[\s,]+", found[1]) if name]
        value = self._values.value(found[2], scope, at)
        over = value if isinstance(value, Unknown) else self._builder.derived(value, "", at)
        body, otherwise = tag.parts[0].body, tag.parts[1].body if len(tag.parts) > 1 else ()
        # Within a loop over the same, the element is another one.
        element = over.key + "[]" + "'" * frame.loops.count(over.key)
        inner = dict(scope)
        for number, name in enumerate(targets):
            key = element if len(targets) == 1 else f"{element}[{number}]"
            inner[name] = Unknown(key, name, changing=over.changing)
        inner["forloop"] = Unknown(over.key, "forloop", changing=over.changing)
        if "forloop" in scope:
            inner["forloop.parentloop"] = scope["forloop"]
        deeper = replace(frame, loops=(*frame.loops, over.key))
        nodes = self._body(body, inner, deeper)
        empty = self._body(otherwise, dict(scope), frame)
        most = _most(found[2])
        if not empty:
            return self._builder.loop(over, nodes, at.line, most=most)
        filled = self._builder.loop(over, nodes, at.line, least=1, most=most)
        return self._builder.choice(self._builder.test(over, at), filled, empty, at.line)

    # --- other files

    def _block(self, name: str, level: int, scope: Scope, frame: _Frame) -> tuple[Node, ...]:
        chain = frame.blocks.get(name, [])
        if level >= len(chain):
            return ()
        part, file = chain[level]
        return self._body(part.body, scope, replace(frame, file=file, block=name, level=level))

    def _include(self, tag: Tag, scope: Scope, frame: _Frame, at: Place) -> tuple[Node, ...]:
        bits = bits_of(tag.rest)
        name = self._certain_name(bits[:1], scope, at)
        options = bits[1:]
        inner = {} if "only" in options else dict(scope)
        if "with" in options:
            given = [bit for bit in options[options.index("with") + 1 :] if bit != "only"]
            inner |= self._pairs(given, scope, at)
        with self.files.opened(name, at.file, at.line) as source:
            return self.document(source, inner, _Frame(source.name, depth=frame.depth + 1))

    # --- tags that write a value

    def _pairs(self, bits: list[str], scope: Scope, at: Place) -> Scope:
        """Return what ``a=b c=d`` or ``b as a and d as c`` sets."""
        result: Scope = {}
        position = 0
        while position < len(bits):
            name, sign, given = bits[position].partition("=")
            if sign and name.isidentifier():
                result[name] = self._values.value(given, scope, at)
                position += 1
            elif bits[position + 1 : position + 2] == ["as"] and position + 2 < len(bits):
                result[bits[position + 2]] = self._values.value(bits[position], scope, at)
                position += 3
                if bits[position : position + 1] == ["and"]:
                    position += 1
            else:
                raise DialectError(
                    at.file, at.line, f'"{bits[position]}" sets nothing', "write name=value"
                )
        return result

    def _called(self, name: str, bits: list[str], scope: Scope, at: Place) -> Unknown:
        """Return the value that a tag gives: it is made of the tag's own values."""
        keys, changing = [name], False
        for bit in bits:
            option, sign, given = bit.partition("=")
            named = bool(sign) and option.isidentifier()
            value = self._values.value(given if named else bit, scope, at)
            changing |= self._builder.is_changing(value)
            keys.append(f"{option}=" * named + self._builder.key(value, at))
        hint = SlotType.URL if name in _LINKS or name.endswith("url") else None
        if name == "now" and bits:
            hint = hint_of_format(unquoted(bits[0]) or "")
        if name == "widthratio":
            hint = SlotType.NUMBER
        return Unknown(" ".join(keys), " ".join((name, *bits)), hint, changing=changing)

    def _value(self, tag: Tag, scope: Scope, at: Place) -> tuple[Node, ...]:
        bits = bits_of(tag.rest)
        if len(bits) > 1 and bits[-2] == "as":
            scope[bits[-1]] = self._called(tag.name, bits[:-2], scope, at)
            return ()
        return self._builder.nodes(self._called(tag.name, bits, scope, at), at)

    def _one_of(self, tag: Tag, scope: Scope, at: Place) -> tuple[Node, ...]:
        bits = bits_of(tag.rest)
        silent = bits[-1:] == ["silent"]
        bits = bits[: len(bits) - silent]
        name = bits[-1] if len(bits) > 2 and bits[-2] == "as" else ""  # noqa: PLR2004
        if name:
            bits = bits[:-2]
        values = [self._values.value(bit, scope, at) for bit in bits]
        result: Value
        if tag.name == "cycle" and len(values) == 1 and bits[0].isidentifier() and not name:
            result = scope.get(bits[0], values[0])  # a cycle of before, one further
        elif tag.name == "cycle":
            result = cycled(values)
        else:
            result = Known("")
            for value in reversed(values):
                when = self._builder.test(value, at)
                if isinstance(when, bool):
                    result = value if when else result
                else:
                    result = Branch(when, value, result)
        if name:
            scope[name] = result
            if tag.name == "firstof" or silent:
                return ()
        return self._builder.nodes(result, at)

    def _regroup(self, bits: list[str], scope: Scope, at: Place) -> None:
        match bits:
            case [several, "by", attribute, "as", name]:
                value = self._values.value(several, scope, at)
                made = self._builder.derived(value, f"|regroup:{attribute}", at)
                scope[name] = replace(made, label=name)
            case _:
                raise DialectError(
                    at.file, at.line, "a regroup that is none", "write {% regroup a by b as c %}"
                )

    # --- translations

    def _translate(self, tag: Tag, scope: Scope, at: Place) -> tuple[Node, ...]:
        bits = bits_of(tag.rest)
        options = bits[1:]
        context = ""
        if "context" in options[:-1]:
            context = unquoted(options[options.index("context") + 1]) or ""
        value = self._values.translated(bits[0] if bits else "", context, scope, at)
        if "as" in options[:-1]:
            scope[options[options.index("as") + 1]] = value
            return ()
        return self._builder.nodes(value, at)

    def _blocktranslate(self, tag: Tag, scope: Scope, at: Place) -> tuple[Node, ...]:
        inner, options = dict(scope), bits_of(tag.rest)
        count, context, stored, trimmed = "", "", "", False
        while options:
            option = options.pop(0)
            if option == "trimmed":
                trimmed = True
            elif option in {"context", "asvar"} and options:
                given = options.pop(0)
                context, stored = (
                    (unquoted(given) or "", stored) if option == "context" else (context, given)
                )
            elif option in {"with", "count"}:
                stop = next(
                    (
                        number
                        for number, bit in enumerate(options)
                        if bit in {"trimmed", "context", "asvar", "with", "count"}
                    ),
                    len(options),
                )
                given_bits = [bit for bit in options[:stop] if bit != "and"]
                pairs = self._pairs(given_bits, scope, at)
                options = options[stop:]
                count = next(iter(pairs), "") if option == "count" else count
                inner |= pairs
            elif option != "and":
                raise DialectError(
                    at.file,
                    at.line,
                    f'"{option}" is no option of {tag.name}',
                    "write with name=value, count name=value, context, trimmed or asvar",
                )
        texts = [_message(part, at.file, trimmed=trimmed) for part in tag.parts]
        value = self._values.sentence(texts, count, context, inner, at)
        if stored:
            scope[stored] = value
            return ()
        return self._builder.nodes(value, at)


def _message(part: Part, file: str, *, trimmed: bool) -> str:
    """Return what stands in the catalogue: per cent signs doubled, values as %(name)s."""
    pieces: list[str] = []
    for item in part.body:
        match item:
            case Plain(text):
                pieces.append(text.replace("%", "%%"))
            case Output(text):
                pieces.append(f"%({text})s")
            case Tag():
                raise DialectError(
                    file,
                    item.line,
                    f'the tag "{item.name}" within a translation',
                    "translate the sentences on both sides of it",
                )
    whole = "".join(pieces)
    return _LINE_ENDS.sub(" ", whole.strip()) if trimmed else whole


def _blocks(items: Iterable[Item]) -> Iterable[Tag]:
    for item in items:
        if isinstance(item, Tag):
            if item.name == "block":
                yield item
            for part in item.parts:
                yield from _blocks(part.body)


def _merge(scope: Scope, when: Condition, yes: Scope, no: Scope) -> None:
    """Bring what either branch of an ``if`` has set into the scope around it."""
    for name in yes.keys() | no.keys():
        left = yes.get(name, Unknown(name, name))
        right = no.get(name, Unknown(name, name))
        if same(left, right):
            scope[name] = left
        elif isinstance(when, Unsure):
            scope[name] = Branch(when, left, right)


def _most(text: str) -> int:
    """Return how often a loop goes at most: ``items|slice:":3"`` says so itself."""
    found = re.search(r"\|\s*slice:[\"']:(\d{1,2})[\"']\s*$", text)
    return min(max(int(found[1]), 1), 50) if found else 50


def _spaceless(nodes: tuple[Node, ...], *, inner: bool = False) -> tuple[Node, ...]:
    """Take the white space between tags out, where both stand in one text."""
    result: list[Node] = []
    for number, node in enumerate(nodes):
        match node:
            case Text(text):
                squeezed = _BETWEEN.sub("><", text)
                if not inner and number == 0:
                    squeezed = squeezed.lstrip()
                if not inner and number == len(nodes) - 1:
                    squeezed = squeezed.rstrip()
                result.append(replace(node, text=squeezed))
            case Choice(branches=branches):
                made = tuple(_spaceless(branch, inner=True) for branch in branches)
                result.append(replace(node, branches=made))
            case Loop(body=body):
                result.append(replace(node, body=_spaceless(body, inner=True)))
            case _:
                result.append(node)
    return merged(result)
