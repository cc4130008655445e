"""Twilio Programmable Messaging: a drop-in for ``/2010-04-01/Accounts/{sid}/Messages``.

Shapes and codes: https://www.twilio.com/docs/messaging/api/message-resource and
https://www.twilio.com/docs/api/errors; what the SDKs make of them was observed with twilio 9.13.0
(Python) and 6.2.0 (Node).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TypeAlias
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from filter.message import TextFields, Transaction
from filter.outcome import Answer, Deferred, Held, NextHopAway, Refused, Relayed
from filter.quarantine.item import HeldItem, State, StateConflict
from filter.settings import HeldAnswer, Provider
from filter.sms import minted
from filter.sms.callers import Callers, basic, read_basic, secret_of
from filter.sms.desk import Desk, Submission
from filter.sms.exchange import (
    JSON,
    Asked,
    Onward,
    Problem,
    Reply,
    Unclear,
    is_in_doubt,
    judged,
    problem_of,
    retry_after,
)
from filter.sms.strict import FORM_TYPE, Form, read_form, require_type
from filter.verdict import Finding

NAME = "twilio"
API = "/2010-04-01/Accounts/"
ERRORS = "https://www.twilio.com/docs/errors/"
MAX_MEDIA = 10

Resource: TypeAlias = dict[str, object]

# https://www.twilio.com/docs/api/errors, the nearest to each of our refusals.
CODES: Mapping[Problem, tuple[int, str]] = {
    Problem.UNCLEAR: (20001, "The request cannot be read for certain"),
    Problem.UNAUTHENTICATED: (20003, "Authenticate"),
    Problem.NOT_CARRIED: (20404, "This gateway does not carry this request"),
    Problem.TOO_SLOW: (20408, "The request did not arrive in time"),
    Problem.TOO_LARGE: (21617, "The request is too large"),
    Problem.TOO_MANY: (20429, "Too many requests"),
    Problem.NOT_READY: (20503, "The message was not accepted; try again"),
}
FILTERED = 30007  # "message filtered"
NOT_COMPLETE = 20009  # "cannot update this resource before it is complete"
NO_RECIPIENT, NO_SENDER, NO_BODY = 21604, 21603, 21602

# Fields that say how, not what, to send: sections "Request body parameters" of the resource page.
PASSED = frozenset(
    {
        "StatusCallback",
        "ApplicationSid",
        "MaxPrice",
        "ProvideFeedback",
        "Attempt",
        "ValidityPeriod",
        "ForceDelivery",
        "ContentRetention",
        "AddressRetention",
        "TrafficType",
        "MessageIntent",
        "ScheduleType",
        "SendAt",
        "SendAsMms",
    }
)
READ = frozenset({"To", "From", "MessagingServiceSid", "Body", "MediaUrl"})
REPEATABLE = ("MediaUrl", "PersistentAction")

# Fields that make the provider send something else than what was judged: the reason to hold, and
# the one value (in lower case) with which the field is harmless.
SUSPECT: Mapping[str, tuple[str, str, str | None]] = {
    "ContentSid": ("text.provider_side", "its text is kept by the provider", None),
    "ContentVariables": ("text.provider_side", "it fills a text kept by the provider", None),
    "PersistentAction": ("text.provider_side", "it adds an action that was not judged", None),
    "ShortenUrls": ("text.rewritten", "the provider rewrites the links", "false"),
    "SmartEncoded": ("text.rewritten", "the provider replaces characters", "false"),
    "FallbackFrom": ("text.second_sender", "it names a second sender", None),
    "RiskCheck": ("text.protection_off", "it turns the provider's protection off", "enable"),
    "Channel": ("text.unknown_field", "it names another channel than sms", "sms"),
}

# /Messages without a suffix and /SMS/Messages are the same resource; without ".json" Twilio
# answers XML. Anything else that looks like a way to send is denied by not being here.
_ROUTE = re.compile(
    r"/2010-04-01/Accounts/(?P<account>AC[0-9a-fA-F]{32})/(?:SMS/)?Messages"
    r"(?:/(?P<sid>[A-Z]{2}[0-9a-f]{32})(?P<part>/Media(?:/ME[0-9a-f]{32})?|/Feedback)?)?"
    r"(?P<suffix>\.json|\.xml)?"
)
_MESSAGE_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
# Headers of the caller that mean something upstream; others, above all those that change a
# method or a route (X-HTTP-Method-Override), stay here.
_FORWARDED = ("authorization", "content-type", "accept", "accept-charset", "user-agent")
_WAITING = (State.HELD, State.RELEASING, State.UNKNOWN)
_CANCELED = "canceled by the caller"
_DELETED = "deleted by the caller"


@dataclass(frozen=True, slots=True)
class _Route:
    account: str
    sid: str | None
    part: str
    suffix: str
    user: str  # what the caller signed in with: an account sid or key sid


class Twilio:
    """The adapter (see filter/sms/providers/interface.py)."""

    name = NAME

    def __init__(self, provider: Provider) -> None:
        self._account = provider.account
        self._secret = secret_of(provider)
        self._held = provider.held
        self._allowed = frozenset(provider.pass_fields)

    def claims(self, path: str) -> bool:
        """Return whether a path is of Twilio's API."""
        return path.startswith("/2010-04-01/")

    def identify(self, asked: Asked, callers: Callers) -> str | None:
        """Return the name of the caller whose account sid or key sid was proved (HTTP Basic)."""
        credentials = read_basic(asked.headers)
        return callers.match(*credentials) if credentials else None

    def refuse(
        self, problem: Problem, detail: str = "", retry_seconds: float | None = None
    ) -> Reply:
        """Return Twilio's error object, without the ``type`` and ``title`` of newer APIs.

        With these the SDKs raise another exception (observed).
        """
        code, message = CODES[problem]
        text = f"{message}: {detail}" if detail else message
        headers = retry_after(problem, retry_seconds)
        if problem is Problem.UNAUTHENTICATED:
            headers = (("www-authenticate", 'Basic realm="Twilio API"'),)
        return replace(_error(problem.value, code, text), headers=headers)

    async def answer(self, asked: Asked, desk: Desk) -> Reply:
        """Send, read, cancel, redact or delete a message; deny what else could send."""
        match = _ROUTE.fullmatch(asked.path)
        if match is None:
            # Reading sends nothing: an application may look at its account or its numbers.
            if asked.method in {"GET", "HEAD"} and asked.path.startswith(API):
                return await desk.forward(_onward(asked))
            return self.refuse(Problem.NOT_CARRIED)
        user, _ = read_basic(asked.headers) or ("", "")
        part, suffix = match["part"] or "", match["suffix"] or ""
        route = _Route(match["account"], match["sid"], part, suffix, user)
        match asked.method, route.sid:
            case "POST", None:
                return await self._send(asked, route, desk)
            case "GET" | "HEAD", None:
                return await self._list(asked, route, desk)
            case "GET" | "HEAD" | "POST" | "DELETE", str(sid):
                return await self._one(asked, route, sid, desk)
            case _:
                return self.refuse(Problem.NOT_CARRIED)

    def resend(self, transaction: Transaction) -> Onward:
        """Return the request of a held message with our own credentials."""
        if not self._account or not self._secret:
            raise NextHopAway(
                "the settings have no credentials: set sms.providers.twilio.account and "
                "sms.providers.twilio.password_file",
                may_have_sent=False,
            )
        headers = (
            ("authorization", basic(self._account, self._secret)),
            ("content-type", FORM_TYPE),
            ("accept", JSON),
        )
        return Onward("POST", transaction.route, headers, transaction.content)

    def receipt(self, reply: Reply) -> Answer[Reply]:
        """Return what the reply to a send means: 201 and a sid, or an error and its code."""
        resource = _resource(reply)
        told = resource.get("sid" if reply.is_success else "code", "")
        summary = f"{reply.status} {told}".rstrip()
        return Answer(reply.is_success, summary, reply, may_have_sent=is_in_doubt(reply))

    # --- sending

    async def _send(self, asked: Asked, route: _Route, desk: Desk) -> Reply:
        form = _read(asked, REPEATABLE)
        missing = _missing(form)
        if missing is not None:
            return _shaped(missing, route)
        submission = self._submission(asked, form)
        judgement = await desk.submit(submission)
        match judgement.outcome:
            case Relayed(transaction_id=id_, answer=answer, repeats=first):
                if not first:
                    _note_sid(desk, form, id_, answer.reply)
                return judged(answer.reply, id_, "pass")
            case Refused(transaction_id=id_, answer=answer):
                return judged(answer.reply, id_, "pass")
            case Held(transaction_id=id_, blocked=blocked):
                reply = await self._held_reply(judgement.transaction, desk, blocked=blocked)
                return judged(_shaped(reply, route), id_, "blocked" if blocked else "held")
            case Deferred(transaction_id=id_, retry_seconds=seconds) as deferred:
                reply = self.refuse(*problem_of(deferred), seconds)
                return judged(_shaped(reply, route), id_, "deferred")

    def _submission(self, asked: Asked, form: Form) -> Submission:
        media = form.get("MediaUrl", ())
        if len(media) > MAX_MEDIA:
            raise Unclear(f"more than {MAX_MEDIA} MediaUrl")
        text = TextFields(
            sender=_one_of(form, "From") or _one_of(form, "MessagingServiceSid"),
            recipient=_one_of(form, "To"),
            body=_one_of(form, "Body"),
            media=media,
            troubles=tuple(self._troubles(form)),
        )
        return Submission(text, asked.body, asked.path, _onward(asked), self.receipt)

    def _troubles(self, form: Form) -> list[Finding]:
        found = []
        for name, values in form.items():
            if name in READ or name in PASSED or name in self._allowed:
                continue
            code, why, harmless = SUSPECT.get(
                name, ("text.unknown_field", "nobody here knows what it does", None)
            )
            if harmless is None or any(value.lower() != harmless for value in values):
                found.append(Finding("provider", code, f"field {name[:64]!r}: {why}", name[:64]))
        return found

    async def _held_reply(self, transaction: Transaction, desk: Desk, *, blocked: bool) -> Reply:
        """Return what the caller is told of a message that is on disk now."""
        if self._held is HeldAnswer.ACCEPT and not blocked:
            return _reply(201, _message(transaction))
        findings = await desk.findings(transaction.id)
        codes = list(dict.fromkeys(f.code for f in findings))
        why = f" ({', '.join(codes)})" if codes else ""
        details: dict[str, object] = {"sallyport_id": transaction.id, "reasons": codes}
        # Which word broke it: the nearest template and the difference, in the message's own text.
        wording = [f.detail for f in findings if f.check == "templates"]
        if wording:
            details["wording"] = wording[0]
        return _error(
            400,
            FILTERED,
            f"Message blocked by outbound content policy{why}",
            details,
        )

    # --- reading what is, or was, held

    async def _one(self, asked: Asked, route: _Route, sid: str, desk: Desk) -> Reply:
        if asked.method == "POST":
            _check_update(_read(asked), route)
        item = await _find(route, sid, desk)
        if asked.method == "POST" and read_form(asked.body).get("Outcome") == ("confirmed",):
            ours = "" if item is None else item.transaction.id
            await desk.note_used(transaction_id=ours, provider_id=sid)
        if item is None:
            return await desk.forward(_onward(asked))
        upstream_sid = _upstream_sid(item)
        if upstream_sid is not None:
            return await _translated(asked, sid, upstream_sid, desk)
        if route.part == "/Feedback" and asked.method == "POST" and item.note != _DELETED:
            return _shaped(_reply(201, _feedback(item, asked, route)), route)
        return _shaped(await self._here(asked, route, item, desk), route)

    async def _here(self, asked: Asked, route: _Route, item: HeldItem, desk: Desk) -> Reply:
        """Answer for a message that has never left."""
        if item.note == _DELETED or route.part not in {"", "/Media"}:
            return self.refuse(Problem.NOT_CARRIED)
        if route.part == "/Media":
            return _reply(200, _media_list(asked.path))
        if asked.method == "DELETE":
            return await _take_out(item, desk, _DELETED, lambda _: Reply(204))
        if asked.method == "POST" and read_form(asked.body).get("Status"):
            return await _take_out(item, desk, _CANCELED, lambda now: _reply(200, _of(now)))
        if asked.method == "POST":  # the text stays in quarantine, and is shown to reviewers only
            return _reply(200, {**_of(item), "body": ""})
        return _reply(200, _of(item))

    async def _list(self, asked: Asked, route: _Route, desk: Desk) -> Reply:
        reply = await desk.forward(_onward(asked))
        page = _resource(reply)
        messages = page.get("messages")
        if not reply.is_success or not isinstance(messages, list) or asked.method == "HEAD":
            return reply
        reply = await _with_our_sids(reply, route, desk)
        waiting = await _waiting(asked, route, desk)
        if not waiting:
            return reply
        page = _resource(reply)
        listed = page["messages"]
        return _reply(
            200, {**page, "messages": waiting + (listed if isinstance(listed, list) else [])}
        )


