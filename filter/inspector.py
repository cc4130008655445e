"""Chooses where an inspection runs, so that nothing blocks the event loop for long."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from filter.inspection import inspect, inspection_failed, judge_message, look, needs_look, read
from filter.message import Message, Transaction
from filter.reading.look import Looker
from filter.ruleset import RuleSet
from filter.settings import Inspection
from filter.verdict import Verdict

# Ordinary messages of this size take 0.1 to 1 ms to read and judge (docs/benchmark.md), less than
# the loop would lose by handing them to a thread and taking them back. The worst that were built on
# purpose (deep nesting, hundreds of selectors) took 0.08 s.
INLINE_BYTES = 16 * 1024


class Inspector:
    """Reads and judges: small plain messages at once, everything else in a bounded pool of threads.

    Threads that wait for the child process hold no lock, so its pool is a little larger than the
    number of children. A thread cannot be stopped: what bounds it are the limits of reading.
    """

    def __init__(self, looker: Looker, limits: Inspection) -> None:
        self._looker = looker
        self._limits = limits
        self._threads = ThreadPoolExecutor(limits.children + 2, thread_name_prefix="inspect")

    async def inspect(self, transaction: Transaction, rules: RuleSet) -> Verdict:
        """Return the verdict; never raises for what the message is."""
        loop = asyncio.get_running_loop()
        if len(transaction.content) > INLINE_BYTES:
            return await loop.run_in_executor(
                self._threads, inspect, transaction, rules, self._looker, self._limits
            )
        try:
            message = read(transaction, self._limits)
            if not needs_look(message):
                return judge_message(message, rules)
        except Exception as exc:  # noqa: BLE001 - doubt is a hold, never a pass
            return inspection_failed(exc, rules)
        return await loop.run_in_executor(self._threads, self._look_and_judge, message, rules)

    def close(self) -> None:
        """Let running inspections end; queued ones are not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _look_and_judge(self, message: Message, rules: RuleSet) -> Verdict:
        try:
            return judge_message(look(message, self._looker), rules)
        except Exception as exc:  # noqa: BLE001 - doubt is a hold, never a pass
            return inspection_failed(exc, rules)
