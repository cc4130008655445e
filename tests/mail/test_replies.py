"""The grammar of replies: 2/4/5xx with an enhanced code, printable ASCII, at most 400 bytes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.ids import new_transaction_id
from filter.mail import replies
from filter.mail.replies import MAX_REPLY_BYTES, HopReply, Reply, repeat, reply_to
from filter.outcome import Answer, Deferred, Held, Refused, Relayed, Why

ID = "m_01ARZ3NDEKTSV4RRFFQ69G5FAV"
LINE = re.compile(rb"([245])[0-9]{2}[- ]\1\.[0-9]{1,3}\.[0-9]{1,3}( [ -~]*)?\r\n")
TABLE = [
    *(value for value in vars(replies).values() if isinstance(value, Reply)),
    *replies.DEFERRED.values(),
]


def lines_of(reply: bytes) -> list[bytes]:
    return reply.splitlines(keepends=True)


@pytest.mark.parametrize("reply", TABLE, ids=lambda reply: reply.text)
def test_every_reply_of_the_table_keeps_the_grammar(reply: Reply) -> None:
    if reply.code // 100 == 3:
        assert reply.status == ""
    else:
        assert LINE.fullmatch(reply.encode())


@pytest.mark.parametrize(
    ("code", "status", "text"),
    [
        pytest.param(250, "6.0", "two\r\nlines", id="line end"),
        pytest.param(250, "6.0", "häld", id="not ASCII"),
        pytest.param(250, "6.0", "nul\0", id="control character"),
        pytest.param(250, "2.6.0", "held", id="class given twice"),
        pytest.param(199, "6.0", "held", id="no such class"),
        pytest.param(600, "6.0", "held", id="no such class either"),
        pytest.param(250, "6.0", "a" * 400, id="too long"),
    ],
)
def test_a_reply_that_would_break_the_grammar_cannot_be_made(
    code: int, status: str, text: str
) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Reply(code, status, text)


@pytest.mark.parametrize("why", list(Why))
def test_deferred_is_temporary_and_names_its_decision(why: Why) -> None:
    reply = reply_to(Deferred(ID, why))

    assert reply.startswith(b"451 4.")
    assert reply.endswith(f" id={ID}\r\n".encode())


def test_a_sending_limit_says_when_to_try_again() -> None:
    reply = reply_to(Deferred(ID, Why.LIMIT, 36.4))

    assert reply == f"451 4.7.1 sending limit, retry in 37 s id={ID}\r\n".encode()


def test_blocked_is_told_as_refused_for_good() -> None:
    reply = reply_to(Held(ID, blocked=True))

    assert reply == f"554 5.7.1 message blocked: sending limit id={ID}\r\n".encode()


def test_held_is_told_with_its_id() -> None:
    assert reply_to(Held(ID)) == f"250 2.6.0 held as {ID}\r\n".encode()


@pytest.mark.parametrize(
    ("code", "lines", "expected"),
    [
        pytest.param(250, ("2.0.0 Ok: queued as X",), "250 2.0.0 Ok: queued as X", id="as it is"),
        pytest.param(250, ("OK",), "250 2.0.0 OK", id="without status"),
        pytest.param(250, ("",), "250 2.0.0", id="empty"),
        pytest.param(250, (), "250 2.0.0", id="no line at all"),
        pytest.param(550, ("2.0.0 odd",), "550 5.0.0 odd", id="class contradicts code"),
        pytest.param(450, ("4.7.1 später",), "450 4.7.1 sp?ter", id="not ASCII"),
        pytest.param(550, ("5.1.1 a", "5.1.1 b"), "550-5.1.1 a|550 5.1.1 b", id="two lines"),
        pytest.param(354, ("go",), "451 4.3.0 local trouble, try again later", id="354"),
        pytest.param(999, ("?",), "451 4.3.0 local trouble, try again later", id="999"),
    ],
)
def test_the_next_hops_reply_is_repeated(code: int, lines: tuple[str, ...], expected: str) -> None:
    wanted = [*expected.split("|")]
    wanted[-1] += f" id={ID}"

    assert repeat(HopReply(code, lines), ID) == "".join(f"{w}\r\n" for w in wanted).encode()


@given(
    code=st.integers(0, 999),
    lines=st.lists(st.text(max_size=600), max_size=12),
    accepted=st.booleans(),
)
def test_whatever_the_next_hop_says_our_reply_keeps_the_grammar(
    code: int,
    lines: list[str],
    accepted: bool,  # noqa: FBT001 - hypothesis gives it by name
) -> None:
    reply = HopReply(code, tuple(lines))
    answer = Answer(accepted, reply.summary, reply)
    outcome = Relayed(ID, answer) if accepted else Refused(ID, answer)

    octets = reply_to(outcome)

    parts = lines_of(octets)
    assert len(octets) <= MAX_REPLY_BYTES
    assert all(LINE.fullmatch(line) for line in parts)
    assert all(line[3:4] == b"-" for line in parts[:-1])
    assert parts[-1][3:4] == b" "
    assert len({line[:3] for line in parts}) == 1
    assert parts[-1].endswith(f" id={ID}\r\n".encode())


@given(st.text(max_size=600))
def test_summaries_are_one_printable_line_without_addresses(text: str) -> None:
    summary = HopReply(550, ("5.1.1 <gone@y.example>: rejected", text)).summary

    assert summary.isascii()
    assert summary.isprintable()
    assert len(summary) <= MAX_REPLY_BYTES
    assert "gone@" not in summary


def test_real_ids_fit() -> None:
    assert reply_to(Held(new_transaction_id())).startswith(b"250 2.6.0 held as m_")
