"""The house as data: who may import whom, who may touch a library, and which rooms are pure.

docs/architecture.md tells the same in words. A new import that this test refuses is a question to
settle there first, then here.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Who speaks first: the most specific name in these tables decides for a module.
CORE = (
    "filter.basis",
    "filter.decisions",
    "filter.enduser",
    "filter.floodrules",
    "filter.guard",
    "filter.ids",
    "filter.message",
    "filter.mode",
    "filter.outcome",
    "filter.reasons",
    "filter.ruleset",
    "filter.ruling",
    "filter.settings",
    "filter.subject",
    "filter.verdict",
)
# The types with which rooms meet; they import only core.
CONTRACTS = (
    "filter.limits.interface",
    "filter.limits.pause",
    "filter.quarantine.interface",
    "filter.quarantine.item",
    "filter.quarantine.release",
    "filter.reading.look",
)
# What people write, and how its faults are reported.
PEOPLE = ("filter.problems", "filter.schemaproblems", "filter.strictyaml")
SOCKETS = ("filter.httpserver", "filter.sockets")
EDGE = ("filter",)  # may import anything of ours

MAY_IMPORT: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(CORE, CORE),
    **dict.fromkeys(CONTRACTS, (*CORE, *CONTRACTS)),
    # Bytes to Message, Message to verdict: synchronous and pure.
    "filter.lineends": (),
    "filter.pictures": (*CORE, "filter.pictures"),
    "filter.reading": (*CORE, "filter.reading", "filter.pictures", "filter.lineends"),
    "filter.templates": (
        *CORE,
        "filter.templates",
        "filter.reading.text",
        "filter.reading.links",
        "filter.reading.canonical",
    ),
    # Templates of other engines, and messages that were sent, to wordings: proposals, no verdicts.
    "filter.dialects": (*CORE, "filter.dialects", "filter.templates", "filter.reading"),
    "filter.learning": (*CORE, "filter.learning", "filter.templates", "filter.reading"),
    "filter.checks": (
        *CORE,
        "filter.checks",
        "filter.templates",
        "filter.reading",
        "filter.pictures",
    ),
    "filter.inspection": (*CORE, *CONTRACTS, "filter.checks", "filter.reading"),
    "filter.strictjson": (),
    "filter.scanning": (
        *CORE,
        *CONTRACTS,
        "filter.inspection",
        "filter.reading",
        "filter.strictjson",
    ),
    "filter.replay": (*CORE, *CONTRACTS),
    # Where a message passes or is held, and what keeps it.
    "filter.pipeline": (*CORE, *CONTRACTS),
    "filter.quarantine": (*CORE, *CONTRACTS, "filter.quarantine"),
    # How many: rules and subject to meters, meters to a store, readings to an admission.
    "filter.limits": (*CORE, *CONTRACTS, "filter.limits", "filter.templates.contacts"),
    # Files that people write, to what the gate obeys.
    **dict.fromkeys(PEOPLE, PEOPLE),
    "filter.settingschecks": (
        *CORE,
        *PEOPLE,
        "filter.sockets",
        "filter.limits.redisaddress",
        "filter.templates.contacts",
    ),
    "filter.settingsfile": (*CORE, *PEOPLE, "filter.settingschecks"),
    "filter.rulefiles": (
        *CORE,
        *CONTRACTS,
        *PEOPLE,
        "filter.rulefiles",
        "filter.dialects",
        "filter.templates",
        "filter.reading",
        "filter.pictures",
        "filter.checks",
        "filter.inspection",
        "filter.scanning",
    ),
    # The two ways in; neither knows of the other.
    "filter.mail": (*CORE, *CONTRACTS, "filter.mail", "filter.pipeline", "filter.lineends"),
    "filter.sms": (
        *CORE,
        *CONTRACTS,
        *SOCKETS,
        "filter.sms",
        "filter.limits",
        "filter.pipeline",
        "filter.strictjson",
    ),
    # Wiring and processes.
    "filter.telemetry": CORE,
    **dict.fromkeys(SOCKETS, ()),
    "filter.control": (*CORE, *SOCKETS),
    # The kill switch: what is asked for, over HTTP too, and whether every worker has it.
    "filter.confirmation": (*CORE, *CONTRACTS, "filter.control"),
    "filter.pausing": (
        *CORE,
        *CONTRACTS,
        *PEOPLE,
        "filter.limits",
        "filter.rulefiles",
        "filter.reading.recipients",  # who a recipient is for certain is asked the same way
        "filter.reading.troubles",
        "filter.templates.contacts",
    ),
    "filter.operators": (
        *CORE,
        *CONTRACTS,
        *PEOPLE,
        "filter.confirmation",
        "filter.limits.pausewords",
        "filter.pausing",
        "filter.sms.callers",  # who may call is asked the same way everywhere
        "filter.strictjson",
    ),
    "filter.inspector": (*CORE, *CONTRACTS, "filter.inspection"),
    "filter.app": EDGE,
    "filter.worker": EDGE,
    "filter.supervisor": EDGE,
    "filter.demo": EDGE,
    "filter.drill": EDGE,
    "filter.cli": EDGE,
    "filter.__main__": ("filter.cli.main",),
}

# Rooms that nobody imports but themselves and those named.
ONLY_FOR: Mapping[str, tuple[str, ...]] = {
    "filter.cli": ("filter.__main__", "filter.demo.narrator"),
    "filter.demo": ("filter.cli.demo", "filter.cli.drill", "filter.drill"),
    "filter.drill": ("filter.cli.drill",),
    "filter.app": ("filter.worker",),
    "filter.worker": ("filter.supervisor",),
    "filter.supervisor": ("filter.cli.run",),
}

# Each third-party library has one door. Few have more, for a reason.
DOORS: Mapping[str, tuple[str, ...]] = {
    "PIL": (
        "filter.pictures.codealone",
        "filter.pictures.codes",
        "filter.pictures.colours",
        "filter.pictures.frames",
        "filter.pictures.listed",
        "filter.pictures.looking",
        "filter.pictures.opening",
        "filter.pictures.views",
        "filter.reading.documents",
        "filter.pictures.evaluation",  # dresses pictures up to measure how well they are known
        "filter.pictures.rendering",
        "filter.pictures.sidebyside",  # draws on pixels that are decoded
        "filter.pictures.thumbnails",  # makes a file of them
        "filter.demo.pictures",  # draws on a picture of our own
        "filter.demo.drawn",  # draws pictures of our own
    ),
    "ada_url": ("filter.checks.urls",),
    "aiosmtpd": ("filter.mail.session",),
    "aiosmtplib": ("filter.mail.hopconnection",),
    # The language of the command line, and of what it prints.
    "click": ("filter.cli", "filter.demo.narrator"),
    "confusable_homoglyphs": ("filter.checks.lookalikes",),
    "httptools": ("filter.httpserver",),
    "httpx": (
        "filter.sms.upstream",
        "filter.sms.fetching",  # to hosts that strangers name: with other rules, and alone
    ),
    # Parse templates, never render: for proposals, and for rules that name a `source:`.
    "jinja2": (
        "filter.dialects.jinja",
        "filter.dialects.jinjascope",
        "filter.dialects.jinjavalues",
    ),
    "liquid": ("filter.dialects.liquid", "filter.dialects.liquidvalues"),
    "imagehash": ("filter.pictures.views",),
    "linkify_it": ("filter.reading.links",),
    "bs4": ("filter.reading.soup",),
    "lxml": (
        "filter.reading.secondopinion",
        "filter.reading.office",  # a file of theirs is some thirty XML documents
        "filter.reading.officesheets",
        "filter.reading.officetext",
    ),
    # Arrays are how pictures are compared: numpy is a language there, not a service.
    "numpy": (
        "filter.lineends",
        "filter.pictures",
    ),
    "pi_heif": ("filter.pictures.heif",),
    "phonenumbers": ("filter.templates.contacts",),
    "prometheus_client": ("filter.telemetry",),
    "publicsuffixlist": ("filter.reading.suffixes",),
    # The models of what people write, and how its errors are told.
    "pydantic": (
        "filter.settings",
        "filter.settingsfile",
        "filter.schemaproblems",
        "filter.rulefiles",
    ),
    "pydantic_core": ("filter.schemaproblems", "filter.rulefiles.fields"),
    "pypdfium2": ("filter.reading.documents",),
    "rapidfuzz": (
        "filter.templates.nearest",
        "filter.learning.alignment",  # words of many messages, not one text beside a wording
    ),
    "re2": ("filter.templates.regex",),
    "redis": ("filter.limits.redis",),
    "rich": ("filter.cli.output",),
    "ruamel": ("filter.rulefiles.roundtrip",),  # writes files of people; the gate never does
    "selectolax": ("filter.reading.tree",),
    "sqlalchemy": ("filter.quarantine",),  # the store is several files; no other room knows SQL
    "starlette": ("filter.sms", "filter.control", "filter.httpserver", "filter.operators"),
    "cv2": (
        "filter.pictures.codes",
        "filter.pictures.framed",
        "filter.pictures.keypoints",
        "filter.pictures.regions",
        "filter.pictures.shrinking",
        "filter.pictures.texture",
        "filter.pictures.views",
    ),
    "tinycss2": ("filter.reading.css",),
    "unicodedata2": ("filter.reading.text",),
    "uvicorn": ("filter.httpserver",),
    "uvloop": ("filter.worker",),
    "watchfiles": ("filter.rulefiles.watch",),
    "zxingcpp": ("filter.pictures.codes",),
    "icalendar": ("filter.reading.calendars",),
    "yaml": ("filter.strictyaml", "filter.demo.stage"),  # the demo writes, and reads nothing
}
# Where the name of a dependency is not that of its module; None: nobody imports it directly.
MODULE_OF: Mapping[str, str | None] = {
    "google-re2": "re2",
    "zxing-cpp": "zxingcpp",
    "sniffio": None,  # httpcore looks for it in every request
    "linkify-it-py": "linkify_it",
    "python-liquid": "liquid",
    "phonenumberslite": "phonenumbers",
    "Pillow": "PIL",
    "opencv-python-headless": "cv2",
    "beautifulsoup4": "bs4",
    "prometheus-client": "prometheus_client",
    "PyYAML": "yaml",
    "ruamel.yaml": "ruamel",
    "SQLAlchemy": "sqlalchemy",
}

# Rooms that must not know what time it is, nor touch the disk, the network or the event loop.
PURE = (
    "filter.checks",
    "filter.dialects",
    "filter.learning",
    "filter.templates",
    "filter.reading",
    "filter.pictures",
    "filter.inspection",
    *CORE,
)
EXEMPT = (
    "filter.ids",  # an id is made of the time and of chance
    "filter.reading.sandbox",  # hostile decoders live in a child process; this talks to it
    "filter.reading.child",  # and this is it
)
# What of it a module may do all the same: (module, what) and the reason.
PERMITTED: Mapping[tuple[str, str], str] = {
    ("filter.inspection", "logging"): "the outermost handler says what it caught",
    ("filter.reading.mime", "threading"): "the pictures it remembers are shared by threads",
    ("filter.reading.suffixes", "read_text"): "the list that ships with the library, once",
}
IMPURE_MODULES = frozenset(
    [
        "asyncio",
        "aiosmtpd",
        "aiosmtplib",
        "concurrent",
        "ftplib",
        "http",
        "httpx",
        "logging",
        "multiprocessing",
        "random",
        "requests",
        "secrets",
        "select",
        "selectors",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "socketserver",
        "sqlite3",
        "ssl",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib.request",
        "uvloop",
    ]
)
IMPURE_CALLS = frozenset(
    [
        "open",
        "now",
        "utcnow",
        "today",
        "read_text",
        "read_bytes",
        "write_text",
        "write_bytes",
        "mkdir",
        "unlink",
    ]
)


@dataclass(frozen=True, slots=True)
class Import:
    """``module`` line ``line`` imports ``target``; ``lazy`` when inside a function."""

    module: str
    line: int
    target: str
    lazy: bool
    relative: bool = False

    def __str__(self) -> str:
        return f"{self.module}:{self.line} imports {self.target}"


def modules(root: Path) -> dict[str, ast.Module]:
    """Return the tree of every module below ``root``/filter by its dotted name."""
    trees = {}
    for path in sorted((root / "filter").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        trees[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return trees


def imports(name: str, tree: ast.Module, known: frozenset[str]) -> Iterator[Import]:
    """Yield what a module imports; ``from a import b`` is ``a.b`` when that is a module."""
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lazy = {id(node) for function in functions for node in ast.walk(function)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(name, node.lineno, alias.name, id(node) in lazy)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            for alias in node.names:
                full = f"{base}.{alias.name}"
                target = full if full in known else base
                yield Import(name, node.lineno, target, id(node) in lazy, bool(node.level))


def within(module: str, rooms: tuple[str, ...]) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


def rule_for(module: str, table: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the entry with the longest name that the module is in, or None."""
    rooms = [room for room in table if within(module, (room,))]
    return table[max(rooms, key=len)] if rooms else None


