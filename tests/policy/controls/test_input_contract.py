"""PSF-1.2 in its details: what counts as a word, a bound, a category."""

from __future__ import annotations

import math
from typing import Any

import pytest

from prodworthy.policy.controls.input_governance.input_contract import Feature, Settings, decide
from prodworthy.policy.core.exchange import Call, Exchange, Operation, Passage, Tensor
from prodworthy.policy.core.verdict import ALLOW, Block


def _chat(*passages: tuple[str, str]) -> Exchange:
    texts = tuple(Passage(f"messages.{at}.content", role, text) for at, (role, text) in enumerate(passages))
    call = Call(Operation.CHAT, size=sum(len(text) for _, text in passages) + 50, passages=texts)
    return Exchange("", "default", "example", "example@1", "production", "openai-chat", "", "", 0, call)


def _scored(values: tuple[Any, ...] | None, datatype: str = "FP64", name: str = "age") -> Exchange:
    call = Call(Operation.PREDICT, tensors=(Tensor(name, datatype, (len(values or ()),), values),))
    return Exchange("", "default", "example", "example@1", "production", "open-inference", "", "", 0, call)


def _reason(subject: Exchange, settings: Settings) -> str:
    verdict = decide(subject, {}, settings)
    assert verdict is ALLOW or isinstance(verdict, Block)
    return "" if verdict is ALLOW else verdict.reason


def test_size_counts_characters_of_text_not_bytes_of_json() -> None:
    assert not _reason(_chat(("user", "é" * 10)), Settings(characters=10))
    assert "11 characters" in _reason(_chat(("user", "é" * 11)), Settings(characters=10))


@pytest.mark.parametrize(
    "text, blocked",
    [("a refund, please", True), ("REFUND!", True), ("refunding", False), ("prefund", False), ("re fund", False)],
)
def test_one_word_is_matched_whole(text: str, blocked: bool) -> None:
    assert bool(_reason(_chat(("user", text)), Settings(off_scope=("refund",)))) == blocked


def test_a_phrase_is_matched_as_it_stands() -> None:
    settings = Settings(off_scope=("legal advice",))
    assert _reason(_chat(("user", "some LEGAL ADVICE?")), settings)
    assert not _reason(_chat(("user", "legal matters, some advice")), settings)


def test_scope_looks_at_what_the_user_said_last() -> None:
    settings = Settings(in_scope=("refund",))
    assert not _reason(_chat(("user", "hello"), ("assistant", "yes?"), ("user", "my refund")), settings)
    assert _reason(_chat(("user", "my refund"), ("assistant", "yes?"), ("user", "a joke")), settings)
    assert _reason(_chat(("system", "refund")), settings)


def test_a_reason_never_repeats_what_was_said() -> None:
    reason = _reason(_chat(("user", "SECRET" * 10)), Settings(characters=5))
    assert "SECRET" not in reason
    reason = _reason(_scored((130.5,)), Settings(features=(Feature("age", "FP64", maximum=120.0),)))
    assert "130" not in reason


@pytest.mark.parametrize(
    "value, inside",
    [(0, True), (120, True), (-0.1, False), (120.1, False), (math.nan, False), (math.inf, False), (True, False),
     ("7", False), (None, False)],
)  # fmt: skip
def test_bounds(value: Any, inside: bool) -> None:
    settings = Settings(features=(Feature("age", "FP64", (-1,), 0.0, 120.0),))
    assert bool(_reason(_scored((3.0, value)), settings)) == (not inside)


def test_categories() -> None:
    settings = Settings(features=(Feature("age", "BYTES", (-1,), categories=("young", "old")),))
    assert not _reason(_scored(("old", "young"), "BYTES"), settings)
    assert "value 1" in _reason(_scored(("old", "ancient"), "BYTES"), settings)


def test_a_tensor_that_cannot_be_read_cannot_keep_its_bounds() -> None:
    bounded = Settings(features=(Feature("age", "BF16", (-1,), minimum=0.0),))
    assert "cannot be read" in _reason(_scored(None, "BF16"), Settings(features=(Feature("age", "BF16", (0,), 0.0),)))
    assert _reason(_scored(None, "BF16"), bounded)
    assert not _reason(_scored(None, "BF16"), Settings(features=(Feature("age", "BF16", (-1,)),)))


def test_missing_and_unknown_inputs() -> None:
    settings = Settings(features=(Feature("age", "FP64"),))
    assert "'height'" in _reason(_scored((1.0,), name="height"), settings)
    assert "missing" in _reason(Exchange("", "", "", "", "", "", "", "", 0, Call(Operation.PREDICT)), settings)


def test_without_declared_features_a_scorer_is_not_judged() -> None:
    assert decide(_scored((math.nan,)), {}, Settings()) is ALLOW


def test_over_mlflow_whole_numbers_stand_for_floats() -> None:
    age = Settings(features=(Feature("age", "FP64", (-1,), 0.0, 120.0), Feature("name", "BYTES")))
    tensors = (Tensor("age", "INT64", (2,), (7, 121)), Tensor("name", "BYTES", (2,), ("a", "b")))
    call = Call(Operation.PREDICT, tensors=tensors)
    subject = Exchange("", "default", "example", "example@1", "production", "mlflow", "", "", 0, call)
    assert _reason(subject, age) == "Input 'age', value 1, is outside its declared range or categories."
    exact = Exchange("", "default", "example", "example@1", "production", "open-inference", "", "", 0, call)
    assert _reason(exact, age) == "Input 'age' must have datatype FP64."


def test_a_feature_without_bounds_may_have_any_value() -> None:
    assert not _reason(_scored((-1e9,)), Settings(features=(Feature("age", "FP64"),)))


def test_a_feature_of_the_signature_that_is_missing_is_named() -> None:
    both = Settings(features=(Feature("age", "FP64"), Feature("height", "FP64")))
    assert _reason(_scored((1.0,)), both) == "Input 'height' is missing."
