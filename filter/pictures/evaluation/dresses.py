"""All dresses by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from filter.pictures.evaluation.dress import Dress
from filter.pictures.evaluation.easy import easy_dresses
from filter.pictures.evaluation.embedded import embedded_dresses
from filter.pictures.evaluation.geometric import geometric_dresses
from filter.pictures.evaluation.hard import hard_dresses

DRESSES: Mapping[str, Dress] = MappingProxyType(
    {
        dress.name: dress
        for dress in (
            *easy_dresses(),
            *geometric_dresses(),
            *embedded_dresses(),
            *hard_dresses(),
        )
    }
)
