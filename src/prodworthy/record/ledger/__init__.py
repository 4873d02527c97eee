"""An append-only Merkle log of opaque leaves: tiles, checkpoints, proofs, verify. Imports nothing of ours.

What an offline verifier needs imports the standard library and `cryptography` only. `timestamp` and `object_store` need
a library more each, and `log`, `witness`, `web` write or ask over the network; the verifier imports none of these.
"""
