"""The second half of the incident: the approved text, thousands of strangers, a stolen key."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from queue import SimpleQueue
from urllib.parse import urlencode, urlsplit

from filter.demo.incident import MYHEALTH, OTP, OTP_TEXT, SMS_SENDER
from filter.demo.letter import letter
from filter.demo.play import PATIENCE_SECONDS, Scene, Way
from filter.demo.stage import Stage

STRANGERS = 5000
# After the pause, to show that it holds.
MORE_STRANGERS = 200
SIGN_INS = 50
SENDERS = 8
CODE = "493021"
ADDRESS = "no-reply@health.example"


@dataclass(frozen=True, slots=True)
class Flooded:
    """What the attacker was told. ``first_held`` is how many were sent when the first was held."""

    sent: int
    held: int
    passed: int
    first_held: int
    seconds: float


class Flood:
    """The attacker: a few connections, one stolen key, the text that every template gate passes."""

    def __init__(self, stage: Stage) -> None:
        ours = stage.credentials
        self._netloc = urlsplit(stage.addresses.text).netloc
        self._path = f"/2010-04-01/Accounts/{ours.account}/Messages.json"
        self._headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Authorization": ours.kiosk_authorization,
        }
        self._verdicts: SimpleQueue[str] = SimpleQueue()

    def run(self, numbers: Sequence[str], meanwhile: Callable[[int], None]) -> Flooded:
        """Send the text to all numbers; ``meanwhile`` is told each time how many were sent."""
        waiting: SimpleQueue[str] = SimpleQueue()
        for number in numbers:
            waiting.put(number)
        started = time.monotonic()
        senders = [
            threading.Thread(target=self._send_all, args=(waiting,), daemon=True)
            for _ in range(SENDERS)
        ]
        for sender in senders:
            sender.start()
        counts: Counter[str] = Counter()
        first_held = 0
        for sent in range(1, len(numbers) + 1):
            verdict = self._verdicts.get(timeout=PATIENCE_SECONDS)
            counts[verdict] += 1
            first_held = first_held or (sent if verdict == "held" else 0)
            meanwhile(sent)
        seconds = time.monotonic() - started
        return Flooded(len(numbers), counts["held"], counts["pass"], first_held, seconds)

    def _send_all(self, waiting: SimpleQueue[str]) -> None:
        connection = HTTPConnection(self._netloc, timeout=PATIENCE_SECONDS)
        try:
            while not waiting.empty():
                self._verdicts.put(self._send(connection, waiting.get_nowait()))
        finally:
            connection.close()

    def _send(self, connection: HTTPConnection, number: str) -> str:
        body = urlencode({"To": number, "From": SMS_SENDER, "Body": OTP_TEXT.format(code=CODE)})
        connection.request("POST", self._path, body.encode(), self._headers)
        answer = connection.getresponse()
        answer.read()
        return answer.headers.get("X-Sallyport-Verdict", f"HTTP {answer.status}")


def stranger_numbers(count: int, seed: int = 2021) -> list[str]:
    """Return different numbers all over a country's networks.

    Behind the code of the network they begin with 0, as no subscriber's number there does.
    """
    chance = random.Random(seed)  # noqa: S311 - the same strangers each time
    numbers = {f"+601{chance.randrange(10)}0{chance.randrange(10**6):06}" for _ in range(count * 2)}
    return sorted(numbers, key=lambda number: number[::-1])[:count]


def sign_ins(count: int = SIGN_INS) -> Iterator[Scene]:
    """Yield people who sign in while it happens: by e-mail and by text message in turn."""
    phones = stranger_numbers(count, seed=1987)
    for number in range(count):
        code = f"{100_000 + 7919 * number}"
        if number % 2:
            text = OTP_TEXT.format(code=code)
            yield _sign_in(Way.TWILIO, SMS_SENDER, phones[number], text.encode())
        else:
            recipient = f"citizen{number}@citizen.example"
            mail = letter(
                sender=MYHEALTH,
                to=recipient,
                subject=f"{code} is your MyHealth sign-in code",
                text=OTP.format(code=code),
                now=datetime.now(UTC),
            )
            yield _sign_in(Way.MAIL, ADDRESS, recipient, mail)


def _sign_in(way: Way, sender: str, recipient: str, content: bytes) -> Scene:
    return Scene("", "a code that somebody asked for", way, sender, recipient, content)
