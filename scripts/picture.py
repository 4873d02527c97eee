"""Draws the roster of a made-up installation as docs/roster.png: the real pages, in Debian's Chromium.

.venv/bin/python scripts/picture.py [FILE]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402  # the path is set above

from bench.fleet import NAMED, settle  # noqa: E402
from bench.installation import Installation  # noqa: E402
from bench.pages import read  # noqa: E402
from prodworthy.interfaces.standards import load_standard  # noqa: E402
from prodworthy.operations.acts import Act, Target  # noqa: E402
from prodworthy.operations.killswitch.switch import kill  # noqa: E402
from prodworthy.record.store.database import open_store  # noqa: E402
from prodworthy.record.store.flags import Flags  # noqa: E402

WIDTH, HEIGHT = 1280, 900


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
            address = f"http://127.0.0.1:{installation.port}/"
            read(address)
            running = playwright.chromium.launch(executable_path=browser, args=["--headless", "--no-sandbox"])
            page = running.new_page(viewport={"width": WIDTH, "height": HEIGHT}, java_script_enabled=False)
            page.goto(address)
            page.screenshot(path=file)
            running.close()
    print(f"{file}: {file.stat().st_size // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
