"""A gateway with a simulated vendor behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.serving import Gateway, serving, vendor_at
from tests.simulator import Vendor as Simulator


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(key="sk-vendor") as running:
        yield running


@pytest.fixture
async def gateway(tmp_path: Path, simulator: Simulator) -> AsyncIterator[Gateway]:
    """Serves the workload `assistant` (model gpt-sim) over every OpenAI route, on the simulator."""
    async with serving(tmp_path / "spool") as running:
        running.declare({"vendor": vendor_at(simulator.url)})
        yield running
