"""A page of HTML as PDF, where Chromium is on this machine; without it there is no PDF, and nothing else is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120.0
"""Seconds after which a print is given up."""


def browser() -> str | None:
    """The path of a browser that prints, None where there is none."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def print_page(page: bytes) -> bytes | None:
    """The page as PDF; None if no browser is here, or it did not print in time."""
    program = browser()
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="prodworthy-print-") as folder:
        source, target = Path(folder) / "report.html", Path(folder) / "report.pdf"
        source.write_bytes(page)
        command = [program, "--headless", "--disable-gpu", "--no-first-run", f"--user-data-dir={folder}/profile"]
        if os.geteuid() == 0:
            command.append("--no-sandbox")  # as root Chromium starts in no other way; the page is our own
        command += ["--no-pdf-header-footer", f"--print-to-pdf={target}", source.as_uri()]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)  # noqa: S603 - no shell; our path
            return target.read_bytes()
        except (OSError, subprocess.SubprocessError):
            return None
