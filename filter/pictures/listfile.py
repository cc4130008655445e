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
from filter.ruleset import HashList

MAX_BYTES = 512 * 1024 * 1024
MAX_LINES = 5_000_000
MAX_FAULTS = 10  # that are told; where one line is wrong, often all are
_MAX_LABEL = 200  # characters
_MAX_LINE = 100_000  # characters
_MAX_ARRAY_BYTES = 64 * 1024 * 1024  # a JSON array is read whole
_BEST_QUALITY = 100

_HEX = re.compile("[0-9a-fA-F]+")
_HASH_KEYS = ("indicator", "signal_value", "signal_str", "signal", "hash", "value", "hash_value")
_TYPE_KEYS = ("type", "signal_type", "hash_type", "algorithm")
_LABEL_KEYS = ("label", "description", "note", "name", "file", "filename", "tags", "collab")
_TYPES = {"pdq": "pdq", "hash_pdq": "pdq", "phash": "phash64", "phash64": "phash64"}
_HARMLESS = frozenset({"NON_MALICIOUS"})


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


class _Refused(Exception):  # noqa: N818 - a fact about one line
    """A line that is not understood: message and remedy."""


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
        except _Refused as exc:
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
        """Add what a line says. Raises _Refused, ValueError or csv.Error when it says nothing."""
        usual = self._usual.fullmatch(raw) if self._header in _USUAL_HEADERS else None
        if usual is not None:
            self._is_first = False
            quality = int(usual[2]) if usual[2] else _BEST_QUALITY
            if quality <= _BEST_QUALITY:
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

    def _signal(self, line: str) -> _Signal | None:
        if len(line) > _MAX_LINE:
            raise _Refused("the line is too long", "write one signal a line")
        if line.startswith("{"):
            return _from_object(json.loads(line))
        fields = next(csv.reader([line], strict=True)) if "," in line else line.split()
        if self._is_first:
            self._is_first = False
            self._header = _header(fields)
            if self._header is not None:
                return None
        return _from_fields(fields, self._header)


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
            fields = _from_fields([one], None) if isinstance(one, str) else _from_object(one)
            gathered.add(number, fields)
        except _Refused as exc:
            message, remedy = exc.args
            gathered.refuse(0, f"signal {number}: {message}", remedy)
        if len(gathered.faults) > MAX_FAULTS:
            return


@dataclass(frozen=True, slots=True)
class _Signal:
    """One entry; ``kind`` "" is whatever the list is of, None what is to be left out."""

    digits: str
    kind: str | None = ""
    quality: int = _BEST_QUALITY
    label: str = ""


def _header(fields: list[str]) -> list[str] | None:
    names = [name.strip().lower() for name in fields]
    known = {*_HASH_KEYS, *_TYPES}
    return names if len(names) > 1 and known.intersection(names) and not _any_hash(names) else None


def _any_hash(fields: list[str]) -> bool:
    lengths = {2 * length for length in HASH_BYTES.values()}
    return any(len(one) in lengths and _HEX.fullmatch(one) for one in fields)


def _from_fields(fields: list[str], header: list[str] | None) -> _Signal:
    fields = [one.strip() for one in fields]
    if header is not None:
        if len(fields) != len(header):
            message = f"{len(fields)} fields, and the header names {len(header)}"
            raise _Refused(message, "put quotes around a field that has a comma")
        return _from_object({k: v for k, v in zip(header, fields, strict=True) if v})
    kind = ""
    if len(fields) > 1 and fields[0].lower() in _TYPES:  # `pdq f8f8…`
        kind, fields = _TYPES[fields[0].lower()], fields[1:]
    quality, rest = _BEST_QUALITY, fields[1:]
    if rest and re.fullmatch("[0-9]{1,3}", rest[0]) and int(rest[0]) <= _BEST_QUALITY:
        quality, rest = int(rest[0]), rest[1:]
    return _Signal(fields[0], kind, quality, next((one for one in reversed(rest) if one), ""))


def _from_object(said: object) -> _Signal:
    if not isinstance(said, dict):
        raise _Refused("this is no signal", "write a JSON object for each")
    if said.get("should_delete") is True or said.get("status") in _HARMLESS:
        return _Signal("", None)
    lowered = {str(key).lower(): value for key, value in said.items()}
    label = next((_text(lowered[key]) for key in _LABEL_KEYS if lowered.get(key)), "")
    quality = _quality(lowered.get("quality", _BEST_QUALITY))
    named = next((lowered[key] for key in _TYPE_KEYS if lowered.get(key)), "")
    kind = _TYPES.get(str(named).lower()) if named else ""
    for name, algorithm in _TYPES.items():
        if isinstance(lowered.get(name), str):
            return _Signal(lowered[name], algorithm, quality, label)
    digits = next((lowered[key] for key in _HASH_KEYS if lowered.get(key)), None)
    if not isinstance(digits, str):
        help_ = "write it under `indicator`, `signal_value` or `hash`"
        raise _Refused("the signal has no hash", help_)
    return _Signal(digits, kind, quality, label)


def _quality(said: object) -> int:
    if re.fullmatch("[0-9]{1,3}", str(said)) and int(str(said)) <= _BEST_QUALITY:
        return int(str(said))
    raise _Refused(f"quality {str(said)[:20]!r}", "write a whole number from 0 to 100")


def _text(said: object) -> str:
    if isinstance(said, dict):
        said = said.get("data", "")
    if isinstance(said, list):
        texts = (one.get("text", "") if isinstance(one, dict) else one for one in said)
        return " ".join(str(one) for one in texts)
    return str(said)


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

    def add(self, line: int, signal: _Signal) -> None:
        if signal.kind is None or signal.kind not in {"", self.algorithm}:
            self._skip("of another type, deleted or harmless")
            return
        digits = signal.digits
        if len(digits) != self._digits or not _HEX.fullmatch(digits):
            raise _Refused(*self._why_no_hash(digits))
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
        self._qualities += bytes([_BEST_QUALITY]) * count
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
            if len(digits) == 2 * length and _HEX.fullmatch(digits) and other != self.algorithm:
                return (f"this is a hash of `{other}`", f"write `algorithm: {other}`")
        message = f"`{shown}` is no {self.algorithm} hash"
        return message, f"{self.algorithm} hashes are {self._digits} hexadecimal digits"


def _little_endian(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()
