from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import Any

import pytest

from prodworthy.gateway.detectors import plugins
from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.plugged.fault import PluginFault, Unmeasured
from prodworthy.gateway.detectors.plugins import GROUP, PluginOptions, load
from prodworthy.policy.core.facts import Finding
from tests.gateway.detectors import windows


class Gives:
    """A plug-in that gives what its options say."""

    def __init__(self, options: Mapping[str, Any], name: str) -> None:
        if "refuse" in options:
            raise ValueError("this is refused")
        self.fact = options.get("fact", name)
        self._gives = options.get("gives", ())

    def measure(self, reading: Reading) -> Any:
        return self._gives


NO_FACTORY = 3


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entry points of this module and of one that cannot be imported, beside those that are installed."""
    installed = entry_points(group=GROUP)
    monkeypatch.setitem(sys.modules, "plugged_here", sys.modules[__name__])
    more = [
        EntryPoint(name, f"{module}:{value}", GROUP)
        for name, module, value in (
            ("gives", "plugged_here", "Gives"),
            ("broken", "plugged_nowhere", "x"),
            ("empty", "plugged_here", "nothing"),
            ("number", "plugged_here", "NO_FACTORY"),
            ("twice", "plugged_here", "Gives"),
            ("twice", "plugged_nowhere", "Gives"),
        )
    ]
    offered = EntryPoints([*installed, *more])
    monkeypatch.setattr(plugins, "entry_points", offered.select)


def _load(name: str, plugin: str, **options: Any) -> Any:
    return load({name: PluginOptions(plugin, options)})[name]


def test_our_own_factories_are_installed() -> None:
    names = {point.name for point in entry_points(group=GROUP)}
    assert {"onnx-text-classifier", "presidio", "remote-http"} <= names
    assert _load("far_away", "remote-http", url="http://127.0.0.1:9/").fact == "far_away"


@pytest.mark.usefixtures("offered")
def test_only_what_is_named_is_imported() -> None:
    assert load({}) == {}
    assert _load("mine", "gives").measure(windows.reading("text", windows.call())) == ()
    assert "plugged_nowhere" not in sys.modules


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(
    "name,plugin,options,says",
    [
        ("mine", "absent", {}, "no installed package offers 'absent'; installed are .*gives"),
        ("mine", "broken", {}, "cannot be imported"),
        ("mine", "empty", {}, "cannot be imported"),
        ("mine", "number", {}, "is no factory"),
        ("mine", "twice", {}, "offered more than once"),
        ("mine", "gives", {"refuse": 1}, "refuses its options: this is refused"),
        ("mine", "gives", {"fact": "other"}, "another `fact`"),
        ("Mine", "gives", {}, "a name has"),
        ("leak", "gives", {}, "of Prodworthy's own"),
    ],
)
def test_what_cannot_be_used_is_said_clearly(name: str, plugin: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(PluginFault, match=says) as caught:
        _load(name, plugin, **options)
    assert name in str(caught.value)


SOUND = Finding(windows.PART, 10, 14, "x", 0.5)


@pytest.mark.usefixtures("offered")
def test_findings_within_the_texts_pass() -> None:
    text = windows.reading("text", windows.call(), 10)
    assert _load("mine", "gives", gives=(SOUND,)).measure(text) == (SOUND,)


@pytest.mark.usefixtures("offered")
@pytest.mark.parametrize(
    "gives",
    [
        None,
        [SOUND],
        ("x",),
        (Finding("other", 10, 14, "x"),),
        (Finding(windows.PART, 9, 14, "x"),),
        (Finding(windows.PART, 10, 15, "x"),),
        (Finding(windows.PART, 12, 12, "x"),),
        (Finding(windows.PART, 10, 14, "Not A Kind"),),
        (Finding(windows.PART, 10, 14, "x", 1.1),),
        (Finding(windows.PART, 10, 14, "x", float("nan")),),
        (Finding(windows.PART, "10", 14, "x"),),  # type: ignore[arg-type]  # what a careless plug-in may do
    ],
)
def test_a_fact_that_breaks_the_contract_is_none(gives: object) -> None:
    with pytest.raises(Unmeasured, match="detector mine"):
        _load("mine", "gives", gives=gives).measure(windows.reading("text", windows.call(), 10))
