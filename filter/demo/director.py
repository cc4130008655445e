"""The demonstration from beginning to end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from filter.demo.flood import STRANGERS
from filter.demo.floodscene import FloodScene
from filter.demo.incident import scenes
from filter.demo.narrator import Narrator
from filter.demo.picturescene import PictureScene
from filter.demo.play import (
    Ending,
    Scene,
    Way,
    is_same_mail,
    judge_ending,
    submit,
    with_reasons,
)
from filter.demo.prompter import Prompter
from filter.demo.provider import Provider
from filter.demo.relay import Relay
from filter.demo.stage import Stage, shipped
from filter.quarantine.store import Store
from filter.settings import Quarantine


class Director:
    """Plays the incident on a running stage and counts what does not come out as it should."""

    def __init__(
        self,
        stage: Stage,
        relay: Relay,
        provider: Provider,
        narrator: Narrator,
        *,
        strangers: int = STRANGERS,
    ) -> None:
        self._stage = stage
        self._relay = relay
        self._provider = provider
        self._narrator = narrator
        self._prompter = Prompter(stage, narrator)
        self._strangers = strangers

    def perform(self) -> int:
        """Play everything; return the number of troubles."""
        started = time.monotonic()
        script = scenes()
        with Store(self._stage.state, Quarantine(), create=False) as store:
            endings = self._replay(script, store)
        self._compare_totals(script)
        PictureScene(self._prompter, self._relay, self._provider).perform()
        FloodScene(self._prompter, self._relay, self._provider).perform(self._strangers)
        self._release(endings)
        self._show_decision(endings)
        self._narrator.summary(len(endings), self._prompter.troubles, time.monotonic() - started)
        return self._prompter.troubles

    def _replay(self, script: Sequence[Scene], store: Store) -> list[Ending]:
        endings = []
        chapter = ""
        for number, scene in enumerate(script, 1):
            if scene.chapter != chapter:
                chapter = scene.chapter
                self._narrator.chapter(chapter)
            ending = self._play(scene, store)
            self._prompter.troubles += len(ending.troubles)
            self._narrator.ending(number, ending)
            endings.append(ending)
        return endings

    def _play(self, scene: Scene, store: Store) -> Ending:
        heard = submit(scene, self._stage)
        ending = Ending(scene, heard.held, heard.transaction_id, heard.reply)
        if heard.transaction_id:
            ending = with_reasons(ending, store)
        return replace(ending, troubles=judge_ending(ending, self._relay, self._provider))

    def _compare_totals(self, script: Sequence[Scene]) -> None:
        """What passed is there and nothing else is: no message twice, none that was held."""
        self._narrator.chapter("What the stand-ins behind the gate really received")
        mails, texts = len(self._relay.delivered), len(self._provider.requests)
        self._prompter.expect(
            sum(s.passes and s.way is Way.MAIL for s in script), mails, "messages arrived"
        )
        self._prompter.expect(
            sum(s.passes and s.way is Way.TWILIO for s in script), texts, "requests arrived"
        )
        if not self._prompter.troubles:
            self._narrator.say(
                f"The relay has {mails} messages and the provider {texts}, each byte for byte as "
                "it was sent. Of what was held neither has seen a byte."
            )

    def _release(self, endings: Sequence[Ending]) -> None:
        """Do what a reviewer does: look, then release."""
        self._narrator.chapter("Release one of them, as a reviewer would")
        for ending in endings:
            if not (ending.scene.release and ending.held):
                continue
            before = len(self._relay.delivered)
            self._prompter.run(
                *("quarantine", "release", ending.transaction_id),
                *("--yes", "--note", "wording agreed with the clinic"),
            )
            delivered = self._relay.wait_for(before + 1)
            if len(delivered) == before + 1 and is_same_mail(delivered[-1], ending.scene):
                self._narrator.say("The relay has it now, byte for byte as it was sent.")
            else:
                self._prompter.trouble("the released message did not reach the relay byte for byte")

    def _show_decision(self, endings: Sequence[Ending]) -> None:
        self._narrator.chapter("What was sent by whom, and why was it let through?")
        passed = [e for e in endings if e.transaction_id and not e.held]
        for ending in passed[:1]:
            self._prompter.run("decisions", "show", ending.transaction_id)


def rules_folder() -> Path:
    """Return the rules that ship with the program. Raises StageError."""
    return shipped("rules")
