"""Reads YAML files that people write: YAML 1.2 values, no surprises, and the place of everything.

The only module that imports PyYAML. Its parser (libyaml) is used for events only: composing in C
recurses and can be made to overflow the stack, and PyYAML's constructors read YAML 1.1 (``no`` is
False, ``12:30`` is 750, ``010`` is 8) and let a later duplicate key win in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, TypeAlias

import yaml

from filter.problems import START, Place, Problem, Severity

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 24


class SourcedInt(int):
    """A whole number that remembers how it was written, for places that want text."""

    source: str


class SourcedFloat(float):
    """A number that remembers how it was written, for places that want text."""

    source: str


class Node(NamedTuple):
    """A value and where it stands; ``keys`` and ``children`` are those of a mapping or list."""

    begin: Any  # libyaml's marks: they are turned into a place only when somebody asks
    end: Any
    value: Plain
    keys: Mapping[str, Node]
    children: Mapping[str | int, Node]

    @property
    def place(self) -> Place:
        """Where it stands in the file."""
        begin, end = self.begin, self.end
        return Place(begin.line + 1, begin.column + 1, end.line + 1, end.column + 1)


@dataclass(frozen=True, slots=True)
class Document:
    """One file, read: its plain value, and the place of every key and value in it."""

    file: str
    lines: tuple[str, ...]
    root: Node | None  # None for an empty file

    @property
    def value(self) -> Plain:
        """The plain value; None for an empty file."""
        return None if self.root is None else self.root.value

    def node_at(self, path: tuple[str | int, ...]) -> Node | None:
        """Return the deepest node on the way along ``path`` that exists.

        One value may stand where a list is wanted: then it is its own first item.
        """
        node = self.root
        for step in path:
            if node is None:
                break
            if step in node.children:
                node = node.children[step]
            elif step != 0 or isinstance(node.value, list):
                break
        return node

    def place_of(self, path: tuple[str | int, ...]) -> Place:
        """Return the place of the value at ``path``, or of the deepest one on the way there."""
        node = self.node_at(path)
        return START if node is None else node.place

    def place_of_key(self, path: tuple[str | int, ...]) -> Place:
        """Return the place of the last step's key, or of the value when it has none."""
        parent = self.node_at(path[:-1])
        key = path[-1] if path else None
        if parent is not None and isinstance(key, str) and key in parent.keys:
            return parent.keys[key].place
        return self.place_of(path)

    def place_within(self, path: tuple[str | int, ...], offset: int, length: int) -> Place:
        """Return the place of some characters of a text, in whatever style it is written.

        Escapes and folding make offsets useless in the file, so the same characters are looked
        for, as often as they stand before the offset; the whole value when they cannot be found.
        """
        node = self.node_at(path)
        if node is None or not isinstance(node.value, str):
            return self.place_of(path)
        snippet = node.value[offset : offset + max(length, 1)].partition("\n")[0]
        skip = node.value.count(snippet, 0, offset) if snippet else -1
        last = min(node.place.end_line, len(self.lines))
        for number in range(node.place.line, last + 1) if snippet else ():
            line = self.lines[number - 1]
            at = line.find(snippet, node.place.column - 1 if number == node.place.line else 0)
            while at >= 0:
                if skip == 0:
                    return Place(number, at + 1, number, at + 1 + len(snippet))
                skip -= 1
                at = line.find(snippet, at + len(snippet))
        return node.place

    def problem(
        self,
        code: str,
        message: str,
        place: Place,
        *,
        help: str = "",  # noqa: A002 - the word that stands in the output
        severity: Severity = Severity.ERROR,
    ) -> Problem:
        """Return a problem of this file at a place."""
        return problem_at(self.file, self.lines, code, message, place, help, severity)

    def report(
        self,
        code: str,
        message: str,
        path: tuple[str | int, ...],
        *,
        help: str = "",  # noqa: A002 - the word that stands in the output
        severity: Severity = Severity.ERROR,
        at_key: bool = False,
    ) -> Problem:
        """Return a problem at the place of the value at ``path``, or of its key."""
        place = self.place_of_key(path) if at_key else self.place_of(path)
        return self.problem(code, message, place, help=help, severity=severity)


class Reporter(Protocol):
    """Makes problems for values that are named by their path: a Document, or something above it."""

    def report(
        self,
        code: str,
        message: str,
        path: tuple[str | int, ...],
        *,
        help: str = "",  # noqa: A002 - the word that stands in the output
        severity: Severity = Severity.ERROR,
        at_key: bool = False,
    ) -> Problem:
        """Return a problem at the place of the value, or of its key."""
        ...


