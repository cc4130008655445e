"""Plays scenes through the gate's real listeners, and compares what came out with what should."""

from __future__ import annotations

import base64
import json
import re
import smtplib
from dataclasses import dataclass, replace
from enum import StrEnum
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from filter.demo.provider import Provider, Requested
from filter.demo.relay import Delivered, Relay
from filter.demo.stage import Stage
from filter.quarantine.item import NoSuchItem
from filter.quarantine.store import Store

HELD_ID = re.compile(r"\bm_[0-9A-HJKMNP-TV-Z]{26}\b")
PATIENCE_SECONDS = 60.0


class Way(StrEnum):
    """How an application hands a message to the gate."""

    MAIL = "SMTP"
    TWILIO = "Twilio API"
    OWN = "POST /v1"


@dataclass(frozen=True, slots=True)
class Scene:
    """One message of the story and what must become of it.

    ``content`` is a whole e-mail with CRLF line ends, or the text of a text message. ``codes`` are
    the findings of which one at least must be the reason of a hold.
    """

    chapter: str
    title: str
    way: Way
    sender: str
    recipient: str
    content: bytes
    codes: tuple[str, ...] = ()  # empty: it must pass
    template: str = ""
    release: bool = False  # a person will release it at the end
    media: tuple[str, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether the message must pass."""
        return not self.codes


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding, as the gate recorded it."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a scene. ``troubles`` say in which way that is not what should have."""

    scene: Scene
    held: bool
    transaction_id: str
    reply: str
    reasons: tuple[Reason, ...] = ()
    template: str = ""
    nearest: str = ""
    score_percent: int = 0
    difference: str = ""
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """The gate's answer to a submission."""

    held: bool
    transaction_id: str
    reply: str


def submit(scene: Scene, stage: Stage) -> Heard:
    """Hand the message to the gate as an application would, and return the gate's answer."""
    match scene.way:
        case Way.MAIL:
            return _by_mail(scene, stage)
        case Way.TWILIO:
            return _by_twilio(scene, stage)
        case Way.OWN:
            return _by_own_api(scene, stage)


def _by_mail(scene: Scene, stage: Stage) -> Heard:
    host, port = stage.addresses.mail
    with smtplib.SMTP(host, port, timeout=PATIENCE_SECONDS) as client:
        client.ehlo("app.demo.invalid")
        for code, text in (client.mail(scene.sender), client.rcpt(scene.recipient)):
            if code >= 300:  # noqa: PLR2004 - RFC 5321 section 4.2.1: not 2yz
                return Heard(held=False, transaction_id="", reply=_line(code, text))
        reply = _line(*client.data(scene.content))
    return _heard(reply, held="held" in reply)


def _by_twilio(scene: Scene, stage: Stage) -> Heard:
    account, token = stage.credentials.account, stage.credentials.token
    form = urlencode({"To": scene.recipient, "From": scene.sender, "Body": scene.content.decode()})
    return _by_http(
        stage,
        f"/2010-04-01/Accounts/{account}/Messages.json",
        form.encode(),
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": "Basic " + base64.b64encode(f"{account}:{token}".encode()).decode(),
        },
    )


def _by_own_api(scene: Scene, stage: Stage) -> Heard:
    fields: dict[str, object] = {
        "channel": "sms",
        "from": scene.sender,
        "to": scene.recipient,
        "body": scene.content.decode(),
    }
    if scene.media:
        fields["media"] = list(scene.media)
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {stage.credentials.token}",
    }
    return _by_http(stage, "/v1/messages", json.dumps(fields).encode(), headers)


def _by_http(stage: Stage, path: str, body: bytes, headers: dict[str, str]) -> Heard:
    # http.client asks no proxy of the environment: this never leaves the machine.
    connection = HTTPConnection(urlsplit(stage.addresses.text).netloc, timeout=PATIENCE_SECONDS)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        said = answer.read().decode("utf-8", "replace")
    finally:
        connection.close()
    verdict = answer.headers.get("X-Sallyport-Verdict", "")
    identity = answer.headers.get("X-Sallyport-Id", "")
    status = _short(said)
    return Heard(verdict == "held", identity, f"{answer.status} {status}")


