"""Gateways here start and end quickly."""

from __future__ import annotations

from tests.gateway.pipeline.quick_server import quick_server

__all__ = ["quick_server"]