def problem_at(  # noqa: PLR0917 - what a problem consists of, in its order
    file: str,
    lines: tuple[str, ...],
    code: str,
    message: str,
    place: Place,
    help: str = "",  # noqa: A002 - the word that stands in the output
    severity: Severity = Severity.ERROR,
) -> Problem:
    """Return a problem at a place in a text that is given as lines."""
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    if place.end_line == place.line:
        width = place.end_column - place.column
    else:
        width = len(line) - place.column + 1
    return Problem(
        code=code,
        message=message,
        file=file,
        line=place.line,
        column=place.column,
        caret_columns=max(width, 1),
        source_line=line,
        help=help,
        severity=severity,
    )


def read_yaml(content: bytes, file: str) -> tuple[Document, list[Problem]]:
    """Return the document and every problem found; with an error in the list do not use the value.

    ``file`` is the name that problems carry. Never raises.
    """
    text, problems = _decode(content, file)
    if text is None:
        return Document(file, (), None), problems
    lines = tuple(re.split(r"\r\n|\r|\n", text))
    problems += _check_characters(text, lines, file)
    if any(p.is_error for p in problems):
        return Document(file, lines, None), problems
    reader = _Reader(text, file, lines)
    root = reader.read()
    return Document(file, lines, root), problems + reader.problems


# --- characters


# What YAML 1.2 does not let stand unescaped (section 5.1), and the three line ends that libyaml
# (YAML 1.1) sees and an editor does not: with them, line numbers would lie.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
)
# Make a line look like another one to a reviewer ("Trojan Source", CVE-2021-42574).
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def _decode(content: bytes, file: str) -> tuple[str | None, list[Problem]]:
    if len(content) > MAX_BYTES:
        message = f"the file has {len(content)} bytes; the most is {MAX_BYTES}"
        return None, [Problem("E001", message, file, help="split it into several files")]
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        message = "the file is UTF-16, not UTF-8"
        return None, [Problem("E001", message, file, help="save it as UTF-8")]
    try:
        return content.removeprefix(b"\xef\xbb\xbf").decode(), []
    except UnicodeDecodeError as exc:
        good = content[: exc.start].decode().removeprefix("\ufeff")
        lines = re.split(r"\r\n|\r|\n", good)
        place = Place(len(lines), len(lines[-1]) + 1, len(lines), len(lines[-1]) + 2)
        message = f"byte 0x{content[exc.start]:02x} is not UTF-8"
        rest = content[exc.start :].decode(errors="replace").splitlines()
        shown = (*lines[:-1], lines[-1] + (rest[0] if rest else ""))
        return None, [problem_at(file, shown, "E001", message, place, "save the file as UTF-8")]


def _check_characters(text: str, lines: tuple[str, ...], file: str) -> Iterator[Problem]:
    if _FORBIDDEN.search(text):
        for place, character in _found(_FORBIDDEN, lines):
            yield problem_at(
                file, lines, "E001", f"character U+{ord(character):04X} must not stand here", place,
                'remove it, or write it as an escape in "double quotes"',
            )  # fmt: skip
    if _REORDERING.search(text):
        for place, character in _found(_REORDERING, lines):
            yield problem_at(
                file, lines, "W101", f"U+{ord(character):04X} changes the order in which this line "
                "is shown", place, f'write it as "\\u{ord(character):04X}" in double quotes, so '
                "that reviewers see it", Severity.WARNING,
            )  # fmt: skip


def _found(pattern: re.Pattern[str], lines: tuple[str, ...]) -> Iterator[tuple[Place, str]]:
    for number, line in enumerate(lines, 1):
        for hit in pattern.finditer(line):
            yield Place(number, hit.start() + 1, number, hit.end() + 1), hit.group()


# --- structure


class _TooDeepError(Exception):
    """Reading on would be of no use."""


_NOTHING: Mapping[Any, Node] = MappingProxyType({})


