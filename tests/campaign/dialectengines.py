"""Renders with real template engines: programs of their own, a JSON job a line."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent / "engines"


@dataclass(frozen=True, slots=True)
class Job:
    """A template to render; ``name`` is its path, ``kind`` text or html."""

    id: str
    kind: str
    name: str
    source: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What came of a job."""

    id: str
    out: str = ""
    error: str = ""


def render_all(engine: str, folder: Path, jobs: Sequence[Job]) -> Iterator[Rendered]:
    """Yield what the engine made of every job.

    Raises CalledProcessError when the engine does not run. handlebars needs NODE_PATH.
    """
    if not jobs:
        return
    with tempfile.TemporaryDirectory() as built:
        done = subprocess.run(
            _command(engine, folder, Path(built)),
            input="".join(_line(engine, job, folder) + "\n" for job in jobs),
            capture_output=True,
            check=False,
            encoding="utf-8",
            env=os.environ,
        )
    if done.returncode:
        raise RuntimeError(f"{engine}: {done.stderr[-2000:]}")
    for line in done.stdout.splitlines():
        if engine == "freemarker":
            name, out, error = line.split("\t")
            yield Rendered(name.replace("|", "\t"), _plain(out), _plain(error))
            continue
        said = json.loads(line)
        yield Rendered(said["id"], said.get("out", ""), said.get("error", ""))


def _line(engine: str, job: Job, folder: Path) -> str:
    name = _relative(job.name, folder)
    if engine == "freemarker":
        # A subject is an expression of its own; all other parts are files of the folder.
        what = f"={job.source}" if job.source.startswith("${msg(") else name
        return "\t".join((job.id.replace("\t", "|"), name, what, json.dumps(job.data)))
    whole = {"id": job.id, "kind": job.kind, "name": name, "source": job.source, "data": job.data}
    return json.dumps(whole)


def _plain(encoded: str) -> str:
    return base64.b64decode(encoded).decode()


def _relative(name: str, folder: Path) -> str:
    """Return a file's name below the folder of the set."""
    for lead in (f"{folder.as_posix()}/", f"{folder.name}/"):
        if name.startswith(lead):
            return name.removeprefix(lead)
    return name


def _command(engine: str, folder: Path, built: Path) -> list[str]:
    match engine:
        case "handlebars" | "mustachio":
            return ["node", str(_HERE / "handlebars.cjs"), engine]
        case "go":
            program = built / "gotemplate"
            source = str(_HERE / "gotemplate" / "main.go")
            subprocess.run(["go", "build", "-o", str(program), source], check=True)
            return [str(program)]
        case "django":
            return [sys.executable, str(_HERE / "djangorender.py"), str(folder)]
        case "freemarker":
            jar = os.environ.get("FREEMARKER_JAR", "/usr/share/java/freemarker.jar")
            return ["java", "-cp", jar, str(_HERE / "FreeMarker.java"), str(folder)]
    raise ValueError(f"there is no engine {engine}")
