"""What does a Jinja2 template say?

Jinja2's own parser reads it (nothing is rendered), with its extensions for translation, ``do`` and
loop controls. Escaping leaves a hole what it is; whether the application escapes constants is not
known, so a constant with ``&``, ``<`` or quotes stands there in both ways. ``{{ x|safe }}`` is the
hole ``x``, its expression says ``|safe``: the value is still text for the gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from jinja2 import Environment, TemplateSyntaxError
from jinja2 import nodes as jinja

from filter.dialects.catalogues import Catalogue
from filter.dialects.jinjascope import Entry, Macro, Module, Round, Scope
from filter.dialects.jinjavalues import MAX_UNROLLED, Expressions
from filter.dialects.limits import Files, check_nesting
from filter.dialects.lines import merged
from filter.dialects.names import Names
from filter.dialects.nodes import DialectError, Loader, Node, Source
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


def read(
    source: Source,
    load: Loader,
    *,
    language: str = "",
    names: Names | None = None,
    trimmed: bool = False,
) -> tuple[Node, ...]:
    """Return what a Jinja2 template says; raises DialectError.

    ``trimmed`` stands for an environment with ``trim_blocks`` and ``lstrip_blocks``.
    """
    reading = _Reading(names or Names(), load, language, trimmed=trimmed)
    with reading.files.root(source):
        return reading.document(source, {}, _Frame(source.name))


def read_trimmed(
    source: Source, load: Loader, *, language: str = "", names: Names | None = None
) -> tuple[Node, ...]:
    """Return what a template says in an environment with trim_blocks and lstrip_blocks."""
    return read(source, load, language=language, names=names, trimmed=True)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the reader is: the file, its blocks (the youngest first) and how deep."""

    file: str
    blocks: dict[str, list[tuple[jinja.Block, str]]] = field(default_factory=dict)
    block: str = ""
    level: int = 0
    depth: int = 0
    macros: tuple[str, ...] = ()  # that are being called
    loops: tuple[str, ...] = ()  # what is being gone through


