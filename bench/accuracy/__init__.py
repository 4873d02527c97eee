"""How accurate detectors are, on data that is not part of the project."""
