"""What budgets had spent before a start, as the supervisor tells the broker."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import update

from prodworthy.interfaces.last_run import served_lately, spent_before
from prodworthy.policy.core.quota import DAY, MINUTE, window_start
from prodworthy.record.store.database import open_store
from prodworthy.record.store.tables import workload_version
from prodworthy.record.store.vault import Vault
from tests.interfaces.conftest import Run
from tests.interfaces.recorded import MORNING, completed, received, spool_and_drain


def test_a_budget_begins_with_what_the_journal_says_was_spent(run: Run, manifest: Path, home: Path) -> None:
    run("apply", str(manifest))
    store = open_store(f"sqlite:///{home / 'prodworthy.db'}")
    earlier, now = MORNING - 60 * MINUTE, MORNING + MINUTE // 2
    first, second = (received(earlier), completed(earlier)), (received(MORNING), completed(MORNING))
    spool_and_drain(store, home / "spool", Vault(b"k" * 32), *first, *second)
    spent = spent_before(store, now)
    store.close()  # from here on, it answers from memory
    day, minute = window_start(now, DAY), window_start(now, MINUTE)
    assert spent("tpd:default/help-desk", day) == 36
    assert spent("tpm:default/help-desk", minute) == 18
    assert spent("tpm:default/help-desk", minute + MINUTE) == 0
    assert spent("tpd:default/another", day) == 0


def test_a_new_home_has_not_served_lately(run: Run, manifest: Path, home: Path) -> None:
    run("apply", str(manifest))
    store = open_store(f"sqlite:///{home / 'prodworthy.db'}")
    spool = home / "spool"
    spool.mkdir()
    assert not served_lately(store, spool, MORNING)
    (spool / "left.spool").touch()
    assert served_lately(store, spool, MORNING)
    store.close()


def test_a_manifest_that_cannot_be_read_regains_nothing(run: Run, manifest: Path, home: Path) -> None:
    run("apply", str(manifest))
    store = open_store(f"sqlite:///{home / 'prodworthy.db'}")
    spool = home / "spool"
    spool_and_drain(store, spool, Vault(b"k" * 32), received(MORNING), completed(MORNING))
    for path in spool.iterdir():
        path.unlink()
    assert not served_lately(store, spool, MORNING + 60 * MINUTE)
    with store.begin() as connection:
        connection.execute(update(workload_version).values(manifest='{"of": "another version"}'))
    assert served_lately(store, spool, MORNING + 60 * MINUTE)
    store.close()


def test_a_home_has_served_lately_until_its_slowest_rate_is_regained(run: Run, manifest: Path, home: Path) -> None:
    text = manifest.read_text() + "limits:\n  rate:\n    count: 10\n    seconds: 3600\n    burst: 20\n"
    manifest.write_text(text)
    run("apply", str(manifest))
    store = open_store(f"sqlite:///{home / 'prodworthy.db'}")
    spool = home / "spool"
    spool_and_drain(store, spool, Vault(b"k" * 32), received(MORNING), completed(MORNING))
    for path in spool.iterdir():
        path.unlink()
    assert served_lately(store, spool, MORNING + 2 * 60 * MINUTE)
    assert not served_lately(store, spool, MORNING + 3 * 60 * MINUTE)
    store.close()
