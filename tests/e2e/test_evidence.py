"""Evidence on a whole installation: what clients did and people decided is in the ledger in seconds, and provable."""

from __future__ import annotations

import json
from typing import Any

import pytest

from prodworthy.policy.core.evidence import Evidence
from prodworthy.record.ledger.trust import TrustPolicy, parse_policy
from prodworthy.record.sealing.projection import evidence
from prodworthy.record.sealing.proof_check import checked
from prodworthy.record.store.vault import Vault, read_or_create_key
from tests.e2e.installation import SETTLED_S, Installed, chat
from tests.interfaces.serving import until

pytestmark = pytest.mark.slow


def policy(installation: Installed) -> TrustPolicy:
    said = installation.verb("ledger", "trust")
    assert said.code == 0, said.err
    return parse_policy(said.out.encode())


def evidence_of(installation: Installed, workload: str) -> Evidence:
    vault = Vault(read_or_create_key(installation.home / "master.key"))
    with installation.store() as store:
        return evidence(store, vault, ("default", workload), 2**62)


def test_what_happens_is_sealed_while_it_is_served_and_proven_to_others(own: Installed) -> None:
    key = own.declare("desk", ["sim/gpt-sim"])
    connection = own.connect()
    exchanges = [chat(connection, key).exchange for _ in range(5)]
    connection.close()
    assert own.verb("kill", "desk", "--reason", "a drill with Bob").code == 0

    def sealed() -> Any:
        said = own.verb("ledger", "status", "--json")
        assert said.code == 0, said.err
        found = json.loads(said.out)
        kinds = [one.kind for one in evidence_of(own, "desk").operations]
        return found if not found["segments"] + found["events"] and "Killed" in kinds else None

    status = until(sealed, SETTLED_S + 10)
    assert (status["fault"], status["seen"]) == ("", status["size"])
    found = evidence_of(own, "desk")
    [day] = found.days
    figures = day.figures["test"]
    assert (figures.exchanges, figures.released, figures.releases) == (5, 5, {"desk@1": 5})
    assert figures.controls["PSF-6.4"].covered == 5
    kinds = [one.kind for one in found.operations]
    assert {"Installed", "Applied", "Declared", "KeyIssued", "Killed"} <= set(kinds)
    for exchange in exchanges[:2]:
        said = own.verb("ledger", "prove", exchange)
        assert said.code == 0, said.err
        assert checked(json.loads(said.out), policy(own)).frames == 2
    killed = next(one for one in found.operations if one.kind == "Killed")
    said = own.verb("ledger", "prove", "--event", str(killed.number))
    assert said.code == 0, said.err
    assert "Bob" not in said.out
    assert checked(json.loads(said.out), policy(own)).fields["how"] == "database"
    files = b"".join(path.read_bytes() for path in (own.home / "ledger").rglob("*") if path.is_file())
    assert not any(name in files for name in (b"Bob", b"ada@example.org", exchanges[0].encode()))
