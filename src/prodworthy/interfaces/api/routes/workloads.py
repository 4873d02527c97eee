"""The roster, one workload's record, and its kill switch."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from prodworthy.interfaces.api.access import NAME, Acting, Named
from prodworthy.interfaces.api.documents import answer, returns
from prodworthy.interfaces.api.parts import Composed
from prodworthy.interfaces.workload_record import WorkloadRecord, read_record
from prodworthy.operations.acts import Killed, Restored, Target
from prodworthy.operations.killswitch.switch import LONGEST_REASON, kill, restore
from prodworthy.operations.roster.listing import Listing, listing

router = APIRouter(prefix="/v1", tags=["workloads"])

Tenant = Annotated[str | None, Query(pattern=NAME, max_length=63)]


class Why(BaseModel):
    """Why a workload is switched off or on."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON, pattern=r"^[^\x00]*\S[^\x00]*$")]


class KilledWorkload(msgspec.Struct, frozen=True):
    """A kill, and where it is written."""

    target: Target
    killed: Killed


class RestoredWorkload(msgspec.Struct, frozen=True):
    """A restore, and what had held the workload off."""

    target: Target
    restored: Restored


KINDS = (Listing, WorkloadRecord, KilledWorkload, RestoredWorkload)


@router.get("/roster", responses=returns(Listing, 422, 503, said="The roster."))
def roster(parts: Composed, tenant: Tenant = None) -> Response:
    """Every workload with its owner, live rate and kill state, and the traffic that nobody declared."""
    return answer(listing(parts.store, parts.flags, parts.clock(), tenant))


@router.get("/workloads/{tenant}/{workload}", responses=returns(WorkloadRecord, 404, 422, 503, said="The record."))
def workload(parts: Composed, target: Named) -> Response:
    """One workload: its record, its keys' state, its live figures, its last changes."""
    return answer(read_record(parts.store, parts.flags, target, parts.clock()))


@router.post("/workloads/{tenant}/{workload}/kill", responses=returns(KilledWorkload, 404, 422, 503, said="It is off."))
def kill_workload(parts: Composed, target: Named, act: Acting, why: Why) -> Response:
    """Switch a workload off. When the database is away this is written to a file, and obeyed as well."""
    return answer(KilledWorkload(target, kill(parts.store, parts.flags, target, why.reason, act)))


@router.post(
    "/workloads/{tenant}/{workload}/restore", responses=returns(RestoredWorkload, 404, 409, 422, 503, said="It is on.")
)
def restore_workload(parts: Composed, target: Named, act: Acting, why: Why) -> Response:
    """Switch a workload on again. What cannot be cleared leaves it off."""
    return answer(RestoredWorkload(target, restore(parts.store, parts.flags, target, why.reason, act)))
