"""What people decide about measuring: which exchanges were benign, and what detectors learn of a workload's traffic."""
