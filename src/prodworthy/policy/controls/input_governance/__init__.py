"""PSF-1, input governance: all input is untrusted."""
