"""Plays the picture that no text rule sees: the prank in twelve dresses, among honest pictures."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from filter.demo.drawn import Drawn, drawn
from filter.demo.incident import appointment, certificate, mail
from filter.demo.letter import File
from filter.demo.play import Ending, Scene, judge_ending, submit, with_reasons
from filter.demo.prompter import Prompter
from filter.demo.provider import Provider
from filter.demo.relay import Relay
from filter.demo.stage import shipped
from filter.pictures.evaluation import dress
from filter.pictures.evaluation.dresses import DRESSES
from filter.pictures.evaluation.trials import opened
from filter.quarantine.store import Store
from filter.settings import Quarantine

# What people do to a picture: in words, and by its name in `sallyport images eval`.
WARDROBE = {
    "saved again at a low quality": "jpeg20",
    "a quarter of its size": "resize25",
    "grey and pale": "x_grey_con_jpeg",
    "mirrored": "mirror",
    "turned a quarter": "rot90",
    "tilted by ten degrees": "rot+10",
    "cropped off its centre": "crop_tl20",
    "between two caption bars": "capbar_tb12",
    "on a page of text": "canvas50_page",
    "in a collage of four": "collage4_gut",
    "in a later frame of a GIF": "gif_frame",
    "on a page of a PDF": "pdf_page",
}
HONEST = 50
_AT_ONCE = 4  # senders; the gate looks at pictures in as many processes as it has workers
_MEASURE = re.compile(r"distance \d+ of \d+ bits|\d+ places lie as in the known picture")
_CODE = "image.known"


class PictureScene:
    """The prank is one picture on the list; nobody has told the gate of its dresses."""

    def __init__(self, prompter: Prompter, relay: Relay, provider: Provider) -> None:
        self._prompter = prompter
        self._relay = relay
        self._provider = provider

    def perform(self) -> None:
        """Send the dressed prank, then the honest pictures, each in a letter of its own."""
        say = self._prompter.narrator
        say.chapter("The prank picture in twelve dresses, and fifty honest pictures")
        started = time.monotonic()
        pictures = tuple(drawn())
        with Store(self._prompter.stage.state, Quarantine(), create=False) as store:
            pranks = [with_reasons(ending, store) for ending in self._send(_pranks(pictures))]
            honest = [with_reasons(ending, store) for ending in self._send(_honest(pictures))]
        for ending in pranks:
            troubles = judge_ending(ending, self._relay, self._provider)
            say.dress(ending.scene.title, _measure(ending))
            self._prompter.troubles_of(ending.scene.title, troubles)
        for ending in honest:
            troubles = judge_ending(ending, self._relay, self._provider)
            self._prompter.troubles_of(ending.scene.title, troubles)
        held = sum(ending.held for ending in pranks)
        passed = sum(not ending.held for ending in honest)
        seconds = time.monotonic() - started
        say.fact(
            f"{held} of {len(pranks)} dresses are held, {passed} of {len(honest)} honest pictures "
            f"(logos, banners, buttons, charts, maps, views) passed, in {seconds:.1f} s.",
            "pictures",
            dresses=len(pranks),
            held=held,
            honest=len(honest),
            passed=passed,
            seconds=round(seconds, 2),
        )
        self._prompter.expect(len(WARDROBE), held, "dresses were held")
        self._prompter.expect(HONEST, passed, "honest pictures passed")

    def _send(self, scenes: Sequence[Scene]) -> list[Ending]:
        with ThreadPoolExecutor(_AT_ONCE) as senders:
            heard = list(senders.map(lambda scene: submit(scene, self._prompter.stage), scenes))
        return [
            Ending(scene, one.held, one.transaction_id, one.reply)
            for scene, one in zip(scenes, heard, strict=True)
        ]


def _pranks(others: Sequence[Drawn]) -> tuple[Scene, ...]:
    prank = dress.prepared(opened((shipped("rules") / "files" / "prank.jpg").read_bytes()))
    views = [one.picture for one in others if one.media_type == "image/jpeg"]
    return tuple(
        _dressed(how, DRESSES[name].put_on(prank, dress.Scene(3, views)))
        for how, name in WARDROBE.items()
    )


def _dressed(how: str, file: dress.Dressed) -> Scene:
    now = datetime.now(UTC)
    if file.media_type == "application/pdf":
        content = certificate(file.content, now)
    else:
        content = appointment(_inline(file.media_type, file.content), now)
    return mail("", how, content, codes=(_CODE,))


def _honest(pictures: Sequence[Drawn]) -> tuple[Scene, ...]:
    """Return a letter for each picture, each to somebody else: nobody gets fifty."""
    now = datetime.now(UTC)
    scenes = []
    for number, one in enumerate(pictures):
        reader = f"reader{number}@citizen.example"
        content = appointment(_inline(one.media_type, one.content), now, to=reader)
        scenes.append(mail("", one.name, content, template="appointment-mail", to=reader))
    return tuple(scenes)


def _inline(media_type: str, content: bytes) -> File:
    return File(f"logo.{media_type.partition('/')[2]}", media_type, content, "logo")


def _measure(ending: Ending) -> str:
    """Return what a dressed picture was known by, in words; "" when it was not."""
    details = [reason.detail for reason in ending.reasons if reason.code == _CODE]
    found = _MEASURE.search(" ".join(details[:1]))
    return found[0] if found else ""