def strangers(found: list[Import]) -> list[str]:
    """Return the imports of ours that the table does not allow."""
    wrong = []
    for one in found:
        if not within(one.target, ("filter",)) or one.module == "filter":
            continue
        allowed = rule_for(one.module, MAY_IMPORT)
        if allowed is None:
            wrong.append(f"{one.module} is in no room of the table")
        elif one.target != "filter" and not within(one.target, allowed):
            wrong.append(str(one))
        for room, friends in ONLY_FOR.items():
            if within(one.target, (room,)) and not within(one.module, (room, *friends)):
                wrong.append(f"{one}, which is only for {', '.join(friends)}")
    return sorted(set(wrong))


def intruders(found: list[Import]) -> list[str]:
    """Return the third-party imports that do not go through the library's door."""
    wrong = []
    for one in found:
        library = one.target.partition(".")[0]
        if library == "filter" or library in sys.stdlib_module_names or not library:
            continue
        doors = DOORS.get(library)
        if doors is None:
            wrong.append(f"{one}: {library} has no door in the table")
        elif not within(one.module, doors):
            wrong.append(f"{one}: the door of {library} is {', '.join(doors)}")
    return wrong


def impurities(trees: Mapping[str, ast.Module], found: list[Import]) -> list[str]:
    """Return what a pure room does that depends on more than its arguments."""

    def is_pure(module: str) -> bool:
        return within(module, PURE) and not within(module, EXEMPT)

    wrong = [
        str(one)
        for one in found
        if is_pure(one.module)
        and within(one.target, tuple(IMPURE_MODULES))
        and (one.module, one.target) not in PERMITTED
    ]
    for name, tree in trees.items():
        if not is_pure(name):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await) and not within(name, CORE):
                wrong.append(f"{name}:{node.lineno} is asynchronous")
            if isinstance(node, ast.Call):
                called = _called(node)
                if called in IMPURE_CALLS and (name, called) not in PERMITTED:
                    wrong.append(f"{name}:{node.lineno} calls {called}()")
    return wrong


