"""Is the second opinion on HTML the one that BeautifulSoup on lxml would give?"""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from filter.reading.secondopinion import ask_second, join_dense
from tests.reading.test_html import GOOD, HOSTILE

LEFT_OUT = {
    "too many tags",  # libxml2 drops what lies deeper than 256; BeautifulSoup does not
    "processing instruction",  # BeautifulSoup warns of it
}
ALL = {name: html for name, (_, html) in HOSTILE.items() if name not in LEFT_OUT} | {
    name: html for name, (html, _) in GOOD.items()
}


@pytest.mark.parametrize("name", ALL)
def test_both_find_the_same_text_and_links(name: str) -> None:
    html = ALL[name]
    soup = BeautifulSoup(html, "lxml", string_containers={})
    for element in soup.find_all(["style", "script", "title"]):
        element.decompose()
    addresses = sorted(
        str(element[attribute])
        for attribute in ("href", "src", "background")
        for element in soup.find_all(None, {attribute: True})
    )

    opinion = ask_second(html)

    if opinion is None:
        assert not soup.get_text(strip=True)
        return
    assert opinion.text == join_dense([soup.get_text()])
    assert list(opinion.addresses) == addresses