def _read(asked: Asked, repeatable: tuple[str, ...] = ()) -> Form:
    """Return the form of a POST. Parameters in the query are refused: some APIs merge the two."""
    if asked.query:
        raise Unclear("parameters belong in the body, not in the query")
    require_type(asked.headers.get("content-type"), FORM_TYPE)
    return read_form(asked.body, repeatable)


def _missing(form: Form) -> Reply | None:
    if not _one_of(form, "To"):
        return _error(400, NO_RECIPIENT, "A 'To' phone number is required")
    if not _one_of(form, "From") and not _one_of(form, "MessagingServiceSid"):
        return _error(400, NO_SENDER, "A 'From' phone number is required")
    if not any(_one_of(form, name) for name in ("Body", "MediaUrl", "ContentSid")):
        return _error(400, NO_BODY, "Message body is required")
    return None


def _check_update(form: Form, route: _Route) -> None:
    """Let through only the three updates that carry no text: cancel, redact, feedback."""
    if route.part == "/Feedback":
        harmless = form in ({"Outcome": ("confirmed",)}, {"Outcome": ("unconfirmed",)})
    else:
        harmless = not route.part and form in ({"Status": ("canceled",)}, {"Body": ("",)})
    if not harmless:
        raise Unclear("an update may only be Status=canceled or an empty Body")


