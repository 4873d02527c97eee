"""JSON Schemas that people declare: compiled with every reference inside the schema, never fetched from anywhere."""

from __future__ import annotations

from typing import Any, NoReturn

import jsonschema_rs


def compile_schema(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    """A validator for the schema. Raises ValueError for one that is invalid or that refers outside itself."""
    try:
        return jsonschema_rs.validator_for(schema, retriever=_refuse)
    except (jsonschema_rs.ReferencingError, ValueError) as fault:
        raise ValueError(f"the JSON Schema cannot be used: {str(fault).splitlines()[0][:200]}") from None


def _refuse(uri: str) -> NoReturn:
    raise ValueError("references must lead to a place within the schema, such as #/$defs/name")
