"""The stand-ins of the demo remember exactly what they were sent: otherwise it proves nothing."""

from __future__ import annotations

import json
import smtplib
import socket
from http.client import HTTPConnection
from urllib.parse import urlsplit

from filter.demo.provider import Provider
from filter.demo.relay import Relay

CONTENT = b"Subject: dots\r\n\r\n.one\r\n..two\r\n.\r\n\xc3\xa9 8-bit\r\n\r\n"


def test_the_relay_remembers_envelope_and_bytes() -> None:
    with Relay() as relay:
        with smtplib.SMTP("127.0.0.1", relay.port) as client:
            client.sendmail("a@example.org", ["b@example.org", "c@example.org"], CONTENT)
        (message,) = relay.wait_for(1)

    assert message.content == CONTENT
    assert message.mail.startswith("FROM:<a@example.org>")
    assert message.rcpts == ("TO:<b@example.org>", "TO:<c@example.org>")


def test_the_relay_takes_commands_in_one_packet() -> None:
    with Relay() as relay:
        with socket.create_connection(("127.0.0.1", relay.port)) as client:
            client.sendall(
                b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n"
            )
            while client.recv(4096):
                pass
        (message,) = relay.wait_for(1)

    assert message.content == b"hi\r\n"
    assert message.mail == "FROM:<>"


def test_the_relay_knows_no_message_whose_final_dot_never_came() -> None:
    with Relay() as relay:
        with socket.create_connection(("127.0.0.1", relay.port)) as client:
            client.sendall(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nhi\r\n")
            client.shutdown(socket.SHUT_WR)
            while client.recv(4096):
                pass

        assert relay.delivered == ()


def test_the_provider_answers_as_twilio_does_and_remembers_the_body() -> None:
    body = b"To=%2B15550100&From=HEALTH&Body=hello+there"
    path = "/2010-04-01/Accounts/AC1/Messages.json"
    with Provider() as provider:
        connection = HTTPConnection(urlsplit(provider.url).netloc)
        connection.request("POST", path, body, {"Authorization": "Basic eA=="})
        answer = connection.getresponse()
        message = json.loads(answer.read())
        connection.close()

        (request,) = provider.requests

    assert answer.status == 201
    assert message["sid"].startswith("SM")
    assert message["account_sid"] == "AC1"
    assert message["body"] == "hello there"
    assert (request.path, request.body) == (path, body)
    assert "eA==" not in repr(request)
