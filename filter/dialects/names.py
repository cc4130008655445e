"""What are an expression, a condition and an iterable called in the approved text?

``user.first_name`` becomes ``user_first_name``, ``order.total > 100`` becomes
``if_order_total_above_100``, the loop over ``order.items`` ``each_order_items``. The parts of one
message (subject, text, HTML) share one registry, so the same expression has the same name in all.
"""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 48  # characters; a pattern allows 64, and a number may follow

_OPERATORS = {
    "===": " is ", "!==": " is not ", "==": " is ", "!=": " is not ", "<>": " is not ",
    ">=": " at least ", "<=": " at most ", ">": " above ", "<": " below ",
    "&&": " and ", "||": " or ", "+": " plus ", "*": " times ", "!": " not ",
}  # fmt: skip
_OPERATOR = re.compile("|".join(re.escape(sign) for sign in sorted(_OPERATORS, key=len)[::-1]))
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[A-Za-z0-9]+")


class Names:
    """Gives out names: one for each expression, never one for two.

    A key is what the expression means (loop variables and aliases replaced by what they stand
    for); a label is what its name is made of, the key itself when there is none. Names of slots,
    choices and loops never meet. The same questions in the same order get the same answers.
    """

    def __init__(self) -> None:
        self._given: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}  # the last number behind a plain name: no second search

    def slot(self, expression: str, label: str = "") -> str:
        """Return the name of the slot that stands for an expression with its filters."""
        return self._name("", expression, label)

    def choice(self, condition: str, label: str = "") -> str:
        """Return the name of the choice that a condition makes; pass it without its negation."""
        return self._name("if", condition, label)

    def loop(self, iterable: str, label: str = "") -> str:
        """Return the name of the loop that goes through something."""
        return self._name("each", iterable, label)

    def _name(self, kind: str, key: str, label: str) -> str:
        folded = " ".join(key.split())
        known = self._given.get((kind, folded))
        if known is not None:
            return known
        plain = as_name(label or folded, kind)
        name, number = plain, self._last.get(plain, 1)
        while name in self._taken:
            number += 1
            name = f"{plain}_{number}"
        self._last[plain] = number
        self._taken.add(name)
        self._given[kind, folded] = name
        return name


def as_name(text: str, kind: str = "") -> str:
    """Return a name made of the words of a text: small letters, digits and underscores.

    It starts with a letter, is at most MAX_NAME long and never empty.
    """
    spelled = _OPERATOR.sub(lambda found: _OPERATORS[found.group()], text[: MAX_NAME * 8])
    # Letters outside ASCII lose their marks, or go: names are grammar, not text.
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode("ascii")
    words = [word.lower() for word in _WORD.findall(_CAMEL.sub(" ", plain))]
    if kind:
        words.insert(0, kind)
    elif not words or not words[0][0].isalpha():
        words.insert(0, "value")
    name: str = words[0][:MAX_NAME]
    for word in words[1:]:
        if len(name) + 1 + len(word) > MAX_NAME:
            break
        name += f"_{word}"
    return name
