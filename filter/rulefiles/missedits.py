"""Small changes to what a message says, made in its plain text and in the source of its HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from filter.ruleset import Example

Edit: TypeAlias = Callable[[str], str]

# Examples are written by people who run them: nobody hostile, and no browser's parser is needed.
_MARKUP = re.compile(
    r"<!--.*?-->|<(?P<raw>style|script|title)\b.*?</(?P=raw)\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE
)
_SAID_ATTRIBUTE = re.compile(
    r"""(?P<before>\s(?:href|alt|title)\s*=\s*)(?P<quote>["'])(?P<value>.*?)(?P=quote)""",
    re.DOTALL | re.IGNORECASE,
)
_HREF = re.compile(
    r"""(?P<before><a\b[^>]*?\shref\s*=\s*)(?P<quote>["'])(?P<value>.*?)(?P=quote)""",
    re.DOTALL | re.IGNORECASE,
)
_WEB_ADDRESS = re.compile(r"https?://(?P<host>[A-Za-z0-9.-]+[A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class Host:
    """A host of a web address in a message, and whether people see it or it is behind words."""

    name: str
    behind: bool


def hosts_of(example: Example) -> Iterator[Host]:
    """Yield the hosts of the links of a message, each once for each way in which it stands there.

    Pictures and style sheets are no links that somebody follows.
    """
    seen: dict[Host, None] = {}
    for shown in _WEB_ADDRESS.finditer(example.text or ""):
        seen[Host(shown["host"], behind=False)] = None
    for href in _HREF.finditer(example.html or ""):
        match = _WEB_ADDRESS.match(html.unescape(href["value"]).strip())
        if match is not None:
            seen[Host(match["host"], behind=True)] = None
    yield from seen


def with_host(example: Example, host: Host, other: str) -> Example:
    """Return the message with a host replaced: in all that is seen, or only behind the words."""
    exact = re.compile(rf"(https?://){re.escape(host.name)}(?![A-Za-z0-9-]|\.[A-Za-z0-9])")

    def edit(text: str) -> str:
        return exact.sub(lambda m: m[1] + other, text)

    if host.behind:
        page = _HREF.sub(
            lambda m: m["before"] + m["quote"] + edit(m["value"]) + m["quote"], example.html or ""
        )
        return replace(example, html=page)
    return edited(example, edit, attributes=True)


def edited(example: Example, edit: Edit, *, attributes: bool = False) -> Example:
    """Return the message with an edit made in its text and in what its HTML says.

    With ``attributes`` also in addresses, alternative texts and titles of the HTML.
    """
    return replace(
        example,
        text=None if example.text is None else edit(example.text),
        html=None if example.html is None else in_html(example.html, edit, attributes=attributes),
    )


def in_html(source: str, edit: Edit, *, attributes: bool = False) -> str:
    """Return an HTML source with an edit made in its texts, one stretch between tags at a time."""
    pieces: list[str] = []
    position = 0
    for match in _MARKUP.finditer(source):
        pieces += (_in_text(source[position : match.start()], edit), match.group())
        if attributes and match["raw"] is None:
            pieces[-1] = _SAID_ATTRIBUTE.sub(
                lambda m: m["before"] + m["quote"] + _in_text(m["value"], edit) + m["quote"],
                pieces[-1],
            )
        position = match.end()
    return "".join((*pieces, _in_text(source[position:], edit)))


def _in_text(source: str, edit: Edit) -> str:
    """Return a stretch of HTML text edited; one that nothing happens to stays as it was written."""
    said = html.unescape(source)
    done = edit(said)
    return source if done == said else html.escape(done)


def with_end(example: Example, sentence: str) -> Example:
    """Return the message with a sentence more at the end of all that it says."""
    text = example.text
    page = example.html
    if text is not None:
        body = text.rstrip()
        text = f"{body}\n\n{sentence}\n" if "\n" in body else f"{body} {sentence}"
    if page is not None:
        at = re.search(r"</body\s*>", page, re.IGNORECASE)
        place = at.start() if at else len(page)
        page = f"{page[:place]}<p>{html.escape(sentence)}</p>{page[place:]}"
    return replace(example, text=text, html=page)


def links_swapped(source: str) -> str | None:
    """Return an HTML source whose first two links lead where the other one led; None without two.

    Only links that lead to two places can be swapped.
    """
    found = list(_HREF.finditer(source))
    for first in found:
        for second in found:
            if first.start() < second.start() and first["value"] != second["value"]:
                return (
                    source[: first.start("value")]
                    + second["value"]
                    + source[first.end("value") : second.start("value")]
                    + first["value"]
                    + source[second.end("value") :]
                )
    return None


def replacing(old: str, new: str) -> Edit:
    """Return an edit that replaces a text wherever it stands as words of its own."""
    exact = _exactly(old)
    return lambda text: exact.sub(lambda _: new, text)


def count_of(old: str, text: str) -> int:
    """Return how often ``replacing`` would replace something."""
    return sum(1 for _ in _exactly(old).finditer(text))


def _exactly(words: str) -> re.Pattern[str]:
    before = r"(?<!\w)" if re.match(r"\w", words) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", words) else ""
    return re.compile(before + r"\s+".join(map(re.escape, words.split())) + after)
