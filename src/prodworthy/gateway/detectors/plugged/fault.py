"""What goes wrong with a plug-in: before it serves, and while it does.

Exception
├── PluginFault   it cannot be used as configured: the configuration, or the installation, has to change
└── Unmeasured    it did not measure this time: the fact is missing
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class PluginFault(Exception):
    """A plug-in that cannot be used as it is configured, and what would change that."""


class Unmeasured(Exception):
    """A plug-in that gave no fact, or one that breaks the contract. Its text holds nothing of what was measured."""


def read_options(options: Mapping[str, Any], into: type[T], name: str) -> T:
    """The options of the detector `name` as a value. Raises PluginFault, naming the option that is wrong."""
    try:
        return msgspec.convert(dict(options), into)
    except msgspec.ValidationError as error:
        raise PluginFault(f"detector {name}: {error}") from error


def need(module: str, name: str, remedy: str) -> Any:
    """Import a package that is not part of Prodworthy. Raises PluginFault with what to install."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise PluginFault(
            f"detector {name} needs the package {module}, which is not installed here: pip install {remedy}"
        ) from error
