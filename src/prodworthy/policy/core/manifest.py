"""The manifest: what a team declares of a workload. Three lines are required; the rest has careful defaults.

The fields follow the inventory record of the Production Safety Framework, with what the EU AI Act's registration and
ISO/IEC 42001 ask for besides. A manifest is a claim: evidence decides.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from prodworthy.policy.core.quota import MOST

Name = Annotated[
    str, Meta(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", description="lower-case letters, digits, -")
]
FactName = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="lower-case letters, digits, _")]
Line = Annotated[str, Meta(max_length=300)]
Text = Annotated[str, Meta(max_length=4000)]
Days = Annotated[int, Meta(ge=0, le=3650)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class Kind(enum.StrEnum):
    """What sort of AI the workload is."""

    LLM_APP = "llm_app"
    AGENT = "agent"
    RAG = "rag"
    SCORER = "scorer"
    RANKER = "ranker"
    VISION = "vision"


class Tier(enum.StrEnum):
    """The internal risk tier; it sets which grade of evidence each control needs."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Autonomy(enum.StrEnum):
    """How much the AI decides alone, L0 (drafts only) to L4 (nobody looks); from the framework's oversight guide."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    L4 = "L4"


class Durability(enum.StrEnum):
    """What must be on disk before what: `batched` nothing (loss window 50 ms on a process crash, 1 s on a power cut),
    `sync` the Received before the vendor is called, `strict` besides the Completed before the caller sees the end."""

    BATCHED = "batched"
    SYNC = "sync"
    STRICT = "strict"


class Keep(enum.StrEnum):
    """How much of an exchange's content is stored: nothing but hashes, or all of it, encrypted per subject."""

    NONE = "none"
    FULL = "full"


class Mode(enum.StrEnum):
    """`enforce`: the verdict acts. `observe`: it is recorded only, and counts as not enforced."""

    ENFORCE = "enforce"
    OBSERVE = "observe"


class Profile(enum.StrEnum):
    """Which controls that read content are asked besides those that the manifest names.

    `declared`: no others. `fast` and `default`: all others, in mode observe. `fast` measures with cheaper detectors.
    """

    DECLARED = "declared"
    FAST = "fast"
    DEFAULT = "default"


class LostSwitch(enum.StrEnum):
    """What a workload does when its gateway cannot learn the kill switch's state within its lease.

    Tiers high and critical always stop, whatever is declared here.
    """

    STOP = "stop"
    CONTINUE = "continue"


