"""Untrusted text as a reader would see it: folded to plain letters, with what was hidden in it found and decoded."""
