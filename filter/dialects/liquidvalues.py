"""What is an expression of a Liquid template: a constant, a hole, or one of several values?"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from liquid.builtin import expressions as liquid
from liquid.builtin.expressions import logical, primitive
from liquid.expression import Expression

from filter.dialects.filters import Filter, filtered
from filter.dialects.joining import cycled, joined, joined_elements
from filter.dialects.locales import Locales
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

Scope: TypeAlias = dict[str, Value]

_COMPARISONS: Mapping[type[Expression], str] = {
    logical.EqExpression: "==",
    logical.LtExpression: "<",
    logical.GtExpression: ">",
    logical.LeExpression: "<=",
    logical.GeExpression: ">=",
    logical.ContainsExpression: "contains",
}
_COMPUTED: Mapping[str, Callable[[Any, Any], object]] = {
    "==": operator.eq, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
    "contains": operator.contains,
}  # fmt: skip
_COUNTERS = frozenset({"index", "index0", "rindex", "rindex0"})
_MARK_UP = frozenset(
    {
        "link_to", "img_tag", "image_tag", "script_tag", "stylesheet_tag", "video_tag",
        "media_tag", "payment_button", "payment_terms", "format_address", "inline_asset_content",
        "preload_tag", "placeholder_svg_tag", "link_to_tag", "link_to_vendor", "link_to_type",
        "customer_login_link", "highlight", "default_pagination", "markdownify",
    }
)  # fmt: skip


_FIELD = re.compile(r"\{\{\s*(\w{1,60})\s*\}\}")


def show(value: Constant) -> str:
    """Return how Liquid writes a constant."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


