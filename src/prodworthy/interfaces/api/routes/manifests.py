"""Manifests checked and applied, and the schema that they follow."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from prodworthy.interfaces.api.access import Acting, Text
from prodworthy.interfaces.api.documents import answer, returns, yaml_body
from prodworthy.interfaces.api.parts import Composed
from prodworthy.operations.acts import Applied, Target
from prodworthy.operations.roster.faults import Fault, ManifestRefused
from prodworthy.operations.roster.manifest import lines_of, parse, warnings
from prodworthy.operations.roster.roster import apply, refuse
from prodworthy.operations.roster.schema import schema

router = APIRouter(prefix="/v1", tags=["manifests"])


class Checked(msgspec.Struct, frozen=True):
    """A manifest without faults; `warnings` name what will be needed later."""

    tenant: str
    workload: str
    warnings: tuple[Fault, ...]


class AppliedWorkload(msgspec.Struct, frozen=True):
    """What applying a manifest did; without `changed` fields, the same manifest was in force already."""

    tenant: str
    workload: str
    applied: Applied


KINDS = (Checked, AppliedWorkload)


@router.post("/manifests/check", responses=returns(Checked, 422, said="It has no faults."), openapi_extra=yaml_body())
def check_manifest(parts: Composed, text: Text) -> Response:
    """Validate a manifest without applying it: every fault with line, field and remedy."""
    manifest = parse(text, parts.catalogue)
    return answer(Checked(manifest.tenant, manifest.id, warnings(manifest)))


@router.put("/workloads", responses=returns(AppliedWorkload, 422, 503), openapi_extra=yaml_body())
def apply_manifest(parts: Composed, act: Acting, text: Text) -> Response:
    """Put a manifest in force as its workload's next version. A refused one is remembered on the roster."""
    try:
        manifest = parse(text, parts.catalogue)
        applied = apply(parts.store, manifest, act, lines_of(text))
    except ManifestRefused as refused:
        if refused.workload:
            refuse(parts.store, Target(refused.tenant or "default", refused.workload), refused.faults, act)
        raise
    return answer(AppliedWorkload(manifest.tenant, manifest.id, applied))


_SCHEMA: dict[int | str, dict[str, Any]] = {
    **returns(Checked),
    200: {"description": "A JSON Schema.", "content": {"application/schema+json": {"schema": {"type": "object"}}}},
}


@router.get("/schema", responses=_SCHEMA)
def manifest_schema(parts: Composed) -> Response:
    """The JSON Schema of manifests, for editors and generators."""
    return Response(msgspec.json.encode(schema(parts.catalogue)), media_type="application/schema+json")
