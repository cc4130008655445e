"""Passwords from settings: read once at the start, compared in constant time."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from pathlib import Path

from filter.settings import Account, MailNextHop


def read_password(owner: str, holder: Account | MailNextHop) -> str | None:
    """Return the password from the setting or from its file, None when neither is set.

    Raises ValueError when the file cannot be read or the password is empty.
    """
    if holder.password is not None:
        text = holder.password.get_secret_value()
    elif holder.password_file is not None:
        text = _read(owner, holder.password_file)
    else:
        return None
    if not text:
        raise ValueError(f"{owner}: the password is empty; set one or remove the setting")
    return text


def _read(owner: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as exc:
        raise ValueError(f"{owner}: cannot read password_file {file}: {exc.strerror}") from exc


class Accounts:
    """The clients that may authenticate."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._passwords: dict[str, bytes] = {}
        for account in accounts:
            owner = f"mail.accounts {account.name}"
            password = read_password(owner, account)
            if password is None:
                raise ValueError(f"{owner}: no password; set password or password_file")
            self._passwords[account.name] = password.encode()

    def __bool__(self) -> bool:
        return bool(self._passwords)

    def knows(self, name: str, password: bytes) -> bool:
        """Return whether this is an account and its password; takes as long when it is neither."""
        known = self._passwords.get(name)
        right = hmac.compare_digest(known if known is not None else b"\0no account\0", password)
        return right and known is not None
