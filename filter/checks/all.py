"""The list of checks, in the order in which a reviewer wants to read their findings.

There is no registry: a check that is not in this list does not exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from filter.checks import attachments, images, links, sender, structure, templates
from filter.checks.case import Case
from filter.verdict import CheckResult

Check: TypeAlias = Callable[[Case], CheckResult]

CHECKS: tuple[tuple[str, Check], ...] = (
    (structure.NAME, structure.check),
    (templates.NAME, templates.check),
    (sender.NAME, sender.check),
    (links.NAME, links.check),
    (images.NAME, images.check),
    (attachments.NAME, attachments.check),
)
