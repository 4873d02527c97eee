"""What an answer cost, in US dollars, from the price list that is bundled with genai-prices; nothing is fetched.

A price is looked up only where the vendor is known to be one that the list knows: a model of the same name that runs on
one's own machine costs something else. What is not known has no price (None), never a price of 0.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, datetime

from genai_prices import Usage
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices

from prodworthy.policy.core.events import Completed

_MILLION = 1_000_000


class Prices:
    """Prices by vendor and model. `vendors` maps a vendor's name to its id in the list, where the two differ."""

    def __init__(self, vendors: Mapping[str, str] | None = None) -> None:
        """A vendor that `vendors` does not name is looked up by its own name, up to a hyphen (`openai-eu`)."""
        self._vendors = dict(vendors or {})
        self._providers = {provider.id: provider for provider in get_snapshot().providers}
        self._find = functools.lru_cache(maxsize=1024)(self._find_model)
        self._rates: dict[int, tuple[ModelPrice, float, float, float] | None] = {}

    def cost(self, completed: Completed) -> float | None:
        """The price of one answer in US dollars; None if vendor, model or tokens are not known."""
        tokens_in, tokens_out = completed.tokens_in, completed.tokens_out
        if tokens_in < 0 or tokens_out < 0 or not (tokens_in or tokens_out):
            return None
        found = self._find(completed.vendor, completed.model)
        if found is None:
            return None
        provider, model = found
        at = datetime.fromtimestamp(min(completed.at, 2**62) / 1e9, UTC)
        price = model.get_prices(at)
        rates = self._linear(provider, model, price, at)
        if rates is None:
            return _exact(provider, model, at, tokens_in, tokens_out)
        _, each, per_in, per_out = rates
        return each + per_in * tokens_in + per_out * tokens_out

    def _find_model(self, vendor: str, name: str) -> tuple[Provider, ModelInfo] | None:
        """The model in the list. Finding costs a search through all of a vendor's models, so callers remember it."""
        candidates = (self._vendors.get(vendor, vendor), vendor.partition("-")[0])
        provider = next((self._providers[one] for one in candidates if one in self._providers), None)
        if provider is None or not name:
            return None
        model = provider.find_model(name[:200], all_providers=list(self._providers.values()))
        return (provider, model) if model is not None else None

    def _linear(
        self, provider: Provider, model: ModelInfo, price: ModelPrice, at: datetime
    ) -> tuple[ModelPrice, float, float, float] | None:
        """A price without tiers as three numbers: per request, per token in, per token out. None if it has tiers.

        The exact sum takes 50 times as long; the price object is kept beside its numbers so that its id stays its own.
        """
        if id(price) not in self._rates:
            tiered = any(isinstance(value, TieredPrices) for value in vars(price).values())
            each = None if tiered else _exact(provider, model, at, 0, 0)
            if each is None:
                self._rates[id(price)] = None
            else:
                per_in, per_out = (
                    ((_exact(provider, model, at, *tokens) or 0.0) - each) / _MILLION
                    for tokens in ((_MILLION, 0), (0, _MILLION))
                )
                self._rates[id(price)] = (price, each, per_in, per_out)
        return self._rates[id(price)]


def _exact(provider: Provider, model: ModelInfo, at: datetime, tokens_in: int, tokens_out: int) -> float | None:
    """What the list itself says; None for a model whose price it does not have."""
    usage = Usage(input_tokens=tokens_in, output_tokens=tokens_out)
    try:
        calculated = model.calc_price(usage, provider, genai_request_timestamp=at)
    except (LookupError, ValueError):
        return None
    known = any(value is not None for value in vars(calculated.model_price).values())
    return float(calculated.total_price) if known else None
