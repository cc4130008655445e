"""Every hostile message of the battery is held, for its reason, and every legitimate one passes."""

from __future__ import annotations

import pytest

from tests.battery.collection import all_samples
from tests.battery.judge import what_is_wrong
from tests.battery.sample import Sample

SAMPLES = all_samples()
HOSTILE = [sample for sample in SAMPLES if sample.because]
LEGITIMATE = [sample for sample in SAMPLES if not sample.because]


@pytest.mark.parametrize("sample", HOSTILE, ids=lambda sample: sample.id)
def test_a_hostile_message_is_held_for_its_reason(sample: Sample) -> None:
    assert what_is_wrong(sample) == ""


@pytest.mark.parametrize("sample", LEGITIMATE, ids=lambda sample: sample.id)
def test_a_legitimate_message_passes(sample: Sample) -> None:
    assert what_is_wrong(sample) == ""
