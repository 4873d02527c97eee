"""The risk model on a server that is not ours: MLServer's Open Inference v2, from an environment of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from examples.launch import ROOT
from examples.risk_model import train
from tests.e2e.installation import Installed, installed
from tests.interfaces.serving import free_ports, until

pytestmark = [pytest.mark.slow, pytest.mark.alone]
PROGRAMS = ROOT / ".venv-mlserver" / "bin"
START_S = 90.0


@pytest.fixture(scope="module")
def mlserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address, once it is ready to infer."""
    if not (PROGRAMS / "mlserver").exists():
        reason = "MLServer is not installed here; run: scripts/setup.sh mlserver"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    folder = tmp_path_factory.mktemp("mlserver")
    ports = free_ports(3)
    writing = [str(PROGRAMS / "python"), "-m", "tests.e2e.mlserver_model.write_model", str(folder), *map(str, ports)]
    subprocess.run(writing, cwd=ROOT, check=True, timeout=START_S)
    url = f"http://127.0.0.1:{ports[0]}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(PROGRAMS / "mlserver"), "start", str(folder)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
        )  # fmt: skip
        try:
            until(lambda: process.poll() is not None or ready(url), START_S)
            assert process.poll() is None, (folder / "log").read_text()[-4000:]
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def ready(url: str) -> bool:
    try:
        with urlopen(f"{url}/v2/models/risk-scorer/ready", timeout=5) as reply:
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False


@pytest.fixture(scope="module")
def served(mlserver: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    home = tmp_path_factory.mktemp("mlserver-home") / "home"
    with installed(home, {"mlserver": ("open-inference", mlserver)}, processes=1) as running:
        yield running


@pytest.fixture(scope="module")
def key(served: Installed) -> str:
    return served.declare("clinic", ["mlserver/risk-scorer"], kind="scorer")


@pytest.fixture
def client(served: Installed) -> Iterator[Any]:
    made = triton.InferenceServerClient(urlsplit(served.url).netloc)
    yield made
    made.close()


def given(rows: Any, binary: bool) -> Any:
    tensor = triton.InferInput("measurements", list(rows.shape), "FP64")
    tensor.set_data_from_numpy(rows, binary_data=binary)
    return tensor


def test_tritonclient_gets_what_the_model_computes(served: Installed, key: str, client: Any) -> None:
    model = train()
    rows = model.held_out_rows[:4]
    headers = {"Authorization": f"Bearer {key}"}
    assert client.is_server_ready(headers=headers)
    assert client.is_model_ready("risk-scorer", headers=headers)
    assert client.get_model_metadata("risk-scorer", headers=headers)["inputs"][0]["name"] == "measurements"
    wanted = [triton.InferRequestedOutput("predict_proba", binary_data=False)]
    answer = client.infer("risk-scorer", [given(rows, binary=False)], outputs=wanted, headers=headers)
    assert np.allclose(answer.as_numpy("predict_proba")[:, 1], model.risk(rows))
    ended = until(lambda: [e["event"] for e in served.events("clinic") if e["event"]["status"] == 200], 15)
    assert (ended[-1]["vendor"], ended[-1]["model"]) == ("mlserver", "risk-scorer:1")


def test_what_the_vendor_refuses_its_client_hears_from_the_vendor(served: Installed, key: str, client: Any) -> None:
    """MLServer 1.7 does not know binary tensors, and takes the body for broken JSON."""
    headers = {"Authorization": f"Bearer {key}"}
    rows = train().held_out_rows[:4]
    with pytest.raises(InferenceServerException) as refused:
        client.infer("risk-scorer", [given(rows, binary=True)], headers=headers)
    assert refused.value.status() == "422"
    assert "json_invalid" in str(refused.value)
