from __future__ import annotations

import pytest

from prodworthy.operations.acts import Act, Attested, Target, Waived
from prodworthy.operations.errors import UnknownWorkload
from prodworthy.operations.roster.roster import apply
from prodworthy.operations.statements.listing import statements
from prodworthy.operations.statements.statements import DAY, second, state, withdraw
from prodworthy.policy.core.manifest import Manifest, Model
from prodworthy.record.store.database import Store

NOW = 1_790_000_000 * 10**9
DESK = Target("default", "help-desk")
ANA, BEN = Act("ana", NOW), Act("ben", NOW)


def test_every_statement_is_listed_with_what_became_of_it(store: Store) -> None:
    apply(store, Manifest("help-desk", "ana", (Model("vendor", "model"),)), ANA)
    said = Attested("PSF-3.4", "the contract", NOW + 2 * DAY)
    seconded, taken_back = (state(store, DESK, said, ["PSF-3.4"], ANA) for _ in range(2))
    brief = state(store, DESK, Waived("PSF-3.4", "late", "a person", NOW + DAY), ["PSF-3.4"], BEN)
    second(store, DESK, seconded, BEN)
    withdraw(store, DESK, taken_back, "a mistake", ANA)
    found = {one.number: one for one in statements(store, DESK, NOW + DAY)}
    assert list(found) == [seconded, taken_back, brief]
    assert (found[seconded].seconded_by, found[seconded].in_force, found[seconded].said) == (("ben",), True, said)
    assert (found[taken_back].withdrawn, found[taken_back].in_force) == ("a mistake", False)
    assert (found[brief].by, found[brief].in_force, found[brief].withdrawn) == ("ben", False, "")


def test_an_unknown_workload_has_no_list(store: Store) -> None:
    with pytest.raises(UnknownWorkload):
        statements(store, DESK, NOW)
