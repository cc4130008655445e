"""The clients that applications really use, as a smart host's: smtplib (Django) and nodemailer."""

from __future__ import annotations

import asyncio
import json
import shutil
import smtplib
import subprocess
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import dkim  # type: ignore[import-untyped] # it has no types
import pytest

from tests.mail.certificates import Certificates
from tests.mail.world import World, running

FOLDER = Path(__file__).parent / "node"
INSTALL = "install Node 20 or later, then run: (cd tests/mail/node && npm ci)"
ACCOUNT = {"name": "app", "password": "correct horse"}


def letter(text: str = "Your code is 123456.") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Clinic <no-reply@health.example>"
    message["To"] = "b@y.example"
    message["Subject"] = "Ihr Code für heute"
    message.set_content(text + "\n.\n..dots\n")
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    return message


def settings(certificates: Certificates, kind: str) -> dict[str, Any]:
    return {
        "tls": kind,
        "certificate": certificates.chain,
        "key": certificates.key,
        "accounts": [ACCOUNT],
        "auth_required": True,
        "trusted": (),
    }


async def in_thread(send: Callable[[], None]) -> None:
    async with asyncio.timeout(20):
        await asyncio.to_thread(send)


async def test_smtplib_over_starttls_with_login(certificates: Certificates) -> None:
    context = certificates.client()

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", world.port, local_hostname="app.example") as smtp:
            smtp.starttls(context=context)
            smtp.login("app", "correct horse")
            assert smtp.send_message(letter()) == {}
            smtp.send_message(letter("PRANK"))
            code, text = smtp.docmd("NOOP")
            assert (code, text) == (250, b"2.0.0 ok")

    async with running(World(settings=settings(certificates, "starttls"))) as world:
        await in_thread(send)
        assert len(world.hop.received) == 1
        assert b"\r\n..dots\r\n" in world.hop.received[0].content
        assert len(world.ledger.held) == 1
        assert [t.client.name for t in world.inspection.seen] == ["app", "app"]


async def test_smtplib_over_implicit_tls_with_login(certificates: Certificates) -> None:
    context = certificates.client()

    def send() -> None:
        with smtplib.SMTP_SSL("127.0.0.1", world.port, context=context) as smtp:
            smtp.login("app", "correct horse")
            smtp.send_message(letter(), "a@x.example", ["b@y.example", "c@y.example"])

    async with running(World(settings=settings(certificates, "implicit"))) as world:
        await in_thread(send)
        assert len(world.hop.received[0].recipients) == 2


async def test_smtplib_hears_refusals(world: World) -> None:
    world.hop.answers["RCPT TO:<gone@"] = "550 5.1.1 gone"

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", world.port) as smtp:
            refused = smtp.sendmail("a@x.example", ["gone@y.example", "b@y.example"], b"a\r\n")
            assert refused == {"gone@y.example": (550, b"5.1.1 gone")}
            world.hop.answers["."] = "554 5.7.1 never"
            with pytest.raises(smtplib.SMTPDataError, match=r"5\.7\.1 never id=m_"):
                smtp.sendmail("a@x.example", ["b@y.example"], b"a\r\n")
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                smtp.sendmail("a@x.example", ["gone@y.example"], b"a\r\n")

    await in_thread(send)


async def test_smtplib_sends_to_international_addresses(world: World) -> None:
    def send() -> None:
        with smtplib.SMTP("127.0.0.1", world.port) as smtp:
            smtp.sendmail(
                "jörg@x.example", "用户@y.example", b"a\r\n", ["SMTPUTF8", "BODY=8BITMIME"]
            )

    await in_thread(send)
    assert world.inspection.seen[0].envelope.recipients == ("用户@y.example",)


def node_or_skip() -> str:
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules" / "nodemailer").exists():
        pytest.skip(f"not tested: sending with nodemailer; {INSTALL}")
    return node


async def nodemailer(transport: dict[str, Any], *messages: dict[str, Any]) -> list[Any]:
    process = await asyncio.create_subprocess_exec(
        node_or_skip(),
        "send.mjs",
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, err = await process.communicate(
            json.dumps({"transport": transport, "messages": messages}).encode()
        )
    assert process.returncode == 0, err.decode()
    heard = json.loads(out)
    assert isinstance(heard, list)
    return heard


@pytest.mark.parametrize("kind", ["starttls", "implicit"])
async def test_nodemailer_over_tls_with_login(certificates: Certificates, kind: str) -> None:
    node_or_skip()
    async with running(World(settings=settings(certificates, kind))) as world:
        world.hop.answers["RCPT TO:<gone@"] = "550 5.1.1 gone"
        transport = {
            "host": "127.0.0.1",
            "port": world.port,
            "secure": kind == "implicit",
            "requireTLS": True,
            "pool": True,
            "maxConnections": 1,
            "auth": {"user": "app", "pass": "correct horse"},
            "tls": {"ca": certificates.authority.read_text()},
        }
        mail = {"from": "Clinic <no-reply@health.example>", "to": "b@y.example", "subject": "Ä"}
        passed, held, refused, again = await nodemailer(
            transport,
            {**mail, "text": "Your code is 123456.\n.\n", "html": "<p>123456</p>"},
            {**mail, "text": "PRANK"},
            {**mail, "to": "gone@y.example", "text": "x"},
            {**mail, "text": "again"},
        )
        assert passed["response"].startswith("250 2.0.0 Ok: queued as Q1 id=m_")
        assert held["response"].startswith("250 2.6.0 held as m_")
        assert refused == {"code": 550, "response": "550 5.1.1 gone"}
        assert again["response"].startswith("250 2.0.0 Ok: queued as Q2 id=m_")
        assert len(world.hop.received) == 2


async def test_a_dkim_signature_survives(world: World, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("that DKIM survives was not tested: `apt-get install openssl`")

    def openssl(*arguments: str) -> bytes:
        return subprocess.run(
            ["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True
        ).stdout

    openssl("genrsa", "-traditional", "-out", "key.pem", "2048")
    public = openssl("rsa", "-in", "key.pem", "-pubout", "-outform", "PEM").decode()
    key = "".join(line for line in public.splitlines() if not line.startswith("-"))
    record = f"v=DKIM1; k=rsa; p={key}".encode()
    plain = letter().as_bytes().replace(b"\n", b"\r\n")
    signature = dkim.sign(
        plain,
        b"s1",
        b"health.example",
        (tmp_path / "key.pem").read_bytes(),
        canonicalize=(b"simple", b"simple"),
    )
    client = await world.client()

    assert (await client.message(signature + plain)).startswith(b"250")
    arrived = world.hop.received[0].content
    assert dkim.verify(arrived, dnsfunc=lambda *_, **__: record)
    assert not dkim.verify(arrived.replace(b"123456", b"654321"), dnsfunc=lambda *_, **__: record)
