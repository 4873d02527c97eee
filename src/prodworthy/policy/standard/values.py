"""What a standard is made of. Values only; how they are read and checked stands in `standard.py`.

Levels run from 0 to 5. Ages, windows and retentions are in days unless a name says otherwise. The field names are those
of the TOML files.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    """A workload's risk tier: which evidence each control needs."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Group(StrEnum):
    """Which kind of evidence can show a criterion: decisions on traffic, doing it, a person's statement."""

    TRAFFIC = "traffic"
    OPERATIONS = "operations"
    PEOPLE = "people"


class Grade(StrEnum):
    """A grade of evidence. They are never added together; observed is recorded as not enforced."""

    ENFORCED = "enforced"
    OBSERVED = "observed"
    EXERCISED = "exercised"
    ATTESTED = "attested"


class Condition(StrEnum):
    """What a control's level asks for: a grade of evidence, or that the control is at least configured."""

    ENFORCED = "enforced"
    OBSERVED = "observed"
    EXERCISED = "exercised"
    ATTESTED = "attested"
    CONFIGURED = "configured"


class TextStatus(StrEnum):
    """Whose words an entry is: a restated criterion, one seen in part, drawn from a guide, or ours."""

    CRITERION = "criterion"
    PARTIAL = "partial"
    GUIDE = "guide"
    OURS = "ours"


class Confidence(StrEnum):
    """How sure a mapping or a date is; each file of mappings says what makes it so."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Place(StrEnum):
    """Where a criterion is met."""

    REQUEST = "request"
    RESPONSE = "response"
    RETRIEVAL = "retrieval"
    TOOL_CALL = "tool_call"
    TOOL_RESULT = "tool_result"
    PREDICTION = "prediction"
    ROUTE = "route"
    RECORD = "record"
    LEDGER = "ledger"
    RELEASE = "release"
    SCHEDULE = "schedule"
    MONITOR = "monitor"
    OPERATION = "operation"
    ATTEST = "attest"
    EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class Publication:
    """The standard as its publisher has it, the licence, and what was changed. `issued` is a year and month."""

    id: str
    name: str
    version: str
    issued: str
    publisher: str
    url: str
    licence: str
    licence_url: str
    attribution: str
    changes: str


@dataclass(frozen=True, slots=True)
class StatusMeaning:
    """What a text status means, and its mark of one letter."""

    id: TextStatus
    mark: str
    means: str


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain. `note` is ours; `ready_at` is the least level that a workload is ready with."""

    id: str
    name: str
    note: str
    ready_at: float


@dataclass(frozen=True, slots=True)
class Topic:
    """What frameworks ask for and no criterion has to itself: mappings may lead here, nothing is required."""

    id: str
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion: what it must do (`text`), where it stands, what drills it, and which evidence shows it.

    `also` names groups whose evidence is needed besides that of `group`; `why` is the reason for the group, empty where
    it is plain; `partition` says what its drill cuts off in the variant for the critical tier, empty where none is.
    """

    id: str
    title: str
    text: str
    stands: tuple[Place, ...]
    drill: str
    group: Group
    text_status: TextStatus
    source: str
    also: tuple[Group, ...] = ()
    why: str = ""
    partition: str = ""

    @property
    def domain(self) -> str:
        """The id of its domain."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class EvidenceRule:
    """What a tier requires of a group: any one of `grades`, and the bounds that apply to it.

    max_age_days: of a drill or a statement. window_days, coverage (share of exchanges decided on, above 0 to 1): of
    decisions. persons: how many must have stated it. partition: also with something cut off, where the drill has that.
    """

    tier: Tier
    group: Group
    grades: tuple[Grade, ...]
    max_age_days: int | None = None
    window_days: int | None = None
    coverage: float | None = None
    persons: int = 0
    partition: bool = False


@dataclass(frozen=True, slots=True)
class FourEyes:
    """A tier in which two people must agree under this criterion."""

    tier: Tier
    criterion: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """What one criterion needs in one tier: the rule of its group, and those of `also`, each of which must be met too.

    `partition` is true only where the criterion's drill has such a variant.
    """

    criterion: str
    tier: Tier
    group: Group
    grades: tuple[Grade, ...]
    max_age_days: int | None
    window_days: int | None
    coverage: float | None
    persons: int
    partition: bool
    four_eyes: bool
    also: tuple[Requirement, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a control: all conditions of one list of `any_of` hold, and it is fresh and unbroken as it says."""

    value: int
    means: str
    any_of: tuple[tuple[Condition, ...], ...] = ()
    fresh: bool = False
    unbroken_days: int = 0


@dataclass(frozen=True, slots=True)
class Readiness:
    """A domain's level is the mean of its applicable controls, rounded down to `decimals`.

    A workload is ready when each domain has its `ready_at`; none may be at `domain_above` or below in any case.
    """

    decimals: int
    domain_above: float
    source: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the ladder: what the record must show, and what the gateway then enforces."""

    id: str
    name: str
    shows: tuple[str, ...]
    enforces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the decision tree; the first that is answered with no leaves a workload in the stage `no`."""

    id: int
    text: str
    shown_by: tuple[str, ...]
    no: str


@dataclass(frozen=True, slots=True)
class Freeze:
    """A workload of `stage` that does one of `when` cannot widen a cap while one of `domains` has an open gap."""

    stage: str
    when: tuple[str, ...]
    domains: tuple[str, ...]
    effect: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Numbers that criteria name."""

    kill_seconds: int
    trace_days: int
    trace_days_regulated: int
    reconstruction_hours: int


@dataclass(frozen=True, slots=True)
class Autonomy:
    """A level of autonomy. `customers`: it may stand where customers or regulated work are touched."""

    id: str
    means: str
    customers: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """An id and what it means: a reason why a person is required, or a category of what is monitored."""

    id: str
    means: str


@dataclass(frozen=True, slots=True)
class AppliesFrom:
    """A day (YYYY-MM-DD) from which a part of a framework applies."""

    ref: str
    on: str
    what: str
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Deadline:
    """Within how many hours a framework wants something told."""

    ref: str
    event: str
    hours: int


@dataclass(frozen=True, slots=True)
class Framework:
    """Another framework that the standard is mapped to."""

    id: str
    name: str
    edition: str
    publisher: str
    url: str
    note: str
    dates: tuple[AppliesFrom, ...] = ()
    deadlines: tuple[Deadline, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """One entry of a framework and the domain, criterion or topic that it leads to. `title` may be empty."""

    framework: str
    ref: str
    title: str
    target: str
    source: str
    confidence: Confidence