class _Reading:
    def __init__(self, names: Names, load: Loader, language: str, *, trimmed: bool) -> None:
        self.files = Files(load)
        self._load = load
        self._environment = Environment(  # noqa: S701 - it renders nothing
            trim_blocks=trimmed,
            lstrip_blocks=trimmed,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        )
        self._builder = Builder(names, self.files, escape=_markupsafe, may_escape=True)
        self._expressions = Expressions(self._builder, Catalogue(load, language), self)
        self._parsed: dict[str, jinja.Template] = {}
        self._frames: list[_Frame] = []

    # --- files

    def document(self, source: Source, scope: Scope, frame: _Frame) -> tuple[Node, ...]:
        """Return what a file says, with what it extends."""
        template = self._parse(source)
        for block in template.find_all(jinja.Block):
            frame.blocks.setdefault(block.name, []).append((block, source.name))
        parents = [node for node in template.body if isinstance(node, jinja.Extends)]
        if not parents:
            _refuse(next(template.find_all(jinja.Extends), None), source.name)
            return self._statements(template.body, scope, frame)
        # What stands before the extends is written. What stands behind is not, but what it sets
        # and defines is known in the blocks.
        parent = parents[0]
        start = template.body.index(parent)
        before = self._statements(template.body[:start], scope, frame)
        behind = [
            one
            for one in template.body[start:]
            if not isinstance(one, jinja.Extends | jinja.Block | jinja.Output)
        ]
        self._statements(behind, scope, frame)
        value = self._expressions.value(parent.template, scope, source.name)
        at = Place(source.name, parent.lineno)
        name = _certain_names(value, at)[0]
        with self.files.opened(name, at.file, at.line) as opened:
            deeper = replace(frame, file=opened.name)
            return merged((*before, *self.document(opened, scope, deeper)))

    def _parse(self, source: Source) -> jinja.Template:
        known = self._parsed.get(source.name)
        if known is None:
            try:
                known = self._environment.parse(source.text)
            except TemplateSyntaxError as exc:
                raise DialectError(
                    source.name,
                    exc.lineno,
                    f"Jinja2 cannot read it: {exc.message}",
                    "correct it, or write what a tag of your own prints as text and {{ values }}",
                ) from exc
            self._parsed[source.name] = known
        return known

    # --- statements

    def _statements(
        self, statements: Iterable[jinja.Node], scope: Scope, frame: _Frame
    ) -> tuple[Node, ...]:
        self._frames.append(frame)
        try:
            return merged(node for one in statements for node in self._statement(one, scope, frame))
        finally:
            self._frames.pop()

    def _body(
        self, statements: Iterable[jinja.Node], scope: Scope, frame: _Frame
    ) -> tuple[Node, ...]:
        return self._statements(statements, scope, replace(frame, depth=frame.depth + 1))

    def _statement(  # noqa: C901, PLR0911, PLR0912 - one row a kind of statement
        self, node: jinja.Node, scope: Scope, frame: _Frame
    ) -> tuple[Node, ...]:
        at = Place(frame.file, node.lineno)
        self.files.spend(at.file, at.line)
        check_nesting(frame.depth, at.file, at.line)
        match node:
            case jinja.Output():
                return self._output(node, scope, frame)
            case jinja.If():
                return self._if(node, scope, frame)
            case jinja.For():
                return self._for(node, scope, frame, at)
            case jinja.Block():
                return self._block(node.name, 0, dict(scope), frame)
            case jinja.Include():
                return self._include(node, scope, frame, at)
            case jinja.Import():
                scope[node.target] = self._module(node, scope, at)
            case jinja.FromImport():
                module = self._module(node, scope, at)
                for name in node.names:
                    asked, called = name if isinstance(name, tuple) else (name, name)
                    scope[called] = module.entries.get(asked, Known(""))
            case jinja.Macro():
                scope[node.name] = Macro(node, scope, frame.file)
            case jinja.CallBlock():
                if isinstance(node.call, jinja.Call):
                    inner = {**scope, " caller": Macro(node, scope, frame.file, frame.macros)}
                    value = self._expressions.value(node.call, inner, frame.file)
                    return self._builder.nodes(value, at)
            case jinja.FilterBlock():
                value = Written(self._body(node.body, dict(scope), frame))
                return self._builder.nodes(self._filters(value, node.filter, scope, at), at)
            case jinja.With():
                inner = dict(scope)
                for target, given in zip(node.targets, node.values, strict=False):
                    self._assign(target, self._expressions.value(given, inner, at.file), inner, at)
                return self._body(node.body, inner, frame)
            case jinja.Assign():
                self._assign(node.target, self._entry(node.node, scope, at), scope, at)
            case jinja.AssignBlock():
                value = Written(self._body(node.body, dict(scope), frame))
                if node.filter is not None:
                    value_made = self._filters(value, node.filter, scope, at)
                    self._assign(node.target, value_made, scope, at)
                else:
                    self._assign(node.target, value, scope, at)
            case jinja.ExprStmt() | jinja.EvalContextModifier() if not isinstance(
                node, jinja.ScopedEvalContextModifier
            ):
                pass
            case jinja.ScopedEvalContextModifier() | jinja.Scope():
                return self._body(node.body, dict(scope), frame)
            case jinja.Break() | jinja.Continue():
                raise DialectError(
                    at.file,
                    at.line,
                    "a loop that is left early",
                    "write the condition around what it is to leave out",
                )
            case _:
                raise DialectError(
                    at.file,
                    at.line,
                    f"the statement ({type(node).__name__}) is not one of Jinja2's own",
                    "write what it prints as text and {{ values }}",
                )
        return ()

    def _output(self, node: jinja.Output, scope: Scope, frame: _Frame) -> tuple[Node, ...]:
        result: list[Node] = []
        for one in node.nodes:
            at = Place(frame.file, one.lineno)
            value = self._expressions.value(one, scope, frame.file)
            result += self._builder.nodes(value, at)
        return tuple(result)

    def _if(self, node: jinja.If, scope: Scope, frame: _Frame) -> tuple[Node, ...]:
        rest: Sequence[jinja.Node] = node.else_
        for other in reversed(node.elif_):
            rest = [jinja.If(other.test, other.body, [], list(rest), lineno=other.lineno)]
        when = self._expressions.condition(node.test, scope, frame.file)
        if isinstance(when, bool):
            return self._body(node.body if when else rest, scope, frame)
        yes_scope, no_scope = dict(scope), dict(scope)
        yes = self._body(node.body, yes_scope, frame)
        # A chain of elif is no nesting that anybody wrote.
        no = (
            self._statements(rest, no_scope, frame)
            if node.elif_
            else self._body(rest, no_scope, frame)
        )
        _merge(scope, when, yes_scope, no_scope)
        return self._builder.choice(when, yes, no, node.lineno)

    def _for(self, node: jinja.For, scope: Scope, frame: _Frame, at: Place) -> tuple[Node, ...]:
        if node.recursive:
            raise DialectError(
                at.file, at.line, "a recursive loop", "write the levels as nested loops"
            )
        over = self._expressions.value(node.iter, scope, frame.file)
        return self._each(over, node, scope, frame, at)

    def _each(
        self, over: Value, node: jinja.For, scope: Scope, frame: _Frame, at: Place
    ) -> tuple[Node, ...]:
        match over:
            case Branch(when, yes, no):
                left, right = (self._each(one, node, scope, frame, at) for one in (yes, no))
                return self._builder.choice(when, left, right, at.line)
            case Known(tuple() as items) if node.test is None and len(items) <= MAX_UNROLLED:
                return self._unrolled([Known(item) for item in items], node, scope, frame, at)
            case Known(str() as text) if node.test is None and len(text) <= MAX_UNROLLED:
                return self._unrolled([Known(item) for item in text], node, scope, frame, at)
            case Unknown():
                gone_through = over
            case _:
                gone_through = self._builder.derived(over, "", at)
        # Within a loop over the same, the element is another one.
        mark = "[]" + "'" * frame.loops.count(gone_through.key)
        deeper = replace(frame, loops=(*frame.loops, gone_through.key))
        inner = dict(scope)
        element = Unknown(
            gone_through.key + mark, _target_name(node.target), changing=gone_through.changing
        )
        self._assign(node.target, element, inner, at)
        if node.test is not None:
            test = self._expressions.condition(node.test, inner, frame.file)
            if isinstance(test, Unsure):
                said = f" if {'not ' * test.negated}{test.key or 'it says so'}"
                gone_through = self._builder.derived(gone_through, said, at)
        inner["loop"] = Round(gone_through)
        body = self._body(node.body, inner, deeper)
        otherwise = self._body(node.else_, dict(scope), frame)
        most = _most(node.iter)
        if not otherwise:
            return self._builder.loop(gone_through, body, at.line, most=most)
        filled = self._builder.loop(gone_through, body, at.line, least=1, most=most)
        any_there = self._builder.test(gone_through, at)
        return self._builder.choice(any_there, filled, otherwise, at.line)

    def _unrolled(
        self, items: list[Known], node: jinja.For, scope: Scope, frame: _Frame, at: Place
    ) -> tuple[Node, ...]:
        result: list[Node] = []
        for number, item in enumerate(items):
            inner: Scope = {**scope, "loop": Round(Unknown("", ""), number, len(items))}
            self._assign(node.target, item, inner, at)
            result += self._body(node.body, inner, frame)
        if not items:
            result += self._body(node.else_, dict(scope), frame)
        return tuple(result)

    # --- names

    def _entry(self, node: jinja.Node, scope: Scope, at: Place) -> Entry:
        if isinstance(node, jinja.Name):
            entry = scope.get(node.name)
            if isinstance(entry, Macro | Module):
                return entry
        return self._expressions.value(node, scope, at.file)

    def _assign(self, target: jinja.Node, entry: Entry, scope: Scope, at: Place) -> None:
        match target:
            case jinja.Name():
                scope[target.name] = entry
            case jinja.Tuple(items=items):
                for number, item in enumerate(items):
                    label = _target_name(item)
                    match entry:
                        case Known(tuple() as values) if number < len(values):
                            part: Entry = Known(values[number])
                        case Unknown():
                            part = replace(entry, key=f"{entry.key}[{number}]", label=label)
                        case _:
                            part = self._builder.fresh(label)
                    self._assign(item, part, scope, at)
            case _:
                pass  # an attribute of a namespace: its value is another at each use

    def _filters(self, value: Value, node: jinja.Node, scope: Scope, at: Place) -> Value:
        if not isinstance(node, jinja.Filter):
            return value
        inner = value if node.node is None else self._filters(value, node.node, scope, at)
        return self._expressions.filtered(inner, node, scope, at)

    # --- blocks, macros, other files

    def _block(self, name: str, level: int, scope: Scope, frame: _Frame) -> tuple[Node, ...]:
        chain = frame.blocks.get(name, [])
        if level >= len(chain):
            return ()
        node, file = chain[level]
        inner = replace(frame, file=file, block=name, level=level)
        return self._body(node.body, scope, inner)

    def block(self, name: str, scope: Scope, at: Place) -> Value:
        """Return what ``super()`` or ``self.name()`` writes."""
        frame = self._frames[-1]
        check_nesting(len(self._frames), at.file, at.line)
        if name == "super":
            return Written(self._block(frame.block, frame.level + 1, dict(scope), frame))
        return Written(self._block(name, 0, dict(scope), frame))

    def call(self, macro: Macro, call: jinja.Call, scope: Scope, at: Place) -> Value:
        """Return what a macro writes."""
        frame = self._frames[-1]
        node = macro.node
        name = node.name if isinstance(node, jinja.Macro) else "caller"
        identity = f"{macro.file}:{node.lineno}:{name}"
        # What stands in a call block is written where the block stands, not within the macro.
        within = frame.macros if isinstance(node, jinja.Macro) else macro.macros
        if identity in within:
            raise DialectError(
                at.file, at.line, f'the macro "{name}" calls itself', "write it as a loop"
            )
        inner: Scope = dict(macro.scope)
        inner["caller"] = Known("")
        caller = scope.get(" caller")
        if isinstance(node, jinja.Macro) and isinstance(caller, Macro):
            inner["caller"] = caller
        inner.pop(" caller", None)
        inner["varargs"] = inner["kwargs"] = self._builder.fresh("varargs")
        plain = {key: value for key, value in scope.items() if key != " caller"}
        given = [self._entry(one, plain, at) for one in call.args]
        named = {one.key: self._entry(one.value, plain, at) for one in call.kwargs}
        without = len(node.args) - len(node.defaults)
        for number, argument in enumerate(node.args):
            if number < len(given):
                inner[argument.name] = given[number]
            elif argument.name in named:
                inner[argument.name] = named[argument.name]
            elif number >= without:
                inner[argument.name] = self._entry(node.defaults[number - without], inner, at)
            else:
                inner[argument.name] = Known("")
        if call.dyn_args is not None or call.dyn_kwargs is not None:
            for argument in node.args[len(given) :]:
                inner[argument.name] = self._builder.fresh(argument.name)
        deeper = replace(frame, file=macro.file, macros=(*within, identity), depth=frame.depth + 1)
        return Written(self._statements(node.body, inner, deeper))

    def _include(
        self, node: jinja.Include, scope: Scope, frame: _Frame, at: Place
    ) -> tuple[Node, ...]:
        value = self._expressions.value(node.template, scope, at.file)
        return self._included(value, node, scope, frame, at)

    def _included(
        self, value: Value, node: jinja.Include, scope: Scope, frame: _Frame, at: Place
    ) -> tuple[Node, ...]:
        if isinstance(value, Branch):
            left, right = (
                self._included(one, node, scope, frame, at) for one in (value.yes, value.no)
            )
            return self._builder.choice(value.when, left, right, at.line)
        names = _certain_names(value, at)
        existing = [name for name in names if self._load(name) is not None]
        if not existing and node.ignore_missing:
            return ()
        inner = dict(scope) if node.with_context else {}
        with self.files.opened((existing or names)[0], at.file, at.line) as source:
            deeper = _Frame(source.name, depth=frame.depth + 1, macros=frame.macros)
            return self.document(source, inner, deeper)

    def _module(self, node: jinja.Import | jinja.FromImport, scope: Scope, at: Place) -> Module:
        value = self._expressions.value(node.template, scope, at.file)
        inner: Scope = dict(scope) if node.with_context else {}
        with self.files.opened(_certain_names(value, at)[0], at.file, at.line) as source:
            self.document(source, inner, _Frame(source.name, depth=self._frames[-1].depth + 1))
        return Module(inner)


