"""Detectors of our own that are plug-ins: each needs a package or a server that Prodworthy does without."""
