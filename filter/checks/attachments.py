"""Does the template carry these files, and are they what they say they are?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from filter.checks.case import Case
from filter.checks.filetypes import why_not_named, why_not_of_type, why_not_whole
from filter.checks.said import Said
from filter.message import Attachment
from filter.reading.calendars import CALENDAR_TYPES
from filter.reading.sniff import PACKED_FILES, ZIP_TYPES
from filter.reading.text import normalise
from filter.reading.troubles import quote
from filter.ruleset import AllowedAttachment, Match, SlotType, Template
from filter.templates.dates import means_day
from filter.templates.matcher import difference_to, matches_any
from filter.verdict import CheckResult, Cleared, Finding

NAME = "attachments"
_MAX_DIFFERENCE = 400  # characters in a finding


def check(case: Case) -> CheckResult:
    """Object to every file that the template does not list, and to every one that is missing.

    Pictures are files too: one that the template does not list as a file counts among its
    pictures, which the images check judges. Without a template only the files themselves are
    judged.
    """
    attachments = case.message.attachments
    findings = [finding for one in attachments for finding in _object_to_file(one)]
    findings += _object_to_packed(case)
    if isinstance(case.found, Match):
        findings += _object_to_list(case, case.found)
    if findings:
        return CheckResult(findings=tuple(findings))
    if not attachments:
        return CheckResult(Cleared(NAME, "no attachments"))
    if isinstance(case.found, Match):
        template = case.found.template.id
        grounds = f"{len(attachments)} attachments, as the template {template} has them"
        return CheckResult(Cleared(NAME, grounds))
    return CheckResult(Cleared(NAME, "plain files; there is no template to hold them to"))


def _object_to_file(attachment: Attachment) -> Iterator[Finding]:
    trouble = why_not_of_type(attachment.content, attachment.media_type)
    if trouble:
        yield _finding("attachment.type", attachment, trouble)
    else:
        trouble = why_not_whole(attachment.content, attachment.media_type)
        if trouble:
            yield _finding("attachment.trailing", attachment, trouble)
    if attachment.inline and not attachment.name:
        return  # shown in the text, never offered as a file
    trouble = why_not_named(attachment.name, attachment.media_type)
    if trouble:
        yield _finding("attachment.name", attachment, trouble)


def _object_to_packed(case: Case) -> Iterator[Finding]:
    """Object to archives and Office files, unless the template names their type."""
    listed = case.found.template.attachments if isinstance(case.found, Match) else ()
    for attachment in case.message.attachments:
        if attachment.media_type not in PACKED_FILES:
            continue
        if not any(_same_type(attachment, allowed) for allowed in listed):
            yield _finding(
                "document.unread", attachment, f"no template lists {attachment.media_type} here"
            )


def _object_to_list(case: Case, found: Match) -> Iterator[Finding]:
    pictures = {picture.digest for picture in case.message.pictures}
    values: Mapping[str, str] = found.values
    left = list(found.template.attachments)
    taken: dict[str, AllowedAttachment] = {}
    for attachment in case.message.attachments:
        chosen, agreed = _choose(attachment, left, found.template, values)
        if chosen is not None:
            left.remove(chosen)
            taken[attachment.digest] = chosen
            values = agreed
            yield from _object_to_text(case, chosen, attachment, found.template, values)
        elif _is_copy(attachment, taken, found.template, values):
            continue
        elif attachment.digest not in pictures:
            yield _explain(attachment, left, found.template, values)
    for missing in left:
        if missing.required:
            yield Finding(
                NAME,
                "attachment.missing",
                f"the template {found.template.id} always has {missing.name}"
                f" ({missing.media_type}) with it",
            )


def _choose(
    attachment: Attachment,
    left: list[AllowedAttachment],
    template: Template,
    values: Mapping[str, str],
) -> tuple[AllowedAttachment | None, Mapping[str, str]]:
    """Return the entry that the file fits, and the values with those in its name."""
    for allowed in left:
        if _same_type(attachment, allowed) and attachment.size_bytes <= allowed.max_bytes:
            if _is_shown(attachment):
                return allowed, values
            agreed = matches_any([allowed.name], template.slots, attachment.name, values)
            if agreed is not None:
                return allowed, agreed
    return None, values


def _is_shown(attachment: Attachment) -> bool:
    """Return whether it is a calendar among the alternatives: it has no name to be judged by."""
    calendar = attachment.media_type.lower() in CALENDAR_TYPES
    return calendar and attachment.inline and not attachment.name


def _is_copy(
    attachment: Attachment,
    taken: Mapping[str, AllowedAttachment],
    template: Template,
    values: Mapping[str, str],
) -> bool:
    """Return whether it is an invitation once more: many programs send it shown and attached."""
    allowed = taken.get(attachment.digest)
    if allowed is None or attachment.media_type.lower() not in CALENDAR_TYPES:
        return False
    if _is_shown(attachment):
        return True
    return matches_any([allowed.name], template.slots, attachment.name, values) is not None


def _object_to_text(
    case: Case,
    allowed: AllowedAttachment,
    attachment: Attachment,
    template: Template,
    values: Mapping[str, str],
) -> Iterator[Finding]:
    if attachment.media_type.lower() in CALENDAR_TYPES:
        yield from _object_to_invitation(case, allowed, attachment, template, values)
        yield from _object_to_days(attachment, template, values)
    elif allowed.texts:
        text = "\n".join(attachment.texts)
        if matches_any(allowed.texts, template.slots, text, values) is None:
            difference = difference_to(allowed.texts, template.slots, text)[:_MAX_DIFFERENCE]
            detail = f"it says none of its texts with the same values: {difference}"
            yield _finding("attachment.text", attachment, detail)


def _object_to_invitation(
    case: Case,
    allowed: AllowedAttachment,
    attachment: Attachment,
    template: Template,
    values: Mapping[str, str],
) -> Iterator[Finding]:
    """Object to what the message does not say itself, and to people whom it does not concern."""
    said = Said.by(case.message)
    names = {normalise(name).casefold() for sender in template.senders for name in sender.names}
    names |= {normalise(value).casefold() for value in values.values()}
    for text in attachment.texts:
        is_said = normalise(text).casefold() in names or said.says(text)
        if not is_said and (
            not allowed.texts or matches_any(allowed.texts, template.slots, text, values) is None
        ):
            shown = quote(normalise(text))
            yield _finding("calendar.text", attachment, f"{shown} is not in the message")
    for address in attachment.people:
        if address.lower() not in said.addresses:
            yield _finding(
                "calendar.people", attachment, f"{quote(address)} has no part in the message"
            )


def _object_to_days(
    attachment: Attachment, template: Template, values: Mapping[str, str]
) -> Iterator[Finding]:
    """Object to an event on a day that the message does not name, if it names any in a slot."""
    named = [
        (values[slot.name], slot.formats)
        for slot in template.slots
        if slot.type is SlotType.DATE and slot.name in values
    ]
    for start in attachment.starts if named else ():
        if not any(
            means_day(text, formats, day) for day in _days_of(start) for text, formats in named
        ):
            yield _finding(
                "calendar.date", attachment, f"{start} is on none of the days that the message says"
            )


def _days_of(start: str) -> Iterator[date]:
    """Yield the days on which readers may see a start; in UTC it is a neighbouring one to some."""
    try:
        day = date(int(start[:4]), int(start[4:6]), int(start[6:8]))
        yield day
        if start.endswith("Z"):
            yield day - timedelta(days=1)
            yield day + timedelta(days=1)
    except (ValueError, OverflowError):
        return


def _explain(
    attachment: Attachment,
    left: list[AllowedAttachment],
    template: Template,
    values: Mapping[str, str],
) -> Finding:
    of_type = [allowed for allowed in left if _same_type(attachment, allowed)]
    if not of_type and attachment.media_type == "message/rfc822":
        return _finding(
            "mime.type_message", attachment, "the template has no message attached to it"
        )
    if not of_type:
        types = ", ".join(sorted({allowed.media_type for allowed in left}))
        wanted = f"only {types}" if types else "no (further) attachment"
        return _finding(
            "attachment.not_allowed", attachment, f"the template {template.id} has {wanted}"
        )
    for allowed in of_type:
        if matches_any([allowed.name], template.slots, attachment.name, values) is not None:
            return _finding(
                "attachment.size",
                attachment,
                f"{attachment.size_bytes} bytes, more than {allowed.max_bytes}",
            )
    names = " or ".join(_filled(allowed.name, values) for allowed in of_type)
    return _finding("attachment.name", attachment, f"it should be called {names}")


def _filled(pattern: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return pattern


def _same_type(attachment: Attachment, allowed: AllowedAttachment) -> bool:
    types = {attachment.media_type.lower(), allowed.media_type.lower()}
    return len(types) == 1 or types <= CALENDAR_TYPES or types <= ZIP_TYPES


def _finding(code: str, attachment: Attachment, detail: str) -> Finding:
    name = "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in attachment.name[:120])
    return Finding(NAME, code, f"{name or 'a file without a name'}: {detail}", attachment.where)
