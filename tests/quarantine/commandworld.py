"""A store in a folder, and the command line on it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from click.testing import CliRunner, Result

from filter.cli.main import cli
from filter.message import Transaction
from filter.quarantine.store import Store
from filter.settings import Quarantine
from filter.verdict import Verdict
from tests.quarantine.messages import HOLD, MONTH, decision_on


class World:
    """A store in a folder with its settings file, and the command line on it."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.settings = folder / "sallyport.yaml"
        self.settings.write_text(
            f"state: state\nmail:\n  next_hop: {{port: 1, connect_seconds: 2}}\n{more}"
        )
        self.store = Store(folder / "state", Quarantine(min_free_bytes=0))
        self.folder = folder

    def holds(self, transaction: Transaction, verdict: Verdict = HOLD) -> str:
        decision = decision_on(transaction, verdict)
        asyncio.run(self.store.hold(transaction, decision, decision.at + MONTH))
        return transaction.id

    def run(self, *arguments: str, stdin: str = "") -> Result:
        group, command, *rest = arguments
        return CliRunner().invoke(
            cli, [group, command, "--settings", str(self.settings), *rest], input=stdin
        )

    def rows(self, *arguments: str) -> list[list[str]]:
        result = self.run(*arguments)
        assert result.exit_code == 0, result.output
        return [line.split("\t") for line in result.stdout.splitlines()]

    def objects(self, *arguments: str) -> list[dict[str, object]]:
        result = self.run(*arguments, "--json")
        return [json.loads(line) for line in result.stdout.splitlines()]
