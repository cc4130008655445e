"""Plays the flood: an approved text, a stolen key, and people who sign in meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from filter.demo.flood import (
    MORE_STRANGERS,
    SIGN_INS,
    STRANGERS,
    Flood,
    Flooded,
    sign_ins,
    stranger_numbers,
)
from filter.demo.play import Ending, judge_ending, submit
from filter.demo.prompter import Prompter
from filter.demo.provider import Provider
from filter.demo.relay import Relay
from filter.demo.stage import KIOSK, Stage

# How many may be answered before the gate holds the first: a few dozen, as rules/limits.yaml says
# (30 at once, then one a second).
FEW_DOZENS = 48


class _SignIns:
    """People who sign in, one whenever so many of the flood have been sent."""

    def __init__(self, stage: Stage, *, every: int) -> None:
        self._stage = stage
        self._every = every
        self._sent = 0
        self._waiting = sign_ins()
        self.endings: list[Ending] = []

    def go_on(self, _sent: int) -> None:
        """One more of the flood was sent."""
        self._sent += 1
        scene = next(self._waiting, None) if self._sent % self._every == 0 else None
        if scene is not None:
            heard = submit(scene, self._stage)
            self.endings.append(Ending(scene, heard.held, heard.transaction_id, heard.reply))


class FloodScene:
    """Nothing is wrong with any of these texts, but nobody asked for them."""

    def __init__(self, prompter: Prompter, relay: Relay, provider: Provider) -> None:
        self._prompter = prompter
        self._relay = relay
        self._provider = provider

    def perform(self, strangers: int = STRANGERS) -> None:
        """Send the flood, look at it as a reviewer would, pause the stolen key, tidy up."""
        say = self._prompter.narrator
        say.chapter("2021, the other half: codes that nobody asked for")
        say.say(
            f"Somebody has the key of an application of the clinics ({KIOSK}) and sends the "
            f"approved text of a sign-in code to {strangers} strangers over the Twilio API. "
            f"Meanwhile {SIGN_INS} people really sign in."
        )
        numbers = stranger_numbers(strangers + MORE_STRANGERS)
        people = _SignIns(self._prompter.stage, every=len(numbers) // SIGN_INS)
        flood = Flood(self._prompter.stage)
        self._tell_flood(flood.run(numbers[:strangers], people.go_on))
        case = self._case()
        if case:
            self._prompter.run("cases", "show", case)
        self._pause(flood, numbers[strangers:], people.go_on)
        self._check_sign_ins(people.endings)
        if case:
            reason = ("--reason", "nobody asked for these", "--yes")
            self._prompter.run("cases", "discard", case, *reason, last=1)

    def _tell_flood(self, flooded: Flooded) -> None:
        arrived = self._count_strangers()
        self._prompter.narrator.fact(
            f"{flooded.sent} sent in {flooded.seconds:.0f} s: {arrived} reached the provider, "
            f"{flooded.held} are held. The first that was held was answer {flooded.first_held}.",
            "flood",
            sent=flooded.sent,
            delivered=arrived,
            held=flooded.held,
            first_held=flooded.first_held,
            seconds=round(flooded.seconds, 2),
        )
        if not 0 < flooded.first_held <= FEW_DOZENS:
            self._prompter.trouble(f"the flood was not held within its first {FEW_DOZENS} messages")
        if flooded.passed != arrived or flooded.held + arrived != flooded.sent:
            self._prompter.trouble("what was held and what arrived is not what was sent")

    def _case(self) -> str:
        """Return the id of the flood's case; there must be exactly one."""
        cases = [c["case"] for c in self._prompter.ask_lines("cases", "list", "--json")]
        if len(cases) != 1:
            self._prompter.trouble(f"the flood is {len(cases)} cases instead of one")
        return str(cases[0]) if cases else ""

    def _pause(
        self, flood: Flood, numbers: Sequence[str], meanwhile: Callable[[int], None]
    ) -> None:
        before = self._count_strangers()
        self._prompter.run("pause", "--client", KIOSK, "--reason", "its key was stolen")
        flooded = flood.run(numbers, meanwhile)
        passed = self._count_strangers() - before
        self._prompter.narrator.fact(
            f"{flooded.sent} more were sent with the stolen key: {passed} reached the provider.",
            "paused",
            sent=flooded.sent,
            delivered=passed,
            held=flooded.held,
        )
        if passed or flooded.held != flooded.sent:
            self._prompter.trouble("the pause did not stop the stolen client")

    def _check_sign_ins(self, endings: Sequence[Ending]) -> None:
        troubles = [t for e in endings for t in judge_ending(e, self._relay, self._provider)]
        self._prompter.troubles_of("a real sign-in", troubles)
        got = sum(not ending.held for ending in endings)
        self._prompter.narrator.fact(
            f"Of {len(endings)} people who signed in meanwhile, {got} got their code.",
            "sign_ins",
            sent=len(endings),
            delivered=got,
        )
        self._prompter.expect(SIGN_INS, len(endings), "people signed in")

    def _count_strangers(self) -> int:
        kiosk = self._prompter.stage.credentials.kiosk_authorization
        return sum(request.authorization == kiosk for request in self._provider.requests)
