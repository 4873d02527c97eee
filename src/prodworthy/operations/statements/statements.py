"""Statements of named people, recorded: each holds for a time, and counts as what it is, never as more.

The texts go into the record as they are, and from there into audit packs: they are no place for personal data.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, select

from prodworthy.operations.acts import Act, Attested, Event, NotApplied, Overridden, Seconded, Target, Waived, Withdrawn
from prodworthy.operations.event_log import Recorded, record
from prodworthy.operations.roster.lookup import hold, require_workload
from prodworthy.operations.statements.errors import CannotSecond, TimeRefused, UnknownSubject, WordsRefused
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import operation_event

DAY = 86_400 * 10**9
LONGEST_TEXT = 2_000
"""Characters of a text, so that an event fits into a leaf of the ledger many times over."""

MOST_DAYS = {Attested: 365, NotApplied: 365, Waived: 180, Overridden: 3}
"""How long a statement may hold. The tiers ask for attestations of 365 days at most; the others are ours."""

OF_THE_WORKLOAD = ("review", "value", "reuse", "concentration")
"""What can be attested besides criteria: a review that was held, and what Scaled asks of the organisation."""

STAGES = ("experiment", "pilot", "production", "scaled")

Statement = Attested | NotApplied | Waived | Overridden
KINDS = frozenset(kind.__name__ for kind in MOST_DAYS)
"""The kinds of events that are statements."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


def state(store: Store, target: Target, said: Statement, criteria: Collection[str], act: Act) -> int:
    """Record a statement; its number, by which others second it or withdraw it. `criteria` are those of the standard.

    Raises UnknownWorkload, UnknownSubject, TimeRefused, WordsRefused.
    """
    _require_subject(said, criteria)
    _require_words(said)
    latest = act.at + MOST_DAYS[type(said)] * DAY
    if not act.at < said.until <= latest:
        most, option = MOST_DAYS[type(said)], "--hours" if isinstance(said, Overridden) else "--days"
        raise TimeRefused(f"It must end after now and within {most} days. Give another {option}.")
    return _write(store, target, said, act)


def second(store: Store, target: Target, number: int, act: Act) -> Recorded:
    """Stand behind a statement of somebody else; the statement. Raises UnknownWorkload, CannotSecond."""
    with store.begin() as connection:
        found = _statement(connection, target, number, act.at)
        persons = {found.actor, *(one.actor for one in _about(connection, target, Seconded, number))}
        if act.actor in persons:
            raise CannotSecond(
                f"{act.actor} stands behind statement {number} already: another person has to second it."
            )
        record(connection, target, act, Seconded(number))
    return found


def withdraw(store: Store, target: Target, number: int, reason: str, act: Act) -> Recorded:
    """Take a statement back; the statement. Raises UnknownWorkload, CannotSecond, WordsRefused."""
    _require_text("reason", reason)
    with store.begin() as connection:
        found = _statement(connection, target, number, act.at)
        record(connection, target, act, Withdrawn(number, reason))
    return found


def _write(store: Store, target: Target, said: Statement, act: Act) -> int:
    with store.begin() as connection:
        require_workload(connection, target)
        hold(connection)
        record(connection, target, act, said)
        table = operation_event.c
        newest = select(table.id).where(table.tenant == target.tenant, table.workload == target.workload)
        return int(connection.execute(newest.order_by(table.id.desc()).limit(1)).scalar_one())


def _statement(connection: Connection, target: Target, number: int, at: int) -> Recorded:
    """The statement of this number, in force. Raises UnknownWorkload, CannotSecond."""
    require_workload(connection, target)
    hold(connection)
    table = operation_event.c
    query = select(operation_event).where(
        table.id == min(number, 2**62), table.tenant == target.tenant, table.workload == target.workload
    )
    row = connection.execute(query).first()
    event = msgspec.json.decode(row.body, type=Event) if row is not None and row.kind in KINDS else None
    if row is None or not isinstance(event, Statement):
        raise CannotSecond(f"{target} has no statement {number}. See: prodworthy statements {target}")
    if event.until <= at:
        raise CannotSecond(f"Statement {number} has expired. State it anew.")
    if _about(connection, target, Withdrawn, number):
        raise CannotSecond(f"Statement {number} was withdrawn. State it anew.")
    return Recorded(row.id, target, row.actor, row.at, event)


def _about(connection: Connection, target: Target, kind: type[Seconded | Withdrawn], number: int) -> list[Recorded]:
    """The events of a kind that name a statement."""
    table = operation_event.c
    query = select(operation_event).where(
        table.tenant == target.tenant, table.workload == target.workload, table.kind == kind.__name__, table.id > number
    )
    found = []
    for row in connection.execute(query):
        event = msgspec.json.decode(row.body, type=kind)
        if event.event == number:
            found.append(Recorded(row.id, target, row.actor, row.at, event))
    return found


def _require_subject(said: Statement, criteria: Collection[str]) -> None:
    if isinstance(said, Overridden):
        subject, known = said.stage, list(STAGES)
    elif isinstance(said, Attested):
        subject, known = said.subject, [*criteria, *OF_THE_WORKLOAD]
    else:
        subject, known = said.criterion, list(criteria)
    if subject not in known:
        close = difflib.get_close_matches(subject[:60], known, n=3, cutoff=0.5) or known[:4]
        raise UnknownSubject(f"`{subject[:60]}` cannot be stated. Did you mean {', '.join(close)}?")


def _require_words(said: Statement) -> None:
    for name in ("statement", "reason", "compensating"):
        text = getattr(said, name, None)
        if text is not None:
            _require_text(name, text)
    if isinstance(said, Attested):
        if len(said.scope) > LONGEST_TEXT:
            raise WordsRefused(f"The scope is longer than {LONGEST_TEXT} characters. Shorten it.")
        if said.document and not _DIGEST.fullmatch(said.document):
            raise WordsRefused("A document is named by its SHA-256: 64 hexadecimal digits, lower case.")


def _require_text(name: str, text: str) -> None:
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise WordsRefused(f"Give a {name}, in 1 to {LONGEST_TEXT} characters.")
