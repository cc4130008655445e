"""The gate as it is run fetches media: its own wiring, event loop and resolver of names."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.run.gate import Gate
from tests.sms.mediaserver import HOST, answer, open_media_server
from tests.sms.test_media import GOOD, JPEG

RULES = """\
templates:
  - id: card
    channel: sms
    from: CLINIC
    text: "Here is your appointment card."
    pictures: {min: 1, max: 1}
    examples:
      pass: [{text: "Here is your appointment card.", attachments: [card.jpg]}]
      hold: [{text: "Here is your card.", code: template.none}]
links:
  - {id: cards, host: media.health.example, port: PORT, path: /cards/**}
"""

# The machine's resolver, taught one name: no test asks a name server.
NAMES = """\
import socket
real = socket.getaddrinfo
def getaddrinfo(host, *rest, **more):
    return real("127.0.0.1" if host == "media.health.example" else host, *rest, **more)
socket.getaddrinfo = getaddrinfo
"""


@pytest.mark.parametrize("network", ["127.0.0.0/8", "10.0.0.0/8"])
async def test_a_running_gate_fetches_what_its_settings_allow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(NAMES)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    async with open_media_server(tmp_path) as host:
        host.paths["/cards/a.jpg"] = answer(GOOD, JPEG)
        settings: dict[str, object] = {
            "listen": ["127.0.0.1:0"],
            "callers": [{"name": "clinic", "password": "clinic-token"}],
            "media": {
                "fetch": True,
                "hosts": [HOST],
                "ports": [host.port],
                "networks": [network],
                "ca_file": str(host.ca_file),
            },
        }
        gate = Gate(tmp_path, 9, sms=settings)
        (gate.rules / "card.jpg").write_bytes(GOOD)
        (gate.rules / "card.yaml").write_text(RULES.replace("PORT", str(host.port)))

        said = await asyncio.to_thread(ask_running, gate, host.url("/cards/a.jpg"))

    if network == "127.0.0.0/8":
        assert said["verdict"] == "pass"
        assert host.targets == ["/cards/a.jpg"]
    else:
        assert [reason["code"] for reason in said["reasons"]] == ["media.refused", "image.count"]
        assert host.connections == 0


def ask_running(gate: Gate, url: str) -> dict[str, Any]:
    with gate:
        status = gate.find_status()
        assert status is not None
        listening = status["sms"]
        assert isinstance(listening, list)
        fields = {
            "channel": "sms",
            "from": "CLINIC",
            "to": "+15550100",
            "body": "Here is your appointment card.",
            "media": [url],
        }
        request = urllib.request.Request(
            f"http://{listening[0]}/v1/messages",
            json.dumps(fields).encode(),
            {"Authorization": "Bearer clinic-token", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as reply:
            said: dict[str, Any] = json.load(reply)
        return said
