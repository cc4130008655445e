"""What does a file of hashes say that others have exchanged?

Read are, one signal a line, blank lines and lines that begin with ``#`` left out:

- the hash alone, or behind its type: ``f8f8…``, ``pdq f8f8…`` (``threatexchange hash``),
  ``str(imagehash.phash(image))``;
- ``hash,quality,label`` as pdq-photo-hasher writes it, ``hash,label``, and the rows of the
  ``.te`` files of python-threatexchange and HMA (indicator, ids, time, tags);
- CSV with a header, as ``threatexchange dataset -P --csv`` writes it
  (``signal_type,signal_str,collab,category,tags``);
- JSON objects, one a line, in an array, or in ``{"data": […]}`` as the Graph API answers:
  ``type`` HASH_PDQ and ``indicator`` of ThreatExchange, ``signal_type`` and ``signal_value`` of
  HMA, or ``{"pdq": "f8f8…"}``. What is to be deleted, or said to be harmless, is left out.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from array import array
from dataclasses import dataclass, field

from filter.pictures.algorithms import HASH_BYTES
from filter.pictures.signals import (
    BEST_QUALITY,
    HEX,
    Refused,
    Signal,
    from_fields,
    from_object,
    header_of,
)
from filter.ruleset import HashList

MAX_BYTES = 512 * 1024 * 1024
MAX_LINES = 5_000_000
MAX_FAULTS = 10  # that are told; where one line is wrong, often all are
_MAX_LABEL = 200  # characters
_MAX_LINE = 100_000  # characters
_MAX_ARRAY_BYTES = 64 * 1024 * 1024  # a JSON array is read whole


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that is not understood, and what to do about it."""

    line: int
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ReadList:
    """What a file says; ``hashes`` is of no use when there are ``faults``.

    ``skipped`` are entries that were left out, by reason: of another type, of low quality.
    ``qualities`` are those of the hashes, 100 where the file says none.
    """

    hashes: HashList
    qualities: bytes = field(repr=False)
    faults: tuple[Fault, ...] = ()
    skipped: tuple[tuple[str, int], ...] = ()


def read_list(content: bytes, algorithm: str, min_quality: int) -> ReadList:
    """Return the hashes of one algorithm in a file, faults and what was left out. Never raises."""
    gathered = _Gathered(algorithm, min_quality)
    fault = _unfit(content)
    if fault is not None:
        gathered.faults.append(fault)
    elif not gathered.add_plain(content):
        _read_lines(content.removeprefix(b"\xef\xbb\xbf"), gathered)
    return gathered.finish()


def guess_algorithm(content: bytes) -> str | None:
    """Return the algorithm whose hashes are as long as the first one in a file; None: neither."""
    for found in re.finditer(rb"(?<![0-9A-Za-z])[0-9a-fA-F]{16,}(?![0-9A-Za-z])", content[:65_536]):
        for algorithm, length in HASH_BYTES.items():
            if len(found[0]) == 2 * length:
                return algorithm
    return None


def _unfit(content: bytes) -> Fault | None:
    if len(content) > MAX_BYTES:
        message = f"the list has more than {MAX_BYTES >> 20} MiB"
        return Fault(0, message, "divide it into several lists")
    lines = content.count(b"\n")
    if lines > MAX_LINES:
        return Fault(0, f"the list has more than {MAX_LINES} lines", "divide it into several lists")
    return None


def _read_lines(content: bytes, gathered: _Gathered) -> None:
    if content.lstrip()[:1] == b"[" or _is_one_object(content):
        _read_array(content, gathered)
        return
    reader = _LineReader(gathered)
    for number, raw in enumerate(content.split(b"\n"), start=1):
        try:
            reader.read(number, raw)
        except Refused as exc:
            gathered.refuse(number, *exc.args)
        except UnicodeDecodeError:
            gathered.refuse(number, "the line is not UTF-8", "save the file as UTF-8")
        except csv.Error:
            gathered.refuse(number, "the quotes of this line do not match", 'write `"` in pairs')
        except (ValueError, RecursionError):
            gathered.refuse(number, "the line is not valid JSON", "write one JSON object a line")
        if len(gathered.faults) > MAX_FAULTS:
            return


class _LineReader:
    """Reads a file line by line; the first line that is not empty may be a header."""

    def __init__(self, gathered: _Gathered) -> None:
        self._gathered = gathered
        self._header: list[str] | None = None
        self._is_first = True
        self._usual = _usual_line(gathered.algorithm)

    def read(self, number: int, raw: bytes) -> None:
        """Add what a line says. Raises Refused, ValueError or csv.Error when it says nothing."""
        usual = self._usual.fullmatch(raw) if self._header in _USUAL_HEADERS else None
        if usual is not None:
            self._is_first = False
            quality = int(usual[2]) if usual[2] else BEST_QUALITY
            if quality <= BEST_QUALITY:
                self._gathered.add_hash(
                    number, bytes.fromhex(usual[1].decode()), quality, (usual[3] or b"").strip()
                )
                return
        line = raw.decode("utf-8").strip()
        if not line or line.startswith("#"):
            return
        signal = self._signal(line)
        if signal is not None:
            self._gathered.add(number, signal)

    def _signal(self, line: str) -> Signal | None:
        if len(line) > _MAX_LINE:
            raise Refused("the line is too long", "write one signal a line")
        if line.startswith("{"):
            return from_object(json.loads(line))
        fields = next(csv.reader([line], strict=True)) if "," in line else line.split()
        if self._is_first:
            self._is_first = False
            self._header = header_of(fields)
            if self._header is not None:
                return None
        return from_fields(fields, self._header)


