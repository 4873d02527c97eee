"""How figures of a workload are added up by day: the same rule for who seals them and for who checks the leaves.

Only the standard library is used here, because the offline verifier is made of this module too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from prodworthy.policy.core.evidence import MOST_NAMES, OTHER, ByClass, Figures, Tally, merged

Days = Mapping[str, ByClass]
"""Figures by day (`YYYYMMDD`) and class of traffic."""


def summed(one: Days, other: Days) -> dict[str, dict[str, Figures]]:
    """The sum of both, day by day. Of a mapping with more than MOST_NAMES names the most frequent ones stay."""
    return {day: added(one.get(day, {}), other.get(day, {})) for day in sorted(one.keys() | other.keys())}


def added(one: ByClass, other: ByClass) -> dict[str, Figures]:
    """The sum of both of one day, class by class."""
    return {name: limited(figures) for name, figures in merged(one, other).items()}


def limited(figures: Figures) -> Figures:
    """The same figures with at most MOST_NAMES names in each mapping; what others come to is counted under OTHER.

    What a vendor answers decides the names of models: nobody but us bounds them.
    """
    mappings = (figures.ends, figures.releases, figures.models, figures.signs, figures.controls)
    if all(len(mapping) <= MOST_NAMES for mapping in mappings):
        return figures
    return replace(
        figures,
        ends=_most(figures.ends),
        releases=_most(figures.releases),
        models=_most(figures.models),
        signs=_most(figures.signs),
        controls=_first(figures.controls),
    )


def _most(counts: Mapping[str, int]) -> Mapping[str, int]:
    if len(counts) <= MOST_NAMES:
        return counts
    named = sorted((name for name in counts if name != OTHER), key=lambda name: (-counts[name], name))
    kept = {name: counts[name] for name in sorted(named[: MOST_NAMES - 1])}
    return kept | {OTHER: sum(counts.values()) - sum(kept.values())}


def _first(controls: Mapping[str, Tally]) -> Mapping[str, Tally]:
    if len(controls) <= MOST_NAMES:
        return controls
    named = sorted(name for name in controls if name != OTHER)[: MOST_NAMES - 1]
    rest = Tally()
    for name in sorted(controls.keys() - set(named)):
        rest = rest.plus(controls[name])
    return {name: controls[name] for name in named} | {OTHER: rest}
