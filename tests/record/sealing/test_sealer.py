from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from prodworthy.policy.core.evidence import Operation
from prodworthy.record.faults import DatabaseRolledBack, ForeignStatement, StoreUnavailable
from prodworthy.record.ledger.checkpoint import Head
from prodworthy.record.ledger.disk import Machine
from prodworthy.record.ledger.dsse import parse_envelope, verify_envelope
from prodworthy.record.ledger.faults import Forked, LedgerLocked, LedgerUnwritable, RolledBack
from prodworthy.record.ledger.keys import Kind, generate_key
from prodworthy.record.ledger.log import Writer
from prodworthy.record.ledger.statement import PAYLOAD_TYPE
from prodworthy.record.sealing import sealer as module
from prodworthy.record.sealing.applying import apply, read_head
from prodworthy.record.sealing.books import Books, forms_of
from prodworthy.record.sealing.forms import Form, OperationForm, PackForm, TrafficForm
from prodworthy.record.sealing.projection import evidence
from prodworthy.record.sealing.sealer import Sealed, Sealer
from prodworthy.record.sealing.unsealed import waiting
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.tables import journal_segment, ledger_head, operation_event, operation_leaf
from prodworthy.record.store.vault import Vault
from tests.record.sealing.conftest import LOG_KEY, NOON, STATEMENT_KEY, days, event, leaves, put, segment


def forms(books: Books) -> list[Form]:
    _, reader = books.published()
    return [*forms_of(reader, 0, reader.checkpoint.size)]


def require_whole(store: Store, books: Books) -> None:
    """Everything has one leaf, every leaf is about something, every chain is unbroken, and days are their sum."""
    found = forms(books)
    sealed_segments = [one.id for form in found if isinstance(form, TrafficForm) for one in form.segments]
    sealed_events = [form.event for form in found if isinstance(form, OperationForm)]
    with store.connect() as connection:
        assert sorted(sealed_segments) == sorted(connection.execute(select(journal_segment.c.id)).scalars())
        assert sorted(sealed_events) == sorted(connection.execute(select(operation_event.c.id)).scalars())
        assert read_head(connection) == books.published()[1].checkpoint.head
    chains: dict[tuple[str, str], tuple[int, int]] = {}
    for leaf, form in enumerate(found):
        place = form.link.tenant, form.link.workload
        number, previous = chains.get(place, (-1, -1))
        assert (form.link.number, form.link.previous) == (number + 1, previous)
        chains[place] = number + 1, leaf
    segments, events = leaves(store)
    for number, sealed_by in zip(sorted(sealed_segments), segments, strict=True):
        assert sealed_by is not None
        form = found[sealed_by]
        assert isinstance(form, TrafficForm)
        assert number in [one.id for one in form.segments]
    assert sorted(events) == sorted(leaf for leaf, form in enumerate(found) if isinstance(form, OperationForm))


def test_segments_and_events_become_signed_statements_and_evidence(
    store: Store, sealer: Sealer, books: Books, vault: Vault
) -> None:
    put(store, segment(1), segment(2), segment(3, "other"), event("Killed", how="database", reason="Bob asked"))
    put(store, event("Swept", "", keys=0), event("Unshared", ""), segment(4, day="20261124", traffic="drill"))
    assert sealer.seal() == Sealed(4, 3, 0, 5)
    assert sealer.seal() == Sealed(0, 0, 0, 5)
    require_whole(store, books)
    data, reader = books.published()
    assert STATEMENT_KEY.name not in data.decode()
    for entry in reader.entries(0, 5):
        assert verify_envelope(parse_envelope(entry), PAYLOAD_TYPE, [STATEMENT_KEY.verifier])
        assert not any(name in entry for name in (b"Ada", b"Bob"))
    found = evidence(store, vault, ("acme", "desk"), NOON)
    assert (found.tenant, found.workload, found.size) == ("acme", "desk", 5)
    [day] = found.days
    assert (day.day, day.figures["live"].exchanges, day.leaves) == ("20261123", 3, 1)
    killed, swept = found.operations
    assert killed == Operation(
        1, "Killed", NOON, killed.person, {"type": "Killed", "how": "database", "reason": "Bob asked"}, 0
    )
    assert (swept.kind, swept.fields["keys"], len(swept.person)) == ("Swept", 0, 32)
    assert len(evidence(store, vault, ("acme", "desk"), NOON + 86_400 * 10**9).days) == 2
    assert evidence(store, vault, ("acme", "desk"), NOON - 1).operations == ()


def test_what_is_not_sealed_is_no_evidence_and_is_counted_as_waiting(
    store: Store, sealer: Sealer, vault: Vault
) -> None:
    put(store, segment(1), event())
    found = evidence(store, vault, ("acme", "desk"), NOON)
    assert (found.days, found.operations, found.size) == ((), (), 0)
    with store.connect() as connection:
        assert waiting(connection) == (1, 6, 1, NOON)
    sealer.seal()
    with store.connect() as connection:
        assert waiting(connection) == (0, 0, 0, 0)