def _called(node: ast.Call) -> str:
    """Return the name of what is called; ``open`` only as the builtin (Image.open reads memory)."""
    match node.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name) if name != "open":
            return name
    return ""


def circles(found: list[Import], known: frozenset[str]) -> list[str]:
    """Return one path for every circle of imports at module level."""
    edges: dict[str, set[str]] = {name: set() for name in known}
    for one in found:
        if not one.lazy and one.target in known and one.module != one.target:
            edges[one.module].add(one.target)
    state: dict[str, str] = {}
    wrong = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        state[name] = "open"
        for target in sorted(edges[name]):
            if state.get(target) == "open":
                wrong.append(" -> ".join((*path[path.index(target) :], target)))
            elif target not in state:
                visit(target, (*path, target))
        state[name] = "done"

    for name in sorted(known):
        if name not in state:
            visit(name, (name,))
    return wrong


TREES = modules(ROOT)
KNOWN = frozenset(TREES)
FOUND = [one for name, tree in TREES.items() for one in imports(name, tree, KNOWN)]


def test_every_import_of_ours_is_in_the_table() -> None:
    assert strangers(FOUND) == []


def test_each_library_is_imported_through_its_door() -> None:
    assert intruders(FOUND) == []


def test_every_door_exists_and_is_used() -> None:
    used = {(one.module, one.target.partition(".")[0]) for one in FOUND}
    unused = [
        f"{library}: nothing in {door} imports it"
        for library, doors in DOORS.items()
        for door in doors
        if not any(within(module, (door,)) for module, name in used if name == library)
    ]
    assert unused == []