class _Reader:
    """Builds nodes from the parser's events, collecting problems instead of stopping."""

    def __init__(self, text: str, file: str, lines: tuple[str, ...]) -> None:
        self._text = text
        self._file = file
        self._lines = lines
        self._next: Callable[[], Any]
        self._multiline: list[Place] = []
        self.problems: list[Problem] = []

    def read(self) -> Node | None:
        root: Node | None = None
        try:
            parser: Any = yaml.CSafeLoader(self._text)
            self._next = parser.get_event
            documents = 0
            while not isinstance(event := self._next(), yaml.StreamEndEvent):
                if isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                    self._check_start(event, documents)
                elif isinstance(event, yaml.NodeEvent):
                    node = self._node(event, 0)
                    root = node if documents == 1 else root
        except yaml.MarkedYAMLError as exc:
            self._syntax(exc)
        except yaml.YAMLError as exc:
            self.problems.append(Problem("E002", f"not YAML: {exc}", self._file))
        except _TooDeepError:
            pass
        self._check_tabs()
        return None if root is None or root.value is None else root

    def _say(self, code: str, message: str, place: Place, help_: str = "") -> None:
        self.problems.append(problem_at(self._file, self._lines, code, message, place, help_))

    def _check_start(self, event: yaml.DocumentStartEvent, documents: int) -> None:
        if documents == 2:  # noqa: PLR2004 - the second; one report is enough
            help_ = "write one document a file; remove `---`"
            self._say("E007", "a second document begins here", _place(event), help_)
        if event.version is not None and tuple(event.version) != (1, 2):
            self._say("E007", "files are read as YAML 1.2", _place(event), "remove the %YAML line")

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            message = f"alias `*{event.anchor}`: aliases are not allowed"
            self._say("E005", message, _place(event), _ALIAS_HELP)
            return Node(event.start_mark, event.end_mark, None, {}, {})
        if depth > MAX_DEPTH:
            self._say(
                "E008",
                f"nested more than {MAX_DEPTH} levels deep",
                _place(event),
                "write less of it",
            )
            raise _TooDeepError
        if event.anchor is not None or event.tag is not None:
            self._check_properties(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(event, depth)
        return self._mapping(event, depth)

    def _check_properties(self, event: Any) -> None:
        """Refuse anchors, and tags other than those that say ``text``."""
        place = _place(event)
        if event.anchor is not None:
            width = len(event.anchor) + 1
            start = Place(place.line, place.column, place.line, place.column + width)
            message = f"anchor `&{event.anchor}`: anchors are not allowed"
            self._say("E005", message, start, _ALIAS_HELP)
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            shown = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._say("E006", f"tag `{shown}`: tags are not allowed", place, "remove the tag")

    def _scalar(self, event: Any) -> Node:
        begin, end = event.start_mark, event.end_mark
        if end.line > begin.line:
            self._multiline.append(_place(event))
        is_text = event.style or event.tag is not None
        value = event.value if is_text else _resolve(event.value)
        return Node(begin, end, value, _NOTHING, _NOTHING)

    def _list(self, start: Any, depth: int) -> Node:
        children: dict[str | int, Node] = {}
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            children[len(children)] = self._node(event, depth + 1)
        values: list[Plain] = [child.value for child in children.values()]
        return Node(start.start_mark, event.end_mark, values, _NOTHING, children)

    def _mapping(self, start: Any, depth: int) -> Node:
        keys: dict[str, Node] = {}
        children: dict[str | int, Node] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key_node = self._node(event, depth + 1)
            key = self._key(event, key_node)
            node = self._node(self._next(), depth + 1)
            if key is None:
                continue
            if key in keys:
                first = keys[key].place.line
                help_ = f"remove one of the two; the other is on line {first}"
                self._say("E004", f"key `{key}` stands here twice", key_node.place, help_)
                continue
            keys[key] = key_node
            children[key] = node
        value: dict[str, Plain] = {str(key): child.value for key, child in children.items()}
        return Node(start.start_mark, event.end_mark, value, keys, children)

    def _key(self, event: Any, node: Node) -> str | None:
        if not isinstance(event, yaml.ScalarEvent):
            if not isinstance(event, yaml.AliasEvent):
                self._say("E009", "a key must be a word", node.place, _BRACE_HELP)
            return None
        if event.value == "":
            help_ = "write one, or quote the text"
            self._say("E009", "a key is missing before `:`", node.place, help_)
            return None
        return str(event.value)

    def _check_tabs(self) -> None:
        if "\t" not in self._text:
            return
        inside = {n for p in self._multiline for n in range(p.line + 1, p.end_line + 1)}
        reported = {p.line for p in self.problems if p.code == "E003"}
        for number, line in enumerate(self._lines, 1):
            hit = re.match(r" *(\t+)", line)
            if hit and line.strip() and number not in inside | reported:
                place = Place(number, hit.start(1) + 1, number, hit.end(1) + 1)
                self._say("E003", "a tab in the indentation", place, "indent with blanks")

    def _is_late(self, problem: str, line: int) -> bool:
        """Whether libyaml noticed only long after the mistake, which is where it began."""
        if "unexpected end of stream" in problem or "expected ':'" in problem:
            return True
        return line > len(self._lines) or not self._lines[line - 1].strip()

    def _syntax(self, exc: yaml.MarkedYAMLError) -> None:
        begin = _line_and_column(exc.context_mark)
        mark = _line_and_column(exc.problem_mark)
        if begin is not None and (mark is None or self._is_late(exc.problem or "", mark[0])):
            mark = begin
        line, column = mark or (1, 1)
        line = min(line, len(self._lines))
        source = self._lines[line - 1] if self._lines else ""
        if re.match(r" *\t", source):
            at = source.index("\t") + 1
            place = Place(line, at, line, at + 1)
            self._say("E003", "a tab in the indentation", place, "indent with blanks")
            return
        message, help_ = _explain_syntax(exc.problem or "", source)
        if begin is not None and begin[0] != line and exc.context:
            message += f" in the {_thing(exc.context)} of line {begin[0]}"
        self._say("E002", message, Place(line, column, line, column + 1), help_)


_ALIAS_HELP = "write the value out at each place"
_BRACE_HELP = 'a text that begins with a bracket needs quotes: "{slot} …"'


def _place(event: Any) -> Place:
    start, end = event.start_mark, event.end_mark
    return Place(start.line + 1, start.column + 1, end.line + 1, end.column + 1)


# --- scalars: the core schema of YAML 1.2 (section 10.3.2), less what loses characters


_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_HEX = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_MAX_DIGITS = 400  # int() refuses more than 4300; no number here needs as many


def _resolve(text: str) -> Plain:
    """Return what a plain scalar means.

    A number with a leading zero (``0123``, a code or a short code) stays text: every other reading
    loses a character or changes the value.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-+.0123456789" or len(text) > _MAX_DIGITS:
        return text
    if _INT.fullmatch(text) or _HEX.fullmatch(text):
        number = SourcedInt(text, 0)
        number.source = text
        return number
    if _FLOAT.fullmatch(text):
        decimal = SourcedFloat(text)
        decimal.source = text
        return decimal
    return text


# --- libyaml's messages, in plain words


_SYNTAX = (
    (
        "mapping values are not allowed",
        "`:` cannot stand here",
        'put quotes around a text that holds ": "; a key begins where those above it begin',
    ),
    (
        "could not find expected ':'",
        "`:` is missing after a key",
        "write `key: value`, or indent the line as part of the text above",
    ),
    ("cannot start any token", "this character cannot begin a value", "put quotes around the text"),
    (
        "did not find expected <document start>",
        "the file goes on where it should be at an end",
        "check the indentation of this line",
    ),
    (
        "found unknown escape character",
        "unknown escape in double quotes",
        "use 'single quotes' for a pattern, or write the backslash twice",
    ),
    (
        "found unexpected end of stream",
        "a quote is opened and never closed",
        "close the quote",
    ),
    ("did not find expected alphabetic or numeric", "`&` and `*` begin anchors and aliases",
     "put quotes around the text"),
    ("found undefined tag handle", "a word that begins with `!` is a tag",
     "put quotes around the text"),
    ("did not find expected ',' or '}'", "`,` or `}` is missing",
     'a text that begins with `{` needs quotes: "{slot} …"'),
    ("did not find expected ',' or ']'", "`,` or `]` is missing",
     "a text that begins with `[` needs quotes"),
    ("did not find expected '-' indicator", "a list item must begin with `- `",
     "indent the line as the items above"),
    ("did not find expected key", "a key was expected here",
     "check the indentation and the quotes of this line and the one above"),
    ("block sequence entries are not allowed", "`- ` cannot stand here",
     "put the list on lines of its own"),
)  # fmt: skip


def _line_and_column(mark: Any) -> tuple[int, int] | None:
    return None if mark is None else (mark.line + 1, mark.column + 1)


def _thing(context: str) -> str:
    for needle, word in (("sequence", "list"), ("collection", "list"), ("mapping", "mapping")):
        if needle in context:
            return word
    return "value"


def _explain_syntax(problem: str, source: str) -> tuple[str, str]:
    if re.search(r"(?::|-)\s+\{\w+\}\s*[^\s#,}\]]", source):
        return "text after a closing brace", _BRACE_HELP
    if re.search(r"(?::|-)\s+([\"']).*\1\s*[^\s#,}\]:]", source):
        return "text after a closing quote", (
            "put the whole text in quotes, or use `|` and write it on the next lines"
        )
    for needle, message, help_ in _SYNTAX:
        if needle in problem:
            return message, help_
    return f"not YAML: {problem or 'unreadable'}", ""
