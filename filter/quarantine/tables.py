"""What the store keeps, as tables that SQLite and PostgreSQL both understand.

Times are microseconds since 1970 in UTC: exact, sortable, the same in every database. Texts that
people filter by are cleaned for display; what must come back exactly is JSON in ASCII, or bytes.
"""

from __future__ import annotations

from collections.abc import Mapping

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
    literal_column,
)

from filter.quarantine.item import State

SCHEMA = 4
# From these a store can be brought to SCHEMA by adding the tables that are not there yet.
EXTENDABLE = frozenset({1, 2, 3})

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

# Which held message belongs to which flood; all of one flood are one case. Since schema 2.
FLOOD_ITEMS = Table(
    "flood_items",
    METADATA,
    Column("flood", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("key", Text, nullable=False),  # in words, recipients masked
    Column("since", BigInteger, nullable=False),
    Column("held_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("template", Text),
    Index("flood_items_id", "id"),
)

# One row a flood, kept in step by triggers (database.py): counting fifty thousand items anew for
# each list would take a second. A column for each State says how many are in it. Since schema 2.
CASES = Table(
    "cases",
    METADATA,
    Column("flood", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    *(Column(state.value, Integer, nullable=False) for state in State),
    Index("cases_last", "last_at"),
)
# Somebody has to do something about these.
IS_OPEN = CASES.c.held + CASES.c.releasing + CASES.c.unknown > literal_column("0")
Index("cases_open", CASES.c.last_at, CASES.c.held, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)

# What people were to be told of: the sign of a flood, a store that went away. Since schema 2.
ALERTS = Table(
    "alerts",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("rule", Text, nullable=False),
    Column("key", Text, nullable=False),  # in words, recipients masked
    Column("text", Text, nullable=False),
    Column("flood", Text, nullable=False),  # its case, "" when nothing is held for it
    Index("alerts_at", "at"),
)

# The kill switch: rows stay when a pause has ended. Since schema 2.
PAUSES = Table(
    "pauses",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("scope", Text, nullable=False),  # JSON object: dimension -> list of values
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),  # NULL: until it is resumed
    Column("drops", Integer, nullable=False),
    Column("ended_at", BigInteger),
    Column("ended_by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index("pauses_ended_at", "ended_at"),
)

# What pictures that passed look like, never their pixels; days are ISO dates. Since schema 3.
PICTURES = Table(
    "pictures",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("first_day", Text, nullable=False),
    Column("last_day", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("look", LargeBinary, nullable=False),  # filter/quarantine/looks.py
    Index("pictures_last", "last_day"),
)

# In how many messages, day by day. Since schema 3.
PICTURE_DAYS = Table(
    "picture_days",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("template", Text, primary_key=True),
    Column("messages", Integer, nullable=False),
    Index("picture_days_day", "day"),
)

# What rules in shadow would have done with a message, a row for each rule. Since schema 4.
TRIALS = Table(
    "trials",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("effect", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("trials_at", "at", "effect", "id"),
)

# Messages that passed and are kept for `sallyport replay`, where the settings want that; their
# bytes are in CONTENTS. Since schema 4.
PASSED = Table(
    "passed",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("transaction_json", Text, nullable=False),
    Index("passed_at", "at", "size_bytes"),
)

# What becomes of a row that is there already: a column, and what it is set to.
MERGED: Mapping[str, Mapping[str, str]] = {
    "pictures": {
        "last_day": "max(last_day, excluded.last_day)",
        "look": "excluded.look",
    },
    "picture_days": {"messages": "messages + excluded.messages"},
}
