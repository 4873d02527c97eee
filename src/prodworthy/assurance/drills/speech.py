"""Requests in each protocol that workloads speak, and its error body, as their published references have them.

Built here a second time, apart from what the gateway reads them with: a client does not borrow its server's mind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from prodworthy.policy.controls.input_governance.input_contract import Feature
from prodworthy.policy.core.exchange import Operation

Document = dict[str, Any]

TOOL = "drill_lookup"
"""The tool that a drill's requests pretend to have called."""


class Said(msgspec.Struct, frozen=True):
    """What a request says: as the user, as the system, in a tool's result; the most tokens that it wants."""

    text: str
    system: str = ""
    tool: str = ""
    stream: bool = False
    tokens: int = 32


class Subject(msgspec.Struct, frozen=True):
    """What is asked: a model by the name that clients use, and the features of one that predicts."""

    model: str
    features: tuple[Feature, ...] = ()


class Speech(msgspec.Struct, frozen=True):
    """One protocol. `name` is how the journal calls it, `api` the vendor's; `path` may hold `{model}`.

    `positions` are the places besides the user's text that requests have: system, tool. `required` are the top-level
    fields that no request can do without. `code` reads the stable code from an error body of the protocol's own shape,
    "" for a body of another.
    """

    name: str
    api: str
    operation: Operation
    path: str
    build: Callable[[Subject, Said], Document]
    code: Callable[[Any], str]
    positions: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    streams: bool = False


def _chat(subject: Subject, said: Said) -> Document:
    messages: list[Document] = [{"role": "system", "content": said.system}] if said.system else []
    messages.append({"role": "user", "content": said.text})
    if said.tool:
        call = {"id": "call_drill", "type": "function", "function": {"name": TOOL, "arguments": "{}"}}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": "call_drill", "content": said.tool})
    document = {"model": subject.model, "messages": messages, "max_completion_tokens": said.tokens}
    return {**document, "stream": True} if said.stream else document


def _respond(subject: Subject, said: Said) -> Document:
    items: list[Document] = [{"role": "user", "content": said.text}]
    if said.tool:
        items.append({"type": "function_call", "call_id": "call_drill", "name": TOOL, "arguments": "{}"})
        items.append({"type": "function_call_output", "call_id": "call_drill", "output": said.tool})
    document: Document = {"model": subject.model, "input": items, "max_output_tokens": said.tokens}
    if said.system:
        document["instructions"] = said.system
    return {**document, "stream": True} if said.stream else document


def _messages(subject: Subject, said: Said) -> Document:
    messages: list[Document] = [{"role": "user", "content": said.text}]
    document: Document = {"model": subject.model, "max_tokens": said.tokens, "messages": messages}
    if said.system:
        document["system"] = said.system
    if said.tool:
        use = {"type": "tool_use", "id": "toolu_drill", "name": TOOL, "input": {}}
        result = {"type": "tool_result", "tool_use_id": "toolu_drill", "content": said.tool}
        messages += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
        schema = {"type": "object", "properties": {}}
        document["tools"] = [{"name": TOOL, "description": "Looks something up.", "input_schema": schema}]
    return {**document, "stream": True} if said.stream else document


def _infer(subject: Subject, said: Said) -> Document:
    inputs = [
        {
            "name": feature.name,
            "datatype": feature.datatype,
            "shape": [1 if side == -1 else side for side in feature.shape],
            "data": values_of(feature, said.text),
        }
        for feature in subject.features
    ]
    return {"parameters": {"note": said.text}, "inputs": inputs} if said.text else {"inputs": inputs}


def _invoke(subject: Subject, said: Said) -> Document:
    features = subject.features
    values = {feature.name: values_of(feature, said.text) for feature in features}
    if not features:
        document: Document = {"instances": [[1.0, 2.0]]}
    elif all(len(feature.shape) == 1 for feature in features):
        row = [value[0] for value in values.values()]
        document = {"dataframe_split": {"columns": list(values), "data": [row]}}
    else:
        document = {"inputs": values}
    return {**document, "params": {"note": said.text}} if said.text else document


def values_of(feature: Feature, text: str) -> list[Any]:
    """As many values as the feature's shape has places (any length: 1), flat, within its range or categories."""
    count = 1
    for side in feature.shape:
        count *= 1 if side == -1 else side
    return [_value_of(feature, text)] * count


def _value_of(feature: Feature, text: str) -> Any:
    if feature.categories:
        return feature.categories[0]
    if feature.datatype == "BYTES":
        return text or "example"
    if feature.datatype == "BOOL":
        return True
    low = feature.minimum if feature.minimum is not None else min(1.0, feature.maximum or 1.0)
    middle = (low + feature.maximum) / 2 if feature.maximum is not None else low
    return middle if feature.datatype.startswith(("FP", "BF")) else round(middle)


def _openai_code(told: Any) -> str:
    error = told.get("error") if isinstance(told, dict) else None
    return _text(error, "code") if _text(error, "message") and _text(error, "type") else ""


def _anthropic_code(told: Any) -> str:
    return _openai_code(told) if _text(told, "type") == "error" else ""


def _inference_code(told: Any) -> str:
    return _text(told, "code") if _text(told, "error") else ""


def _mlflow_code(told: Any) -> str:
    return _text(told, "code") if _text(told, "error_code") and _text(told, "message") else ""


def _text(told: Any, name: str) -> str:
    value = told.get(name) if isinstance(told, dict) else None
    return value if isinstance(value, str) else ""


_SPOKEN = ("system", "tool")

SPEECHES: Mapping[str, Speech] = {
    speech.name: speech
    for speech in (
        Speech(
            "openai-chat",
            "openai",
            Operation.CHAT,
            "/v1/chat/completions",
            _chat,
            _openai_code,
            _SPOKEN,
            ("model", "messages"),
            True,
        ),
        Speech(
            "openai-responses",
            "openai",
            Operation.RESPOND,
            "/v1/responses",
            _respond,
            _openai_code,
            _SPOKEN,
            ("model",),
            True,
        ),
        Speech(
            "anthropic-messages",
            "anthropic",
            Operation.CHAT,
            "/v1/messages",
            _messages,
            _anthropic_code,
            _SPOKEN,
            ("model", "messages"),
            True,
        ),
        Speech(
            "open-inference",
            "open-inference",
            Operation.PREDICT,
            "/v2/models/{model}/infer",
            _infer,
            _inference_code,
            required=("inputs",),
        ),
        Speech("mlflow", "mlflow", Operation.PREDICT, "/invocations", _invoke, _mlflow_code),
    )
}
"""By name; the first of an API is the one that a workload without traffic is taken to speak."""
