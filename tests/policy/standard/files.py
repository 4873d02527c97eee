"""The files of the standard that ships, as text and as small changes of them."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "src" / "prodworthy" / "policy" / "standard"
MAIN = (FOLDER / "psf-1.1.toml").read_bytes().decode()
MAPPINGS = tuple(file.read_bytes().decode() for file in sorted((FOLDER / "mappings").glob("*.toml")))
SMALL = """\
[framework]
id = "small"
name = "Small"
edition = "1"
publisher = "Somebody"
url = "https://example.test/"
note = "For tests."

[sources]
read = "read"

[[mapping]]
target = "PSF-1"
confidence = "high"
source = "read"
refs = ["A", "B"]
"""


def changed(text: str, old: str, new: str) -> str:
    """The text with one change; fails where there is nothing to change."""
    assert old in text, old
    return text.replace(old, new, 1)
