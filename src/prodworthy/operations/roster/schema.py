"""The manifest's JSON Schema (draft 2020-12), generated from its types, so that schema and types cannot disagree.

An editor completes and checks a manifest that begins with `# yaml-language-server: $schema=<file or address>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import msgspec

from prodworthy.policy.controls.contract import Control
from prodworthy.policy.core.manifest import Manifest

SCHEMA_ID = "urn:prodworthy:schema:workload:1"
SHORT_MODEL = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/\S(.*\S)?$"  # the vendor, then the model, which may hold slashes

_REF = "#/$defs/{name}"


def schema(controls: Mapping[str, Control] | None = None) -> dict[str, Any]:
    """The schema as published. With `controls`, each criterion's settings are described and no other is allowed."""
    catalogue = tuple(controls.values()) if controls is not None else ()
    types = (Manifest, *(control.settings for control in catalogue))
    roots, parts = msgspec.json.schema_components(types, ref_template=_REF)
    fields = _named(parts, roots[0])["properties"]
    fields["models"]["items"] = {"anyOf": [_short_model(), fields["models"]["items"]]}
    if controls is not None:
        entry = _named(parts, fields["controls"]["additionalProperties"])
        fields["controls"] = {
            "type": "object",
            "description": "The mode and settings of single controls, by criterion; others keep their defaults.",
            "properties": {
                control.criterion: _entry(control, entry, settings)
                for control, settings in zip(catalogue, roots[1:], strict=True)
            },
            "additionalProperties": False,
            "default": {},
        }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Prodworthy workload manifest",
        "description": "What a team declares of one AI workload: `workload.yaml`.",
        **roots[0],
        "$defs": {name: _tidy(part) for name, part in sorted(parts.items())},
    }


def validator(branched: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """A validator of a `branching` schema, which reports each fault at its own place, also below a choice of two types.

    It accepts what the published schema accepts, less `3.0` where a whole number is meant (the types refuse it too).
    """
    return jsonschema_rs.Draft202012Validator(branched, keywords={"whole": _Whole})


def branching(part: Any) -> Any:
    """The same schema with each `anyOf` of a plain type and another schema turned into if/then/else.

    `anyOf` can only say that neither fits; if/then/else says what is wrong with the one that was meant.
    """
    if isinstance(part, list):
        return [branching(item) for item in part]
    if not isinstance(part, dict):
        return part
    turned = {name: branching(item) for name, item in part.items()}
    if turned.get("type") == "integer":
        turned["whole"] = True
    choices = turned.get("anyOf", [])
    plain = [choice for choice in choices if choice.get("type") in ("null", "string")]
    if len(choices) == 2 and len(plain) == 1:
        other = next(choice for choice in choices if choice is not plain[0])
        del turned["anyOf"]
        turned |= {"if": {"type": plain[0]["type"]}, "then": plain[0], "else": other}
    return turned


def _short_model() -> dict[str, Any]:
    return {
        "type": "string",
        "pattern": SHORT_MODEL,
        "maxLength": 364,  # the vendor's 63, a slash, the model's 300
        "description": "`vendor/model`, short for the two fields.",
    }


def _entry(control: Control, entry: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of one control's entry, with the control's own settings in place of any."""
    properties = {**entry["properties"], "settings": dict(settings)}
    return {**entry, "title": f"{control.criterion} {control.title}", "properties": properties}


def _named(parts: Mapping[str, Any], reference: Mapping[str, str]) -> dict[str, Any]:
    """The part that a reference names."""
    part: dict[str, Any] = parts[reference["$ref"].removeprefix(_REF.format(name=""))]
    return part


def _tidy(part: Any) -> Any:
    """Descriptions without the line breaks and indentation of a docstring."""
    if isinstance(part, list):
        return [_tidy(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        name: " ".join(item.split()) if name == "description" and isinstance(item, str) else _tidy(item)
        for name, item in part.items()
    }


class _Whole:
    """Keyword `whole`: JSON Schema counts `3.0` as an integer, the manifest's types do not."""

    def __init__(self, parent: Mapping[str, Any], value: Any, path: list[str]) -> None:
        """Take what the validator passes; nothing of it is needed."""

    def validate(self, instance: Any) -> None:
        """Refuse a float. Raises ValueError, as the validator expects."""
        if isinstance(instance, float):
            raise ValueError("whole")
