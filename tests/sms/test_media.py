"""Text messages with media, whole: request, fetch, look, verdict, quarantine."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from filter.inspector import Inspector
from filter.quarantine.item import HeldItem
from filter.reading.sandbox import Sandbox
from filter.rulefiles.load import load_rules
from filter.ruleset import BankedImage, RuleSet
from filter.settings import Inspection, MediaFetch
from filter.sms.fetching import Fetcher
from filter.sms.media import Approval, Gatherer, MediaGatherer
from tests.pictures.codes import draw_code
from tests.pictures.draw import draw_clinic
from tests.sms.mediaserver import (
    HOST,
    LOOPBACK,
    MediaServer,
    Names,
    Serve,
    answer,
    endless,
    open_media_server,
    sent,
    silent,
)
from tests.sms.stage import Gate, open_gate
from tests.sms.test_own_api import ask
from tests.sms.test_twilio_python import call, send

PICTURES = Path(__file__).parents[2] / "fixtures" / "pictures"
TEXT = "Here is your appointment card."
PLAIN = "See you soon."
RULES = """\
templates:
  - id: card
    channel: sms
    from: ["+15550199", CLINIC]
    text: "Here is your appointment card."
    links: [cards]
    pictures: {min: 1, max: 2}
    examples:
      pass: [{text: "Here is your appointment card.", attachments: [card.jpg]}]
      hold: [{text: "Here is your appointment card.", attachments: [], code: image.count}]
  - id: certificate
    channel: sms
    from: [CLINIC]
    text: "Here is your certificate."
    attachments:
      - {type: application/pdf, name: "certificate-{number}.pdf", max_size: 100 KB, required: true}
    slots:
      number: {type: pattern, pattern: "[A-Z0-9-]{1,20}"}
    examples:
      pass: [{text: "Here is your certificate.", attachments: [certificate-MY-2021-004711.pdf]}]
      hold: [{text: "Here is your certificate. Call now.", code: template.none}]
  - id: plain
    channel: sms
    from: ["+15550199", CLINIC]
    text: "See you soon."
    examples: {pass: ["See you soon."], hold: ["See you never."]}
