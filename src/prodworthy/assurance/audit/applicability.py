"""Where a criterion does not apply: a person says so for a reason, and the record does not contradict it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from prodworthy.assurance.audit.view import View
from prodworthy.policy.core.evidence import DRILL, PERSONAL_DATA, TOOL_CALLS, TOOLS_OFFERED

WINDOW = 90
"""Days of traffic that are looked through for a contradiction."""

TEXT_KINDS = frozenset({"llm_app", "agent", "rag"})


@dataclass(frozen=True, slots=True)
class Exemption:
    """A criterion that does not apply: why, until when, and the leaves of the statement."""

    number: int
    reason: str
    until: int
    leaves: tuple[int, ...]


def exemption(view: View, criterion: str) -> Exemption | None:
    """The statement that a criterion does not apply, if one is in force and nothing contradicts it."""
    said = view.stated("NotApplied", "criterion", criterion)
    if said is None or contradicted(view, criterion):
        return None
    return Exemption(said.operation.number, str(said.operation.fields["reason"]), said.until, said.leaves)


def contradicted(view: View, criterion: str) -> str:
    """What in the record shows that a criterion does apply, "" for nothing."""
    shown = _SHOWN.get(criterion)
    return shown(view) if shown is not None else ""


def seen(view: View, sign: str, days: int = WINDOW) -> int:
    """Exchanges of users or tests in which a sign was seen within so many days. Drills do not count."""
    figures = view.figures(days)
    return sum(one.signs.get(sign, 0) for name, one in figures.items() if name != DRILL)


def _tools(view: View) -> str:
    declared = view.claims.get("tools", [])
    if declared:
        return f"the manifest declares {len(declared)} tool(s)"
    calls = seen(view, TOOL_CALLS) + seen(view, TOOLS_OFFERED)
    return f"{calls} exchange(s) offered or called tools" if calls else ""


def _personal(view: View) -> str:
    if view.claims.get("data", {}).get("personal"):
        return "the manifest declares personal data"
    count = seen(view, PERSONAL_DATA)
    return f"personal data was found in {count} exchange(s)" if count else ""


def _text(view: View) -> str:
    kind = view.claims.get("kind", "")
    return f"a workload of kind {kind} reads and writes text" if kind in TEXT_KINDS else ""


def _always(view: View) -> str:
    return "it applies to every workload"


# criteria of which the record can show that they apply; for the others the reason stands for itself and is shown
_SHOWN: dict[str, Callable[[View], str]] = {
    "PSF-1.1": _text,
    "PSF-1.2": _always,
    "PSF-1.4": _always,
    "PSF-1.5": _text,
    "PSF-2.2": _always,
    "PSF-3.1": _personal,
    "PSF-3.2": _always,
    "PSF-3.3": _personal,
    "PSF-3.4": _always,
    "PSF-3.5": _always,
    "PSF-4.1": _always,
    "PSF-4.2": _always,
    "PSF-4.3": _always,
    "PSF-4.5": _always,
    "PSF-5.1": _always,
    "PSF-5.4": _always,
    "PSF-5.5": _always,
    "PSF-6.2": _tools,
    "PSF-6.4": _always,
    "PSF-7.1": _always,
    "PSF-7.2": _tools,
    "PSF-7.3": _always,
    "PSF-8.1": _always,
}
