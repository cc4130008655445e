"""Triggers by which SQLite keeps the row of a case in step with its items, whoever changes them."""

from __future__ import annotations

from filter.quarantine.item import State


def counters() -> tuple[str, str, str]:
    """Return the statements that create them where they are not there yet."""
    return _when_held(), _when_changed(), _when_deleted()


def _when_held() -> str:
    copied = 'NEW.flood, NEW.rule, NEW."key", NEW.since, NEW.held_at, NEW.held_at'
    zeros = ", ".join("0" for _ in State)
    return _trigger(
        "flood_items_count",
        "AFTER INSERT ON flood_items",
        # Not ON CONFLICT: what the outer INSERT says of conflicts would rule here, too.
        f"INSERT INTO cases SELECT {copied}, {zeros}"  # noqa: S608 - names of ours
        " WHERE NOT EXISTS (SELECT 1 FROM cases WHERE flood = NEW.flood)",
        "UPDATE cases SET held = held + 1, first_at = min(first_at, NEW.held_at),"
        " last_at = max(last_at, NEW.held_at) WHERE flood = NEW.flood",
    )


def _when_changed() -> str:
    moves = ", ".join(
        f"{state} = {state} - (OLD.state = '{state}') + (NEW.state = '{state}')" for state in State
    )
    return _trigger(
        "held_counts",
        "AFTER UPDATE OF state ON held WHEN OLD.state <> NEW.state",
        f"UPDATE cases SET {moves}"  # noqa: S608 - names of ours
        " WHERE flood = (SELECT flood FROM flood_items WHERE id = NEW.id)",
    )


def _when_deleted() -> str:
    """What retention deletes stays counted until nothing of the case is left."""
    return _trigger(
        "flood_items_end",
        "AFTER DELETE ON flood_items",
        "DELETE FROM cases WHERE flood = OLD.flood"
        " AND NOT EXISTS (SELECT 1 FROM flood_items WHERE flood = OLD.flood)",
    )


def _trigger(name: str, event: str, *statements: str) -> str:
    body = "".join(f" {statement};" for statement in statements)
    return f"CREATE TRIGGER IF NOT EXISTS {name} {event} BEGIN{body} END"
