"""PSF-6, human oversight: people can see, decide and stop."""
