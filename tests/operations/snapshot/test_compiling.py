from __future__ import annotations

from collections.abc import Mapping

import pytest

from prodworthy.operations.snapshot.compiling import CannotCompile, compile_workload
from prodworthy.policy.controls.contract import Control, Point, Stand
from prodworthy.policy.core.manifest import Mode, Model
from prodworthy.policy.core.verdict import ALLOW

TEXT = '{"id":"desk","owner":"Ada","models":[{"vendor":"acme","model":"m/1"},{"vendor":"b","model":"x","name":"fast"}]'


def test_models_are_found_by_the_name_that_clients_send(catalogue: Mapping[str, Control]) -> None:
    compiled = compile_workload(TEXT + "}", 7, catalogue)
    assert compiled.models == {"m/1": Model("acme", "m/1"), "fast": Model("b", "x", "fast")}
    assert (compiled.tenant, compiled.id, compiled.version, compiled.release) == ("default", "desk", 7, "desk@7")
    assert compiled.stops_when_unknown
    assert compiled.killed is None


def test_what_the_manifest_does_not_mention_is_enforced_with_its_defaults(catalogue: Mapping[str, Control]) -> None:
    compiled = compile_workload(TEXT + "}", 1, catalogue)
    assert set(compiled.controls) == {Point.REQUEST}  # the control at RESPONSE asks for nothing by default
    first, second = compiled.controls[Point.REQUEST]
    assert (first.control.criterion, second.control.criterion) == ("PSF-1.2", "PSF-1.4")
    assert first.mode is Mode.ENFORCE
    assert first.settings == catalogue["PSF-1.2"].settings()


def test_the_manifest_overrides_mode_and_settings(catalogue: Mapping[str, Control]) -> None:
    controls = '{"PSF-1.4":{"mode":"observe","settings":{"low":3}},"PSF-2.1":{"settings":{"words":["a"]}}}'
    compiled = compile_workload(f'{TEXT},"controls":{controls}}}', 1, catalogue)
    observed = compiled.controls[Point.REQUEST][1]
    assert observed.mode is Mode.OBSERVE
    assert observed.settings.low == 3
    assert len(compiled.controls[Point.RESPONSE]) == 1


@pytest.mark.parametrize(
    "text,place",
    [
        ("{", "the manifest does not fit"),
        (TEXT + ',"future":1}', "future"),
        (TEXT + ',"controls":{"PSF-9.1":{}}}', "no control for PSF-9.1"),
        (TEXT + ',"controls":{"PSF-1.2":{"settings":{"low":"x"}}}}', "controls.PSF-1.2.settings"),
        (TEXT + ',"controls":{"PSF-1.2":{"settings":{"low":99}}}}', "above"),
    ],
)
def test_what_does_not_fit_any_more_is_named(catalogue: Mapping[str, Control], text: str, place: str) -> None:
    with pytest.raises(CannotCompile, match=place):
        compile_workload(text, 1, catalogue)


def test_a_control_that_reads_content_is_asked_where_the_manifest_says_so() -> None:
    stands = tuple(Stand(point, lambda *_: ALLOW) for point in (Point.REQUEST, Point.RESPONSE))
    catalogue = {"PSF-1.1": Control("PSF-1.1", "reads", stands, declared=True)}
    assert compile_workload(TEXT + "}", 1, catalogue).controls == {}
    for profile in ("fast", "default"):
        observed = compile_workload(f'{TEXT},"profile":"{profile}"}}', 1, catalogue).controls
        assert [c.mode for controls in observed.values() for c in controls] == [Mode.OBSERVE, Mode.OBSERVE]
    named = compile_workload(TEXT + ',"controls":{"PSF-1.1":{}}}', 1, catalogue).controls
    assert {point: [c.mode for c in controls] for point, controls in named.items()} == {
        Point.REQUEST: [Mode.ENFORCE],
        Point.RESPONSE: [Mode.ENFORCE],
    }
