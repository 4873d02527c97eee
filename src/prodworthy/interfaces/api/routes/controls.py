"""What a workload's controls did. Content is never part of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from prodworthy.assurance.tuning.report import ControlsReport
from prodworthy.interfaces.api.access import Named
from prodworthy.interfaces.api.documents import answer, returns
from prodworthy.interfaces.api.parts import Composed
from prodworthy.interfaces.controls_report import Window, read_report

router = APIRouter(prefix="/v1/workloads", tags=["controls"])

MOST = 10_000
"""Exchanges that are counted: the latest. The command line counts more."""

Days = Annotated[int, Query(ge=1, le=400, description="How many days to look back.")]

KINDS = (ControlsReport,)


@router.get(
    "/{tenant}/{workload}/controls-report",
    responses=returns(ControlsReport, 404, 409, 422, 503, said="What each control did."),
)
def controls_report(parts: Composed, target: Named, days: Days = 7) -> Response:
    """By control: outcomes, coverage, reasons, examples; the trend of sampled quality. Of the latest exchanges."""
    return answer(read_report(parts.store, parts.catalogue, target, Window(days, parts.clock(), MOST)))
