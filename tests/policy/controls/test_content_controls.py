"""What the cases of controls that read content do not say."""

from __future__ import annotations

import pytest

from prodworthy.policy.controls.data_protection import redaction
from prodworthy.policy.controls.input_governance import injection
from prodworthy.policy.controls.output_validation import fallback, semantic_checks
from prodworthy.policy.controls.output_validation.fallback import State, Then, fault_of, next_model
from prodworthy.policy.core.exchange import Answer, Call, Exchange, Finish, Operation, Passage
from prodworthy.policy.core.facts import Attempted, Finding
from prodworthy.policy.core.verdict import ALLOW

ASKED = Exchange(
    "", "", "", "", "", "openai-chat", "", "", 0, Call(Operation.CHAT, passages=(Passage("a", "user", "x"),))
)
HIDDEN = Finding("a", 0, 1, "tag")


def test_data_that_the_vendor_may_see_needs_a_necessity() -> None:
    with pytest.raises(ValueError, match="necessity"):
        redaction.Settings(raw=("email",), necessity=" ")


def test_a_citation_needs_the_place_of_its_number() -> None:
    with pytest.raises(ValueError, match=r"\{n\}"):
        semantic_checks.Settings(citation="[1]")
    assert semantic_checks.Settings(citation="[{n}]").citation


def test_hidden_characters_may_be_left_and_an_unsure_plug_in_does_not_count() -> None:
    settings = injection.Settings(remove_hidden=False, detectors=("classifier",))
    facts = {"injection": (), "hidden": (HIDDEN,), "classifier": (Finding("a", 0, 1, "attack", 0.4),)}
    assert injection.decide(ASKED, facts, settings) is ALLOW


@pytest.mark.parametrize("then, other", [(Then.OTHER_MODEL, ""), (Then.REFUSE, "backup")])
def test_another_model_and_its_name_go_together(then: Then, other: str) -> None:
    with pytest.raises(ValueError, match="other_model"):
        fallback.Settings(then=then, other_model=other)


SAID = (Passage("choices.0.content", "assistant", "yes"),)
THOUGHT = (Passage("choices.0.reasoning", "reasoning", "hm"),)


@pytest.mark.parametrize(
    "answer, state, fault",
    [
        (Answer(SAID, finish=Finish.STOP, refusal=True), State.REFUSED, "refused"),
        (Answer(SAID, finish=Finish.REFUSAL), State.REFUSED, "refused"),
        (Answer(SAID, finish=Finish.LENGTH), State.TRUNCATED, "cut off"),
        (Answer(SAID, finish=Finish.CUT), State.TRUNCATED, "cut off"),
        (Answer(THOUGHT, finish=Finish.STOP), State.EMPTY, "empty"),
        (Answer(SAID, finish=Finish.STOP), State.EMPTY, ""),
        (Answer((), finish=Finish.TOOL), State.EMPTY, ""),
        (Answer((), finish=Finish.STOP), State.REFUSED, ""),
    ],
)
def test_states_that_count_as_invalid(answer: Answer, state: State, fault: str) -> None:
    told = fault_of(answer, fallback.Settings(invalid=(state,)))
    assert (fault in told) if fault else told == ""
    assert fault_of(answer, fallback.Settings()) == "", "no state is invalid unless that is declared"


@pytest.mark.parametrize(
    "count, fault, other, wanted",
    [
        (1, "", "backup", None),
        (1, "bad", "backup", ""),
        (2, "bad", "backup", "backup"),
        (3, "bad", "backup", None),
        (2, "bad", "", None),
    ],
)
def test_who_is_asked_next(count: int, fault: str, other: str, wanted: str | None) -> None:
    settings = fallback.Settings(then=Then.OTHER_MODEL, other_model=other) if other else fallback.Settings()
    assert next_model(Attempted(count, fault), settings) == wanted


def test_what_holds_an_answer_back() -> None:
    assert not fallback.Settings().whole
    assert fallback.Settings(invalid=(State.EMPTY,)).whole
    assert fallback.Settings(then=Then.OTHER_MODEL, other_model="b").whole
