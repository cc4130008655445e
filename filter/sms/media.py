"""Media that a text message only names: fetched before it is judged, or said why not.

This is receiving, not reading: what comes of it are bytes in the transaction, which the inspection
reads as if they had come with the request, or troubles, which hold the message. Nothing is asked of
the network unless everything else of the message is approved, its media addresses, as links, too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias
from urllib.parse import unquote

from filter.message import TextFields, TextMedia, Transaction, media_place
from filter.ruleset import RuleSet
from filter.settings import MediaFetch
from filter.sms.fetching import Budget, Fetched, Fetcher, FetchError
from filter.verdict import Finding, Verdict

log = logging.getLogger("sallyport.sms")

CHECK = "media"
# What an otherwise approved message is held for while nobody has seen its media.
_MISSING = frozenset({"media.unseen", "image.count", "attachment.missing"})

MayFetch: TypeAlias = Callable[[Transaction], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Approval:
    """Asks whether all but the media of a message is approved: the MayFetch of a running gate.

    ``rules`` and ``inspect`` are the pipeline's own, ``dropped_by`` the pause that stops a message
    unread. What takes longer than ``patience_seconds`` is left to the pipeline, which holds it.
    """

    rules: Callable[[], RuleSet | None]
    inspect: Callable[[Transaction, RuleSet], Awaitable[Verdict]]
    dropped_by: Callable[[Transaction], object | None]
    patience_seconds: float

    async def __call__(self, transaction: Transaction) -> bool:
        """Judge the message as it stands, its media unseen."""
        rules = self.rules()
        if rules is None or self.dropped_by(transaction) is not None:
            return False
        try:
            async with asyncio.timeout(self.patience_seconds):
                return lacks_only_media(await self.inspect(transaction, rules), rules)
        except TimeoutError:
            return False


class Gatherer(Protocol):
    """Gives a transaction what its media addresses lead to, for as long as it is worked on."""

    def gathered(self, transaction: Transaction) -> AbstractAsyncContextManager[Transaction]:
        """Lend the transaction with its media."""
        ...


class NoMedia:
    """What gathers nothing: the messages are held for what nobody has seen."""

    @asynccontextmanager
    async def gathered(self, transaction: Transaction) -> AsyncIterator[Transaction]:
        """Lend the transaction as it is."""
        yield transaction


class MediaGatherer:
    """Fetches. ``may_fetch`` says whether all but the media of a message is approved."""

    def __init__(
        self, settings: MediaFetch, may_fetch: MayFetch, fetcher: Fetcher | None = None
    ) -> None:
        self._settings = settings
        self._may_fetch = may_fetch
        self._fetcher = fetcher or Fetcher(settings)
        # A message has its place until it is dealt with: so many times max_bytes are in memory.
        self._places = asyncio.Semaphore(settings.at_once)

    @asynccontextmanager
    async def gathered(self, transaction: Transaction) -> AsyncIterator[Transaction]:
        """Lend the transaction with what its media addresses lead to, or with why they do not."""
        fields = transaction.text
        if fields is None or not fields.media or not await self._may_fetch(transaction):
            yield transaction
            return
        deadline = asyncio.get_running_loop().time() + self._settings.seconds
        try:
            async with asyncio.timeout_at(deadline):
                await self._places.acquire()
        except TimeoutError:
            yield replace(transaction, text=_failed(fields, _late(self._settings.seconds)))
            return
        try:
            yield replace(transaction, text=await self._fetch_all(transaction, fields, deadline))
        finally:
            self._places.release()

    async def _fetch_all(
        self, transaction: Transaction, fields: TextFields, deadline: float
    ) -> TextFields:
        """Return the fields with a file or a trouble for each address, in their order.

        One address is asked once, however often it is named.
        """
        budget = Budget(self._settings.max_bytes)
        urls = tuple(dict.fromkeys(fields.media))
        results = await asyncio.gather(*(self._fetch(url, budget, deadline) for url in urls))
        found = dict(zip(urls, results, strict=True))
        files: list[TextMedia] = []
        troubles: list[Finding] = []
        for number, url in enumerate(fields.media, 1):
            got, where = found[url], media_place(number)
            if isinstance(got, FetchError):
                log.info("media not fetched id=%s at=%r why=%s", transaction.id, where, got.code)
                troubles.append(Finding(CHECK, got.code, str(got), where))
                continue
            log.info(
                "media fetched id=%s at=%r size=%d label=%r sha256=%s",
                transaction.id,
                where,
                len(got.content),
                got.label,
                got.digest,
            )
            files.append(_file(url, got, where))
        return replace(
            fields,
            files=(*fields.files, *files),
            troubles=(*fields.troubles, *troubles),
        )

    async def _fetch(self, url: str, budget: Budget, deadline: float) -> Fetched | FetchError:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._fetcher.fetch(url, budget)
        except FetchError as exc:
            return exc
        except TimeoutError:
            return _late(self._settings.seconds)
        except Exception as exc:  # noqa: BLE001 - whatever it was, nobody has seen what is there
            # Not log.exception: the text of an exception may quote the address.
            log.error("media not fetched fault=%s", type(exc).__name__)  # noqa: TRY400
            return FetchError("media.unreachable", f"the fetch failed: {type(exc).__name__}")


def lacks_only_media(verdict: Verdict, rules: RuleSet) -> bool:
    """Return whether nothing but the sight of its media keeps an unseen message from passing.

    A template that shows no pictures and takes no files never approves what would be fetched.
    """
    codes = {finding.code for finding in verdict.findings}
    template = next((t for t in rules.templates if t.id == verdict.template), None)
    if template is None or "media.unseen" not in codes or not codes <= _MISSING:
        return False
    return template.pictures.max_count > 0 or bool(template.attachments)


def _file(url: str, got: Fetched, where: str) -> TextMedia:
    return TextMedia(
        where=where,
        media_type=got.label,
        size_bytes=len(got.content),
        digest=got.digest,
        name=_name_in(url),
        url=url,
        content=got.content,
    )


def _name_in(url: str) -> str:
    """Return what a handset may call the file: the end of the address's path, decoded."""
    path = url.partition("?")[0].partition("://")[2].partition("/")[2]
    return unquote(path.rpartition("/")[2])


def _late(seconds: float) -> FetchError:
    return FetchError("media.unreachable", f"it was not there within {seconds:g} s")


def _failed(fields: TextFields, why: FetchError) -> TextFields:
    places = map(media_place, range(1, len(fields.media) + 1))
    troubles = (Finding(CHECK, why.code, str(why), place) for place in places)
    return replace(fields, troubles=(*fields.troubles, *troubles))
