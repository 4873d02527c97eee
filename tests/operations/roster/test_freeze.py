from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from prodworthy.operations.acts import Act, Target
from prodworthy.operations.roster.faults import ManifestRefused
from prodworthy.operations.roster.manifest import lines_of, parse
from prodworthy.operations.roster.roster import apply, history, workload
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.manifest import Manifest
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import workload_version
from tests.standing import stand

TEXT = "id: help-desk\nowner: Ada\nmodels: [acme/chat-1]\nusers:\n  real: true\n  maximum: 50\ntools:\n  - name: look\n"
WIDER = TEXT.replace("50", "80") + "  - name: send\n"
GAPS = [
    {"criterion": "PSF-3.1", "text": "Personal data is not redacted.", "next": "Enforce PSF-3.1."},
    {"criterion": "PSF-7.3", "text": "Secrets pass."},
]


def _parsed(text: str) -> Manifest:
    return parse(text, discover())


def _refused(store: Store, act: Act, text: str) -> list[str]:
    with pytest.raises(ManifestRefused) as refused:
        apply(store, _parsed(text), act, lines_of(text))
    assert (refused.value.tenant, refused.value.workload) == ("default", "help-desk")
    return [str(fault) for fault in refused.value.faults]


@pytest.fixture(autouse=True)
def _applied(store: Store, ada: Act) -> None:
    apply(store, _parsed(TEXT), ada)


def test_a_widening_is_refused_with_lines_and_what_would_lift_it(store: Store, ada: Act, desk: Target) -> None:
    stand(store, desk, "Pilot", True, freeze=GAPS)
    first = "To widen it, close first: PSF-3.1: Personal data is not redacted (Enforce PSF-3.1); "
    first += "PSF-7.3: Secrets pass. A waiver does not lift the freeze; an override that two people answer for does, "
    first += "while it holds."
    assert _refused(store, ada, WIDER) == [
        "line 6: users.maximum: The cap on end users is raised from 50 to 80. The scope is frozen. "
        f"Keep at most 50. {first}",
        f"line 9: tools.1: The tool `send` is new. The scope is frozen. Remove it. {first}",
    ]
    assert workload(store, desk).version == 1
    with pytest.raises(ManifestRefused, match="manifest: users"):
        apply(store, _parsed(WIDER), ada)


def test_narrowing_and_everything_else_is_allowed_and_does_not_come_back(store: Store, ada: Act, desk: Target) -> None:
    stand(store, desk, "Pilot", True)
    apply(store, _parsed(TEXT.replace("50", "20") + "risk_tier: high\ncontrols: {PSF-3.1: {}}\n"), ada)
    assert "what `prodworthy show` names" in _refused(store, ada, TEXT)[0]
    stand(store, desk, "Pilot", False)
    apply(store, _parsed(WIDER), ada)
    assert [version.version for version in history(store, desk)] == [3, 2, 1]


def test_an_override_lifts_the_freeze_of_its_stage_until_it_ends(store: Store, ada: Act, desk: Target) -> None:
    def over(stage: str, until: int) -> dict[str, Any]:
        return {"override": {"stage": stage, "until": until, "reason": "a fair"}}

    for refused in (over("Pilot", ada.at), over("Production", ada.at + 1)):
        stand(store, desk, "Pilot", True, **refused)
        assert len(_refused(store, ada, WIDER)) == 2
    stand(store, desk, "Pilot", True, **over("Pilot", ada.at + 1))
    assert apply(store, _parsed(WIDER), ada).version == 2


def test_a_new_workload_is_not_frozen_and_one_that_cannot_be_read_is(store: Store, ada: Act, desk: Target) -> None:
    stand(store, Target("other", "help-desk"), "Pilot", True)
    assert apply(store, msgspec.structs.replace(_parsed(WIDER), tenant="other"), ada).version == 1
    stand(store, desk, "Pilot", True)
    with store.begin() as connection:
        connection.execute(update(workload_version).values(manifest='{"colour": 1}', digest="-"))
    assert "cannot be read" in _refused(store, ada, TEXT)[0]
