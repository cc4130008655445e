"""A gate that runs remembers the pictures of mail that it relayed."""

from __future__ import annotations

import json
import smtplib
from email.message import EmailMessage
from pathlib import Path

from filter.rulefiles.load import load_rules
from tests.run.gate import Gate, Sink
from tests.run.test_run import run, wait_for

LOGO = Path(__file__).parents[2] / "fixtures" / "pictures" / "logo.png"
TEMPLATE = """\
templates:
  - id: letter
    description: A letter with a logo
    channel: email
    from: ["Shop <shop@example.org>"]
    subject: "Letter"
    text: "Here is your letter."
    pictures: {max: 1, approved: [logo]}
    examples: {pass: [Here is your letter.], hold: [Here is no letter.]}
"""


def _send(port: int, picture: bytes) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"] = "Shop <shop@example.org>", "someone@example.org"
    letter["Subject"] = "Letter"
    letter.set_content("Here is your letter.\n")
    letter.add_attachment(picture, "image", "png", disposition="inline", filename="logo.png")
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.send_message(letter)


def _revisions(gate: Gate) -> set[object]:
    status = gate.find_status()
    return {worker["rules"] for worker in gate.workers(status)} if status else set()


def test_pictures_of_relayed_mail_are_listed_and_of_held_mail_are_not(
    gate: Gate, sink: Sink
) -> None:
    (gate.rules / "letter.yaml").write_text(TEMPLATE)
    approved = run("images", "approve", str(LOGO), "--id", "logo", "--rules", str(gate.rules))
    assert approved.returncode == 0, approved.stderr
    revision = load_rules(gate.rules).revision
    assert run("reload", "--settings", str(gate.settings)).returncode == 0
    wait_for(lambda: _revisions(gate) == {revision})
    port = gate.port

    for picture in (LOGO.read_bytes(), LOGO.read_bytes(), LOGO.read_bytes() + b"x"):
        _send(port, picture)
    assert gate.process is not None
    gate.process.terminate()
    gate.process.wait(60)

    assert len(sink.contents) == 2
    listed = run("images", "recent", "--settings", str(gate.settings), "--json")
    (row,) = [json.loads(line) for line in listed.stdout.splitlines()]
    assert (row["messages"], row["templates"], row["size"]) == (2, {"letter": 2}, [280, 72])
