"""What the programs of this folder share: the letters, and how messages are printed."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FILES = HERE.parents[3] / "rules" / "files"
PDF = (FILES / "certificate-MY-2021-004711.pdf").read_bytes()
LOGO = (FILES / "logo.png").read_bytes()
DATE = "Mon, 14 Jun 2021 08:00:00 +0800"
_DATA = json.loads((HERE.parent / "letters.json").read_text("utf-8"))
LETTERS: Mapping[str, Mapping[str, str]] = _DATA["letters"]
PEOPLE: Sequence[str] = _DATA["people"]
TO: Sequence[Mapping[str, str]] = _DATA["to"]


def text_of(letter: Mapping[str, str]) -> str:
    """Return the letter as plain text."""
    button = f"{letter['label']}: {letter['url']}"
    parts = (letter["greeting"], letter["body"], button, letter["help"], letter["sign"])
    return "\n\n".join(parts) + "\n"


def html_of(letter: Mapping[str, str], more: str = "") -> str:
    """Return the letter as a small HTML document, with ``more`` at its beginning."""
    address = "help@health.example"
    help_ = letter["help"].replace(address, f'<a href="mailto:{address}">{address}</a>')
    return f"""<!DOCTYPE html>
<html lang="{letter["lang"]}" dir="{letter["dir"]}"><head><meta charset="utf-8">
<title>{letter["subject"]}</title></head>
<body>{more}<p>{letter["greeting"]}</p><p>{letter["body"]}</p>
<p><a href="{letter["url"]}">{letter["label"]}</a></p><p>{help_}</p><p>{letter["sign"]}</p>
</body></html>
"""


def show(name: str, raw: bytes, to: Sequence[str] = ()) -> None:
    """Print one message as smtplib sends it: with CRLF."""
    wire = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    line: dict[str, Any] = {"name": name, "raw": base64.b64encode(wire).decode(), "to": list(to)}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
