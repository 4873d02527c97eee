from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.gateway.detectors.pattern_set import PatternSet
from prodworthy.gateway.detectors.unsafe import commands
from prodworthy.gateway.detectors.unsafe.scanned import folds, scanned

PARTS = st.sampled_from(
    ["drop", "TABLE", "table ", " ", "  ", "\u00a0", "\u2003", "\x1f", ";", "'", "or ", "1", "\u0661", "=", "--", "/*", "*/",
     "#", "sleep", "dbms_", "é", "ſhutdown", "union", "select", "|", "sh", "ba", "rm", "-", "-rf", "--force", "&&", ">",
     "sudo", "curl ", ":(){", "$(", "`", "a", "into outfile", "waitfor", "delay", "like ", "in ", "\u4e2d", "\n", "x_"]
)  # fmt: skip
TEXTS = st.lists(PARTS, max_size=12).map("".join) | st.text(max_size=60)


@settings(max_examples=2000, deadline=None)
@given(TEXTS)
def test_the_scan_misses_no_text_that_an_expression_matches(text: str) -> None:
    present = commands._present(text, ("sql", "shell"))
    assert [sink for sink, pattern in commands._PATTERNS.items() if pattern.search(text) and sink not in present] == []


def test_the_scan_passes_prose() -> None:
    text = "The office opens at eight and closes at five; ships (and ferries) arrive at noon, or later: 3 < 4. " * 9
    assert commands._present(text, ("sql", "shell")) == ["shell"]
    assert commands._present(text.replace(";", ","), ("sql", "shell")) == []
    assert commands._present("drop table x", ("html", "shell")) == []


@settings(max_examples=300, deadline=None)
@given(TEXTS.map(lambda text: text * 8), st.data())
def test_a_place_before_commands_lies_within_none(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text)))
    before = commands.before_commands(text, place, ("sql", "shell"))
    assert before <= place
    low, high = max(0, before - commands.SHORT), before + commands.SHORT
    for pattern in commands._PATTERNS.values():
        assert not any(found.start() < before < found.end() for found in pattern.finditer(text, low, high))


@pytest.mark.parametrize(
    "pattern,text",
    [(r"a\s{1,3}b", "a\u2003b"), (r"[\w./]{2}!", "é.!"), (r"\d x", "3x"), (r"(?<!-)\brm (?=\S)", "rm é"), (r"\#", "#")],
)
def test_a_scanned_expression_is_wider(pattern: str, text: str) -> None:
    assert re.search(pattern, text, re.VERBOSE) or " " in pattern
    assert PatternSet([scanned(pattern, False)], starts=False, once=True).matches(text.replace(" ", ""))


def test_letters_that_fold_to_ascii_are_told() -> None:
    assert [folds(text) for text in ("shutdown", "ſhutdown", "\u212aill", "é")] == [False, True, True, False]
