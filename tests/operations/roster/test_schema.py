from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs
import pytest

from prodworthy.operations.roster.schema import SCHEMA_ID, branching, schema, validator
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.controls.contract import Control
from prodworthy.policy.core.manifest import Manifest

MODELS: dict[str, Any] = {"id": "a", "owner": "b", "models": ["c/d"]}


def test_the_published_schema_is_a_schema_and_says_what_it_is() -> None:
    published = schema(discover())
    jsonschema_rs.meta.validate(published)
    assert published["$id"] == SCHEMA_ID
    assert published["title"]
    assert published["description"]
    fields = published["$defs"]["Manifest"]["properties"]
    assert set(fields) == set(Manifest.__struct_fields__)
    assert set(fields["controls"]["properties"]) == set(discover())


def test_descriptions_are_single_lines() -> None:
    assert "\n" not in schema()["$defs"]["Model"]["description"]


@pytest.mark.parametrize(
    "change,valid",
    [
        ({}, True),
        ({"models": [{"vendor": "c", "model": "d"}]}, True),
        ({"on_call": None}, True),
        ({"controls": {"PSF-1.2": {"settings": {"low": 1}}}}, True),
        ({"models": ["c"]}, False),
        ({"models": [3]}, False),
        ({"on_call": 3}, False),
        ({"controls": {"PSF-1.2": {"settings": {"lo": 1}}}}, False),
        ({"controls": {"PSF-8.8": {}}}, False),
    ],
)
def test_the_strict_form_accepts_what_the_published_form_accepts(
    catalogue: Mapping[str, Control], change: dict[str, Any], valid: bool
) -> None:
    published = schema(catalogue)
    value = {**MODELS, **change}
    assert jsonschema_rs.Draft202012Validator(published).is_valid(value) is valid
    assert validator(branching(published)).is_valid(value) is valid


def test_without_a_catalogue_any_criterion_is_described_and_with_an_empty_one_none_is_allowed() -> None:
    value = {**MODELS, "controls": {"PSF-1.1": {"settings": {"any": 1}}}}
    assert jsonschema_rs.Draft202012Validator(schema()).is_valid(value)
    assert not jsonschema_rs.Draft202012Validator(schema({})).is_valid(value)


def test_a_whole_number_is_written_without_a_point() -> None:
    strict = validator(branching(schema()))
    assert strict.is_valid({**MODELS, "users": {"maximum": 1}})
    assert not strict.is_valid({**MODELS, "users": {"maximum": 1.0}})
