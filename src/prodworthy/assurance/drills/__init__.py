"""Drills: what a control promises, executed through the front door by a client like any other, and put on record."""
