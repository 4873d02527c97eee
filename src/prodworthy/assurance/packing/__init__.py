"""Makes audit packs: collects statements, openings and proofs, and writes them out as they come."""
