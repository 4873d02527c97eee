"""Drills of human oversight (PSF-6)."""
