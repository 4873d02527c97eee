"""Who may do what, and what is served where: every refusal in the words of the caller's protocol."""

from __future__ import annotations

import time

import pytest

from prodworthy.policy.core.events import Strayed
from tests.gateway.edge.raw import Fields, Reply, Wire, exchange, post, request
from tests.gateway.pipeline.speech import CHAT, EVERY, MESSAGES, Speech, ask, declare, named
from tests.gateway.serving import Gateway
from tests.simulator import Vendor as Simulator

HOUR = 3_600_000_000_000


def _refused(speech: Speech, reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.code, speech.error_code(reply)) == (status, code, code)
    assert reply.header("content-type") == "application/json"
    assert (reply.header("www-authenticate") == "Bearer") == (status == 401)


async def _with_key(gateway: Gateway, speech: Speech, key: str, more: Fields = ()) -> Reply:
    return await exchange(gateway.port, post(speech.path, speech.body(), key, more))


@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_keys(gateway: Gateway, simulator: Simulator, speech: Speech) -> None:
    key = declare(gateway, simulator, speech)
    _refused(speech, await _with_key(gateway, speech, ""), 401, "missing_key")
    for unknown in ("pw_" + "a" * 12 + "_" + "b" * 43, "sk-of-another-vendor", "x" * 5_000, key[:-1] + "!", "pw_\xff"):
        _refused(speech, await _with_key(gateway, speech, unknown), 401, "unknown_key")
    gateway.replace_key(speech.workload, revoked=True)
    _refused(speech, await _with_key(gateway, speech, key), 401, "revoked_key")
    gateway.replace_key(speech.workload, revoked=False, expires_at=time.time_ns() - HOUR)
    _refused(speech, await _with_key(gateway, speech, key), 401, "revoked_key")
    gateway.replace_key(speech.workload, expires_at=time.time_ns() + HOUR)
    assert (await _with_key(gateway, speech, key)).status == 200
    assert len(simulator.received) == 1


@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_a_key_opens_one_workload_of_one_tenant(gateway: Gateway, simulator: Simulator, speech: Speech) -> None:
    key = declare(gateway, simulator, speech)
    ours = [("x-prodworthy-tenant", "default"), ("x-prodworthy-workload", speech.workload)]
    assert (await _with_key(gateway, speech, key, ours)).status == 200
    for name, other in (("x-prodworthy-tenant", "acme"), ("x-prodworthy-workload", "payroll")):
        _refused(speech, await _with_key(gateway, speech, key, [(name, other)]), 403, "key_scope")
    gateway.replace_key(speech.workload, scopes=frozenset({"read"}))
    _refused(speech, await _with_key(gateway, speech, key), 403, "key_scope")
    assert len(simulator.received) == 1


async def test_a_tenants_key_does_not_open_another_tenants_workload(gateway: Gateway, simulator: Simulator) -> None:
    """Two tenants, one workload id: the key alone decides whose it is."""
    here = gateway.keys["assistant"]
    there = declare(gateway, simulator, CHAT, tenant="acme", limits={"body_bytes": 10})
    assert (await _with_key(gateway, CHAT, here)).status == 200
    _refused(CHAT, await _with_key(gateway, CHAT, there), 413, "body_too_large")
    _refused(CHAT, await _with_key(gateway, CHAT, there, [("x-prodworthy-tenant", "default")]), 403, "key_scope")


async def test_unknown_keys_are_counted_and_never_told(gateway: Gateway, simulator: Simulator) -> None:
    for _ in range(3):
        await _with_key(gateway, CHAT, "sk-shadow-0123456789")
    gateway.runtime.tally.flush(time.time_ns())
    gateway.runtime.spool.close()
    (stray,) = [event for event in gateway.events() if isinstance(event, Strayed)]
    assert (stray.reason, stray.count, stray.protocol) == ("unknown_key", 3, "openai-chat")
    assert stray.fingerprint == gateway.runtime.vault.fingerprint("sk-shadow-0123456789")


async def test_anthropics_header_and_the_bearer_token_both_carry_the_key(
    gateway: Gateway, simulator: Simulator
) -> None:
    key = declare(gateway, simulator, MESSAGES)
    for field in (("x-api-key", key), ("authorization", f"Bearer {key}"), ("authorization", f"bearer  {key}")):
        assert (await _with_key(gateway, MESSAGES, "", [field])).status == 200
    assert (await _with_key(gateway, MESSAGES, "", [("authorization", f"Basic {key}")])).code == "missing_key"


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/chat", "/v1/chat/completions/", "/v1//chat/completions", "/admin", "/metrics", "/%2e%2e/x"],
)
async def test_unknown_routes(gateway: Gateway, path: str) -> None:
    reply = await exchange(gateway.port, request("GET", path, key=gateway.keys["assistant"]))
    _refused(CHAT, reply, 404, "unknown_route")