def _onward(asked: Asked) -> Onward:
    if asked.body and asked.method != "POST":
        raise Unclear(f"a {asked.method} with a body")
    for name in _FORWARDED:  # RFC 9110 section 5.5: what other octets mean, nobody has said
        if not asked.headers.get(name, "").isascii():
            raise Unclear(f"the header {name} has characters outside ASCII")
    headers = tuple((n, asked.headers[n]) for n in _FORWARDED if n in asked.headers)
    target = f"{asked.path}?{asked.query}" if asked.query else asked.path
    return Onward(asked.method, target, headers, asked.body)


async def _find(route: _Route, sid: str, desk: Desk) -> HeldItem | None:
    """Return the held message of this sid, if it is ours and the caller's."""
    if not _MESSAGE_SID.fullmatch(sid):
        return None
    item = await desk.find_item(minted.from_hex(sid[2:]))
    if item is None or not _is_callers(item, route, desk) or _sid(item.transaction) != sid:
        return None
    return item


def _is_callers(item: HeldItem, route: _Route, desk: Desk) -> bool:
    """A caller sees what it sent itself, and the account's own credentials see all of the account.

    Others get what Twilio says of an unknown sid: held texts are one-time codes, too.
    """
    sent_from = _account_of(item.transaction)
    is_owner = desk.caller == item.transaction.client.name or route.user == sent_from
    return is_owner and sent_from == route.account


