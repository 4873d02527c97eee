"""Keys stay where they belong: the vendor's between gateway and vendor, the workload's between caller and gateway."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import msgspec
import pytest

from prodworthy.gateway.pipeline import exchange_run
from prodworthy.gateway.pipeline.answering import Answering
from prodworthy.gateway.protocols.routes import Route
from prodworthy.gateway.providers.vendor import Vendor
from tests.gateway.edge.raw import Reply, Wire, exchange, post, request
from tests.gateway.pipeline.speech import CHAT, FORMS, MESSAGES, Speech, ask, declare, form, settled
from tests.gateway.serving import Gateway, vendor_at
from tests.simulator import Cut, ErrorInStream, Hangup, Say, Status
from tests.simulator import Vendor as Simulator

VENDOR_KEY = "sk-vendor"


def _all_of(reply: Reply) -> str:
    return f"{reply.status} {reply.headers} {reply.body!r}"


def _on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((folder / "spool").iterdir()))


@pytest.fixture(autouse=True)
def every_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


@pytest.mark.parametrize("speech, stream", FORMS, ids=form)
async def test_keys_stay_where_they_belong(
    gateway: Gateway,
    simulator: Simulator,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    speech: Speech,
    stream: bool,
) -> None:
    key = declare(gateway, simulator, speech)
    secret = key.split("_", 2)[2]
    simulator.script(Say(), Status(500), Status(401), Status(403), Hangup(), Cut(), ErrorInStream(), ErrorInStream())
    replies = [await ask(gateway, speech, stream) for _ in range(8)]
    replies.append(await exchange(gateway.port, post(speech.path, b"{", key)))
    replies.append(await exchange(gateway.port, post(speech.path, speech.body(), key, [("x-prodworthy-tenant", "x")])))
    gateway.replace_key(speech.workload, revoked=True)
    replies.append(await ask(gateway, speech, stream))
    await settled(gateway, simulator)
    gateway.runtime.spool.close()
    for reply in replies:
        assert VENDOR_KEY not in _all_of(reply)
        assert secret not in _all_of(reply)
    disk, logs = _on_disk(tmp_path), caplog.text
    assert VENDOR_KEY.encode() not in disk
    assert secret.encode() not in disk
    assert VENDOR_KEY not in logs
    assert secret not in logs
    assert simulator.received
    for received in simulator.received:
        assert secret not in f"{received.headers} {received.path} {received.query} {received.body!r}"
        assert VENDOR_KEY in f"{received.headers}"


async def test_a_wrong_vendor_key_is_the_operators_matter(
    gateway: Gateway, tmp_path: Path, caplog: pytest.LogCaptureFixture, simulator: Simulator
) -> None:
    """Some vendors repeat the key that they refuse."""
    gateway.declare({"vendor": vendor_at(simulator.url, key="sk-wrong-and-secret")})
    simulator.script(Status(401, message="Incorrect API key provided: sk-wrong-and-secret."))
    for _ in range(2):
        reply = await ask(gateway, CHAT)
        assert (reply.status, reply.code) == (502, "vendor_broken")
        assert "sk-wrong" not in _all_of(reply)
    gateway.runtime.spool.close()
    assert b"sk-wrong" not in _on_disk(tmp_path)
    assert "sk-wrong" not in caplog.text


async def test_a_key_that_looks_like_a_vendors_is_counted_by_its_fingerprint_only(
    gateway: Gateway, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await exchange(gateway.port, post(CHAT.path, CHAT.body(), "sk-live-of-somebody"))
    gateway.runtime.tally.flush(1)
    gateway.runtime.spool.close()
    assert b"sk-live" not in _on_disk(tmp_path)
    assert "sk-live" not in caplog.text


async def test_an_unforeseen_fault_tells_nothing_of_what_was_asked(
    gateway: Gateway, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fall(self: Route, body: bytes, headers: Any) -> Any:
        raise RuntimeError(f"cannot read {body!r} of {headers}")

    monkeypatch.setattr(Route, "read", fall)
    reply = await ask(gateway, CHAT, user="PLANTED")
    assert (reply.status, reply.code, CHAT.error_code(reply)) == (500, "internal_fault", "internal_fault")
    assert b"PLANTED" not in reply.body
    assert reply.header("x-prodworthy-exchange")
    assert "RuntimeError" in caplog.text
    assert "assistant@1" in caplog.text
    for secret in ("PLANTED", gateway.keys["assistant"]):
        assert secret not in caplog.text
    ((_, completed),) = await gateway.recorded()
    assert (completed.end, completed.status, completed.code) == ("fault", 500, "internal_fault")
    assert len(gateway.runtime.live) == 0


async def test_a_fault_within_a_stream_ends_it(
    gateway: Gateway, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    declare(gateway, simulator, MESSAGES)
    monkeypatch.setattr(Answering, "_follow", fall)
    reply = await ask(gateway, MESSAGES, stream=True)
    assert MESSAGES.stream_error(reply.body) == "internal_fault"
    ((_, completed),) = await gateway.recorded()
    assert completed.end == "fault"
    await settled(gateway, simulator)


async def test_a_caller_that_leaves_during_a_fault(
    gateway: Gateway, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wires: list[Wire] = []
    failing = exchange_run.ExchangeRun.fail

    async def fail(self: exchange_run.ExchangeRun) -> None:
        wires[0].leave()
        await asyncio.sleep(0.05)
        await failing(self)

    monkeypatch.setattr(Route, "read", lambda *_: 1 / 0)
    monkeypatch.setattr(exchange_run.ExchangeRun, "fail", fail)
    wires.append(await Wire.open(gateway.port))
    await wires[0].send(post(CHAT.path, CHAT.body(), gateway.keys["assistant"]))
    ((_, completed),) = await gateway.recorded()
    assert completed.end == "fault"
    assert "ASGI" not in caplog.text


async def test_a_vendor_key_that_cannot_be_read(
    gateway: Gateway, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    def unreadable() -> str:
        raise FileNotFoundError(2, "No such file", "/secret/place")

    vendor: Vendor = msgspec.structs.replace(vendor_at(simulator.url), credential=unreadable)
    gateway.declare({"vendor": vendor})
    reply = await ask(gateway, CHAT)
    assert reply.status in (500, 502)
    assert "/secret/place" not in _all_of(reply) + caplog.text
    ((_, completed),) = await gateway.recorded()
    assert completed.end in ("fault", "vendor_fault")


async def test_queries_and_paths_are_not_logged(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    await exchange(gateway.port, request("GET", "/v1/models?key=PLANTED-IN-QUERY"))
    await exchange(gateway.port, request("GET", "/PLANTED-IN-PATH"))
    assert "PLANTED" not in caplog.text