def _certain_names(value: Value, at: Place) -> list[str]:
    match value:
        case Known(str() as name) if name:
            return [name]
        case Known(tuple() as names) if names and all(isinstance(name, str) for name in names):
            return [str(name) for name in names]
    raise DialectError(
        at.file,
        at.line,
        "which template is meant is known only when the message is made",
        "write its name, or one template for each",
    )


def _merge(scope: Scope, when: Condition, yes: Scope, no: Scope) -> None:
    """Bring what either branch of an ``if`` has set into the scope around it."""
    for name in yes.keys() | no.keys():
        left = yes.get(name, Unknown(name, name))
        right = no.get(name, Unknown(name, name))
        if same(left, right):
            scope[name] = left
        elif isinstance(left, Macro | Module | Round) or isinstance(right, Macro | Module | Round):
            scope[name] = left if isinstance(left, Macro | Module | Round) else right
        elif isinstance(when, Unsure):
            scope[name] = Branch(when, left, right)


def _most(node: jinja.Node) -> int:
    """Return how often a loop goes at most: ``items[:3]`` says so itself."""
    if isinstance(node, jinja.Getitem) and isinstance(node.arg, jinja.Slice):
        stop = node.arg.stop
        if isinstance(stop, jinja.Const) and isinstance(stop.value, int) and 0 < stop.value <= 50:  # noqa: PLR2004
            return stop.value
    return 50


def _target_name(node: jinja.Node) -> str:
    return node.name if isinstance(node, jinja.Name) else "item"


def _refuse(node: jinja.Node | None, file: str) -> None:
    if node is not None:
        raise DialectError(
            file,
            node.lineno,
            "an extends under a condition",
            "extend one template at the top of the file",
        )


def _markupsafe(text: str) -> str:
    for sign, escaped in (
        ("&", "&amp;"), (">", "&gt;"), ("<", "&lt;"), ("'", "&#39;"), ('"', "&#34;"),
    ):  # fmt: skip
        text = text.replace(sign, escaped)
    return text
