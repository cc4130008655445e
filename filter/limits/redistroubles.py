"""Why does the server not answer the question, and what can people do about it?"""

from __future__ import annotations

# What stands in the client's name of an error or in the server's words, and what to tell people.
# The first that fits is told: the order is from the particular to the general.
REMEDIES: tuple[tuple[str, str], ...] = (
    ("without any password", "it has no password; remove `redis_password_file`"),
    ("Authentication required", "it wants a password; set `redis_password_file`"),
    ("NOAUTH", "it wants a password; set `redis_password_file`"),
    ("AuthenticationError", "it refuses the user or the password; mend `redis_password_file`"),
    ("WRONGPASS", "it refuses the user or the password; mend `redis_password_file`"),
    ("invalid username", "it refuses the user or the password; mend `redis_password_file`"),
    ("NoPermissionError", "the user may not do this; see docs/operations.md for what to allow"),
    ("NOPERM", "the user may not do this; see docs/operations.md for what to allow"),
    ("MasterDown", "it is a replica without its primary; name the primary in `limits.redis`"),
    ("ReadOnlyError", "it is a replica; name the primary in `limits.redis`"),
    ("READONLY", "it is a replica; name the primary in `limits.redis`"),
    ("OutOfMemoryError", "its memory is full; raise its `maxmemory`"),
    ("OOM", "its memory is full; raise its `maxmemory`"),
    ("BusyLoadingError", "it is still reading its data; wait, or look into its log"),
    ("LOADING", "it is still reading its data; wait, or look into its log"),
    ("MISCONF", "it cannot save to its disk; look into its log"),
    ("NOREPLICAS", "it has too few replicas; look into its log"),
    ("BUSY", "another script keeps it busy; look into its slow log"),
    (" in input", "a value is damaged; forget its key with `sallyport limits reset`"),
    ("WRONGTYPE", "another program uses our keys; give the gate a `redis_prefix` of its own"),
    ("MovedError", "it is a node of a cluster that has not our keys; name the one that has"),
    ("ClusterDown", "its cluster is down; look into its log"),
    ("DB index is out of range", "it has no such database; correct `limits.redis`"),
    ("unknown command", "it is too old or lacks a command; see docs/operations.md"),
    ("CERTIFICATE_VERIFY_FAILED", "its certificate is not trusted; set `redis_ca_file`"),
    ("Connection refused", "nobody listens there; start it, or correct `limits.redis`"),
    ("Connect call failed", "nobody listens there; start it, or correct `limits.redis`"),
    ("connecting to unix socket", "nobody listens there; start it, or correct `limits.redis`"),
    ("connecting to", "it cannot be reached; start it, or correct `limits.redis`"),
    ("Protocol error", "it does not speak as Redis does; correct `limits.redis`"),
    ("InvalidResponse", "it does not speak as Redis does; correct `limits.redis`"),
    ("Connection lost", "it closed the connection; look into its log"),
    ("Connection closed", "it closed the connection; look into its log"),
    ("Connection reset", "it closed the connection; look into its log"),
    ("Error while reading", "it closed the connection; look into its log"),
    ("No connection available", "it is too slow: all connections wait for it"),
)
# Signs of an error that the script met at the keys of one question: the next one asks for others.
ABOUT_ONE = ("WRONGTYPE", " in input", "attempt to ", "bad argument", "not a valid float")
SHOWN = 100


def is_about_one(text: str) -> bool:
    """Return whether an error is about one question and not about the server."""
    return "script" in text and any(sign in text for sign in ABOUT_ONE)


def explain(kind: str, text: str) -> str:
    """Return what to tell people of an error that the client calls ``kind``."""
    said = f"{kind} {text}"
    for sign, remedy in REMEDIES:
        if sign in said:
            return remedy
    shown = "".join(c for c in text if c.isascii() and c.isprintable())
    return shown[:SHOWN] or kind
