"""Workload keys: issued once in clear, stored as a digest, rotated, revoked."""
