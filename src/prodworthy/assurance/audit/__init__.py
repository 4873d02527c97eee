"""The judge: evidence in, one report out. Pure, and of nothing but the standard library: the verifier runs it too."""
