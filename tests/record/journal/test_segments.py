from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import RowMapping, select

from prodworthy.policy.core.events import Completed, Decided, JournalEvent, Opened
from prodworthy.policy.core.evidence import OTHER, by_class
from prodworthy.record.journal.days import day_table, existing_days
from prodworthy.record.journal.frames import encode_event
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.segments import LARGEST_FIGURES, Framed, Segments, divided
from prodworthy.record.ledger.merkle import leaf_hash, root_of
from prodworthy.record.sealing.summing import summed
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import journal_segment
from prodworthy.record.store.vault import Vault, place
from tests.record.journal.conftest import Spooling
from tests.record.journal.samples import DAY, NOON, completed, received


def segments(store: Store) -> list[RowMapping]:
    with store.connect() as connection:
        return list(connection.execute(select(journal_segment).order_by(journal_segment.c.id)).mappings())


def bodies(store: Store, row: RowMapping) -> list[bytes]:
    """What the journal has of a segment, in order of its sequence."""
    found: list[tuple[int, bytes]] = []
    with store.connect() as connection:
        for day in existing_days(connection):
            table = day_table(day).c
            query = select(table.sequence, table.body).where(
                table.gateway == row["gateway"],
                table.sequence.between(row["first"], row["last"]),
                table.tenant == row["tenant"],
                table.workload == row["workload"],
            )
            found += [(sequence, bytes(body)) for sequence, body in connection.execute(query)]
    return [body for _, body in sorted(found)]


def figures(row: RowMapping, day: str = "20261123", traffic: str = "test") -> Any:
    return json.loads(row["figures"])[day][traffic]


def test_every_frame_belongs_to_one_segment_whose_root_covers_its_body_as_the_journal_has_it(
    store: Store, recorder: Recorder, spooled: Spooling, vault: Vault
) -> None:
    content = vault.seal_spool(b"secret", place("acme", received(1).exchange, "Received"))
    events: list[JournalEvent] = [received(1, content=content), received(2, workload="other"), completed(1)]
    # an exchange of the day before: its frame stands in another table
    events += [completed(3, NOON - DAY), completed(2, workload="other")]
    spooled(*events)
    recorder.drain()
    rows = segments(store)
    assert [(row["tenant"], row["workload"], row["count"]) for row in rows] == [
        ("", "", 2),
        ("acme", "desk", 3),
        ("acme", "other", 2),
    ]
    for row in rows:
        kept = bodies(store, row)
        assert len(kept) == row["count"]
        assert bytes(row["root"]) == root_of(map(leaf_hash, kept))
        assert row["leaf"] is None
        assert b"secret" not in b"".join(kept)


def test_the_release_of_an_exchange_is_known_also_to_a_recorder_that_did_not_see_it_begin(
    store: Store, recorder: Recorder, spooled: Spooling, spools: Any, vault: Vault
) -> None:
    spooled(received(1), received(2, release="desk@4"))
    recorder.drain()
    spooled(completed(1), completed(2), completed(3))
    Recorder(store, spools, vault).drain()
    assert figures(segments(store)[-1])["releases"] == {"desk@3": 1, "desk@4": 1, OTHER: 1}


def ended(*events: Completed) -> Any:
    frames: list[Framed] = [(number, b"", event) for number, event in enumerate(events)]
    [(_, text)] = divided(frames, lambda event: "desk@1")
    for classes in json.loads(text).values():
        by_class(classes)
    return json.loads(text)


def test_exchanges_are_counted_by_the_day_they_ended_on_and_by_class() -> None:
    midnight = NOON + DAY // 2
    found = ended(
        completed(1),
        completed(2, traffic="live"),
        completed(3, midnight, traffic="live"),
        completed(4, traffic="a class of the future"),
    )
    assert {day: {name: one["exchanges"] for name, one in classes.items()} for day, classes in found.items()} == {
        "20261123": {"test": 2, "live": 1},
        "20261124": {"live": 1},
    }
    assert found["20261124"]["live"]["first"] == found["20261124"]["live"]["last"] == completed(3, midnight).at


