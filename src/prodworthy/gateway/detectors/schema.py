"""Fact `schema`: does the answer's text follow the declared JSON Schema?"""

from __future__ import annotations

from typing import Any

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.protocols.document import Unreadable, read_json
from prodworthy.policy.core.exchange import Finish, Passage
from prodworthy.policy.core.facts import SchemaCheck
from prodworthy.policy.core.json_schema import compile_schema


class SchemaDetector:
    """Checks answers against one schema, compiled once. No reference is fetched from anywhere."""

    fact = "schema"
    slow = False

    def __init__(self, schema: dict[str, Any]) -> None:
        """Compile the schema. Raises ValueError for one that is invalid."""
        self._validator = compile_schema(schema)

    def measure(self, reading: Reading) -> SchemaCheck:
        """Check every text that the model says. A pure tool call is not the final answer and passes; any other answer
        without text (a refusal) does not follow the schema."""
        contents = [text.text for text in reading.texts if is_content(text)]
        if not contents and reading.answer is not None and reading.answer.finish is Finish.TOOL:
            return SchemaCheck(True)
        if not contents:
            return SchemaCheck(False, "there is no text to check")
        for text in contents:
            fault = self._fault(text)
            if fault:
                return SchemaCheck(False, fault)
        return SchemaCheck(True)

    def _fault(self, text: str) -> str:
        try:
            instance = read_json(text.encode())
        except (Unreadable, UnicodeError):
            return "the text is not JSON"
        error = next(self._validator.iter_errors(instance), None)
        if error is None:
            return ""
        place = "/".join(str(step) for step in error.instance_path)
        rule = "/".join(str(step) for step in error.schema_path)
        return f"at /{place[:200]} the rule /{rule[:200]} is broken"


def is_content(text: Passage) -> bool:
    """Whether a text of an answer is what the model says: no thought, no tool's output, no argument."""
    return text.role == "assistant" and text.part.rpartition(".")[2] in ("content", "text")
