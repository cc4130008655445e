"""Rules that nobody has approved yet: what an import or a look at sent mail proposes."""

from __future__ import annotations

from dataclasses import dataclass, field

from filter.message import Channel
from filter.ruleset import Slot


@dataclass(frozen=True, slots=True)
class DraftSlot:
    """A proposed slot, with a remark for whoever reads the file: where it comes from, doubts."""

    slot: Slot
    remark: str = ""


@dataclass(frozen=True, slots=True)
class DraftExample:
    """A message for ``examples:``. None leaves a field out. ``code`` is for hold examples."""

    name: str = ""
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    sender: str | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class DraftTemplate:
    """A proposed template. All texts are patterns; ``remarks`` become comments above the entry."""

    id: str
    channels: tuple[Channel, ...]
    senders: tuple[str, ...]  # as in ``from:``
    subjects: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    htmls: tuple[str, ...] = ()
    markups: tuple[str, ...] = ()
    preheaders: tuple[str, ...] = ()
    slots: tuple[DraftSlot, ...] = ()
    links: tuple[str, ...] | None = None  # ids of link entries
    alt_texts: tuple[str, ...] = ()
    min_pictures: int = 0
    max_pictures: int = 0
    passing: tuple[DraftExample, ...] = ()
    holding: tuple[DraftExample, ...] = ()
    language: str = ""
    template_class: str = ""
    description: str = ""
    match: str = ""  # "exact", "dlt"; "" is the default
    mode: str = ""  # "shadow"; "" is the default
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftLink:
    """A proposed entry of the link allowlist. ``query`` is "none", "any" or names."""

    id: str
    host: str = ""
    path: str = "/**"
    scheme: str = "https"
    port: int | None = None
    query: str | tuple[str, ...] = "none"
    fragment: bool = False
    mailto: str = ""
    tel: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class DraftFile:
    """One rule file to be. ``remarks`` become comments at its top."""

    templates: tuple[DraftTemplate, ...] = ()
    links: tuple[DraftLink, ...] = ()
    remarks: tuple[str, ...] = field(default=())
