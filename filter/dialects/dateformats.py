"""The format of a date as a template's filter writes it, as one of ours (those of strftime).

Django and Twig write PHP's letters (``date:"j F Y"``), Liquid, Jinja and others strftime's
(``date: "%d %B %Y"``), Go the reference time (``Format "02 Jan 2006"``).
"""

from __future__ import annotations

import re

from filter.templates.dates import problems_of_format

_QUOTED = re.compile(r"""["']([^"'\n]{1,80})["']""")
_ASKED = re.compile(r"\bdate\b|\btime\b|strftime|\bFormat\b|\bformat\b|date_format")
# https://docs.djangoproject.com/en/5.2/ref/templates/builtins/#date, where strftime has the same.
_PHP = {
    "d": "%d", "j": "%-d", "D": "%a", "l": "%A", "m": "%m", "n": "%-m", "M": "%b", "F": "%B",
    "N": "%b", "E": "%B", "y": "%y", "Y": "%Y", "o": "%Y", "H": "%H", "G": "%-H", "h": "%I",
    "g": "%-I", "i": "%M", "s": "%S", "A": "%p", "a": "%p", "P": "", "T": "%Z", "e": "%Z",
    "O": "%z",
}  # fmt: skip
# https://pkg.go.dev/time#pkg-constants, longest first.
_GO = (
    ("January", "%B"), ("Monday", "%A"), ("2006", "%Y"), ("Jan", "%b"), ("Mon", "%a"),
    ("MST", "%Z"), ("-0700", "%z"), ("15", "%H"), ("01", "%m"), ("02", "%d"), ("03", "%I"),
    ("04", "%M"), ("05", "%S"), ("06", "%y"), ("PM", "%p"), ("1", "%-m"), ("2", "%-d"),
    ("3", "%-I"),
)  # fmt: skip
_GO_PIECE = re.compile("|".join(re.escape(piece) for piece, _ in _GO))


def formats_in(expression: str) -> tuple[str, ...]:
    """Return the one format that an expression's filter writes, () when it says none we read."""
    asked = _ASKED.search(expression)
    if asked is None:
        return ()
    quoted = _QUOTED.search(expression, asked.start())
    if quoted is None:
        return ()
    form = _translated(quoted[1], asked[0])
    with_date = re.search("%-?[demYyBbAa]", form) is not None
    if not form or problems_of_format(form, with_date=with_date):
        return ()
    return (form,)


def _translated(form: str, asked: str) -> str:
    if "%" in form:
        return form
    if asked == "Format":
        return _GO_PIECE.sub(lambda found: dict(_GO)[found[0]], form)
    pieces: list[str] = []
    letters = iter(form)
    for letter in letters:
        if letter == "\\":
            pieces.append(next(letters, ""))
        elif not letter.isalpha():
            pieces.append(letter)
        elif _PHP.get(letter):
            pieces.append(_PHP[letter])
        else:
            return ""  # a letter that strftime has nothing for
    return "".join(pieces)
