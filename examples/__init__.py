"""Real models, real clients and what they say to each other, to try Prodworthy with."""
