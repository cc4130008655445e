"""The kill switch over HTTP: operators see, make and end pauses on the control port."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from filter.confirmation import Confirmation, confirm_paused, confirm_resumed
from filter.limits.pause import MAX_REASON, Pause, PauseShelf, TooManyPauses
from filter.limits.pausewords import pause_json, record_json
from filter.pausing import (
    Names,
    PauseRefused,
    check_names,
    make_pause,
    read_scope,
    read_until,
)
from filter.problems import did_you_mean
from filter.quarantine.item import NoSuchItem, StoreError
from filter.ruleset import RuleSet
from filter.settings import Settings
from filter.sms.callers import Callers, read_basic, read_bearer
from filter.strictjson import Json, read_object

log = logging.getLogger("sallyport.pauses")

MAX_BODY_BYTES = 64 * 1024
BODY_SECONDS = 30.0
MAX_HISTORY = 1000
FIELDS = {
    "all": bool,
    "scope": dict,
    "reason": str,
    "for": str,
    "until": str,
    "drop": bool,
    "force": bool,
}
_KINDS = {bool: "true or false", str: "a text", dict: "an object"}


class _No(Exception):  # noqa: N818 - what it says
    """What a request is answered instead of what it asked for."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Asked:
    """The body of POST /pauses, with the right types and no more fields than there are."""

    everything: bool
    scope: Mapping[str, Json]
    reason: str
    span: str | None
    moment: str | None
    drops: bool
    force: bool


