"""What a manifest claims, as far as a judge needs it: plain JSON without fractions, in which nobody is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from prodworthy.policy.controls.contract import Configured, Point
from prodworthy.policy.core.manifest import DataUse, Limits, Manifest, Rate


def claims(manifest: Manifest, controls: Mapping[Point, tuple[Configured, ...]], grace_days: int) -> dict[str, Any]:
    """The claims of a manifest with its controls as they are in force, after defaults and profile.

    `grace_days` says how long a stage stays in force after evidence for it went missing. Of owners and people on call
    it is said whether they are named; of controls the mode, and SHA-256 of the settings in JSON.
    """
    return {
        "kind": manifest.kind.value,
        "tier": manifest.risk_tier.value,
        "autonomy": manifest.autonomy.value,
        "owner": bool(manifest.owner.strip()),
        "technical_owner": bool(manifest.technical_owner.strip()),
        "on_call": manifest.on_call is not None,
        "users": {"real": manifest.users.real, "maximum": manifest.users.maximum},
        "data": _data(manifest.data),
        "tools": [tool.name for tool in manifest.tools],
        "limits": _limits(manifest.limits),
        "models": [[model.vendor, model.model, model.region] for model in manifest.models],
        "retention": {"days": manifest.retention.days, "content": manifest.retention.content.value},
        "review": {"interval_days": manifest.review.interval_days, "last": manifest.review.last},
        "stage_claimed": manifest.stage_claimed,
        "grace_days": grace_days,
        "controls": dict(sorted(_controls(controls))),
        "profile": manifest.profile.value,
        "durability": manifest.durability.value,
    }


def _data(data: DataUse) -> dict[str, Any]:
    return {
        "classes": list(data.classes),
        "personal": data.personal,
        "legal_basis": bool(data.legal_basis.strip()),
        "residency": list(data.residency),
    }


def _limits(limits: Limits) -> dict[str, Any]:
    return {
        "rate": _rate(limits.rate),
        "rate_per_user": _rate(limits.rate_per_user),
        "tokens_per_minute": limits.tokens_per_minute,
        "tokens_per_day": limits.tokens_per_day,
    }


def _rate(rate: Rate | None) -> list[int] | None:
    """Requests, and milliseconds in which so many are allowed."""
    return None if rate is None else [rate.count, round(rate.seconds * 1000)]


def _controls(controls: Mapping[Point, tuple[Configured, ...]]) -> Iterator[tuple[str, list[str]]]:
    for configured in controls.values():
        for one in configured:
            settings = msgspec.json.encode(one.settings, order="sorted")
            yield one.control.criterion, [one.mode.value, sha256(settings).hexdigest()]
