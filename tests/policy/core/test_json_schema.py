from __future__ import annotations

import pytest

from prodworthy.policy.core.json_schema import compile_schema


def test_a_schema_judges() -> None:
    schema = {
        "type": "object",
        "required": ["risk"],
        "properties": {"risk": {"$ref": "#/$defs/level"}},
        "$defs": {"level": {"enum": ["low", "high"]}},
    }
    validator = compile_schema(schema)
    assert validator.is_valid({"risk": "low"})
    assert not validator.is_valid({"risk": "none"})


@pytest.mark.parametrize("reference", ["http://127.0.0.1:9/schema.json", "file:///etc/hostname", "other.json"])
def test_nothing_is_fetched(reference: str) -> None:
    with pytest.raises(ValueError, match="JSON Schema cannot be used"):
        compile_schema({"$ref": reference})


def test_an_invalid_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON Schema cannot be used"):
        compile_schema({"type": "no such type"})
