"""Where do lines end? Asked of every message at the door, and again before it is read."""

from __future__ import annotations

import numpy as np

_SMALL_BYTES = 4096  # below this counting is as fast
_BLOCK_BYTES = 128 * 1024  # with its comparisons it stays in the processor's cache
_CR, _LF = 13, 10


def has_bare_line_end(content: bytes) -> bool:
    """Return whether a CR is not followed by LF, or a LF does not follow CR.

    A tenth of the time that counting CR, LF and CR LF takes in a large message.
    """
    if len(content) < _SMALL_BYTES:
        pairs = content.count(b"\r\n")
        return content.count(b"\n") != pairs or content.count(b"\r") != pairs
    if content[0] == _LF or content[-1] == _CR:
        return True
    octets = np.frombuffer(content, np.uint8)
    for start in range(0, len(octets), _BLOCK_BYTES):
        block = octets[start : start + _BLOCK_BYTES + 1]  # the pair across the border as well
        if ((block[:-1] == _CR) != (block[1:] == _LF)).any():
            return True
    return False


def has_longer_line(content: bytes, most: int) -> bool:
    """Return whether a line has more than ``most`` octets, its CRLF not counted.

    Looks for the last line end of each window, so that it skips almost all of the content.
    """
    position = 0
    while len(content) - position > most:
        end = content.rfind(b"\n", position, position + most + 2)
        if end < 0:
            return True
        position = end + 1
    return False
