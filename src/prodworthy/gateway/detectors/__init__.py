"""Detectors measure, they never decide; what they find are facts."""
