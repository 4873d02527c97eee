"""The OpenAPI document keeps its word: requests made from it, good and bad, against what it promises of the answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from prodworthy.interfaces.api.app import ControlApp, create_app
from prodworthy.interfaces.api.parts import Parts
from prodworthy.operations.acts import Act, Target
from prodworthy.operations.keys.keys import issue
from prodworthy.operations.roster.manifest import parse
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.controls.catalogue import discover
from prodworthy.record.store.database import open_store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.vault import Vault
from tests.interfaces.api.conftest import NOON, TOKEN
from tests.interfaces.conftest import MANIFEST

SEED = 20_261_123
EXAMPLES = 25
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    missing_required_header,
    negative_data_rejection,
]
OPERATIONS = 15


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlApp]:
    """The application with one workload and one key, so that generated requests may meet something."""
    folder: Path = tmp_path_factory.mktemp("openapi")
    store = open_store(f"sqlite:///{folder / 'store.db'}")
    migrate(store)
    catalogue = discover()
    apply(store, parse(MANIFEST, catalogue), Act("ada", NOON))
    issue(store, Target("default", "help-desk"), ["chat"], Act("ada", NOON))
    yield create_app(Parts(store, Flags(folder / "kill"), Vault(b"k" * 32), TOKEN, lambda: NOON, catalogue))
    store.close()


@pytest.mark.parametrize("number", range(OPERATIONS))
def test_every_operation_keeps_its_word(served: ControlApp, number: int) -> None:
    document = schemathesis.openapi.from_asgi("/openapi.json", served)
    for methods in document.raw_schema["paths"].values():
        for described in methods.values():
            described["security"] = []  # every request carries the token; test_access shows what happens without it
    operations = [found.ok() for found in document.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == OPERATIONS
    operation = operations[number]
    answered = 0

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy() | operation.as_strategy(schemathesis.GenerationMode.NEGATIVE))
    def ask(case: schemathesis.Case[Any]) -> None:
        nonlocal answered
        case.call_and_validate(headers={"Authorization": f"Bearer {TOKEN}"}, checks=CHECKS)
        answered += 1

    print(f"seed {SEED}")
    ask()
    assert answered >= 1