def test_decisions_are_counted_by_what_acted_and_only_what_was_measured_covers_an_answer() -> None:
    said = (
        Decided("PSF-1.1", "allow", "enforce"),
        Decided("PSF-2.1", "block", "observe", "why", "output_invalid"),
        Decided("PSF-2.3", "block", "observe", "no measurement", "cannot_decide"),
    )
    found = ended(completed(1, decisions=said), completed(2, decisions=said, end="refused"))["20261123"]["test"]
    assert (found["exchanges"], found["released"], found["ends"]) == (2, 1, {"answered": 1, "refused": 1})
    assert found["controls"] == {
        "PSF-1.1": {"enforced": {"allow": 2}, "observed": {}, "covered": 1, "watched": 0},
        "PSF-2.1": {"enforced": {}, "observed": {"block": 2}, "covered": 0, "watched": 1},
        "PSF-2.3": {"enforced": {}, "observed": {"undecided": 2}, "covered": 0, "watched": 0},
    }


def test_signs_say_in_how_many_exchanges_something_was_seen() -> None:
    found = ended(
        completed(1, decisions=(Decided("PSF-3.1", "redact", "enforce"), Decided("PSF-7.3", "block", "observe"))),
        completed(2, decisions=(Decided("PSF-3.1", "allow", "enforce"),), tools=2, tools_offered=3, undeclared=1),
        completed(3, decisions=(Decided("PSF-3.1", "block", "enforce", "", "cannot_decide"),), tools_offered=1),
    )["20261123"]["test"]
    assert found["signs"] == {
        "personal_data": 1,
        "secrets": 1,
        "tool_calls": 1,
        "tools_offered": 2,
        "undeclared_tools": 1,
    }


def test_a_model_counts_where_a_vendor_named_it() -> None:
    found = ended(completed(1), completed(2, model=""), completed(3, vendor=""))["20261123"]["test"]
    assert found["models"] == {"openai/gpt-4o": 1}


def test_more_controls_than_anybody_has_are_counted_together() -> None:
    said = tuple(Decided(f"X-{number}", "allow", "enforce") for number in range(120))
    found = ended(completed(1, decisions=said))["20261123"]["test"]["controls"]
    assert len(found) == 101
    assert found[OTHER]["covered"] == 20


def test_figures_that_are_too_large_for_a_leaf_are_halved_and_nothing_is_lost() -> None:
    events = [completed(number, NOON + number % 3 * DAY, model=f"{number}{'x' * 150}") for number in range(300)]
    frames: list[Framed] = [(number, b"", event) for number, event in enumerate(events)]
    parts = list(divided(frames, lambda event: "desk@1"))
    assert len(parts) > 1
    assert [frame for part, _ in parts for frame in part] == frames
    assert all(len(text.encode()) <= LARGEST_FIGURES for _, text in parts)


def test_the_largest_figures_of_one_frame_fit_however_large_its_texts_are() -> None:
    said = tuple(Decided("\U0001f600" * 99 + str(number), "\U0001f600" * 99, "enforce") for number in range(150))
    event = completed(1, decisions=said, model="\U0001f600" * 999, end="\U0001f600" * 99)
    [(_, text)] = divided([(1, b"", event)], lambda event: "\U0001f600" * 999)
    assert len(text.encode()) <= LARGEST_FIGURES


def _kinds() -> Iterator[st.SearchStrategy[JournalEvent]]:
    number = st.integers(0, 5)
    yield st.builds(received, number)
    yield st.builds(
        completed,
        number,
        at=st.sampled_from([NOON, NOON + DAY // 2]),
        traffic=st.sampled_from(["", "live", "drill"]),
        end=st.sampled_from(["answered", "refused"]),
        decisions=st.sampled_from([(), (Decided("PSF-3.1", "redact", "enforce"),)]),
    )
    yield st.just(Opened("", NOON, "1", 1))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(*_kinds()), min_size=1, max_size=30), st.data())
def test_figures_do_not_depend_on_where_batches_end(events: list[JournalEvent], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(events)))) | {0, len(events)})

    def total(cuts: list[int]) -> Any:
        days: Any = {}
        for start, end in itertools.pairwise(cuts):
            batch = Segments("gw")
            for number, event in enumerate(events[start:end], start):
                row = {"tenant": event.tenant, "workload": getattr(event, "workload", ""), "sequence": number}
                batch.add(row | {"body": encode_event(event)}, event)
            for row in batch.rows(NOON, lambda event: "desk@1"):
                days = summed(days, {day: by_class(one) for day, one in json.loads(row["figures"]).items()})
        return days

    assert total(cuts) == total([0, len(events)])
