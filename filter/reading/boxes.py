"""Is text cut off by a box that clips what does not fit into it?

Nothing here lays out a page. Each estimate errs towards fitting: letters as narrow as they come,
screens as wide as they come. What is cut even so is cut for everybody.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from filter.reading.seen import Box, Ground

LEAST_LETTER = 0.28  # of the size of the letters: how wide a letter is, in narrow fonts on average
MOST_WIDTH = 1200.0  # pixels of a line of text where nobody says how long it is
LEAST_SCREEN_WIDTH = 320.0  # pixels, of a telephone
MOST_SPILLED_LINES = 1.5
SEEN_OF_LETTER = 0.6  # that must be in the box of the last line to be read


@dataclass(slots=True)
class _Open:
    """An element that clips, while it is walked through; pixels."""

    box: Box
    indent: float = 0.0  # of the text around
    spills: bool = False  # over what follows, instead of being cut off
    height: float = 0.0  # of the lines that ended
    line_height: float = 0.0  # of the line that is being filled
    line_width: float = 0.0
    font: float = 0.0
    run: float = 0.0  # width of the text that stands here without a place to break the line
    longest_run: float = 0.0
    has_ended: bool = False  # a line, right here
    is_towered: bool = False  # what stands here is in the middle of a far higher table, or below
    cut: str = ""


class Boxes:
    """The open boxes, innermost last. Each text counts in the innermost one."""

    def __init__(self) -> None:
        self.open: list[_Open] = []
        self.cut: list[str] = []  # what was found

    def __bool__(self) -> bool:
        return bool(self.open)

    def enter(self, box: Box, indent: float = 0.0, *, spills: bool = False) -> None:
        """An element opens that clips."""
        self.end_line()
        if box.width is None and self.open:  # nothing is wider than what is around it
            box = Box(box.height, self.open[-1].box.width)
        self.open.append(_Open(box, indent, spills))

    def leave(self) -> None:
        """It closes."""
        self.end_line()
        closed = self.open.pop()
        if closed.cut:
            self.cut.append(closed.cut)
        if self.open:  # it takes its place among the lines of the box around
            self.open[-1].height += min(closed.height, closed.box.height or closed.height)

    def push(self, pixels: float) -> None:
        """What follows stands further down."""
        self.end_line()
        self.open[-1].height += pixels

    def tower(self, pixels: float) -> None:
        """A table or cell of this height begins: what is in it stands in its middle."""
        current = self.open[-1]
        height = current.box.height
        if height is not None and not current.spills and pixels > 2 * height:
            current.is_towered = True

    def level(self) -> float:
        """Return how far down the lines reach so far."""
        self.end_line()
        return self.open[-1].height

    def reach(self, level: float) -> None:
        """What ends here takes its room down to a level, however little it holds."""
        if self.open:
            self.end_line()
            self.open[-1].height = max(self.open[-1].height, level)

    def picture(self, pixels: float) -> None:
        """A picture of this height stands in the line."""
        current = self.open[-1]
        current.line_height = max(current.line_height, pixels)

    def text(self, text: str, ground: Ground) -> None:
        """Text that is seen stands here."""
        current = self.open[-1]
        letter = LEAST_LETTER * ground.font_pixels
        words = text.split()
        width = letter * len(" ".join(words))
        longest = letter * max(map(len, words), default=0)
        current.line_width += width
        current.line_height = max(current.line_height, ground.line_pixels)
        current.font = max(current.font, ground.font_pixels)
        current.has_ended = False
        current.run = current.run + width if ground.nowrap else 0.0
        current.longest_run = max(current.longest_run, current.run)
        if current.is_towered:
            current.cut = current.cut or f"a table in a box of {current.box.height:g} px"
        indented = max(ground.indent_pixels - current.indent, 0.0)
        if current.box.width is not None and longest + indented > current.box.width:
            current.cut = current.cut or f"a word in a box of {current.box.width:g} px"

    def blank(self, ground: Ground) -> None:
        """White space stands here, where a line may break unless it is said not to."""
        if not ground.nowrap:
            self.open[-1].run = 0.0

    def blank_line(self, ground: Ground) -> None:
        """A line break stands here."""
        current = self.open[-1]
        if current.has_ended:
            current.has_ended = False
        else:
            current.height += ground.line_pixels

    def end_line(self) -> None:
        """What follows stands on another line."""
        if not self.open:
            return
        current = self.open[-1]
        if not current.line_height:
            return
        width = current.box.width
        room = width
        if room is None and not current.spills:
            room = LEAST_SCREEN_WIDTH
        if room is not None and current.longest_run > room:
            current.cut = current.cut or f"a line in a box of {room:g} px"
        lines = 1
        if not current.longest_run:
            lines = max(1, math.ceil(current.line_width / min(width or MOST_WIDTH, MOST_WIDTH)))
        above = current.height + (lines - 1) * current.line_height
        needed = above + max(current.line_height - current.font, 0.0) / 2
        needed += SEEN_OF_LETTER * current.font
        if current.spills:  # into the margin below, if it is little
            needed -= MOST_SPILLED_LINES * current.line_height
        if current.box.height is not None and needed > current.box.height:
            current.cut = current.cut or f"lines in a box of {current.box.height:g} px"
        current.height += lines * current.line_height
        current.line_height = current.line_width = current.font = 0.0
        current.run = current.longest_run = 0.0
        current.has_ended = True