def test_every_dependency_is_used_and_every_library_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    extras = (*optional["redis"], *optional["heif"])
    names = [re.split(r"[^\w-]", line)[0] for line in (*project["dependencies"], *extras)]
    declared = {MODULE_OF.get(name, name.replace("-", "_")) for name in names} - {None}

    # pydantic_core is pydantic's own other half.
    assert declared == set(DOORS) - {"pydantic_core"}


def test_reading_checks_and_templates_depend_on_nothing_but_their_arguments() -> None:
    assert impurities(TREES, FOUND) == []


def test_there_are_no_circular_imports() -> None:
    assert circles(FOUND, KNOWN) == []


def test_imports_are_absolute_and_never_hide_the_builtin_filter() -> None:
    assert [str(one) for one in FOUND if one.relative] == []
    hidden = [
        f"{name}:{node.lineno}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.partition(".")[0] == "filter"
    ]
    assert hidden == []


def test_no_module_has_the_name_of_a_standard_one() -> None:
    tops = {name.split(".")[1] for name in KNOWN if "." in name}
    assert tops & (sys.stdlib_module_names - {"__main__"}) == set()


def test_every_module_says_in_its_first_line_what_it_is_for() -> None:
    silent = [
        name
        for name, tree in TREES.items()
        if tree.body
        and not (ast.get_docstring(tree) or "")
        .partition("\n")[0]
        .rstrip()
        .endswith((".", "?", ":"))
    ]
    assert silent == []


