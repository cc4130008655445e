"""What ``sallyport test`` tells machines: JUnit XML, annotations of GitHub, SARIF 2.1.0."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from filter import __version__
from filter.cli.output import plain

# What can be wrong, as rules of a SARIF run: id, what it means, what to do.
RULES = {
    "example-held": (
        "A message that must pass is held.",
        "Correct the example, or approve what it says.",
    ),
    "example-passed": (
        "A message that must be held passes.",
        "Tighten the rule: a narrower slot, fewer links, fewer wordings.",
    ),
    "example-otherwise": (
        "A message is held for another reason than it says, or passes as another template.",
        "Correct `code:`, or change the example until only one thing is wrong with it.",
    ),
    "example-broken": (
        "An example cannot be tried.",
        "Name files that exist, and a sender for each channel.",
    ),
    "near-miss-passes": (
        "A message that is almost an approved one would pass.",
        "Tighten the rule: a narrower slot, fewer links, `markup:`.",
    ),
    "not-shown": (
        "No pass example shows this wording or slot.",
        "Add an example with it, or remove it.",
    ),
    "rule-invalid": ("The rules are invalid.", "Do as the message says."),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where. ``rule`` is one of RULES."""

    rule: str
    title: str
    message: str
    source: str  # "rules/otp.yaml:31", "rules/otp.yaml"
    is_error: bool = True

    @property
    def file(self) -> str:
        """The file, as seen from here when it lies below."""
        path = Path(re.sub(r":\d+\Z", "", self.source))
        try:
            return path.resolve().relative_to(Path.cwd()).as_posix()
        except ValueError:
            return path.as_posix()

    @property
    def line(self) -> int:
        """The line, 1 where nothing is known."""
        found = re.search(r":(\d+)\Z", self.source)
        return int(found[1]) if found else 1


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was tried, right or wrong."""

    suite: str
    name: str
    source: str
    fault: Fault | None = None
    details: str = ""


def github_line(fault: Fault) -> str:
    """Return a workflow command by which GitHub shows a fault beside its line."""
    level = "error" if fault.is_error else "warning"
    properties = f"file={_property(fault.file)},line={fault.line},title={_property(fault.title)}"
    return f"::{level} {properties}::{_data(fault.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def sarif(faults: Iterable[Fault]) -> str:
    """Return a SARIF 2.1.0 log of one run (OASIS, sarif-v2.1.0-os)."""
    ids = list(RULES)
    rules = [
        {
            "id": rule,
            "shortDescription": {"text": meaning},
            "help": {"text": remedy},
            "defaultConfiguration": {"level": "warning" if rule == "not-shown" else "error"},
        }
        for rule, (meaning, remedy) in RULES.items()
    ]
    results = [
        {
            "ruleId": fault.rule,
            "ruleIndex": ids.index(fault.rule),
            "level": "error" if fault.is_error else "warning",
            "message": {"text": f"{fault.title}: {fault.message}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": quote(fault.file)},
                        "region": {"startLine": fault.line},
                    }
                }
            ],
            # The line moves; what is wrong with which example does not.
            "partialFingerprints": {"example/v1": f"{fault.file}:{fault.rule}:{fault.title}"},
        }
        for fault in faults
    ]
    driver = {"name": "Sallyport", "version": __version__, "rules": rules}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}
        ],
    }
    return json.dumps(log, ensure_ascii=False, indent=2)


def write_junit(path: Path, cases: Sequence[Case]) -> None:
    """Write JUnit XML: a suite for each template, a case for each example."""
    root = Element("testsuites", {"name": "sallyport test", **_counts(cases)})
    for name in dict.fromkeys(case.suite for case in cases):
        inside = [case for case in cases if case.suite == name]
        suite = SubElement(root, "testsuite", {"name": plain(name), **_counts(inside)})
        for case in inside:
            fault = Fault("", "", "", case.source)
            one = SubElement(
                suite,
                "testcase",
                name=plain(case.name),
                classname=plain(name),
                file=plain(fault.file),
                line=str(fault.line),
            )
            if case.fault is not None:
                failure = SubElement(
                    one, "failure", message=plain(case.fault.message), type=case.fault.rule
                )
                failure.text = "\n".join(map(plain, case.details.splitlines()))
    indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    failures = sum(case.fault is not None for case in cases)
    return {"tests": str(len(cases)), "failures": str(failures), "errors": "0"}
