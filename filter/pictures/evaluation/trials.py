"""An evaluation from the pictures to what was seen: which are known, dressed up, and compared."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from PIL import Image, ImageOps

from filter.message import Appearance
from filter.pictures.agreement import LEAST_AGREEING
from filter.pictures.bank import tells, view_class
from filter.pictures.containers import UnfitError, examine
from filter.pictures.evaluation.counting import Look
from filter.pictures.evaluation.dress import Dress, Dressed, Scene, prepared
from filter.pictures.evaluation.matching import DEFAULT_BITS, Matcher
from filter.pictures.evaluation.twins import SAME, Fingerprint, fingerprint, likest
from filter.pictures.points import most_telling
from filter.ruleset import BankedImage

SURROUNDINGS = 12  # pictures that stand beside a dressed one in collages
LEAST_SURROUNDING = 200  # pixels of their shorter side


@dataclass(frozen=True, slots=True)
class Seen:
    """What the child process said of one file."""

    appearances: tuple[Appearance, ...]
    troubles: tuple[str, ...] = ()


# Bytes and media type in, what they show out; must be safe to be called by several threads.
LookAt: TypeAlias = Callable[[bytes, str], Seen]


@dataclass(frozen=True, slots=True)
class Source:
    """One file that was given: its name as it is told, its folder's name, and how to read it."""

    name: str
    kind: str
    read: Callable[[], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that takes no part, and why."""

    name: str
    why: str


def _can_be_known(seen: Appearance) -> bool:
    """Return whether a copy of the whole would be known, by its hash or by its places."""
    if any(tells(view) and view_class(view.name) == "whole" for view in seen.views):
        return True
    return most_telling(seen.keypoints) >= LEAST_AGREEING


@dataclass
class Cast:
    """Who takes part."""

    known: list[tuple[Source, BankedImage]] = field(default_factory=list)
    innocent: list[Source] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    flat: list[LeftOut] = field(default_factory=list)
    prints: list[Fingerprint] = field(default_factory=list, repr=False)
    _busiest: list[tuple[float, str, Image.Image]] = field(default_factory=list, repr=False)

    @property
    def surroundings(self) -> list[Image.Image]:
        """Return the innocent pictures in which there is most to see: collages are made of them."""
        return [picture for _, _, picture in self._busiest]

    def admit_known(self, source: Source, look_for_bank: LookAt) -> None:
        """Take a picture as a known one, unless it is flat or nearly the same as another."""
        content = source.read()
        seen = look_for_bank(content, "")
        if seen.troubles:
            self.left_out.append(LeftOut(source.name, seen.troubles[0]))
            return
        if not _can_be_known(seen.appearances[0]):
            self.flat.append(LeftOut(source.name, "too flat to be known by anything"))
            return
        picture = self._open(source, content)
        if picture is None:
            return
        own = fingerprint(picture)
        if self._is_copy(source, own):
            return
        self.prints.append(own)
        entry = BankedImage(
            source.name, source.name, source.name, seen.appearances[0], DEFAULT_BITS
        )
        self.known.append((source, entry))

    def admit_innocent(self, source: Source) -> None:
        """Take a picture as an innocent one, unless it is nearly the same as a known one."""
        picture = self._open(source, source.read())
        if picture is None or self._is_copy(source, fingerprint(picture)):
            return
        self.innocent.append(source)
        if min(picture.size) >= LEAST_SURROUNDING:
            shown = prepared(picture)
            self._busiest.append((-shown.convert("L").entropy(), source.name, shown))
            self._busiest.sort(key=lambda item: item[:2])
            del self._busiest[SURROUNDINGS:]

    def _open(self, source: Source, content: bytes) -> Image.Image | None:
        try:
            return opened(content)
        except UnfitError as exc:
            self.left_out.append(LeftOut(source.name, str(exc)))
        except Exception as exc:  # noqa: BLE001 - decoders raise anything
            why = f"it cannot be opened: {type(exc).__name__}"
            self.left_out.append(LeftOut(source.name, why))
        return None

    def _is_copy(self, source: Source, own: Fingerprint) -> bool:
        number, alike = likest(own, self.prints)
        if alike < SAME:
            return False
        twin = self.known[number][0].name
        self.left_out.append(LeftOut(source.name, f"nearly the same as {twin}"))
        return True


def opened(content: bytes) -> Image.Image:
    """Return the first frame, upright. For bytes that the child process found nothing wrong with.

    Raises whatever decoders raise.
    """
    with Image.open(io.BytesIO(content), formats=(examine(content).format,)) as image:
        image.draft("RGB", (1600, 1600))
        image.load()
        return ImageOps.exif_transpose(image)


@dataclass(frozen=True, slots=True)
class Trial:
    """One file to look at: a picture as it is, or in one dress."""

    source: Source
    own: str = ""
    dress: Dress | None = None


def trials_of(cast: Cast, dresses: Mapping[str, Dress], sample: int) -> Iterator[Trial]:
    """Yield every look that an evaluation takes. ``sample`` 0: every known picture is dressed."""
    chosen = list(range(len(cast.known)))
    if 0 < sample < len(chosen):
        # By a digest of their names: spread over the folders, and the same every time.
        chosen.sort(key=lambda number: zlib.crc32(cast.known[number][0].name.encode()))
        chosen = sorted(chosen[:sample])
    for number in chosen:
        source, entry = cast.known[number]
        for dress in dresses.values():
            yield Trial(source, entry.id, dress)
    for source, entry in cast.known:
        yield Trial(source, entry.id)
    for source in cast.innocent:
        yield Trial(source)


def take(trial: Trial, cast: Cast, matcher: Matcher, look: LookAt) -> Look:
    """Return what one file showed. Safe to be called by several threads."""
    content = trial.source.read()
    dressed = Dressed(content, "")
    if trial.dress is not None:
        scene = Scene(zlib.crc32(trial.source.name.encode()), cast.surroundings)
        dressed = trial.dress.put_on(prepared(opened(content)), scene)
    seen = look(dressed.content, dressed.media_type)
    return Look(
        picture=trial.source.name,
        kind=trial.source.kind,
        dress=trial.dress.name if trial.dress else "",
        own=trial.own,
        pairings=matcher.pairings(seen.appearances),
        troubles=seen.troubles,
    )


def chosen_dresses(dresses: Mapping[str, Dress], words: Sequence[str]) -> dict[str, Dress]:
    """Return the dresses that are named by name, kind or group; all of them without words.

    Raises ValueError for a word that names none.
    """
    if not words:
        return dict(dresses)
    for word in words:
        if not any(word in _words_of(dress) for dress in dresses.values()):
            raise ValueError(word)
    return {name: d for name, d in dresses.items() if _words_of(d) & set(words)}


def _words_of(dress: Dress) -> set[str]:
    return {dress.name, dress.kind, dress.group.value}


def kinds_of(dresses: Iterable[Dress]) -> list[str]:
    """Return the words that name more than one dress, in order."""
    words: dict[str, None] = {}
    for dress in dresses:
        words |= dict.fromkeys((dress.group.value, dress.kind))
    return list(words)
