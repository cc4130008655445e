"""``sallyport alerts``: what people were to be told of, floods above all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from filter.cli.casewords import alert_json
from filter.cli.options import json_option, settings_option
from filter.cli.output import print_json, print_rows
from filter.cli.shelf import limit_option, open_shelf, since_option, span_words

COLUMNS = ("age", "rule", "case", "key", "text")


@click.group("alerts")
def alerts_command() -> None:
    """What people were to be told of: signs of a flood, a limit store that went away."""


@alerts_command.command("list")
@settings_option
@since_option
@click.option("--rule", default="", metavar="ID", help="Only of this rule.")
@click.option("--case", "case_id", default="", metavar="F_ID", help="Only of this case.")
@limit_option
@json_option
def list_alerts(
    *,
    settings: Path | None,
    since: datetime | None,
    rule: str,
    case_id: str,
    limit: int,
    as_json: bool,
) -> None:
    """List alerts, newest first. Recipients are masked: nobody ever had them whole."""
    from filter.quarantine.interface import AlertQuery  # noqa: PLC0415 - keeps --help quick

    query = AlertQuery(since=since, rule=rule, case=case_id, limit=limit)
    with open_shelf(settings) as shelf:
        alerts = shelf.alerts(query)
    if as_json:
        for alert in alerts:
            print_json(alert_json(alert))
        return
    now = datetime.now(UTC)
    rows = (
        {
            "age": span_words(now - alert.at),
            "rule": alert.rule,
            "case": alert.flood or "-",
            "key": alert.key,
            "text": alert.text,
        }
        for alert in alerts
    )
    print_rows(COLUMNS, rows)
