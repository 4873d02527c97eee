"""The verifier as a command: what it prints, keeps and refuses."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from prodworthy.interfaces import verifier
from prodworthy.interfaces.standards import load_standard
from prodworthy.interfaces.verifier import main, shipped_standard, stamps, told
from tests.assurance.packing.installation import DESK, worked


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("pack")
    one = worked()
    (found / "held").write_bytes(one.newest()[0])
    (found / "pack.zip").write_bytes(one.pack(DESK))
    (found / "policy.txt").write_bytes(one.policy().text())
    return found


def test_it_prints_steps_or_json_and_keeps_the_checkpoint(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(folder / "pack.zip"), "--trust", str(folder / "policy.txt")]
    assert main([*arguments, "--held", str(folder / "held"), "--keep", str(folder / "kept")]) == 0
    assert "result: pass" in capsys.readouterr().out
    assert (folder / "kept").read_bytes().startswith(b"ledger.example/one")
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["exit"] == 0


def test_nothing_is_kept_of_a_pack_that_fails(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = folder / "bad.zip"
    bad.write_bytes((folder / "pack.zip").read_bytes()[:-1])
    assert main([str(bad), "--trust", str(folder / "policy.txt"), "--keep", str(folder / "never")]) == 1
    assert not (folder / "never").exists()
    assert "result: fail (exit 1)" in capsys.readouterr().out


def test_what_cannot_be_read_is_incomplete(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack, policy = str(folder / "pack.zip"), str(folder / "policy.txt")
    for arguments, words in (
        ([str(folder / "none"), "--trust", policy], "No such file"),
        ([pack, "--trust", str(folder)], "directory"),
        ([pack, "--trust", pack], "trust policy"),
    ):
        assert main(arguments) == 2
        assert words in capsys.readouterr().err


def test_it_tells_how_far_it_has_come(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "QUIET", 0.0)
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    assert main([str(folder / "pack.zip"), "--trust", str(folder / "policy.txt")]) == 0
    said = screen.getvalue()
    assert "statements verified" in said
    monkeypatch.setattr(verifier, "QUIET", 60.0)
    told()("bytes read", 1, 2)
    assert screen.getvalue() == said


def test_the_standard_and_the_reader_of_time_stamps() -> None:
    assert shipped_standard().digest == load_standard().digest
    assert stamps() is not None


def test_without_the_package_for_time_stamps(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(verifier, "import_module", missing)
    assert stamps() is None
