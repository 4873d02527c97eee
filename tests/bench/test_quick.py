"""Each benchmark runs in quick mode: every call is answered, every bar has a figure. How good is not judged here."""

from __future__ import annotations

import importlib
import math
from pathlib import Path

import pytest

from bench import __main__ as command
from bench import peers
from bench.report import Table
from bench.rig import Bench

FAULTS = ("faults", "streams lost", "chunks lost")


@pytest.fixture(autouse=True)
def _no_slow_peer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "LITELLM", tmp_path / "absent")


@pytest.mark.slow
@pytest.mark.parametrize("name", command.NAMES)
def test_a_benchmark_runs(name: str, tmp_path: Path) -> None:
    said: list[str] = []
    table: Table = importlib.import_module(f"bench.{name}").run(Bench(tmp_path, True, said.append))
    assert table.name == name
    assert table.rows
    assert all(len(row) == len(table.columns) for row in table.rows)
    for column in FAULTS:
        if column in table.columns:
            assert [row[table.columns.index(column)] for row in table.rows] == [0] * len(table.rows)
    assert all(math.isfinite(bar.measured) for bar in table.bars)
    if name == "throughput":
        assert "litellm[proxy] is not installed: not measured" in table.notes


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["speed"])
    assert "no benchmark is called speed" in capsys.readouterr().err


def test_the_command_prints_and_saves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "figures.json"
    assert command.main(["detail", "--quick", "--save", str(kept)]) == 0
    assert "check the key" in capsys.readouterr().out
    assert b'"quick": true' in kept.read_bytes()
