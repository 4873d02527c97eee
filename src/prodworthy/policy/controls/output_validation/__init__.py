"""PSF-2, output validation: raw model output is never trusted."""
