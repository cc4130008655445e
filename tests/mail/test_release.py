"""A held message goes on as it came, to all its recipients or to none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from filter.ids import new_transaction_id
from filter.mail.release import MailReleaser
from filter.message import Channel, Client, Envelope, Transaction
from filter.outcome import NextHopAway
from filter.settings import MailNextHop
from tests.mail.hop import CLOSE, FULL, Hop

HELD = Transaction(
    id=new_transaction_id(),
    channel=Channel.EMAIL,
    received_at=datetime.now(UTC),
    client=Client(address="2001:db8::7", helo="app.example", queue_id="4Xy"),
    envelope=Envelope(
        sender="A@x.example",
        recipients=("b@y.example", "c@y.example"),
        mail_argument=b"from:  <A@x.example> RET=HDRS ENVID=AbC+2Bx",
        rcpt_arguments=(b"TO:<b@y.example> NOTIFY=NEVER", b"TO:<c@y.example>"),
    ),
    content=b".\r\nSubject: \xff\r\n\r\n..x\r\n" + b"y" * 5000 + b"\r\n",
)


async def release(hop: Hop, transaction: Transaction) -> tuple[bool, str]:
    await hop.start()
    releaser = MailReleaser(MailNextHop(port=hop.port))
    try:
        answer = await releaser.resend(transaction)
        return answer.accepted, answer.summary
    finally:
        await releaser.close()
        await hop.stop()


@pytest.mark.parametrize("announce", [FULL, ()], ids=["everything", "nothing"])
async def test_the_exact_bytes_and_arguments_go_on(announce: tuple[str, ...]) -> None:
    hop = Hop(announce=announce)

    assert await release(hop, HELD) == (True, "250 2.0.0 Ok: queued as Q1")
    (received,) = hop.received
    assert received.content == HELD.content
    assert received.mail == b"MAIL from:  <A@x.example> RET=HDRS ENVID=AbC+2Bx"
    assert received.recipients == [
        b"RCPT TO:<b@y.example> NOTIFY=NEVER",
        b"RCPT TO:<c@y.example>",
    ]
    if announce:
        assert received.xforward == [b"XFORWARD ADDR=IPV6:2001:db8::7 HELO=app.example IDENT=4Xy"]


async def test_a_transaction_without_arguments_gets_plain_ones() -> None:
    hop = Hop()
    envelope = Envelope(sender="", recipients=("jörg@y.example",))

    assert (await release(hop, replace(HELD, envelope=envelope)))[0]
    assert hop.received[0].mail == b"MAIL FROM:<>"
    assert hop.received[0].recipients == ["RCPT TO:<jörg@y.example>".encode()]


@pytest.mark.parametrize(
    ("answers", "summary"),
    [
        ({"MAIL": "550 5.7.1 no"}, "550 5.7.1 no (sender; nothing was sent)"),
        (
            {"RCPT TO:<c@": "450 4.2.0 later, <c@y.example>"},
            "450 4.2.0 later, <...> (recipient 2 of 2; nothing was sent)",
        ),
        ({"DATA": "554 5.7.1 no"}, "554 5.7.1 no"),
        ({".": "451 4.3.0 full"}, "451 4.3.0 full"),
    ],
)
async def test_a_refusal_is_the_answer_and_nothing_is_sent(
    answers: dict[str, str | list[str]], summary: str
) -> None:
    hop = Hop(answers=answers)

    assert await release(hop, HELD) == (False, summary)
    assert (hop.received, hop.cut) == ([], [])


@pytest.mark.parametrize(
    ("answers", "may_have_sent"),
    [
        ({"BANNER": CLOSE}, False),
        ({"MAIL": CLOSE}, False),
        ({"RCPT TO:<c@": CLOSE}, False),
        ({"DATA": CLOSE}, False),
        ({"DATA": "250 odd"}, False),
        ({".": CLOSE}, True),
        ({".": "354 odd"}, True),
    ],
)
async def test_it_is_known_whether_the_next_hop_may_have_it(
    answers: dict[str, str | list[str]],
    may_have_sent: bool,  # noqa: FBT001 - pytest gives it by name
) -> None:
    with pytest.raises(NextHopAway) as caught:
        await release(Hop(answers=answers), HELD)

    assert caught.value.may_have_sent is may_have_sent


async def test_an_absent_next_hop_certainly_does_not_have_it() -> None:
    hop = Hop()
    await hop.start()
    await hop.stop()
    releaser = MailReleaser(MailNextHop(port=hop.port))
    with pytest.raises(NextHopAway) as caught:
        await releaser.resend(HELD)

    assert not caught.value.may_have_sent
    await releaser.close()
