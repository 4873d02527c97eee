from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from prodworthy.record.journal.prices import Prices, _exact
from tests.record.journal.samples import NOON, completed

PRICES = Prices({"house-azure": "azure"})


@pytest.mark.parametrize(
    "vendor, model",
    [
        ("openai", "gpt-4o"),
        ("openai-eu", "gpt-4o-2024-08-06"),
        ("anthropic", "claude-sonnet-4-5"),
        ("google", "gemini-2.5-pro"),
        ("deepseek", "deepseek-chat"),
        ("house-azure", "gpt-4o"),
    ],
)
@pytest.mark.parametrize("tokens", [(1000, 500), (300_000, 1), (7, 0)])
def test_a_price_is_what_the_list_says(vendor: str, model: str, tokens: tuple[int, int]) -> None:
    event = completed(1, vendor=vendor, model=model, tokens_in=tokens[0], tokens_out=tokens[1])
    found = PRICES._find(vendor, model)
    assert found is not None
    exact = _exact(*found, datetime.fromtimestamp(NOON / 1e9, UTC), *tokens)
    assert exact is not None
    assert exact > 0
    assert PRICES.cost(event) == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(
    "other",
    [
        {"vendor": "local", "model": "gpt-4o"},
        {"vendor": "openai", "model": "no-such-model"},
        {"vendor": "openai", "model": ""},
        {"vendor": "", "model": "gpt-4o"},
        {"tokens_in": 0, "tokens_out": 0},
        {"tokens_in": -1},
    ],
)
def test_what_is_not_known_has_no_price(other: dict[str, Any]) -> None:
    assert PRICES.cost(completed(1, **other)) is None


def test_models_are_remembered_within_bounds() -> None:
    prices = Prices()
    for number in range(1500):
        assert prices.cost(completed(1, model=f"invented-{number}")) is None
    assert prices._find.cache_info().currsize == 1024


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert Prices().cost(completed(1)) == pytest.approx(0.0075)
