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
    "mail.line_length": Reason(
        "A line has more than 998 bytes, and relays break such lines or return the message (RFC"
        " 5322 2.1.1).",
        "Send long lines of HTML as quoted-printable or base64; mail libraries do so by"
        " themselves.",
    ),
    "mail.header_line": Reason(
        "A line of the header is not a field: no colon, a blank before it, or an odd name.",
        "Have the sending program write headers as RFC 5322 says; most libraries do.",
    ),
    "mail.header_fold": Reason(
        "A line of the header has only blanks, or the header begins with one: some end it there.",
        "Let each continued line of a header have a word.",
    ),
    "mail.header_control": Reason(
        "A header field holds a control character.",
        "Encode what a header says; take control characters out of values that go into it.",
    ),
    "mail.header_bytes": Reason(
        "A header that people see holds bytes that are neither ASCII nor UTF-8.",
        "Write names and subjects as encoded words or in UTF-8.",
    ),
    "mail.header_unfinished": Reason(
        "The header's last line does not end, so nobody knows whether it is whole.",
        "Have the sending program end each line with CRLF, and the header with an empty line.",
    ),
    "mail.date": Reason(
        "The Date is none that RFC 5322 knows, so some readers show its text as it stands.",
        "Write it as in Mon, 14 Jun 2021 08:00:00 +0800; leave the rest out.",
    ),
    "mail.list_header": Reason(
        "A List-* header is not <address>, …, or the name in List-Id is a message.",
        "Write List-Unsubscribe: <https://…>, <mailto:…>, and a short name or none into List-Id.",
    ),
    "mail.thread_topic": Reason(
        "Thread-Topic, which Outlook shows above the conversation, is not the subject.",
        "Leave it out, or let it repeat the subject.",
    ),
    "mail.header_refused": Reason(
        "A header shows a picture, a text or a sender that no template knows.",
        "Leave out Face, X-Face, BIMI-Indicator, X-Message-Flag, Keywords, Comments, Newsgroups,"
        " Author and the Resent- headers.",
    ),
    "mail.envelope_sender": Reason(
        "The envelope's sender is spelled so that two servers may send bounces to two places.",
        "Write it as name@domain, or leave it empty.",
    ),
    "mail.recipient": Reason(
        "A recipient of the envelope is spelled so that two servers may deliver it to two people.",
        "Write recipients as name@domain, without comments, routes, % and !, with nothing unseen.",
    ),
    "mail.organisation": Reason(
        "The Organization is long, holds a telephone number or an exclamation mark.",
        "Write the name of the organisation into it, or leave it out.",
    ),
    "mail.content_class": Reason(
        "The Content-Class asks Outlook to open the message in another form than a mail's.",
        "Leave the header out, or write urn:content-classes:message.",
    ),
    "mail.recipient_name": Reason(
        "The name of a recipient is long, holds a telephone number or an exclamation mark.",
        "Write people's names into To and Cc, or nothing but the address.",
    ),
    "mail.address": Reason(
        "From, To, Cc, Sender or Reply-To cannot be read as addresses beyond doubt.",
        "Write them as Name <user@host>, names with special characters in quotes or encoded.",
    ),
    "mail.address_comment": Reason(
        "An address header holds a comment in parentheses, which some readers show as a name.",
        "Write the name before the address: Name <user@host>.",
    ),
    "mail.address_route": Reason(
        "An address holds a route (<@host:user@host>), and programs see one or the other address.",
        "Write the address alone in the angle brackets.",
    ),
    "mail.address_quoted": Reason(
        "An address has a quoted local part, which programs cut at different places.",
        "Use an address without quotes.",
    ),
    "mail.address_literal": Reason(
        "An address has a number in brackets in place of a domain.",
        "Use an address with a domain.",
    ),
    "mail.address_group": Reason(
        "An address header names a group that is empty, left open, or not of recipients.",
        "List the mailboxes, or write undisclosed-recipients:;.",
    ),
    "mail.address_encoded": Reason(
        "An address looks like an encoded word, and some programs decode it to another address.",
        "Encode display names only, never addresses.",
    ),
    "mail.encoded_word": Reason(
        "An encoded subject or name (=?…?=) is malformed, so programs show different text.",
        "Encode headers with a mail library, whole characters in each encoded word.",
    ),
    "mail.encoded_word_quoted": Reason(
        "An encoded word stands in quotes, where some programs decode it and some do not.",
        "Write the encoded word without the quotes.",
    ),
    "mail.encoded_word_charset": Reason(
        "An encoded word is in an unknown charset, or its bytes are no whole characters in it.",
        "Encode headers in UTF-8, whole characters in each encoded word.",
    ),
    "mail.encoded_word_twice": Reason(
        "What an encoded word says is an encoded word again, which eager programs decode.",
        "Encode the text once.",
    ),
    "mail.encoded_word_break": Reason(
        "An encoded word holds a line break, behind which some programs see another header.",
        "Take line breaks out of values that go into headers.",
    ),
    "mail.receipt": Reason(
        "The message asks for receipts or answers to an address that is not the sender's.",
        "Leave such headers out, or let them name the From address.",
    ),
    "mail.mime_version": Reason(
        "MIME-Version is missing or not 1.0, so strict readers show the source of the message.",
        "Add MIME-Version: 1.0.",
    ),
    "mime.type_syntax": Reason(
        "A Content-Type is no type/subtype.",
        "Write text/plain, text/html and the like.",
    ),
    "mime.type_message": Reason(
        "A message, or a part or an address of one, is attached: readers open it as a mail of"
        " its own.",
        "Send what it says as text, or release the message by hand.",
    ),
    "mime.type_sealed": Reason(
        "Parts are signed or encrypted, so they cannot be read, or not without being judged anew.",
        "Have the relay behind the gate sign and encrypt.",
    ),
    "mime.type_multipart": Reason(
        "A multipart is of a kind that is not read (report, digest, parallel and others).",
        "Use multipart/alternative, related and mixed.",
    ),
    "mime.type_tnef": Reason(
        "A part is winmail.dat (TNEF), of which only Outlook shows the content.",
        "Have Exchange send to the outside without TNEF (Rich Text).",
    ),
    "mime.type_alternative": Reason(
        "A part is a text that only some readers know (enriched, AMP, watch) and prefer to the"
        " others.",
        "Leave it out; plain text and HTML are enough.",
    ),
    "mime.type_active": Reason(
        "A part is of a type that can act or draw: SVG, XHTML, XML, scripts.",
        "Send PNG or JPEG for pictures and text/html for text.",
    ),
    "mime.flowed_blanks": Reason(
        "A line of flowed text with delsp=yes ends with one blank, which some show and some drop.",
        "Leave delsp out.",
    ),
    "mime.parameter_syntax": Reason(
        "A Content-Type or Content-Disposition cannot be read to its end.",
        'Write name=value or name="value" with semicolons between, no comments, no blanks'
        " around =.",
    ),
    "mime.parameter_repeated": Reason(
        "A parameter stands twice in one header, and readers believe one or the other.",
        "Write each parameter once.",
    ),
    "mime.parameter_escape": Reason(
        "A quoted parameter has a backslash that some programs keep and some drop.",
        "Leave backslashes out of names; escape only quotes.",
    ),
    "mime.parameter_extended": Reason(
        "A parameter such as boundary or charset is split or encoded (RFC 2231); few readers"
        " join it.",
        "Write it whole; only file names may be split and encoded.",
    ),
    "mime.parameter_sections": Reason(
        "The sections of a split parameter are not numbered 0, 1, 2 … in their order.",
        "Have a mail library split the name, or write it whole.",
    ),
    "mime.parameter_differs": Reason(
        "A file name is written in two ways, plain and extended, and they differ.",
        "Write both with the same name, or one.",
    ),
    "mime.parameter_encoding": Reason(
        "An extended parameter (name*=) is malformed: no charset, a stray %, other bytes.",
        "Write it as filename*=utf-8''name with %XX.",
    ),
    "mime.client_note": Reason(
        "A header is a mail program's own note; it may lead to another address or hide the mail.",
        "Leave out headers that begin with X-Mozilla-.",
    ),
    "mime.text_encoded": Reason(
        "A plain text has a file or another message in it, in a form that some readers open.",
        "Attach files by MIME; take lines like begin 644 and BEGIN PGP out of the text.",
    ),
    "mime.structure_alternative": Reason(
        "An alternative is of a type that only some readers know, and those prefer it.",
        "Put plain text, HTML and an invitation into multipart/alternative, nothing else.",
    ),
    "mime.structure_repeated": Reason(
        "A multipart/alternative has two texts of one kind; each reader shows another.",
        "Put one plain text and one HTML into it.",
    ),
    "mime.structure_order": Reason(
        "In a multipart/alternative the plain text comes after the HTML, so most readers show"
        " it instead.",
        "Write the plain text first and the HTML after it.",
    ),
    "mime.structure_sequence": Reason(
        "Several texts stand one after the other; some readers show all, others the first.",
        "Put plain text and HTML of one message into multipart/alternative.",
    ),
    "mime.structure_start": Reason(
        "Related parts start with another than the first (start=), which few readers follow.",
        "Put the HTML first, and leave start out.",
    ),
    "mime.structure_root": Reason(
        "Related parts begin with a file in place of the text that shows it.",
        "Put the HTML first.",
    ),
    "mime.disposition": Reason(
        "A Content-Disposition is neither inline nor attachment, or makes a multipart a file.",
        "Write inline or attachment, and the file name once.",
    ),
    "mime.name_differs": Reason(
        "A part has two file names that differ, and readers save it under one or the other.",
        "Give name and filename the same value, or leave one out.",
    ),
    "mime.name_kind": Reason(
        "A text is named like another kind of file, as which some readers offer it.",
        "Leave the name out, or end it with .txt or .html.",
    ),
    "mime.name_encoded": Reason(
        "The encoded words in a file name are malformed.",
        "Have a mail library encode the name.",
    ),
    "mime.location": Reason(
        "A part claims to stand in for a web address (Content-Location).",
        "Refer to pictures in the message by Content-ID.",
    ),
    "mime.description": Reason(
        "A Content-Description, which some readers show beside the part, cannot be read.",
        "Have a mail library encode it, or leave it out.",
    ),
    "mime.content_id": Reason(
        "A Content-ID is not <id>.",
        "Write it in angle brackets, without blanks.",
    ),
    "mime.content_id_repeated": Reason(
        "Two parts have the same Content-ID, so programs show one picture or the other.",
        "Give each part its own.",
    ),
    "mime.part_header": Reason(
        "No blank line stands between a part's header and its body.",
        "Build multipart messages with a mail library.",
    ),
    "mime.part_header_shown": Reason(
        "The header of a part has a From, Subject or the like, which some readers show in place"
        " of the message's.",
        "Leave them out of parts.",
    ),
    "mime.boundary_missing": Reason(
        "A multipart does not say how its parts are told apart.",
        "Build multipart messages with a mail library.",
    ),
    "mime.boundary_characters": Reason(
        "A boundary has characters that none may have, ends with a blank, or is longer than 70.",
        "Build multipart messages with a mail library.",
    ),
    "mime.boundary_folded": Reason(
        "A boundary is written over two lines, and programs see a blank in it or none.",
        "Write the boundary on one line.",
    ),
    "mime.boundary_unexpected": Reason(
        "A part that is no multipart has a boundary, by which some readers take it apart.",
        "Leave boundary out of everything but multiparts.",
    ),
    "mime.boundary_nested": Reason(
        "A multipart has the boundary of the one around it, or the beginning of it.",
        "Give each multipart a boundary of its own.",
    ),
    "mime.boundary_lookalike": Reason(
        "A line is almost a delimiter: other letter case, blanks, something behind it.",
        "Choose a boundary that occurs nowhere in the parts, and let nothing rewrite the message.",
    ),
    "mime.boundary_doubled": Reason(
        "Two delimiters follow each other with no part between.",
        "Build multipart messages with a mail library.",
    ),
    "mime.boundary_no_part": Reason(
        "A multipart ends before its first part.",
        "Build multipart messages with a mail library.",
    ),
    "mime.boundary_absent": Reason(
        "A multipart has no line with its boundary.",
        "Build multipart messages with a mail library, and let nothing rewrite them.",
    ),
    "mime.boundary_unclosed": Reason(
        "A multipart's closing delimiter is missing, so it may have been cut off.",
        "Send the whole message.",
    ),
    "mime.boundary_after_close": Reason(
        "A delimiter stands below the closing one, where some readers go on reading parts.",
        "Build multipart messages with a mail library.",
    ),
    "mime.preamble": Reason(
        "There is text above the first part, which some readers show.",
        "Leave it out; the usual courtesy lines about MIME are fine.",
    ),
    "mime.epilogue": Reason(
        "There is text below the last part, which some readers show.",
        "Have footers added inside of the text parts.",
    ),
    "mime.encoding_unknown": Reason(
        "The transfer encoding is none that all readers know.",
        "Use 7bit, 8bit, quoted-printable or base64, and nothing behind the word.",
    ),
    "mime.encoding_multipart": Reason(
        "A multipart or an attached message is encoded as a whole, which some readers decode and"
        " some ignore.",
        "Encode the parts inside instead.",
    ),
    "mime.encoding_eight_bit": Reason(
        "A part labelled 7bit holds bytes of 8 bits.",
        "Label it 8bit, or encode it.",
    ),
    "mime.encoding_base64": Reason(
        "Base64 has characters that are none of it, or wrong or missing padding, where decoders"
        " stop or go on.",
        "Have a mail library encode the part as one piece.",
    ),
    "mime.encoding_base64_bits": Reason(
        "Base64 ends with bits that belong to no byte, so that something was cut off or added.",
        "Have a mail library encode the part.",
    ),
    "mime.encoding_quoted_bytes": Reason(
        "Quoted-printable holds bytes that it must encode.",
        "Have a mail library encode the part.",
    ),
    "mime.encoding_quoted_blanks": Reason(
        "A line of quoted-printable ends with a blank, which some decoders drop.",
        "Encode blanks at the end of lines as =20.",
    ),
    "mime.encoding_quoted_escape": Reason(
        "Quoted-printable has an = that is neither =XX (capital letters) nor the end of a line.",
        "Have a mail library encode the part; the = itself is =3D.",
    ),
    "mime.charset_unknown": Reason(
        "A text is in a charset that not all readers know, or know by another name.",
        "Send UTF-8 and label it so.",
    ),
    "mime.charset_bytes": Reason(
        "A text's bytes are not in the charset of its label.",
        "Send UTF-8 and label it so.",
    ),
    "mime.charset_mark": Reason(
        "A byte order mark belongs to another charset than the label.",
        "Send UTF-8 and label it so; leave the mark out.",
    ),
    "mime.charset_ambiguous": Reason(
        "A text has bytes that readers of its charset take for different characters.",
        "Send UTF-8 and label it so.",
    ),
    "mime.charset_declared": Reason(
        "The HTML says that it is in another charset than its Content-Type.",
        "Write the same charset in both, or leave the meta element out.",
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
        "The HTML has more tags, attributes or style rules, or nests deeper, than is read.",
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
        "Text is hidden from all readers, by display, size or colour, or cut off by its box.",
        "Remove it; a preview text may be hidden only at the very start of the body.",
    ),
    "html.alternative": Reason(
        "A picture stands in the middle of a word, which its alternative text would change.",
        "Put the picture between words, or leave its alternative text empty.",
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
    "template.markup": Reason(
        "The mark-up of an HTML part is not the one that its template approves: another tag,"
        " attribute or style, or a value with mark-up in it.",
        "Send what the approved source renders, or import the changed source and approve it anew.",
    ),
    "template.channel": Reason(
        "The text fits a template that is approved for the other channel only.",
        "Send it by that channel, or add the channel to the template.",
    ),
    "template.alternative": Reason(
        "A picture's alternative text, a title or a label says something that nobody approved.",
        "Let it repeat its own element or a whole line, or list it under pictures, alt.",
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
    "sender.envelope": Reason(
        "Bounces would go to an address that is not of the sender's domain, or not one that the"
        " sender's entry lists.",
        "Set the envelope's sender right, or list it under envelope_from in the sender's entry.",
    ),
    "sender.recipients": Reason(
        "Somebody gets the message who is neither in To nor in Cc, though those name others.",
        "Name the recipients; for blind copies write recipients: any into the sender's entry.",
    ),
    "sender.reply_to": Reason(
        "Replies would go to an address that the template does not list.",
        "Leave Reply-To out, or add the address under reply_to in the template.",
    ),
    # --- links
    "link.not_allowed": Reason(
        "A link leads to a place that is not on the list, or not in this way (path, query, port);"
        " a number that handsets dial is a link, too.",
        "If the place is yours, add an entry with just the path and query that are needed.",
    ),
    "link.lookalike": Reason(
        "A link leads to a host that only looks like one on the list.",
        "Take it for an attack until you know better; the finding names the letter that gives"
        " it away.",
    ),
    "link.spelling": Reason(
        "A link is spelled so that programs may read it differently: user names, backslashes,"
        " odd hosts, disguised dots in the path.",
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
        "Look at it. If it is innocent, release it. If the finding tells a distance, tighten"
        " max_distance_bits of the known picture that it names; if it tells places, set its mode"
        " to shadow.",
    ),
    "image.too_alike": Reason(
        "A picture looks too much like too many known pictures to be compared with each of them.",
        "Look at it. Take known pictures of one design, such as letters, out of the rules with"
        " `sallyport images remove`; approved pictures are the better rule for them.",
    ),
    "image.count": Reason(
        "The message shows more or fewer pictures than its template.",
        "Set the template's pictures: min and max to what the application sends.",
    ),
    "image.not_approved": Reason(
        "A picture is none of those that its template approves, or one of them was changed.",
        "Look at it. If it belongs there, add it with `sallyport images approve` and name it under"
        " pictures: approved: of the template.",
    ),
    "image.required": Reason(
        "A picture that the template always shows is not in the message.",
        "Have the application send it as a part of the message, or take it from pictures: required:"
        " of the template.",
    ),
    "image.remote": Reason(
        "Something is fetched when the message is shown, and the template wants its pictures"
        " inside: what is fetched can be changed after this look.",
        "Have the application send the picture as a part of the message, or set pictures: remote:"
        " allow in the template.",
    ),
    "picture.format": Reason(
        "A picture is in a format that is not looked at (PNG, JPEG, GIF, WebP, BMP, TIFF and AVIF"
        " are, and HEIC where the extra sallyport[heif] is installed).",
        "Have the application send PNG or JPEG, or install the extra for HEIC. EPS and SVG are"
        " programs, not pictures.",
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
    "picture.name": Reason(
        "A picture is called a sentence, a link, a telephone number or another kind of file.",
        "Call it in one or two words, or as its alternative text is approved, ending in .png.",
    ),
    "picture.code": Reason(
        "A QR code, or another code for cameras, says something that is no link and no value of"
        " the template's slots.",
        "Let the code say a link that is on the list, or exactly a value that stands in the text.",
    ),
    "picture.crashed": Reason(
        "The process that looked at a picture ended before it could say what it saw.",
        "Treat the file as hostile. If many pictures are held for this, look in the log for why the"
        " child process cannot start.",
    ),
    "document.unread": Reason(
        "A file of a kind that the gate cannot look into, or that it opens only where a template"
        " lists its type (ZIP archives and Office files).",
        "List its type at the template's attachments, send a PDF, a picture, a calendar file or"
        " plain text instead, or release the message by hand.",
    ),
    "document.format": Reason(
        "A document is not what its type says: it does not begin as a PDF, or is no such Office"
        " file.",
        "Send the file itself, with nothing before it, under its own type.",
    ),
    "document.unreadable": Reason(
        "A document is damaged or built so unusually that not everything in it can be looked at.",
        "Save it anew, or have the application write it with another library.",
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
        "A document holds something that acts: JavaScript, a macro, a form or control, media, a"
        " program start, a remark laid over the page.",
        "Have the application write a plain document of text, pictures and links.",
    ),
    "document.embedded": Reason(
        "A document carries other files inside.",
        "Send only the pages; attach other files as attachments that the template allows.",
    ),
    "document.limit": Reason(
        "A document has more pages, text, links or pictures, or asks for more time or memory, than"
        " is allowed.",
        "Have it sent smaller.",
    ),
    "document.crashed": Reason(
        "The process that looked at a document ended before it could say what it saw.",
        "Treat the file as hostile.",
    ),
    "document.external": Reason(
        "An Office file loads something from elsewhere: a template, a picture, data, another file.",
        "Put the content itself into the file; only plain links may lead out of it.",
    ),
    "document.field": Reason(
        "An Office file has a field or formula that may show other text, fetch it, or run.",
        "Write its result as plain text; page numbers, dates, contents, links and sums may stay.",
    ),
    "document.changes": Reason(
        "An Office file has tracked changes or remarks, which some programs show and others"
        " do not.",
        "Accept all changes and delete all remarks before it is sent.",
    ),
    "document.hidden": Reason(
        "An Office file has text, sheets or slides that are hidden, or that only some programs"
        " show.",
        "Delete what is hidden, and text that differs between programs.",
    ),
    "document.part": Reason(
        "An Office file has a part of a kind that is not read, as a chart or a diagram.",
        "Put it in as a picture, or send a PDF.",
    ),
    # --- archives
    "archive.structure": Reason(
        "A ZIP archive or Office file is built so that programs may find different files in it.",
        "Have a common program write it: no comments, no links, no Zip64, stored or deflated.",
    ),
    "archive.encrypted": Reason(
        "A ZIP archive is encrypted, so what it holds cannot be judged.",
        "Send it unencrypted, or by a way that is not judged here.",
    ),
    "archive.name": Reason(
        "A file in a ZIP archive has a name that is unsafe, hidden, or there twice.",
        "Use plain names in UTF-8, each once, with one ending.",
    ),
    "archive.member": Reason(
        "A ZIP archive holds a file of a kind that is not opened in one.",
        "Pack only PDFs, pictures (PNG, JPEG, GIF, WebP) and texts (.txt, .csv).",
    ),
    "archive.mismatch": Reason(
        "The content of a file in a ZIP archive is not what its name says.",
        "Name it as what it is.",
    ),
    "archive.text": Reason(
        "A text in a ZIP archive is not UTF-8 or has characters that nobody sees.",
        "Write it in UTF-8, without control and zero-width characters.",
    ),
    "archive.limit": Reason(
        "A ZIP archive or Office file has more entries, or swells to more bytes, than is allowed.",
        "Have it sent smaller.",
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
    "attachment.text": Reason(
        "The text of the file is not what the template says it is, or has other values.",
        "Compare it with the texts of the entry, as `sallyport scan` shows it.",
    ),
    "calendar.text": Reason(
        "An invitation shows a text that the message itself does not say.",
        "Use the subject or words of the text, or list the text at the file's entry under `text`.",
    ),
    "calendar.date": Reason(
        "An event is on another day than the message says.",
        "Write the same day into the invitation and into the text.",
    ),
    "calendar.people": Reason(
        "An invitation names somebody who is neither sender nor recipient of the message.",
        "Name the sender as organizer and the recipient as attendee, by their mail addresses.",
    ),
    "calendar.property": Reason(
        "An invitation has a property or parameter that is not read: attachments, pictures,"
        " conferences, HTML.",
        "Have the application write it without.",
    ),
    "calendar.component": Reason(
        "A calendar holds something else than events, their alarms and time zones.",
        "Send one calendar with events alone.",
    ),
    "calendar.method": Reason(
        "An invitation's METHOD differs from that of its part, or is that of an answer.",
        "Declare the same method in both places: PUBLISH, REQUEST or CANCEL.",
    ),
    "calendar.repeated": Reason(
        "An invitation has a property twice that may stand once, so programs show different ones.",
        "Have the application write each once.",
    ),
    "calendar.recurrence": Reason(
        "An event repeats without end, too often, or by a rule that is not read.",
        "Give the rule a COUNT or an UNTIL, daily at most.",
    ),
    "calendar.alarm": Reason(
        "An alarm does something else than show itself or sound.",
        "Use the actions DISPLAY or AUDIO.",
    ),
    "calendar.syntax": Reason(
        "A calendar does not follow RFC 5545, so programs may read it differently.",
        "Have a library write it.",
    ),
    "calendar.limit": Reason(
        "A calendar has more lines or events than are read.",
        "Send fewer events.",
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
    # --- media of text messages
    "media.unseen": Reason(
        "The message names media by address, and nobody here has seen what is there.",
        "Send it inside the request where the API can (POST /v1/messages), or allow the gate to"
        " fetch it (sms.media); then all else of the message, the address included, must be"
        " approved, and the template must show pictures or list files.",
    ),
    "media.refused": Reason(
        "The media lies where the gate does not fetch from, or its server sends it elsewhere.",
        "Serve it over https from a host in sms.media.hosts with a public address, and without"
        " redirects or compression.",
    ),
    "media.unreachable": Reason(
        "The media could not be fetched whole and in time.",
        "See that its server answers the gate with 200; sms.media.seconds is the patience with it.",
    ),
    "media.too_large": Reason(
        "The media of the message are larger together than is fetched.",
        "Send smaller pictures, or raise sms.media.max_bytes.",
    ),
    "media.type": Reason(
        "The media is no picture or PDF, or it is another kind of file than its label says.",
        "Send PNG, JPEG, GIF or WebP, labelled as what it is; video, sound and contacts are held.",
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
