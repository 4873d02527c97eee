"""How well detectors tell good from bad, on labelled data that is not part of the project."""
