"""What the store keeps, as tables that SQLite and PostgreSQL both understand.

Times are microseconds since 1970 in UTC: exact, sortable, the same in every database. Texts that
people filter by are cleaned for display; what must come back exactly is JSON in ASCII, or bytes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

SCHEMA = 1

METADATA = MetaData()

# "schema" is the version, "deletable_before" the line that retention has drawn (database.py).
FACTS = Table(
    "facts", METADATA, Column("name", Text, primary_key=True), Column("value", BigInteger)
)

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("recipients", Text, nullable=False),  # masked, JSON list
    Column("disposition", Text, nullable=False),
    Column("template", Text),
    Column("revision", Text, nullable=False),
    Column("codes", Text, nullable=False),  # " link.lookalike template.none ", for LIKE
    Column("verdict", Text, nullable=False),  # JSON object, everything
    Column("exact", Text),  # JSON, only when cleaning changed the client or the sender
    Column("size_bytes", BigInteger, nullable=False),
    Column("envelope_digest", Text, nullable=False),
    Column("milliseconds", Float, nullable=False),
    Index("decisions_at", "at"),
)

# Everything that is added to a decision later; "told" is the client's next command.
AFTERWARDS = Table(
    "afterwards",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Index("afterwards_id", "id"),
)

HELD = Table(
    "held",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("held_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("recipients", Text, nullable=False),  # JSON list, whole addresses
    Column("releaser", Text, nullable=False),  # which process is releasing it (lease.py)
    Column("codes", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("content_deleted", Integer, nullable=False),
    Column("transaction_json", Text, nullable=False),  # envelope, client, text fields, route
    Column("verdict", Text, nullable=False),
    Index("held_state_expires", "state", "expires_at"),
    Index("held_content", "content_deleted", "changed_at"),
)

# Apart from HELD, so that a list of ten thousand items reads no message.
CONTENTS = Table(
    "contents",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

CHANGES = Table(
    "changes",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("start", Text, nullable=False),  # "" for the hold itself
    Column("end", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index("changes_id", "id"),
)
