"""Who may call: names and secrets of the settings, compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from filter.settings import Account, Provider


class Callers:
    """The accounts of ``sms.callers``, or of another table. Empty lets nobody in.

    Raises ValueError for one without a password.
    """

    def __init__(self, accounts: Sequence[Account], table: str = "sms.callers") -> None:
        self._known = tuple(
            (a.name, _digest(a.user), _digest(_required(a, table))) for a in accounts
        )

    def match(self, user: str, secret: str) -> str | None:
        """Return the name of the account that signs in with this user name and secret."""
        found = None
        for label, known_user, known_secret in self._known:
            # Every account is compared, and both parts of it: the time says nothing about either.
            same_user = hmac.compare_digest(known_user, _digest(user))
            same_secret = hmac.compare_digest(known_secret, _digest(secret))
            if same_user & same_secret:
                found = label
        return found

    def match_secret(self, secret: str) -> str | None:
        """Return the name of the account with this secret (for tokens that carry no name)."""
        found = None
        for label, _, known_secret in self._known:
            if hmac.compare_digest(known_secret, _digest(secret)):
                found = label
        return found


def read_basic(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Return user name and password of a Basic Authorization header (RFC 7617), if there is one."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
    name, colon, secret = text.partition(":")
    return (name, secret) if colon else None


def read_bearer(headers: Mapping[str, str]) -> str | None:
    """Return the token of a Bearer Authorization header (RFC 6750), if there is one."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def basic(name: str, secret: str) -> str:
    """Return the value of a Basic Authorization header."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode("ascii")


def secret_of(account: Account | Provider) -> str | None:
    """Return the secret of an account (the settings' loader has read it if it is in a file)."""
    return None if account.password is None else account.password.get_secret_value()


def _required(account: Account, table: str) -> str:
    secret = secret_of(account)
    if not secret:
        raise ValueError(f"{table}: {account.name} has no password; set password_file")
    return secret


def _digest(text: str) -> bytes:
    """Return a value of fixed length: compare_digest leaks the length of what it is given."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
