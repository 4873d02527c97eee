from __future__ import annotations

import msgspec
import pytest

from prodworthy.policy.controls.output_validation.semantic_checks import Rule, Settings, decide
from prodworthy.policy.core.exchange import Answer, Passage
from prodworthy.policy.core.facts import Support
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Verdict

LIMIT = Rule("limit", "answer.refund <= 100", "a refund is at most 100", when="answer != null")


def said(*texts: Passage, rules: tuple[Rule, ...] = (LIMIT,)) -> Verdict:
    return decide(Answer(texts=texts), {"grounding": Support(False)}, Settings(rules=rules))


def text(written: str, part: str = "choices.0.content", role: str = "assistant", json: bool = False) -> Passage:
    return Passage(part, role, written, json=json)


def test_every_text_of_the_answer_keeps_to_the_rules() -> None:
    assert said(text('{"refund": 5}'), text('{"refund": 100}', "choices.1.content")) is ALLOW
    verdict = said(text('{"refund": 5}'), text('{"refund": 101}', "choices.1.content"))
    assert isinstance(verdict, Block)
    assert verdict.code is Code.OUTPUT_INVALID
    assert verdict.reason == "The answer breaks the rule limit: a refund is at most 100"


def test_a_text_in_pieces_is_one_text() -> None:
    assert isinstance(said(text('{"refund"'), text(": 900}")), Block)


def test_what_the_model_calls_or_thinks_is_not_asked() -> None:
    thought = text('{"refund": 900}', "reasoning", "reasoning")
    call = text('{"refund": 900}', "choices.0.tool_calls.0.arguments", json=True)
    assert said(thought, call) is ALLOW


@pytest.mark.parametrize("written", ['{"note": 1}', "x" * 40_000, "[" * 5000, '{"refund": "5"}'])
def test_what_cannot_be_decided_is_blocked(written: str) -> None:
    rules = (LIMIT, Rule("short", "size(text) < 1000", "answers are short"))
    verdict = said(text(written), rules=rules)
    assert isinstance(verdict, Block)
    assert verdict.code is (Code.OUTPUT_INVALID if written.startswith("[") else Code.CANNOT_DECIDE)
    assert written[:9] not in verdict.reason


def test_a_rule_whose_condition_is_false_is_not_asked() -> None:
    assert said(text("No refund.")) is ALLOW


def test_a_bad_rule_is_refused_with_its_name_and_field() -> None:
    bad = {"rules": [{"name": "limit", "must": "answer.refund <=", "reason": "x"}]}
    with pytest.raises(msgspec.ValidationError, match="`must` of rule `limit`: line 1, character 17"):
        msgspec.convert(bad, Settings)
    with pytest.raises(ValueError, match="`when` of rule `limit`: nothing is called `request`"):
        Rule("limit", "true", "x", when="request == null")
