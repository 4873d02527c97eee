from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy

from prodworthy.assurance.drills.input_governance.stores import BETWEEN, PIECE, columns
from prodworthy.record.faults import StoreFault
from prodworthy.record.store.database import open_store


def test_every_column_of_every_table_is_read(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'test.db'}")
    with store.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE odd (a TEXT, b BLOB, c INTEGER, d REAL)"))
        for number in range(120):
            row = {"a": f"text {number}", "b": bytes([number]), "c": number, "d": None if number else 0.5}
            connection.execute(sqlalchemy.text("INSERT INTO odd VALUES (:a, :b, :c, :d)"), row)
    found: dict[str, list[bytes]] = {}
    for place, values in columns(store, "20261123"):
        found.setdefault(place, []).append(values)
    store.close()
    assert sorted(found) == [f"table odd, column {name}" for name in "abcd"]
    joined = {place[-1]: BETWEEN.join(values).split(BETWEEN) for place, values in found.items()}
    assert joined["a"][119] == b"text 119"
    assert joined["b"][:3] == [b"\x00", b"\x01", b"\x02"]
    assert joined["c"][119] == b"119"
    assert joined["d"][:2] == [b"0.5", b""]
    assert len(found["table odd, column a"]) == 1


def test_large_values_are_handed_on_as_they_come(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'test.db'}")
    with store.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE large (a BLOB)"))
        for _ in range(40):
            connection.execute(sqlalchemy.text("INSERT INTO large VALUES (zeroblob(200000))"))
    sizes = [len(values) for _, values in columns(store, "20261123")]
    store.close()
    assert sum(sizes) >= 40 * 200_000
    assert PIECE <= max(sizes) <= 3 * PIECE


def test_only_days_before_the_run_are_left_out(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'test.db'}")
    with store.begin() as connection:
        for table in ("journal_20261122", "journal_20261123", "journal_segment"):
            connection.execute(sqlalchemy.text(f"CREATE TABLE {table} (a TEXT)"))
            connection.execute(sqlalchemy.table(table, sqlalchemy.column("a")).insert().values(a="x"))
    places = [place for place, _ in columns(store, "20261123")]
    store.close()
    assert places == ["table journal_20261123, column a", "table journal_segment, column a"]


def test_a_store_that_is_away_raises(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'test.db'}")
    (tmp_path / "test.db").write_bytes(b"this is no database, and never was one" * 40)
    with pytest.raises(StoreFault):
        list(columns(store, "20261123"))
    store.close()
