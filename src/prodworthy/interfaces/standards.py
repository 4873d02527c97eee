"""The standard that ships with the package: reads its files once, for whoever needs it in this process."""

from __future__ import annotations

import functools
from importlib import resources

from prodworthy.policy.standard.standard import Standard, parse

PACKAGE = "prodworthy.policy.standard"
MAIN, MAPPINGS = "psf-1.1.toml", "mappings"


def standard_files() -> tuple[str, tuple[str, ...]]:
    """The text of the main file, and of each file of mappings by name, exactly as their bytes are."""
    folder = resources.files(PACKAGE)
    files = sorted((folder / MAPPINGS).iterdir(), key=lambda file: file.name)
    texts = tuple(file.read_bytes().decode("utf-8") for file in files if file.name.endswith(".toml"))
    return (folder / MAIN).read_bytes().decode("utf-8"), texts


@functools.cache
def load_standard() -> Standard:
    """The standard. Raises StandardFault for files that were changed so that they do not fit together."""
    text, mappings = standard_files()
    return parse(text, mappings)
