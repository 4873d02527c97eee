"""Faces and wiring: the only reader of settings and of the environment."""