async def _take_out(
    item: HeldItem, desk: Desk, note: str, said: Callable[[HeldItem], Reply]
) -> Reply:
    """Discard a held message for its caller; one that is being released can no longer be."""
    if item.state is State.HELD:
        try:
            await desk.discard(item.transaction.id, note)
        except StateConflict:
            return _not_complete()
        return said(replace(item, state=State.DISCARDED, note=note))
    return _not_complete() if item.state in _WAITING else said(item)


def _not_complete() -> Reply:
    return _error(409, NOT_COMPLETE, "Cannot update this resource before it is complete")


async def _translated(asked: Asked, ours: str, theirs: str, desk: Desk) -> Reply:
    """Ask upstream about a released message by its sid there; answer with the one we gave."""
    moved = replace(asked, path=asked.path.replace(ours, theirs))
    reply = await desk.forward(_onward(moved))
    return replace(reply, body=reply.body.replace(theirs.encode(), ours.encode()))


async def _with_our_sids(reply: Reply, route: _Route, desk: Desk) -> Reply:
    """Return a list with the sids that callers were given for what was released later."""
    ours = {
        sid: _sid(item.transaction)
        for item in await desk.items(State.RELEASED)
        if (sid := _upstream_sid(item)) is not None and _is_callers(item, route, desk)
    }
    text = reply.body.decode("utf-8", "surrogateescape")
    text = _MESSAGE_SID.sub(lambda found: ours.get(found[0], found[0]), text)
    return replace(reply, body=text.encode("utf-8", "surrogateescape"))


