"""What does a Liquid template say?

python-liquid's parser reads it; nothing is rendered. Liquid does not escape by itself. What a loop
assigns is another value in each round, so such a variable is a hole that nothing has to equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from liquid import Environment, Mode
from liquid import ast as liquid
from liquid.builtin.content import ContentNode
from liquid.builtin.expressions import LoopExpression, StringLiteral
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.output import OutputNode
from liquid.builtin.tags.assign_tag import AssignNode
from liquid.builtin.tags.capture_tag import CaptureNode
from liquid.builtin.tags.case_tag import CaseNode, MultiExpressionBlockNode
from liquid.builtin.tags.comment_tag import CommentNode
from liquid.builtin.tags.cycle_tag import CycleNode
from liquid.builtin.tags.decrement_tag import DecrementNode
from liquid.builtin.tags.doc_tag import DocNode
from liquid.builtin.tags.for_tag import BreakNode, ContinueNode, ForNode
from liquid.builtin.tags.if_tag import IfNode
from liquid.builtin.tags.ifchanged_tag import IfChangedNode
from liquid.builtin.tags.include_tag import IncludeNode
from liquid.builtin.tags.increment_tag import IncrementNode
from liquid.builtin.tags.liquid_tag import LiquidNode
from liquid.builtin.tags.render_tag import RenderNode
from liquid.builtin.tags.unless_tag import UnlessNode
from liquid.exceptions import LiquidError
from liquid.expression import Expression

from filter.dialects.joining import cycled
from filter.dialects.limits import Files, check_nesting
from filter.dialects.lines import merged
from filter.dialects.liquidvalues import Scope, Values, show
from filter.dialects.locales import Locales
from filter.dialects.names import Names
from filter.dialects.nodes import DialectError, Loader, Node, Source, Text
from filter.dialects.values import (
    Branch,
    Builder,
    Condition,
    Known,
    Place,
    Unknown,
    Unsure,
    Written,
    one_of,
    opposite,
    same,
)
from filter.ruleset import SlotType

MAX_UNROLLED = 50
MAX_TRIES = 4  # of a loop's body, until all that it changes is known


def read(
    source: Source,
    load: Loader,
    *,
    language: str = "",
    names: Names | None = None,
) -> tuple[Node, ...]:
    """Return what a Liquid template says; raises DialectError."""
    reading = _Reading(names or Names(), load, language)
    with reading.files.root(source):
        return reading.document(source, {}, 0)


@dataclass(frozen=True, slots=True)
class _Frame:
    source: Source
    depth: int
    loops: tuple[str, ...] = ()


class _Reading:
    def __init__(self, names: Names, load: Loader, language: str) -> None:
        self.files = Files(load)
        self._load = load
        self._builder = Builder(names, self.files, show=show)
        self._values = Values(self._builder, Locales(load, language))
        self._environment = Environment(tolerance=Mode.STRICT, strict_filters=False)
        self._parsed: dict[str, list[liquid.Node]] = {}

    def document(self, source: Source, scope: Scope, depth: int) -> tuple[Node, ...]:
        """Return what a file says; what it assigns stays in the scope."""
        if source.name not in self._parsed:
            try:
                self._parsed[source.name] = self._environment.parse(source.text).nodes
            except LiquidError as exc:
                start = exc.token.start_index if exc.token is not None else 0
                raise DialectError(
                    source.name,
                    source.text.count("\n", 0, max(start, 0)) + 1,
                    f"python-liquid cannot read it: {str(exc).partition(chr(10))[0]}",
                    "correct it, or write what a tag of your own prints as text and {{ values }}",
                ) from exc
        return self._all(self._parsed[source.name], scope, _Frame(source, depth))

    # --- statements

    def _all(self, nodes: Iterable[liquid.Node], scope: Scope, frame: _Frame) -> tuple[Node, ...]:
        return merged(made for node in nodes for made in self._one(node, scope, frame))

    def _block(
        self, block: liquid.BlockNode | None, scope: Scope, frame: _Frame
    ) -> tuple[Node, ...]:
        if block is None:
            return ()
        nodes = self._all(block.nodes, scope, replace(frame, depth=frame.depth + 1))
        # A block that comes to white space only is not written at all.
        return () if block.blank else nodes

    def _at(self, node: liquid.Node, frame: _Frame) -> Place:
        start = max(node.token.start_index, 0)
        return Place(frame.source.name, frame.source.text.count("\n", 0, start) + 1)

    def _one(  # noqa: C901, PLR0911, PLR0912 - one row a kind of node
        self, node: liquid.Node, scope: Scope, frame: _Frame
    ) -> tuple[Node, ...]:
        at = self._at(node, frame)
        self.files.spend(at.file, at.line)
        check_nesting(frame.depth, at.file, at.line)
        match node:
            case ContentNode():
                return (Text(node.text, at.line),)
            case OutputNode():  # and echo
                return self._builder.nodes(self._values.value(node.expression, scope, at), at)
            case IfNode() | UnlessNode():
                when = self._values.condition(node.condition, scope, at)
                if isinstance(node, UnlessNode):
                    when = opposite(when)
                return self._chain(
                    [(when, node.consequence), *self._alternatives(node.alternatives, scope, at)],
                    node.default,
                    scope,
                    frame,
                    at,
                )
            case CaseNode():
                return self._case(node, scope, frame, at)
            case ForNode():
                return self._for(node, scope, frame, at)
            case AssignNode():
                scope[str(node.name)] = self._values.value(node.expression, scope, at)
            case CaptureNode():
                scope[str(node.name)] = Written(self._block(node.block, scope, frame))
            case CycleNode():
                given = [self._values.value(one, scope, at) for one in node.args]
                return self._builder.nodes(cycled(given), at)
            case IncrementNode() | DecrementNode():
                made = self._builder.fresh(str(node.name), SlotType.NUMBER)
                return self._builder.nodes(made, at)
            case IfChangedNode():
                body = self._block(node.block, scope, frame)
                return self._builder.choice(Unsure("", ""), body, (), at.line)
            case RenderNode() | IncludeNode():
                return self._partial(node, scope, frame, at)
            case LiquidNode():
                return self._block(node.block, scope, frame)
            case liquid.BlockNode():
                return self._block(node, scope, frame)
            case CommentNode() | DocNode():
                pass
            case BreakNode() | ContinueNode():
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
                    f'the tag "{node.token.value}" cannot be followed',
                    "write what it prints as text, {{ values }} and {% for %}",
                )
        return ()

    def _alternatives(
        self, alternatives: list[liquid.ConditionalBlockNode], scope: Scope, at: Place
    ) -> list[tuple[Condition, liquid.BlockNode]]:
        return [
            (self._values.condition(one.expression, scope, at), one.block) for one in alternatives
        ]

    def _chain(
        self,
        branches: list[tuple[Condition, liquid.BlockNode]],
        otherwise: liquid.BlockNode | None,
        scope: Scope,
        frame: _Frame,
        at: Place,
    ) -> tuple[Node, ...]:
        check_nesting(len(branches), at.file, at.line)
        if not branches:
            return self._block(otherwise, scope, frame)
        (when, block), rest = branches[0], branches[1:]
        if isinstance(when, bool):
            if when:
                return self._block(block, scope, frame)
            return self._chain(rest, otherwise, scope, frame, at)
        yes_scope, no_scope = dict(scope), dict(scope)
        yes = self._block(block, yes_scope, frame)
        no = self._chain(rest, otherwise, no_scope, frame, at)
        for name in yes_scope.keys() | no_scope.keys():
            left = yes_scope.get(name, Unknown(name, name))
            right = no_scope.get(name, Unknown(name, name))
            scope[name] = left if same(left, right) else Branch(when, left, right)
        return self._builder.choice(when, yes, no, at.line)

    def _case(self, node: CaseNode, scope: Scope, frame: _Frame, at: Place) -> tuple[Node, ...]:
        asked = self._values.value(node.expression, scope, at)
        branches: list[tuple[Condition, liquid.BlockNode]] = []
        otherwise: liquid.BlockNode | None = None
        for block in node.blocks:
            if isinstance(block, MultiExpressionBlockNode):
                when: Condition = False
                for one in block.expression.expressions:
                    value = self._values.value(one, scope, at)
                    when = one_of(when, self._values.compared("==", asked, value, at))
                branches.append((when, block.block))
            elif otherwise is None and block is node.blocks[-1]:
                otherwise = block
            else:
                raise DialectError(
                    at.file, at.line, "an else before the last when", "write else last, and once"
                )
        return self._chain(branches, otherwise, scope, frame, at)

    # --- loops

    def _for(self, node: ForNode, scope: Scope, frame: _Frame, at: Place) -> tuple[Node, ...]:
        loop = node.expression
        numbers = self._certain_range(loop, scope, at)
        if numbers is not None:
            return self._unrolled(numbers, node, scope, frame)
        value = self._values.value(loop.iterable, scope, at)
        over = value if isinstance(value, Unknown) else self._builder.derived(value, "", at)
        if loop.offset is not None:
            over = self._builder.derived(over, f"|offset:{loop.offset}", at)
        most = self._most(loop.limit, scope, at)
        nodes = self._body(node.block, str(loop.identifier), over, scope, frame)
        otherwise = self._block(node.default, scope, frame)
        if not otherwise:
            return self._builder.loop(over, nodes, at.line, most=most)
        filled = self._builder.loop(over, nodes, at.line, least=1, most=most)
        empty = self._values.compared("==", over, Unknown("empty", "empty"), at)
        return self._builder.choice(empty, otherwise, filled, at.line)

    def _body(
        self, block: liquid.BlockNode, name: str, over: Unknown, scope: Scope, frame: _Frame
    ) -> tuple[Node, ...]:
        """Return a loop's body, read with all that it changes unknown from the start."""
        mark = "[]" + "'" * frame.loops.count(over.key)
        deeper = replace(frame, loops=(*frame.loops, over.key))
        element = Unknown(over.key + mark, name, changing=over.changing)
        around = {one: scope[one] for one in (name, "forloop") if one in scope}
        changing: set[str] = set()
        for _ in range(MAX_TRIES):
            inner = {**scope, name: element, "forloop": over}
            inner.update((one, self._builder.fresh(one)) for one in changing)
            start = dict(inner)
            nodes = self._block(block, inner, deeper)
            changed = {one for one in inner if not same(inner[one], start.get(one))}
            changed -= {name, "forloop"}
            if changed <= changing:
                break
            changing |= changed
        else:
            raise DialectError(
                frame.source.name, 1, "a loop changes too much", "assign before the loop"
            )
        scope.update((one, self._builder.fresh(one)) for one in changing)
        scope.update(around)
        return nodes

    def _unrolled(
        self, numbers: range, node: ForNode, scope: Scope, frame: _Frame
    ) -> tuple[Node, ...]:
        name = str(node.expression.identifier)
        around = {one: scope.get(one, Known(None)) for one in (name, "forloop")}
        result: list[Node] = []
        for number in numbers:
            scope |= {name: Known(number), "forloop": self._builder.fresh("forloop")}
            result += self._block(node.block, scope, frame)
        scope.update(around)
        return tuple(result) if len(numbers) else self._block(node.default, scope, frame)

    def _certain_range(self, loop: LoopExpression, scope: Scope, at: Place) -> range | None:
        if not isinstance(loop.iterable, RangeLiteral) or loop.limit or loop.offset:
            return None
        match (
            self._values.value(loop.iterable.start, scope, at),
            self._values.value(loop.iterable.stop, scope, at),
        ):
            case Known(int() as start), Known(int() as stop) if stop - start < MAX_UNROLLED:
                numbers = range(start, stop + 1)
                return numbers[::-1] if loop.reversed else numbers
        return None

    def _most(self, limit: Expression | None, scope: Scope, at: Place) -> int:
        if limit is not None:
            match self._values.value(limit, scope, at):
                case Known(int() as most) if 0 < most < MAX_UNROLLED:
                    return most
        return MAX_UNROLLED

    # --- other files

    def _partial(
        self, node: RenderNode | IncludeNode, scope: Scope, frame: _Frame, at: Place
    ) -> tuple[Node, ...]:
        name = self._name(node.name, scope, at)
        existing = [one for one in (name, f"{name}.liquid") if self._load(one) is not None]
        given: Scope = {
            str(one.name): self._values.value(one.value, scope, at) for one in node.args
        }
        isolated = isinstance(node, RenderNode)
        inner = given if isolated else {**scope, **given}
        bound = str(node.alias or name.rpartition("/")[2].partition(".")[0])
        with self.files.opened((existing or [name])[0], at.file, at.line) as source:
            if node.var is None:
                return self._included(source, inner, given, scope, frame, isolated=isolated)
            value = self._values.value(node.var, scope, at)
            if isinstance(node, RenderNode) and node.loop:
                over = value if isinstance(value, Unknown) else self._builder.fresh(bound)
                inner[bound] = Unknown(f"{over.key}[]", bound, changing=over.changing)
                inner["forloop"] = over
                nodes = self.document(source, inner, frame.depth + 1)
                return self._builder.loop(over, nodes, at.line)
            inner[bound] = value
            return self._included(source, inner, given, scope, frame, isolated=isolated)

    def _included(
        self,
        source: Source,
        inner: Scope,
        given: Scope,
        scope: Scope,
        frame: _Frame,
        *,
        isolated: bool,
    ) -> tuple[Node, ...]:
        before = dict(inner)
        nodes = self.document(source, inner, frame.depth + 1)
        if not isolated:  # what an include assigns, the file around it has as well
            scope.update(
                (name, value)
                for name, value in inner.items()
                if name not in given and not same(before.get(name), value)
            )
        return nodes

    def _name(self, node: object, scope: Scope, at: Place) -> str:
        if isinstance(node, StringLiteral):
            return str(node.value)
        if isinstance(node, Expression):
            match self._values.value(node, scope, at):
                case Known(str() as name) if name:
                    return name
        raise DialectError(
            at.file,
            at.line,
            "which template is meant is known only when the message is made",
            "write its name, or one template for each",
        )
