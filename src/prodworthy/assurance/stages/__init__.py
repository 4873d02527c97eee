"""Keeps every workload's stage: judges what is due, records what moved, and writes where each workload stands."""
