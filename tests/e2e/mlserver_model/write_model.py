"""Write a folder that MLServer can serve: the example risk model for the scikit-learn runtime, and settings.

Run with the interpreter of MLServer's own environment, from the root of the repository:
`python -m tests.e2e.mlserver_model.write_model FOLDER HTTP_PORT GRPC_PORT METRICS_PORT`, then `mlserver start FOLDER`.
The runtime reads joblib, a form of pickle: the file is written here and now and is read by nothing else.
"""

import json
import sys
from pathlib import Path

import joblib  # type: ignore[import-untyped]  # ships no types

from examples.risk_model import train

HERE = Path(__file__).parent


def write(folder: Path, http_port: int, grpc_port: int, metrics_port: int) -> None:
    """Train the risk model and write `risk.joblib`, `model-settings.json` and `settings.json` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(train().pipeline, folder / "risk.joblib")
    (folder / "model-settings.json").write_bytes((HERE / "model-settings.json").read_bytes())
    settings = json.loads((HERE / "settings.json").read_text(encoding="utf-8"))
    settings |= {"http_port": http_port, "grpc_port": grpc_port, "metrics_port": metrics_port}
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), *(int(port) for port in sys.argv[2:5]))