class Values:
    """Reads the expressions of one template."""

    def __init__(self, builder: Builder, locales: Locales) -> None:
        self._builder = builder
        self._locales = locales

    def value(  # noqa: PLR0911 - one row a kind of expression
        self, node: Expression, scope: Scope, at: Place
    ) -> Value:
        """Return what an expression is."""
        self._builder.files.spend(at.file, at.line)
        match node:
            case primitive.StringLiteral() | primitive.IntegerLiteral() | primitive.FloatLiteral():
                return Known(node.value)
            case primitive.TrueLiteral() | primitive.FalseLiteral():
                return Known(bool(node.value))
            case primitive.Nil():
                return Known(None)
            case primitive.Empty() | primitive.Blank():
                word = type(node).__name__.lower()
                return Unknown(word, word)
            case liquid.Path():
                return self._path(node, scope, at)
            case primitive.RangeLiteral():
                ends = [self.value(one, scope, at) for one in (node.start, node.stop)]
                text = "..".join(self._builder.key(one, at) for one in ends)
                changing = any(self._builder.is_changing(one) for one in ends)
                return Unknown(f"({text})", f"({text})", changing=changing)
            case liquid.FilteredExpression():
                value = self.value(node.left, scope, at)
                return self._filters(value, node.filters, scope, at)
            case liquid.TernaryFilteredExpression():
                return self._ternary(node, scope, at)
        when = self.condition(node, scope, at)
        return _either(when, Known(value=True), Known(value=False))

    def condition(  # noqa: PLR0911 - one row a kind of expression
        self, node: Expression, scope: Scope, at: Place
    ) -> Condition:
        """Return what is known of a condition."""
        match node:
            case liquid.BooleanExpression():
                return self.condition(node.expression, scope, at)
            case logical.LogicalNotExpression():
                return opposite(self.condition(node.right, scope, at))
            case logical.LogicalAndExpression():
                return both(
                    self.condition(node.left, scope, at), self.condition(node.right, scope, at)
                )
            case logical.LogicalOrExpression():
                return one_of(
                    self.condition(node.left, scope, at), self.condition(node.right, scope, at)
                )
            case logical.NeExpression():
                left, right = (self.value(one, scope, at) for one in (node.left, node.right))
                return opposite(self.compared("==", left, right, at))
        if type(node) in _COMPARISONS:
            pair: Any = node
            left, right = (self.value(one, scope, at) for one in (pair.left, pair.right))
            return self.compared(_COMPARISONS[type(node)], left, right, at)
        return self._builder.test(self.value(node, scope, at), at, empty_is_true=True)

    def compared(self, sign: str, left: Value, right: Value, at: Place) -> Condition:
        """Return what is known of a comparison."""
        if isinstance(left, Known) and isinstance(right, Known):
            try:
                return bool(_COMPUTED[sign](left.value, right.value))
            except TypeError:
                pass
        if sign == "==" and isinstance(left, Known):
            left, right = right, left
        pair = (left, right)
        label = f" {sign} ".join(self._builder.key(one, at, label=True) for one in pair)
        if any(self._builder.is_changing(one) for one in pair):
            return Unsure("", label)
        return Unsure(f" {sign} ".join(self._builder.key(one, at) for one in pair), label)

    # --- values

    def _path(self, node: liquid.Path, scope: Scope, at: Place) -> Value:
        first, *rest = node.path
        if not isinstance(first, str):
            return self._builder.fresh(str(node))
        if first == "forloop" and "forloop" in scope:
            return self._of_loop(rest, scope)
        value = scope.get(first, Unknown(first, first))
        for part in rest:
            if isinstance(part, liquid.Path):
                inner = self._path(part, scope, at)
                key = self._builder.key(inner, at)
                value = self._part(value, f"[{key}]", at)
                if isinstance(value, Unknown) and self._builder.is_changing(inner):
                    value = self._builder.fresh(value.label)
            elif isinstance(part, int):
                value = self._part(value, f"[{part}]", at)
            elif part == "size" and isinstance(value, Known) and isinstance(value.value, str):
                value = Known(len(value.value))
            else:
                value = self._part(value, f".{part}", at)
        return value

    def _part(self, value: Value, suffix: str, at: Place) -> Value:
        match value:
            case Branch(when, yes, no):
                self._builder.files.spend(at.file, at.line)
                return Branch(when, self._part(yes, suffix, at), self._part(no, suffix, at))
            case Written():
                return self._builder.fresh(suffix)
        hint = SlotType.NUMBER if suffix == ".size" else None
        return self._builder.derived(value, suffix, at, hint)

    def _of_loop(self, rest: list[Any], scope: Scope) -> Value:
        over, name = scope["forloop"], str(rest[0]) if rest else ""
        label = f"forloop.{name}"
        if isinstance(over, Unknown) and not over.changing and len(rest) == 1:
            if name in _COUNTERS:
                return Unknown(f"{over.key}[] {name}", label, SlotType.NUMBER)
            if name == "length":
                return Unknown(f"{over.key}.size", label, SlotType.NUMBER)
        # First and last: what they are differs from round to round.
        return self._builder.fresh(label)

    def _ternary(self, node: liquid.TernaryFilteredExpression, scope: Scope, at: Place) -> Value:
        yes = self.value(node.left, scope, at)
        no: Value = Known("")
        if node.alternative is not None:
            no = self._filters(self.value(node.alternative, scope, at), node.filters, scope, at)
        either = _either(self.condition(node.condition, scope, at), yes, no)
        return self._filters(either, node.tail_filters, scope, at)

    # --- filters

    def _filters(self, value: Value, filters: list[Any] | None, scope: Scope, at: Place) -> Value:
        for one in filters or ():
            arguments, written = [], []
            named: dict[str, Value] = {}
            for argument in one.args:
                given = self.value(argument.value, scope, at)
                text = self._builder.key(given, at)
                name = getattr(argument, "name", "")
                if name:
                    written.append(f"{name}: {text}")
                    named[name] = given
                else:
                    written.append(text)
                    arguments.append(given)
            if one.name in {"t", "translate"} and isinstance(value, Known):
                translated = self._translated(str(value.value), named, at)
                if translated is not None:
                    value = translated
                    continue
            text = f"|{one.name}" + (f":{', '.join(written)}" if written else "")
            value = self._filtered(value, Filter(one.name, tuple(arguments), text), at)
        return value

    def _filtered(self, value: Value, by: Filter, at: Place) -> Value:  # noqa: PLR0911
        if by.name in _MARK_UP:
            raise DialectError(
                at.file,
                at.line,
                f'the filter "{by.name}" makes mark-up of a value',
                "write the mark-up in the template and the value as text",
            )
        match by.name, value, by.arguments:
            case "default", _, (other,):
                return self._default(value, other, at)
            case "append", _, (other,):
                return joined([value, other])
            case "prepend", _, (other,):
                return joined([other, value])
            case "size", Known(str() as text), ():
                return Known(len(text))
            case "join", Unknown(), _ if len(by.arguments) <= 1:
                between = by.arguments[0] if by.arguments else Known(" ")
                return joined_elements(self._builder, value, between, at)
            case "pluralize", _, (one, many):
                return _either(self.compared("==", value, Known(1), at), one, many)
        return filtered(self._builder, value, by, at)

    def _translated(self, key: str, named: Mapping[str, Value], at: Place) -> Value | None:
        """Return what a key says in the language; None when that is not known."""
        forms = self._locales.forms(key)
        if not forms:
            return None
        other = self._sentence(forms["other"], named)
        if "count" not in named or set(forms) == {"other"}:
            return other
        if set(forms) == {"one", "other"}:
            when = self.compared("==", named["count"], Known(1), at)
            return _either(when, self._sentence(forms["one"], named), other)
        return cycled([self._sentence(text, named) for text in forms.values()])

    def _sentence(self, text: str, named: Mapping[str, Value]) -> Value:
        parts: list[Value] = []
        position = 0
        for found in _FIELD.finditer(text):
            parts += [Known(text[position : found.start()]), named.get(found[1], Known(""))]
            position = found.end()
        return joined([*parts, Known(text[position:])])

    def _default(self, value: Value, other: Value, at: Place) -> Value:
        match value:
            case Known(constant):
                return other if constant in {None, False, ""} else value
            case Branch(when, yes, no):
                self._builder.files.spend(at.file, at.line)
                return Branch(when, self._default(yes, other, at), self._default(no, other, at))
            case Unknown() if not value.changing:
                return Branch(
                    Unsure(f"{value.key} is filled", f"{value.label} is filled"), value, other
                )
        return Branch(Unsure("", ""), value, other)


def _either(when: Condition, yes: Value, no: Value) -> Value:
    if isinstance(when, bool):
        return yes if when else no
    return Branch(when, yes, no)
