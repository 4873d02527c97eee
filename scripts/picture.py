"""Draws the roster of a made-up installation as docs/roster.png: the real pages, in Debian's Chromium.

.venv/bin/python -m scripts.picture [FILE]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench.fleet import NAMED, settle
from bench.installation import Installation
from bench.pages import read
from bench.processes import ROOT
from prodworthy.interfaces.standards import load_standard
from prodworthy.operations.acts import Act, Target
from prodworthy.operations.killswitch.switch import kill
from prodworthy.record.store.database import open_store
from prodworthy.record.store.flags import Flags

WIDTH, HEIGHT = 1280, 862


def main(arguments: list[str]) -> int:
    """Draw. Returns the exit status."""
    file = Path(arguments[0]) if arguments else ROOT / "docs" / "roster.png"
    browser = shutil.which("chromium")
    if browser is None:
        print("Chromium is not installed: run scripts/setup.sh chromium", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "home", upstream=9)
        installation.declare([])
        store = open_store(installation.home.store_url)
        now = time.time_ns()
        settle(store, load_standard(), len(NAMED), now)
        flags, off = Flags(installation.home.kill), Target("default", "returns-agent")
        kill(store, flags, off, "answers promise refunds", Act("ben@example.org", now))
        store.close()
        with installation.serving(None), sync_playwright() as playwright:
            read(installation.port, "/")
            running = playwright.chromium.launch(executable_path=browser, args=["--headless", "--no-sandbox"])
            page = running.new_page(viewport={"width": WIDTH, "height": HEIGHT}, java_script_enabled=False)
            page.goto(f"http://127.0.0.1:{installation.port}/")
            page.screenshot(path=file)
            running.close()
    print(f"{file}: {file.stat().st_size // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
