"""Where what a manifest claims and what traffic shows disagree. Evidence wins, and the disagreement is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prodworthy.assurance.audit.applicability import WINDOW, contradicted, seen
from prodworthy.assurance.audit.view import View, leaves_of
from prodworthy.policy.core.evidence import DRILL, LIVE, PERSONAL_DATA, TEST, UNDECLARED_TOOLS, Figures


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One disagreement: a stable code, what is claimed and what is seen, what to do, and the leaves that show it."""

    code: str
    text: str
    step: str
    leaves: tuple[int, ...]


def contradictions(view: View) -> tuple[Contradiction, ...]:
    """All disagreements in the last 90 days, in a fixed order."""
    if not view.claims:
        return ()
    found = (*_personal(view), *_tools(view), *_routes(view), *_places(view), *_exemptions(view))
    return tuple(Contradiction(code, text, step, _leaves(view)) for code, text, step in found)


def _personal(view: View) -> Iterator[tuple[str, str, str]]:
    if view.claims["data"]["personal"]:
        return
    figures = view.figures(WINDOW)
    step = "declare data.personal and its legal basis, or keep personal data away from it"
    for traffic, code, says in (
        (TEST, "synthetic_but_personal", "test traffic is synthetic, personal data was found in"),
        (LIVE, "personal_undeclared", "no personal data is declared, it was found in"),
    ):
        count = figures.get(traffic, Figures()).signs.get(PERSONAL_DATA, 0)
        if count:
            yield code, f"{says} {count} exchange(s)", step


def _tools(view: View) -> Iterator[tuple[str, str, str]]:
    count = seen(view, UNDECLARED_TOOLS)
    if count:
        declared = len(view.claims["tools"])
        says = f"{declared} tool(s) are declared" if declared else "no tools are declared"
        yield "tools_undeclared", f"{says}, others occurred in {count} exchange(s)", "declare them under `tools`"


def _routes(view: View) -> Iterator[tuple[str, str, str]]:
    """Vendors that answered and that no manifest in the window named."""
    named = {
        vendor for one in view.operations if one.kind == "Declared" for vendor, _, _ in one.fields["claims"]["models"]
    }
    figures = view.figures(WINDOW)
    answered = {name.partition("/")[0] for kind, one in figures.items() if kind != DRILL for name in one.models}
    for vendor in sorted(answered - named - {"", "…"}):
        yield "vendor_undeclared", f"vendor {vendor} answered and was never declared", "declare its model, or remove it"


def _places(view: View) -> Iterator[tuple[str, str, str]]:
    allowed = view.claims["data"]["residency"]
    for vendor, model, region in view.claims["models"]:
        if allowed and region and region not in allowed:
            text = f"data may be in {', '.join(allowed)}, {vendor}/{model} is served in {region}"
            yield "region_outside", text, "choose a model in an allowed region, or allow the region"


def _exemptions(view: View) -> Iterator[tuple[str, str, str]]:
    for said in view.statements:
        if said.operation.kind == "NotApplied":
            criterion = str(said.operation.fields["criterion"])
            shown = contradicted(view, criterion)
            if shown:
                text = f"{criterion} is said not to apply, but {shown}"
                yield "exemption_contradicted", text, f"withdraw the statement {said.operation.number}"


def _leaves(view: View) -> tuple[int, ...]:
    return tuple(sorted({view.claims_leaf, *(leaves_of(view.window(WINDOW)) or ())}))
