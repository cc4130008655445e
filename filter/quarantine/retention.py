"""Nothing is kept for ever: held messages expire, what is settled is deleted, decisions age out."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from filter.quarantine.interface import Shelf, Swept
from filter.settings import Quarantine

log = logging.getLogger("sallyport.quarantine")

ANNOUNCE = timedelta(days=1)
# A round that is not done after so many steps leaves the rest to the next one.
MAX_STEPS = 1000


def sweep(shelf: Shelf, now: datetime, settings: Quarantine) -> Swept:
    """Do all that is due, in small steps; say in the log what expired and what will within a day.

    Releases whose process died are shown as unknown on the way. Safe to repeat, and in several
    processes at once. Raises StoreError.
    """
    lost = shelf.mark_interrupted()
    if lost:
        log.warning("interrupted releases=%d; see `quarantine list --state unknown`", lost)
    total = Swept()
    for _ in range(MAX_STEPS):
        step = shelf.sweep(now, now - timedelta(days=settings.decision_days))
        total = Swept(
            total.expired + step.expired,
            total.contents + step.contents,
            total.items + step.items,
            total.decisions + step.decisions,
            total.alerts + step.alerts,
            total.pauses + step.pauses,
            step.is_done,
            total.pictures + step.pictures,
            total.passed + step.passed,
        )
        if step.is_done:
            break
    soon = shelf.count_expiring(now + ANNOUNCE)
    if soon:
        log.warning("expiring within a day held=%d; see `sallyport quarantine list`", soon)
    if total.expired:
        log.warning("expired held=%d content=deleted", total.expired)
    if any(
        (
            total.contents,
            total.items,
            total.decisions,
            total.alerts,
            total.pauses,
            total.pictures,
            total.passed,
        )
    ):
        log.info(
            "retention contents=%d items=%d decisions=%d alerts=%d pauses=%d pictures=%d passed=%d",
            total.contents,
            total.items,
            total.decisions,
            total.alerts,
            total.pauses,
            total.pictures,
            total.passed,
        )
    return total