# What most lines look like, told apart without a decoder: a million of them are read at each start.
_USUAL_HEADERS: tuple[list[str] | None, ...] = (
    None,
    ["hash", "quality"],
    ["hash", "quality", "label"],
)


def _usual_line(algorithm: str) -> re.Pattern[bytes]:
    digits = 2 * HASH_BYTES[algorithm]
    label = rb"(?:[^\",\r\n\x80-\xff]{0,%d})" % _MAX_LABEL
    return re.compile(rb"([0-9a-fA-F]{%d}),([0-9]{1,3})(?:,(%s))?\r?" % (digits, label))


def _is_one_object(content: bytes) -> bool:
    """Return whether a file that begins with a brace is one object over several lines."""
    head = content.lstrip()
    first, _, rest = head.partition(b"\n")
    if not head.startswith(b"{"):
        return False
    return not first.rstrip().endswith(b"}") or (not rest.strip() and b'"data"' in first)


def _read_array(content: bytes, gathered: _Gathered) -> None:
    if len(content) > _MAX_ARRAY_BYTES:
        message = f"JSON of more than {_MAX_ARRAY_BYTES >> 20} MiB in one piece"
        gathered.refuse(0, message, "write one JSON object a line (`jq -c '.[]'`)")
        return
    try:
        said = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        gathered.refuse(0, "the list is not UTF-8", "save the file as UTF-8")
        return
    except (ValueError, RecursionError) as exc:
        line = getattr(exc, "lineno", 1)
        gathered.refuse(line, "this is not valid JSON", "write one JSON object a line")
        return
    if isinstance(said, dict) and isinstance(said.get("data"), list):
        said = said["data"]
    for number, one in enumerate(said if isinstance(said, list) else [said], start=1):
        try:
            fields = from_fields([one], None) if isinstance(one, str) else from_object(one)
            gathered.add(number, fields)
        except Refused as exc:
            message, remedy = exc.args
            gathered.refuse(0, f"signal {number}: {message}", remedy)
        if len(gathered.faults) > MAX_FAULTS:
            return


class _Gathered:
    """The entries so far, in a few arrays."""

    def __init__(self, algorithm: str, min_quality: int) -> None:
        self.algorithm = algorithm
        self._digits = 2 * HASH_BYTES[algorithm]
        self._least = min_quality
        self._hashes = bytearray()
        self._labels = bytearray()
        self._ends = array("I")
        self._qualities = bytearray()
        self._skipped: dict[str, int] = {}
        self._lines = array("I")
        self.faults: list[Fault] = []

    def add(self, line: int, signal: Signal) -> None:
        if signal.kind is None or signal.kind not in {"", self.algorithm}:
            self._skip("of another type, deleted or harmless")
            return
        digits = signal.digits
        if len(digits) != self._digits or not HEX.fullmatch(digits):
            raise Refused(*self._why_no_hash(digits))
        label = signal.label.strip()[:_MAX_LABEL].strip().encode("utf-8", "replace")
        self.add_hash(line, bytes.fromhex(digits), signal.quality, label)

    def add_hash(self, line: int, one: bytes, quality: int, label: bytes) -> None:
        if quality < self._least:
            self._skip(f"of a quality below {self._least}")
            return
        self._hashes += one
        self._labels += label
        self._ends.append(len(self._labels))
        self._qualities.append(quality)
        self._lines.append(line)

    def add_plain(self, content: bytes) -> bool:
        """Take a file of nothing but hashes, one a line; False when it is not such a file."""
        text = content if content.endswith(b"\n") else content + b"\n"
        # Possessive: what is read is never read again in another way.
        if not re.fullmatch(rb"(?:[0-9a-fA-F]{%d}\n)++" % self._digits, text):
            return False
        self._hashes += bytes.fromhex(text.decode("ascii"))  # which ignores line ends
        count = len(text) // (self._digits + 1)
        self._lines.extend(range(1, count + 1))
        self._ends.extend([0] * count)
        self._qualities += bytes([BEST_QUALITY]) * count
        return True

    def refuse(self, line: int, message: str, remedy: str) -> None:
        self.faults.append(Fault(line, message, remedy))

    def finish(self) -> ReadList:
        if not self._lines and not self.faults:
            remedy = "an empty list would hold nothing; remove it, or fill it"
            if self._skipped:
                left_out = ", ".join(f"{n} {why}" for why, n in self._skipped.items())
                remedy = f"left out are {left_out}"
            self.refuse(0, f"the list has no {self.algorithm} hash", remedy)
        hashes = HashList(
            self.algorithm,
            bytes(self._hashes),
            _little_endian(self._lines),
            bytes(self._labels),
            _little_endian(self._ends),
        )
        faults, skipped = tuple(self.faults), tuple(self._skipped.items())
        return ReadList(hashes, bytes(self._qualities), faults, skipped)

    def _skip(self, why: str) -> None:
        self._skipped[why] = self._skipped.get(why, 0) + 1

    def _why_no_hash(self, digits: str) -> tuple[str, str]:
        shown = digits if len(digits) <= 70 else f"{digits[:67]}..."  # noqa: PLR2004 - a line
        for other, length in HASH_BYTES.items():
            if len(digits) == 2 * length and HEX.fullmatch(digits) and other != self.algorithm:
                return (f"this is a hash of `{other}`", f"write `algorithm: {other}`")
        message = f"`{shown}` is no {self.algorithm} hash"
        return message, f"{self.algorithm} hashes are {self._digits} hexadecimal digits"


def _little_endian(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()
