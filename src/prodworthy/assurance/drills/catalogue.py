"""The catalogue: every drill of the packages beside this file, by name. A further drill is one file with its test."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from prodworthy.assurance import drills as _home
from prodworthy.assurance.drills.drill import Drill


def discover() -> Mapping[str, Drill]:
    """Read the drill packages; order is by name. Raises ValueError for a name that two drills have."""
    return collect(_found())


def collect(found: Iterable[Drill]) -> Mapping[str, Drill]:
    """Index drills by name. Raises ValueError for a name that two drills have."""
    catalogue: dict[str, Drill] = {}
    for drill in sorted(found, key=lambda drill: drill.name):
        if drill.name in catalogue:
            raise ValueError(f"two drills are called {drill.name}; rename one")
        catalogue[drill.name] = drill
    return MappingProxyType(catalogue)


def _found() -> Iterable[Drill]:
    for module in pkgutil.walk_packages(_home.__path__, f"{_home.__name__}."):
        drill = getattr(importlib.import_module(module.name), "DRILL", None)
        if isinstance(drill, Drill):
            yield drill
