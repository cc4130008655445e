"""How much a rule decides."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """How much a rule decides.

    A rule in shadow never changes a disposition; the decision records what it would have done. A
    template or link entry in shadow lets nothing pass yet, a picture in shadow holds nothing yet.
    """

    ENFORCE = "enforce"
    SHADOW = "shadow"
    OFF = "off"
