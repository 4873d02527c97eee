from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.plugged.fault import PluginFault, Unmeasured
from prodworthy.gateway.detectors.plugged.onnx_text_classifier import factory
from prodworthy.policy.core.exchange import Call, Operation, Passage
from prodworthy.policy.core.facts import Finding


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    """A model with two outputs: the second is greater where the word "bad" stands in the text."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "bad": 1}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    _save(tmp_path / "model.onnx", "input_ids")
    return {
        "model": str(tmp_path / "model.onnx"),
        "tokenizer": str(tmp_path / "tokenizer.json"),
        "kinds": {1: "bad_word"},
    }


def _save(path: Path, given: str) -> None:
    numpy = pytest.importorskip("numpy")
    nodes = [
        helper.make_node("Cast", [given], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("ReduceSum", ["numbers", "axis"], ["count"], keepdims=1),
        helper.make_node("MatMul", ["count", "weights"], ["weighed"]),
        helper.make_node("Add", ["weighed", "bias"], ["logits"]),
    ]
    constants = [
        numpy_helper.from_array(numpy.array([1], dtype=numpy.int64), "axis"),
        numpy_helper.from_array(numpy.array([[-4.0, 4.0]], dtype=numpy.float32), "weights"),
        numpy_helper.from_array(numpy.array([2.0, -2.0], dtype=numpy.float32), "bias"),
    ]
    inputs = [helper.make_tensor_value_info(given, TensorProto.INT64, [1, None])]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 2])]
    graph = helper.make_graph(nodes, "words", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))


def _reading(text: str, role: str = "assistant") -> Reading:
    return Reading((Passage("a", role, text, 10),), Call(Operation.CHAT))


def test_windows_that_the_model_takes_for_a_kind_are_findings(options: dict[str, Any]) -> None:
    detector = factory({**options, "characters": 50}, "words")
    text = "all is well " * 5 + "\ud800 bad " + "well " * 12
    (found,) = detector.measure(_reading(text))
    assert (found.part, found.start, found.end, found.kind) == ("a", 60, 110, "bad_word")
    assert found.confidence == pytest.approx(0.982, abs=0.001)
    assert detector.measure(_reading("all is well")) == ()
    assert detector.measure(_reading("")) == ()


def test_threshold_roles_and_independent_outputs(options: dict[str, Any]) -> None:
    assert factory({**options, "threshold": 0.99}, "words").measure(_reading("bad")) == ()
    user = factory({**options, "roles": ["user"]}, "words")
    assert user.measure(_reading("bad")) == ()
    assert len(user.measure(_reading("bad", "user"))) == 1
    (found,) = factory({**options, "independent": True}, "words").measure(_reading("bad"))
    assert isinstance(found, Finding)
    assert found.confidence == pytest.approx(0.881, abs=0.001)


@pytest.mark.parametrize(
    "change,says",
    [
        ({"model": "/nowhere/model.onnx"}, "model /nowhere/model.onnx cannot be loaded"),
        ({"tokenizer": "/nowhere/tokenizer.json"}, "tokenizer /nowhere/tokenizer.json cannot be loaded"),
        ({"kinds": {7: "x"}}, r"2 outputs, and none numbered \[7\]"),
        ({"threshold": 2}, "threshold"),
        ({"mode": "x"}, "mode"),
    ],
)
def test_what_cannot_be_used_is_refused(options: dict[str, Any], change: dict[str, Any], says: str) -> None:
    with pytest.raises(PluginFault, match=says):
        factory({**options, **change}, "words")


def test_files_of_another_form_are_refused(options: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "other").write_text("no model")
    for key in ("model", "tokenizer"):
        with pytest.raises(PluginFault, match="cannot be loaded"):
            factory({**options, key: str(tmp_path / "other")}, "words")
    _save(tmp_path / "pixels.onnx", "pixels")
    with pytest.raises(PluginFault, match="inputs that no tokenizer gives: pixels"):
        factory({**options, "model": str(tmp_path / "pixels.onnx")}, "words")


def test_a_model_that_fails_gives_no_fact(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    detector = factory(options, "words")
    monkeypatch.setattr(detector, "_inputs", [])
    with pytest.raises((Unmeasured, ValueError)):
        detector.measure(_reading("bad"))


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers"])
def test_a_missing_package_is_named_with_its_remedy(
    options: dict[str, Any], package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(PluginFault, match=rf"needs the package {package}.*pip install 'prodworthy\[onnx\]'"):
        factory(options, "words")
