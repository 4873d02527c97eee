"""Fact `personal_data`: what in a text names or numbers a person, by its form."""
