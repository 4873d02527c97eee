"""A workload as this gateway serves it: all that does not change between two exchanges, worked out beforehand."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from prodworthy.gateway.detectors.equipment import Equipment
from prodworthy.gateway.pipeline.caps import Caps, caps
from prodworthy.gateway.pipeline.senses import CannotServe, Senses, judges_all, reads_text, sense
from prodworthy.gateway.protocols.protocol import Wish
from prodworthy.gateway.providers.transport import Deadlines
from prodworthy.gateway.providers.vendor import Vendor
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.contract import Configured, Decision, Point, settings_of
from prodworthy.policy.controls.output_validation import fallback, structured_output
from prodworthy.policy.core.events import Decided
from prodworthy.policy.core.manifest import Keep, Mode, Model

GRACE = 1.0
"""Seconds by which the vendor's own bound lies behind the exchange's, so that it is the exchange that is overdue."""

UNSAID_ANSWER_TOKENS = 512
"""Tokens reserved for an answer whose request sets no bound; the true count is settled at the end."""


Means = tuple[Mapping[str, Vendor], Equipment]
"""The vendors and the detectors that a gateway has."""

_STANDARD = Equipment()


class Served(msgspec.Struct, frozen=True):
    """One workload, prepared. `key`: tenant and workload id.

    `destinations`: where each model name leads; the vendor is None when this gateway's configuration lacks it.
    At REQUEST, `admission` controls are asked first: they read no text; then `reading` ones. `passes` is what the
    first say where all allow, `passed` the record of it. Some controls at RESPONSE judge an answer window by window
    (`senses.watch`), `response` ones judge all of it, `final` ones decide on the judgement of the others; `record` ones
    say what is kept, `sampled` ones look at a sample afterwards. `keeps`: the journal keeps what was said; `reads`:
    somebody asks what a request says; `listens`: what an answer says; `looks`: what is kept of either; `records`: what
    is kept is redacted first. `caps`: how much of it is open where it stands; `called`: the controls that are asked
    about each tool that an answer calls.
    """

    workload: Workload
    key: tuple[str, str]
    release_header: tuple[bytes, bytes]
    destinations: Mapping[str, tuple[Model, Vendor | None]]
    admission: tuple[Configured, ...]
    passes: list[Decision]
    passed: Mapping[str, Decided]
    reading: tuple[Configured, ...]
    response: tuple[Configured, ...]
    final: tuple[Configured, ...]
    record: tuple[Configured, ...]
    sampled: tuple[Configured, ...]
    senses: Senses
    wish: Wish
    fallback: fallback.Settings
    deadlines: Deadlines
    caps: Caps
    called: tuple[Configured, ...]
    keeps: bool
    reads: bool
    listens: bool
    looks: bool
    records: bool

    def samples(self, exchange: str) -> bool:
        """Whether the answer of this exchange is looked at afterwards: its id ends in random digits, which decide."""
        if not self.sampled:
            return False
        return any(int(exchange[-8:], 16) < c.settings.sample * 2**32 for c in self.sampled)

    def with_switch(self, workload: Workload) -> Served:
        """The same, with the kill state and the stage of a newer version that cannot be prepared."""
        newest = {"killed": workload.killed, "stage": workload.stage, "scope": workload.scope}
        older = msgspec.structs.replace(self.workload, **newest)
        return msgspec.structs.replace(self, workload=older, caps=caps(older))


def prepare(workload: Workload, vendors: Mapping[str, Vendor], equipment: Equipment = _STANDARD) -> Served:
    """Prepare one workload. Raises CannotServe."""
    request = workload.controls.get(Point.REQUEST, ()) + workload.controls.get(Point.PREDICTION, ())
    response = workload.controls.get(Point.RESPONSE, ())
    acting = tuple(c for c in response if c.mode is Mode.ENFORCE)  # what is only observed changes no request, no answer
    asked = settings_of(acting, structured_output.Settings)
    times = workload.manifest.limits.timeouts
    admission = tuple(c for c in request if not reads_text(c))
    senses = sense(workload, equipment)
    record = workload.controls.get(Point.RECORD, ())
    keeps = workload.manifest.retention.content is not Keep.NONE
    looks = bool(record) and keeps
    fall_back = settings_of(acting, fallback.Settings) or fallback.Settings(retries=0)
    if fall_back.other_model and fall_back.other_model not in workload.models:
        raise CannotServe(f"the fallback's other model {fall_back.other_model!r} is not declared under `models`")
    return Served(
        workload=workload,
        key=(workload.tenant, workload.id),
        release_header=(b"x-prodworthy-release", workload.release.encode()),
        destinations={name: (model, vendors.get(model.vendor)) for name, model in workload.models.items()},
        admission=admission,
        passes=[c.passed for c in admission],
        passed={c.control.criterion: c.passed.record for c in admission},
        reading=tuple(c for c in request if reads_text(c)),
        response=tuple(c for c in response if judges_all(c)),
        final=tuple(c for c in response if "attempted" in c.needs),
        record=record,
        sampled=workload.controls.get(Point.SCHEDULE, ()),
        senses=senses,
        wish=Wish(asked.schema if asked and asked.ask_model else None),
        fallback=fall_back,
        deadlines=Deadlines(times.connect, times.first_byte, times.between_chunks, times.whole + GRACE),
        caps=caps(workload),
        called=workload.controls.get(Point.TOOL_CALL, ()),
        keeps=keeps,
        reads=looks or any(reads_text(c) for c in request),
        listens=looks or bool(senses.watch.controls or fall_back.invalid) or any(judges_all(c) for c in response),
        looks=looks,
        records=looks and any(c.mode is Mode.ENFORCE for c in record),
    )
