from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.policy.core.evidence import CLASSES, EvidenceFault, Figures, by_class
from prodworthy.record.sealing.projection import read_figures
from tests.policy.core.test_evidence import sets


@given(st.dictionaries(st.sampled_from(CLASSES), sets, max_size=2))
def test_figures_of_a_day_are_read_as_whoever_reads_a_leaf_reads_them(one: dict[str, Figures]) -> None:
    plain = {name: figures.plain() for name, figures in one.items()}
    assert read_figures(json.dumps(plain)) == by_class(plain) == one


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "nothing",
        '{"other": {}}',
        '{"live": 1}',
        '{"live": {"exchanges": "x"}}',
        '{"live": {"ends": {"a": 1.5}}}',
    ],
)
def test_what_is_no_figures_is_refused(text: str) -> None:
    with pytest.raises(EvidenceFault, match="the figures of a day cannot be read"):
        read_figures(text)
