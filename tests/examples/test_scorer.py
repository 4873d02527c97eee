"""The scorer as its clients see it: a process that serves the Open Inference protocol and ends when it should."""

import http.client
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import tritonclient.http as triton

from examples.drive_clients import ROWS_PER_REQUEST, Target, risk_scorer
from examples.launch import ROOT, Launched, LaunchError, launch, launched
from examples.risk_model import RiskModel, train

PATH = "/v2/models/risk-scorer"


@pytest.fixture(scope="module")
def scorer() -> Iterator[Launched]:
    with launched("examples.scorer") as server:
        yield server


@pytest.fixture(scope="module")
def model() -> RiskModel:
    return train()


def call(
    server: Launched, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_training_is_repeatable_and_quality_is_measured_on_unseen_rows(model: RiskModel) -> None:
    again = train()
    assert np.array_equal(model.risk(model.held_out_rows), again.risk(again.held_out_rows))
    assert 0.98 < model.cross_validated_auc < 1.0
    assert len(model.held_out_rows) == 143


def test_a_higher_risk_means_malignant(model: RiskModel) -> None:
    risk = model.risk(model.held_out_rows)
    assert risk[model.held_out_malignant == 1].mean() > 0.9
    assert risk[model.held_out_malignant == 0].mean() < 0.1


def test_metadata_names_tensors_and_the_ranges_seen(scorer: Launched) -> None:
    status, metadata = call(scorer, "GET", PATH)
    assert status == 200
    (tensor,) = metadata["inputs"]
    assert (tensor["name"], tensor["datatype"], tensor["shape"]) == ("measurements", "FP64", [-1, 30])
    seen = tensor["parameters"]
    assert len(seen["columns"]) == len(seen["lowest"]) == len(seen["highest"]) == 30
    assert all(low < high for low, high in zip(seen["lowest"], seen["highest"], strict=True))
    assert [output["name"] for output in metadata["outputs"]] == ["malignancy_risk", "label"]
    assert call(scorer, "GET", f"{PATH}/versions/1") == (200, metadata)


@pytest.mark.parametrize("binary", [False, True], ids=["json", "binary"])
def test_tritonclient_gets_the_risk_that_the_model_computes(scorer: Launched, model: RiskModel, binary: bool) -> None:
    client = triton.InferenceServerClient(urlsplit(scorer.url).netloc)
    try:
        assert client.is_server_live()
        assert client.is_server_ready()
        assert client.is_model_ready(scorer.model)
        assert client.get_server_metadata()["extensions"] == ["binary_tensor_data"]
        rows = model.held_out_rows[:5]
        tensor = triton.InferInput("measurements", [5, 30], "FP64")
        tensor.set_data_from_numpy(rows, binary_data=binary)
        names = ("malignancy_risk", "label")
        wanted = [triton.InferRequestedOutput(name, binary_data=binary) for name in names]
        answer = client.infer(scorer.model, [tensor], outputs=wanted, request_id="r7")
    finally:
        client.close()
    risk = model.risk(rows)
    assert answer.get_response()["id"] == "r7"
    assert np.array_equal(answer.as_numpy("malignancy_risk"), risk)
    labels = [text.decode() if isinstance(text, bytes) else text for text in answer.as_numpy("label")]
    assert labels == ["malignant" if value >= 0.5 else "benign" for value in risk]


@pytest.mark.parametrize(
    "method, path, body, headers, status, reason",
    [
        ("POST", f"{PATH}/infer", b"{", {}, 400, "not an inference request"),
        ("POST", f"{PATH}/infer", b"{}", {"Inference-Header-Content-Length": "-1"}, 400, "count of bytes"),
        ("POST", f"{PATH}/infer", b"{}", {"Content-Encoding": "gzip"}, 415, "without content encoding"),
        ("POST", f"{PATH}/infer", b" " * (4 * 1024 * 1024 + 1), {}, 413, "at most"),
        ("GET", f"{PATH}/infer", None, {}, 405, "takes POST"),
        ("POST", PATH, b"{}", {}, 405, "takes GET"),
        ("POST", "/v2/models/nope/infer", b"{}", {}, 404, "nothing is served"),
        ("GET", "/models/risk-scorer", None, {}, 404, "nothing is served"),
    ],
)
def test_a_wrong_request_gets_a_structured_error(
    scorer: Launched, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int, reason: str
) -> None:
    answered, error = call(scorer, method, path, body, headers)
    assert answered == status
    assert list(error) == ["error"]
    assert reason in error["error"]


def test_the_driver_reports_what_its_client_saw(scorer: Launched) -> None:
    steps: list[tuple[int, int]] = []
    traffic = risk_scorer(Target(scorer.url, "key", scorer.model), 4, lambda done, total: steps.append((done, total)))
    assert (traffic.answered, traffic.sent, traffic.rows_scored) == (4, 4, 4 * ROWS_PER_REQUEST)
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    refused = risk_scorer(Target(scorer.url, "key", "nope"), 2)
    assert (refused.answered, dict(refused.refused)) == (0, {"404": 2})


@pytest.mark.parametrize("exchanges", [-1, 10_001])
def test_the_driver_refuses_an_unbounded_count(exchanges: int) -> None:
    with pytest.raises(ValueError, match="exchanges must be"):
        risk_scorer(Target("http://127.0.0.1:1", "key", "m"), exchanges)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(number: signal.Signals) -> None:
    server = launch("examples.scorer")
    try:
        server.process.send_signal(number)
        assert server.process.wait(5) == 0
    finally:
        server.stop()


def test_it_ends_with_the_process_that_started_it() -> None:
    # The starter prints the child's id and then waits; nothing but its death can end the child.
    code = (
        "import sys, time; from examples.launch import launch; s = launch('examples.scorer');"
        "print(s.process.pid, flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
    assert starter.stdout is not None
    with starter:
        child = os.pidfd_open(int(starter.stdout.readline()))
        try:
            starter.kill()
            ended, _, _ = select.select([child], [], [], 5)
            assert ended
        finally:
            os.close(child)


def test_a_server_that_cannot_start_is_an_error() -> None:
    with pytest.raises(LaunchError, match="ended before it was ready, exit code 2"):
        launch("examples.scorer", "--no-such-option")


def test_a_server_that_stays_silent_is_ended(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="was not ready in time"):
        launch("examples.scorer", deadline_s=0.0)
