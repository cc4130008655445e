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
    "image.known": Reason(
        "A picture looks like one of the known pictures in the rules.",
        "Look at it. If it is innocent, discard nothing: release it, and tighten max_distance_bits"
        " of the known picture that the finding names, or set its mode to shadow.",
    ),
    "image.count": Reason(
        "The message shows more or fewer pictures than its template.",
        "Set the template's pictures: min_count and max_count to what the application sends.",
    ),
    "picture.format": Reason(
        "A picture is in a format that is not looked at (PNG, JPEG, GIF, WebP, BMP, TIFF and AVIF"
        " are).",
        "Have the application send PNG or JPEG. EPS and SVG are programs, not pictures.",
    ),
    "picture.unreadable": Reason(
        "A picture is damaged or ends in the middle, so nobody can tell what a reader would see.",
        "Have the application send the whole file.",
    ),
    "picture.limit": Reason(
        "A picture has more pixels, frames or scans, or takes more time or memory, than allowed.",
        "Have it sent smaller, or raise inspection.max_pixels, child_seconds or child_bytes.",
    ),
    "picture.mismatch": Reason(
        "A picture's content is of another type than its part declares.",
        "Declare the type that it is: readers disagree about which of the two to believe.",
    ),
    "picture.trailing": Reason(
        "Bytes follow the end of a picture; another reader may take them for something else.",
        "Save the picture anew, without what was appended to it.",
    ),
    "picture.crashed": Reason(
        "The process that looked at a picture ended before it could say what it saw.",
        "Treat the file as hostile. If many pictures are held for this, look in the log for why the"
        " child process cannot start.",
    ),
    "document.format": Reason(
        "A document is not what its type says: it does not begin as a PDF.",
        "Send the PDF itself, with nothing before it.",
    ),
    "document.unreadable": Reason(
        "A PDF is damaged or built so unusually that not everything in it can be looked at.",
        "Print it to a new PDF, or have the application write it with another library.",
    ),
    "document.trailing": Reason(
        "Bytes follow the end of a PDF; another reader may take them for something else.",
        "Save the document anew, without what was appended to it.",
    ),
    "document.encrypted": Reason(
        "A PDF is encrypted, so what it shows cannot be judged.",
        "Send it unencrypted, or by a way that is not judged here.",
    ),
    "document.active": Reason(
        "A PDF holds something that acts: JavaScript, a form, media, a program start, a remark laid"
        " over the page.",
        "Have the application write a plain document of text, pictures and links.",
    ),
    "document.embedded": Reason(
        "A PDF carries other files inside.",
        "Send only the pages; attach other files as attachments that the template allows.",
    ),
    "document.limit": Reason(
        "A PDF has more pages, text, links or pictures, or asks for more time or memory, than is"
        " allowed.",
        "Have it sent smaller.",
    ),
    "document.crashed": Reason(
        "The process that looked at a document ended before it could say what it saw.",
        "Treat the file as hostile.",
    ),
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
