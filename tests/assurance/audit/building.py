"""Evidence as tests write it: days of traffic, manifests, drills and statements at times counted in days before NOW."""

from __future__ import annotations

from typing import Any

from prodworthy.assurance.audit.view import DAY, View, day_name, view
from prodworthy.policy.core.evidence import LIVE, TEST, Day, Evidence, Figures, Operation, Tally
from prodworthy.policy.standard.standard import Standard
from prodworthy.policy.standard.values import Group

NOW = 1_790_000_000 * 10**9
ANA, BEN = "a" * 32, "b" * 32

CLAIMS: dict[str, Any] = {
    "kind": "llm_app",
    "tier": "medium",
    "autonomy": "L1",
    "owner": True,
    "technical_owner": True,
    "on_call": True,
    "users": {"real": True, "maximum": 100},
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


class Building:
    """Collects what happened; everything gets the next number, and the next leaf of the ledger."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.days: list[Day] = []
        self.leaf = 0

    def did(self, kind: str, days_ago: float = 1, person: str = ANA, **fields: Any) -> int:
        """An operation; its number."""
        at = NOW - int(days_ago * DAY)
        self.operations.append(Operation(len(self.operations) + 1, kind, at, person, fields, self._leaf()))
        return len(self.operations)

    def declared(self, days_ago: float = 40, **changed: Any) -> int:
        return self.did("Declared", days_ago, version=1, digest="d", claims=CLAIMS | changed)

    def installed(self, *criteria: str) -> int:
        return self.did("Installed", 50, version="1", controls=dict.fromkeys(criteria, "m"))

    def drilled(self, criterion: str, outcome: str = "passed", days_ago: float = 1, **more: Any) -> int:
        fields = {"drill": "d", "run": "r", "criteria": [criterion], "outcome": outcome, "digest": "x"} | more
        return self.did("Drilled", days_ago, **fields)

    def attested(self, subject: str, days_ago: float = 1, until: float = 100, person: str = ANA) -> int:
        return self.did("Attested", days_ago, person, subject=subject, statement="s", until=NOW + int(until * DAY))

    def traffic(self, days_ago: int = 0, traffic: str = LIVE, **figures: Any) -> None:
        """A day of a hundred released exchanges, or as said."""
        at = NOW - days_ago * DAY
        first, leaf = {"first": at, "last": at}, self._leaf()
        total = Figures(**({"exchanges": 100, "released": 100} | first | figures))
        self.days.append(Day(day_name(at), {traffic: total}, leaf, leaf, 1))

    def everything(self, standard: Standard, but: frozenset[str] = frozenset()) -> None:
        """All that tier medium asks for, fresh, but for some criteria."""
        self.installed(*(one.id for one in standard.criteria))
        tallies: dict[str, Tally] = {}
        for one in standard.criteria:
            groups = {one.group, *one.also}
            if one.id in but:
                continue
            if Group.TRAFFIC in groups:
                tallies |= covered(100, criterion=one.id)
            else:
                self.drilled(one.id, duration=2_000_000, bound=300_000_000)
            if Group.PEOPLE in groups:
                self.attested(one.id)
        self.traffic(1, controls=tallies, releases={"desk@1": 100}, models={"vendor/model": 100})
        if "PSF-6.4" not in but:
            self.drilled("PSF-6.4", duration=2_000_000, bound=300_000_000)

    def stage(self, after: str, days_ago: float = 20) -> int:
        """The stage changed."""
        return self.did("StageChanged", days_ago, before="", after=after, frozen=False, reasons=[])

    def evidence(self) -> Evidence:
        days = tuple(sorted(self.days, key=lambda day: day.day))
        return Evidence("default", "desk", days, tuple(self.operations), self.leaf)

    def view(self, days_ago: float = 0) -> View:
        return view(self.evidence(), NOW - int(days_ago * DAY))

    def _leaf(self) -> int:
        self.leaf += 1
        return self.leaf - 1


def covered(enforced: int, observed: int = 0, criterion: str = "PSF-1.1") -> dict[str, Tally]:
    """The tally of one control, of a hundred released exchanges."""
    return {criterion: Tally({"allow": enforced}, {"allow": observed}, enforced, observed)}


__all__ = ["ANA", "BEN", "CLAIMS", "DAY", "LIVE", "NOW", "TEST", "Building", "covered"]