# --- the test of the test: each rule refuses a house that breaks it


def house(tmp_path: Path, **files: str) -> tuple[dict[str, ast.Module], list[Import]]:
    for name, text in files.items():
        path = tmp_path / "filter" / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    trees = modules(tmp_path)
    known = frozenset(trees)
    return trees, [one for name, tree in trees.items() for one in imports(name, tree, known)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("mail__a", "from filter.sms.b import x", id="mail knows sms"),
        pytest.param("sms__a", "from filter.mail.b import x", id="sms knows mail"),
        pytest.param("message", "from filter.pipeline import x", id="core knows the pipeline"),
        pytest.param("mail__a", "from filter.cli.main import x", id="a room knows the commands"),
        pytest.param("mail__a", "def f():\n  from filter.sms.b import x", id="lazily, too"),
        pytest.param("cellar", "from filter.message import x", id="an unknown room"),
    ],
)
def test_a_forbidden_import_is_found(tmp_path: Path, name: str, text: str) -> None:
    _, found = house(tmp_path, **{name: text})

    assert strangers(found)


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio",
        "from time import monotonic",
        "from urllib.request import urlopen",
        "x = open('a')",
        "from datetime import datetime\nx = datetime.now()",
        "async def f(): ...",
    ],
)
def test_an_impure_check_is_found(tmp_path: Path, text: str) -> None:
    trees, found = house(tmp_path, checks__links=text)

    assert impurities(trees, found)


def test_a_circle_is_found_and_a_lazy_import_is_none(tmp_path: Path) -> None:
    trees, found = house(tmp_path, a="from filter.b import x", b="from filter.a import y")
    assert circles(found, frozenset(trees)) == ["filter.a -> filter.b -> filter.a"]

    trees, found = house(tmp_path, b="def f():\n  from filter.a import y")
    assert circles(found, frozenset(trees)) == []


def test_a_library_without_a_door_is_found(tmp_path: Path) -> None:
    _, found = house(tmp_path, mail__a="import ada_url\nimport leftpad")

    assert len(intruders(found)) == 2


@pytest.mark.parametrize(
    ("room", "heading"),
    [
        ("dialects", "## The room of dialects"),
        ("learning", "## The room of learning"),
        ("pictures", "## The room of pictures"),
        ("reading", "## The reading room"),
        ("rulefiles", "## The room of rule files"),
        ("templates", "## The room of templates"),
    ],
)
def test_the_map_of_a_room_has_every_file_once(room: str, heading: str) -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = page.partition(heading)[2].partition("\n## ")[0]
    rows = [line.split("|")[2] for line in table.splitlines() if line.startswith("| ")]
    named = [name for row in rows[1:] for name in re.findall(r"`([a-z]+)`", row)]
    files = {path.stem for path in (ROOT / "filter" / room).glob("*.py")} - {"__init__"}

    assert sorted(named) == sorted(files)
