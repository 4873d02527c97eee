"""A stored manifest compiled into what a gateway asks: models by name, and the catalogue's controls by point."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.contract import Configured, Control, Point, configure
from prodworthy.policy.core.manifest import ControlSetting, Manifest, Mode, Profile


class CannotCompile(Exception):
    """A stored manifest does not fit this version's types or catalogue; the text says where."""


def compile_workload(text: str, version: int, catalogue: Mapping[str, Control]) -> Workload:
    """Compile a manifest as stored (canonical JSON). Raises CannotCompile."""
    try:
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise CannotCompile(f"the manifest does not fit: {error}") from error
    return Workload(
        tenant=manifest.tenant,
        id=manifest.id,
        version=version,
        release=f"{manifest.id}@{version}",
        manifest=manifest,
        models={model.served_as: model for model in manifest.models},
        controls=_configured(manifest, catalogue),
        stops_when_unknown=manifest.stops_when_unknown,
    )


def _configured(manifest: Manifest, catalogue: Mapping[str, Control]) -> dict[Point, tuple[Configured, ...]]:
    """Each control of the catalogue that is asked for anything, by point, in the catalogue's order.

    What the manifest does not mention is enforced with its default settings; a control that reads content is then
    observed where a profile is set, and else not asked.
    """
    strange = sorted(set(manifest.controls) - set(catalogue))
    if strange:
        raise CannotCompile(f"no control for {', '.join(strange)}")
    points: dict[Point, list[Configured]] = {}
    for criterion, control in catalogue.items():
        entry = manifest.controls.get(criterion) or _unmentioned(control, manifest)
        if entry is None:
            continue
        try:
            settings = msgspec.convert(entry.settings, control.settings)
        except msgspec.ValidationError as error:
            raise CannotCompile(f"controls.{criterion}.settings: {error}") from error
        if control.always and entry.mode is Mode.OBSERVE:
            raise CannotCompile(f"controls.{criterion}.mode: this control is always enforced")
        if control.applies(settings):
            for configured in configure(control, entry.mode, settings):
                points.setdefault(configured.stand.point, []).append(configured)
    return {point: tuple(controls) for point, controls in points.items()}


def _unmentioned(control: Control, manifest: Manifest) -> ControlSetting | None:
    """How a control that the manifest does not mention is asked, None for not at all."""
    if not control.declared:
        return _ENFORCED
    return None if manifest.profile is Profile.DECLARED else _OBSERVED


_ENFORCED = ControlSetting()
_OBSERVED = ControlSetting(mode=Mode.OBSERVE)
