"""The single file: made of few modules, the same bytes twice, and enough to verify a real pack with the network cut."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import cryptography
import pytest

from scripts.verifier import SOURCES, build, modules
from tests.assurance.packing.installation import DESK, OTHER, worked

ALLOWED = (
    "prodworthy.record.ledger.",
    "prodworthy.policy.standard.",
    "prodworthy.assurance.audit.",
)
SINGLE = {
    *("prodworthy", "prodworthy.record", "prodworthy.record.ledger", "prodworthy.record.sealing", "prodworthy.policy"),
    *("prodworthy.policy.core", "prodworthy.policy.standard", "prodworthy.assurance", "prodworthy.assurance.audit"),
    *("prodworthy.interfaces", "prodworthy.interfaces.verifier", "prodworthy.policy.core.evidence"),
    *(f"prodworthy.record.sealing.{name}" for name in ("forms", "commitment", "numbers", "summing")),
}
WRITERS = {f"prodworthy.record.ledger.{name}" for name in ("log", "disk", "growing", "pending", "recovery", "web")}
CUT = """
import runpy, socket, sys

def refuse(*arguments, **named):
    raise OSError("the network is cut")

socket.socket = socket.create_connection = socket.getaddrinfo = refuse
sys.path.insert(0, {beside!r})
sys.argv = [{file!r}, *{arguments!r}]
runpy.run_path({file!r}, run_name="__main__")
"""


def test_the_verifier_is_made_of_few_modules_and_needs_cryptography_alone() -> None:
    found = modules()
    for name in found:
        assert name in SINGLE or name.startswith(ALLOWED), name
        assert name not in WRITERS
        path = SOURCES.joinpath(*name.split("."))
        path = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for each in named:
                top = each.partition(".")[0]
                assert top in sys.stdlib_module_names | {"cryptography", "prodworthy"}, f"{name} imports {each}"
                assert top not in {"socket", "ssl", "http", "urllib", "subprocess", "asyncio"}, f"{name} imports {each}"


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, beside a folder in which `cryptography` is alone, and a pack with its policy."""
    folder = tmp_path_factory.mktemp("single")
    assert build(folder / "one.pyz") == build(folder / "verify.pyz")
    beside = folder / "packages"
    beside.mkdir()
    installed = Path(cryptography.__file__).parents[1]
    for name in ("cryptography", "cffi", "pycparser"):
        if (installed / name).exists():
            (beside / name).symlink_to(installed / name)
    for extension in installed.glob("_cffi_backend*"):
        (beside / extension.name).symlink_to(extension)
    one = worked()
    (folder / "held").write_bytes(one.newest()[0])
    (folder / "pack.zip").write_bytes(one.pack(DESK, OTHER))
    (folder / "policy.txt").write_bytes(one.policy().text())
    return folder


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    file, beside = str(folder / "verify.pyz"), str(folder / "packages")
    code = CUT.format(beside=beside, file=file, arguments=[str(folder / "pack.zip"), *arguments])
    command = [sys.executable, "-I", "-S", "-c", code]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, timeout=120)


def test_it_verifies_a_pack_with_the_network_cut(single: Path) -> None:
    policy, held, kept = (str(single / name) for name in ("policy.txt", "held", "kept"))
    ran = _run(single, "--trust", policy, "--held", held, "--keep", kept)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "result: pass (exit 0)" in ran.stdout
    assert Path(kept).read_bytes().startswith(b"ledger.example/one\n")
    damaged = bytearray((single / "pack.zip").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (single / "pack.zip").rename(single / "good.zip")
    (single / "pack.zip").write_bytes(damaged)
    assert _run(single, "--trust", policy).returncode == 1
    assert _run(single, "--trust", str(single / "none")).returncode == 2


def test_it_holds_nothing_else(single: Path) -> None:
    with zipfile.ZipFile(single / "verify.pyz") as archive:
        names = archive.namelist()
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert names == sorted(names)
    assert all(name.endswith((".py", ".toml")) or name in ("LICENSE", "NOTICE") for name in names)
