"""The import contracts of pyproject.toml hold for a clean skeleton of the house, and each of them can fail."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.source import ROOT

SKELETON = (
    *("policy", "record", "operations", "assurance", "interfaces"),
    *("record/store", "record/journal", "record/ledger", "record/sealing", "assurance/audit", "assurance/drills"),
    *("gateway", "gateway/protocols", "gateway/pipeline", "gateway/providers", "gateway/detectors"),
)
# What the offline verifier is made of, and what it must not know; the contract names each module.
VERIFIER = (
    *("canonical", "checkpoint", "dsse", "encoding", "faults", "keys", "merkle", "note", "proof_file"),
    *("reading", "statement", "storage", "tiles", "trust"),
    *("disk", "growing", "log", "pending", "recovery", "object_store", "timestamp", "web", "witness"),
)
FORMS = ("forms", "commitment", "numbers", "summing")
SOUND = {
    **{f"record/ledger/{name}.py": "" for name in VERIFIER},
    **{f"record/sealing/{name}.py": "" for name in FORMS},
    "assurance/audit/pack.py": "",
    "assurance/drills/run.py": "",
    "record/store/database.py": "",
    "record/store/tables.py": "",
    "record/store/watch.py": "",
}
BROKEN = {
    "Five floors": {"record/upwards.py": "def late():\n    import prodworthy.interfaces"},
    "Policy is pure": {"policy/clock.py": "import time"},
    "The ledger": {"record/ledger/merkle.py": "from prodworthy.record.store import tables"},
    "The offline verifier": {"record/ledger/note.py": "import urllib.request"},
    "Statements are read": {"record/sealing/forms.py": "import msgspec"},
    "The judge": {"assurance/audit/pack.py": "import prodworthy.assurance.drills.run"},
    "No database": {"gateway/pipeline/asks.py": "import prodworthy.record.store.tables"},
    "No framework": {"gateway/pipeline/serves.py": "import fastapi"},
    "No vendor's own package": {"operations/calls.py": "import openai"},
}


@pytest.mark.parametrize("contract", BROKEN)
def test_a_contract_can_fail_and_fails_alone(contract: str, tmp_path: Path) -> None:
    output = _lint(tmp_path, {**SOUND, **BROKEN[contract]})
    broken = [line for line in output.splitlines() if line.endswith("BROKEN")]
    assert [line.startswith(contract) for line in broken] == [True], output


def test_a_clean_skeleton_keeps_every_contract(tmp_path: Path) -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    output = _lint(tmp_path, SOUND)
    assert f"Contracts: {len(contracts)} kept, 0 broken." in output
    assert len(contracts) == len(BROKEN)


def _lint(folder: Path, modules: dict[str, str]) -> str:
    package = folder / "src" / "prodworthy"
    for name in ("", *SKELETON):
        (package / name).mkdir(parents=True, exist_ok=True)
        (package / name / "__init__.py").touch()
    for name, text in modules.items():
        (package / name).write_text(text, encoding="utf-8")
    command = [
        str(Path(sys.executable).with_name("lint-imports")),
        "--no-cache",
        "--config",
        str(ROOT / "pyproject.toml"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(folder / "src")}
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True).stdout
