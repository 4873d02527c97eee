"""What people state of a workload, for a time: attested, not applicable, waived, overridden; seconded and withdrawn."""
