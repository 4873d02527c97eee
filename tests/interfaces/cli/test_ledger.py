from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from prodworthy.interfaces.settings import load_home
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.spool import Spool
from prodworthy.record.ledger.trust import parse_policy
from prodworthy.record.sealing.proof_check import checked
from prodworthy.record.store.database import open_store
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.vault import Vault, read_or_create_key
from tests.interfaces.conftest import Run
from tests.record.journal.samples import completed, exchange_id, received


@pytest.fixture
def installation(home: Path, run: Run, manifest: Path) -> Path:
    """A workload that is declared, and an exchange in the journal."""
    assert run("apply", str(manifest)).code == 0
    place = load_home(home)
    place.spool.mkdir()
    spool = Spool(place.spool, "gw", "1")
    spool.append(received(1))
    spool.append(completed(1))
    spool.close()
    store = open_store(place.store_url)
    migrate(store)
    Recorder(store, place.spool, Vault(read_or_create_key(place.master_key))).drain()
    store.close()
    return home


def test_an_exchange_and_an_event_are_proven_against_the_exported_policy(
    installation: Path, run: Run, tmp_path: Path
) -> None:
    before = run("ledger", "status", "--json").json
    assert (before["size"], before["segments"], before["frames"], before["events"]) == (0, 2, 4, 1)
    ran = run("ledger", "prove", exchange_id(1))
    assert ran.code == 0, ran.err
    assert "2 frames" in ran.err
    policy = parse_policy(run("ledger", "trust").out.encode())
    assert checked(ran.json, policy).frames == 2
    file = tmp_path / "proof.json"
    assert run("ledger", "prove", "--event", "1", "--open", "digest", "-o", str(file)).code == 0
    assert checked(json.loads(file.read_text()), policy).fields.keys() == {"kind", "at", "digest"}
    after = run("ledger", "status").out
    assert "0 segments (0 frames), 0 events" in after
    assert "batched (1 workloads)" in after


def test_a_checkpoint_that_was_kept_is_shown_to_be_continued(installation: Path, run: Run, tmp_path: Path) -> None:
    assert run("ledger", "prove", "--event", "1").code == 0
    kept = tmp_path / "old"
    assert run("ledger", "checkpoint", "--output", str(kept)).code == 0
    assert kept.read_text() == run("ledger", "checkpoint").out
    assert run("kill", "help-desk", "--reason", "test").code == 0
    assert run("ledger", "prove", "--event", "2").code == 0
    said = run("ledger", "checkpoint", "--since", str(kept)).json
    assert (said["old"], said["new"]) == (3, 4)
    assert said["checkpoint"] == run("ledger", "checkpoint").out
    shutil.rmtree(installation / "ledger")
    ran = run("ledger", "status", "--json").json
    assert "restore it" in ran["fault"]


def test_what_is_wrong_says_so(installation: Path, run: Run, tmp_path: Path) -> None:
    assert run("ledger", "prove").code == 2
    assert run("ledger", "prove", exchange_id(1), "--event", "1").code == 2
    unknown = run("ledger", "prove", exchange_id(9))
    assert (unknown.code, "not_provable" in unknown.err) == (1, True)
    none = run("ledger", "checkpoint")
    assert (none.code, "ledger_file_missing" in none.err) == (1, True)
    (tmp_path / "old").write_text("no checkpoint\n")
    assert run("ledger", "checkpoint", "--since", str(tmp_path / "old")).code == 1


def test_a_ledger_that_was_put_back_or_replaced_shows_in_its_status(installation: Path, run: Run) -> None:
    assert run("ledger", "prove", "--event", "1").code == 0
    shutil.copytree(installation / "ledger", installation / "old")
    assert run("kill", "help-desk", "--reason", "test").code == 0
    assert run("ledger", "prove", "--event", "2").code == 0
    shutil.rmtree(installation / "ledger")
    shutil.copytree(installation / "old", installation / "ledger")
    assert "ledger_rolled_back" in run("ledger", "status", "--json").json["fault"]
    assert run("restore", "help-desk", "--reason", "test").code == 0
    refused = run("ledger", "prove", "--event", "3")
    assert (refused.code, "ledger_rolled_back" in refused.err) == (1, True)
    (installation / "ledger" / "checkpoint").write_text("damaged\n")
    assert "malformed" in run("ledger", "status", "--json").json["fault"]
