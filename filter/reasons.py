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
    "scan.unreadable": Reason(
        "A stored message given to `sallyport scan` could not be read as one.",
        "The finding names the file's fault; text messages are JSON objects with channel, from, to,"
        " body and media.",
    ),
    # --- reading: mail structure, headers, HTML, text
    # --- templates
    # --- senders
    # --- links
    # --- pictures and documents
    # --- attachments
    # --- text messages and providers
    "text.unknown_field": Reason(
        "The request has a field that this gate does not know, so nobody can say what it changes.",
        "If the field is harmless, list it in the provider's pass_fields.",
    ),
    "text.provider_side": Reason(
        "The request names a text or an action that is kept by the provider and not seen here.",
        "Send the text itself (Body), or approve the field in the provider's pass_fields.",
    ),
    "text.rewritten": Reason(
        "The request lets the provider change links or characters after the message was judged.",
        "Leave the field out, or set it to false; pass_fields of the provider allows it.",
    ),
    "text.second_sender": Reason(
        "The request names a second sender, which no rule has looked at.",
        "Leave FallbackFrom out, or allow it in the provider's pass_fields.",
    ),
    "text.protection_off": Reason(
        "The request turns the provider's own protection against fraud off.",
        "Leave RiskCheck out, or allow it in the provider's pass_fields.",
    ),
}
