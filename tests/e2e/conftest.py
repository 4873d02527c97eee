"""Installations to test: one on the simulated vendor, shared by tests that leave it whole, and one for each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import Installed, installed
from tests.simulator import VendorProcess, vendor_process


@pytest.fixture(scope="module")
def vendor() -> Iterator[VendorProcess]:
    with vendor_process() as running:
        yield running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, vendor: VendorProcess) -> Iterator[Installed]:
    """Two gateways on the simulated vendor, for all tests of a module. Tests say who stands where: nobody judges."""
    home = tmp_path_factory.mktemp("e2e") / "home"
    with installed(home, {"sim": ("openai", f"{vendor.url}/v1")}, evidence=3_600.0) as running:
        yield running


@pytest.fixture
def own(tmp_path: Path, vendor: VendorProcess) -> Iterator[Installed]:
    """Two gateways on the simulated vendor, for a test that hurts them."""
    vendor.reset()
    with installed(tmp_path / "home", {"sim": ("openai", f"{vendor.url}/v1")}) as running:
        yield running
