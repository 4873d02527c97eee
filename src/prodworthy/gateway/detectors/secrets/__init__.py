"""Fact `secrets`: credentials in a text."""