@pytest.mark.parametrize("speech", EVERY, ids=named)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_wrong_methods(gateway: Gateway, speech: Speech, method: str) -> None:
    reply = await exchange(gateway.port, request(method, speech.path, key=gateway.keys["assistant"]))
    _refused(speech, reply, 405, "wrong_method")
    assert reply.header("allow") == "POST"


async def test_head_gets_the_head_at_once(gateway: Gateway) -> None:
    async with await Wire.open(gateway.port) as wire:
        for _ in range(2):
            await wire.send(request("HEAD", "/v2/health/live"))
            status, headers = await wire.head()
            assert (status, dict(headers)["allow"]) == (405, "GET")
        await wire.send(request("GET", "/v2/health/live"))
        assert (await wire.reply()).body == b'{"live":true}'


@pytest.mark.parametrize("path", ["/v2", "/v2/health/live", "/v2/health/ready", "/ping", "/health", "/version"])
async def test_health_needs_no_key(gateway: Gateway, path: str) -> None:
    assert (await exchange(gateway.port, request("GET", path))).status == 200


async def test_models_are_those_of_the_key(gateway: Gateway, simulator: Simulator) -> None:
    key = declare(gateway, simulator, MESSAGES)
    for given, models in ((gateway.keys["assistant"], ["gpt-sim"]), (key, ["claude-sim"])):
        reply = await exchange(gateway.port, request("GET", "/v1/models", key=given))
        assert [model["id"] for model in reply.json()["data"]] == models
    assert (await exchange(gateway.port, request("GET", "/v1/models"))).code == "missing_key"
    assert not simulator.received


async def test_a_model_that_is_not_declared(gateway: Gateway, simulator: Simulator) -> None:
    for model in ("gpt-other", "gpt-sim ", "GPT-SIM", "", "x" * 3_000):
        reply = await ask(gateway, CHAT, model=model)
        _refused(CHAT, reply, 404, "model_not_declared")
    assert not simulator.received
    ends = [(completed.end, completed.code) for _, completed in await gateway.recorded(5)]
    assert ends == [("refused", "model_not_declared")] * 5
    gateway.runtime.tally.flush(time.time_ns())
    gateway.runtime.spool.close()
    strays = [event for event in gateway.events() if isinstance(event, Strayed)]
    assert ("assistant", "gpt-other", 1) in {(stray.workload, stray.model, stray.count) for stray in strays}


async def test_a_model_behind_another_protocol(gateway: Gateway, simulator: Simulator) -> None:
    key = declare(gateway, simulator, MESSAGES)
    reply = await exchange(gateway.port, post(CHAT.path, CHAT.body(model="claude-sim"), key))
    _refused(CHAT, reply, 400, "protocol_not_served")
    assert "anthropic" in reply.json()["error"]["message"]


async def test_a_vendor_that_the_configuration_lacks(gateway: Gateway) -> None:
    gateway.declare({}, id="assistant")
    _refused(CHAT, await ask(gateway, CHAT), 502, "vendor_unreachable")


@pytest.mark.parametrize(
    "fields, status",
    [
        ([("x-long", "a" * 40_000)], 431),
        ([("x-" + "n" * 40_000, "a")], 431),
        ([(f"x-{number}", "a") for number in range(150)], 431),
        ([("cookie", "a" * 15_000)] * 3, 431),
        ([("x-fair", "a" * 8_000)] * 3, 200),
        ([(f"x-{number}", "a") for number in range(90)], 200),
    ],
)
async def test_header_bombs(gateway: Gateway, simulator: Simulator, fields: Fields, status: int) -> None:
    reply = await _with_key(gateway, CHAT, gateway.keys["assistant"], fields)
    assert reply.status == status
    if status == 431:
        assert (reply.code, reply.json()["error"]["code"]) == ("header_too_large", "header_too_large")
        assert reply.header("connection") == "close"
    assert len(simulator.received) == (status == 200)


async def test_a_long_target(gateway: Gateway, simulator: Simulator) -> None:
    reply = await exchange(gateway.port, request("GET", "/" + "a" * 40_000))
    assert (reply.status, reply.code) == (431, "header_too_large")
    assert (await exchange(gateway.port, request("GET", "/v2/models/" + "a" * 9_000))).code == "unknown_route"


async def test_trailers_count_as_fields(gateway: Gateway, simulator: Simulator) -> None:
    body = CHAT.body()
    data = request("POST", CHAT.path, b"", gateway.keys["assistant"]).replace(
        b"content-length: 0", b"transfer-encoding: chunked"
    )
    trailers = b"".join(b"x-%d: a\r\n" % number for number in range(200))
    reply = await exchange(gateway.port, data + b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(body), body, trailers))
    assert reply.status == 431
