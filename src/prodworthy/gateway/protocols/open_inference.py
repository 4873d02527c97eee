"""Open Inference Protocol v2 (the KServe, Triton and MLServer predict protocol): inference, metadata and health.

A body is a JSON object, or with the binary tensor extension a JSON head whose length a header tells, followed by the
raw bytes of the tensors in the order of the inputs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.document import read_document
from prodworthy.gateway.protocols.fields import invalid, required
from prodworthy.gateway.protocols.heard import Heard, read_object, without
from prodworthy.gateway.protocols.protocol import NO_CALLS, Mark, Rendered, Wish, refusal_headers
from prodworthy.gateway.protocols.tensors import read_tensors
from prodworthy.gateway.protocols.texts import Texts
from prodworthy.policy.core.exchange import Answer, Call, Finish, Operation, Passage, Tensor
from prodworthy.policy.core.refusal import Code, Refusal

HEADER_LENGTH = b"inference-header-content-length"
"""The header that tells the length of the JSON head, in bytes."""


class _Inferred(msgspec.Struct):
    """An inference answer's head: the tensors themselves are passed on unread."""

    outputs: list[dict[str, msgspec.Raw]]
    model_name: str | None = None
    model_version: str | None = None


_read = msgspec.json.Decoder(_Inferred).decode
_json = json.JSONDecoder()


class OpenInference:
    """The Open Inference API."""

    name = "open-inference"
    vendor = "open-inference"

    def read_body(self, body: bytes, header_length: int | None) -> tuple[dict[str, Any], memoryview]:
        """The JSON head, and the raw bytes after it; without `header_length` all of the body is JSON. Raises
        Unreadable."""
        if header_length is not None and header_length > len(body):
            raise invalid("Inference-Header-Content-Length", "must not be larger than the body")
        head = body if header_length is None else body[:header_length]
        return read_document(head), memoryview(body)[len(head) :]

    def read_call(self, operation: Operation, document: Mapping[str, Any], size: int) -> Call:
        """Read a request without binary tensors. Raises Unreadable naming the field."""
        if operation is Operation.READ:
            return Call(operation)
        return self.read_infer(document, memoryview(b""), "", size)

    def read_infer(self, document: Mapping[str, Any], tail: memoryview, model: str, size: int) -> Call:
        """Read an inference request with the raw bytes of its binary tensors. Raises Unreadable naming the field."""
        inputs = required(document, "inputs", list)
        texts = Texts()
        texts.rest(document, frozenset())
        tensors = read_tensors(inputs, tail)
        for tensor in tensors if tail else ():
            _read_strings(tensor, texts)
        passages, unread = tuple(texts.found), tuple(texts.unread)
        return Call(Operation.PREDICT, model, size=size, tensors=tensors, passages=passages, unread=unread)

    def reader(self, call: Call, document: Mapping[str, Any], listen: bool) -> InferenceReader:
        """A reader for the answer; metadata and health are passed on as they are."""
        return InferenceReader(call.operation is Operation.PREDICT, listen)

    def refuse(self, refusal: Refusal, exchange: str) -> Rendered:
        """The protocol's error body, which knows one member, and our code beside it."""
        error = {"error": refusal.text, "code": refusal.code.value}
        body = msgspec.json.encode({**error, "exchange": exchange} if exchange else error)
        return Rendered(refusal.code.status, refusal_headers(refusal), body)

    def refuse_in_stream(self, refusal: Refusal, exchange: str) -> bytes:
        """Inferences are never streamed; the error body is all there is to say."""
        return self.refuse(refusal, exchange).body

    def adapt(self, document: Mapping[str, Any], wish: Wish) -> dict[str, bytes]:
        """Nothing to ask for."""
        return {}

    def safe_answer(self, call: Call, text: str, exchange: str) -> Rendered:
        """No text can stand in for a prediction: a refusal."""
        return self.refuse(Refusal(Code.OUTPUT_INVALID, "No text can stand in for a prediction."), exchange)


class InferenceReader:
    """Reads an inference answer's head."""

    def __init__(self, inferred: bool, listen: bool) -> None:
        """`inferred`: the answer to an inference, not to a question about the server."""
        self._inferred = inferred
        self._listens = listen
        self.heard: Heard | None = None
        self.called = NO_CALLS
        self._answer = Answer()
        self.ended = False

    def whole(self, body: bytes) -> None:
        """Read the answer's head."""
        if self._inferred:
            self._answer = self._read(body)
        self.ended = True

    def event(self, event: bytes) -> Mark:
        """Inferences are never streamed."""
        raise AnswerBroken("a stream where one answer was due")

    def answer(self) -> Answer:
        """What was answered."""
        return self._answer

    def _read(self, body: bytes) -> Answer:
        try:
            head = body
            try:
                read = _read(head)
            except msgspec.DecodeError:
                head = _head(body)
                read = _read(head)
            if self._listens:
                self._hear(head, len(head) < len(body))
        except (msgspec.DecodeError, ValueError, RecursionError):
            raise AnswerBroken("an inference answer that is not well formed") from None
        model = read.model_name or ""
        if model and read.model_version:
            model = f"{model}:{read.model_version}"
        return Answer(model=model, finish=Finish.STOP)

    def _hear(self, head: bytes, binary: bool) -> None:
        heard = self.heard = Heard(read_object(head))
        heard.take(without(heard.document, "model_name", "model_version"), "", "")
        if binary:
            outputs = heard.document["outputs"]
            texts = any(output.get("datatype") == "BYTES" for output in outputs)
            heard.unread.update({"tensor": None} if texts else {})


def _read_strings(tensor: Tensor, texts: Texts) -> None:
    """Take the strings of a binary tensor. They stand in no document, so no edit can reach them."""
    if tensor.datatype != "BYTES":
        return
    values = tensor.values
    if values is None or not all(isinstance(value, str) for value in values):
        texts.unread["tensor"] = None
    for index, value in enumerate(values or ()):
        if isinstance(value, str):
            texts.found.append(Passage(f"binary.{tensor.name}.{index}", "user", value))


def _head(body: bytes) -> bytes:
    """The JSON value that the body begins with; the bytes after it are tensors. Raises ValueError or RecursionError.

    Latin-1 maps every byte to one character, so that a position in the text is a position in the body.
    """
    text = body.decode("latin-1")
    start = len(text) - len(text.lstrip(" \t\r\n"))
    _, end = _json.raw_decode(text, start)
    return body[:end]
