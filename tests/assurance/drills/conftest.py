"""One installation on the simulated vendor, which speaks every protocol, for all tests of drills."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.assurance.drills.drilled import Place, place
from tests.simulator import VendorProcess, vendor_process


@pytest.fixture(scope="session")
def simulated() -> Iterator[VendorProcess]:
    with vendor_process() as running:
        yield running


@pytest.fixture(scope="session")
def drilled(tmp_path_factory: pytest.TempPathFactory, simulated: VendorProcess) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("drills") / "home", simulated) as found:
        yield found


@pytest.fixture
def vendor(simulated: VendorProcess) -> Iterator[VendorProcess]:
    simulated.reset()
    yield simulated
    simulated.reset()
