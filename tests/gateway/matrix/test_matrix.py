"""Whatever comes in or goes out, on any protocol, whole or streamed, wherever it stands: the declared controls see it
and decide, or the exchange is blocked.

Every cell of the matrix (protocol, mode, place, control, outcome) is a real request through the gateway, or names the
reason why there is none.
"""

from __future__ import annotations

import pytest

from tests.gateway.matrix.cells import Runner, every_cell, tally
from tests.gateway.matrix.controls import CONTROLS
from tests.gateway.matrix.reasons import RULES
from tests.gateway.pipeline.speech import FORMS, Speech, form
from tests.gateway.serving import Gateway
from tests.simulator import Vendor as Simulator

RUNS, WRONG = tally()


def test_every_cell_has_a_result_or_a_reason() -> None:
    assert not WRONG, "\n".join(WRONG[:200])


def test_the_matrix_is_large() -> None:
    """So that nobody shrinks it unseen: most cells that a control could decide have results."""
    runs = sum(len(ways) for ways in RUNS.values())
    cells = sum(1 for _ in every_cell())
    told = f"{cells} cells, {len(RUNS)} with results (in {runs} runs), the others with {len(RULES)} reasons"
    assert (cells >= 42_000, len(RUNS) >= 8_400, runs >= 9_900) == (True, True, True), told


def test_every_reason_is_needed() -> None:
    cells = list(every_cell())
    idle = [rule.reason for rule in RULES if not any(rule.holds(cell) for cell in cells)]
    assert not idle


@pytest.mark.parametrize("criterion", CONTROLS)
@pytest.mark.parametrize("speech, stream", FORMS, ids=form)
async def test_seen_and_decided_or_blocked(
    gateway: Gateway, simulator: Simulator, speech: Speech, stream: bool, criterion: str
) -> None:
    runner = Runner(gateway, simulator, speech.name, stream)
    for cell, ways in RUNS.items():
        if (cell.protocol, cell.stream, cell.criterion) == (speech.name, stream, criterion):
            for way in ways:
                await runner.run(cell, way)
    await runner.on_record()
    assert not runner.wrong, f"{len(runner.wrong)} faults in {runner.ran} runs:\n" + "\n".join(runner.wrong[:60])
