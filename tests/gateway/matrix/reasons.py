"""Why a cell of the matrix has no result: few rules, each with its reason. A cell has a result or one of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.gateway.matrix.controls import ANSWER, REQUEST

GENERATIVE = frozenset({"chat", "responses", "messages"})
OPENAI = frozenset({"chat", "responses"})
CLASSIC = frozenset({"infer", "mlflow"})


class Cell(NamedTuple):
    """One cell: who speaks how, where the text stands, who decides, and what happens."""

    protocol: str
    stream: bool
    direction: str
    place: str
    criterion: str
    outcome: str

    def __str__(self) -> str:
        mode = "streamed" if self.stream else "whole"
        return f"{self.protocol} {mode}, {self.direction}: {self.place}, {self.criterion}, {self.outcome}"


class Rule(NamedTuple):
    """Cells without a result, and why. Where it `exempts`, a cell could be run; elsewhere there is nothing to run."""

    reason: str
    holds: Callable[[Cell], bool]
    exempts: bool = False


def _answers_only(*criteria: str) -> Callable[[Cell], bool]:
    return lambda cell: cell.direction == REQUEST and cell.criterion in criteria


def _place(direction: str, *places: str, but: frozenset[str]) -> Callable[[Cell], bool]:
    """These places, for every protocol that is not named."""
    return lambda cell: cell.direction == direction and cell.place in places and cell.protocol not in but


RULES: tuple[Rule, ...] = (
    # who is asked where
    Rule("the API has no streamed answers", lambda cell: cell.stream and cell.protocol not in GENERATIVE),
    Rule("stands before the model; what a model may say is for PSF-1.5, 2.3 and 2.4",
         lambda cell: cell.direction == ANSWER and cell.criterion == "PSF-1.1"),
    Rule("judges answers; a request has none", _answers_only("PSF-2.1", "PSF-2.2", "PSF-2.3", "PSF-2.4", "PSF-2.5")),
    # verdicts that a control cannot give
    Rule("no setting of this control lets anybody wait for a person",
         lambda cell: cell.outcome == "hold" and cell.criterion not in ("PSF-1.1", "PSF-2.2")),
    Rule("who reaches for the system prompt is stopped, not edited",
         lambda cell: cell.outcome == "redact" and cell.criterion == "PSF-1.5" and cell.direction == REQUEST),
    Rule("an answer off its contract is not edited: PSF-2.2 replaces it",
         lambda cell: cell.outcome == "redact" and cell.criterion in ("PSF-2.1", "PSF-2.3")),
    Rule("looks at answers that went out, and changes none",
         lambda cell: cell.outcome == "redact" and cell.criterion == "PSF-2.5"),
    Rule("decides on what is kept, and stops nothing",
         lambda cell: cell.outcome == "block" and cell.criterion == "PSF-1.3"),
    Rule("an error of the vendor's is no answer: there is no contract for it, and nothing to take its place",
         lambda cell: cell.place == "vendor's error"
         and cell.criterion in ("PSF-2.1", "PSF-2.2", "PSF-2.3", "PSF-2.5"), exempts=True),
    Rule("no text can stand in for a vector or a prediction",
         lambda cell: cell.outcome == "redact" and cell.criterion == "PSF-2.2" and cell.protocol not in GENERATIVE,
         exempts=True),
    # what nothing reads, by decision: see `gateway/protocols/texts.py`
    Rule("an id or a word of the protocol: up to 128 characters without a space are taken for one, and not read",
         lambda cell: cell.place == "id", exempts=True),
    Rule("sealed by the vendor for itself: nobody else can read or write it",
         lambda cell: cell.place == "sealed by the vendor", exempts=True),
    # places that a protocol does not have
    Rule("no conversation: the request has no roles, no tools and no earlier answers",
         _place(REQUEST, "system", "user", "user, in blocks", "assistant history", "tool definition", "tool result",
                "tool arguments", "structured output", "citation", "retrieved text", "picture's words",
                "picture's address", "reasoning", but=GENERATIVE)),
    Rule("only OpenAI's APIs have this role", _place(REQUEST, "developer", but=OPENAI)),
    Rule("only this API has a system field of blocks",
         _place(REQUEST, "system, in blocks", but=frozenset({"messages"}))),
    Rule("other APIs name no speaker within a role", _place(REQUEST, "other agent", but=frozenset({"chat"}))),
    Rule("only OpenAI's APIs carry arguments as JSON within JSON",
         _place(REQUEST, "tool arguments, escaped", but=OPENAI)),
    Rule("the result of a tool is one string here", _place(REQUEST, "tool result, in blocks",
                                                          but=frozenset({"chat", "messages"}))),
    Rule("other APIs have no blocks of search results", _place(REQUEST, "search result", but=frozenset({"messages"}))),
    Rule("a refusal is ordinary text of the assistant here, or there is none", _place(REQUEST, "refusal", but=OPENAI)),
    Rule("only responses name a stored prompt", _place(REQUEST, "prompt's variables", but=frozenset({"responses"}))),
    Rule("only embeddings have a bare input", _place(REQUEST, "embeddings input", "embeddings input, a list",
                                                     but=frozenset({"embeddings"}))),
    Rule("only classic models have features", _place(REQUEST, "scorer's features", "name of a feature", but=CLASSIC)),
    Rule("only Open Inference has binary tensors",
         _place(REQUEST, "scorer's features, binary", but=frozenset({"infer"}))),
    Rule("a form of MLflow's own",
         _place(REQUEST, "scorer's features, as records", "scorer's features, as instances",
                "scorer's features, as inputs", but=frozenset({"mlflow"}))),
    Rule("the API has no field for the end user, or it is part of the metadata",
         _place(REQUEST, "user field", but=OPENAI | {"embeddings"})),
    Rule("embeddings have no metadata", _place(REQUEST, "metadata", but=GENERATIVE | CLASSIC)),
    Rule("the answer has no text of a model's",
         _place(ANSWER, "text", "structured output", "picture's words", "picture's address", "image", "reasoning",
                "refusal", "tool arguments", "tool's name", "citation", "unknown field",
                "unknown field, piece by piece", but=GENERATIVE)),
    Rule("only OpenAI's APIs carry arguments as JSON within JSON; the others' are streamed as JSON, whole as objects",
         _place(ANSWER, "tool arguments, escaped", but=GENERATIVE)),
    Rule("a call is a block or an item of its own here, whose fields are told from the others'",
         _place(ANSWER, "unknown field of a call, piece by piece", but=frozenset({"chat"}))),
    Rule("only OpenAI's APIs tell how probable each token was",
         _place(ANSWER, "probabilities of tokens", but=OPENAI)),
    Rule("only responses have tools with free input", _place(ANSWER, "tool input, free", but=frozenset({"responses"}))),
    Rule("the vendor runs no tools in this API",
         _place(ANSWER, "vendor's tool result", but=frozenset({"responses", "messages"}))),
    Rule("only classic models have such outputs", _place(ANSWER, "scorer's outputs", but=CLASSIC)),
    Rule("the answer has no metadata, or repeats the caller's own, which was read on its way in",
         _place(ANSWER, "metadata", but=frozenset({"chat"}) | CLASSIC)),
)  # fmt: skip


def reasons(cell: Cell) -> list[Rule]:
    """Every reason why a cell has no result."""
    return [rule for rule in RULES if rule.holds(cell)]
