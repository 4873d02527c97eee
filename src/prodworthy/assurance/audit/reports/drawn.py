"""What reports are drawn from."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from prodworthy.assurance.audit.pack.form import NamesFor
from prodworthy.assurance.audit.reporting import Report
from prodworthy.assurance.audit.view import view
from prodworthy.policy.core.evidence import Evidence
from prodworthy.policy.standard.standard import Standard

_OURS = uuid.UUID("6d2f1d5e-3c0b-5a41-9c55-0b8f7c1f2a10")


@dataclass(frozen=True, slots=True)
class About:
    """What the manifest of the pack says too; see `pack.form.Manifest`."""

    origin: str
    size: int
    version: str
    made_at: int
    made_by: str
    since: int
    at: int
    names_for: NamesFor | None


@dataclass(frozen=True, slots=True)
class Workload:
    """One workload of the pack: number of its chain, and what the evidence on it says."""

    number: int
    evidence: Evidence
    report: Report

    @property
    def name(self) -> str:
        """`tenant/workload`."""
        return f"{self.report.tenant}/{self.report.workload}"

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the manifest in force declares; empty before the first."""
        return view(self.evidence, self.report.at).claims


@dataclass(frozen=True, slots=True)
class Drawn:
    """All that reports are drawn from."""

    about: About
    standard: Standard
    workloads: tuple[Workload, ...]

    def uuid(self, *parts: str) -> str:
        """The same for the same parts of the same pack (RFC 9562, version 5)."""
        about = self.about
        return str(uuid.uuid5(_OURS, "\n".join([about.origin, str(about.size), str(about.made_at), *parts])))


File = tuple[str, Iterator[bytes]]


def time_text(at: int) -> str:
    """A time (Unix ns) in RFC 3339, to the second."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at // 10**9)).strftime("%Y-%m-%dT%H:%M:%SZ")


def leaves_text(leaves: tuple[int, ...]) -> str:
    """The numbers of leaves, for example "12, 40"."""
    return ", ".join(map(str, leaves))
