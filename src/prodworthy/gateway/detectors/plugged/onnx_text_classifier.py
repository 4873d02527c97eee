"""Plug-in `onnx-text-classifier`: any text classifier in ONNX form, from local files, on the CPU."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.plugged.fault import PluginFault, Unmeasured, need, read_options
from prodworthy.policy.core.exchange import Passage
from prodworthy.policy.core.facts import Finding

_REMEDY = "'prodworthy[onnx]'"
_INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})


class OnnxOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`model` and `tokenizer` (a `tokenizer.json`) are paths; `kinds` gives the outputs that count their kinds.

    Texts are read in windows of `characters`, each cut to `tokens`. `independent` outputs are probabilities of their
    own (sigmoid), otherwise they share one (softmax). `roles` limits who must have written a text; empty: anybody.
    """

    model: str
    tokenizer: str
    kinds: dict[int, str]
    threshold: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    characters: Annotated[int, msgspec.Meta(ge=50, le=100_000)] = 1_500
    tokens: Annotated[int, msgspec.Meta(ge=8, le=8_192)] = 512
    threads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    independent: bool = False
    roles: tuple[str, ...] = ()


class OnnxTextClassifier:
    """A finding is a window whose probability reaches the threshold. The interpreter lock is released meanwhile."""

    def __init__(self, options: OnnxOptions, name: str) -> None:
        """Load the model. Raises PluginFault for a missing package, and for files that cannot be loaded or used."""
        self.fact = name
        self._options = options
        self._numpy = need("numpy", name, _REMEDY)
        runtime = need("onnxruntime", name, _REMEDY)
        tokenizers = need("tokenizers", name, _REMEDY)
        settings = runtime.SessionOptions()
        settings.intra_op_num_threads = options.threads
        settings.inter_op_num_threads = 1
        self._faults = _faults(runtime)
        refused: tuple[type[Exception], ...] = (*self._faults, RuntimeError, OSError, ValueError)
        try:
            self._session = runtime.InferenceSession(options.model, settings, providers=["CPUExecutionProvider"])
        except refused as error:
            raise PluginFault(f"detector {name}: the model {options.model} cannot be loaded: {error}") from error
        self._tokenizer = _tokenizer(tokenizers, self._numpy, options, name)
        self._inputs = [each.name for each in self._session.get_inputs()]
        if unknown := sorted(set(self._inputs) - _INPUTS):
            raise PluginFault(f"detector {name}: the model has inputs that no tokenizer gives: {', '.join(unknown)}")
        outputs = len(self._probabilities("a"))
        if unknown_kinds := sorted(each for each in options.kinds if not 0 <= each < outputs):
            raise PluginFault(f"detector {name}: the model has {outputs} outputs, and none numbered {unknown_kinds}")

    def measure(self, reading: Reading) -> tuple[Finding, ...]:
        """Classify every window of every text whose role counts."""
        roles = self._options.roles
        return tuple(
            finding
            for passage in reading.texts
            if not roles or passage.role in roles
            for finding in self._classify(passage)
        )

    def _classify(self, passage: Passage) -> Iterator[Finding]:
        step = self._options.characters
        for start in range(0, len(passage.text), step):
            window = passage.text[start : start + step]
            probabilities = self._probabilities(window)
            for output, kind in self._options.kinds.items():
                if probabilities[output] >= self._options.threshold:
                    at = passage.start + start
                    yield Finding(passage.part, at, at + len(window), kind, min(1.0, probabilities[output]))

    def _probabilities(self, window: str) -> list[float]:
        numpy = self._numpy
        # A tokenizer takes no lone surrogates.
        read = self._tokenizer.encode(window.encode("utf-8", "replace").decode("utf-8"))
        given = {"input_ids": read.ids, "attention_mask": read.attention_mask, "token_type_ids": read.type_ids}
        feed = {name: numpy.array([given[name]], dtype=numpy.int64) for name in self._inputs}
        try:
            logits = numpy.asarray(self._session.run(None, feed)[0], dtype=numpy.float64).reshape(-1)
        except self._faults as error:
            raise Unmeasured(f"detector {self.fact}: the model cannot run: {type(error).__name__}") from None
        if self._options.independent:
            return [float(each) for each in 1 / (1 + numpy.exp(-numpy.clip(logits, -500, 500)))]
        powers = numpy.exp(logits - logits.max())
        return [float(each) for each in powers / powers.sum()]


def factory(options: Mapping[str, Any], name: str) -> OnnxTextClassifier:
    """The entry point. Raises PluginFault, see `OnnxTextClassifier`."""
    return OnnxTextClassifier(read_options(options, OnnxOptions, name), name)


def _tokenizer(tokenizers: Any, numpy: Any, options: OnnxOptions, name: str) -> Any:
    try:
        # Of a file the package would tell any fault by a bare Exception, of a buffer by ValueError.
        tokenizer = tokenizers.Tokenizer.from_buffer(numpy.fromfile(options.tokenizer, dtype=numpy.uint8).tobytes())
    except (OSError, ValueError) as error:
        raise PluginFault(f"detector {name}: the tokenizer {options.tokenizer} cannot be loaded: {error}") from error
    tokenizer.enable_truncation(options.tokens)
    tokenizer.no_padding()
    return tokenizer


def _faults(runtime: Any) -> tuple[type[Exception], ...]:
    """The exceptions by which the runtime refuses a model; they share no base class of their own."""
    state = runtime.capi.onnxruntime_pybind11_state
    return tuple(
        getattr(state, each) for each in ("Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoSuchFile")
    )
