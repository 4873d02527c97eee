"""Requests that no server should pass on: broken as text, as JSON, as a request of its protocol, as features."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from prodworthy.assurance.drills.speech import Document, Said
from prodworthy.assurance.drills.voice import Voice
from prodworthy.policy.core.refusal import Code

_JSON = frozenset({Code.BAD_JSON})
_FIELD = frozenset({Code.INVALID_REQUEST})
_FEATURE = frozenset({Code.INVALID_REQUEST, Code.CONTRACT_VIOLATION})
_DEEP = 10_000


class Malformed(msgspec.Struct, frozen=True):
    """One bad request: what is wrong with it, its body, and the codes of which one must be the refusal's."""

    what: str
    body: bytes
    codes: frozenset[Code]
    headers: Mapping[str, str] = {}


def malformed(voice: Voice, largest: int) -> tuple[Malformed, ...]:
    """Bad requests for this workload; `largest` is how many bytes a body may have."""
    document = voice.document(Said("Say yes."))
    fields = _TENSORS.get(voice.speech.name, _texts)
    return (*_documents(document, largest), *_missing(voice, document), *fields(voice, document))


def _documents(good: Document, largest: int) -> Iterator[Malformed]:
    """Broken before anything is read of it."""
    body = json.dumps(good).encode()
    rest = b"," + body[1:]
    yield Malformed("no body", b"", _JSON)
    yield Malformed("JSON that breaks off", body[:-1], _JSON)
    yield Malformed("text after the JSON", body + b"}", _JSON)
    yield Malformed("JSON that is no object", b"[" + body + b"]", _JSON)
    yield Malformed("bytes that are no UTF-8", b'{"note":"\xff\xfe"' + rest, _JSON)
    yield Malformed("half of a pair of surrogates", b'{"note":"\\ud800"' + rest, _JSON)
    yield Malformed("a number that is none", b'{"note":NaN' + rest, _JSON)
    yield Malformed("a number beyond all bounds", b'{"note":1e999' + rest, _JSON)
    first = json.dumps(next(iter(good))).encode()
    yield Malformed("a key twice", b"{" + first + b":null" + rest, frozenset({Code.DUPLICATE_KEY}))
    for deep in (200, _DEEP):
        nested = b'{"note":' + b"[" * deep + b"]" * deep + rest
        yield Malformed(f"nested {deep} levels deep", nested, frozenset({Code.TOO_DEEP}))
    yield Malformed("a body too large", body + b" " * (largest + 1 - len(body)), frozenset({Code.BODY_TOO_LARGE}))
    squeezed, encoding = gzip.compress(body), {"Content-Encoding": "gzip"}
    yield Malformed("a compressed body", squeezed, frozenset({Code.UNSUPPORTED_ENCODING}), encoding)


def _missing(voice: Voice, good: Document) -> Iterator[Malformed]:
    for field in voice.speech.required:
        without = {name: value for name, value in good.items() if name != field}
        yield _bad(f"without {field}", without, _FIELD)


def _texts(voice: Voice, good: Document) -> Iterator[Malformed]:
    """Fields of the wrong type in a request for text."""
    turns = "messages" if "messages" in good else "input"
    limit = next(name for name in good if name.startswith("max_"))
    wrong: tuple[tuple[str, Any], ...] = (
        ("model", 7),
        ("model", None),
        (turns, 7),
        (turns, ["hello"]),
        (turns, [{"role": 7, "content": "hello"}]),
        ("stream", "yes"),
        ("tools", "all"),
        ("tools", [7]),
        (limit, -1),
        (limit, "many"),
        (limit, 2**40),
    )
    for field, value in wrong:
        yield _bad(f"{field} as {json.dumps(value)[:40]}", {**good, field: value}, _FIELD)


def _inference(voice: Voice, good: Document) -> Iterator[Malformed]:
    """Tensors that do not fit themselves, their protocol, or the declared features."""

    def changed(what: str, **values: Any) -> Malformed:
        document = copy.deepcopy(good)
        document["inputs"][0] |= values
        return _bad(what, document, _FEATURE)

    first = good["inputs"][0]
    yield _bad("inputs as text", {**good, "inputs": "all"}, _FIELD)
    yield _bad("no inputs", {**good, "inputs": []}, _FIELD)
    yield _bad("an input twice", {**good, "inputs": [*good["inputs"], first]}, _FIELD)
    yield changed("data that do not fit the shape", shape=[*first["shape"], 7])
    yield changed("a shape below zero", shape=[-2])
    yield changed("a shape as text", shape="wide")
    yield changed("a datatype that does not exist", datatype="FP7")
    yield changed("values of another type than the datatype", data=[{"a": 1}] * len(first["data"]))
    yield changed("no data", data=None)
    yield changed("more binary data than the body holds", data=None, parameters={"binary_data_size": 4_096})
    head = {"Inference-Header-Content-Length": "99999999"}
    yield Malformed("a head longer than the body", json.dumps(good).encode(), _FIELD, head)
    if voice.contract.features:
        other = "INT64" if first["datatype"] != "INT64" else "BYTES"
        data = [1 if other == "INT64" else "one"] * len(first["data"])
        extra = {**first, "name": "drill-unknown"}
        yield changed("another datatype than the declared one", datatype=other, data=data)
        yield changed("another shape than the declared one", shape=[*first["shape"], 1])
        yield _bad("an input that is not declared", {**good, "inputs": [*good["inputs"], extra]}, _FEATURE)
        yield _bad("an input under another name", {**good, "inputs": [extra, *good["inputs"][1:]]}, _FEATURE)


def _invocation(voice: Voice, good: Document) -> Iterator[Malformed]:
    """Tables that do not fit themselves, or the declared features."""
    params = {"params": good["params"]} if "params" in good else {}
    wrong: tuple[tuple[str, Document], ...] = (
        ("no features at all", {}),
        ("two forms at once", {"instances": [[1.0]], "inputs": [[1.0]]}),
        ("rows of unequal length", {"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2], [3]]}}),
        ("a column twice", {"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}),
        ("rows that are no lists", {"dataframe_split": {"columns": ["a"], "data": [1]}}),
        ("records that are no objects", {"dataframe_records": [1, 2]}),
        ("instances as text", {"instances": "all"}),
        ("inputs as text", {"inputs": "all"}),
    )
    for what, document in wrong:
        yield _bad(what, {**params, **document}, _FEATURE)
    yield _bad("params as a list", {**good, "params": [1]}, _FIELD)
    if voice.contract.features:
        yield _bad("a feature that is not declared", {"inputs": {"drill-unknown": [1.0]}}, _FEATURE)
        names = [feature.name for feature in voice.contract.features]
        yield _bad("features of another type", {"inputs": {name: [[True, "one"]] for name in names}}, _FEATURE)


_TENSORS: Mapping[str, Callable[[Voice, Document], Iterator[Malformed]]] = {
    "open-inference": _inference,
    "mlflow": _invocation,
}


def _bad(what: str, document: Document, codes: frozenset[Code]) -> Malformed:
    return Malformed(what, json.dumps(document).encode(), codes)
