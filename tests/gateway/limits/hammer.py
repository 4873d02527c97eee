"""The programs of the end-to-end test: one broker, or one gateway that asks at a steady pace for more than it may have.

broker PATH PROCESSES COLD · gateway PATH NUMBER PROCESSES PER_SECOND BURST OFFERED. Both print "ready". A gateway then
reads "FROM UNTIL" (monotonic ns) and prints, as JSON, when each request was granted and for how long it was alone.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import uvloop

from prodworthy.gateway.limits.broker import Broker
from prodworthy.gateway.limits.lease import Lessee
from prodworthy.policy.core.quota import SECOND, Demand, Rate


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def broker(path: str, processes: int, cold: int) -> None:
    await Broker(path, processes, cold=bool(cold)).start()
    say("ready")
    await asyncio.get_running_loop().create_future()


async def gateway(path: str, numbers: list[int]) -> None:
    number, processes, per_second, burst, offered = numbers
    lessee = Lessee(path, number, processes)
    running = asyncio.create_task(lessee.run())
    await asyncio.wait_for(lessee.connected(), 10)
    say("ready")
    line = await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    at, until = (int(word) for word in line.split())
    demand = (Demand("w", Rate.per("requests", per_second, SECOND, burst)),)
    granted: list[int] = []
    alone = 0

    async def request() -> None:
        nonlocal alone
        now = time.monotonic_ns()
        alone += lessee.alone
        if (await lessee.admit(demand, now)).granted:
            granted.append(time.monotonic_ns())

    requests = []
    at += number * SECOND // (offered * processes)
    while at < until:
        await asyncio.sleep(max(0, at - time.monotonic_ns()) / SECOND)
        requests.append(asyncio.ensure_future(request()))
        at += SECOND // offered
    await asyncio.gather(*requests)
    say(json.dumps({"granted": granted, "alone": alone / offered, "back": not lessee.alone}))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[3:]]
    if sys.argv[1] == "broker":
        uvloop.run(broker(sys.argv[2], *numbers))
    else:
        uvloop.run(gateway(sys.argv[2], numbers))
