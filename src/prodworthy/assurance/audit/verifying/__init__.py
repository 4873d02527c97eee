"""The verifier: whether a pack is what it says, decided from a trust policy that was handed over by other ways."""
