from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from prodworthy.interfaces.settings import load_home
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.spool import Spool
from prodworthy.record.store.database import open_store
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.vault import Vault, read_or_create_key
from tests.interfaces.conftest import Run
from tests.record.journal.samples import completed, received


@pytest.fixture
def installation(home: Path, run: Run, manifest: Path, tmp_path: Path) -> Path:
    """A workload that is declared, was switched off once, and has exchanges; and the policy of its ledger."""
    assert run("apply", str(manifest)).code == 0
    assert run("kill", "help-desk", "--reason", "Ana Kowalska asked", "--by", "Ben Okri").code == 0
    assert run("restore", "help-desk", "--reason", "over", "--by", "Ben Okri").code == 0
    place = load_home(home)
    place.spool.mkdir()
    spool = Spool(place.spool, "gw", "1")
    for number in range(1, 4):
        spool.append(received(number))
        spool.append(completed(number))
    spool.close()
    store = open_store(place.store_url)
    migrate(store)
    Recorder(store, place.spool, Vault(read_or_create_key(place.master_key))).drain()
    store.close()
    assert run("ledger", "trust", "--output", str(tmp_path / "policy.txt")).code == 0
    return tmp_path


def _pack(run: Run, folder: Path, *arguments: str) -> dict[str, bytes]:
    ran = run("audit", "pack", "--no-pdf", "--output", str(folder / "pack.zip"), *arguments)
    assert ran.code == 0, ran.err
    with zipfile.ZipFile(folder / "pack.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_pack_of_an_installation_verifies_and_names_nobody(installation: Path, run: Run) -> None:
    found = _pack(run, installation, "help-desk")
    verified = run("verify", str(installation / "pack.zip"), "--trust", str(installation / "policy.txt"), "--json")
    assert (verified.code, verified.json["result"]) == (0, "pass"), verified.json
    everything = b"".join(found.values())
    assert b"Ana Kowalska" not in everything
    assert b"Ben Okri" not in everything
    assert json.loads(found["manifest.json"])["names_for"] is None


def test_people_are_named_to_somebody_in_a_role_and_that_is_on_record(installation: Path, run: Run) -> None:
    found = _pack(run, installation, "--tenant", "default", "--names-for", "Ida Holm", "--role", "auditor")
    names = json.loads(found["manifest.json"])["names_for"]
    assert (names["name"], names["role"]) == ("Ida Holm", "auditor")
    assert b"Ben Okri" in found["chains/00001/00000000.openings.json"]
    verified = run("verify", str(installation / "pack.zip"), "--trust", str(installation / "policy.txt"))
    assert verified.code == 0, verified.out
    assert "people are named to Ida Holm, auditor" in verified.out
    later = _pack(run, installation, "help-desk")
    assert b"NamesOpened" in b"".join(later.values()) or b"Ida Holm" not in b"".join(later.values())
    assert b"Ida Holm" not in b"".join(later.values())
    assert run("audit", "pack", "help-desk", "--names-for", "Ida Holm").code == 1


def test_a_checkpoint_is_kept_and_held_next_time(installation: Path, run: Run) -> None:
    _pack(run, installation, "help-desk")
    pack, policy, kept = (str(installation / name) for name in ("pack.zip", "policy.txt", "kept"))
    assert run("verify", pack, "--trust", policy, "--keep", kept).code == 0
    assert run("kill", "help-desk", "--reason", "again").code == 0
    _pack(run, installation, "help-desk", "--held", kept)
    held = run("verify", pack, "--trust", policy, "--held", kept)
    assert held.code == 0, held.out
    assert "since size" in held.out


def test_what_is_wrong_says_so(installation: Path, run: Run) -> None:
    assert run("audit", "pack").code == 1
    assert run("audit", "pack", "nobody").code == 1
    assert run("audit", "pack", "--tenant", "nobody").code == 1
    assert run("audit", "pack", "help-desk", "--from", "yesterday").code == 2
    policy = str(installation / "policy.txt")
    assert run("verify", str(installation / "none.zip"), "--trust", policy).code == 2
    assert run("verify", policy, "--trust", policy).code == 1
    assert run("verify", policy, "--trust", str(installation)).code == 2
    assert not list(installation.glob(".pack*"))