async def _waiting(asked: Asked, route: _Route, desk: Desk) -> list[Resource]:
    """Return the caller's held messages that a first page shows, newest first."""
    asked_for = dict(parse_qsl(asked.query, keep_blank_values=True))
    dated = any(name.startswith("DateSent") for name in asked_for)  # held: sent on no date
    if dated or asked_for.get("Page", "0") != "0" or "PageToken" in asked_for:
        return []
    size = asked_for.get("PageSize", "50")
    most = min(int(size), 1000) if size.isascii() and size.isdigit() else 50
    shown = []
    for item in await desk.items(State.HELD, asked_for.get("To", "")):
        sender = item.transaction.envelope.sender
        if asked_for.get("From", sender) == sender and _is_callers(item, route, desk):
            shown.append(item.transaction.id)
    whole = [await desk.find_item(transaction_id) for transaction_id in shown[:most]]
    return [_of(item) for item in whole if item is not None]


def _note_sid(desk: Desk, form: Form, transaction_id: str, reply: Reply) -> None:
    """Have the message found by its sid, where the caller will report whether it was used.

    Without ProvideFeedback Twilio takes no feedback on it, so nobody needs to find it.
    """
    sid = str(_resource(reply).get("sid", ""))
    if _one_of(form, "ProvideFeedback").lower() == "true" and _MESSAGE_SID.fullmatch(sid):
        desk.note_provider_id(transaction_id, sid)


# --- Twilio's shapes


def _of(item: HeldItem) -> Resource:
    """Return the Message resource of what is, or was, in quarantine."""
    resource = _message(item.transaction)
    resource["date_updated"] = _date(item.changed_at)
    if item.note == _CANCELED:
        resource["status"] = "canceled"
    elif item.state not in {*_WAITING, State.RELEASED}:
        # A person decided against it, or nobody decided in time, or Twilio refused the release.
        code = _error_code(item)
        told = "Message filtered" if code == FILTERED else None
        resource |= {"status": "failed", "error_code": code, "error_message": told}
    return resource


def _message(transaction: Transaction) -> Resource:
    """Return the Message resource of something that waits.

    ``date_created`` has to be there: some callers read it unasked (Novu's Twilio provider).
    """
    form = _form_of(transaction)
    sid, account = _sid(transaction), _account_of(transaction)
    uri = f"{API}{account}/Messages/{sid}"
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": _one_of(form, "Body"),
        "date_created": _date(transaction.received_at),
        "date_sent": None,
        "date_updated": _date(transaction.received_at),
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": _one_of(form, "From") or None,
        "messaging_service_sid": _one_of(form, "MessagingServiceSid") or None,
        "num_media": str(len(form.get("MediaUrl", ()))),
        "num_segments": "0" if "MessagingServiceSid" in form else "1",
        "price": None,
        "price_unit": None,
        "sid": sid,
        "status": _status(form),
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": _one_of(form, "To"),
        "uri": f"{uri}.json",
    }


