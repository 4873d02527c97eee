"""`workload.yaml` read, checked and turned into a `Manifest`, or refused with every fault at its line.

1. The text is read into plain values with their lines; what YAML readers could read differently is a fault.
2. The schema, generated from the types and the controls' own settings, names every further fault at once.
3. The values become a `Manifest`, and each control's settings the control's own type.
4. Fields that contradict each other are named.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from prodworthy.operations.roster.checks import contradictions, omissions
from prodworthy.operations.roster.document import Document, Path, dotted, read
from prodworthy.operations.roster.explain import explain
from prodworthy.operations.roster.faults import Fault, ManifestRefused
from prodworthy.operations.roster.schema import branching, schema, validator
from prodworthy.policy.controls.contract import Control
from prodworthy.policy.core.manifest import Manifest, Mode

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PLACE = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]")


def parse(text: str, controls: Mapping[str, Control]) -> Manifest:
    """The manifest that a YAML text declares, at most 256 KB. `controls` is the catalogue, by criterion.

    Raises ManifestRefused with all faults, and nothing else, whatever the text holds.
    """
    document = read(text)
    faults = list(document.faults)
    if () not in document.spoiled:
        branched: dict[str, Any] = branching(schema(controls))
        faults += explain(validator(branched).iter_errors(document.value), branched, document)
    if faults:
        raise _refused(faults, document)
    value = _expanded(document.value)
    faults = _settings_faults(value.get("controls", {}), controls, document)
    try:
        manifest = msgspec.convert(value, Manifest)
    except msgspec.ValidationError as error:
        raise _refused([*faults, _conversion_fault(error, (), document)], document) from None
    faults += [Fault(document.line(path), dotted(path), *said) for path, *said in contradictions(manifest)]
    if faults:
        raise _refused(faults, document)
    return manifest


def lines_of(text: str) -> Callable[[Path], int]:
    """Where each field stands in the text of a manifest: the line of a path, or of the nearest part above it."""
    return read(text).line


def warnings(manifest: Manifest) -> tuple[Fault, ...]:
    """What is missing now and will be needed later; the line is 0 because the line is not there."""
    return tuple(Fault(0, dotted(path), *said) for path, *said in omissions(manifest))


def canonical(manifest: Manifest) -> bytes:
    """The manifest as JSON with sorted keys and without defaults: equal manifests give equal bytes."""
    return msgspec.json.encode(manifest, order="sorted")


def digest(manifest: Manifest) -> str:
    """SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical(manifest)).hexdigest()


def _expanded(value: Any) -> Any:
    """The same values with each short model `vendor/model` as its two fields."""
    models = [
        dict(zip(("vendor", "model"), model.split("/", 1), strict=True)) if isinstance(model, str) else model
        for model in value["models"]
    ]
    return {**value, "models": models}


def _settings_faults(entries: Any, controls: Mapping[str, Control], document: Document) -> list[Fault]:
    """Faults that only a control itself finds, such as a rule between two of its settings."""
    faults = []
    for criterion, entry in entries.items():
        if controls[criterion].always and entry.get("mode") == Mode.OBSERVE:
            path: Path = ("controls", criterion, "mode")
            problem = f"{criterion} ({controls[criterion].title}) is always enforced."
            faults.append(Fault(document.line(path), dotted(path), problem, "Leave the mode out."))
        try:
            msgspec.convert(entry.get("settings", {}), controls[criterion].settings)
        except msgspec.ValidationError as error:
            faults.append(_conversion_fault(error, ("controls", criterion, "settings"), document))
    return faults


def _conversion_fault(error: msgspec.ValidationError, under: Path, document: Document) -> Fault:
    """What the types refused although the schema did not: the message, at the path that it names."""
    problem, _, place = str(error).partition(" - at `")
    steps = tuple(int(index) if index else name for name, index in _PLACE.findall(place))
    path = (*under, *steps)
    return Fault(document.line(path), dotted(path), f"{problem}.", "Correct the value.")


def _refused(faults: list[Fault], document: Document) -> ManifestRefused:
    """The refusal, with whose manifest it is if that much could be read."""
    value = document.value if isinstance(document.value, dict) else {}
    tenant, workload = value.get("tenant", "default"), value.get("id", "")
    return ManifestRefused(tuple(faults), _name(tenant), _name(workload))


def _name(value: Any) -> str:
    return value if isinstance(value, str) and _NAME.fullmatch(value) else ""
