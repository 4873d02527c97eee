from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.gateway.protocols.routes import MAX_NAME, Local, Mismatch, Route, match
from prodworthy.policy.core.exchange import Operation
from prodworthy.policy.core.refusal import Code


def _route(method: str, path: str) -> Route:
    found = match(method, path.encode())
    assert isinstance(found, Route)
    return found


@pytest.mark.parametrize(
    "path, protocol, operation, target",
    [
        ("/v1/chat/completions", "openai-chat", Operation.CHAT, "/chat/completions"),
        ("/v1/responses", "openai-responses", Operation.RESPOND, "/responses"),
        ("/v1/embeddings", "openai-embeddings", Operation.EMBED, "/embeddings"),
        ("/v1/messages", "anthropic-messages", Operation.CHAT, "/v1/messages"),
        ("/invocations", "mlflow", Operation.PREDICT, "/invocations"),
    ],
)
def test_what_is_posted(path: str, protocol: str, operation: Operation, target: str) -> None:
    route = _route("POST", path)
    assert (route.protocol.name, route.operation, route.vendor_target("any"), route.model) == (
        protocol,
        operation,
        target,
        "",
    )


@pytest.mark.parametrize(
    "method, path, operation, target",
    [
        ("POST", "/v2/models/iris/infer", Operation.PREDICT, "/v2/models/theirs/infer"),
        ("POST", "/v2/models/iris/versions/3/infer", Operation.PREDICT, "/v2/models/theirs/versions/3/infer"),
        ("GET", "/v2/models/iris", Operation.READ, "/v2/models/theirs"),
        ("GET", "/v2/models/iris/ready", Operation.READ, "/v2/models/theirs/ready"),
        ("GET", "/v2/models/iris/versions/3", Operation.READ, "/v2/models/theirs/versions/3"),
        ("GET", "/v2/models/iris/versions/3/ready", Operation.READ, "/v2/models/theirs/versions/3/ready"),
    ],
)
def test_models_in_the_path(method: str, path: str, operation: Operation, target: str) -> None:
    route = _route(method, path)
    assert (route.protocol.name, route.operation, route.model) == ("open-inference", operation, "iris")
    assert route.vendor_target("theirs") == target


@pytest.mark.parametrize(
    "path, name",
    [
        ("/v1/models", "models"),
        ("/v2", "server"),
        ("/v2/health/live", "live"),
        ("/v2/health/ready", "ready"),
        ("/ping", "ping"),
        ("/health", "ping"),
        ("/version", "version"),
    ],
)
def test_what_the_gateway_answers_itself(path: str, name: str) -> None:
    found = match("GET", path.encode())
    assert isinstance(found, Local)
    assert found.name == name
    assert found.route.operation is Operation.READ


@pytest.mark.parametrize(
    "path, protocol",
    [
        ("/", "openai-chat"),
        ("/v1/completions", "openai-chat"),
        ("/v1/chat/completions/", "openai-chat"),
        ("/V1/chat/completions", "openai-chat"),
        ("/v1//chat/completions", "openai-chat"),
        ("/v1/messages/batches", "anthropic-messages"),
        ("/v1/messagesx", "openai-chat"),
        ("/v2/", "open-inference"),
        ("/v2/repository/index", "open-inference"),
        ("/v2/models/", "open-inference"),
        ("/v2/models/iris/versions/1/infer/more", "open-inference"),
        ("/v2/models//infer", "open-inference"),
        ("/v2/models/a/" + "b" * 10_000, "open-inference"),
        ("/invocations/more", "mlflow"),
    ],
)
def test_unknown_paths_are_refused_in_the_callers_protocol(path: str, protocol: str) -> None:
    found = match("POST", path.encode())
    assert isinstance(found, Mismatch)
    assert (found.refusal.code, found.protocol.name, found.allow) == (Code.UNKNOWN_ROUTE, protocol, ())


