"""Drills of input governance (PSF-1)."""
