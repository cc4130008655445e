"""Our own API: ``POST /v1/messages`` asks whether a message may be sent; the caller sends it.

For anything that can call a webhook before it sends. The contract is docs/openapi.yaml.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus

from filter.enduser import read_end_user
from filter.limits.interface import LimitStoreAway
from filter.message import Channel, EndUser, TextFields, Transaction
from filter.outcome import Answer, Deferred, Held, Refused, Relayed
from filter.sms.callers import Callers, read_basic, read_bearer
from filter.sms.desk import Desk, Submission
from filter.sms.enclosed import read_media
from filter.sms.exchange import (
    JSON,
    PAUSED,
    Asked,
    Problem,
    Reply,
    Unclear,
    judged,
    problem_of,
    retry_after,
)
from filter.sms.reporting import (
    LINK_FIELDS,
    read_recipient,
    read_reports,
    read_text,
    refuse_unknown,
)
from filter.sms.strict import read_json, require_type
from filter.strictjson import Json
from filter.verdict import Disposition, Finding

log = logging.getLogger("sallyport.sms")

NAME = "v1"
PROBLEM_JSON = "application/problem+json"  # RFC 9457
# What callers are told instead of a finding's own words, by its code or the area of its code.
_BLAND: Mapping[str, str] = {
    "pause.active": PAUSED,
    "limit.store_away": "limits could not be counted",
    "media.unreachable": "it could not be fetched",
    "media.refused": "it is not fetched from there",
    **dict.fromkeys(("limit", "watch", "floor"), "too many, or unusual; a person looks at it"),
}
FIELDS = ("channel", "from", "to", "body", "media", "end_user")
END_USER_FIELDS = ("id", "ip")

TEXTS: Mapping[Problem, str] = {
    Problem.UNCLEAR: "the request cannot be read for certain",
    Problem.UNAUTHENTICATED: "send a token of sms.callers: Authorization: Bearer …, or Basic",
    Problem.NOT_CARRIED: "there is no such resource",
    Problem.TOO_SLOW: "the request did not arrive in time",
    Problem.TOO_LARGE: "the request is larger than sms.max_bytes",
    Problem.TOO_MANY: "too many; do not send it, and ask again later",
    Problem.NOT_READY: "the message was not judged; do not send it, and ask again later",
}


class OwnApi:
    """The adapter (see filter/sms/providers/interface.py). It needs no provider."""

    name = NAME

    def claims(self, path: str) -> bool:
        """Return False: it answers under its prefix only."""
        del path
        return False

    def identify(self, asked: Asked, callers: Callers) -> str | None:
        """Return the caller's name by its Bearer token, or by Basic name and password."""
        token = read_bearer(asked.headers)
        if token is not None:
            return callers.match_secret(token)
        credentials = read_basic(asked.headers)
        return callers.match(*credentials) if credentials else None

    def refuse(
        self, problem: Problem, detail: str = "", retry_seconds: float | None = None
    ) -> Reply:
        """Return a problem document (RFC 9457)."""
        text = detail or TEXTS[problem]
        headers = retry_after(problem, retry_seconds)
        if problem is Problem.UNAUTHENTICATED:
            headers = (("www-authenticate", 'Bearer realm="sallyport"'),)
        title = HTTPStatus(problem.value).phrase
        body = _encode({"title": title, "status": problem.value, "detail": text})
        return Reply(problem.value, body, PROBLEM_JSON, headers)

    async def answer(self, asked: Asked, desk: Desk) -> Reply:
        """Judge a message, say what became of one that was held, or count what is reported."""
        match asked.method, asked.path.split("/")[1:]:
            case "POST", ["messages"]:
                return await self._judge(asked, desk)
            case "GET" | "HEAD", ["messages", transaction_id]:
                return await self._state(transaction_id, desk)
            case "POST", ["signals"]:
                return await self._count(asked, desk)
            case "POST", ["report-links"]:
                return self._link(asked, desk)
            case _:
                return self.refuse(Problem.NOT_CARRIED)

    def resend(self, transaction: Transaction) -> None:
        """Return None: whoever asked sends it, when it sees that it was released."""

    def receipt(self, reply: Reply) -> Answer[Reply]:
        """Return what a reply means; there is no provider, so this is never asked."""
        return Answer(reply.is_success, str(reply.status), reply)

    async def _judge(self, asked: Asked, desk: Desk) -> Reply:
        fields = _read(asked)
        text, end_user = _read_fields(fields), _end_user(fields.get("end_user", {}))
        submission = Submission(text, asked.body, asked.path, None, self.receipt, end_user)
        judgement = await desk.submit(submission)
        match judgement.outcome:
            case Relayed(transaction_id=id_) | Refused(transaction_id=id_):
                return judged(
                    _reply(200, {"id": id_, "verdict": "pass", "reasons": []}), id_, "pass"
                )
            case Held(transaction_id=id_, blocked=blocked):
                reasons = [_reason(finding) for finding in await desk.findings(id_)]
                verdict = "blocked" if blocked else "held"
                said = {"id": id_, "verdict": verdict, "reasons": reasons}
                return judged(_reply(202, said), id_, verdict)
            case Deferred(transaction_id=id_, retry_seconds=seconds) as deferred:
                return judged(self.refuse(*problem_of(deferred), seconds), id_, "deferred")

    async def _state(self, transaction_id: str, desk: Desk) -> Reply:
        item = await desk.find_item(transaction_id)
        if item is None or item.transaction.client.name != desk.caller:
            return self.refuse(Problem.NOT_CARRIED, "no message of yours was held under this id")
        verdict = "blocked" if item.verdict.disposition is Disposition.BLOCK else "held"
        said = {
            "id": item.transaction.id,
            "verdict": verdict,
            "state": str(item.state),
            "reasons": [_reason(finding) for finding in item.verdict.findings],
            "held_at": item.held_at.isoformat(),
            "expires_at": item.expires_at.isoformat(),
            "changed_at": item.changed_at.isoformat(),
        }
        return judged(_reply(200, said), item.transaction.id, verdict)

    async def _count(self, asked: Asked, desk: Desk) -> Reply:
        """Count reports: all of them are read before the first one counts."""
        fields = _read(asked)
        reports = read_reports(fields)
        try:
            known = [{"known": await desk.report(report)} for report in reports]
        except LimitStoreAway as exc:
            log.warning("report not counted: %s", exc)
            return self.refuse(Problem.NOT_READY, "not counted; send the same report again later")
        return _reply(200, {"signals": known} if "signals" in fields else known[0])

    def _link(self, asked: Asked, desk: Desk) -> Reply:
        fields = _read(asked)
        refuse_unknown(fields, LINK_FIELDS)
        recipient, template = read_recipient(fields)
        made = desk.make_link(recipient, template)
        if made is None:
            return self.refuse(Problem.NOT_CARRIED, "the settings have no limits.report_url")
        url, last_day = made
        return _reply(200, {"url": url, "last_day": last_day.isoformat()})


