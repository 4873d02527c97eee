"""How accurate the detectors are, with the uncertainty of each figure."""
