"""PSF-2.1: where a JSON Schema is declared, the model is asked for it and every answer is checked against it."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from prodworthy.policy.controls.contract import Case, Control, Point, Stand
from prodworthy.policy.core.exchange import Answer
from prodworthy.policy.core.facts import Facts, SchemaCheck
from prodworthy.policy.core.json_schema import compile_schema
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Outcome, Verdict


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`schema`: the JSON Schema of the answer's text. `ask_model`: put it into requests that demand no format."""

    schema: dict[str, Any] | None = None
    ask_model: bool = True

    def __post_init__(self) -> None:
        """Raises ValueError for a schema that cannot be used, so that a manifest with one is refused."""
        if self.schema is not None:
            compile_schema(self.schema)


def decide(subject: Answer | None, facts: Facts, settings: Settings) -> Verdict:
    """Block an answer that the declared schema refuses. Tool calls and refusals are other states, judged elsewhere."""
    check = cast("SchemaCheck", facts["schema"])
    if check.valid:
        return ALLOW
    return Block(f"The answer does not follow its declared schema: {check.fault}.", Code.OUTPUT_INVALID)


_DECLARED = Settings(schema={"type": "object"})

CONTROL = Control(
    criterion="PSF-2.1",
    title="structured output contract",
    stands=(Stand(Point.RESPONSE, decide, needs=lambda settings: frozenset({"schema"}), whole=lambda settings: True),),
    settings=Settings,
    applies=lambda settings: settings.schema is not None,
    cases=(
        Case("an answer on schema passes", None, {"schema": SchemaCheck(True)}, Outcome.ALLOW, _DECLARED),
        Case(
            "an answer off schema is blocked",
            None,
            {"schema": SchemaCheck(False, "/risk is required")},
            Outcome.BLOCK,
            _DECLARED,
            Code.OUTPUT_INVALID,
        ),
        Case("an answer nobody checked is blocked", None, {}, Outcome.BLOCK, _DECLARED, Code.CANNOT_DECIDE),
    ),
)
