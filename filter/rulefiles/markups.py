"""Is an approved mark-up written in canonical form, with slots only where values may stand?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from filter.dialects.markup import markup_tokens
from filter.dialects.nodes import Choice, DialectError, Hole, Loop, Node, Text
from filter.problems import Problem
from filter.rulefiles.items import Item
from filter.rulefiles.model import TemplateRule
from filter.rulefiles.wordings import PlacedText
from filter.templates.markup import shared_length
from filter.templates.pattern import Either, Literal, PatternError, Repeat, Token, parse_pattern
from filter.templates.written import as_pattern

_SHOWN = 60  # characters of a mark-up in a problem


def check_markup(item: Item[TemplateRule], one: PlacedText) -> Iterator[Problem]:
    """Yield why nothing could ever say this mark-up, or why a value could be more than a value."""
    message, help_ = _fault_of(one.text)
    if message:
        yield item.report("E104", message, *one.path, help=help_)


@lru_cache(maxsize=4096)  # rules are read anew at each change of any file
def _fault_of(pattern: str) -> tuple[str, str]:
    """Return what is wrong with a pattern and what to write; "" and "" when nothing is."""
    try:
        tokens = parse_pattern(pattern)
        form = markup_tokens(list(_nodes(tokens)))
    except PatternError:
        return "", ""  # told with the other texts
    except DialectError as error:
        return f"`markup`: {error.message}", error.remedy
    written, wanted = as_pattern(tokens), as_pattern(form)
    if written == wanted:
        return "", ""
    same = shared_length(written, wanted)
    found, better = _shown(written, same), _shown(wanted, same)
    return f"`markup` is not in canonical form: `{found}`", f"write `{better}`"


def _nodes(tokens: Iterable[Token]) -> Iterator[Node]:
    for token in tokens:
        match token:
            case Literal(text):
                yield Text(text)
            case Either(name, options):
                yield Choice(name, tuple(tuple(_nodes(option)) for option in options))
            case Repeat(name, least, most, body):
                yield Loop(name, tuple(_nodes(body)), 0, least, most)
            case _:
                yield Hole(token.name, token.name)


def _shown(text: str, position: int) -> str:
    start = max(text.rfind("<", 0, position), position - _SHOWN // 2, 0)
    return text[start : start + _SHOWN]
