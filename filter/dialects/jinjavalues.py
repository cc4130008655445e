"""What is a Jinja2 expression: a constant, a hole, one of two values, or text of a macro?"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from jinja2 import nodes as jinja

from filter.dialects.catalogues import Catalogue
from filter.dialects.filters import Filter, filtered, hint_of_format
from filter.dialects.formatting import brace_formatted, percent_formatted
from filter.dialects.jinjascope import Macro, Module, Round, Scope, Statements
from filter.dialects.joining import cycled, joined, joined_elements
from filter.dialects.nodes import DialectError
from filter.dialects.values import (
    Branch,
    Builder,
    Condition,
    Constant,
    Known,
    Place,
    Unknown,
    Unsure,
    Value,
    Written,
    both,
    one_of,
    opposite,
)
from filter.ruleset import SlotType

MAX_UNROLLED = 50  # elements of a constant list that is gone through


_COMPARED: Mapping[str, tuple[str, Callable[[Any, Any], object]]] = {
    "eq": ("==", operator.eq),
    "ne": ("==", operator.ne),
    "lt": ("<", operator.lt),
    "lteq": ("<=", operator.le),
    "gt": (">", operator.gt),
    "gteq": (">=", operator.ge),
    "in": ("in", lambda a, b: a in b),
    "notin": ("in", lambda a, b: a not in b),
}
_NEGATING = frozenset({"ne", "notin"})
_ARITHMETIC: Mapping[type[jinja.Expr], str] = {
    jinja.Sub: "-", jinja.Mul: "*", jinja.Div: "/", jinja.FloorDiv: "//", jinja.Mod: "%",
    jinja.Pow: "**", jinja.Add: "+",
}  # fmt: skip
_FOLDED: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul,
}  # fmt: skip
_NEGATED_TESTS = {"undefined": "defined", "even": "odd", "ne": "eq"}
_GETTEXT = frozenset("_ gettext ngettext pgettext npgettext ungettext".split())  # noqa: SIM905
_LINKS = frozenset({"url_for", "url", "static", "reverse", "absolute_url", "external_url_for"})
_METHODS = frozenset({"upper", "lower", "title", "capitalize", "strip", "lstrip", "rstrip"})
_MARK_UP = frozenset({"urlize", "linkify", "markdown", "markdownify", "render_markdown"})


class Expressions:
    """Reads the expressions of one template."""

    def __init__(self, builder: Builder, catalogue: Catalogue, statements: Statements) -> None:
        self._builder = builder
        self._catalogue = catalogue
        self._statements = statements

    def value(self, node: jinja.Node, scope: Scope, file: str) -> Value:  # noqa: C901, PLR0911, PLR0912 - one row a kind of node
        """Return what an expression is."""
        at = Place(file, node.lineno)
        self._builder.files.spend(file, node.lineno)
        match node:
            case jinja.Const():
                return Known(node.value)
            case jinja.TemplateData():
                return Known(node.data, safe=True)
            case jinja.Name():
                return self._name(node.name, scope)
            case jinja.NSRef():
                return self._builder.fresh(f"{node.name}.{node.attr}")
            case jinja.Tuple() | jinja.List():
                return self._list([self.value(item, scope, file) for item in node.items], at)
            case jinja.Dict():
                pairs = [
                    f"{self._text(one.key, scope, file)}: {self._text(one.value, scope, file)}"
                    for one in node.items
                ]
                text = "{" + ", ".join(pairs) + "}"
                return Unknown(text, text)
            case jinja.CondExpr():
                other = node.expr2
                return self._either(
                    self.condition(node.test, scope, file),
                    self.value(node.expr1, scope, file),
                    Known("") if other is None else self.value(other, scope, file),
                )
            case jinja.Filter():
                return self._filter(node, scope, at)
            case jinja.Call():
                return self._call(node, scope, at)
            case jinja.Getattr():
                return self._attribute(node, scope, at)
            case jinja.Getitem():
                return self._item(node, scope, at)
            case jinja.Concat():
                return joined([self.value(one, scope, file) for one in node.nodes])
            case jinja.Or() | jinja.And():
                left = self.value(node.left, scope, file)
                right = self.value(node.right, scope, file)
                when = self._builder.test(left, at)
                pair = (left, right) if isinstance(node, jinja.Or) else (right, left)
                return self._either(when, *pair)
            case jinja.Compare() | jinja.Test() | jinja.Not():
                when = self.condition(node, scope, file)
                return self._either(when, Known(value=True), Known(value=False))
            case jinja.Neg():
                value = self.value(node.node, scope, file)
                if isinstance(value, Known) and isinstance(value.value, int | float):
                    return Known(-value.value)
                return self._derived("-", value, "", at, SlotType.NUMBER)
            case jinja.Pos():
                return self.value(node.node, scope, file)
            case jinja.BinExpr():
                return self._arithmetic(node, scope, at)
            case jinja.MarkSafe() | jinja.MarkSafeIfAutoescape():
                value = self.value(node.expr, scope, file)
                return filtered(self._builder, value, Filter("safe", (), ""), at)
        raise DialectError(
            file,
            node.lineno,
            f"the expression ({type(node).__name__}) is not one of Jinja2's own",
            "work the value out in the application and write its name here",
        )

    def condition(  # noqa: PLR0911 - one row a kind of node
        self, node: jinja.Node, scope: Scope, file: str
    ) -> Condition:
        """Return what is known of a condition."""
        at = Place(file, node.lineno)
        match node:
            case jinja.Not():
                return opposite(self.condition(node.node, scope, file))
            case jinja.And():
                return both(
                    self.condition(node.left, scope, file), self.condition(node.right, scope, file)
                )
            case jinja.Or():
                return one_of(
                    self.condition(node.left, scope, file), self.condition(node.right, scope, file)
                )
            case jinja.Compare():
                result: Condition = True
                left = self.value(node.expr, scope, file)
                for operand in node.ops:
                    right = self.value(operand.expr, scope, file)
                    result = both(result, self._compared(left, operand.op, right, at))
                    left = right
                return result
            case jinja.Test():
                return self._test(node, scope, at)
            case jinja.Name() if isinstance(scope.get(node.name), Macro | Module | Round):
                return True
        return self._builder.test(self.value(node, scope, file), at)

    # --- names, attributes, elements

    def _name(self, name: str, scope: Scope) -> Value:
        match scope.get(name):
            case None | Macro() | Module():
                return Unknown(name, name)
            case Round(over=over):
                return Unknown(f"{over.key}[] loop", "loop")
            case value:
                return value

    def _list(self, items: list[Value], at: Place) -> Value:
        constants: list[Constant] = [item.value for item in items if isinstance(item, Known)]
        if len(constants) == len(items):
            return Known(tuple(constants))
        key = ", ".join(self._builder.key(item, at) for item in items)
        label = ", ".join(self._builder.key(item, at, label=True) for item in items)
        return Unknown(f"[{key}]", f"[{label}]")

    def _attribute(self, node: jinja.Getattr, scope: Scope, at: Place) -> Value:
        if isinstance(node.node, jinja.Name):
            match scope.get(node.node.name):
                case Round() as one:
                    return self._of_round(one, node.attr)
                case Module(entries):
                    return self._name(node.attr, dict(entries))
        return self._part(self.value(node.node, scope, at.file), f".{node.attr}", at)

    def _item(self, node: jinja.Getitem, scope: Scope, at: Place) -> Value:
        base = self.value(node.node, scope, at.file)
        if isinstance(node.arg, jinja.Slice):
            bounds = (node.arg.start, node.arg.stop, node.arg.step)
            texts = [self._text(one, scope, at.file) if one is not None else "" for one in bounds]
            return self._part(base, f"[{':'.join(texts).rstrip(':') or ':'}]", at)
        match base, self.value(node.arg, scope, at.file):
            case Known(tuple() as items), Known(bool() | int() as number):
                if -len(items) <= number < len(items):
                    return Known(items[number])
                return Known("")
            case _, Known(str() as name) if name.isidentifier():
                return self._part(base, f".{name}", at)
            case _, index:
                key = self._builder.key(index, at)
                part = self._part(base, f"[{key}]", at)
                if isinstance(part, Unknown) and self._builder.is_changing(index):
                    return replace(part, changing=True)
                return part

    def _part(self, base: Value, suffix: str, at: Place) -> Value:
        match base:
            case Branch(when, yes, no):
                self._builder.files.spend(at.file, at.line)
                return Branch(when, self._part(yes, suffix, at), self._part(no, suffix, at))
            case Written():
                return self._builder.fresh(f"text{suffix}")
        return self._builder.derived(base, suffix, at)

    def _of_round(self, one: Round, name: str) -> Value:
        if one.rounds >= 0:
            known = {
                "index": one.number + 1,
                "index0": one.number,
                "revindex": one.rounds - one.number,
                "revindex0": one.rounds - one.number - 1,
                "first": one.number == 0,
                "last": one.number == one.rounds - 1,
                "length": one.rounds,
                "depth": 1,
                "depth0": 0,
            }
            if name in known:
                return Known(known[name])
        if name == "length":
            return Unknown(f"{one.over.key}|length", "loop.length", SlotType.NUMBER)
        if name in {"index", "index0", "revindex", "revindex0", "depth", "depth0"}:
            return Unknown(f"{one.over.key}[] {name}", f"loop.{name}", SlotType.NUMBER)
        # First, last, neighbours: what they are differs from round to round.
        return self._builder.fresh(f"loop.{name}")

    # --- operators

    def _either(self, when: Condition, yes: Value, no: Value) -> Value:
        if isinstance(when, bool):
            return yes if when else no
        return Branch(when, yes, no)

    def _derived(
        self, prefix: str, value: Value, suffix: str, at: Place, hint: SlotType | None = None
    ) -> Unknown:
        made = self._builder.derived(value, suffix, at, hint)
        return replace(made, key=prefix + made.key, label=prefix + made.label)

    def _arithmetic(self, node: jinja.BinExpr, scope: Scope, at: Place) -> Value:
        sign = _ARITHMETIC[type(node)]
        if isinstance(node, jinja.Mod):
            made = self._formatted(node, scope, at)
            if made is not None:
                return made
        left = self.value(node.left, scope, at.file)
        right = self.value(node.right, scope, at.file)
        match left, right:
            case Known(int() as a), Known(int() as b) if sign in _FOLDED:
                if abs(a) < 10**9 and abs(b) < 10**9:
                    return Known(_FOLDED[sign](a, b))
            case (Known(str()) | Written(), _) | (_, Known(str()) | Written()) if sign == "+":
                return joined([left, right])
        pieces = [self._builder.key(one, at) for one in (left, right)]
        labels = [self._builder.key(one, at, label=True) for one in (left, right)]
        numeric = sign != "+" or Known in (type(left), type(right))
        return Unknown(
            f"({pieces[0]} {sign} {pieces[1]})",
            f"{labels[0]} {sign} {labels[1]}",
            SlotType.NUMBER if numeric else None,
            changing=any(self._builder.is_changing(one) for one in (left, right)),
        )

    def _formatted(self, node: jinja.Mod, scope: Scope, at: Place) -> Value | None:
        """Return ``"…" % …``, where the text is constant."""
        text = self.value(node.left, scope, at.file)
        if isinstance(node.right, jinja.Dict):
            named = {
                one.key.value: self.value(one.value, scope, at.file)
                for one in node.right.items
                if isinstance(one.key, jinja.Const)
            }
            return percent_formatted(self._builder, text, (), named, at)
        given = node.right.items if isinstance(node.right, jinja.Tuple) else [node.right]
        values = tuple(self.value(one, scope, at.file) for one in given)
        return percent_formatted(self._builder, text, values, {}, at)

    def _compared(self, left: Value, sign: str, right: Value, at: Place) -> Condition:
        word, compute = _COMPARED[sign]
        if isinstance(left, Known) and isinstance(right, Known):
            try:
                return bool(compute(left.value, right.value))
            except TypeError:
                pass
        if word == "==" and isinstance(left, Known):
            left, right = right, left
        test = self._asked(left, f" {word} ", right, at)
        return opposite(test) if sign in _NEGATING else test

    def _asked(self, left: Value, word: str, right: Value | None, at: Place) -> Unsure:
        values = [left] if right is None else [left, right]
        label = word.join(self._builder.key(one, at, label=True) for one in values)
        if any(self._builder.is_changing(one) for one in values):
            return Unsure("", label)
        key = word.join(self._builder.key(one, at) for one in values)
        if right is None:
            key, label = key + word, label + word
        return Unsure(key, label)

    def _test(self, node: jinja.Test, scope: Scope, at: Place) -> Condition:
        name = _NEGATED_TESTS.get(node.name, node.name)
        negated = name != node.name
        value = self.value(node.node, scope, at.file)
        arguments = [self.value(one, scope, at.file) for one in node.args]
        answer: Condition
        if name in {"defined", "none"} and isinstance(value, Known):
            answer = name == "defined" or value.value is None
        elif name in {"eq", "==", "equalto"} and arguments:
            answer = self._compared(value, "eq", arguments[0], at)
        else:
            given = ", ".join(self._builder.key(one, at) for one in arguments)
            answer = self._asked(value, f" is {name}" + (f"({given})" if given else ""), None, at)
        return opposite(answer) if negated else answer

    # --- filters and calls

    def _filter(self, node: jinja.Filter, scope: Scope, at: Place) -> Value:
        if node.node is None:
            raise DialectError(at.file, at.line, "a filter without a value", "write the value")
        return self.filtered(self.value(node.node, scope, at.file), node, scope, at)

    def filtered(self, value: Value, node: jinja.Filter, scope: Scope, at: Place) -> Value:
        """Return what a filter makes of a value."""
        arguments = tuple(self.value(one, scope, at.file) for one in node.args)
        named = self._named(node, scope, at)
        name = node.name
        if name in _MARK_UP:
            raise DialectError(
                at.file,
                at.line,
                f'the filter "{name}" makes mark-up of a value',
                "write the mark-up in the template and the value as text",
            )
        match name, value:
            case (("default" | "d"), _):
                return self._default(value, arguments, named, at)
            case (("length" | "count"), Known(str() | tuple() as constant)):
                return Known(len(constant))
            case "join", Known(tuple() as items) if all(isinstance(one, str) for one in items):
                match arguments or (named.get("d", Known("")),):
                    case (Known(str() as glue),):
                        return Known(glue.join(str(one) for one in items))
            case "join", Unknown():
                between = arguments[0] if arguments else named.get("d", Known(""))
                if not named.keys() - {"d"} and len(arguments) < 2:  # noqa: PLR2004
                    return joined_elements(self._builder, value, between, at)
            case "format", Known(str()) | Branch():
                made = percent_formatted(self._builder, value, arguments, named, at)
                if made is not None:
                    return made
        written = self._written(node, scope, at)
        return filtered(self._builder, value, Filter(name, arguments, f"|{name}{written}"), at)

    def _named(self, node: jinja.Filter | jinja.Call, scope: Scope, at: Place) -> dict[str, Value]:
        pairs: list[jinja.Keyword] = [one for one in node.kwargs if isinstance(one, jinja.Keyword)]
        return {one.key: self.value(one.value, scope, at.file) for one in pairs}

    def _written(self, node: jinja.Filter | jinja.Call, scope: Scope, at: Place) -> str:
        given = [self._text(one, scope, at.file) for one in node.args]
        given += [f"{one.key}={self._text(one.value, scope, at.file)}" for one in node.kwargs]
        given += [
            f"*{self._text(one, scope, at.file)}"
            for one in (node.dyn_args, node.dyn_kwargs)
            if one is not None
        ]
        return f"({', '.join(given)})" if given else "()" * isinstance(node, jinja.Call)

    def _default(
        self, value: Value, arguments: tuple[Value, ...], named: Mapping[str, Value], at: Place
    ) -> Value:
        other = arguments[0] if arguments else named.get("default_value", Known(""))
        strict = arguments[1] if len(arguments) > 1 else named.get("boolean", Known(value=False))
        if isinstance(strict, Known) and strict.value:
            return self._either(self._builder.test(value, at), value, other)
        if not isinstance(value, Unknown):
            return value
        return self._either(self._asked(value, " is defined", None, at), value, other)

    def _call(  # noqa: C901, PLR0911 - what is called decides
        self, node: jinja.Call, scope: Scope, at: Place
    ) -> Value:
        match node.node:
            case jinja.Name(name=name):
                entry = scope.get(name)
                if isinstance(entry, Macro):
                    return self._statements.call(entry, node, scope, at)
                if isinstance(entry, Round):
                    raise DialectError(
                        at.file, at.line, "a recursive loop", "write the levels as nested loops"
                    )
                if entry is None:
                    return self._function(name, node, scope, at)
            case jinja.Getattr(node=jinja.Name(name=name), attr=attribute):
                entry = scope.get(name)
                if isinstance(entry, Module):
                    inner = entry.entries.get(attribute)
                    if isinstance(inner, Macro):
                        return self._statements.call(inner, node, scope, at)
                if isinstance(entry, Round) and attribute == "cycle":
                    return cycled([self.value(one, scope, at.file) for one in node.args])
                if name == "self" and entry is None:
                    return self._statements.block(attribute, scope, at)
            case _:
                pass
        if isinstance(node.node, jinja.Getattr):
            return self._method(node.node, node, scope, at)
        return self._called(node, scope, at)

    def _function(self, name: str, node: jinja.Call, scope: Scope, at: Place) -> Value:
        arguments = [self.value(one, scope, at.file) for one in node.args]
        match name, arguments:
            case "super", []:
                return self._statements.block("super", scope, at)
            case "range", [*numbers] if all(isinstance(one, Known) for one in numbers):
                bounds = [one.value for one in numbers if isinstance(one, Known)]
                whole = [one for one in bounds if isinstance(one, int)]
                if 1 <= len(whole) == len(bounds) <= 3 and 0 not in whole[2:]:  # noqa: PLR2004
                    reach = range(*whole)
                    if len(reach) <= MAX_UNROLLED:
                        return Known(tuple(reach))
            case (("namespace" | "cycler" | "joiner"), _):
                return self._builder.fresh(name)
        if name in _GETTEXT:
            translated = self._translated(name, arguments, node, scope, at)
            if translated is not None:
                return translated
        return self._called(node, scope, at, SlotType.URL if name in _LINKS else None)

    def _called(
        self, node: jinja.Call, scope: Scope, at: Place, hint: SlotType | None = None
    ) -> Value:
        function = self.value(node.node, scope, at.file)
        return self._builder.derived(function, self._written(node, scope, at), at, hint)

    def _method(self, called: jinja.Getattr, node: jinja.Call, scope: Scope, at: Place) -> Value:
        base = self.value(called.node, scope, at.file)
        arguments = tuple(self.value(one, scope, at.file) for one in node.args)
        match called.attr, base:
            case "format", Known(str()):
                named = self._named(node, scope, at)
                made = brace_formatted(self._builder, base, arguments, named, at)
                if made is not None:
                    return made
            case "strftime", _ if arguments and isinstance(arguments[0], Known):
                hint = hint_of_format(str(arguments[0].value))
                return self._called(node, scope, at, hint)
            case name, _ if name in _METHODS and not arguments:
                return filtered(self._builder, base, Filter(name, (), f".{name}()"), at)
        return self._called(node, scope, at)

    def _translated(
        self, name: str, arguments: list[Value], node: jinja.Call, scope: Scope, at: Place
    ) -> Value | None:
        context = ""
        if name in {"pgettext", "npgettext"}:
            match arguments:
                case [Known(str() as context), *arguments]:
                    pass
                case _:
                    return None
        named = self._named(node, scope, at)
        text: Value
        match arguments:
            case [Known(str() as message)] if not name.startswith(("n", "u")):
                text = Known(self._catalogue.text(message, context))
            case [Known(str() as one), Known(str() as many), number]:
                text = self._plural(self._catalogue.forms(one, many, context), number, at)
                named.setdefault("num", number)
            case _:
                return None
        if not node.kwargs:
            return text  # what follows (% or |format) puts the values in
        return percent_formatted(self._builder, text, (), named, at) or text

    def _plural(self, forms: tuple[str, ...], number: Value, at: Place) -> Value:
        if len(forms) == 2 and self._catalogue.one_means_one:  # noqa: PLR2004
            when = self._compared(number, "eq", Known(1), at)
            return self._either(when, Known(forms[0]), Known(forms[1]))
        return cycled([Known(form) for form in forms])

    def _text(self, node: jinja.Node, scope: Scope, file: str) -> str:
        return self._builder.key(self.value(node, scope, file), Place(file, node.lineno))
