"""Are pieces of text laid out from right to left that are read from left to right?

Words of one line keep their order whatever the direction around them. Pieces that are set apart in
it - cells of a row, elements with a direction of their own - change places.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from filter.reading.seen import Ground

_CELLS = frozenset({"td", "th", "bdi"})
# Letters of scripts that run from right to left (Unicode bidi classes R and AL, by block).
_FROM_THE_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")

# A text that begins with digits or ends with a mark shows them on the other side.
_CHANGES = re.compile(r"^\s*[0-9][0-9./:-]*\s+\S|[.!?:;,]\s*$")


@dataclass(frozen=True, slots=True)
class Turn:
    """An open element that turns the direction, or a piece of text in one that is turned.

    With what had been counted when it opened.
    """

    is_root: bool
    pieces: int
    texts: int
    from_the_right: int
    turned: int


class Turns:
    """Counts the pieces of text in the outermost element that runs from right to left."""

    def __init__(self) -> None:
        self._pieces = 0
        self._texts = 0
        self._from_the_right = 0
        self._open = 0
        self._turned = 0

    def text(self, text: str, *, rtl: bool = False) -> None:
        """Count a text that is seen; ``rtl`` where it stands."""
        if self._open:
            self._turned += rtl and _CHANGES.search(text) is not None
            self._texts += 1
            if not text.isascii() and _FROM_THE_RIGHT.search(text):
                self._from_the_right += 1

    def enter(self, tag: str, outside: Ground, inside: Ground) -> Turn | None:
        """Note an element that opens; return what ``leave`` is to be given."""
        if not inside.rtl and not outside.rtl:
            return None
        is_root = inside.rtl and not outside.rtl
        if not is_root and inside.rtl and tag not in _CELLS:
            return None
        turn = Turn(is_root, self._pieces, self._texts, self._from_the_right, self._turned)
        if is_root:
            self._pieces = 0
        self._open += 1
        return turn

    def leave(self, turn: Turn) -> bool:
        """Return whether pieces that are read from left to right have changed places."""
        self._open -= 1
        if turn.is_root:
            turned = (self._pieces > 1 or self._turned > turn.turned) and (
                turn.from_the_right == self._from_the_right
            )
            self._pieces = turn.pieces
            return turned
        if turn.pieces == self._pieces and self._texts > turn.texts:
            self._pieces += 1
        return False
