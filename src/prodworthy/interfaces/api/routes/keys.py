"""Workload keys: listed, issued, rotated, revoked. A key itself is in the answer that makes it, and nowhere else."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from prodworthy.interfaces.api.access import Acting, Named
from prodworthy.interfaces.api.documents import answer, returns
from prodworthy.interfaces.api.parts import Composed
from prodworthy.operations.keys.keys import LONGEST_OVERLAP, Issued, Listed, issue, listed, revoke, rotate
from prodworthy.policy.core.exchange import Operation

router = APIRouter(prefix="/v1/workloads/{tenant}/{workload}/keys", tags=["keys"])

KeyId = Annotated[str, Path(pattern=r"^[a-z2-7]{12}$", description="The key's id, the part between its underscores.")]

_DAY = 86_400_000_000_000
_SECRET = {"Cache-Control": "no-store"}


class Terms(BaseModel):
    """What a key opens (without `scopes`: everything), for how many days (without `days`: until revoked), and whose
    traffic: `test`, or `live` for real users, which opens what the workload's stage opens."""

    model_config = ConfigDict(extra="forbid")

    scopes: Annotated[list[Operation], Field(min_length=1, max_length=len(Operation))] = list(Operation)
    days: Annotated[float, Field(ge=0.001, le=3650)] | None = None
    traffic: Literal["test", "live"] = "test"


class Overlap(BaseModel):
    """How many seconds the old key stays valid."""

    model_config = ConfigDict(extra="forbid")

    overlap: Annotated[float, Field(ge=0, le=LONGEST_OVERLAP)] = 3600.0


class Keys(msgspec.Struct, frozen=True):
    """A workload's keys, oldest first, without the keys themselves."""

    keys: tuple[Listed, ...]


class Revoked(msgspec.Struct, frozen=True):
    """A key that opens nothing any more."""

    revoked: str


KINDS = (Keys, Issued, Revoked)


@router.get("", responses=returns(Keys, 404, 422, 503, said="The keys."))
def list_keys(parts: Composed, target: Named) -> Response:
    """List a workload's keys; the keys themselves cannot be shown."""
    return answer(Keys(listed(parts.store, target)))


@router.post("", status_code=201, responses=returns(Issued, 404, 422, 503, status=201, said="The new key, shown once."))
def issue_key(parts: Composed, target: Named, act: Acting, terms: Terms) -> Response:
    """Make a key. It is in this answer and never again."""
    expires_at = None if terms.days is None else act.at + round(terms.days * _DAY)
    scopes = [scope.value for scope in terms.scopes]
    issued = issue(parts.store, target, scopes, act, expires_at=expires_at, traffic=terms.traffic)
    return answer(issued, 201, _SECRET)


@router.post(
    "/{key}/rotate",
    status_code=201,
    responses=returns(Issued, 404, 409, 422, 503, status=201, said="The new key, shown once."),
)
def rotate_key(parts: Composed, target: Named, key: KeyId, act: Acting, terms: Overlap) -> Response:
    """Replace a key by a new one, which is in this answer and never again."""
    return answer(rotate(parts.store, target, key, act, terms.overlap), 201, _SECRET)


@router.delete("/{key}", responses=returns(Revoked, 404, 422, 503))
def revoke_key(parts: Composed, target: Named, key: KeyId, act: Acting) -> Response:
    """Take a key out of force, in every process at once."""
    revoke(parts.store, target, key, act)
    return answer(Revoked(key))