def _form_of(transaction: Transaction) -> Form:
    text = transaction.text
    if transaction.content or text is None:
        return read_form(transaction.content, REPEATABLE)
    # Retention has deleted the content; what stayed in the record is what can be told.
    return {"To": (text.recipient,), "From": (text.sender,)}


def _error_code(item: HeldItem) -> int:
    """Return Twilio's own code where it refused a release ("400 21211"), else "filtered"."""
    told = item.answer.split()[1:2] if item.state is State.FAILED else []
    return int(told[0]) if told and told[0].isascii() and told[0].isdigit() else FILTERED


def _status(form: Form) -> str:
    if "SendAt" in form:
        return "scheduled"
    return "accepted" if "MessagingServiceSid" in form else "queued"


def _feedback(item: HeldItem, asked: Asked, route: _Route) -> Resource:
    """Return the Feedback resource: what the caller has just said of a message."""
    now = _date(datetime.now(UTC))
    return {
        "account_sid": route.account,
        "date_created": now,
        "date_updated": now,
        "message_sid": _sid(item.transaction),
        "outcome": _one_of(read_form(asked.body), "Outcome"),
        "uri": asked.path,
    }


def _media_list(path: str) -> Resource:
    return {
        "media_list": [],
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": 0,
        "uri": path,
        "first_page_uri": path,
        "next_page_uri": None,
        "previous_page_uri": None,
    }


def _error(status: int, code: int, message: str, details: Resource | None = None) -> Reply:
    error: Resource = {
        "code": code,
        "message": message,
        "more_info": f"{ERRORS}{code}",
        "status": status,
    }
    return _reply(status, error | ({"details": details} if details else {}))


def _reply(status: int, resource: Resource) -> Reply:
    return Reply(status, json.dumps(resource, ensure_ascii=False).encode())


def _shaped(reply: Reply, route: _Route) -> Reply:
    """Return the reply in XML for a route without ``.json``, as Twilio's own default is."""
    if route.suffix == ".json" or not reply.body:
        return reply
    kind = "Message" if reply.is_success else "RestException"
    inner = "".join(_element(name, value) for name, value in _resource(reply).items())
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<TwilioResponse><{kind}>{inner}</{kind}>'
    return replace(reply, body=f"{text}</TwilioResponse>".encode(), media_type="application/xml")


def _element(name: str, value: object) -> str:
    tag = "".join(word.capitalize() for word in name.split("_"))
    if isinstance(value, dict):
        inner = "".join(_element(key, member) for key, member in value.items())
    else:
        inner = "" if value is None else escape(str(value))
    return f"<{tag}>{inner}</{tag}>"


def _resource(reply: Reply) -> Resource:
    """Return the JSON object of a reply, or an empty one."""
    try:
        resource = json.loads(reply.body)
    except (ValueError, RecursionError):
        return {}
    return resource if isinstance(resource, dict) else {}


def _one_of(form: Form, name: str) -> str:
    return form.get(name, ("",))[0]


def _sid(transaction: Transaction) -> str:
    has_media = transaction.text is not None and bool(transaction.text.media)
    return ("MM" if has_media else "SM") + minted.to_hex(transaction.id)


def _upstream_sid(item: HeldItem) -> str | None:
    """Return the sid that a released message has at Twilio, from its answer to the release."""
    found = _MESSAGE_SID.search(item.answer) if item.state is State.RELEASED else None
    return found[0] if found else None


def _account_of(transaction: Transaction) -> str:
    return transaction.route.removeprefix(API).partition("/")[0]


def _date(moment: datetime) -> str:
    return format_datetime(moment)  # RFC 5322, as in "Thu, 24 Aug 2023 05:01:45 +0000"
