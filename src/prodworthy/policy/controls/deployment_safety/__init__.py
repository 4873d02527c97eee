"""PSF-5, deployment safety: what may run where, and how far it is opened."""
