"""Exchanges and events: spooled by the gateways, taken into day partitions, read, exported, and swept."""
