"""A real classical model on this machine: the risk model, served over the Open Inference protocol, version 2.

`python -m examples.scorer --port 0` trains, listens on loopback and prints one JSON line when ready (see `lifetime`).
"""

import argparse
import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import uvicorn

from examples.lifetime import announce, stop_event, watch_parent
from examples.open_inference import BadRequestError, Tensor, parse, render
from examples.risk_model import DECISION_THRESHOLD, RiskModel, train

NAME = "risk-scorer"
VERSION = "1"
INPUT = "measurements"
OUTPUTS = ("malignancy_risk", "label")
LARGEST_BODY = 4 * 1024 * 1024
SECONDS_TO_DRAIN = 2

Headers = tuple[tuple[bytes, bytes], ...]
Answer = tuple[int, bytes, Headers]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class RefusedError(Exception):
    """An answer other than 200: its status and a text for the caller."""

    def __init__(self, status: int, text: str, headers: Headers = ()) -> None:
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers


class Scorer:
    """The ASGI application: routes of the protocol for one model."""

    def __init__(self, model: RiskModel) -> None:
        self._model = model
        described = msgspec.json.encode(
            {"name": "prodworthy-example-scorer", "version": VERSION, "extensions": ["binary_tensor_data"]}
        )
        empty = b"{}"
        ready = msgspec.json.encode({"name": NAME, "ready": True})
        metadata = msgspec.json.encode(self._metadata())
        self._readable = {"": described, "/health/live": empty, "/health/ready": empty}
        self._infer_paths = set()
        for base in (f"/models/{NAME}", f"/models/{NAME}/versions/{VERSION}"):
            self._readable |= {base: metadata, f"{base}/ready": ready}
            self._infer_paths.add(f"{base}/infer")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        try:
            status, body, extra = await self._answer(scope, receive)
        except BadRequestError as error:
            status, body, extra = 400, msgspec.json.encode({"error": str(error)}), ()
        except RefusedError as refusal:
            status, body, extra = refusal.status, msgspec.json.encode({"error": refusal.text}), refusal.headers
        content_type = b"application/octet-stream" if extra and status == 200 else b"application/json"
        headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode()), *extra]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: dict[str, Any], receive: Receive) -> Answer:
        path, method = scope["path"], scope["method"]
        route = path.removeprefix("/v2").rstrip("/")
        if not path.startswith("/v2") or (route not in self._readable and route not in self._infer_paths):
            raise RefusedError(404, f"nothing is served at this path; the model is at /v2/models/{NAME}")
        allowed = "GET" if route in self._readable else "POST"
        if method != allowed:
            raise RefusedError(405, f"this path takes {allowed}", ((b"allow", allowed.encode()),))
        if method == "GET":
            return 200, self._readable[route], ()
        return await self._infer(dict(scope["headers"]), receive)

    async def _infer(self, headers: dict[bytes, bytes], receive: Receive) -> Answer:
        if headers.get(b"content-encoding", b"identity") != b"identity":
            raise RefusedError(415, "send the body without content encoding")
        length = headers.get(b"inference-header-content-length")
        if length is not None and not (length.isdigit() and len(length) < 10):
            raise BadRequestError("Inference-Header-Content-Length must be a count of bytes")
        body = await _whole_body(receive)
        request = parse(body, None if length is None else int(length), INPUT, len(self._model.columns), OUTPUTS)
        risk = self._model.risk(request.rows)
        label = ["malignant" if value >= DECISION_THRESHOLD else "benign" for value in risk]
        tensors = (Tensor(OUTPUTS[0], "FP64", risk), Tensor(OUTPUTS[1], "BYTES", label))
        answer, json_length = render((NAME, VERSION), request, tensors)
        extra = () if json_length is None else ((b"inference-header-content-length", str(json_length).encode()),)
        return 200, answer, extra

    def _metadata(self) -> dict[str, Any]:
        model = self._model
        seen = {"columns": model.columns, "lowest": model.lowest, "highest": model.highest}
        return {
            "name": NAME,
            "versions": [VERSION],
            "platform": "scikit-learn",
            "inputs": [{"name": INPUT, "datatype": "FP64", "shape": [-1, len(model.columns)], "parameters": seen}],
            "outputs": [
                {"name": OUTPUTS[0], "datatype": "FP64", "shape": [-1]},
                {"name": OUTPUTS[1], "datatype": "BYTES", "shape": [-1]},
            ],
        }


async def _whole_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RefusedError(400, "the client left before the end of its request")
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise RefusedError(413, f"a request may have at most {LARGEST_BODY} bytes")
        if not message.get("more_body", False):
            return bytes(body)


class _Server(uvicorn.Server):
    """uvicorn, with signals left to `stop_event`, so that a signal ends the process with exit code 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(port: int, parent: int | None) -> None:
    """Train, listen on 127.0.0.1:`port` (0: any free port), announce, and serve until told to stop."""
    model = train()
    config = uvicorn.Config(
        Scorer(model), http="httptools", ws="none", lifespan="off", log_level="warning", access_log=False,
        server_header=False, timeout_graceful_shutdown=SECONDS_TO_DRAIN,
    )  # fmt: skip
    server = _Server(config)
    stop = stop_event(parent)
    with socket.create_server(("127.0.0.1", port), backlog=256) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        # The socket already accepts: whoever connects before uvicorn reads it waits in the backlog.
        announce(
            f"http://127.0.0.1:{listening.getsockname()[1]}",
            NAME,
            cross_validated_auc=round(model.cross_validated_auc, 4),
        )
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        server.should_exit = True
        await serving


def main() -> None:
    """Serve until SIGTERM, SIGINT or the end of the process that started this one."""
    parent = watch_parent()
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1; 0 picks a free one (default)")
    asyncio.run(serve(options.parse_args().port, parent))


if __name__ == "__main__":
    main()
