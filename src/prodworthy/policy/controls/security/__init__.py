"""PSF-7, security: who may do what, and what must not get out."""
