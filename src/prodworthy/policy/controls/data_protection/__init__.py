"""PSF-3, data protection: personal data goes only where it may."""
