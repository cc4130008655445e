"""A held message and the states it can be in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from filter.message import Transaction
from filter.verdict import Verdict


class State(StrEnum):
    """Life of a held message; every change is a compare-and-swap from one to the next.

    held → releasing → released | held (next hop refused for now) | failed (refused for good)
    held → discarded | expired
    releasing → unknown when the releasing process died: never sent again by itself.
    """

    HELD = "held"
    RELEASING = "releasing"
    RELEASED = "released"
    DISCARDED = "discarded"
    EXPIRED = "expired"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class HeldItem:
    """A message in quarantine: the exact bytes and envelope, why, until when, and what became."""

    transaction: Transaction
    verdict: Verdict
    state: State
    held_at: datetime
    expires_at: datetime
    changed_at: datetime
    changed_by: str = ""
    note: str = ""
    answer: str = ""  # the next hop's answer to a release


class StoreError(Exception):
    """The store could not keep or find what it was asked to; the client keeps the message."""


class StateConflict(StoreError):
    """The item is not in the state that the change starts from."""


class NoSuchItem(StoreError):
    """There is no item with this id."""