def test_many_segments_and_events_are_sealed_in_rounds_and_in_leaves_that_fit(
    store: Store, sealer: Sealer, books: Books
) -> None:
    # 150 names of 200 characters in each segment: not all of a hundred fit into a leaf
    big = [segment(number) for number in range(1, 260)]
    for number, row in enumerate(big):
        row["figures"] = row["figures"].replace("desk@1", f"{number}{'x' * 400}")
    put(store, *big, *(event() for _ in range(250)))
    assert sealer.seal()[:2] == (259, 250)
    require_whole(store, books)
    traffic = [form for form in forms(books) if isinstance(form, TrafficForm)]
    assert len(traffic) > 4
    assert sum(len(form.segments) for form in traffic) == 259


def test_a_pack_is_a_leaf_in_the_chain_of_its_workload(store: Store, sealer: Sealer, books: Books) -> None:
    put(store, segment(1))
    sealer.seal()
    assert sealer.seal_pack(("acme", "desk"), "ab" * 32) == 1
    put(store, segment(2))
    sealer.seal()
    require_whole(store, books)
    assert isinstance(forms(books)[1], PackForm)


class Crashed(BaseException):
    """What a killed process does not say."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with its tables, to copy."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    opened = open_store(f"sqlite:///{path}")
    migrate(opened)
    opened.close()
    return path


histories = st.lists(
    st.one_of(
        st.tuples(st.just("segment"), st.integers(1, 50), st.sampled_from(["desk", "other"])),
        st.tuples(st.just("event"), st.sampled_from(["desk", ""])),
        st.tuples(st.just("seal")),
        st.tuples(st.just("crash"), st.integers(0, 4)),
    ),
    max_size=9,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=histories)
def test_any_interleaving_of_batches_seals_and_crashes_gives_the_evidence_of_one_seal(
    steps: list[tuple[Any, ...]], template: Path, tmp_path: Path, vault: Vault
) -> None:
    results = []
    for crashing in (True, False):
        home = tmp_path / str(len(list(tmp_path.iterdir())))
        home.mkdir()
        shutil.copy(template, home / "store.db")
        store = open_store(f"sqlite:///{home / 'store.db'}")
        books = Books(home / "ledger", "ledger.example/1", (LOG_KEY,), (STATEMENT_KEY,))
        sealer = Sealer(store, vault, books, lambda: NOON)
        for step in steps:
            match step:
                case ("segment", number, workload):
                    put(store, segment(number, workload))
                case ("event", workload):
                    put(store, event(workload=workload))
                case ("seal",) if crashing:
                    sealer.seal()
                case ("crash", point) if crashing:
                    crash(sealer, point)
                    sealer = Sealer(store, vault, books, lambda: NOON)
        sealer.seal()
        require_whole(store, books)
        results.append(days(store))
        store.close()
    assert results[0] == results[1]


def crash(sealer: Sealer, point: int) -> None:
    """Seal, and die at a point: before or after salts, append, publish, or before the transaction is committed."""

    def dies(*_: Any, **__: Any) -> Any:
        raise Crashed

    def dies_after(call: Callable[..., Any]) -> Callable[..., Any]:
        def after(*given: Any, **named: Any) -> Any:
            call(*given, **named)
            raise Crashed

        return after

    places: list[tuple[Any, str, Any]] = [
        (Sealer, "_append", dies),
        (Writer, "append", dies_after(Writer.append)),
        (Writer, "publish", dies),
        (Writer, "publish", dies_after(Writer.publish)),
        (module, "apply", dies_after(apply)),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*places[point])
        try:
            sealer.seal()
        except Crashed:
            return


def test_a_crash_between_append_and_transaction_is_made_good(store: Store, sealer: Sealer, books: Books) -> None:
    put(store, segment(1), event())
    crash(sealer, 4)
    assert leaves(store) == ([None], [-1])
    put(store, segment(2))
    assert sealer.seal() == Sealed(1, 0, 2, 3)
    require_whole(store, books)


SEED = 20261124


def test_a_process_killed_at_any_point_of_sealing_leaves_what_the_next_one_finishes(
    store: Store, url: str, vault: Vault, books: Books
) -> None:
    drawn = random.Random(SEED)
    print(f"seed {SEED}")
    for number in range(1, 9):
        store.close()
        child = os.fork()
        if not child:
            _seal_and_write(url, vault, books, number)
        time.sleep(drawn.uniform(0.01, 0.12))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    put(store, segment(99))
    Sealer(store, vault, books).seal(wait=5)
    require_whole(store, books)
    assert leaves(store)[0]


def _seal_and_write(url: str, vault: Vault, books: Books, number: int) -> NoReturn:
    """Write and seal until killed."""
    store = open_store(url)
    sealer = Sealer(store, vault, books)
    try:
        while True:
            put(store, segment(number), event(), segment(number, "other"))
            sealer.seal()
    finally:
        os._exit(1)


def test_a_database_that_was_put_back_is_not_written_over(store: Store, sealer: Sealer) -> None:
    put(store, segment(1), event())
    crash(sealer, 4)
    for changed in (
        update(journal_segment).values(root=bytes(32)),
        delete(journal_segment),
    ):
        with store.begin() as connection:
            connection.execute(changed)
        with pytest.raises(DatabaseRolledBack, match="restore the newest copy"):
            sealer.seal()
        assert DatabaseRolledBack.code == "database_rolled_back"
        with store.connect() as connection:
            assert read_head(connection).size == 0
    assert days(store) == []


@pytest.mark.parametrize(
    "changed",
    [
        delete(operation_event),
        delete(operation_leaf),
        update(operation_event).values(actor="Bob"),
        update(operation_event).values(body="{}"),
        update(operation_event).values(kind="Killed"),
        update(operation_leaf).values(salt=bytes(32)),
    ],
)
def test_another_event_than_the_one_in_the_ledger_is_noticed(store: Store, sealer: Sealer, changed: Any) -> None:
    put(store, event())
    crash(sealer, 4)
    with store.begin() as connection:
        connection.execute(changed)
    with pytest.raises(DatabaseRolledBack):
        sealer.seal()


def test_a_ledger_that_was_put_back_or_replaced_is_not_written_to(
    store: Store, sealer: Sealer, books: Books, tmp_path: Path
) -> None:
    put(store, segment(1))
    sealer.seal()
    shutil.copytree(books.folder, tmp_path / "old")
    put(store, segment(2))
    sealer.seal()
    shutil.rmtree(books.folder)
    shutil.copytree(tmp_path / "old", books.folder)
    with pytest.raises(RolledBack):
        sealer.seal()
    with store.begin() as connection:
        connection.execute(update(ledger_head).values(size=1, root=bytes(32)))
    with pytest.raises(Forked):
        sealer.seal()
    put(store, segment(3))
    assert leaves(store)[0] == [0, 1, None]


def test_who_sealed_with_another_head_in_mind_writes_nothing(store: Store, sealer: Sealer, books: Books) -> None:
    put(store, segment(1))
    sealer.seal()
    head = books.published()[1].checkpoint.head
    with pytest.raises(StoreUnavailable), store.begin() as connection:
        apply(connection, Head(1, bytes(32)), [], Head(2, bytes(32)))
    with store.connect() as connection:
        assert read_head(connection) == head


def test_an_entry_of_somebody_else_stops_sealing(store: Store, sealer: Sealer, books: Books) -> None:
    put(store, segment(1))
    sealer.seal()
    with books.writing(0) as writer:
        writer.append([b"not ours"])
    with pytest.raises(ForeignStatement, match="leaf 1"):
        sealer.seal()


def test_a_statement_out_of_its_chain_stops_sealing(store: Store, sealer: Sealer, books: Books) -> None:
    put(store, segment(1))
    sealer.seal()
    with books.writing(0) as writer:
        writer.append([books.published()[1].entry(0)])
    with pytest.raises(ForeignStatement, match="leaf 1"):
        sealer.seal()


def test_only_one_writes_at_a_time(sealer: Sealer, books: Books) -> None:
    with books.writing(0), pytest.raises(LedgerLocked):
        sealer.seal(wait=0.05)


def test_a_full_disk_stops_sealing_until_there_is_room(
    store: Store, sealer: Sealer, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, segment(1))
    sealer.seal()
    put(store, segment(2), event())

    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Machine, "write", full)
        with pytest.raises(LedgerUnwritable, match="No space left"):
            sealer.seal()
    assert leaves(store)[0] == [0, None]
    assert sealer.seal().size == 3
    require_whole(store, books)


def test_keys_change_while_both_sign(store: Store, vault: Vault, sealer: Sealer, books: Books) -> None:
    put(store, segment(1))
    sealer.seal()
    new_log = generate_key(books.origin, Kind.ED25519, bytes(range(2, 34)))
    new_statement = generate_key("statements.example", Kind.ED25519, bytes(range(3, 35)))
    both = books._replace(log_keys=(LOG_KEY, new_log), statement_keys=(STATEMENT_KEY, new_statement))
    put(store, segment(2))
    Sealer(store, vault, both).seal()
    only = books._replace(log_keys=(new_log,), statement_keys=(new_statement,))
    put(store, segment(3))
    Sealer(store, vault, only).seal()
    _, reader = only.published()
    signed = [
        len(verify_envelope(parse_envelope(entry), PAYLOAD_TYPE, [STATEMENT_KEY.verifier, new_statement.verifier]))
        for entry in reader.entries(0, 3)
    ]
    assert signed == [1, 2, 1]
    require_whole(store, only)
