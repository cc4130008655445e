"""What is an expression of a Django template: a constant, a hole, or one of several values?"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from filter.dialects.catalogues import Catalogue
from filter.dialects.djangosyntax import (
    Conditions,
    Expression,
    FilterUse,
    filtered_of,
    unquoted,
)
from filter.dialects.filters import Filter, filtered
from filter.dialects.formatting import percent_formatted
from filter.dialects.joining import cycled, joined_elements
from filter.dialects.nodes import DialectError
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
    both,
    one_of,
    opposite,
)
from filter.ruleset import SlotType

Scope: TypeAlias = dict[str, Value]

_NUMBER = re.compile(r"[-+]?\d{1,15}(?:\.\d{1,15})?")
_NAME = re.compile(r"\w+(?:\.[-\w]+)*")
_CONSTANTS: Mapping[str, Known] = {
    "True": Known(value=True),
    "False": Known(value=False),
    "None": Known(None),
}
_COMPARED: Mapping[str, Callable[[Any, Any], object]] = {
    "==": operator.eq, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
    "in": lambda a, b: a in b,
}  # fmt: skip
_NEGATED = {"!=": "==", "not in": "in", "is not": "is"}
_COUNTERS = frozenset({"counter", "counter0", "revcounter", "revcounter0"})
_MARK_UP = frozenset({"urlize", "urlizetrunc", "unordered_list", "markdown", "markdownify"})
_USED_NAME = re.compile(r"%\(([^()%]{1,100})\)s")


class Values:
    """Reads the expressions of one template."""

    def __init__(self, builder: Builder, catalogue: Catalogue) -> None:
        self._builder = builder
        self._catalogue = catalogue

    def value(self, text: str, scope: Scope, at: Place) -> Value:
        """Return what a value with its filters is."""
        read = filtered_of(text, at.file, at.line)
        return self._with_filters(self._head(read.head, scope, at), read.filters, scope, at)

    def filtered(self, value: Value, text: str, scope: Scope, at: Place) -> Value:
        """Return what the filters of a ``filter`` block make of it."""
        read = filtered_of(f"x|{text}", at.file, at.line)
        return self._with_filters(value, read.filters, scope, at)

    def translated(self, text: str, context: str, scope: Scope, at: Place) -> Value:
        """Return what ``trans`` writes: the text in the language, or a hole for a variable."""
        read = filtered_of(text, at.file, at.line)
        head = self._head(read.head, scope, at)
        if isinstance(head, Known) and isinstance(head.value, str):
            message = self._catalogue.text(head.value.replace("%", "%%"), context)
            head = Known(message.replace("%%", "%"), safe=True)
        elif isinstance(head, Unknown):
            head = replace(
                head,
                key=f"translation of {head.key}",
                label=f"trans {head.label}",
                named=f"{head.label} translated",
            )
        return self._with_filters(head, read.filters, scope, at)

    def sentence(
        self, texts: list[str], count: str, context: str, scope: Scope, at: Place
    ) -> Value:
        """Return what ``blocktrans`` writes; ``texts`` are as in a catalogue."""
        # A value with a dot or a filter is none that blocktrans can see: Django writes nothing.
        named = {
            name: scope.get(name, Unknown(name, name)) if name.isidentifier() else Known("")
            for text in texts
            for name in _USED_NAME.findall(text)
        }
        value: Value
        if len(texts) == 1:
            value = Known(self._catalogue.text(texts[0], context), safe=True)
        else:
            number = scope.get(count, Unknown(count, count))
            named.setdefault(count, number)
            forms = self._catalogue.forms(texts[0], texts[1], context)
            known = [Known(form, safe=True) for form in forms]
            if len(known) == 2 and self._catalogue.one_means_one:  # noqa: PLR2004
                value = _either(self._compared("==", number, Known(1), at), known[0], known[1])
            else:
                value = cycled(list(known))
        made = percent_formatted(self._builder, value, (), named, at)
        if made is None:
            raise DialectError(
                at.file,
                at.line,
                "the translation has a value that the sentence has not",
                "correct it in the catalogue",
            )
        return made

    def condition(self, words: list[str], scope: Scope, at: Place) -> Condition:
        """Return what is known of the expression of an ``if``."""
        return self._decided(Conditions(words, at.file, at.line).read(), scope, at)

    # --- conditions

    def _decided(self, expression: Expression, scope: Scope, at: Place) -> Condition:
        if isinstance(expression, str):
            return self._builder.test(self.value(expression, scope, at), at)
        match expression.sign, expression.operands:
            case "not", (one,):
                return opposite(self._decided(one, scope, at))
            case "and", (left, right):
                return both(self._decided(left, scope, at), self._decided(right, scope, at))
            case "or", (left, right):
                return one_of(self._decided(left, scope, at), self._decided(right, scope, at))
            case sign, (str() as left, str() as right):
                values = (self.value(left, scope, at), self.value(right, scope, at))
                plain = _NEGATED.get(sign, sign)
                answer = self._compared(plain, *values, at)
                return opposite(answer) if plain != sign else answer
        # A comparison of comparisons: certain of nothing.
        return Unsure("", expression.sign)

    def _compared(self, sign: str, left: Value, right: Value, at: Place) -> Condition:
        if isinstance(left, Known) and isinstance(right, Known) and sign in _COMPARED:
            try:
                return bool(_COMPARED[sign](left.value, right.value))
            except TypeError:
                return False  # as Django has it
        if sign == "==" and isinstance(left, Known):
            left, right = right, left
        pair = (left, right)
        label = f" {sign} ".join(self._builder.key(one, at, label=True) for one in pair)
        if any(self._builder.is_changing(one) for one in pair):
            return Unsure("", label)
        return Unsure(f" {sign} ".join(self._builder.key(one, at) for one in pair), label)

    # --- values

    def _head(self, text: str, scope: Scope, at: Place) -> Value:
        literal = unquoted(text)
        if literal is not None:
            if text.startswith("_("):
                message = self._catalogue.text(literal.replace("%", "%%"))
                return Known(message.replace("%%", "%"), safe=True)
            return Known(literal, safe=True)
        if _NUMBER.fullmatch(text):
            return Known(float(text) if "." in text else int(text))
        if text in _CONSTANTS and text not in scope:
            return _CONSTANTS[text]
        if _NAME.fullmatch(text) is None:
            raise DialectError(
                at.file,
                at.line,
                f'"{text[:60]}" is no value of a Django template',
                "write a name with dots, a string or a number",
            )
        return self._variable(text, scope, at)

    def _variable(self, text: str, scope: Scope, at: Place) -> Value:
        first, *rest = text.split(".")
        if first == "forloop" and "forloop" in scope:
            return self._of_loop(rest, scope)
        value = scope.get(first, Unknown(first, first))
        for part in rest:
            value = self._part(value, part, at)
        return value

    def _part(self, value: Value, name: str, at: Place) -> Value:
        match value:
            case Branch(when, yes, no):
                self._builder.files.spend(at.file, at.line)
                return Branch(when, self._part(yes, name, at), self._part(no, name, at))
            case Written():
                return self._builder.fresh(name)
        return self._builder.derived(value, f".{name}", at)

    def _of_loop(self, rest: list[str], scope: Scope) -> Value:
        place, names = "forloop", list(rest)
        while names[:1] == ["parentloop"]:
            place, names = "forloop.parentloop", names[1:]
        over = scope.get(place)
        name = names[0] if names else ""
        if name in _COUNTERS and isinstance(over, Unknown) and not over.changing:
            return Unknown(f"{over.key}[] {name}", ".".join(("forloop", *rest)), SlotType.NUMBER)
        # First and last: what they are differs from round to round.
        return self._builder.fresh(".".join(("forloop", *rest)))

    # --- filters

    def _with_filters(
        self, value: Value, filters: tuple[FilterUse, ...], scope: Scope, at: Place
    ) -> Value:
        for one in filters:
            argument = None if one.argument is None else self._head(one.argument, scope, at)
            value = self._filtered(value, one.name, argument, at)
        return value

    def _filtered(  # noqa: PLR0911 - one row a filter
        self, value: Value, name: str, argument: Value | None, at: Place
    ) -> Value:
        if name in _MARK_UP:
            raise DialectError(
                at.file,
                at.line,
                f'the filter "{name}" makes mark-up of a value',
                "write the mark-up in the template and the value as text",
            )
        match name, value:
            case "default", _ if argument is not None:
                return _either(self._builder.test(value, at), value, argument)
            case "default_if_none", _ if argument is not None:
                return _either(self._compared("is", value, Known(None), at), argument, value)
            case "yesno", _:
                return self._yes_no(value, argument, at)
            case "pluralize", _:
                return self._pluralized(value, argument, at)
            case "force_escape", Known(str() as text):
                return Known(self._builder.escape(text), safe=True)
            case "length", Known(str() as text):
                return Known(len(text))
            case "join", Unknown() if argument is not None:
                return joined_elements(self._builder, value, argument, at)
        written = f"|{name}" if argument is None else f"|{name}:{self._builder.key(argument, at)}"
        arguments = () if argument is None else (argument,)
        return filtered(self._builder, value, Filter(name, arguments, written), at)

    def _yes_no(self, value: Value, argument: Value | None, at: Place) -> Value:
        words = ["yes", "no", "maybe"]
        if argument is not None:
            if not isinstance(argument, Known) or not isinstance(argument.value, str):
                return self._builder.derived(value, "|yesno", at)
            words = argument.value.split(",")
        if len(words) < 2:  # noqa: PLR2004 - Django writes the value then
            return value
        known = [Known(word, safe=True) for word in words]
        no: Value = known[1]
        if len(known) > 2 and not isinstance(value, Known):  # noqa: PLR2004
            no = _either(self._compared("is", value, Known(None), at), known[2], no)
        elif len(known) > 2 and value == Known(None):  # noqa: PLR2004
            return known[2]
        return _either(self._builder.test(value, at), known[0], no)

    def _pluralized(self, value: Value, argument: Value | None, at: Place) -> Value:
        words = "s"
        if argument is not None:
            if not isinstance(argument, Known) or not isinstance(argument.value, str):
                return self._builder.derived(value, "|pluralize", at)
            words = argument.value
        one, _, many = words.rpartition(",")
        if isinstance(value, Written):
            value = self._builder.fresh("text")
        when = self._compared("==", value, Known(1), at)
        return _either(when, Known(one, safe=True), Known(many, safe=True))


def _either(when: Condition, yes: Value, no: Value) -> Value:
    if isinstance(when, bool):
        return yes if when else no
    return Branch(when, yes, no)
