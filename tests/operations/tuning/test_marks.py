from __future__ import annotations

from pathlib import Path

import pytest

from prodworthy.operations.acts import Act, Marked, Target
from prodworthy.operations.event_log import recorded
from prodworthy.operations.tuning.errors import UnknownExchange
from prodworthy.operations.tuning.marks import mark, marks
from prodworthy.policy.core.events import Received
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.spool import Spool
from prodworthy.record.store.database import Store
from prodworthy.record.store.vault import Vault
from tests.operations.conftest import NOON

EXCHANGES = [f"{NOON // 1_000_000:012x}{number:020x}" for number in range(3)]


@pytest.fixture(autouse=True)
def journal(store: Store, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", "gateway0", "0")
    for number, exchange in enumerate(EXCHANGES):
        workload = "scorer" if number == 2 else "help-desk"
        spool.append(Received(exchange, "default", workload, NOON, "r", "openai-chat", "chat", "m", "k"))
    spool.close()
    Recorder(store, tmp_path / "spool", Vault(b"k" * 32)).drain()


def test_the_last_mark_counts(store: Store, desk: Target, ada: Act) -> None:
    assert mark(store, EXCHANGES[0], True, ada) == (desk, Marked(EXCHANGES[0], True))
    mark(store, EXCHANGES[1], True, ada)
    mark(store, EXCHANGES[2], True, ada)
    mark(store, EXCHANGES[0], False, Act("grace", NOON + 1))
    assert marks(store, desk) == {EXCHANGES[0]: False, EXCHANGES[1]: True}
    with store.connect() as connection:
        newest = recorded(connection, desk)[0]
    assert (newest.actor, newest.at) == ("grace", NOON + 1)


@pytest.mark.parametrize("exchange", ["", "nothing", "0" * 32, f"{NOON // 1_000_000:012x}{9:020x}"])
def test_an_exchange_that_is_not_recorded_cannot_be_marked(store: Store, desk: Target, ada: Act, exchange: str) -> None:
    with pytest.raises(UnknownExchange):
        mark(store, exchange, True, ada)
    assert marks(store, desk) == {}