class _Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of every part of a manifest: immutable, and an unknown field is an error."""


class OnCall(_Declared, frozen=True):
    """Who is called: a person or a rota, and the route (`webhook:https://…` or `mailto:…`)."""

    who: Line
    route: Annotated[str, Meta(pattern=r"^(webhook:https?://\S+|mailto:\S+@\S+)$", max_length=500)]


class Model(_Declared, frozen=True):
    """One pinned model: `vendor` is a name from the gateway's configuration, `model` the vendor's exact version.

    `name` is what clients send (default: `model`); `region` where it is served; `digest` of the weights if known.
    """

    vendor: Name
    model: Line
    name: Line = ""
    region: Line = ""
    digest: Line = ""

    @property
    def served_as(self) -> str:
        """The name that clients use."""
        return self.name or self.model


class Purpose(_Declared, frozen=True):
    """What the workload is for, what it must not be used for, whom it affects."""

    intended: Text = ""
    out_of_scope: tuple[Text, ...] = ()
    problem: Text = ""
    outputs: Text = ""
    role_in_decision: Text = ""
    affected_groups: tuple[Line, ...] = ()


class DataUse(_Declared, frozen=True):
    """Data classes, whether personal data occurs, on which legal basis and where it may go."""

    classes: tuple[Line, ...] = ()
    personal: bool = False
    personal_categories: tuple[Line, ...] = ()
    legal_basis: Line = ""
    residency: tuple[Line, ...] = ()
    processors: tuple[Line, ...] = ()
    processing_record: Line = ""


class Users(_Declared, frozen=True):
    """Who uses it: `real` users or only synthetic traffic; `groups`; `maximum` distinct end users (0: unsaid)."""

    real: bool = False
    groups: tuple[Line, ...] = ()
    maximum: Annotated[int, Meta(ge=0)] = 0


class Tool(_Declared, frozen=True):
    """One tool that the workload may call."""

    name: Line
    description: Text = ""
    digest: Line = ""
    effect: Line = ""


class Rate(_Declared, frozen=True):
    """`count` requests per `seconds`, at most `burst` at once (0: the same as `count`)."""

    count: Annotated[int, Meta(ge=1, le=10_000_000)]
    seconds: Annotated[float, Meta(ge=0.001, le=86_400)] = 1.0
    burst: Annotated[int, Meta(ge=0, le=10_000_000)] = 0


class Timeouts(_Declared, frozen=True):
    """Seconds to connect, to the first byte, between two chunks, for the whole exchange, and to measure one text."""

    connect: Seconds = 5.0
    first_byte: Seconds = 60.0
    between_chunks: Seconds = 30.0
    whole: Seconds = 600.0
    detection: Annotated[float, Meta(gt=0, le=60)] = 2.0


Mark = Annotated[str, Meta(min_length=1, max_length=100)]


class Retrieved(_Declared, frozen=True):
    """How retrieved text is marked within a message: it stands between `opening` and `closing`, on every occurrence."""

    opening: Mark
    closing: Mark


class Limits(_Declared, frozen=True):
    """How much the workload may use. Absent rates and budgets are unlimited; sizes always have a bound."""

    rate: Rate | None = None
    rate_per_user: Rate | None = None
    tokens_per_minute: Annotated[int, Meta(ge=1, le=MOST)] | None = None
    tokens_per_day: Annotated[int, Meta(ge=1, le=MOST)] | None = None
    body_bytes: Annotated[int, Meta(ge=1, le=33_554_432)] = 1_048_576
    answer_bytes: Annotated[int, Meta(ge=1, le=268_435_456)] = 33_554_432
    timeouts: Timeouts = Timeouts()


class Retention(_Declared, frozen=True):
    """Days that the record of an exchange is kept, and what of its content.

    The default of 180 days follows the six months that the EU AI Act asks of deployers' logs (Article 26(6)).
    """

    days: Days = 180
    content: Keep = Keep.NONE
    erasure: Line = ""


class ControlSetting(_Declared, frozen=True):
    """The mode of one control and its settings, which the control's own type checks."""

    mode: Mode = Mode.ENFORCE
    settings: dict[str, Any] = {}


class Review(_Declared, frozen=True):
    """How often a person reviews the workload, and when it last happened (ISO date)."""

    interval_days: Annotated[int, Meta(ge=1, le=730)] = 90
    last: Annotated[str, Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""


class Regulation(_Declared, frozen=True):
    """Role and class under the EU AI Act, and the assessments that exist."""

    eu_role: Line = ""
    eu_class: Line = ""
    annex_iii_point: Line = ""
    article_6_3_reason: Text = ""
    us_high_impact: bool = False
    dpia: Line = ""
    fria: Line = ""
    independent_review: Line = ""


class KillPolicy(_Declared, frozen=True):
    """Who may kill besides the owners, whether callers see the reason, and what happens when the state is unknown."""

    deputies: tuple[Line, ...] = ()
    tell_reason: bool = False
    when_unknown: LostSwitch = LostSwitch.STOP


class Manifest(_Declared, frozen=True):
    """One workload as its team declares it. Required: `id`, `owner`, `models` (`vendor/model` in short form)."""

    id: Name
    owner: Line
    models: Annotated[tuple[Model, ...], Meta(min_length=1, max_length=100)]
    name: Line = ""
    description: Text = ""
    kind: Kind = Kind.LLM_APP
    tenant: Name = "default"
    environment: Name = "production"
    technical_owner: Line = ""
    on_call: OnCall | None = None
    purpose: Purpose = Purpose()
    risk_tier: Tier = Tier.MEDIUM
    autonomy: Autonomy = Autonomy.L1
    data: DataUse = DataUse()
    users: Users = Users()
    tools: tuple[Tool, ...] = ()
    limits: Limits = Limits()
    retention: Retention = Retention()
    durability: Durability = Durability.BATCHED
    profile: Profile = Profile.DECLARED
    retrieved: Retrieved | None = None
    controls: dict[str, ControlSetting] = {}
    kill: KillPolicy = KillPolicy()
    review: Review = Review()
    regulation: Regulation = Regulation()
    stage_claimed: Line = ""
    parent: Line = ""
    links: dict[str, Line] = {}

    @property
    def stops_when_unknown(self) -> bool:
        """Whether the workload stops when its kill switch's state is unknown for longer than the lease."""
        return self.risk_tier in (Tier.HIGH, Tier.CRITICAL) or self.kill.when_unknown is LostSwitch.STOP
