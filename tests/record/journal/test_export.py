from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pyarrow import parquet

from prodworthy.policy.core.events import Decided
from prodworthy.record.journal import export as module
from prodworthy.record.journal.export import export, schema
from prodworthy.record.journal.read import Selection
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.records import Record
from prodworthy.record.store.database import Store
from tests.record.journal.conftest import Spooling
from tests.record.journal.samples import NOON, completed, exchange_id, received


def test_exchanges_in_row_groups(
    store: Store, recorder: Recorder, spooled: Spooling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS_PER_GROUP", 10)
    blocked = Decided("PSF-2.1", "block", "enforce", "why", "output_invalid")
    spooled(*(e for n in range(25) for e in (received(n), completed(n, decisions=(blocked,)))), received(99))
    recorder.drain()
    path = tmp_path / "out.parquet"
    assert export(store, path) == 26
    file = parquet.ParquetFile(path)
    assert file.metadata.num_row_groups == 3
    rows = file.read().to_pylist()
    assert [row["exchange"] for row in rows] == [exchange_id(n) for n in (*range(25), 99)]
    assert rows[0]["decisions"] == [
        {"criterion": "PSF-2.1", "outcome": "block", "mode": "enforce", "reason": "why", "code": "output_invalid"}
    ]
    assert rows[0]["cost"] == pytest.approx(0.0075)
    assert file.read(["received_at"]).column(0).cast("int64").to_pylist() == [NOON] * 26
    assert (rows[-1]["completed_at"], rows[-1]["end"], rows[-1]["cost"]) == (None, "", None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_selected_exchanges_replace_an_older_file(
    store: Store, recorder: Recorder, spooled: Spooling, tmp_path: Path
) -> None:
    spooled(received(1), received(2, tenant="rival"))
    recorder.drain()
    path = tmp_path / "out.parquet"
    path.write_text("old")
    assert export(store, path, Selection("rival")) == 1
    assert parquet.read_table(path).column("tenant").to_pylist() == ["rival"]
    assert export(store, path, Selection("nobody")) == 0
    assert parquet.read_table(path).num_rows == 0


def test_a_failure_leaves_the_older_file_and_nothing_else(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out" / "out.parquet"
    path.parent.mkdir()
    path.write_text("old")
    monkeypatch.setattr(module, "exchanges", lambda *_: (1 // 0 for _ in range(1)))
    with pytest.raises(ZeroDivisionError):
        export(store, path)
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]


def test_the_columns_are_the_fields_of_a_record() -> None:
    assert schema().names == list(Record.__struct_fields__)


def test_no_gateway_loads_pyarrow() -> None:
    modules = ("spool", "read", "recorder", "retention", "contents")
    source = f"import sys; {'; '.join(f'import prodworthy.record.journal.{name}' for name in modules)}"
    done = subprocess.run(
        [sys.executable, "-c", f"{source}; sys.exit('pyarrow' in sys.modules)"],
        env={"PYTHONPATH": ":".join(path for path in sys.path if path)},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
