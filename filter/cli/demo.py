"""``sallyport demo``: the 2021 incident, replayed through the whole product on loopback."""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli import exitcodes
from filter.cli.options import json_option

if TYPE_CHECKING:
    from filter.demo.narrator import Narrator
    from filter.demo.provider import Provider
    from filter.demo.relay import Relay
    from filter.demo.stage import Stage


@click.command("demo")
@click.option("--keep", is_flag=True, help="Leave everything running until ^C, and say where.")
@json_option
def demo_command(*, keep: bool, as_json: bool) -> None:
    """Replay the incident of 2021 through the whole product, on this machine only.

    Starts the real gate with the rules that ship with it, between a stand-in for the relay and one
    for the SMS provider, all on free ports of 127.0.0.1 and in a temporary folder. Exit 0 only if
    every message came out as it should.
    """
    from filter.demo.director import Director, rules_folder  # noqa: PLC0415 - keeps --help quick
    from filter.demo.narrator import Lines, Story  # noqa: PLC0415
    from filter.demo.provider import Provider  # noqa: PLC0415
    from filter.demo.relay import Relay  # noqa: PLC0415
    from filter.demo.stage import Stage, StageError  # noqa: PLC0415

    narrator: Narrator = Lines() if as_json else Story()
    narrator.say(
        "Starting the gate on loopback: the real one, two workers, every check on. Behind it "
        "stand-ins: a relay that delivers to nobody, and an SMS provider that sends nothing. A few "
        "seconds…"
    )
    try:
        with (
            tempfile.TemporaryDirectory(prefix="sallyport-demo-") as folder,
            Relay() as relay,
            Provider() as provider,
            Stage(
                Path(folder), rules_folder(), relay_port=relay.port, provider_url=provider.url
            ) as stage,
        ):
            troubles = Director(stage, relay, provider, narrator).perform()
            if keep:
                _keep(stage, relay, provider, narrator)
    except StageError as exc:
        click.echo(f"sallyport: {exc}", err=True)
        sys.exit(exitcodes.AWAY)
    sys.exit(exitcodes.FOUND if troubles else exitcodes.OK)


def _keep(stage: Stage, relay: Relay, provider: Provider, narrator: Narrator) -> None:
    """Wait for ^C, having said where everything is."""
    host, port = stage.addresses.mail
    credentials = stage.credentials
    narrator.chapter("Still running; ^C ends it")
    for line in (
        f"mail        {host}:{port}   (the relay stand-in behind it: 127.0.0.1:{relay.port})",
        f"texts       {stage.addresses.text}   (the provider stand-in behind it: {provider.url})",
        f"            account {credentials.account}, token {credentials.token}",
        f"quarantine  sallyport quarantine list --settings {stage.settings}",
        f"status      sallyport status --settings {stage.settings}",
        f"log         {stage.log}",
    ):
        click.echo(line, err=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("", err=True)
