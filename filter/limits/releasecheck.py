"""Does a pause in force cover this held message, so that it must not be released now?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from filter.limits.board import Readable
from filter.limits.pause import Pause
from filter.limits.pausewords import scope_words
from filter.limits.subjects import subject_of
from filter.quarantine.item import HeldItem
from filter.ruleset import RuleSet
from filter.settings import Limits
from filter.subject import Dimension, Scope, Subject


class ReleaseCheck:
    """For the ``why_not`` of a release: reads the pauses anew for each message. Safe for threads.

    ``rules`` returns the rules that know the classes of templates, None when there are none.
    """

    def __init__(
        self, shelf: Readable, settings: Limits, rules: Callable[[], RuleSet | None]
    ) -> None:
        self._shelf = shelf
        self._settings = settings
        self._rules = rules

    def __call__(self, item: HeldItem) -> str:
        """Return which pause covers the message and what to do, "" when none. Raises StoreError."""
        covering = self.find_pauses(item)
        if not covering:
            return ""
        pause = covering[0]
        return (
            f"under the pause {pause.id} ({scope_words(pause.scope)}) by {pause.by}:"
            f" {pause.reason}; it stays held until `sallyport resume {pause.id}`"
        )

    def find_pauses(self, item: HeldItem) -> Sequence[Pause]:
        """Return the pauses in force that cover a message, oldest first. Raises StoreError."""
        pauses = self._shelf.pauses(datetime.now(UTC))
        if not pauses:
            return ()
        subject = self._subject_of(item)
        return [pause for pause in pauses if _without_doubt(pause.scope, subject).fits_any(subject)]

    def _subject_of(self, item: HeldItem) -> Subject:
        """Return whom the message concerns; its class is None when nobody knows it."""
        subject = subject_of(item.transaction, None, self._settings)
        name = item.verdict.template
        if name is None:
            return subject
        rules = self._rules()
        known = () if rules is None else rules.templates
        classes = [t.template_class for t in known if t.id == name]
        return replace(subject, template=name, template_class=classes[0] if classes else None)


def _without_doubt(scope: Scope, subject: Subject) -> Scope:
    """Return the scope less what cannot be told of the message: in doubt it stays held.

    The rules may have lost the template since, and its class with it.
    """
    if subject.template is None or subject.template_class is not None:
        return scope
    return Scope({d: wanted for d, wanted in scope.values.items() if d is not Dimension.CLASS})
