"""PSF-4, observability: what happened can be known."""
