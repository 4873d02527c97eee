"""What a manifest lacks for a stage, as far as a manifest alone can tell; and what only evidence can.

The stages follow the framework's decision tree: real users within caps; a named on-call and monitoring; off in time,
with the controls of the risk tier; on the inventory with reviews held. Each stage asks for what the ones below ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from prodworthy.operations.roster.checks import Complaint
from prodworthy.policy.controls.contract import Control
from prodworthy.policy.core.manifest import Keep, Kind, Manifest, Mode, Profile, Tier
from prodworthy.policy.core.stages import PILOT, PRODUCTION, SCALED, STAGES

_TEXT = frozenset({Kind.LLM_APP, Kind.AGENT, Kind.RAG})


def lacking(manifest: Manifest, stage: str, catalogue: Mapping[str, Control]) -> Iterator[Complaint]:
    """What the manifest must say for this stage and does not: path, problem, remedy."""
    level = STAGES.index(stage)
    if level >= STAGES.index(PILOT):
        yield from _caps(manifest)
    if level >= STAGES.index(PRODUCTION):
        yield from _people(manifest)
        for criterion, fault in _asked(manifest, catalogue):
            if fault:
                remedy = f"Write `controls: {{{criterion}: {{}}}}`, with its settings if it has any."
                yield ("controls", criterion), fault, remedy


def unproven(manifest: Manifest, stage: str, catalogue: Mapping[str, Control]) -> Iterator[str]:
    """What only evidence can show for this stage, one sentence each."""
    level = STAGES.index(stage)
    if level >= STAGES.index(PILOT):
        yield "No gap in PSF-3 and PSF-7 is open where personal data is handled or tools are used."
    if level >= STAGES.index(PRODUCTION):
        who = manifest.on_call.who if manifest.on_call else "whoever is on call"
        yield f"A test page reached {who}, and was answered."
        yield "Monitoring works: an alert was raised in a drill."
        yield "A timed kill drill was over within five minutes."
        yield f"A review was held within {manifest.review.interval_days} days."
        yield f"Every control of risk tier {manifest.risk_tier} is proven in the grade that the tier needs."
        for criterion, fault in _asked(manifest, catalogue):
            if not fault:
                title = catalogue[criterion].title
                yield f"{criterion} ({title}) is in force, or does not apply for a reason on record."
    if level >= STAGES.index(SCALED):
        yield "Several workloads are in Production, and controls are reused."
        yield "Value and cost of each workload are known."
        yield "The shares of vendors and what workloads depend on together are known."


def _caps(manifest: Manifest) -> Iterator[Complaint]:
    users, limits, data = manifest.users, manifest.limits, manifest.data
    if not users.real:
        yield ("users", "real"), "No real users are declared.", "Write `users: {real: true}`."
    if not users.maximum:
        yield ("users", "maximum"), "The number of end users has no cap.", "Say how many there may be."
    if limits.rate is None:
        yield ("limits", "rate"), "The rate has no cap.", "Set `limits.rate`."
    if not data.classes:
        yield ("data", "classes"), "No class of data is named.", "List the classes of data it sees."
    if data.personal and not data.legal_basis:
        yield ("data", "legal_basis"), "Personal data has no legal basis.", "Name it (GDPR, Article 6)."
    if manifest.kind is Kind.AGENT and not manifest.tools:
        yield ("tools",), "An agent without tools.", "List the tools it may call."


def _people(manifest: Manifest) -> Iterator[Complaint]:
    if manifest.on_call is None:
        yield ("on_call",), "Nobody is on call.", "Name who is called and by which route."
    if not manifest.technical_owner:
        yield ("technical_owner",), "Nobody owns it technically.", "Name a person."
    if not manifest.purpose.intended:
        yield ("purpose", "intended"), "The purpose is not said.", "Say what it is for."
    if not manifest.review.last:
        yield ("review", "last"), "It was never reviewed.", "Review it and write the date."
    if manifest.risk_tier in (Tier.HIGH, Tier.CRITICAL) and not manifest.regulation.independent_review:
        problem = "No independent review for this risk tier."
        yield ("regulation", "independent_review"), problem, "Refer to the review."


def _asked(manifest: Manifest, catalogue: Mapping[str, Control]) -> Iterator[tuple[str, str]]:
    """Controls that need something: the criterion and what is wrong, "" where a manifest alone cannot tell."""
    for criterion, control in catalogue.items():
        entry = manifest.controls.get(criterion)
        if control.always or (criterion == "PSF-1.3" and manifest.retention.content is Keep.NONE):
            continue
        if entry is None and (not control.declared or not _concerns(criterion, manifest)):
            if control.declared or not control.applies(control.settings()):
                yield criterion, ""
        elif entry is None and manifest.profile is Profile.DECLARED:
            yield criterion, f"Nobody asks {criterion} ({control.title})."
        elif (entry is None or entry.mode is Mode.OBSERVE) and manifest.risk_tier is not Tier.LOW:
            yield criterion, f"{criterion} ({control.title}) is only observed; tier {manifest.risk_tier} enforces it."
        elif entry is not None and not control.applies(msgspec.convert(entry.settings, control.settings)):
            yield criterion, ""


def _concerns(criterion: str, manifest: Manifest) -> bool:
    """Whether a control that reads content is one for this kind of workload; grounding is for what retrieves."""
    return manifest.kind is Kind.RAG if criterion == "PSF-2.3" else manifest.kind in _TEXT
