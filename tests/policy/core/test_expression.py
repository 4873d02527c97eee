from __future__ import annotations

from typing import Any

import pytest

from prodworthy.policy.core.expression import (
    DEEPEST,
    LONGEST,
    MOST_CHARACTERS,
    MOST_VALUES,
    Undecided,
    checked,
    context_of,
    holds,
)

ORDER = {"total": 80, "currency": "EUR", "items": [{"sku": "A-1", "price": 30.5}, {"sku": "B-2", "price": 49}]}


@pytest.mark.parametrize(
    "source, expected",
    [
        ("answer.total <= 100.0", True),
        ("answer.total > 100", False),
        ("answer.currency in ['EUR', 'USD']", True),
        ("has(answer.total) && !has(answer.tax)", True),
        ("size(answer.items) == 2 && answer.items[0].sku == 'A-1'", True),
        ("answer.items.all(each, each.price >= 0)", True),
        ("answer.items.exists(each, each.sku.startsWith('C'))", False),
        ("answer.items.exists_one(each, each.sku.endsWith('-2') && text.contains(each.sku))", False),
        (r"answer.items[1].sku.matches('^[A-Z]-\\d{1,3}$')", True),
        (r"answer.items[1].sku.matches(r'^[A-Z]-\d{1,3}$')", True),
        ('text.contains("filter(") ? false : text == "said"', True),
        ("double(answer.items[1].price) + answer.items[0].price == 79.5", True),
        ("answer.total == 80 &&\n  true", True),
    ],
)
def test_says_whether_a_rule_holds(source: str, expected: bool) -> None:
    checked(source)
    assert holds(source, context_of("said", ORDER)) is expected


@pytest.mark.parametrize(
    "source, why",
    [
        ("answer.total >", "line 1, character"),
        ("true &&\n  )", "line 2, character"),
        ("(" * 400, "CEL|character"),
        ("a" * (LONGEST + 1), "at most 500 characters"),
        ("total > 1", "nothing is called `total`"),
        ("answer.all(k, j > 1)", "nothing is called `j`"),
        ("now() > 1", "no function `now`"),
        ("timestamp('2020-01-01T00:00:00Z') == 1", "no function `timestamp`"),
        ("answer.items.map(i, i.p).size() > 1", "`map` is not allowed"),
        ("answer.items.filter (i, i.p > 1).size() > 1", "`filter` is not allowed"),
        ("answer.all(i, i.all(j, j > 1))", "within another"),
        ("answer.all(i, i > 1) && answer.all(i, i > 1) && answer.all(i, i > 1)", "at most 2 quantifiers"),
        ("answer.all(i, text != text + text)", "name `answer` and `text` twice"),
        ("text.matches(answer.pattern)", "written out"),
        ("matches(text, 'a')", "written out"),
        ("answer.all(i, i.matches('a'))", "in no quantifier"),
        ("text.matches('[')", "a pattern is not in the syntax"),
        ("text.matches('a') || text.matches('(')", "a pattern is not in the syntax"),
        ("text.matches('((a{1,9}){1,9})')", "count repetitions once"),
        ("text == '''a'''", "single or double quotes"),
        ("text == b'a'", "single or double quotes"),
        ("true // it's", "single or double quotes"),
        ("text == 'a", "single or double quotes"),
        ('text == "a', "single or double quotes"),
    ],
)
def test_what_is_none_or_costs_much_is_refused_with_a_reason(source: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        checked(source)


@pytest.mark.parametrize(
    "source", ["answer.tax > 1", "answer.total + 'x' == 'y'", "answer.total / 0 > 1", "answer.total", "answer.a.b == 1"]
)
def test_a_rule_without_a_verdict_is_undecided(source: str) -> None:
    checked(source)
    with pytest.raises(Undecided):
        holds(source, context_of("", ORDER))


def test_a_rule_about_json_is_undecided_where_there_is_none() -> None:
    with pytest.raises(Undecided):
        holds("answer.total > 1", context_of("words", None))
    assert holds("answer == null", context_of("words", None))


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "text, answer",
    [("x" * (MOST_CHARACTERS + 1), None), ("", list(range(MOST_VALUES))), ("", _nested(DEEPEST))],
    ids=["long", "wide", "deep"],
)
def test_rules_are_not_asked_about_more_than_they_read(text: str, answer: Any) -> None:
    with pytest.raises(Undecided):
        context_of(text, answer)


def test_rules_read_up_to_the_limits() -> None:
    assert context_of("x" * MOST_CHARACTERS, list(range(MOST_VALUES - 1)))
    assert context_of("", _nested(DEEPEST - 1))
