"""`python -m tests.simulator`: the vendor as a process. Prints {"url": ..., "pid": ...} as one line; stops on SIGTERM
and SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys

import msgspec
import uvloop

from .vendor import Vendor


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulator", description="A simulated model vendor on loopback."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--key", help="requests must carry this key")
    parser.add_argument("--keep", type=int, default=1000, help="how many received requests to hold in memory")
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop, too, when standard input ends")
    return parser.parse_args()


async def serve(given: argparse.Namespace) -> None:
    """Run until told to stop."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if given.until_stdin_closes:
        await loop.connect_read_pipe(lambda: _Watch(stop), sys.stdin)
    async with Vendor(host=given.host, port=given.port, key=given.key, keep=given.keep) as vendor:
        print(msgspec.json.encode({"url": vendor.url, "pid": os.getpid()}).decode(), flush=True)
        await stop.wait()


class _Watch(asyncio.Protocol):
    """Sees the end of standard input, which is the end of whoever started this process."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop.set()


def main() -> None:
    """Entry point."""
    given = options()
    if given.loop == "uvloop":
        uvloop.run(serve(given))
    else:
        asyncio.run(serve(given))


if __name__ == "__main__":
    main()