class PauseApi:
    """Three requests. Nobody but the accounts of ``control.operators`` gets anything.

    The accounts of applications (sms.callers, mail.accounts) are others: a stolen key must not be
    able to end the pause that stops it. ``having`` returns which pauses each worker has. Raises
    ValueError for an operator without a password.
    """

    def __init__(
        self,
        settings: Settings,
        shelf: PauseShelf,
        rules: Callable[[], RuleSet | None],
        having: Callable[[frozenset[str]], Mapping[str, object]],
    ) -> None:
        self._settings = settings
        self._shelf = shelf
        self._rules = rules
        self._having = having
        self._operators = Callers(settings.control.operators, "control.operators")

    def routes(self) -> list[Route]:
        """Return the routes for the control port."""
        return [
            Route("/pauses", self._guarded(self._list), methods=["GET"]),
            Route("/pauses", self._guarded(self._make), methods=["POST"]),
            Route("/pauses/{id}", self._guarded(self._end), methods=["DELETE"]),
        ]

    # --- the requests

    async def _list(self, request: Request, operator: str) -> Response:
        del operator
        now = datetime.now(UTC)
        if request.query_params.get("history") in ("1", "true"):
            records = await asyncio.to_thread(self._shelf.records, MAX_HISTORY)
            return JSONResponse({"pauses": [record_json(r, now, full=True) for r in records]})
        pauses = await asyncio.to_thread(self._shelf.pauses, now)
        return JSONResponse({"pauses": [pause_json(pause, full=True) for pause in pauses]})

    async def _make(self, request: Request, operator: str) -> Response:
        asked = _read(await _read_body(request))
        pause = self._pause_of(asked, operator)
        started = time.monotonic()
        try:
            await asyncio.to_thread(self._shelf.pause, pause)
        except TooManyPauses as exc:
            raise _No(422, "Not a pause", str(exc)) from exc
        log.info("pause made over HTTP id=%s by=%s", pause.id, operator)
        seen = await confirm_paused(
            self._ask_gate, [pause.id], started, releasing=self._shelf.releasing
        )
        status = 201 if seen.is_done else 202
        return _told(pause, seen, status, {"location": f"/pauses/{pause.id}"})

    async def _end(self, request: Request, operator: str) -> Response:
        note = request.query_params.get("note", "")
        if len(note) > MAX_REASON:
            raise _No(400, "Bad request", f"the note is longer than {MAX_REASON} characters")
        pause_id = str(request.path_params["id"])
        started = time.monotonic()
        try:
            pause = await asyncio.to_thread(self._shelf.resume, pause_id, by=operator, note=note)
        except NoSuchItem as exc:
            raise _No(404, "Not found", str(exc)) from exc
        log.info("pause ended over HTTP id=%s by=%s", pause.id, operator)
        seen = await confirm_resumed(self._ask_gate, [pause.id], started)
        return _told(pause, seen, 200 if seen.is_done else 202)

    async def _ask_gate(self, ids: frozenset[str]) -> Mapping[str, object]:
        """Return what the workers have; in our own loop, so that no pause waits for a thread."""
        return self._having(ids)

    def _pause_of(self, asked: Asked, operator: str) -> Pause:
        if asked.everything == bool(asked.scope):
            detail = 'say what to pause: a `scope` with at least one key, or `"all": true` alone'
            raise _No(422, "Not a pause", detail)
        now = datetime.now(UTC)
        try:
            scope = read_scope(asked.scope, self._settings.limits)
            if not asked.force:
                check_names(scope, Names.of(self._settings, self._rules()))
            until = read_until(asked.span, asked.moment, now)
            return make_pause(
                scope, reason=asked.reason, by=operator, until=until, drops=asked.drops, now=now
            )
        except PauseRefused as exc:
            remedy = '; send `"force": true` to pause it all the same' if exc.is_unknown else ""
            raise _No(422, "Not a pause", "; ".join(exc.problems) + remedy) from exc

    # --- who asks

    def _guarded(self, answer: _Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                return await answer(request, self._identify(request))
            except _No as no:
                return _problem(no)
            except ClientDisconnect:
                return Response(status_code=400)  # nobody reads it
            except StoreError as exc:
                log.error("pauses: %s", exc)  # noqa: TRY400 - says it all
                return _problem(_No(503, "Store away", "the store does not answer, try again"))
            except Exception:
                log.exception("pauses: request failed")
                return _problem(
                    _No(500, "Fault", "internal fault; look at GET /pauses and the log")
                )

        return endpoint

    def _identify(self, request: Request) -> str:
        """Return the operator's name. Raises _No."""
        if not self._settings.control.operators:
            detail = "nobody may pause over HTTP; name `control.operators` in the settings"
            raise _No(403, "Forbidden", detail)
        headers = request.headers
        operator = None
        if len(headers.getlist("authorization")) == 1:
            basic, token = read_basic(headers), read_bearer(headers)
            if basic is not None:
                operator = self._operators.match(*basic)
            elif token is not None:
                operator = self._operators.match_secret(token)
        if operator is None:
            address = request.client.host if request.client else "-"
            log.warning("operator refused client=%s path=%s", address, request.url.path)
            detail = "send the name and password, or the token, of an operator"
            raise _No(401, "Unauthorized", detail)
        return operator


class _Endpoint(Protocol):
    async def __call__(self, request: Request, operator: str, /) -> Response: ...


# --- what is asked


async def _read_body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":  # what a form of another site's page cannot send by itself
        raise _No(415, "Unsupported media type", "send application/json")
    body = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise _No(413, "Too large", f"the body has more than {MAX_BODY_BYTES} bytes")
    except TimeoutError as exc:
        raise _No(408, "Too slow", "the body took too long") from exc
    return body


def _read(body: bytes) -> Asked:
    try:
        given = read_object(body)
    except ValueError as exc:
        raise _No(400, "Bad request", str(exc)) from exc
    for name, value in given.items():
        if name not in FIELDS:
            hint = did_you_mean(name, FIELDS) or f"known fields: {', '.join(FIELDS)}"
            raise _No(400, "Bad request", f"unknown field {name[:40]!a}; {hint}")
        if not isinstance(value, FIELDS[name]):
            raise _No(400, "Bad request", f"`{name}` must be {_KINDS[FIELDS[name]]}")
    scope = given.get("scope", {})
    return Asked(
        everything=given.get("all") is True,
        scope=scope if isinstance(scope, dict) else {},
        reason=str(given.get("reason", "")),
        span=_text(given.get("for")),
        moment=_text(given.get("until")),
        drops=given.get("drop") is True,
        force=given.get("force") is True,
    )


def _text(value: Json) -> str | None:
    return None if value is None else str(value)


# --- what is answered


def _told(
    pause: Pause, seen: Confirmation, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    body = pause_json(pause, full=True) | {"confirmed": seen.as_json()}
    return JSONResponse(body, status, headers)


def _problem(no: _No) -> Response:
    """Return an answer as RFC 9457 has it."""
    body = {"title": no.title, "status": no.status, "detail": no.detail}
    headers = {"www-authenticate": 'Basic realm="sallyport", Bearer'} if no.status == 401 else {}  # noqa: PLR2004 - RFC 9110 section 15.5.2
    return JSONResponse(body, no.status, headers, media_type="application/problem+json")
