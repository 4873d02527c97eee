from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.operations.acts import Act
from prodworthy.operations.killswitch.flag_text import FlagText, read_flag_text, write_flag_text

AT = 1_800_000_000_123_456_000


def test_what_is_written_is_read_and_a_person_can_read_it_too() -> None:
    text = write_flag_text("answers are | wrong", Act("ada@example.org", AT))
    assert text == "2027-01-15T08:00:00.123456+00:00 | ada@example.org | answers are | wrong"
    assert read_flag_text(text) == FlagText("answers are | wrong", "ada@example.org", AT)


@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=300), st.integers(0, 4 * 10**18))
def test_any_kill_is_one_line_that_reads_back(reason: str, actor: str, at: int) -> None:
    if not actor.strip():
        return
    text = write_flag_text(reason, Act(actor, at))
    assert len(text.splitlines()) == 1
    said = read_flag_text(text)
    assert said.at == at // 1000 * 1000
    assert said.reason == " ".join(reason.split())
    assert len(said.actor) <= 100


@pytest.mark.parametrize("text", ["", "stop it", "a | b | c", "2026-01-01 | b | c", "2027-01-15T08:00:00+00:00 | b"])
def test_a_text_by_hand_is_all_reason(text: str) -> None:
    assert read_flag_text(text) == FlagText(text)


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert read_flag_text(text).reason in text
