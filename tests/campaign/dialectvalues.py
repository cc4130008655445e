"""Values as applications really fill them in: apostrophes, other scripts, long names, odd dates.

Chosen by the last word of a name, and not by what the import guesses: they are to try its guesses.
"""

from __future__ import annotations

import re

HOST = "www.clinic.example"

_NAMES = (
    "Jane Doe", "Siobhán O'Brien", "Nurul Ain binti Abdul Rahman", "李小龍", "Анна Петрова",
    "Ravi a/l Kumar", "J. R. Smith Jr.", "Zoë Müller-Lüdenscheidt", "Jo", "محمد علي",
)  # fmt: skip
_URLS = (
    f"https://{HOST}/start",
    f"https://{HOST}/self-service/recovery?flow=5e9a-11ec&token=Zm9vYmFy_-9",
    f"https://{HOST}/a/b/c/?next=1&lang=de&x=%20y",
    f"https://{HOST}/c/" + "0123456789abcdef" * 10,
    f"https://{HOST}/",
)
_WHEN = (
    "January 5, 2026", "2026-01-05 14:03:22 UTC", "05/01/2026", "5. Januar 2026, 14:03 Uhr",
    "Mon, 05 Jan 2026 14:03:22 GMT", "2026-01-05T14:03:22Z", "Jan 5",
)  # fmt: skip
_AMOUNTS = ("$12.50", "1.234,00 €", "RM 5.00", "£1,250,000.00", "0.99", "USD 40", "$0")
_COMPANIES = ("Acme", "Smith & Sons Ltd.", "Café Zürich GmbH", "株式会社テスト", "O'Reilly", "A1")
_NUMBERS = ("5", "0", "60", "1440", "1,000")
_WORDS = (
    "first value", "Größe 40", "a", "O'Brien's", "Room 12, Block B", "R&D", "two words (new)",
    "日本語", "ένα δύο",
)  # fmt: skip

_BY_WORD: dict[str, tuple[str, ...]] = {
    "url": _URLS, "link": _URLS, "label": ("Read it online", "Größe & mehr", "Web"), "href": _URLS,
    "name": _NAMES, "firstname": _NAMES, "lastname": _NAMES, "user": _NAMES,
    "company": _COMPANIES, "organization": _COMPANIES, "product": _COMPANIES, "team": _COMPANIES,
    "email": ("jane.doe@example.org", "j+news@mail.example.org", "o'brien@example.org"),
    "address": ("1 High Street, Springfield", "Hauptstr. 5, 80331 München", "Jalan 12/4, KL"),
    "code": ("493021", "00000000", "K7Q2M9", "AB12-CD34"),
    "id": ("17", "INV-2026-0001", "6f1c9a52-3b7e-4d0a-9c21-5e8f7a6b4c3d", "A1B2"),
    "date": _WHEN, "at": _WHEN, "timestamp": _WHEN, "time": _WHEN, "expires": _WHEN,
    "amount": _AMOUNTS, "total": _AMOUNTS, "price": _AMOUNTS, "balance": _AMOUNTS,
    "minutes": _NUMBERS, "hours": _NUMBERS, "count": _NUMBERS, "days": _NUMBERS,
    "image": (f"https://{HOST}/a.png", f"https://{HOST}/i/b-2.jpg?w=40"),
    "permalink": (f"https://{HOST}/p/1", f"https://{HOST}/news/2026/01"),
    "size": ("1.2 MB", "12 kB", "900 bytes"), "type": ("PDF", "PNG", "Word document"),
    "domain": (HOST,), "host": (HOST,),
    "username": ("jane", "jane.doe_42", "O'Brien", "李小龍"),
    "password": ("Xy7-aB3k", "p4ss"),
    "browser": ("Chrome 120", "Mobile Safari 17.2", "Edge"),
    "system": ("Windows 11", "macOS 14.2", "Android"), "os": ("Windows 11", "iOS"),
    "ip": ("203.0.113.7", "2001:db8::1f:7"),
    "agent": (
        "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 10; K) Gecko (KHTML, like Gecko) Chrome/120.0.0.0 Mobile",
    ),
}  # fmt: skip
_COMPANY_NAMES = re.compile(
    r"(company|organi[sz]ation|product|team|site|app|project)_?name$", re.IGNORECASE
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def value_for(name: str, number: int) -> str:
    """Return the number-th value for something of this name."""
    values: tuple[str, ...]
    if _COMPANY_NAMES.search(name):
        values = _COMPANIES
    elif re.search(r"mail_?address$", name, re.IGNORECASE):
        values = _BY_WORD["email"]
    else:
        words = re.split(r"[^a-z0-9]+", _CAMEL.sub("_", name).lower())
        values = next((_BY_WORD[w] for w in reversed(words) if w in _BY_WORD), _WORDS)
    return values[(number + sum(map(ord, name))) % len(values)]


COUNTS = (1, 0, 3, 12, 2)  # rounds of a loop, by rendering


def is_on(name: str, number: int) -> bool:
    """Return whether the condition of this name holds in a rendering: each both ways."""
    return (number + len(name)) % 2 == 0 if number else True
