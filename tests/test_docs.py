"""The documentation is true: generated pages are current, links lead somewhere, commands exist."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from filter.cli.main import COMMANDS, cli
from filter.reasons import REASONS
from filter.rulefiles.load import load_rules
from filter.settings import Settings
from tests.generate_docs import ROOT, help_of, reasons_page, with_help

DOCS = ROOT / "docs"
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        *DOCS.rglob("*.md"),
        *(ROOT / "deploy").rglob("*.md"),
    ]
)
CODE = re.compile(r"[a-z]+\.[a-z0-9_]+")
LINK = re.compile(r"\[[^\]^\[]*\]\(([^)\s]+)\)")
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|root|home/(?!sallyport)\w+)/[\w.]")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def folded(text: str) -> str:
    """Return the text as words, so that a new release of click may break lines elsewhere."""
    return " ".join(text.split())


def anchors(path: Path) -> frozenset[str]:
    """Return the anchors that a page's headings make, as GitHub writes them."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ +(.+?)\s*$", text, flags=re.MULTILINE)
    return frozenset(
        re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")
        for heading in headings
    )


def test_the_page_of_reason_codes_is_current() -> None:
    assert (DOCS / "reasons.md").read_text(encoding="utf-8") == reasons_page(), (
        "run `python -m tests.generate_docs`"
    )


def test_the_page_of_commands_is_current() -> None:
    written = (DOCS / "cli.md").read_text(encoding="utf-8")
    # In a process of its own: click remembers the help option of a command that was run alone.
    program = "from tests.generate_docs import cli_page; print(cli_page())"
    made = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )

    assert folded(written) == folded(made.stdout), "run `python -m tests.generate_docs`"


def test_the_help_in_the_readme_is_current() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert folded(readme) == folded(with_help(readme)), "run `python -m tests.generate_docs`"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_that_ends_in_a_full_stop(command: str) -> None:
    first = help_of(command).split("\n\n")[1].strip()

    assert folded(first).endswith((".", "?")), first


def test_reason_codes_are_sentences_with_a_remedy() -> None:
    for code, reason in REASONS.items():
        assert CODE.fullmatch(code), code
        assert reason.meaning.endswith((".", "?")), code
        assert reason.remedy.endswith("."), code


def constants(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def findings_codes(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the literal codes that a module gives to Finding()."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id != "Finding":
            continue
        code = next((k.value for k in node.keywords if k.arg == "code"), None)
        if code is None and len(node.args) > 1:
            code = node.args[1]
        if isinstance(code, ast.Constant) and isinstance(code.value, str):
            yield node.lineno, code.value


def test_every_code_of_a_finding_is_in_the_table() -> None:
    families = {code.partition(".")[0] for code in REASONS}
    unknown = []
    for path in sorted((ROOT / "filter").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        literal = set(findings_codes(tree))
        # A code may also be a constant of a module that makes findings.
        source = path.read_text(encoding="utf-8")
        if literal or "Finding" in source or "Troubles" in source:
            literal |= {
                (line, text)
                for line, text in constants(tree)
                if CODE.fullmatch(text) and text.partition(".")[0] in families
            }
        unknown += [
            f"{name(path)}:{line}: {code}" for line, code in sorted(literal) if code not in REASONS
        ]
    assert unknown == []


def test_every_code_in_the_table_is_used_somewhere() -> None:
    texts = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "filter").rglob("*.py")
        if path.name != "reasons.py"
    )

    def is_used(code: str) -> bool:
        # Some are put together: pictures and documents have some endings in common.
        area, _, ending = code.partition(".")
        is_composed = area in {"picture", "document"} and f'"{ending}"' in texts
        return is_composed or f'"{code}"' in texts

    assert [code for code in REASONS if not is_used(code)] == []


def fields(table: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for key, field in table.model_fields.items():
        yield prefix + key
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from fields(inner, f"{prefix}{key}.")


def test_every_setting_is_in_the_docs() -> None:
    page = (DOCS / "settings.md").read_text(encoding="utf-8")

    assert [key for key in fields(Settings) if key.rpartition(".")[2] not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for target in LINK.findall(text):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (
            anchor and there.suffix == ".md" and anchor not in anchors(there)
        ):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_in_the_docs_exist(page: Path) -> None:
    used = set(re.findall(r"\bsallyport +([a-z]+)\b(?! is)", code_of(page)))

    assert used - set(COMMANDS) == set()


def code_of(page: Path) -> str:
    """Return what a page shows as code: blocks and spans."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    commands = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    return "\n".join(
        line for line in [*commands, *spans] if re.match(r"(\S*/)?sallyport [a-z]+", line)
    )


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_path_of_a_developers_machine_is_in_the_docs(page: Path) -> None:
    assert MACHINE_PATH.findall(page.read_text(encoding="utf-8")) == []


def test_every_page_is_reachable_from_the_index() -> None:
    seen: set[Path] = set()
    open_pages = [DOCS / "index.md"]
    while open_pages:
        page = open_pages.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        open_pages += [
            (page.parent / target.partition("#")[0]).resolve()
            for target in LINK.findall(page.read_text(encoding="utf-8"))
            if "://" not in target
        ]

    assert [name(page) for page in sorted(DOCS.rglob("*.md")) if page not in seen] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_rules_shown_in_the_docs_are_valid_and_their_examples_come_out_right(
    page: Path, tmp_path: Path
) -> None:
    blocks = re.findall(
        r"```yaml\n((?:#[^\n]*\n)*templates:\n.*?)```",
        page.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    for number, block in enumerate(blocks):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "shown.yaml").write_text(block, encoding="utf-8")
        if page.name == "README.md":
            shown = CliRunner().invoke(cli, ["test", "--rules", str(folder)])
            assert shown.exit_code == 0, shown.output
        else:
            load_rules(folder)


def test_lock_files_name_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert re.findall(r"://", lock) == []
    for path in (ROOT / "tests").rglob("package-lock.json"):
        if "node_modules" not in path.parts:
            packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
            assert [key for key, entry in packages.items() if "resolved" in entry] == [], name(path)


def test_the_lock_has_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").lower()
    # Names as PEP 503 compares them: ruamel.yaml is ruamel-yaml.
    wanted = [
        re.sub(r"[._-]+", "-", re.split(r"[^\w.-]", line)[0]).lower()
        for line in project["dependencies"]
    ]

    missing = [one for one in wanted if not re.search(rf"^{re.escape(one)}==", lock, re.MULTILINE)]
    assert missing == []
    assert "\nredis==" in lock
    assert "\npi-heif==" not in lock, "which decoders there are is for the operator to say"


def test_ci_runs_the_command_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for which, last in (("demo", "sallyport demo"), ("test", "pytest")):
        block = readme.split(f"<!-- command: {which} -->\n```sh\n")[1].split("\n```")[0]
        assert block.startswith("python3 -m venv .venv && ")
        assert "\n" not in block
        assert block.endswith(last)
    assert "readme_command test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