links:
  - {id: cards, host: media.health.example, port: PORT, path: /cards/**, query: [v]}
  - {id: news, host: media.health.example, port: PORT, path: /news/**}
"""


def encoded(image: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


GOOD = encoded(draw_clinic().resize((320, 240)), "JPEG")
OTHER = encoded(draw_clinic(9).resize((320, 240)), "JPEG")
PRANK_PICTURE = encoded(Image.open(PICTURES / "prank.jpg").resize((500, 375)), "JPEG")
PDF = (Path(__file__).parents[2] / "rules/files/certificate-MY-2021-004711.pdf").read_bytes()
JPEG = "image/jpeg"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Inspection()) as sandbox:
        yield sandbox


class Stage:
    """A gate with rules for media, and a host of media that its links allow."""

    def __init__(self, gate: Gate, host: MediaServer, names: Names) -> None:
        self.gate, self.host, self.names = gate, host, names

    async def twilio(self, *paths: str, body: str = TEXT) -> HeldItem | None:
        """Send with the SDK; return what is held, None when the provider got it."""
        urls = [path if ":" in path else self.host.url(path) for path in paths]
        await call(self.gate, send(body, media_url=urls))
        return self._held()

    async def own(self, *media: object, body: str = TEXT) -> dict[str, Any]:
        """Ask our own API."""
        fields = {"channel": "sms", "from": "CLINIC", "to": "+15550100", "body": body}
        _, said = await ask(self.gate, fields | {"media": list(media)})
        return said

    def _held(self) -> HeldItem | None:
        sent_on = bool(self.gate.upstream.sends)
        assert sent_on is not bool(self.gate.held)
        return None if sent_on else self.gate.item()


@asynccontextmanager
async def stage(
    folder: Path,
    sandbox: Sandbox,
    names: Names | None = None,
    *,
    fetch: bool = True,
    **changed: Any,
) -> AsyncIterator[Stage]:
    asked = names or Names([LOOPBACK])
    async with open_media_server(folder) as host:
        rules_folder = folder / "rules"
        rules_folder.mkdir()
        text = RULES.replace("PORT", str(host.port))
        (rules_folder / "rules.yaml").write_text(text, encoding="utf-8")
        (rules_folder / "card.jpg").write_bytes(GOOD)
        (rules_folder / "certificate-MY-2021-004711.pdf").write_bytes(PDF)
        rules = await asyncio.to_thread(with_prank, load_rules(rules_folder), sandbox)
        settings = MediaFetch(
            fetch=True,
            hosts=(HOST,),
            ports=(host.port,),
            networks=("127.0.0.0/8",),
            ca_file=host.ca_file,
        ).model_copy(update=changed)

        def gather(approval: Approval) -> Gatherer:
            return MediaGatherer(settings, approval, Fetcher(settings, asked))

        inspector = Inspector(sandbox, Inspection())
        around: dict[str, Any] = {"media": gather} if fetch else {}
        async with open_gate(
            inspect=inspector.inspect,
            rules=rules,
            of_listener={"max_bytes": 1 << 20},
            **around,
        ) as gate:
            yield Stage(gate, host, asked)
        inspector.close()


def with_prank(rules: RuleSet, sandbox: Sandbox) -> RuleSet:
    seen = sandbox.look_for_bank((PICTURES / "prank.jpg").read_bytes(), "bank")
    known = BankedImage("prank", "known.yaml:1", "Singer on a stage", seen.appearance)
    return replace(rules, images=(known,))


def codes(item: HeldItem | None) -> list[str]:
    return [] if item is None else [finding.code for finding in item.verdict.findings]


# --- fetched


async def test_a_fetched_picture_that_is_innocent_passes(tmp_path: Path, sandbox: Sandbox) -> None:
    async with stage(tmp_path, sandbox) as on:
        on.host.paths["/cards/a.jpg?v=1"] = answer(GOOD, JPEG)

        held = await on.twilio("/cards/a.jpg?v=1")

        assert codes(held) == []
        assert on.host.targets == ["/cards/a.jpg?v=1"]
        (decision,) = on.gate.decisions
        (grounds,) = [c.grounds for c in decision.verdict.cleared if c.check == "structure"]
        assert f"media 1 image/jpeg, {len(GOOD)} bytes, SHA-256 " in grounds


async def test_the_prank_picture_is_caught_behind_an_allowed_address(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    async with stage(tmp_path, sandbox) as on:
        on.host.paths["/cards/a.jpg"] = answer(GOOD, JPEG)
        on.host.paths["/cards/b.jpg"] = answer(PRANK_PICTURE, JPEG)

        held = await on.twilio("/cards/a.jpg", "/cards/b.jpg")

        assert held is not None
        (finding,) = held.verdict.findings
        assert (finding.code, finding.where) == ("image.known", "media 2")
        assert on.gate.upstream.seen == []


async def test_what_was_fetched_is_kept_in_quarantine(tmp_path: Path, sandbox: Sandbox) -> None:
    async with stage(tmp_path, sandbox) as on:
        on.host.paths["/cards/b.jpg"] = answer(PRANK_PICTURE, JPEG)

        held = await on.twilio("/cards/b.jpg")

        assert held is not None
        assert held.transaction.text is not None
        (file,) = held.transaction.text.files
        assert (file.where, file.media_type, file.name) == ("media 1", JPEG, "b.jpg")
        assert (file.size_bytes, len(file.digest)) == (len(PRANK_PICTURE), 64)
        assert file.url == on.host.url("/cards/b.jpg")
        assert file.content == PRANK_PICTURE
        (listed,) = on.gate.held  # lists have no content
        assert listed.transaction.text is not None
        assert listed.transaction.text.files == (replace(file, content=None),)


async def test_nothing_is_fetched_unless_the_settings_say_so(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    async with stage(tmp_path, sandbox, fetch=False) as on:
        on.host.paths["/cards/a.jpg"] = answer(GOOD, JPEG)

        assert "media.unseen" in codes(await on.twilio("/cards/a.jpg"))
        assert on.host.connections == 0


@pytest.mark.parametrize(
    ("path", "body", "reasons"),
    [
        ("https://evil.example/a.jpg", TEXT, {"link.not_allowed"}),
        ("http://media.health.example/cards/a.jpg", TEXT, {"link.not_allowed"}),
        ("https://169.254.169.254/latest/meta-data", TEXT, {"link.not_allowed"}),
        ("data:image/jpeg;base64,/9j/", TEXT, {"link.scheme"}),
        ("/other/a.jpg", TEXT, {"link.not_allowed"}),
        ("/news/a.jpg", TEXT, {"link.not_allowed"}),
        ("/cards/a.jpg?next=1", TEXT, {"link.not_allowed"}),
        ("/cards/a.jpg", "You won. Never gonna give you up.", {"template.none"}),
        ("/news/a.jpg", PLAIN, set()),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_nothing_is_fetched_for_what_is_not_approved_anyway(
    tmp_path: Path, sandbox: Sandbox, path: str, body: str, reasons: set[str]
) -> None:
    async with stage(tmp_path, sandbox) as on:
        found = codes(await on.twilio(path, body=body))

        assert {"media.unseen", *reasons} <= set(found)
        assert (on.host.connections, on.names.asked) == (0, [])


@pytest.mark.parametrize(
    ("serve", "code"),
    [
        (answer(GOOD, "image/png"), "media.type"),
        (answer(GOOD, "text/html"), "media.type"),
        (answer(b"<html>", JPEG), "media.type"),
        (answer(b"\0\0\0\x18ftypmp42" + bytes(100), "video/mp4"), "media.type"),
        (answer(b"BEGIN:VCARD\r\nVERSION:4.0\r\nEND:VCARD\r\n", "text/vcard"), "media.type"),
        (answer(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"), "media.type"),
        (answer(b"", JPEG), "media.type"),
        (answer(GOOD[:1000], JPEG), "picture.unreadable"),
        (answer(GOOD + b"PK\x03\x04" + bytes(70_000), JPEG), "picture.trailing"),
        (answer(PDF, "application/pdf"), "attachment.not_allowed"),
        (answer(GOOD, JPEG, "302 Found", "Location: /cards/b.jpg"), "media.refused"),
        (answer(GOOD, JPEG, "404 Not Found"), "media.unreachable"),
        (answer(GOOD, JPEG, "200 OK", "Content-Encoding: gzip"), "media.refused"),
        (sent(b""), "media.unreachable"),
        (silent, "media.unreachable"),
        (endless(b"x" * 64, 0.05), "media.unreachable"),
        (endless(b"x" * 65536), "media.too_large"),
    ],
    ids=[
        "wrong label", "html label", "html", "video", "contact", "svg", "empty", "cut", "trailing",
        "pdf", "redirect", "404", "gzip", "hangs up", "silent", "slow", "endless",
    ],
)  # fmt: skip
async def test_whatever_else_comes_is_held_for_its_reason(
    tmp_path: Path, sandbox: Sandbox, serve: Serve, code: str
) -> None:
    async with stage(tmp_path, sandbox, seconds=1.0, max_bytes=1 << 20) as on:
        on.host.paths["/cards/a.jpg"] = serve

        held = await on.twilio("/cards/a.jpg")

        assert held is not None
        places = {finding.where for finding in held.verdict.findings if finding.code == code}
        assert places == {"media 1"}
        assert on.gate.upstream.seen == []


@pytest.mark.parametrize("answers", [["10.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:127.0.0.1"]])
async def test_an_allowed_host_that_leads_inside_is_held_unasked(
    tmp_path: Path, sandbox: Sandbox, answers: list[str]
) -> None:
    async with stage(tmp_path, sandbox, Names(answers)) as on:
        assert "media.refused" in codes(await on.twilio("/cards/a.jpg"))
        assert on.host.connections == 0


async def test_the_template_counts_the_pictures(tmp_path: Path, sandbox: Sandbox) -> None:
    async with stage(tmp_path, sandbox) as on:
        on.host.paths["/cards/a.jpg"] = answer(GOOD, JPEG)
        on.host.paths["/cards/b.jpg"] = answer(OTHER, JPEG)

        held = await on.twilio("/cards/a.jpg", "/cards/b.jpg", "/cards/a.jpg")

        assert codes(held) == ["image.count"]
        assert sorted(on.host.targets) == ["/cards/a.jpg", "/cards/b.jpg"]  # each is asked once


async def test_a_code_in_a_fetched_picture_is_a_link(tmp_path: Path, sandbox: Sandbox) -> None:
    async with stage(tmp_path, sandbox) as on:
        on.host.paths["/cards/a.png"] = answer(encoded(draw_code("https://evil.example/x")))

        assert codes(await on.twilio("/cards/a.png")) == ["link.not_allowed"]


async def test_a_name_at_the_end_of_an_address_is_judged(tmp_path: Path, sandbox: Sandbox) -> None:
    path = "/cards/You%20have%20won%20a%20car.jpg"
    async with stage(tmp_path, sandbox) as on:
        on.host.paths[path] = answer(GOOD, JPEG)

        assert codes(await on.twilio(path)) == ["picture.name"]


async def test_a_fetched_pdf_passes_where_the_template_lists_it(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    path = "/cards/certificate-MY-2021-004711.pdf"
    async with stage(tmp_path, sandbox) as on:
        on.host.paths[path] = answer(PDF, "application/octet-stream")
        on.host.paths["/cards/other.pdf"] = answer(PDF, "application/pdf")

        named, other = [
            await on.own(on.host.url(one), body="Here is your certificate.")
            for one in (path, "/cards/other.pdf")
        ]

        assert (named["verdict"], named["reasons"]) == ("pass", [])
        assert "attachment.name" in {reason["code"] for reason in other["reasons"]}


async def test_all_media_of_a_message_share_one_cap(tmp_path: Path, sandbox: Sandbox) -> None:
    async with stage(tmp_path, sandbox, max_bytes=len(GOOD) + len(OTHER) - 1) as on:
        on.host.paths["/cards/a.jpg"] = answer(GOOD, JPEG)
        on.host.paths["/cards/b.jpg"] = answer(OTHER, JPEG)

        assert "media.too_large" in codes(await on.twilio("/cards/a.jpg", "/cards/b.jpg"))


async def test_what_waits_too_long_for_a_place_is_held(tmp_path: Path, sandbox: Sandbox) -> None:
    async with stage(tmp_path, sandbox, at_once=1, seconds=1.0) as on:
        on.host.paths["/cards/a.jpg"] = silent
        on.host.paths["/cards/b.jpg"] = silent

        await asyncio.gather(
            on.own(on.host.url("/cards/a.jpg")), on.own(on.host.url("/cards/b.jpg"))
        )

        assert len(on.gate.held) == 2
        assert {codes(item)[0] for item in on.gate.held} == {"media.unreachable"}
        assert on.host.connections == 1


async def test_the_same_request_twice_is_judged_alike(tmp_path: Path, sandbox: Sandbox) -> None:
    async with stage(tmp_path, sandbox) as on:
        on.host.paths["/cards/a.jpg"] = [
            sent(b""),
            answer(GOOD, JPEG),
            sent(b""),
            answer(GOOD, JPEG),
        ]

        await on.twilio("/cards/a.jpg")
        await on.twilio("/cards/a.jpg")

        first, second = on.gate.decisions
        assert first.verdict.cleared == second.verdict.cleared


async def test_a_host_that_changes_the_picture_is_judged_by_what_it_gave(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Nothing is remembered by address: each message is judged by what lies there for it."""
    async with stage(tmp_path, sandbox) as on:
        on.host.paths["/cards/a.jpg"] = [answer(GOOD, JPEG), answer(PRANK_PICTURE, JPEG)]

        said = [(await on.own(on.host.url("/cards/a.jpg")))["verdict"] for _ in range(2)]

        assert said == ["pass", "held"]


async def test_a_caller_is_not_told_where_a_host_leads(tmp_path: Path, sandbox: Sandbox) -> None:
    async with stage(tmp_path, sandbox, Names(["10.7.7.7"])) as on:
        said = await on.own(on.host.url("/cards/a.jpg"))

        assert {reason["code"] for reason in said["reasons"]} >= {"media.refused"}
        assert "10.7.7.7" not in json.dumps(said)
        assert "10.7.7.7" in str(on.gate.item().verdict.findings)


# --- inside the request


def file(content: bytes, media_type: str = JPEG, **more: str) -> dict[str, str]:
    encoded_content = base64.b64encode(content).decode()
    return {"type": media_type, "content": encoded_content, **more}


async def test_a_picture_inside_the_request_is_looked_at_without_any_fetch(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    async with stage(tmp_path, sandbox, fetch=False) as on:
        good = await on.own(file(GOOD, name="card.jpg"))
        prank = await on.own(file(PRANK_PICTURE))

        assert good["verdict"] == "pass"
        assert [reason["code"] for reason in prank["reasons"]] == ["image.known"]
        item = on.gate.item()
        assert json.loads(item.transaction.content)["media"] == [file(PRANK_PICTURE)]
        assert item.transaction.text is not None
        assert item.transaction.text.files[0].digest


async def test_an_address_beside_a_prank_inside_the_request_is_not_asked(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    async with stage(tmp_path, sandbox) as on:
        said = await on.own(file(PRANK_PICTURE), on.host.url("/cards/a.jpg"))

        assert {reason["code"] for reason in said["reasons"]} == {"image.known", "media.unseen"}
        assert on.host.connections == 0


async def test_a_picture_inside_and_one_to_fetch_make_two(tmp_path: Path, sandbox: Sandbox) -> None:
    async with stage(tmp_path, sandbox) as on:
        on.host.paths["/cards/a.jpg"] = answer(GOOD, JPEG)

        said = await on.own(file(OTHER), on.host.url("/cards/a.jpg"))

        assert said["verdict"] == "pass"


@pytest.mark.parametrize(
    ("media", "code"),
    [
        (file(GOOD, "image/png"), "media.type"),
        (file(b"GIF89a", "image/gif"), "picture.unreadable"),
        (file(GOOD, name="Call me, you won a new car.jpg"), "picture.name"),
        (file(GOOD, name="ca\u200brd.jpg"), "text.invisible"),
        (file(b"ID3" + bytes(50), "audio/mpeg"), "media.type"),
    ],
    ids=["label", "cut", "sentence", "unseen", "sound"],
)
async def test_what_is_inside_the_request_is_held_for_its_reason(
    tmp_path: Path, sandbox: Sandbox, media: dict[str, str], code: str
) -> None:
    async with stage(tmp_path, sandbox, fetch=False) as on:
        said = await on.own(media)

        assert code in {reason["code"] for reason in said["reasons"]}


async def test_a_pdf_passes_where_the_template_lists_it(tmp_path: Path, sandbox: Sandbox) -> None:
    certificate = file(PDF, "application/pdf", name="certificate-MY-2021-004711.pdf")
    async with stage(tmp_path, sandbox, fetch=False) as on:
        listed = await on.own(certificate, body="Here is your certificate.")
        renamed = await on.own(certificate | {"name": "a.exe"}, body="Here is your certificate.")
        beside_a_card = await on.own(certificate)

        assert (listed["verdict"], listed["reasons"]) == ("pass", [])
        assert (renamed["verdict"], beside_a_card["verdict"]) == ("held", "held")


@pytest.mark.parametrize(
    ("media", "detail"),
    [
        ({"type": JPEG}, 'media/0: field "content": missing'),
        ({"type": JPEG, "content": ""}, 'media/0: field "content": empty, or base64 that is not'),
        ({"type": JPEG, "content": "AAA"}, 'media/0: field "content": not base64'),
        ({"type": JPEG, "content": "AAAA\n"}, 'media/0: field "content": not base64'),
        ({"type": JPEG, "content": "AAB="}, 'media/0: field "content": empty, or base64 that is'),
        ({"type": JPEG, "content": "AA-_"}, 'media/0: field "content": not base64'),
        ({"type": JPEG, "content": "\u00e9AAA"}, 'media/0: field "content": not base64'),
        ({"type": "JPEG", "content": "AAAA"}, 'media/0: field "type": not a media type'),
        ({"type": "a/b;c=d", "content": "AAAA"}, 'media/0: field "type": not a media type'),
        ({"type": JPEG, "content": "AAAA", "name": "x" * 256}, 'media/0: field "name": more than'),
        ({"type": JPEG, "content": "AAAA", "url": "x"}, "media/0: unknown field 'url'"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_file_that_cannot_be_read_for_certain_is_refused_by_name(
    tmp_path: Path, sandbox: Sandbox, media: dict[str, str], detail: str
) -> None:
    async with stage(tmp_path, sandbox, fetch=False) as on:
        said = await on.own(media)

        assert said["status"] == 400
        assert said["detail"].startswith(detail)
        assert on.gate.decisions == ()
