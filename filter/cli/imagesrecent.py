"""``sallyport images recent``: which pictures passed in the last days, and how often?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from filter.cli.options import json_option, settings_option
from filter.cli.output import print_rows
from filter.cli.shelf import limit_option, open_shelf

_COLUMNS = ("sha256", "size", "messages", "templates", "first_day", "last_day")
_SHOWN = 12  # digits of a digest, on a terminal


@click.command("recent", short_help="List the pictures that passed lately.")
@click.option("--days", type=click.IntRange(1, 400), help="Of so many days; default: all kept.")
@click.option("--template", default="", help="Only those that passed in messages of it.")
@limit_option
@settings_option
@json_option
def recent_command(
    days: int | None,
    template: str,
    limit: int,
    settings: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """List the pictures of messages that passed lately; only their hashes are kept.

    How long is `quarantine.picture_days` in the settings.
    """
    with open_shelf(settings) as store:
        recent = store.recent_pictures(datetime.now(UTC), days)
    chosen = [one for one in recent if not template or template in dict(one.uses)][:limit]
    rows = (
        {
            "sha256": one.digest if as_json else one.digest[:_SHOWN],
            "size": [one.width, one.height] if as_json else f"{one.width}x{one.height}",
            "messages": one.messages,
            "templates": dict(one.uses)
            if as_json
            else ", ".join(f"{name} {messages}" for name, messages in one.uses),
            "first_day": one.first_day,
            "last_day": one.last_day,
        }
        for one in chosen
    )
    print_rows(_COLUMNS, rows, as_json=as_json)