def _read(asked: Asked) -> dict[str, Json]:
    if asked.query:
        raise Unclear("parameters belong in the body, not in the query")
    require_type(asked.headers.get("content-type"), JSON)
    return read_json(asked.body)


def _read_fields(fields: dict[str, Json]) -> TextFields:
    """Return the message. Raises Unclear, naming the field."""
    refuse_unknown(fields, FIELDS)
    channel = read_text(fields, "channel")
    if channel != Channel.SMS:
        raise Unclear('field "channel": only "sms" is judged here; send e-mail over SMTP')
    media, files = read_media(fields.get("media", []))
    body = read_text(fields, "body")
    if not body and not media and not files:
        raise Unclear('field "body": empty, and there is no media')
    sender, recipient = (_filled(fields, name) for name in ("from", "to"))
    return TextFields(sender, recipient, body, media, files=files)


def _filled(fields: dict[str, Json], name: str) -> str:
    value = read_text(fields, name)
    if not value.strip():
        raise Unclear(f'field "{name}": empty')
    return value


def _end_user(fields: Json) -> EndUser:
    """Return whom the message is for, as far as the caller says. Raises Unclear."""
    if not isinstance(fields, dict):
        raise Unclear('field "end_user": not an object')
    where = "end_user: "
    refuse_unknown(fields, END_USER_FIELDS, where)
    given = {name: read_text(fields, name, where) for name in fields}
    try:
        return read_end_user(given.get("id", ""), given.get("ip", ""))
    except ValueError as exc:
        raise Unclear(str(exc)) from exc


def _reason(finding: Finding) -> dict[str, str]:
    # Who paused what and why, where servers are and how many are allowed is for the gate's own
    # people: whoever stole a key asks here, too.
    area = finding.code.partition(".")[0]
    bland = _BLAND.get(finding.code) or _BLAND.get(area, finding.detail)
    return {"code": finding.code, "detail": bland}


def _reply(status: int, said: Mapping[str, object]) -> Reply:
    return Reply(status, _encode(said))


def _encode(said: Mapping[str, object]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()
