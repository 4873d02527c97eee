"""Whatever the text, reading it ends in a manifest or in a refusal."""

from __future__ import annotations

import jsonschema_rs
import msgspec
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.operations.roster.document import read
from prodworthy.operations.roster.faults import ManifestRefused
from prodworthy.operations.roster.manifest import canonical, parse
from prodworthy.operations.roster.schema import schema
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.manifest import Manifest

CATALOGUE = discover()
PUBLISHED = jsonschema_rs.Draft202012Validator(schema(CATALOGUE))

_characters = st.characters(codec=None)
_pieces = (
    *(
        "id",
        "owner",
        "models",
        "limits",
        "controls",
        "PSF-1.2",
        "settings",
        ": ",
        ":\n  ",
        "\n",
        "- ",
        "[",
        "]",
        "{",
        "}",
    ),
    *(", ", "a/b", "no", "017", "&a ", "*a", "!!int ", "!x", "|\n", ">", '"', "'", "\\u0000", "\\ud800", "? ", "<<: "),
    *("---\n", "...\n", "%YAML 1.2\n", "#", "\t", "1.0", "~", "2026-01-01", "é", "\x85", "\ufeff"),
)
_yamlish = st.lists(st.sampled_from(_pieces), max_size=40).map("".join)
_scalars = (
    st.none() | st.booleans() | st.integers(-3, 10**17) | st.floats(allow_nan=False, width=32) | st.text(max_size=8)
)
_values = st.recursive(_scalars, lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=8), part))


def _mutated() -> st.SearchStrategy[dict[str, object]]:
    """A manifest in which some fields hold anything."""
    names = st.sampled_from([*Manifest.__struct_fields__, "ownr"])
    base = {"id": "a", "owner": "b", "models": ["c/d"]}
    return st.dictionaries(names, _values, max_size=4).map(lambda changes: {**base, **changes})


def _parse(text: str) -> Manifest | ManifestRefused:
    try:
        return parse(text, CATALOGUE)
    except ManifestRefused as refused:
        return refused


def _check(text: str) -> None:
    found = _parse(text)
    if isinstance(found, Manifest):
        assert msgspec.json.decode(canonical(found), type=Manifest) == found
        return
    assert found.faults
    for fault in found.faults:
        assert fault.problem
        assert fault.remedy
        assert 0 <= fault.line <= len(text) + 1
        assert str(fault).encode()


@settings(deadline=None)
@given(st.text(_characters, max_size=200))
def test_any_text(text: str) -> None:
    _check(text)


@settings(max_examples=200, deadline=None)
@given(_yamlish)
def test_any_pieces_of_yaml(text: str) -> None:
    _check(text)


@settings(max_examples=100, deadline=None)
@given(_mutated())
def test_any_values_in_the_fields(value: dict[str, object]) -> None:
    _check(yaml.safe_dump(value, allow_unicode=True))


@settings(max_examples=100, deadline=None)
@given(_mutated())
def test_what_is_accepted_the_published_schema_accepts_too(value: dict[str, object]) -> None:
    text = yaml.safe_dump(value, allow_unicode=True)
    if isinstance(_parse(text), Manifest):
        assert PUBLISHED.is_valid(read(text).value)
