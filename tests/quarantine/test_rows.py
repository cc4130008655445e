"""What goes into a row comes out of it unchanged, whatever a hostile client sent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filter.message import Client, EndUser, Envelope, TextFields, TextMedia
from filter.quarantine import rows
from filter.verdict import Cleared, Disposition, Finding, Flood, Nearest, Verdict
from tests.quarantine.messages import MONTH, decision_on, mail, passed, text

ANY = st.text(st.characters(), max_size=30)  # lone surrogates and NUL included
WORDS = st.lists(ANY, max_size=3).map(tuple)
FINDINGS = st.lists(st.builds(Finding, ANY, ANY, ANY, ANY), max_size=3).map(tuple)
VERDICTS = st.builds(
    Verdict,
    st.sampled_from(Disposition),
    FINDINGS,
    st.lists(st.builds(Cleared, ANY, ANY), max_size=2).map(tuple),
    ANY,
    st.none() | ANY,
    FINDINGS,
    st.none() | st.builds(Nearest, ANY, st.integers(0, 100), ANY),
    st.none() | st.builds(Flood, ANY, ANY, ANY, st.integers(0)),
)
ENVELOPES = st.builds(
    Envelope, ANY, WORDS, st.binary(), st.lists(st.binary(), max_size=3).map(tuple)
)
CLIENTS = st.builds(Client, ANY, ANY, ANY, ANY)
FILES = st.lists(
    st.builds(TextMedia, ANY, ANY, st.integers(0), ANY, ANY, ANY, st.none() | st.binary()),
    max_size=rows.MAX_FILES,
).map(tuple)
TEXTS = st.none() | st.builds(TextFields, ANY, ANY, ANY, WORDS, FINDINGS, FILES)


@given(VERDICTS, ANY, ANY, WORDS)
def test_a_decision_survives_its_row(
    verdict: Verdict, client: str, sender: str, recipients: tuple[str, ...]
) -> None:
    decision = replace(
        passed(), verdict=verdict, client=client, sender=sender, recipients=recipients
    )

    row = rows.decision_row(decision)

    assert rows.read_record(row).decision == decision
    for value in row.values():
        if isinstance(value, str) and value not in {verdict.template, verdict.revision}:
            assert "\0" not in value
            value.encode()


@given(ENVELOPES, CLIENTS, TEXTS, ANY, st.binary())
def test_a_transaction_survives_its_row(
    envelope: Envelope, client: Client, fields: TextFields | None, route: str, content: bytes
) -> None:
    transaction = replace(
        mail(content),
        envelope=envelope,
        client=client,
        text=fields,
        provider=route,
        route=route,
        end_user=EndUser(route, client.name),
    )

    decision = decision_on(transaction)
    row = rows.held_row(
        transaction, decision, transaction.received_at + MONTH, rows.decision_row(decision)
    )

    kept = {str(r["id"]): cast("bytes", r["content"]) for r in rows.content_rows(transaction)}

    assert rows.read_item(row, kept).transaction == transaction
    assert row["size_bytes"] == sum(map(len, kept.values()))
    for value in row.values():
        if isinstance(value, str):
            assert "\0" not in value
            value.encode()


def test_rows_of_the_first_schema_know_no_flood_and_no_end_user() -> None:
    transaction = mail()
    decision = decision_on(transaction)
    row = rows.held_row(transaction, decision, decision.at, rows.decision_row(decision))
    for column, added in (("verdict", "flood"), ("transaction_json", "end_user")):
        fields = json.loads(str(row[column]))
        del fields[added]
        row[column] = json.dumps(fields)

    item = rows.read_item(row, {transaction.id: transaction.content})

    assert item.verdict == decision.verdict
    assert item.transaction == transaction


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_survives_to_the_microsecond(moment: datetime) -> None:
    assert rows.from_micros(rows.to_micros(moment)) == moment


def test_moments_of_other_zones_are_the_same_moment() -> None:
    moment = datetime(2021, 6, 30, 12, tzinfo=timezone(timedelta(hours=8)))

    assert rows.from_micros(rows.to_micros(moment)) == moment


@pytest.mark.parametrize(
    ("content", "title"),
    [
        pytest.param(b"Subject: hi\r\n\r\nx", "hi", id="plain"),
        pytest.param(b"From: x\r\nsUBJECT:hi\r\n there\r\nTo: y\r\n\r\n", "hi there", id="folded"),
        pytest.param(b"Subject: =?utf-8?b?w7xi?= =?utf-8?q?er?=\r\n\r\n", "über", id="encoded"),
        pytest.param(b"Subject: =?utf-8?b?!!!!?=\r\n\r\n", "=?utf-8?b?!!!!?=", id="broken"),
        pytest.param(b"Subject: =?x-no?q?a?=\r\n\r\n", "=?x-no?q?a?=", id="unknown charset"),
        pytest.param(b"\r\nSubject: in the body\r\n", "", id="none"),
        pytest.param(b"", "", id="empty"),
        pytest.param(b"Subject: a\r\nSubject: b\r\n\r\n", "a", id="two"),
        pytest.param(b"Subject: \xff\xfe\r\n\r\n", "��", id="no UTF-8"),
        pytest.param(b"Subject: " + b"x" * 10_000, "x" * 200, id="long"),
    ],
)
def test_a_mail_is_recognised_by_its_subject(content: bytes, title: str) -> None:
    assert rows.title_of(mail(content)) == title


@given(st.binary(max_size=200))
def test_no_header_breaks_the_title(head: bytes) -> None:
    title = rows.title_of(mail(b"Subject: =?utf-8?b?" + head))

    assert len(title.encode()) < 4000


def test_a_text_message_is_recognised_by_its_beginning() -> None:
    assert rows.title_of(text("Hi\n  Jane, \ud800 " + "x" * 500)).startswith(r"Hi Jane, \ud800 xxx")
