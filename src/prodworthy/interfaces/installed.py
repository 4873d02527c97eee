"""What is installed: the version of the product, and the digest of the module that holds each control."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from hashlib import sha256
from importlib import resources

from prodworthy import __version__
from prodworthy.operations.acts import Installed
from prodworthy.policy.controls.contract import Control


def installed(catalogue: Mapping[str, Control]) -> Installed:
    """The version, and by criterion SHA-256 (hex) of the source of the control's module."""
    modules = {id(found): name for name, module in [*sys.modules.items()] if (found := _control(module)) is not None}
    return Installed(
        __version__, {criterion: _digest(modules[id(control)]) for criterion, control in sorted(catalogue.items())}
    )


def _control(module: object) -> Control | None:
    found = vars(module).get("CONTROL") if hasattr(module, "__dict__") else None
    return found if isinstance(found, Control) else None


def _digest(module: str) -> str:
    package, _, name = module.rpartition(".")
    return sha256(resources.files(package).joinpath(f"{name}.py").read_bytes()).hexdigest()
