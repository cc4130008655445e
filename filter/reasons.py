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
    "mail.bare_newline": Reason(
        "A line ends with a bare CR or LF, where programs see different lines or even messages.",
        "Have the sending program write CRLF at the end of every line.",
    ),
    "mail.nul": Reason(
        "The message holds a NUL byte, where some programs stop reading.",
        "Send binary content as base64.",
    ),
    "mail.header_size": Reason(
        "The header, or one field of it, is larger than is read.",
        "Send to fewer recipients at once, or raise inspection.max_header_bytes.",
    ),
    "mail.header_repeated": Reason(
        "A header field that may occur once occurs twice; readers show one or the other.",
        "Write each of From, To, Subject, Date, Content-* and the like once.",
    ),
    "mail.header_malformed": Reason(
        "A line of the header is not a field, or a field holds what it must not.",
        "Have the sending program write headers as RFC 5322 says; most libraries do.",
    ),
    "mail.header_refused": Reason(
        "A header shows a picture, a text or a sender that no template knows.",
        "Leave out Face, X-Face, BIMI-Indicator, X-Message-Flag, Newsgroups, Author and the Resent-"
        " headers; let Thread-Topic repeat the subject.",
    ),
    "mail.recipient": Reason(
        "A recipient of the envelope is spelled so that two servers may deliver it to two people.",
        "Write recipients as name@domain, without comments, routes, % and !, with nothing unseen.",
    ),
    "mail.recipient_name": Reason(
        "The name of a recipient is long, holds a telephone number or an exclamation mark.",
        "Write people's names into To and Cc, or nothing but the address.",
    ),
    "mail.address": Reason(
        "From, To, Cc, Sender or Reply-To cannot be read as addresses beyond doubt.",
        "Write them as Name <user@host>, names with special characters in quotes or encoded.",
    ),
    "mail.encoded_word": Reason(
        "An encoded subject or name (=?…?=) is malformed, so programs show different text.",
        "Encode headers with a mail library, whole characters in each encoded word.",
    ),
    "mail.receipt": Reason(
        "The message asks for receipts or answers to an address that is not the sender's.",
        "Leave such headers out, or let them name the From address.",
    ),
    "mail.mime_version": Reason(
        "MIME-Version is missing or not 1.0, so strict readers show the source of the message.",
        "Add MIME-Version: 1.0.",
    ),
    "mime.type": Reason(
        "A part is of a type that is not opened here, or its Content-Type cannot be read.",
        "Send text/plain, text/html, pictures and approved attachments only.",
    ),
    "mime.structure": Reason(
        "The parts stand in an order or a container in which programs show different ones.",
        "Put text/plain and text/html into multipart/alternative, the HTML's pictures after it into"
        " multipart/related, files into multipart/mixed.",
    ),
    "mime.disposition": Reason(
        "A Content-Disposition is malformed or neither inline nor attachment.",
        "Write inline or attachment, and the file name once.",
    ),
    "mime.name": Reason(
        "A part has two file names that differ, or a text is named like another file.",
        "Give name and filename the same value, or leave one out.",
    ),
    "mime.location": Reason(
        "A part claims to stand in for a web address (Content-Location).",
        "Refer to pictures in the message by Content-ID.",
    ),
    "mime.content_id": Reason(
        "A Content-ID is malformed or used twice, so programs show different pictures.",
        "Give each part its own <id>.",
    ),
    "mime.part_header": Reason(
        "No blank line stands between a part's header and its body.",
        "Build multipart messages with a mail library.",
    ),
    "mime.boundary": Reason(
        "The lines that part a multipart are missing, doubled or only similar to the boundary.",
        "Build multipart messages with a mail library, and let nothing rewrite them.",
    ),
    "mime.preamble": Reason(
        "There is text above the first part, which some readers show.",
        "Leave it out; the usual courtesy lines about MIME are fine.",
    ),
    "mime.epilogue": Reason(
        "There is text below the last part, which some readers show.",
        "Have footers added inside of the text parts.",
    ),
    "mime.encoding": Reason(
        "A part's transfer encoding is unknown, or its content is broken in that encoding.",
        "Use 7bit, 8bit, quoted-printable or base64, written by a mail library.",
    ),
    "mime.charset": Reason(
        "A text's charset is unknown, contradicted inside, or its bytes do not fit it.",
        "Send UTF-8 and label it so, in the Content-Type and in the HTML.",
    ),
    "mime.content": Reason(
        "A file's content is of another type than its label says.",
        "Label attachments and pictures with their real type.",
    ),
    "mime.depth": Reason(
        "Multiparts are nested deeper than is read.",
        "Build the message flatter, or raise inspection.max_depth.",
    ),
    "mime.parts": Reason(
        "The message has more parts than are read.",
        "Send fewer parts, or raise inspection.max_parts.",
    ),
    "mime.pictures": Reason(
        "The message shows more pictures than are looked at.",
        "Send fewer pictures, or raise inspection.max_pictures.",
    ),
    "mime.text_size": Reason(
        "A text or HTML part is larger than is read.",
        "Shorten it, or raise inspection.max_text_bytes.",
    ),
    "mime.no_text": Reason(
        "The message has no text that could be compared with a template.",
        "Send at least a text/plain or text/html part.",
    ),
    "mime.parsers_disagree": Reason(
        "Two mail parsers find different parts in the message.",
        "Build the message with a mail library; report it as a defect if you did.",
    ),
    "html.parsers_disagree": Reason(
        "Two HTML parsers find different text or links, so readers will too.",
        "Close every element, nest tables properly, escape < and & in text.",
    ),
    "html.malformed": Reason(
        "The HTML is written in a way that readers take apart differently.",
        "Quote attributes and write each once, escape <, close comments with -->.",
    ),
    "html.size": Reason(
        "The HTML has more tags, attributes or style rules than are read.",
        "Simplify it.",
    ),
    "html.element": Reason(
        "The HTML uses an element or attribute that loads, hides, moves or draws something.",
        "Use text, links, tables, lists and pictures only.",
    ),
    "html.script": Reason(
        "The HTML carries a script.",
        "Remove script elements and on… attributes; no mail program runs them.",
    ),
    "html.css": Reason(
        "A style could hide, move, replace or draw text, or loads something.",
        "Use colours, fonts, sizes, borders, margins and widths only.",
    ),
    "html.hidden": Reason(
        "Text is hidden from readers: by display, size, colour, or only on some screens.",
        "Remove it; a preview text may be hidden only at the very start of the body.",
    ),
    "html.conditional": Reason(
        "Outlook and the other programs would show different text, links or pictures.",
        "Use conditional comments for empty tables and settings only.",
    ),
    "html.cid": Reason(
        "The HTML shows a picture by Content-ID that is not in the message.",
        "Attach the picture, or remove the reference.",
    ),
    "html.data_uri": Reason(
        "A data: address is broken or holds something other than a base64 picture.",
        "Attach pictures and refer to them by Content-ID.",
    ),
    "text.invisible": Reason(
        "The text holds characters that nobody sees or that reverse the reading direction.",
        "Remove zero-width, direction, tag and control characters from texts and slot values.",
    ),
    "text.tangled": Reason(
        "A word is too long or too tangled to be searched for links.",
        "Put blanks between words; links are at most 4096 characters long.",
    ),
    # --- templates
    "template.none": Reason(
        "The text fits no approved template; the nearest one and the words that differ are named.",
        "Correct the application's text, or have the new wording approved as a template.",
    ),
    "template.slot": Reason(
        "The text has all the words of a template, but a value is not what its slot may hold.",
        "Look at the value: if it is honest, widen the slot's type or bounds; if not, discard"
        " the message.",
    ),
    "template.values_differ": Reason(
        "A slot has different values in different parts of the message, so readers would see "
        "different things.",
        "Have the application put the same value into subject, text, HTML and preview text.",
    ),
    "template.subject": Reason(
        "The text fits a template, but the subject is none of its subjects.",
        "Correct the subject, or add it to the template's subjects.",
    ),
    "template.html": Reason(
        "The HTML part does not say the same template as the rest of the message.",
        "Correct the HTML part, or add its wording under html in the template.",
    ),
    "template.preheader": Reason(
        "The hidden preview text that inboxes list is none that the template approves.",
        "Leave it out, or add it to the template's preheaders.",
    ),
    "template.channel": Reason(
        "The text fits a template that is approved for the other channel only.",
        "Send it by that channel, or add the channel to the template.",
    ),
    "template.alternative": Reason(
        "A picture's alternative text, a title or a label says something that nobody approved.",
        "Let it repeat words of the approved text, or list it under pictures, alt in the template.",
    ),
    "template.on_trial": Reason(
        "A template in shadow would have let the message pass; nothing was decided by it.",
        "Set its mode to enforce when it does what you want.",
    ),
    # --- senders
    "sender.not_allowed": Reason(
        "The message comes from an address, number or name that the template does not list.",
        "Send it from a listed sender, or add the sender under from in the template.",
    ),
    "sender.name": Reason(
        "The address is allowed, but not under this display name.",
        "Correct the display name, or add it to the sender's names.",
    ),
    "sender.header": Reason(
        "From does not name exactly one mailbox, or Sender names somebody who is not listed.",
        "Send with one From mailbox, and without Sender or with a listed one.",
    ),
    "sender.reply_to": Reason(
        "Replies would go to an address that the template does not list.",
        "Leave Reply-To out, or add the address under reply_to in the template.",
    ),
    # --- links
    "link.not_allowed": Reason(
        "A link leads to a place that is not on the list, or not in this way (path, query, port).",
        "If the place is yours, add an entry with just the path and query that are needed.",
    ),
    "link.lookalike": Reason(
        "A link leads to a host that only looks like one on the list.",
        "Take it for an attack until you know better; the finding names the letter that gives"
        " it away.",
    ),
    "link.spelling": Reason(
        "A link is spelled so that programs may read it differently: user names, backslashes,"
        " odd hosts.",
        "Spell it plainly: scheme, two slashes, host, path.",
    ),
    "link.scheme": Reason(
        "A link has a scheme that is never allowed, such as javascript: or data:.",
        "Use https; for telephone numbers and addresses tel: and mailto:.",
    ),
    "link.carried": Reason(
        "An allowed link carries another one inside that is not on the list: an open redirect.",
        "Allow the inner place as well, or remove the parameter that carries it.",
    ),
    "link.label": Reason(
        "The text of a link names one place while the link leads to another.",
        "Let the text name the place that the link leads to.",
    ),
    "link.on_trial": Reason(
        "A link entry in shadow would have allowed the link; nothing was decided by it.",
        "Set its mode to enforce when it does what you want.",
    ),
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
    "document.unread": Reason(
        "A file of a kind that the gate cannot look into.",
        "Send a PDF, a picture, a calendar file or plain text instead, or release the message by"
        " hand.",
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
    "attachment.not_allowed": Reason(
        "The template does not carry such a file.",
        "Send the message without it, or list its type, name and size in the template.",
    ),
    "attachment.name": Reason(
        "The file is not named as the template says, or its name is not safe.",
        "Name it as the template has it, with the same values as in the text.",
    ),
    "attachment.size": Reason(
        "The file is larger than the template allows.",
        "Send a smaller one, or raise max_bytes in the template.",
    ),
    "attachment.type": Reason(
        "The file's content or name contradicts its media type.",
        "Label it with the type that it has.",
    ),
    "attachment.trailing": Reason(
        "Something follows the end of the file, where programs may find another one.",
        "Write the file anew without it.",
    ),
    "attachment.missing": Reason(
        "The template requires a file that the message does not have.",
        "Attach it, or set required to false in the template.",
    ),
    # --- text messages and providers
    "text.recipient": Reason(
        "The recipient is more, or other, than a telephone number, so nobody can say who gets it.",
        "Write it with + and the code of the country, as +60 12-345 6789, and no extension.",
    ),
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
    # --- pauses
    "pause.active": Reason(
        "Somebody has paused what this message belongs to; the finding says who, since when, why.",
        "`sallyport pauses` lists what is paused, `sallyport resume` ends a pause. What it held is"
        " one case: release or discard it as one.",
    ),
    # --- limits: how many may go on. The finding names rule, key, count and when it is free again.
    "limit.recipient": Reason(
        "This recipient has been sent as much as a limit allows in the time that it names.",
        "One person who asks again and again needs no more than the first message. If people need"
        " more, raise the limit; `sallyport limits show NUMBER` says what is counted.",
    ),
    "limit.prefix": Reason(
        "Numbers that differ only in their last four digits were sent as much as a limit allows.",
        "Look whether people asked for these messages: numbers in a row are what pumping looks"
        " like. A block of numbers of your own belongs on the limit's safe list.",
    ),
    "limit.country": Reason(
        "Numbers of this country have been sent as much as a limit allows.",
        "If people there are your users, raise the limit for the country; otherwise look who asks.",
    ),
    "limit.domain": Reason(
        "Addresses of this domain have been sent as much as a limit allows.",
        "If it is a large provider or your own, raise its limit or put it on the safe list.",
    ),
    "limit.end_user": Reason(
        "One end user, or one address that end users come from, has asked for too many messages.",
        "Look what the user does. Many people may share an address: then give it a limit of its"
        " own.",
    ),
    "limit.client": Reason(
        "The application that submits has sent as much as a limit allows.",
        "See whether it is a rush or a stolen key: `sallyport pause --client NAME` stops it alone,"
        " and the held messages are one case.",
    ),
    "limit.sender": Reason(
        "This sender has sent as much as a limit allows.",
        "See whether it is a rush; if so, release the case and raise the limit.",
    ),
    "limit.template": Reason(
        "This template has been sent as often as a limit allows.",
        "See whether it is a rush or an attack with an approved text; then release or discard the"
        " case.",
    ),
    "limit.class": Reason(
        "Messages of this class have been sent as often as a limit allows.",
        "See whether it is a rush or an attack with approved texts; then release or discard the"
        " case.",
    ),
    "limit.channel": Reason(
        "This channel has carried as many messages as a limit allows.",
        "See whether it is a rush; if so, release the case and raise the limit.",
    ),
    "limit.gate": Reason(
        "The whole gate has let through as many messages as a limit allows.",
        "See whether it is a rush; if so, release the case and raise the limit.",
    ),
    "limit.too_large": Reason(
        "The message has so many recipients that counting it under every rule would take too long.",
        "Send it to fewer recipients at once, or let fewer rules count by recipient.",
    ),
    "limit.store_away": Reason(
        "The store that counts could not be asked, so nobody could say whether it was too many.",
        "See to the store (`sallyport status`); limits.away in the settings says what becomes of"
        " such messages. What it held is one case an hour.",
    ),
    # --- watches and floors: signs of abuse before a limit is reached
    "watch.volume": Reason(
        "Far more messages than at the usual peak.",
        "Look who sends them and whether people asked for them; then release or discard the case.",
    ),
    "watch.spread": Reason(
        "Far more different recipients than at the usual peak.",
        "Look whether these people asked for anything; numbers of one block point to pumping.",
    ),
    "watch.sequence": Reason(
        "Neighbouring numbers are written to, as by somebody who counts them up.",
        "People who sign in do not come in the order of their numbers: take it for an attack until"
        " you know better.",
    ),
    "watch.first_seen": Reason(
        "Nothing has ever been sent to such a place before, a country for instance.",
        "If it is a new place to serve, `sallyport limits reset` makes it known; otherwise look who"
        " asks.",
    ),
    "floor.use": Reason(
        "Too few of the codes that were sent have been used, so few people can have asked for"
        " them.",
        "Look who sends them. If the application reports uses late or not at all, lengthen the"
        " floor's grace or have it report (docs/limits.md).",
    ),
}
