"""One key, many workers and connections: what goes on is what the limit allows, exactly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.campaign.limits import Campaign, faults, run
from tests.limits.redisserver import need_redis

SMALL = Campaign(messages=900, limit=150, workers=4, clients=64)


@pytest.mark.parametrize(
    "campaign",
    [
        pytest.param(SMALL, id="embedded"),
        pytest.param(replace(SMALL, redis=True), id="redis"),
        pytest.param(replace(SMALL, redis=True, kills=True), id="redis is killed"),
    ],
)
async def test_exactly_what_the_limit_allows_goes_on(campaign: Campaign, tmp_path: Path) -> None:
    if campaign.redis:
        need_redis()

    tally = await run(campaign, tmp_path)

    assert faults(campaign, tally) == [], (tmp_path / "log").read_text(encoding="utf-8")[-2000:]
