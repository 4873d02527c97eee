"""The guide for detectors: its example is installed as a package like any other, named, loaded and run."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from prodworthy.gateway.detectors.plugged.fault import PluginFault
from prodworthy.gateway.detectors.plugged.onnx_text_classifier import OnnxOptions
from prodworthy.gateway.detectors.plugged.presidio_entities import PresidioOptions
from prodworthy.gateway.detectors.plugged.remote_http import RemoteOptions
from prodworthy.gateway.detectors.plugins import PluginOptions, load
from prodworthy.policy.core.facts import Finding
from tests.docs import reading
from tests.gateway.detectors import windows

GUIDE = (reading.ROOT / "docs" / "guides" / "detectors.md").read_text(encoding="utf-8")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example as an installed package."""
    (code,) = reading.fenced(GUIDE, "python")
    (entry_points,) = reading.fenced(GUIDE, "ini")
    (tmp_path / "shouting.py").write_text(code)
    metadata = tmp_path / "shouting-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(entry_points)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("installed")
def test_the_example_measures() -> None:
    (code,) = reading.fenced(GUIDE, "python")
    assert 15 <= len(code.splitlines()) <= 25
    detector = load({"loud": PluginOptions("shouting", {"letters": 3})})["loud"]
    assert detector.measure(windows.reading("do it NOW, OK", windows.call(), 100)) == (
        Finding(windows.PART, 106, 109, "shouting", 0.8),
    )


@pytest.mark.usefixtures("installed")
def test_the_example_refuses_what_it_cannot_use() -> None:
    with pytest.raises(PluginFault, match="detector loud: shouting refuses its options: letters must be"):
        load({"loud": PluginOptions("shouting", {"letters": "many"})})


@pytest.mark.parametrize(
    "plugin,options",
    [("onnx-text-classifier", OnnxOptions), ("presidio", PresidioOptions), ("remote-http", RemoteOptions)],
)
def test_every_option_is_told(plugin: str, options: type[msgspec.Struct]) -> None:
    (told,) = (part for part in GUIDE.split("\n\n") if part.startswith(f"Options of `{plugin}`"))
    for field in msgspec.structs.fields(options):
        assert f"`{field.name}`" in told
        if isinstance(field.default, int | float) and not isinstance(field.default, bool):
            assert f"({field.default:g}" in told.replace("1000000", "1e+06")


def test_what_is_sent_and_answered_is_json() -> None:
    asked, answered = (json.loads(each) for each in reading.fenced(GUIDE, "json"))
    assert set(asked["texts"][0]) == {"part", "role", "text"}
    assert set(answered["findings"][0]) == {field.name for field in msgspec.structs.fields(Finding)}
