"""PSF-1.4: a workload and its end users keep to their rates and token budgets; a refusal says when to come back."""

from __future__ import annotations

from typing import cast

from prodworthy.policy.controls.contract import Case, Control, NoSettings, Point, Stand
from prodworthy.policy.core.exchange import Exchange
from prodworthy.policy.core.facts import Facts
from prodworthy.policy.core.quota import Quota
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Outcome, Verdict

TOKENS = "tokens"
"""How the names of token budgets begin; other limits count requests."""


def decide(subject: Exchange | None, facts: Facts, settings: NoSettings) -> Verdict:
    """Block when a limit was hit, naming the limit."""
    quota = cast("Quota", facts["quota"])
    if quota.granted:
        return ALLOW
    code = Code.TOKENS_EXHAUSTED if quota.limit.startswith(TOKENS) else Code.RATE_LIMITED
    return Block(f"The limit of {quota.limit} is reached.", code, quota.retry_after)


CONTROL = Control(
    criterion="PSF-1.4",
    title="rate limits and abuse alerts",
    stands=(Stand(Point.REQUEST, decide, needs=lambda settings: frozenset({"quota"})),),
    cases=(
        Case("a request within its limits passes", None, {"quota": Quota(True)}, Outcome.ALLOW),
        Case(
            "a request above the rate is refused",
            None,
            {"quota": Quota(False, "requests per second of the workload", 0.2)},
            Outcome.BLOCK,
            code=Code.RATE_LIMITED,
        ),
        Case(
            "a request above the token budget is refused",
            None,
            {"quota": Quota(False, "tokens per day of the workload", 3600.0)},
            Outcome.BLOCK,
            code=Code.TOKENS_EXHAUSTED,
        ),
        Case("a request whose quota nobody knows is refused", None, {}, Outcome.BLOCK, code=Code.CANNOT_DECIDE),
    ),
)