def _short(said: str) -> str:
    """Return what of a JSON answer a reader wants to see on one line."""
    try:
        fields = json.loads(said)
    except ValueError:
        return said[:60]
    shown = {key: fields[key] for key in ("verdict", "status", "sid", "id") if key in fields}
    return " ".join(f"{key}={value}" for key, value in shown.items()) or said[:60]


def _line(code: int, text: bytes) -> str:
    return f"{code} {text.decode('ascii', 'replace')}".replace("\n", " ")


def _heard(reply: str, *, held: bool) -> Heard:
    found = HELD_ID.search(reply)
    return Heard(held, found[0] if found else "", reply)


def expected_mail(scene: Scene) -> Delivered:
    """Return what the relay must have received when the message passed or was released."""
    return Delivered(
        mail=f"FROM:<{scene.sender}>", rcpts=(f"TO:<{scene.recipient}>",), content=scene.content
    )


def is_same_mail(arrived: Delivered, scene: Scene) -> bool:
    """Return whether a message arrived as it was sent: envelope and every byte."""
    wanted = expected_mail(scene)
    return arrived.content == wanted.content and _addresses(arrived) == _addresses(wanted)


def _addresses(message: Delivered) -> tuple[str, ...]:
    """Return the addresses of an envelope: smtplib adds parameters of its own (size=…)."""
    return tuple(
        text[text.index("<") : text.index(">") + 1] for text in (message.mail, *message.rcpts)
    )


def is_same_text(request: Requested, scene: Scene) -> bool:
    """Return whether a request reached the provider as the application made it."""
    form = urlencode({"To": scene.recipient, "From": scene.sender, "Body": scene.content.decode()})
    return request.body == form.encode()


def is_at_next_hop(scene: Scene, relay: Relay, provider: Provider) -> bool:
    """Return whether the stand-in behind the gate has exactly this message."""
    match scene.way:
        case Way.MAIL:
            return any(is_same_mail(one, scene) for one in relay.delivered)
        case Way.TWILIO:
            return any(is_same_text(one, scene) for one in provider.requests)
        case Way.OWN:
            return False  # the caller sends it itself


def judge_ending(ending: Ending, relay: Relay, provider: Provider) -> tuple[str, ...]:
    """Return what is wrong with an ending; nothing when all is as it should be."""
    scene = ending.scene
    there = is_at_next_hop(scene, relay, provider)
    troubles = []
    if not re.match("2", ending.reply):
        troubles.append(f"the gate answered {ending.reply}")
    elif scene.passes and ending.held:
        troubles.append("it was held")
    elif not scene.passes and not ending.held:
        troubles.append("it was not held")
    if scene.passes and scene.way is not Way.OWN and not there:
        troubles.append("the next hop did not receive it byte for byte")
    if not scene.passes and there:
        troubles.append("the next hop received it")
    if ending.held and scene.codes and not {r.code for r in ending.reasons} & set(scene.codes):
        troubles.append(f"it was not held for {' or '.join(scene.codes)}")
    if scene.passes and scene.template and ending.template != scene.template:
        troubles.append(f"it passed as {ending.template or 'nothing'}, not {scene.template}")
    return tuple(troubles)


def with_reasons(ending: Ending, store: Store) -> Ending:
    """Return the ending with what the gate wrote down about it."""
    try:
        verdict = store.get_decision(ending.transaction_id).decision.verdict
    except NoSuchItem:
        return ending
    nearest = verdict.nearest
    return replace(
        ending,
        reasons=tuple(Reason(f.code, f.detail) for f in verdict.findings),
        template=verdict.template or "",
        nearest=nearest.template if nearest else "",
        score_percent=nearest.score_percent if nearest else 0,
        difference=nearest.difference if nearest else "",
    )
