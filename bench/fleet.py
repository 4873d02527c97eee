"""A made-up fleet of workloads in a store, each judged by the product's own judge from made-up evidence."""

from __future__ import annotations

import random
from typing import Any

from sqlalchemy import insert

from prodworthy.assurance.audit.reporting import assess
from prodworthy.assurance.audit.view import DAY, day_name
from prodworthy.assurance.stages.standing_row import standing_row
from prodworthy.operations.acts import Act, Target
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.core.evidence import LIVE, Day, Evidence, Figures, Operation, Tally
from prodworthy.policy.core.manifest import Kind, Manifest, Model, OnCall, Tier
from prodworthy.policy.standard.standard import Standard
from prodworthy.policy.standard.values import Group
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import rollup, standing

NAMED = (
    ("support-assistant", "Mara Lindqvist", "support rota", Kind.RAG, Tier.MEDIUM, 0, 4.0),
    ("claims-triage", "Ada Okafor", "claims rota", Kind.LLM_APP, Tier.HIGH, 3, 1.2),
    ("fraud-scorer", "Ilse de Vries", "payments rota", Kind.SCORER, Tier.CRITICAL, 1, 11.5),
    ("invoice-reader", "Tomás Rey", "finance rota", Kind.VISION, Tier.LOW, 2, 0.4),
    ("contract-search", "Yuki Tanaka", "legal rota", Kind.RAG, Tier.MEDIUM, 12, 0.1),
    ("hiring-notes", "Noor Haddad", "", Kind.LLM_APP, Tier.HIGH, 25, 0.0),
    ("returns-agent", "Mara Lindqvist", "support rota", Kind.AGENT, Tier.MEDIUM, 18, 0.7),
    ("slogan-writer", "Jo Bright", "", Kind.LLM_APP, Tier.LOW, 40, 0.0),
)
"""Workload, owner, on call, kind, tier, how many of the forty controls have no evidence, and exchanges per second."""


MOST_MISSING = 4
"""With fewer, and real users, a workload was in Production before."""


def settle(store: Store, standard: Standard, count: int, now: int) -> None:
    """Put `count` workloads on the roster, judged at `now` (Unix ns). The same every time."""
    rng = random.Random(7)
    rows = []
    for number in range(count):
        name, owner, on_call, kind, tier, missing, rate = _named(number, rng)
        said = OnCall(on_call, "mailto:rota@example.org") if on_call else None
        manifest = Manifest(
            name, owner, (Model("vendor", "model"),), kind=kind, risk_tier=tier, on_call=said, name=name.title()
        )
        apply(store, manifest, Act("ada@example.org", now))
        evidence = _evidence(manifest, standard, set(rng.sample([one.id for one in standard.criteria], missing)), now)
        rows.append(standing_row(assess(evidence, standard, now), standard, evidence, {}))
        if rate:
            _traffic(store, Target(manifest.tenant, manifest.id), round(rate * 60), now)
    with store.begin() as connection:
        connection.execute(insert(standing), rows)


def _named(number: int, rng: random.Random) -> tuple[str, str, str, Kind, Tier, int, float]:
    if number < len(NAMED):
        return NAMED[number]
    team = rng.choice(("billing", "care", "docs", "fleet", "growth", "ops", "risk", "search"))
    rota = f"{team} rota" if rng.random() < 0.7 else ""
    return f"{team}-{number:04}", "Mara Lindqvist", rota, Kind.LLM_APP, rng.choice(list(Tier)), rng.randrange(40), 0.0


def _evidence(manifest: Manifest, standard: Standard, missing: set[str], now: int) -> Evidence:
    """All that a tier can ask for, but for the criteria in `missing`; real users from the second half on."""
    real = len(missing) < len(standard.criteria) // 2
    operations: list[Operation] = []

    def did(kind: str, ago: float, **fields: Any) -> None:
        leaf = len(operations) % 8
        operations.append(Operation(len(operations) + 1, kind, now - int(ago * DAY), "a" * 32, fields, leaf))

    did("Declared", 40, version=1, digest="d", claims=_claims(manifest, real))
    did("Installed", 50, version="1", controls={one.id: "m" for one in standard.criteria})
    tallies = {}
    for one in standard.criteria:
        if one.id in missing:
            continue
        groups = {one.group, *one.also}
        if Group.TRAFFIC in groups:
            tallies[one.id] = Tally({"allow": 96, "block": 4}, {}, 100, 0)
        if Group.TRAFFIC not in groups or one.id == "PSF-6.4":
            proof = {"criteria": [one.id], "outcome": "passed", "digest": "x", "duration": 190_000}
            did("Drilled", 1, drill=one.title.replace(" ", "-"), run="r1", bound=300_000_000, **proof)
        if Group.PEOPLE in groups:
            did("Attested", 1, subject=one.id, statement="s", until=now + 100 * DAY)
    if real:
        after = "production" if len(missing) < MOST_MISSING else "pilot"
        did("StageChanged", 20, before="experiment", after=after, frozen=False, reasons=[])
    at = now - DAY // 24
    figures = Figures(
        exchanges=100,
        released=100,
        ends={"answered": 96, "refused": 4},
        releases={f"{manifest.id}@1": 100},
        models={"vendor/model": 100},
        controls=tallies,
        first=at - DAY // 24,
        last=at,
    )
    day = Day(day_name(at), {LIVE if real else "test": figures}, 2, 3, 2)
    return Evidence(manifest.tenant, manifest.id, (day,), tuple(operations), 8)


def _claims(manifest: Manifest, real: bool) -> dict[str, Any]:
    return {
        "kind": manifest.kind.value,
        "tier": manifest.risk_tier.value,
        "autonomy": manifest.autonomy.value,
        "owner": True,
        "technical_owner": True,
        "on_call": manifest.on_call is not None,
        "users": {"real": real, "maximum": 100},
        "data": {"classes": ["tickets"], "personal": False, "legal_basis": False, "residency": []},
        "tools": [],
        "limits": {"rate": [5, 1000]},
        "models": [["vendor", "model", "eu"]],
        "retention": {"days": 30, "content": "none"},
        "review": {"interval_days": 90, "last": ""},
        "stage_claimed": "",
        "grace_days": 7,
        "controls": {},
        "profile": "declared",
        "durability": "batched",
    }


def _traffic(store: Store, target: Target, exchanges: int, now: int) -> None:
    minute = {column.name: 0 for column in rollup.columns} | {
        "tenant": target.tenant,
        "workload": target.workload,
        "minute": now // (60 * 10**9),
        "exchanges": exchanges,
        "answered": exchanges,
    }
    with store.begin() as connection:
        connection.execute(insert(rollup).values(**minute))
