"""The vocabulary: exchanges, facts, verdicts, events, refusals and the manifest."""