@pytest.mark.parametrize(
    "method, path, allow",
    [
        ("GET", "/v1/chat/completions", ("POST",)),
        ("DELETE", "/v1/messages", ("POST",)),
        ("POST", "/v1/models", ("GET",)),
        ("GET", "/v2/models/iris/infer", ("POST",)),
        ("POST", "/v2/models/iris", ("GET",)),
        ("POST", "/v2/models/iris/ready", ("GET",)),
        ("post", "/v1/responses", ("POST",)),
    ],
)
def test_a_wrong_method_names_the_right_one(method: str, path: str, allow: tuple[str, ...]) -> None:
    found = match(method, path.encode())
    assert isinstance(found, Mismatch)
    assert (found.refusal.code, found.allow) == (Code.WRONG_METHOD, allow)
    assert allow[0] in found.refusal.message


@pytest.mark.parametrize(
    "name",
    [
        "..",
        ".",
        "%2e%2e",
        "%2E",
        "a%2Fb",
        "%2f",
        "a%5Cb",
        "a%00b",
        "%00",
        "a%0d%0ab",
        "%7f",
        "%ff",
        "%e2%80%ae",
        "%E2%80%8B",
        "x" * (MAX_NAME + 1),
        "%41" * (MAX_NAME + 1),
    ],
)
def test_names_that_could_lead_elsewhere_are_refused(name: str) -> None:
    for path in (f"/v2/models/{name}/infer", f"/v2/models/iris/versions/{name}/infer"):
        found = match("POST", path.encode())
        assert isinstance(found, Mismatch)
        assert (found.refusal.code, found.protocol.name) == (Code.INVALID_REQUEST, "open-inference")
        assert "%" not in found.refusal.message


@given(st.text(min_size=1, max_size=20))
def test_a_name_reaches_the_vendor_as_one_segment(name: str) -> None:
    try:
        encoded = quote(name, safe="")
    except UnicodeEncodeError:
        return
    found = match("POST", f"/v2/models/{encoded}/infer".encode())
    if isinstance(found, Route):
        assert found.model == name
        assert found.vendor_target(name) == f"/v2/models/{encoded}/infer"
        assert found.vendor_target(name).count("/") == 4
    else:
        assert isinstance(found, Mismatch)


@given(st.binary(max_size=60), st.sampled_from(["GET", "POST", "PUT", ""]))
def test_no_path_is_too_strange_to_refuse(path: bytes, method: str) -> None:
    assert isinstance(match(method, b"/v2/models/" + path), Route | Mismatch)
    assert isinstance(match(method, path), Route | Local | Mismatch)


def test_a_route_reads_bodies_of_both_kinds() -> None:
    chat = _route("POST", "/v1/chat/completions")
    document, call = chat.read(b'{"model":"m","messages":[{"role":"user","content":"hi"}]}', [])
    assert (call.model, call.size, document["model"]) == ("m", 57, "m")

    head = (
        b'{"model":"stray","inputs":[{"name":"x","datatype":"INT8","shape":[2],"parameters":{"binary_data_size":2}}]}'
    )
    infer = _route("POST", "/v2/models/iris/infer")
    headers = [(b"inference-header-content-length", str(len(head)).encode())]
    document, call = infer.read(head + b"\x01\xff", headers)
    assert (call.model, call.tensors[0].values, document["model"]) == ("iris", (1, -1), "stray")

    assert _route("GET", "/v2/models/iris").read(b"", [])[1].model == "iris"
    with pytest.raises(Unreadable):
        _route("GET", "/v2/models/iris").read(b"{}", [])


@pytest.mark.parametrize("values", [[b""], [b"-1"], [b"1.0"], [b"1", b"2"], [b"9" * 13], [b"\xb2"], [b"999"]])
def test_a_false_length_of_the_head_is_refused(values: list[bytes]) -> None:
    infer = _route("POST", "/v2/models/iris/infer")
    with pytest.raises(Unreadable) as raised:
        infer.read(b"{}", [(b"inference-header-content-length", value) for value in values])
    assert raised.value.refusal.code is Code.INVALID_REQUEST
