"""What judging costs: one workload with much traffic, a roster of a thousand, and keeping all their stages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import insert, select

from bench.report import Bar, Cell, Table
from bench.rig import Bench
from prodworthy.assurance.audit.view import DAY, day_name
from prodworthy.assurance.stages.assessor import Assessor
from prodworthy.assurance.stages.known import report_of
from prodworthy.interfaces.console.rows import roster
from prodworthy.interfaces.standards import load_standard
from prodworthy.operations.acts import Act, Applied, Attested, Drilled, Event, Installed, Seconded, Target
from prodworthy.operations.event_log import record
from prodworthy.operations.roster.declaring import Declaring, install
from prodworthy.operations.roster.listing import listing
from prodworthy.operations.roster.manifest import parse
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.evidence import CLASSES, Figures, Tally
from prodworthy.record.sealing.projection import evidence
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.tables import evidence_day, ledger_chain, ledger_head, operation_event, operation_leaf
from prodworthy.record.store.vault import Vault

DAYS, CONTROLS, EXCHANGES = 30, 14, 10_000_000
OPERATIONS = 400
NOW = 1_790_000_000 * 10**9
ACT = Act("bench", NOW - 40 * DAY)
VAULT = Vault(bytes(32))
STANDARD = load_standard()
CONTROLLED = [one.id for one in STANDARD.criteria][:CONTROLS]
BUSY = Target("default", "w0000")
BUSY_PLACE = (BUSY.tenant, BUSY.workload)
MANIFEST = """\
id: {name}
owner: Ada
models: [acme/chat-1]
users: {{real: true, maximum: 100}}
limits: {{rate: {{count: 100}}}}
data: {{classes: [tickets]}}
"""


class Took(NamedTuple):
    """Seconds by the clock, and of CPU."""

    wall: float
    cpu: float


def run(bench: Bench) -> Table:
    """A store as the recorder and the sealer leave it, then each question some times over; the fastest counts."""
    count, turns = bench.count(1_000, 20), bench.count(5, 1)
    bench.say(f"putting {count:,} workloads and {DAYS} days of each on record")
    store = open_store(f"sqlite:///{bench.folder / 'store.db'}")
    try:
        _fill(store, count)
        flags = Flags(bench.folder / "kill")
        known = _best(turns, lambda: evidence(store, VAULT, BUSY_PLACE, NOW))
        report = _best(turns, lambda: report_of(store, VAULT, STANDARD, BUSY, NOW))
        assessor = Assessor(store, VAULT, STANDARD)
        first = _took(lambda: assessor.assess_due(NOW))
        idle = _best(turns, lambda: assessor.assess_due(NOW + 1))
        again = _took(lambda: assessor.assess_due(NOW + 3_601 * 10**9))
        listed = _best(turns, lambda: listing(store, flags, NOW))
        page = _best(turns, lambda: roster(store, flags, NOW))
    finally:
        store.close()
    bars = [
        Bar(f"a report on {EXCHANGES:,} exchanges in {DAYS} days", 2.0, report.wall, "s"),
        Bar(f"the roster of {count:,} workloads", 3.0, page.wall, "s"),
    ]
    rows: list[list[Cell]] = [
        [f"evidence of {DAYS} days, {CONTROLS} controls, {OPERATIONS} operations, read", *_ms(known)],
        ["  and judged: a report", *_ms(report)],
        [f"{count:,} workloads judged for the first time, each", *_ms(first, count)],
        [f"{count:,} workloads judged again, each", *_ms(again, count)],
        [f"{count:,} workloads of which none is due", *_ms(idle)],
        [f"the roster of {count:,} workloads, listed", *_ms(listed)],
        ["  and as rows of the page", *_ms(page)],
    ]
    notes = ["SQLite; judged means read, judged, recorded what moved, and written where it stands, durably"]
    return Table("assess", "judging from sealed evidence", ["what", "ms", "CPU ms"], rows, bars, notes)


def _ms(took: Took, count: int = 1) -> list[Cell]:
    return [took.wall * 1_000 / count, took.cpu * 1_000 / count]


def _took(step: Callable[[], object]) -> Took:
    wall, cpu = time.perf_counter(), time.process_time()
    step()
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def _best(turns: int, step: Callable[[], object]) -> Took:
    return min(_took(step) for _ in range(turns))


def _fill(store: Store, count: int) -> None:
    """Workloads, what is declared of them, their days, and for the busy one what people and drills did."""
    migrate(store)
    catalogue = discover()
    targets = [Target("default", f"w{number:04}") for number in range(count)]
    for target in targets:
        apply(store, parse(MANIFEST.format(name=target.workload), catalogue), ACT)
    Declaring(store, catalogue, 7).declare(ACT.at)
    install(store, _installed(), ACT.at)
    for number, event in enumerate(_operations()):
        with store.begin() as connection:
            record(connection, BUSY, Act(f"person {number % 7}", NOW - number * 3_600 * 10**9), event)
    with store.begin() as connection:
        events = list(connection.execute(select(operation_event.c.id)).scalars())
        leaves = [{"event": event, "leaf": leaf, "salt": bytes(32)} for leaf, event in enumerate(events)]
        connection.execute(insert(operation_leaf), leaves)
        for target in targets:
            connection.execute(insert(evidence_day), list(_days(target, EXCHANGES if target == BUSY else 10_000)))
        size = len(events) + DAYS
        chains = [{"tenant": one.tenant, "workload": one.workload, "number": DAYS, "leaf": size - 1} for one in targets]
        connection.execute(insert(ledger_chain), chains)
        connection.execute(insert(ledger_head).values(id=1, size=size, root=bytes(32)))


def _installed() -> Installed:
    return Installed("1", {one.id: "0" * 64 for one in STANDARD.criteria})


def _operations() -> Iterator[Event]:
    """Drills, statements and those who second them, and manifests: as of a workload that people care for."""
    for number in range(OPERATIONS):
        criterion = STANDARD.criteria[number % len(STANDARD.criteria)].id
        until = NOW + 30 * DAY
        yield (
            Drilled("kill-switch", f"r{number}", (criterion,), "passed", "0" * 64, "Off.", 2_000_000, 300_000_000),
            Attested(criterion, "as it says", until),
            Seconded(number),
            Applied(2 + number, "0" * 64, ("name",)),
        )[number % 4]


def _days(target: Target, exchanges: int) -> Iterator[dict[str, Any]]:
    each = exchanges // DAYS // len(CLASSES)
    for number in range(DAYS):
        at = NOW - number * DAY
        figures = {traffic: _figures(each, at).plain() for traffic in CLASSES}
        yield {
            "tenant": target.tenant,
            "workload": target.workload,
            "day": day_name(at),
            "figures": msgspec.json.encode(figures).decode(),
            "first_leaf": number,
            "last_leaf": number,
            "leaves": 1,
        }


def _figures(count: int, at: int) -> Figures:
    tally = Tally({"allow": count - 2, "block": 1, "redact": 1}, {"allow": count}, count, 0)
    return Figures(
        count,
        count,
        {"answered": count - 1, "refused": 1},
        {f"desk@{number}": count // 3 for number in range(3)},
        {f"acme/chat-{number}": count // 3 for number in range(3)},
        {"tool_calls": 1, "tools_offered": 1},
        dict.fromkeys(CONTROLLED, tally),
        at - 3_600 * 10**9,
        at,
    )
