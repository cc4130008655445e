"""Small changes to the good messages, for the families of the raw layer, of MIME and of headers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tests.battery import good
from tests.battery.sample import Sample

CODE = good.mail()
APPOINTMENT = good.appointment()


def replaced(content: bytes, old: bytes | str, new: bytes | str, count: int = 1) -> bytes:
    """Return the content with a piece that must be in it replaced."""
    one = old.encode() if isinstance(old, str) else old
    other = new.encode("utf-8", "surrogateescape") if isinstance(new, str) else new
    if one not in content:
        raise ValueError(f"{one!r} is not in the message")
    return content.replace(one, other, count)


def with_field(line: str | bytes, content: bytes = CODE) -> bytes:
    """Return the message with a line, or lines, above its header."""
    raw = line.encode("utf-8", "surrogateescape") if isinstance(line, str) else line
    return raw + b"\r\n" + content


def with_header(name: str, body: str | None, content: bytes = CODE) -> bytes:
    """Return the message with that header in the place of its own, or without it."""
    header, _, rest = content.partition(b"\r\n\r\n")
    begin = f"{name.lower()}:".encode()
    kept = [line for line in header.split(b"\r\n") if not line.lower().startswith(begin)]
    if body is not None:
        raw = body.replace("\r\n", "\n").replace("\n", "\r\n")
        kept.append(f"{name}: {raw}".encode("utf-8", "surrogateescape"))
    return b"\r\n".join(kept) + b"\r\n\r\n" + rest


def hostile(family: str, table: Mapping[str, tuple[str, bytes]]) -> Iterator[Sample]:
    """Yield a sample for each name: the reason it must be held for, and the message."""
    for name, (because, content) in table.items():
        yield Sample(family, name, content, because)


def legitimate(family: str, table: Mapping[str, bytes]) -> Iterator[Sample]:
    """Yield a sample that must pass for each name."""
    for name, content in table.items():
        yield Sample(family, name, content)


def each(because: str, contents: Iterable[tuple[str, bytes]]) -> dict[str, tuple[str, bytes]]:
    """Return a table of messages that are held for one reason."""
    return {name: (because, content) for name, content in contents}
