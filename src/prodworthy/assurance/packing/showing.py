"""Which values of events a pack shows, each checked against its leaf, and what statements come to."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from prodworthy.assurance.audit.pack.folding import Sums
from prodworthy.assurance.packing.chains import Found
from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.sealing.commitment import check
from prodworthy.record.sealing.forms import Form, OperationForm, TrafficForm

Opening = Mapping[str, Any]
Openings = Callable[[list[OperationForm]], Mapping[int, Opening]]
"""The openings of these events by number; one that cannot be opened any more is not among them."""

Shown = Mapping[int, tuple[Opening, Mapping[str, Any]]]
"""By event, in order: its opening, and the values that it shows."""


def shown_of(forms: list[Form], openings: Openings) -> Shown:
    """By event, in order: its opening, and the values that it shows. One that the leaf contradicts is not shown."""
    operations = [form for form in forms if isinstance(form, OperationForm)]
    given = openings(operations) if operations else {}
    shown: dict[int, tuple[Opening, Mapping[str, Any]]] = {}
    for form in sorted(operations, key=lambda form: form.event):
        with contextlib.suppress(EvidenceFault):
            if form.event in given:
                shown[form.event] = given[form.event], check(given[form.event], form.event, form.fields)
    return shown


def fold(one: Found, shown: Shown, sums: Sums, at: int) -> None:
    """Add a statement to what its chain comes to, if it was sealed until `at`."""
    form = one.form
    if form.link.sealed_at > at:
        return
    if isinstance(form, TrafficForm):
        sums.traffic_of(form, one.index)
    elif isinstance(form, OperationForm):
        sums.operation_of(form, one.index, shown[form.event][1] if form.event in shown else {})
