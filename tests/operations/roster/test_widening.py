"""What counts as wider, and that no sequence of applies while frozen ever ends wider than it began."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.operations.roster.widening import widenings
from prodworthy.policy.core.manifest import DataUse, Limits, Manifest, Model, Rate, Tool, Users

REGIONS = ("eu", "us", "")
BASE = Manifest(id="desk", owner="Ada", models=(Model("acme", "m", region="eu"),))
FULL = msgspec.structs.replace(
    BASE,
    users=Users(real=True, maximum=50),
    limits=Limits(Rate(10, 60.0, 20), Rate(1), 1_000, 90_000),
    tools=(Tool("look"),),
    data=DataUse(classes=("internal",), personal_categories=("contact",), residency=("EU", "ch")),
)


def _fields(before: Manifest, after: Manifest) -> list[str]:
    return [".".join(map(str, path)) for path, *_ in widenings(before, after)]


def _with(manifest: Manifest, **changes: object) -> Manifest:
    """The manifest with some fields of its parts changed: `limits__rate` is `limits.rate`."""
    for name, value in changes.items():
        part, _, field = name.partition("__")
        new = msgspec.structs.replace(getattr(manifest, part), **{field: value}) if field else value
        manifest = msgspec.structs.replace(manifest, **{part: new})
    return manifest


@pytest.mark.parametrize(
    "changes, fields",
    [
        ({"users__maximum": 51}, ["users.maximum"]),
        ({"users__maximum": 0}, ["users.maximum"]),
        ({"users__maximum": 49}, []),
        ({"users__real": False}, []),
        ({"limits__rate": Rate(11, 60.0, 20)}, ["limits.rate"]),
        ({"limits__rate": Rate(10, 59.0, 20)}, ["limits.rate"]),
        ({"limits__rate": Rate(10, 60.0, 21)}, ["limits.rate"]),
        ({"limits__rate": Rate(1, 6.0, 20)}, []),
        ({"limits__rate": None, "limits__rate_per_user": None}, ["limits.rate", "limits.rate_per_user"]),
        ({"limits__tokens_per_minute": None, "limits__tokens_per_day": 90_001},
         ["limits.tokens_per_minute", "limits.tokens_per_day"]),
        ({"limits__tokens_per_day": 1, "limits__body_bytes": 9_000_000}, []),
        ({"tools": (Tool("look"), Tool("send"))}, ["tools.1"]),
        ({"tools": ()}, []),
        ({"data__classes": ("secret", "internal")}, ["data.classes.0"]),
        ({"data__personal": True}, ["data.personal"]),
        ({"data__personal_categories": ("contact", "health")}, ["data.personal_categories.1"]),
        ({"data__residency": ()}, ["data.residency"]),
        ({"data__residency": (" eu ", "us")}, ["data.residency.1"]),
        ({"data__residency": ("CH",)}, []),
        ({"models": (Model("acme", "m", region="us"),)}, ["models.0"]),
        ({"models": (Model("acme", "m"), Model("new", "n", region="Ch"))}, ["models.0"]),
        ({"owner": "Bo", "description": "x"}, []),
    ],
)  # fmt: skip
def test_each_dimension_is_told_by_its_field(changes: dict[str, object], fields: list[str]) -> None:
    assert _fields(FULL, _with(FULL, **changes)) == fields


def test_what_has_no_cap_is_not_widened_by_one() -> None:
    assert _fields(BASE, _with(FULL, users=Users(maximum=9), data=DataUse(residency=("us",)), tools=())) == []
    assert _fields(BASE, _with(BASE, users=Users(real=True))) == ["users.real"]
    assert _fields(BASE, _with(BASE, models=(Model("new", "n", region="us"),))) == []


_names = st.lists(st.sampled_from("abc"), max_size=3, unique=True).map(tuple)
_rates = st.none() | st.builds(Rate, st.integers(1, 9), st.sampled_from((0.5, 1.0, 60.0)), st.integers(0, 12))
_budgets = st.none() | st.integers(1, 5)
_models = st.lists(
    st.builds(Model, st.sampled_from(("acme", "other")), st.sampled_from("mn"), region=st.sampled_from(REGIONS)),
    min_size=1,
    max_size=3,
).map(tuple)
_manifests = st.builds(
    lambda models, users, limits, tools, data: msgspec.structs.replace(
        BASE, models=models, users=users, limits=limits, tools=tuple(map(Tool, tools)), data=data
    ),
    _models,
    st.builds(Users, real=st.booleans(), maximum=st.integers(0, 3)),
    st.builds(Limits, _rates, _rates, _budgets, _budgets),
    _names,
    st.builds(
        DataUse,
        classes=_names,
        personal=st.booleans(),
        personal_categories=_names,
        residency=st.lists(st.sampled_from(REGIONS[:2]), max_size=2, unique=True).map(tuple),
    ),
)


def _opens(manifest: Manifest) -> dict[str, float | bool]:
    """How far the manifest opens each of many probes, by a reading of its own: larger is wider."""
    infinite, limits, data = float("inf"), manifest.limits, manifest.data
    found: dict[str, float | bool] = {
        "real users": manifest.users.real,
        "users": manifest.users.maximum or infinite,
        "personal": data.personal,
        "tokens a minute": limits.tokens_per_minute or infinite,
        "tokens a day": limits.tokens_per_day or infinite,
    }
    for name, rate in (("all", limits.rate), ("each", limits.rate_per_user)):
        for span in (0.0, 1.0, 1e6):
            most = (rate.burst or rate.count) + span * (rate.count / rate.seconds) if rate else infinite
            found[f"{name}, requests in {span} s"] = most
    tools = {tool.name for tool in manifest.tools}
    for name in "abc":
        found[f"tool {name}"], found[f"class {name}"] = name in tools, name in data.classes
        found[f"category {name}"] = name in data.personal_categories
    used = {(model.vendor, model.model, model.region) for model in manifest.models}
    for place in ((vendor, model, region) for vendor in ("acme", "other") for model in "mn" for region in REGIONS):
        found[f"data at {place}"] = place in used or place[2] in data.residency or not data.residency
    return found


@settings(max_examples=60)
@given(_manifests, st.lists(_manifests, max_size=12))
def test_no_sequence_of_applies_while_frozen_ends_wider(first: Manifest, tried: list[Manifest]) -> None:
    applied = [first]
    for manifest in tried:
        # besides whole new manifests, ones that differ in one part: those are allowed often enough to chain
        for part in ("", "users", "data", "limits", "models", "tools"):
            wanted = _with(applied[-1], **{part: getattr(manifest, part)}) if part else manifest
            if not _fields(applied[-1], wanted):
                applied.append(wanted)
    begun, ended = _opens(first), _opens(applied[-1])
    wider = {name: (begun[name], ended[name]) for name in begun if ended[name] > begun[name]}
    assert not wider
    assert all(not _fields(before, after) for before, after in pairwise(applied))
    assert not [field for field in _fields(first, applied[-1]) if not field.startswith("models")]
