from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from prodworthy import __version__
from prodworthy.interfaces.installed import installed
from prodworthy.policy.controls import catalogue
from prodworthy.policy.controls.catalogue import discover


def test_every_control_is_told_by_the_digest_of_its_module() -> None:
    controls = discover()
    found = installed(controls)
    assert found.version == __version__
    assert found.controls.keys() == controls.keys()
    module = Path(catalogue.__file__).parent / "human_oversight" / "kill_switch.py"
    assert found.controls["PSF-6.4"] == sha256(module.read_bytes()).hexdigest()
    assert len(set(found.controls.values())) == len(controls)
