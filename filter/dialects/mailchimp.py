"""What does a text with merge tags of Mailchimp and Mandrill say?

``*|FNAME|*`` and ``*|UPPER:FNAME|*`` are holes; ``*|IF:…|*``, ``ELSEIF``, ``ELSE``, ``IFNOT`` and
``INTERESTED`` become choices (the conditions are those of Mandrill's help on dynamic merge tags).
Tags that write lists or mark-up of their own (RSS, products) are errors.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from filter.dialects.filters import Filter, filtered, hint_of_format
from filter.dialects.limits import Files, check_nesting
from filter.dialects.lines import merged
from filter.dialects.names import Names
from filter.dialects.nodes import DialectError, Loader, Node, Source, Text
from filter.dialects.values import Builder, Condition, Place, Unknown, Unsure, opposite
from filter.ruleset import SlotType

_TAG = re.compile(r"\*\|([^|*\n]{1,200})\|\*")
_LINKS = frozenset(
    "UNSUB FORWARD ARCHIVE UPDATE_PROFILE ABOUT_LIST CONFIRM VOTE TWITTER:PROFILEURL".split()  # noqa: SIM905
)
_HINTS = {
    "EMAIL": SlotType.EMAIL,
    "PHONE": SlotType.PHONE,
    "CURRENT_YEAR": SlotType.DIGITS,
    **dict.fromkeys(_LINKS, SlotType.URL),
}
_CASES = {"UPPER": "upper", "LOWER": "lower", "TITLE": "title"}
_BLOCKS = re.compile(
    r"(?:FEEDBLOCK|FEEDITEMS|RSS|RSSITEMS|RSSITEM|PROMO_CODE|PRODUCT|CART|SURVEY|POLL|REWARDS"
    r"|SHARE|FACEBOOK|MC_TRANSLATE|MC:TOC|MC:TRANSLATE|GALLERY|HTML)\b"
)
_COMPARISON = re.compile(r"\s*([\w:. -]{1,100}?)\s*(=|!=|>=|<=|>|<)\s*(.{0,100})")


@dataclass(slots=True)
class _Open:
    """A block that is not closed yet: its branches so far and the one being written."""

    kind: str
    line: int
    branches: list[tuple[Condition, list[Node]]] = field(default_factory=list)
    has_else: bool = False


def read(
    source: Source,
    load: Loader,
    *,
    language: str = "",  # noqa: ARG001 - a template is in one language
    names: Names | None = None,
) -> tuple[Node, ...]:
    """Return what a text with merge tags says; raises DialectError."""
    files = Files(load)
    builder = Builder(names or Names(), files)
    bottom = _Open("", 1, [(True, [])])
    stack = [bottom]
    position, line = 0, 1
    with files.root(source):
        for found in _TAG.finditer(source.text):
            before = source.text[position : found.start()]
            stack[-1].branches[-1][1].append(Text(before, line))
            line += before.count("\n")
            _take(builder, stack, found[1].strip(), Place(source.name, line))
            position = found.end()
        stack[-1].branches[-1][1].append(Text(source.text[position:], line))
    if len(stack) > 1:
        raise DialectError(
            source.name,
            stack[-1].line,
            f"a block {stack[-1].kind} without its end",
            f"write *|END:{stack[-1].kind}|*",
        )
    return merged(bottom.branches[0][1])


def _take(builder: Builder, stack: list[_Open], tag: str, at: Place) -> None:
    builder.files.spend(at.file, at.line)
    word, _, rest = tag.partition(":")
    top = stack[-1]
    match word:
        case "IF" | "IFNOT" | "INTERESTED" if rest:
            check_nesting(len(stack), at.file, at.line)
            when = _condition(word, rest)
            stack.append(_Open("IF" if word == "IFNOT" else word, at.line, [(when, [])]))
        case "ELSEIF" if rest and top.kind == "IF" and not top.has_else:
            check_nesting(len(top.branches), at.file, at.line)
            top.branches.append((_condition(word, rest), []))
        case "ELSE" if top.kind and not top.has_else:
            top.has_else = True
            top.branches.append((True, []))
        case "END" if top.kind and rest in {top.kind, f"{top.kind}NOT", ""}:
            stack.pop()
            stack[-1].branches[-1][1].extend(_closed(builder, top))
        case "ELSEIF" | "ELSE" | "END":
            raise DialectError(
                at.file, at.line, f'"*|{tag}|*" has nothing that it belongs to', "look for its IF"
            )
        case _ if _BLOCKS.match(tag):
            raise DialectError(
                at.file,
                at.line,
                f'what "*|{tag}|*" writes is not known',
                "write it as text and *|TAGS|*",
            )
        case _:
            stack[-1].branches[-1][1].extend(_value(builder, word, rest, tag, at))


def _value(builder: Builder, word: str, rest: str, tag: str, at: Place) -> tuple[Node, ...]:
    if word in _CASES and rest:
        name = _CASES[word]
        by = Filter(name, (), f"|{name}")
        plain = Unknown(rest, rest, _HINTS.get(rest))
        return builder.nodes(filtered(builder, plain, by, at), at)
    hint = hint_of_format(rest) if word == "DATE" else _HINTS.get(tag)
    return builder.nodes(Unknown(tag, tag, hint), at)


def _condition(word: str, text: str) -> Condition:
    if word == "INTERESTED":
        return Unsure(f"interested:{text}", f"interested {text}")
    compared = _COMPARISON.fullmatch(text)
    if compared is None:
        test: Condition = Unsure(text.strip(), text.strip())
    else:
        name, sign, value = compared.groups()
        plain = f"{name} {'==' if sign in {'=', '!='} else sign} {value.strip()}"
        test = Unsure(plain, plain, negated=sign == "!=")
    return opposite(test) if word == "IFNOT" else test


def _closed(builder: Builder, block: _Open) -> tuple[Node, ...]:
    result: tuple[Node, ...] = ()
    for when, nodes in reversed(block.branches):
        result = builder.choice(when, merged(nodes), result, block.line)
    return result
