"""Is a written date a certain day?"""

from __future__ import annotations

from datetime import date

import pytest

from filter.templates.dates import means_day

DAY = date(2021, 6, 14)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("14 June 2021", "%d %B %Y"),
        ("Monday, 14 Jun 2021", "%A, %d %b %Y"),
        ("14/06/21", "%d/%m/%y"),
        ("14 June", "%d %B"),
        ("Monday 14", "%A %d"),
    ],
)
def test_a_date_means_its_day(text: str, form: str) -> None:
    assert means_day(text, (form,), DAY)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("15 June 2021", "%d %B %Y"),
        ("14 July 2021", "%d %B %Y"),
        ("14 June 2022", "%d %B %Y"),
        ("14/06/22", "%d/%m/%y"),
        ("Tuesday 14", "%A %d"),
        ("soon", "%d %B"),
    ],
)
def test_a_date_means_no_other_day(text: str, form: str) -> None:
    assert not means_day(text, (form,), DAY)
