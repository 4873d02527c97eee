"""The catalogue: every control of the packages beside this file, by criterion; one control for one criterion."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from prodworthy.policy import controls as _home
from prodworthy.policy.controls.contract import Control


def discover() -> Mapping[str, Control]:
    """Read the control packages; order is by criterion. Raises ValueError for a criterion that is controlled twice."""
    return collect(_found())


def collect(found: Iterable[Control]) -> Mapping[str, Control]:
    """Index controls by criterion. Raises ValueError for a criterion that is controlled twice."""
    catalogue: dict[str, Control] = {}
    for control in sorted(found, key=lambda control: control.criterion):
        if control.criterion in catalogue:
            raise ValueError(f"two controls claim {control.criterion}; keep one")
        catalogue[control.criterion] = control
    return MappingProxyType(catalogue)


def _found() -> Iterable[Control]:
    for module in pkgutil.walk_packages(_home.__path__, f"{_home.__name__}."):
        control = getattr(importlib.import_module(module.name), "CONTROL", None)
        if isinstance(control, Control):
            yield control
