"""Prodworthy: the control plane for AI in live operation."""

__version__ = "0.1.0"
