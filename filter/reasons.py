"""Every reason code: what it means and what to do about it (docs/reasons.md, `explain CODE`).

Codes are stable: people grep for them and rules name them. A finding with a code that is not in
this table is a defect that a test finds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence on what was found, one on what to do."""

    meaning: str
    remedy: str


REASONS: dict[str, Reason] = {
    # --- the judgement itself
    "check.error": Reason(
        "A check failed while it looked at the message, so nobody can vouch for it.",
        "Look in the log for the id; report it as a defect. The message can be released by hand.",
    ),
    "check.no_answer": Reason(
        "A required check neither cleared the message nor objected.",
        "Report it as a defect; silence is never taken for consent.",
    ),
    "check.deadline": Reason(
        "Inspection took longer than the deadline allows.",
        "Look at the message's size, pictures and documents; raise inspection.deadline_seconds only"
        " while it stays well below your relay's patience (100 s in Postfix).",
    ),
    # --- reading: mail structure, headers, HTML, text
    # --- templates
    # --- senders
    # --- links
    # --- pictures and documents
    # --- attachments
    # --- text messages and providers
}
